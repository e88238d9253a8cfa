// Package mariadbtest gives tests a real MariaDB: one private server a test
// process, reached by a socket in a folder of its own, a new database a test. The
// server ends with the process, however that ends.
package mariadbtest

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

var (
	once    sync.Once
	socket  string
	failure error
	count   atomic.Int64
)

// script runs the server until its input ends, and takes its folder away.
const script = `dir=$1; shift
"$@" >"$dir/log" 2>&1 &
pid=$!
cat >/dev/null
kill "$pid"
wait "$pid"
rm -rf "$dir"`

// held keeps the server's input open for as long as the process lives.
var held *os.File

// start makes the server's files and starts it.
func start() error {
	server, err := find("mariadbd", "/usr/sbin/mariadbd")
	if err != nil {
		return err
	}
	install, err := find("mariadb-install-db", "/usr/bin/mariadb-install-db")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "casehub-mariadb-")
	if err != nil {
		return err
	}
	user := "--user=" + os.Getenv("USER")
	if os.Geteuid() == 0 {
		user = "--user=root"
	}
	data := filepath.Join(dir, "data")
	made := exec.Command(install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", user)
	if out, err := made.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("making the database's files: %w: %s", err, out), os.RemoveAll(dir))
	}
	socket = filepath.Join(dir, "s")
	child := exec.Command("sh", "-c", script, "sh", dir, server, "--no-defaults", "--datadir="+data, "--socket="+socket, "--skip-networking", user,
		"--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0", "--performance-schema=off", "--pid-file="+filepath.Join(dir, "pid"))
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	child.Stdin, held = r, w
	if err := child.Start(); err != nil {
		return err
	}
	return errors.Join(r.Close(), ready())
}

func find(name, usual string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	if _, err := os.Stat(usual); err != nil {
		return "", errMissing
	}
	return usual, nil
}

var errMissing = errors.New("mariadb is not installed: deploy/dev/install mariadb")

// ready waits for the server to answer.
func ready() error {
	db, err := sql.Open("mysql", "root@unix("+socket+")/")
	if err != nil {
		return err
	}
	defer db.Close()
	for range 600 {
		if err = db.Ping(); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the database server does not answer: %w", err)
}

// quiet keeps what the driver says while the server starts off the screen.
type quiet struct{}

func (quiet) Print(...any) {}

// DSN makes a new database with what the statements make, and returns its
// address for somebody who may only read.
func DSN(t testing.TB, statements string) string {
	t.Helper()
	once.Do(func() {
		failure = errors.Join(mysql.SetLogger(quiet{}), start())
	})
	if errors.Is(failure, errMissing) {
		t.Skip(errMissing.Error())
	}
	if failure != nil {
		t.Fatal(failure)
	}
	runtime.KeepAlive(held)
	name := fmt.Sprintf("test%d", count.Add(1))
	Exec(t, "", "CREATE DATABASE "+name+" CHARACTER SET utf8mb4; CREATE USER '"+name+"'@'localhost' IDENTIFIED BY 'word'; GRANT SELECT ON "+name+".* TO '"+name+"'@'localhost'")
	Exec(t, name, statements)
	return "mysql://" + name + ":word@/" + name + "?socket=" + socket
}

// Exec runs statements in a database as its owner.
func Exec(t testing.TB, database, statements string) {
	t.Helper()
	db, err := sql.Open("mysql", "root@unix("+socket+")/"+database+"?multiStatements=true")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if strings.TrimSpace(statements) == "" {
		return
	}
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

// Database returns the name of the database of an address.
func Database(dsn string) string {
	_, rest, _ := strings.Cut(dsn, "@/")
	name, _, _ := strings.Cut(rest, "?")
	return name
}
