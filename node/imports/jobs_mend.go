package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Errors of mending.
var (
	// ErrNoRow reports a row that is not in quarantine any more, or not for the reader.
	ErrNoRow = errs.New(errs.NotFound, "held.no-row")
	// ErrOtherInstance reports a mapping for another source than the rows are of.
	ErrOtherInstance = errs.New(errs.Invalid, "held.other-instance").On("mapping")
	// ErrNoOriginal reports rows whose mapping looks values up in the file that they
	// came from, which is not here any more, or not for that mapping or that person.
	ErrNoOriginal = errs.New(errs.NotFound, "held.no-original")
	// ErrNoMarks reports a table in which no row has the column that tells the rows of a
	// quarantine.
	ErrNoMarks = errs.New(errs.Invalid, "held.no-marks").On("file")
	errLong    = errs.New(errs.Invalid, "held.too-long")
)

// longest is the most bytes of what is typed in place of the cells of one row.
const longest = 512 << 10

// Edit is what somebody typed in place of a cell. It is personal data.
type Edit struct {
	// At is the cell: its column, and before it the repeats that it stands in with their
	// places from 0, as "/parties/0/age"; a slash of a name is "~1" and its tilde "~0".
	At  string `json:"at"`
	Was string `json:"was"`
	Now string `json:"now"`
}

// EditRow is a row of the quarantine with what was typed in place of its cells. It is
// personal data.
type EditRow struct {
	// Mark tells the row from the others of its file.
	Mark    string
	Table   string
	Loc     adapters.Locator
	Entries []Held
	// Cells are those of the row in the columns of its source, and Parts its repeats.
	Cells []EditCell
	Parts []EditPart

	row heldRow // as it was kept
}

// EditPart is one record of a repeat: its name, its place from 1, and what it holds.
type EditPart struct {
	Name  string
	Place int
	Cells []EditCell
	Parts []EditPart
}

// EditCell is one cell. Text is what counts now, and Was what stood there.
type EditCell struct {
	At, Name, Text, Was string
	// List is a list in the source: a line each.
	List bool
}

// Changed reports whether something was typed in place of the cell.
func (c EditCell) Changed() bool { return c.Text != c.Was }

// Edited reports whether anything was typed in place of a cell of the row.
func (r EditRow) Edited() bool { return edited(r.Cells, r.Parts) }

func edited(cells []EditCell, parts []EditPart) bool {
	return slices.ContainsFunc(cells, EditCell.Changed) ||
		slices.ContainsFunc(parts, func(p EditPart) bool { return edited(p.Cells, p.Parts) })
}

// pointer returns the address of a cell or a repeat inside another.
func pointer(at string, names ...string) string {
	for _, n := range names {
		at += "/" + strings.ReplaceAll(strings.ReplaceAll(n, "~", "~0"), "/", "~1")
	}
	return at
}

// editable returns the cells of a row with what was typed in their place; an edit of a
// cell that holds something else by now is left out.
func (h heldRow) editable(at string, edits map[string]Edit) ([]EditCell, []EditPart) {
	var cells []EditCell
	for i, name := range h.Names {
		c := EditCell{At: pointer(at, name), Name: name}
		if i < len(h.Cells) {
			_, c.List = h.Cells[i].([]any)
			c.Was = plainLines(asText(valueOf(h.Cells[i], adapters.Text)))
		}
		c.Text = c.Was
		if e, ok := edits[c.At]; ok && e.Was == c.Was {
			c.Text = e.Now
		}
		cells = append(cells, c)
	}
	var parts []EditPart
	for _, name := range sortedNames(h.Children) {
		for i, child := range h.Children[name] {
			p := EditPart{Name: name, Place: i + 1}
			p.Cells, p.Parts = child.editable(pointer(at, name, strconv.Itoa(i)), edits)
			parts = append(parts, p)
		}
	}
	return cells, parts
}

