// Package survey reads a dump once for its tables and for the places where the rows of
// each stand, so that a table can be read alone afterwards. It keeps no values.
package survey

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"casehub/adapters/place"
	"casehub/adapters/sqldump/ddl"
	"casehub/adapters/sqldump/lex"
	"casehub/adapters/sqldump/statement"
	"casehub/adapters/sqldump/textfile"
	"casehub/adapters/sqldump/values"
	"casehub/adapters/tables"
	"casehub/adapters/tables/charset"
)

// Survey is what one reading of a dump says about it.
type Survey struct {
	// Fingerprint is the SHA-256 of the file in hexadecimal.
	Fingerprint string
	Form        textfile.Form
	Dialect     lex.Dialect
	parts       map[string]*Part // by the name in the dump
	order       []string         // as they were met
	complete    string           // what is missing at the end, "" for nothing
	inherited   int              // columns looked at that a table has from another
}

// Part is a table with the places of its rows in the dump.
type Part struct {
	tables.Table
	// Whole is the name in the dump; that of the table is the shortest that tells it
	// from the others.
	Whole   string
	Spans   []Span
	pieces  []*Part // whose rows are its own
	partOf  string
	defined bool
	cut     bool // columns that it inherits are missing
	view    bool
	changed int64 // statements that change rows and are not read
}

// Span is a run of statements that bring rows of one table.
type Span struct {
	Start, End int64
	Rows       int64
	State      statement.State
}

// maxSpans is how many places of a table are kept apart; those behind are one,
// with whatever stands between.
const maxSpans = 4096

// maxTables protects the memory from a file that is none.
const maxTables = 20_000

// maxColumns is the most columns or foreign keys of a table.
const maxColumns = 4096

// maxInherited is the most columns that all tables of a dump have from others: few words
// of a dump can ask for as many as there are.
const maxInherited = 1 << 20

// Of reads the whole dump once. Its dialect is found where it is "".
func Of(ctx context.Context, at place.Place, f textfile.Form, d lex.Dialect, text charset.Decoder) (*Survey, error) {
	sum := sha256.New()
	r, err := textfile.Open(at, f, 0, sum)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, textfile.HeadSize)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if d == "" {
		d = dialectOf(head[:n])
	}
	v := &Survey{Form: f, Dialect: d, parts: map[string]*Part{}}
	marks := &marks{r: io.MultiReader(bytes.NewReader(head[:n]), r)}
	if err := v.read(ctx, marks, text); err != nil {
		return nil, err
	}
	if marks.open {
		v.complete = "the mark at the end of the dump is missing: it may be cut off"
	}
	v.finish()
	if f.Pack != "" { // what stands behind the packed text
		v.Fingerprint, err = textfile.Sum(at)
		return v, err
	}
	v.Fingerprint = hex.EncodeToString(sum.Sum(nil))
	return v, nil
}

// read meets every statement.
func (v *Survey) read(ctx context.Context, from io.Reader, text charset.Decoder) error {
	var r *statement.Reader
	var at *Part
	var span Span
	r = statement.New(ctx, from, 0, v.Dialect, text, statement.Told{
		Rows: func(table string, columns []string, start int64) bool {
			if at = v.part(table); at == nil {
				return false
			}
			span = Span{Start: start, State: r.State()}
			at.name(columns)
			return len(at.Columns) == 0
		},
		Row: func(cells []values.Cell) error {
			if len(at.Columns) == 0 {
				at.number(len(cells))
			}
			return nil
		},
		Done: func(rows, end int64) {
			if at != nil {
				span.Rows, span.End = rows, end
				at.place(span)
			}
		},
		Changed: func(table string) {
			if t := v.parts[table]; t != nil && t.Rows > 0 { // a table is often emptied before its rows come
				t.changed++
			}
		},
		Tables: ddl.Told{Defined: v.define, Altered: v.alter, Viewed: func(name string) {
			if t := v.parts[name]; t != nil {
				t.view = true
			}
		}},
	})
	return r.Run(-1)
}

// part returns the table of a name, nil past the cap.
func (v *Survey) part(name string) *Part {
	t := v.parts[name]
	if t == nil && len(v.parts) < maxTables {
		t = &Part{Table: tables.Table{Name: name}, Whole: name}
		v.parts[name] = t
		v.order = append(v.order, name)
	}
	return t
}

func (v *Survey) define(d *ddl.Definition) {
	p := v.part(d.Name)
	if p == nil || p.defined {
		return
	}
	p.defined, p.partOf = true, d.PartOf
	seen := v.inherit(p, append(d.Inherits, d.PartOf))
	own := slices.DeleteFunc(d.Columns, func(c tables.Column) bool { return len(d.Inherits) > 0 && seen[c.Name] })
	p.Columns = unique(append(p.Columns, own[:min(len(own), maxColumns-len(p.Columns))]...))
	p.Key, p.Refs = d.Key, d.Refs
}

// inherit gives a table the columns of others, one of each name, and returns their names.
func (v *Survey) inherit(p *Part, parents []string) map[string]bool {
	seen, met := map[string]bool{}, map[string]bool{}
	for _, name := range parents {
		from := v.parts[name]
		if from == nil || met[name] {
			continue
		}
		met[name] = true
		if v.inherited+len(from.Columns) > maxInherited {
			p.cut = true
			break
		}
		v.inherited += len(from.Columns)
		for _, c := range from.Columns {
			if !seen[c.Name] && len(p.Columns) < maxColumns {
				seen[c.Name] = true
				p.Columns = append(p.Columns, c)
			}
		}
	}
	return seen
}

