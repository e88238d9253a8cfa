package sqldump

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
	"casehub/adapters/tables/charset"
)

// reader turns the cells of one table into rows.
type reader struct {
	p       *parser
	table   *part
	text    *charset.Decoder
	kinds   []adapters.Kind
	arrays  []bool
	skip    int64
	no      int64
	columns []int // place in the table of each cell, nil for the same order
	raw     func(column int, b []byte) error
	failed  error // of raw
	fn      func(tables.Row) error
}

// rows reads the rows of a table, place by place.
func (d *dump) read(ctx context.Context, t *part, q tables.Query, fn func(tables.Row) error) error {
	r := &reader{table: t, text: &d.text, skip: q.Skip, raw: q.Raw, fn: fn}
	for _, c := range t.Columns {
		r.kinds = append(r.kinds, tables.KindOf(c.Type))
		r.arrays = append(r.arrays, strings.HasSuffix(c.Type, "[]"))
	}
	if d.facts.form.seekable() {
		return r.seek(ctx, d)
	}
	if len(t.places) == 0 {
		return nil
	}
	return r.through(ctx, d)
}

// seek opens the dump at each place.
func (r *reader) seek(ctx context.Context, d *dump) error {
	for _, at := range r.table.places {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.no+at.rows <= r.skip {
			r.no += at.rows
			continue
		}
		f, err := open(d.at, d.facts.form, at.start, nil)
		if err != nil {
			return err
		}
		err = errors.Join(r.read(newLexer(ctx, f, at.start, d.facts.dialect), at), f.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

// through reads a dump that cannot be opened in the middle from its beginning.
func (r *reader) through(ctx context.Context, d *dump) error {
	first := r.table.places[0]
	f, err := open(d.at, d.facts.form, first.start, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	last := r.table.places[len(r.table.places)-1]
	first.end = last.end
	return r.read(newLexer(ctx, f, first.start, d.facts.dialect), first)
}

// read reads the statements of a place.
func (r *reader) read(l *lexer, at span) error {
	r.p = &parser{l: l, row: r.row, done: func(int64, int64) {}, other: func(string) {}}
	r.p.begin = func(table string, columns []string, _ int64) bool {
		if table != r.table.whole {
			return false
		}
		r.order(columns)
		return true
	}
	r.p.enter(at.state)
	return r.p.run(at.end)
}

// order finds the places of the columns that a statement names.
func (r *reader) order(columns []string) {
	r.columns = nil
	for _, c := range columns {
		i := r.table.Index(c)
		if i < 0 {
			i = r.table.like(c)
		}
		r.columns = append(r.columns, i)
	}
}

// row hands one row on.
func (r *reader) row(cells []cell) error {
	r.no++
	if r.no <= r.skip {
		return nil
	}
	r.setCharset()
	row := tables.Row{No: r.no, Values: make([]adapters.Value, len(r.table.Columns))}
	for i := range row.Values {
		row.Values[i].Null = true
	}
	if r.p.broken {
		row.Problems = append(row.Problems, adapters.Problem{Code: brokenOff})
	}
	for i, c := range cells {
		at := i
		if r.columns != nil {
			at = -1
			if i < len(r.columns) {
				at = r.columns[i]
			}
		}
		if at < 0 || at >= len(row.Values) {
			if !slices.Contains(row.Problems, adapters.Problem{Code: adapters.RowTooLong}) {
				row.Problems = append(row.Problems, adapters.Problem{Code: adapters.RowTooLong})
			}
			continue
		}
		r.put(&row, at, c)
	}
	if r.failed != nil {
		return r.failed
	}
	return r.fn(row)
}

// setCharset takes the charset that the dump has set by now.
func (r *reader) setCharset() {
	if r.p.state.charset == "" {
		return
	}
	if c, ok := charset.Named(r.p.state.charset); ok {
		if r.text.Set.Name != c.Name {
			r.text.Set = c
		}
		r.text.Sure = true
	}
}

// put makes the value of a cell.
func (r *reader) put(row *tables.Row, at int, c cell) {
	name := r.table.Columns[at].Name
	problem := func(code adapters.Code) {
		row.Problems = append(row.Problems, adapters.Problem{Code: code, Column: name})
	}
	if c.cut {
		problem(adapters.RowTooLong)
		return
	}
	b := r.p.textOf(c)
	switch c.sort {
	case isNull:
		return
	case isBytes:
		r.binary(row, at, b, problem)
		return
	case isNumber:
		row.Values[at] = tables.Typed(string(b), adapters.Number)
		if r.kinds[at] == adapters.Bool || c.as == "bit" {
			row.Values[at] = tables.Typed(string(b), adapters.Bool)
		}
		return
	case isBool:
		row.Values[at] = tables.Typed(string(b), adapters.Bool)
		return
	}
	s, code := r.text.Text(b)
	if code != "" {
		problem(code)
	}
	if c.sort == isOther {
		row.Values[at] = adapters.Value{Raw: s, Kind: adapters.Bad}
		return
	}
	r.typed(row, at, s, c.as)
}

// typed makes the value of a text.
func (r *reader) typed(row *tables.Row, at int, s, as string) {
	if strings.HasPrefix(r.table.Columns[at].Type, "bytea") && strings.HasPrefix(s, `\x`) {
		if b, err := hex.DecodeString(s[2:]); err == nil {
			r.binary(row, at, b, func(adapters.Code) {})
			return
		}
	}
	if r.arrays[at] {
		if v, ok := tables.Array(s); ok {
			row.Values[at] = v
			return
		}
	}
	k := r.kinds[at]
	if as != "" && k == adapters.Text {
		k = tables.KindOf(as)
	}
	row.Values[at] = tables.Typed(s, k)
}

// binary keeps bytes that are text as text, and all others as a document of the
// row.
func (r *reader) binary(row *tables.Row, at int, b []byte, problem func(adapters.Code)) {
	err := row.Bytes(&r.table.Table, at, b, r.raw, func(b []byte) {
		s, code := r.text.Text(b)
		if code != "" {
			problem(code)
		}
		r.typed(row, at, s, "")
	})
	if r.failed == nil {
		r.failed = err
	}
}