func sortedNames[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// plainLines writes line ends as a form does not: one sign each.
func plainLines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// with returns the row with edits in the place of its cells.
func (h heldRow) with(at string, edits map[string]Edit) heldRow {
	cells, _ := h.editable(at, edits)
	out, kinds := h, []byte(h.Kinds)
	out.Cells = slices.Clone(h.Cells)
	for i, c := range cells {
		if !c.Changed() || i >= len(out.Cells) {
			continue
		}
		switch {
		case c.List:
			list := []any{}
			for line := range strings.SplitSeq(c.Text, "\n") {
				if line != "" {
					list = append(list, line)
				}
			}
			out.Cells[i] = list
		case c.Text == "":
			out.Cells[i] = nil
		default:
			out.Cells[i] = c.Text
		}
		if i < len(kinds) {
			kinds[i] = '0' + byte(adapters.Text)
		}
	}
	out.Kinds = string(kinds)
	if h.Children != nil {
		out.Children = map[string][]heldRow{}
		for name, children := range h.Children {
			for i, child := range children {
				out.Children[name] = append(out.Children[name], child.with(pointer(at, name, strconv.Itoa(i)), edits))
			}
		}
	}
	return out
}

// Edits calls fn with the rows that are open in quarantine today of the file that a run
// read, with what was typed in place of their cells. Who is shown what is as for
// HeldRows, and so are the errors.
func (s *Service) Edits(ctx context.Context, who actor.Actor, run int64, fn func(EditRow) error) (PastRun, error) {
	p, err := s.toEdit(ctx, who, run)
	if err != nil {
		return p, err
	}
	err = s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		return audit.Record(ctx, tx, sqlite.Stamp(s.now()), who, "import.quarantine-read", fmt.Sprintf("import-%d", p.ID))
	})
	if err != nil {
		return p, err
	}
	return p, s.eachEdit(ctx, who, p, fn)
}

// toEdit returns a run without its report to who may import.
func (s *Service) toEdit(ctx context.Context, who actor.Actor, run int64) (PastRun, error) {
	if err := s.gate.May(ctx, who, "imports.run"); err != nil {
		return PastRun{}, err
	}
	if run <= 0 {
		return PastRun{}, ErrNoRun.With("run", run)
	}
	p, err := s.past(ctx, run)
	p.Report = Report{}
	return p, err
}

func (s *Service) eachEdit(ctx context.Context, who actor.Actor, p PastRun, fn func(EditRow) error) error {
	kept, err := selectMended(ctx, s.db, p)
	if err != nil {
		return fmt.Errorf("reading mended rows: %w", err)
	}
	return s.eachRow(ctx, who, p, func(h heldRow, row HeldRow) error {
		edits, err := readEdits(kept[row.Mark])
		if err != nil {
			return err
		}
		r := EditRow{Mark: row.Mark, Table: row.Table, Loc: row.Entries[0].Loc, Entries: row.Entries, row: h}
		r.Cells, r.Parts = h.editable("", edits)
		return fn(r)
	})
}

func readEdits(text string) (map[string]Edit, error) {
	if text == "" {
		return nil, nil
	}
	var list []Edit
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("reading mended rows: %w", err)
	}
	edits := map[string]Edit{}
	for _, e := range list {
		edits[e.At] = e
	}
	return edits, nil
}

// SaveEdits keeps what somebody typed in place of cells of a row, by their addresses; a
// cell that is not among texts stays as it is, and one that holds again what stood there
// is as if nobody had typed. Nothing is imported by it. It fails with ErrNoRow for a row
// that is not in quarantine, or not for the reader.
func (s *Service) SaveEdits(ctx context.Context, who actor.Actor, run int64, mark string, texts map[string]string) (EditRow, error) {
	p, err := s.toEdit(ctx, who, run)
	if err != nil {
		return EditRow{}, err
	}
	return s.saveEdits(ctx, who, p, map[string]map[string]string{mark: texts}, true)
}

// saveEdits keeps what was typed for some rows and returns the last of them.
func (s *Service) saveEdits(ctx context.Context, who actor.Actor, p PastRun, texts map[string]map[string]string, each bool) (last EditRow, err error) {
	type saved struct{ file, mark, text string }
	var all []saved
	err = s.eachEdit(ctx, who, p, func(r EditRow) error {
		typed, ok := texts[r.Mark]
		if !ok {
			return nil
		}
		put(r.Cells, r.Parts, typed)
		text, err := r.text()
		all, last = append(all, saved{r.Loc.File, r.Mark, text}), r
		return err
	})
	if err != nil {
		return last, err
	}
	if each && len(all) != len(texts) {
		return last, ErrNoRow
	}
	return last, s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		for _, one := range all {
			if err := updateMended(ctx, tx, p, one.file, one.mark, one.text); err != nil {
				return fmt.Errorf("keeping a mended row: %w", err)
			}
		}
		return audit.Record(ctx, tx, sqlite.Stamp(s.now()), who, "import.mended", fmt.Sprintf("import-%d", p.ID))
	})
}

// put puts what was typed into cells.
func put(cells []EditCell, parts []EditPart, texts map[string]string) {
	for i := range cells {
		if text, ok := texts[cells[i].At]; ok {
			cells[i].Text = plainLines(text)
		}
	}
	for _, p := range parts {
		put(p.Cells, p.Parts, texts)
	}
}

// edits lists what was typed in place of cells.
func (r EditRow) edits() (all []Edit) {
	var walk func([]EditCell, []EditPart)
	walk = func(cells []EditCell, parts []EditPart) {
		for _, c := range cells {
			if c.Changed() {
				all = append(all, Edit{c.At, c.Was, c.Text})
			}
		}
		for _, p := range parts {
			walk(p.Cells, p.Parts)
		}
	}
	walk(r.Cells, r.Parts)
	return all
}

