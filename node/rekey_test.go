package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/node/vault"
)

// dyingEnv tells the test program to be a process that changes the keys of a node
// until somebody kills it.
const dyingEnv = "CASEHUB_TEST_NODE_REKEY"

// dying is what such a process is told.
type dying struct {
	Dir   string
	Words string
	// After is a moment at which it kills itself: "keys", when the keys are changed
	// and nothing is settled in the database; "" leaves it to whoever watches.
	After string
}

func TestMain(m *testing.M) {
	if task := os.Getenv(dyingEnv); task != "" {
		if err := rekeyAndDie(task); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	directorsLogin    = "n.example"
	directorsPassword = "four words in a row"
)

func rekeyAndDie(task string) error {
	var d dying
	if err := json.Unmarshal([]byte(task), &d); err != nil {
		return err
	}
	words, err := vault.ParseWords(d.Words)
	if err != nil {
		return err
	}
	ctx, c := context.Background(), houseConfig(d.Dir)
	if d.After == "" {
		_, err = Rekey(ctx, c, Rekeying{Login: directorsLogin, Password: directorsPassword, Words: words}, quiet(), october)
		return err
	}
	f, err := c.fill()
	if err != nil {
		return err
	}
	v, err := f.openVault(ctx)
	if err != nil {
		return err
	}
	if _, err := v.UnsealPassword(ctx, directorsLogin, directorsPassword); err != nil {
		return err
	}
	if _, err := v.Rekey(ctx, vault.Rekeying{Login: directorsLogin, Password: directorsPassword, Words: words, KeyFile: c.KeyFile, Databases: []string{databaseName}}); err != nil {
		return err
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	_ = self.Kill()
	select {}
}

// process starts a program that changes the keys of the house.
func (h *house) process(t *testing.T, after string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	task, err := json.Marshal(dying{h.dir, strings.Join(h.next.List("en"), " "), after})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), dyingEnv+"="+string(task))
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &said
}

// there reports that a file stands in the folder.
func there(name string) func(string) bool {
	return func(data string) bool { _, err := os.Stat(filepath.Join(data, name)); return err == nil }
}

// changed reports that the key file is another one.
func changed(before os.FileInfo) func(string) bool {
	return func(data string) bool {
		now, err := os.Stat(filepath.Join(data, vaultName))
		return err == nil && !os.SameFile(before, now)
	}
}

// killAt kills the process as kill -9 does when something is seen, after a little
// more. It reports whether the process died of it.
func (h *house) killAt(t *testing.T, cmd *exec.Cmd, said *bytes.Buffer, seen func(string) bool, more time.Duration) bool {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	data := filepath.Join(h.dir, "data")
	for !seen(data) {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("the process ended before: %v: %s", err, said)
			}
			return false
		case <-time.After(50 * time.Microsecond):
		}
	}
	time.Sleep(more)
	_ = cmd.Process.Kill()
	err := <-ended
	if err != nil && cmd.ProcessState.ExitCode() == 3 {
		t.Fatalf("the process failed: %s", said)
	}
	return err != nil
}

// TestARekeyThatIsKilledLosesNothing kills real processes while they change the
// keys of a whole node, at what stands in the folder and at moments of a seed. The
// node opens as it was before or as it is afterwards, and the next re-key ends.
func TestARekeyThatIsKilledLosesNothing(t *testing.T) {
	built := buildHouse(t)
	begun := time.Now()
	whole := built.copyOf(t)
	cmd, said := whole.process(t, "")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	took := time.Since(begun)
	if g := whole.check(t, "a whole re-key"); g != 2 {
		t.Fatalf("generation %d, want 2", g)
	}
	outcomes, died := map[int]int{}, 0
	kill := func(name string, seen func(*house) func(string) bool, more time.Duration) {
		h := built.copyOf(t)
		cmd, said := h.process(t, "")
		if h.killAt(t, cmd, said, seen(h), more) {
			died++
		}
		g := h.check(t, name)
		outcomes[g]++
		if died%3 == 0 {
			h.again(t, name)
		}
	}
	fixed := func(seen func(string) bool) func(*house) func(string) bool {
		return func(*house) func(string) bool { return seen }
	}
	kill("killed when the state is there", fixed(there("rekey.json")), 0)
	kill("killed while the database is copied", fixed(there("node.db.rekey")), time.Millisecond)
	kill("killed while the case keys are copied", fixed(there("case-keys.db.rekey")), 0)
	kill("killed when the key file was replaced", func(h *house) func(string) bool {
		before, err := os.Stat(filepath.Join(h.dir, "data", vaultName))
		if err != nil {
			t.Fatal(err)
		}
		return changed(before)
	}, 0)
	chance := rand.New(rand.NewPCG(7, 2026))
	for i := range 12 {
		at := time.Duration(chance.Int64N(int64(took)))
		kill(fmt.Sprintf("killed at random, %d", i), fixed(func(string) bool { return true }), at)
	}
	if died < 8 || outcomes[1] == 0 || outcomes[2] == 0 {
		t.Errorf("%d processes died; generations afterwards %v: want many, and both", died, outcomes)
	}
	t.Logf("a re-key takes %v; %d of 16 processes were killed in it; generations afterwards %v", took, died, outcomes)
}

