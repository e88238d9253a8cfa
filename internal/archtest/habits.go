package archtest

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxLines is where a file that a person wrote must be split, maxSource where a source
// of imports must: a package of adapters, without its tests.
const (
	maxLines  = 600
	maxSource = 700
)

// vague are package names that say nothing about what is inside.
var vague = []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "shared", "lib"}

var (
	unfinished = regexp.MustCompile(`\bTODO` + `\b(.{0,24})`)
	withIssue  = regexp.MustCompile(`^\s*\(?(issue\s+|#)\d+`)
)

func habits(t *Tree, hosts []string) []Finding {
	found := append(packages(t), promises(t)...)
	for _, f := range t.Go {
		if !f.Generated && f.Lines > maxLines {
			found = append(found, Finding{"sizes", f.Path, fmt.Sprintf("has %d lines, more than %d; split it by role", f.Lines, maxLines)})
		}
	}
	found = append(found, sources(t)...)
	for _, x := range t.Texts {
		found = append(found, words(x, hosts)...)
	}
	return found
}

// sources checks that no source of imports grows out of what one person reads at once:
// a format or a step that does is a package of its own.
func sources(t *Tree) []Finding {
	var found []Finding
	for _, dir := range t.Packages {
		if !strings.HasPrefix(dir, "adapters/") {
			continue
		}
		lines := 0
		for _, f := range t.Go {
			if f.Dir() == dir && !f.Test && !f.Generated {
				lines += f.Lines
			}
		}
		if lines > maxSource {
			found = append(found, Finding{"sizes", dir, fmt.Sprintf("has %d lines without tests, more than %d; make a package of a format or a step", lines, maxSource)})
		}
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
	if strings.HasSuffix(x.Path, "_test.go") {
		return nil
	}
	var found []Finding
	for i, line := range strings.Split(x.Body, "\n") {
		for _, w := range slices.Concat(strange, hosts) {
			if strings.Contains(line, w) {
				found = append(found, Finding{"words", fmt.Sprintf("%s:%d", x.Path, i+1), fmt.Sprintf("names %q, which is not of the project", w)})
			}
		}
	}
	return found
}

// promises finds work that somebody left for later without saying where it is
// kept: in comments of Go files, tests too, and anywhere in other files.
func promises(t *Tree) []Finding {
	var found []Finding
	look := func(path string, line int, text string) {
		for i, l := range strings.Split(text, "\n") {
			if m := unfinished.FindStringSubmatch(l); m != nil && !withIssue.MatchString(m[1]) {
				found = append(found, Finding{"todo", fmt.Sprintf("%s:%d", path, line+i), "TO" + "DO names no issue; write it with one, as in (#12)"})
			}
		}
	}
	for _, f := range t.Go {
		for _, group := range f.AST.Comments {
			for _, c := range group.List {
				look(f.Path, f.Line(c.Pos()), c.Text)
			}
		}
	}
	for _, x := range t.Texts {
		if !strings.HasSuffix(x.Path, ".go") {
			look(x.Path, 1, x.Body)
		}
	}
	return found
}
