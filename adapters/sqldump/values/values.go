// Package values reads the values of rows as a dump writes them: those between the
// brackets of an INSERT and those of a line behind a COPY. Nothing is played in: what
// only writes a literal in another way is worked out, and what would be computed is
// marked.
//
// values.go reads rows, expr.go one value, call.go the functions around literals, and
// sqlserver.go the days that SQL Server writes as bytes.
package values

import (
	"casehub/adapters/sqldump/lex"
	"casehub/adapters/sqldump/phrase"
)

// Limits that protect the machine.
const (
	maxRow     = 32 << 20 // bytes of the values of one row
	maxColumns = 4096
)

// Sort says what a value of a statement is.
type Sort byte

// The sorts.
const (
	Null Sort = iota
	Text
	Number
	Bytes
	Bool
	Other // computed when the dump is played in: the text is what stands there
)

// Cell is one value of a row.
type Cell struct {
	Sort Sort
	Cut  bool // too long: the value is not the whole
	// As is the type that the value is cast to, "" without a cast.
	As       string
	from, to int // in the reader's arena
}

// Reader reads rows, one at a time.
type Reader struct {
	*phrase.Phrases
	// Broken is true where the file ended inside of the row that was read last.
	Broken bool
	// selects: a word behind a value is none of it.
	selects bool
	arena   []byte
	cells   []Cell
}

// Row reads the values of a row, behind its first bracket. They are there until the
// next row.
func (p *Reader) Row() []Cell {
	p.clear()
	for {
		t := p.Next()
		if t.Is(")") {
			return p.cells
		}
		if t.Kind == lex.End || t.Kind == lex.Stop {
			p.Broken = true
			p.Back()
			return p.cells
		}
		if t.Is(",") {
			continue
		}
		p.Back()
		p.add(p.expr(0))
	}
}

// Line reads the values of a line behind a COPY.
func (p *Reader) Line() []Cell {
	p.clear()
	for {
		t, last := p.Cell()
		c := p.keep(Text, t)
		if t.Kind == lex.Null {
			c.Sort = Null
		}
		if p.add(c); last {
			return p.cells
		}
	}
}

// Nothing is a row without values; broken where it stands for rows that are not here.
func (p *Reader) Nothing(broken bool) []Cell {
	p.clear()
	p.Broken = broken
	return nil
}

// Select reads the values of a SELECT, behind its first word. The row is broken where they
// are no constants.
func (p *Reader) Select() []Cell {
	p.clear()
	p.selects = true
	defer func() { p.selects = false }()
	for {
		c := p.expr(0)
		p.Broken = p.Broken || c.Sort == Other
		p.add(c)
		t := p.Next()
		if t.Is("AS") {
			p.Next()
			t = p.Next()
		}
		switch {
		case t.Is(","):
		case t.Is("FROM"):
			p.Broken = p.Broken || !p.Next().Is("DUAL")
			p.pastSelect()
			return p.cells
		case t.Kind == lex.Name, t.Kind == lex.Double, t.Kind == lex.Word && !phrase.Begins(t) && !t.Is("UNION") && !t.Is("ON"): // a name without AS
			if !p.Next().Is(",") {
				p.Back()
				p.pastSelect()
				return p.cells
			}
		default:
			p.Back()
			p.pastSelect()
			return p.cells
		}
	}
}

// pastSelect passes over what stands behind the values, to the next SELECT or the end.
func (p *Reader) pastSelect() {
	for {
		t := p.Next()
		if t.Kind == lex.End || t.Kind == lex.Stop || t.Is("UNION") || t.Line && phrase.Begins(t) {
			p.Back()
			return
		}
	}
}

// Assignments reads column = value, ….
func (p *Reader) Assignments() (columns []string, cells []Cell) {
	p.clear()
	p.selects = true
	defer func() { p.selects = false }()
	for {
		name, _ := p.Name()
		if name == "" || !p.Next().Is("=") {
			p.Back()
			p.Broken = true
			return columns, p.cells
		}
		columns = append(columns, name)
		p.add(p.expr(0))
		if !p.Next().Is(",") || len(columns) > maxColumns {
			p.Back()
			return columns, p.cells
		}
	}
}

func (p *Reader) clear() { p.arena, p.cells, p.Broken = p.arena[:0], p.cells[:0], false }

func (p *Reader) add(c Cell) {
	if len(p.cells) <= maxColumns {
		p.cells = append(p.cells, c)
	}
}

// keep puts the text of a token into the arena.
func (p *Reader) keep(s Sort, t *lex.Token) Cell {
	c := Cell{Sort: s, from: len(p.arena), Cut: t.Cut}
	if len(p.arena)+len(t.Text) > maxRow {
		c.Cut = true
	} else {
		p.arena = append(p.arena, t.Text...)
	}
	c.to = len(p.arena)
	p.Broken = p.Broken || t.Broken
	return c
}

func (p *Reader) put(s Sort, text string) Cell {
	return p.keep(s, &lex.Token{Text: []byte(text)})
}

// Bytes returns the bytes of a cell, until the next row.
func (p *Reader) Bytes(c Cell) []byte { return p.arena[c.from:c.to] }
