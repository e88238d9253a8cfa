package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startWithin is how long a cluster may take to answer, recovery included.
	startWithin = 2 * time.Minute
	// stopWithin is how long a clean stop may take before the child is told to
	// leave at once.
	stopWithin = 30 * time.Second
	// maxSocketPath is the longest path of a unix socket, with room for the
	// socket's own name (108 bytes in all).
	maxSocketPath = 107 - len("/.s.PGSQL.5432")

	superuser = "hub"
	database  = "hub"
)

// Cluster is a running private cluster.
type Cluster struct {
	folder string
	socket string
	owner  owner
	lock   *os.File
	child  *child
}

// Start runs the cluster in a folder, and makes it on the first call. Settings
// are added to those of postgresql.conf. It fails with ErrNoBinaries, ErrInUse,
// ErrNotReachable, or on systems without private clusters with ErrNeedsDSN.
func Start(ctx context.Context, folder string, settings map[string]string) (*Cluster, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	c, err := prepare(folder)
	if err != nil {
		return nil, err
	}
	if err := c.run(ctx, bin, settings); err != nil {
		return nil, errors.Join(err, c.release())
	}
	return c, nil
}

// prepare makes the folder, gives it to the cluster's user and takes its lock.
func prepare(folder string) (*Cluster, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("preparing the database folder: %w", err)
	}
	who, err := whoOwns()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return nil, fmt.Errorf("preparing the database folder: %w", err)
	}
	if err := who.reaches(filepath.Dir(folder)); err != nil {
		return nil, err
	}
	if err := who.mkdir(folder); err != nil {
		return nil, fmt.Errorf("preparing the database folder: %w", err)
	}
	lock, err := takeLock(filepath.Join(folder, "lock"))
	if err != nil {
		return nil, err
	}
	c := &Cluster{folder: folder, owner: who, lock: lock}
	if err := c.placeSocket(); err != nil {
		return nil, errors.Join(err, c.release())
	}
	return c, nil
}

// placeSocket picks the folder of the socket: inside the cluster's own, unless
// that makes the path too long. Where it is stands in a file, for Running.
func (c *Cluster) placeSocket() error {
	c.socket = filepath.Join(c.folder, "run")
	if len(c.socket) > maxSocketPath {
		dir, err := os.MkdirTemp("", "casehub-")
		if err != nil {
			return fmt.Errorf("placing the database socket: %w", err)
		}
		c.socket = dir
	}
	if err := c.owner.mkdir(c.socket); err != nil {
		return fmt.Errorf("placing the database socket: %w", err)
	}
	return os.WriteFile(filepath.Join(c.folder, "socket"), []byte(c.socket), 0o600)
}

// Running returns the DSN of the cluster in a folder that another process runs.
func Running(folder string) (dsn string, ok bool) {
	lock, err := takeLock(filepath.Join(folder, "lock"))
	if err == nil {
		_ = lock.Close()
		return "", false
	}
	socket, readErr := os.ReadFile(filepath.Join(folder, "socket"))
	if !errors.Is(err, ErrInUse) || readErr != nil {
		return "", false
	}
	return dsnAt(string(socket), database), true
}

func (c *Cluster) data() string { return filepath.Join(c.folder, "data") }

// DSN returns the connection string of the hub's database in the cluster.
func (c *Cluster) DSN() string { return dsnAt(c.socket, database) }

func dsnAt(socket, name string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(socket)
	return fmt.Sprintf("host='%s' port=5432 user=%s dbname=%s sslmode=disable", quoted, superuser, name)
}

func (c *Cluster) run(ctx context.Context, bin binaries, settings map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	if err := c.initialise(ctx, bin); err != nil {
		return err
	}
	if err := c.outlive(ctx); err != nil {
		return err
	}
	if err := c.start(bin, settings); err != nil {
		return err
	}
	if err := c.answer(ctx); err != nil {
		return errors.Join(err, c.child.stop(stopWithin))
	}
	return nil
}

