package sqldump

import (
	"context"
	"errors"
	"slices"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/sqldump/statement"
	"casehub/adapters/sqldump/survey"
	"casehub/adapters/sqldump/textfile"
	"casehub/adapters/sqldump/values"
	"casehub/adapters/tables"
	"casehub/adapters/tables/charset"
)

// dump is a dump after its first reading.
type dump struct {
	at     place.Place
	survey *survey.Survey
	text   charset.Decoder
}

// Tables lists the tables.
func (d *dump) Tables() []tables.Table { return d.survey.Tables() }

// Rows gives the rows of a table, place by place.
func (d *dump) Rows(ctx context.Context, q tables.Query, fn func(tables.Row) error) error {
	t := d.survey.Find(q.Table)
	if t == nil {
		return adapters.ErrStream.With("table", q.Table)
	}
	r := &reader{dump: d, table: t, skip: q.Skip, raw: q.Raw, fn: fn}
	for _, c := range t.Columns {
		r.kinds = append(r.kinds, tables.KindOf(c.Type))
		r.roles = append(r.roles, roleOf(c.Type, d.survey.Dialect))
	}
	for _, at := range d.spans(t) {
		if r.no+at.Rows <= r.skip && d.survey.Form.Seekable() {
			r.no += at.Rows
			continue
		}
		if err := r.read(ctx, at); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// spans are the places of a table. A dump that cannot be opened in the middle is read
// through from the first to the last.
func (d *dump) spans(t *survey.Part) []survey.Span {
	if d.survey.Form.Seekable() || len(t.Spans) == 0 {
		return t.Spans
	}
	one := t.Spans[0]
	one.End = t.Spans[len(t.Spans)-1].End
	return []survey.Span{one}
}

// reader turns the cells of one table into rows.
type reader struct {
	*dump
	from    *statement.Reader
	table   *survey.Part
	kinds   []adapters.Kind
	roles   []role
	skip    int64
	no      int64
	columns []int // place in the table of each cell, nil for the same order
	raw     func(column int, b []byte) error
	failed  error // of raw
	fn      func(tables.Row) error
}

// read reads the statements of a place.
func (r *reader) read(ctx context.Context, at survey.Span) error {
	text, err := textfile.Open(r.at, r.survey.Form, at.Start, nil)
	if err != nil {
		return err
	}
	r.from = statement.New(ctx, text, at.Start, r.survey.Dialect, r.text, statement.Told{
		Rows: func(table string, columns []string, _ int64) bool {
			columns, ok := r.table.Brings(table, columns)
			if ok {
				r.order(columns)
			}
			return ok
		},
		Row: r.row, Done: func(int64, int64) {}, Changed: func(string) {},
	})
	r.from.Enter(at.State)
	return errors.Join(r.from.Run(at.End), text.Close())
}

// order finds the places of the columns that a statement names.
func (r *reader) order(columns []string) {
	r.columns = nil
	for _, c := range columns {
		i := r.table.Index(c)
		if i < 0 {
			i = r.table.Like(c)
		}
		r.columns = append(r.columns, i)
	}
}

// row hands one row on.
func (r *reader) row(cells []values.Cell) error {
	r.no++
	if r.no <= r.skip {
		return nil
	}
	row := tables.Row{No: r.no, Values: make([]adapters.Value, len(r.table.Columns))}
	for i := range row.Values {
		row.Values[i].Null = true
	}
	if r.from.Broken() {
		row.Problems = append(row.Problems, adapters.Problem{Code: adapters.CellTruncated})
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
