package spreadsheet

import (
	"context"
	"errors"
	"strconv"

	"casehub/adapters"
)

// Discover lists the tables with their columns. It looks at the first 5,000
// records of each and returns no values. Of the sheets that nobody declared,
// those without anything like a header are named in a note.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	all, err := s.tables(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: s.print}
	for _, t := range all {
		st, err := s.describe(ctx, t.name)
		if err != nil && t.found && errors.Is(err, adapters.ErrHeader) {
			first := &cat.Streams[0]
			first.Notes = append(first.Notes, "no table was found in "+strconv.Quote(t.name))
			continue
		}
		if err != nil {
			return adapters.Catalog{}, err
		}
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

// describe reads the beginning of a table.
func (s *Source) describe(ctx context.Context, name string) (adapters.Stream, error) {
	st := adapters.Stream{Name: name, Records: -1}
	r, err := s.open(ctx, name)
	if err != nil {
		return st, err
	}
	defer r.Close()
	st.Hidden = r.hidden()
	var tally adapters.Tally
	if h := r.header(); h != nil {
		tally.Name(h.Names())
	}
	err = st.Look(ctx, &tally, r.next)
	st.Notes = r.notes()
	return st, err
}
