package egress

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/locale"
	nodelocale "casehub/node/locale"
)

// TestARefusalStandsUntilSomethingLeaves: the page tells since when a month is
// stopped, by the first refusal and not by the last, and nothing any more once a
// release went out.
func TestARefusalStandsUntilSomethingLeaves(t *testing.T) {
	g, db := newOffice(t)
	openCases(t, db, 0, 9, 1101, "2026-09-02")
	if _, yes, err := g.Stopped(t.Context()); yes || err != nil {
		t.Fatalf("before any verdict: %v, %v", yes, err)
	}
	if _, err := g.Close(t.Context(), actor.Node(), 202608); err != nil {
		t.Fatal(err)
	}
	good := g.checks
	at := now
	g.now = func() time.Time { return at }
	for i := range 3 {
		at = now.Add(time.Duration(i) * time.Hour)
		g.checks = append(good[:len(good):len(good)], check{[]string{"never", "floor", "evidence"}[i], func(context.Context, *candidate) bool { return false }})
		if _, err := g.Close(t.Context(), actor.Node(), 202609); !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
	}
	g.checks = good
	s, yes, err := g.Stopped(t.Context())
	if err != nil || !yes || s.Period != 202609 || s.Check != "evidence" || !s.Since.Equal(now) || !s.Last.Equal(at) || s.KeyOf() != "egress.stopped-evidence" {
		t.Errorf("stopped = %+v (%s), %v, %v", s, s.KeyOf(), yes, err)
	}
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Fatal(err)
	}
	if s, yes, err := g.Stopped(t.Context()); yes || err != nil {
		t.Errorf("after a release: %+v, %v", s, err)
	}
}

func TestARefusalByAnUnknownCheckHasASentence(t *testing.T) {
	if key := (Stopped{Check: "of another version"}).KeyOf(); key != "egress.stopped-unknown" {
		t.Errorf("key = %s", key)
	}
}

func TestAClockThatIsWrongIsNamed(t *testing.T) {
	g, _ := newOffice(t)
	names := func(want string) {
		t.Helper()
		wrong, err := g.clock(t.Context())
		if err != nil || wrong == nil && want != "" || wrong != nil && wrong.Key() != want {
			t.Errorf("clock: %v, %v, want %q", wrong, err, want)
		}
	}
	names("")
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Fatal(err)
	}
	names("")
	g.now = func() time.Time { return now.AddDate(-1, 0, 0) }
	names("egress.clock-behind")
	g.now = func() time.Time { return now.AddDate(10, 0, 0) }
	names("egress.clock")
}

// TestEveryCheckAndEveryReasonHasASentence goes by the gate's own list of checks
// and by the constants of the ledger's source, so that a new one without words
// is found.
func TestEveryCheckAndEveryReasonHasASentence(t *testing.T) {
	c, err := locale.Load(nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, k := range new(Gate).allChecks() {
		keys = append(keys, Stopped{Check: k.code, known: true}.KeyOf())
	}
	reasons := reasonsOf(t, "../ledger/hold.go")
	if len(reasons) < 9 {
		t.Fatalf("only %d reasons were found: %q", len(reasons), reasons)
	}
	for _, r := range reasons {
		keys = append(keys, "egress.why-"+r)
	}
	for _, key := range keys {
		for _, lang := range c.Languages() {
			if !c.HasKey(lang, key) {
				t.Errorf("%s has no sentence in %q", key, lang)
			}
		}
	}
}

// reasonsOf reads the constants of the type Reason in a file.
func reasonsOf(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, value)
		}
		return true
	})
	return all
}
