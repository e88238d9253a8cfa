package twins

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/reference"
)

// A world gives a play names, days, keys and an order. No text, day or key of one
// world is in the other.
type world struct {
	play
	*rand.Rand
	name       string
	consonants string
	born       int // the first year in which somebody is born
	digit      int // with which numbers begin

	humanIDs, recordIDs []string
	days                []civil.Date
	seats               []seat
}

// seat is an office with somebody who works there.
type seat struct{ office, person string }

// flavours are the two worlds of a pair.
var flavours = []world{
	{name: "a", consonants: "bdgklm", born: 1950, digit: 1},
	{name: "b", consonants: "nprstvz", born: 1980, digit: 2},
}

// settle makes a world of a play.
func (f world) settle(p play) *world {
	w := f
	w.play, w.Rand = p, rand.New(rand.NewPCG(p.seed, uint64(f.digit)|p.twin<<8))
	for i, h := range p.humans {
		id := w.uuid()
		if h.anybody {
			id = reference.Derived(w.name, fmt.Sprint(p.seed, " ", p.twin), fmt.Sprint(i))
		}
		w.humanIDs = append(w.humanIDs, id)
	}
	w.days = make([]civil.Date, len(p.records))
	for i := range p.records {
		w.recordIDs = append(w.recordIDs, w.uuid())
		w.days[i] = w.day(i)
	}
	return &w
}

func (w *world) uuid() string {
	a, b := w.Uint64(), w.Uint64()
	return fmt.Sprintf("%08x-%04x-7%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

// day draws a day of a record's month, not before what it follows.
func (w *world) day(i int) civil.Date {
	r := w.records[i]
	m := w.first.Add(r.month)
	first := m.First()
	if r.after >= 0 && w.days[r.after] > first {
		first = w.days[r.after]
	}
	return w.between(first, m.Last())
}

// between draws a day from one to another, of the same month: an odd day in the first
// world and an even one in the second.
func (w *world) between(first, last civil.Date) civil.Date {
	var days []civil.Date
	for d := first; !last.Before(d); d = d.AddDays(1) {
		if d.Time().Day()%2 == w.digit%2 {
			days = append(days, d)
		}
	}
	return days[w.IntN(len(days))]
}

// captured is when a record of a day was written down: in its turn.
func (w *world) captured(day civil.Date, turn int) time.Time {
	m := w.first.Add(turn)
	on := w.between(max(day, m.First()), m.Last())
	return on.Time().Add(6*time.Hour + time.Duration(w.IntN(11*3600_000))*time.Millisecond)
}

// word is a word of this world alone, another for each number.
func (w *world) word(n int) string {
	var b strings.Builder
	for range 3 {
		b.WriteByte(w.consonants[n%len(w.consonants)])
		n /= len(w.consonants)
		b.WriteByte("aeiou"[n%5])
		n /= 5
	}
	for ; n > 0; n /= 5 {
		b.WriteByte(w.consonants[n%len(w.consonants)])
		b.WriteByte("aeiou"[n%5])
	}
	return strings.ToUpper(b.String()[:1]) + b.String()[1:]
}

// text is a few words of this world.
func (w *world) text() string {
	n := 1 + w.IntN(8)
	words := make([]string, n)
	for i := range words {
		words[i] = w.word(w.IntN(1 << 20))
	}
	return strings.Join(words, " ")
}

// number is a number of nine digits of this world, another for each n.
func (w *world) number(n int) string { return fmt.Sprintf("%d%08d", w.digit, n) }

func pick[T any](w *world, list ...T) T { return list[w.IntN(len(list))] }

func (w *world) chance(p float64) bool { return w.Float64() < p }

func (w *world) seat() seat { return pick(w, w.seats...) }
