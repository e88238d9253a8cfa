package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/backup"
	"casehub/node/backup/store"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// TestFigureBackup measures the peak memory of a program that makes and proves a
// backup, of one that restores it, and how long that takes. The short form of
// make bench is a tenth of what make soak measures.
func TestFigureBackup(t *testing.T) {
	cases, megabytes := 5_000, 200
	switch {
	case os.Getenv("CASEHUB_SOAK") == "1":
		cases, megabytes = 50_000, 2_048
	case os.Getenv("CASEHUB_BENCH") != "1":
		t.Skip("figures are measured by make bench")
	}
	o := newOffice(t)
	o.fill(cases, megabytes)
	p := o.stick()
	o.must(o.close())
	made := o.measured("figure-backup", o.dir, p.ID)
	dir := filepath.Join(t.TempDir(), "new")
	back := o.measured("figure-restore", dir, p.Path)
	t.Logf("%d cases, %d MB of papers: backup and proof %.1f s, restore %.1f s", cases, megabytes, made.took.Seconds(), back.took.Seconds())
	figure("backup_rss", made.peak, "MB", 200)
	figure("restore_rss", back.peak, "MB", 200)
	figure("backup_and_proof", made.took.Minutes(), "min", 15)
	figure("restore", back.took.Minutes(), "min", 15)
	o.open()
	o.cameBack(dir)
}

func figure(name string, value float64, unit string, goal float64) {
	verdict := "ok"
	if value >= goal {
		verdict = "short"
	}
	fmt.Printf("figure %s %.2f %s goal <%g %s\n", name, value, unit, goal, verdict)
}

// fill adds cases with a page of text each and attachments of a megabyte.
func (o *office) fill(cases, megabytes int) {
	o.t.Helper()
	ctx := o.t.Context()
	words := strings.Fields("the client came with the notice of the landlord and asked what can be done before the end of the month about the arrears")
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same office each time
	for from := 0; from < cases; from += 1000 {
		o.must(o.db.Tx(ctx, func(tx *sqlite.Tx) error {
			for i := from; i < min(from+1000, cases); i++ {
				var text strings.Builder
				for range 150 {
					text.WriteString(words[r.IntN(len(words))] + " ")
				}
				id := fmt.Sprintf("F-%06d", i)
				_, err := tx.ExecArgs(ctx, `
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, other_party, summary, created_at, updated_at)
VALUES (?1, ?1, 'K-1', 1101, 'open', '2026-11-02', 'Landlord', ?2, 1, 1)`, id, text.String())
				if err == nil {
					err = audit.Record(ctx, tx, o.now, director, "case.registered", id, audit.Change{Field: "summary", New: text.String()})
				}
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
	page := make([]byte, 1<<20)
	for i := range megabytes {
		_, _ = rand.NewChaCha8([32]byte{byte(i), byte(i >> 8)}).Read(page)
		o.keep(fmt.Sprintf("F-%06d", i%cases), page)
	}
}

// keep writes an attachment whose content is not held against anything later but
// its hash.
func (o *office) keep(caseID string, content []byte) {
	o.t.Helper()
	id, n, sum, err := o.files.Write(o.t.Context(), caseID, bytes.NewReader(content))
	o.must(err)
	_, err = o.db.Exec(o.t.Context(), `
INSERT INTO documents (id, case_id, file, name, type, size, sha256, added_by, added_at)
VALUES (@file, @case, @file, 'page', 'text/plain', @size, @sum, 'p-1', 1)`, sqlite.Args{"file": string(id), "case": caseID, "size": n, "sum": sum[:]})
	o.must(err)
}

// measurement is how long a program worked and the most memory it had.
type measurement struct {
	took time.Duration
	peak float64 // MB
}

var measuredLine = regexp.MustCompile(`measured ([0-9.]+) s ([0-9.]+) MB`)

// measured runs a task in a program of its own.
func (o *office) measured(task, dir, place string) measurement {
	o.t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestMeasuredChild$", "-test.v", "-test.timeout=50m")
	cmd.Env = append(os.Environ(), childTask+"="+task, childDir+"="+dir, childPlace+"="+place, childWords+"="+strings.Join(o.words.List("en"), " "))
	out, err := cmd.CombinedOutput()
	m := measuredLine.FindSubmatch(out)
	if err != nil || m == nil {
		o.t.Fatalf("%s: %v\n%s", task, err, out)
	}
	seconds, _ := strconv.ParseFloat(string(m[1]), 64)
	peak, _ := strconv.ParseFloat(string(m[2]), 64)
	return measurement{time.Duration(seconds * float64(time.Second)), peak}
}

// TestMeasuredChild is no test: it is what TestFigureBackup starts.
func TestMeasuredChild(t *testing.T) {
	task, dir, place := os.Getenv(childTask), os.Getenv(childDir), os.Getenv(childPlace)
	if !strings.HasPrefix(task, "figure-") {
		return // an ordinary run has nothing to do here
	}
	begin := time.Now()
	if task == "figure-backup" {
		v := vaulttest.Open(t, filepath.Join(dir, "vault.json"))
		if _, err := v.UnsealPassword(t.Context(), login, password); err != nil {
			t.Fatal(err)
		}
		o := &office{t: t, dir: dir, vault: v, now: start}
		o.open()
		if _, err := o.svc.Run(context.Background(), director, place); err != nil {
			t.Fatal(err)
		}
	} else {
		words, err := vault.ParseWords(os.Getenv(childWords))
		if err != nil {
			t.Fatal(err)
		}
		_, err = backup.Restore(context.Background(), backup.Restoring{
			Place: store.Folder{Path: place}, Data: dir, Words: words, Now: time.Now, VaultOptions: []vault.Option{vault.AllowWeak()},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fmt.Printf("measured %.3f s %.1f MB\n", time.Since(begin).Seconds(), peak(t))
}

// peak is the most memory that this program ever had, as the system counts it.
func peak(t *testing.T) float64 {
	t.Helper()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Skip("the peak of memory is known on Linux alone")
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmHWM:\s+([0-9]+) kB`).FindSubmatch(b)
	if m == nil {
		t.Fatal("the system tells no peak")
	}
	kb, _ := strconv.ParseFloat(string(m[1]), 64)
	return kb / 1024
}
