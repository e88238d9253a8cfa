package policy

import (
	"slices"
	"testing"

	"casehub/internal/codelist"

	"pgregory.net/rapid"
)

// asksExactly is a pack whose rules accept everything unless a group has exactly so
// many people, such a share or such a block.
const asksExactly = `
verdict := {"version": 3, "header_ok": true, "accepted": accepted}

accepted[d][v] := codes if {
	some d, levels in input.tables
	some v, level in levels
	codes := level.codes - exact(level)
}

exact(level) := (object.get(level.least, 7, set()) | object.get(level.negative, 13, set())) |
	(object.get(level.share, 31, set()) | object.get(level.values, 6, set()))
`

// Two worlds that differ in nothing that a limit of the layer parts give the same
// bytes to its rules, and so the same answer whatever they ask.
func TestAPackLearnsNoExactNumber(t *testing.T) {
	pack := Pack{Layer: LayerNational, Version: 3, Limits: Floor(), Rules: rules(asksExactly)}
	e := newEgress(t, pack)
	base := []Group{
		{DataSet: 1, Code: 1101, Level: 1, FromPeriod: 202607, Value: 20, Clients: 7},
		{DataSet: 3, Code: 4101, Level: 1, FromPeriod: 202607, Value: 30, Clients: 20, Money: true, Share: 31},
		{DataSet: 3, Code: 4102, Level: 1, FromPeriod: 202607, Value: 30, Clients: 13, Money: true, Share: 60, Negative: true},
	}
	for name, change := range map[string]func([]Group){
		"people of a case type": func(g []Group) { g[0].Clients = 8 },
		"the largest share":     func(g []Group) { g[1].Share = 32 },
		"people with a loss":    func(g []Group) { g[2].Clients = 14 },
	} {
		other := slices.Clone(base)
		change(other)
		a, b := Question{goodHeader(), base}, Question{goodHeader(), other}
		for _, l := range e.layers {
			if x, y := a.input(l.lens).String(), b.input(l.lens).String(); x != y {
				t.Errorf("%s: layer %s sees\n%s\nand\n%s", name, l.Layer, x, y)
			}
		}
		if x, y := allows(t, e, a.Header, a.Groups), allows(t, e, b.Header, b.Groups); !x || !y {
			t.Errorf("%s: %v and %v, want both to leave", name, x, y)
		}
	}
}

// The same of drawn releases and limits: whatever moves between two limits is not seen,
// and what crosses one is.
func TestALayerSeesItsLimitsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawQuestion(t)
		l := lens{codelist.National(), Floor().Tighten(drawLimits(t))}
		other := Question{q.Header, slices.Clone(q.Groups)}
		for i := range other.Groups {
			g := &other.Groups[i]
			factor := uint32(1)
			if g.Negative {
				factor = 2
			}
			moved := rapid.Uint32Range(0, 60).Draw(t, "people")
			smaller := func(n uint32) uint32 { return l.size(min(g.events(), n), factor) }
			if smaller(moved) == smaller(g.Clients) && !g.Weighted {
				g.Clients = moved
			}
			if share := rapid.Uint32Range(0, 100).Draw(t, "share"); l.share(share) == l.share(g.Share) {
				g.Share = share
			}
		}
		if x, y := q.input(l).String(), other.input(l).String(); x != y {
			t.Fatalf("%+v gives\n%s\nand %+v\n%s", q.Groups, x, other.Groups, y)
		}
	})
}

// How many activities are in a rest, and how many of "other" stood in a block, is on no
// wire: only whether they are too many is asked.
func TestWhatIsOnNoWireIsSeenByItsLimit(t *testing.T) {
	l := lens{codelist.National(), Floor()}
	few, more := participants(), participants()
	more.Groups[0].Clients = few.Groups[0].Clients + 1
	if x, y := few.input(l).String(), more.input(l).String(); x != y {
		t.Errorf("activities of a rest: %s and %s", x, y)
	}
	more.Groups[0].Clients = 400
	if x, y := few.input(l).String(), more.input(l).String(); x == y {
		t.Error("too many activities look as few")
	}
	one, two := rolledUp(), rolledUp()
	for i, q := range []Question{one, two} {
		last := &q.Groups[len(q.Groups)-1]
		last.Value, last.Block, last.Clients = 300, 100+uint32(i), 40
	}
	if x, y := one.input(l).String(), two.input(l).String(); x != y {
		t.Errorf("the block of other: %s and %s", x, y)
	}
}
