package charset

import "unicode/utf8"

// doubtful reports text that shows UTF-8 read as Windows-1252 once before: "Ã©"
// for é, "Â " for a blank that does not break, "â€™" for an apostrophe.
func doubtful(s string) bool {
	last := rune(0)
	for _, r := range s {
		if r == utf8.RuneError {
			return true
		}
		if _, trail := byteOf(r); trail && (last == 'Ã' || last == 'Â' || last == 'â' && (r == '€' || r == 0x80)) {
			return true
		}
		last = r
	}
	return false
}

// byteOf returns the Windows-1252 byte of a character above 0x7f, and whether
// it is one that follows another in UTF-8.
func byteOf(r rune) (byte, bool) {
	if r < 0x80 {
		return byte(r), false
	}
	if r < 0x100 { // those below 0xa0 are of PHP, which takes the bytes for ISO-8859-1
		return byte(r), r < 0xc0
	}
	for b := 0x80; b < 0xa0; b++ {
		if western.table[b] == r {
			return byte(b), true
		}
	}
	return 0, false
}

// undouble undoes one encoding too many, and a second where it is still to be
// seen. It returns false when the text is not exactly that.
func undouble(s string) (string, bool) {
	for range 3 {
		b := make([]byte, 0, len(s))
		for _, r := range s {
			c, _ := byteOf(r)
			if c == 0 && r != 0 {
				return "", false
			}
			b = append(b, c)
		}
		if !utf8.Valid(b) {
			return "", false
		}
		if s = string(b); !doubtful(s) {
			return s, true
		}
	}
	return "", false
}
