package codelist_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"casehub/internal/civil"
	"casehub/internal/codelist"
)

func TestNationalRegistryHasTheShapeOfThePlan(t *testing.T) {
	r := codelist.National()
	types := r.List(codelist.CaseTypes)
	if got := len(types.Categories); got != 10 {
		t.Errorf("%d categories of case types, want 10", got)
	}
	if got := len(types.Leaves()); got < 40 || got > 50 {
		t.Errorf("%d case types, want about 40", got)
	}
	sensitive := 0
	for _, f := range types.Leaves() {
		if f.Sensitive {
			sensitive++
		}
	}
	if sensitive != 7 {
		t.Errorf("%d sensitive case types, want the 7 of violence, child abuse, sexual offences, HIV, asylum, trafficking and stalking", sensitive)
	}
	if d, ok := r.DataSet(codelist.AmountsRecovered); !ok || !d.Money {
		t.Error("amounts recovered is not a measure with money")
	}
}

func TestParseRefusesWhatDoesNotHoldTogether(t *testing.T) {
	good, err := os.ReadFile("registry.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string][2]string{
		"a code twice":           {`"code": 1102`, `"code": 1101`},
		"a missing label":        {`"es": "Salarios impagos"`, `"es": ""`},
		"an unknown key":         {`"version": 2`, `"verzion": 2`},
		"a measure of no list":   {`"list": "case_types"`, `"list": "nothing"`},
		"a month that is none":   {`"es": "Salarios impagos"`, `"es": "Salarios impagos", "since": 202613`},
		"a measure that repeats": {`"data_set": 2`, `"data_set": 1`},
	} {
		bad := bytes.Replace(good, []byte(edit[0]), []byte(edit[1]), 1)
		if bytes.Equal(bad, good) {
			t.Fatalf("%s: the registry has no %s", name, edit[0])
		}
		if _, err := codelist.Parse(bad); err == nil {
			t.Errorf("a registry with %s was read", name)
		}
	}
	if _, err := codelist.Parse(good); err != nil {
		t.Errorf("the unchanged registry: %v", err)
	}
}

// A release has its tables in the order of the plan, so a plan whose numbers do not
// ascend would be refused at the hub, release by release.
func TestParseNamesTheLineOfAMeasureOutOfOrder(t *testing.T) {
	good, err := os.ReadFile("registry.json")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(good, []byte("\n"))
	for name, c := range map[string]struct{ is, with, says string }{
		"swapped":      {`"data_set": 5,`, `"data_set": 2,`, "plan.data_sets[4].data_set: data set 2 stands after 4: numbers must ascend"},
		"twice":        {`"data_set": 5,`, `"data_set": 4,`, "plan.data_sets[4].data_set: data set 4 stands twice"},
		"missing":      {`"data_set": 1,`, `"data_set": 0,`, "plan.data_sets[0].data_set: a number is missing"},
		"of no list":   {`"list": "case_types"`, `"list": "nothing"`, "plan.data_sets[0].list: data set 1 has no list"},
		"a later jump": {`"data_set": 9,`, `"data_set": 99,`, "plan.data_sets[9].data_set: data set 10 stands after 99: numbers must ascend"},
	} {
		_, err := codelist.Parse(bytes.Replace(good, []byte(c.is), []byte(c.with), 1))
		if err == nil || !strings.HasSuffix(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", name, err, c.says)
			continue
		}
		var line int
		if _, err := fmt.Sscanf(err.Error(), "reading the registry: line %d,", &line); err != nil {
			t.Errorf("%s: no line: %v", name, err)
			continue
		}
		want := c.is
		if name == "a later jump" {
			want = `"data_set": 10,`
		}
		if !bytes.Contains(lines[line-1], []byte(want)) {
			t.Errorf("%s: line %d is %q", name, line, lines[line-1])
		}
	}
}

// TestALeafIsKnownAfterAYear: twelve months after the one in which it came, or in which
// the office took it; one that was always there is known.
func TestALeafIsKnownAfterAYear(t *testing.T) {
	read := func(since string) *codelist.Registry {
		t.Helper()
		reg, err := codelist.Parse(fmt.Appendf(nil, `{"version": 1, "lists": [{"name": "l", "code": 1, "en": "e", "es": "s", "categories": [
{"code": 10, "en": "e", "es": "s", "leaves": [{"code": 11, "en": "e", "es": "s"}%s], "former": [{"code": 13, "en": "e", "es": "s"}]}]}],
"plan": {"version": 1, "data_sets": []}}`, since))
		if err != nil {
			t.Fatal(err)
		}
		return reg
	}
	leaf := func(r *codelist.Registry, c codelist.Code) codelist.Leaf {
		f, _ := r.List("l").Leaf(c)
		return f
	}
	const came = `, {"code": 12, "en": "e", "es": "s", "since": 202610}`
	before, after := read(""), read(came)
	for period, want := range map[civil.Month]bool{202501: false, 202610: false, 202612: false, 202709: false, 202710: true, 202801: true} {
		if got := leaf(after, 12).Known(period); got != want || !leaf(after, 11).Known(period) {
			t.Errorf("%d: %v, want %v", period, got, want)
		}
	}
	after.TakenAfter(before, 202703)
	again := read(came)
	again.TakenAfter(after, 202805)
	for name, r := range map[string]*codelist.Registry{"taken later": after, "taken with the plan before": again} {
		if f := leaf(r, 12); f.Came() != 202703 || f.Since != 202610 || f.Known(202802) || !f.Known(202803) {
			t.Errorf("%s: came in %d", name, f.Came())
		}
		if got := r.List("l").Leaves()[1]; got.Came() != 202703 {
			t.Errorf("%s: the list has %d", name, got.Came())
		}
		if f := leaf(r, 11); f.Came() != 0 {
			t.Errorf("%s: an old leaf came in %d", name, f.Came())
		}
	}
	soon := read(came)
	if soon.TakenAfter(before, 202601); leaf(soon, 12).Came() != 202610 {
		t.Errorf("taken before its month, it came in %d", leaf(soon, 12).Came())
	}
}
