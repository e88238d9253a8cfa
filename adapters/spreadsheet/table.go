package spreadsheet

import (
	"errors"
	"io"
	"strings"

	"casehub/adapters"
)

// table turns the rows below a header into records.
type table struct {
	raw    rows
	stream string
	head   *adapters.Header
	loc    adapters.Locator
	drop   *dropper
	ditto  *dittos
	nulls  map[string]bool
	ahead  []row // rows below the header that were read to find it
}

// newTable finds the header and stands before the first record.
func newTable(raw rows, stream string, t Table, loc adapters.Locator) (*table, error) {
	levels, ahead, err := headerRows(raw, t)
	if err != nil {
		return nil, err
	}
	names := namesOf(levels)
	if len(t.Columns) > 0 {
		if names, err = columnNames(t.Columns); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		return nil, adapters.ErrHeader
	}
	if len(names) > maxColumns {
		return nil, adapters.ErrHeaderWide.With("columns", maxColumns)
	}
	tab := &table{raw: raw, stream: stream, head: adapters.NewHeader(names), loc: loc, nulls: t.nullSet(), ahead: ahead}
	tab.drop = newDropper(t, levels)
	tab.ditto, err = newDittos(tab.head, t.Ditto)
	return tab, err
}

// headerRows returns the rows of the header, and the rows below it that were
// read already.
func headerRows(raw rows, t Table) (levels, ahead []row, err error) {
	switch {
	case len(t.Columns) > 0:
		return nil, nil, nil
	case len(t.HeaderRows) > 0:
		return declaredHeader(raw, t.HeaderRows)
	}
	var first []row
	for len(first) < headerSearch {
		r, err := raw.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		first = append(first, r)
	}
	at := findHeader(first, widthOf(first))
	if at < 0 {
		return nil, nil, adapters.ErrHeader
	}
	from, to := levelsAround(first, at)
	return first[from:to], first[to:], nil
}

// declaredHeader reads to the last of the declared rows. Row numbers are those
// of the file, so a cell with line ends counts as the lines it takes.
func declaredHeader(raw rows, at []int) (levels, ahead []row, err error) {
	for len(levels) < len(at) {
		want := int64(at[len(levels)])
		r, err := raw.next()
		if errors.Is(err, io.EOF) {
			return nil, nil, adapters.ErrHeaderRow.With("row", want)
		}
		if err != nil {
			return nil, nil, err
		}
		if r.no > want {
			return nil, nil, adapters.ErrHeaderRow.With("row", want)
		}
		if r.no == want {
			levels = append(levels, r)
		}
	}
	return levels, nil, nil
}

func (t *table) header() *adapters.Header { return t.head }

func (t *table) notes() []string { return t.raw.notes() }

func (t *table) hidden() bool {
	s, ok := t.raw.(*sheetRows)
	return ok && s.hidden()
}

func (t *table) Close() error { return t.raw.Close() }

// next returns the next record, or io.EOF.
func (t *table) next() (adapters.Record, error) {
	r, err := t.nextRow()
	if err != nil {
		return adapters.Record{}, err
	}
	rec := adapters.Record{Stream: t.stream, Loc: t.loc, Header: t.head, Values: r.cells}
	rec.Loc.Row, rec.Loc.Hidden = r.no, r.hidden
	t.judge(&rec, r)
	rec.Seal()
	return rec, nil
}

func (t *table) nextRow() (row, error) {
	if len(t.ahead) > 0 {
		r := t.ahead[0]
		t.ahead = t.ahead[1:]
		return r, nil
	}
	return t.raw.next()
}

// judge marks what is to be left out and what is wrong.
func (t *table) judge(rec *adapters.Record, r row) {
	if r.code != "" {
		rec.Problems = append(rec.Problems, adapters.Problem{Code: r.code})
		return
	}
	if rec.Skip = t.drop.reason(r); rec.Skip != "" {
		return
	}
	t.cut(rec)
	for _, p := range r.cellAt {
		if p.at < len(rec.Values) && p.at < len(t.head.Names()) {
			rec.Problems = append(rec.Problems, adapters.Problem{Code: p.code, Column: t.head.Names()[p.at]})
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
			rec.Problems = append(rec.Problems, adapters.Problem{Code: overflow})
			return
		}
	}
	rec.Values = rec.Values[:width]
}

// truncated ends a cell that KoBo's exporter cut at Excel's limit.
const truncated = "<WARNING: Truncated to Excel limit"

func markNulls(values []adapters.Value, nulls map[string]bool) {
	for i := range values {
		v := &values[i]
		if strings.TrimSpace(v.Raw) == "" || len(nulls) > 0 && nulls[strings.TrimSpace(v.Raw)] {
			v.Null = true
		}
	}
}
