package pack

import (
	"errors"
	"fmt"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
)

const (
	// MaxCodes is how many codes one table may have, of all depths.
	MaxCodes = 200
	// maxDataSets is how many tables a release may have, maxDataSet and maxCode the
	// largest numbers that the wire takes.
	maxDataSets = 20
	maxDataSet  = 99
	maxCode     = 99_999
)

// ErrRegistry reports code lists or a plan that may not replace those in force.
var ErrRegistry = errors.New("the code lists may not replace those in force")

// ChangeKind says what is new in a registry.
type ChangeKind string

// The kinds of change.
const (
	NewTable   ChangeKind = "table"    // a measure that was not published before
	GoneTable  ChangeKind = "no-table" // a measure that is published no more
	NewCode    ChangeKind = "code"     // a leaf
	FormerCode ChangeKind = "former"   // a leaf that records get no more
	NewGroup   ChangeKind = "category" // a category
	NewLabel   ChangeKind = "label"    // the same code under another name
	Sensitive  ChangeKind = "sensitive"
)

// Change is one thing that is new. Code is 0 for a table, DataSet 0 for a code.
type Change struct {
	Kind    ChangeKind
	DataSet uint32
	Code    codelist.Code
	// Was and Is are the names before and now.
	Was, Is codelist.Label
	// Sensitive says that the code has the higher threshold.
	Sensitive bool
}

// Changes lists what is new in a registry that would replace another. It fails
// with ErrRegistry for one that may not: larger than its limits, no newer, a code
// in another place or with less protection than before, a leaf that is split or gone,
// and a new one without the month since which it is there, or with one before issued:
// a code that hardly anybody uses yet would make room for what the others hide. The
// numbers that left the office under a code must keep their meaning. Issued is the month
// in which the registry is handed out, 0 where it was handed out before.
func Changes(old, next *codelist.Registry, issued civil.Month) ([]Change, error) {
	if err := withinLimits(next); err != nil {
		return nil, err
	}
	if next.Version <= old.Version || next.Plan.Version < old.Plan.Version {
		return nil, refuse("version %d does not follow %d", next.Version, old.Version)
	}
	tables, err := tableChanges(old, next)
	if err != nil {
		return nil, err
	}
	codes, err := codeChanges(places(old), places(next), issued)
	return append(tables, codes...), err
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRegistry, fmt.Sprintf(format, args...))
}

// withinLimits holds a registry to what the wire and a reader can take.
func withinLimits(r *codelist.Registry) error {
	if len(r.Plan.DataSets) > maxDataSets {
		return refuse("more than %d tables", maxDataSets)
	}
	for _, d := range r.Plan.DataSets {
		if d.Number > maxDataSet {
			return refuse("table %d is beyond %d", d.Number, maxDataSet)
		}
	}
	for _, l := range r.Lists {
		n := 1
		for _, c := range l.Categories {
			n += 1 + len(c.Leaves) + len(c.Former)
		}
		if n > MaxCodes {
			return refuse("list %s has %d codes and may have %d", l.Name, n, MaxCodes)
		}
	}
	for code := range places(r) {
		if code > maxCode {
			return refuse("code %d is beyond %d", code, maxCode)
		}
	}
	return nil
}

func tableChanges(old, next *codelist.Registry) ([]Change, error) {
	var out []Change
	for _, was := range old.Plan.DataSets {
		is, ok := next.DataSet(was.Number)
		switch {
		case !ok:
			out = append(out, Change{Kind: GoneTable, DataSet: was.Number, Was: was.Label})
		case is.List != was.List || is.Money != was.Money:
			return nil, refuse("table %d counts something else", was.Number)
		case is.Label != was.Label:
			out = append(out, Change{Kind: NewLabel, DataSet: was.Number, Was: was.Label, Is: is.Label})
		}
	}
	for _, is := range next.Plan.DataSets {
		if _, ok := old.DataSet(is.Number); !ok {
			out = append(out, Change{Kind: NewTable, DataSet: is.Number, Is: is.Label})
		}
	}
	if len(out) > 0 && next.Plan.Version == old.Plan.Version {
		return nil, refuse("the plan changed under its version")
	}
	return out, nil
}

// place is where a code stands.
type place struct {
	list      string
	category  codelist.Code // 0 for a list and a category
	depth     int           // 1 a leaf, 2 a category, 3 a list
	former    bool
	sensitive bool
	since     civil.Month
	label     codelist.Label
}

func places(r *codelist.Registry) map[codelist.Code]place {
	all := map[codelist.Code]place{}
	for _, l := range r.Lists {
		all[l.Code] = place{list: l.Name, depth: 3, label: l.Label}
		for _, c := range l.Categories {
			all[c.Code] = place{list: l.Name, depth: 2, label: c.Label}
			for _, f := range c.Leaves {
				all[f.Code] = place{l.Name, c.Code, 1, false, f.Sensitive, f.Since, f.Label}
			}
			for _, f := range c.Former {
				all[f.Code] = place{l.Name, c.Code, 1, true, f.Sensitive, f.Since, f.Label}
			}
		}
	}
	return all
}

func codeChanges(old, next map[codelist.Code]place, issued civil.Month) ([]Change, error) {
	var out []Change
	for code, was := range old {
		is, ok := next[code]
		change := Change{Code: code, Was: was.label, Is: is.label, Sensitive: is.sensitive}
		switch {
		case !ok:
			return nil, refuse("code %d is gone; a leaf that is used no more stands as former", code)
		case is.list != was.list || is.category != was.category || is.depth != was.depth:
			return nil, refuse("code %d stands in another place", code)
		case was.sensitive && !is.sensitive:
			return nil, refuse("code %d is sensitive no more", code)
		case was.since != is.since:
			return nil, refuse("code %d: since is %d and was %d", code, is.since, was.since)
		case was.former && !is.former:
			return nil, refuse("code %d comes back", code)
		case is.former && !was.former:
			change.Kind = FormerCode
		case is.sensitive && !was.sensitive:
			change.Kind = Sensitive
		case is.label != was.label:
			change.Kind = NewLabel
		default:
			continue
		}
		out = append(out, change)
	}
	for code, is := range next {
		if _, ok := old[code]; ok {
			continue
		}
		if is.depth == 1 && !is.former && (is.since == 0 || is.since < issued) {
			return nil, refuse("code %d: since is %d and must be a month from %d on", code, is.since, max(issued, 190001))
		}
		kind := NewCode
		if is.depth != 1 {
			kind = NewGroup
		}
		out = append(out, Change{Kind: kind, Code: code, Is: is.label, Sensitive: is.sensitive})
	}
	slices.SortFunc(out, func(a, b Change) int { return int(a.Code) - int(b.Code) })
	return out, nil
}
