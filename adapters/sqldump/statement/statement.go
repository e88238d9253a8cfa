// Package statement reads the statements of a dump one after the other and tells what
// they say: which tables there are, which rows they bring, and what changes the meaning
// of the bytes behind. All else is passed over.
//
// statement.go tells the statements apart, rows.go reads those with rows, and set.go
// settings and changes; definitions of tables are read in ddl.
package statement

import (
	"context"
	"io"
	"strings"

	"casehub/adapters/sqldump/ddl"
	"casehub/adapters/sqldump/lex"
	"casehub/adapters/sqldump/phrase"
	"casehub/adapters/sqldump/values"
	"casehub/adapters/tables/charset"
)

// Told is told of what the statements say.
type Told struct {
	// Rows begins a statement that brings rows, and says whether they are wanted. The
	// columns are nil where the statement names none.
	Rows func(table string, columns []string, start int64) (wanted bool)
	// Row gets a wanted row, which is there until the next one.
	Row func(cells []values.Cell) error
	// Done ends the statement with the number of its rows, wanted or not, and its end.
	Done func(rows, end int64)
	// Changed gets the table of a statement that changes rows in a way that is not read.
	Changed func(table string)
	// Tables is told of definitions.
	Tables ddl.Told
}

// State is what statements before change in the meaning of those behind.
type State struct {
	charset string // "" until something declares it
	schema  string
	escapes bool
	delim   string
}

// Reader reads statements.
type Reader struct {
	*phrase.Phrases
	values  values.Reader
	tables  ddl.Reader
	to      Told
	charset string
	text    charset.Decoder // that of the beginning
}

// New reads a text that begins at an offset of its file. Its own settings come before text.
func New(ctx context.Context, r io.Reader, offset int64, d lex.Dialect, text charset.Decoder, to Told) *Reader {
	p := &phrase.Phrases{Lexer: lex.New(ctx, r, offset, d), Decoder: text}
	x := &Reader{Phrases: p, values: values.Reader{Phrases: p}, tables: ddl.Reader{Phrases: p, Told: to.Tables}, to: to, text: text}
	x.restore()
	return x
}

// State returns the present state.
func (p *Reader) State() State { return State{p.charset, p.Schema, p.Escapes, string(p.Delim)} }

// Enter begins in the state of a place in the middle.
func (p *Reader) Enter(s State) {
	p.Schema, p.Escapes, p.Delim = s.schema, s.escapes, []byte(s.delim)
	p.charset = s.charset
	p.restore()
}

// Bytes returns the bytes of a cell of the last row.
func (p *Reader) Bytes(c values.Cell) []byte { return p.values.Bytes(c) }

// Broken reports whether the file ended inside of the last row.
func (p *Reader) Broken() bool { return p.values.Broken }

// Run reads statements until the file ends or, where limit is not negative, the limit.
func (p *Reader) Run(limit int64) error {
	for limit < 0 || p.Offset() < limit {
		t := p.Next()
		if t.Kind == lex.End {
			break
		}
		if t.Kind == lex.Stop {
			continue
		}
		if err := p.statement(t); err != nil {
			return err
		}
	}
	return p.Err()
}

func (p *Reader) statement(t *lex.Token) error {
	start := t.Start
	if t.Kind != lex.Word {
		p.Skip()
		return nil
	}
	switch strings.ToUpper(string(t.Text)) {
	case "INSERT", "REPLACE":
		return p.insert(start)
	case "COPY":
		return p.copy(start)
	case "CREATE":
		p.tables.Create()
	case "ALTER":
		p.tables.Alter()
	case "SET":
		p.set()
	case "USE":
		p.use()
	case "COMMENT":
		p.tables.Comment()
	case "UPDATE", "DELETE", "MERGE", "TRUNCATE":
		p.change()
	case "LOAD":
		return p.loaded(start)
	case "DELIMITER":
		p.delimiter()
	default:
		p.Skip()
	}
	return nil
}
