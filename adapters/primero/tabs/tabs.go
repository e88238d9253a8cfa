// Package tabs reads workbooks of Primero: a tab for each form and subform, whose rows
// belong to the record that the column ID names.
//
// All tabs have the records in one order, so they are read side by side: a record is one
// row of each form, with fields named TAB/COLUMN, and the rows of its subforms as
// children by the name of the tab. Rows that stand elsewhere wait in memory.
package tabs

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/place"
	"casehub/adapters/primero/cells"
	"casehub/adapters/pull"
	"casehub/adapters/spreadsheet"
)

// Book is a workbook.
type Book struct {
	at       place.Place
	stream   string
	declared []string

	source *spreadsheet.Source
	list   []*tab
	order  []string // identifiers of the records
	says   []string
}

// New is the workbook at a place, whose records are of one stream. Subforms names the
// tabs that are subforms, beside those that show it by their name or by two rows of one
// record. It does not read.
func New(at place.Place, stream string, subforms []string) *Book {
	return &Book{at: at, stream: stream, declared: subforms}
}

// tab is one sheet that has records.
type tab struct {
	name    string
	columns []string // without the identifier
	subform bool
	counts  map[string]int // rows by identifier
}

// Fingerprint returns the SHA-256 of the workbook in hexadecimal, once rows are open.
func (b *Book) Fingerprint(ctx context.Context) (string, error) { return b.source.Fingerprint(ctx) }

// prepare reads the identifiers of every tab once.
func (b *Book) prepare(ctx context.Context) error {
	first, err := spreadsheet.Open(b.at, spreadsheet.Settings{})
	if err != nil {
		return err
	}
	sheets, err := first.Sheets(ctx)
	if err != nil {
		return err
	}
	all := spreadsheet.Settings{Tables: map[string]spreadsheet.Table{}}
	for _, s := range sheets {
		all.Tables[s.Name] = spreadsheet.Table{Sheet: s.Name, HeaderRows: []int{1}, Drop: []string{}}
	}
	if b.source, err = spreadsheet.Open(b.at, all); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, s := range sheets {
		if err := b.count(ctx, s.Name, seen); err != nil {
			return err
		}
	}
	if len(b.list) == 0 {
		return adapters.ErrUnreadable.With("expected", "Primero")
	}
	for _, one := range b.list {
		one.subform = one.subform || slices.Contains(b.declared, one.name) || b.namedAsSubform(one.name)
	}
	return nil
}

// count reads the identifiers of a tab. A sheet without any is named in a note.
func (b *Book) count(ctx context.Context, name string, seen map[string]bool) error {
	rows, err := b.source.Pull(ctx, name)
	if errors.Is(err, adapters.ErrHeaderRow) || errors.Is(err, adapters.ErrHeader) {
		b.says = append(b.says, "the tab "+name+" is empty")
		return nil
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	columns := rows.Names()
	if !isID(columns[0]) {
		b.says = append(b.says, "the tab "+name+" has no ID and is left out")
		return nil
	}
	one := &tab{name: name, columns: columns[1:], counts: map[string]int{}}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			b.list = append(b.list, one)
			return nil
		}
		if err != nil {
			return err
		}
		id := idOf(&rec)
		if one.counts[id]++; one.counts[id] > 1 && id != "" {
			one.subform = true
		}
		if !seen[id] && id != "" {
			seen[id] = true
			b.order = append(b.order, id)
		}
	}
}

func isID(name string) bool { return strings.EqualFold(strings.Trim(name, "_ "), "id") }

func idOf(rec *adapters.Record) string { return strings.TrimSpace(cells.Unguarded(rec.At(0).Raw)) }

// namedAsSubform reports the name of a subform: the beginning of its own, a dash,
// and the beginning of the form's.
func (b *Book) namedAsSubform(name string) bool {
	for i := range len(name) {
		if name[i] != '-' || i == 0 || i > 20 || i+1 == len(name) {
			continue
		}
		for _, other := range b.list {
			if other.name != name && strings.HasPrefix(other.name, strings.TrimSpace(name[i+1:])) {
				return true
			}
		}
		if strings.HasPrefix(name[:i], name[i+1:]) {
			return true
		}
	}
	return false
}

// Rows opens the workbook at its first record. It fails with adapters.ErrUnreadable when
// no tab has an ID.
func (b *Book) Rows(ctx context.Context) (pull.Rows, error) {
	if b.list == nil {
		if err := b.prepare(ctx); err != nil {
			return nil, err
		}
	}
	j := &join{book: b, names: []string{"ID"}}
	for _, one := range b.list {
		rows, err := b.source.Pull(ctx, one.name)
		if err != nil {
			return nil, errors.Join(err, j.Close())
		}
		s := &side{tab: one, rows: rows, early: map[string][]adapters.Record{}, from: len(j.names)}
		if one.subform {
			s.head = adapters.NewHeader(one.columns)
		} else {
			for _, c := range one.columns {
				j.names = append(j.names, one.name+"/"+c)
			}
		}
		j.sides = append(j.sides, s)
	}
	j.head = adapters.NewHeader(j.names)
	return j, nil
}

