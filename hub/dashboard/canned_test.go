package dashboard

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	hublocale "casehub/hub/locale"
	"casehub/hub/statistics"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/internal/web"
	releasev1 "casehub/proto/casehub/release/v1"
)

// canned answers from facts held in memory, added up as package statistics
// does. Months without any release and codes without a group are among them.
type canned struct {
	reg     *codelist.Registry
	facts   []fact
	offices []statistics.Office
	months  []civil.Month
	// silent is a month that nobody reported.
	silent civil.Month
	// empty is how many releases without a group an office sent.
	empty map[uint32]int
}

type fact struct {
	unit uint32
	set  uint32
	m    civil.Month
	statistics.Total
}

const (
	leafLevel = releasev1.GroupLevel_GROUP_LEVEL_LEAF
	restLevel = releasev1.GroupLevel_GROUP_LEVEL_CATEGORY_REST
	rootLevel = releasev1.GroupLevel_GROUP_LEVEL_ROOT_REST
)

var names = []string{
	"Mount Frere Advice Office", "Port St Johns Legal Centre", "Botshabelo Community Advice", "KwaNongoma Paralegal Centre",
	"Ulundi and Mahlabathini Community Advice and Development Office", "De Aar Advice Office", "Orange Farm Human Rights",
}

// newCanned makes two years of plausible sums of seven offices.
func newCanned() *canned {
	c := &canned{reg: codelist.National(), silent: 202503}
	rng := rand.New(rand.NewPCG(7, 7))
	for m := civil.Month(202411); m <= 202610; m = m.Add(1) {
		c.months = append(c.months, m)
		for unit := uint32(1); unit <= 6; unit++ {
			if m != c.silent {
				c.month(rng, unit, m)
			}
		}
	}
	c.people()
	return c
}

func (c *canned) month(rng *rand.Rand, unit uint32, m civil.Month) {
	for _, d := range c.reg.Plan.DataSets {
		list := c.reg.List(d.List)
		for i, leaf := range list.Leaves() {
			n := uint64(rng.IntN(40-min(i, 30)) + int(unit))
			if leaf.Sensitive && n < 25 || n < 12 || leaf.Code%5 == 4 {
				continue
			}
			c.add(rng, unit, d, m, leaf.Code, leafLevel, n)
		}
		if m.QuarterEnd() {
			c.add(rng, unit, d, m, list.Categories[1].Code, restLevel, 6)
		}
		if m%100 == 12 {
			c.add(rng, unit, d, m, list.Code, rootLevel, 9)
		}
	}
}

func (c *canned) add(rng *rand.Rand, unit uint32, d codelist.DataSet, m civil.Month, code codelist.Code, level releasev1.GroupLevel, n uint64) {
	t := statistics.Total{DataSet: d.Number, Code: code, Level: level, Value: n, Offices: 1}
	if d.Money {
		t.Value = n/3 + 5
		t.AmountHundreds = t.Value * uint64(8+rng.IntN(60))
	}
	c.facts = append(c.facts, fact{unit, d.Number, m, t})
}

func (c *canned) people() {
	states := []statistics.State{
		statistics.Reported, statistics.Late, statistics.Reported, statistics.Waiting, statistics.Reported, statistics.Missing, statistics.NotExpected,
	}
	for i, name := range names {
		o := statistics.Office{
			OrgUnit: uint32(i + 1), Name: name, Province: []string{"Eastern Cape", "Free State", "KwaZulu-Natal"}[i%3], Network: "Rural network",
			OpenedOn: "2019-02-01", LastSequence: 24, LastPeriod: 202610, State: states[i],
			ReceivedAt: time.Date(2026, 11, 3+2*i, 6, 10*(i%6), 0, 0, time.UTC),
		}
		switch o.State {
		case statistics.Waiting:
			o.LastSequence, o.LastPeriod, o.Waiting, o.Held = 22, 202608, 2, true
		case statistics.Missing:
			o.LastSequence, o.LastPeriod = 23, 202609
		case statistics.NotExpected:
			o.LastSequence, o.LastPeriod, o.ReceivedAt, o.OpenedOn = 0, 0, time.Time{}, "2026-12-01"
		case statistics.Reported, statistics.Late:
		}
		c.offices = append(c.offices, o)
	}
}

func (c *canned) Months(context.Context) (statistics.Span, error) {
	if len(c.facts) == 0 {
		return statistics.Span{}, nil
	}
	return statistics.Span{From: c.months[0], To: c.months[len(c.months)-1]}, nil
}

func (c *canned) Totals(_ context.Context, s statistics.Span, set uint32) (statistics.Totals, error) {
	inside := func(f fact) bool { return f.m >= s.From && f.m <= s.To }
	all := c.sum(func(f fact) bool { return inside(f) && (set == 0 || f.set == set) })
	all.Releases = c.sum(inside).Releases
	return all, nil
}

