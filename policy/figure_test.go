package policy

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"casehub/internal/codelist"
)

// wideGroups are n groups over several tables, as a release of many kinds has them.
func wideGroups(n int) (*codelist.Registry, []Group) {
	reg := wideRegistry()
	var groups []Group
	for _, set := range reg.Plan.DataSets {
		for i, f := range reg.List(set.List).Leaves() {
			if len(groups) == n {
				return reg, groups
			}
			size := uint32(10 + i%60)
			g := Group{DataSet: set.Number, Code: uint32(f.Code), Level: 1, FromPeriod: 202607, Value: size, Clients: size - uint32(i%4), Money: set.Money}
			if f.Sensitive {
				g.Value, g.Clients = size+10, size+10
			}
			if set.Money {
				g.Share = 40 + uint32(i%50)
			}
			groups = append(groups, g)
		}
	}
	return reg, groups
}

// wideRegistry has ten tables of a hundred leaves each, two of them with money.
func wideRegistry() *codelist.Registry {
	text := `{"version": 1, "lists": [`
	plan := ""
	for l := range 10 {
		base := (l + 1) * 1000
		if l > 0 {
			text, plan = text+",", plan+","
		}
		text += fmt.Sprintf(`{"name": "l%d", "code": %d, "en": "l", "es": "l", "categories": [`, l, base)
		for c := range 10 {
			if c > 0 {
				text += ","
			}
			text += fmt.Sprintf(`{"code": %d, "en": "c", "es": "c", "leaves": [`, base+(c+1)*50)
			for f := range 10 {
				if f > 0 {
					text += ","
				}
				text += fmt.Sprintf(`{"code": %d, "en": "f", "es": "f", "sensitive": %v}`, base+(c+1)*50+f+1, f == 0)
			}
			text += "]}"
		}
		text += "]}"
		plan += fmt.Sprintf(`{"data_set": %d, "name": "d%d", "list": "l%d", "money": %v, "en": "d", "es": "d"}`, l+1, l, l, l < 2)
	}
	reg, err := codelist.Parse([]byte(text + `], "plan": {"version": 1, "data_sets": [` + plan + `]}}`))
	if err != nil {
		panic(err)
	}
	return reg
}

// asMaps lays a question out as JSON has it, which is what a policy in Go without
// types would be asked.
func asMaps(q Question) map[string]any {
	var groups []any
	for _, g := range q.Groups {
		groups = append(groups, map[string]any{
			"data_set": int64(g.DataSet), "level": int64(g.Level), "code": int64(g.Code), "from": int64(g.FromPeriod), "value": int64(g.Value),
			"clients": int64(g.Clients), "money": g.Money, "share": int64(g.Share), "negative": g.Negative, "again": g.Again, "block": int64(g.Block),
		})
	}
	h := q.Header
	return map[string]any{"groups": groups, "header": map[string]any{
		"schema_version": int64(h.SchemaVersion), "org_unit": int64(h.OrgUnit), "sequence": int64(h.Sequence), "period": int64(h.Period),
		"plan_version": int64(h.PlanVersion), "registry_version": int64(h.RegistryVersion), "rules_version": int64(h.RulesVersion),
		"kind": int64(h.Kind), "voids_sequence": int64(h.VoidsSequence),
	}}
}

// byHand are the rules of the embedded layer once more, written in Go over maps:
// what the evaluator is measured against. It answers as Decide does.
type byHand struct {
	data map[string]any
	// sets are the code lists as sets, made once, as a careful hand would.
	leaves, sensitive map[string]map[int64]bool
}

func newByHand(reg *codelist.Registry) byHand {
	b := byHand{egressData(reg, office, Floor()), map[string]map[int64]bool{}, map[string]map[int64]bool{}}
	for name, listed := range b.sets() {
		b.leaves[name], b.sensitive[name] = asSet(listed.(map[string]any)["codes"]), asSet(listed.(map[string]any)["sensitive"])
	}
	return b
}

func asSet(list any) map[int64]bool {
	set := map[int64]bool{}
	for _, c := range list.([]any) {
		set[int64(c.(int))] = true
	}
	return set
}

func (b byHand) sets() map[string]any {
	return b.data["registry"].(map[string]any)["data_sets"].(map[string]any)
}

func (b byHand) limit(name string) int64 { return int64(b.data["limits"].(map[string]any)[name].(int)) }

