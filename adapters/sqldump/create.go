package sqldump

import (
	"strings"

	"casehub/adapters/tables"
)

// create reads CREATE TABLE and passes over every other CREATE.
func (p *parser) create() {
	for range 12 {
		t := p.l.next()
		if t.kind != tWord && t.kind != tName && !t.is("=") && t.kind != tString {
			break
		}
		switch strings.ToUpper(string(t.text)) {
		case "TABLE":
			p.createTable()
			return
		case "VIEW":
			if _, name := p.name(); name != "" && p.dropped != nil {
				p.dropped(name)
			}
			p.code()
			return
		case "TRIGGER", "PROCEDURE", "PROC", "FUNCTION", "EVENT", "PACKAGE":
			p.code()
			return
		case "INDEX", "SCHEMA", "DATABASE", "SEQUENCE", "TYPE", "EXTENSION", "USER", "LOGIN", "ROLE":
			p.skip()
			return
		}
	}
	p.l.back()
	p.skip()
}

func (p *parser) createTable() {
	for {
		t := p.l.next()
		if t.is("IF") || t.is("NOT") || t.is("EXISTS") {
			continue
		}
		p.l.back()
		break
	}
	_, name := p.name()
	t := p.l.next()
	if name == "" || !t.is("(") {
		p.l.back()
		p.skip()
		return
	}
	table := &tables.Table{Name: name}
	p.definitions(table)
	if p.defined != nil {
		p.defined(table)
	}
	p.skip()
}

// definitions reads columns and constraints up to the closing bracket.
func (p *parser) definitions(table *tables.Table) {
	for {
		t := p.l.next()
		name := clip(string(t.text))
		switch {
		case t.is(")"), t.kind == tEnd, t.kind == tStop:
			if t.kind == tStop {
				p.l.back()
			}
			return
		case t.is(","):
		case t.kind == tWord && p.constraint(table, strings.ToUpper(name)):
		case t.kind == tWord || t.kind == tName || t.kind == tDouble || t.kind == tString:
			if !p.column(table, name) {
				return
			}
		default:
			p.balanced()
		}
	}
}

// constraint reads what is no column, and returns false for a column whose name
// is like a keyword.
func (p *parser) constraint(table *tables.Table, word string) bool {
	switch word {
	case "CONSTRAINT":
		p.name()
		if t := p.l.next(); t.kind == tWord {
			p.constraint(table, strings.ToUpper(string(t.text)))
			return true
		}
		p.l.back()
	case "PRIMARY":
		table.Key = p.bracketed()
	case "FOREIGN":
		p.foreign(table)
	case "UNIQUE", "KEY", "INDEX", "FULLTEXT", "SPATIAL":
		t := p.l.next()
		p.l.back()
		if t.kind == tWord && isType(string(t.text)) { // a column of that name
			return false
		}
	case "PERIOD":
		t := p.l.next()
		p.l.back()
		if !t.is("FOR") {
			return false
		}
	case "CHECK", "EXCLUDE", "LIKE", "REFERENCES", "NOT":
	default:
		return false
	}
	p.balanced()
	return true
}

// isType reports words that begin a type.
func isType(word string) bool {
	switch strings.ToLower(word) {
	case "varchar", "char", "character", "text", "nvarchar", "nchar", "ntext", "longtext", "mediumtext", "tinytext", "blob", "json", "jsonb", "uuid", "enum", "bytea":
		return true
	}
	return tables.KindOf(word) != 0
}

// bracketed reads on to the next bracket and returns the names in it.
func (p *parser) bracketed() []string {
	for {
		t := p.l.next()
		switch {
		case t.is("("):
			return p.names()
		case t.kind == tEnd, t.kind == tStop, t.is(")"), t.is(","):
			p.l.back()
			return nil
		}
	}
}

// foreign reads KEY [name] (columns) REFERENCES table [(columns)].
func (p *parser) foreign(table *tables.Table) {
	ref := tables.Ref{Columns: p.bracketed()}
	if t := p.l.next(); !t.is("REFERENCES") {
		p.l.back()
		return
	}
	_, ref.Table = p.name()
	if t := p.l.next(); t.is("(") {
		ref.To = p.names()
	} else {
		p.l.back()
	}
	if len(ref.Columns) > 0 && len(table.Refs) < maxColumns {
		table.Refs = append(table.Refs, ref)
	}
}

// column reads the type and what else is said of a column; false when the table
// ended with it.
func (p *parser) column(table *tables.Table, name string) bool {
	c := tables.Column{Name: name, Type: p.columnType()}
	for {
		t := p.l.next()
		switch {
		case t.kind == tEnd, t.kind == tStop, t.is(","), t.is(")"):
			if len(table.Columns) < maxColumns {
				table.Columns = append(table.Columns, c)
			}
			if t.kind == tStop {
				p.l.back()
			}
			return t.is(",")
		case t.is("PRIMARY"):
			table.Key = []string{name}
		case t.is("COMMENT"):
			if t = p.l.next(); t.kind == tString || t.kind == tDouble {
				c.Comment = clip(string(t.text))
			}
		case t.is("REFERENCES"):
			ref := tables.Ref{Columns: []string{name}}
			_, ref.Table = p.name()
			if t := p.l.next(); t.is("(") {
				ref.To = p.names()
			} else {
				p.l.back()
			}
			table.Refs = append(table.Refs, ref)
		case t.is("("):
			p.balancedTo(")")
		}
	}
}

