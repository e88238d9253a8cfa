package egress

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"casehub/internal/pack"
)

// what names what is eased.
func what(all []Eased) string {
	var names []string
	for _, e := range all {
		names = append(names, e.What)
	}
	return strings.Join(names, " ")
}

// TestWhatALaterPackEasesCountsWhenItIsAccepted: a pack that demands less than the one
// before it holds beside that one, which is seen in what leaves, until somebody in the
// office saw what it lets leave and accepts it.
func TestWhatALaterPackEasesCountsWhenItIsAccepted(t *testing.T) {
	for name, c := range map[string]struct {
		before, after pack.Contents
		eases         string
	}{
		"k":          {pack.Contents{Limits: pack.Limits{K: 12}}, pack.Contents{Limits: pack.Limits{K: 6}}, "k k-sensitive"},
		"k, at last": {pack.Contents{Limits: pack.Limits{K: 12}}, pack.Contents{}, "k k-sensitive"},
		"withheld":   {pack.Contents{Limits: pack.Limits{Withheld: []uint32{1101, 1102}}}, pack.Contents{Limits: pack.Limits{Withheld: []uint32{1102}}}, "withheld"},
		"tables":     {pack.Contents{Limits: pack.Limits{DataSets: []uint32{2}}}, pack.Contents{Limits: pack.Limits{DataSets: []uint32{1, 2}}}, "tables"},
		"all tables": {pack.Contents{Limits: pack.Limits{DataSets: []uint32{2}}}, pack.Contents{}, "tables"},
	} {
		g, db := packed(t, 0)
		openCases(t, db, 0, 9, 1101, "2026-08-02")
		must(t, take(t, g, nationalPack(t, 1, c.before)))
		must(t, take(t, g, nationalPack(t, 2, c.after)))
		all, err := g.Loosenings(t.Context())
		if err != nil || len(all) != 1 || what(all[0].Eased) != c.eases || all[0].Version != 2 {
			t.Errorf("%s: %+v waits, %v; want %s", name, all, err, c.eases)
			continue
		}
		if got := goodCandidate(t, g, db); len(got.evidence) != 0 {
			t.Errorf("%s: it left before anybody accepted it", name)
		}
		would, err := g.PreviewLoosening(t.Context(), all[0])
		if err != nil || len(would.Groups) != 1 || would.Groups[0].Value != 9 {
			t.Errorf("%s: it would have said %+v, %v", name, would.Groups, err)
		}
		if err := g.AcceptLoosening(t.Context(), director, pack.National, 1); !errors.Is(err, ErrNoPack) {
			t.Errorf("%s: another version: %v, want ErrNoPack", name, err)
		}
		must(t, g.AcceptLoosening(t.Context(), director, pack.National, 2))
		if all, err = g.Loosenings(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("%s: %+v waits still, %v", name, all, err)
		}
		if got := goodCandidate(t, g, db); len(got.evidence) != 1 {
			t.Errorf("%s: accepted, and it does not leave", name)
		}
	}
}

// TestWhatTightensCountsAtOnce: nobody is asked about more, and rules that go on hold.
func TestWhatTightensCountsAtOnce(t *testing.T) {
	g, db := packed(t, 0)
	for version, c := range []pack.Contents{
		{}, {Limits: pack.Limits{K: 6}}, {Limits: pack.Limits{K: 6, Hold: 6}, Rules: acceptAll(9)}, {Limits: pack.Limits{K: 7, Hold: 6, Withheld: []uint32{1102}}, Rules: acceptAll(9)},
	} {
		must(t, take(t, g, nationalPack(t, uint32(version+1), c)))
		h, err := g.holds(t.Context(), db, nil)
		if err != nil || len(h.packs) != 1 || h.packs[0].Version != uint32(version+1) || h.national != uint32(version+1) {
			t.Errorf("version %d: %d packs hold, %v", version+1, len(h.packs), err)
		}
		if all, err := g.Loosenings(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("version %d: %+v waits, %v", version+1, all, err)
		}
	}
}

