package imports

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"casehub/adapters"
)

// legacyJSON returns a JSON object of the columns at the places given, of those
// named, and of the children that are not among those taken; "" when all are empty.
func legacyJSON(rec *adapters.Record, at []int, named []string, taken map[string]bool) string {
	var names []string
	if rec.Header != nil {
		names = rec.Header.Names()
	}
	buf := make([]byte, 0, 512)
	add := func(i int) {
		v := rec.At(i)
		if v.List == nil && strings.TrimSpace(v.Raw) == "" {
			return
		}
		buf = appendValue(appendName(buf, names[i]), v)
	}
	for _, i := range at {
		if !isNull(rec.At(i)) {
			add(i)
		}
	}
	for _, n := range named {
		if rec.Header == nil {
			break
		}
		if i := rec.Header.Index(n); i >= 0 && !slices.Contains(at, i) {
			add(i)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rec.Children)) {
		if !taken[name] && len(rec.Children[name]) > 0 {
			buf = appendChildren(appendName(buf, name), rec.Children[name])
		}
	}
	if len(buf) == 0 {
		return ""
	}
	return string(append(buf, '}'))
}

// appendName begins the next member of an object, and the object where it is the
// first.
func appendName(buf []byte, name string) []byte {
	if len(buf) == 0 {
		buf = append(buf, '{')
	} else {
		buf = append(buf, ',')
	}
	return append(appendJSON(buf, name), ':')
}

func appendValue(buf []byte, v adapters.Value) []byte {
	if v.List == nil {
		return appendJSON(buf, v.Raw)
	}
	buf = append(buf, '[')
	for i, e := range v.List {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendValue(buf, e)
	}
	return append(buf, ']')
}

// appendChildren appends whole records as a list of objects.
func appendChildren(buf []byte, children []adapters.Record) []byte {
	buf = append(buf, '[')
	for i := range children {
		if i > 0 {
			buf = append(buf, ',')
		}
		var every []int
		if h := children[i].Header; h != nil {
			for at := range h.Names() {
				every = append(every, at)
			}
		}
		if object := legacyJSON(&children[i], every, nil, nil); object != "" {
			buf = append(buf, object...)
		} else {
			buf = append(buf, '{', '}')
		}
	}
	return append(buf, ']')
}

// appendJSON appends a string as JSON. Bytes that are no text become U+FFFD.
func appendJSON(buf []byte, s string) []byte {
	const hex = "0123456789abcdef"
	buf = append(buf, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			buf = append(buf, '\\', c)
		case c == '\n':
			buf = append(buf, '\\', 'n')
		case c == '\t':
			buf = append(buf, '\\', 't')
		case c < 0x20 || c == 0x7f:
			buf = append(buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			buf = append(buf, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			buf = utf8.AppendRune(buf, r)
			i += n
			continue
		}
		i++
	}
	return append(buf, '"')
}

// excerptLength is the most characters of a value that quarantine keeps.
const excerptLength = 200

// excerpt cuts a value to its beginning.
func excerpt(s string) string {
	if len(s) <= excerptLength {
		return s
	}
	count := 0
	for i := range s {
		if count == excerptLength {
			return s[:i]
		}
		count++
	}
	return s
}

// excerptOf returns the beginning of a whole row.
func excerptOf(rec *adapters.Record) string {
	var parts []string
	length := 0
	for _, v := range rec.Values {
		if length > excerptLength {
			break
		}
		parts = append(parts, v.Raw)
		length += len(v.Raw)
	}
	return excerpt(strings.Join(parts, " | "))
}
