package auditor

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"casehub/internal/codelist"
	releasev1 "casehub/proto/casehub/release/v1"

	gocmp "github.com/google/go-cmp/cmp"
)

// Places of the stories.
var (
	dismissals  = place{codelist.CasesOpened, 1, 1101}
	workRest    = place{codelist.CasesOpened, 2, 1100}
	violence    = place{codelist.CasesOpened, 1, 1401}
	otherCases  = place{codelist.CasesOpened, 3, 1000}
	wagesGotten = place{codelist.AmountsRecovered, 1, 4101}
)

// quarter is the first release of an office, at the end of a quarter: two leaves,
// a rest, what is left of two other categories, and an amount of the size that
// the rules work out as an example.
func quarter() *story {
	s := newStory(1, 202609)
	s.publish(1, 202609, dismissals, 202601, 9)
	s.open(9, 1101, 202608, 1)
	s.publish(1, 202609, workRest, 202601, 6)
	s.open(3, 1102, 202607, 2)
	s.open(2, 1103, 202609, 2)
	s.open(1, 1104, 202609, 2)
	s.publish(1, 202609, violence, 202601, 10)
	s.open(10, 1401, 202609, 3)
	s.publish(1, 202609, otherCases, 202601, 6)
	s.open(2, 1201, 202609, 4)
	s.open(1, 1202, 202609, 4)
	s.open(3, 1301, 202609, 4)
	g := s.publish(1, 202609, wagesGotten, 202601, 6)
	g.minor, g.hundreds = 2_500_000, 250
	s.receive(4101, 202609, 5, 900_000, 750_000, 400_000, 250_000, 120_000, 80_000)
	return s
}

// month is the first release of an office, in the middle of a quarter: the nine
// leave, everything else waits.
func month() *story {
	s := newStory(1, 202608)
	s.publish(1, 202608, dismissals, 202601, 9)
	s.open(9, 1101, 202608, 1)
	s.open(4, 1102, 202608, 0)
	s.open(12, 1401, 202608, 0)
	return s
}

// net is the second release of an office: one of the seven dismissals of the
// first was about wages, and is taken back among six new ones.
func net() *story {
	s := newStory(2, 202609)
	s.releases = []past{{1, regular, 202606}}
	s.publish(1, 202606, dismissals, 202601, 7)
	first := s.open(7, 1101, 202606, 1)
	s.publish(2, 202609, dismissals, 202607, 5)
	s.open(6, 1101, 202608, 2)
	wrong := first[3]
	s.cases[3].code = 1102
	s.event(&event{set: wrong.set, source: wrong.source, version: 2, client: wrong.client, code: 1102, month: wrong.month})
	s.takeBack(wrong, dismissals, 2)
	return s
}

// whole is an office that took its first release back and sends what was in it
// again, as it was. Six new dismissals wait for the next release.
func whole() *story {
	s := newStory(3, 202609)
	s.releases = []past{{1, regular, 202606}, {2, 2, 202606}}
	s.publish(1, 202606, dismissals, 202601, 7).voidedBy = 2
	s.publish(3, 202609, dismissals, 202601, 7).again = 1
	for _, e := range s.open(7, 1101, 202606, 2) {
		e.block = 1
	}
	s.open(6, 1101, 202608, 0)
	return s
}

// broken is an office that took its first release back, of which one case was
// never there: the other six leave among nine others.
func broken() *story {
	s := newStory(3, 202609)
	s.releases = []past{{1, regular, 202606}, {2, 2, 202606}}
	s.publish(1, 202606, dismissals, 202601, 7).voidedBy = 2
	s.publish(3, 202609, otherCases, 202601, 15)
	for _, e := range s.open(6, 1101, 202606, 2) {
		e.block = 1
	}
	s.event(&event{set: codelist.CasesOpened, source: "C-never", client: "K000", code: 1101, month: 202606, block: 1})
	ghost := s.events[len(s.events)-1]
	ghost.state, ghost.reason = "withdrawn", "gone"
	s.open(3, 1102, 202608, 2)
	s.open(3, 1201, 202608, 2)
	s.open(3, 1301, 202608, 2)
	return s
}

