package access_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"casehub/policy"
)

// TestEveryActionIsAskedFor: no role page offers an action that no program file names.
// A grant of it would say of somebody that they may do what the node does not have.
func TestEveryActionIsAskedFor(t *testing.T) {
	rules, err := policy.NewAccess(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	named := literals(t, os.DirFS(".."))
	for _, action := range rules.Actions() {
		if !named[action] {
			t.Errorf("nothing asks for %s", action)
		}
	}
	if named["cases.approve"] {
		t.Error("an action that is gone is found: the test looks in the wrong place")
	}
}

// literals are the texts in the Go files of a tree, without tests and what helps them.
func literals(t *testing.T, tree fs.FS) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasSuffix(path, "test"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		source, err := fs.ReadFile(tree, path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				text, _ := strconv.Unquote(l.Value)
				all[text] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
