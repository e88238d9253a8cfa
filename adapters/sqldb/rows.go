package sqldb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// pageRows is how many rows are asked for at a time.
const pageRows = 1000

// maxValue is the most bytes of one value.
const maxValue = 32 << 20

// shape is how the rows of a table become values.
type shape struct {
	table   *tables.Table
	columns []string // as they are selected
	kinds   []adapters.Kind
	bytes   []bool // binary columns
	key     []int  // places of the key along which is paged, nil for none
}

// shapeOf returns how a table is read.
func (d *DB) shapeOf(ctx context.Context, name string) (shape, error) {
	if s, ok := d.shapes[name]; ok {
		return s, nil
	}
	all, err := d.Tables(ctx)
	if err != nil {
		return shape{}, err
	}
	t := tables.Find(all, name)
	if t == nil {
		return shape{}, adapters.ErrStream.With("table", name)
	}
	s := shape{table: t}
	for _, c := range t.Columns {
		s.columns = append(s.columns, d.at.Dialect.Text("x."+d.at.Dialect.Quote(c.Name), c.Type))
		s.kinds = append(s.kinds, tables.KindOf(c.Type))
		s.bytes = append(s.bytes, isBinary(c.Type))
	}
	for _, k := range t.Key {
		i := t.Index(k)
		if i < 0 || !pageable(t.Columns[i].Type) {
			s.key = nil
			break
		}
		s.key = append(s.key, i)
	}
	if d.shapes == nil {
		d.shapes = map[string]shape{}
	}
	d.shapes[name] = s
	return s, nil
}

func isBinary(of string) bool {
	base, _, _ := strings.Cut(of, "(")
	switch base {
	case "blob", "tinyblob", "mediumblob", "longblob", "binary", "varbinary", "bytea", "image":
		return true
	}
	return false
}

// pageable reports types whose texts can be compared with the column again and
// are equal only where the values are.
func pageable(of string) bool {
	base, _, _ := strings.Cut(of, "(")
	base, _, _ = strings.Cut(base, " ")
	switch base {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric", "char", "character", "varchar", "nchar", "nvarchar", "text", "uuid", "uniqueidentifier", "date", "year":
		return true
	}
	return false
}

// selection is the query for the rows of a table at a position.
func (d *DB) selection(s shape, p position) (string, []any) {
	mark, since := p.mark, p.since
	q := d.at.Dialect
	head, tail := "", ""
	if s.key != nil {
		head, tail = q.Page(pageRows)
	}
	query := "SELECT " + head + strings.Join(s.columns, ", ") + " FROM " + d.from[s.table.Name] + " x"
	var where []string
	var args []any
	if len(p.after) > 0 {
		where = append(where, d.beyond(s, p.after, &args))
	}
	if len(p.upTo) > 0 {
		where = append(where, "NOT "+d.beyond(s, p.upTo, &args))
	}
	if mark != "" && since != "" {
		args = append(args, since)
		column := "x." + q.Quote(mark)
		where = append(where, "("+column+" >= "+q.Arg(len(args))+" OR "+column+" IS NULL)")
	}
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	if order := d.order(s); order != "" {
		query += " ORDER BY " + order
	}
	return query + tail, args
}

// beyond compares a key of any number of columns: a > ? OR a = ? AND b > ?
func (d *DB) beyond(s shape, after []string, args *[]any) string {
	q := d.at.Dialect
	var ors []string
	for n := range s.key {
		var ands []string
		for i := range n + 1 {
			*args = append(*args, argument(s.kinds[s.key[i]], after[i]))
			sign := " = "
			if i == n {
				sign = " > "
			}
			ands = append(ands, "x."+q.Quote(s.table.Columns[s.key[i]].Name)+sign+q.Arg(len(*args)))
		}
		ors = append(ors, strings.Join(ands, " AND "))
	}
	return "(" + strings.Join(ors, " OR ") + ")"
}

