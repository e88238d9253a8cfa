package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// drawer draws a world of which every part is as likely to be odd as to be usual.
type drawer struct {
	*rand.Rand
	w World
}

// Draw returns the world of a seed: a few offices, people in all kinds of
// positions, cases and clients everywhere, walls and emergencies of which some
// are over. The instant is Unix milliseconds, today its day.
func Draw(seed uint64, today string, now int64) World {
	d := drawer{rand.New(rand.NewPCG(seed, 0x0dd)), World{Today: today, Now: now, Regions: map[string]string{}, Roles: map[string]map[string]Grant{}}}
	for range 3 {
		d.w.Regions[d.id("office")] = pick(d, "", "hills", "coast")
	}
	d.roles()
	d.people()
	d.records()
	d.shut()
	return d.w
}

func pick[T any](d drawer, from ...T) T { return from[d.IntN(len(from))] }

// id returns a new identifier that stands in no other text.
func (d drawer) id(kind string) string { return fmt.Sprintf("%s-%012x", kind, d.Uint64()&(1<<48-1)) }

// Offices returns the offices in the order of their names.
func (w *World) Offices() []string {
	var list []string
	for o := range w.Regions {
		list = append(list, o)
	}
	slices.Sort(list)
	return list
}

func (d drawer) office() string { return pick(d, append(d.w.Offices(), "")...) }

func (d drawer) someone() string { return pick(d, append(d.w.People, Person{})...).ID }

func (d drawer) roles() {
	for range 2 {
		role := map[string]Grant{}
		for _, a := range Actions() {
			if d.IntN(3) > 0 {
				role[a] = Grant{pick(d, "own", "team", "office", "region", "organisation"), pick(d, "", "contact", "narrative finance", "finance sensitive", "contact narrative sensitive", all)}
			}
		}
		d.w.Roles[d.id("role")] = role
	}
}

func (d *drawer) people() {
	roles := Roles()
	for r := range d.w.Roles {
		roles = append(roles, r)
	}
	slices.Sort(roles)
	for i := range 7 {
		p := Person{ID: d.id("person"), Office: d.office(), Left: d.IntN(9) == 0}
		for _, r := range d.Perm(len(roles))[:d.IntN(3)] {
			p.Positions = append(p.Positions, Position{roles[r], pick(*d, "", "", d.office())})
		}
		if i == 0 {
			p.Left, p.Positions = false, []Position{{"director", ""}}
		}
		d.w.People = append(d.w.People, p)
	}
	for range 2 {
		var team []string
		for _, p := range d.w.People {
			if d.IntN(3) == 0 {
				team = append(team, p.ID)
			}
		}
		d.w.Teams = append(d.w.Teams, team)
	}
}

func (d *drawer) records() {
	for range 7 {
		d.w.Clients = append(d.w.Clients, Client{d.id("client"), d.office(), d.someone()})
	}
	d.w.Restricted = []string{pick(*d, d.w.Clients...).ID, pick(*d, d.w.Clients...).ID}
	for range 10 {
		d.w.Cases = append(d.w.Cases, Case{d.id("case"), pick(*d, d.w.Clients[:5]...).ID, d.office(), d.someone(), d.IntN(3) == 0})
	}
}

// shut draws walls and emergencies, the more for who would see a case.
func (d *drawer) shut() {
	for _, p := range d.w.People {
		if d.IntN(3) == 0 {
			begun := d.w.Now + pick[int64](*d, -1000, -1000, 1000)
			d.w.Openings = append(d.w.Openings, Opening{pick(*d, d.w.Restricted...), p.ID, begun, begun + pick[int64](*d, 500, 3_600_000, 3_600_000)})
		}
		for _, c := range d.w.Cases {
			sees := d.w.Case(p.ID, "cases.read", c)
			if sees && d.IntN(6) == 0 || d.IntN(20) == 0 {
				d.w.Walls = append(d.w.Walls, Wall{c.ID, p.ID, pick(*d, "", "", "2020-01-01", d.w.Today, "2099-01-01"), d.IntN(5) == 0, d.IntN(3) == 0})
			}
			if !sees && d.IntN(5) == 0 {
				begun := d.w.Now + pick[int64](*d, -1000, -1000, -1000, 0, 5000)
				d.w.Emergencies = append(d.w.Emergencies, Emergency{c.ID, p.ID, begun, begun + pick[int64](*d, 500, 1000, 3_600_000, 3_600_000)})
			}
		}
	}
}