// attributes are the words behind a type that say something else.
var attributes = map[string]bool{
	"NOT": true, "NULL": true, "DEFAULT": true, "PRIMARY": true, "UNIQUE": true, "KEY": true, "COMMENT": true, "CHARSET": true, "COLLATE": true,
	"AUTO_INCREMENT": true, "AUTOINCREMENT": true, "IDENTITY": true, "REFERENCES": true, "CHECK": true, "CONSTRAINT": true, "GENERATED": true, "ON": true,
	"AS": true, "STORED": true, "VIRTUAL": true, "SPARSE": true, "ROWGUIDCOL": true, "INVISIBLE": true, "ENCODING": true, "STORAGE": true, "CHARACTER": false,
}

// columnType reads the words of a type, as "character varying(20)".
func (p *parser) columnType() string {
	var b strings.Builder
	for b.Len() < 400 {
		t := p.l.next()
		word := strings.ToUpper(string(t.text))
		switch {
		case t.kind == tWord && attributes[word]:
			p.l.back()
			return strings.ToLower(b.String())
		case t.kind == tWord || t.kind == tName || t.kind == tDouble:
			if word == "SET" && strings.HasSuffix(strings.ToUpper(b.String()), "CHARACTER") {
				p.l.next() // CHARACTER SET latin1
				s := strings.TrimSpace(b.String()[:b.Len()-len("CHARACTER")])
				return strings.ToLower(s)
			}
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.Write(t.text)
		case t.is("."): // dbo.Flag
			b.Reset()
		case t.is("("):
			b.WriteString("(" + clip(p.until(")")) + ")")
		case t.is("[") && p.l.peek(0) == ']':
			p.l.next()
			b.WriteString("[]")
		default:
			p.l.back()
			return strings.ToLower(b.String())
		}
	}
	return strings.ToLower(b.String())
}

// alter reads the keys that ALTER TABLE adds, and the columns.
func (p *parser) alter() {
	if !p.l.next().is("TABLE") {
		p.l.back()
		p.skip()
		return
	}
	for {
		t := p.l.next()
		if t.is("ONLY") || t.is("IF") || t.is("EXISTS") {
			continue
		}
		p.l.back()
		break
	}
	_, name := p.name()
	change := &tables.Table{Name: name}
	for {
		t := p.l.next()
		if t.kind == tEnd || t.kind == tStop || p.l.dialect == SQLServer && t.line && t.kind == tWord && starts[strings.ToUpper(string(t.text))] {
			p.l.back()
			break
		}
		if t.kind != tWord {
			continue
		}
		switch word := strings.ToUpper(string(t.text)); word {
		case "CONSTRAINT", "PRIMARY", "FOREIGN":
			p.constraint(change, word)
		case "DEFAULT", "CHECK":
			p.balanced()
		}
	}
	if p.altered != nil && name != "" {
		p.altered(name, change)
	}
	p.skip()
}

func (p *parser) drop() {
	t := p.l.next()
	if !t.is("VIEW") {
		p.l.back()
		p.skip()
		return
	}
	for {
		if t = p.l.next(); t.is("IF") || t.is("EXISTS") {
			continue
		}
		p.l.back()
		break
	}
	p.name()
	p.skip()
}

// comment reads COMMENT ON COLUMN table.column IS '…'.
func (p *parser) comment() {
	ok := p.l.next().is("ON") && p.l.next().is("COLUMN")
	if !ok {
		p.l.back()
		p.skip()
		return
	}
	column, table := p.columnName()
	if t := p.l.next(); t.is("IS") {
		if t = p.l.next(); t.kind == tString && p.altered != nil {
			p.altered(table, &tables.Table{Columns: []tables.Column{{Name: column, Comment: clip(string(t.text))}}})
		}
	} else {
		p.l.back()
	}
	p.skip()
}

// columnName reads [schema.]table.column.
func (p *parser) columnName() (column, table string) {
	var parts []string
	for len(parts) < 4 {
		t := p.l.next()
		if t.kind != tWord && t.kind != tName && t.kind != tDouble {
			p.l.back()
			break
		}
		parts = append(parts, clip(string(t.text)))
		if !p.l.next().is(".") {
			p.l.back()
			break
		}
	}
	if len(parts) < 2 {
		return "", ""
	}
	n := len(parts)
	table = parts[n-2]
	if n > 2 {
		table = parts[n-3] + "." + table
	}
	return parts[n-1], table
}
