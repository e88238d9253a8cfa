package tables

import (
	"strings"

	"casehub/adapters"
)

// KindOf returns the kind that a declared type gives its values. What is not
// sure is text.
func KindOf(declared string) adapters.Kind {
	t := strings.ToLower(strings.TrimSpace(declared))
	if strings.HasSuffix(t, "[]") {
		return adapters.Text
	}
	base, _, _ := strings.Cut(t, "(")
	base, _, _ = strings.Cut(base, " ")
	switch base {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "int2", "int4", "int8", "serial", "bigserial", "smallserial",
		"decimal", "numeric", "dec", "number", "float", "double", "real", "float4", "float8", "year", "currency", "single", "long", "byte", "counter":
		return adapters.Number
	case "date", "datetime", "datetime2", "smalldatetime", "datetimeoffset", "timestamp", "timestamptz":
		return adapters.Date
	case "bool", "boolean", "yesno":
		return adapters.Bool
	}
	return adapters.Text
}

// Typed makes a value of a text that a column of a kind holds. What is not of
// that kind stays text: old databases hold 0000-00-00 in columns of dates.
func Typed(raw string, k adapters.Kind) adapters.Value {
	v := adapters.Value{Raw: raw, Null: strings.TrimSpace(raw) == ""}
	if v.Null {
		return v
	}
	switch k {
	case adapters.Number:
		if isNumber(raw) {
			v.Kind = adapters.Number
		}
	case adapters.Date:
		if day, ok := isoDate(raw); ok {
			v.Raw, v.Kind = day, adapters.Date
		}
	case adapters.Bool:
		if b, ok := truth(raw); ok {
			v.Raw, v.Kind = b, adapters.Bool
		}
	}
	return v
}

// List makes the value of a list.
func List(items []adapters.Value) adapters.Value {
	if items == nil {
		items = []adapters.Value{}
	}
	return adapters.Value{List: items}
}

func isNumber(s string) bool {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	digits, dot, exp := 0, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && !dot && !exp:
			dot = true
		case (c == 'e' || c == 'E') && digits > 0 && !exp && i+1 < len(s):
			exp = true
			if s[i+1] == '-' || s[i+1] == '+' {
				i++
			}
		default:
			return false
		}
	}
	return digits > 0
}

// isoDate returns YYYY-MM-DD[Thh:mm:ss…] for a date written with the year
// first, as databases write it, and false for what is no day: month or day zero,
// before Christ, infinity.
func isoDate(s string) (string, bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' || !digits(s[:4]) || !digits(s[5:7]) || !digits(s[8:10]) {
		return "", false
	}
	if s[:4] == "0000" || s[5:7] == "00" || s[5:7] > "12" || s[8:10] == "00" || s[8:10] > "31" || strings.HasSuffix(s, "BC") {
		return "", false
	}
	if len(s) == 10 {
		return s, true
	}
	if s[10] != ' ' && s[10] != 'T' || len(s) < 16 || !digits(s[11:13]) || s[13] != ':' || !digits(s[14:16]) {
		return "", false
	}
	return s[:10] + "T" + s[11:], true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func truth(s string) (string, bool) {
	switch strings.ToLower(s) {
	case "t", "true", "1", "-1", "y", "yes", "on":
		return "true", true
	case "f", "false", "0", "n", "no", "off":
		return "false", true
	}
	return "", false
}

// Array reads a Postgres array such as {a,"b c",NULL}; false when it is none.
// Arrays in arrays become lists in lists, at most eight deep.
func Array(s string) (adapters.Value, bool) {
	if i := strings.IndexByte(s, '='); i > 0 && s[0] == '[' { // [2:3]={…}
		s = s[i+1:]
	}
	v, rest, ok := array(s, 0)
	return v, ok && rest == ""
}

func array(s string, depth int) (adapters.Value, string, bool) {
	list := List(nil)
	if depth == 8 || !strings.HasPrefix(s, "{") {
		return list, s, false
	}
	s = s[1:]
	if rest, empty := strings.CutPrefix(s, "}"); empty {
		return list, rest, true
	}
	for {
		var item adapters.Value
		var ok bool
		if item, s, ok = element(s, depth); !ok || s == "" {
			return list, s, false
		}
		list.List = append(list.List, item)
		sep := s[0]
		s = s[1:]
		switch sep {
		case '}':
			return list, s, true
		case ',':
		default:
			return list, s, false
		}
	}
}

func element(s string, depth int) (adapters.Value, string, bool) {
	switch {
	case strings.HasPrefix(s, "{"):
		return array(s, depth+1)
	case strings.HasPrefix(s, `"`):
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] == '\\' && i+1 < len(s):
				i++
				b.WriteByte(s[i])
			case s[i] == '"':
				return adapters.Value{Raw: b.String()}, s[i+1:], true
			default:
				b.WriteByte(s[i])
			}
		}
		return adapters.Value{}, "", false
	}
	n := strings.IndexAny(s, ",}")
	if n < 0 {
		return adapters.Value{}, "", false
	}
	if strings.EqualFold(s[:n], "NULL") {
		return adapters.Value{Null: true}, s[n:], true
	}
	return adapters.Value{Raw: s[:n]}, s[n:], true
}
