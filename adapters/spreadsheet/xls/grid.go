package xls

import (
	"encoding/binary"
	"io"
	"slices"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/ole"
	"casehub/adapters/spreadsheet/sheet"
)

// Open reads the records of a sheet.
func (b *book) Open(at int) (f sheet.Feed, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			f, err = nil, ole.ErrBroken
		}
	}()
	g := &grid{book: b, rows: map[int]*sheet.Row{}}
	r, ok := b.at(b.starts[at])
	if !ok || r.id != recBOF {
		return nil, ole.ErrBroken
	}
	deep := 1 // a chart in the sheet has a beginning and an end of its own
	for r, ok = b.at(r.next); ok && deep > 0; r, ok = b.at(r.next) {
		switch {
		case r.id == recBOF:
			deep++
		case r.id == recEOF:
			deep--
		case deep == 1:
			g.take(r)
		}
		if g.cells > maxCells {
			return nil, adapters.ErrTooManyCells.With("rows", maxCells/10).With("columns", 10)
		}
	}
	return g.sorted(), nil
}

// grid gathers the cells of a sheet.
type grid struct {
	book    *book
	rows    map[int]*sheet.Row
	merged  sheet.Merged
	columns sheet.HiddenColumns
	waiting *sheet.Cell // a formula whose text comes in the next record
	cells   int
}

// maxCells is the number of cells of a sheet that are held in memory.
const maxCells = 1_200_000

// row returns a row by its place, which counts from 0 in the file.
func (g *grid) row(no int) *sheet.Row {
	r := g.rows[no]
	if r == nil {
		r = &sheet.Row{No: no + 1}
		g.rows[no] = r
	}
	return r
}

// put adds a cell at the row and the column that p begins with.
func (g *grid) put(p []byte, c sheet.Cell) {
	if !c.Empty() {
		g.cells++
		g.row(number16(p, 0)).Put(number16(p, 1)+1, c)
	}
}

// number16 reads one of the numbers of two bytes that p consists of.
func number16(p []byte, at int) int { return int(binary.LittleEndian.Uint16(p[2*at:])) }

func (g *grid) take(r record) {
	p := r.body
	switch {
	case r.id == recRow && len(p) >= 16:
		if p[12]&0x20 != 0 {
			g.row(number16(p, 0)).Hidden = true
		}
	case r.id == recColInfo && len(p) >= 10:
		if p[8]&1 != 0 {
			g.columns.Add(number16(p, 0)+1, number16(p, 1)+1)
		}
	case r.id == recMerged && len(p) >= 2:
		for q := p[2:]; len(q) >= 8; q = q[8:] {
			top, bottom, left, right := number16(q, 0), number16(q, 1), number16(q, 2), number16(q, 3)
			g.merged.Add(top+1, left+1, right-left+1, bottom-top+1)
		}
	case r.id == recString:
		if g.waiting != nil {
			g.waiting.Value = adapters.Value{Raw: g.book.longText(p)}
			g.waiting = nil
		}
	case len(p) >= 6:
		g.cell(r.id, p)
	}
}

// sorted turns what was gathered into a feed.
func (g *grid) sorted() *feed {
	f := &feed{merged: g.merged, notes: g.columns.Notes()}
	for _, r := range g.rows {
		slices.SortStableFunc(r.Cells, func(a, b sheet.Cell) int { return a.Col - b.Col })
		r.Cells = slices.CompactFunc(r.Cells, func(a, b sheet.Cell) bool { return a.Col == b.Col })
		f.rows = append(f.rows, *r)
	}
	slices.SortFunc(f.rows, func(a, b sheet.Row) int { return a.No - b.No })
	slices.SortStableFunc(f.merged, func(a, b sheet.Area) int { return a.Top - b.Top })
	return f
}

// feed gives the rows that were gathered.
type feed struct {
	rows   []sheet.Row
	merged []sheet.Area
	notes  []string
}

func (f *feed) Merged() []sheet.Area { return f.merged }

func (f *feed) Notes() []string { return f.notes }

func (f *feed) Close() error { return nil }

func (f *feed) Next() (sheet.Row, error) {
	if len(f.rows) == 0 {
		return sheet.Row{}, io.EOF
	}
	r := f.rows[0]
	f.rows = f.rows[1:]
	return r, nil
}
