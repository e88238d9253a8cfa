package backup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"casehub/node/backup"
	"casehub/node/backup/store"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// A child of the tests gets what it has to do by these, and dies by its own hand
// in the middle of it: nothing is closed, flushed or tidied.
const (
	childTask  = "CASEHUB_BACKUP_CHILD" // backup or restore
	childDir   = "CASEHUB_BACKUP_DIR"
	childPlace = "CASEHUB_BACKUP_PLACE"
	childPoint = "CASEHUB_BACKUP_POINT" // after how many bytes, or before which step, "step:N"
	childWords = "CASEHUB_BACKUP_WORDS"
)

func die() {
	p, _ := os.FindProcess(os.Getpid())
	_ = p.Kill()
	select {}
}

// deadly is a folder at which the program dies after a number of bytes that were
// written or read.
type deadly struct {
	store.Folder
	left *int64
}

func newDeadly(path string, after int64) deadly {
	left := after
	d := deadly{store.Folder{Path: path}, &left}
	d.Through = func(w io.Writer) io.Writer {
		return writerFunc(func(b []byte) (int, error) {
			if *d.left < int64(len(b)) {
				_, _ = w.Write(b[:*d.left]) // half a block
				die()
			}
			*d.left -= int64(len(b))
			return w.Write(b)
		})
	}
	return d
}

func (d deadly) Get(ctx context.Context, name store.Name) (io.ReadCloser, error) {
	in, err := d.Folder.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	return mortal{in, d.left}, nil
}

type mortal struct {
	io.ReadCloser
	left *int64
}

func (m mortal) Read(b []byte) (int, error) {
	if *m.left <= 0 {
		die()
	}
	n, err := m.ReadCloser.Read(b[:min(int64(len(b)), *m.left)])
	*m.left -= int64(n)
	return n, err
}

// TestChild is no test: it is what the others start and kill.
func TestChild(t *testing.T) {
	task := os.Getenv(childTask)
	if task == "" {
		return // an ordinary run has nothing to do here
	}
	point := os.Getenv(childPoint)
	bytes, err := strconv.ParseInt(point, 10, 64)
	if err != nil {
		bytes = 1 << 60
	}
	place := newDeadly(os.Getenv(childPlace), bytes)
	steps := 0
	step := func(string) {
		if steps++; "step:"+strconv.Itoa(steps) == point {
			die()
		}
	}
	if task == "backup" {
		v := vaulttest.Open(t, filepath.Join(os.Getenv(childDir), "vault.json"))
		if _, err := v.UnsealPassword(t.Context(), login, password); err != nil {
			t.Fatal(err)
		}
		o := &office{t: t, dir: os.Getenv(childDir), vault: v, now: start.Add(time.Hour)}
		o.open()
		if _, err := o.with(place).Run(t.Context(), director, backup.S3Place); err != nil {
			t.Fatal(err)
		}
		return
	}
	words, err := vault.ParseWords(os.Getenv(childWords))
	if err != nil {
		t.Fatal(err)
	}
	last := backup.Step("")
	_, err = backup.Restore(t.Context(), backup.Restoring{
		Place: place, Data: os.Getenv(childDir), Words: words, Now: time.Now, VaultOptions: []vault.Option{vault.AllowWeak()}, Between: step,
		Progress: func(p backup.Progress) {
			if p.Step != last {
				last = p.Step
				step(string(p.Step))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// child runs a task that dies at a point. It reports whether it died.
func (o *office) child(task, dir, place, point string) (died bool) {
	o.t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childTask+"="+task, childDir+"="+dir, childPlace+"="+place, childPoint+"="+point,
		childWords+"="+strings.Join(o.words.List("en"), " "))
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &ended) && !ended.Exited(), strings.TrimSpace(string(out)) == "":
		return true
	}
	o.t.Fatalf("the child failed at %s: %v\n%s", point, err, out)
	return false
}

// says runs a task to its end and returns what it failed with, "" when it did not.
func (o *office) says(task, dir, place string) string {
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childTask+"="+task, childDir+"="+dir, childPlace+"="+place, childPoint+"=",
		childWords+"="+strings.Join(o.words.List("en"), " "))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	return string(out)
}

func TestABackupSurvivesKilling(t *testing.T) {
	o, path, good := twoBackups(t)
	total := int64(0)
	for _, b := range good {
		total += int64(len(b))
	}
	r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // the same points each time
	died := 0
	for i := range int64(24) {
		point := (2*total*i + r.Int64N(2*total)) / 24 // written once and read once
		o.must(o.close())
		if o.child("backup", o.dir, path, fmt.Sprint(point)) {
			died++
		}
		for name, b := range tree(t, o.dir) {
			if strings.Contains(string(b), canary) || strings.Contains(string(b), "SQLite format") {
				t.Errorf("killed at %d: %s holds plain bytes", point, name)
			}
		}
		o.open()
		o.stands(fmt.Sprintf("killed at %d of %d", point, 2*total), path, good)
	}
	if died < 20 {
		t.Errorf("only %d children died", died)
	}
	list, err := o.svc.Backups(t.Context(), 100)
	o.must(err)
	interrupted := 0
	for _, b := range list {
		if b.Failure == "interrupted" {
			interrupted++
		}
	}
	if interrupted < 20 {
		t.Errorf("%d backups are told as interrupted, %d died", interrupted, died)
	}
	rest := o.restoring(path)
	rest.Sequence = 1
	if _, err := backup.Restore(t.Context(), rest); err != nil {
		t.Fatal(err)
	}
	o.cameBack(rest.Data)
}

func TestARestoreSurvivesKilling(t *testing.T) {
	o, path, good := twoBackups(t)
	total := int64(0)
	for _, b := range good {
		total += int64(len(b))
	}
	r := rand.New(rand.NewPCG(5, 8)) //nolint:gosec // the same points each time
	var points []string
	for i := range int64(16) {
		points = append(points, fmt.Sprint((total*i+r.Int64N(total))/16))
	}
	for step := 1; step <= 8; step++ {
		points = append(points, fmt.Sprintf("step:%d", step))
	}
	died := 0
	for _, point := range points {
		dir := filepath.Join(t.TempDir(), "new")
		if o.child("restore", dir, path, point) {
			died++
		}
		for name, b := range tree(t, dir) {
			if strings.Contains(string(b), canary) || strings.Contains(string(b), "SQLite format") {
				t.Errorf("killed at %s: %s holds plain bytes", point, name)
			}
		}
		rest := o.restoring(path)
		rest.Data = dir
		_, err := backup.Restore(t.Context(), rest)
		if errors.Is(err, backup.ErrNotEmpty) {
			if _, stands := os.Stat(filepath.Join(dir, "vault.json")); stands != nil {
				t.Errorf("killed at %s: no node stands, and none can be restored", point)
			}
			err = nil
		}
		if err != nil {
			t.Fatalf("killed at %s: %v", point, err)
		}
		o.cameBack(dir)
	}
	if died < 20 {
		t.Errorf("only %d of %d children died", died, len(points))
	}
}
