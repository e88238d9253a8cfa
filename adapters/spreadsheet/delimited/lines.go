package delimited

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/charset"
)

// line is one physical line.
type line struct {
	no   int64 // 1 is the first
	text string
	code adapters.Code // what is wrong with it
}

// lineReader cuts a file into lines. NUL bytes and other control characters go,
// as does the Ctrl-Z that old programs put at the end.
type lineReader struct {
	r   *bufio.Reader
	enc charset.Encoding
	end byte // '\n', or '\r' in a file without line feeds
	no  int64
	buf []byte
	eof bool
	// whole takes the quotes off a line that is quoted as a whole.
	whole bool
	back  []line // given back, to be read again, the next one last
}

func newLineReader(r io.Reader, enc charset.Encoding, crOnly bool) *lineReader {
	l := &lineReader{r: bufio.NewReaderSize(enc.Reader(r), 64<<10), enc: enc, end: '\n'}
	if crOnly {
		l.end = '\r'
	}
	return l
}

// next returns the next line, or io.EOF.
func (l *lineReader) next() (line, error) {
	if n := len(l.back); n > 0 {
		x := l.back[n-1]
		l.back = l.back[:n-1]
		return x, nil
	}
	if l.eof {
		return line{}, io.EOF
	}
	long, err := l.fill()
	if errors.Is(err, io.EOF) {
		l.eof = true
		l.buf = bytes.TrimRight(l.buf, "\x1a\x00")
		if len(l.buf) == 0 {
			return line{}, io.EOF
		}
	} else if err != nil {
		return line{}, err
	}
	l.no++
	x := line{no: l.no}
	if long {
		x.code = adapters.RowTooLong
		return x, nil
	}
	x.text, x.code = l.enc.Text(clean(bytes.TrimSuffix(l.buf, []byte{'\r'})))
	if l.whole {
		x.text = unquoted(x.text)
	}
	return x, nil
}

// unquoted takes the quotes off a line that is one cell as a whole: inside, each quote
// stands twice. A line of several cells, of which the first and the last are quoted, is none.
func unquoted(text string) string {
	n := len(text)
	if n < 2 || text[0] != '"' || text[n-1] != '"' || strings.Contains(strings.ReplaceAll(text[1:n-1], `""`, ""), `"`) {
		return text
	}
	return strings.ReplaceAll(text[1:n-1], `""`, `"`)
}

// giveBack makes next return the lines again, in their order.
func (l *lineReader) giveBack(lines []line) {
	for i := len(lines) - 1; i >= 0; i-- {
		l.back = append(l.back, lines[i])
	}
}

// fill reads one line into buf without its end, and reports whether it was too
// long; the rest of such a line is passed over.
func (l *lineReader) fill() (long bool, err error) {
	l.buf = l.buf[:0]
	for {
		piece, err := l.r.ReadSlice(l.end)
		if len(l.buf)+len(piece) > maxLine {
			long = true
			l.buf = l.buf[:0]
		}
		if !long {
			l.buf = append(l.buf, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil:
			l.buf = bytes.TrimSuffix(l.buf, []byte{l.end})
			return long, nil
		case errors.Is(err, io.EOF) && long:
			l.eof = true
			return true, nil
		}
		return long, err
	}
}

// clean removes control characters other than the tab, in place; a CR inside a
// line becomes a blank.
func clean(b []byte) []byte {
	dirty := false
	for _, x := range b {
		if x < 0x20 && x != '\t' || x == 0x7f {
			dirty = true
			break
		}
	}
	if !dirty {
		return b
	}
	out := b[:0]
	for _, x := range b {
		switch {
		case x == '\r':
			out = append(out, ' ')
		case x >= 0x20 && x != 0x7f || x == '\t':
			out = append(out, x)
		}
	}
	return out
}
