package xls

import (
	"encoding/binary"
	"strings"

	"casehub/adapters/spreadsheet/ole"
)

// loadShared reads the table of texts, which goes on in further records.
func (b *book) loadShared(first record) error {
	if len(first.body) < 8 {
		return ole.ErrBroken
	}
	n := int(binary.LittleEndian.Uint32(first.body[4:]))
	if n < 0 || n > len(b.data) {
		return ole.ErrBroken
	}
	c := &continued{pieces: [][]byte{first.body[8:]}}
	for r, ok := b.at(first.next); ok && r.id == recContinue; r, ok = b.at(r.next) {
		c.pieces = append(c.pieces, r.body)
	}
	for range n {
		text, ok := c.text()
		if !ok {
			return nil // cells that point past the end are flagged one by one
		}
		b.shared = append(b.shared, text)
	}
	return nil
}

// continued reads texts across the borders of records.
type continued struct {
	pieces [][]byte
	at     int // place in the first piece
}

// here returns what is left of the piece, going on to the next at its end; nil at
// the end of all.
func (c *continued) here() []byte {
	for len(c.pieces) > 0 && c.at >= len(c.pieces[0]) {
		c.pieces, c.at = c.pieces[1:], 0
	}
	if len(c.pieces) == 0 {
		return nil
	}
	return c.pieces[0][c.at:]
}

// take returns the next bytes, which a border may divide.
func (c *continued) take(n int) ([]byte, bool) {
	var out []byte
	for len(out) < n {
		p := c.here()
		if p == nil {
			return nil, false
		}
		k := min(n-len(out), len(p))
		out = append(out, p[:k]...)
		c.at += k
	}
	return out, true
}

// text reads one text. Where a border divides its characters, the next record
// begins with a byte that says anew how they are written.
func (c *continued) text() (string, bool) {
	head, ok := c.take(3)
	if !ok {
		return "", false
	}
	n, flags := int(binary.LittleEndian.Uint16(head)), head[2]
	after := 0
	if flags&8 != 0 {
		b, ok := c.take(2)
		if !ok {
			return "", false
		}
		after += 4 * int(binary.LittleEndian.Uint16(b))
	}
	if flags&4 != 0 {
		b, ok := c.take(4)
		if !ok {
			return "", false
		}
		after += int(binary.LittleEndian.Uint32(b) & 0x7FFFFFFF)
	}
	var out strings.Builder
	wide := flags&1 != 0
	for n > 0 {
		pieces := len(c.pieces)
		p := c.here()
		if p == nil {
			return out.String(), false
		}
		if len(c.pieces) != pieces {
			wide = p[0]&1 != 0
			c.at++
			if p = c.here(); p == nil {
				return out.String(), false
			}
		}
		k := min(n, len(p))
		if wide {
			k = min(n, len(p)/2)
			if k == 0 {
				return out.String(), false
			}
			out.WriteString(utf16Text(p[:2*k]))
			c.at += 2 * k
		} else {
			out.WriteString(latin1(p[:k]))
			c.at += k
		}
		n -= k
	}
	_, ok = c.skip(after)
	return out.String(), ok
}

// skip passes over what stands behind the characters.
func (c *continued) skip(n int) (int, bool) {
	for n > 0 {
		p := c.here()
		if p == nil {
			return n, false
		}
		k := min(n, len(p))
		c.at += k
		n -= k
	}
	return 0, true
}
