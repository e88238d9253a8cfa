package delimited

import "strings"

// cells splits text into cells. It is fed line by line, because a quoted cell
// can hold line ends.
type cells struct {
	delim  byte
	lone   bool // a cell that is one quote and nothing else is that quote
	list   []string
	quoted strings.Builder
	open   bool
	bytes  int
}

// feed takes in one line and reports whether a quoted cell is still open.
func (c *cells) feed(s string) bool {
	c.bytes += len(s)
	at := 0
	if c.open {
		c.quoted.WriteByte('\n')
		if at = c.inQuotes(s, 0); at < 0 {
			return true
		}
		if at > len(s) {
			return false
		}
	}
	for {
		at = c.cell(s, at)
		if at < 0 {
			return true
		}
		if at > len(s) {
			return false
		}
	}
}

// cell takes one cell that begins at a place of s. It returns where the next
// one begins: past the end of s after the last, -1 inside an open quote.
func (c *cells) cell(s string, at int) int {
	start := at
	for start < len(s) && s[start] == ' ' && c.delim != ' ' {
		start++
	}
	if start < len(s) && s[start] == '"' && !(c.lone && (start+1 == len(s) || s[start+1] == c.delim)) {
		c.open = true
		return c.inQuotes(s, start+1)
	}
	end := strings.IndexByte(s[at:], c.delim)
	if end < 0 {
		c.list = append(c.list, s[at:])
		return len(s) + 1
	}
	c.list = append(c.list, s[at:at+end])
	return at + end + 1
}

// inQuotes goes on inside a quoted cell. A quote that no delimiter follows
// stands for itself: He said "go".
func (c *cells) inQuotes(s string, at int) int {
	for {
		q := strings.IndexByte(s[at:], '"')
		if q < 0 {
			c.quoted.WriteString(s[at:])
			return -1
		}
		c.quoted.WriteString(s[at : at+q])
		at += q + 1
		end := at
		for end < len(s) && s[end] == ' ' && c.delim != ' ' {
			end++
		}
		switch {
		case at < len(s) && s[at] == '"':
			c.quoted.WriteByte('"')
			at++
		case end == len(s) || s[end] == c.delim:
			c.close()
			return end + 1
		default:
			c.quoted.WriteByte('"')
		}
	}
}

func (c *cells) close() {
	c.list = append(c.list, c.quoted.String())
	c.quoted.Reset()
	c.open = false
}

// split splits lines into cells. A quote that is open at the end is taken for
// itself, and the delimiters behind it separate.
func split(delim byte, lone bool, lines ...string) []string {
	c := cells{delim: delim, lone: lone}
	for _, l := range lines {
		c.feed(l)
	}
	if !c.open {
		return c.list
	}
	rest := strings.Split(`"`+c.quoted.String(), string(delim))
	return append(c.list, rest...)
}
