package postgres

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// dieWithParent makes the child stop cleanly when the hub is killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
}

// lockThread binds the goroutine to its thread for good; the thread ends with
// it.
func lockThread() { runtime.LockOSThread() }

// alive reports whether any process of a database on that folder lives, the
// postmaster or one it left behind: Postgres makes its data folder the working
// folder of all of them.
func alive(_ int, data string) bool {
	want, err := os.Stat(data)
	if err != nil {
		return false
	}
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return false
	}
	for _, link := range links {
		if have, err := os.Stat(link); err == nil && os.SameFile(have, want) {
			return true
		}
	}
	return false
}

// forget removes the note of a database that has ended. Its number may be
// another process by now, which would keep the new one from starting. The
// database may have removed the note itself a moment ago.
func forget(pidFile string) error {
	if err := os.Remove(pidFile); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
