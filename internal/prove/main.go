// Command prove runs in full the tests that prove something and prints at the end, a
// line each, what they have shown:
//
//	proof NAME VALUE goal GOAL ok
//
// with "short" in place of "ok" where the goal was missed, and "none" in place of the
// value where nothing was shown at all: what was not looked at is short. It fails when
// a proof is short, when a test fails, and when a line cannot be read, is not in the
// table (table.go) or has another goal than there.
//
// Each test is a part with a process of its own, so that one that dies takes no other
// with it. The short ones come first; what a part took is said after it.
//
// Usage: prove [name ...]. A name is that of a proof ("twins/pairs"), of all before the
// stroke ("twins") or of a package ("./internal/twins"); then only these are asked for.
// The other proofs of a part that was asked for are shown as well.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, table, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stdout, "prove:", err)
		os.Exit(1)
	}
}

// run proves, passing on what the tests print, and lists the proofs last.
func run(ctx context.Context, rows []row, names []string, out io.Writer) error {
	rows, err := among(rows, names)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "prove-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var lines []string
	var failed error
	begun, all := time.Now(), partsOf(rows)
	for i, p := range all {
		fmt.Fprintf(out, "prove: %d of %d, %s of %s\n", i+1, len(all), p.test, p.pkg)
		since := time.Now()
		found, err := p.run(ctx, dir, out)
		if err != nil {
			err = fmt.Errorf("%s: %w", p.test, err)
			fmt.Fprintln(out, "prove:", err)
		}
		fmt.Fprintf(out, "prove: it took %v\n", time.Since(since).Round(time.Second))
		lines, failed = append(lines, found...), errors.Join(failed, err)
	}
	fmt.Fprintf(out, "\nproved in %v\n", time.Since(begun).Round(time.Second))
	for _, line := range complete(lines, rows) {
		fmt.Fprintln(out, line)
	}
	return errors.Join(verdict(lines, rows), failed)
}

// run runs the test of a part in full and returns its proofs.
func (p part) run(ctx context.Context, dir string, out io.Writer) ([]string, error) {
	binary := filepath.Join(dir, filepath.Base(p.pkg)+".test")
	if _, err := os.Stat(binary); err != nil {
		build := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, p.pkg)
		build.Stdout, build.Stderr = out, out
		if err := build.Run(); err != nil {
			return nil, fmt.Errorf("building: %w", err)
		}
	}
	cmd := exec.CommandContext(ctx, binary, "-test.v", "-test.timeout=12h", "-test.run=^"+p.test+"$")
	cmd.Dir = filepath.FromSlash(p.pkg)
	cmd.Env = append(os.Environ(), "CASEHUB_PROVE=full")
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		cmd.Stderr = cmd.Stdout
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	lines, err := collect(pipe, out)
	return lines, errors.Join(err, cmd.Wait())
}
