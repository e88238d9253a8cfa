package server

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// maxTables and maxColumns protect the memory from a schema that is none.
const (
	maxTables  = 20_000
	maxColumns = 4096
)

// Table is a table of a server and what its rows are selected from.
type Table struct {
	tables.Table
	From string
}

// Tables lists the tables of the database by name.
func (d *Database) Tables(ctx context.Context) ([]Table, error) {
	s := &schema{tables: map[[2]string]*tables.Table{}, refs: map[string]*tables.Ref{}}
	for _, part := range []struct {
		query string
		take  func([]sql.RawBytes) error
	}{{d.Dialect.columns, s.column}, {d.Dialect.keys, s.key}, {d.Dialect.refs, s.ref}} {
		if err := d.Query(ctx, part.query, nil, part.take); err != nil {
			return nil, err
		}
	}
	return s.named(d.Dialect.Quote), nil
}

// Columns describes what a query gives, without its rows.
func (d *Database) Columns(ctx context.Context, query string) ([]tables.Column, error) {
	if err := d.connect(ctx); err != nil {
		return nil, err
	}
	rows, err := d.conn.QueryContext(ctx, "SELECT * FROM ("+query+") x WHERE 1 = 0")
	if err != nil {
		return nil, d.refused(ctx, err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, d.refused(ctx, err)
	}
	var all []tables.Column
	for _, c := range types {
		all = append(all, tables.Column{Name: c.Name(), Type: strings.ToLower(c.DatabaseTypeName())})
	}
	return all, rows.Err()
}

// schema gathers what a server says of its tables.
type schema struct {
	order  [][2]string // schema and table
	tables map[[2]string]*tables.Table
	refs   map[string]*tables.Ref
}

func (s *schema) column(v []sql.RawBytes) error {
	id := [2]string{string(v[0]), string(v[1])}
	t := s.tables[id]
	if t == nil {
		if len(s.order) >= maxTables {
			return adapters.ErrTooManyCells.With("rows", maxTables).With("columns", maxColumns)
		}
		t = &tables.Table{Rows: -1}
		s.tables[id] = t
		s.order = append(s.order, id)
	}
	if len(t.Columns) < maxColumns {
		t.Columns = append(t.Columns, tables.Column{Name: string(v[2]), Type: strings.ToLower(string(v[3])), Comment: string(v[4])})
	}
	return nil
}

func (s *schema) key(v []sql.RawBytes) error {
	if t := s.tables[[2]string{string(v[0]), string(v[1])}]; t != nil {
		t.Key = append(t.Key, string(v[2]))
	}
	return nil
}

// ref takes one column of a foreign key.
func (s *schema) ref(v []sql.RawBytes) error {
	id := [2]string{string(v[0]), string(v[1])}
	t := s.tables[id]
	if t == nil {
		return nil
	}
	name := strings.Join([]string{id[0], id[1], string(v[2])}, "\x00")
	r := s.refs[name]
	if r == nil {
		t.Refs = append(t.Refs, tables.Ref{Table: string(v[4]) + "\x00" + string(v[5])})
		r = &t.Refs[len(t.Refs)-1]
		s.refs[name] = r
	}
	r.Columns, r.To = append(r.Columns, string(v[3])), append(r.To, string(v[6]))
	return nil
}

// named gives the tables the shortest names that tell them apart.
func (s *schema) named(quote func(string) string) []Table {
	taken := map[string]int{}
	for _, id := range s.order {
		taken[id[1]]++
	}
	name := func(id [2]string) string {
		if taken[id[1]] == 1 || id[0] == "" {
			return id[1]
		}
		return id[0] + "." + id[1]
	}
	all := make([]Table, 0, len(s.order))
	for _, id := range s.order {
		t := Table{Table: *s.tables[id], From: quote(id[1])}
		if id[0] != "" {
			t.From = quote(id[0]) + "." + t.From
		}
		t.Name = name(id)
		for i := range t.Refs {
			schema, table, _ := strings.Cut(t.Refs[i].Table, "\x00")
			t.Refs[i].Table = name([2]string{schema, table})
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return all
}
