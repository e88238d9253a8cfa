package values

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"casehub/adapters/sqldump/lex"
)

// call reads the arguments of a function, and works it out where it only writes
// a literal in another way.
func (p *Reader) call(name string, depth int) Cell {
	var args []Cell
	if name == "convert" { // CONVERT(type, value) of SQL Server, CONVERT(value, type) or (value USING …) of MySQL
		return p.convert(depth)
	}
	for {
		t := p.Next()
		if t.Is(")") || t.Kind == lex.End || t.Kind == lex.Stop {
			if t.Kind != lex.Mark {
				p.Back()
			}
			return p.evaluate(name, args)
		}
		if t.Is(",") {
			continue
		}
		p.Back()
		c := p.expr(depth)
		if t := p.Next(); t.Is("AS") {
			c = p.cast(c, p.Type())
		} else {
			p.Back()
		}
		if len(args) < 8 {
			args = append(args, c)
		}
	}
}

func (p *Reader) convert(depth int) Cell {
	t := p.Next()
	if t.Kind == lex.Word || t.Kind == lex.Name {
		p.Back()
		as := p.Type()
		if t := p.Next(); !t.Is(",") {
			p.Back()
			p.Pass()
			p.Close()
			return p.put(Other, as)
		}
		c := p.cast(p.expr(depth), as)
		p.Close()
		return c
	}
	p.Back()
	c := p.expr(depth)
	if c.Sort == Other && c.to > c.from {
		c.Sort = Text // what stood before USING
	}
	p.Close()
	return c
}

// evaluate works out a function of literals.
func (p *Reader) evaluate(name string, args []Cell) Cell {
	if len(args) == 0 {
		return p.put(Other, name+"()")
	}
	first := args[0]
	for _, a := range args {
		if a.Sort == Other {
			first.Sort = Other
			return first
		}
	}
	text := string(p.Bytes(first))
	switch name {
	case "cast", "try_cast", "date", "timestamp", "datetime", "time", "to_date", "to_timestamp", "str_to_date", "st_geomfromtext", "geomfromtext",
		"isnull", "ifnull", "coalesce", "n", "convert_tz":
		return first
	case "char", "chr", "nchar":
		return p.characters(args)
	case "unistr", "stringdecode":
		return p.put(Text, unistr(text))
	case "unhex", "from_hex":
		if b, err := hex.DecodeString(text); err == nil {
			return p.put(Bytes, string(b))
		}
	case "from_base64":
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			return p.put(Bytes, string(b))
		}
	case "replace":
		if len(args) == 3 && first.Sort != Null {
			return p.put(Text, strings.ReplaceAll(text, string(p.Bytes(args[1])), string(p.Bytes(args[2]))))
		}
	case "concat":
		c := first
		for _, a := range args[1:] {
			c = p.join(c, a)
		}
		return c
	}
	first.Sort = Other
	return first
}

func (p *Reader) characters(args []Cell) Cell {
	var b strings.Builder
	for _, a := range args {
		n, err := strconv.ParseUint(string(p.Bytes(a)), 10, 31)
		if err != nil {
			return Cell{Sort: Other, from: a.from, to: a.to}
		}
		b.WriteRune(rune(n))
	}
	return p.put(Text, b.String())
}

// unistr reads \uXXXX and \XXXX as SQLite writes control characters.
func unistr(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		at, n := i+1, 4
		switch s[at] {
		case '\\':
			b.WriteByte('\\')
			i++
			continue
		case 'u':
			at++
		case '+':
			at, n = at+1, 6
		case 'U':
			at, n = at+1, 8
		}
		if at+n > len(s) {
			b.WriteByte(s[i])
			continue
		}
		v, err := strconv.ParseUint(s[at:at+n], 16, 31)
		if err != nil {
			b.WriteByte(s[i])
			continue
		}
		b.WriteRune(rune(v))
		i = at + n - 1
	}
	return b.String()
}
