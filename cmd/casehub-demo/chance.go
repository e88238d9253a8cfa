package main

import (
	"fmt"
	"math"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node/clients"
)

// leafShare is a leaf with its weight.
type leafShare struct {
	leaf   codelist.Leaf
	weight float64
}

// rare is the weight of every type that a profile does not name.
const rare = 0.4

// spread gives each leaf of the case types its weight.
func spread(reg *codelist.Registry, shares []share) ([]leafShare, error) {
	list := reg.List(codelist.CaseTypes)
	weights := map[codelist.Code]float64{}
	for _, s := range shares {
		var under []codelist.Code
		for _, c := range list.Categories {
			for _, l := range c.Leaves {
				if l.Code == s.code || c.Code == s.code {
					under = append(under, l.Code)
				}
			}
		}
		if len(under) == 0 {
			return nil, fmt.Errorf("no case type has the code %d", s.code)
		}
		total := 0.0
		for i := range under {
			total += 1 / float64(i+1)
		}
		for i, code := range under {
			weights[code] += s.weight / float64(i+1) / total
		}
	}
	var all []leafShare
	for _, l := range list.Leaves() {
		all = append(all, leafShare{l, max(weights[l.Code], rare)})
	}
	return all, nil
}

func (g *Generator) caseType() codelist.Leaf {
	total := 0.0
	for _, t := range g.types {
		total += t.weight
	}
	at := g.rng.Float64() * total
	for _, t := range g.types {
		if at -= t.weight; at < 0 {
			return t.leaf
		}
	}
	return g.types[0].leaf
}

func (g *Generator) weighted(shares []share) codelist.Code {
	total := 0.0
	for _, s := range shares {
		total += s.weight
	}
	at := g.rng.Float64() * total
	for _, s := range shares {
		if at -= s.weight; at < 0 {
			return s.code
		}
	}
	return shares[0].code
}

func pick[T any](g *Generator, list []T) T { return list[g.rng.IntN(len(list))] }

func (g *Generator) chance(p float64) bool { return g.rng.Float64() < p }

// number is a count that varies around a mean as counts do.
func (g *Generator) number(mean float64) int {
	return max(0, int(math.Round(mean+math.Sqrt(mean)*g.rng.NormFloat64())))
}

func (g *Generator) logNormal(median, spread float64) float64 {
	return median * math.Exp(spread*g.rng.NormFloat64())
}

// amount is in cents, between a hundred rand and a quarter of a million.
func (g *Generator) amount(of gain) int64 {
	return int64(min(max(g.logNormal(of.median, of.spread), 100_00), 250_000_00))
}

// workday is a day of the month from Monday to Friday.
func (g *Generator) workday(m civil.Month) civil.Date {
	first := m.First()
	days := int(m.Add(1).First().Time().Sub(first.Time()).Hours() / 24)
	for {
		d := first.AddDays(g.rng.IntN(days))
		if w := d.Time().Weekday(); w != time.Saturday && w != time.Sunday {
			return d
		}
	}
}

// instant is a moment of the day's office hours, two hours ahead of UTC.
func (g *Generator) instant(d civil.Date) time.Time {
	return d.Time().Add(6*time.Hour + time.Duration(g.rng.IntN(8*3600))*time.Second)
}

// uuid is an identifier of version 7 for an instant, the same for the same seed.
func (g *Generator) uuid(at time.Time) string {
	a, b := g.rng.Uint64(), g.rng.Uint64()
	ms := uint64(at.UnixMilli())
	return fmt.Sprintf("%08x-%04x-7%03x-%04x-%012x", ms>>16, ms&0xffff, a&0xfff, 0x8000|(a>>12)&0x3fff, b>>16)
}

// client is a client who is known already, or a new one.
func (g *Generator) client(captured civil.Date, leaf codelist.Leaf) (clients.ID, *clients.Client) {
	if len(g.known) > 0 && g.chance(0.22) {
		// Whoever comes again mostly came not long ago.
		recent := g.known[max(0, len(g.known)-400):]
		if who := pick(g, recent); who.captured <= captured {
			return who.id, nil
		}
	}
	c := g.person(captured, leaf)
	g.known = append(g.known, arrival{captured, c.ID})
	return c.ID, &c
}

// person invents somebody.
func (g *Generator) person(captured civil.Date, leaf codelist.Leaf) clients.Client {
	language := g.profile.Languages[min(g.rng.IntN(len(g.profile.Languages)), g.rng.IntN(len(g.profile.Languages)))]
	of := names[language]
	sex, given := clients.Male, of.men
	if g.chance(g.profile.Women) {
		sex, given = clients.Female, of.women
	}
	at := g.instant(captured)
	c := clients.Client{
		ID: clients.ID(g.uuid(at)), GivenNames: pick(g, given), Surname: pick(g, of.surnames), Sex: sex,
		IDNumber:      fmt.Sprintf("SYNTHETIC %05d", len(g.known)+1),
		ContactSafety: clients.SafetyUnknown, Language: language,
		Address: fmt.Sprintf("%d Section %c, %s", 1+g.rng.IntN(400), 'A'+rune(g.rng.IntN(8)), g.profile.Place),
		Notes:   "Synthetic: a person invented for the demonstration.", CreatedAt: at, UpdatedAt: at,
	}
	g.contact(&c, leaf)
	g.birth(&c)
	return c
}

// contact gives most people a telephone that does not exist, and says for whom
// a call is dangerous.
func (g *Generator) contact(c *clients.Client, leaf codelist.Leaf) {
	if g.chance(0.75) {
		c.Phones = fmt.Sprintf("+27 00 %03d %04d", g.rng.IntN(1000), g.rng.IntN(10000))
	}
	switch {
	case leaf.Sensitive && g.chance(0.6):
		c.ContactSafety = clients.Unsafe
	case g.chance(0.5):
		c.ContactSafety = clients.Safe
	}
}

// birth gives a birth date as exactly as offices know it.
func (g *Generator) birth(c *clients.Client) {
	age := min(max(int(g.logNormal(39, 0.35)), 16), 92)
	day := civil.On(c.CreatedAt.AddDate(-age, 0, -g.rng.IntN(365)))
	switch p := g.rng.Float64(); {
	case p < 0.72:
		c.BirthPrecision = clients.Day
	case p < 0.80:
		c.BirthPrecision = clients.Year
	case p < 0.86:
		c.BirthPrecision = clients.About
	default:
		return
	}
	c.BirthDate = clients.FirstDay(day, c.BirthPrecision)
}
