package imports

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/internal/actor"
)

// Names of the two columns that a table of held rows has beside those of its source.
const (
	codeColumn  = "_error_code"
	errorColumn = "_error"
)

// HeldRow is a whole row that is in quarantine, with what is wrong with it. It is
// personal data.
type HeldRow struct {
	// Mark tells the row from the others of its file: it stands at the beginning of
	// the column _error, and must stay there.
	Mark string
	// Revision stands behind the mark in a table of rows that are mended on the pages, see
	// EditRow; "" in others.
	Revision string
	Table    string
	// Names and Cells stand side by side; repeats are not among them.
	Names, Cells []string
	Entries      []Held
}

// Codes returns the codes of a row's entries, each once.
func (h HeldRow) Codes() []adapters.Code {
	var all []adapters.Code
	for _, e := range h.Entries {
		if !slices.Contains(all, e.Code) {
			all = append(all, e.Code)
		}
	}
	return all
}

// Said returns what is wrong in words, after the row's mark.
func (h HeldRow) Said(meaning func(key string) string) string {
	var all []string
	for _, e := range h.Entries {
		text := meaning(CodeKey(e.Code))
		if e.Column != "" {
			text = e.Column + ": " + text
		}
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	mark := h.Mark
	if h.Revision != "" {
		mark += " ~" + h.Revision
	}
	return mark + " | " + strings.Join(all, " ")
}

// withRevision is a mark with the revision of its row.
var withRevision = regexp.MustCompile(`^(.*) ~([0-9a-f]{16})$`)

// markIn returns the mark and the revision of a row from its column _error, and whether
// there is one.
func markIn(cell string) (mark, revision string, ok bool) {
	mark, _, ok = strings.Cut(strings.TrimPrefix(cell, "'"), " | ")
	mark = strings.TrimSpace(mark)
	if m := withRevision.FindStringSubmatch(mark); m != nil {
		mark, revision = m[1], m[2]
	}
	return mark, revision, ok
}

// markOf names the row of an entry of a run: by its file, where that has not the name of
// what was read, its sheet or table, and its number, or else its key.
func (p PastRun) markOf(h Held) string {
	at := ""
	if h.Loc.File != p.Source {
		at = h.Loc.File + ":"
	}
	if h.Loc.Row > 0 {
		return at + strings.TrimPrefix(h.Loc.Sheet+":"+strconv.FormatInt(h.Loc.Row, 10), ":")
	}
	return at + h.Loc.Sheet + "#" + h.Key
}

// Mended returns a source of the rows that a run's file left in quarantine, with the
// cells that a person has mended in a table such as HeldRows makes: file is that
// table, original what the run had read, for tables in which values are looked up.
// A row without its mark is left out as "not_of_the_quarantine".
func (s *Service) Mended(ctx context.Context, who actor.Actor, run int64, file, original adapters.Source) (adapters.Source, error) {
	p, err := s.heldOf(ctx, who, run)
	if err != nil {
		return nil, err
	}
	m := &mended{Source: original, run: p, file: file, rows: map[string]mendable{}}
	err = s.reading(ctx, who, p, func(r heldReader) error {
		return r.each(ctx, heldAsked{rows: true}, func(o openRow) error {
			m.rows[o.Mark] = mendable{o.row, o.Entries[0].Loc}
			return nil
		})
	})
	return m, err
}

// mendable is a row of the quarantine with its place in the file that it came from.
type mendable struct {
	heldRow
	loc adapters.Locator
}

// mended reads mended rows as the tables that they came from.
type mended struct {
	adapters.Source // the original
	run             PastRun
	file            adapters.Source
	rows            map[string]mendable
}

// Check reports whether the table of mended rows can be read.
func (m *mended) Check(ctx context.Context) error { return m.file.Check(ctx) }

// Discover describes the tables of the original, with the fingerprint of the mended
// file.
func (m *mended) Discover(ctx context.Context) (adapters.Catalog, error) {
	mine, err := m.file.Discover(ctx)
	if err != nil {
		return mine, err
	}
	cat, err := m.Source.Discover(ctx)
	cat.Fingerprint = mine.Fingerprint
	for i := range cat.Streams {
		cat.Streams[i].Records = -1
	}
	return cat, err
}

// Read gives the mended rows of a table.
func (m *mended) Read(ctx context.Context, table string, _ adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	cat, err := m.file.Discover(ctx)
	if err != nil {
		return err
	}
	for _, st := range cat.Streams {
		err := m.file.Read(ctx, st.Name, "", func(rec adapters.Record) error {
			return m.one(table, &rec, record)
		}, func(adapters.Cursor) error { return ctx.Err() })
		if err != nil {
			return err
		}
	}
	return checkpoint("")
}

func (m *mended) one(table string, rec *adapters.Record, record func(adapters.Record) error) error {
	mark, _, _ := markIn(rec.Value(errorColumn).Raw)
	was, ok := m.rows[mark]
	switch {
	case rec.Skip != "":
		return nil
	case !ok:
		left := adapters.Record{Stream: table, Loc: rec.Loc, Skip: "not_of_the_quarantine"}
		left.Seal()
		return record(left)
	case was.Table != table:
		return nil
	}
	cells := map[string]string{}
	for i, name := range rec.Header.Names() {
		if name != codeColumn && name != errorColumn {
			cells[name] = unguarded(rec.At(i).Raw)
		}
	}
	out := was.record(cells)
	out.Loc = was.loc
	return record(out)
}

// contentOf returns the key that a row had by its content before it was mended.
func (m *mended) contentOf(loc adapters.Locator, key string) string {
	return m.rows[m.run.markOf(Held{Loc: loc, Key: key})].Content
}

// aside is where values are looked up.
func (m *mended) aside() adapters.Source { return m.Source }

// unguarded takes off the sign that keeps a spreadsheet program from running a text.
func unguarded(s string) string {
	if len(s) > 1 && s[0] == '\'' && harmless(s[1:]) == s {
		return s[1:]
	}
	return s
}

// HeldTable writes rows of the quarantine in the layout of their source.
type HeldTable interface {
	Add(HeldRow) error
	Close() error
}

// errSeveralTables reports held rows of several tables, for which one CSV file does not
// do.
var errSeveralTables = errors.New("the rows are of several tables: write them to a workbook, NAME.xlsx")

// heldCSV writes one table.
type heldCSV struct {
	*HeldFile
	table string
	names []string
}

// NewHeldCSV begins a CSV table of held rows on w. The columns are those of the first
// row; Add fails for a row of another table.
func NewHeldCSV(w io.Writer, meaning func(key string) string) HeldTable {
	return &heldCSV{HeldFile: newHeldFile(w, meaning)}
}

// Add adds a row.
func (f *heldCSV) Add(h HeldRow) error {
	if f.rows == 0 {
		f.table, f.names = h.Table, h.Names
		if _, err := io.WriteString(f.out, "\ufeff"); err != nil {
			return err
		}
		if err := f.w.Write(append(harmlessAll(h.Names), codeColumn, errorColumn)); err != nil {
			return err
		}
	}
	if h.Table != f.table {
		return errSeveralTables
	}
	f.rows++
	return f.w.Write(harmlessAll(cellsOf(h, f.names, f.meaning)))
}

// cellsOf returns the cells of a row under some names, and the two that tell.
func cellsOf(h HeldRow, names []string, meaning func(key string) string) []string {
	cells := make([]string, 0, len(names)+2)
	for _, name := range names {
		cell := ""
		if i := slices.Index(h.Names, name); i >= 0 {
			cell = h.Cells[i]
		}
		cells = append(cells, cell)
	}
	var codes []string
	for _, c := range h.Codes() {
		codes = append(codes, string(c))
	}
	return append(cells, strings.Join(codes, " "), h.Said(meaning))
}

func harmlessAll(cells []string) []string {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = harmless(c)
	}
	return safe
}