// argument keeps whole numbers as numbers, so that large ones stay exact.
func argument(k adapters.Kind, text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && k == adapters.Number {
		return n
	}
	return text
}

// maxOrder is how many columns order a table without a key.
const maxOrder = 16

// order is the key, or else the columns that can be ordered.
func (d *DB) order(s shape) string {
	var list []string
	for _, i := range s.key {
		list = append(list, "x."+d.at.Dialect.Quote(s.table.Columns[i].Name))
	}
	if s.key == nil {
		for i, c := range s.table.Columns {
			if k := s.kinds[i]; (k != adapters.Text || pageable(c.Type)) && len(list) < maxOrder && c.Name != "" {
				list = append(list, "x."+d.at.Dialect.Quote(c.Name))
			}
		}
	}
	return strings.Join(list, ", ")
}

// Rows gives the rows of a table along its key, or in the order of its columns.
func (d *DB) Rows(ctx context.Context, q tables.Query, fn func(tables.Row) error) error {
	s, err := d.shapeOf(ctx, q.Table)
	if err != nil {
		return err
	}
	return d.read(ctx, s, position{}, q.Raw, func(r tables.Row, _ []string) error {
		if r.No <= q.Skip {
			return nil
		}
		return fn(r)
	})
}

// position is where reading goes on.
type position struct {
	after []string // the key of the last row given
	upTo  []string // the key of the last row to give; nil for all
	no    int64    // rows given before
	mark  string   // column of the watermark
	since string
}

// read gives the rows from a position on, page by page where there is a key.
func (d *DB) read(ctx context.Context, s shape, p position, raw func(int, []byte) error, fn func(r tables.Row, key []string) error) error {
	for {
		query, args := d.selection(s, p)
		n := 0
		err := d.at.Query(ctx, query, args, func(v []sql.RawBytes) error {
			n++
			p.no++
			row, err := d.row(s, v, p.no, raw)
			if err != nil {
				return err
			}
			p.after = p.after[:0:0]
			for _, i := range s.key {
				p.after = append(p.after, string(v[i]))
			}
			return fn(row, p.after)
		})
		if err != nil || s.key == nil || n < pageRows {
			return err
		}
	}
}

// row makes the values of a row.
func (d *DB) row(s shape, v []sql.RawBytes, no int64, raw func(int, []byte) error) (tables.Row, error) {
	r := tables.Row{No: no, Values: make([]adapters.Value, len(s.columns))}
	for i := range r.Values {
		name := s.table.Columns[i].Name
		switch {
		case v[i] == nil:
			r.Values[i].Null = true
		case len(v[i]) > maxValue:
			r.Values[i].Null = true
			r.Problems = append(r.Problems, adapters.Problem{Code: adapters.RowTooLong, Column: name})
		case s.bytes[i]:
			if err := d.binary(&r, s, i, v[i], raw); err != nil {
				return r, err
			}
		default:
			d.value(&r, s, i, v[i])
		}
	}
	return r, nil
}

func (d *DB) value(r *tables.Row, s shape, i int, b []byte) {
	text, code := d.text.Text(b)
	if code != "" {
		r.Problems = append(r.Problems, adapters.Problem{Code: code, Column: s.table.Columns[i].Name})
	}
	if strings.HasSuffix(s.table.Columns[i].Type, "[]") {
		if v, ok := tables.Array(text); ok {
			r.Values[i] = v
			return
		}
	}
	r.Values[i] = tables.Typed(text, s.kinds[i])
}

// binary keeps bytes that are text as text, and others as a document of the row.
func (d *DB) binary(r *tables.Row, s shape, i int, b []byte, raw func(int, []byte) error) error {
	if !d.at.Dialect.RowBytes {
		decoded, err := hex.DecodeString(strings.TrimPrefix(string(b), `\x`))
		if err != nil {
			d.value(r, s, i, b)
			return nil
		}
		b = decoded
	}
	return r.Bytes(s.table, i, b, raw, func(b []byte) { d.value(r, s, i, b) })
}
