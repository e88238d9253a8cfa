// Package dashboard is the hub's pages: what all offices published, by type and
// by month, and which office reported when.
//
// A page shows published groups only, so it can never show a client, and it
// says so beside the numbers. Four kinds of "no number" look different: zero; a
// month that nobody reported (a gap); an office that was not expected; and a
// code under which nothing was published, which may be none, or too few to tell.
// A number by type is an interval when cases of that type may be inside a group
// that was published without its type; the grand total is exact.
//
// Rules that turn sums into rows are here and in trend.go, requests in http.go,
// one page each in http_*.go, drawings in http_charts.go.
package dashboard

import (
	"cmp"
	"context"
	"slices"

	"casehub/hub/statistics"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	releasev1 "casehub/proto/casehub/release/v1"
)

// Statistics is what the pages ask. Package statistics says what each answers.
type Statistics interface {
	Months(ctx context.Context) (statistics.Span, error)
	Totals(ctx context.Context, span statistics.Span, dataSet uint32) (statistics.Totals, error)
	OfficeTotals(ctx context.Context, orgUnit uint32, span statistics.Span) (statistics.Totals, error)
	Series(ctx context.Context, dataSet uint32, span statistics.Span) ([]statistics.Point, error)
	Reporting(ctx context.Context, period civil.Month) (statistics.Reporting, error)
	Rates(ctx context.Context, span statistics.Span) ([]statistics.Rate, error)
	Releases(ctx context.Context, orgUnit uint32) ([]statistics.Release, error)
	Alarms(ctx context.Context, q statistics.Alarms) ([]statistics.Alarm, error)
}

// Sum is what was published under a code: events, and money in whole hundreds
// of the currency where the measure has money. UpTo and AmountUpTo are the most that it
// may be, counting what was published without its type.
type Sum struct {
	Value, UpTo        uint64
	Amount, AmountUpTo uint64
	// Currency is that of the amounts, ISO 4217.
	Currency string
	// Offices is the largest number of offices that published under one code.
	Offices int
}

// Exact reports whether the sum is a number and not an interval.
func (s Sum) Exact() bool { return s.UpTo <= s.Value && s.AmountUpTo <= s.Amount }

// Published reports whether anything was published under the code.
func (s Sum) Published() bool { return s.Value > 0 }

func (s Sum) plus(t statistics.Total) Sum {
	s.Value, s.Amount = s.Value+t.Value, s.Amount+t.AmountHundreds
	s.Offices = max(s.Offices, t.Offices)
	return s
}

// Leaf is the sum of the finest code.
type Leaf struct {
	Code  codelist.Code
	Label string
	Sum
}

// Category is the sum of a category, with its leaves and what was published as
// the rest of it.
type Category struct {
	Code   codelist.Code
	Label  string
	Leaves []Leaf
	// Rest was published for the category without the leaf.
	Rest Sum
	Sum
}

// Breakdown is one measure by its code list.
type Breakdown struct {
	DataSet    codelist.DataSet
	Categories []Category // in the order of the registry
	// Rest was published without any type.
	Rest Sum
	// All is the grand total, which is exact.
	All Sum
}

// breakdown adds up one measure. Codes that the registry does not know count in
// the grand total and in the rest: no number is lost by a newer code list.
func breakdown(reg *codelist.Registry, set codelist.DataSet, totals []statistics.Total, lang, currency string) Breakdown {
	nothing := Sum{Currency: currency}
	b := Breakdown{DataSet: set, Rest: nothing, All: nothing}
	list := reg.List(set.List)
	leaves, rests := map[codelist.Code]Sum{}, map[codelist.Code]Sum{}
	for _, c := range list.Categories {
		rests[c.Code] = nothing
		for _, l := range c.Leaves {
			leaves[l.Code] = nothing
		}
	}
	for _, t := range totals {
		if t.DataSet != set.Number {
			continue
		}
		b.All = b.All.plus(t)
		leaf, known := list.Leaf(t.Code)
		switch {
		case known && t.Level == releasev1.GroupLevel_GROUP_LEVEL_LEAF:
			leaves[leaf.Code] = leaves[leaf.Code].plus(t)
		case isCategory(list, t.Code) && t.Level == releasev1.GroupLevel_GROUP_LEVEL_CATEGORY_REST:
			rests[t.Code] = rests[t.Code].plus(t)
		default:
			b.Rest = b.Rest.plus(t)
		}
	}
	for _, c := range list.Categories {
		b.Categories = append(b.Categories, category(c, leaves, rests[c.Code], b.Rest, lang))
	}
	b.All.UpTo, b.All.AmountUpTo = b.All.Value, b.All.Amount
	return b
}

func category(c codelist.Category, leaves map[codelist.Code]Sum, rest, other Sum, lang string) Category {
	out := Category{Code: c.Code, Label: c.In(lang), Rest: rest, Sum: rest}
	for _, f := range c.Leaves {
		s := leaves[f.Code]
		out.Value, out.Amount = out.Value+s.Value, out.Amount+s.Amount
		out.Offices = max(out.Offices, s.Offices)
		s.UpTo, s.AmountUpTo = s.Value+rest.Value+other.Value, s.Amount+rest.Amount+other.Amount
		out.Leaves = append(out.Leaves, Leaf{Code: f.Code, Label: f.In(lang), Sum: s})
	}
	out.UpTo, out.AmountUpTo = out.Value+other.Value, out.Amount+other.Amount
	return out
}

func isCategory(list *codelist.List, code codelist.Code) bool {
	return slices.ContainsFunc(list.Categories, func(c codelist.Category) bool { return c.Code == code })
}

// ByValue returns the categories under which anything was published, the
// largest first.
func (b Breakdown) ByValue() []Category {
	return sorted(b.Categories, func(c Category) uint64 { return b.size(c.Sum) })
}

// TopLeaves returns at most n leaves under which anything was published, the
// largest first.
func (b Breakdown) TopLeaves(n int) []Leaf {
	var all []Leaf
	for _, c := range b.Categories {
		all = append(all, c.Leaves...)
	}
	all = sorted(all, func(l Leaf) uint64 { return b.size(l.Sum) })
	return all[:min(n, len(all))]
}

// sorted returns those with a size, the largest first.
func sorted[T any](all []T, size func(T) uint64) []T {
	kept := slices.DeleteFunc(slices.Clone(all), func(x T) bool { return size(x) == 0 })
	slices.SortStableFunc(kept, func(x, y T) int { return cmp.Compare(size(y), size(x)) })
	return kept
}

// size is what the measure is about: money where it has money, else events.
func (b Breakdown) size(s Sum) uint64 {
	if b.DataSet.Money {
		return s.Amount
	}
	return s.Value
}
