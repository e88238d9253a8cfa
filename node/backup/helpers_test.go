package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/backup"
	"casehub/node/backup/store"
	"casehub/node/documents"
	"casehub/node/migrations"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// start is a Sunday noon at which the clock of every test begins.
var start = time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC)

const (
	login    = "n.example"
	password = "four words in a row"
)

// everybody lets anybody do anything.
type everybody struct{}

func (everybody) May(context.Context, actor.Actor, string) error { return nil }

// nobody has a name.
func nobody(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"p-1": "N. Example"}, nil
}

var director = actor.Actor{Kind: actor.Person, ID: "p-1"}

// office is a node as backups see it.
type office struct {
	t     testing.TB
	dir   string
	db    *sqlite.DB
	vault *vault.Vault
	words vault.Words
	keys  *vault.CaseKeys
	files *vault.Files
	now   time.Time
	svc   *backup.Service
	// what a restore has to bring back
	content map[vault.FileID][]byte
	options backup.Options
}

// newOffice makes a node with people, cases, an audit, and attachments of some
// sizes.
func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), now: start, content: map[vault.FileID][]byte{}}
	o.vault, o.words = vaulttest.CreateAt(t, filepath.Join(o.dir, "vault.json"))
	if _, err := o.vault.AddPassword(t.Context(), login, password); err != nil {
		t.Fatal(err)
	}
	o.open()
	o.exec(`INSERT INTO clients (id, reference, surname, given_names, notes, created_at, updated_at) VALUES ('K-1', 'K-1', '` + canary + `', 'Nomvula', '` + canary + `', 1, 1)`)
	for i := range 3 {
		o.addCase(i)
	}
	for i, size := range []int{1, 30, 70_000, 200_000} {
		o.attach(fmt.Sprintf("C-%d", i%3), size)
	}
	return o
}

// open opens what is in the folder, with the vault unsealed.
func (o *office) open() {
	o.t.Helper()
	key, err := o.vault.DatabaseKey()
	o.must(err)
	o.db, err = sqlite.Open(o.t.Context(), filepath.Join(o.dir, "node.db"), key)
	o.must(err)
	o.must(o.db.Migrate(o.t.Context(), migrations.FS))
	o.keys, err = o.vault.OpenCaseKeys(o.t.Context())
	o.must(err)
	o.files, err = vault.OpenFiles(filepath.Join(o.dir, "files"), o.keys)
	o.must(err)
	o.options = backup.Options{
		DB: o.db, Vault: o.vault, Keys: o.keys, Files: o.files, Gate: everybody{}, Names: nobody, Now: func() time.Time { return o.now },
		Log: slog.New(slog.DiscardHandler),
	}
	o.svc = backup.NewService(o.options)
	o.t.Cleanup(func() { _ = o.close() })
}

func (o *office) close() error {
	o.svc.Close()
	return errors.Join(o.keys.Close(), o.db.Close())
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) exec(statement string) {
	o.t.Helper()
	_, err := o.db.Exec(o.t.Context(), statement, nil)
	o.must(err)
}

// addCase adds a client and a case with an entry in the audit.
func (o *office) addCase(i int) {
	o.t.Helper()
	o.must(o.db.Tx(o.t.Context(), func(tx *sqlite.Tx) error {
		_, err := tx.Exec(o.t.Context(), `
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, other_party, summary, created_at, updated_at)
VALUES (@id, @id, 'K-1', 1101, 'open', '2026-11-02', @canary, @canary, 1, 1)`, sqlite.Args{"id": fmt.Sprintf("C-%d", i), "canary": canary})
		if err != nil {
			return err
		}
		return audit.Record(o.t.Context(), tx, o.now, director, "case.opened", fmt.Sprintf("C-%d", i), audit.Change{Field: "summary", New: canary})
	}))
}

// attach adds an attachment of random content.
func (o *office) attach(caseID string, size int) vault.FileID {
	o.t.Helper()
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(len(o.content))})
	_, _ = r.Read(b)
	copy(b, canary)
	id, n, sum, err := o.files.Write(o.t.Context(), caseID, bytes.NewReader(b))
	o.must(err)
	_, err = o.db.Exec(o.t.Context(), `
INSERT INTO documents (id, case_id, file, name, type, size, sha256, added_by, added_at)
VALUES (@file, @case, @file, @canary, 'text/plain', @size, @sum, 'p-1', 1)`,
		sqlite.Args{"file": string(id), "case": caseID, "size": n, "sum": sum[:], "canary": canary})
	o.must(err)
	o.content[id] = b
	return id
}

// stick makes a folder for backups and claims it.
func (o *office) stick() backup.Place {
	o.t.Helper()
	p, err := o.svc.AddFolder(o.t.Context(), director, o.t.TempDir())
	o.must(err)
	return p
}

// run makes a backup that must succeed.
func (o *office) run(p backup.Place) backup.Backup {
	o.t.Helper()
	b, err := o.svc.Run(o.t.Context(), director, p.ID)
	if err != nil || b.VerifiedAt.IsZero() || b.Failure != "" {
		o.t.Fatalf("backup %+v: %v", b, err)
	}
	return b
}

// restoring is a restore from a folder into a new one.
func (o *office) restoring(from string) backup.Restoring {
	return backup.Restoring{
		Place: store.Folder{Path: from}, Data: filepath.Join(o.t.TempDir(), "new machine"), Words: o.words,
		Now: func() time.Time { return o.now }, VaultOptions: []vault.Option{vault.AllowWeak()},
	}
}

// cameBack opens a restored node by the password alone and compares it with this
// one.
func (o *office) cameBack(dir string) {
	o.t.Helper()
	v := vaulttest.Open(o.t, filepath.Join(dir, "vault.json"))
	if _, err := v.UnsealPassword(o.t.Context(), login, password); err != nil {
		o.t.Fatalf("the director's password: %v", err)
	}
	second := &office{t: o.t, dir: dir, vault: v, now: o.now}
	second.open()
	defer second.close()
	var n int
	o.must(second.db.QueryRow(o.t.Context(), `SELECT count(*) FROM audit WHERE action = 'case.opened'`, nil).Scan(&n))
	if n != 3 {
		o.t.Errorf("%d cases came back, want 3", n)
	}
	o.must(second.db.QueryRow(o.t.Context(), `SELECT count(*) FROM release_pauses WHERE ended_at IS NULL AND found = 0`, nil).Scan(&n))
	if n != 1 {
		o.t.Errorf("%d pauses of releases, want that they wait for a person", n)
	}
	if _, err := audit.Verify(o.t.Context(), second.db); err != nil {
		o.t.Errorf("the audit: %v", err)
	}
	o.sameFiles(second)
}

func (o *office) sameFiles(second *office) {
	o.t.Helper()
	list, err := documents.AllStored(o.t.Context(), second.db)
	o.must(err)
	known := 0
	for _, a := range list {
		if _, ours := o.content[a.File]; !ours {
			continue // of a figure, which holds no content
		}
		known++
		in, err := second.files.Open(o.t.Context(), a.CaseID, a.File)
		if err != nil {
			o.t.Errorf("an attachment: %v", err)
			continue
		}
		b, err := io.ReadAll(in)
		if err != nil || sha256.Sum256(b) != sha256.Sum256(o.content[a.File]) {
			o.t.Errorf("an attachment of %d bytes differs (%v)", len(b), err)
		}
		_ = in.Close()
	}
	if known != len(o.content) {
		o.t.Errorf("%d attachments came back, want %d", known, len(o.content))
	}
}

// tree lists the files below a folder by their path in it.
func tree(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path[len(dir)+1:]] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
