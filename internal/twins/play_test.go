package twins

import (
	"math"
	"math/rand/v2"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pack"
)

// A play is what happens in an office over some months: who comes, in which month
// and under which code, and when it is captured. It has no name, no day, no key and
// no order; a world (world_test.go) gives it these.
type play struct {
	seed uint64
	// twin is 0 in the first world, and counts the others.
	twin   uint64
	first  civil.Month
	months int
	// k and sensitive are the office's own thresholds, 0 for the national ones.
	k, sensitive uint32
	orgUnit      uint32
	// elsewhere is the measure of which another system published the first months,
	// 0 for none.
	elsewhere uint32
	// voids has the number of the release that is taken back at the end of a month,
	// 0 for none; closes says that the office ends with the last month.
	voids  []uint32
	closes bool
	// rules are what the national body tightens, nil where it sends none.
	rules *pack.Limits
	// backups says that backups are made in the last months.
	backups bool

	humans  []human
	records []record
}

// human is a client record. Two of them can be of one person.
type human struct {
	turn int
	// same is an earlier record of the same person, or -1.
	same int
	// anybody is an imported record without name and number.
	anybody bool
	// erased is the turn in which the client is erased, 0 for never.
	erased int
}

// record is one thing that counts in a measure.
type record struct {
	set  uint32
	code codelist.Code
	// month is when it happened and turn when it was captured, from 0.
	month, turn int
	human       int // -1 for nobody
	// of is the case, or the referral of a result, and via the consultation of a
	// service; -1 for none.
	of, via int
	// after is a record that did not happen later, or -1.
	after  int
	amount int64 // cents
	weight int   // participants
	// foreign is an amount in a currency that is not counted.
	foreign bool
	// edited is the turn in which the code or the amount was mended or the record
	// taken out, 0 for never; it was then newCode, newAmount, or gone.
	edited    int
	newCode   codelist.Code
	newAmount int64
	gone      bool
}

// measures are what an office draws codes from.
type measures map[uint32][]weighed

type weighed struct {
	leaf   codelist.Leaf
	weight float64
}

// author writes a play.
type author struct {
	*rand.Rand
	*play
	by   measures
	size float64
	paid map[int]int // amounts by person
}

// unit is what amounts are multiples of, in cents: by an odd number of the form
// 4n+1, so that no sum of few people's stands near the border of the p % rule, and
// no sum in cents near the middle between two hundreds (derive).
const unit = 52_000

// write writes the play of a seed.
func write(reg *codelist.Registry, seed uint64, months int) play {
	r := rand.New(rand.NewPCG(seed, 0x7477696e73))
	p := play{seed: seed, months: months, first: civil.Month(202401).Add(r.IntN(12)), orgUnit: uint32(1 + r.IntN(999_999)), voids: make([]uint32, months)}
	a := author{Rand: r, play: &p, by: measures{}, paid: map[int]int{}, size: 8 * math.Pow(5, r.Float64())}
	for _, set := range reg.Plan.DataSets {
		a.by[set.Number] = a.weigh(reg.List(set.List).Leaves())
	}
	a.conditions()
	for m := range months {
		a.month(m)
	}
	a.mend()
	a.erase()
	return p
}

// conditions draws what is special about an office.
func (a author) conditions() {
	if a.chance(0.2) {
		a.k = uint32(5 + a.IntN(4))
		a.sensitive = a.k + uint32(a.IntN(8))
	}
	if a.chance(0.15) {
		a.elsewhere = uint32(1 + a.IntN(13))
	}
	if a.chance(0.3) && a.months > 3 {
		m := 2 + a.IntN(a.months-3)
		a.voids[m] = uint32(m + 1 - a.IntN(3))
	}
	a.closes = a.chance(0.15)
	if a.chance(0.1) {
		a.rules = &pack.Limits{K: uint32(5 + a.IntN(3)), KSensitive: uint32(10 + a.IntN(5)), Hold: []uint32{3, 6, 12}[a.IntN(3)]}
	}
	a.backups = a.seed%32 == 0
}

