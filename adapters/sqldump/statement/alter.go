package statement

import (
	"strings"

	"casehub/adapters/sqldump/lex"
	"casehub/adapters/sqldump/phrase"
	"casehub/adapters/tables"
)

// alter reads the keys that ALTER TABLE adds, and the columns.
func (p *Reader) alter() {
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
	change := &tables.Table{Name: name}
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
		case "DEFAULT", "CHECK":
			p.Pass()
		}
	}
	if p.to.Altered != nil && name != "" {
		p.to.Altered(name, change)
	}
	p.Skip()
}

// comment reads COMMENT ON COLUMN table.column IS '…'.
func (p *Reader) comment() {
	ok := p.Next().Is("ON") && p.Next().Is("COLUMN")
	if !ok {
		p.Back()
		p.Skip()
		return
	}
	column, table := p.columnName()
	if t := p.Next(); t.Is("IS") {
		if t = p.Next(); t.Kind == lex.String && p.to.Altered != nil {
			p.to.Altered(table, &tables.Table{Columns: []tables.Column{{Name: column, Comment: p.Text(t)}}})
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
