package documents_test

import (
	"io"
	"runtime"
	"testing"
	"time"
)

// zeros gives n bytes without holding them.
type zeros struct{ left, peak int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	clear(p[:n])
	before := z.left >> 24
	if z.left -= n; z.left>>24 != before {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		z.peak = max(z.peak, int64(m.HeapInuse))
	}
	return int(n), nil
}

// A document passes through: whatever its size, adding and reading it takes no
// more memory than a small one.
func TestALargeDocumentTakesLittleMemory(t *testing.T) {
	b := office(t)
	const size = 256 << 20
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	in, start := &zeros{left: size}, time.Now()
	d, err := b.Add(t.Context(), b.director, b.caseID, "large.bin", in)
	if err != nil {
		t.Fatal(err)
	}
	added := time.Since(start)
	_, r, err := b.Open(t.Context(), b.director, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	start = time.Now()
	n, err := io.Copy(io.Discard, r)
	if err != nil || n != size {
		t.Fatalf("%d bytes, %v", n, err)
	}
	grown := in.peak - int64(m.HeapInuse)
	t.Logf("added %d MB in %v, read in %v, heap grew by %d KB", size>>20, added.Round(time.Millisecond), time.Since(start).Round(time.Millisecond), grown>>10)
	if grown > 16<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}
