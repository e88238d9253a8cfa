package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"casehub/internal/codelist"

	"pgregory.net/rapid"
)

// answering is a stack of the embedded layer and one of rules as they stand.
func answering(t testing.TB, body string) *Egress {
	t.Helper()
	q, err := prepare(t.Context(), verdictQuery, map[string]any{}, module{"x.rego", rules(body)})
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	e := newEgress(t)
	e.layers = append(e.layers, layer{Answered{LayerNational, 3}, lens{codelist.National(), Floor()}, []part{{3, q}}})
	return e
}

// oddAnswers are verdicts of another shape than agreed, or of none.
var oddAnswers = map[string]string{
	"undefined":                `verdict := 1 if false`,
	"a bare true":              `verdict := true`,
	"a text":                   `verdict := "allow"`,
	"nothing":                  `verdict := null`,
	"a list":                   `verdict := [{"version": 3, "header_ok": true, "accepted": {}}]`,
	"a missing key":            `verdict := {"header_ok": true, "accepted": {}}`,
	"a further key":            `verdict := {"version": 3, "header_ok": true, "accepted": {}, "deny": []}`,
	"an empty list of denials": `verdict := {"evaluated": true, "header_ok": true, "deny": []}`,
	"a header as text":         `verdict := {"version": 3, "header_ok": "true", "accepted": {}}`,
	"a header as a number":     `verdict := {"version": 3, "header_ok": 1, "accepted": {}}`,
	"accepted as true":         `verdict := {"version": 3, "header_ok": true, "accepted": true}`,
	"accepted as a list":       `verdict := {"version": 3, "header_ok": true, "accepted": [1]}`,
	"levels as a list":         `verdict := {"version": 3, "header_ok": true, "accepted": {"1": [1101]}}`,
	"codes as text":            `verdict := {"version": 3, "header_ok": true, "accepted": {"1": {"1": ["1101"]}}}`,
	"codes as an object":       `verdict := {"version": 3, "header_ok": true, "accepted": {"1": {"1": {"1101": true}}}}`,
	"a table as text":          `verdict := {"version": 3, "header_ok": true, "accepted": {"all": {"1": [1101]}}}`,
	"a level as text":          `verdict := {"version": 3, "header_ok": true, "accepted": {"1": {"any": [1101]}}}`,
	"a table in another form":  `verdict := {"version": 3, "header_ok": true, "accepted": {"01": {"1": [1101]}}}`,
	"a fractional code":        `verdict := {"version": 3, "header_ok": true, "accepted": {"1": {"1": [1101.5]}}}`,
	"a negative code":          `verdict := {"version": 3, "header_ok": true, "accepted": {"1": {"1": [-1]}}}`,
	"a negative version":       `verdict := {"version": -3, "header_ok": true, "accepted": {}}`,
	"a fractional version":     `verdict := {"version": 3.5, "header_ok": true, "accepted": {}}`,
	"a version as text":        `verdict := {"version": "3", "header_ok": true, "accepted": {}}`,
	"a failing function":       `verdict := {"version": to_number("x"), "header_ok": true, "accepted": {}}`,
	"two verdicts at once":     "verdict := {\"version\": 3, \"header_ok\": true, \"accepted\": {}}\n\nverdict := {\"version\": 4, \"header_ok\": true, \"accepted\": {}}",
}

// TestNothingLeavesOnAnOddAnswer is a part of invariant I10: whatever else the
// layers accept, one that answers otherwise than agreed stops everything, also a
// release without groups.
func TestNothingLeavesOnAnOddAnswer(t *testing.T) {
	agreed := answering(t, `verdict := {"version": 3, "header_ok": true, "accepted": {}}`)
	if d, err := agreed.Decide(t.Context(), Question{Header: goodHeader()}); err != nil || !d.Allowed {
		t.Fatalf("an agreed answer: %v, allowed %v, so the refusals below show nothing", err, d.Allowed)
	}
	for name, body := range oddAnswers {
		d, err := answering(t, body).Decide(t.Context(), Question{Header: goodHeader()})
		if err == nil || d.Allowed {
			t.Errorf("%s: %v, allowed %v", name, err, d.Allowed)
		}
		pack := Pack{Layer: LayerNational, Version: 3, Limits: Floor(), Rules: rules(body)}
		if _, err := NewEgress(t.Context(), codelist.National(), office, pack); err == nil {
			t.Errorf("%s: the pack was taken in", name)
		}
	}
}

// TestRulesBelowTheirMinimumAreAnError: a pack cannot bring the rules of an older
// one.
func TestRulesBelowTheirMinimumAreAnError(t *testing.T) {
	old := answering(t, `verdict := {"version": 2, "header_ok": true, "accepted": {}}`)
	if _, err := old.Decide(t.Context(), Question{Header: goodHeader()}); !errors.Is(err, ErrOld) {
		t.Errorf("error = %v, want ErrOld", err)
	}
}

