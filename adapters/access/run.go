package access

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"casehub/adapters"
)

// find returns the path of a program of mdbtools. It fails with
// adapters.ErrAccessTools.
func (d *db) find(name string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	for _, dir := range d.tools {
		path, err := filepath.Abs(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", adapters.ErrAccessTools
}

// environment is all that a program is started with: texts come as UTF-8, whatever
// the computer speaks.
func (d *db) environment() []string {
	return []string{"LC_ALL=C.UTF-8", "TZ=UTC", "MDBICONV=UTF-8", "MDB_JET3_CHARSET=" + d.encoding}
}

// ending is how long a program may take to end once nobody reads it.
const ending = 5 * time.Second

// start starts a program and returns what it prints. Whoever called calls done, which
// ends it and says whether it did what it was asked. What it writes to its standard
// error is not kept: it could hold content.
func (d *db) start(ctx context.Context, name string, args ...string) (io.Reader, func() error, error) {
	path, err := d.find(name)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = d.environment(), filepath.Dir(d.path), ending
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, nil, adapters.ErrAccessTools // it is there and does not start
	}
	read := &watched{from: out}
	return read, func() error {
		if !read.ended {
			cancel() // nobody wants the rest
		}
		err := cmd.Wait()
		cancel()
		var status *exec.ExitError
		if read.ended && errors.As(err, &status) {
			return adapters.ErrUnreadable.With("expected", "Access")
		}
		return nil
	}, nil
}

// watched knows whether all was read.
type watched struct {
	from  io.Reader
	ended bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	w.ended = w.ended || errors.Is(err, io.EOF)
	return n, err
}
