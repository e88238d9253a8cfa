package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/documents"
	"casehub/node/people"
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

func houseConfig(dir string) Config {
	return cheap(Config{Data: filepath.Join(dir, "data"), KeyFile: filepath.Join(dir, "node.key"), Timezone: "UTC"})
}

// house is a node with something in every place that a re-key touches.
type house struct {
	dir    string
	words  vault.Words // of before
	next   vault.Words // of afterwards
	theirs string      // password of the paralegal t.dube
	paper  documents.ID
	tables map[string][32]byte
	audit  []string // entries of before, as text
}

var paperContent = bytes.Repeat([]byte("%PDF-1.4 a paper of the case\n"), 20_000)

// buildHouse fills a node. The filling makes the database large enough for a copy
// to take a while.
func buildHouse(t *testing.T) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), next: vault.NewWords()}
	var err error
	if h.words, err = Create(t.Context(), houseConfig(h.dir), plan(), october); err != nil {
		t.Fatal(err)
	}
	h.open(t, func(n *Node, who actor.Actor) {
		if err := n.People.RequireFactors(t.Context(), who, nil); err != nil {
			t.Fatal(err)
		}
		if _, h.theirs, err = n.People.AddPerson(t.Context(), who, people.Person{Login: "t.dube", Name: "T. Dube"}); err != nil {
			t.Fatal(err)
		}
		var last cases.Case
		for i := range 60 {
			k, err := n.Clients.Create(t.Context(), who, clients.Client{Surname: fmt.Sprintf("Nkosi %d", i), GivenNames: "Grace", ContactSafety: "safe", Notes: strings.Repeat("A long story. ", 400)})
			if err != nil {
				t.Fatal(err)
			}
			if last, err = n.Cases.Open(t.Context(), who, cases.Case{ClientID: k.ID, Type: 1102, OpenedOn: "2026-03-05"}); err != nil {
				t.Fatal(err)
			}
		}
		d, err := n.Documents.Add(t.Context(), who, last.ID, "Letter.pdf", bytes.NewReader(paperContent))
		if err != nil {
			t.Fatal(err)
		}
		h.paper = d.ID
		h.tables, h.audit = content(t, n), entries(t, n)
	})
	return h
}

// open opens the node as the director and closes it again.
func (h *house) open(t *testing.T, do func(*Node, actor.Actor)) {
	t.Helper()
	n, who, err := OpenAs(t.Context(), houseConfig(h.dir), directorsLogin, directorsPassword, quiet(), october)
	if err != nil {
		t.Fatal(err)
	}
	do(n, who)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}

// copyOf copies the folder of a house, so that one fills for many.
func (h *house) copyOf(t *testing.T) *house {
	t.Helper()
	c := *h
	c.dir = t.TempDir()
	if err := os.CopyFS(c.dir, os.DirFS(h.dir)); err != nil {
		t.Fatal(err)
	}
	return &c
}

// mayChange are the tables whose content a re-key may change, and which columns of
// people it may.
var mayChange = map[string]string{
	"audit": "", "audit_values": "", "audit_head": "", "sessions": "", "dead_slots": "", "key_notes": "", "watched_reads": "",
	"authenticators": "", "recovery_codes": "", "passkeys": "", "known_devices": "",
	"people": "id, login, name, language, office_id, status, created_at",
}

// content returns a digest of every table, rows and columns in their order.
func content(t *testing.T, n *Node) map[string][32]byte {
	t.Helper()
	all := map[string][32]byte{}
	for _, table := range column(t, n, `
SELECT name
FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND sql NOT LIKE 'CREATE VIRTUAL%'
ORDER BY name`) {
		columns, touched := mayChange[table]
		if touched && columns == "" {
			continue
		}
		if columns == "" {
			columns = "*"
		}
		all[table] = digestOf(t, n, `
SELECT `+columns+`
FROM "`+table+`"
ORDER BY 1`)
	}
	return all
}

