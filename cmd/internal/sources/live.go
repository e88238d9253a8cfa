package sources

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"casehub/adapters"
	"casehub/adapters/pipe"
	"casehub/node/imports"
)

// liveTypes are the types of sources that casehub-source reads, over the network or,
// as access, through other programs. Nothing of them is in this program.
var liveTypes = append(imports.LiveTypes(), byTools)

// isLive reports whether a source is read by casehub-source.
func isLive(sourceType string) bool { return slices.Contains(liveTypes, sourceType) }

// openLive starts casehub-source, which lies beside this program, and opens a source
// in it. It is handed the settings, which are JSON, and the environment variables
// that they name, and nothing else. Whoever opened the source closes it. It fails
// with adapters.ErrNoProgram.
func openLive(ctx context.Context, settings []byte) (*pipe.Source, error) {
	program, err := beside("casehub-source")
	if err != nil {
		return nil, err
	}
	child, err := startChild(program, environment(settings))
	if err != nil {
		return nil, err
	}
	return pipe.Open(ctx, child, settings)
}

// beside returns the path of a program in the folder of this one.
func beside(name string) (string, error) {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(filepath.Dir(self), name)
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return "", adapters.ErrNoProgram
	}
	return path, nil
}

// environment returns the variables that settings name: those under a key that is
// "env" or ends with "_env", as far as they are a source's to read, and those that say
// which servers they are for.
func environment(settings []byte) []string {
	env := []string{} // never nil, with which a program is started in the environment of this one
	err := adapters.EachSetting(settings, func(key, name string) error {
		if !adapters.IsVariable(key) || !adapters.IsSecretName(name) {
			return nil
		}
		for _, n := range []string{name, name + adapters.SecretHost} {
			if value := os.Getenv(n); value != "" {
				env = append(env, n+"="+value)
			}
		}
		return nil
	})
	if err != nil {
		return []string{}
	}
	slices.Sort(env)
	return slices.Compact(env)
}

// child is a started program: its input and output.
type child struct {
	io.Reader
	io.Writer
	in  io.Closer
	cmd *exec.Cmd
}

// ending is how long a program may take to end once its input has.
const ending = 15 * time.Second

// startChild starts a program by its path, without a shell and with nothing in its
// environment but env. What it writes to its standard error is not kept: it could
// hold content.
func startChild(program string, env []string) (*child, error) {
	cmd := exec.Command(program)
	cmd.Env = env
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, adapters.ErrNoProgram
	}
	return &child{out, in, in, cmd}, nil
}

// Close ends the program: by its input, and by force when that is not enough.
func (c *child) Close() error {
	err := c.in.Close()
	killer := time.AfterFunc(ending, func() { _ = c.cmd.Process.Kill() })
	defer killer.Stop()
	var status *exec.ExitError
	if e := c.cmd.Wait(); e != nil && !errors.As(e, &status) {
		err = errors.Join(err, e)
	}
	return err
}
