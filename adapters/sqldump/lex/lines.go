package lex

import "bytes"

// Cell reads one cell of a line behind a COPY, where tabs stand between cells, and
// reports whether it is the last of its line.
func (l *Lexer) Cell() (t *Token, last bool) {
	l.again, l.newline, l.text = false, true, l.text[:0]
	l.tok = Token{Kind: String, Start: l.Offset()}
	defer func() { l.tok.Text = l.text }()
	for l.More() {
		rest := l.buf[l.pos:l.end]
		i := bytes.IndexAny(rest, "\t\n\\\r")
		if i < 0 {
			i = len(rest)
		}
		l.keep(rest[:i]...)
		l.pos += i
		if i == len(rest) {
			continue
		}
		l.pos++
		switch c := rest[i]; {
		case c == '\t' || c == '\n':
			return &l.tok, c == '\n'
		case c == '\\':
			l.cellEscape()
		case l.Peek(0) != '\n':
			l.keep(c)
		}
	}
	l.tok.Broken = true
	return &l.tok, true
}

// cellEscape reads what follows a backslash: \N alone is a null.
func (l *Lexer) cellEscape() {
	if !l.More() {
		return
	}
	c := l.buf[l.pos]
	l.pos++
	if next := l.Peek(0); c == 'N' && len(l.text) == 0 && (next == '\t' || next == '\n' || next == '\r' || next == 0) {
		l.tok.Kind = Null
		return
	}
	l.octal(c)
}

// EndOfLines passes over the line \. that ends the lines behind a COPY, and reports
// whether it stands here.
func (l *Lexer) EndOfLines() bool {
	if l.Peek(0) != '\\' || l.Peek(1) != '.' {
		return false
	}
	l.RestOfLine()
	return true
}

// PassLine passes over the rest of the line and its end.
func (l *Lexer) PassLine() {
	for l.More() {
		i := bytes.IndexByte(l.buf[l.pos:l.end], '\n')
		if i >= 0 {
			l.pos += i + 1
			return
		}
		l.pos = l.end
	}
}
