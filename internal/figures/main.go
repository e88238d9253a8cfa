// Command figures runs every test whose name begins with TestFigure and prints
// at the end, a line each, what they measured:
//
//	figure NAME VALUE UNIT goal GOAL ok
//
// with "short" in place of "ok" where the goal was missed. It fails when a
// figure is short, when a test fails, when a line cannot be read, and when
// nothing was measured at all.
//
// Usage: figures [package ...], all packages when none is given. The tests see
// CASEHUB_BENCH=1, without which they skip themselves, and run one package at a
// time, so that no figure is measured beside another.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	packages := os.Args[1:]
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	if err := run(ctx, packages, os.Stdout); err != nil {
		os.Exit(1)
	}
}

// run measures, passing on what the tests print, then says what was wrong, and
// lists the figures last.
func run(ctx context.Context, packages []string, out io.Writer) error {
	args := append([]string{"test", "-count=1", "-p=1", "-timeout=60m", "-v", "-run=^TestFigure([^a-z]|$)"}, packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CASEHUB_BENCH=1")
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		cmd.Stderr = cmd.Stdout
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(out, "figures:", err)
		return err
	}
	f, readErr := collect(pipe, out)
	testErr := cmd.Wait()
	fmt.Fprintln(out)
	verdict := f.verdict(readErr, testErr)
	if verdict != nil {
		fmt.Fprintln(out, "figures:", verdict)
	}
	for _, line := range f.lines {
		fmt.Fprintln(out, line)
	}
	return verdict
}

// figures is what one run measured.
type figures struct {
	lines     []string // in the order of measuring, each "figure NAME …"
	short     []string // names of those that missed their goal
	malformed []string // lines that begin as a figure and do not go on as one
}

// idle is what go test says of a package that measures nothing.
var idle = regexp.MustCompile(`\[no test files\]$|\[no tests to run\]$|^testing: warning: no tests to run$|^PASS$`)

// A figure's line may stand behind the file and line that testing.T.Log puts first.
var (
	figureStart = regexp.MustCompile(`^\s*(?:[\w.-]+\.go:\d+: )?(figure .*)$`)
	figureLine  = regexp.MustCompile(`^figure ([\w./-]+) (\S+) (\S+) goal (\S+) (ok|short)$`)
)

// collect copies a run's output to out, without the packages that measure
// nothing, and takes the figures out of it.
func collect(in io.Reader, out io.Writer) (figures, error) {
	var f figures
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text := lines.Text()
		if idle.MatchString(text) {
			continue
		}
		fmt.Fprintln(out, text)
		if m := figureStart.FindStringSubmatch(text); m != nil {
			f.add(strings.TrimRight(m[1], " \r"))
		}
	}
	return f, lines.Err()
}

func (f *figures) add(line string) {
	m := figureLine.FindStringSubmatch(line)
	if m == nil {
		f.malformed = append(f.malformed, line)
		return
	}
	if _, err := strconv.ParseFloat(m[2], 64); err != nil {
		f.malformed = append(f.malformed, line)
		return
	}
	f.lines = append(f.lines, line)
	if m[5] == "short" {
		f.short = append(f.short, m[1])
	}
}

// verdict says what was wrong with the run, or nil.
func (f figures) verdict(readErr, testErr error) error {
	switch {
	case readErr != nil:
		return fmt.Errorf("reading the tests' output: %w", readErr)
	case len(f.malformed) > 0:
		return fmt.Errorf("not in the form of a figure: %q", f.malformed)
	case len(f.lines) == 0:
		return fmt.Errorf("nothing was measured (go test: %v)", testErr)
	case len(f.short) > 0:
		return fmt.Errorf("short of the goal: %s", strings.Join(f.short, ", "))
	case testErr != nil:
		return fmt.Errorf("go test: %w", testErr)
	}
	return nil
}
