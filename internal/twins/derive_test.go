package twins

import (
	"math/rand/v2"
	"slices"

	"casehub/internal/codelist"
)

// derive writes the play of the other world, or of another twin, from 1: everything in
// it that a release must not follow from is another. The same people come in the same months under the
// same codes, but for what follows, and nothing else of the play is kept by a world.
//
//   - Amounts: those of two people who have one amount each, of one kind and one
//     turn, change places; others change by up to 15 hundreds of cents so that the
//     sum of a kind and a turn stays, or, where there is one alone, by a few cents.
//     All amounts are multiples of unit by 4n+1, so that the p % rule, which compares
//     4 (X - x1 - x2) with x1, is 52 000 cents from its border or more for people of
//     up to three amounts, and sums are 1 000 cents or more from the middle between
//     two hundreds.
//   - Participants: so that the sum of a kind and a turn stays.
//   - Codes that are never seen: leaves of a category with less than five events in
//     all years are in no group of their own, so what is under them changes places
//     with each other (invariant I8).
//   - What waits at the end: such a leaf gets more events after the last month in
//     which rests leave, up to four.
//   - What never counts: more clients, and amounts of another currency.
func derive(reg *codelist.Registry, a play, twin uint64) play {
	b := editor{play: a.clone(), Rand: rand.New(rand.NewPCG(a.seed, 0x6f74686572<<8|twin)), reg: reg}
	b.twin = twin
	b.money()
	b.participants()
	b.unseen()
	b.waiting()
	b.idle()
	return b.play
}

type editor struct {
	play
	*rand.Rand
	reg *codelist.Registry
}

// bundle is what surely leaves together: one code that can be counted from one turn
// on.
type bundle struct {
	code codelist.Code
	turn int
}

// bundles groups the records of a measure that are never mended, in their order.
func (e *editor) bundles(set uint32) [][]int {
	at := map[bundle]int{}
	var all [][]int
	for i, r := range e.records {
		if r.set != set || r.edited > 0 || r.foreign {
			continue
		}
		k := bundle{r.code, r.turn}
		if _, ok := at[k]; !ok {
			at[k], all = len(all), append(all, nil)
		}
		all[at[k]] = append(all[at[k]], i)
	}
	return all
}

func (e *editor) money() {
	times := e.payments()
	lone := int64(1)
	for _, b := range e.bundles(codelist.AmountsRecovered) {
		var single []int
		for _, i := range b {
			if times[e.person(e.records[i].human)] == 1 {
				single = append(single, i)
			}
		}
		amounts := make([]int64, len(single))
		for n, i := range single {
			amounts[n] = e.records[i].amount
		}
		for n, i := range single { // each gets that of the next
			e.records[i].amount = amounts[(n+1)%len(amounts)]
		}
		e.shift(b, &lone)
	}
}

// shift changes the amounts of a bundle and not their sum; a lone one by a cent or
// two, more and less in turn.
func (e *editor) shift(b []int, lone *int64) {
	n := len(b) / 2 * 2
	for i := 0; i < n; i += 2 {
		by := 1 + e.Int64N(1499)
		e.records[b[i]].amount += by
		e.records[b[i+1]].amount -= by
	}
	if n < len(b) {
		e.records[b[n]].amount += *lone
		*lone = -*lone
	}
}

func (e *editor) participants() {
	for _, b := range e.bundles(codelist.Activities) {
		for i := 1; i < len(b); i++ {
			from, to := &e.records[b[i-1]], &e.records[b[i]]
			if from.weight > 1 && to.weight > 0 {
				by := 1 + e.IntN(from.weight-1)
				from.weight, to.weight = from.weight-by, to.weight+by
			}
		}
	}
}

// most is how many events a leaf may have in all years without ever being seen.
const most = 4

// counted counts the events of each leaf of a measure, also those that a record
// became when it was mended.
func (e *editor) counted(set uint32) map[codelist.Code]int {
	n := map[codelist.Code]int{}
	for _, r := range e.records {
		if r.set != set {
			continue
		}
		n[r.code]++
		if r.edited > 0 && !r.gone {
			n[r.newCode]++
		}
	}
	return n
}

// free are the leaves of a category that nobody can ever see by themselves.
func free(c codelist.Category, counts map[codelist.Code]int) []codelist.Code {
	var all []codelist.Code
	for _, l := range c.Leaves {
		if !l.Sensitive && counts[l.Code] <= most {
			all = append(all, l.Code)
		}
	}
	return all
}

// unseen lets what is under leaves that are never seen change places.
func (e *editor) unseen() {
	for _, set := range e.reg.Plan.DataSets {
		if set.Number == codelist.Activities || set.Number == codelist.ActivityParticipants {
			continue // one record is both, and of other sizes
		}
		counts := e.counted(set.Number)
		for _, c := range e.reg.List(set.List).Categories {
			leaves := free(c, counts)
			for i := range e.records {
				r := &e.records[i]
				if r.set != set.Number || r.edited > 0 || !slices.Contains(leaves, r.code) {
					continue
				}
				if to := leaves[e.IntN(len(leaves))]; counts[to] < most {
					counts[r.code]--
					counts[to]++
					r.code = to
				}
			}
		}
	}
}

// waiting adds what waits at the end in a measure of cases and one of consultations.
func (e *editor) waiting() {
	last := e.months - 1
	for last >= 0 && !e.first.Add(last).QuarterEnd() {
		last--
	}
	if e.closes || last == e.months-1 {
		return
	}
	for _, set := range []uint32{codelist.CasesOpened, codelist.Consultations, codelist.TurnAways} {
		counts := e.counted(set)
		d, _ := e.reg.DataSet(set)
		for _, c := range e.reg.List(d.List).Categories {
			for _, code := range free(c, counts) {
				for range e.IntN(most - counts[code] + 1) {
					month := last + 1 + e.IntN(e.months-1-last)
					r := record{set: set, code: code, month: month, turn: month, human: -1, of: -1, via: -1, after: -1}
					if set != codelist.TurnAways {
						e.humans = append(e.humans, human{turn: month, same: -1})
						r.human = len(e.humans) - 1
					}
					e.records = append(e.records, r)
				}
			}
		}
	}
}

// idle adds what never counts.
func (e *editor) idle() {
	for range 1 + e.IntN(10) {
		e.humans = append(e.humans, human{turn: e.IntN(e.months), same: -1})
	}
	for i, r := range e.records {
		if r.set == codelist.AmountsRecovered && e.IntN(20) == 0 {
			r.foreign, r.edited, r.amount = true, 0, 1+e.Int64N(1_000_000)
			r.after = e.records[i].after
			e.records = append(e.records, r)
		}
	}
}
