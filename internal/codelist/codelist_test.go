package codelist_test

import (
	"bytes"
	"os"
	"testing"

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
