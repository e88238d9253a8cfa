package access

import (
	"encoding/json"
	"strings"
	"testing"

	"casehub/internal/codelist"
)

// TestSensitiveTypesFollowThePlan: a type that a newer plan drops stays sensitive, and
// one that it brings is at once.
func TestSensitiveTypesFollowThePlan(t *testing.T) {
	reg := codelist.Live(codelist.National())
	g := &Gate{reg: reg}
	before := g.sensitive()
	if !strings.Contains(before, "1401") || strings.Contains(before, "1999") {
		t.Fatalf("sensitive are %s", before)
	}
	b, err := json.Marshal(codelist.National())
	if err != nil {
		t.Fatal(err)
	}
	var next codelist.Registry
	if err := json.Unmarshal(b, &next); err != nil {
		t.Fatal(err)
	}
	next.Version++
	for _, l := range next.Lists {
		for i := range l.Categories {
			c := &l.Categories[i]
			if l.Name == codelist.CaseTypes && c.Code == 1400 {
				gone := c.Leaves[0]
				c.Leaves[0] = codelist.Leaf{Code: 1999, Label: gone.Label, Sensitive: true}
				c.Former = append(c.Former, gone)
			}
		}
	}
	if b, err = json.Marshal(&next); err != nil {
		t.Fatal(err)
	}
	parsed, err := codelist.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	reg.Follow(parsed)
	if got := g.sensitive(); !strings.Contains(got, "1401") || !strings.Contains(got, "1999") {
		t.Errorf("with the next plan sensitive are %s, want 1401 to stay and 1999 to be", got)
	}
}
