package auditor

import (
	"testing"

	"casehub/internal/codelist"
)

// TestACorrectedActivityHidesNobody: what is left of an activity that was published
// with another number is a difference, and adds to a group without being one of those
// who hide the others.
func TestACorrectedActivityHidesNobody(t *testing.T) {
	held := map[string]happening{}
	for i, id := range []string{"A0", "A1", "A2", "A3", "A4"} {
		held[id] = happening{person: i + 1}
	}
	a := &audit{reg: codelist.National(), recorded: &archive{counts: map[string]map[string]happening{"activity_participants": held, "activities": held}}}
	for _, c := range []struct {
		set          codelist.DataSet
		told, people int64
	}{{set: named(t, a.reg, "activity_participants"), told: 1, people: 1}, {set: named(t, a.reg, "activities"), told: 41, people: 5}} {
		var events []*event
		var entries []*entry
		at := place{c.set.Number, 1, 10101}
		for i, id := range []string{"A0", "A1", "A2", "A3"} {
			events = append(events, &event{set: c.set.Number, source: id, client: id, weight: 11})
			entries = append(entries, &entry{id: int64(i), place: at, delta: -1, weight: 10, client: id})
		}
		events = append(events, &event{set: c.set.Number, source: "A4", client: "A4", weight: 37})
		f := a.figure(at, events, entries)
		if f.value != 41 || f.clients != c.people || f.told != c.told || f.gross < f.told {
			t.Errorf("%s: value %d of %d, told %d, gross %d; want 41 of %d, told %d", c.set.Name, f.value, f.clients, f.told, f.gross, c.people, c.told)
		}
	}
}

func named(t *testing.T, reg *codelist.Registry, name string) codelist.DataSet {
	t.Helper()
	for _, d := range reg.Plan.DataSets {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("the plan has no %s", name)
	return codelist.DataSet{}
}
