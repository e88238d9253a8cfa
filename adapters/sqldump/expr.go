package sqldump

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// sort says what a value of a statement is.
type sort byte

const (
	isNull sort = iota
	isText
	isNumber
	isBytes
	isBool
	isOther // computed when the dump is played in: the text is what stands there
)

// cell is one value of a row, as bytes of the parser's arena.
type cell struct {
	sort     sort
	from, to int
	cut      bool
	// as is the type that the value is cast to, "" without a cast.
	as string
}

// maxDepth is how deep brackets may stand in each other in a value.
const maxDepth = 32

// expr reads a value up to the comma or bracket behind it, which is left.
func (p *parser) expr(depth int) cell {
	c := p.primary(depth)
	for {
		t := p.l.next()
		switch {
		case t.kind == tEnd, t.kind == tStop, t.is(","), t.is(")"):
			p.l.back()
			return c
		case t.is(":") && p.l.peek(0) == ':':
			p.l.next()
			c = p.cast(c, p.typeName())
		case t.is("|") && p.l.peek(0) == '|':
			p.l.next()
			c = p.join(c, p.primary(depth))
		case t.is("+") && c.sort == isText:
			c = p.join(c, p.primary(depth))
		case t.is("COLLATE"):
			p.l.next()
		case t.kind == tString && c.sort == isText: // 'one' 'text'
			p.l.back()
			c = p.join(c, p.primary(depth))
		case t.is("AS"): // the caller reads the type of a cast
			p.l.back()
			return c
		default:
			p.l.back()
			p.balanced()
			c.sort = isOther
			return c
		}
	}
}

// primary reads one literal, function or bracket.
func (p *parser) primary(depth int) cell {
	t := p.l.next()
	switch t.kind {
	case tString, tDouble:
		return p.keep(isText, t)
	case tName:
		return p.keep(isOther, t)
	case tNumber:
		return p.keep(isNumber, t)
	case tHex:
		return p.bytes(t)
	case tBits:
		return p.bits(t)
	case tWord:
		return p.named(depth)
	case tMark:
		switch {
		case t.text[0] == '-' || t.text[0] == '+':
			return p.signed(t.text[0], depth)
		case t.text[0] == '(' && depth < maxDepth:
			c := p.expr(depth + 1)
			p.close()
			return c
		}
	}
	p.l.back()
	start := len(p.arena)
	p.balanced()
	return cell{sort: isOther, from: start, to: start}
}

// keep puts the text of a token into the arena.
func (p *parser) keep(s sort, t *token) cell {
	c := cell{sort: s, from: len(p.arena), cut: t.cut}
	if len(p.arena)+len(t.text) > maxRow {
		c.cut = true
	} else {
		p.arena = append(p.arena, t.text...)
	}
	c.to = len(p.arena)
	p.broken = p.broken || t.broken
	return c
}

func (p *parser) put(s sort, text string) cell {
	return p.keep(s, &token{text: []byte(text)})
}

func (p *parser) textOf(c cell) []byte { return p.arena[c.from:c.to] }

// bytes decodes hexadecimal digits.
func (p *parser) bytes(t *token) cell {
	c := p.keep(isBytes, t)
	b := p.textOf(c)
	if len(b)%2 == 1 { // 0xABC is 0x0ABC
		p.arena = append(p.arena, 0)
		b = p.arena[c.from : c.to+1]
		copy(b[1:], b)
		b[0] = '0'
	}
	n, err := hex.Decode(b, b)
	if err != nil {
		n = 0
		c.sort = isOther
	}
	c.to = c.from + n
	p.arena = p.arena[:c.to]
	return c
}

func (p *parser) bits(t *token) cell {
	n, err := strconv.ParseUint(string(t.text), 2, 64)
	if err != nil {
		return p.keep(isOther, t)
	}
	return p.put(isNumber, strconv.FormatUint(n, 10))
}

func (p *parser) signed(sign byte, depth int) cell {
	if depth >= maxDepth {
		p.balanced()
		return cell{sort: isOther, from: len(p.arena), to: len(p.arena)}
	}
	from := len(p.arena)
	if sign == '-' {
		p.arena = append(p.arena, '-')
	}
	c := p.primary(depth + 1)
	if c.from == from+1 || sign == '+' {
		c.from = from
	}
	if c.sort != isNumber {
		c.sort = isOther
	}
	return c
}

// named reads what begins with a word.
func (p *parser) named(depth int) cell {
	word := strings.ToLower(string(p.l.tok.text))
	switch word {
	case "null", "default":
		return cell{from: len(p.arena), to: len(p.arena)}
	case "true", "false":
		return p.put(isBool, word)
	}
	t := p.l.next()
	switch {
	case t.kind == tString || t.kind == tDouble:
		c := p.keep(isText, t)
		if word == "_binary" {
			c.sort = isBytes
		}
		return c
	case t.kind == tHex && strings.HasPrefix(word, "_"):
		c := p.bytes(t)
		if word != "_binary" {
			c.sort = isText
		}
		return c
	case t.is("(") && depth < maxDepth:
		return p.call(word, depth+1)
	}
	p.l.back()
	return p.put(isOther, word)
}

