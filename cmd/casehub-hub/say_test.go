package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"casehub/hub"
	"casehub/hub/registry"
	"casehub/internal/locale"
)

// reached are the keys of the errors in all of our packages that the command is
// made of, each with the file that makes it.
func reached(t *testing.T, root fs.FS, from string) (keys map[string]string, packages int) {
	t.Helper()
	keys = map[string]string{}
	seen := map[string]bool{from: true}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		files, err := fs.Glob(root, path.Join(queue[0], "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			addKeys(t, keys, name, f)
			for _, i := range f.Imports {
				dir, ours := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), "casehub/")
				if ours && !seen[dir] {
					seen[dir] = true
					queue = append(queue, dir)
				}
			}
		}
	}
	return keys, len(seen)
}

// addKeys adds the keys of every errs.New in a file. A key that is put together
// when the program runs cannot be looked for, so there may be none.
func addKeys(t *testing.T, keys map[string]string, name string, f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		s, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || s.Sel.Name != "New" {
			return true
		}
		if x, ok := s.X.(*ast.Ident); !ok || x.Name != "errs" {
			return true
		}
		key, err := "", errors.New("no constant")
		if lit, ok := call.Args[1].(*ast.BasicLit); ok {
			key, err = strconv.Unquote(lit.Value)
		}
		if err != nil {
			t.Errorf("%s: the key of an error is no constant", name)
		}
		keys[key] = name
		return true
	})
}

func TestEveryErrorOfTheHubIsToldInWords(t *testing.T) {
	c, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	keys, packages := reached(t, os.DirFS("../.."), "cmd/casehub-hub")
	if len(keys) < 30 || packages < 20 {
		t.Fatalf("found %d keys in %d packages only", len(keys), packages)
	}
	for key, file := range keys {
		for _, lang := range c.Languages() {
			if !c.HasKey(lang, key) {
				t.Errorf("%s: %s says nothing for %s", file, lang, key)
			}
		}
	}
}

func TestAnErrorIsToldOnOneLineWithItsSetting(t *testing.T) {
	_, bad := hub.ReadKeys(hub.Config{Timezone: "Africa/Atlantis"})
	for want, err := range map[string]error{
		"timezone: This is not a time zone. Write its name as": bad,
		"listing: There is no such office.; second":            errors.Join(fmt.Errorf("listing: %w", registry.ErrUnknown), errors.New("second")),
		"a plain one": errors.New("a plain one"),
	} {
		got := sentence(err)
		if !strings.HasPrefix(got, want) || strings.Contains(got, "\n") || strings.Contains(got, "hub.setting") {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
	if locale.Default != "en" {
		t.Error("the commands speak English")
	}
}
