package policy

import (
	"fmt"
	"slices"
	"testing"

	"casehub/internal/codelist"
)

// hostile is a release that must stay, made of a good one.
type hostile struct {
	name string
	q    Question
}

// leavesSpoilt are changes of a good release of leaves.
var leavesSpoilt = map[string]func(*Header, *[]Group){
	"another office":                   func(h *Header, _ *[]Group) { h.OrgUnit = 8 },
	"no office":                        func(h *Header, _ *[]Group) { h.OrgUnit = 0 },
	"another schema":                   func(h *Header, _ *[]Group) { h.SchemaVersion = 2 },
	"another plan":                     func(h *Header, _ *[]Group) { h.PlanVersion = 3 },
	"another registry":                 func(h *Header, _ *[]Group) { h.RegistryVersion = 0 },
	"a void with groups":               func(h *Header, _ *[]Group) { h.Kind, h.VoidsSequence = 2, 1 },
	"a void of nothing":                func(h *Header, g *[]Group) { h.Kind, *g = 2, nil },
	"a void of itself":                 func(h *Header, g *[]Group) { h.Kind, h.VoidsSequence, *g = 2, 3, nil },
	"a void of a later one":            func(h *Header, g *[]Group) { h.Kind, h.VoidsSequence, *g = 2, 4, nil },
	"a month that takes back":          func(h *Header, _ *[]Group) { h.VoidsSequence = 1 },
	"an empty month that takes back":   func(h *Header, g *[]Group) { h.VoidsSequence, *g = 1, nil },
	"an unknown kind":                  func(h *Header, _ *[]Group) { h.Kind = 4 },
	"no rules of counting":             func(h *Header, _ *[]Group) { h.RulesVersion = 0 },
	"no kind":                          func(h *Header, _ *[]Group) { h.Kind = 0 },
	"no header":                        func(h *Header, _ *[]Group) { *h = Header{} },
	"nothing at all":                   func(h *Header, g *[]Group) { *h, *g = Header{}, nil },
	"four events":                      func(_ *Header, g *[]Group) { (*g)[0].Value = 4 },
	"no events":                        func(_ *Header, g *[]Group) { (*g)[0].Value = 0 },
	"four clients":                     func(_ *Header, g *[]Group) { (*g)[0].Clients = 4 },
	"no evidence":                      func(_ *Header, g *[]Group) { (*g)[2].Clients = 0 },
	"nine of violence":                 func(_ *Header, g *[]Group) { (*g)[1].Clients = 9 },
	"nine events of violence":          func(_ *Header, g *[]Group) { (*g)[1].Value = 9 },
	"violence within a quarter":        func(h *Header, _ *[]Group) { h.Period = 202608 },
	"violence dated to a month":        func(_ *Header, g *[]Group) { (*g)[1].FromPeriod = 202608 },
	"violence again, of nine":          func(_ *Header, g *[]Group) { (*g)[1].Again, (*g)[1].Clients = true, 9 },
	"violence again, within a quarter": func(h *Header, g *[]Group) { h.Period, (*g)[1].Again = 202608, true },
	"violence again, dated to a month": func(_ *Header, g *[]Group) { (*g)[1].FromPeriod, (*g)[1].Again = 202608, true },
	"an unknown code":                  func(_ *Header, g *[]Group) { (*g)[0].Code = 1999 },
	"no code":                          func(_ *Header, g *[]Group) { (*g)[0].Code = 0 },
	"a code of another list":           func(_ *Header, g *[]Group) { (*g)[0].Code = 3101 },
	"an unknown table":                 func(_ *Header, g *[]Group) { (*g)[0].DataSet = 99 },
	"no table":                         func(_ *Header, g *[]Group) { (*g)[0].DataSet = 0 },
	"a category as a leaf":             func(_ *Header, g *[]Group) { (*g)[0].Code = 1100 },
	"a leaf as a rest":                 func(_ *Header, g *[]Group) { (*g)[0].Level = 2 },
	"a leaf as other":                  func(_ *Header, g *[]Group) { (*g)[0].Level = 3 },
	"no level":                         func(_ *Header, g *[]Group) { (*g)[0].Level = 0 },
	"an unknown level":                 func(_ *Header, g *[]Group) { (*g)[0].Level = 4 },
	"a later month":                    func(_ *Header, g *[]Group) { (*g)[0].FromPeriod = 202610 },
	"a later year":                     func(_ *Header, g *[]Group) { (*g)[0].FromPeriod = 202708 },
	"too large":                        func(_ *Header, g *[]Group) { (*g)[0].Value = 5001 },
	"a dominated amount":               func(_ *Header, g *[]Group) { (*g)[3].Share = 24 },
	"an amount of one":                 func(_ *Header, g *[]Group) { (*g)[3].Share = 0 },
	"an amount without a share":        func(_ *Header, g *[]Group) { (*g)[3].Money = false },
	"money among counts":               func(_ *Header, g *[]Group) { (*g)[0].Money, (*g)[0].Share = true, 100 },
	"few with a negative":              func(_ *Header, g *[]Group) { (*g)[3].Negative = true },
	"a dominated amount with a negative": func(_ *Header, g *[]Group) {
		(*g)[3] = Group{3, 4101, 1, 202609, 40, 40, false, true, 24, true, false, 0}
	},
	"nine people with a negative": func(_ *Header, g *[]Group) {
		(*g)[3] = Group{3, 4101, 1, 202609, 40, 9, false, true, 90, true, false, 0}
	},
	"nine amounts with a negative": func(_ *Header, g *[]Group) {
		(*g)[3] = Group{3, 4101, 1, 202609, 9, 9, false, true, 90, true, false, 0}
	},
	"a negative among counts":   func(_ *Header, g *[]Group) { (*g)[0].Negative, (*g)[0].Value, (*g)[0].Clients = true, 40, 40 },
	"the same code twice":       func(_ *Header, g *[]Group) { *g = append(*g, (*g)[0]) },
	"cases that count for many": func(_ *Header, g *[]Group) { (*g)[0].Weighted = true },
	"a block in a leaf":         func(_ *Header, g *[]Group) { (*g)[0].Block = 5 },
}

