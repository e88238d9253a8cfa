package streams

import (
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// Maker makes records of the rows of a table.
type Maker struct {
	stream string
	head   *adapters.Header
	key    []int
	loc    adapters.Locator
}

// NewMaker returns the maker of a table's records. db is the name of the database.
func NewMaker(db string, t *tables.Table) *Maker {
	m := &Maker{stream: t.Name, head: adapters.NewHeader(t.Names()), loc: adapters.Locator{File: db, Sheet: t.Name}}
	for _, k := range t.Key {
		i := m.head.Index(k)
		if i < 0 {
			m.key = nil
			break
		}
		m.key = append(m.key, i)
	}
	return m
}

// Record makes the record of a row. Its key is that of the declared primary key,
// its parts joined by slashes.
func (m *Maker) Record(r tables.Row) adapters.Record {
	rec := adapters.Record{Stream: m.stream, Loc: m.loc, Header: m.head, Values: r.Values, Documents: r.Documents, Problems: r.Problems}
	rec.Loc.Row = r.No
	rec.Key = m.keyOf(&rec)
	rec.Seal()
	return rec
}

func (m *Maker) keyOf(rec *adapters.Record) string {
	parts := make([]string, 0, 4)
	for _, i := range m.key {
		v := rec.At(i)
		if v.Null {
			return ""
		}
		s := v.Raw
		if len(m.key) > 1 {
			s = strings.ReplaceAll(strings.ReplaceAll(s, "%", "%25"), "/", "%2F")
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "/")
}
