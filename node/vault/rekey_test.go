package vault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// childEnv tells the test program to be a process that re-keys and dies.
const childEnv = "CASEHUB_TEST_REKEY"

// child is what such a process is told: the folder, what it does there, and
// before which step it kills itself; 0 is never.
type child struct {
	Dir  string
	Only string // "open" opens and ends; "" re-keys
	Die  int
}

func TestMain(m *testing.M) {
	if task := os.Getenv(childEnv); task != "" {
		if err := rekeyAndDie(task, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// rekeyAndDie opens the vault, re-keys it, and kills its own process before the
// step that it was told. It says "NUMBER STEP" there, and "NUMBER ended".
func rekeyAndDie(task string, out io.Writer) error {
	var c child
	if err := json.Unmarshal([]byte(task), &c); err != nil {
		return err
	}
	steps := 0
	step := func(name string) {
		if steps++; steps == c.Die {
			fmt.Fprintf(out, "%d %q\n", steps, name)
			killMyself()
		}
	}
	ctx := context.Background()
	v, err := vault.Open(ctx, filepath.Join(c.Dir, "vault.json"), vault.AllowWeak(), vault.OpenBetween(step))
	if err != nil {
		return err
	}
	if c.Only == "" {
		if _, err := v.UnsealPassword(ctx, login, password); err != nil {
			return err
		}
		if _, err := v.Rekey(ctx, howIn(c.Dir)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "%d %q\n", steps, "ended")
	return err
}

func howIn(dir string) vault.Rekeying {
	return vault.Rekeying{Login: login, Password: password, KeyFile: filepath.Join(dir, "node.key"), Databases: []string{"node.db"}}
}

// killMyself ends the process as kill -9 does: nothing runs after it.
func killMyself() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		_ = self.Kill()
	}
	select {}
}

func (c child) command(t *testing.T) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	task, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(task))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	return cmd, &stdout, &stderr
}

// run runs a child to its end or death and returns the number and the name of
// the step that it told last.
func (c child) run(t *testing.T) (steps int, step string) {
	t.Helper()
	cmd, stdout, stderr := c.command(t)
	err := cmd.Run()
	if dead := err != nil && cmd.ProcessState.ExitCode() != 3; dead != (c.Die > 0) || !dead && err != nil {
		t.Fatalf("a process that dies at step %d (0 is never) ended with %v: %s", c.Die, err, stderr.String())
	}
	if _, err := fmt.Sscanf(stdout.String(), "%d %q\n", &steps, &step); err != nil {
		t.Fatalf("the process said %q: %v", stdout.String(), err)
	}
	return steps, step
}

// house is a node's folder with something in everything.
type house struct {
	dir    string
	words  vault.Words
	file   vault.FileID
	before vault.Key // derived under the first master key
	key    vault.Key // of the case, made under the first master key
}

const rowsInHouse = 500

var document = []byte(strings.Repeat("a document of the case ", 4000))

func build(t *testing.T) house {
	t.Helper()
	h := house{dir: t.TempDir()}
	v, words := vaulttest.CreateAt(t, filepath.Join(h.dir, "vault.json"))
	h.words = words
	mustAdd(t, v, login, password)
	mustAdd(t, v, "pieter", "another long password")
	if err := v.AddKeyFile(t.Context(), filepath.Join(h.dir, "node.key")); err != nil {
		t.Fatal(err)
	}
	h.before = mustDerive(t, v)
	db := openNode(t, v)
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		if _, err := tx.Exec(t.Context(), `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT`, nil); err != nil {
			return err
		}
		for i := range rowsInHouse {
			if _, err := tx.ExecArgs(t.Context(), `INSERT INTO notes (id, body) VALUES (?1, ?2)`, i, strings.Repeat("canary of the database ", 40)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f, keys, _ := filesOf(t, v)
	h.file = mustWrite(t, f, "C-1", document)
	if h.key, err = keys.Key(t.Context(), "C-1"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), keys.Close()); err != nil {
		t.Fatal(err)
	}
	v.Seal()
	return h
}

func openNode(t *testing.T, v *vault.Vault) *sqlite.DB {
	t.Helper()
	key, err := v.DatabaseKey()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(filepath.Dir(v.Path()), "node.db"), key)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// copyOf is the same house in another folder.
func (h house) copyOf(t *testing.T) house {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "node")
	if err := os.CopyFS(dir, os.DirFS(h.dir)); err != nil {
		t.Fatal(err)
	}
	h.dir = dir
	return h
}

