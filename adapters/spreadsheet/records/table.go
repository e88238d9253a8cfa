package records

import (
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/layout"
	"casehub/adapters/spreadsheet/sheet"
)

// TableSettings say how the records of a table with a header are found.
type TableSettings struct {
	Stream     string           // of the records
	Loc        adapters.Locator // of the records, but for the row
	HeaderRows []int            // 1 is the first; found where there are none
	Columns    []string         // names of a table that has no header
	Drop       []string         // reasons for which a row is no data; all where it is nil
	Nulls      []string         // texts that stand for no value
	Ditto      []string         // columns in which a mark stands for the value above
}

// table turns the rows below a header into records.
type table struct {
	raw    sheet.Lines
	stream string
	head   *adapters.Header
	loc    adapters.Locator
	drop   *layout.Dropper
	ditto  *dittos
	nulls  map[string]bool
	ahead  []sheet.Line // rows below the header that were read to find it
}

// Table finds the header of a table and stands before the first record. The reader
// closes the lines. It fails with adapters.ErrHeader, ErrHeaderRow, ErrHeaderWide or
// ErrDittoColumn.
func Table(raw sheet.Lines, s TableSettings) (Reader, error) {
	names, levels, ahead, err := header(raw, s)
	if err != nil {
		return nil, err
	}
	t := &table{raw: raw, stream: s.Stream, head: adapters.NewHeader(names), loc: s.Loc, nulls: nullSet(s.Nulls), ahead: ahead}
	t.drop = layout.NewDropper(s.Drop, levels)
	if t.ditto, err = newDittos(t.head, s.Ditto); err != nil {
		return nil, err
	}
	return t, nil
}

// header returns the names of the columns, the rows that they come from, and those
// below that were read already.
func header(raw sheet.Lines, s TableSettings) (names []string, levels, ahead []sheet.Line, err error) {
	if len(s.Columns) > 0 {
		names, err = layout.Declared(s.Columns)
	} else {
		levels, ahead, err = layout.Header(raw, s.HeaderRows)
		names = layout.Names(levels)
	}
	switch {
	case err != nil:
	case len(names) == 0:
		err = adapters.ErrHeader
	case len(names) > sheet.MaxColumns:
		err = adapters.ErrHeaderWide.With("columns", sheet.MaxColumns)
	}
	return names, levels, ahead, err
}

func (t *table) Header() *adapters.Header { return t.head }

func (t *table) Notes() []string { return t.raw.Notes() }

func (t *table) Hidden() bool { return t.raw.Hidden() }

func (t *table) Close() error { return t.raw.Close() }

// Next returns the next record, or io.EOF.
func (t *table) Next() (adapters.Record, error) {
	r, err := t.nextRow()
	if err != nil {
		return adapters.Record{}, err
	}
	rec := adapters.Record{Stream: t.stream, Loc: t.loc, Header: t.head, Values: r.Cells}
	rec.Loc.Row, rec.Loc.Hidden = r.No, r.Hidden
	t.judge(&rec, r)
	rec.Seal()
	return rec, nil
}

func (t *table) nextRow() (sheet.Line, error) {
	if len(t.ahead) > 0 {
		r := t.ahead[0]
		t.ahead = t.ahead[1:]
		return r, nil
	}
	return t.raw.Next()
}

// judge marks what is to be left out and what is wrong.
func (t *table) judge(rec *adapters.Record, r sheet.Line) {
	if r.Code != "" {
		rec.Problems = append(rec.Problems, adapters.Problem{Code: r.Code})
		return
	}
	if rec.Skip = t.drop.Reason(r); rec.Skip != "" {
		return
	}
	for _, at := range r.Across {
		rec.Values[at] = adapters.Value{Null: true}
	}
	t.cut(rec)
	for _, p := range r.Faults {
		if p.At < len(rec.Values) && p.At < len(t.head.Names()) {
			rec.Problems = append(rec.Problems, adapters.Problem{Code: p.Code, Column: t.head.Names()[p.At]})
		}
	}
	for i, v := range rec.Values {
		if len(v.Raw) > 32000 && strings.Contains(v.Raw, truncated) && i < len(t.head.Names()) {
			rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.CellTruncated, Column: t.head.Names()[i]})
		}
	}
	markNulls(rec.Values, t.nulls)
	t.ditto.resolve(rec)
}

// cut makes the record as wide as the header. A filled cell beyond it means
// that the cells have shifted: nobody can say which is which.
func (t *table) cut(rec *adapters.Record) {
	width := len(t.head.Names())
	if len(rec.Values) <= width {
		return
	}
	for _, v := range rec.Values[width:] {
		if strings.TrimSpace(v.Raw) != "" {
			rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.RowTooLong})
			return
		}
	}
	rec.Values = rec.Values[:width]
}

// truncated ends a cell that KoBo's exporter cut at Excel's limit.
const truncated = "<WARNING: Truncated to Excel limit"
