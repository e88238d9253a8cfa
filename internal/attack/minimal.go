package attack

import (
	"encoding/binary"
	"fmt"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node/ledger"
)

// Shape is a small office of which every possible content is gone through.
type Shape struct {
	Name string
	// Categories says of each leaf of each category whether it is sensitive.
	Categories [][]bool
	// Periods are the months of the releases, one after the other.
	Periods []civil.Month
	Limits  ledger.Limits
	// Later are the limits of the second release and those after it, where they change;
	// Limits are those of the first, and of each for which there is none here.
	Later []ledger.Limits
	// Beyond is how many cases more than the largest number that stays hidden are
	// tried for each leaf.
	Beyond int
	// Mixed is an office without the rule of homogeneity.
	Mixed bool
	// People, where it is not 0, is how many clients there are in all, each of whom
	// may have up to Each cases of every leaf. Else every case is of another client.
	People, Each int
	// Weights, where there are any, make it a measure in which a record counts for as
	// many as it says: each of a leaf's records for one of these.
	Weights []int64
	// Taken is how many cases of an earlier release corrections may take off each
	// number: the first leaf's, the first category's rest's and other's. Aware is
	// somebody who knows how many they were.
	Taken int
	Aware bool
	// Since are the months in which leaves came, by their place; what is missing or 0 is
	// as old as the list. Unused is somebody who knows that no record carries one of them
	// in its first year, which is so.
	Since  []civil.Month
	Unused bool
}

// Found is what somebody knows who has gone through everything that could have
// led to what they see (the minimality attack).
type Found struct {
	Inputs, Outputs int
	// Hidden counts numbers that were not published by themselves, over all inputs;
	// Exact those of them that are the same in every input with the same output;
	// Positive those that are in no such input 0.
	Hidden, Exact, Positive int
	// Example is an input of which something is known.
	Example string
}

// String is for a test's log.
func (f Found) String() string {
	return fmt.Sprintf("%d inputs, %d outputs, %d hidden numbers: %d exact, %d above zero %s", f.Inputs, f.Outputs, f.Hidden, f.Exact, f.Positive, f.Example)
}

// Minimality runs a rule on all inputs of a shape: for every release and leaf a
// number of new cases, each of another client. What a release leaves behind is
// carried to the next.
func Minimality(rule Rule, s Shape) Found {
	m := newMinimal(rule, s)
	for more := true; more; more = m.next() {
		m.observe()
	}
	return m.conclude()
}

// minimal is the attack under way.
type minimal struct {
	rule    Rule
	shape   Shape
	list    *codelist.List
	set     codelist.DataSet
	leaves  []codelist.Leaf
	index   map[codelist.Code]int
	persons [][]string
	slots   int     // of each leaf: one for each of the people or weights, or one for all
	top     []int   // the largest number of new cases of each slot
	input   [][]int // by release, and there by leaf and slot
	taken   []int   // cases that corrections take off
	classes map[string]*class
	inputs  int
}

// class is all inputs with one output.
type class struct {
	kinds    []kind // of each cell
	min, max []int
	inputs   int
	first    string
	cut      bool // an input outside the ones tried could have led here
}

// kind says what may be known of a cell.
type kind byte

const (
	hidden kind = iota
	// shown by itself, so that nothing is hidden.
	shownAlone
	// last before the leaf was published by itself: that not all of it came earlier
	// is known by the threshold: the honest residue of rule D3.
	lastBefore
)

