package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"casehub/hub/statistics"
	"casehub/internal/codelist"
	"casehub/node/ledger"
)

// cell is one code of one measure.
type cell struct {
	set   uint32
	code  codelist.Code
	level uint32
}

// sum is what a cell adds up to.
type sum struct{ value, hundreds int64 }

// nodesSide is what the nodes say: their groups by code, and their events by
// state.
type nodesSide struct {
	published map[cell]sum
	balance   map[uint32]ledger.Balance
	releases  int
	outbox    int
}

// reconciliation is the comparison of what was recorded with the nodes' ledgers,
// and of these with the hub.
type reconciliation struct {
	recorded Counts
	nodes    nodesSide
	hub      map[cell]sum
	releases uint64
}

// askNodes adds up what the nodes have published and what waits in them.
func askNodes(ctx context.Context, offices []*office) (nodesSide, error) {
	side := nodesSide{published: map[cell]sum{}, balance: map[uint32]ledger.Balance{}}
	for _, o := range offices {
		sums, err := o.node.Ledger.Published(ctx, o.node.DB)
		if err != nil {
			return side, fmt.Errorf("office %d: %w", o.unit, err)
		}
		for _, s := range sums {
			side.add(cell{s.DataSet, s.Code, s.Level}, s.Value, s.AmountHundreds)
		}
		balances, err := o.node.Ledger.Balance(ctx, o.node.DB)
		if err != nil {
			return side, fmt.Errorf("office %d: %w", o.unit, err)
		}
		for _, b := range balances {
			total := side.balance[b.DataSet]
			total.Unpublished += b.Unpublished
			total.Published += b.Published
			total.Netted += b.Netted
			total.Pending += b.Pending
			total.Withdrawn += b.Withdrawn
			side.balance[b.DataSet] = total
		}
		released, err := o.node.Gate.Releases(ctx)
		if err != nil {
			return side, fmt.Errorf("office %d: %w", o.unit, err)
		}
		side.releases += len(released)
		for _, r := range released {
			if r.ReceiptedAt.IsZero() {
				side.outbox++
			}
		}
	}
	return side, nil
}

func (n *nodesSide) add(c cell, value, hundreds int64) {
	s := n.published[c]
	n.published[c] = sum{s.value + value, s.hundreds + hundreds}
}

// reconcile asks both sides. Recorded is what was written into the nodes.
func reconcile(ctx context.Context, recorded Counts, offices []*office, stats *statistics.Statistics) (reconciliation, error) {
	nodes, err := askNodes(ctx, offices)
	if err != nil {
		return reconciliation{}, err
	}
	totals, err := stats.Totals(ctx, statistics.Span{}, 0)
	if err != nil {
		return reconciliation{}, err
	}
	r := reconciliation{recorded: recorded, nodes: nodes, hub: map[cell]sum{}, releases: totals.Releases}
	for _, t := range totals.Rows {
		r.hub[cell{t.DataSet, t.Code, uint32(t.Level)}] = sum{int64(t.Value), int64(t.AmountHundreds)}
	}
	return r, nil
}

// problems lists what does not agree; none means that the hub's totals are the
// nodes' releases to the last case, and the nodes' releases their events.
func (r reconciliation) problems() []string {
	var list []string
	for _, c := range slices.SortedFunc(maps.Keys(r.nodes.published), compareCells) {
		if r.hub[c] != r.nodes.published[c] {
			list = append(list, fmt.Sprintf("code %d of measure %d: the nodes published %+v and the hub counts %+v", c.code, c.set, r.nodes.published[c], r.hub[c]))
		}
	}
	for _, c := range slices.SortedFunc(maps.Keys(r.hub), compareCells) {
		if _, ok := r.nodes.published[c]; !ok {
			list = append(list, fmt.Sprintf("code %d of measure %d: only the hub knows it", c.code, c.set))
		}
	}
	published := r.byMeasure(r.nodes.published)
	for set, n := range r.events() {
		if held := holds(r.nodes.balance[set]); held != int64(n) {
			list = append(list, fmt.Sprintf("measure %d: %d were recorded and the ledgers hold %d", set, n, held))
		}
	}
	for _, set := range slices.Sorted(maps.Keys(r.nodes.balance)) {
		if b := r.nodes.balance[set]; b.Published+b.Netted != published[set].value {
			list = append(list, fmt.Sprintf("measure %d: %d events are marked as published and the groups count %d", set, b.Published+b.Netted, published[set].value))
		}
	}
	if r.nodes.outbox > 0 {
		list = append(list, fmt.Sprintf("%d releases have no receipt", r.nodes.outbox))
	}
	if uint64(r.nodes.releases) != r.releases {
		list = append(list, fmt.Sprintf("the nodes made %d releases and the hub counts %d", r.nodes.releases, r.releases))
	}
	return list
}

// holds is what a ledger has of the records, wherever it stands.
func holds(b ledger.Balance) int64 { return b.Unpublished + b.Published + b.Netted + b.Pending }

// events is what was recorded, by measure.
func (r reconciliation) events() map[uint32]int {
	all := map[uint32]int{
		codelist.CasesOpened: r.recorded.Cases, codelist.ReferralsMade: r.recorded.Referrals, codelist.AmountsRecovered: r.recorded.Recoveries,
	}
	for set := codelist.CasesClosed; set <= codelist.Quality; set++ {
		all[set] = r.recorded.Beside[set]
	}
	return all
}

func compareCells(a, b cell) int {
	return slices.Compare([]uint32{a.set, uint32(a.code), a.level}, []uint32{b.set, uint32(b.code), b.level})
}

func (reconciliation) byMeasure(cells map[cell]sum) map[uint32]sum {
	by := map[uint32]sum{}
	for c, s := range cells {
		t := by[c.set]
		by[c.set] = sum{t.value + s.value, t.hundreds + s.hundreds}
	}
	return by
}

// print writes the reconciliation as a table.
func (r reconciliation) print(w io.Writer, reg *codelist.Registry) {
	nodes, hub := r.byMeasure(r.nodes.published), r.byMeasure(r.hub)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "measure\trecorded\twaiting\treleased\tat the hub\tamount R\tat the hub R\t\t")
	for _, d := range reg.Plan.DataSets {
		b, n, h := r.nodes.balance[d.Number], nodes[d.Number], hub[d.Number]
		verdict := "agrees"
		if n != h || b.Published+b.Netted != n.value || holds(b) != int64(r.events()[d.Number]) {
			verdict = "DIFFERS"
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t\n",
			d.En, r.events()[d.Number], b.Unpublished, n.value, h.value, n.hundreds*100, h.hundreds*100, verdict)
	}
	_ = t.Flush()
	fmt.Fprintf(w, "releases: %d made by the nodes, %d counted at the hub, %d without a receipt\n", r.nodes.releases, r.releases, r.nodes.outbox)
}
