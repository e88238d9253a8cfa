package auditor

import (
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// compare holds the wire, and what the ledger marked, against what is due. All
// three are ascending by data set, code and level.
func (a *audit) compare(due []figure) ([]Evidence, error) {
	wire := a.wire()
	var evidence []Evidence
	for i := range max(len(due), len(wire)) {
		switch {
		case i >= len(wire) || i < len(due) && before(due[i].place, wire[i].place):
			return nil, differs(Missing, due[i].place)
		case i >= len(due) || before(wire[i].place, due[i].place):
			return nil, differs(Surplus, wire[i].place)
		}
		if err := due[i].same(wire[i]); err != nil {
			return nil, err
		}
		evidence = append(evidence, due[i].evidence())
	}
	return evidence, a.marked(due)
}

func differs(f Fault, p place) error { return &Difference{f, p.set, p.level, p.code} }

// before reports whether a place stands before another on the wire.
func before(p, o place) bool {
	switch {
	case p.set != o.set:
		return p.set < o.set
	case p.code != o.code:
		return p.code < o.code
	default:
		return p.level < o.level
	}
}

// sent is a group as it stands in the bytes.
type sent struct {
	place
	from            civil.Month
	value, hundreds int64
}

func (a *audit) wire() []sent {
	var list []sent
	for _, t := range a.release.GetTables() {
		for _, g := range t.GetGroups() {
			list = append(list, sent{
				place{t.GetDataSet(), uint32(g.GetLevel()), codelist.Code(g.GetCategoryOption())},
				civil.Month(g.GetFromPeriod()), int64(g.GetValue()), int64(g.GetAmountHundreds()),
			})
		}
	}
	return list
}

// same compares a group of the wire with the one that is due.
func (f *figure) same(s sent) error {
	switch {
	case f.value != s.value:
		return differs(Value, f.place)
	case f.from != s.from:
		return differs(From, f.place)
	case f.hundreds != s.hundreds:
		return differs(Amount, f.place)
	default:
		return nil
	}
}

// marked compares what the ledger wrote down for this release with what is due,
// down to the last event.
func (a *audit) marked(due []figure) error {
	var rows []*group
	for _, g := range a.kept.ordered {
		if g.sequence == a.sequence {
			rows = append(rows, g)
		}
	}
	slices.SortFunc(rows, func(x, y *group) int {
		if before(x.place, y.place) {
			return -1
		}
		return 1
	})
	for i, g := range rows {
		if i >= len(due) || g.place != due[i].place {
			return differs(Surplus, g.place)
		}
	}
	if len(rows) < len(due) {
		return differs(Missing, due[len(rows)].place)
	}
	for i, g := range rows {
		if err := due[i].kept(g, a.period); err != nil {
			return err
		}
	}
	return nil
}

// kept compares a group as the ledger wrote it down.
func (f *figure) kept(g *group, period civil.Month) error {
	if err := f.same(sent{g.place, g.from, g.value, g.hundreds}); err != nil {
		return err
	}
	var events, entries []int64
	for _, e := range g.members {
		events = append(events, e.id)
	}
	for _, n := range g.netted {
		entries = append(entries, n.id)
	}
	slices.Sort(events)
	slices.Sort(entries)
	switch {
	case !slices.Equal(events, f.events) || !slices.Equal(entries, f.entries) || g.again != f.again || g.period != period ||
		g.counted != int64(len(entries)):
		return differs(Members, f.place)
	case g.minor != f.total || g.carry != f.carry:
		return differs(Carry, f.place)
	default:
		return nil
	}
}

// evidence is what the gate and the policies see of a group.
func (f *figure) evidence() Evidence {
	e := Evidence{
		DataSet: f.set, Level: f.level, Code: f.code, From: f.from, Value: f.value, Clients: f.clients,
		Negative: f.money.negative, TotalMinor: f.total, AmountHundreds: f.hundreds, CarriedMinor: f.carried, CarryMinor: f.carry,
		Sensitive: f.sensitive, Again: f.again != 0, Block: f.block, Netted: int64(len(f.entries)),
	}
	sizes, sum := f.money.sizes()
	e.First, e.Second, e.Absolute, e.Share = sizes[0].Int64(), sizes[1].Int64(), sum.Int64(), f.money.share()
	return e
}
