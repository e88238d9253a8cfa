package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// event is a line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

// skip is one test that was skipped; reason is "" where it said none.
type skip struct{ pkg, test, reason string }

// summary is what came out of one run.
type summary struct {
	passed, failed int
	skips          []skip
	// said is what the tests that have not ended printed, by package and test; ""
	// is the package itself.
	said map[string]map[string]*strings.Builder
}

// read turns the events into what go test prints without -json: nothing of tests
// that passed, everything of those that failed, and a line for each package.
func read(in io.Reader, out io.Writer) (*summary, error) {
	s := &summary{said: map[string]map[string]*strings.Builder{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				_, _ = out.Write(line) // a complaint of the go command itself
			} else {
				s.take(e, out)
			}
		}
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
	}
}

func (s *summary) take(e event, out io.Writer) {
	switch e.Action {
	case "build-output":
		fmt.Fprint(out, e.Output)
	case "output":
		s.keep(e)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.packageEnds(e, out)
		} else {
			s.testEnds(e, out)
		}
	}
}

func (s *summary) keep(e event) {
	if strings.HasPrefix(e.Output, "=== ") {
		return
	}
	tests := s.said[e.Package]
	if tests == nil {
		tests = map[string]*strings.Builder{}
		s.said[e.Package] = tests
	}
	if tests[e.Test] == nil {
		tests[e.Test] = &strings.Builder{}
	}
	tests[e.Test].WriteString(e.Output)
}

// spoken returns what a test has said and forgets it.
func (s *summary) spoken(pkg, test string) string {
	b := s.said[pkg][test]
	if b == nil {
		return ""
	}
	delete(s.said[pkg], test)
	return b.String()
}

// reason is what a test says when it skips, behind its file and line, or what a
// script of testscript says.
var reason = regexp.MustCompile(`(?m)^\s+(?:[\w.-]+\.go:\d+: )(.+)$`)

func (s *summary) testEnds(e event, out io.Writer) {
	text := s.spoken(e.Package, e.Test)
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		fmt.Fprint(out, text)
	case "skip":
		k := skip{pkg: e.Package, test: e.Test}
		if all := reason.FindAllStringSubmatch(text, -1); len(all) > 0 {
			k.reason = strings.TrimSpace(all[len(all)-1][1])
		}
		s.skips = append(s.skips, k)
	}
}

// packageLine is what go test says of a package in any case.
var packageLine = regexp.MustCompile(`^(ok  |\?   |FAIL|---)`)

// packageEnds prints the line of a package, and of one that failed all that is
// left: a panic or a timeout ends a test without its end.
func (s *summary) packageEnds(e event, out io.Writer) {
	own := s.spoken(e.Package, "")
	if e.Action == "fail" {
		for _, test := range slices.Sorted(maps.Keys(s.said[e.Package])) {
			s.failed++
			fmt.Fprint(out, s.spoken(e.Package, test))
		}
		fmt.Fprint(out, own)
	} else {
		for line := range strings.Lines(own) {
			if packageLine.MatchString(line) {
				fmt.Fprint(out, line)
			}
		}
	}
	delete(s.said, e.Package)
}
