package vault_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"casehub/node/vault"
)

// What a person waits for at the door, at the standard cost.
func BenchmarkCheckPassword(b *testing.B) {
	v, _, err := vault.Create(b.Context(), filepath.Join(b.TempDir(), "vault.json"), vault.Params{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 30 {
		if _, err := v.AddPassword(b.Context(), fmt.Sprint("person", i), password); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := v.CheckPassword(b.Context(), "person15", password); err != nil {
			b.Fatal(err)
		}
	}
}

const benchFile = 64 << 20

func BenchmarkFilesWrite(b *testing.B) {
	f := benchFiles(b)
	b.SetBytes(benchFile)
	for b.Loop() {
		id, _, _, err := f.Write(b.Context(), "C-1", io.LimitReader(rand.NewChaCha8([32]byte{1}), benchFile))
		if err != nil {
			b.Fatal(err)
		}
		if err := f.Remove(id); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFilesRead(b *testing.B) {
	f := benchFiles(b)
	id, _, _, err := f.Write(b.Context(), "C-1", io.LimitReader(rand.NewChaCha8([32]byte{1}), benchFile))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(benchFile)
	for b.Loop() {
		r, err := f.Open(b.Context(), "C-1", id)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
	}
}

func benchFiles(b *testing.B) *vault.Files {
	b.Helper()
	v, _, err := vault.Create(b.Context(), filepath.Join(b.TempDir(), "vault.json"), vault.Params{})
	if err != nil {
		b.Fatal(err)
	}
	keys, err := v.OpenCaseKeys(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = keys.Close() })
	f, err := vault.OpenFiles(filepath.Join(b.TempDir(), "files"), keys)
	if err != nil {
		b.Fatal(err)
	}
	return f
}

// A file far larger than the memory that is allowed for it goes in and comes
// out.
func TestFilesStreamInConstantMemory(t *testing.T) {
	size := int64(192 << 20)
	f, _, _ := openFiles(t)
	warm := mustWrite(t, f, "C-1", content(chunk))
	if _, err := readAll(f, "C-1", warm); err != nil {
		t.Fatal(err)
	}
	before := heldMemory()
	id, n, sum, err := f.Write(t.Context(), "C-1", io.LimitReader(rand.NewChaCha8([32]byte{2}), size))
	if err != nil || n != size {
		t.Fatalf("%d bytes, %v", n, err)
	}
	r, err := f.Open(t.Context(), "C-1", id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil || [32]byte(h.Sum(nil)) != sum {
		t.Fatalf("the file comes back as another (%v)", err)
	}
	grown := heldMemory() - before
	t.Logf("%d MiB went through; the program's memory grew by %d MiB", size>>20, grown>>20)
	if grown > 32<<20 {
		t.Errorf("the memory grew by %d MiB for a file of %d MiB", grown>>20, size>>20)
	}
}

// heldMemory is what the program has taken from the system.
func heldMemory() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

// BenchmarkFilesTwoGigabytes tells the most memory that the program ever held,
// where the system keeps count of it.
func BenchmarkFilesTwoGigabytes(b *testing.B) {
	const size = 2 << 30
	f := benchFiles(b)
	b.SetBytes(2 * size)
	for b.Loop() {
		id, _, _, err := f.Write(b.Context(), "C-1", io.LimitReader(rand.NewChaCha8([32]byte{3}), size))
		if err != nil {
			b.Fatal(err)
		}
		r, err := f.Open(b.Context(), "C-1", id)
		if err != nil {
			b.Fatal(err)
		}
		_, err = io.Copy(io.Discard, r)
		if err := errors.Join(err, r.Close(), f.Remove(id)); err != nil {
			b.Fatal(err)
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	if _, err := fmt.Sscan(after, &kib); err == nil {
		b.ReportMetric(kib/1024, "MiB-most")
	}
}
