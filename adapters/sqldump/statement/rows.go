package statement

import (
	"casehub/adapters/sqldump/lex"
	"casehub/adapters/sqldump/phrase"
	"casehub/adapters/sqldump/values"
)

// insert reads INSERT [INTO] name [(columns)] VALUES (…), (…).
func (p *Reader) insert(start int64) error {
	for {
		t := p.Next()
		if t.Is("INTO") || t.Is("IGNORE") || t.Is("OR") || t.Is("DELAYED") || t.Is("LOW_PRIORITY") || t.Is("HIGH_PRIORITY") || t.Is("REPLACE") {
			continue
		}
		p.Back()
		break
	}
	_, table := p.Name()
	if table == "" {
		p.Skip()
		return nil
	}
	var columns []string
	t := p.Next()
	if t.Is("(") {
		columns = p.Names()
		t = p.Next()
	}
	for t.Is("OVERRIDING") || t.Is("SYSTEM") || t.Is("USER") || t.Is("VALUE") && columns != nil && !p.NextIs('(') {
		t = p.Next()
	}
	if !t.Is("VALUES") && !t.Is("VALUE") {
		p.Back()
		p.to.Changed(table)
		p.Skip()
		return nil
	}
	wanted := p.to.Rows(table, columns, start)
	rows, err := p.inserted(wanted)
	p.to.Done(rows, p.Offset())
	return err
}

// inserted reads the rows of an INSERT.
func (p *Reader) inserted(wanted bool) (rows int64, err error) {
	for {
		t := p.Next()
		if !t.Is("(") {
			p.Back()
			break
		}
		rows++
		if !wanted {
			p.pass()
		} else if err := p.give(p.values.Row()); err != nil {
			return rows, err
		}
		if t = p.Next(); !t.Is(",") {
			p.Back()
			break
		}
	}
	p.skipAfterRows()
	return rows, p.Err()
}

// skipAfterRows passes over ON DUPLICATE KEY and the like, not over a next
// INSERT where no mark stands between.
func (p *Reader) skipAfterRows() {
	t := p.Next()
	if t.Kind == lex.Stop {
		return
	}
	p.Back()
	if phrase.Begins(t) && p.Dialect != lex.MySQL {
		return
	}
	p.Skip()
}

// pass passes over one row.
func (p *Reader) pass() {
	p.Mute = true
	for depth := 1; depth > 0; {
		t := p.Next()
		switch {
		case t.Kind == lex.End || t.Kind == lex.Stop:
			p.Back()
			depth = 0
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		}
	}
	p.Mute = false
}

// give hands a row on.
func (p *Reader) give(cells []values.Cell) error {
	if err := p.Err(); err != nil {
		return err
	}
	return p.to.Row(cells)
}

// copy reads COPY name (columns) FROM stdin; and the lines behind it.
func (p *Reader) copy(start int64) error {
	_, table := p.Name()
	var columns []string
	t := p.Next()
	if t.Is("(") {
		columns = p.Names()
		t = p.Next()
	}
	if table == "" || !t.Is("FROM") || !p.Next().Is("STDIN") {
		p.Back()
		p.Skip()
		return nil
	}
	p.Skip()
	p.PassLine()
	wanted := p.to.Rows(table, columns, start)
	rows, err := p.lines(wanted)
	p.to.Done(rows, p.Offset())
	return err
}

// lines reads the lines of a COPY.
func (p *Reader) lines(wanted bool) (rows int64, err error) {
	for p.More() && !p.EndOfLines() {
		rows++
		if !wanted {
			p.PassLine()
		} else if err := p.give(p.values.Line()); err != nil {
			return rows, err
		}
	}
	return rows, p.Err()
}
