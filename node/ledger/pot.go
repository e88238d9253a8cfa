package ledger

import "maps"

// pot is what would be one group: its events, people and money.
type pot struct {
	value, minor int64
	people       map[string]net
	// negative says that an amount below zero is inside; nameless counts the events
	// that could be anybody's.
	negative bool
	nameless int64
	// partial are those whose record left before, or of whom there is only what a
	// correction left of it, where a record counts for as many as it says.
	partial map[string]bool
}

// net is what is left of one person.
type net struct{ value, minor int64 }

func newPot() *pot { return &pot{people: map[string]net{}, partial: map[string]bool{}} }

// add puts in what a person has, or takes out what is below zero.
func (p *pot) add(person string, value, minor int64) {
	n := p.people[person]
	p.people[person] = net{n.value + value, n.minor + minor}
	p.value += value
	p.minor += minor
	p.negative = p.negative || minor < 0
	if person == nobody {
		p.nameless += value
	}
}

func (p *pot) addAll(o *pot) {
	for person, n := range o.people {
		p.add(person, n.value, n.minor)
	}
	p.negative = p.negative || o.negative
	maps.Copy(p.partial, o.partial)
}

func (p *pot) clone() *pot {
	c := newPot()
	c.addAll(p)
	return c
}

// clients counts the people of whom something is left. Who was erased is nobody.
func (p *pot) clients() int64 { return p.beside(newPot()) }

// hides reports whether a person is one of those who hide the others: something is
// left of them, and what is left is a whole record.
func (p *pot) hides(person string) bool {
	return p.people[person].value > 0 && person != "" && !p.partial[person]
}

// records counts those of whom something is left, whether or not they hide anybody.
func (p *pot) records() int64 {
	var n int64
	for person, left := range p.people {
		if left.value > 0 && person != "" {
			n++
		}
	}
	return n
}

// beside counts the people who are not in another pot.
func (p *pot) beside(o *pot) int64 {
	var n int64
	for person := range p.people {
		if _, met := o.people[person]; !met && p.hides(person) {
			n++
		}
	}
	return n
}

// backlog sums the pot up, with what rounding left over for its number.
func (p *pot) backlog(t Table, k Key) Backlog {
	b := Backlog{DataSet: t.Set.Number, Code: k.Code, Value: p.value, Clients: p.clients(), Nameless: p.nameless}
	if !t.Set.Money {
		return b
	}
	for _, n := range p.people {
		b.Amounts = b.Amounts.with(n.minor, false)
	}
	b.Amounts.Negative, b.Amounts.Carry, b.Amounts.MinorPerHundred = p.negative, t.Carry[k], t.MinorPerHundred
	return b
}
