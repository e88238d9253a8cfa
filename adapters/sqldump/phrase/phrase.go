// Package phrase reads what is said alike in all statements of a dump: names, lists of
// them and types; and passes over the rest, as far as brackets, statements and blocks of
// code reach.
package phrase

import (
	"strings"
	"unicode/utf8"

	"casehub/adapters/sqldump/lex"
	"casehub/adapters/tables/charset"
)

// Phrases are read from tokens.
type Phrases struct {
	*lex.Lexer
	// Schema of names that stand without one; "" where that is not known.
	Schema string
	// Decoder of texts and names.
	Decoder charset.Decoder
}

// SetCharset changes the decoder to what the dump declares.
func (p *Phrases) SetCharset(name string) {
	p.Decode(p.Decoder.Declared(name))
}

// Decode changes the decoder, and with it how long a letter is.
func (p *Phrases) Decode(d charset.Decoder) {
	p.Decoder = d
	p.Letters, p.Kana = d.Set.Backslash(), d.Set.Name == "shift_jis"
}

// maxWord is the most bytes of a word of a type, or of what stands in brackets behind it.
const maxWord = 64

// maxNames is the most names in one list.
const maxNames = 4096

// Name reads a name of up to four parts, a.b.c, and returns the last part and
// the whole with the schema before it.
func (p *Phrases) Name() (last, whole string) {
	var parts []string
	for {
		t := p.Next()
		if t.Kind != lex.Word && t.Kind != lex.Name && t.Kind != lex.Double && t.Kind != lex.String || len(parts) == 4 {
			p.Back()
			break
		}
		parts = append(parts, p.Text(t))
		if p.Next().Is(".") {
			continue
		}
		p.Back()
		break
	}
	switch len(parts) {
	case 0:
		return "", ""
	case 1:
		if p.Schema != "" {
			return parts[0], p.Schema + "." + parts[0]
		}
		return parts[0], parts[0]
	}
	return parts[len(parts)-1], parts[len(parts)-2] + "." + parts[len(parts)-1]
}

// Text returns the text of a token, cut where no database would allow more.
func (p *Phrases) Text(t *lex.Token) string {
	d := p.Decoder
	if utf8.Valid(t.Text) { // as in every CREATE TABLE of mysqldump
		d.Set = charset.UTF8
	}
	s, _ := d.Text(t.Text)
	return clip(s)
}

func clip(s string) string {
	if len(s) > 512 {
		s = s[:512]
	}
	return strings.ToValidUTF8(strings.TrimSpace(s), "?")
}

// Names reads (a, b, c), with what may stand behind each name.
func (p *Phrases) Names() []string {
	var list []string
	for {
		t := p.Next()
		switch {
		case t.Is(")"):
			return list
		case t.Kind == lex.End || t.Kind == lex.Stop || len(list) > maxNames:
			p.Back()
			return list
		case t.Kind == lex.Word || t.Kind == lex.Name || t.Kind == lex.Double:
			list = append(list, p.Text(t))
			p.Pass()
		}
	}
}

// attributes are the words behind a type that say something else.
var attributes = map[string]bool{
	"NOT": true, "NULL": true, "DEFAULT": true, "PRIMARY": true, "UNIQUE": true, "KEY": true, "COMMENT": true, "CHARSET": true, "COLLATE": true,
	"AUTO_INCREMENT": true, "AUTOINCREMENT": true, "IDENTITY": true, "REFERENCES": true, "CHECK": true, "CONSTRAINT": true, "GENERATED": true, "ON": true,
	"AS": true, "STORED": true, "VIRTUAL": true, "SPARSE": true, "ROWGUIDCOL": true, "INVISIBLE": true, "ENCODING": true, "STORAGE": true, "CHARACTER": false,
}

// Type reads the words of a type, as "character varying(20)".
func (p *Phrases) Type() string {
	var b strings.Builder
	for b.Len() < 400 {
		t := p.Next()
		word := strings.ToUpper(string(t.Text))
		switch {
		case t.Kind == lex.Word && attributes[word]:
			p.Back()
			return strings.ToLower(b.String())
		case t.Kind == lex.Word || t.Kind == lex.Name || t.Kind == lex.Double:
			if word == "SET" && strings.HasSuffix(strings.ToUpper(b.String()), "CHARACTER") {
				p.Next() // CHARACTER SET latin1
				s := strings.TrimSpace(b.String()[:b.Len()-len("CHARACTER")])
				return strings.ToLower(s)
			}
			if len(t.Text) > maxWord {
				continue
			}
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.Write(t.Text)
		case t.Is("."): // dbo.Flag
			b.Reset()
		case t.Is("("):
			if in := clip(p.Bracket()); len(in) < maxWord || strings.EqualFold(b.String(), "enum") || strings.EqualFold(b.String(), "set") {
				b.WriteString("(" + in + ")")
			}
		case t.Is("[") && p.Peek(0) == ']':
			p.Next()
			b.WriteString("[]")
		default:
			p.Back()
			return strings.ToLower(b.String())
		}
	}
	return strings.ToLower(b.String())
}