func (c *canned) OfficeTotals(_ context.Context, unit uint32, _ statistics.Span) (statistics.Totals, error) {
	all := c.sum(func(f fact) bool { return f.unit == unit })
	all.Releases += uint64(c.empty[unit])
	return all, nil
}

func (c *canned) sum(keep func(fact) bool) statistics.Totals {
	type key struct {
		set   uint32
		code  codelist.Code
		level releasev1.GroupLevel
	}
	sums, releases := map[key]statistics.Total{}, map[string]bool{}
	offices := map[key]map[uint32]bool{}
	var order []key
	for _, f := range c.facts {
		if !keep(f) {
			continue
		}
		k := key{f.set, f.Code, f.Level}
		if offices[k] == nil {
			offices[k] = map[uint32]bool{}
			order = append(order, k)
		}
		offices[k][f.unit] = true
		t := sums[k]
		t.DataSet, t.Code, t.Level = f.set, f.Code, f.Level
		t.Value, t.AmountHundreds, t.Offices = t.Value+f.Value, t.AmountHundreds+f.AmountHundreds, len(offices[k])
		sums[k] = t
		releases[fmt.Sprint(f.unit, f.m)] = true
	}
	out := statistics.Totals{Releases: uint64(len(releases))}
	for _, k := range order {
		out.Rows = append(out.Rows, sums[k])
	}
	return out
}

func (c *canned) Series(_ context.Context, set uint32, s statistics.Span) ([]statistics.Point, error) {
	var all []statistics.Point
	for _, f := range c.facts {
		if (set == 0 || f.set == set) && f.m >= s.From && f.m <= s.To {
			all = append(all, statistics.Point{DataSet: f.set, Period: f.m, Code: f.Code, Value: f.Value, AmountHundreds: f.AmountHundreds})
		}
	}
	return all, nil
}

func (c *canned) Reporting(_ context.Context, m civil.Month) (statistics.Reporting, error) {
	if len(c.facts) == 0 {
		return statistics.Reporting{Offices: c.offices}, nil
	}
	if m == 0 {
		m = c.months[len(c.months)-1]
	}
	return statistics.Reporting{Period: m, Offices: c.offices, Expected: 6, Actual: 4, OnTime: 3}, nil
}

func (c *canned) Rates(_ context.Context, s statistics.Span) ([]statistics.Rate, error) {
	var all []statistics.Rate
	for _, m := range c.months {
		if m < s.From || m > s.To {
			continue
		}
		r := statistics.Rate{Period: m, Expected: 6, Actual: 6 - int(m%3), OnTime: 5 - int(m%3)}
		if m == c.silent {
			r.Actual, r.OnTime = 0, 0
		}
		all = append(all, r)
	}
	return all, nil
}

func (c *canned) Releases(_ context.Context, unit uint32) ([]statistics.Release, error) {
	if unit == 7 {
		return nil, nil
	}
	var all []statistics.Release
	for i, m := range c.months {
		r := statistics.Release{
			Sequence: uint32(i + 1), Period: m, Kind: releasev1.ReleaseKind_RELEASE_KIND_REGULAR, Status: "counted",
			Digest: sha256.Sum256([]byte{byte(unit), byte(i)}), ReceivedAt: time.Date(2025, 1, 4+i, 6, 0, 0, 0, time.UTC),
		}
		for _, f := range c.facts {
			if f.unit == unit && f.m == m {
				r.Groups, r.Value = r.Groups+1, r.Value+f.Value
			}
		}
		if unit == 4 && i > 21 {
			r.Status = "waiting"
		}
		all = append(all, r)
	}
	return slices.Clip(all), nil
}

func (c *canned) Alarms(_ context.Context, q statistics.Alarms) ([]statistics.Alarm, error) {
	if q.OrgUnit != 4 {
		return nil, nil
	}
	return []statistics.Alarm{{
		OrgUnit: 4, Sequence: 22, Digest: sha256.Sum256([]byte("another")), RaisedAt: time.Date(2026, 9, 7, 9, 5, 0, 0, time.UTC),
	}}, nil
}

// site serves the dashboard on statistics.
func site(t testing.TB, stats Statistics) http.Handler { return siteIn(t, stats, "ZAR") }

// siteIn serves it with amounts in a currency.
func siteIn(t testing.TB, stats Statistics, money string) http.Handler {
	t.Helper()
	say, err := locale.Load(web.Locale(), hublocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := web.NewSite(web.Options{Name: "casehub · National hub", Catalog: say, Nav: Nav(), Synthetic: true})
	New(s, stats, codelist.National(), money, func() time.Time { return time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC) })
	return s
}
