// Package lex cuts the text of a dump into tokens, in the dialect that it is written in.
// The text is read piece by piece: no more of it is held than one token.
//
// lexer.go gives the tokens, blanks.go passes over what is none, quoted.go reads texts,
// words.go words and numbers, and lines.go the lines behind a COPY.
package lex

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
)

// Kind is what sort of token stands somewhere.
type Kind byte

// The kinds.
const (
	End    Kind = iota // end of the file
	Word               // keyword or bare name, with @ and $
	Name               // name in `…` or […]
	Double             // "…": a name or a text, as it stands
	String             // '…' or $tag$…$tag$
	Number
	Hex  // 0x… or x'…', the digits alone
	Bits // b'…', the digits alone
	Mark // one character
	Stop // end of a statement: ; or what DELIMITER says, or a line GO
	Null // \N in a line of COPY
)

// Token is one piece of a statement. Its text is gone with the next one.
type Token struct {
	Kind   Kind
	Text   []byte
	Start  int64 // offset in the text of the file
	Line   bool  // the first on its line
	Cut    bool  // longer than MaxValue: the text is not the whole
	Broken bool  // the file ended inside
	Go     bool  // a stop that is a line GO
}

// Is reports whether the token is a keyword, given in capitals, or a mark.
func (t *Token) Is(word string) bool {
	if t.Kind == Mark {
		return len(word) == 1 && t.Text[0] == word[0]
	}
	return t.Kind == Word && len(t.Text) == len(word) && strings.EqualFold(string(t.Text), word)
}

// Lexer cuts the text of a dump into tokens, reading it piece by piece.
type Lexer struct {
	ctx      context.Context
	r        io.Reader
	buf      []byte
	pos, end int
	base     int64 // offset of buf[0]
	err      error // of the reader, io.EOF included

	// Dialect that the text is written in.
	Dialect Dialect
	// Escapes: a backslash in '…' takes the next character with it.
	Escapes bool
	Delim   []byte // what ends a statement; nil for ;
	// Letters: in a text a byte above 0x80 takes the next one with it.
	Letters bool
	Kana    bool // but for 0xA0 to 0xDF, which are letters of one byte: half-width katakana
	Mute    bool // texts are passed over, not kept

	version bool // inside /*! … */
	newline bool // nothing but blanks since the line began
	escape  bool // the next string is E'…'
	text    []byte
	tok     Token
	again   bool
}

// MaxValue is the most bytes of one text, as it is written.
const MaxValue = 24 << 20

const bufferSize = 256 << 10

// New cuts a text that begins at an offset of its file.
func New(ctx context.Context, r io.Reader, base int64, d Dialect) *Lexer {
	return &Lexer{ctx: ctx, r: r, buf: make([]byte, bufferSize), base: base, Dialect: d, Escapes: d == MySQL, newline: true}
}

// fill reads more, so that at least n bytes stand before the end of the buffer
// where the file has so many.
func (l *Lexer) fill(n int) bool {
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

// Peek returns the byte i places ahead, 0 at the end of the file.
func (l *Lexer) Peek(i int) byte {
	if l.pos+i < l.end || l.fill(i+1) {
		return l.buf[l.pos+i]
	}
	return 0
}

// More reports whether the file goes on.
func (l *Lexer) More() bool { return l.pos < l.end || l.fill(1) }

// Err returns what went wrong with reading, nil at an ordinary end.
func (l *Lexer) Err() error {
	if l.err == nil || errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}

// Offset is the place of what comes next.
func (l *Lexer) Offset() int64 {
	if l.again {
		return l.tok.Start
	}
	return l.base + int64(l.pos)
}

// Back makes next return the same token again.
func (l *Lexer) Back() { l.again = true }

// Next returns the next token.
func (l *Lexer) Next() *Token {
	if l.again {
		l.again = false
		return &l.tok
	}
	l.blanks()
	l.text = l.text[:0]
	l.tok = Token{Start: l.Offset(), Line: l.newline}
	if !l.More() {
		return &l.tok
	}
	l.newline = false
	if len(l.Delim) > 0 && l.fill(len(l.Delim)) && bytes.HasPrefix(l.buf[l.pos:l.end], l.Delim) {
		l.pos += len(l.Delim)
		l.tok.Kind = Stop
		return &l.tok
	}
	l.scan(l.buf[l.pos])
	l.tok.Text = l.text
	return &l.tok
}

// scan reads the token that begins with c.
func (l *Lexer) scan(c byte) {
	switch {
	case c == '\'':
		l.pos++
		l.tok.Kind = String
		l.quoted('\'', l.Escapes || l.escape)
		l.escape = false
	case c == '"':
		l.pos++
		l.tok.Kind = Double
		l.quoted('"', l.Escapes)
	case c == '`':
		l.pos++
		l.tok.Kind = Name
		l.quoted('`', false)
	case c == '[' && (l.Dialect == SQLServer || l.Dialect == SQLite):
		l.pos++
		l.tok.Kind = Name
		l.quoted(']', false)
	case c == '$' && l.Dialect == Postgres && l.dollar():
	case c == '0' && l.Peek(1)|0x20 == 'x':
		l.pos += 2
		l.tok.Kind = Hex
		l.run(isHex)
	case c == '$' && l.Dialect == SQLServer && isDigit(l.Peek(1)): // money
		l.pos++
		l.tok.Kind = Number
		l.number()
	case isDigit(c), c == '.' && isDigit(l.Peek(1)):
		l.tok.Kind = Number
		l.number()
	case isWord(c):
		l.word()
	case c == ';' && len(l.Delim) == 0:
		l.pos++
		l.tok.Kind = Stop
	default:
		l.pos++
		l.tok.Kind = Mark
		l.text = append(l.text, c)
	}
}
