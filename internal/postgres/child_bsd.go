//go:build unix && !linux

package postgres

import (
	"errors"
	"syscall"
)

// dieWithParent has no like outside Linux: there the next start ends a database
// that outlived its hub.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

func lockThread() {}

// alive reports whether a process of that number lives; its working folder is
// not to be had here.
func alive(pid int, _ string) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// forget leaves the note to Postgres, which looks whether anything of the old
// database is left.
func forget(string) error { return nil }
