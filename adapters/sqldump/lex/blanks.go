package lex

import "bytes"

// blanks passes over blanks and comments.
func (l *Lexer) blanks() {
	for l.More() {
		c := l.buf[l.pos]
		switch {
		case c == '\n', c == '\r':
			l.newline = true
			l.pos++
		case c <= ' ' || c == 0x7f:
			l.pos++
		case c == 0xef && l.Offset() == 0 && l.Peek(1) == 0xbb && l.Peek(2) == 0xbf:
			l.pos += 3
		case c == '-' && l.Peek(1) == '-' && (l.Dialect != MySQL || l.Peek(2) <= ' '):
			l.RestOfLine()
		case c == '#' && l.Dialect == MySQL:
			l.RestOfLine()
		case c == '\\' && l.newline && l.Dialect == Postgres: // a command of psql
			l.RestOfLine()
		case c == '/' && l.Peek(1) == '*':
			l.comment()
		case c == '*' && l.version && l.Peek(1) == '/':
			l.pos += 2
			l.version = false
		default:
			return
		}
	}
}

// comment passes over /* … */. What stands in /*! … */ is read: it is meant for
// MySQL from some version on.
func (l *Lexer) comment() {
	l.pos += 2
	if l.Dialect == MySQL && !l.version && (l.Peek(0) == '!' || l.Peek(0) == 'M' && l.Peek(1) == '!') {
		for c := l.Peek(0); c == '!' || c == 'M' || isDigit(c); c = l.Peek(0) {
			l.pos++
		}
		l.version = true
		return
	}
	nests := l.Dialect == Postgres || l.Dialect == SQLServer
	for depth := 1; depth > 0 && l.More(); {
		i := bytes.IndexAny(l.buf[l.pos:l.end], "*/")
		if i < 0 {
			l.pos = l.end
			continue
		}
		l.pos += i
		switch two := [2]byte{l.buf[l.pos], l.Peek(1)}; {
		case two == [2]byte{'*', '/'}:
			l.pos += 2
			depth--
		case two == [2]byte{'/', '*'} && nests:
			l.pos += 2
			depth++
		default:
			l.pos++
		}
	}
}

// RestOfLine passes over the rest of the line and returns its beginning.
func (l *Lexer) RestOfLine() string {
	var head []byte
	for l.More() {
		i := bytes.IndexByte(l.buf[l.pos:l.end], '\n')
		if i < 0 && bytes.IndexByte(l.buf[l.pos:l.end], '\r') >= 0 {
			l.fill(len(l.buf))
			if i = bytes.IndexByte(l.buf[l.pos:l.end], '\n'); i < 0 { // the file has no other ends of lines
				i = bytes.IndexByte(l.buf[l.pos:l.end], '\r')
			}
		}
		piece := l.buf[l.pos:l.end]
		if i >= 0 {
			piece = piece[:i]
		}
		if n := 200 - len(head); n > 0 {
			head = append(head, piece[:min(n, len(piece))]...)
		}
		l.pos += len(piece)
		if i >= 0 {
			break
		}
	}
	return string(bytes.TrimSpace(head))
}
