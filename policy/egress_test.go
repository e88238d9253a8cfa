package policy

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"casehub/internal/codelist"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
)

const office = 7

// newEgress returns the layers with time enough for a busy machine: tests ask
// thousands of times.
func newEgress(t testing.TB, packs ...Pack) *Egress {
	t.Helper()
	e, err := NewEgress(t.Context(), codelist.National(), office, packs...)
	if err != nil {
		t.Fatal(err)
	}
	if e.deadline != Deadline {
		t.Fatalf("the program waits %s for an answer", e.deadline)
	}
	e.deadline = time.Minute
	return e
}

// settings is a pack of limits alone.
func settings(l Limits) Pack { return Pack{Layer: LayerSettings, Version: 1, Limits: l} }

func goodHeader() Header {
	return Header{
		SchemaVersion: 1, OrgUnit: office, Sequence: 3, Period: 202609, PlanVersion: 2, RegistryVersion: 2, RulesVersion: 1, Kind: 1,
	}
}

func goodGroups() []Group {
	return []Group{
		{DataSet: 1, Code: 1101, Level: 1, FromPeriod: 202608, Value: 9, Clients: 7},
		{DataSet: 1, Code: 1401, Level: 1, FromPeriod: 202607, Value: 11, Clients: 10},
		{DataSet: 2, Code: 3101, Level: 1, FromPeriod: 202609, Value: 5, Clients: 5},
		{DataSet: 3, Code: 4101, Level: 1, FromPeriod: 202609, Value: 6, Clients: 6, Money: true, Share: 94},
	}
}

// rolledUp is a release at a quarter's end with a rest and "other" in it.
func rolledUp() Question {
	reg := codelist.National()
	list := reg.List(codelist.CaseTypes)
	widest := slices.MaxFunc(list.Categories, func(a, b codelist.Category) int { return len(ordinary(a)) - len(ordinary(b)) })
	return Question{Header: goodHeader(), Groups: []Group{
		{DataSet: 1, Code: uint32(widest.Code), Level: 2, FromPeriod: 202607, Value: 8, Clients: 8},
		{DataSet: 1, Code: uint32(list.Code), Level: 3, FromPeriod: 202601, Value: 7, Clients: 6},
	}}
}

func ordinary(c codelist.Category) []codelist.Leaf {
	return slices.DeleteFunc(slices.Clone(c.Leaves), func(f codelist.Leaf) bool { return f.Sensitive })
}