// TestALayerAcceptsTheGroupsOnTheWire: not fewer, not others, not more.
func TestALayerAcceptsTheGroupsOnTheWire(t *testing.T) {
	groups := []Group{{DataSet: 1, Code: 1101, Level: 1, FromPeriod: 202609, Value: 9, Clients: 9}}
	for accepted, want := range map[string]bool{
		`{"1": {"1": [1101]}}`:                     true,
		`{"1": {"1": [1101, 1101]}}`:               true, // a list that says it twice says it once
		`{}`:                                       false,
		`{"1": {}}`:                                false,
		`{"1": {"1": []}}`:                         false,
		`{"1": {"1": [1102]}}`:                     false,
		`{"1": {"2": [1101]}}`:                     false,
		`{"2": {"1": [1101]}}`:                     false,
		`{"1": {"1": [1101, 1102]}}`:               false,
		`{"1": {"1": [1101], "2": [1100]}}`:        false,
		`{"1": {"1": [1101]}, "2": {"1": [3101]}}`: false,
	} {
		d, err := answering(t, `verdict := {"version": 3, "header_ok": true, "accepted": `+accepted+`}`).Decide(t.Context(), Question{Header: goodHeader(), Groups: groups})
		if err != nil || d.Allowed != want {
			t.Errorf("accepted %s: %v, %v, want %v", accepted, d.Allowed, err, want)
		}
	}
}

func TestNoLayersAllowNothing(t *testing.T) {
	for name, e := range map[string]*Egress{
		"no layer":              {deadline: Deadline},
		"a layer without rules": {deadline: Deadline, layers: []layer{{}}},
	} {
		if d, err := e.Decide(t.Context(), Question{Header: goodHeader()}); err != nil || d.Allowed {
			t.Errorf("%s: %v, allowed %v", name, err, d.Allowed)
		}
	}
}

func TestCancelledDecisionIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d, err := newEgress(t).Decide(ctx, Question{Header: goodHeader(), Groups: goodGroups()})
	if err == nil || errors.Is(err, ErrShape) || d.Allowed {
		t.Errorf("error = %v, want a cancellation", err)
	}
}

// drawLimits draws what a pack may say, sensible or not.
func drawLimits(t *rapid.T) Limits {
	l := Limits{
		K: rapid.Uint32Range(0, 15).Draw(t, "k"), KSensitive: rapid.Uint32Range(0, 20).Draw(t, "ks"), P: rapid.Uint32Range(0, 60).Draw(t, "p"),
		Largest: rapid.SampledFrom([]uint32{10, 20, 5000, 1 << 30}).Draw(t, "largest"), Hold: rapid.SampledFrom([]uint32{0, 3, 6, 12}).Draw(t, "hold"),
	}
	if rapid.IntRange(0, 3).Draw(t, "tables given") == 0 {
		l.DataSets = rapid.SliceOfNDistinct(rapid.Uint32Range(1, 4), 0, 3, rapid.ID[uint32]).Draw(t, "tables")
	}
	if rapid.IntRange(0, 3).Draw(t, "codes given") == 0 {
		l.Withheld = rapid.SliceOfNDistinct(rapid.SampledFrom([]uint32{1101, 1102, 1100, 1000, 3101, 4101}), 0, 3, rapid.ID[uint32]).Draw(t, "codes")
	}
	return l
}

// drawRules draws the rules of a pack from a grammar: what is accepted, under
// conditions on the header, the limits and the columns.
func drawRules(t *rapid.T) string {
	condition := rapid.SampledFrom([]string{
		"true", "input.header.period % 3 == 0", "input.header.kind == 1", "data.limits.k < 8", "level.largest < 30",
		"count(level.codes) > 1", "count(level.again) == 0", "level.share == {}", "not level.negative[3]", "every n, _ in level.least { n > 5 }",
		"object.get(level.from, 202609, set()) != set()",
	})
	sets := rapid.SampledFrom([]string{
		"level.codes", "level.codes & {1101, 1102, 1401, 3101, 4101, 1100, 1000}", "level.codes - {1102}", "level.codes | {1103}",
		"union({codes | some n, codes in level.least; n >= 6})", "union({codes | some from, codes in level.from; from >= 202608})",
		"{code | some code in level.codes; code % 2 == 1}", "level.again",
	})
	var b strings.Builder
	header := rapid.SampledFrom([]string{"true", "true", "input.header.kind == 1", "input.header.sequence < 4", "false"}).Draw(t, "header")
	fmt.Fprintf(&b, "verdict := {\"version\": 3, \"header_ok\": header_ok, \"accepted\": accepted}\n\ndefault header_ok := false\n\nheader_ok if %s\n", header)
	for i, heads := 0, rapid.IntRange(1, 3).Draw(t, "rules"); i < heads; i++ {
		fmt.Fprintf(&b, "\naccepted[d][v] contains code if {\n\tsome d, levels in input.tables\n\tsome v, level in levels\n\tlevel.largest > 0\n")
		for range rapid.IntRange(0, 2).Draw(t, "conditions") {
			fmt.Fprintf(&b, "\t%s\n", condition.Draw(t, "condition"))
		}
		fmt.Fprintf(&b, "\tsome code in %s\n}\n", sets.Draw(t, "set"))
	}
	return rules(b.String())
}