// void is the release that takes the first one back.
func void() *story {
	s := newStory(2, 202606)
	s.kind, s.voids = releasev1.ReleaseKind_RELEASE_KIND_VOID, 1
	s.releases = []past{{1, regular, 202606}}
	s.publish(1, 202606, dismissals, 202601, 7).voidedBy = 2
	for _, e := range s.open(7, 1101, 202606, 0) {
		e.block = 1
	}
	return s
}

// two is an office with two kinds of case only, of which either has four.
func two() *story {
	s := newStory(1, 202609)
	reg, err := codelist.Parse([]byte(`{"version": 1, "lists": [{"name": "types", "code": 1000, "en": "t", "es": "t", "categories": [
{"code": 1100, "en": "t", "es": "t", "leaves": [{"code": 1101, "en": "t", "es": "t"}, {"code": 1102, "en": "t", "es": "t"}]}]}],
"plan": {"version": 1, "data_sets": [{"data_set": 1, "name": "cases_opened", "list": "types", "en": "t", "es": "t"}]}}`))
	if err != nil {
		panic(err)
	}
	s.reg = reg
	s.open(4, 1101, 202609, 0)
	s.open(4, 1102, 202609, 0)
	return s
}

func TestTrueStoriesHold(t *testing.T) {
	db := openStories(t)
	for _, c := range []struct {
		name string
		tell func() *story
		want []Evidence
	}{
		{"quarter", quarter, []Evidence{
			{DataSet: 1, Level: 3, Code: 1000, From: 202601, Value: 6, Clients: 6},
			{DataSet: 1, Level: 2, Code: 1100, From: 202601, Value: 6, Clients: 6},
			{DataSet: 1, Level: 1, Code: 1101, From: 202601, Value: 9, Clients: 9},
			{DataSet: 1, Level: 1, Code: 1401, From: 202601, Value: 10, Clients: 10, Sensitive: true},
			{
				DataSet: 3, Level: 1, Code: 4101, From: 202601, Value: 6, Clients: 6, Absolute: 2_500_000, First: 900_000, Second: 750_000,
				Share: 94, TotalMinor: 2_500_000, AmountHundreds: 250,
			},
		}},
		{"month", month, []Evidence{{DataSet: 1, Level: 1, Code: 1101, From: 202601, Value: 9, Clients: 9}}},
		{"net", net, []Evidence{{DataSet: 1, Level: 1, Code: 1101, From: 202607, Value: 5, Clients: 6, Netted: 1}}},
		{"whole", whole, []Evidence{{DataSet: 1, Level: 1, Code: 1101, From: 202601, Value: 7, Clients: 7, Again: true}}},
		{"broken", broken, []Evidence{{DataSet: 1, Level: 3, Code: 1000, From: 202601, Value: 15, Clients: 15, Block: true}}},
		{"void", void, nil},
		{"two", two, nil},
	} {
		got, err := audited(t, db, c.tell(), nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if d := gocmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: evidence (-want +got)\n%s", c.name, d)
		}
	}
}