// text returns the edits of a row as the database has them.
func (r EditRow) text() (string, error) {
	edits := r.edits()
	if len(edits) == 0 {
		return "", nil
	}
	b, err := json.Marshal(edits)
	if err == nil && len(b) > longest {
		err = errLong
	}
	return string(b), err
}

// mendedRow returns the row with its edits.
func (r EditRow) mendedRow() heldRow {
	edits := map[string]Edit{}
	for _, e := range r.edits() {
		edits[e.At] = e
	}
	return r.row.with("", edits)
}

// Held returns the row as a table of held rows has it, with its edits.
func (r EditRow) Held() HeldRow {
	h := HeldRow{Mark: r.Mark, Table: r.Table, Entries: r.Entries}
	for _, c := range r.Cells {
		h.Names, h.Cells = append(h.Names, c.Name), append(h.Cells, c.Text)
	}
	return h
}

// TakeTable keeps what stands in a table of held rows, such as HeldTable writes, in place
// of their cells: for somebody who mended them in another program. It returns how many
// rows are in quarantine and were taken, and how many are not of it. It fails with
// ErrNoMarks for a table of something else.
func (s *Service) TakeTable(ctx context.Context, who actor.Actor, run int64, file adapters.Source) (taken, other int, err error) {
	p, err := s.toEdit(ctx, who, run)
	if err != nil {
		return 0, 0, err
	}
	texts, unmarked, err := readTable(ctx, file)
	if err != nil {
		return 0, 0, err
	}
	if len(texts) == 0 {
		return 0, 0, ErrNoMarks
	}
	open := 0
	err = s.eachEdit(ctx, who, p, func(r EditRow) error {
		if _, ok := texts[r.Mark]; ok {
			open++
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	_, err = s.saveEdits(ctx, who, p, texts, false)
	return open, len(texts) - open + unmarked, err
}

// readTable reads the rows of a table of held rows by their marks.
func readTable(ctx context.Context, file adapters.Source) (texts map[string]map[string]string, unmarked int, err error) {
	if err := file.Check(ctx); err != nil {
		return nil, 0, err
	}
	cat, err := file.Discover(ctx)
	if err != nil {
		return nil, 0, err
	}
	texts = map[string]map[string]string{}
	for _, st := range cat.Streams {
		err := file.Read(ctx, st.Name, "", func(rec adapters.Record) error {
			if rec.Skip != "" {
				return nil
			}
			mark, _, ok := strings.Cut(strings.TrimPrefix(rec.Value(errorColumn).Raw, "'"), " | ")
			if !ok {
				unmarked++
				return nil
			}
			cells := map[string]string{}
			for i, name := range rec.Header.Names() {
				if name != codeColumn && name != errorColumn {
					cells[pointer("", name)] = unguarded(rec.At(i).Raw)
				}
			}
			texts[strings.TrimSpace(mark)] = cells
			return nil
		}, func(adapters.Cursor) error { return ctx.Err() })
		if err != nil {
			return nil, 0, err
		}
	}
	return texts, unmarked, nil
}

// MappingOf returns the mapping that a run was made by, "" where only its digest is
// known.
func (s *Service) MappingOf(ctx context.Context, who actor.Actor, run int64) (string, error) {
	if err := s.gate.May(ctx, who, "imports.run"); err != nil {
		return "", err
	}
	text, _, err := s.mappingOf(ctx, run)
	return text, err
}

// mappingOf returns the mapping of a run and what the run read.
func (s *Service) mappingOf(ctx context.Context, run int64) (text, upload string, err error) {
	hash, text, upload, err := selectMapping(ctx, s.db, run)
	if err != nil || text != "" {
		return text, upload, err
	}
	for _, name := range ShippedNames() {
		b, _ := Shipped(name)
		if m, err := ParseMapping(b, s.reg); err == nil && m.Hash == hash {
			return string(b), upload, nil
		}
	}
	return "", upload, nil
}

// Mend starts a job that imports the rows that a run's file left in quarantine as they
// were mended, by the same path as any other import, until nothing is held. Mapping is
// that of the run where it is "". It fails as Jobs.Start, and with ErrOtherInstance.
func (j *Jobs) Mend(ctx context.Context, who actor.Actor, run int64, mapping string) (JobID, error) {
	p, err := j.svc.toEdit(ctx, who, run)
	if err != nil {
		return 0, err
	}
	known, upload, err := j.svc.mappingOf(ctx, p.ID)
	if err != nil {
		return 0, fmt.Errorf("reading the mapping of an import: %w", err)
	}
	if mapping == "" {
		mapping = known
	}
	m, err := ParseMapping([]byte(mapping), j.svc.reg)
	if err != nil {
		return 0, err
	}
	if m.Instance != p.Instance {
		return 0, ErrOtherInstance.With("instance", p.Instance)
	}
	// Rows that are tried one by one until they hold are no sign of a wrong file.
	return j.Start(ctx, who, Job{Mapping: mapping, Upload: upload, Name: p.Source, Mends: p.ID, Accept: true})
}

// mended returns the rows of the quarantine as they were mended, and what closes the
// source that they came from.
func (j *Jobs) mended(ctx context.Context, who actor.Actor, m *Mapping, job Job) (adapters.Source, io.Closer, error) {
	p, err := j.svc.toEdit(ctx, who, job.Mends)
	if err != nil {
		return nil, nil, err
	}
	var rows heldMarks
	sum := sha256.New()
	all := map[string]mendable{}
	var tables remembered
	for _, t := range tablesOf(m.streams) {
		if t != "" {
			tables = append(tables, t)
		}
	}
	err = j.svc.eachEdit(ctx, who, p, func(r EditRow) error {
		row := r.mendedRow()
		rows.marks, all[r.Mark] = append(rows.marks, r.Mark), mendable{row, r.Loc}
		text, err := row.text()
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s\x00%s\x00", r.Mark, text)
		if !slices.Contains(tables, row.Table) {
			tables = append(tables, row.Table)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	rows.fingerprint = hex.EncodeToString(sum.Sum(nil))
	original, err := j.original(ctx, who, m, job)
	switch {
	case err == nil:
	case m.asksOriginal():
		return nil, nil, errors.Join(ErrNoOriginal, err)
	default:
		original = tables
	}
	closer, _ := original.(io.Closer)
	return &mended{Source: original, run: p, file: rows, rows: all}, closer, nil
}

// original opens what the rows of a run came from, by the mapping of the run alone: what
// another mapping reads of it, nobody has said whose it is. It fails with ErrNoOriginal.
func (j *Jobs) original(ctx context.Context, who actor.Actor, m *Mapping, job Job) (adapters.Source, error) {
	hash, _, _, err := selectMapping(ctx, j.svc.db, job.Mends)
	if err != nil {
		return nil, fmt.Errorf("reading the mapping of an import: %w", err)
	}
	if hash != m.Hash {
		return nil, ErrNoOriginal
	}
	return j.o.Source(ctx, who, m, job.Upload)
}

// asksOriginal reports whether a mapping needs the source that rows came from beside the
// rows: to look values up, and for documents.
func (m *Mapping) asksOriginal() bool {
	return m.brings(toDocument) || slices.ContainsFunc(m.streams, func(s *stream) bool {
		return slices.ContainsFunc(s.fields, func(r *rule) bool { return r.lookup != nil })
	})
}

// heldMarks is a table of nothing but the marks of rows, with the digest of what the rows
// hold now: an interrupted job is known by it.
type heldMarks struct {
	marks       []string
	fingerprint string
}

func (heldMarks) Check(context.Context) error { return nil }

func (k heldMarks) Discover(context.Context) (adapters.Catalog, error) {
	return adapters.Catalog{Fingerprint: k.fingerprint, Streams: []adapters.Stream{{Name: "marks"}}}, nil
}

func (k heldMarks) Read(_ context.Context, _ string, _ adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	head := adapters.NewHeader([]string{errorColumn})
	for _, mark := range k.marks {
		if err := record(adapters.Record{Header: head, Values: []adapters.Value{{Raw: mark + " | "}}}); err != nil {
			return err
		}
	}
	return checkpoint("")
}

func (heldMarks) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

// remembered stands for a source that is not here any more: the names of its tables, and
// no record.
type remembered []string

func (remembered) Check(context.Context) error { return nil }

func (r remembered) Discover(context.Context) (adapters.Catalog, error) {
	var cat adapters.Catalog
	for _, table := range r {
		cat.Streams = append(cat.Streams, adapters.Stream{Name: table, Records: -1})
	}
	return cat, nil
}

func (remembered) Read(_ context.Context, _ string, _ adapters.Cursor, _ func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	return checkpoint("")
}

func (remembered) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

// OpenTable opens a table of held rows that somebody brought.
func OpenTable(ctx context.Context, open Opener, name string, content []byte) (adapters.Source, error) {
	if open == nil {
		return nil, ErrSource.With("type", "spreadsheet").With("types", "")
	}
	settings, err := document([]byte("type: spreadsheet\n"))
	if err != nil {
		return nil, err
	}
	return open(ctx, &Mapping{SourceType: "spreadsheet", source: settings}, place.Bytes(name, content))
}