// restsSpoilt are changes of a good release of one rest, of three hidden leaves or
// more, and "other".
var restsSpoilt = map[string]func(*Header, *[]Group){
	"a rest within a quarter":        func(h *Header, g *[]Group) { h.Period, *g = 202608, (*g)[:1] },
	"other within a quarter":         func(h *Header, g *[]Group) { h.Period, *g = 202608, (*g)[1:] },
	"a rest of four":                 func(_ *Header, g *[]Group) { (*g)[0].Value = 4 },
	"a rest of four people":          func(_ *Header, g *[]Group) { (*g)[0].Clients = 4 },
	"other of four":                  func(_ *Header, g *[]Group) { (*g)[1].Value = 4 },
	"other of four people":           func(_ *Header, g *[]Group) { (*g)[1].Clients = 4 },
	"a rest beyond what zeros allow": func(_ *Header, g *[]Group) { (*g)[0].Value, (*g)[0].Clients = 200, 200 },
	"other beyond what zeros allow":  func(_ *Header, g *[]Group) { (*g)[1].Value, (*g)[1].Clients = 900, 900 },
	"a block with four new":          func(_ *Header, g *[]Group) { (*g)[1].Value, (*g)[1].Block, (*g)[1].Clients = 30, 26, 6 },
	"a block with four new people":   func(_ *Header, g *[]Group) { (*g)[1].Value, (*g)[1].Block, (*g)[1].Clients = 30, 20, 4 },
	"a block larger than its group":  func(_ *Header, g *[]Group) { (*g)[1].Block = 4_000_000_000 },
	"a rest of an unknown category":  func(_ *Header, g *[]Group) { (*g)[0].Code = 1990 },
	"the whole list as a rest":       func(_ *Header, g *[]Group) { (*g)[0].Code = (*g)[1].Code },
	"a category as other":            func(_ *Header, g *[]Group) { (*g)[1].Code = (*g)[0].Code },
	"a rest begun after the release": func(_ *Header, g *[]Group) { (*g)[0].FromPeriod = 202610 },
	"other begun after the release":  func(_ *Header, g *[]Group) { (*g)[1].FromPeriod = 202610 },
	"one of two rests beyond": func(_ *Header, g *[]Group) {
		(*g)[1] = Group{1, smallCategory((*g)[0].Code), 2, 202607, 100, 100, false, false, 0, false, false, 0}
	},
	"a rest that is too large":       func(_ *Header, g *[]Group) { (*g)[0].Value, (*g)[0].Again = 5001, true },
	"a rest again, of four":          func(_ *Header, g *[]Group) { (*g)[0].Value, (*g)[0].Again = 4, true },
	"a rest again, of four people":   func(_ *Header, g *[]Group) { (*g)[0].Clients, (*g)[0].Again = 4, true },
	"a rest again, within a quarter": func(h *Header, g *[]Group) { h.Period, (*g)[0].Again, *g = 202608, true, (*g)[:1] },
	"a rest with money among counts": func(_ *Header, g *[]Group) { (*g)[0].Money, (*g)[0].Share = true, 90 },
	"a rest of cases for many":       func(_ *Header, g *[]Group) { (*g)[0].Value, (*g)[0].Weighted = 200, true },
	"other of cases for many":        func(_ *Header, g *[]Group) { (*g)[1].Value, (*g)[1].Weighted = 900, true },
	"a rest with a negative":         func(_ *Header, g *[]Group) { (*g)[0].Negative = true },
	"a December rest of nine, mixed": func(h *Header, g *[]Group) { mixedRest(h, g, 9) },
	"December's other of nine, mixed": func(h *Header, g *[]Group) {
		h.Period, *g = 202612, []Group{{DataSet: 1, Code: (*g)[1].Code, Level: 3, FromPeriod: 202601, Value: 9, Clients: 9}}
	},
	"December's other dated to a month": func(h *Header, g *[]Group) {
		h.Period, *g = 202612, []Group{{DataSet: 1, Code: (*g)[1].Code, Level: 3, FromPeriod: 202602, Value: 12, Clients: 12}}
	},
	"a December rest dated to a month": func(h *Header, g *[]Group) {
		mixedRest(h, g, 12)
		(*g)[0].FromPeriod = 202602
	},
}