// lies are releases that must not leave. Each is a true story with one thing
// changed, on the wire alone or wherever the ledger has it too, and names what
// gives it away.
var lies = []struct {
	name string
	tell func() *story
	turn func(*story)
	wire func(*releasev1.Release)
	want Difference
}{
	{"one case more on the wire", month, nil, func(r *releasev1.Release) { r.Tables[0].Groups[0].Value++ }, Difference{Value, 1, 1, 1101}},
	{"one case more everywhere", month, func(s *story) { s.groups[0].value++ }, nil, Difference{Value, 1, 1, 1101}},
	{"another first month", month, func(s *story) { s.groups[0].from = 202608 }, nil, Difference{From, 1, 1, 1101}},
	{"another first month of a sensitive group", quarter, func(s *story) { s.groups[2].from = 202609 }, nil, Difference{From, 1, 1, 1401}},
	{"a group that nobody sent", month, func(s *story) { s.publish(1, 202608, place{1, 1, 1201}, 202601, 5) }, nil, Difference{Surplus, 1, 1, 1201}},
	{"a group on the wire alone", month, nil, func(r *releasev1.Release) {
		r.Tables[0].Groups = append(r.Tables[0].Groups, &releasev1.Group{CategoryOption: 1201, Level: 1, FromPeriod: 202601, Value: 5, ObsStatus: 1})
	}, Difference{Surplus, 1, 1, 1201}},
	{"a group in the ledger alone", month, nil, func(r *releasev1.Release) { r.Tables = nil }, Difference{Missing, 1, 1, 1101}},
	{"a group that should leave", month, func(s *story) { s.retract(1) }, nil, Difference{Missing, 1, 1, 1101}},
	{"four cases", month, func(s *story) {
		s.publish(1, 202608, place{1, 1, 1102}, 202601, 5)
		s.move(1102, 2)
	}, nil, Difference{Surplus, 1, 1, 1102}},
	{"five cases of four clients", month, func(s *story) {
		s.publish(1, 202608, place{1, 1, 1102}, 202601, 5)
		s.move(1102, 2)
		s.again("K009", 1102, 202608, 2)
	}, nil, Difference{Surplus, 1, 1, 1102}},
	{"five clients of whom two share a document", month, func(s *story) {
		s.publish(1, 202608, place{1, 1, 1102}, 202601, 5)
		s.move(1102, 2)
		s.open(1, 1102, 202608, 2)
		s.people[9].number, s.people[len(s.people)-1].number = "8001015009087", "800101 5009-08-7"
	}, nil, Difference{Surplus, 1, 1, 1102}},
	{"violence in the middle of a quarter", month, func(s *story) {
		s.publish(1, 202608, violence, 202601, 12)
		s.move(1401, 2)
	}, nil, Difference{Surplus, 1, 1, 1401}},
	{"a rest in the middle of a quarter", month, func(s *story) {
		s.open(2, 1103, 202608, 0)
		s.publish(1, 202608, workRest, 202601, 6)
		s.move(1102, 2)
		s.move(1103, 2)
	}, nil, Difference{Surplus, 1, 2, 1100}},
	{"nine of violence", quarter, func(s *story) {
		s.groups[2].value--
		s.drop(1401)
	}, nil, Difference{Surplus, 1, 1, 1401}},
	{"no rest", quarter, func(s *story) { s.retract(2) }, nil, Difference{Missing, 1, 2, 1100}},
	{"no other", quarter, func(s *story) { s.retract(4) }, nil, Difference{Missing, 1, 3, 1000}},
	{"a rest that shows that no code is empty", quarter, func(s *story) {
		s.open(3, 1103, 202609, 2) // 3, 5, 1 …
		s.open(3, 1104, 202609, 2)
		s.groups[1].value = 12
	}, nil, Difference{Value, 1, 2, 1100}},
	{"a rest above what its codes can hide", quarter, func(s *story) {
		for _, more := range []struct {
			code codelist.Code
			n    int
		}{{1102, 1}, {1103, 2}, {1104, 3}, {1105, 1}} {
			s.open(more.n, more.code, 202609, 2)
		}
		s.groups[1].value = 13
	}, nil, Difference{Value, 1, 3, 1000}},
	{"other that shows that no code is empty", two, func(s *story) {
		s.publish(1, 202609, otherCases, 202601, 8)
		s.move(1101, 1)
		s.move(1102, 1)
	}, nil, Difference{Surplus, 1, 3, 1000}},
	{"a rest of two codes with four each", two, func(s *story) {
		s.publish(1, 202609, workRest, 202601, 8)
		s.move(1101, 1)
		s.move(1102, 1)
	}, nil, Difference{Surplus, 1, 2, 1100}},
	{"violence and hardly anything else", quarter, func(s *story) {
		s.open(80, 1401, 202609, 3)
		s.groups[2].value = 90 // of 111
	}, nil, Difference{Surplus, 1, 1, 1401}},
	{"only violence", quarter, func(s *story) {
		s.groups = []*group{{id: 1, sequence: 1, place: violence, from: 202601, period: 202609, value: 10}}
		s.forget(func(e *event) bool { return e.code != 1401 })
		s.move(1401, 1)
	}, nil, Difference{Surplus, 1, 1, 1401}},
	{"a hundred more", quarter, func(s *story) { s.groups[4].hundreds++ }, nil, Difference{Amount, 3, 1, 4101}},
	{"a cent left over that is not", quarter, func(s *story) { s.groups[4].carry = 1 }, nil, Difference{Carry, 3, 1, 4101}},
	{"an amount that its neighbour can work out", quarter, func(s *story) {
		for i, m := range []int64{8_000_000, 300_000, 250_000, 100_000, 50_000, 1_000} {
			s.amounts[i].minor, s.events[len(s.events)-6+i].minor = m, m
		}
		s.groups[4].minor, s.groups[4].hundreds, s.groups[4].carry = 8_701_000, 870, 1_000
	}, nil, Difference{Surplus, 3, 1, 4101}},
	{"an amount that was taken back among few", quarter, func(s *story) {
		s.amounts[5].minor, s.events[len(s.events)-1].minor = -80_000, -80_000
		s.groups[4].minor, s.groups[4].hundreds = 2_340_000, 234
	}, nil, Difference{Surplus, 3, 1, 4101}},
	{"dollars", quarter, func(s *story) { s.amounts[0].currency = "USD" }, nil, Difference{Records, 3, 1, 4101}},
	{"another amount than the record's", quarter, func(s *story) { s.amounts[0].minor++ }, nil, Difference{Records, 3, 1, 4101}},
	{"another code than the record's", month, func(s *story) { s.cases[0].code = 1102 }, nil, Difference{Records, 1, 1, 1101}},
	{"another month than the record's", month, func(s *story) { s.cases[0].day = "2026-07-01" }, nil, Difference{Records, 1, 1, 1101}},
	{"weight of two", month, func(s *story) { s.events[0].weight, s.groups[0].value = 2, 10 }, nil, Difference{Records, 1, 1, 1101}},
	{"a case that was never there", month, func(s *story) {
		s.groups[0].value++
		s.event(&event{set: 1, source: "C-never", client: "K000", code: 1101, month: 202608, group: 1})
	}, nil, Difference{Records, 1, 1, 1101}},
	{"a case that the ledger does not know", month, func(s *story) {
		s.again("K000", 1105, 202608, 0)
		s.events = s.events[:len(s.events)-1]
	}, nil, Difference{Records, 1, 1, 1105}},
	{"a case that was withdrawn and is there", month, func(s *story) { s.events[9].state, s.events[9].reason = "withdrawn", "gone" }, nil, Difference{Records, 1, 1, 1102}},
	{"what another system published", month, func(s *story) { s.elsewhere[1] = 202608 }, nil, Difference{Records, 1, 1, 1101}},
	{"a case in two groups", quarter, func(s *story) {
		e := s.events[0]
		s.event(&event{set: e.set, source: e.source, version: 2, client: e.client, code: 1101, month: e.month, group: 4})
	}, nil, Difference{Twice, 1, 1, 1101}},
	{"a case in a group and waiting", month, func(s *story) {
		e := s.events[0]
		s.event(&event{set: e.set, source: e.source, version: 2, client: e.client, code: 1101, month: e.month})
	}, nil, Difference{Twice, 1, 1, 1101}},
	{"a case of next month", month, func(s *story) { s.cases[0].day, s.events[0].month = "2026-09-02", 202609 }, nil, Difference{Value, 1, 1, 1101}},
	{"a case of another code in a group", quarter, func(s *story) {
		s.events[0].group, s.events[9].group = 2, 1 // a dismissal and a wage change places
	}, nil, Difference{Members, 1, 2, 1100}},
	{"an entry netted twice", net, func(s *story) {
		n := *s.entries[0]
		n.id = 2
		s.entries = append(s.entries, &n)
		s.open(1, 1101, 202608, 2)
	}, nil, Difference{Twice, 1, 1, 1101}},
	{"an entry that was left out", net, func(s *story) {
		s.entries[0].state, s.entries[0].group, s.groups[1].value = "waiting", 0, 6
	}, nil, Difference{Value, 1, 1, 1101}},
	{"an entry under another code", net, func(s *story) { s.entries[0].place.code = 1102 }, nil, Difference{Entries, 1, 1, 1102}},
	{"an entry that waits under another code", net, func(s *story) {
		s.entries[0].place.code, s.entries[0].state, s.entries[0].group, s.groups[1].value = 1102, "waiting", 0, 6
	}, nil, Difference{Entries, 1, 1, 1102}},
	{"an entry of twice the size", net, func(s *story) { s.entries[0].weight = 2 }, nil, Difference{Entries, 1, 1, 1101}},
	{"no entry for a correction", net, func(s *story) { s.entries, s.groups[1].value = nil, 6 }, nil, Difference{Entries, 1, 1, 1101}},
	{"no correction for a changed record", net, func(s *story) {
		s.entries, s.groups[1].value, s.events[3].corrected = nil, 6, false
		s.events = s.events[:len(s.events)-1]
	}, nil, Difference{Records, 1, 1, 1101}},
	{"four, net of what is taken back", net, func(s *story) {
		s.forget(func(e *event) bool { return e.id == 13 })
	}, nil, Difference{Missing, 1, 2, 1100}}, // the five wait with one about wages
	{"a group of before that is another now", net, func(s *story) { s.groups[0].value = 8 }, nil, Difference{History, 1, 1, 1101}},
	{"a group of before with another entry", net, func(s *story) { s.counted = map[int64]int64{1: 1} }, nil, Difference{History, 1, 1, 1101}},
	{"a group with an entry that is not there", net, func(s *story) { s.counted = map[int64]int64{2: 1} }, nil, Difference{Members, 1, 1, 1101}},
	{"what fell net of entries, as it was", whole, func(s *story) { s.counted = map[int64]int64{1: 1} }, nil, Difference{Value, 1, 1, 1101}},
	{"what was sent twice", net, func(s *story) { s.groups[1].from = 202601 }, nil, Difference{From, 1, 1, 1101}},
	{"another start", month, func(s *story) { s.start = 202501 }, nil, Difference{Fault: Start}},
	{"a start in summer", month, func(s *story) { s.start = 202607 }, nil, Difference{Fault: Start}},
	{"a month that was released", net, func(s *story) { s.releases[0].period = 202609 }, nil, Difference{Fault: Header}},
	{"after the last release of all", net, func(s *story) { s.releases[0].kind = closing }, nil, Difference{Fault: Header}},
	{"another registry", month, nil, func(r *releasev1.Release) { r.RegistryVersion++ }, Difference{Fault: Header}},
	{"other rules", month, nil, func(r *releasev1.Release) { r.RulesVersion++ }, Difference{Fault: Header}},
	{"another plan", month, nil, func(r *releasev1.Release) { r.PlanVersion++ }, Difference{Fault: Header}},
	{"a release that fell and stands", void, func(s *story) { s.groups[0].voidedBy = 0 }, nil, Difference{Header, 1, 1, 1101}},
	{"a void of nothing", void, func(s *story) { s.voids = 0 }, nil, Difference{Header, 1, 1, 1101}},
	{"a void with a group", void, func(s *story) {
		s.publish(2, 202606, place{1, 1, 1102}, 202601, 5)
		s.open(5, 1102, 202606, 2)
	}, nil, Difference{Surplus, 1, 1, 1102}},
	{"a fallen group that holds its cases", void, func(s *story) {
		for _, e := range s.events {
			e.state, e.group, e.block = "published", 1, 0
		}
	}, nil, Difference{History, 1, 1, 1101}},
	{"what fell, dated anew", whole, func(s *story) { s.groups[1].from = 202607 }, nil, Difference{From, 1, 1, 1101}},
	{"what fell, with new ones", whole, func(s *story) {
		s.groups[1].again, s.groups[1].value = 0, 13
		s.move(1101, 2)
	}, nil, Difference{Value, 1, 1, 1101}},
	{"new ones in the place of what fell", whole, func(s *story) {
		s.forget(func(e *event) bool { return e.id == 13 })
		s.open(2, 1101, 202608, 0)
		for i, e := range s.events {
			e.group, e.state = 0, "unpublished"
			if i >= 7 {
				e.group, e.state = 2, "published"
			}
		}
		s.groups[1].again = 0
	}, nil, Difference{Members, 1, 1, 1101}},
	{"what fell, one less", broken, func(s *story) {
		s.publish(3, 202609, dismissals, 202601, 6).again = 1
		s.groups[1].value = 9
		for _, e := range s.events[:6] {
			e.group = 3
		}
	}, nil, Difference{Value, 1, 3, 1000}},
	{"a part of what fell", broken, func(s *story) {
		s.events[0].group, s.events[0].state, s.groups[1].value = 0, "unpublished", 14
	}, nil, Difference{Value, 1, 3, 1000}},
	{"what fell among too few new ones", broken, func(s *story) {
		s.forget(func(e *event) bool { return e.code == 1301 || e.code == 1201 && e.id > 11 })
		s.groups[1].value = 10
	}, nil, Difference{Surplus, 1, 3, 1000}},
	{"what fell beside the same people", broken, func(s *story) {
		for i := range s.cases[6:] {
			s.cases[6+i].of, s.events[7+i].client = s.cases[i%6].of, s.cases[i%6].of
		}
	}, nil, Difference{Value, 1, 3, 1000}},
}

