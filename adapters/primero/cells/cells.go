// Package cells reads what stands in one cell of an export of Primero: a text behind the
// quote that guards spreadsheet programs, several values in one, a list or hash as Ruby
// prints it.
package cells

import (
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
)

// Hidden is what stands for a name that the exporting person may not see.
const Hidden = "*****"

// listSeparator stands between the values of a list in a workbook.
const listSeparator = " ||| "

// Unguarded takes off the quote that the exporter puts before a text that a
// spreadsheet program could take for a formula: exactly one, and only there.
func Unguarded(s string) string {
	rest, ok := strings.CutPrefix(s, "'")
	if !ok {
		return s
	}
	first := strings.TrimLeftFunc(rest, func(r rune) bool { return r <= 0x20 || r == 0x7f || r == 0xfeff || r == 0xa0 })
	if first != "" && strings.IndexByte("=+-@|%", first[0]) >= 0 {
		return rest
	}
	return s
}

// Value makes a value of a cell.
func Value(v adapters.Value) adapters.Value {
	switch text := strings.TrimSpace(v.Raw); {
	case v.Null || v.Kind != adapters.Text:
		return v
	case text == Hidden:
		return adapters.Value{Null: true}
	case strings.Contains(v.Raw, listSeparator):
		var list []adapters.Value
		for _, e := range strings.Split(v.Raw, listSeparator) {
			list = append(list, adapters.Value{Raw: Unguarded(e)})
		}
		return adapters.Value{List: list}
	}
	v.Raw = Unguarded(v.Raw)
	return v
}

// Printed reads a list or hash that stands in a CSV file as Ruby or JSON print it,
// and reports whether the text is one.
func Printed(s string) (jsontree.Node, bool) {
	s = strings.TrimSpace(Unguarded(s))
	if len(s) < 2 || s[0] != '[' && s[0] != '{' || s[len(s)-1] != ']' && s[len(s)-1] != '}' {
		return jsontree.Node{}, false
	}
	n, err := jsontree.Parse([]byte(s))
	if err != nil {
		n, err = jsontree.Parse([]byte(ruby(s)))
	}
	return n, err == nil
}

// ruby turns what Ruby prints into JSON: => becomes a colon, nil null, :name a
// text and name: one too.
func ruby(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"':
			end := textEnd(s, i)
			rubyText(&out, s[i:end])
			i = end
		case strings.HasPrefix(s[i:], "=>"):
			out.WriteByte(':')
			i += 2
		case c == ':' && i+1 < len(s) && isWord(s[i+1]):
			end := wordEnd(s, i+1)
			out.WriteString(`"` + s[i+1:end] + `"`)
			i = end
		case isWord(c) && (c < '0' || c > '9'):
			end := wordEnd(s, i)
			out.WriteString(word(s[i:end], strings.HasPrefix(s[end:], ":")))
			i = end
		default:
			out.WriteByte(c)
			i++
		}
	}
	return out.String()
}

// escapes are those of Ruby's texts that JSON has not.
var escapes = map[byte]string{'#': "#", 'e': `\u001b`, 'a': `\u0007`, 'v': `\u000b`, 's': " "}

// rubyText writes a text of Ruby's, with its quotes, as JSON has it.
func rubyText(out *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		i++
		switch as, ok := escapes[s[i]]; {
		case ok:
			out.WriteString(as)
		case s[i] == 'x' && i+2 < len(s) && s[i+1] < '8':
			out.WriteString(`\u00` + s[i+1:i+3])
			i += 2
		default:
			out.WriteString(s[i-1 : i+1])
		}
	}
}

// word returns what a word outside of quotes is in JSON.
func word(w string, isName bool) string {
	switch {
	case isName:
		return `"` + w + `"`
	case w == "nil":
		return "null"
	}
	return w
}

func textEnd(s string, at int) int {
	for i := at + 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

func isWord(c byte) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
}

func wordEnd(s string, at int) int {
	for at < len(s) && isWord(s[at]) {
		at++
	}
	return at
}