// weigh makes few leaves common and the rest rare.
func (a author) weigh(leaves []codelist.Leaf) []weighed {
	var all []weighed
	for i, at := range a.Perm(len(leaves)) {
		all = append(all, weighed{leaves[at], 0.01 + 1/math.Pow(float64(i+1), 1.3)})
	}
	return all
}

func (a author) code(set uint32) codelist.Code {
	total := 0.0
	for _, w := range a.by[set] {
		total += w.weight
	}
	at := a.Float64() * total
	for _, w := range a.by[set] {
		if at -= w.weight; at < 0 {
			return w.leaf.Code
		}
	}
	return a.by[set][0].leaf.Code
}

func (a author) chance(p float64) bool { return a.Float64() < p }

func (a author) number(mean float64) int {
	return max(0, int(math.Round(mean+math.Sqrt(mean)*a.NormFloat64())))
}

// late is the turn in which something of a month is captured.
func (a author) late(month int) int {
	switch p := a.Float64(); {
	case p < 0.88:
		return month
	case p < 0.97:
		return month + 1
	default:
		return month + 2 + a.IntN(2)
	}
}

// add adds a record that is captured within the play, and returns its number, or -1.
func (a author) add(r record) int {
	if r.turn >= a.months {
		return -1
	}
	a.records = append(a.records, r)
	return len(a.records) - 1
}

// visitor is somebody who came before, or somebody new, by a turn.
func (a author) visitor(turn int) int {
	if n := len(a.humans); n > 0 && a.chance(0.25) {
		if i := max(0, n-1-a.IntN(60)); a.humans[i].turn <= turn && !a.humans[i].anybody {
			return i
		}
	}
	h := human{turn: turn, same: -1, anybody: a.chance(0.02)}
	if n := len(a.humans); n > 20 && !h.anybody && a.chance(0.04) {
		if i := a.IntN(n); !a.humans[i].anybody && a.humans[i].turn <= turn {
			h.same = i
		}
	}
	a.humans = append(a.humans, h)
	return len(a.humans) - 1
}

func (a author) month(m int) {
	for range a.number(a.size) {
		a.oneCase(m)
	}
	for range a.number(a.size * 0.4) {
		if who := a.visitor(m); a.humans[who].turn <= m {
			a.consult(who, m, m, -1)
		}
	}
	for range a.number(a.size * 0.3) {
		r := record{set: codelist.TurnAways, code: a.code(codelist.TurnAways), month: m, turn: m, human: -1, of: -1, via: -1, after: -1}
		if a.chance(0.3) {
			r.human = a.visitor(m)
		}
		a.add(r)
	}
	for range a.number(2 + a.size*0.1) {
		a.add(record{set: codelist.Activities, code: a.code(codelist.Activities), month: m, turn: m, human: -1, of: -1, via: -1, after: -1, weight: a.IntN(40)})
	}
	a.sample(m)
}

func (a author) consult(who, m, turn, of int) {
	c := a.add(record{set: codelist.Consultations, code: a.code(codelist.Consultations), month: m, turn: turn, human: who, of: of, via: -1, after: -1})
	if c >= 0 {
		a.add(record{set: codelist.Services, code: a.code(codelist.Services), month: m, turn: turn, human: who, of: -1, via: c, after: c})
	}
}

func (a author) oneCase(m int) {
	turn := a.late(m)
	if turn >= a.months {
		return
	}
	who := a.visitor(turn)
	c := a.add(record{set: codelist.CasesOpened, code: a.code(codelist.CasesOpened), month: m, turn: turn, human: who, of: -1, via: -1, after: -1})
	if a.chance(0.5) {
		a.consult(who, m, turn, c)
	}
	within := func(set uint32, months int) record {
		then := m + a.IntN(months+1)
		return record{set: set, code: a.code(set), month: then, turn: max(turn, a.late(then)), human: who, of: c, via: -1, after: c}
	}
	for range a.number(1.3) {
		a.add(within(codelist.Services, 1))
	}
	if a.chance(0.35) {
		r := a.add(within(codelist.ReferralsMade, 1))
		if r >= 0 && a.chance(0.6) {
			made := a.records[r]
			then := made.month + a.IntN(3)
			a.add(record{set: codelist.ReferralsEnded, code: a.code(codelist.ReferralsEnded), month: then, turn: max(made.turn, then), human: who, of: r, via: -1, after: r})
		}
	}
	// Few amounts a person, and none of somebody who could be anybody: see unit.
	if by := a.person(who); a.chance(0.4) && by >= 0 && a.paid[by] < 3 {
		a.paid[by]++
		r := within(codelist.AmountsRecovered, 5)
		r.amount, r.foreign = unit*a.odd(), a.chance(0.05)
		a.add(r)
	}
	if a.chance(0.2) {
		a.add(within(codelist.Complaints, 2))
	}
	if a.chance(0.85) {
		a.end(c, who, within(codelist.CasesClosed, 7))
	}
}