// alter takes in what ALTER TABLE and COMMENT add.
func (v *Survey) alter(name string, change *ddl.Definition) {
	t := v.parts[name]
	if t == nil {
		return
	}
	if change.PartOf != "" {
		t.partOf = change.PartOf
	}
	if len(change.Key) > 0 {
		t.Key = change.Key
	}
	if len(t.Refs) < maxColumns {
		t.Refs = append(t.Refs, change.Refs...)
	}
	for _, c := range change.Columns {
		if i := t.Index(c.Name); i >= 0 {
			t.Columns[i].Comment = c.Comment
		}
	}
}

// name adds the columns that a statement names and nobody defined.
func (t *Part) name(columns []string) {
	for _, c := range columns {
		if t.Index(c) < 0 && c != "" && len(t.Columns) < maxColumns {
			if i := t.Like(c); i < 0 {
				t.Columns = append(t.Columns, tables.Column{Name: c})
			}
		}
	}
}

// Like finds a column whatever the size of its letters.
func (t *Part) Like(name string) int {
	return slices.IndexFunc(t.Columns, func(c tables.Column) bool { return strings.EqualFold(c.Name, name) })
}

// number names columns that nobody named.
func (t *Part) number(n int) {
	for i := range min(n, maxColumns) {
		t.Columns = append(t.Columns, tables.Column{Name: fmt.Sprintf("column%d", i+1)})
	}
}

// place adds the place of rows to the table, to the one before where nothing of
// another table can stand between.
func (t *Part) place(p Span) {
	t.Rows += p.Rows
	if n := len(t.Spans); n > 0 && (t.Spans[n-1].State == p.State && p.Start-t.Spans[n-1].End < 64 || n >= maxSpans) {
		t.Spans[n-1].End = p.End
		t.Spans[n-1].Rows += p.Rows
		return
	}
	t.Spans = append(t.Spans, p)
}

// unique names columns of one name apart.
func unique(columns []tables.Column) []tables.Column {
	seen := map[string]int{}
	for i := range columns {
		name := columns[i].Name
		if name == "" {
			name = fmt.Sprintf("column%d", i+1)
		}
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s#%d", name, seen[name])
			seen[name]++
		}
		columns[i].Name = name
	}
	return columns
}

// finish drops views, gives the tables the shortest names that tell them apart, and
// says what is to be known of them.
func (v *Survey) finish() {
	v.order = slices.DeleteFunc(v.order, func(name string) bool {
		t := v.parts[name]
		own := v.Dialect == lex.SQLite && strings.HasPrefix(name, "sqlite_") && !t.defined
		return t.view && t.Rows == 0 || len(t.Columns) == 0 || own || v.join(t)
	})
	taken := map[string]int{}
	for _, name := range v.order {
		taken[lastOf(name)]++
	}
	given := map[string]string{}
	for _, name := range v.order {
		given[name] = name
		if taken[lastOf(name)] == 1 {
			given[name] = lastOf(name)
		}
	}
	for _, name := range v.order {
		t := v.parts[name]
		t.Name, t.Notes, t.Doubts = given[name], v.notes(t), v.doubts(t)
		for i := range t.Refs {
			t.Refs[i].Table = cmp.Or(given[t.Refs[i].Table], t.Refs[i].Table)
		}
	}
}

// join gives the rows of a part of another table to that table, and reports whether there
// is one.
func (v *Survey) join(t *Part) bool {
	whole := t
	for range 8 { // parts of parts
		if o := v.parts[whole.partOf]; whole.partOf != "" && o != nil {
			whole = o
		}
	}
	if whole == t {
		return false
	}
	whole.pieces = append(whole.pieces, t)
	whole.Rows += t.Rows
	whole.Spans = append(whole.Spans, t.Spans...)
	slices.SortFunc(whole.Spans, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	return true
}

// Brings returns the columns of rows that a statement brings, and whether they are the
// table's: nil stands for its columns in their order.
func (t *Part) Brings(table string, columns []string) ([]string, bool) {
	if table == t.Whole {
		return columns, true
	}
	for _, o := range t.pieces {
		if table == o.Whole && columns == nil {
			return o.Names(), true
		}
		if table == o.Whole {
			return columns, true
		}
	}
	return nil, false
}

func lastOf(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func (v *Survey) notes(t *Part) []string {
	notes := []string{"dump of " + string(v.Dialect)}
	if !t.defined {
		notes = append(notes, "the dump does not define the table")
	}
	return notes
}

// doubts say why rows of a table may be missing or others than they were.
func (v *Survey) doubts(t *Part) []string {
	var doubts []string
	if v.complete != "" {
		doubts = append(doubts, v.complete)
	}
	if t.cut {
		doubts = append(doubts, "columns that it has from other tables are missing: the dump has too many such")
	}
	if t.changed > 0 {
		doubts = append(doubts, fmt.Sprintf("%d statements change rows and are not read", t.changed))
	}
	return doubts
}

// Tables lists the tables as they were met.
func (v *Survey) Tables() []tables.Table {
	var all []tables.Table
	for _, name := range v.order {
		all = append(all, v.parts[name].Table)
	}
	return all
}

// Find returns the table of a name, nil where there is none.
func (v *Survey) Find(table string) *Part {
	for _, name := range v.order {
		if t := v.parts[name]; t.Name == table {
			return t
		}
	}
	return nil
}
