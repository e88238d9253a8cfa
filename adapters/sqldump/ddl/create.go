package ddl

import (
	"strings"

	"casehub/adapters/sqldump/lex"
	"casehub/adapters/sqldump/phrase"
	"casehub/adapters/tables"
)

// Create reads CREATE TABLE and passes over every other CREATE.
func (p *Reader) Create() {
	for range 12 {
		t := p.Next()
		if t.Kind != lex.Word && t.Kind != lex.Name && !t.Is("=") && t.Kind != lex.String {
			break
		}
		switch strings.ToUpper(string(t.Text)) {
		case "TABLE":
			p.createTable()
			return
		case "VIEW":
			if _, name := p.Name(); name != "" && p.Viewed != nil {
				p.Viewed(name)
			}
			p.Code()
			return
		case "TRIGGER", "PROCEDURE", "PROC", "FUNCTION", "EVENT", "PACKAGE":
			p.Code()
			return
		case "INDEX", "SCHEMA", "DATABASE", "SEQUENCE", "TYPE", "EXTENSION", "USER", "LOGIN", "ROLE":
			p.Skip()
			return
		}
	}
	p.Back()
	p.Skip()
}

func (p *Reader) createTable() {
	for {
		t := p.Next()
		if t.Is("IF") || t.Is("NOT") || t.Is("EXISTS") {
			continue
		}
		p.Back()
		break
	}
	_, name := p.Name()
	table := &Definition{Table: tables.Table{Name: name}}
	switch t := p.Next(); {
	case name == "":
		p.Back()
		p.Skip()
		return
	case t.Is("("):
		p.definitions(table)
		p.behind(table)
	case t.Is("PARTITION") && p.Next().Is("OF"):
		_, table.PartOf = p.Name()
	default:
		p.Back()
		p.Skip()
		return
	}
	if p.Defined != nil {
		p.Defined(table)
	}
	p.Skip()
}

// behind reads what stands behind the columns, up to INHERITS (a, b).
func (p *Reader) behind(table *Definition) {
	for {
		t := p.Next()
		switch {
		case t.Is("INHERITS") && p.Next().Is("("):
			for more := true; more && len(table.Inherits) < maxColumns; more = p.Next().Is(",") {
				_, name := p.Name()
				table.Inherits = append(table.Inherits, name)
			}
			return
		case t.Is("("):
			p.Close()
		case t.Kind == lex.End, t.Kind == lex.Stop, p.Dialect == lex.SQLServer && t.Line && phrase.Begins(t):
			p.Back()
			return
		}
	}
}

// definitions reads columns and constraints up to the closing bracket.
func (p *Reader) definitions(table *Definition) {
	for {
		t := p.Next()
		name := p.Text(t)
		switch {
		case t.Is(")"), t.Kind == lex.End, t.Kind == lex.Stop:
			if t.Kind == lex.Stop {
				p.Back()
			}
			return
		case t.Is(","):
		case t.Kind == lex.Word && p.constraint(table, strings.ToUpper(name)):
		case t.Kind == lex.Word || t.Kind == lex.Name || t.Kind == lex.Double || t.Kind == lex.String:
			if !p.column(table, name) {
				return
			}
		default:
			p.Pass()
		}
	}
}

// constraint reads what is no column, and returns false for a column whose name
// is like a keyword.
func (p *Reader) constraint(table *Definition, word string) bool {
	switch word {
	case "CONSTRAINT":
		p.Name()
		if t := p.Next(); t.Kind == lex.Word {
			p.constraint(table, strings.ToUpper(string(t.Text)))
			return true
		}
		p.Back()
	case "PRIMARY":
		table.Key = p.bracketed()
	case "FOREIGN":
		p.foreign(table)
	case "UNIQUE", "KEY", "INDEX", "FULLTEXT", "SPATIAL":
		t := p.Next()
		p.Back()
		if t.Kind == lex.Word && isType(string(t.Text)) { // a column of that name
			return false
		}
	case "PERIOD":
		t := p.Next()
		p.Back()
		if !t.Is("FOR") {
			return false
		}
	case "CHECK", "EXCLUDE", "LIKE", "REFERENCES", "NOT":
	default:
		return false
	}
	p.Pass()
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
func (p *Reader) bracketed() []string {
	for {
		t := p.Next()
		switch {
		case t.Is("("):
			return p.Names()
		case t.Kind == lex.End, t.Kind == lex.Stop, t.Is(")"), t.Is(","):
			p.Back()
			return nil
		}
	}
}

// foreign reads KEY [name] (columns) REFERENCES table [(columns)].
func (p *Reader) foreign(table *Definition) {
	ref := tables.Ref{Columns: p.bracketed()}
	if t := p.Next(); !t.Is("REFERENCES") {
		p.Back()
		return
	}
	_, ref.Table = p.Name()
	if t := p.Next(); t.Is("(") {
		ref.To = p.Names()
	} else {
		p.Back()
	}
	if len(ref.Columns) > 0 && len(table.Refs) < maxColumns {
		table.Refs = append(table.Refs, ref)
	}
}

// column reads the type and what else is said of a column; false when the table
// ended with it.
func (p *Reader) column(table *Definition, name string) bool {
	c := tables.Column{Name: name, Type: p.Type()}
	for {
		t := p.Next()
		switch {
		case t.Kind == lex.End, t.Kind == lex.Stop, t.Is(","), t.Is(")"):
			if len(table.Columns) < maxColumns {
				table.Columns = append(table.Columns, c)
			}
			if t.Kind == lex.Stop {
				p.Back()
			}
			return t.Is(",")
		case t.Is("PRIMARY"):
			table.Key = []string{name}
		case t.Is("COMMENT"):
			if t = p.Next(); t.Kind == lex.String || t.Kind == lex.Double {
				c.Comment = p.Text(t)
			}
		case t.Is("REFERENCES"):
			ref := tables.Ref{Columns: []string{name}}
			_, ref.Table = p.Name()
			if t := p.Next(); t.Is("(") {
				ref.To = p.Names()
			} else {
				p.Back()
			}
			if len(table.Refs) < maxColumns {
				table.Refs = append(table.Refs, ref)
			}
		case t.Is("("):
			p.Close()
		}
	}
}
