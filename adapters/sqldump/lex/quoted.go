package lex

import "bytes"

// keep adds bytes to the text of the token, up to MaxValue.
func (l *Lexer) keep(b ...byte) {
	if l.Mute {
		return
	}
	if len(l.text)+len(b) > MaxValue {
		l.tok.Cut = true
		return
	}
	l.text = append(l.text, b...)
}

// quoted reads to the closing quote, which stands for itself where it is doubled.
func (l *Lexer) quoted(quote byte, escapes bool) {
	for l.More() {
		rest := l.buf[l.pos:l.end]
		i := 0
		for i < len(rest) && rest[i] != quote && (rest[i] != '\\' || !escapes) && (rest[i] < 0x80 || !l.Letters) {
			i++
		}
		l.keep(rest[:i]...)
		l.pos += i
		if i == len(rest) {
			continue
		}
		if rest[i] >= 0x80 {
			l.letter()
			continue
		}
		l.pos++
		switch {
		case rest[i] == '\\':
			l.backslash()
		case l.Peek(0) == quote:
			l.keep(quote)
			l.pos++
		default:
			return
		}
	}
	l.tok.Broken = true
}

// letter reads the bytes of a letter, the second of which may be that of a backslash but
// never that of a quote.
func (l *Lexer) letter() {
	n := 1
	if c := l.buf[l.pos]; l.Peek(1) >= 0x40 && c != 0x80 && c != 0xff && !(l.Kana && c >= 0xa0 && c <= 0xdf) {
		n = 2
	}
	l.keep(l.buf[l.pos : l.pos+n]...)
	l.pos += n
}

// backslash reads what follows a backslash.
func (l *Lexer) backslash() {
	if !l.More() {
		return
	}
	c := l.buf[l.pos]
	l.pos++
	if l.Dialect == Postgres {
		l.postgresEscape(c)
		return
	}
	switch c {
	case '0':
		l.keep(0)
	case 'b':
		l.keep('\b')
	case 'n':
		l.keep('\n')
	case 'r':
		l.keep('\r')
	case 't':
		l.keep('\t')
	case 'Z':
		l.keep(0x1a)
	case '%', '_':
		l.keep('\\', c)
	default:
		l.keep(c)
	}
}

func (l *Lexer) postgresEscape(c byte) {
	switch {
	case c == 'u':
		l.keep([]byte(string(rune(l.digits(0, 16, 4))))...)
	case c == 'U':
		l.keep([]byte(string(rune(l.digits(0, 16, 8))))...)
	default:
		l.octal(c)
	}
}

// octal reads what follows a backslash in texts and in lines of COPY alike.
func (l *Lexer) octal(c byte) {
	switch {
	case c >= '0' && c <= '7':
		l.keep(byte(l.digits(int(c-'0'), 8, 2)))
	case c == 'x' && isHex(l.Peek(0)):
		l.keep(byte(l.digits(0, 16, 2)))
	default:
		l.keep(unescaped(c))
	}
}

// unescaped is what a letter after a backslash means to Postgres.
func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	}
	return c
}

// digits goes on reading a number with up to n digits more.
func (l *Lexer) digits(v, base, n int) int {
	for ; n > 0; n-- {
		d := digitOf(l.Peek(0))
		if d < 0 || d >= base {
			break
		}
		v = v*base + d
		l.pos++
	}
	return v
}

func digitOf(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// dollar reads $tag$ … $tag$, and returns false when none begins here.
func (l *Lexer) dollar() bool {
	n := 1
	for isWord(l.Peek(n)) && l.Peek(n) != '$' && n < 64 {
		n++
	}
	if l.Peek(n) != '$' {
		return false
	}
	tag := bytes.Clone(l.buf[l.pos : l.pos+n+1])
	l.pos += n + 1
	l.tok.Kind = String
	for l.More() {
		if !l.fill(len(tag)) {
			break
		}
		i := bytes.Index(l.buf[l.pos:l.end], tag)
		if i >= 0 {
			l.keep(l.buf[l.pos : l.pos+i]...)
			l.pos += i + len(tag)
			return true
		}
		take := l.end - l.pos - len(tag) + 1
		l.keep(l.buf[l.pos : l.pos+take]...)
		l.pos += take
	}
	l.pos = l.end
	l.tok.Broken = true
	return true
}
