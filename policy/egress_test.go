package policy

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"casehub/internal/codelist"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"pgregory.net/rapid"
)

const office = 7

// newEgress returns the layers with time enough for a busy machine: tests ask
// thousands of times.
func newEgress(t testing.TB, limits Limits) *Egress {
	t.Helper()
	e, err := NewEgress(t.Context(), codelist.National(), office, limits)
	if err != nil {
		t.Fatal(err)
	}
	if e.deadline != Deadline {
		t.Fatalf("the program waits %s for an answer", e.deadline)
	}
	e.deadline = time.Minute
	return e
}

func goodHeader() Header {
	return Header{SchemaVersion: 1, OrgUnit: office, Sequence: 3, Period: 202609, PlanVersion: 1, RegistryVersion: 1, Kind: 1}
}

func goodGroups() []Group {
	return []Group{
		{DataSet: 1, Code: 1101, Level: 1, FromPeriod: 202608, Value: 9, Clients: 7},
		{DataSet: 1, Code: 1401, Level: 1, FromPeriod: 202607, Value: 11, Clients: 10},
		{DataSet: 2, Code: 3101, Level: 1, FromPeriod: 202609, Value: 5, Clients: 5},
		{DataSet: 3, Code: 4101, Level: 1, FromPeriod: 202609, Value: 6, Clients: 6, Money: true, Share: 94},
	}
}

func allows(t testing.TB, e *Egress, h Header, groups []Group) bool {
	t.Helper()
	d, err := e.Decide(t.Context(), Question{Header: h, Groups: groups})
	if err != nil {
		t.Fatal(err)
	}
	return d.Allows(groups)
}

var regoFiles = []string{"egress/egress.rego", "egress/egress_test.rego", "access/access.rego", "access/access_test.rego"}

