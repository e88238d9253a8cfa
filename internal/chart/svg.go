package chart

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// open begins a drawing that names itself.
func open(b *strings.Builder, id, class, title, about string, width, height float64) {
	id = identifier(id)
	b.WriteString(`<svg class="` + class + `" viewBox="0 0 ` + num(width) + ` ` + num(height) + `" role="img" aria-labelledby="` + id + `-t ` + id + `-d">`)
	b.WriteString(`<title id="` + id + `-t">`)
	text(b, title)
	b.WriteString(`</title><desc id="` + id + `-d">`)
	text(b, about)
	b.WriteString(`</desc>`)
}

// text writes words, escaped for HTML and for XML. Characters that XML has no
// way to write become the sign for a missing character.
func text(b *strings.Builder, s string) {
	b.WriteString(html.EscapeString(strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= ' ' && r < 0xFFFE, r > 0xFFFF:
			return r
		}
		return utf8.RuneError
	}, s)))
}

// at writes attributes in pairs of a name and a place.
func at(b *strings.Builder, pairs ...any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString(` ` + pairs[i].(string) + `="` + num(pairs[i+1].(float64)) + `"`)
	}
}

// num writes a place to a tenth of a pixel.
func num(x float64) string {
	s := strconv.FormatFloat(x, 'f', 1, 64)
	s = strings.TrimSuffix(s, ".0")
	if s == "-0" {
		return "0"
	}
	return s
}

func tone(n int) string {
	if n < 1 || n > 8 {
		n = 8
	}
	return strconv.Itoa(n)
}

// identifier keeps what may stand in an id of HTML and XML.
func identifier(s string) string {
	return "c-" + strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, s)
}
