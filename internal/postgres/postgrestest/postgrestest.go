// Package postgrestest gives tests a real Postgres: one private cluster a test
// process, a new database a test. A package that uses it has
//
//	func TestMain(m *testing.M) { postgrestest.Main(m) }
package postgrestest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"casehub/internal/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	folder  string
	once    sync.Once
	cluster *postgres.Cluster
	failure error
	count   atomic.Int64
)

// Main runs the tests, then stops the cluster and removes its files.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for a package whose tests have something else around them too: it
// returns the exit status.
func Run(m *testing.M) int {
	dir, err := newFolder()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	folder = dir
	defer os.RemoveAll(dir)
	code := m.Run()
	if cluster != nil {
		if err := cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the test database:", err)
			return 1
		}
	}
	return code
}

// newFolder makes a folder that a cluster's user can reach, also when the tests
// run as root.
func newFolder() (string, error) {
	dir, err := os.MkdirTemp("", "casehub-pg-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// Dir returns a new folder for a test that starts a cluster of its own.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("removing the test's folder: %v", err)
		}
	})
	return dir
}

func start(t testing.TB) {
	t.Helper()
	if folder == "" {
		t.Fatal("the package has no TestMain that calls postgrestest.Main")
	}
	once.Do(func() {
		cluster, failure = postgres.Start(context.Background(), folder+"/pg", settings())
	})
	if failure != nil {
		t.Fatalf("starting the test database: %v", failure)
	}
}

// settings spare the disk, which tests share: a killed process loses nothing by
// it, only a machine without power would. Figures are measured with the real
// ones.
func settings() map[string]string {
	if os.Getenv("CASEHUB_BENCH") != "" {
		return nil
	}
	return map[string]string{"fsync": "off", "full_page_writes": "off"}
}

// DSN makes a new database, migrated with files, and returns its DSN.
func DSN(t testing.TB, files fs.FS) string {
	t.Helper()
	start(t)
	name := fmt.Sprintf("test%d", count.Add(1))
	admin, err := pgx.Connect(t.Context(), cluster.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.WithoutCancel(t.Context()))
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	dsn := strings.Replace(cluster.DSN(), "dbname=hub", "dbname="+name, 1)
	if err := postgres.Migrate(t.Context(), dsn, files); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// Open makes a new database, migrated with files, and connects to it.
func Open(t testing.TB, files fs.FS) *pgxpool.Pool {
	t.Helper()
	return Connect(t, DSN(t, files))
}

// Connect connects to a database until the test ends.
func Connect(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}