func newMinimal(rule Rule, s Shape) *minimal {
	m := &minimal{rule: rule, shape: s, index: map[codelist.Code]int{}, classes: map[string]*class{}}
	list := &codelist.List{Name: "tree", Code: 9000, Label: codelist.Label{En: "Tree", Es: "Árbol"}}
	for i, leaves := range s.Categories {
		c := codelist.Category{Code: codelist.Code(9000 + 100*(i+1)), Label: codelist.Label{En: "Category", Es: "Categoría"}}
		for j, sensitive := range leaves {
			leaf := codelist.Leaf{Code: c.Code + codelist.Code(j+1), Label: codelist.Label{En: "Leaf", Es: "Hoja"}, Sensitive: sensitive}
			if n := len(m.leaves); n < len(s.Since) {
				leaf.Since = s.Since[n]
			}
			c.Leaves, m.leaves = append(c.Leaves, leaf), append(m.leaves, leaf)
		}
		list.Categories = append(list.Categories, c)
	}
	set := codelist.DataSet{Number: 1, Name: s.measure(), List: "tree", Label: codelist.Label{En: "Tree", Es: "Árbol"}}
	m.list, m.set = registry(list, set).List("tree"), set
	m.leaves = m.list.Leaves()
	for i, l := range m.leaves {
		m.index[l.Code] = i
		m.name(i)
	}
	for range s.Periods {
		m.input = append(m.input, make([]int, len(m.top)))
	}
	m.taken = make([]int, len(m.corrected()))
	return m
}

// measure is the name of what is counted.
func (s Shape) measure() string {
	if len(s.Weights) > 0 {
		return "activity_participants"
	}
	return "tree"
}

// name prepares the slots of a leaf and the clients in them.
func (m *minimal) name(leaf int) {
	m.slots = max(1, m.shape.People, len(m.shape.Weights))
	var names []string
	for j := range m.slots {
		if m.shape.People > 0 {
			m.top = append(m.top, m.shape.Each)
			names = append(names, fmt.Sprint("p", j))
			continue
		}
		m.top = append(m.top, m.needs(leaf)-1+m.shape.Beyond)
		for n := range m.most(leaf) {
			names = append(names, fmt.Sprint(leaf, "-", j, "-", n))
		}
	}
	m.persons = append(m.persons, names)
}

// most is how many records of one slot of a leaf there can be at once.
func (m *minimal) most(leaf int) int {
	return len(m.shape.Periods) * (m.needs(leaf) + m.shape.Beyond)
}

// corrected are the numbers that corrections may take off from.
func (m *minimal) corrected() []ledger.Key {
	return []ledger.Key{{Level: ledger.Leaf, Code: m.leaves[0].Code}, {Level: ledger.Rest, Code: m.list.Categories[0].Code}, {Level: ledger.Other, Code: m.list.Code}}
}

// needs is the largest number of clients that it takes to publish a leaf by itself.
func (m *minimal) needs(leaf int) int {
	most := int64(0)
	for f := range m.shape.Periods {
		limits := m.shape.within(f)
		most = max(most, limits.K)
		if m.leaves[leaf].Sensitive {
			most = max(most, limits.KSensitive)
		}
	}
	return int(most)
}

// within returns the limits of a release.
func (s Shape) within(f int) ledger.Limits {
	if f == 0 || f > len(s.Later) {
		return s.Limits
	}
	return s.Later[f-1]
}

// next counts on to the next input.
func (m *minimal) next() bool {
	for i := range m.taken {
		if m.taken[i]++; m.taken[i] <= m.shape.Taken {
			return true
		}
		m.taken[i] = 0
	}
	for f, new := range m.input {
		for i := range new {
			if new[i]++; new[i] <= m.top[i] && !m.empty(f, i/m.slots) {
				return true
			}
			new[i] = 0
		}
	}
	return false
}

// empty reports whether it is known beforehand that a leaf has no new case in a release.
func (m *minimal) empty(f, leaf int) bool {
	return m.shape.Unused && !m.leaves[leaf].Known(m.shape.Periods[f])
}

// observe runs the rule on the input and puts it into the class of its output. A label
// begins where what left before says that a number was emptied, as in node/ledger: also
// for a leaf that waits aside, since nobody who sees the group can tell.
func (m *minimal) observe() {
	n := len(m.leaves)
	backlog, emptied, labelled := make([]int, len(m.top)), make([]int, n), make([]int, n)
	c := class{kinds: make([]kind, n*len(m.input))}
	var output []byte
	for f, new := range m.input {
		for i := range new {
			backlog[i] += new[i]
		}
		for _, choice := range m.rule(m.table(f, backlog)) {
			from := f
			for _, code := range slices.Concat(choice.Leaves, choice.Aside) {
				i := m.index[code]
				from = min(from, labelled[i])
				labelled[i] = f + 1
			}
			for _, code := range choice.Leaves {
				i := m.index[code]
				if choice.Level == ledger.Leaf {
					c.shown(f*n+i, m.none(i, emptied[i], f))
					c.cut = c.cut || emptied[i] < f && int(choice.Value) > m.top[i]
				}
				clear(backlog[i*m.slots : (i+1)*m.slots])
				emptied[i] = f + 1
			}
			for _, seen := range []uint64{uint64(choice.Level), uint64(choice.Code), uint64(choice.Value), uint64(from)} {
				output = binary.AppendUvarint(output, seen)
			}
		}
		output = append(output, 0)
	}
	if m.shape.Aware {
		output = fmt.Append(output, m.taken)
	}
	m.inputs++
	m.classify(string(output), c)
}