// check fails unless the house is whole, before the change or after it, and
// returns the generation.
func (h house) check(t *testing.T, when string) int {
	t.Helper()
	v := vaulttest.Open(t, filepath.Join(h.dir, "vault.json"))
	for _, left := range []string{"rekey.json", "rekey.json.new", "vault.json.new", "node.db.rekey", "case-keys.db.rekey", "node.db.rekey-journal"} {
		if _, err := os.Stat(filepath.Join(h.dir, left)); err == nil {
			t.Errorf("%s: %s is left", when, left)
		}
	}
	if err := v.UnsealKeyFile(filepath.Join(h.dir, "node.key")); err != nil {
		t.Errorf("%s: the unattended node stays shut: %v", when, err)
	}
	if keys, err := vault.ReadKeyFile(filepath.Join(h.dir, "node.key")); err != nil || len(keys) != 1 {
		t.Errorf("%s: %d keys in the key file (%v)", when, len(keys), err)
	}
	v.Seal()
	if _, err := v.UnsealPassword(t.Context(), login, password); err != nil {
		t.Fatalf("%s: the node cannot be opened: %v", when, err)
	}
	g := v.Generation()
	_, others := v.CheckPassword(t.Context(), "pieter", "another long password")
	wordsOpen := v.UnsealRecovery(h.words)
	same := mustDerive(t, v) == h.before
	if old := others == nil && wordsOpen == nil && same; g == 1 && !old {
		t.Errorf("%s: taken back, and not as it was: %v, %v, %t", when, others, wordsOpen, same)
	}
	if g == 2 && (!errors.Is(others, vault.ErrWrongSecret) || !errors.Is(wordsOpen, vault.ErrWrongSecret) || same) {
		t.Errorf("%s: done, and old secrets open: %v, %v, %t", when, others, wordsOpen, same)
	}
	h.checkContent(t, v, when)
	return g
}

