package attack

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node/ledger"
)

// World is one table of one office: everything that happened in some months.
type World struct {
	List   *codelist.List
	Set    codelist.DataSet
	Leaves []codelist.Leaf // of List, in its order
	First  civil.Month
	Months int
	Step   int // months of the calendar between two of First + Months; 0 is 1
	Events []Event
	// Limits are those of each month, where the office or its packs change them; nil
	// where those that Mode D is given hold all the time.
	Limits []ledger.Limits
}

// Event is one thing that is counted. Months are numbers, 0 is World.First.
type Event struct {
	Leaf   int // in World.Leaves
	Month  int // in which it happened
	Known  int // in which it was recorded; not before Month
	Person int
	Minor  int64 // of money; 0 in a table without
	// Changed is the month in which the record was corrected, after Known; 0 where
	// it never was. To is the leaf that was right, or -1 for no event at all.
	Changed, To int
}

// Cell is the number of the cell of a month and a leaf.
func (w *World) Cell(month, leaf int) int { return month*len(w.Leaves) + leaf }

// Cells is the number of cells.
func (w *World) Cells() int { return w.Months * len(w.Leaves) }

// Counts returns what each cell holds, by the month in which an event was
// recorded. Without late entries that is the month in which it happened.
func (w *World) Counts() []int {
	counts := make([]int, w.Cells())
	for _, e := range w.Events {
		counts[w.Cell(e.Known, e.Leaf)]++
	}
	return counts
}

// Period returns the month of a number.
func (w *World) Period(month int) civil.Month { return w.First.Add(month * max(1, w.Step)) }

// Size is how many cases an office opens in a month.
type Size struct {
	Name      string
	Low, High int
}

// Sizes are the three kinds of office of the report.
var Sizes = []Size{{"10-15", 10, 15}, {"10-40", 10, 40}, {"80-120", 80, 120}}

// Chances are the habits of an invented office, each a share of its cases.
type Chances struct {
	Again   float64 // of a client who was here before
	Late    float64 // recorded one to three months after they happened
	Recoded float64 // found to be of another type some months later
	Gone    float64 // withdrawn some months later
}

// Plain is an office in which every client has one case, everything is recorded
// at once and nothing is corrected: the one of which an attacker knows most.
func Plain() Chances { return Chances{} }

// Lived is an office with all that happens in one.
func Lived() Chances { return Chances{Again: 0.22, Late: 0.06, Recoded: 0.028, Gone: 0.01} }

// fewestTypes and mostTypes are how long an office's list of case types can be.
const fewestTypes, mostTypes = 30, 45

// Invent returns the table of cases opened of an invented office. The same seed
// gives the same office.
func Invent(seed uint64, size Size, months int, c Chances) *World {
	g := newChance(seed)
	reg := pruned(g, fewestTypes+g.IntN(mostTypes-fewestTypes+1))
	set, _ := reg.DataSet(codelist.CasesOpened)
	w := &World{List: reg.List(set.List), Set: set, First: civil.Month(202501), Months: months}
	w.Leaves = w.List.Leaves()
	weights := skewed(g, w.Leaves)
	mean := float64(size.Low) + g.Float64()*float64(size.High-size.Low)
	for month := range months {
		n := int(math.Round(mean + math.Sqrt(mean)*g.NormFloat64()))
		for range min(max(n, size.Low), size.High) {
			w.Events = append(w.Events, w.event(g, month, g.weighted(weights), c, weights))
		}
	}
	return w
}

// event invents one case and what becomes of its record.
func (w *World) event(g *chance, month, leaf int, c Chances, weights []float64) Event {
	e := Event{Leaf: leaf, Month: month, Known: month, Person: len(w.Events)}
	if n := len(w.Events); n > 0 && g.Float64() < c.Again {
		e.Person = w.Events[n-1-g.IntN(min(n, 60))].Person
	}
	if g.Float64() < c.Late {
		e.Known = min(month+1+g.IntN(3), w.Months-1)
	}
	switch p := g.Float64(); {
	case p < c.Gone:
		e.Changed, e.To = e.Known+1+g.IntN(6), -1
	case p < c.Gone+c.Recoded:
		e.Changed, e.To = e.Known+1+g.IntN(6), g.weighted(weights)
	}
	return e
}

