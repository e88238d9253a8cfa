package imports

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/internal/actor"
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
	Mark  string
	Table string
	Loc   adapters.Locator
	// Revision says what the row and the texts over it are: who saves names the one that
	// they saw.
	Revision string
	Entries  []Held
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
	// Moved says that somebody else has saved Theirs here since whoever typed Text saw the
	// row. It is so in the answer to a save that was refused, and nowhere else.
	Moved  bool
	Theirs string
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
	for _, name := range slices.Sorted(maps.Keys(h.Children)) {
		for i, child := range h.Children[name] {
			p := EditPart{Name: name, Place: i + 1}
			p.Cells, p.Parts = child.editable(pointer(at, name, strconv.Itoa(i)), edits)
			parts = append(parts, p)
		}
	}
	return cells, parts
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
	if run == 0 {
		run = noRun
	}
	p, err := s.openHeld(ctx, who, run)
	if err != nil {
		return p, err
	}
	return p, s.eachEdit(ctx, who, p, nil, fn)
}

// noRun is the number of no run, where 0 stands for the newest.
const noRun = -1

// EditsPage is a page of the rows that somebody may mend.
type EditsPage struct {
	Rows []EditRow
	// Total counts the rows on all pages, and Edited those of them over which something
	// was typed.
	Total, Edited int
	// OneTable says that the rows of all pages are of one table.
	OneTable bool
}

// EditsOn is Edits for one page of at most size rows; the first is 1. Rows of other pages
// are counted and not read.
func (s *Service) EditsOn(ctx context.Context, who actor.Actor, run int64, page, size int) (EditsPage, PastRun, error) {
	var e EditsPage
	if run == 0 {
		run = noRun
	}
	p, err := s.openHeld(ctx, who, run)
	if err != nil {
		return e, p, err
	}
	var marks []string
	first := map[string]string{} // rows by the stream that holds them back, of which each is of one table
	err = s.reading(ctx, who, p, func(r heldReader) error {
		err := r.each(ctx, heldAsked{}, func(o openRow) error {
			if e.Total++; o.mended != "" {
				e.Edited++
			}
			if e.Total > (page-1)*size && e.Total <= page*size {
				marks = append(marks, o.Mark)
			}
			if _, met := first[o.holder]; !met {
				first[o.holder] = o.Mark
			}
			return nil
		})
		if err != nil || e.Total == 0 {
			return err
		}
		tables := map[string]bool{}
		err = r.edits(ctx, slices.Sorted(maps.Values(first)), func(row EditRow) error {
			tables[row.Table] = true
			return nil
		})
		e.OneTable = len(tables) == 1
		if err != nil || len(marks) == 0 {
			return err
		}
		return r.edits(ctx, marks, func(row EditRow) error {
			e.Rows = append(e.Rows, row)
			return nil
		})
	})
	return e, p, err
}

// toEdit returns a run without its report to who may import.
func (s *Service) toEdit(ctx context.Context, who actor.Actor, run int64) (PastRun, error) {
	if run == 0 {
		run = noRun
	}
	return s.heldOf(ctx, who, run)
}

// eachEdit calls fn with rows by their marks, nil for all.
func (s *Service) eachEdit(ctx context.Context, who actor.Actor, p PastRun, marks []string, fn func(EditRow) error) error {
	return s.reading(ctx, who, p, func(r heldReader) error { return r.edits(ctx, marks, fn) })
}

// edits is each with what was typed over the rows.
func (r heldReader) edits(ctx context.Context, marks []string, fn func(EditRow) error) error {
	return r.each(ctx, heldAsked{marks: marks, rows: true}, func(o openRow) error {
		edits, err := readEdits(o.mended)
		if err != nil {
			return err
		}
		e := EditRow{Mark: o.Mark, Table: o.Table, Loc: o.Entries[0].Loc, Revision: o.revision(), Entries: o.Entries, row: o.row}
		e.Cells, e.Parts = o.row.editable("", edits)
		return fn(e)
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
	h := HeldRow{Mark: r.Mark, Revision: r.Revision, Table: r.Table, Entries: r.Entries}
	for _, c := range r.Cells {
		h.Names, h.Cells = append(h.Names, c.Name), append(h.Cells, c.Text)
	}
	return h
}