// allows asks the layers and the floor.
func allows(t testing.TB, e *Egress, h Header, groups []Group) bool {
	t.Helper()
	q := Question{Header: h, Groups: groups}
	d, err := e.Decide(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return d.Allowed && FloorHolds(codelist.National(), q)
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
	if n < 80 {
		t.Errorf("%d Rego tests ran, want at least 80", n)
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

// good are releases that may leave.
func good() map[string]Question {
	up := rolledUp()
	void := goodHeader()
	void.Kind, void.VoidsSequence = 2, 1
	last := goodHeader()
	last.Kind, last.Period = 3, 202608
	return map[string]Question{
		"sensitive rests": sensitiveRests(),
		"leaves":          {Header: goodHeader(), Groups: goodGroups()},
		"rest and other":  up,
		"nothing":         {Header: goodHeader()},
		"a void":          {Header: void},
		"the last one":    {Header: last, Groups: []Group{{DataSet: 1, Code: 1401, Level: 1, FromPeriod: 202607, Value: 11, Clients: 10}}},
		"what left before": {Header: last, Groups: []Group{
			{DataSet: 1, Code: 1401, Level: 1, FromPeriod: 202607, Value: 11, Clients: 10, Again: true},
		}},
		"a block in other": {Header: up.Header, Groups: []Group{
			{DataSet: 1, Code: up.Groups[1].Code, Level: 3, FromPeriod: 202601, Value: 30, Block: 23, Clients: 6},
		}},
	}
}

func TestGoodReleasesAreAllowed(t *testing.T) {
	e := newEgress(t)
	for name, q := range good() {
		if !allows(t, e, q.Header, q.Groups) {
			t.Errorf("%s: refused, so the refusals elsewhere show nothing", name)
		}
	}
}

func TestLimitsOnlyTighten(t *testing.T) {
	lax := newEgress(t, settings(Limits{K: 1, KSensitive: 1, P: 0, Largest: 1 << 30, Hold: 1}))
	groups := goodGroups()
	groups[0].Clients = 4
	if allows(t, lax, goodHeader(), groups) {
		t.Error("a limit below the floor had an effect")
	}
	if !allows(t, lax, goodHeader(), goodGroups()) {
		t.Error("a limit below the floor refused what the floor allows")
	}
	violence := []Group{{DataSet: 1, Code: 1401, Level: 1, FromPeriod: 202607, Value: 15, Clients: 15}}
	for name, l := range map[string]Limits{
		"k":                        {K: 20, Largest: 5000},
		"k, for a sensitive code":  {K: 16, Largest: 5000},
		"k of a sensitive code":    {KSensitive: 16, Largest: 5000},
		"the p % rule":             {P: 95, Largest: 5000},
		"the largest":              {Largest: 8},
		"allowed tables":           {Largest: 5000, DataSets: []uint32{2, 3}},
		"no table at all":          {Largest: 5000, DataSets: []uint32{}},
		"a withheld code":          {Largest: 5000, Withheld: []uint32{1401}},
		"limits that say nothing ": {},
	} {
		asked := append(slices.Clone(goodGroups()[:1]), append(violence, goodGroups()[2:]...)...)
		if !allows(t, newEgress(t), goodHeader(), asked) {
			t.Fatal("refused without stricter limits")
		}
		if allows(t, newEgress(t, settings(l)), goodHeader(), asked) {
			t.Errorf("%s: had no effect", name)
		}
	}
	up := rolledUp()
	if allows(t, newEgress(t, settings(Limits{Largest: 5000, Hold: 12})), up.Header, up.Groups) {
		t.Error("a longer hold had no effect")
	}
}

func TestMergedLimitsAreTheStricter(t *testing.T) {
	a := Limits{K: 6, KSensitive: 10, P: 30, Largest: 4000, Hold: 3, DataSets: []uint32{1, 2}, Withheld: []uint32{1102}}
	b := Limits{K: 12, P: 25, Largest: 100, Hold: 6, DataSets: []uint32{2, 3}, Withheld: []uint32{1101, 1102}}
	got := a.Tighten(b)
	if got.K != 12 || got.KSensitive != 12 || got.P != 30 || got.Largest != 100 || got.Hold != 6 ||
		!slices.Equal(got.DataSets, []uint32{2}) || !slices.Equal(got.Withheld, []uint32{1101, 1102}) {
		t.Errorf("merged %+v", got)
	}
	if none := (Limits{DataSets: []uint32{1}}).Tighten(Limits{DataSets: []uint32{2}}); none.DataSets == nil || none.Allows(1) || none.Allows(2) {
		t.Errorf("disjoint tables left %v", none.DataSets)
	}
	if e := newEgress(t, settings(a), settings(b)); e.Limits().K != 12 || e.Limits().Allows(1) {
		t.Errorf("the stack's limits are %+v", e.Limits())
	}
}

func TestDataHasEveryCodeOfThePlan(t *testing.T) {
	reg := codelist.National()
	sets := egressData(reg, office, Floor())["registry"].(map[string]any)["data_sets"].(map[string]any)
	if got := len(slices.Collect(maps.Keys(sets))); got != len(reg.Plan.DataSets) {
		t.Errorf("%d data sets", got)
	}
	if n := len(sets["1"].(map[string]any)["codes"].([]any)); n != len(reg.List(codelist.CaseTypes).Leaves()) {
		t.Errorf("%d codes in data", n)
	}
}
