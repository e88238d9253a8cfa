package sqldb

import (
	"context"
	"database/sql"
	"maps"
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

// Tables lists the tables and the queries of the settings.
func (d *DB) Tables(ctx context.Context) ([]tables.Table, error) {
	if d.all != nil {
		return d.all, nil
	}
	s := &schema{tables: map[[2]string]*tables.Table{}}
	for query, take := range map[string]func([]sql.RawBytes) error{d.at.dialect.columns: s.column} {
		if err := d.query(ctx, query, nil, take); err != nil {
			return nil, err
		}
	}
	if err := d.query(ctx, d.at.dialect.keys, nil, s.key); err != nil {
		return nil, err
	}
	if err := d.query(ctx, d.at.dialect.refs, nil, s.ref); err != nil {
		return nil, err
	}
	d.from = map[string]string{}
	all := s.named(func(name string, id [2]string) {
		d.from[name] = d.at.dialect.quote(id[1])
		if id[0] != "" {
			d.from[name] = d.at.dialect.quote(id[0]) + "." + d.from[name]
		}
	})
	for _, name := range slices.Sorted(maps.Keys(d.settings.Queries)) {
		t, err := d.describe(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	d.all = all
	return all, nil
}

// describe finds the columns of a query.
func (d *DB) describe(ctx context.Context, name string) (tables.Table, error) {
	t := tables.Table{Name: name, Rows: -1, Notes: []string{"query of the mapping"}}
	from := "(" + d.settings.Queries[name] + ")"
	d.from[name] = from
	if err := d.connect(ctx); err != nil {
		return t, err
	}
	rows, err := d.conn.QueryContext(ctx, "SELECT * FROM "+from+" x WHERE 1 = 0")
	if err != nil {
		return t, d.refused(ctx, err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return t, d.refused(ctx, err)
	}
	for _, c := range types {
		t.Columns = append(t.Columns, tables.Column{Name: c.Name(), Type: strings.ToLower(c.DatabaseTypeName())})
	}
	return t, rows.Err()
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
	if s.refs == nil {
		s.refs = map[string]*tables.Ref{}
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
func (s *schema) named(tell func(name string, id [2]string)) []tables.Table {
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
	all := make([]tables.Table, 0, len(s.order))
	for _, id := range s.order {
		t := *s.tables[id]
		t.Name = name(id)
		for i := range t.Refs {
			schema, table, _ := strings.Cut(t.Refs[i].Table, "\x00")
			t.Refs[i].Table = name([2]string{schema, table})
		}
		tell(t.Name, id)
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b tables.Table) int { return strings.Compare(a.Name, b.Name) })
	return all
}
