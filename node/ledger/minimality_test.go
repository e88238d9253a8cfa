package ledger

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// listOf makes a code list: a word for each category, a letter for each leaf, "s"
// for a sensitive one and "o" for an ordinary one; "n" is one that came in 2026. The leaves of the first category
// are 1101, 1102, of the second 1201 and so on.
func listOf(t testing.TB, shape string) *codelist.List {
	t.Helper()
	type m = map[string]any
	var categories []m
	for c, word := range strings.Fields(shape) {
		var leaves []m
		for i, letter := range word {
			leaf := m{"code": 1101 + 100*c + i, "en": "e", "es": "s", "sensitive": letter == 's'}
			if letter == 'n' {
				leaf["since"] = 202601
			}
			leaves = append(leaves, leaf)
		}
		categories = append(categories, m{"code": 1100 + 100*c, "en": "e", "es": "s", "leaves": leaves})
	}
	b, err := json.Marshal(m{
		"version": 1, "lists": []m{{"name": "list", "code": 1000, "en": "e", "es": "s", "categories": categories}},
		"plan": m{"version": 1, "data_sets": []m{{"data_set": 1, "name": "cases_opened", "list": "list", "en": "e", "es": "s"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	reg, err := codelist.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return reg.List("list")
}

// world is how many cases each leaf of a list has, each of another person.
type world []int64

// shares are the cases of a world.
func (w world) shares(list *codelist.List) []Share {
	var all []Share
	for i, leaf := range list.Leaves() {
		for n := range w[i] {
			all = append(all, Share{Code: leaf.Code, Person: fmt.Sprint(leaf.Code, " ", n), Value: 1})
		}
	}
	return all
}

// told is what somebody outside knows of a leaf after one release.
type told struct {
	hidden    bool
	low, high int64
}

// attack goes through every world of a list in which no leaf has more than it
// takes to leave, and returns how many hidden leaves, over all worlds, an attacker
// who knows the rules would know exactly, and of how many that they have something.
func attack(list *codelist.List, l Limits, publish func(world) []Choice) (worlds, exact, some int) {
	seen := map[string][]told{}
	count := map[string]int{}
	leaves := list.Leaves()
	w := make(world, len(leaves))
	for {
		choices := publish(w)
		key := fmt.Sprint(wire(choices))
		count[key]++
		worlds++
		learn(seen, key, w, leaves, choices)
		i := 0
		for ; i < len(w); i++ {
			if w[i]++; w[i] <= l.needs(leaves[i].Sensitive) {
				break
			}
			w[i] = 0
		}
		if i == len(w) {
			break
		}
	}
	for key, all := range seen {
		for _, t := range all {
			if t.hidden && t.low == t.high {
				exact += count[key]
			}
			if t.hidden && t.low > 0 {
				some += count[key]
			}
		}
	}
	return worlds, exact, some
}

// wire is what of choices is on the wire.
func wire(choices []Choice) []string {
	var all []string
	for _, c := range choices {
		all = append(all, fmt.Sprint(c.Level, c.Code, c.Value))
	}
	return all
}

func learn(seen map[string][]told, key string, w world, leaves []codelist.Leaf, choices []Choice) {
	all, met := seen[key]
	if !met {
		all = make([]told, len(leaves))
		for i, leaf := range leaves {
			all[i] = told{true, w[i], w[i]}
			for _, c := range choices {
				if c.Key == (Key{Leaf, leaf.Code}) {
					all[i].hidden = false
				}
			}
		}
		seen[key] = all
	}
	for i := range all {
		all[i].low, all[i].high = min(all[i].low, w[i]), max(all[i].high, w[i])
	}
}

// shape is a small list, ordinary or mixed, with thresholds so small that every
// world of it can be gone through.
type shape struct {
	list          string
	k, kSensitive int64
}

var shapes = []shape{
	{"oo oo oo", 4, 4},
	{"ooo ooo", 4, 4},
	{"oooooo", 4, 4},
	{"o o oo oo", 4, 4},
	{"os oo s", 3, 6},
	{"oos so o", 3, 5},
	{"o s oss", 3, 5},
	{"oo ss oo", 3, 5},
	{"o o o o o s", 3, 5},
	{"oon on", 4, 4},
}

// attack attacks a shape in a month.
func (s shape) attack(t *testing.T, period civil.Month, mixed bool, g guards) (worlds, exact, some int) {
	t.Helper()
	list, limits := listOf(t, s.list), Limits{K: s.k, KSensitive: s.kSensitive, P: 25, Largest: 5000}
	worlds, exact, some = attack(list, limits, func(w world) []Choice {
		return choose(Table{List: list, Period: period, Limits: limits, Shares: w.shares(list), Mixed: mixed}, g).choices
	})
	t.Logf("%s in %d: %d worlds, %d leaves known exactly, %d known to have something", s.list, period, worlds, exact, some)
	return worlds, exact, some
}

// TestNoHiddenLeafIsKnownFromOneRelease is the minimality attack: over every world
// of every shape, at the end of a quarter and of a year, nobody who knows the rules
// learns of a leaf that waits or is in a rest how many it has, nor that it has any.
func TestNoHiddenLeafIsKnownFromOneRelease(t *testing.T) {
	for _, s := range shapes {
		for period, mixed := range map[civil.Month]bool{202603: true, 202612: false} {
			if _, exact, some := s.attack(t, period, mixed, guards{restHides, feasible}); exact+some > 0 {
				t.Errorf("%s in %d: %d leaves are known exactly, %d to have something", s.list, period, exact, some)
			}
		}
	}
}

// TestWithoutAGuardLeavesAreKnown: the attack finds what it looks for as soon as a
// guard is away, or sees each category alone.
func TestWithoutAGuardLeavesAreKnown(t *testing.T) {
	for name, g := range map[string]guards{
		"no guard of rests":     {func(int64, residual) bool { return true }, feasible},
		"no guard of other":     {restHides, func(int64, []residual) bool { return true }},
		"categories forgotten":  {restHides, together},
		"one leaf makes a rest": {func(value int64, r residual) bool { return value <= r.sum() }, feasible},
	} {
		t.Run(name, func(t *testing.T) {
			found := 0
			for _, s := range []shape{{"ooo oo", 4, 4}, {"o s oss", 3, 5}} {
				_, exact, some := s.attack(t, 202612, true, g)
				found += exact + some
			}
			if found < 100 {
				t.Errorf("only %d leaves are known", found)
			}
		})
	}
}

// together is the guard as one would write it first: every leaf could be empty as
// far as the sum goes, the categories forgotten.
func together(total int64, pool []residual) bool {
	all := residual{}
	for _, r := range pool {
		all.caps = append(all.caps, r.caps...)
	}
	return restHides(total, all)
}
