package sqldump

import "bytes"

// copy reads COPY name (columns) FROM stdin; and the lines behind it, whose
// cells are between tabs, up to the line \. that ends them.
func (p *parser) copy(start int64) error {
	_, table := p.name()
	var columns []string
	t := p.l.next()
	if t.is("(") {
		columns = p.names()
		t = p.l.next()
	}
	if table == "" || !t.is("FROM") || !p.l.next().is("STDIN") {
		p.l.back()
		p.skip()
		return nil
	}
	p.skip()
	p.l.restOfLine()
	if p.l.peek(0) == '\n' {
		p.l.pos++
	}
	wanted := p.begin(table, columns, start)
	rows, err := p.lines(wanted)
	p.done(rows, p.l.offset())
	return err
}

// lines reads the lines of a COPY.
func (p *parser) lines(wanted bool) (rows int64, err error) {
	for p.l.more() {
		if p.l.peek(0) == '\\' && p.l.peek(1) == '.' {
			p.l.restOfLine()
			return rows, p.l.failure()
		}
		rows++
		if !wanted {
			p.passLine()
			continue
		}
		p.line()
		if err := p.l.failure(); err != nil {
			return rows, err
		}
		if err := p.row(p.cells); err != nil {
			return rows, err
		}
	}
	return rows, p.l.failure()
}

func (p *parser) passLine() {
	for p.l.more() {
		i := bytes.IndexByte(p.l.buf[p.l.pos:p.l.end], '\n')
		if i >= 0 {
			p.l.pos += i + 1
			return
		}
		p.l.pos = p.l.end
	}
}

// line reads one line into cells.
func (p *parser) line() {
	p.arena, p.cells, p.broken = p.arena[:0], p.cells[:0], false
	c := cell{sort: isText}
	end := func() {
		c.to = len(p.arena)
		if len(p.cells) <= maxColumns {
			p.cells = append(p.cells, c)
		}
		c = cell{sort: isText, from: len(p.arena)}
	}
	for {
		if !p.l.more() {
			p.broken = true
			end()
			return
		}
		rest := p.l.buf[p.l.pos:p.l.end]
		i := bytes.IndexAny(rest, "\t\n\\\r")
		if i < 0 {
			i = len(rest)
		}
		c.cut = !p.grow(rest[:i]) || c.cut
		p.l.pos += i
		if i == len(rest) {
			continue
		}
		p.l.pos++
		switch rest[i] {
		case '\t':
			end()
		case '\n':
			end()
			return
		case '\r':
			if p.l.peek(0) != '\n' {
				c.cut = !p.grow([]byte{'\r'}) || c.cut
			}
		case '\\':
			p.lineEscape(&c)
		}
	}
}

func (p *parser) grow(b []byte) bool {
	if len(p.arena)+len(b) > maxRow {
		return false
	}
	p.arena = append(p.arena, b...)
	return true
}

// lineEscape reads what follows a backslash: \N alone is a null.
func (p *parser) lineEscape(c *cell) {
	x := p.l.peek(0)
	if !p.l.more() {
		return
	}
	p.l.pos++
	if next := p.l.peek(0); x == 'N' && len(p.arena) == c.from && (next == '\t' || next == '\n' || next == '\r' || next == 0) {
		c.sort = isNull
		return
	}
	switch {
	case x >= '0' && x <= '7':
		x = byte(p.l.digits(int(x-'0'), 8, 2))
	case x == 'x' && isHex(p.l.peek(0)):
		x = byte(p.l.digits(0, 16, 2))
	default:
		x = unescaped(x)
	}
	c.cut = !p.grow([]byte{x}) || c.cut
}