// initialise makes the cluster beside its place and moves it there when it is
// whole, so that a hub killed meanwhile leaves nothing half made.
func (c *Cluster) initialise(ctx context.Context, bin binaries) error {
	if _, err := os.Stat(filepath.Join(c.data(), "PG_VERSION")); err == nil {
		return nil
	}
	fresh := c.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	if err := c.owner.mkdir(fresh); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	cmd := exec.CommandContext(ctx, bin.initdb(), "--pgdata", fresh, "--username", superuser,
		"--auth-local", "trust", "--auth-host", "reject", "--encoding", "UTF8", "--locale", "C")
	cmd.Dir = c.folder
	cmd.Env = environment()
	c.owner.take(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making the database: %w: %s", err, lastLine(string(out)))
	}
	return os.Rename(fresh, c.data())
}

// outlive waits for a cluster whose hub was killed to end, and tells it to. The
// lock shows that no living hub owns it.
func (c *Cluster) outlive(ctx context.Context) error {
	pidFile := filepath.Join(c.data(), "postmaster.pid")
	for told := false; ; {
		b, err := os.ReadFile(pidFile)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("looking for an old database process: %w", err)
		}
		first, _, _ := strings.Cut(string(b), "\n")
		pid, err := strconv.Atoi(strings.TrimSpace(first))
		if err != nil || !alive(pid, c.data()) {
			return forget(pidFile)
		}
		if !told {
			told = true
			interrupt(pid)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the old database process %d to end: %w", pid, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *Cluster) start(bin binaries, settings map[string]string) error {
	args := []string{
		"-D", c.data(),
		"-c", "listen_addresses=", "-c", "port=5432",
		"-c", "unix_socket_directories=" + socketSetting(c.socket), "-c", "unix_socket_permissions=0700",
		"-c", "jit=off", "-c", "timezone=UTC",
	}
	for name, value := range settings {
		args = append(args, "-c", name+"="+value)
	}
	log, err := c.openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(bin.postgres(), args...)
	cmd.Dir = c.folder
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = log, log
	c.owner.take(cmd)
	if c.child, err = startChild(cmd); err != nil {
		return fmt.Errorf("starting the database: %w", err)
	}
	return nil
}

// socketSetting quotes a folder for the list that the setting is.
func socketSetting(dir string) string { return `"` + strings.ReplaceAll(dir, `"`, `""`) + `"` }

// openLog opens the log of the database, a new one when the old is long.
func (c *Cluster) openLog() (*os.File, error) {
	const long = 8 << 20
	path := filepath.Join(c.folder, "postgres.log")
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if st, err := os.Stat(path); err == nil && st.Size() > long {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of the database: %w", err)
	}
	return f, nil
}

// answer waits until the cluster takes connections and has the hub's database.
func (c *Cluster) answer(ctx context.Context) error {
	for {
		err := createDatabase(ctx, dsnAt(c.socket, "postgres"))
		if err == nil {
			return nil
		}
		select {
		case <-c.child.done:
			return fmt.Errorf("starting the database: it ended: %s", c.complaint())
		case <-ctx.Done():
			return fmt.Errorf("starting the database: %w", err)
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// complaint returns the last line of the database's log.
func (c *Cluster) complaint() string {
	b, err := os.ReadFile(filepath.Join(c.folder, "postgres.log"))
	if err != nil {
		return err.Error()
	}
	return lastLine(string(b))
}

func createDatabase(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var there bool
	err = conn.QueryRow(ctx, `
SELECT count(*) > 0
FROM pg_database
WHERE datname = @name`, pgx.NamedArgs{"name": database}).Scan(&there)
	if err == nil && !there {
		_, err = conn.Exec(ctx, `CREATE DATABASE `+database)
	}
	return err
}

// Done is closed when the cluster has ended, called for or not.
func (c *Cluster) Done() <-chan struct{} { return c.child.done }

// Stop ends the cluster cleanly and waits for it.
func (c *Cluster) Stop() error {
	return errors.Join(c.child.stop(stopWithin), c.release())
}

func (c *Cluster) release() error {
	if !strings.HasPrefix(c.socket, c.folder) && c.socket != "" {
		_ = os.RemoveAll(c.socket)
	}
	return c.lock.Close()
}

// environment is what the child sees: nothing of PG*, which would change it.
func environment() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	if path, ok := os.LookupEnv("PATH"); ok {
		env = append(env, "PATH="+path)
	}
	return env
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
