package streams

import (
	"context"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// tallied is how many records of a table are looked at for what only texts
// show; counts are of all.
const tallied = 5000

// Catalog describes every table of a database: it reads all rows once. Fields
// point to what the tables declare and to what their values show.
func Catalog(ctx context.Context, db tables.DB, only func(table string) bool) (adapters.Catalog, error) {
	print, err := db.Fingerprint(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	all, err := db.Tables(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	cat := adapters.Catalog{Fingerprint: print}
	var seen []*surveyed
	for i := range all {
		if only != nil && !only(all[i].Name) {
			continue
		}
		s, st, err := describe(ctx, db, &all[i])
		if err != nil {
			return adapters.Catalog{}, err
		}
		seen = append(seen, s)
		cat.Streams = append(cat.Streams, st)
	}
	point(cat.Streams, seen)
	return cat, nil
}

// surveyed is what the values of a table showed.
type surveyed struct {
	table   *tables.Table
	columns []sketch
	key     []bool // the values of a column are all there and all different
	filled  []int64
}

func describe(ctx context.Context, db tables.DB, t *tables.Table) (*surveyed, adapters.Stream, error) {
	s := &surveyed{table: t, columns: make([]sketch, len(t.Columns)), key: make([]bool, len(t.Columns)), filled: make([]int64, len(t.Columns))}
	st := adapters.Stream{Name: t.Name, Notes: t.Notes, Doubts: t.Doubts}
	var tally adapters.Tally
	tally.Name(t.Names())
	make := NewMaker(db.Name(), t)
	err := db.Rows(ctx, tables.Query{Table: t.Name}, func(r tables.Row) error {
		st.Records++
		for i := range r.Values {
			if i < len(s.columns) && !r.Values[i].Null && r.Values[i].List == nil {
				s.filled[i]++
				s.columns[i].add(r.Values[i].Raw)
			}
		}
		if st.Records <= tallied {
			rec := make.Record(r)
			tally.Take(&rec)
		}
		return nil
	})
	if err != nil {
		return nil, st, err
	}
	for i, f := range tally.Fields() {
		f.Type, f.Label = t.Columns[i].Type, t.Columns[i].Comment
		if k := tables.KindOf(f.Type); f.Filled == 0 {
			f.Kind = k
		}
		if st.Records > tallied {
			f.Filled = s.filled[i]
			f.Distinct = min(s.columns[i].distinct(), adapters.DistinctCap)
			f.Key = f.Key && s.filled[i] == st.Records && s.columns[i].different(st.Records)
		}
		s.key[i] = f.Key || len(t.Key) == 1 && t.Key[0] == f.Name
		st.Fields = append(st.Fields, f)
	}
	return s, st, nil
}
