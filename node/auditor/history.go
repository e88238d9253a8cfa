package auditor

import (
	"math/big"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	releasev1 "casehub/proto/casehub/release/v1"
)

// since is the first month of the label of a group that takes leaves: the
// earliest month after a leaf last left, as a leaf or in what was rolled up. It
// follows from what was published and from nothing else. What holds a sensitive
// leaf is dated by quarters (rule D6).
func (a *audit) since(set codelist.DataSet, leaves []codelist.Leaf) civil.Month {
	first, sensitive := civil.Month(0), false
	for _, l := range leaves {
		m := a.kept.start
		if left := a.left(set, l); left != 0 {
			m = following(left)
		}
		if first == 0 || m < first {
			first = m
		}
		sensitive = sensitive || l.Sensitive
	}
	if sensitive {
		return first - (first%100+2)%3
	}
	return first
}

// following is the month after another.
func following(m civil.Month) civil.Month {
	if m%100 == 12 {
		return m + 89
	}
	return m + 1
}

// left is the month of the last release that took everything which waited under
// a leaf, or 0.
func (a *audit) left(set codelist.DataSet, l codelist.Leaf) civil.Month {
	last := civil.Month(0)
	for _, g := range a.kept.ordered {
		if g.set == set.Number && g.sequence < a.sequence && g.voidedBy == 0 && g.again == 0 && g.period > last && a.took(g, l) {
			last = g.period
		}
	}
	return last
}

// took reports whether a group that left took all of a leaf.
func (a *audit) took(g *group, l codelist.Leaf) bool {
	if g.level == 1 {
		return g.code == l.Code
	}
	if l.Sensitive && g.period%100 != 12 && !a.closed(g.sequence) || a.stands(g, 1, l.Code) {
		return false
	}
	return g.level == 2 && g.code == l.Category || g.level == 3 && !a.stands(g, 2, l.Category)
}

// stands reports whether the release of a group had a group of its own for a code.
func (a *audit) stands(beside *group, level uint32, code codelist.Code) bool {
	return a.kept.stood[beside.sequence][place{beside.set, level, code}]
}

// closed reports whether a release was the office's last.
func (a *audit) closed(sequence int64) bool {
	if sequence == a.sequence {
		return a.kind == releasev1.ReleaseKind_RELEASE_KIND_CLOSING
	}
	for _, p := range a.kept.releases {
		if p.sequence == sequence {
			return p.kind == closing
		}
	}
	return false
}

// carried is what all groups of a place so far left over of their amounts.
func (a *audit) carried(p place) *big.Int {
	left := new(big.Int)
	for _, g := range a.kept.ordered {
		if g.place != p || g.sequence >= a.sequence || g.voidedBy != 0 {
			continue
		}
		_, minor := g.sum()
		left.Add(left, big.NewInt(minor))
		left.Sub(left, new(big.Int).Mul(big.NewInt(g.hundreds), big.NewInt(a.office.MinorPerHundred)))
	}
	return left
}

// start checks the month from which the office counts: a January, and before the
// first group that of the oldest event's year.
func (a *audit) start() error {
	first := civil.Month(0)
	for _, e := range a.kept.events {
		if a.waited(e) && e.month > 0 && (first == 0 || e.month < first) {
			first = e.month
		}
	}
	for _, g := range a.kept.ordered {
		if g.sequence < a.sequence {
			first = 0
		}
	}
	if a.kept.start != 0 && a.kept.start%100 != 1 || first != 0 && len(a.kept.releases) == 0 && a.kept.start != first-first%100+1 {
		return &Difference{Fault: Start}
	}
	return nil
}