// participants is a good release of the people who took part in activities: a rest.
func participants() Question {
	list := codelist.National().List(codelist.ActivityKinds)
	widest := slices.MaxFunc(list.Categories, func(a, b codelist.Category) int { return len(a.Leaves) - len(b.Leaves) })
	return Question{Header: goodHeader(), Groups: []Group{
		{DataSet: codelist.ActivityParticipants, Code: uint32(widest.Code), Level: 2, FromPeriod: 202607, Value: 300, Clients: 6, Weighted: true},
	}}
}

// participantsSpoilt are changes of it.
var participantsSpoilt = map[string]func(*Header, *[]Group){
	"participants that count for one":        func(_ *Header, g *[]Group) { (*g)[0].Weighted = false },
	"participants of four activities":        func(_ *Header, g *[]Group) { (*g)[0].Clients = 4 },
	"participants of too many activities":    func(_ *Header, g *[]Group) { (*g)[0].Clients = 40 },
	"other participants of as many as those": func(_ *Header, g *[]Group) { other(g); (*g)[0].Clients = 90 },
	"four participants":                      func(_ *Header, g *[]Group) { (*g)[0].Value, (*g)[0].Clients = 4, 4 },
}

// other makes the group of a rest one of "other".
func other(g *[]Group) {
	(*g)[0].Level, (*g)[0].Code = 3, uint32(codelist.National().List(codelist.ActivityKinds).Code)
}

// smallCategory is another category of case types.
func smallCategory(not uint32) uint32 {
	for _, c := range codelist.National().List(codelist.CaseTypes).Categories {
		if uint32(c.Code) != not {
			return uint32(c.Code)
		}
	}
	panic("there is one category only")
}

// sensitiveRests is a December release with a rest of every category that has a
// sensitive leaf, and nine others.
func sensitiveRests() Question {
	h := goodHeader()
	h.Period = 202612
	list := codelist.National().List(codelist.CaseTypes)
	groups := []Group{{DataSet: 1, Code: uint32(list.Code), Level: 3, FromPeriod: 202601, Value: 9, Clients: 9}}
	for _, c := range list.Categories {
		if len(ordinary(c)) == len(c.Leaves) {
			continue
		}
		all := hidden{leaves: c.Leaves}
		value := all.k()
		if all.capacity() < value {
			for _, f := range c.Leaves {
				groups = append(groups, Group{DataSet: 1, Code: uint32(f.Code), Level: 1, FromPeriod: 202610, Value: 20, Clients: 20})
			}
			continue
		}
		groups = append(groups, Group{DataSet: 1, Code: uint32(c.Code), Level: 2, FromPeriod: 202601, Value: value, Clients: value})
	}
	return Question{Header: h, Groups: groups}
}