// odd is 1, 5, 9 and so on, mostly small.
func (a author) odd() int64 { return 1 + 4*int64(math.Exp(1.2*a.NormFloat64()+1)) }

func (a author) end(c, who int, closing record) {
	end := a.add(closing)
	if end < 0 || !a.chance(0.5) {
		return
	}
	then := closing.month + a.IntN(2)
	a.add(record{set: codelist.Satisfaction, code: a.code(codelist.Satisfaction), month: then, turn: max(closing.turn, then), human: who, of: c, via: -1, after: end})
}

// sample has some files of the office checked in a month.
func (a author) sample(m int) {
	var files []int
	for i, r := range a.records {
		if r.set == codelist.CasesOpened && r.turn == m-1 {
			files = append(files, i)
		}
	}
	a.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	for _, c := range files[:min(8, len(files))] {
		a.add(record{set: codelist.Quality, code: a.code(codelist.Quality), month: m, turn: m, human: a.records[c].human, of: c, via: -1, after: c})
	}
}

// mend has some records mended or taken out after they were captured.
func (a author) mend() {
	money := a.payments()
	for i := range a.records {
		r := &a.records[i]
		if r.set == codelist.AmountsRecovered && money[a.person(r.human)] == 1 && a.chance(0.03) {
			r.amount = -r.amount // paid back
		}
		later := r.turn + 1 + a.IntN(6)
		if later >= a.months || !a.chance(0.04) {
			continue
		}
		switch r.set {
		case codelist.CasesOpened, codelist.ReferralsMade, codelist.CasesClosed, codelist.Consultations:
			r.edited, r.newCode = later, a.code(r.set)
			r.gone = r.set == codelist.CasesClosed && a.chance(0.3) // opened again
		case codelist.AmountsRecovered:
			if money[a.person(r.human)] == 1 {
				r.edited, r.newAmount, r.newCode = later, r.amount+2*unit, r.code
			}
		case codelist.TurnAways, codelist.Complaints:
			r.edited, r.gone = later, true
		}
	}
}

// erase has some people erased who never had a case, a year and more after they came:
// twice in two years those for whom it is time, since the database is written anew
// each time.
func (a author) erase() {
	for i := range a.humans {
		h := &a.humans[i]
		at := h.turn + 14
		if at += 5 - at%6; at < a.months && a.chance(0.15) && !slices.ContainsFunc(a.records, func(r record) bool {
			return r.human == i && (r.set == codelist.CasesOpened || max(r.turn, r.edited) >= at)
		}) {
			h.erased = at
		}
	}
}

// person is the first record of whoever a client record is of, -1 for nobody and -2
// for somebody who could be anybody.
func (p *play) person(human int) int {
	if human < 0 {
		return -1
	}
	if p.humans[human].anybody {
		return -2
	}
	for p.humans[human].same >= 0 {
		human = p.humans[human].same
	}
	return human
}

// payments counts the amounts of each person.
func (p *play) payments() map[int]int {
	n := map[int]int{}
	for _, r := range p.records {
		if r.set == codelist.AmountsRecovered {
			n[p.person(r.human)]++
		}
	}
	return n
}

// clone copies a play.
func (p play) clone() play {
	p.humans, p.records, p.voids = slices.Clone(p.humans), slices.Clone(p.records), slices.Clone(p.voids)
	return p
}
