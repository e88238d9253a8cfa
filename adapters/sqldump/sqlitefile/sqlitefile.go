// Package sqlitefile reads the tables of a database file of SQLite, through the database
// itself, which opens files of this computer alone.
package sqlitefile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/tables"
	"casehub/adapters/tables/charset"
	"casehub/internal/sqlite"
)

// Base is a database file of SQLite after its schema was read.
type Base struct {
	path string
	all  []tables.Table
	text charset.Decoder
}

// Open reads the schema of a database file, which the database itself must be
// able to open. It fails with adapters.ErrJournal and adapters.ErrDamaged.
func Open(ctx context.Context, at place.Place) (*Base, error) {
	path, err := at.Path()
	if err != nil {
		return nil, err
	}
	if journal(path) {
		return nil, adapters.ErrJournal
	}
	b := &Base{path: path, text: charset.Decoder{Set: charset.UTF8}}
	err = b.with(func(f *sqlite.Foreign) error { return b.schema(ctx, f) })
	if err == nil && len(b.all) == 0 {
		err = adapters.ErrNoTables
	}
	return b, err
}

// journal reports a journal beside a file that holds what was written last: one of the
// newer kind behind its head, or one of the older kind that was not done with.
func journal(path string) bool {
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 32 {
		return true
	}
	f, err := os.Open(path + "-journal")
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 8)
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
}

// maxTables protects the memory from a file that is none.
const maxTables = 20_000

// with opens the file for as long as fn runs.
func (b *Base) with(fn func(*sqlite.Foreign) error) error {
	f, err := sqlite.OpenForeign(b.path)
	if err != nil {
		return adapters.ErrDamaged
	}
	err = errors.Join(fn(f), f.Close())
	if errors.Is(err, sqlite.ErrForeign) {
		return adapters.ErrDamaged
	}
	return err
}

// listing are the tables but those of SQLite itself and those that it keeps for a search.
const listing = `SELECT t.name FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.sql NOT LIKE 'CREATE VIRTUAL%'
	AND NOT EXISTS (SELECT 1 FROM sqlite_schema v WHERE v.sql LIKE 'CREATE VIRTUAL%' AND t.name IN
		(v.name || '_config', v.name || '_data', v.name || '_docsize', v.name || '_idx', v.name || '_segments', v.name || '_segdir', v.name || '_stat', v.name || '_node', v.name || '_parent', v.name || '_rowid'))
	ORDER BY t.name`

func (b *Base) schema(ctx context.Context, f *sqlite.Foreign) error {
	err := f.Rows(ctx, listing, func(v []any) error {
		b.all = append(b.all, tables.Table{Name: textOf(v[0]), Notes: []string{"database file of SQLite"}})
		if len(b.all) > maxTables {
			return adapters.ErrDamaged
		}
		return nil
	})
	for i := range b.all {
		if err == nil {
			err = describe(ctx, f, &b.all[i])
		}
	}
	return err
}

// describe reads the columns and keys of a table.
func describe(ctx context.Context, f *sqlite.Foreign, t *tables.Table) error {
	name := quote(t.Name)
	keys := map[int64]string{}
	err := f.Rows(ctx, `SELECT name, type, pk FROM pragma_table_xinfo(`+literal(t.Name)+`) WHERE hidden <> 1 ORDER BY cid`, func(v []any) error {
		t.Columns = append(t.Columns, tables.Column{Name: textOf(v[0]), Type: strings.ToLower(textOf(v[1]))})
		if at, _ := v[2].(int64); at > 0 {
			keys[at] = textOf(v[0])
		}
		return nil
	})
	for at := int64(1); err == nil && keys[at] != ""; at++ {
		t.Key = append(t.Key, keys[at])
	}
	if err != nil {
		return err
	}
	refs := map[int64]*tables.Ref{}
	err = f.Rows(ctx, `SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(`+literal(t.Name)+`) ORDER BY id, seq`, func(v []any) error {
		id, _ := v[0].(int64)
		if refs[id] == nil {
			refs[id] = &tables.Ref{Table: textOf(v[1])}
		}
		refs[id].Columns = append(refs[id].Columns, textOf(v[2]))
		if to := textOf(v[3]); to != "" {
			refs[id].To = append(refs[id].To, to)
		}
		return nil
	})
	for id := int64(0); err == nil && refs[id] != nil; id++ {
		t.Refs = append(t.Refs, *refs[id])
	}
	if err != nil {
		return err
	}
	return f.Rows(ctx, `SELECT count(*) FROM `+name, func(v []any) error {
		t.Rows, _ = v[0].(int64)
		return nil
	})
}

// Tables lists the tables.
func (b *Base) Tables() []tables.Table { return b.all }

// Rows gives the rows of a table in the order of its own tree.
func (b *Base) Rows(ctx context.Context, q tables.Query, fn func(tables.Row) error) error {
	t := tables.Find(b.all, q.Table)
	if t == nil {
		return adapters.ErrStream.With("table", q.Table)
	}
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = quote(c.Name)
	}
	query := fmt.Sprintf(`SELECT %s FROM %s NOT INDEXED LIMIT -1 OFFSET %d`, strings.Join(columns, ", "), quote(t.Name), q.Skip)
	no := q.Skip
	return b.with(func(f *sqlite.Foreign) error {
		return f.Rows(ctx, query, func(values []any) error {
			no++
			row := tables.Row{No: no, Values: make([]adapters.Value, len(values))}
			for i, v := range values {
				if err := b.put(&row, t, i, v, q.Raw); err != nil {
					return err
				}
			}
			return fn(row)
		})
	})
}

// put makes a value of what is stored: any type in any column.
func (b *Base) put(row *tables.Row, t *tables.Table, at int, v any, raw func(int, []byte) error) error {
	switch x := v.(type) {
	case nil:
		row.Values[at].Null = true
	case int64:
		row.Values[at] = adapters.Value{Raw: strconv.FormatInt(x, 10), Kind: adapters.Number}
		if tables.KindOf(t.Columns[at].Type) == adapters.Bool {
			row.Values[at] = tables.Typed(row.Values[at].Raw, adapters.Bool)
		}
	case float64:
		row.Values[at] = adapters.Value{Raw: strconv.FormatFloat(x, 'f', -1, 64), Kind: adapters.Number}
	case string:
		b.putText(row, t, at, []byte(x))
	case []byte:
		return row.Bytes(t, at, x, raw, func(x []byte) { b.putText(row, t, at, x) })
	}
	return nil
}

// putText makes a value of a text; one in a column of numbers is a text.
func (b *Base) putText(row *tables.Row, t *tables.Table, at int, x []byte) {
	s, code := b.text.Text(x)
	if code != "" {
		row.Problems = append(row.Problems, adapters.Problem{Code: code, Column: t.Columns[at].Name})
	}
	k := tables.KindOf(t.Columns[at].Type)
	if k == adapters.Number {
		k = adapters.Text
	}
	row.Values[at] = tables.Typed(s, k)
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// quote writes a name as SQL does.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal writes a text as SQL does.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
