package values

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"casehub/adapters/sqldump/lex"
)

// maxArguments is the most arguments of a function that are worked out.
const maxArguments = 1024

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
		if len(args) < maxArguments {
			args = append(args, c)
		} else { // the value would not be the whole
			args[0].Sort = Other
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
		"n", "convert_tz":
		return first
	case "isnull", "ifnull", "coalesce":
		if name == "coalesce" || len(args) == 2 { // ISNULL(value) of MySQL is true or false
			return firstNotNull(args)
		}
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
		return p.concat(args)
	}
	first.Sort = Other
	return first
}

func firstNotNull(args []Cell) Cell {
	for _, a := range args {
		if a.Sort != Null {
			return a
		}
	}
	return args[0]
}

// concat puts texts together; to MySQL nothing comes of one that is not there.
func (p *Reader) concat(args []Cell) Cell {
	c := Cell{Sort: Text, from: len(p.arena), to: len(p.arena)}
	for _, a := range args {
		switch {
		case a.Sort == Null && p.Dialect == lex.MySQL:
			p.arena = p.arena[:c.from]
			return Cell{from: c.from, to: c.from}
		case len(p.arena)+a.to-a.from > maxRow:
			c.Cut = true
			return c
		}
		p.arena = append(p.arena, p.Bytes(a)...)
		c.to, c.Cut = len(p.arena), c.Cut || a.Cut
	}
	return c
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
