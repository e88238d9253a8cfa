package imports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casehub/internal/errs"
	"casehub/internal/web"
)

const (
	// rowsShown is how many held rows a page has.
	rowsShown = 20
	// heldMost is the most bytes of a table of mended rows.
	heldMost = 20 << 20
)

// heldRoutes adds the pages of what runs hold back.
func (p *RunPages) heldRoutes(site *web.Site) {
	site.Handle("GET /imports/runs/{id}/held", Needed, p.held)
	site.Handle("POST /imports/runs/{id}/held", Needed, p.saveRow)
	site.Handle("POST /imports/runs/{id}/held/import", Needed, p.importMended)
	site.Handle("GET /imports/runs/{id}/held/file/{what}", Needed, p.heldFile)
	site.HandleUpload("POST /imports/runs/{id}/held/file", Needed, heldMost, p.takeFile)
}

// heldView is the data of the page of held rows.
type heldView struct {
	Run   PastRun
	Rows  []rowView
	Pager web.Pager
	// Total counts the rows that the reader is shown, on all pages, and Edited those of
	// them in which something was typed.
	Total, Edited int
	// OneTable says that all rows are of one table, which a CSV file can hold.
	OneTable bool
	// Mapping is the text that the mended rows are read by, "" where it is not known.
	Mapping string
	// Newer is the newest run of the same source where that is not this one, 0 otherwise:
	// what it found wrong stands there.
	Newer int64
	// Job is what imports the mended rows now, nil for none.
	Job *JobState
	// Problem blames the mapping or the file.
	Problem error
	// Typed is a mapping that somebody typed and that does not hold.
	Typed string
}

// MappingField is the input of another mapping.
func (v heldView) MappingField() web.Field {
	text := v.Mapping
	if v.Typed != "" {
		text = v.Typed
	}
	return web.Field{Form: "mend", Name: "mapping", Label: "held.mapping", Hint: "held.mapping-hint", Value: text, Lines: 14, Full: true, Problem: v.Problem}
}

// rowView is a held row as the page shows it.
type rowView struct {
	EditRow
	Run     int64
	Place   int
	Page    int
	Saved   bool
	Problem error
}

// ID names the row on the page.
func (v rowView) ID() string { return "row-" + strconv.Itoa(v.Place) }