// TestEveryPackOfBeforeHoldsUntilOneIsAccepted: of three packs, each laxer in something,
// all hold. A stricter one than all takes their place without a word; an accepted one
// does, too, and what came after it goes on being held against it.
func TestEveryPackOfBeforeHoldsUntilOneIsAccepted(t *testing.T) {
	g, db := packed(t, 0)
	holds := func(want ...uint32) {
		t.Helper()
		h, err := g.holds(t.Context(), db, nil)
		var got []uint32
		for _, p := range h.packs {
			got = append(got, p.Version)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("versions %v hold, %v; want %v", got, err, want)
		}
	}
	must(t, take(t, g, nationalPack(t, 1, pack.Contents{Limits: pack.Limits{K: 9, P: 40}})))
	must(t, take(t, g, nationalPack(t, 2, pack.Contents{Limits: pack.Limits{K: 7, P: 50}})))
	holds(1, 2)
	must(t, take(t, g, nationalPack(t, 3, pack.Contents{Limits: pack.Limits{K: 8, P: 45}})))
	holds(1, 2, 3)
	must(t, g.AcceptLoosening(t.Context(), director, pack.National, 3))
	holds(3)
	must(t, take(t, g, nationalPack(t, 4, pack.Contents{Limits: pack.Limits{K: 6, P: 45}})))
	holds(3, 4)
	must(t, take(t, g, nationalPack(t, 5, pack.Contents{Limits: pack.Limits{K: 8, P: 45}})))
	holds(5)
}

// TestAPlanThatEasesIsAcceptedWithIt: the plan's card says what else ends, and nothing
// waits beside it.
func TestAPlanThatEasesIsAcceptedWithIt(t *testing.T) {
	g, db := packed(t, 0)
	must(t, take(t, g, nationalPack(t, 1, pack.Contents{Limits: pack.Limits{K: 9}, Rules: acceptAll(9)})))
	must(t, take(t, g, nationalPack(t, 2, pack.Contents{Registry: later(t), From: 202609})))
	p, waits, err := g.Proposal(t.Context())
	if err != nil || !waits || what(p.Eased) != "k rules" {
		t.Fatalf("the plan ends %s, %v, %v", what(p.Eased), waits, err)
	}
	if all, err := g.Loosenings(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v waits beside the plan, %v", all, err)
	}
	if err := g.AcceptLoosening(t.Context(), director, pack.National, 2); !errors.Is(err, ErrNoPack) {
		t.Errorf("the plan accepted by its other half: %v", err)
	}
	must(t, take(t, g, nationalPack(t, 3, pack.Contents{Limits: pack.Limits{K: 6}})))
	if p, waits, err = g.Proposal(t.Context()); err != nil || !waits || p.Version != 2 {
		t.Errorf("a pack without a plan hides the plan that waits: %+v, %v, %v", p.Version, waits, err)
	}
	must(t, g.AcceptPlan(t.Context(), director, 2))
	h, err := g.holds(t.Context(), db, nil)
	if err != nil || len(h.packs) != 1 || h.packs[0].Version != 3 {
		t.Errorf("%+v hold, %v", h.packs, err)
	}
}

// TestEachDemandThatEndsIsNamed: the numbers, and rules that are others.
func TestEachDemandThatEndsIsNamed(t *testing.T) {
	of := func(c pack.Contents) pack.Pack {
		return pack.Pack{Manifest: pack.Manifest{Name: pack.National}, Contents: c}
	}
	before := pack.Contents{Limits: pack.Limits{K: 8, KSensitive: 20, P: 40, Largest: 50, Hold: 12, Withheld: []uint32{1101}}, Rules: "a"}
	for want, change := range map[string]func(*pack.Contents){
		"":            func(c *pack.Contents) { c.Limits.K, c.Limits.Largest, c.Limits.DataSets = 9, 40, []uint32{1} },
		"k":           func(c *pack.Contents) { c.Limits.K = 7 },
		"k-sensitive": func(c *pack.Contents) { c.Limits.KSensitive = 0 },
		"p":           func(c *pack.Contents) { c.Limits.P = 39 },
		"largest":     func(c *pack.Contents) { c.Limits.Largest = 0 },
		"hold":        func(c *pack.Contents) { c.Limits.Hold = 6 },
		"withheld":    func(c *pack.Contents) { c.Limits.Withheld = nil },
		"rules":       func(c *pack.Contents) { c.Rules = "b" },
	} {
		after := before
		change(&after)
		if got := what(eased([]pack.Pack{of(before)}, of(after))); got != want {
			t.Errorf("%q ends, want %q", got, want)
		}
	}
	if got := eased(nil, of(before)); got != nil {
		t.Errorf("the first pack ends %v", got)
	}
}