// InventMoney returns the table of amounts recovered of an invented office:
// about three in ten of its cases end with an amount.
func InventMoney(seed uint64, size Size, months int) *World {
	g := newChance(seed)
	reg := codelist.National()
	set, _ := reg.DataSet(codelist.AmountsRecovered)
	w := &World{List: reg.List(set.List), Set: set, First: civil.Month(202501), Months: months}
	w.Leaves = w.List.Leaves()
	weights := skewed(g, w.Leaves)
	mean := 0.3 * (float64(size.Low) + g.Float64()*float64(size.High-size.Low))
	for month := range months {
		for range max(0, int(math.Round(mean+math.Sqrt(mean)*g.NormFloat64()))) {
			e := w.event(g, month, g.weighted(weights), Lived(), weights)
			e.Minor = max(50_00, int64(4_000_00*math.Exp(1.1*g.NormFloat64())))
			if g.Float64() < 0.01 {
				e.Minor = -e.Minor
			}
			w.Events = append(w.Events, e)
		}
	}
	return w
}

// chance is a replayable source of numbers.
type chance struct{ *rand.Rand }

func newChance(seed uint64) *chance { return &chance{rand.New(rand.NewPCG(seed, 0x6361736568756231))} }

func (g *chance) weighted(weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	at := g.Float64() * total
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// domesticViolence is common in every advice office, and sensitive.
const domesticViolence = codelist.Code(1401)

// skew is the exponent of Zipf's law by which a few types are most of the work.
const skew = 1.0

// skewed returns a weight for each leaf: by Zipf's law in an order of the
// office's own, in which domestic violence is among the first four.
func skewed(g *chance, leaves []codelist.Leaf) []float64 {
	order := g.Perm(len(leaves))
	for i, l := range leaves {
		if l.Code == domesticViolence {
			at := slices.Index(order, i)
			to := g.IntN(min(4, len(order)))
			order[at], order[to] = order[to], order[at]
		}
	}
	weights := make([]float64, len(leaves))
	for rank, i := range order {
		weights[i] = math.Pow(float64(rank+1), -skew)
	}
	return weights
}

// pruned returns the national registry with so many case types only, drawn: an
// attacker knows which types an office has, and no leaf is empty for ever.
func pruned(g *chance, types int) *codelist.Registry {
	all := codelist.National()
	list := *all.List(codelist.CaseTypes)
	var codes []codelist.Code
	for _, l := range list.Leaves() {
		codes = append(codes, l.Code)
	}
	g.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
	if at := slices.Index(codes, domesticViolence); at >= types {
		codes[0], codes[at] = codes[at], codes[0]
	}
	keep := codes[:min(types, len(codes))]
	var categories []codelist.Category
	for _, c := range list.Categories {
		c.Leaves = slices.DeleteFunc(slices.Clone(c.Leaves), func(l codelist.Leaf) bool { return !slices.Contains(keep, l.Code) })
		if len(c.Leaves) > 0 {
			categories = append(categories, c)
		}
	}
	list.Categories = categories
	set, _ := all.DataSet(codelist.CasesOpened)
	return registry(&list, set)
}

// registry makes a registry of one list and one data set.
func registry(list *codelist.List, set codelist.DataSet) *codelist.Registry {
	b, err := json.Marshal(codelist.Registry{Version: 1, Lists: []*codelist.List{list}, Plan: codelist.Plan{Version: 1, DataSets: []codelist.DataSet{set}}})
	if err != nil {
		panic(fmt.Sprintf("a registry is no JSON: %v", err))
	}
	reg, err := codelist.Parse(b)
	if err != nil {
		panic(fmt.Sprintf("a part of the registry does not hold together: %v", err))
	}
	return reg
}
