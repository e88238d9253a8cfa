package imports

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casehub/internal/errs"
	"casehub/internal/web"
)

// previewing is the data of the first step: the file as it is read.
type previewing struct {
	frame
	At      int
	Table   Table
	Raw     []RawLine
	Read    string // encoding and delimiter as they were found, "" for a workbook
	Failure error  // why the table cannot be shown
}

// RawLine is a line of the file that may belong to its header.
type RawLine struct {
	Line
	Header bool
}

// Tables lists the tables of the draft with their places.
func (p previewing) Tables() []TableTab {
	if !p.Pointed() {
		return nil
	}
	var all []TableTab
	for i, t := range p.Choices.Tables {
		all = append(all, TableTab{i, t.Name, t.Use, i == p.At})
	}
	return all
}

// TableTab is a table among others.
type TableTab struct {
	At   int
	Name string
	Use  bool
	Now  bool
}

// Tabular reports a file whose reading can be changed.
func (p previewing) Tabular() bool {
	return p.Pointed() && slices.Contains(withTables, p.Kind) && p.At < len(p.Choices.Tables)
}

// Fields are the inputs by which the reading of the table is changed.
func (p previewing) Fields() []web.Field {
	t := p.Choices.Tables[p.At]
	encoding := web.Field{Form: "preview", Name: "encoding", Label: "wizard.encoding", Hint: "wizard.encoding-hint", Choose: "wizard.as-found", Options: choose(t.Encoding, "", encodings...)}
	delimiter := web.Field{Form: "preview", Name: "delimiter", Label: "wizard.delimiter", Hint: "wizard.delimiter-hint", Choose: "wizard.as-found"}
	g := web.OptionGroup{}
	for _, d := range delimiters {
		g.Options = append(g.Options, web.Option{Value: d.value, Key: "wizard.delimiter-" + d.name, Chosen: d.value == t.Delimiter})
	}
	delimiter.Options = []web.OptionGroup{g}
	return []web.Field{encoding, delimiter}
}

// encodings that a person can choose, by their usual names.
var encodings = []string{"utf-8", "windows-1252", "windows-1250", "windows-1251", "windows-1253", "windows-1254", "iso-8859-15", "cp437", "cp850", "macintosh", "utf-16le", "utf-16be"}

var delimiters = []struct{ value, name string }{{",", "comma"}, {";", "semicolon"}, {"tab", "tab"}, {"|", "pipe"}}

// choose returns plain options with the chosen one marked.
func choose(chosen, key string, values ...string) []web.OptionGroup {
	g := web.OptionGroup{}
	for _, v := range values {
		o := web.Option{Value: v, Label: v, Chosen: v == chosen}
		if key != "" {
			o.Key = key + v
		}
		g.Options = append(g.Options, o)
	}
	return []web.OptionGroup{g}
}

// look reads what the step shows.
func (p *WizardPages) look(r *http.Request, d Preparation, at int) (previewing, error) {
	v := previewing{frame: p.frame(d, StepPreview), At: at}
	cat, err := p.z.Catalog(r.Context(), d)
	if err != nil && !IsOfFile(err) {
		return v, err
	}
	v.Failure = err
	if err == nil || errs.As(err).Key() == "adapters.header" || len(d.Choices.Tables) > 0 {
		v.Preparation = d.WithTables(cat)
	}
	if v.Failure == nil {
		name := ""
		switch {
		case v.Pointed():
			v.At = min(max(at, 0), len(v.Choices.Tables)-1)
			name = v.nameAt(v.At, cat)
		case len(cat.Streams) > 0:
			name = cat.Streams[min(max(at, 0), len(cat.Streams)-1)].Name
		}
		if v.Table, err = p.z.Table(r.Context(), d, name); err != nil && !IsOfFile(err) {
			return v, err
		}
		v.Failure = err
		v.Read = foundIn(v.Table.Notes)
	}
	if !v.Tabular() {
		return v, nil
	}
	raw, err := p.z.Raw(r.Context(), v.Preparation, v.At)
	if err != nil && !IsOfFile(err) {
		return v, err
	}
	for _, l := range raw {
		v.Raw = append(v.Raw, RawLine{l, slices.Contains(v.Choices.Tables[v.At].HeaderRows, int(l.Number))})
	}
	return v, nil
}

