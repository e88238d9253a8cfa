package vault_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"pgregory.net/rapid"

	"casehub/node/vault"
)

func TestAPieceOfAFileComesBack(t *testing.T) {
	f, _, _ := openFiles(t)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{0, 1, chunk - 1, chunk, chunk + 1, 3*chunk + 7}).Draw(t, "size")
		b := content(size)
		at, err := f.OpenAt(t.Context(), "C-1", mustWrite(t, f, "C-1", b))
		if err != nil {
			t.Fatal(err)
		}
		defer at.Close()
		from := rapid.IntRange(0, size).Draw(t, "from")
		got, err := io.ReadAll(io.NewSectionReader(at, int64(from), int64(size-from)))
		if err != nil || at.Size() != int64(size) || !bytes.Equal(got, b[from:]) {
			t.Fatalf("%d of %d bytes, %v", len(got), size-from, err)
		}
	})
}

func TestAPieceThatWasChangedIsToldOf(t *testing.T) {
	f, _, dir := openFiles(t)
	id := mustWrite(t, f, "C-1", content(3*chunk))
	b, err := os.ReadFile(stored(dir, id))
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(stored(dir, id), b, 0o600); err != nil {
		t.Fatal(err)
	}
	at, err := f.OpenAt(t.Context(), "C-1", id)
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	if _, err := io.ReadAll(io.NewSectionReader(at, 0, at.Size())); !errors.Is(err, vault.ErrFileDamaged) {
		t.Errorf("a changed piece: %v", err)
	}
	if err := os.WriteFile(stored(dir, id), b[:len(b)-chunk], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.OpenAt(t.Context(), "C-1", id); !errors.Is(err, vault.ErrFileDamaged) {
		t.Errorf("a file that was cut off: %v", err)
	}
	if _, err := f.OpenAt(t.Context(), "C-2", id); !errors.Is(err, vault.ErrNoCaseKey) {
		t.Errorf("the file of another case: %v", err)
	}
	if _, err := f.OpenAt(t.Context(), "C-1", "nothing"); !errors.Is(err, vault.ErrNoFile) {
		t.Errorf("a name that is none: %v", err)
	}
}
