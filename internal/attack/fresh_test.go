package attack

import (
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node/ledger"
)

// newCodes adds leaves to every category of a world that came in a month and of which
// there is no event.
func (w *World) newCodes(each int, since civil.Month) {
	list := *w.List
	list.Categories = nil
	for _, c := range w.List.Categories {
		for n := range each {
			c.Leaves = append(c.Leaves[:len(c.Leaves):len(c.Leaves)], codelist.Leaf{
				Code: c.Code + 50 + codelist.Code(n), Label: codelist.Label{En: "New", Es: "Nuevo"}, Since: since, Category: c.Code,
			})
		}
		list.Categories = append(list.Categories, c)
	}
	before := w.Leaves
	w.List = registry(&list, w.Set).List(list.Name)
	w.Leaves = w.List.Leaves()
	at := map[codelist.Code]int{}
	for i, l := range w.Leaves {
		at[l.Code] = i
	}
	for i := range w.Events {
		w.Events[i].Leaf = at[before[w.Events[i].Leaf].Code]
	}
}

// unused is what somebody says who knows that nobody uses a leaf in its first year.
func (w *World) unused() []Statement {
	var told []Statement
	for leaf, l := range w.Leaves {
		for month := range w.Months {
			if !l.Known(w.Period(month)) {
				told = append(told, AtMost(0, w.Cell(month, leaf)))
			}
		}
	}
	return told
}

// crowded is an office of one release in which every code but the first of its category
// has just too few cases to leave by itself, and that has one.
func crowded() *World {
	reg := codelist.National()
	set, _ := reg.DataSet(codelist.CasesOpened)
	w := &World{List: reg.List(set.List), Set: set, First: 202603, Months: 1}
	w.Leaves = w.List.Leaves()
	category := codelist.Code(0)
	for i, l := range w.Leaves {
		n := 4
		if l.Category != category {
			category, n = l.Category, 1
		}
		for range n {
			w.Events = append(w.Events, Event{Leaf: i, Person: len(w.Events)})
		}
	}
	return w
}

// TestNewCodesGiveNoCaseAway lets the attackers loose on offices with four new codes in
// each category that nobody uses. Who is told so recovers no case, and knows of no cell
// more that it is not empty than who is not told. Did the guards count new codes, it
// would be otherwise.
func TestNewCodesGiveNoCaseAway(t *testing.T) {
	l := solver(t)
	for name, c := range map[string]struct {
		rule  Rule
		finds bool
	}{"as it is": {ledger.Choose, false}, "counted from the first day": {ageless, true}} {
		var known [2]int // cells that are known not to be empty
		for i := range known {
			var told [][]Statement
			var counts [][]int
			var worlds []*World
			for seed := range uint64(6) {
				w := Invent(seed, Sizes[1], 8, Plain())
				if w.First, w.Step = 202503, 3; seed == 0 { // every release may have rests
					w = crowded()
				}
				w.newCodes(4, 202605)
				h := ModeD(w, c.rule, ledger.National())
				h.check(t)
				statements := h.Told()
				if i == 1 {
					statements = append(statements, w.unused()...)
				}
				worlds, told, counts = append(worlds, w), append(told, statements), append(counts, h.Counts())
			}
			found, systems := attacked(t, l, told, counts)
			if found.linear > 0 && !c.finds {
				t.Errorf("%s: %d of %d single cases are recovered", name, found.linear, found.cells)
			}
			for j, s := range systems {
				ordinary, sensitive := worlds[j].notEmpty(s)
				known[i] += ordinary + sensitive
			}
		}
		t.Logf("%s: %d cells are known not to be empty, %d to who knows that nobody uses the new codes", name, known[0], known[1])
		if (known[1] > known[0]) != c.finds {
			t.Errorf("%s: it tells something: %v", name, known[1] > known[0])
		}
	}
}
