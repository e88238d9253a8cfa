package sqldump

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
)

// kind is what sort of token stands somewhere.
type kind byte

const (
	tEnd    kind = iota // end of the file
	tWord               // keyword or bare name, with @ and $
	tName               // name in `…` or […]
	tDouble             // "…": a name or a text, as it stands
	tString             // '…' or $tag$…$tag$
	tNumber
	tHex  // 0x… or x'…', the digits alone
	tBits // b'…', the digits alone
	tMark // one character
	tStop // end of a statement: ; or what DELIMITER says, or a line GO
)

// token is one piece of a statement. Its text is gone with the next one.
type token struct {
	kind   kind
	text   []byte
	start  int64 // offset in the text of the file
	line   bool  // the first on its line
	cut    bool  // longer than maxValue: text is not the whole
	broken bool  // the file ended inside
	go_    bool  // a stop that is a line GO
}

// is reports whether the token is a keyword, given in capitals, or a mark.
func (t *token) is(word string) bool {
	if t.kind == tMark {
		return len(word) == 1 && t.text[0] == word[0]
	}
	return t.kind == tWord && len(t.text) == len(word) && strings.EqualFold(string(t.text), word)
}

// lexer cuts the text of a dump into tokens, reading it piece by piece.
type lexer struct {
	ctx      context.Context
	r        io.Reader
	buf      []byte
	pos, end int
	base     int64 // offset of buf[0]
	err      error // of the reader, io.EOF included
	dialect  Dialect
	// escapes: a backslash in '…' takes the next character with it.
	escapes bool
	delim   []byte // nil for ;
	mute    bool   // texts are passed over, not kept
	version bool   // inside /*! … */
	newline bool   // nothing but blanks since the line began
	escape  bool   // the next string is E'…'
	text    []byte
	tok     token
	again   bool
}

const bufferSize = 256 << 10

func newLexer(ctx context.Context, r io.Reader, base int64, d Dialect) *lexer {
	return &lexer{ctx: ctx, r: r, buf: make([]byte, bufferSize), base: base, dialect: d, escapes: d == MySQL, newline: true}
}

// fill reads more, so that at least n bytes stand before the end of the buffer
// where the file has so many.
func (l *lexer) fill(n int) bool {
	for l.end-l.pos < n {
		if l.err != nil {
			return false
		}
		if l.pos > 0 {
			copy(l.buf, l.buf[l.pos:l.end])
			l.base += int64(l.pos)
			l.end -= l.pos
			l.pos = 0
		}
		if err := l.ctx.Err(); err != nil {
			l.err = err
			return false
		}
		k, err := l.r.Read(l.buf[l.end:])
		l.end += k
		l.err = err
	}
	return true
}

// peek returns the byte i places ahead, 0 at the end of the file.
func (l *lexer) peek(i int) byte {
	if l.pos+i < l.end || l.fill(i+1) {
		return l.buf[l.pos+i]
	}
	return 0
}

func (l *lexer) more() bool { return l.pos < l.end || l.fill(1) }

// failure returns what went wrong with reading, nil at an ordinary end.
func (l *lexer) failure() error {
	if l.err == nil || errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}

// offset is the place of the next byte.
func (l *lexer) offset() int64 { return l.base + int64(l.pos) }

// back makes next return the same token again.
func (l *lexer) back() { l.again = true }

// next returns the next token.
func (l *lexer) next() *token {
	if l.again {
		l.again = false
		return &l.tok
	}
	l.blanks()
	l.text = l.text[:0]
	l.tok = token{start: l.offset(), line: l.newline}
	if !l.more() {
		return &l.tok
	}
	l.newline = false
	if len(l.delim) > 0 && l.fill(len(l.delim)) && bytes.HasPrefix(l.buf[l.pos:l.end], l.delim) {
		l.pos += len(l.delim)
		l.tok.kind = tStop
		return &l.tok
	}
	l.scan(l.buf[l.pos])
	l.tok.text = l.text
	return &l.tok
}

// scan reads the token that begins with c.
func (l *lexer) scan(c byte) {
	switch {
	case c == '\'':
		l.pos++
		l.tok.kind = tString
		l.quoted('\'', l.escapes || l.escape)
		l.escape = false
	case c == '"':
		l.pos++
		l.tok.kind = tDouble
		l.quoted('"', l.escapes)
	case c == '`':
		l.pos++
		l.tok.kind = tName
		l.quoted('`', false)
	case c == '[' && (l.dialect == SQLServer || l.dialect == SQLite):
		l.pos++
		l.tok.kind = tName
		l.quoted(']', false)
	case c == '$' && l.dialect == Postgres && l.dollar():
	case c == '0' && l.peek(1)|0x20 == 'x':
		l.pos += 2
		l.tok.kind = tHex
		l.run(isHex)
	case c == '$' && l.dialect == SQLServer && isDigit(l.peek(1)): // money
		l.pos++
		l.tok.kind = tNumber
		l.number()
	case isDigit(c), c == '.' && isDigit(l.peek(1)):
		l.tok.kind = tNumber
		l.number()
	case isWord(c):
		l.word()
	case c == ';' && len(l.delim) == 0:
		l.pos++
		l.tok.kind = tStop
	default:
		l.pos++
		l.tok.kind = tMark
		l.text = append(l.text, c)
	}
}

