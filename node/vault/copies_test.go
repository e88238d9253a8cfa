package vault_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// A copy of the case keys opens what was encrypted under them, from wherever it
// comes, and makes no keys of its own.
func TestACopyOfCaseKeysOpensFiles(t *testing.T) {
	v, _ := vaulttest.Create(t)
	keys, err := v.OpenCaseKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	dir := t.TempDir()
	files, err := vault.OpenFiles(filepath.Join(dir, "files"), keys)
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("statement "), 20_000)
	id, _, _, err := files.Write(t.Context(), "C-1", bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	path, key := filepath.Join(dir, "copy.db"), vault.Key{7}
	if err := keys.Copy(t.Context(), path, key); err != nil {
		t.Fatal(err)
	}
	second, err := vault.OpenCopy(t.Context(), path, [32]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if n, err := second.Check(t.Context()); n != 1 || err != nil {
		t.Errorf("%d keys, %v", n, err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "files", string(id[:2]), string(id)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(caseID string, raw []byte) ([]byte, error) {
		r, err := second.Decrypt(t.Context(), caseID, id, bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	if got, err := read("C-1", raw); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := read("C-2", raw); !errors.Is(err, vault.ErrNoCaseKey) {
		t.Errorf("another case: %v, want ErrNoCaseKey", err)
	}
	if _, err := second.Key(t.Context(), "C-9"); err == nil {
		t.Error("a copy made a key")
	}
	raw[len(raw)/2] ^= 1
	if _, err := read("C-1", raw); !errors.Is(err, vault.ErrFileDamaged) {
		t.Errorf("a changed byte: %v, want ErrFileDamaged", err)
	}
	other := vault.Key{8}
	if c, err := vault.OpenCopy(t.Context(), path, [32]byte(other)); err == nil {
		_ = c.Close()
		t.Error("another key opened the copy")
	}
}
