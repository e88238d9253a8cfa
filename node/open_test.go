package node

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/internal/errs"
	"casehub/node/backup/store"
	"casehub/node/vault"
)

func TestANodeThatWasSetUpOpensForItsPeople(t *testing.T) {
	c := cheap(Config{Data: t.TempDir()})
	words, err := Create(t.Context(), c, plan(), october)
	if err != nil {
		t.Fatal(err)
	}
	if len(words.List("en")) != 24 {
		t.Errorf("the recovery key has %d words", len(words.List("en")))
	}
	if _, err := Open(t.Context(), c, quiet(), october); !errors.Is(err, ErrSealed) {
		t.Errorf("without a key file: %v, want ErrSealed", err)
	}
	if _, _, err := OpenAs(t.Context(), c, "n.example", "four words in a raw", quiet(), october); !errors.Is(err, vault.ErrWrongSecret) {
		t.Errorf("with a wrong password: %v", err)
	}
	n, who, err := OpenAs(t.Context(), c, " N.Example", "four words in a row", quiet(), october)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := n.Access.May(t.Context(), who, "people.manage"); err != nil {
		t.Errorf("the first director may not manage people: %v", err)
	}
	offices, err := n.People.Offices(t.Context())
	if err != nil || len(offices) != 2 {
		t.Errorf("offices %v, %v", offices, err)
	}
	if _, err := Create(t.Context(), c, plan(), october); !errors.Is(err, ErrSetUp) {
		t.Errorf("a second set-up: %v, want ErrSetUp", err)
	}
}

func TestAKeyFileOpensWithoutAPerson(t *testing.T) {
	dir := t.TempDir()
	c := cheap(Config{Data: filepath.Join(dir, "data"), KeyFile: filepath.Join(dir, "elsewhere.key")})
	if _, err := Create(t.Context(), c, plan(), october); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(c.KeyFile)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Fatalf("key file: %v, %v, want one for its user alone", info, err)
	}
	n, err := Open(t.Context(), c, quiet(), october)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if !n.Vault.Sealed() {
		t.Error("the vault is open after Close")
	}
	if err := os.Remove(c.KeyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), c, quiet(), october); err == nil || !strings.Contains(err.Error(), "key_file") {
		t.Errorf("without its key: %v, want an error that names key_file", err)
	}
	if _, err := os.Stat(c.KeyFile); err == nil {
		t.Error("a new key was made for an old node")
	}
}

func TestAFolderWithoutANodeSaysSo(t *testing.T) {
	c := cheap(Config{Data: t.TempDir(), KeyFile: "node.key"})
	if _, err := Open(t.Context(), c, quiet(), october); !errors.Is(err, ErrNotSetUp) {
		t.Errorf("error = %v, want ErrNotSetUp", err)
	}
}

// A set-up that was broken off counts for nothing and leaves nothing behind.
func TestABrokenSetUpIsBegunAgain(t *testing.T) {
	c := cheap(Config{Data: t.TempDir()})
	p := plan()
	p.Director.Password = "short"
	_, err := Create(t.Context(), c, p, october)
	if e := errs.As(err); e == nil || errs.KindOf(err) != errs.Invalid || e.Field() != "password" {
		t.Fatalf("a short password: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(c.Data, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	f, err := c.fill()
	if err != nil {
		t.Fatal(err)
	}
	killed := &builder{f: f, now: october}
	if _, err := killed.begin(t.Context(), plan()); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(t.Context(), c, plan(), october); err != nil {
		t.Fatal(err)
	}
	left, err = filepath.Glob(filepath.Join(c.Data, ".setup-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A folder in which a restore was broken off is no empty one.
func TestAHalfRestoredFolderIsNotSetUpAnew(t *testing.T) {
	c := cheap(Config{Data: t.TempDir()})
	if err := os.Mkdir(filepath.Join(c.Data, ".restore"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(t.Context(), c, plan(), october); !errors.Is(err, ErrRestoring) {
		t.Errorf("error = %v, want ErrRestoring", err)
	}
}

// A store on another machine whose settings do not hold keeps nobody from work.
func TestAWrongStoreForBackupsKeepsNobodyFromWork(t *testing.T) {
	c := Config{Data: t.TempDir()}
	c.Backup.S3 = store.S3Settings{Endpoint: "https://store.example", Bucket: "b", CredentialsFile: filepath.Join(c.Data, "none")}
	n := openNode(t, c)
	if n.Backups == nil {
		t.Error("the node has no backups at all")
	}
}

// A folder whose key file is gone holds somebody's clients still: no first run
// takes it over.
func TestNoFirstRunOverANodeWhoseKeyFileIsGone(t *testing.T) {
	c := cheap(Config{Data: t.TempDir()})
	c.KeyFile = filepath.Join(c.Data, "node.key")
	if err := openNode(t, c).Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(c.Data, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(c.Data, vaultName)
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(t.Context(), c, plan(), october); !errors.Is(err, ErrNoKeyFile) {
		t.Errorf("setting up: %v, want ErrNoKeyFile", err)
	}
	h, err := NewHost(c, quiet(), october, Tell{})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.begin(t.Context()); !errors.Is(err, ErrNoKeyFile) {
		t.Errorf("serving: %v, want ErrNoKeyFile", err)
	}
	if after, err := os.ReadFile(filepath.Join(c.Data, databaseName)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the database was touched (%v)", err)
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	openNode(t, c)
}