// foundIn returns how a text was read, out of the notes of its source.
func foundIn(notes []string) string {
	var found []string
	for _, n := range notes {
		if rest, ok := strings.CutPrefix(n, "encoding "); ok {
			name, _, _ := strings.Cut(rest, ":")
			found = append(found, name)
		}
		if rest, ok := strings.CutPrefix(n, "delimiter "); ok {
			found = append(found, strings.NewReplacer(`'\t'`, "tab", "'", "").Replace(rest))
		}
	}
	return strings.Join(found, "   ")
}

// preview answers GET /imports/drafts/{id}/preview.
func (p *WizardPages) preview(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	at, _ := strconv.Atoi(r.URL.Query().Get("table")) //nolint:errcheck // no number is the first
	v, err := p.look(r, d, at)
	if err != nil {
		return err
	}
	return p.showPreview(w, r, http.StatusOK, v)
}

func (p *WizardPages) showPreview(w http.ResponseWriter, r *http.Request, status int, v previewing) error {
	if v.Failure != nil && !v.Tabular() {
		return p.broken(w, r, v.Preparation, StepPreview, v.Failure)
	}
	return p.Page(w, r, status, "wizard-preview", v)
}

// savePreview answers POST /imports/drafts/{id}/preview: how the file is read, and
// which of its tables are.
func (p *WizardPages) savePreview(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	if !d.Pointed() {
		if d, err = p.z.save(r.Context(), at(d, version(r)), d.next(StepPreview)); err != nil {
			return err
		}
		return p.saved(w, r, d, StepPreview)
	}
	place, _ := strconv.Atoi(r.PostFormValue("table")) //nolint:errcheck // no number is the first
	v, err := p.look(r, d, place)
	if err != nil {
		return err
	}
	if len(v.Choices.Tables) == 0 {
		return p.showPreview(w, r, http.StatusUnprocessableEntity, v)
	}
	d = at(v.Preparation, version(r))
	d.Choices.readTables(r, v.At, v.Tabular())
	if !slices.ContainsFunc(d.Choices.Tables, func(t TableChoice) bool { return t.Use }) {
		v.Problem = errNoTable
		return p.showPreview(w, r, http.StatusUnprocessableEntity, v)
	}
	to := StepColumns
	if r.PostFormValue("go") == "stay" {
		to = StepPreview
	}
	if d, err = p.z.save(r.Context(), d, to); err != nil {
		return p.moved(w, r, v, err)
	}
	if to == StepPreview {
		return web.GoTo(w, r, d.path(StepPreview)+"?table="+strconv.Itoa(v.At))
	}
	return web.GoTo(w, r, d.path(StepColumns))
}

// errNoTable reports a file of which nothing is to be brought.
var errNoTable = errs.New(errs.Invalid, "wizard.no-table")

// at returns a draft as it was when a form was made of it.
func at(d Preparation, version int) Preparation {
	d.Version = version
	return d
}

// moved answers a form that was made of an older draft with the draft as it is now.
func (p *WizardPages) moved(w http.ResponseWriter, r *http.Request, v previewing, err error) error {
	if errs.KindOf(err) != errs.Conflict {
		return err
	}
	d, broke := p.draft(r)
	if broke != nil {
		return broke
	}
	if v, broke = p.look(r, d, v.At); broke != nil {
		return broke
	}
	v.Conflict = true
	return p.showPreview(w, r, http.StatusConflict, v)
}

// readTables takes what a form says of the tables, and of the reading of one.
func (c *Choices) readTables(r *http.Request, at int, tabular bool) {
	c.Tables = slices.Clone(c.Tables)
	c.Revision++
	if len(c.Tables) > 1 {
		for i := range c.Tables {
			c.Tables[i].Use = r.PostFormValue("use-"+strconv.Itoa(i)) != ""
		}
	}
	if !tabular {
		return
	}
	t := &c.Tables[at]
	t.Encoding, t.Delimiter, t.HeaderRows = "", "", nil
	if e := r.PostFormValue("encoding"); slices.Contains(encodings, e) {
		t.Encoding = e
	}
	for _, d := range delimiters {
		if d.value == r.PostFormValue("delimiter") {
			t.Delimiter = d.value
		}
	}
	for _, s := range r.PostForm["header"] {
		if n, err := strconv.Atoi(s); err == nil && n > 0 && n <= 300 && !slices.Contains(t.HeaderRows, n) {
			t.HeaderRows = append(t.HeaderRows, n)
		}
	}
	slices.Sort(t.HeaderRows)
}
