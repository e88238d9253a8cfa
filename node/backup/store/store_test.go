package store_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"casehub/internal/civil"
	"casehub/node/backup/store"
)

func TestNamesAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := store.Name{Sequence: rapid.IntRange(1, 999_999_999).Draw(t, "sequence"), Kind: store.Kind(rapid.IntRange(0, 2).Draw(t, "kind"))}
		if back, ok := store.ParseName(n.String()); !ok || back != n {
			t.Fatalf("%s is read as %v", n, back)
		}
	})
	for _, other := range []string{"", "backup-000001", "backup-1.json", "backup-0000001.json", "keys-000001.json", "backup-000000.json", "backup-000001.tar.age.part", "../backup-000001.json", "casehub-backups.json", "holiday.jpg"} {
		if n, ok := store.ParseName(other); ok {
			t.Errorf("%q is taken for %v", other, n)
		}
	}
}

func manifest() store.Manifest {
	sum := strings.Repeat("ab", 32)
	return store.Manifest{Sequence: 42, At: civil.Date("2026-11-22"), Schema: 60, Releases: 3, Main: store.File{Size: 1000, SHA256: sum}, Keys: store.File{Size: 500, SHA256: sum}}
}

// encoded returns the bytes in which a manifest is stored.
func encoded(t *testing.T, m store.Manifest) []byte {
	t.Helper()
	f, id := store.Folder{Path: t.TempDir()}, store.NewID()
	if err := f.Claim(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), id, store.Name{Sequence: 42, Kind: store.ManifestFile}, m.Sealed()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(f.Path, "backup-000042.json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every bit of a manifest counts: what is read is what was signed, or nothing.
func TestEveryBitOfAManifestCounts(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := encoded(t, manifest().Sign(private))
	m, err := store.ReadManifest(bytes.NewReader(b))
	if err != nil || !m.Signed(public) || m.Sequence != 42 {
		t.Fatalf("%+v, %v", m, err)
	}
	for at := range b {
		for bit := range 8 {
			changed := bytes.Clone(b)
			changed[at] ^= 1 << bit
			if m, err := store.ReadManifest(bytes.NewReader(changed)); err == nil && m.Signed(public) {
				t.Fatalf("bit %d of byte %d may differ", bit, at)
			}
		}
	}
	for _, more := range []string{" ", "\n", "{}"} {
		if _, err := store.ReadManifest(strings.NewReader(string(b) + more)); !errors.Is(err, store.ErrManifest) {
			t.Errorf("%q behind it: %v", more, err)
		}
	}
}

func TestAManifestWithoutASignatureIsNotStored(t *testing.T) {
	f, id := store.Folder{Path: t.TempDir()}, store.NewID()
	if err := f.Claim(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), id, store.Name{Sequence: 1, Kind: store.ManifestFile}, manifest().Sealed()); err == nil {
		t.Error("it was stored")
	}
}

// Nothing is stored that is encrypted to nobody, and nothing twice.
func TestSealedIsEncryptedOrNothing(t *testing.T) {
	f, id, me := store.Folder{Path: t.TempDir()}, store.NewID(), identity(t)
	if err := f.Claim(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	write := func(w io.Writer) error { _, err := io.WriteString(w, "testimony"); return err }
	if err := f.Put(t.Context(), id, store.Name{Sequence: 1}, store.Seal(write)); err == nil {
		t.Error("encrypted to nobody and stored")
	}
	if err := f.Put(t.Context(), id, store.Name{Sequence: 1}, store.Seal(write, me.Recipient(), nil)); err == nil {
		t.Error("a recipient is missing, and it was stored")
	}
	s := store.Seal(write, me.Recipient())
	if err := f.Put(t.Context(), id, store.Name{Sequence: 1}, s); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), id, store.Name{Sequence: 2}, s); err == nil {
		t.Error("one stream was written twice")
	}
	left, err := filepath.Glob(filepath.Join(f.Path, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A marker that cannot be read is somebody else's: better no backup than one over
// another's.
func TestAStrangeMarkerIsForeign(t *testing.T) {
	for _, content := range []string{"", "{}", `{"format":"casehub-backups/2","id":"x"}`, "\x00\x01", strings.Repeat("x", 10_000)} {
		f := store.Folder{Path: t.TempDir()}
		if err := os.WriteFile(filepath.Join(f.Path, store.MarkerName), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := f.Claim(t.Context(), store.NewID()); !errors.Is(err, store.ErrForeign) {
			t.Errorf("%.20q: %v, want ErrForeign", content, err)
		}
		if err := f.Ready(t.Context(), ""); !errors.Is(err, store.ErrForeign) {
			t.Errorf("%.20q for nobody: %v, want ErrForeign", content, err)
		}
	}
}

// No error of a place tells its path: it may hold the name of a person.
func TestErrorsTellNoPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "maria-of-the-office")
	f, id := store.Folder{Path: path}, store.NewID()
	_, listed := f.List(t.Context())
	_, got := f.Get(t.Context(), store.Name{Sequence: 1})
	for _, err := range []error{f.Claim(t.Context(), id), f.Ready(t.Context(), id), listed, got} {
		if err == nil || strings.Contains(err.Error(), "maria") {
			t.Errorf("error %v", err)
		}
	}
}