// retract takes a group back; its events wait.
func (s *story) retract(id int64) {
	s.groups = slices.DeleteFunc(s.groups, func(g *group) bool { return g.id == id })
	for _, e := range s.events {
		if e.group == id {
			e.group, e.state = 0, "unpublished"
		}
	}
}

// move puts all events of a code into a group.
func (s *story) move(code codelist.Code, to int64) {
	for _, e := range s.events {
		if e.code == code {
			e.group, e.state = to, "published"
		}
	}
}

// drop takes the last case of a code out of the story.
func (s *story) drop(code codelist.Code) {
	last := int64(0)
	for _, e := range s.events {
		if e.code == code {
			last = e.id
		}
	}
	s.forget(func(e *event) bool { return e.id == last })
}

// forget takes events and their records out of the story.
func (s *story) forget(which func(*event) bool) {
	gone := map[string]bool{}
	for _, e := range s.events {
		gone[e.source] = gone[e.source] || which(e)
	}
	s.events = slices.DeleteFunc(s.events, func(e *event) bool { return gone[e.source] })
	kept := map[string]bool{}
	s.amounts = slices.DeleteFunc(s.amounts, func(p paper) bool { return gone[p.id] })
	for _, m := range s.amounts {
		kept[m.of] = true
	}
	s.cases = slices.DeleteFunc(s.cases, func(p paper) bool { return gone[p.id] && !kept[p.id] })
}

