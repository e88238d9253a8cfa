// Package archtest keeps the shape of the code: which package may import which,
// which one is the door to an outside module or to the network, and what each
// kind of file may hold. It is an ordinary test over the source files; nothing
// is compiled.
//
// The tables in table.go are the rules, with a reason for each row. Every
// package of ours must be in one row and every row must hold something once its
// folder exists, so that a rule cannot quietly stop watching. The same holds
// for outside modules.
//
// layers.go checks imports among our packages, doors.go imports from outside,
// roles.go what a file of a domain area holds, and habits.go names, sizes,
// package docs and words that do not belong in the source.
package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Module is the path of the project's module.
const Module = "casehub"

// Finding is one breach of a rule.
type Finding struct {
	Rule  string // name of the rule, for example "layers"
	Where string // file, package or table row at fault
	What  string // what is wrong and what to do
}

// String returns the finding in one line.
func (f Finding) String() string { return f.Rule + ": " + f.Where + ": " + f.What }

// File is one Go source file.
type File struct {
	Path      string // from the root, with slashes
	Test      bool
	Generated bool
	Lines     int
	Imports   []string
	AST       *ast.File

	set *token.FileSet
}

// Line returns the line of a place in the file, from 1.
func (f *File) Line(p token.Pos) int { return f.set.Position(p).Line }

// Dir returns the folder of the file's package.
func (f *File) Dir() string { return path.Dir(f.Path) }

// Base returns the file's name without its folder.
func (f *File) Base() string { return path.Base(f.Path) }

// Text is one file of any other kind that people write.
type Text struct {
	Path string
	Body string
}

// Tree is the source of the project.
type Tree struct {
	Go       []*File
	Texts    []Text          // Go files too
	Packages []string        // folders that hold Go files, sorted
	Folders  map[string]bool // every folder
	Requires []string        // outside modules that go.mod names without "// indirect"
}

// Load reads the source under a root folder. Hidden folders, test data and
// folders with a go.mod of their own are left out.
func Load(root fs.FS) (*Tree, error) {
	t := &Tree{Folders: map[string]bool{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && skipped(root, name) {
				return fs.SkipDir
			}
			t.Folders[name] = true
			return nil
		}
		return t.add(root, name)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the source: %w", err)
	}
	for _, f := range t.Go {
		t.Packages = append(t.Packages, f.Dir())
	}
	slices.Sort(t.Packages)
	t.Packages = slices.Compact(t.Packages)
	return t, nil
}

// built are folders at the root that hold what programs made.
var built = []string{"bin", "demo-data"}

func skipped(root fs.FS, name string) bool {
	base := path.Base(name)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "vendor" || slices.Contains(built, name) {
		return true
	}
	_, err := fs.Stat(root, path.Join(name, "go.mod"))
	return err == nil
}

// written are the endings of files that people write and that are looked at.
var written = []string{".go", ".sql", ".md", ".proto", ".rego", ".html", ".css", ".js", ".toml", ".yaml", ".yml", ".json", ".sh", ".service", "Makefile", "install"}

func (t *Tree) add(root fs.FS, name string) error {
	if name == "go.mod" {
		return t.addRequires(root)
	}
	if !slices.ContainsFunc(written, func(end string) bool { return strings.HasSuffix(name, end) }) {
		return nil
	}
	b, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	t.Texts = append(t.Texts, Text{name, string(b)})
	if !strings.HasSuffix(name, ".go") {
		return nil
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, b, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &File{
		Path: name, AST: parsed, Test: strings.HasSuffix(name, "_test.go"),
		Generated: ast.IsGenerated(parsed), Lines: strings.Count(string(b), "\n"), set: set,
	}
	for _, i := range parsed.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return err
		}
		f.Imports = append(f.Imports, p)
	}
	t.Go = append(t.Go, f)
	return nil
}

// addRequires reads the direct requirements of go.mod.
func (t *Tree) addRequires(root fs.FS) error {
	b, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return err
	}
	inside := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "require (":
			inside = true
			continue
		case line == ")":
			inside = false
		case strings.HasPrefix(line, "require "):
			line = strings.TrimPrefix(line, "require ")
		case !inside:
			continue
		}
		if fields := strings.Fields(line); len(fields) == 2 {
			t.Requires = append(t.Requires, fields[0])
		}
	}
	return nil
}

// Check holds the tree against every rule of the tables.
func Check(t *Tree, rules Rules) []Finding {
	if len(t.Packages) == 0 {
		return []Finding{{"tree", ".", "no Go package was found, so nothing was looked at"}}
	}
	return slices.Concat(
		layers(t, rules.Layers), doors(t, rules.Doors), guarded(t, rules.Guarded, rules.Apart),
		roles(t), habits(t, rules.Hosts))
}

// within reports whether a package is a folder of the list or below one.
func within(pkg string, list []string) bool {
	return slices.ContainsFunc(list, func(dir string) bool {
		return pkg == dir || strings.HasPrefix(pkg, dir+"/")
	})
}

// ours turns an import path into a folder of the project.
func ours(imported string) (string, bool) {
	return strings.CutPrefix(imported, Module+"/")
}

// standard reports whether an import path is of Go's own library.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}