// join reads the tabs side by side.
type join struct {
	book  *Book
	sides []*side
	names []string
	head  *adapters.Header
	at    int
	stray []adapters.Record // rows without an identifier
}

// side is one tab while it is read.
type side struct {
	tab   *tab
	rows  *spreadsheet.Rows
	head  *adapters.Header // of a subform
	from  int              // place of a form's first column in the record
	early map[string][]adapters.Record
	done  bool
}

// Notes says which tabs were left out.
func (j *join) Notes() []string { return j.book.says }

// Close closes every tab.
func (j *join) Close() error {
	var err error
	for _, s := range j.sides {
		err = errors.Join(err, s.rows.Close())
	}
	return err
}

// Next returns the next record, and behind the last those rows that belong to nobody.
func (j *join) Next() (adapters.Record, error) {
	if j.at < len(j.book.order) {
		id := j.book.order[j.at]
		j.at++
		return j.record(id)
	}
	for _, s := range j.sides {
		for !s.done {
			if err := s.read(j); err != nil {
				return adapters.Record{}, err
			}
		}
	}
	if len(j.stray) == 0 {
		return adapters.Record{}, io.EOF
	}
	rec := j.stray[0]
	j.stray = j.stray[1:]
	return rec, nil
}

// record puts one record together.
func (j *join) record(id string) (adapters.Record, error) {
	rec := adapters.Record{Stream: j.book.stream, Key: id, Header: j.head, Values: make([]adapters.Value, len(j.names)), Children: map[string][]adapters.Record{}}
	for i := range rec.Values {
		rec.Values[i].Null = true
	}
	rec.Values[0] = adapters.Value{Raw: id}
	for _, s := range j.sides {
		rows, err := s.of(j, id)
		if err != nil {
			return rec, err
		}
		for i := range rows {
			if rec.Loc.File == "" {
				rec.Loc = rows[i].Loc
			}
			if s.tab.subform {
				rec.Children[s.tab.name] = append(rec.Children[s.tab.name], s.child(&rows[i], j.book.stream, id, i+1))
			} else {
				s.fill(&rec, &rows[i])
			}
		}
	}
	jsontree.SealAll(&rec)
	return rec, nil
}

// of returns the rows of a record. Rows of others that stand before them wait.
func (s *side) of(j *join, id string) ([]adapters.Record, error) {
	for len(s.early[id]) < s.tab.counts[id] && !s.done {
		if err := s.read(j); err != nil {
			return nil, err
		}
	}
	rows := s.early[id]
	delete(s.early, id)
	return rows, nil
}

// read takes one row.
func (s *side) read(j *join) error {
	rec, err := s.rows.Next()
	if errors.Is(err, io.EOF) {
		s.done = true
		return nil
	}
	if err != nil {
		return err
	}
	if id := idOf(&rec); id != "" {
		s.early[id] = append(s.early[id], rec)
	} else if !isBlank(&rec) {
		j.stray = append(j.stray, stray(&rec, j.book.stream))
	}
	return nil
}

func isBlank(rec *adapters.Record) bool {
	return !slices.ContainsFunc(rec.Values, func(v adapters.Value) bool { return strings.TrimSpace(v.Raw) != "" })
}

// stray is a row that belongs to nobody.
func stray(rec *adapters.Record, stream string) adapters.Record {
	out := adapters.Record{Stream: stream, Loc: rec.Loc, Header: adapters.NewHeader(nil), Problems: []adapters.Problem{{Code: adapters.RequiredMissing}}}
	out.Seal()
	return out
}

// fill puts the row of a form into the record.
func (s *side) fill(rec, row *adapters.Record) {
	for i := range s.tab.columns {
		rec.Values[s.from+i] = cells.Value(row.At(i + 1))
	}
	for _, p := range row.Problems {
		if p.Column != "" {
			p.Column = s.tab.name + "/" + p.Column
		}
		if rec.Header.Index(p.Column) >= 0 || p.Column == "" {
			rec.Problems = append(rec.Problems, p)
		}
	}
}

// child makes a child of the row of a subform.
func (s *side) child(row *adapters.Record, stream, id string, position int) adapters.Record {
	c := adapters.Record{
		Stream: stream, Key: jsontree.ChildKey(id, s.tab.name, position), Loc: row.Loc, Header: s.head, Values: make([]adapters.Value, len(s.tab.columns)),
	}
	for i := range c.Values {
		c.Values[i] = cells.Value(row.At(i + 1))
	}
	for _, p := range row.Problems {
		if p.Column == "" || s.head.Index(p.Column) >= 0 {
			c.Problems = append(c.Problems, p)
		}
	}
	return c
}
