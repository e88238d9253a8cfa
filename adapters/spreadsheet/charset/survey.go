package charset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"unicode/utf8"
)

// Facts is what one reading of all bytes says about a file.
type Facts struct {
	Fingerprint string // SHA-256 in hexadecimal
	CROnly      bool   // lines end in CR alone
	// Head is the first bytes, at most 64 KiB, and Words are those with bytes above
	// 127, for the guess. Whoever needs neither any more may let go of them.
	Head  []byte
	Words map[string]int

	bom   string // name of the encoding that the byte order mark says
	wide  string // utf-16le or utf-16be where NUL bytes say so
	utf8  bool   // all bytes are UTF-8
	ascii bool
}

// surveyWords is how many different words with bytes above 127 are kept for
// the guess, and surveyWord the most bytes of one.
const (
	surveyWords = 3000
	surveyWord  = 48
)

// headBytes is how much of a file is kept for the marks.
const headBytes = 64 << 10

// Survey reads all of r.
func Survey(ctx context.Context, r io.Reader) (*Facts, error) {
	f := &Facts{utf8: true, ascii: true, Words: map[string]int{}}
	c := &counter{Facts: f}
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
	f.Fingerprint = hex.EncodeToString(sum.Sum(nil))
	return f, nil
}

// counter takes in the file piece by piece.
type counter struct {
	*Facts
	rest   []byte // the beginning of a character that the next piece ends
	word   []byte
	high   bool // word has a byte above 127
	cr, lf bool // one was seen
}

func (c *counter) take(b []byte) {
	if n := headBytes - len(c.Head); n > 0 {
		c.Head = append(c.Head, b[:min(n, len(b))]...)
	}
	c.cr = c.cr || bytes.IndexByte(b, '\r') >= 0
	c.lf = c.lf || bytes.IndexByte(b, '\n') >= 0
	if c.ascii && isASCII(b) && len(c.rest) == 0 {
		return
	}
	c.ascii = false
	c.takeUTF8(b)
	c.takeWords(b)
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
		if _, known := c.Words[string(c.word)]; known || len(c.Words) < surveyWords {
			c.Words[string(c.word)]++
		}
	}
	c.word, c.high = c.word[:0], false
}

func (c *counter) finish() {
	c.endWord()
	c.utf8 = c.utf8 && len(c.rest) == 0
	c.CROnly = c.cr && !c.lf
	c.marks()
}

// marks looks for a byte order mark, or for the NUL bytes of UTF-16 without one.
func (c *counter) marks() {
	switch {
	case bytes.HasPrefix(c.Head, []byte("\xef\xbb\xbf")):
		c.bom = "utf-8"
	case bytes.HasPrefix(c.Head, []byte("\xff\xfe\x00\x00")):
		c.bom = "utf-32le"
	case bytes.HasPrefix(c.Head, []byte("\x00\x00\xfe\xff")):
		c.bom = "utf-32be"
	case bytes.HasPrefix(c.Head, []byte("\xff\xfe")):
		c.bom = "utf-16le"
	case bytes.HasPrefix(c.Head, []byte("\xfe\xff")):
		c.bom = "utf-16be"
	}
	var nul [2]int // at even and at odd places
	for i, x := range c.Head {
		if x == 0 {
			nul[i%2]++
		}
	}
	pairs := len(c.Head) / 2
	switch {
	case pairs > 0 && nul[1]*10 > pairs*3 && nul[0]*20 < pairs:
		c.wide = "utf-16le"
	case pairs > 0 && nul[0]*10 > pairs*3 && nul[1]*20 < pairs:
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
