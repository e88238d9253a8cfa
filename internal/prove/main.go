// Command prove runs in full every test whose name begins with TestProve and
// prints at the end, a line each, what they have shown:
//
//	proof NAME VALUE goal GOAL ok
//
// with "short" in place of "ok" where the goal was missed. It fails when a proof
// is short, when a test fails, when a line cannot be read, and when a proof of
// the table (table.go) is missing: what was not looked at is not shown.
//
// Usage: prove [package ...], the packages of the table when none is given; then
// only their proofs are asked for.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strings"
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
func run(ctx context.Context, rows []row, packages []string, out io.Writer) error {
	rows = among(rows, packages)
	if len(rows) == 0 {
		return errors.New("no proof is in these packages")
	}
	args := []string{"test", "-count=1", "-p=1", "-timeout=12h", "-v", "-run=^TestProve([^a-z]|$)"}
	cmd := exec.CommandContext(ctx, "go", append(args, packagesOf(rows)...)...)
	cmd.Env = append(os.Environ(), "CASEHUB_PROVE=full")
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		cmd.Stderr = cmd.Stdout
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("starting go test: %w", err)
	}
	lines, readErr := collect(pipe, out)
	testErr := cmd.Wait()
	fmt.Fprintln(out)
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	return errors.Join(verdict(lines, rows), readErr, testErr)
}

// among returns the rows of packages, or all when none is named.
func among(rows []row, packages []string) []row {
	if len(packages) == 0 {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !slices.Contains(packages, r.pkg) })
}

// packagesOf returns the packages of rows, each once.
func packagesOf(rows []row) []string {
	var all []string
	for _, r := range rows {
		if !slices.Contains(all, r.pkg) {
			all = append(all, r.pkg)
		}
	}
	return all
}

// A proof's line may stand behind the file and line that testing.T.Log puts first.
var (
	proofStart = regexp.MustCompile(`^\s*(?:[\w.-]+\.go:\d+: )?(proof .*)$`)
	proofLine  = regexp.MustCompile(`^proof ([\w./-]+) -?[\d.]+ goal [<>]=-?[\d.]+ (ok|short)$`)
)

// collect copies a run's output to out and takes the proofs out of it.
func collect(in io.Reader, out io.Writer) ([]string, error) {
	var found []string
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fmt.Fprintln(out, lines.Text())
		if m := proofStart.FindStringSubmatch(lines.Text()); m != nil {
			found = append(found, strings.TrimRight(m[1], " \r"))
		}
	}
	return found, lines.Err()
}

// verdict says what is wrong with the proofs, or nil.
func verdict(lines []string, rows []row) error {
	var wrong []string
	shown := map[string]bool{}
	for _, line := range lines {
		m := proofLine.FindStringSubmatch(line)
		switch {
		case m == nil:
			wrong = append(wrong, fmt.Sprintf("%q cannot be read", line))
			continue
		case shown[m[1]]:
			wrong = append(wrong, m[1]+" stands twice")
		case !slices.ContainsFunc(rows, func(r row) bool { return r.name == m[1] }):
			wrong = append(wrong, m[1]+" is not in the table")
		case m[2] == "short":
			wrong = append(wrong, m[1]+" is short of its goal")
		}
		shown[m[1]] = true
	}
	for _, r := range rows {
		if !shown[r.name] {
			wrong = append(wrong, r.name+" was not shown ("+r.says+")")
		}
	}
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "; "))
	}
	return nil
}
