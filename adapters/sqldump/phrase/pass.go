package phrase

import (
	"strings"

	"casehub/adapters/sqldump/lex"
)

// begins are the words that begin a statement where none ends the one before, as
// in scripts of SQL Server.
var begins = map[string]bool{"INSERT": true, "CREATE": true, "ALTER": true, "SET": true, "USE": true, "DROP": true, "UPDATE": true, "DELETE": true, "EXEC": true, "PRINT": true, "IF": true}

// Begins reports whether a token is such a word.
func Begins(t *lex.Token) bool { return t.Kind == lex.Word && begins[strings.ToUpper(string(t.Text))] }

// Skip passes over the rest of a statement. A CREATE of code is passed over by
// Code.
func (p *Phrases) Skip() {
	mute := p.Mute
	p.Mute = true
	defer func() { p.Mute = mute }()
	for depth := 0; ; {
		t := p.Next()
		switch {
		case t.Kind == lex.End || t.Kind == lex.Stop:
			return
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case p.Dialect == lex.SQLServer && t.Line && depth <= 0 && Begins(t):
			p.Back()
			return
		}
	}
}

// Code passes over a trigger, procedure or view: to GO in SQL Server, else to
// the end of the statement that is not inside BEGIN … END.
func (p *Phrases) Code() {
	mute := p.Mute
	p.Mute = true
	defer func() { p.Mute = mute }()
	for depth := 0; ; {
		t := p.Next()
		switch {
		case t.Kind == lex.End, t.Kind == lex.Stop && t.Go:
			return
		case t.Kind == lex.Stop && p.Dialect != lex.SQLServer && (depth <= 0 || len(p.Delim) > 0):
			return
		case t.Is("BEGIN"), t.Is("CASE"):
			depth++
		case t.Is("END"):
			depth--
		}
	}
}

// Bracket returns the text of the tokens up to the bracket that closes, which is taken.
func (p *Phrases) Bracket() string {
	var b strings.Builder
	for {
		t := p.Next()
		switch {
		case t.Kind == lex.End || t.Kind == lex.Stop:
			p.Back()
			return b.String()
		case t.Is(")"):
			return b.String()
		case t.Kind == lex.String:
			b.WriteString("'" + string(t.Text) + "'")
		default:
			b.Write(t.Text)
		}
	}
}

// Pass passes over tokens up to a comma or bracket that belongs to whoever
// called, which is left.
func (p *Phrases) Pass() {
	for depth := 0; ; {
		t := p.Next()
		switch {
		case t.Kind == lex.End, t.Kind == lex.Stop, depth == 0 && (t.Is(",") || t.Is(")")):
			p.Back()
			return
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		}
	}
}

// Close passes over everything to the bracket that closes, and over it.
func (p *Phrases) Close() {
	for {
		p.Pass()
		t := p.Next()
		if t.Is(")") {
			return
		}
		if !t.Is(",") {
			p.Back()
			return
		}
	}
}
