package spreadsheet

import (
	"context"
	"errors"
	"io"
	"strings"

	"casehub/adapters"
)

// discoverRecords is the number of records that Discover looks at in a table.
const discoverRecords = 5000

// Discover lists the tables with their columns. It looks at the first 5,000
// records and returns no values.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	facts, err := s.survey(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: facts.fingerprint}
	for _, name := range s.names() {
		st, err := s.describe(ctx, name)
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
	st.Notes = r.notes()
	if t, ok := r.(*table); ok {
		if sh, ok := t.raw.(*sheetRows); ok {
			st.Hidden = sh.hidden
		}
	}
	var columns []*columnFacts
	place := map[string]int{}
	n := int64(0)
	for ; n < discoverRecords; n++ {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			st.Records = n
			break
		}
		if err != nil {
			return st, err
		}
		if rec.Skip == "" {
			columns = look(columns, place, &rec)
		}
	}
	if h := r.header(); h != nil && len(columns) == 0 {
		columns = look(columns, place, &adapters.Record{Header: h})
	}
	for _, c := range columns {
		st.Fields = append(st.Fields, c.field())
	}
	return st, nil
}

// look takes one record into the facts about its columns.
func look(columns []*columnFacts, place map[string]int, rec *adapters.Record) []*columnFacts {
	for i, name := range rec.Header.Names() {
		at, ok := place[name]
		if !ok {
			at = len(columns)
			place[name] = at
			columns = append(columns, &columnFacts{name: name, seen: map[string]bool{}})
		}
		columns[at].take(rec.At(i))
	}
	return columns
}

// columnFacts is what the records looked at say about a column.
type columnFacts struct {
	name   string
	filled int64
	empty  bool
	twice  bool
	kinds  [adapters.Bad + 1]int
	seen   map[string]bool
}

func (c *columnFacts) take(v adapters.Value) {
	if v.Null {
		c.empty = true
		return
	}
	c.filled++
	c.kinds[v.Kind]++
	text := strings.TrimSpace(v.Raw)
	c.twice = c.twice || c.seen[text]
	c.seen[text] = true
}

func (c *columnFacts) field() adapters.Field {
	f := adapters.Field{Name: c.name, Filled: c.filled, Distinct: min(len(c.seen), adapters.DistinctCap)}
	for k, n := range c.kinds {
		if n > c.kinds[f.Kind] {
			f.Kind = adapters.Kind(k)
		}
	}
	f.Key = c.filled > 0 && !c.empty && !c.twice
	return f
}
