package policy

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/proof"

	"github.com/open-policy-agent/opa/v1/ast"
	"pgregory.net/rapid"
)

// TestProveEachFloorCheckIsNeeded takes every check of the floor out in turn: some
// hostile release must then pass it. It prints the table of checks and killers.
func TestProveEachFloorCheckIsNeeded(t *testing.T) {
	checks := FloorChecks()
	var refused []hostile
	for _, h := range hostiles() {
		if !FloorHolds(codelist.National(), h.q) {
			refused = append(refused, h)
		}
	}
	alive := 0
	for i, gone := range checks {
		killers := 0
		first := ""
		for _, h := range refused {
			if holdsWithout(NewWire(codelist.National(), h.q), checks, i) {
				killers++
				first = max(first, h.name)
			}
		}
		t.Logf("floor without %-9s killed by %3d, such as %q", gone.Name, killers, first)
		if killers == 0 {
			alive++
			t.Errorf("nothing notices that the check %s is gone", gone.Name)
		}
	}
	proof.AtMost(t, "gate/floor-mutants-alive", float64(alive), 0)
}

// holdsWithout runs every check but one. A check that cannot even read what an
// earlier one would have refused has refused it.
func holdsWithout(w *Wire, checks []FloorCheck, gone int) (holds bool) {
	defer func() {
		if recover() != nil {
			holds = false
		}
	}()
	for i, c := range checks {
		if i != gone && !c.Hold(w) {
			return false
		}
	}
	return true
}

// questions are what the mutants of the rules are asked: what is hostile, and
// drawn releases, the same at every run.
func questions() []Question {
	all := slices.Collect(maps.Values(good()))
	for _, h := range hostiles() {
		all = append(all, h.q)
	}
	g := rapid.Custom(drawQuestion)
	for i := range 150 {
		all = append(all, g.Example(i))
	}
	return all
}

// mutantWorld is where the mutants are asked: by which code lists, under which limits,
// and what.
type mutantWorld struct {
	reg       *codelist.Registry
	limits    Limits
	questions []Question
}

// mutantWorlds are all of them.
func mutantWorlds(t *testing.T) []mutantWorld {
	all, reg := questions(), codelist.National()
	return []mutantWorld{
		{reg, Floor(), all},
		{young(t, work), Floor(), youngQuestions()},
		{reg, Limits{K: 6, KSensitive: 5, P: 30, Largest: 12, Hold: 6, Withheld: []uint32{1101, 1100, 1000}, DataSets: []uint32{1, 3}}, all},
		{reg, Limits{K: 12, KSensitive: 10, P: 25, Largest: 5000, Hold: 12}, all},
	}
}

// answers asks rules every question and writes down what they say.
func answers(t *testing.T, source string, w mutantWorld, stop func(i int, said string) bool) error {
	q, err := prepare(t.Context(), verdictQuery, egressData(w.reg, office, w.limits), module{"egress.rego", source})
	if err != nil {
		return err
	}
	for i, question := range w.questions {
		said := "error"
		if rs, err := evaluate(t.Context(), q, question.input(lens{w.reg, Floor().Tighten(w.limits)})); err == nil {
			if v, err := verdictOf(rs); err == nil {
				said = fmt.Sprint(v.headerOK, v.version, v.accepted)
			}
		}
		if stop(i, said) {
			return nil
		}
	}
	return nil
}

// TestProveEveryLineOfTheRulesIsNeeded takes out every rule, and every condition of
// every rule, in turn: some question must then be answered otherwise.
func TestProveEveryLineOfTheRulesIsNeeded(t *testing.T) {
	worlds := mutantWorlds(t)
	var want [][]string
	for _, w := range worlds {
		var said []string
		err := answers(t, egressRules, w, func(_ int, s string) bool {
			said = append(said, s)
			return false
		})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, said)
	}
	mutants := withoutOneCondition(t, egressRules)
	maps.Copy(mutants, withoutOneRule(t, egressRules))
	maps.Copy(mutants, withoutOneInner(t, egressRules))
	killed, uncompiled, alive := 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(mutants)) {
		killer := -1
		for i, w := range worlds {
			if err := answers(t, mutants[name], w, func(j int, said string) bool {
				if said != want[i][j] {
					killer = j
				}
				return killer >= 0
			}); err != nil {
				killer = -2
			}
			if killer != -1 {
				break
			}
		}
		switch killer {
		case -2:
			uncompiled++
		case -1:
			alive++
			t.Errorf("nothing notices that this is gone: %s", name)
		default:
			killed++
			t.Logf("killed by question %3d: without %s", killer, name)
		}
	}
	t.Logf("%d mutants of the rules: %d killed, %d do not compile", len(mutants), killed, uncompiled)
	if killed < 50 {
		t.Errorf("only %d mutants were killed", killed)
	}
	proof.AtMost(t, "gate/rule-mutants-alive", float64(alive), 0)
}

// withoutOneRule returns the rules without one of them, by what was taken out.
func withoutOneRule(t *testing.T, source string) map[string]string {
	t.Helper()
	all := map[string]string{}
	parsed, err := ast.ParseModule("egress.rego", source)
	if err != nil {
		t.Fatal(err)
	}
	for i, rule := range parsed.Rules {
		changed := parsed.Copy()
		changed.Rules = slices.Delete(slices.Clone(changed.Rules), i, i+1)
		all[fmt.Sprintf("the whole rule %d, %s", i, rule.Head.Name)] = changed.String()
	}
	return all
}

// withoutOneInner returns the rules without one condition of one comprehension or
// "every", by what was taken out.
func withoutOneInner(t *testing.T, source string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for n := 0; ; n++ {
		parsed, err := ast.ParseModule("egress.rego", source)
		if err != nil {
			t.Fatal(err)
		}
		gone := dropInner(parsed, n)
		if gone == "" {
			return all
		}
		all[fmt.Sprintf("inner condition %d: %s", n, gone)] = parsed.String()
	}
}

// dropInner deletes the n-th condition inside a comprehension and returns what it
// was, "" when there are not so many.
func dropInner(m *ast.Module, n int) (gone string) {
	drop := func(b ast.Body) ast.Body {
		for j := range b {
			if n == 0 && gone == "" {
				gone = b[j].String()
				return append(slices.Delete(slices.Clone(b), j, j+1), ast.MustParseExpr("true"))
			}
			n--
		}
		return b
	}
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.SetComprehension:
			x.Body = drop(x.Body)
		case *ast.ArrayComprehension:
			x.Body = drop(x.Body)
		}
		return gone != ""
	}).Walk(m)
	return gone
}
