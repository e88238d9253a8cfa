package spreadsheet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"unicode/utf8"
)

// survey is what one reading of all bytes says about a file.
type survey struct {
	fingerprint string // SHA-256 in hexadecimal
	size        int64
	bom         string // name of the encoding that the byte order mark says
	wide        string // utf-16le or utf-16be where NUL bytes say so
	utf8        bool   // all bytes are UTF-8
	ascii       bool
	crOnly      bool // lines end in CR alone
	words       map[string]int
	head        []byte // the first bytes, for the marks
}

// surveyWords is how many different words with bytes above 127 are kept for
// the guess, and surveyWord the most bytes of one.
const (
	surveyWords = 3000
	surveyWord  = 48
)

// surveyOf reads all of r.
func surveyOf(ctx context.Context, r io.Reader) (*survey, error) {
	s := &survey{utf8: true, ascii: true, words: map[string]int{}}
	c := &counter{survey: s}
	sum := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := io.ReadFull(r, buf)
		_, _ = sum.Write(buf[:n])
		c.take(buf[:n])
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading the file: %w", err)
		}
	}
	c.finish()
	s.fingerprint = hex.EncodeToString(sum.Sum(nil))
	return s, nil
}

// counter takes in the file piece by piece.
type counter struct {
	*survey
	rest     []byte // the beginning of a character that the next piece ends
	word     []byte
	high     bool // word has a byte above 127
	last     byte
	cr, lf   int64
	crlf     int64
	odd, evn int64 // NUL bytes at odd and even places of the head
}

const headBytes = 64 << 10

func (c *counter) take(b []byte) {
	if n := headBytes - len(c.head); n > 0 {
		c.head = append(c.head, b[:min(n, len(b))]...)
	}
	c.size += int64(len(b))
	c.takeLines(b)
	if c.ascii && isASCII(b) && len(c.rest) == 0 {
		return
	}
	c.ascii = false
	c.takeUTF8(b)
	c.takeWords(b)
}

func (c *counter) takeLines(b []byte) {
	c.cr += int64(bytes.Count(b, []byte{'\r'}))
	c.lf += int64(bytes.Count(b, []byte{'\n'}))
	c.crlf += int64(bytes.Count(b, []byte("\r\n")))
	if len(b) > 0 {
		if c.last == '\r' && b[0] == '\n' {
			c.crlf++
		}
		c.last = b[len(b)-1]
	}
}

func (c *counter) takeUTF8(b []byte) {
	if !c.utf8 {
		return
	}
	if len(c.rest) > 0 {
		b = append(c.rest, b...)
	}
	cut := len(b)
	for i := 1; i <= min(utf8.UTFMax, len(b)); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				cut = len(b) - i
			}
			break
		}
	}
	c.utf8 = utf8.Valid(b[:cut])
	c.rest = append([]byte(nil), b[cut:]...)
}

// takeWords collects words with bytes above 127.
func (c *counter) takeWords(b []byte) {
	for _, x := range b {
		switch {
		case x >= 0x80:
			c.high = true
		case x|0x20 >= 'a' && x|0x20 <= 'z', isDigit(x):
		default:
			c.endWord()
			continue
		}
		if len(c.word) < surveyWord {
			c.word = append(c.word, x)
		}
	}
}

func (c *counter) endWord() {
	if c.high {
		if _, known := c.words[string(c.word)]; known || len(c.words) < surveyWords {
			c.words[string(c.word)]++
		}
	}
	c.word, c.high = c.word[:0], false
}

func (c *counter) finish() {
	c.endWord()
	c.utf8 = c.utf8 && len(c.rest) == 0
	c.crOnly = c.lf == 0 && c.cr > 0
	c.marks()
}

// marks looks for a byte order mark, or for the NUL bytes of UTF-16 without one.
func (c *counter) marks() {
	switch {
	case bytes.HasPrefix(c.head, []byte("\xef\xbb\xbf")):
		c.bom = "utf-8"
	case bytes.HasPrefix(c.head, []byte("\xff\xfe")):
		c.bom = "utf-16le"
	case bytes.HasPrefix(c.head, []byte("\xfe\xff")):
		c.bom = "utf-16be"
	}
	for i, x := range c.head {
		if x == 0 && i%2 == 1 {
			c.odd++
		} else if x == 0 {
			c.evn++
		}
	}
	pairs := int64(len(c.head) / 2)
	switch {
	case pairs > 0 && c.odd*10 > pairs*3 && c.evn*20 < pairs:
		c.wide = "utf-16le"
	case pairs > 0 && c.evn*10 > pairs*3 && c.odd*20 < pairs:
		c.wide = "utf-16be"
	}
}

func isASCII(b []byte) bool {
	for _, x := range b {
		if x >= 0x80 {
			return false
		}
	}
	return true
}