func (h house) checkContent(t *testing.T, v *vault.Vault, when string) {
	t.Helper()
	db := openNode(t, v)
	defer db.Close()
	var n int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM notes WHERE body LIKE 'canary%'`, nil).Scan(&n); err != nil || n != rowsInHouse {
		t.Errorf("%s: %d rows, want %d (%v)", when, n, rowsInHouse, err)
	}
	f, keys, _ := filesOf(t, v)
	defer keys.Close()
	if got, err := readAll(f, "C-1", h.file); err != nil || !bytes.Equal(got, document) {
		t.Errorf("%s: the document is lost (%v)", when, err)
	}
	key, err := keys.Key(t.Context(), "C-1")
	if err != nil || (key == h.key) != (v.Generation() == 1) {
		t.Errorf("%s: in generation %d new files get the key of generation 1: %t (%v)", when, v.Generation(), key == h.key, err)
	}
	if v.Generation() > 1 {
		former, err := v.Former("test")
		if err != nil || len(former) != v.Generation()-1 || former[len(former)-1] != h.before {
			t.Errorf("%s: the key before is lost (%v)", when, err)
		}
	}
}

func TestRekeyChangesEverything(t *testing.T) {
	h := build(t)
	v := vaulttest.Open(t, filepath.Join(h.dir, "vault.json"))
	if err := v.UnsealRecovery(h.words); err != nil {
		t.Fatal(err)
	}
	oldMaster := v.Master()
	slot, err := v.CheckPassword(t.Context(), login, password)
	if err != nil {
		t.Fatal(err)
	}
	var told, total int64
	how := howIn(h.dir)
	how.Words = vault.NewWords()
	how.Progress = func(done, of int64) {
		if done < told || done > of {
			t.Errorf("progress goes from %d to %d of %d", told, done, of)
		}
		told, total = done, of
	}
	words, err := v.Rekey(t.Context(), how)
	if err != nil {
		t.Fatal(err)
	}
	if told != total || total == 0 || words != how.Words {
		t.Errorf("told %d of %d, or other words", told, total)
	}
	if v.Master() == oldMaster || v.Generation() != 2 {
		t.Error("the vault in memory has the old key")
	}
	if now, err := v.CheckPassword(t.Context(), login, password); err != nil || now != slot {
		t.Errorf("the person's slot is %s, want %s (%v)", now, slot, err)
	}
	if g := h.check(t, "after the re-key"); g != 2 {
		t.Errorf("generation %d", g)
	}
	if err := vaulttest.Open(t, v.Path()).UnsealRecovery(words); err != nil {
		t.Errorf("the new words: %v", err)
	}
	look := canaries{t: t, found: map[string]int{}}
	look.key("old master", oldMaster)
	look.key("new master", v.Master())
	look.text("row", "canary of the database")
	look.text("header", "SQLite format 3")
	look.in(h.dir)
	for name, n := range look.found {
		t.Errorf("%s is in %d files", name, n)
	}
	for range 2 { // and again, with more keys before it
		if _, err := v.Rekey(t.Context(), howIn(h.dir)); err != nil {
			t.Fatal(err)
		}
	}
	if g := h.check(t, "after three"); g != 4 {
		t.Errorf("generation %d, want 4", g)
	}
}

// Killed before any step, the node opens, whole, before the change or after it,
// and the change can be made then.
func TestRekeySurvivesBeingKilled(t *testing.T) {
	template := build(t)
	all, step := child{Dir: template.copyOf(t).dir}.run(t)
	if step != "ended" || all < 15 {
		t.Fatalf("a whole re-key has %d steps and says %q", all, step)
	}
	outcomes := map[int]int{}
	for die := 1; die <= all; die++ {
		h := template.copyOf(t)
		at, name := child{Dir: h.dir, Die: die}.run(t)
		when := fmt.Sprintf("killed before step %d, %s", at, name)
		// The process that puts things right is killed too, before every step it
		// takes.
		for again := 1; ; again++ {
			second := h.copyOf(t)
			steps, _ := child{Dir: second.dir, Only: "open"}.run(t)
			if again > steps {
				break
			}
			child{Dir: second.dir, Only: "open"}.run(t)
			killed := h.copyOf(t)
			child{Dir: killed.dir, Only: "open", Die: again}.run(t)
			killed.check(t, fmt.Sprintf("%s, and before step %d of the mending", when, again))
		}
		outcomes[h.check(t, when)]++
		if t.Failed() {
			t.FailNow()
		}
		if die%5 == 0 {
			if _, step := (child{Dir: h.dir}).run(t); step != "ended" {
				t.Errorf("%s: the change cannot be made then", when)
			}
		}
	}
	if outcomes[1] < 5 || outcomes[2] < 3 {
		t.Errorf("of %d deaths, ended by generation: %v", all, outcomes)
	}
	t.Logf("%d steps: taken back %d, ended %d", all, outcomes[1], outcomes[2])
}

// Killed at any moment, also within a step, nothing is lost.
func TestRekeySurvivesBeingKilledAtAnyMoment(t *testing.T) {
	template := build(t)
	begun := time.Now()
	child{Dir: template.copyOf(t).dir}.run(t)
	whole := time.Since(begun)
	random := rand.New(rand.NewPCG(11, 22))
	for i := range 12 {
		h := template.copyOf(t)
		cmd, _, stderr := child{Dir: h.dir}.command(t)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Int64N(int64(whole))))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if stderr.Len() > 0 {
			t.Fatalf("the process failed: %s", stderr.String())
		}
		h.check(t, fmt.Sprintf("killed at moment %d", i))
	}
}

func TestRekeyThatFailsLeavesEverything(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*testing.T, *vault.Vault, *vault.Rekeying)
		want  error
	}{
		"full":       {func(_ *testing.T, v *vault.Vault, _ *vault.Rekeying) { v.Room(1 << 20) }, vault.ErrDiskFull},
		"sealed":     {func(_ *testing.T, v *vault.Vault, _ *vault.Rekeying) { v.Seal() }, vault.ErrSealed},
		"password":   {func(_ *testing.T, _ *vault.Vault, r *vault.Rekeying) { r.Password = "x" }, vault.ErrWrongSecret},
		"open":       {func(t *testing.T, v *vault.Vault, _ *vault.Rekeying) { closeLater(t, openNode(t, v)) }, vault.ErrBusy},
		"no such":    {func(_ *testing.T, _ *vault.Vault, r *vault.Rekeying) { r.Databases = []string{"other.db"} }, os.ErrNotExist},
		"elsewhere":  {func(_ *testing.T, _ *vault.Vault, r *vault.Rekeying) { r.Databases = []string{"../node.db"} }, nil},
		"no key dir": {func(_ *testing.T, _ *vault.Vault, r *vault.Rekeying) { r.KeyFile += "/x/y" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t)
			v := vaulttest.Open(t, filepath.Join(h.dir, "vault.json"))
			if err := v.UnsealRecovery(h.words); err != nil {
				t.Fatal(err)
			}
			how := howIn(h.dir)
			c.spoil(t, v, &how)
			if _, err := v.Rekey(t.Context(), how); err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("err = %v, want %v", err, c.want)
			}
			if g := h.check(t, name); g != 1 {
				t.Errorf("generation %d", g)
			}
		})
	}
}

func closeLater(t *testing.T, db *sqlite.DB) { t.Cleanup(func() { _ = db.Close() }) }

func TestRekeyStopsWithTheContext(t *testing.T) {
	h := build(t)
	v := vaulttest.Open(t, filepath.Join(h.dir, "vault.json"))
	if err := v.UnsealRecovery(h.words); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	v.Between(func(step string) {
		if strings.HasPrefix(step, "copy") {
			cancel()
		}
	})
	if _, err := v.Rekey(ctx, howIn(h.dir)); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if g := h.check(t, "cancelled"); g != 1 {
		t.Errorf("generation %d", g)
	}
}

// A state file from somebody else leads out of no folder and to no deletion.
func TestForeignStateIsRefused(t *testing.T) {
	for _, text := range []string{
		`{}`, `x`, `{"format":"casehub-rekey/1","from":1,"to":3,"files":[]}`,
		`{"format":"casehub-rekey/1","from":1,"to":2,"files":["../outside"]}`,
		`{"format":"casehub-rekey/1","from":1,"to":2,"files":["/etc/x"]}`,
		`{"format":"casehub-rekey/1","from":7,"to":8,"files":["node.db"]}`,
	} {
		k := keep(t)
		dir := filepath.Dir(k.path)
		outside := filepath.Join(filepath.Dir(dir), "outside.rekey")
		if err := errors.Join(os.WriteFile(outside, nil, 0o600), os.WriteFile(filepath.Join(dir, "rekey.json"), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Open(t.Context(), k.path, vault.AllowWeak()); !errors.Is(err, vault.ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", text, err)
		}
		if _, err := os.Stat(outside); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
