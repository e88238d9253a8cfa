//go:build unix

package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// owner is the user that the cluster runs as. Its zero value is the hub's own.
type owner struct {
	other    bool
	uid, gid uint32
}

// whoOwns returns the hub's own user, or for root postgres, or else nobody.
func whoOwns() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return owner{other: true, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return owner{}, errors.New("the database must not run as root, and there is no user postgres or nobody")
}

// reaches fails with ErrNotReachable when the owner may not pass through dir or
// a folder above it.
func (o owner) reaches(dir string) error {
	if !o.other {
		return nil
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("preparing the database folder: %w", err)
	}
	for {
		st, err := os.Stat(dir)
		if err != nil {
			return fmt.Errorf("preparing the database folder: %w", err)
		}
		if !o.mayPass(st) {
			return ErrNotReachable.With("folder", dir)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil
		}
		dir = up
	}
}

func (o owner) mayPass(st os.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return false
	case sys.Uid == o.uid:
		return st.Mode()&0o100 != 0
	case sys.Gid == o.gid:
		return st.Mode()&0o010 != 0
	default:
		return st.Mode()&0o001 != 0
	}
}

// mkdir makes a folder that only the owner may enter.
func (o owner) mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if o.other {
		if err := os.Chown(dir, int(o.uid), int(o.gid)); err != nil {
			return err
		}
	}
	return os.Chmod(dir, 0o700)
}

// take makes the command run as the owner, apart from the hub's terminal.
func (o owner) take(cmd *exec.Cmd) {
	attr := dieWithParent()
	attr.Setpgid = true
	if o.other {
		attr.Credential = &syscall.Credential{Uid: o.uid, Gid: o.gid}
	}
	cmd.SysProcAttr = attr
}

func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the database folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrInUse
		}
		return nil, fmt.Errorf("locking the database folder: %w", err)
	}
	return f, nil
}

func interrupt(pid int) { _ = syscall.Kill(pid, syscall.SIGINT) }

// child is the database process. Its goroutine keeps to one thread, because the
// signal on the parent's death is bound to the thread that started the child.
type child struct {
	pid  int
	done chan struct{}
	err  error
}

func startChild(cmd *exec.Cmd) (*child, error) {
	c := &child{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		lockThread()
		err := cmd.Start()
		if err == nil {
			c.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.done)
		}
	}()
	return c, <-started
}

// stop asks for a clean end and waits for it; after the time it asks for an end
// at once, from which the next start recovers.
func (c *child) stop(within time.Duration) error {
	select {
	case <-c.done:
		return c.err
	default:
		interrupt(c.pid)
	}
	select {
	case <-c.done:
		return c.err
	case <-time.After(within):
	}
	_ = syscall.Kill(c.pid, syscall.SIGQUIT)
	<-c.done
	return fmt.Errorf("the database did not stop cleanly within %s", within)
}
