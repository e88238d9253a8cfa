package auditor

import (
	"casehub/internal/civil"
	"casehub/internal/codelist"
	releasev1 "casehub/proto/casehub/release/v1"
)

// Kinds of releases, as the database has them.
const (
	regular = int64(releasev1.ReleaseKind_RELEASE_KIND_REGULAR)
	closing = int64(releasev1.ReleaseKind_RELEASE_KIND_CLOSING)
)

// event is one row of the ledger: a record as it counts or counted.
type event struct {
	id                int64
	set               uint32
	source, client    string
	version           int64
	code              codelist.Code
	month             civil.Month
	minor, weight     int64
	state, reason     string
	group, block      int64 // 0 for none
	corrected, erased bool
}

// entry takes back what was published, or gives it back.
type entry struct {
	id, event     int64
	place         place
	delta, weight int64
	minor         int64
	client, state string
	group         int64 // 0 unless netted
}

// place is where a group can stand in a table.
type place struct {
	set   uint32
	level uint32
	code  codelist.Code
}

// group is one group that left, or leaves with the release under audit.
type group struct {
	id, sequence int64
	place
	from, period                  civil.Month
	value, hundreds, carry, minor int64
	voidedBy, again               int64 // 0 for none
	counted                       int64 // entries that were netted in it

	members []*event
	netted  []*entry
}

// past is one release before.
type past struct {
	sequence, kind int64
	period         civil.Month
}

// books are what the ledger keeps.
type books struct {
	groups  map[int64]*group
	ordered []*group // by id
	// stood has the places of the groups of each release.
	stood     map[int64]map[place]bool
	events    []*event // by data set, record and version
	byID      map[int64]*event
	entries   []*entry // by id
	elsewhere map[uint32]civil.Month
	start     civil.Month // 0 before the first release
	releases  []past
}

// leaves reports whether an event is of a group of the release under audit.
func (a *audit) leaves(e *event) bool {
	g := a.kept.groups[e.group]
	return e.state == "published" && g != nil && g.sequence == a.sequence
}

// waited reports whether an event was there to be published in this release.
func (a *audit) waited(e *event) bool { return e.state == "unpublished" || a.leaves(e) }

// truth holds the events of the ledger against the records, one record after the
// other, as both come in the same order.
func (a *audit) truth() error {
	for _, set := range a.reg.Plan.DataSets {
		if tableOf(set.Name) == "" {
			return &Difference{Fault: Measure, DataSet: set.Number}
		}
	}
	known := map[uint32]map[string]bool{}
	for from := 0; from < len(a.kept.events); {
		to := from + 1
		first := a.kept.events[from]
		for to < len(a.kept.events) && a.kept.events[to].set == first.set && a.kept.events[to].source == first.source {
			to++
		}
		if err := a.versions(a.kept.events[from:to]); err != nil {
			return err
		}
		if known[first.set] == nil {
			known[first.set] = map[string]bool{}
		}
		known[first.set][first.source] = true
		from = to
	}
	return a.unknown(known)
}

// measure returns the name of a data set in the plan, or "".
func (a *audit) measure(number uint32) string {
	for _, set := range a.reg.Plan.DataSets {
		if set.Number == number {
			return set.Name
		}
	}
	return ""
}

// unknown looks for records that count and of which the ledger has nothing.
func (a *audit) unknown(known map[uint32]map[string]bool) error {
	for _, set := range a.reg.Plan.DataSets {
		worst := codelist.Code(0)
		for source, h := range a.recorded.counts[set.Name] {
			if !known[set.Number][source] && !h.unread && h.month > a.kept.elsewhere[set.Number] && (worst == 0 || h.code < worst) {
				worst = h.code
			}
		}
		if worst != 0 {
			return &Difference{Records, set.Number, 1, worst}
		}
	}
	return nil
}