// again changes the keys of a node that was broken off before, and once more.
func (h *house) again(t *testing.T, when string) {
	t.Helper()
	h.next = vault.NewWords()
	without, err := Rekey(t.Context(), houseConfig(h.dir), Rekeying{Login: directorsLogin, Password: directorsPassword, Words: h.next}, quiet(), october)
	if err != nil || len(without) != 1 || without[0].Login != "t.dube" {
		t.Fatalf("%s, and again: %d people need a password, %v", when, len(without), err)
	}
	if opens, err := OpenedBy(t.Context(), houseConfig(h.dir), h.next); err != nil || !opens {
		t.Errorf("%s, and again: the newest words open it: %v, %v", when, opens, err)
	}
	h.open(t, func(n *Node, who actor.Actor) { h.checkPaper(t, n, who, when+", and again") })
}

// Killed between the new keys and the database, the next start ends the passwords
// of others, and the audit still says who began.
func TestTheNextStartSettlesARekey(t *testing.T) {
	h := buildHouse(t)
	cmd, said := h.process(t, "keys")
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() == 3 {
		t.Fatalf("the process did not die: %v: %s", err, said)
	}
	if g := h.check(t, "killed before the database was settled"); g != 2 {
		t.Fatalf("generation %d, want 2", g)
	}
	h.open(t, func(n *Node, _ actor.Actor) {
		now := entries(t, n)
		if last := now[len(h.audit):]; !slices.ContainsFunc(last, func(e string) bool { return strings.Contains(e, "organisation.rekeyed") }) {
			t.Errorf("the audit says %v", last)
		}
	})
}

func TestARekeyIsRefusedBeforeAnythingIsChanged(t *testing.T) {
	h := buildHouse(t)
	c := houseConfig(h.dir)
	try := func(login, password string) error {
		check := CheckRekey(t.Context(), c, login, password, quiet(), october)
		_, err := Rekey(t.Context(), c, Rekeying{Login: login, Password: password, Words: h.next}, quiet(), october)
		if (check == nil) != (err == nil) {
			t.Errorf("the check says %v and the re-key %v", check, err)
		}
		return err
	}
	if err := try(directorsLogin, "another password"); !errors.Is(err, vault.ErrWrongSecret) {
		t.Errorf("a wrong password: %v", err)
	}
	if err := try("t.dube", h.theirs); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("somebody else: %v", err)
	}
	n, err := Open(t.Context(), c, quiet(), october)
	if err != nil {
		t.Fatal(err)
	}
	if err := try(directorsLogin, directorsPassword); !errors.Is(err, vault.ErrBusy) {
		t.Errorf("while it is served: %v, want ErrBusy", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if g := h.check(t, "refused"); g != 1 {
		t.Errorf("generation %d", g)
	}
}

// Whether words open a node is found out without a change of any file.
func TestTryingWordsChangesNothing(t *testing.T) {
	h := buildHouse(t)
	sums := func() map[string][32]byte {
		all := map[string][32]byte{}
		err := filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			all[path] = sha256.Sum256(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := sums()
	h.checkWords(t, "trying", 1)
	if !maps.Equal(before, sums()) {
		t.Error("a file was changed")
	}
}

// What the tests above compare sees one letter in one row.
func TestTheComparisonOfANodeSeesAChange(t *testing.T) {
	h := buildHouse(t)
	if len(h.tables) < 20 || len(h.audit) < 100 {
		t.Errorf("only %d tables and %d entries are compared", len(h.tables), len(h.audit))
	}
	h.open(t, func(n *Node, _ actor.Actor) {
		for table, statement := range map[string]string{
			"clients": `UPDATE clients SET notes = notes || '.' WHERE id = (SELECT min(id) FROM clients)`,
			"people":  `UPDATE people SET name = 'T. Dubé' WHERE login = 't.dube'`,
			"cases":   `UPDATE cases SET version = version + 1 WHERE id = (SELECT max(id) FROM cases)`,
		} {
			if _, err := n.DB.Exec(t.Context(), statement, nil); err != nil {
				t.Fatal(err)
			}
			if content(t, n)[table] == h.tables[table] {
				t.Errorf("a change in %s is not seen", table)
			}
		}
	})
}
