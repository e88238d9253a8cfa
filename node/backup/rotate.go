package backup

import (
	"slices"
	"time"

	"casehub/node/backup/store"
)

// How many backups are kept at a place, and for how long. Source: privacy rules
// section 5.
const (
	keepNewest  = 7
	keepWeekly  = 4
	keepMonthly = 12
	// keepKeys is how long the case keys of a backup are kept; those of the newest
	// always.
	keepKeys = 35 * 24 * time.Hour
	// keepAtMost is the age of the oldest backup, in months.
	keepAtMost = 12
)

// kept is a verified backup at a place.
type kept struct {
	Sequence int
	At       time.Time
}

// outlived returns the files that are to go from a place. Only what was verified
// and is listed counts towards what is kept: a backup of which nobody knows that
// it can be restored pushes none out, and stays as long as nothing newer was
// verified.
func outlived(list []kept, now time.Time) []store.Name {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b kept) int { return b.Sequence - a.Sequence })
	oldest := now.AddDate(0, -keepAtMost, 0)
	stays := map[int]bool{}
	weeks, months := map[[2]int]bool{}, map[[2]int]bool{}
	for i, b := range list {
		year, week := b.At.ISOWeek()
		w, m := [2]int{year, week}, [2]int{b.At.Year(), int(b.At.Month())}
		switch {
		case i > 0 && b.At.Before(oldest):
			continue
		case i < keepNewest:
			stays[b.Sequence] = true
		case !weeks[w] && len(weeks) < keepWeekly, !months[m] && len(months) < keepMonthly:
			stays[b.Sequence] = true
		}
		if stays[b.Sequence] {
			if len(weeks) < keepWeekly {
				weeks[w] = true
			}
			months[m] = true
		}
	}
	var gone []store.Name
	for i, b := range list {
		if !stays[b.Sequence] {
			// The manifest goes first: without it the rest is no backup any more.
			for _, k := range []store.Kind{store.ManifestFile, store.Main, store.Keys} {
				gone = append(gone, store.Name{Sequence: b.Sequence, Kind: k})
			}
			continue
		}
		if i > 0 && now.Sub(b.At) > keepKeys {
			gone = append(gone, store.Name{Sequence: b.Sequence, Kind: store.Keys})
		}
	}
	return gone
}