// Whole lists what is wrong with the row and with no one of its cells.
func (v rowView) Whole() (keys []string) {
	for _, e := range v.Entries {
		if key := CodeKey(e.Code); !v.hasCell(e.Column) && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (v rowView) hasCell(column string) bool {
	return column != "" && slices.ContainsFunc(v.Cells, func(c EditCell) bool { return c.Name == column })
}

// Inputs are the cells of the row itself, those at fault first named so.
func (v rowView) Inputs() []cellView {
	var all []cellView
	for _, c := range v.Cells {
		cell := cellView{EditCell: c, Row: v.Place}
		for _, e := range v.Entries {
			if key := CodeKey(e.Code); e.Column == c.Name && !slices.Contains(cell.Wrong, key) {
				cell.Wrong = append(cell.Wrong, key)
			}
		}
		all = append(all, cell)
	}
	return placed(all, 0)
}

// Repeats are the records of the repeats of the row, however deep.
func (v rowView) Repeats() (all []partView) {
	n := len(v.Cells)
	var walk func(above string, parts []EditPart)
	walk = func(above string, parts []EditPart) {
		for _, p := range parts {
			view := partView{Name: above + p.Name, Place: p.Place}
			for _, c := range p.Cells {
				view.Inputs = append(view.Inputs, cellView{EditCell: c, Row: v.Place})
			}
			placed(view.Inputs, n)
			n += len(view.Inputs)
			all = append(all, view)
			walk(view.Name+" / ", p.Parts)
		}
	}
	walk("", v.Parts)
	return all
}

// placed gives inputs their places in the form.
func placed(cells []cellView, from int) []cellView {
	for i := range cells {
		cells[i].Place = from + i
	}
	return cells
}

// partView is one record of a repeat.
type partView struct {
	Name   string
	Place  int
	Inputs []cellView
}

// cellView is one input.
type cellView struct {
	EditCell
	Row, Place int
	Wrong      []string // keys of what is wrong here
}

// ID names the input on the page.
func (c cellView) ID() string { return fmt.Sprintf("row-%d-%d", c.Row, c.Place) }

// Lines is the height of a text of several lines, 0 for a line.
func (c cellView) Lines() int {
	if !c.List && !strings.Contains(c.Text, "\n") && len(c.Text) < 80 {
		return 0
	}
	return min(8, 2+strings.Count(c.Text, "\n"))
}

// held answers GET /imports/runs/{id}/held.
func (p *RunPages) held(w http.ResponseWriter, r *http.Request) error {
	return p.showHeld(w, r, http.StatusOK, heldView{})
}

func (p *RunPages) showHeld(w http.ResponseWriter, r *http.Request, status int, v heldView) error {
	page, _ := strconv.Atoi(r.FormValue("page")) // what is no number is the first
	page = max(page, 1)
	if err := p.fill(r, &v, numberIn(r), page); err != nil {
		return err
	}
	return p.Page(w, r, status, "held", v)
}

// fill reads a page of held rows.
func (p *RunPages) fill(r *http.Request, v *heldView, run int64, page int) error {
	ctx, who := r.Context(), web.Actor(r)
	on, past, err := p.svc.EditsOn(ctx, who, run, page, rowsShown)
	if err != nil {
		return err
	}
	v.Run, v.Total, v.Edited, v.OneTable = past, on.Total, on.Edited, on.OneTable
	for i, row := range on.Rows {
		v.Rows = append(v.Rows, rowView{EditRow: row, Run: run, Place: (page-1)*rowsShown + i + 1, Page: page})
	}
	path := fmt.Sprintf("/imports/runs/%d/held?page=", run)
	v.Pager = web.Pager{From: (page-1)*rowsShown + 1, To: min(page*rowsShown, v.Total), Total: v.Total}
	if page > 1 {
		v.Pager.Prev = path + strconv.Itoa(page-1)
	}
	if page*rowsShown < v.Total {
		v.Pager.Next = path + strconv.Itoa(page+1)
	}
	told, err := p.svc.RunByID(ctx, who, run)
	if err != nil {
		return err
	}
	if told.Told { // its words can be those of rows that are hidden
		if v.Mapping, err = p.svc.MappingOf(ctx, who, run); err != nil {
			return err
		}
	}
	newest, err := selectNewestRun(ctx, p.svc.db, v.Run)
	if err != nil {
		return err
	}
	if newest > run {
		v.Newer = newest
	}
	jobs, err := p.jobs.Unfinished(ctx, who)
	for _, j := range jobs {
		if j.Instance == v.Run.Instance && j.Status == JobRunning {
			v.Job = &j
		}
	}
	return err
}

// saveRow answers POST /imports/runs/{id}/held: what somebody typed in place of cells of
// one row. Nothing is imported by it.
func (p *RunPages) saveRow(w http.ResponseWriter, r *http.Request) error {
	texts := map[string]string{}
	for name, values := range r.PostForm {
		if strings.HasPrefix(name, "/") && len(values) > 0 {
			texts[name] = values[0]
		}
	}
	run := numberIn(r)
	row, err := p.svc.SaveEdits(r.Context(), web.Actor(r), run, r.PostFormValue("row"), r.PostFormValue("revision"), texts)
	if err != nil && errs.KindOf(err) != errs.Invalid && !errors.Is(err, ErrMoved) {
		return err
	}
	status := http.StatusOK
	switch {
	case errors.Is(err, ErrMoved):
		status = http.StatusConflict
	case err != nil:
		status = http.StatusUnprocessableEntity
	}
	page, _ := strconv.Atoi(r.PostFormValue("page"))
	place, _ := strconv.Atoi(r.PostFormValue("place"))
	v := rowView{EditRow: row, Run: run, Place: place, Page: max(page, 1), Saved: err == nil, Problem: err}
	if web.Fragment(r) {
		return p.Block(w, r, status, "held-row", v)
	}
	if err != nil {
		return p.Page(w, r, status, "held-alone", v)
	}
	web.Say(w, r, "held.said-saved")
	return web.GoTo(w, r, fmt.Sprintf("/imports/runs/%d/held?page=%d#%s", run, v.Page, v.ID()))
}

// importMended answers POST /imports/runs/{id}/held/import.
func (p *RunPages) importMended(w http.ResponseWriter, r *http.Request) error {
	typed := r.PostFormValue("mapping")
	id, err := p.jobs.Mend(r.Context(), web.Actor(r), numberIn(r), strings.TrimSpace(typed))
	var wrong *MappingError
	switch {
	case errors.As(err, &wrong):
		err = ErrMappingText.With("line", wrong.Line).With("column", wrong.Column).With("text", wrong.Text)
		return p.showHeld(w, r, http.StatusUnprocessableEntity, heldView{Problem: err, Typed: typed})
	case errs.KindOf(err) == errs.Invalid:
		return p.showHeld(w, r, http.StatusUnprocessableEntity, heldView{Problem: err, Typed: typed})
	case err != nil:
		return err
	}
	return web.GoTo(w, r, JobState{ID: id}.Path())
}

// heldFile answers GET /imports/runs/{id}/held/file/{what}: the held rows in the columns
// of their source, with what was typed in place of their cells.
func (p *RunPages) heldFile(w http.ResponseWriter, r *http.Request) error {
	var out bytes.Buffer
	meaning := func(key string) string { return p.t(r, key) }
	var table HeldTable
	media, kind := "text/csv; charset=utf-8", r.PathValue("what")
	switch kind {
	case "csv":
		table = NewHeldCSV(&out, meaning)
	case "xlsx":
		media, table = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", NewHeldBook(&out, meaning)
	default:
		return errNoKind
	}
	run, err := p.svc.Edits(r.Context(), web.Actor(r), numberIn(r), func(row EditRow) error { return table.Add(row.Held()) })
	if errors.Is(err, errSeveralTables) {
		return ErrTables
	}
	if err == nil {
		err = table.Close()
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="held-%d.%s"`, run.ID, kind))
	_, err = w.Write(out.Bytes())
	return err
}

// ErrTables reports held rows of several tables, for which a workbook is needed.
var ErrTables = errs.New(errs.Invalid, "held.several-tables")

// takeFile answers POST /imports/runs/{id}/held/file: a table of held rows that was
// mended in another program. It is never laid down.
func (p *RunPages) takeFile(w http.ResponseWriter, r *http.Request) error {
	f, err := web.NextFile(r)
	if errors.Is(err, io.EOF) {
		return p.showHeld(w, r, http.StatusUnprocessableEntity, heldView{Problem: ErrNoMarks})
	}
	if err != nil {
		return err
	}
	content, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	var taken TableTaken
	src, err := OpenTable(r.Context(), p.o.Open, f.Name, content)
	if err == nil {
		if c, ok := src.(io.Closer); ok {
			defer func() { _ = c.Close() }()
		}
		taken, err = p.svc.TakeTable(r.Context(), web.Actor(r), numberIn(r), src)
	}
	if kind := errs.KindOf(err); err != nil && kind != errs.Forbidden && (kind != errs.NotFound || errors.Is(err, ErrNoMarks)) {
		if e := errs.As(err); e != nil && kind == errs.Invalid {
			return p.showHeld(w, r, http.StatusUnprocessableEntity, heldView{Problem: e.On("file")})
		}
		return err
	}
	if err != nil {
		return err
	}
	if taken.Moved > 0 {
		web.Say(w, r, "held.said-moved")
	} else {
		web.Say(w, r, "held.said-taken")
	}
	return web.GoTo(w, r, fmt.Sprintf("/imports/runs/%d/held", numberIn(r)))
}
