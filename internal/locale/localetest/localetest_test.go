package localetest

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"casehub/internal/locale"
)

var english = `[cases]
title = "Cases"
closed-on = "Closed on {{.day}}"
not-open = "The case is not open."
status-open = "open"
status-closed = "closed"
[cases.count]
one = "{{.n}} case"
other = "{{.n}} cases"`

var spanish = `[cases]
title = "Casos"
closed-on = "Cerrado el {{.day}}"
not-open = "El caso no está abierto."
status-open = "abierto"
status-closed = "cerrado"
[cases.count]
one = "{{.n}} caso"
many = "{{.n}} de casos"
other = "{{.n}} casos"`

const page = `{{define "x"}}{{if .A}}{{t "cases.title"}}{{else}}{{range .B}}{{t "cases.closed-on" "day" .C}}{{end}}{{end}}
{{with .D}}<p title="{{t "cases.count" "n" .E}}">{{t (print "cases.status-" .)}}</p>{{end}}{{end}}`

const code = `package cases
var errNotOpen = errs.New(errs.Conflict, "cases.not-open")
var audit = record("case.closed")`

func faults(t *testing.T, en, es, html, golang string) []string {
	t.Helper()
	own := fstest.MapFS{"en.toml": {Data: []byte(en)}, "es.toml": {Data: []byte(es)}}
	c, err := locale.Load(own)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Faults(c, own, fstest.MapFS{"templates/x.html": {Data: []byte(html)}, "cases.go": {Data: []byte(golang)}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWhatBelongsTogetherPasses(t *testing.T) {
	if got := faults(t, english, spanish, page, code); len(got) > 0 {
		t.Fatalf("faults: %q", got)
	}
}

func TestEachFaultIsSeen(t *testing.T) {
	cut := func(s, line string) string { return strings.Replace(s, line+"\n", "", 1) }
	for name, row := range map[string]struct{ en, es, html, golang, want string }{
		"a template's key without Spanish": {english, cut(spanish, `title = "Casos"`), page, code, `cases.title: no message in "es"`},
		"an error's key without English":   {cut(english, `not-open = "The case is not open."`), spanish, page, code, `cases.not-open: no message in "en"`},
		"a key that nobody has":            {english, spanish, page + `{{define "y"}}{{t "cases.new"}}{{end}}`, code, `cases.new: no message in "en"`},
		"a key that nobody uses":           {english, spanish, strings.Replace(page, "cases.title", "cases.count", 1), code, "cases.title: no template"},
		"a value that one language lost":   {english, strings.Replace(spanish, "{{.day}}", "hoy", 1), page, code, "cases.closed-on: the values inside differ"},
		"a plural form that is missing":    {english, cut(spanish, `many = "{{.n}} de casos"`), page, code, `cases.count: "es" lacks the plural form "many"`},
		"plural forms in one language": {
			english, spanish[:strings.Index(spanish, "[cases.count]")] + `count = "{{.n}} casos"`, page, code,
			"cases.count: has plural forms in one",
		},
	} {
		got := faults(t, row.en, row.es, row.html, row.golang)
		if !slices.ContainsFunc(got, func(f string) bool { return strings.HasPrefix(f, row.want) }) {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func TestTheWrongFolderIsAnError(t *testing.T) {
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Faults(c, fstest.MapFS{}, fs.FS(fstest.MapFS{"a.txt": {}})); err == nil {
		t.Fatal("a folder without a key passed")
	}
}

func TestTheCalendarSpeaksBothLanguages(t *testing.T) {
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	Check(t, c, fstest.MapFS{}, os.DirFS("../../civil"))
	for _, k := range c.Keys("en") {
		if !c.HasKey("es", k) {
			t.Errorf("%s is missing in Spanish", k)
		}
	}
}