// blanks passes over blanks and comments.
func (l *lexer) blanks() {
	for l.more() {
		c := l.buf[l.pos]
		switch {
		case c == '\n', c == '\r':
			l.newline = true
			l.pos++
		case c <= ' ' || c == 0x7f:
			l.pos++
		case c == 0xef && l.offset() == 0 && l.peek(1) == 0xbb && l.peek(2) == 0xbf:
			l.pos += 3
		case c == '-' && l.peek(1) == '-' && (l.dialect != MySQL || l.peek(2) <= ' '):
			l.restOfLine()
		case c == '#' && l.dialect == MySQL:
			l.restOfLine()
		case c == '\\' && l.newline && l.dialect == Postgres: // a command of psql
			l.restOfLine()
		case c == '/' && l.peek(1) == '*':
			l.comment()
		case c == '*' && l.version && l.peek(1) == '/':
			l.pos += 2
			l.version = false
		default:
			return
		}
	}
}

// comment passes over /* … */. What stands in /*! … */ is read: it is meant for
// MySQL from some version on.
func (l *lexer) comment() {
	l.pos += 2
	if l.dialect == MySQL && !l.version && (l.peek(0) == '!' || l.peek(0) == 'M' && l.peek(1) == '!') {
		for c := l.peek(0); c == '!' || c == 'M' || isDigit(c); c = l.peek(0) {
			l.pos++
		}
		l.version = true
		return
	}
	nests := l.dialect == Postgres || l.dialect == SQLServer
	for depth := 1; depth > 0 && l.more(); {
		i := bytes.IndexAny(l.buf[l.pos:l.end], "*/")
		if i < 0 {
			l.pos = l.end
			continue
		}
		l.pos += i
		switch two := [2]byte{l.buf[l.pos], l.peek(1)}; {
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

// restOfLine passes over the rest of the line and returns its beginning.
func (l *lexer) restOfLine() string {
	var head []byte
	for l.more() {
		i := bytes.IndexByte(l.buf[l.pos:l.end], '\n')
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

// keep adds bytes to the text of the token, up to maxValue.
func (l *lexer) keep(b ...byte) {
	if l.mute {
		return
	}
	if len(l.text)+len(b) > maxValue {
		l.tok.cut = true
		return
	}
	l.text = append(l.text, b...)
}

// quoted reads to the closing quote, which stands for itself where it is doubled.
func (l *lexer) quoted(quote byte, escapes bool) {
	for l.more() {
		rest := l.buf[l.pos:l.end]
		i := 0
		for i < len(rest) && rest[i] != quote && (rest[i] != '\\' || !escapes) {
			i++
		}
		l.keep(rest[:i]...)
		l.pos += i
		if i == len(rest) {
			continue
		}
		l.pos++
		switch {
		case rest[i] == '\\':
			l.backslash()
		case l.peek(0) == quote:
			l.keep(quote)
			l.pos++
		default:
			return
		}
	}
	l.tok.broken = true
}

// backslash reads what follows a backslash.
func (l *lexer) backslash() {
	if !l.more() {
		return
	}
	c := l.buf[l.pos]
	l.pos++
	if l.dialect == Postgres {
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

func (l *lexer) postgresEscape(c byte) {
	switch {
	case c >= '0' && c <= '7':
		l.keep(byte(l.digits(int(c-'0'), 8, 2)))
	case c == 'x' && isHex(l.peek(0)):
		l.keep(byte(l.digits(0, 16, 2)))
	case c == 'u':
		l.keep([]byte(string(rune(l.digits(0, 16, 4))))...)
	case c == 'U':
		l.keep([]byte(string(rune(l.digits(0, 16, 8))))...)
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
func (l *lexer) digits(v, base, n int) int {
	for ; n > 0; n-- {
		d := digitOf(l.peek(0))
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
func (l *lexer) dollar() bool {
	n := 1
	for isWord(l.peek(n)) && l.peek(n) != '$' && n < 64 {
		n++
	}
	if l.peek(n) != '$' {
		return false
	}
	tag := bytes.Clone(l.buf[l.pos : l.pos+n+1])
	l.pos += n + 1
	l.tok.kind = tString
	for l.more() {
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
	l.tok.broken = true
	return true
}

// run keeps bytes as long as they are of a sort.
func (l *lexer) run(of func(byte) bool) {
	for l.more() {
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

func (l *lexer) number() {
	l.run(isDigit)
	if l.peek(0) == '.' {
		l.pos++
		l.keep('.')
		l.run(isDigit)
	}
	if l.peek(0)|0x20 != 'e' {
		return
	}
	sign := l.peek(1) == '-' || l.peek(1) == '+'
	switch {
	case sign && isDigit(l.peek(2)):
		l.keep('e', l.peek(1))
		l.pos += 2
	case isDigit(l.peek(1)):
		l.keep('e')
		l.pos++
	default:
		return
	}
	l.run(isDigit)
}

// word reads a bare word, and with it x'…' and b'…', which begin like one.
func (l *lexer) word() {
	l.tok.kind = tWord
	mute := l.mute
	l.mute = false // words are short, and say what a statement is
	l.run(isWord)
	l.mute = mute
	if len(l.text) == 1 && l.peek(0) == '\'' {
		l.prefixed(l.text[0] | 0x20)
		return
	}
	if l.dialect == SQLServer && l.tok.line && strings.EqualFold(string(l.text), "GO") && l.aloneOnLine() {
		l.tok.kind, l.tok.go_ = tStop, true
	}
}

func (l *lexer) prefixed(prefix byte) {
	switch prefix {
	case 'e':
		l.escape = true
	case 'x', 'b':
		l.tok.kind = tHex
		if prefix == 'b' {
			l.tok.kind = tBits
		}
		l.text = l.text[:0]
		l.pos++
		l.quoted('\'', false)
	}
}

// aloneOnLine reports whether nothing follows on the line but a number, and
// passes over it.
func (l *lexer) aloneOnLine() bool {
	for i := 0; i < 64; i++ {
		switch c := l.peek(i); {
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
