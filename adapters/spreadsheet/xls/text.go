package xls

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// shortText reads a text whose length is one byte.
func (b *book) shortText(p []byte) string {
	if len(p) < 1 {
		return ""
	}
	n := int(p[0])
	if !b.biff8 {
		return b.code.Decode(p[1:min(1+n, len(p))])
	}
	return chars(p[1:], n)
}

// longText reads a text whose length is two bytes.
func (b *book) longText(p []byte) string {
	if len(p) < 2 {
		return ""
	}
	n := int(binary.LittleEndian.Uint16(p))
	if !b.biff8 {
		return b.code.Decode(p[2:min(2+n, len(p))])
	}
	return chars(p[2:], n)
}

// chars reads so many characters after the byte that says how they are written.
func chars(p []byte, n int) string {
	if len(p) < 1 {
		return ""
	}
	wide := p[0]&1 != 0
	p = p[1:]
	if wide {
		return utf16Text(p[:min(n*2, len(p))])
	}
	return latin1(p[:min(n, len(p))])
}

func utf16Text(p []byte) string {
	units := make([]uint16, len(p)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(p[i*2:])
	}
	return string(utf16.Decode(units))
}

func latin1(p []byte) string {
	var s strings.Builder
	for _, c := range p {
		s.WriteRune(rune(c))
	}
	return s.String()
}