func TestRegoTestsPass(t *testing.T) {
	modules := map[string]*ast.Module{}
	for _, name := range regoFiles {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if modules[name], err = ast.ParseModule(name, string(b)); err != nil {
			t.Fatal(err)
		}
	}
	results, err := tester.NewRunner().SetStore(inmem.New()).SetModules(modules).RunTests(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for r := range results {
		n++
		if !r.Pass() {
			t.Errorf("%s: fail %v, error %v", r.Name, r.Fail, r.Error)
		}
	}
	if n < 50 {
		t.Errorf("%d Rego tests ran, want at least 50", n)
	}
}

func TestRegoIsFormatted(t *testing.T) {
	for _, name := range regoFiles {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := format.Source(name, b)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(b) {
			t.Errorf("%s is not in the canonical format", name)
		}
	}
}

func TestGoodReleaseIsAllowed(t *testing.T) {
	if !allows(t, newEgress(t, Floor()), goodHeader(), goodGroups()) {
		t.Fatal("the good release was refused, so the refusals below would show nothing")
	}
}

func TestHostileReleasesAreRefused(t *testing.T) {
	e := newEgress(t, Floor())
	for name, spoil := range map[string]func(*Header, *[]Group){
		"another office":         func(h *Header, _ *[]Group) { h.OrgUnit = 8 },
		"another schema":         func(h *Header, _ *[]Group) { h.SchemaVersion = 2 },
		"another plan":           func(h *Header, _ *[]Group) { h.PlanVersion = 2 },
		"another registry":       func(h *Header, _ *[]Group) { h.RegistryVersion = 0 },
		"a void":                 func(h *Header, _ *[]Group) { h.Kind = 2 },
		"no header":              func(h *Header, _ *[]Group) { *h = Header{} },
		"four events":            func(_ *Header, g *[]Group) { (*g)[0].Value = 4 },
		"four clients":           func(_ *Header, g *[]Group) { (*g)[0].Clients = 4 },
		"no evidence":            func(_ *Header, g *[]Group) { (*g)[2].Clients = 0 },
		"nine of violence":       func(_ *Header, g *[]Group) { (*g)[1].Clients = 9 },
		"an unknown code":        func(_ *Header, g *[]Group) { (*g)[0].Code = 1999 },
		"a code of another list": func(_ *Header, g *[]Group) { (*g)[0].Code = 3101 },
		"an unknown table":       func(_ *Header, g *[]Group) { (*g)[0].DataSet = 9 },
		"a category":             func(_ *Header, g *[]Group) { (*g)[0].Code, (*g)[0].Level = 1100, 2 },
		"a later month":          func(_ *Header, g *[]Group) { (*g)[0].FromPeriod = 202610 },
		"too large":              func(_ *Header, g *[]Group) { (*g)[0].Value = 5001 },
		"a dominated amount":     func(_ *Header, g *[]Group) { (*g)[3].Share = 24 },
		"an amount without share": func(_ *Header, g *[]Group) {
			(*g)[3].Money = false
		},
		"money among counts":  func(_ *Header, g *[]Group) { (*g)[0].Money, (*g)[0].Share = true, 100 },
		"few with a negative": func(_ *Header, g *[]Group) { (*g)[3].Negative = true },
		"a dominated amount with a negative": func(_ *Header, g *[]Group) {
			(*g)[3].Negative, (*g)[3].Value, (*g)[3].Clients, (*g)[3].Share = true, 40, 40, 24
		},
		"the same code twice": func(_ *Header, g *[]Group) { *g = append(*g, (*g)[0]) },
	} {
		h, groups := goodHeader(), goodGroups()
		spoil(&h, &groups)
		if allows(t, e, h, groups) {
			t.Errorf("%s: allowed", name)
		}
	}
}

func TestLimitsOnlyTighten(t *testing.T) {
	lax := newEgress(t, Limits{K: 1, KSensitive: 1, P: 0, Largest: 1 << 30})
	groups := goodGroups()
	groups[0].Clients = 4
	if allows(t, lax, goodHeader(), groups) {
		t.Error("a limit below the floor had an effect")
	}
	strict := newEgress(t, Limits{K: 20, Largest: 5000})
	if allows(t, strict, goodHeader(), goodGroups()) {
		t.Error("a limit above the floor had no effect")
	}
	groups = []Group{{DataSet: 1, Code: 1401, Level: 1, FromPeriod: 202608, Value: 15, Clients: 15}}
	if allows(t, strict, goodHeader(), groups) {
		t.Error("a sensitive code passed with fewer than an ordinary one needs")
	}
}

func TestAnotherLayerNeverAllowsMore(t *testing.T) {
	base := newEgress(t, Floor())
	rapid.Check(t, func(t *rapid.T) {
		strict := Limits{
			K: rapid.Uint32Range(0, 30).Draw(t, "k"), KSensitive: rapid.Uint32Range(0, 30).Draw(t, "ks"),
			P: rapid.Uint32Range(0, 100).Draw(t, "p"), Largest: rapid.Uint32Range(0, 6000).Draw(t, "largest"),
		}
		more, err := NewEgress(context.Background(), codelist.National(), office, strict)
		if err != nil {
			t.Fatal(err)
		}
		both := &Egress{layers: slices.Concat(base.layers, more.layers), deadline: time.Minute}
		groups := rapid.SliceOfN(rapid.Custom(drawGroup), 1, 6).Draw(t, "groups")
		q := Question{Header: goodHeader(), Groups: groups}
		one, err1 := base.Decide(context.Background(), q)
		two, err2 := both.Decide(context.Background(), q)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if two.Allows(groups) && !one.Allows(groups) {
			t.Fatal("two layers allow what one refuses")
		}
	})
}

func drawGroup(t *rapid.T) Group {
	g := Group{
		DataSet: rapid.Uint32Range(1, 3).Draw(t, "set"), Level: 1, FromPeriod: 202609,
		Value: rapid.Uint32Range(3, 30).Draw(t, "value"), Clients: rapid.Uint32Range(3, 30).Draw(t, "clients"),
		Share: rapid.Uint32Range(0, 100).Draw(t, "share"), Negative: rapid.Bool().Draw(t, "negative"),
	}
	list := codelist.National().Lists[g.DataSet-1].Leaves()
	g.Code = uint32(list[rapid.IntRange(0, len(list)-1).Draw(t, "leaf")].Code)
	g.Money = g.DataSet == 3
	return g
}

func TestSandboxRefusesWhatReachesOut(t *testing.T) {
	for _, call := range []string{
		`http.send({"method": "get", "url": "http://127.0.0.1/"})`, `net.lookup_ip_addr("localhost")`, `opa.runtime()`,
		`time.now_ns()`, `rand.intn("x", 2)`, `uuid.rfc4122("x")`, `io.jwt.decode("x")`, `crypto.sha256("x")`,
		`print("x")`, `trace("x")`, `json.match_schema({}, {})`, `rego.metadata.rule()`, `time.parse_ns("2006", "2026")`,
	} {
		source := "package casehub.egress\n\nverdict := {\"version\": 1, \"header_ok\": true, \"accepted\": x} if x := " + call + "\n"
		if _, err := prepare(t.Context(), verdictQuery, map[string]any{}, module{"x.rego", source}); err == nil {
			t.Errorf("%s was compiled", call)
		}
	}
	harmless := "package casehub.egress\n\nverdict := {\"version\": 1, \"header_ok\": true, \"accepted\": {}}\n"
	if _, err := prepare(t.Context(), verdictQuery, map[string]any{}, module{"x.rego", harmless}); err != nil {
		t.Errorf("the same rule without a call: %v", err)
	}
}

func TestOddAnswersAreErrors(t *testing.T) {
	for name, body := range map[string]string{
		"undefined":         `verdict := 1 if false`,
		"a bare true":       `verdict := true`,
		"a missing key":     `verdict := {"header_ok": true, "accepted": {}}`,
		"a further key":     `verdict := {"version": 1, "header_ok": true, "accepted": {}, "deny": []}`,
		"a header as text":  `verdict := {"version": 1, "header_ok": "true", "accepted": {}}`,
		"accepted as true":  `verdict := {"version": 1, "header_ok": true, "accepted": true}`,
		"codes as text":     `verdict := {"version": 1, "header_ok": true, "accepted": {"1": ["1101"]}}`,
		"a table as text":   `verdict := {"version": 1, "header_ok": true, "accepted": {"all": [1101]}}`,
		"a fractional code": `verdict := {"version": 1, "header_ok": true, "accepted": {"1": [1101.5]}}`,
		"a failing builtin": `verdict := {"version": to_number("x"), "header_ok": true, "accepted": {}}`,
	} {
		q, err := prepare(t.Context(), verdictQuery, map[string]any{}, module{"x.rego", "package casehub.egress\n\n" + body + "\n"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e := &Egress{layers: []rego.PreparedEvalQuery{q}, deadline: Deadline}
		if d, err := e.Decide(t.Context(), Question{Header: goodHeader()}); err == nil {
			t.Errorf("%s: no error, allows %v", name, d.Allows(nil))
		}
	}
}

func TestALayerHasOneVote(t *testing.T) {
	base := newEgress(t, Floor())
	groups := []Group{{DataSet: 1, Code: 1101, Level: 1, FromPeriod: 202609, Value: 9, Clients: 1}}
	for _, accepted := range []string{`{"1": [1101, 1101]}`, `{"1": [1101], "01": [1101]}`} {
		body := "package casehub.egress\n\nverdict := {\"version\": 1, \"header_ok\": true, \"accepted\": " + accepted + "}\n"
		q, err := prepare(t.Context(), verdictQuery, map[string]any{}, module{"x.rego", body})
		if err != nil {
			t.Fatal(err)
		}
		both := &Egress{layers: append(slices.Clone(base.layers), q), deadline: Deadline}
		if d, err := both.Decide(t.Context(), Question{Header: goodHeader(), Groups: groups}); err == nil && d.Allows(groups) {
			t.Errorf("a layer that answers %s outvoted the other", accepted)
		}
	}
}

func TestNoLayersAllowNothing(t *testing.T) {
	d, err := (&Egress{deadline: Deadline}).Decide(t.Context(), Question{Header: goodHeader()})
	if err != nil {
		t.Fatal(err)
	}
	if d.Allows(nil) {
		t.Error("an empty stack allowed a release")
	}
}

func TestCancelledDecisionIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newEgress(t, Floor()).Decide(ctx, Question{Header: goodHeader(), Groups: goodGroups()})
	if err == nil || errors.Is(err, ErrShape) {
		t.Errorf("error = %v, want a cancellation", err)
	}
}

func TestDataHasEveryCodeOfThePlan(t *testing.T) {
	reg := codelist.National()
	sets := egressData(reg, office, Floor())["registry"].(map[string]any)["data_sets"].(map[string]any)
	if got := slices.Sorted(maps.Keys(sets)); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("data sets %v", got)
	}
	if n := len(sets["1"].(map[string]any)["codes"].([]any)); n != len(reg.List(codelist.CaseTypes).Leaves()) {
		t.Errorf("%d codes in data", n)
	}
}
