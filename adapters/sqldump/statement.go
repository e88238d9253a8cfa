package sqldump

import (
	"strings"

	"casehub/adapters/tables"
)

// parser reads the statements of a dump one after the other.
type parser struct {
	l     *lexer
	state state
	// begin is told of each statement that brings rows, and says whether they are
	// wanted. The columns are nil where the statement names none.
	begin func(table string, columns []string, start int64) (wanted bool)
	// row gets the values of a wanted row. They are in the arena until the next one.
	row func(cells []cell) error
	// done is told of the rows of a statement, wanted or not, and where it ended.
	done func(rows, end int64)
	// defined, altered and dropped are told of tables; nil when nobody asks.
	defined func(t *tables.Table)
	altered func(table string, t *tables.Table)
	dropped func(table string)
	// other is told of statements that change rows in a way that is not read.
	other func(table string)

	arena  []byte
	cells  []cell
	broken bool // the file ended inside what was read last
}

// state is what statements before change in the meaning of those behind.
type state struct {
	charset string // "" until something declares it
	escapes bool
	delim   string
	schema  string
}

func (p *parser) enter(s state) {
	p.state = s
	p.l.escapes = s.escapes
	p.l.delim = []byte(s.delim)
}

// run reads statements until the file or the limit ends.
func (p *parser) run(limit int64) error {
	for {
		if limit >= 0 && p.l.offset() >= limit && !p.l.again {
			return nil
		}
		t := p.l.next()
		if t.kind == tEnd {
			return p.l.failure()
		}
		if t.kind == tStop {
			continue
		}
		if err := p.statement(t); err != nil {
			return err
		}
	}
}

func (p *parser) statement(t *token) error {
	start := t.start
	if t.kind != tWord {
		p.skip()
		return nil
	}
	switch strings.ToUpper(string(t.text)) {
	case "INSERT", "REPLACE":
		return p.insert(start)
	case "COPY":
		return p.copy(start)
	case "CREATE":
		p.create()
	case "ALTER":
		p.alter()
	case "DROP":
		p.drop()
	case "SET":
		p.set()
	case "USE":
		if p.l.dialect == MySQL {
			p.state.schema, _ = p.name()
		}
		p.skip()
	case "COMMENT":
		p.comment()
	case "UPDATE", "DELETE", "MERGE", "TRUNCATE":
		p.change()
	case "DELIMITER":
		if p.l.dialect == MySQL {
			p.delimiter(p.l.restOfLine())
			return nil
		}
		p.skip()
	default:
		p.skip()
	}
	return nil
}

func (p *parser) delimiter(d string) {
	d, _, _ = strings.Cut(d, " ")
	if d == ";" {
		d = ""
	}
	p.state.delim = d
	p.l.delim = []byte(d)
}

// starts are the words that begin a statement where none ends the one before, as
// in scripts of SQL Server.
var starts = map[string]bool{"INSERT": true, "CREATE": true, "ALTER": true, "SET": true, "USE": true, "DROP": true, "UPDATE": true, "DELETE": true, "EXEC": true, "PRINT": true, "IF": true}

// skip passes over the rest of a statement. A CREATE of code is passed over by
// code.
func (p *parser) skip() {
	mute := p.l.mute
	p.l.mute = true
	defer func() { p.l.mute = mute }()
	for depth := 0; ; {
		t := p.l.next()
		switch {
		case t.kind == tEnd || t.kind == tStop:
			return
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case p.l.dialect == SQLServer && t.line && depth <= 0 && t.kind == tWord && starts[strings.ToUpper(string(t.text))]:
			p.l.back()
			return
		}
	}
}

// code passes over a trigger, procedure or view: to GO in SQL Server, else to
// the end of the statement that is not inside BEGIN … END.
func (p *parser) code() {
	mute := p.l.mute
	p.l.mute = true
	defer func() { p.l.mute = mute }()
	for depth := 0; ; {
		t := p.l.next()
		switch {
		case t.kind == tEnd, t.kind == tStop && t.go_:
			return
		case t.kind == tStop && p.l.dialect != SQLServer && (depth <= 0 || len(p.l.delim) > 0):
			return
		case t.is("BEGIN"), t.is("CASE"):
			depth++
		case t.is("END"):
			depth--
		}
	}
}

// name reads a name of up to four parts, a.b.c, and returns the last part and
// the whole with the schema before it.
func (p *parser) name() (last, whole string) {
	var parts []string
	for {
		t := p.l.next()
		if t.kind != tWord && t.kind != tName && t.kind != tDouble && t.kind != tString || len(parts) == 4 {
			p.l.back()
			break
		}
		parts = append(parts, clip(string(t.text)))
		if p.l.next().is(".") {
			continue
		}
		p.l.back()
		break
	}
	switch len(parts) {
	case 0:
		return "", ""
	case 1:
		if p.state.schema != "" {
			return parts[0], p.state.schema + "." + parts[0]
		}
		return parts[0], parts[0]
	}
	return parts[len(parts)-1], parts[len(parts)-2] + "." + parts[len(parts)-1]
}

// clip cuts a name that no database would allow.
func clip(s string) string {
	if len(s) > 512 {
		s = s[:512]
	}
	return strings.ToValidUTF8(strings.TrimSpace(s), "?")
}

