package vault_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

const chunk = 64 << 10

func openFiles(t *testing.T) (*vault.Files, *vault.CaseKeys, string) {
	t.Helper()
	v, _ := vaulttest.Create(t)
	return filesOf(t, v)
}

func filesOf(t *testing.T, v *vault.Vault) (*vault.Files, *vault.CaseKeys, string) {
	t.Helper()
	keys, err := v.OpenCaseKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	dir := filepath.Join(filepath.Dir(v.Path()), "files")
	files, err := vault.OpenFiles(dir, keys)
	if err != nil {
		t.Fatal(err)
	}
	return files, keys, dir
}

// content makes size bytes that repeat nowhere.
func content(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)}).Read(b)
	return b
}

func mustWrite(t rapid.TB, f *vault.Files, caseID string, b []byte) vault.FileID {
	t.Helper()
	id, size, sum, err := f.Write(context.Background(), caseID, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if size != int64(len(b)) || sum != sha256.Sum256(b) {
		t.Fatalf("size %d or hash differ from what was written", size)
	}
	return id
}

func readAll(f *vault.Files, caseID string, id vault.FileID) ([]byte, error) {
	r, err := f.Open(context.Background(), caseID, id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func stored(dir string, id vault.FileID) string {
	return filepath.Join(dir, string(id[:2]), string(id))
}

func TestFilesComeBack(t *testing.T) {
	f, _, _ := openFiles(t)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(0, 100), rapid.SampledFrom([]int{chunk - 1, chunk, chunk + 1, 3 * chunk, 5*chunk + 7})).Draw(t, "size")
		b := content(size)
		id := mustWrite(t, f, "C-1", b)
		got, err := readAll(f, "C-1", id)
		if err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%d bytes come back as %d (%v)", size, len(got), err)
		}
		if err := f.Remove(id); err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(f, "C-1", id); !errors.Is(err, vault.ErrNoFile) {
			t.Fatalf("after Remove: %v", err)
		}
	})
}

func TestFileOfOneCaseIsClosedToAnother(t *testing.T) {
	f, _, dir := openFiles(t)
	a, b := mustWrite(t, f, "C-1", content(100)), mustWrite(t, f, "C-2", content(200))
	second := mustWrite(t, f, "C-1", content(300))
	if got, err := readAll(f, "C-2", a); !errors.Is(err, vault.ErrFileDamaged) || len(got) > 0 {
		t.Errorf("under another case's key: %d bytes, %v", len(got), err)
	}
	if _, err := readAll(f, "C-3", a); !errors.Is(err, vault.ErrNoCaseKey) {
		t.Errorf("under a case without a key: %v", err)
	}
	for _, other := range []vault.FileID{b, second} { // put in the place of a
		if err := os.Rename(stored(dir, other), stored(dir, a)); err != nil {
			t.Fatal(err)
		}
		if got, err := readAll(f, "C-1", a); !errors.Is(err, vault.ErrFileDamaged) || len(got) > 0 {
			t.Errorf("another file in its place: %d bytes, %v", len(got), err)
		}
	}
	for _, id := range []vault.FileID{"", "..", "../../vault.json", vault.FileID(strings.Repeat("A", 32)), vault.FileID(strings.Repeat("a", 31) + "/")} {
		if _, err := f.Open(t.Context(), "C-1", id); !errors.Is(err, vault.ErrNoFile) {
			t.Errorf("name %q: %v", id, err)
		}
		if err := f.Remove(id); err != nil {
			t.Errorf("removing %q: %v", id, err)
		}
	}
}

