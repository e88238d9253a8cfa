package lex

import "strings"

// run keeps bytes as long as they are of a sort.
func (l *Lexer) run(of func(byte) bool) {
	for l.More() {
		rest := l.buf[l.pos:l.end]
		i := 0
		for i < len(rest) && of(rest[i]) {
			i++
		}
		l.keep(rest[:i]...)
		l.pos += i
		if i < len(rest) {
			return
		}
	}
}

func (l *Lexer) number() {
	l.run(isDigit)
	if l.Peek(0) == '.' {
		l.pos++
		l.keep('.')
		l.run(isDigit)
	}
	if l.Peek(0)|0x20 != 'e' {
		return
	}
	sign := l.Peek(1) == '-' || l.Peek(1) == '+'
	switch {
	case sign && isDigit(l.Peek(2)):
		l.keep('e', l.Peek(1))
		l.pos += 2
	case isDigit(l.Peek(1)):
		l.keep('e')
		l.pos++
	default:
		return
	}
	l.run(isDigit)
}

// word reads a bare word, and with it x'…' and b'…', which begin like one.
func (l *Lexer) word() {
	l.tok.Kind = Word
	mute := l.Mute
	l.Mute = false // words are short, and say what a statement is
	l.run(isWord)
	l.Mute = mute
	if len(l.text) == 1 && l.Peek(0) == '\'' {
		l.prefixed(l.text[0] | 0x20)
		return
	}
	if l.Dialect == SQLServer && l.tok.Line && strings.EqualFold(string(l.text), "GO") && l.aloneOnLine() {
		l.tok.Kind, l.tok.Go = Stop, true
	}
}

func (l *Lexer) prefixed(prefix byte) {
	switch prefix {
	case 'e':
		l.escape = true
	case 'x', 'b':
		l.tok.Kind = Hex
		if prefix == 'b' {
			l.tok.Kind = Bits
		}
		l.text = l.text[:0]
		l.pos++
		l.quoted('\'', false)
	}
}

// aloneOnLine reports whether nothing follows on the line but a number, and
// passes over it.
func (l *Lexer) aloneOnLine() bool {
	for i := 0; i < 64; i++ {
		switch c := l.Peek(i); {
		case c == '\n' || c == '\r' || c == 0:
			l.pos = min(l.pos+i, l.end)
			return true
		case c == ' ' || c == '\t' || isDigit(c):
		default:
			return false
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return digitOf(c) >= 0 }

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '_' || c == '@' || c == '$' || c == '#' || c >= 0x80
}
