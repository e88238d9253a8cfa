package attack

import (
	"slices"

	"casehub/node/ledger"
)

// Utility is what the readers of published numbers get of some offices, and what
// they do not.
type Utility struct {
	// Events counts all that happened; Leaf, Rest and Other those that were
	// published at each level, Unpublished those that were not.
	Events, Leaf, Rest, Other, Unpublished int
	// Violence counts events of the categories in which every leaf is sensitive,
	// Labelled those of them that were published under such a category.
	Violence, Labelled int
	// Waits are the months that each published event waited, ascending after Sort.
	Waits []int
	// Minor is the money that was paid and Sent what of it was published.
	Minor, Sent int64
}

// Add takes in what was published of a world.
func (u *Utility) Add(h *History) {
	violence := h.World.violence()
	for _, v := range h.Events {
		if v.Gone || v.entered {
			continue
		}
		u.Events++
		u.Minor += magnitude(v.Minor)
		if violence[v.Leaf] {
			u.Violence++
		}
		if v.Group < 0 {
			u.Unpublished++
			continue
		}
		g := h.Groups[v.Group]
		u.Sent += magnitude(v.Minor)
		u.Waits = append(u.Waits, g.Month-v.Known)
		switch g.Level {
		case ledger.Leaf:
			u.Leaf++
		case ledger.Rest:
			u.Rest++
		default:
			u.Other++
		}
		if violence[v.Leaf] && g.Level != ledger.Other {
			u.Labelled++
		}
	}
}

// violence says of each leaf whether all of its category is sensitive, so that
// the category's rest says as much.
func (w *World) violence() []bool {
	is := make([]bool, len(w.Leaves))
	for _, leaves := range w.categories() {
		all := !slices.ContainsFunc(leaves, func(i int) bool { return !w.Leaves[i].Sensitive })
		for _, i := range leaves {
			is[i] = all
		}
	}
	return is
}

// Published is the number of events that left.
func (u *Utility) Published() int { return u.Leaf + u.Rest + u.Other }

// ByTypeOrCategory is the share of what was published that is not in other, in
// percent.
func (u *Utility) ByTypeOrCategory() float64 { return Percent(u.Leaf+u.Rest, u.Published()) }

// MeanWait is in months, over what was published.
func (u *Utility) MeanWait() float64 {
	total := 0
	for _, w := range u.Waits {
		total += w
	}
	return float64(total) / float64(max(1, len(u.Waits)))
}

// LongWait is the number of months in which 95 of 100 events have left.
func (u *Utility) LongWait() int {
	if len(u.Waits) == 0 {
		return 0
	}
	waits := slices.Sorted(slices.Values(u.Waits))
	return waits[(len(waits)-1)*95/100]
}

// Percent is a part of a whole in percent, 0 of nothing.
func Percent[T int | int64](part, whole T) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// Cost runs Mode D over invented offices of a size and adds up what it costs.
func Cost(rule Rule, limits ledger.Limits, invent func(seed uint64) *World, offices int) *Utility {
	u := &Utility{}
	for i := range offices {
		u.Add(ModeD(invent(uint64(i+1)), rule, limits))
	}
	return u
}

// OtherTwiceAYear is Mode D with "other, not shown separately" in June and
// December only: what is small waits longer to be counted by its type or its
// category. What a release tells does not change, it is tried less often.
func OtherTwiceAYear(t ledger.Table) []ledger.Choice {
	return slices.DeleteFunc(ledger.Choose(t), func(c ledger.Choice) bool {
		return c.Level == ledger.Other && t.Period%100%6 != 0 && !t.Closing
	})
}
