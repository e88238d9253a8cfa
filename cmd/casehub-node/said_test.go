package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casehub/internal/errs"
	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/node/egress"
	nodelocale "casehub/node/locale"
)

func TestACodedErrorIsSaidAsASentence(t *testing.T) {
	for want, err := range map[string]error{
		"disk full": errors.New("disk full"),
		"closing 2026-09: This month has not ended yet.":                                                                                              fmt.Errorf("closing 2026-09: %w", egress.ErrPeriodOpen),
		"opened_on: The day of opening lies in the future.; No hub is set up. Releases wait here until there is one.":                                 errors.Join(errs.New(errs.Invalid, "cases.opened-in-future").On("opened_on"), egress.ErrNoHub),
		"a: 14 months are due at once. Check the date of this computer. If it is right, two people release them with casehub-node release -catch-up.": fmt.Errorf("a: %w", egress.ErrClock.With("months", 14)),
	} {
		if got := said(err); got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}

// TestEveryKeyHasASentence reads the source of everything that is linked into
// the program and wants an English sentence for every error that it makes there.
func TestEveryKeyHasASentence(t *testing.T) {
	c, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]token.Position{}
	for _, dir := range linked(t) {
		keysIn(t, dir, keys)
	}
	if len(keys) < 60 {
		t.Fatalf("only %d keys were found", len(keys))
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !c.HasKey(locale.Default, key) {
			t.Errorf("%s: no sentence for %s", keys[key], key)
		}
	}
}

// TestAKeyWithoutASentenceIsFound shows the walk going red.
func TestAKeyWithoutASentenceIsFound(t *testing.T) {
	dir := t.TempDir()
	source := "package p\n\nvar errNew = errs.New(errs.Invalid, \"nobody.said-this\").On(\"x\")\n"
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := map[string]token.Position{}
	keysIn(t, dir, keys)
	if keys["nobody.said-this"].Line != 3 {
		t.Errorf("found %v", keys)
	}
}

const module = "casehub/"

// linked returns the folders of our packages that the program is made of.
func linked(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	dirs := []string{filepath.Join(root, "cmd", "casehub-node")}
	for i := 0; i < len(dirs); i++ {
		for _, f := range parsed(t, dirs[i], token.NewFileSet(), parser.ImportsOnly) {
			for _, spec := range f.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				own, is := strings.CutPrefix(path, module)
				if dir := filepath.Join(root, filepath.FromSlash(own)); is && !slices.Contains(dirs, dir) {
					dirs = append(dirs, dir)
				}
			}
		}
	}
	return dirs
}

// parsed reads the Go files of a folder, tests left out.
func parsed(t *testing.T, dir string, fset *token.FileSet, mode parser.Mode) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, mode)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// keysIn collects the keys of errs.New in a folder. One that is no literal
// nobody could look up.
func keysIn(t *testing.T, dir string, keys map[string]token.Position) {
	t.Helper()
	fset := token.NewFileSet()
	for _, f := range parsed(t, dir, fset, parser.SkipObjectResolution) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || fun.Sel.Name != "New" {
				return true
			}
			if pkg, ok := fun.X.(*ast.Ident); !ok || pkg.Name != "errs" {
				return true
			}
			at := fset.Position(call.Pos())
			literal, ok := call.Args[1].(*ast.BasicLit)
			if !ok {
				t.Errorf("%s: the key of an error has to be a literal", at)
				return true
			}
			key, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			keys[key] = at
			return true
		})
	}
}
