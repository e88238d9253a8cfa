package ddl

import (
	"strings"

	"casehub/adapters/sqldump/lex"
	"casehub/adapters/sqldump/phrase"
	"casehub/adapters/tables"
)

// Alter reads the keys that ALTER TABLE adds, and the columns.
func (p *Reader) Alter() {
	if !p.Next().Is("TABLE") {
		p.Back()
		p.Skip()
		return
	}
	for {
		t := p.Next()
		if t.Is("ONLY") || t.Is("IF") || t.Is("EXISTS") {
			continue
		}
		p.Back()
		break
	}
	_, name := p.Name()
	change := &Definition{}
	for {
		t := p.Next()
		if t.Kind == lex.End || t.Kind == lex.Stop || p.Dialect == lex.SQLServer && t.Line && phrase.Begins(t) {
			p.Back()
			break
		}
		if t.Kind != lex.Word {
			continue
		}
		switch word := strings.ToUpper(string(t.Text)); word {
		case "CONSTRAINT", "PRIMARY", "FOREIGN":
			p.constraint(change, word)
		case "ATTACH":
			if p.Next().Is("PARTITION") && p.Altered != nil {
				_, part := p.Name()
				p.Altered(part, &Definition{PartOf: name})
			}
		case "DEFAULT", "CHECK":
			p.Pass()
		}
	}
	if p.Altered != nil && name != "" {
		p.Altered(name, change)
	}
	p.Skip()
}

// Comment reads COMMENT ON COLUMN table.column IS '…'.
func (p *Reader) Comment() {
	ok := p.Next().Is("ON") && p.Next().Is("COLUMN")
	if !ok {
		p.Back()
		p.Skip()
		return
	}
	column, table := p.columnName()
	if t := p.Next(); t.Is("IS") {
		if t = p.Next(); t.Kind == lex.String && p.Altered != nil {
			p.Altered(table, &Definition{Table: tables.Table{Columns: []tables.Column{{Name: column, Comment: p.Text(t)}}}})
		}
	} else {
		p.Back()
	}
	p.Skip()
}

// columnName reads [schema.]table.column.
func (p *Reader) columnName() (column, table string) {
	var parts []string
	for len(parts) < 4 {
		t := p.Next()
		if t.Kind != lex.Word && t.Kind != lex.Name && t.Kind != lex.Double {
			p.Back()
			break
		}
		parts = append(parts, p.Text(t))
		if !p.Next().Is(".") {
			p.Back()
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
