// Command tested runs go test and tells, beside what go test says, which tests
// were skipped and why. In continuous integration (CI is set) a skip for any
// reason that is not on a short list fails the run: a test that looked at nothing
// has shown nothing, and by itself go test keeps quiet about it.
//
// Usage: tested [flags and packages of go test], ./... when none is given.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
)

// excused are the reasons to skip that hold in continuous integration, too.
var excused = []*regexp.Regexp{
	regexp.MustCompile(`not beside the repository$`),   // fixtures that are not part of it
	regexp.MustCompile(`measured by make bench$`),      // figures have a run of their own
	regexp.MustCompile(`^no signals on Windows$`),      // a script that stops a service
	regexp.MustCompile(`^permissions are lists there`), // Windows again
	regexp.MustCompile(`is known on Linux alone$`),     // the peak of memory
	regexp.MustCompile(`^a network of its own \(.*\) is not for this user$`),
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	args := os.Args[1:]
	if len(args) == 0 {
		args = []string{"./..."}
	}
	if err := run(ctx, args, os.Getenv("CI") != "", os.Stdout); err != nil {
		fmt.Fprintln(os.Stdout, "tested:", err)
		os.Exit(1)
	}
}

// run runs go test, prints what it would print, then the skips and a line that
// counts.
func run(ctx context.Context, args []string, ci bool, out io.Writer) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return err
	}
	s, readErr := read(pipe, out)
	testErr := cmd.Wait()
	s.tell(out)
	return s.verdict(ci, readErr, testErr)
}

// tell prints the skips and the count.
func (s *summary) tell(out io.Writer) {
	for _, k := range s.skips {
		fmt.Fprintf(out, "skipped %s %s: %s\n", k.pkg, k.test, k.reason)
	}
	fmt.Fprintf(out, "tests: %d passed, %d failed, %d skipped\n", s.passed, s.failed, len(s.skips))
}

// verdict says what was wrong with the run, or nil.
func (s *summary) verdict(ci bool, readErr, testErr error) error {
	switch {
	case readErr != nil:
		return fmt.Errorf("reading what go test says: %w", readErr)
	case testErr != nil:
		return fmt.Errorf("go test: %w", testErr)
	case s.passed == 0:
		return fmt.Errorf("no test ran")
	}
	if bare := s.unexcused(); ci && len(bare) > 0 {
		return fmt.Errorf("%d tests were skipped for reasons that do not hold here: %s %s is the first", len(bare), bare[0].pkg, bare[0].test)
	}
	return nil
}

// unexcused lists the skips whose reason is not on the list.
func (s *summary) unexcused() []skip {
	var list []skip
	for _, k := range s.skips {
		if !k.excused() {
			list = append(list, k)
		}
	}
	return list
}

func (k skip) excused() bool {
	for _, e := range excused {
		if e.MatchString(k.reason) {
			return true
		}
	}
	return false
}
