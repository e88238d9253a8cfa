//go:build linux

package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"casehub/internal/postgres"
	"casehub/internal/postgres/postgrestest"

	"github.com/jackc/pgx/v5"
)

// TestMain is also the program of TestAKilledHubLosesNothing: a hub that owns a
// cluster and waits to be killed.
func TestMain(m *testing.M) {
	folder := os.Getenv("CASEHUB_TEST_CLUSTER")
	if folder == "" {
		postgrestest.Main(m)
	}
	c, err := postgres.Start(context.Background(), folder, nil)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready", c.PID())
	select {}
}

func start(t *testing.T, folder string) *postgres.Cluster {
	t.Helper()
	c, err := postgres.Start(t.Context(), folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stop(t *testing.T, c *postgres.Cluster) {
	t.Helper()
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
}

// do runs one statement on a connection of its own and returns the number that
// it answers.
func do(t *testing.T, dsn, sql string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	return n
}

func TestAClusterKeepsItsDataOverARestart(t *testing.T) {
	folder := filepath.Join(postgrestest.Dir(t), "pg")
	c := start(t, folder)
	do(t, c.DSN(), `CREATE TABLE kept AS SELECT 41 AS n`)
	stop(t, c)
	c = start(t, folder)
	defer stop(t, c)
	if n := do(t, c.DSN(), `SELECT n FROM kept`); n != 41 {
		t.Errorf("after a restart %d, want 41", n)
	}
}

func TestAClusterIsClosedToOthers(t *testing.T) {
	folder := filepath.Join(postgrestest.Dir(t), "pg")
	c := start(t, folder)
	defer stop(t, c)
	st, err := os.Stat(folder)
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %o, want 700", st.Mode().Perm())
	}
	proc, err := os.Stat("/proc/" + strconv.Itoa(c.PID()))
	if err != nil {
		t.Fatal(err)
	}
	if proc.Sys().(*syscall.Stat_t).Uid == 0 {
		t.Error("the database runs as root")
	}
	if n := do(t, c.DSN(), `SELECT count(*) FROM pg_settings WHERE name = 'listen_addresses' AND setting = ''`); n != 1 {
		t.Error("the database listens on the network")
	}
}

func TestAFolderHasOneHub(t *testing.T) {
	folder := filepath.Join(postgrestest.Dir(t), "pg")
	if _, ok := postgres.Running(folder); ok {
		t.Error("a folder without a hub counts as running")
	}
	c := start(t, folder)
	defer stop(t, c)
	if _, err := postgres.Start(t.Context(), folder, nil); !errors.Is(err, postgres.ErrInUse) {
		t.Errorf("a second start: %v, want ErrInUse", err)
	}
	dsn, ok := postgres.Running(folder)
	if !ok || dsn != c.DSN() {
		t.Errorf("running %q, %v, want %q", dsn, ok, c.DSN())
	}
}

func TestALongPathGetsAShortSocket(t *testing.T) {
	folder := filepath.Join(postgrestest.Dir(t), strings.Repeat("long", 30), "pg")
	c := start(t, folder)
	defer stop(t, c)
	if n := do(t, c.DSN(), `SELECT 1`); n != 1 {
		t.Errorf("got %d", n)
	}
}

func TestAFolderOutOfReachIsNamed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only a hub that runs as root steps down to another user")
		return
	}
	closed := filepath.Join(postgrestest.Dir(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Start(t.Context(), filepath.Join(closed, "pg"), nil); !errors.Is(err, postgres.ErrNotReachable) {
		t.Errorf("got %v, want ErrNotReachable", err)
	}
}

func TestAHalfMadeClusterIsMadeAgain(t *testing.T) {
	folder := filepath.Join(postgrestest.Dir(t), "pg")
	if err := os.MkdirAll(filepath.Join(folder, "data.new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := start(t, folder)
	defer stop(t, c)
	if n := do(t, c.DSN(), `SELECT 1`); n != 1 {
		t.Errorf("got %d", n)
	}
}

func TestWithoutBinariesItSaysSo(t *testing.T) {
	t.Setenv("PG_BINDIR", t.TempDir())
	if _, err := postgres.Start(t.Context(), filepath.Join(postgrestest.Dir(t), "pg"), nil); !errors.Is(err, postgres.ErrNoBinaries) {
		t.Errorf("got %v, want ErrNoBinaries", err)
	}
}

// hub runs this test program as a hub on the folder and returns it with the
// process number of its database.
func hub(t *testing.T, folder string) (*exec.Cmd, int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CASEHUB_TEST_CLUSTER="+folder)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	pid, convErr := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "ready ")))
	if err != nil || convErr != nil {
		t.Fatalf("the hub said %q", line)
	}
	return cmd, pid
}

func TestAKilledHubLosesNothing(t *testing.T) {
	folder := filepath.Join(postgrestest.Dir(t), "pg")
	cmd, _ := hub(t, folder)
	dsn, ok := postgres.Running(folder)
	if !ok {
		t.Fatal("the hub's cluster is not running")
	}
	do(t, dsn, `CREATE TABLE kept AS SELECT 42 AS n`)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	c := start(t, folder) // at once, while the old database may still be ending
	defer stop(t, c)
	if n := do(t, c.DSN(), `SELECT n FROM kept`); n != 42 {
		t.Errorf("after a kill %d, want 42", n)
	}
}

func TestADatabaseEndsWithItsHub(t *testing.T) {
	cmd, pid := hub(t, filepath.Join(postgrestest.Dir(t), "pg"))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for range 200 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("process %d still runs 10 s after its hub was killed", pid)
}

func TestAKilledDatabaseRecovers(t *testing.T) {
	folder := filepath.Join(postgrestest.Dir(t), "pg")
	c := start(t, folder)
	do(t, c.DSN(), `CREATE TABLE kept AS SELECT 43 AS n`)
	if err := syscall.Kill(c.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	_ = c.Stop() // it has ended already, and not cleanly
	c = start(t, folder)
	defer stop(t, c)
	if n := do(t, c.DSN(), `SELECT n FROM kept`); n != 43 {
		t.Errorf("after a kill of the database %d, want 43", n)
	}
}

func TestAStaleNoteOfAnotherProcessIsForgotten(t *testing.T) {
	folder := filepath.Join(postgrestest.Dir(t), "pg")
	stop(t, start(t, folder))
	note := fmt.Sprintf("%d\n%s\n", os.Getpid(), filepath.Join(folder, "data"))
	if err := os.WriteFile(filepath.Join(folder, "data", "postmaster.pid"), []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, folder))
}
