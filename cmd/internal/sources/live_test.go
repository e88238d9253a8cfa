package sources

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"casehub/adapters"
	"casehub/adapters/casebox"
	"casehub/adapters/civicrm"
	"casehub/node/imports"
)

func TestAReadingProgramGetsWhatItsSettingsNameAndNothingElse(t *testing.T) {
	t.Setenv("CASEHUB_SOURCE_KOBO", "one")
	t.Setenv("CASEHUB_SOURCE_DSN", "two")
	t.Setenv("CASEHUB_SECRET", "three")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "four")
	t.Setenv("CASEHUB_SOURCE_OTHER", "five")
	t.Setenv("CASEHUB_SOURCE_KOBO_HOST", "kf.example.org")
	t.Setenv("CASEHUB_SECRET_HOST", "six")
	got := environment([]byte(`{"type":"kobo","token_env":"CASEHUB_SOURCE_KOBO","url":"CASEHUB_SOURCE_OTHER","a_env":"CASEHUB_SECRET","b_env":"AWS_SECRET_ACCESS_KEY",
		"more":[{"env":"CASEHUB_SOURCE_DSN","x_env":"CASEHUB_SOURCE_NOT_THERE"}]}`))
	if fmt.Sprint(got) != "[CASEHUB_SOURCE_DSN=two CASEHUB_SOURCE_KOBO=one CASEHUB_SOURCE_KOBO_HOST=kf.example.org]" {
		t.Errorf("%q", got)
	}
	for _, settings := range []string{`{`, ``, `{}`, `[]`} {
		if got := environment([]byte(settings)); got == nil || len(got) != 0 { // a program with nil inherits everything
			t.Errorf("%s: %#v", settings, got)
		}
	}
}

func TestTheReadingProgramMustBeThere(t *testing.T) {
	if _, err := openLive(t.Context(), []byte(`{"type":"kobo"}`)); !errors.Is(err, adapters.ErrNoProgram) {
		t.Errorf("%v", err)
	}
}

func TestSettingsOfADumpAreReadStrictly(t *testing.T) {
	m, err := imports.SourceSettings([]byte("type: casebox-dump\nfiles_dir: scans\nlanguage: es\ndouble_encoded: keep\nplain: true\n"))
	if err != nil {
		t.Fatal(err)
	}
	var s casebox.Settings
	if err := m.DecodeSource(&s); err != nil || s.Type != "casebox-dump" || s.FilesDir != "scans" || s.Language != "es" || s.DoubleEncoded != "keep" || !s.Plain {
		t.Errorf("%+v, %v", s, err)
	}
	m, err = imports.SourceSettings([]byte("type: civicrm-dump\ndialect: es\n"))
	if err != nil {
		t.Fatal(err)
	}
	var c civicrm.Settings
	if err := m.DecodeSource(&c); err == nil {
		t.Errorf("a setting that is none was taken: %+v", c)
	}
}

// TestEachLiveTypeIsReadByTheOtherProgram: what the pages offer, what this program hands
// on and what casehub-source reads are the same types; a file of access no page offers.
func TestEachLiveTypeIsReadByTheOtherProgram(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "casehub-source", "main.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || v.Names[0].Name != "sources" {
			return true
		}
		for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
			name, err := strconv.Unquote(e.(*ast.KeyValueExpr).Key.(*ast.BasicLit).Value)
			if err != nil {
				t.Error(err)
			}
			read = append(read, name)
		}
		return false
	})
	slices.Sort(read)
	known := slices.Sorted(slices.Values(liveTypes))
	if len(read) == 0 || !slices.Equal(read, known) {
		t.Errorf("casehub-source reads %q, this program hands on %q", read, known)
	}
	offered := append(imports.LiveTypes(), byTools)
	slices.Sort(offered)
	if !slices.Equal(offered, known) {
		t.Errorf("the pages offer %q of %q", offered, known)
	}
}
