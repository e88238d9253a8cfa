package imports

import (
	"context"
	"strings"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// insight decides what of a quarantine somebody is shown. An entry belongs to the
// record that its key made, and may belong to whatever has the same key in
// another stream or stands in the same row: when any of these is hidden, or has a
// class withheld, so is the entry. What no record belongs to may be about
// anybody, and is for who sees everything.
type insight struct {
	all    bool
	known  map[entryKey]bool // entries of a record that is there
	hidden map[entryKey]bool // entries that may be of a record that is hidden
	places map[placeKey]bool // rows with such an entry
	words  []string          // of records that a wall hides, in small letters
}

type entryKey struct{ stream, key string }

type placeKey struct {
	file, sheet string
	row         int64
}

// shortest is the least number of characters of a word that is looked for:
// shorter ones stand in everything.
const shortest = 3

// readerOf reads what decides for a person about the entries of a run's file. An
// import is read as the person who imports.
func (s *Service) readerOf(ctx context.Context, q sqlite.Querier, who actor.Actor, p PastRun) (*insight, error) {
	if who.Kind == actor.Import {
		who.Kind = actor.Person
	}
	cases, err := s.gate.Cases(ctx, who, "cases.read")
	if err != nil {
		return nil, err
	}
	clients, err := s.gate.Clients(ctx, who, "clients.read")
	if err != nil {
		return nil, err
	}
	r := &insight{known: map[entryKey]bool{}, hidden: map[entryKey]bool{}, places: map[placeKey]bool{}}
	if r.all, err = s.gate.HidesNothing(ctx, q, who); err != nil {
		return nil, err
	}
	if err := eachLink(ctx, q, p, cases, clients, r.add); err != nil {
		return nil, err
	}
	if !r.all {
		r.words, err = hiddenWords(ctx, q, who.ID, cases, clients)
	}
	return r, err
}

// link is a record that an entry may belong to.
type link struct {
	entry entryKey
	place placeKey
	own   bool // the entry's key made it
	seen  bool // by the reader, with nothing withheld
}

func (r *insight) add(l link) {
	if l.own {
		r.known[l.entry] = true
	}
	if l.seen {
		return
	}
	r.hidden[l.entry] = true
	if l.place.row > 0 {
		r.places[l.place] = true
	}
}

// may reports whether an entry is shown.
func (r *insight) may(h Held) bool {
	e, p := entryKey{h.Stream, h.Key}, placeKey{h.Loc.File, h.Loc.Sheet, h.Loc.Row}
	return (r.all || r.known[e]) && !r.hidden[e] && !r.places[p] && !r.names(h.Key) && !r.names(h.Raw)
}

// names reports whether a text has a word of a record that is hidden.
func (r *insight) names(text string) bool {
	text = strings.ToLower(text)
	for _, w := range r.words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// wordsOf returns what a text is looked through for.
func wordsOf(fields []string) []string {
	var words []string
	for _, f := range fields {
		for w := range strings.SplitSeq(strings.ToLower(f), "\n") {
			if w = strings.TrimSpace(w); len([]rune(w)) >= shortest {
				words = append(words, w)
			}
		}
	}
	return words
}

// HeldBy calls fn with what is open in quarantine today of the file that a run
// read, in the order of the file; run 0 is the newest. What a later import has
// mended is not there any more, and what may be about somebody whom the person
// does not see is left out without a word. Of the run no report is returned,
// whose counts are of all rows. The audit says who asked before anything is handed
// out. It fails with ErrNoRun and ErrNoRuns.
func (s *Service) HeldBy(ctx context.Context, who actor.Actor, run int64, fn func(Held) error) (PastRun, error) {
	p, err := s.openHeld(ctx, who, run)
	if err != nil {
		return p, err
	}
	return p, s.reading(ctx, who, p, func(r heldReader) error {
		return eachHeld(ctx, r.tx, p, func(h Held) error {
			if !r.sees.may(h) {
				return nil
			}
			return fn(h)
		})
	})
}
