package canary

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// disguise is a way in which a marker could look. Where it is folded, capitals count
// as small letters. A nil result is no disguise of this marker.
type disguise struct {
	name   string
	folded bool
	of     func(m Marker) []byte
}

// disguises are all of them, CRC-32 aside, which is too short to be searched for.
var disguises = slices.Concat(
	[]disguise{
		{"text", true, func(m Marker) []byte { return []byte(lower(m)) }},
		{"text backwards", true, func(m Marker) []byte { return backwards(lower(m)) }},
		{"UTF-16, low byte first", true, func(m Marker) []byte { return utf16(lower(m), 0) }},
		{"UTF-16, high byte first", true, func(m Marker) []byte { return utf16(lower(m), 1) }},
		{"digits", false, func(m Marker) []byte { return []byte(number(m.Text)) }},
		{"number in eight bytes, low first", false, func(m Marker) []byte { return fixed(m, binary.LittleEndian) }},
		{"number in eight bytes, high first", false, func(m Marker) []byte { return fixed(m, binary.BigEndian) }},
	},
	forms("hex", true, func(text string) []byte { return []byte(hex.EncodeToString([]byte(text))) }),
	forms("base64", false, func(text string) []byte { return aligned(text, 0) }),
	forms("base64, one byte on", false, func(text string) []byte { return aligned(text, 1) }),
	forms("base64, two bytes on", false, func(text string) []byte { return aligned(text, 2) }),
	digests("MD5", func(b []byte) []byte { s := md5.Sum(b); return s[:] }),
	digests("SHA-1", func(b []byte) []byte { s := sha1.Sum(b); return s[:] }),
	digests("SHA-256", func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }),
	parts(),
)

func lower(m Marker) string { return strings.ToLower(m.Text) }

// normal is a marker in its normal form: small letters, or the digits of a number.
func normal(m Marker) string {
	if n := number(m.Text); n != "" {
		return n
	}
	return lower(m)
}

// forms are a disguise of a marker as it was written, in small letters or digits
// alone, and in capitals.
func forms(name string, folded bool, of func(string) []byte) []disguise {
	return []disguise{
		{name, folded, func(m Marker) []byte { return of(m.Text) }},
		{name + " of the normal form", folded, func(m Marker) []byte { return of(normal(m)) }},
		{name + " of capitals", folded, func(m Marker) []byte { return of(strings.ToUpper(m.Text)) }},
	}
}

// digests are the ways to write a digest of a marker and of its normal form.
func digests(name string, sum func([]byte) []byte) []disguise {
	var all []disguise
	for _, f := range []struct {
		form string
		text func(Marker) string
	}{{"", func(m Marker) string { return m.Text }}, {" of the normal form", normal}} {
		form, text := f.form, f.text
		all = append(all,
			disguise{name + form, false, func(m Marker) []byte { return sum([]byte(text(m))) }},
			disguise{name + form + " in hex", true, func(m Marker) []byte { return []byte(hex.EncodeToString(sum([]byte(text(m))))) }},
			disguise{name + form + " in base64", false, func(m Marker) []byte { return inner(base64.StdEncoding.EncodeToString(sum([]byte(text(m))))) }},
			disguise{name + form + " in base64 of addresses", false, func(m Marker) []byte { return inner(base64.URLEncoding.EncodeToString(sum([]byte(text(m))))) }},
		)
	}
	return all
}

// inner is base64 without its last characters, which depend on what follows.
func inner(s string) []byte {
	return []byte(strings.TrimRight(s, "="))[:len(strings.TrimRight(s, "="))-1]
}

// part is the name of the disguises of which two have to be met.
const part = "a part"

// parts are the thirds of a long marker: where a line is broken or something stands
// between, two of them still say enough.
func parts() []disguise {
	var all []disguise
	for i := range 3 {
		all = append(all, disguise{part, true, func(m Marker) []byte {
			text := lower(m)
			if third := len(text) / 3; third >= 8 && number(text) == "" {
				return []byte(text[i*third : (i+1)*third])
			}
			return nil
		}})
	}
	return all
}

func backwards(s string) []byte {
	b := []byte(s)
	slices.Reverse(b)
	return b
}

// utf16 widens a text of ASCII; a text of more is searched for as text alone.
func utf16(s string, at int) []byte {
	b := make([]byte, 2*len(s))
	for i := range len(s) {
		if s[i] >= 0x80 {
			return nil
		}
		b[2*i+at] = s[i]
	}
	return b
}

// aligned is what is in base64 of a text in any case, when skip bytes stand before it
// in its group of three.
func aligned(text string, skip int) []byte {
	s := base64.StdEncoding.EncodeToString(append(make([]byte, skip), text...))
	whole := (skip + len(text)) / 3 * 4 // a group that ends after the text depends on what follows
	from := []int{0, 2, 3}[skip]        // a character that began before the text
	if whole <= from {
		return nil
	}
	return []byte(s[from:whole])
}

func fixed(m Marker, order binary.ByteOrder) []byte {
	n, err := strconv.ParseUint(number(m.Text), 10, 64)
	if err != nil || n < 1<<40 {
		return nil
	}
	b := make([]byte, 8)
	order.PutUint64(b, n)
	return b
}
