package imports_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// childEnv tells the test program to be a process that imports and dies.
const childEnv = "CASEHUB_TEST_IMPORT"

// child is what such a process is told: the database it imports into, the
// register it reads, and at which break-off point of the run it kills itself; 0
// is never.
type child struct {
	Database, Register string
	Die                int
	Mapping            string // "" for the register
	Cache              int    // KB of the database that its writer keeps in memory; 0 for what it always does
}

func TestMain(m *testing.M) {
	if task := os.Getenv(childEnv); task != "" {
		if err := importAndDie(task, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	if task := os.Getenv(jobEnv); task != "" {
		fmt.Fprintln(os.Stderr, startAndDie(task))
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// importAndDie imports, and kills its own process at the point it was told. It
// says "NUMBER POINT" there, and "NUMBER ended" after a run of so many points.
func importAndDie(task string, out io.Writer) (err error) {
	var c child
	if err := json.Unmarshal([]byte(task), &c); err != nil {
		return err
	}
	if c.Mapping == "" {
		c.Mapping = register
	}
	m, err := imports.ParseMapping([]byte(c.Mapping), codelist.National())
	if err != nil {
		return err
	}
	var settings spreadsheet.Settings
	if err := m.DecodeSource(&settings); err != nil {
		return err
	}
	src, err := spreadsheet.Open(place.On(c.Register), settings)
	if err != nil {
		return err
	}
	ctx := context.Background()
	db, err := sqlite.Open(ctx, c.Database, sqlitetest.Key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if c.Cache > 0 {
		if _, err := db.Exec(ctx, fmt.Sprintf("PRAGMA cache_size = -%d", c.Cache), nil); err != nil {
			return err
		}
	}
	gate, err := accesstest.Over(ctx, db, clock)
	if err != nil {
		return err
	}
	s, points := imports.NewService(db, codelist.National(), gate, clock), 0
	s.BreakOff(func(point string) error {
		if points++; points == c.Die {
			fmt.Fprintln(out, points, point)
			killMyself()
		}
		return nil
	})
	if _, err := s.Run(ctx, importer, m, src, imports.Options{Name: filepath.Base(c.Register)}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, points, "ended", peak())
	return err
}

// killMyself ends the process as kill -9 does: nothing runs after it, no
// deferred call, no rollback.
func killMyself() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		_ = self.Kill()
	}
	select {}
}

// start runs a child to its end or death. It returns the number and the name of
// the point that it told last.
func (c child) start(t *testing.T) (points int, point string) {
	t.Helper()
	task, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(task))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if died := killed(cmd.ProcessState); died != (c.Die > 0) || !died && err != nil {
		t.Fatalf("a process that dies at point %d (0 is never) ended with %v: %s", c.Die, err, stderr.String())
	}
	if _, err := fmt.Sscan(stdout.String(), &points, &point); err != nil {
		t.Fatalf("the process said %q: %v", stdout.String(), err)
	}
	if c.Die > 0 && (points != c.Die || point == "ended") {
		t.Fatalf("told to die at point %d, the process died at %d, %s", c.Die, points, point)
	}
	return points, point
}

// killed reports whether a process died by SIGKILL. Windows has no signals: a
// process that is ended there has status 1, which no child gives by itself.
func killed(p *os.ProcessState) bool {
	if runtime.GOOS == "windows" {
		return p.ExitCode() == 1
	}
	status, ok := p.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// TestAKilledImportEndsAsOneThatWasNot kills the process of an import one to
// three times in a row, at points that a seed chooses, and then leaves it alone.
//
// Runs and audit are compared whole. All processes have the clock of the tests,
// so their times are equal; and a run that is taken up keeps its number and its
// beginning, so that no number of kills may show in either.
func TestAKilledImportEndsAsOneThatWasNot(t *testing.T) {
	dir := t.TempDir()
	edited, path := filepath.Join(dir, "edited.db"), filepath.Join(dir, "register.csv")
	closed(t, edited, func(db *sqlite.DB) { editedOffice(t, db) })
	if err := os.WriteFile(path, []byte(visits(visitRows, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	want, points := uninterrupted(t, edited, path)
	if points < 100 {
		t.Fatalf("the run has %d points to die at: too few to mean anything", points)
	}
	died := map[string]int{}
	for seed := range uint64(20) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			db := copyOf(t, edited)
			story := killInARow(t, child{Database: db, Register: path}, points, rand.New(rand.NewPCG(seed, 3)), died)
			if got := everything(t, sqlitetest.OpenAt(t, db, migrations.FS)); got != want {
				t.Errorf("after deaths at %s the node differs from one whose import was never killed", story)
			}
		})
	}
	t.Logf("%d points, died at %v", points, died)
	for _, point := range []string{"settled", "row", "committed"} {
		if died[point] == 0 {
			t.Errorf("no import died at a point of the kind %q: %v", point, died)
		}
	}
}

// uninterrupted imports in a process that is left alone and returns what the
// node holds then and how many points there were.
func uninterrupted(t *testing.T, edited, register string) (everythingThere string, points int) {
	t.Helper()
	c := child{Database: copyOf(t, edited), Register: register}
	points, _ = c.start(t)
	db := sqlitetest.OpenAt(t, c.Database, migrations.FS)
	runs, err := service(t, db).RunsForTest(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	sees(t, runs[0].Report)
	return everything(t, db), points
}

// atLeast is the number of points that any run has, however much of it was done
// before: settled, planned, begun.
const atLeast = 3

// killInARow kills the import at one to three different points, leaves it alone
// then, and returns where it died. A run that is taken up has at least the points
// that the one before had still to come, so each death comes about.
func killInARow(t *testing.T, c child, points int, chance *rand.Rand, died map[string]int) string {
	t.Helper()
	var used []int
	var story []string
	for range 1 + chance.IntN(3) {
		c.Die = 1 + chance.IntN(points)
		for slices.Contains(used, c.Die) {
			c.Die = 1 + chance.IntN(points)
		}
		used = append(used, c.Die)
		n, point := c.start(t)
		died[point]++
		story = append(story, fmt.Sprintf("%s (%d)", point, n))
		points = max(points-c.Die, atLeast)
	}
	c.Die = 0
	c.start(t)
	return strings.Join(story, ", ")
}

// copyOf copies a closed database into the test's folder.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "node.db")
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// A run that ends with an error leaves the source free for the next one at once,
// and no plan behind: what a death cannot do, an error must.
func TestABrokenRunLetsGo(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m, path := parse(t, register), write(t, visits(40, 0))
	for _, n := range []int{1, 2, 3, 20} {
		brokenAt(t, db, m, path, n)
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(db.Path()), "import-*.plan")); err != nil || len(left) > 0 {
			t.Errorf("broken off at point %d: the plan is left behind: %v %v", n, left, err)
		}
	}
	run(t, db, m, path, imports.Options{})
}