// shown notes that a leaf was published by itself, with this cell alone inside
// or with earlier ones too.
func (c *class) shown(cell int, alone bool) {
	c.kinds[cell] = lastBefore
	if alone {
		c.kinds[cell] = shownAlone
	}
}

// none reports whether it is known beforehand that a leaf has no new case in the releases
// from one to before another: also where there are none.
func (m *minimal) none(leaf, from, to int) bool {
	for f := from; f < to; f++ {
		if !m.empty(f, leaf) {
			return false
		}
	}
	return true
}

func (m *minimal) table(f int, backlog []int) ledger.Table {
	t := ledger.Table{Set: m.set, List: m.list, Period: m.shape.Periods[f], Limits: m.shape.within(f), Mixed: m.shape.Mixed, MinorPerHundred: minorPerHundred}
	for slot, n := range backlog {
		leaf := slot / m.slots
		for j := range n {
			who, weight := slot%m.slots*m.most(leaf)+j, int64(1)
			if m.shape.People > 0 {
				who = slot % m.slots
			}
			if len(m.shape.Weights) > 0 {
				weight = m.shape.Weights[slot%m.slots]
			}
			t.Shares = append(t.Shares, ledger.Share{Code: m.leaves[leaf].Code, Person: m.persons[leaf][who], Value: weight})
		}
	}
	for i, key := range m.corrected() {
		for j := range m.taken[i] {
			t.Entries = append(t.Entries, ledger.Entry{Key: key, Person: fmt.Sprint("before", i, "-", j), Value: -1})
		}
	}
	return t
}

func (m *minimal) classify(output string, found class) {
	c := m.classes[output]
	if c == nil {
		found.min, found.max, found.first = m.cells(), m.cells(), fmt.Sprint(m.input, m.taken)
		c = &found
		m.classes[output] = c
	}
	c.inputs++
	for i, v := range m.cells() {
		c.min[i], c.max[i] = min(c.min[i], v), max(c.max[i], v)
	}
}

// cells are the new cases of each release and leaf; behind them, where records have
// weights, what these add up to.
func (m *minimal) cells() []int {
	var all, weighed []int
	for _, new := range m.input {
		for at := 0; at < len(new); at += m.slots {
			n, sum := 0, 0
			for i, v := range new[at : at+m.slots] {
				n += v
				if len(m.shape.Weights) > 0 {
					sum += v * int(m.shape.Weights[i])
				}
			}
			all, weighed = append(all, n), append(weighed, sum)
		}
	}
	if len(m.shape.Weights) == 0 {
		return all
	}
	return append(all, weighed...)
}

// conclude counts what is known of the hidden numbers. Outputs to which inputs
// lead that were not tried are left out.
func (m *minimal) conclude() Found {
	f := Found{Inputs: m.inputs, Outputs: len(m.classes)}
	for _, c := range m.classes {
		if c.cut {
			continue
		}
		for i := range c.min {
			cell := i % len(c.kinds)
			k := c.kinds[cell]
			if k == shownAlone || m.empty(cell/len(m.leaves), cell%len(m.leaves)) {
				continue
			}
			f.Hidden += c.inputs
			exact, positive := c.min[i] == c.max[i], c.min[i] > 0 && k == hidden
			if exact {
				f.Exact += c.inputs
			}
			if positive {
				f.Positive += c.inputs
			}
			if (exact || positive) && (f.Example == "" || c.first < f.Example) {
				f.Example = c.first
			}
		}
	}
	return f
}
