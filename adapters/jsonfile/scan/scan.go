// Package scan cuts a text into values of JSON without looking into them: what is between
// a bracket and the one that closes it belongs together, whatever is wrong inside. Of the
// text no more than one value is held.
package scan

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"

	"casehub/adapters"
)

// maxRecord is the most bytes of one value that are held.
const maxRecord = 16 << 20

// ErrJSON says that the text around the records is no JSON.
var ErrJSON = adapters.ErrUnreadable.With("expected", "JSON")

// Scanner goes through a text.
type Scanner struct {
	// Line is the line that the next byte is on, from 1.
	Line int64

	r   *bufio.Reader
	buf []byte
}

// New makes a scanner of a text in UTF-8.
func New(r io.Reader) *Scanner { return &Scanner{r: bufio.NewReaderSize(r, 64<<10), Line: 1} }

// Head returns the first bytes of what is left, without taking them, and io.EOF where
// there are fewer.
func (s *Scanner) Head(most int) ([]byte, error) { return s.r.Peek(most) }

// Skip takes the next byte.
func (s *Scanner) Skip() error {
	_, err := s.r.ReadByte()
	return err
}

// Peek returns the next byte that is no blank, without taking it. It returns
// io.EOF at the end.
func (s *Scanner) Peek() (byte, error) {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return 0, fault(err)
		}
		switch c {
		case '\n':
			s.Line++
		case ' ', '\t', '\r', 0x1e, 0x00: // a record separator is that of RFC 7464
		default:
			return c, s.r.UnreadByte()
		}
	}
}

// fault keeps the end and the errors of unpacking, and nothing else.
func fault(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, adapters.ErrBomb) || errors.Is(err, adapters.ErrUnreadable) {
		return err
	}
	return ErrJSON
}

// Expect takes the next byte that is no blank and fails when it is another.
func (s *Scanner) Expect(want byte) error {
	c, err := s.Peek()
	if err != nil || c != want {
		return Unexpected(err)
	}
	_, err = s.r.ReadByte()
	return err
}

// Unexpected is the error of a text that goes on where it should not, or that ends in the
// middle: adapters.ErrDamaged, for it was not copied whole.
func Unexpected(err error) error {
	switch {
	case err == nil:
		return ErrJSON
	case errors.Is(err, io.EOF):
		return adapters.ErrDamaged
	}
	return err
}

// Name reads the name of a member with the colon behind it.
func (s *Scanner) Name() (string, error) {
	if c, err := s.Peek(); err != nil || c != '"' {
		return "", Unexpected(err)
	}
	raw, long, err := s.Value()
	if err != nil || long {
		return "", Unexpected(err)
	}
	var name string
	if json.Unmarshal(raw, &name) != nil {
		return "", ErrJSON
	}
	return name, s.Expect(':')
}

// Value reads one value as it stands. long reports one past the limit, whose text
// is lost. The text is good until the next call.
func (s *Scanner) Value() (raw []byte, long bool, err error) {
	s.buf = s.buf[:0]
	first, err := s.Peek()
	if err != nil {
		return nil, false, Unexpected(err)
	}
	deep, quoted, escaped := 0, false, false
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && deep == 0 && !quoted && len(s.buf) > 0 {
				return s.buf, long, nil
			}
			return nil, false, Unexpected(fault(err))
		}
		if c == '\n' {
			s.Line++
		}
		if deep == 0 && !quoted && len(s.buf) > 0 && ends(first, c) {
			if c == '\n' {
				s.Line--
			}
			return s.buf, long, s.r.UnreadByte()
		}
		if len(s.buf) < maxRecord {
			s.buf = append(s.buf, c)
		} else {
			long = true
		}
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
			if c == '"' && deep == 0 {
				return s.buf, long, nil
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			deep++
		case c == '}' || c == ']':
			if deep--; deep <= 0 {
				return s.buf, long, nil
			}
		}
	}
}

// ends reports a byte behind a number or a word.
func ends(first, c byte) bool {
	return first != '{' && first != '[' && first != '"' && (c == ',' || c == '}' || c == ']' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n')
}

// TextLine reads one line. It returns io.EOF after the last.
func (s *Scanner) TextLine() (raw []byte, long bool, err error) {
	s.buf = s.buf[:0]
	for {
		piece, err := s.r.ReadSlice('\n')
		if len(s.buf)+len(piece) <= maxRecord {
			s.buf = append(s.buf, piece...)
		} else {
			long = true
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(s.buf) == 0:
			return nil, false, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, false, fault(err)
		}
		s.Line++
		return s.buf, long, nil
	}
}