// versions judges everything that the ledger has of one record: at most one
// version of it counts, and that one says what the record says. What a measure
// left that stands in the plan no more is kept as it was.
func (a *audit) versions(of []*event) error {
	measure := a.measure(of[0].set)
	if measure == "" {
		return nil
	}
	h, there := a.recorded.counts[measure][of[0].source]
	unread := h.unread || a.recorded.unread[tableOf(measure)][of[0].source]
	wanted := there && h.month > a.kept.elsewhere[of[0].set]
	var counts *event
	for _, e := range of {
		if e.erased || e.reason == "elsewhere" {
			wanted = false
		}
		if e.state == "withdrawn" || e.state == "published" && e.corrected {
			continue
		}
		if counts != nil {
			return &Difference{Twice, e.set, 1, e.code}
		}
		counts = e
	}
	if unread && (counts == nil || !a.leaves(counts)) {
		return nil
	}
	switch e := counts; {
	case e == nil && !wanted:
		return nil
	case e == nil:
		return &Difference{Records, of[0].set, 1, h.code}
	case e.erased && e.state == "published" && !a.leaves(e):
		return nil // what was published stands
	case e.state == "published" && !a.leaves(e):
		wanted = there // also where another system turns out to have published it
	case e.month != h.month && e.block == 0: // what fell leaves as it was, whenever it happened
		wanted = false
	}
	if e := counts; !wanted || e.code != h.code || e.minor != h.minor || e.weight != h.weight {
		return &Difference{Records, e.set, 1, e.code}
	}
	return nil
}

// netting checks the adjusting entries: each is of the place where its event was
// published and of its size, and together they take an event back once when it
// was corrected, and not at all otherwise.
func (a *audit) netting() error {
	back := map[int64]int64{}
	for _, n := range a.kept.entries {
		e := a.kept.byID[n.event]
		wrong := &Difference{Entries, n.place.set, n.place.level, n.place.code}
		switch {
		case e == nil || n.weight != e.weight || n.delta*n.delta != 1:
			return wrong
		case n.minor != n.delta*e.minor && !(e.erased && e.state != "published"): // an erasure leaves no amount
			return wrong
		case !a.stood(e, n.place):
			return wrong
		case n.state == "netted" && (a.kept.groups[n.group] == nil || a.kept.groups[n.group].place != n.place || a.kept.groups[n.group].voidedBy != 0):
			return wrong
		case n.state != "cancelled":
			back[e.id] += n.delta
		}
	}
	for _, e := range a.kept.events {
		taken := int64(0)
		if e.state == "published" && e.corrected {
			taken = -1
		}
		switch {
		case back[e.id] == taken, e.erased && back[e.id] == 0:
		case back[e.id] < taken:
			return &Difference{Twice, e.set, 1, e.code}
		default:
			return &Difference{Entries, e.set, 1, e.code}
		}
	}
	return nil
}

// stood reports whether an event is, or was before its release fell, in a group
// of a place.
func (a *audit) stood(e *event, p place) bool {
	for _, id := range []int64{e.group, e.block} {
		if g := a.kept.groups[id]; g != nil && g.place == p {
			return true
		}
	}
	return false
}

// past adds up every group of an earlier release again, from what it is made of:
// what was sent never changes, and what fell holds nothing.
func (a *audit) past() error {
	for _, g := range a.kept.ordered {
		if g.sequence == a.sequence {
			continue
		}
		value, minor := g.sum()
		if g.voidedBy != 0 {
			value, minor = value+g.value, minor+g.minor
			if len(g.members) > 0 || len(g.netted) > 0 {
				return &Difference{History, g.set, g.level, g.code}
			}
		}
		if g.sequence > a.sequence || value != g.value || minor != g.minor || g.voidedBy == 0 && g.counted != int64(len(g.netted)) {
			return &Difference{History, g.set, g.level, g.code}
		}
	}
	return nil
}

// sum counts the members of a group net of its entries.
func (g *group) sum() (value, minor int64) {
	for _, e := range g.members {
		value, minor = value+e.weight, minor+e.minor
	}
	for _, n := range g.netted {
		value, minor = value+n.delta*n.weight, minor+n.minor
	}
	return value, minor
}
