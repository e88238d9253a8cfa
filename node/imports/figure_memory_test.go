package imports_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// TestFigureReimport measures how much faster the same file is imported again, when
// nothing in it has changed.
func TestFigureReimport(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") == "" {
		t.Skip("figures are measured by make bench")
	}
	path, m := complaints(t), shippedMapping(t, "procon-complaints")
	db := sqlitetest.Open(t, migrations.FS)
	whole := func() (time.Duration, imports.Report) {
		start := time.Now()
		r := run(t, db, m, path, imports.Options{})
		return time.Since(start), r
	}
	first, report := whole()
	best := time.Duration(0)
	for range 3 {
		again, r := whole()
		if r.Stream("case").Unchanged != report.Stream("case").Created {
			t.Fatalf("something was changed: %+v", r.Streams)
		}
		if best == 0 || again < best {
			best = again
		}
	}
	ratio, verdict := first.Seconds()/best.Seconds(), "ok"
	if ratio < 5 {
		verdict = "short"
	}
	t.Logf("first %v, again %v", first, best)
	fmt.Printf("figure import_again_unchanged %.1f times goal 5 %s\n", ratio, verdict)
}

// mostMemory is what an import may take of the machine, whatever the file: 256 MB.
const mostMemory = 256 << 20

// TestFigureImportMemory imports a file of more than 300 MB in a process of its own and
// measures the most memory that this had.
func TestFigureImportMemory(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") == "" {
		t.Skip("figures are measured by make bench")
	}
	most, size := importsLarge(t, 330<<20, 0)
	verdict := "ok"
	if most > mostMemory {
		verdict = "short"
	}
	fmt.Printf("figure import_memory_of_%d_mb %d MB goal 256 %s\n", size>>20, most>>20, verdict)
}

// fewPages are the KB of a database that are kept in memory where only what grows with a
// file is to be seen: what is always kept fills up within some 30 MB.
const fewPages = 2048

// A file that is ten times larger than another takes hardly more memory: nothing holds
// it whole. The long form is TestFigureImportMemory.
func TestALargerFileTakesNoMoreMemory(t *testing.T) {
	little, small := importsLarge(t, 4<<20, fewPages)
	much, large := importsLarge(t, 40<<20, fewPages)
	if grown, more := much-little, large-small; grown > more/2 {
		t.Errorf("%d MB more of a file took %d MB more memory", more>>20, grown>>20)
	}
	t.Logf("%d MB for a file of %d MB, and %d MB for one of %d MB", little>>20, small>>20, much>>20, large>>20)
}

// importsLarge imports a file of about so many bytes in a process of its own, which keeps
// so many KB of the database in memory, and returns the most memory that it took, and the size.
func importsLarge(t *testing.T, size int64, cache int) (most, written int64) {
	t.Helper()
	dir := t.TempDir()
	c := child{Database: filepath.Join(dir, "node.db"), Register: filepath.Join(dir, "register.csv"), Cache: cache}
	c.Mapping = strings.Replace(register, "batch: 7, ", "", 1)
	closed(t, c.Database, func(db *sqlite.DB) { service(t, db) })
	written = writeLarge(t, c.Register, size)
	task, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(task))
	if cache > 0 { // what grows is to be seen, and not what waits to be collected
		cmd.Env = append(cmd.Env, "GOGC=20")
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var points int
	var word string
	if _, err := fmt.Sscan(stdout.String(), &points, &word, &most); err != nil || most == 0 {
		t.Fatalf("the process said %q: %v", stdout.String(), err)
	}
	return most, written
}

// writeLarge writes a register of about so many bytes, with a long note in each row.
func writeLarge(t *testing.T, path string, size int64) (written int64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, chance := bufio.NewWriterSize(f, 1<<20), rand.New(rand.NewPCG(1, 1))
	n, _ := w.WriteString(registerHeader)
	written = int64(n)
	note := strings.Repeat("what the client told the office that day ", 60)
	for i := 0; written < size; i++ {
		in := time.Date(2024, 1, 1+chance.IntN(300), 0, 0, 0, 0, time.UTC).Format("02/01/2006")
		n, _ := fmt.Fprintf(w, "%d;P%d;Name%d Example;000 %07d;F;wages;%s;;%s %d;;;x%d\n", i, i, i, i, in, note, i, i)
		written += int64(n)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return written
}

// peak returns the most memory that this process had, in bytes: what the system kept for
// it where it says so, and what the program asked for elsewhere.
func peak() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.Lines(string(b)) {
			var kb int64
			if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
				return kb << 10
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}