func drawPack(t *rapid.T, name string) Pack {
	p := Pack{Layer: name, Version: 3, Limits: drawLimits(t)}
	if rapid.IntRange(0, 2).Draw(t, "has rules") > 0 {
		p.Rules = drawRules(t)
	}
	return p
}

// drawQuestion draws a release, most of whose groups are near a limit.
func drawQuestion(t *rapid.T) Question {
	h := goodHeader()
	h.Period = rapid.SampledFrom([]uint32{202608, 202609, 202612}).Draw(t, "period")
	h.Kind = rapid.SampledFrom([]uint32{1, 1, 1, 3}).Draw(t, "kind")
	groups := rapid.SliceOfNDistinct(rapid.Custom(drawGroup), 0, 5, Group.key).Draw(t, "groups")
	return Question{Header: h, Groups: groups}
}

func drawGroup(t *rapid.T) Group {
	reg := codelist.National()
	g := Group{
		DataSet: rapid.Uint32Range(1, 3).Draw(t, "set"), Level: rapid.SampledFrom([]uint32{1, 1, 1, 2, 3}).Draw(t, "level"),
		FromPeriod: rapid.SampledFrom([]uint32{202601, 202607, 202608}).Draw(t, "from"),
		Value:      rapid.Uint32Range(4, 14).Draw(t, "value"), Again: rapid.IntRange(0, 9).Draw(t, "again") == 0,
	}
	g.Clients = min(g.Value, rapid.Uint32Range(4, 14).Draw(t, "clients"))
	if set, _ := reg.DataSet(g.DataSet); set.Money {
		g.Money, g.Share, g.Negative = true, rapid.Uint32Range(20, 70).Draw(t, "share"), rapid.IntRange(0, 5).Draw(t, "negative") == 0
	}
	set, _ := reg.DataSet(g.DataSet)
	list := reg.List(set.List)
	c := list.Categories[rapid.IntRange(0, min(1, len(list.Categories)-1)).Draw(t, "category")]
	switch g.Level {
	case 1:
		g.Code = uint32(c.Leaves[rapid.IntRange(0, min(2, len(c.Leaves)-1)).Draw(t, "leaf")].Code)
	case 2:
		g.Code = uint32(c.Code)
	case 3:
		g.Code = uint32(list.Code)
	}
	return g
}

// TestAnotherLayerNeverAllowsMore is invariant I9 for drawn packs: what P and Q
// allow together, P allows alone, and so does the program without any pack; and
// their order is no matter.
func TestAnotherLayerNeverAllowsMore(t *testing.T) {
	stacks, allowed, refusedByQ := 0, 0, 0
	none := newEgress(t)
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPack(t, LayerNational), drawPack(t, LayerOffice)
		both, err := NewEgress(context.Background(), codelist.National(), office, p, q)
		if err != nil {
			t.Fatal(err)
		}
		stacks++
		both.deadline = time.Minute
		one := &Egress{layers: both.layers[:2], deadline: time.Minute}
		turned := &Egress{layers: []layer{both.layers[2], both.layers[1], both.layers[0]}, deadline: time.Minute}
		for range 8 {
			question := drawQuestion(t)
			var said [4]bool
			for i, e := range []*Egress{none, one, both, turned} {
				d, err := e.Decide(context.Background(), question)
				if err != nil {
					t.Fatal(err)
				}
				said[i] = d.Allowed
			}
			if said[2] && !said[1] || said[1] && !said[0] || said[2] != said[3] {
				t.Fatalf("none %v, P %v, P and Q %v, Q and P %v for %+v", said[0], said[1], said[2], said[3], question)
			}
			if said[2] {
				allowed++
			}
			if said[1] && !said[2] {
				refusedByQ++
			}
		}
	})
	if stacks > 50 && (allowed == 0 || refusedByQ == 0) {
		t.Errorf("of %d stacks %d releases were allowed and %d refused by the addition alone: this showed nothing", stacks, allowed, refusedByQ)
	}
}
