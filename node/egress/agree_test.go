package egress

import (
	"context"
	"fmt"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node/ledger"
	"casehub/policy"

	"pgregory.net/rapid"
)

// drawTable draws the backlog of one measure without money, most leaves of it near
// a threshold.
func drawTable(t *rapid.T) ledger.Table {
	reg := codelist.National()
	set := reg.Plan.DataSets[rapid.SampledFrom([]int{0, 1, 10}).Draw(t, "set")]
	tab := ledger.Table{
		Set: set, List: reg.List(set.List), Limits: ledger.National(), Closing: rapid.IntRange(0, 9).Draw(t, "closing") == 0,
		Period: rapid.SampledFrom([]civil.Month{202608, 202609, 202612}).Draw(t, "period"),
	}
	tab.Limits.K = rapid.SampledFrom([]int64{5, 5, 5, 8, 12}).Draw(t, "k")
	tab.Limits.KSensitive = max(tab.Limits.K, rapid.SampledFrom([]int64{10, 10, 15}).Draw(t, "ks"))
	tab.Limits.Months = rapid.SampledFrom([]int64{0, 3, 6, 12}).Draw(t, "months")
	for range rapid.SampledFrom([]int{0, 0, 1, 4}).Draw(t, "withheld") {
		leaf := rapid.SampledFrom(tab.List.Leaves()).Draw(t, "leaf")
		tab.Limits.Withheld = append(tab.Limits.Withheld, rapid.SampledFrom([]codelist.Code{leaf.Code, leaf.Code, leaf.Category, tab.List.Code}).Draw(t, "code"))
	}
	busy := rapid.SampledFrom([]int{1, 3, 6, 14}).Draw(t, "busy")
	grave := rapid.IntRange(0, 3).Draw(t, "grave") == 0 // an office that works on sensitive matters
	person := 0
	for _, f := range tab.List.Leaves() {
		most := busy
		if grave && f.Sensitive {
			most = 40
		} else if grave {
			most = 1
		}
		for range rapid.IntRange(0, most).Draw(t, "people") {
			person++
			s := ledger.Share{Code: f.Code, Person: fmt.Sprint(person), Value: 1}
			if set.Weighted() {
				s.Value = rapid.Int64Range(1, 60).Draw(t, "weight")
			}
			tab.Shares = append(tab.Shares, s)
		}
	}
	return tab
}

// asked puts what the ledger chose before the floor and the layers.
func asked(tab ledger.Table, chosen []ledger.Choice) policy.Question {
	kind := uint32(1)
	if tab.Closing {
		kind = 3
	}
	q := policy.Question{Header: policy.Header{
		SchemaVersion: 1, OrgUnit: orgUnit, Sequence: 2, Period: uint32(tab.Period), PlanVersion: codelist.National().Plan.Version,
		RegistryVersion: codelist.National().Version, RulesVersion: 2, Kind: kind,
	}}
	for _, c := range chosen {
		q.Groups = append(q.Groups, policy.Group{
			DataSet: tab.Set.Number, Code: uint32(c.Code), Level: c.Level, FromPeriod: uint32(tab.Period.QuarterStart()),
			Value: uint32(c.Value), Clients: uint32(c.Clients), Weighted: tab.Set.Weighted(),
		})
	}
	return q
}

// TestTheGateAcceptsWhatTheLedgerChooses: the floor and the rules were written by
// the rules of privacy and not by the ledger; where one refuses what the other
// makes, an office would be stuck.
func TestTheGateAcceptsWhatTheLedgerChooses(t *testing.T) {
	reg := codelist.National()
	levels := map[uint32]int{}
	rapid.Check(t, func(t *rapid.T) {
		tab := drawTable(t)
		chosen := ledger.Choose(tab)
		q := asked(tab, chosen)
		for _, c := range chosen {
			levels[c.Level]++
		}
		w := policy.NewWire(reg, q)
		for _, check := range policy.FloorChecks() {
			if !check.Hold(w) {
				t.Fatalf("the floor's %s refuses %+v of k %d/%d", check.Name, q.Groups, tab.Limits.K, tab.Limits.KSensitive)
			}
		}
		own := policy.Pack{Layer: policy.LayerSettings, Version: 1, Limits: Settings(tab.Limits)}
		e, err := policy.NewEgress(context.Background(), reg, orgUnit, own)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if d, err := e.Decide(ctx, q); err != nil || !d.Allowed {
			t.Fatalf("the layers say %v, %v of %+v with k %d/%d", d.Allowed, err, q.Groups, tab.Limits.K, tab.Limits.KSensitive)
		}
	})
	if levels[1] == 0 || levels[2] == 0 || levels[3] == 0 {
		t.Errorf("groups by level: %v, so this showed little", levels)
	}
}