// Whatever is done to a file is noticed, and no byte comes out that was not
// written.
func TestChangedFilesAreNoticed(t *testing.T) {
	f, _, dir := openFiles(t)
	b := content(4*chunk + 100)
	id := mustWrite(t, f, "C-1", b)
	whole, err := os.ReadFile(stored(dir, id))
	if err != nil {
		t.Fatal(err)
	}
	head := len(whole) - (4*(chunk+16) + 100 + 16) // what stands before the chunks
	piece := func(i int) []byte { return whole[head+i*(chunk+16) : head+(i+1)*(chunk+16)] }
	last := whole[head+4*(chunk+16):]
	faults := map[string][]byte{
		"empty":          {},
		"no chunk":       whole[:head],
		"one chunk":      whole[:head+chunk+16],
		"no last chunk":  whole[:head+4*(chunk+16)],
		"one byte less":  whole[:len(whole)-1],
		"one byte more":  append(slices.Clone(whole), 0),
		"chunks swapped": slices.Concat(whole[:head], piece(1), piece(0), piece(2), piece(3), last),
		"chunk doubled":  slices.Concat(whole[:head], piece(0), piece(0), piece(1), piece(2), piece(3), last),
		"chunk left out": slices.Concat(whole[:head], piece(0), piece(2), piece(3), last),
		"last doubled":   append(slices.Clone(whole), last...),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		at := random.IntN(len(whole))
		flipped := slices.Clone(whole)
		flipped[at] ^= 1 << random.IntN(8)
		faults["bit of byte "+string(rune('0'+at%10))+" of "+strings.Repeat("x", at%7)+" "+time.Duration(at).String()] = flipped
	}
	for at := range head {
		flipped := slices.Clone(whole)
		flipped[at] ^= 1 << (at % 8)
		faults["header "+time.Duration(at).String()] = flipped
	}
	for name, fault := range faults {
		if err := os.WriteFile(stored(dir, id), fault, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readAll(f, "C-1", id)
		if !errors.Is(err, vault.ErrFileDamaged) && !errors.Is(err, vault.ErrNoCaseKey) { // the header names the key
			t.Errorf("%s: %v, want ErrFileDamaged", name, err)
		}
		if !bytes.HasPrefix(b, got) {
			t.Errorf("%s: bytes came out that were never written", name)
		}
	}
}

func TestDestroyedKeyEndsTheFiles(t *testing.T) {
	f, keys, dir := openFiles(t)
	id, other := mustWrite(t, f, "C-1", content(10)), mustWrite(t, f, "C-2", content(10))
	key, err := keys.Key(t.Context(), "C-1")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := keys.Key(t.Context(), "C-1"); err != nil || again != key {
		t.Fatalf("the case has two keys (%v)", err)
	}
	if err := keys.Destroy(t.Context(), "C-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(f, "C-1", id); !errors.Is(err, vault.ErrNoCaseKey) {
		t.Errorf("after Destroy: %v", err)
	}
	if _, err := readAll(f, "C-2", other); err != nil {
		t.Errorf("the other case: %v", err)
	}
	var left int
	rows, err := keys.CaseKeysDB().Query(t.Context(), `SELECT 1 FROM case_keys WHERE case_id = 'C-1'`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		left++
	}
	_ = rows.Close()
	if size, err := os.Stat(filepath.Join(filepath.Dir(dir), vault.CaseKeysName+"-wal")); left > 0 || err == nil && size.Size() > 0 {
		t.Errorf("%d keys are left, or a journal is", left)
	}
	fresh, err := keys.Key(t.Context(), "C-1")
	if err != nil || fresh == key {
		t.Errorf("the old key came back (%v)", err)
	}
}

func TestFailedWriteLeavesNothing(t *testing.T) {
	f, _, dir := openFiles(t)
	broken := io.MultiReader(bytes.NewReader(content(3*chunk)), iotest.ErrReader(errors.New("the upload ended")))
	if _, _, _, err := f.Write(t.Context(), "C-1", broken); err == nil {
		t.Error("a broken upload was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	slow := iotest.OneByteReader(bytes.NewReader(content(chunk)))
	if _, _, _, err := f.Write(ctx, "C-1", readerFunc(func(p []byte) (int, error) { cancel(); return slow.Read(p) })); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
	for s, err := range f.All() {
		t.Errorf("left behind: %v %v", s, err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	if len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestUnfinishedFilesAreSweptLater(t *testing.T) {
	f, _, dir := openFiles(t)
	id := mustWrite(t, f, "C-1", content(10))
	unfinished := stored(dir, id) + ".part"
	if err := os.WriteFile(unfinished, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Sweep(time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(unfinished); err != nil {
		t.Errorf("a file that is being written was removed: %v", err)
	}
	if err := f.Sweep(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(unfinished); err == nil {
		t.Error("an old unfinished file is still there")
	}
	count := 0
	for s, err := range f.All() {
		if err != nil || s.ID != id {
			t.Errorf("%v, %v", s, err)
		}
		count++
	}
	if count != 1 {
		t.Errorf("%d files are left, want 1", count)
	}
}
