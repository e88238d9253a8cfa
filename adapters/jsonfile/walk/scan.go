package walk

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"

	"casehub/adapters"
)

// maxRecord is the most bytes of one value that are held.
const maxRecord = 16 << 20

// errJSON says that the text around the records is no JSON.
var errJSON = adapters.ErrUnreadable.With("expected", "JSON")

// scanner cuts a text into values without looking into them: what is between a
// bracket and the one that closes it belongs together, whatever is wrong inside.
type scanner struct {
	r    *bufio.Reader
	line int64
	buf  []byte
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: bufio.NewReaderSize(r, 64<<10), line: 1}
}

// peek returns the next byte that is no blank, without taking it. It returns
// io.EOF at the end.
func (s *scanner) peek() (byte, error) {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return 0, fault(err)
		}
		switch c {
		case '\n':
			s.line++
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
	return errJSON
}

// expect takes the next byte that is no blank and fails when it is another.
func (s *scanner) expect(want byte) error {
	c, err := s.peek()
	if err != nil || c != want {
		return unexpected(err)
	}
	_, err = s.r.ReadByte()
	return err
}

// unexpected is the error of a text that ends or goes on where it should not.
func unexpected(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return errJSON
	}
	return err
}

// name reads the name of a member with the colon behind it.
func (s *scanner) name() (string, error) {
	if c, err := s.peek(); err != nil || c != '"' {
		return "", unexpected(err)
	}
	raw, long, err := s.value()
	if err != nil || long {
		return "", unexpected(err)
	}
	var name string
	if json.Unmarshal(raw, &name) != nil {
		return "", errJSON
	}
	return name, s.expect(':')
}

// value reads one value as it stands. long reports one past the limit, whose text
// is lost. The text is good until the next call.
func (s *scanner) value() (raw []byte, long bool, err error) {
	s.buf = s.buf[:0]
	first, err := s.peek()
	if err != nil {
		return nil, false, unexpected(err)
	}
	deep, quoted, escaped := 0, false, false
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && deep == 0 && !quoted && len(s.buf) > 0 {
				return s.buf, long, nil
			}
			return nil, false, unexpected(fault(err))
		}
		if c == '\n' {
			s.line++
		}
		if deep == 0 && !quoted && len(s.buf) > 0 && ends(first, c) {
			if c == '\n' {
				s.line--
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

// textLine reads one line. It returns io.EOF after the last.
func (s *scanner) textLine() (raw []byte, long bool, err error) {
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
		s.line++
		return s.buf, long, nil
	}
}