// names reads (a, b, c), with what may stand behind each name.
func (p *parser) names() []string {
	var list []string
	for {
		t := p.l.next()
		switch {
		case t.is(")"):
			return list
		case t.kind == tEnd || t.kind == tStop || len(list) > maxColumns:
			p.l.back()
			return list
		case t.kind == tWord || t.kind == tName || t.kind == tDouble:
			list = append(list, clip(string(t.text)))
			p.balanced()
		}
	}
}

// insert reads INSERT [INTO] name [(columns)] VALUES (…), (…).
func (p *parser) insert(start int64) error {
	for {
		t := p.l.next()
		if t.is("INTO") || t.is("IGNORE") || t.is("OR") || t.is("DELAYED") || t.is("LOW_PRIORITY") || t.is("HIGH_PRIORITY") || t.is("REPLACE") {
			continue
		}
		p.l.back()
		break
	}
	_, table := p.name()
	if table == "" {
		p.skip()
		return nil
	}
	var columns []string
	t := p.l.next()
	if t.is("(") {
		columns = p.names()
		t = p.l.next()
	}
	for t.is("OVERRIDING") || t.is("SYSTEM") || t.is("USER") || t.is("VALUE") && columns != nil && !p.nextIs('(') {
		t = p.l.next()
	}
	if !t.is("VALUES") && !t.is("VALUE") {
		p.l.back()
		p.other(table)
		p.skip()
		return nil
	}
	wanted := p.begin(table, columns, start)
	rows, err := p.values(wanted)
	p.done(rows, p.l.offset())
	return err
}

// nextIs looks whether the next character that is no blank is c.
func (p *parser) nextIs(c byte) bool {
	p.l.blanks()
	return p.l.peek(0) == c
}

// values reads the rows of an INSERT.
func (p *parser) values(wanted bool) (rows int64, err error) {
	for {
		t := p.l.next()
		if !t.is("(") {
			p.l.back()
			break
		}
		rows++
		if !wanted {
			p.pass()
		} else if err := p.one(); err != nil {
			return rows, err
		}
		if t = p.l.next(); !t.is(",") {
			p.l.back()
			break
		}
	}
	p.skipAfterRows()
	return rows, p.l.failure()
}

// skipAfterRows passes over ON DUPLICATE KEY and the like, not over a next
// INSERT where no mark stands between.
func (p *parser) skipAfterRows() {
	t := p.l.next()
	if t.kind == tStop {
		return
	}
	p.l.back()
	if t.kind == tWord && starts[strings.ToUpper(string(t.text))] && p.l.dialect != MySQL {
		return
	}
	p.skip()
}

// pass passes over one row.
func (p *parser) pass() {
	p.l.mute = true
	for depth := 1; depth > 0; {
		t := p.l.next()
		switch {
		case t.kind == tEnd || t.kind == tStop:
			p.l.back()
			depth = 0
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
	}
	p.l.mute = false
}

// one reads the values of one row and hands them on.
func (p *parser) one() error {
	p.arena, p.cells, p.broken = p.arena[:0], p.cells[:0], false
	for {
		t := p.l.next()
		if t.is(")") {
			break
		}
		if t.kind == tEnd || t.kind == tStop {
			p.broken = true
			p.l.back()
			break
		}
		if t.is(",") {
			continue
		}
		p.l.back()
		c := p.expr(0)
		if len(p.cells) <= maxColumns {
			p.cells = append(p.cells, c)
		}
	}
	if err := p.l.failure(); err != nil {
		return err
	}
	return p.row(p.cells)
}

// set reads the settings that change what bytes mean.
func (p *parser) set() {
	t := p.l.next()
	word := strings.ToLower(string(t.text))
	if t.kind != tWord && t.kind != tName {
		p.l.back()
		p.skip()
		return
	}
	value := ""
	for {
		t := p.l.next()
		if t.is("=") || t.is("TO") || t.is(":") {
			continue
		}
		if t.kind == tEnd || t.kind == tStop || t.is(",") {
			p.l.back()
			break
		}
		value = clip(string(t.text))
		break
	}
	switch word {
	case "names", "client_encoding":
		if !strings.HasPrefix(value, "@") {
			p.state.charset = value
		}
	case "sql_mode":
		off := strings.Contains(strings.ToUpper(value), "NO_BACKSLASH_ESCAPES")
		if p.l.dialect == MySQL && !strings.HasPrefix(value, "@") {
			p.state.escapes, p.l.escapes = !off, !off
		}
	case "standard_conforming_strings":
		off := strings.EqualFold(value, "off")
		p.state.escapes, p.l.escapes = off, off
	case "search_path": // of pg_dump before version 11, which names tables without their schema
		if p.l.dialect == Postgres {
			p.state.schema = strings.TrimPrefix(value, "pg_catalog")
		}
	}
	p.skip()
}

// change notes that rows are changed by a statement.
func (p *parser) change() {
	for range 4 {
		t := p.l.next()
		if t.is("FROM") || t.is("ONLY") || t.is("TABLE") || t.is("INTO") {
			continue
		}
		p.l.back()
		break
	}
	if _, table := p.name(); table != "" {
		p.other(table)
	}
	p.skip()
}
