package archtest

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxLines is where a file that a person wrote must be split.
const maxLines = 600

// vague are package names that say nothing about what is inside.
var vague = []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "shared", "lib"}

var (
	unfinished = regexp.MustCompile(`\bTODO` + `\b(.{0,24})`)
	withIssue  = regexp.MustCompile(`^\s*\(?(issue\s+|#)\d+`)
)

func habits(t *Tree, hosts []string) []Finding {
	found := packages(t)
	for _, f := range t.Go {
		if !f.Generated && f.Lines > maxLines {
			found = append(found, Finding{"sizes", f.Path, fmt.Sprintf("has %d lines, more than %d; split it by role", f.Lines, maxLines)})
		}
	}
	for _, x := range t.Texts {
		found = append(found, words(x, hosts)...)
	}
	return found
}

// packages checks the name and the doc of each package.
func packages(t *Tree) []Finding {
	var found []Finding
	for _, dir := range t.Packages {
		var files []*File
		for _, f := range t.Go {
			if f.Dir() == dir {
				files = append(files, f)
			}
		}
		name := files[0].AST.Name.Name
		if slices.Contains(vague, name) || slices.Contains(vague, path.Base(dir)) {
			found = append(found, Finding{"names", dir, "the name says nothing; name the package after what it keeps"})
		}
		if !documented(files) {
			found = append(found, Finding{"docs", dir, `no file begins with a comment "Package … " or "Command …"`})
		}
	}
	return found
}

// documented reports whether a package has its doc. Generated code has none.
func documented(files []*File) bool {
	written := false
	for _, f := range files {
		if f.Generated {
			continue
		}
		written = true
		if f.AST.Doc == nil {
			continue
		}
		doc := f.AST.Doc.Text()
		if f.AST.Name.Name == "main" && strings.HasPrefix(doc, "Command ") || strings.HasPrefix(doc, "Package "+f.AST.Name.Name+" ") {
			return true
		}
	}
	return !written
}

// strange are words of the place where the code was written, not of the project.
var strange = []string{".." + "/shared", "/work" + "/"}

// words looks for what does not belong in a file. Tests may name what they test
// against.
func words(x Text, hosts []string) []Finding {
	var found []Finding
	isTest := strings.HasSuffix(x.Path, "_test.go")
	for i, line := range strings.Split(x.Body, "\n") {
		where := fmt.Sprintf("%s:%d", x.Path, i+1)
		if m := unfinished.FindStringSubmatch(line); m != nil && !withIssue.MatchString(m[1]) {
			found = append(found, Finding{"todo", where, "TO" + "DO names no issue; write it with one, as in (#12)"})
		}
		if isTest {
			continue
		}
		for _, w := range slices.Concat(strange, hosts) {
			if strings.Contains(line, w) {
				found = append(found, Finding{"words", where, fmt.Sprintf("names %q, which is not of the project", w)})
			}
		}
	}
	return found
}
