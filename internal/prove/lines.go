package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// part is a test that shows some proofs.
type part struct{ pkg, test string }

// partsOf returns the tests of rows, each once.
func partsOf(rows []row) []part {
	var all []part
	for _, r := range rows {
		if !slices.Contains(all, r.part) {
			all = append(all, r.part)
		}
	}
	return all
}

// among returns all rows of the parts that show what is named, or all when nothing is.
func among(rows []row, names []string) ([]row, error) {
	if len(names) == 0 {
		return rows, nil
	}
	var parts []part
	for _, name := range names {
		is := slices.DeleteFunc(slices.Clone(rows), func(r row) bool {
			return r.name != name && r.pkg != name && !strings.HasPrefix(r.name, name+"/")
		})
		if len(is) == 0 {
			return nil, fmt.Errorf("no proof is called %q", name)
		}
		parts = append(parts, partsOf(is)...)
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !slices.Contains(parts, r.part) }), nil
}

// A proof's line may stand behind the file and line that testing.T.Log puts first.
var (
	proofStart = regexp.MustCompile(`^\s*(?:[\w.-]+\.go:\d+: )?(proof .*)$`)
	proofLine  = regexp.MustCompile(`^proof ([\w./-]+) -?[\d.]+ goal ([<>]=-?[\d.]+) (ok|short)$`)
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
	if err := lines.Err(); err != nil {
		_, _ = io.Copy(io.Discard, in) // so that the test can end
		return found, err
	}
	return found, nil
}

// complete returns the lines in the order of the table, with one for each proof that
// was not shown, and those that are not in the table last.
func complete(lines []string, rows []row) []string {
	var all []string
	rest := slices.Clone(lines)
	for _, r := range rows {
		n := len(all)
		rest = slices.DeleteFunc(rest, func(line string) bool {
			is := strings.HasPrefix(line, "proof "+r.name+" ")
			if is {
				all = append(all, line)
			}
			return is
		})
		if len(all) == n {
			all = append(all, fmt.Sprintf("proof %s none goal %s short", r.name, r.goal))
		}
	}
	return append(all, rest...)
}

// verdict says what is wrong with the proofs, or nil.
func verdict(lines []string, rows []row) error {
	var wrong []string
	shown := map[string]bool{}
	for _, line := range lines {
		m := proofLine.FindStringSubmatch(line)
		if m == nil {
			wrong = append(wrong, fmt.Sprintf("%q cannot be read", line))
			continue
		}
		i := slices.IndexFunc(rows, func(r row) bool { return r.name == m[1] })
		switch {
		case shown[m[1]]:
			wrong = append(wrong, m[1]+" stands twice")
		case i < 0:
			wrong = append(wrong, m[1]+" is not in the table")
		case m[2] != rows[i].goal:
			wrong = append(wrong, fmt.Sprintf("%s has the goal %s, and in the table %s", m[1], m[2], rows[i].goal))
		case m[3] == "short":
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
