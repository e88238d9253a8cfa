package sqldump

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/tables"
)

// survey is what one reading of a dump says about it.
type survey struct {
	fingerprint string // SHA-256 of the file in hexadecimal
	form        form
	dialect     Dialect
	tables      map[string]*part // by the name in the dump
	order       []string         // as they were met
	complete    string           // what is missing at the end, "" for nothing
}

// part is a table with the places of its rows in the dump.
type part struct {
	tables.Table
	defined bool
	views   bool
	places  []span
	rows    int64
	changed int64  // statements that change rows and are not read
	whole   string // name in the dump
	given   string // name of the stream
}

// span is a run of statements that bring rows of one table.
type span struct {
	start, end int64
	rows       int64
	state      state
}

// maxPlaces is how many places of a table are kept apart; those behind are one,
// with whatever stands between.
const maxPlaces = 4096

// maxTables protects the memory from a file that is none.
const maxTables = 20_000

// surveyOf reads the whole dump once.
func surveyOf(ctx context.Context, at place.Place, f form, s Settings) (*survey, error) {
	sum := sha256.New()
	r, err := open(at, f, 0, sum)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	v := &survey{form: f, dialect: s.Dialect, tables: map[string]*part{}}
	if v.dialect == "" {
		v.dialect = dialectOf(head[:n])
	}
	tail := &tail{r: io.MultiReader(bytes.NewReader(head[:n]), r)}
	if err := v.read(newLexer(ctx, tail, 0, v.dialect)); err != nil {
		return nil, err
	}
	v.complete = unfinished(head[:n], tail.last)
	if f.pack != "" { // what stands behind the packed text
		if sum, err = whole(at); err != nil {
			return nil, err
		}
	}
	v.fingerprint = hex.EncodeToString(sum.Sum(nil))
	return v, nil
}

// unfinished tells a dump whose program ends it with a mark that is not there.
func unfinished(head, last []byte) string {
	for begin, end := range map[string]string{"-- MySQL dump": "-- Dump completed", "-- MariaDB dump": "-- Dump completed", "-- PostgreSQL database dump": "-- PostgreSQL database dump complete"} {
		if bytes.Contains(head, []byte(begin)) && !bytes.Contains(last, []byte(end)) {
			return "the mark at the end of the dump is missing: it may be cut off"
		}
	}
	return ""
}

// tail keeps the last bytes of what passes.
type tail struct {
	r    io.Reader
	last []byte
}

func (t *tail) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	t.last = append(t.last, b[max(0, n-512):n]...)
	t.last = t.last[max(0, len(t.last)-512):]
	return n, err
}

// read meets every statement.
func (v *survey) read(l *lexer) error {
	p := &parser{l: l, state: state{escapes: l.escapes}}
	var at *part
	var start int64
	var before state
	p.begin = func(table string, columns []string, from int64) bool {
		if at = v.part(table); at == nil {
			return false
		}
		start, before = from, p.state
		at.name(columns)
		return len(at.Columns) == 0
	}
	p.row = func(cells []cell) error {
		if len(at.Columns) == 0 {
			at.number(len(cells))
		}
		return nil
	}
	p.done = func(rows, end int64) {
		if at != nil {
			at.place(span{start, end, rows, before})
		}
	}
	p.defined = v.define
	p.altered = v.alter
	p.dropped = func(table string) {
		if t := v.tables[table]; t != nil {
			t.views = true
		}
	}
	p.other = func(table string) {
		if t := v.tables[table]; t != nil {
			t.changed++
		}
	}
	if err := p.run(-1); err != nil {
		return err
	}
	return v.finish()
}

// part returns the table of a name, nil past the cap.
func (v *survey) part(name string) *part {
	t := v.tables[name]
	if t == nil && len(v.tables) < maxTables {
		t = &part{Table: tables.Table{Name: name}, whole: name}
		v.tables[name] = t
		v.order = append(v.order, name)
	}
	return t
}

func (v *survey) define(t *tables.Table) {
	p := v.part(t.Name)
	if p == nil || p.defined {
		return
	}
	p.defined = true
	p.Columns = unique(t.Columns)
	p.Key, p.Refs = t.Key, t.Refs
}

// alter takes in what ALTER TABLE and COMMENT add.
func (v *survey) alter(name string, change *tables.Table) {
	t := v.tables[name]
	if t == nil {
		return
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
func (t *part) name(columns []string) {
	for _, c := range columns {
		if t.Index(c) < 0 && c != "" && len(t.Columns) < maxColumns {
			if i := t.like(c); i < 0 {
				t.Columns = append(t.Columns, tables.Column{Name: c})
			}
		}
	}
}

// like finds a column whatever the size of its letters.
func (t *part) like(name string) int {
	return slices.IndexFunc(t.Columns, func(c tables.Column) bool { return strings.EqualFold(c.Name, name) })
}

// number names columns that nobody named.
func (t *part) number(n int) {
	for i := range min(n, maxColumns) {
		t.Columns = append(t.Columns, tables.Column{Name: fmt.Sprintf("column%d", i+1)})
	}
}

// place adds the place of rows to the table, to the one before where nothing of
// another table can stand between.
func (t *part) place(p span) {
	t.rows += p.rows
	if n := len(t.places); n > 0 && (t.places[n-1].state == p.state && p.start-t.places[n-1].end < 64 || n >= maxPlaces) {
		t.places[n-1].end = p.end
		t.places[n-1].rows += p.rows
		return
	}
	t.places = append(t.places, p)
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

// finish drops views and gives the tables the shortest names that tell them
// apart.
func (v *survey) finish() error {
	v.order = slices.DeleteFunc(v.order, func(name string) bool {
		t := v.tables[name]
		return t.views && t.rows == 0 || len(t.Columns) == 0
	})
	taken := map[string]int{}
	for _, name := range v.order {
		taken[lastOf(name)]++
	}
	for _, name := range v.order {
		t := v.tables[name]
		t.given = name
		if taken[lastOf(name)] == 1 {
			t.given = lastOf(name)
		}
	}
	for _, name := range v.order {
		t := v.tables[name]
		t.Name, t.Rows = t.given, t.rows
		for i := range t.Refs {
			if o := v.tables[t.Refs[i].Table]; o != nil && o.given != "" {
				t.Refs[i].Table = o.given
			}
		}
		t.Notes = v.notes(t)
	}
	return nil
}

func lastOf(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func (v *survey) notes(t *part) []string {
	var notes []string
	if t.changed > 0 {
		notes = append(notes, fmt.Sprintf("%d statements change or compute rows and are not read", t.changed))
	}
	if !t.defined {
		notes = append(notes, "the dump does not define the table")
	}
	return notes
}

// find returns the table of a stream.
func (v *survey) find(stream string) *part {
	for _, name := range v.order {
		if t := v.tables[name]; t.given == stream {
			return t
		}
	}
	return v.tables[stream]
}

// problem of a row that the file breaks off.
const brokenOff = adapters.CellTruncated
