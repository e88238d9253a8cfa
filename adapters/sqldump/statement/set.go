package statement

import (
	"strings"

	"casehub/adapters/sqldump/lex"
)

// use reads USE database, whose name then stands before those of tables.
func (p *Reader) use() {
	if p.Dialect == lex.MySQL {
		p.Schema, _ = p.Name()
	}
	p.Skip()
}

// delimiter reads DELIMITER $$, a command of the mysql program.
func (p *Reader) delimiter() {
	if p.Dialect != lex.MySQL {
		p.Skip()
		return
	}
	d, _, _ := strings.Cut(p.RestOfLine(), " ")
	if d == ";" {
		d = ""
	}
	p.Delim = []byte(d)
}

// silent are encodings that say nothing of the bytes.
var silent = map[string]bool{"binary": true, "default": true, "sql_ascii": true}

// set reads the settings that change what bytes mean.
func (p *Reader) set() {
	t := p.Next()
	word := strings.ToLower(string(t.Text))
	if t.Kind != lex.Word && t.Kind != lex.Name {
		p.Back()
		p.Skip()
		return
	}
	value := ""
	for {
		t := p.Next()
		if t.Is("=") || t.Is("TO") || t.Is(":") {
			continue
		}
		if t.Kind == lex.End || t.Kind == lex.Stop || t.Is(",") {
			p.Back()
			break
		}
		value = p.Text(t)
		break
	}
	switch word {
	case "names", "client_encoding":
		if p.text.Sure { // the mapping says it
			break
		}
		if known := strings.ToLower(value); known != "" && !silent[known] && known[0] != '@' {
			p.charset = value
			p.SetCharset(value)
		}
	case "character_set_client": // UTF-8 before CREATE TABLE, and back again behind it
		if value != "" && value[0] != '@' {
			p.SetCharset(value)
		} else {
			p.restore()
		}
	case "sql_mode":
		off := strings.Contains(strings.ToUpper(value), "NO_BACKSLASH_ESCAPES")
		if p.Dialect == lex.MySQL && !strings.HasPrefix(value, "@") {
			p.Escapes = !off
		}
	case "standard_conforming_strings":
		off := strings.EqualFold(value, "off")
		p.Escapes = off
	case "search_path": // of pg_dump before version 11, which names tables without their schema
		if p.Dialect == lex.Postgres {
			p.Schema = strings.TrimPrefix(value, "pg_catalog")
		}
	}
	p.Skip()
}

// restore returns to the encoding of the dump.
func (p *Reader) restore() {
	p.Decode(p.text)
	if p.charset != "" {
		p.SetCharset(p.charset)
	}
}

// change notes that rows are changed by a statement.
func (p *Reader) change() {
	for range 4 {
		t := p.Next()
		if t.Is("FROM") || t.Is("ONLY") || t.Is("TABLE") || t.Is("INTO") {
			continue
		}
		p.Back()
		break
	}
	if _, table := p.Name(); table != "" {
		p.to.Changed(table)
	}
	p.Skip()
}
