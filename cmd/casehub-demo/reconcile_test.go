package main

import (
	"maps"
	"testing"

	"casehub/internal/codelist"
	"casehub/node/ledger"
)

// agreeing is a reconciliation in which everything agrees.
func agreeing() reconciliation {
	c := cell{codelist.CasesOpened, 1101, 1}
	return reconciliation{
		recorded: Counts{Cases: 12},
		nodes: nodesSide{
			published: map[cell]sum{c: {value: 9}}, releases: 2,
			balance: map[uint32]ledger.Balance{codelist.CasesOpened: {DataSet: codelist.CasesOpened, Unpublished: 3, Published: 9}},
		},
		hub: map[cell]sum{c: {value: 9}}, releases: 2,
	}
}

func TestReconciliationFindsEveryDifference(t *testing.T) {
	if p := agreeing().problems(); len(p) > 0 {
		t.Fatalf("where everything agrees: %v", p)
	}
	c := cell{codelist.CasesOpened, 1101, 1}
	for name, spoil := range map[string]func(*reconciliation){
		"one case more at the hub":         func(r *reconciliation) { r.hub[c] = sum{value: 10} },
		"a hundred more at the hub":        func(r *reconciliation) { r.hub[c] = sum{value: 9, hundreds: 1} },
		"a code missing at the hub":        func(r *reconciliation) { delete(r.hub, c) },
		"a code only at the hub":           func(r *reconciliation) { r.hub[cell{1, 1102, 1}] = sum{value: 5} },
		"a case that no ledger holds":      func(r *reconciliation) { r.recorded.Cases++ },
		"an event marked and not counted":  func(r *reconciliation) { r.setPublished(10); r.recorded.Cases++ },
		"a release without a receipt":      func(r *reconciliation) { r.nodes.outbox = 1 },
		"a release that the hub lost":      func(r *reconciliation) { r.releases = 1 },
		"a referral that no ledger holds":  func(r *reconciliation) { r.recorded.Referrals = 1 },
		"a published code in another tree": func(r *reconciliation) { r.hub = map[cell]sum{{1, 1101, 2}: {value: 9}} },
	} {
		r := agreeing()
		r.hub = maps.Clone(r.hub)
		spoil(&r)
		if len(r.problems()) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
}

func (r *reconciliation) setPublished(n int64) {
	b := r.nodes.balance[codelist.CasesOpened]
	b.Published = n
	r.nodes.balance[codelist.CasesOpened] = b
}