func TestEveryLieIsFound(t *testing.T) {
	db := openStories(t)
	for _, lie := range lies {
		s := lie.tell()
		if lie.turn != nil {
			lie.turn(s)
		}
		_, err := audited(t, db, s, lie.wire)
		var got *Difference
		if !errors.As(err, &got) {
			t.Errorf("%s: %v, want %s", lie.name, err, lie.want.Error())
		} else if *got != lie.want {
			t.Errorf("%s: %s, want %s", lie.name, got, lie.want.Error())
		}
	}
}

// TestEveryFaultHasALie holds that no fault is there in name only.
func TestEveryFaultHasALie(t *testing.T) {
	told := map[Fault]bool{Measure: true} // TestAMeasureThatNobodyReadsIsRefused
	for _, lie := range lies {
		told[lie.want.Fault] = true
	}
	for _, f := range []Fault{Header, Measure, Records, Twice, Entries, History, Start, Missing, Surplus, From, Value, Amount, Members, Carry} {
		if !told[f] {
			t.Errorf("no lie is found by %s", f)
		}
	}
}

// TestARestWithASensitiveLeafIsDatedByQuarters: its ordinary leaf left in July, the
// sensitive one at the end of September, and August would date what is inside.
func TestARestWithASensitiveLeafIsDatedByQuarters(t *testing.T) {
	reg := codelist.National()
	set, _ := reg.DataSet(codelist.CasesOpened)
	a := &audit{reg: reg, sequence: 3, kept: &books{start: 202601, stood: map[int64]map[place]bool{}}}
	a.kept.ordered = []*group{
		{sequence: 1, place: place{1, 1, 1502}, period: 202607},
		{sequence: 2, place: place{1, 1, 1501}, period: 202609},
	}
	ordinary, sensitive := codelist.Leaf{Code: 1502, Category: 1500}, codelist.Leaf{Code: 1501, Category: 1500, Sensitive: true}
	if got := a.since(set, []codelist.Leaf{ordinary}); got != 202608 {
		t.Errorf("the ordinary leaf since %d, want 202608", got)
	}
	if got := a.since(set, []codelist.Leaf{sensitive, ordinary}); got != 202607 {
		t.Errorf("both since %d, want 202607", got)
	}
}

