package statement

import (
	"cmp"

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
	if t.Is("OVERRIDING") { // SYSTEM VALUE or USER VALUE
		p.Next()
		p.Next()
		t = p.Next()
	}
	if t.Is("SET") {
		return p.assigned(table, start)
	}
	read := p.unread
	switch {
	case t.Is("VALUES"), t.Is("VALUE"):
		read = p.inserted
	case t.Is("SELECT"):
		read = p.selected
	case t.Is("DEFAULT"):
		read = p.defaults
	default:
		p.Back()
	}
	return p.bring(table, columns, start, read)
}

// bring reads the rows that a statement brings into a table.
func (p *Reader) bring(table string, columns []string, start int64, read func(wanted bool) (int64, error)) error {
	rows, err := read(p.to.Rows(table, columns, start))
	p.to.Done(rows, p.Offset())
	return err
}

// unread reads a statement whose rows stand elsewhere or are computed: they are one row
// that is broken, so that somebody sees it.
func (p *Reader) unread(wanted bool) (rows int64, err error) {
	p.Skip()
	if wanted {
		err = p.give(p.values.Nothing(true))
	}
	return 1, cmp.Or(err, p.Err())
}

// defaults reads DEFAULT VALUES.
func (p *Reader) defaults(wanted bool) (rows int64, err error) {
	p.Skip()
	if wanted {
		err = p.give(p.values.Nothing(false))
	}
	return 1, cmp.Or(err, p.Err())
}

// selected reads SELECT … UNION ALL SELECT …, which is how constants are written where
// VALUES takes one row. What is selected from a table is not here.
func (p *Reader) selected(wanted bool) (rows int64, err error) {
	for {
		rows++
		cells := p.values.Select()
		if p.values.Broken {
			cells = p.values.Nothing(true)
		}
		if wanted {
			if err := p.give(cells); err != nil {
				return rows, err
			}
		}
		if !p.Next().Is("UNION") {
			p.Back()
			break
		}
		if !p.Next().Is("ALL") {
			p.Back()
		}
		if !p.Next().Is("SELECT") {
			p.Back()
			break
		}
	}
	p.skipAfterRows()
	return rows, p.Err()
}

// assigned reads INSERT … SET column = value, ….
func (p *Reader) assigned(table string, start int64) error {
	columns, cells := p.values.Assignments()
	return p.bring(table, columns, start, func(wanted bool) (rows int64, err error) {
		if wanted {
			err = p.give(cells)
		}
		p.skipAfterRows()
		return 1, cmp.Or(err, p.Err())
	})
}

// loaded reads LOAD DATA … INTO TABLE name.
func (p *Reader) loaded(start int64) error {
	for t := p.Next(); !t.Is("TABLE"); t = p.Next() {
		if t.Kind == lex.End || t.Kind == lex.Stop {
			return nil
		}
	}
	_, table := p.Name()
	return p.bring(table, nil, start, p.unread)
}

// inserted reads the rows of an INSERT, (…) or ROW(…).
func (p *Reader) inserted(wanted bool) (rows int64, err error) {
	for {
		t := p.Next()
		if t.Is("ROW") {
			t = p.Next()
		}
		if t.Kind == lex.End || t.Kind == lex.Stop {
			p.Back()
			break
		}
		if !t.Is("(") { // whatever it is, it is no row that can be read
			p.Back()
			n, err := p.unread(wanted)
			return rows + n, err
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
	if table == "" || !t.Is("FROM") {
		p.Back()
		p.Skip()
		return nil
	}
	if !p.Next().Is("STDIN") {
		p.Back()
		return p.bring(table, columns, start, p.unread)
	}
	p.Skip()
	p.PassLine()
	return p.bring(table, columns, start, p.lines)
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