// call reads the arguments of a function, and works it out where it only writes
// a literal in another way.
func (p *parser) call(name string, depth int) cell {
	var args []cell
	if name == "convert" { // CONVERT(type, value) of SQL Server, CONVERT(value, type) or (value USING …) of MySQL
		return p.convert(depth)
	}
	for {
		t := p.l.next()
		if t.is(")") || t.kind == tEnd || t.kind == tStop {
			if t.kind != tMark {
				p.l.back()
			}
			return p.evaluate(name, args)
		}
		if t.is(",") {
			continue
		}
		p.l.back()
		c := p.expr(depth)
		if t := p.l.next(); t.is("AS") {
			c = p.cast(c, p.typeName())
		} else {
			p.l.back()
		}
		if len(args) < 8 {
			args = append(args, c)
		}
	}
}

func (p *parser) convert(depth int) cell {
	t := p.l.next()
	if t.kind == tWord || t.kind == tName {
		p.l.back()
		as := p.typeName()
		if t := p.l.next(); !t.is(",") {
			p.l.back()
			p.balanced()
			p.close()
			return p.put(isOther, as)
		}
		c := p.cast(p.expr(depth), as)
		p.balancedTo(")")
		return c
	}
	p.l.back()
	c := p.expr(depth)
	if c.sort == isOther && c.to > c.from {
		c.sort = isText // what stood before USING
	}
	p.balancedTo(")")
	return c
}

// evaluate works out a function of literals.
func (p *parser) evaluate(name string, args []cell) cell {
	if len(args) == 0 {
		return p.put(isOther, name+"()")
	}
	first := args[0]
	for _, a := range args {
		if a.sort == isOther {
			first.sort = isOther
			return first
		}
	}
	text := string(p.textOf(first))
	switch name {
	case "cast", "try_cast", "date", "timestamp", "datetime", "time", "to_date", "to_timestamp", "str_to_date", "st_geomfromtext", "geomfromtext",
		"isnull", "ifnull", "coalesce", "n", "convert_tz":
		return first
	case "char", "chr", "nchar":
		return p.characters(args)
	case "unistr":
		return p.put(isText, unistr(text))
	case "unhex", "from_hex":
		if b, err := hex.DecodeString(text); err == nil {
			return p.put(isBytes, string(b))
		}
	case "from_base64":
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			return p.put(isBytes, string(b))
		}
	case "replace":
		if len(args) == 3 && first.sort != isNull {
			return p.put(isText, strings.ReplaceAll(text, string(p.textOf(args[1])), string(p.textOf(args[2]))))
		}
	case "concat":
		c := first
		for _, a := range args[1:] {
			c = p.join(c, a)
		}
		return c
	}
	first.sort = isOther
	return first
}

func (p *parser) characters(args []cell) cell {
	var b strings.Builder
	for _, a := range args {
		n, err := strconv.ParseUint(string(p.textOf(a)), 10, 31)
		if err != nil {
			return cell{sort: isOther, from: a.from, to: a.to}
		}
		b.WriteRune(rune(n))
	}
	return p.put(isText, b.String())
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

// join puts two texts together.
func (p *parser) join(a, b cell) cell {
	switch {
	case a.sort == isOther || b.sort == isOther:
		a.sort = isOther
		return a
	case a.sort == isNull || b.sort == isNull:
		return cell{from: len(p.arena), to: len(p.arena)}
	}
	if len(p.arena)+a.to-a.from+b.to-b.from > maxRow {
		a.cut = true
		return a
	}
	from := len(p.arena)
	p.arena = append(p.arena, p.textOf(a)...)
	p.arena = append(p.arena, p.textOf(b)...)
	return cell{sort: isText, from: from, to: len(p.arena), cut: a.cut || b.cut}
}

// cast says what a value is cast to; SQL Server's binary days become texts.
func (p *parser) cast(c cell, as string) cell {
	c.as = as
	if c.sort != isBytes {
		return c
	}
	if s, ok := binaryTime(p.textOf(c), as); ok {
		c = p.put(isText, s)
		c.as = as
	}
	return c
}

// typeName reads the name of a type with what stands in brackets behind it.
func (p *parser) typeName() string {
	var b strings.Builder
	for {
		t := p.l.next()
		switch {
		case t.kind == tWord || t.kind == tName || t.kind == tDouble:
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.Write(t.text)
		case t.is("."): // sys.datetime
			b.Reset()
		case t.is("("):
			b.WriteByte('(')
			b.WriteString(p.until(")"))
			b.WriteByte(')')
		case t.is("[") && p.l.peek(0) == ']':
			p.l.next()
			b.WriteString("[]")
		default:
			p.l.back()
			return strings.ToLower(b.String())
		}
		if b.Len() > 200 {
			return strings.ToLower(b.String())
		}
	}
}

// until returns the text of the tokens up to a bracket, which is taken.
func (p *parser) until(end string) string {
	var b strings.Builder
	for {
		t := p.l.next()
		switch {
		case t.kind == tEnd || t.kind == tStop:
			p.l.back()
			return b.String()
		case t.is(end):
			return b.String()
		case t.kind == tString:
			b.WriteString("'" + string(t.text) + "'")
		default:
			b.Write(t.text)
		}
	}
}

// balanced passes over tokens up to a comma or bracket that belongs to whoever
// called, which is left.
func (p *parser) balanced() {
	for depth := 0; ; {
		t := p.l.next()
		switch {
		case t.kind == tEnd, t.kind == tStop, depth == 0 && (t.is(",") || t.is(")")):
			p.l.back()
			return
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
	}
}

// balancedTo passes over everything to the bracket that closes.
func (p *parser) balancedTo(end string) {
	for {
		p.balanced()
		t := p.l.next()
		if t.is(end) {
			return
		}
		if !t.is(",") {
			p.l.back()
			return
		}
	}
}

// close passes over what is left before a closing bracket, and over it.
func (p *parser) close() { p.balancedTo(")") }