func (b byHand) allows(input map[string]any) bool {
	header := input["header"].(map[string]any)
	if header["schema_version"].(int64) != 1 || header["org_unit"].(int64) != int64(b.data["office"].(map[string]any)["org_unit"].(int)) ||
		header["registry_version"].(int64) != int64(b.data["registry"].(map[string]any)["version"].(int)) ||
		header["plan_version"].(int64) != int64(b.data["registry"].(map[string]any)["plan"].(int)) || header["rules_version"].(int64) < 1 {
		return false
	}
	period, closing := header["period"].(int64), header["kind"].(int64) == 3
	if header["kind"].(int64) != 1 && !closing || header["voids_sequence"].(int64) != 0 {
		return false
	}
	seen := map[string]bool{}
	for _, one := range input["groups"].([]any) {
		g := one.(map[string]any)
		name := strconv.FormatInt(g["data_set"].(int64), 10)
		id := name + "/" + strconv.FormatInt(g["level"].(int64), 10) + "/" + strconv.FormatInt(g["code"].(int64), 10)
		if seen[id] || !b.group(name, g, period, closing) {
			return false
		}
		seen[id] = true
	}
	return true
}

// group judges one group of a leaf; the measured release has no others.
func (b byHand) group(name string, g map[string]any, period int64, closing bool) bool {
	listed, ok := b.sets()[name].(map[string]any)
	code := g["code"].(int64)
	if !ok || g["level"].(int64) != 1 || !b.leaves[name][code] {
		return false
	}
	for _, c := range b.data["limits"].(map[string]any)["withheld"].([]any) {
		if int64(c.(int)) == code {
			return false
		}
	}
	from := g["from"].(int64)
	if g["value"].(int64) > b.limit("largest") || from > period {
		return false
	}
	k := b.limit("k")
	if b.sensitive[name][code] {
		k = max(k, b.limit("k_sensitive"))
		if period%100%3 != 0 && !closing || (from%100-1)%3 != 0 {
			return false
		}
	}
	if g["negative"].(bool) {
		k *= 2
	}
	if min(g["value"].(int64)-g["block"].(int64), g["clients"].(int64)) < k {
		return false
	}
	if listed["money"].(bool) {
		return g["money"].(bool) && g["share"].(int64) >= b.limit("p")
	}
	return !g["money"].(bool) && !g["negative"].(bool)
}

// TestByHandIsAsTheRules: what the figure compares with says the same as the rules
// of leaves.
func TestByHandIsAsTheRules(t *testing.T) {
	reg := codelist.National()
	hand := newByHand(reg)
	e := newEgress(t)
	n := 0
	for _, q := range questions() {
		if slices.ContainsFunc(q.Groups, func(g Group) bool { return g.Level != 1 }) || q.Header.Kind == 2 {
			continue
		}
		n++
		d, err := e.Decide(t.Context(), q)
		if err != nil || d.Allowed != hand.allows(asMaps(q)) {
			t.Fatalf("the rules say %v (%v) of %+v", d.Allowed, err, q)
		}
	}
	if n < 300 {
		t.Errorf("only %d questions were compared", n)
	}
}

// TestFigurePolicy measures the embedded layer on 1,000 groups against the same
// checks written by hand in Go over maps, in turns.
func TestFigurePolicy(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") != "1" {
		t.Skip("figures are measured by make bench")
	}
	reg, groups := wideGroups(1000)
	q := Question{Header: goodHeader(), Groups: groups}
	q.Header.RegistryVersion, q.Header.PlanVersion = reg.Version, reg.Plan.Version
	e, err := NewEgress(t.Context(), reg, office)
	if err != nil {
		t.Fatal(err)
	}
	e.deadline = time.Minute
	hand, maps := newByHand(reg), asMaps(q)
	var rules, typed []float64
	for range 51 {
		begin := time.Now()
		d, err := e.Decide(t.Context(), q)
		rules = append(rules, float64(time.Since(begin).Microseconds()))
		if err != nil || !d.Allowed || len(groups) != 1000 {
			t.Fatalf("the rules say %v, %v of %d groups", d.Allowed, err, len(groups))
		}
		begin = time.Now()
		if !hand.allows(maps) {
			t.Fatal("by hand it was refused")
		}
		typed = append(typed, float64(time.Since(begin).Microseconds()))
	}
	slices.Sort(rules)
	slices.Sort(typed)
	ratio := rules[25] / typed[25]
	verdict := "ok"
	if ratio > 15 {
		verdict = "short"
	}
	t.Logf("1,000 groups: rules %.0f µs, by hand %.0f µs", rules[25], typed[25])
	fmt.Printf("figure policy_to_go_1000_groups %.1f x goal <=15 %s\n", ratio, verdict)
}
