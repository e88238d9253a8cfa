package egress

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pack"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	releasev1 "casehub/proto/casehub/release/v1"
)

// later is the national registry with a leaf more under labour, version 99.
func later(t testing.TB) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile("../../internal/codelist/registry.json")
	if err != nil {
		t.Fatal(err)
	}
	var r map[string]any
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	r["version"] = 99
	category := r["lists"].([]any)[0].(map[string]any)["categories"].([]any)[0].(map[string]any)
	leaf := map[string]any{"code": 1999, "en": "A new kind", "es": "Un tipo nuevo", "sensitive": false, "since": 202609}
	category["leaves"] = append(category["leaves"].([]any), leaf)
	if b, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	if _, err := codelist.Parse(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// director is somebody who may accept.
var director = actor.Actor{ID: "P-director"}

func offered(t *testing.T, from civil.Month) (*Gate, *sqlite.DB) {
	t.Helper()
	g, db := packed(t, 0)
	openCases(t, db, 0, 9, 1101, "2026-08-02")
	must(t, take(t, g, nationalPack(t, 2, pack.Contents{Registry: later(t), From: from})))
	return g, db
}

func inForce(t *testing.T, g *Gate, db *sqlite.DB) uint32 {
	t.Helper()
	reg, err := PlanInForce(t.Context(), db, g.packs, codelist.National(), 202609)
	if err != nil {
		t.Fatal(err)
	}
	return reg.Version
}

func TestANewPlanWaitsForSomebodyToAcceptIt(t *testing.T) {
	g, db := offered(t, 202609)
	p, waits, err := g.Proposal(t.Context())
	if err != nil || !waits || p.Accepted() || len(p.Changes) != 1 || p.Changes[0].Code != 1999 {
		t.Fatalf("proposal %+v, %v, %v", p, waits, err)
	}
	if v := inForce(t, g, db); v != codelist.National().Version {
		t.Errorf("code lists %d are in force before anybody accepted them", v)
	}
	if err := g.AcceptPlan(t.Context(), director, 3); !errors.Is(err, ErrNoPack) {
		t.Errorf("another pack: %v, want ErrNoPack", err)
	}
	must(t, g.AcceptPlan(t.Context(), director, 2))
	if err := g.AcceptPlan(t.Context(), director, 2); !errors.Is(err, ErrNoPack) {
		t.Errorf("a second time: %v, want ErrNoPack", err)
	}
	if v := inForce(t, g, db); v != 99 {
		t.Errorf("code lists %d are in force after they were accepted", v)
	}
	if p, _, err := g.Proposal(t.Context()); err != nil || !p.Accepted() || p.AcceptedBy != director.ID {
		t.Errorf("proposal %+v, %v", p, err)
	}
	var n int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'pack.accepted'`, nil).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d audit entries (%v)", n, err)
	}
}

// TestANewCodeCountsFromWhenItWasTaken: a plan that is accepted late, or that was
// backdated, makes no room before its codes have been there for a year; and it is so
// after another start.
func TestANewCodeCountsFromWhenItWasTaken(t *testing.T) {
	g, db := offered(t, 202501)
	want := civil.MonthOf(g.now())
	p, _, err := g.Proposal(t.Context())
	must(t, err)
	if leaf, _ := p.next.List(codelist.CaseTypes).Leaf(1999); leaf.Came() != max(want, 202609) {
		t.Errorf("the preview takes the new leaf for one of %d, want %d", leaf.Came(), want)
	}
	must(t, g.AcceptPlan(t.Context(), director, 2))
	for name, built := range map[string]*codelist.Registry{"after a start": codelist.National(), "as it goes on": g.reg.Now()} {
		reg, err := PlanInForce(t.Context(), db, g.packs, built, 202609)
		must(t, err)
		leaf, _ := reg.List(codelist.CaseTypes).Leaf(1999)
		if leaf.Since != 202609 || leaf.Came() != max(want, 202609) || leaf.Known(want.Add(11)) || !leaf.Known(max(want, 202609).Add(12)) {
			t.Errorf("%s: the new leaf is there since %d and came in %d, want %d", name, leaf.Since, leaf.Came(), want)
		}
		if old, _ := reg.List(codelist.CaseTypes).Leaf(1101); old.Came() != 0 {
			t.Errorf("%s: an old leaf came in %d", name, old.Came())
		}
	}
}

func TestANewPlanWaitsForItsMonth(t *testing.T) {
	g, db := offered(t, 202610)
	must(t, g.AcceptPlan(t.Context(), director, 2))
	if v := inForce(t, g, db); v != codelist.National().Version {
		t.Errorf("code lists %d are in force before their month", v)
	}
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Fatal(err)
	}
	if v := inForce(t, g, db); v != 99 {
		t.Errorf("code lists %d are in force in their month", v)
	}
}

// TestAPlanCountsFromItsMonthWithoutAnotherStart: the release of its first month is
// made by it, and from then on everybody in the node has its codes.
func TestAPlanCountsFromItsMonthWithoutAnotherStart(t *testing.T) {
	g, db := offered(t, 202609)
	must(t, g.AcceptPlan(t.Context(), director, 2))
	first, err := g.Close(t.Context(), actor.Node(), 202608)
	must(t, err)
	if got := sentBy(t, db, first.Sequence); got.GetRegistryVersion() != codelist.National().Version {
		t.Errorf("the month before went by code lists %d", got.GetRegistryVersion())
	}
	if _, there := g.reg.List(codelist.CaseTypes).Leaf(1999); !there || g.reg.Now().Version != 99 {
		t.Errorf("the code lists in the node are %d after the month before was sealed", g.reg.Now().Version)
	}
	openCases(t, db, 30, 36, 1999, "2026-09-20")
	second, err := g.Close(t.Context(), actor.Node(), 202609)
	must(t, err)
	got := sentBy(t, db, second.Sequence)
	if got.GetRegistryVersion() != 99 || len(got.GetTables()) != 1 || got.GetTables()[0].GetGroups()[0].GetCategoryOption() != 1999 {
		t.Errorf("its month left as %v", got)
	}
	if _, waits, err := g.Proposal(t.Context()); err != nil || waits {
		t.Errorf("the plan still waits (%v)", err)
	}
}

// sentBy is a release as it was sealed.
func sentBy(t *testing.T, db *sqlite.DB, sequence uint32) *releasev1.Release {
	t.Helper()
	sealed, err := selectSealed(t.Context(), db, sequence)
	must(t, err)
	o, err := release.Open(sealed)
	must(t, err)
	return o.Release
}

// TestAMeasureThatAPlanBringsCountsWhatWasRecorded: the records of a new table were
// there before it was asked for.
func TestAMeasureThatAPlanBringsCountsWhatWasRecorded(t *testing.T) {
	var few map[string]any
	must(t, json.Unmarshal(later(t), &few))
	few["version"] = 1
	plan := few["plan"].(map[string]any)
	plan["version"] = 1
	plan["data_sets"] = slices.DeleteFunc(plan["data_sets"].([]any), func(d any) bool { return d.(map[string]any)["data_set"] == float64(codelist.CasesOpened) })
	b, err := json.Marshal(few)
	must(t, err)
	old, err := codelist.Parse(b)
	must(t, err)
	g, db := packedBy(t, 0, codelist.Live(old))
	openCases(t, db, 0, 9, 1101, "2026-08-02")
	if _, err := g.Close(t.Context(), actor.Node(), 202608); err != nil {
		t.Fatal(err)
	}
	must(t, take(t, g, nationalPack(t, 2, pack.Contents{Registry: later(t), From: 202609})))
	must(t, g.AcceptPlan(t.Context(), director, 2))
	r, err := g.Close(t.Context(), actor.Node(), 202609)
	must(t, err)
	if got := sentBy(t, db, r.Sequence); len(got.GetTables()) != 1 || got.GetTables()[0].GetDataSet() != codelist.CasesOpened {
		t.Errorf("the new measure left as %v", got.GetTables())
	}
}

// mixing is the office's own pack, which lets its cases be nearly all of one kind.
func mixing(t *testing.T, version uint32, sets ...uint32) []byte {
	t.Helper()
	file, err := pack.Make(pack.OfficeName(orgUnit), version, "2027-06-30", 1, pack.Contents{Mixed: sets})
	return signed(t, file, err, 1, 2)
}

// TestInvariantI09APackSwitchesHomogeneityOffOnlyWhenItIsAccepted: an office that works
// on violence alone has it in its signed pack, which says so and counts when somebody
// there saw what it lets leave and accepted it (rule D8). It needs no other start.
func TestInvariantI09APackSwitchesHomogeneityOffOnlyWhenItIsAccepted(t *testing.T) {
	g, db := packed(t, 0)
	openCases(t, db, 0, 12, 1401, "2026-08-02")
	must(t, take(t, g, mixing(t, 1, codelist.CasesOpened)))
	r, err := g.Close(t.Context(), actor.Node(), 202609)
	must(t, err)
	if got := sentBy(t, db, r.Sequence); len(got.GetTables()) != 0 {
		t.Fatalf("violence alone left before anybody accepted it: %v", got.GetTables())
	}
	all, err := g.Loosenings(t.Context())
	if err != nil || len(all) != 1 || all[0].Version != 1 || !slices.Equal(all[0].DataSets, []uint32{codelist.CasesOpened}) {
		t.Fatalf("%+v waits: %v", all, err)
	}
	l, own := all[0], pack.OfficeName(orgUnit)
	would, err := g.PreviewLoosening(t.Context(), l)
	if err != nil || len(would.Groups) != 1 || would.Groups[0].Code != 1401 || would.Groups[0].Value != 12 {
		t.Errorf("it would have said %+v, %v", would, err)
	}
	if err := g.AcceptLoosening(t.Context(), director, own, 2); !errors.Is(err, ErrNoPack) {
		t.Errorf("another version: %v, want ErrNoPack", err)
	}
	must(t, g.AcceptLoosening(t.Context(), director, own, 1))
	if err := g.AcceptLoosening(t.Context(), director, own, 1); !errors.Is(err, ErrNoPack) {
		t.Errorf("a second time: %v, want ErrNoPack", err)
	}
	g.now = func() time.Time { return now.AddDate(0, 3, 0) }
	if r, err = g.Close(t.Context(), actor.Node(), 202612); err != nil {
		t.Fatal(err)
	}
	if got := sentBy(t, db, r.Sequence); len(got.GetTables()) != 1 || got.GetTables()[0].GetGroups()[0].GetCategoryOption() != 1401 {
		t.Errorf("with its pack left: %v", got.GetTables())
	}
}

// TestWhatWasAcceptedOnceGoesOn: a later pack that says the same needs no other word,
// one that says more waits with that alone, and what a pack ended begins anew.
func TestWhatWasAcceptedOnceGoesOn(t *testing.T) {
	g, db := packed(t, 0)
	for _, step := range []struct {
		version     uint32
		names       []uint32
		accepts     bool
		in, waiting []uint32
	}{
		{version: 1, names: []uint32{1}, waiting: []uint32{1}},
		{version: 2, names: []uint32{1}, accepts: true, in: []uint32{1}},
		{version: 3, names: []uint32{1}, in: []uint32{1}},
		{version: 4, names: []uint32{1, 2}, in: []uint32{1}, waiting: []uint32{2}},
		{version: 5},
		{version: 6, names: []uint32{1}, waiting: []uint32{1}},
	} {
		must(t, take(t, g, mixing(t, step.version, step.names...)))
		if step.accepts {
			must(t, g.AcceptLoosening(t.Context(), director, pack.OfficeName(orgUnit), step.version))
		}
		h, err := g.holds(t.Context(), db, nil)
		must(t, err)
		l, waits, err := g.loosening(t.Context(), db, pack.OfficeName(orgUnit))
		if err != nil || waits != (step.waiting != nil) || !slices.Equal(l.DataSets, step.waiting) || !slices.Equal(h.mixed, step.in) {
			t.Errorf("version %d: rule D8 is off for %v and %v wait (%v); want %v and %v", step.version, h.mixed, l.DataSets, err, step.in, step.waiting)
		}
	}
}

func TestAPlanThatCannotBeVerifiedIsNotInForce(t *testing.T) {
	g, db := offered(t, 202609)
	must(t, g.AcceptPlan(t.Context(), director, 2))
	other := PackSettings{Roots: packRoots(t, 1, [3]byte{4, 5, 6}, 4, 5)}
	reg, err := PlanInForce(t.Context(), db, other, codelist.National(), 202609)
	if err != nil || reg.Version != codelist.National().Version {
		t.Errorf("by other keys: code lists %d, %v", reg.Version, err)
	}
	if reg, err = PlanInForce(t.Context(), db, PackSettings{}, codelist.National(), 202609); err != nil || reg.Version != codelist.National().Version {
		t.Errorf("without keys: code lists %d, %v", reg.Version, err)
	}
}

// TestAPreviewLeavesNothing previews a plan in an office that released already:
// what left counts again, the month before the quarter does not, and the database
// is as it was.
func TestAPreviewLeavesNothing(t *testing.T) {
	g, db := offered(t, 202610)
	openCases(t, db, 20, 27, 1102, "2026-06-20") // before the quarter
	if _, err := g.Close(t.Context(), actor.Node(), 202608); err != nil {
		t.Fatal(err)
	}
	openCases(t, db, 30, 36, 1999, "2026-09-20") // as if it had been there
	before := contents(t, db)
	p, _, err := g.Proposal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v, err := g.Preview(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var said []codelist.Code
	for _, gr := range v.Groups {
		said = append(said, gr.Code)
	}
	if v.From != 202607 || v.To != 202609 || !slices.Equal(said, []codelist.Code{1101, 1999}) {
		t.Errorf("from %d to %d the plan would have said %v", v.From, v.To, v.Groups)
	}
	if after := contents(t, db); after != before {
		t.Errorf("the preview changed the database:\n%s\n%s", before, after)
	}
	if _, err := g.Close(t.Context(), actor.Node(), 202609); err != nil {
		t.Errorf("a release after the preview: %v", err)
	}
}

// contents writes down what the ledger's tables hold and what guards them.
func contents(t *testing.T, db *sqlite.DB) string {
	t.Helper()
	var all []string
	for _, q := range []string{
		`SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema ORDER BY name)`,
		`SELECT group_concat(id || ':' || state || ':' || coalesce(group_id, 0), ' ') FROM (SELECT * FROM ledger_events ORDER BY id)`,
		`SELECT group_concat(id || ':' || value, ' ') FROM (SELECT * FROM ledger_groups ORDER BY id)`,
		`SELECT count(*) || ':' || coalesce(sum(through), 0) FROM ledger_elsewhere`,
		`SELECT count(*) FROM packs`,
	} {
		var s any
		if err := db.QueryRow(t.Context(), q, nil).Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.TrimSpace(strings.Trim(string(mustJSON(t, s)), `"`)))
	}
	return strings.Join(all, "\n")
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