// mixedRest makes the release one of December with a rest that holds a sensitive
// leaf.
func mixedRest(h *Header, groups *[]Group, value uint32) {
	h.Period = 202612
	for _, c := range codelist.National().List(codelist.CaseTypes).Categories {
		if n := len(ordinary(c)); n < len(c.Leaves) && len(c.Leaves) > 2 {
			*groups = []Group{{DataSet: 1, Code: uint32(c.Code), Level: 2, FromPeriod: 202601, Value: value, Clients: value}}
			return
		}
	}
	panic("no category of case types has a sensitive leaf among others")
}

// lonelyRests are releases in which a category shows all its leaves but n, and a
// rest of these beyond what zeros allow.
func lonelyRests() []hostile {
	var all []hostile
	for _, c := range codelist.National().List(codelist.CaseTypes).Categories {
		leaves := ordinary(c)
		for hidden := 1; hidden <= min(3, len(leaves)); hidden++ {
			for more := uint32(1); more <= 3; more++ {
				value := max(uint32(hidden-1)*4+more, 5)
				groups := []Group{{DataSet: 1, Code: uint32(c.Code), Level: 2, FromPeriod: 202607, Value: value, Clients: value}}
				for _, f := range leaves[hidden:] {
					groups = append(groups, Group{DataSet: 1, Code: uint32(f.Code), Level: 1, FromPeriod: 202607, Value: 9, Clients: 9})
				}
				all = append(all, hostile{fmt.Sprintf("rest %d of %d hidden leaves of %d", value, hidden, c.Code), Question{Header: goodHeader(), Groups: groups}})
			}
		}
	}
	return all
}

// few are single groups of every leaf that are one short in one respect.
func few() []hostile {
	var all []hostile
	reg := codelist.National()
	for _, set := range reg.Plan.DataSets {
		for _, f := range reg.List(set.List).Leaves() {
			k := least(f)
			good := Group{DataSet: set.Number, Code: uint32(f.Code), Level: 1, FromPeriod: 202607, Value: 2 * k, Clients: 2 * k, Money: set.Money, Weighted: set.Weighted()}
			if set.Money {
				good.Share = 90
			}
			for name, short := range map[string]func(*Group){
				"events":  func(g *Group) { g.Value = k - 1 },
				"people":  func(g *Group) { g.Clients = k - 1 },
				"all new": func(g *Group) { g.Block = k + 1 },
				"later":   func(g *Group) { g.FromPeriod = 202611 },
				"money":   func(g *Group) { g.Money = !g.Money },
				"raised":  func(g *Group) { g.Level = 2 },
			} {
				g := good
				short(&g)
				all = append(all, hostile{fmt.Sprintf("%s of %d/%d", name, set.Number, f.Code), Question{Header: goodHeader(), Groups: []Group{g}}})
			}
		}
	}
	return all
}

// hostiles are all of them.
func hostiles() []hostile {
	var all []hostile
	for name, spoil := range leavesSpoilt {
		h, groups := goodHeader(), goodGroups()
		spoil(&h, &groups)
		all = append(all, hostile{name, Question{Header: h, Groups: groups}})
	}
	for name, spoil := range restsSpoilt {
		q := rolledUp()
		spoil(&q.Header, &q.Groups)
		all = append(all, hostile{name, q})
	}
	for name, spoil := range participantsSpoilt {
		q := participants()
		spoil(&q.Header, &q.Groups)
		all = append(all, hostile{name, q})
	}
	return append(append(all, lonelyRests()...), few()...)
}

// TestHostileReleasesAreRefused is the list of what must never leave.
func TestHostileReleasesAreRefused(t *testing.T) {
	e := newEgress(t)
	n := 0
	for _, h := range hostiles() {
		n++
		if allows(t, e, h.q.Header, h.q.Groups) {
			t.Errorf("%s: allowed", h.name)
		}
	}
	if n < 500 {
		t.Errorf("%d hostile releases were asked about, want at least 500", n)
	}
	t.Logf("%d hostile releases, 0 allowed", n)
}
