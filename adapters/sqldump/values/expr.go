package values

import (
	"encoding/hex"
	"strconv"
	"strings"

	"casehub/adapters/sqldump/lex"
)

// maxDepth is how deep brackets may stand in each other in a value.
const maxDepth = 32

// expr reads a value up to the comma or bracket behind it, which is left.
func (p *Reader) expr(depth int) Cell {
	c := p.primary(depth)
	for {
		t := p.Next()
		switch {
		case t.Kind == lex.End, t.Kind == lex.Stop, t.Is(","), t.Is(")"):
			p.Back()
			return c
		case t.Is(":") && p.Peek(0) == ':':
			p.Next()
			c = p.cast(c, p.Type())
		case t.Is("|") && p.Peek(0) == '|':
			p.Next()
			c = p.join(c, p.primary(depth))
		case t.Is("+") && c.Sort == Text:
			c = p.join(c, p.primary(depth))
		case t.Is("COLLATE"):
			p.Next()
		case t.Kind == lex.String && c.Sort == Text: // 'one' 'text'
			p.Back()
			c = p.join(c, p.primary(depth))
		case t.Is("AS"): // the caller reads the type of a cast
			p.Back()
			return c
		case p.selects && depth == 0 && (t.Kind == lex.Word || t.Kind == lex.Name || t.Kind == lex.Double):
			p.Back()
			return c
		default:
			p.Back()
			p.Pass()
			c.Sort = Other
			return c
		}
	}
}

// primary reads one literal, function or bracket.
func (p *Reader) primary(depth int) Cell {
	t := p.Next()
	switch t.Kind {
	case lex.String, lex.Double:
		return p.keep(Text, t)
	case lex.Name:
		return p.keep(Other, t)
	case lex.Number:
		return p.keep(Number, t)
	case lex.Hex:
		return p.hexadecimal(t)
	case lex.Bits:
		return p.bits(t)
	case lex.Word:
		return p.named(t, depth)
	case lex.Mark:
		switch {
		case t.Text[0] == '-' || t.Text[0] == '+':
			return p.signed(t.Text[0], depth)
		case t.Text[0] == '(' && depth < maxDepth:
			c := p.expr(depth + 1)
			p.Close()
			return c
		}
	}
	p.Back()
	start := len(p.arena)
	p.Pass()
	return Cell{Sort: Other, from: start, to: start}
}

// hexadecimal decodes hexadecimal digits.
func (p *Reader) hexadecimal(t *lex.Token) Cell {
	c := p.keep(Bytes, t)
	b := p.Bytes(c)
	if len(b)%2 == 1 { // 0xABC is 0x0ABC
		p.arena = append(p.arena, 0)
		b = p.arena[c.from : c.to+1]
		copy(b[1:], b)
		b[0] = '0'
	}
	n, err := hex.Decode(b, b)
	if err != nil {
		n = 0
		c.Sort = Other
	}
	c.to = c.from + n
	p.arena = p.arena[:c.to]
	return c
}

func (p *Reader) bits(t *lex.Token) Cell {
	n, err := strconv.ParseUint(string(t.Text), 2, 64)
	switch {
	case p.Dialect == lex.Postgres || len(t.Text) == 0: // a text of digits, as COPY has it
		return p.keep(Text, t)
	case err != nil:
		return p.keep(Other, t)
	}
	return p.put(Number, strconv.FormatUint(n, 10))
}

func (p *Reader) signed(sign byte, depth int) Cell {
	if depth >= maxDepth {
		p.Pass()
		return Cell{Sort: Other, from: len(p.arena), to: len(p.arena)}
	}
	from := len(p.arena)
	if sign == '-' {
		p.arena = append(p.arena, '-')
	}
	c := p.primary(depth + 1)
	if c.from == from+1 || sign == '+' {
		c.from = from
	}
	if c.Sort != Number {
		c.Sort = Other
	}
	return c
}

// named reads what begins with a word.
func (p *Reader) named(t *lex.Token, depth int) Cell {
	word := strings.ToLower(string(t.Text))
	switch word {
	case "null", "default":
		return Cell{from: len(p.arena), to: len(p.arena)}
	case "true", "false":
		return p.put(Bool, word)
	}
	t = p.Next()
	switch {
	case t.Kind == lex.String || t.Kind == lex.Double:
		c := p.keep(Text, t)
		if word == "_binary" {
			c.Sort = Bytes
		}
		return c
	case t.Kind == lex.Hex && strings.HasPrefix(word, "_"):
		c := p.hexadecimal(t)
		if word != "_binary" {
			c.Sort = Text
		}
		return c
	case t.Is("(") && depth < maxDepth:
		return p.call(word, depth+1)
	}
	p.Back()
	return p.put(Other, word)
}

// join puts two texts together.
func (p *Reader) join(a, b Cell) Cell {
	switch {
	case a.Sort == Other || b.Sort == Other:
		a.Sort = Other
		return a
	case a.Sort == Null || b.Sort == Null:
		return Cell{from: len(p.arena), to: len(p.arena)}
	}
	if len(p.arena)+a.to-a.from+b.to-b.from > maxRow {
		a.Cut = true
		return a
	}
	from := len(p.arena)
	p.arena = append(p.arena, p.Bytes(a)...)
	p.arena = append(p.arena, p.Bytes(b)...)
	return Cell{Sort: Text, from: from, to: len(p.arena), Cut: a.Cut || b.Cut}
}

// cast says what a value is cast to; SQL Server's binary days become texts.
func (p *Reader) cast(c Cell, as string) Cell {
	c.As = as
	if c.Sort != Bytes {
		return c
	}
	if s, ok := binaryTime(p.Bytes(c), as); ok {
		c = p.put(Text, s)
		c.As = as
	}
	return c
}