func TestAMeasureThatNobodyReadsIsRefused(t *testing.T) {
	s := two()
	s.reg.Plan.DataSets = append(s.reg.Plan.DataSets, codelist.DataSet{Number: 98, Name: "new", List: "types"})
	_, err := audited(t, openStories(t), s, nil)
	var got *Difference
	if !errors.As(err, &got) || got.Fault != Measure || got.DataSet != 98 {
		t.Errorf("error = %v, want the measure 98 refused", err)
	}
}

// TestWhatTheLedgerHasNotReadIsNoLie: between a draft and its seal people go on
// working. What they add waits; what they change of a group that would leave
// stops it.
func TestWhatTheLedgerHasNotReadIsNoLie(t *testing.T) {
	db := openStories(t)
	fresh := month()
	fresh.again("K000", 1105, 202608, 0)
	fresh.events = fresh.events[:len(fresh.events)-1]
	fresh.cases[9].code = 1103 // one that waits
	fresh.unread = [][2]string{{"cases", fresh.cases[9].id}, {"cases", fresh.cases[len(fresh.cases)-1].id}}
	if _, err := audited(t, db, fresh, nil); err != nil {
		t.Errorf("a new case and a changed one that waits: %v", err)
	}
	changed := month()
	changed.cases[0].code = 1102
	changed.unread = [][2]string{{"cases", changed.cases[0].id}}
	var got *Difference
	if _, err := audited(t, db, changed, nil); !errors.As(err, &got) || got.Fault != Records {
		t.Errorf("a changed case of a group: %v, want records", err)
	}
}

// TestErrorsNameNobody: an error ends in a log.
func TestErrorsNameNobody(t *testing.T) {
	want := "the audit differs: value, data set 1, level 1, code 1101"
	if got := cmp.Or((&Difference{Value, 1, 1, 1101}).Error()); got != want {
		t.Errorf("error = %q, want %q", got, want)
	}
}