func digestOf(t *testing.T, n *Node, query string) [32]byte {
	t.Helper()
	rows, err := n.DB.Query(t.Context(), query, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(sum, "%q\n", values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return [32]byte(sum.Sum(nil))
}

func column(t *testing.T, n *Node, query string) []string {
	t.Helper()
	rows, err := n.DB.Query(t.Context(), query, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func entries(t *testing.T, n *Node) []string {
	t.Helper()
	return column(t, n, `
SELECT seq || ' ' || actor || ' ' || action || ' ' || subject
FROM audit
ORDER BY seq`)
}

// check opens the node and holds it against what it was. It returns the
// generation of the master key.
func (h *house) check(t *testing.T, when string) (generation int) {
	t.Helper()
	h.open(t, func(n *Node, who actor.Actor) {
		generation = n.Vault.Generation()
		if now := content(t, n); !maps.Equal(now, h.tables) {
			for table := range h.tables {
				if now[table] != h.tables[table] {
					t.Errorf("%s: the table %s is not as it was", when, table)
				}
			}
		}
		now := entries(t, n)
		if len(now) < len(h.audit) || !slices.Equal(now[:len(h.audit)], h.audit) {
			t.Errorf("%s: the audit of before is not there", when)
		}
		rekeyed := 0
		for _, e := range now[min(len(h.audit), len(now)):] {
			if strings.Contains(e, "organisation.rekeyed") {
				rekeyed++
			}
		}
		if rekeyed != generation-1 {
			t.Errorf("%s: the audit says %d times that the keys changed, in generation %d", when, rekeyed, generation)
		}
		if _, err := audit.Verify(t.Context(), n.DB); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		h.checkPaper(t, n, who, when)
		h.checkOther(t, n, when, generation)
	})
	h.checkWords(t, when, generation)
	n, err := Open(t.Context(), houseConfig(h.dir), quiet(), october)
	if err != nil {
		t.Fatalf("%s: by the key file: %v", when, err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	for _, left := range []string{"rekey.json", "node.db.rekey", "case-keys.db.rekey"} {
		if _, err := os.Stat(filepath.Join(h.dir, "data", left)); err == nil {
			t.Errorf("%s: %s is left", when, left)
		}
	}
	return generation
}

func (h *house) checkPaper(t *testing.T, n *Node, who actor.Actor, when string) {
	t.Helper()
	_, r, err := n.Documents.Open(t.Context(), who, h.paper)
	if err != nil {
		t.Errorf("%s: the paper: %v", when, err)
		return
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, paperContent) {
		t.Errorf("%s: the paper has %d bytes, %v", when, len(got), err)
	}
}

// checkOther says whether the paralegal comes in just when the keys are the old
// ones, and is known to need a password otherwise.
func (h *house) checkOther(t *testing.T, n *Node, when string, generation int) {
	t.Helper()
	_, err := n.People.Console(t.Context(), "t.dube", h.theirs)
	if in := err == nil; in != (generation == 1) {
		t.Errorf("%s: the other person's password lets in %v in generation %d: %v", when, in, generation, err)
	}
	without, err := n.People.WithoutPassword(t.Context())
	if err != nil || (len(without) == 1) != (generation > 1) {
		t.Errorf("%s: %d people need a password in generation %d, %v", when, len(without), generation, err)
	}
}

func (h *house) checkWords(t *testing.T, when string, generation int) {
	t.Helper()
	before, err := OpenedBy(t.Context(), houseConfig(h.dir), h.words)
	if err != nil {
		t.Fatal(err)
	}
	after, err := OpenedBy(t.Context(), houseConfig(h.dir), h.next)
	if err != nil {
		t.Fatal(err)
	}
	if before != (generation == 1) || after != (generation == 2) {
		t.Errorf("%s: in generation %d the words of before open it: %v, the new ones: %v", when, generation, before, after)
	}
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
