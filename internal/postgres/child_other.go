//go:build !unix

package postgres

import (
	"os"
	"os/exec"
	"time"
)

// Without unix sockets and users to step down to there is no private cluster:
// the hub needs a DSN.

type owner struct{}

func whoOwns() (owner, error) { return owner{}, ErrNeedsDSN }

func (owner) reaches(string) error { return ErrNeedsDSN }

func (owner) mkdir(string) error { return ErrNeedsDSN }

func (owner) take(*exec.Cmd) {}

func takeLock(string) (*os.File, error) { return nil, ErrNeedsDSN }

func interrupt(int) {}

func alive(int, string) bool { return false }

func forget(string) error { return nil }

type child struct {
	pid  int
	done chan struct{}
}

func startChild(*exec.Cmd) (*child, error) { return nil, ErrNeedsDSN }

func (*child) stop(time.Duration) error { return nil }
