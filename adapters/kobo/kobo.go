// Package kobo reads what KoBoToolbox lets people download: CSV files and workbooks in
// every layout that its exporter has, and the CSV files of its predecessors.
//
// Columns may be named by the form or by labels, with groups before them or without,
// and joined by any sign; a question with several answers may be one column, one for
// each choice, or both; repeats are sheets of their own, or, in old files, further
// columns or further rows. Without the form, columns keep their names, and answers
// are lists where the columns of the choices prove it. With the form, columns and
// codes become those of the form, so that one mapping serves the API and a file.
//
// The key is the submission's number, as over the API, or its uuid in files without.
//
// Tables are put together here and columns in columns.go. Questions of a form are found
// by package headers, columns of choices by package choices, and the repeats of old
// files by package legacy.
package kobo

import (
	"context"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/export"
	"casehub/adapters/export/book"
	"casehub/adapters/export/join"
	"casehub/adapters/kobo/headers"
	"casehub/adapters/place"
)

// Settings say how an export is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "kobo-export".
	Type string `yaml:"type"`
	// Form is the XLSForm: its name in a ZIP file with the export, or a path from the folder
	// of the export. With "" it is the only workbook in the ZIP file, where that is a form.
	Form string `yaml:"form"`
	// Multiple names questions whose answers stand in columns of their choices alone,
	// where the file does not show it.
	Multiple []string `yaml:"multiple"`
	// Nulls are texts that stand for no value.
	Nulls []string `yaml:"nulls"`
}

// Stream is the name of the one stream.
const Stream = "submissions"

// Open makes a source of the file at a place.
func Open(at place.Place, s Settings) (*export.Source, error) {
	if s.Type != "" && s.Type != "kobo-export" {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	return export.Open(at, s.Nulls, format{s}), nil
}

type format struct{ Settings }

// sheet is a table on its way to its place.
type sheet struct {
	table   *join.Table
	columns []string
	repeat  bool
	path    string // of the repeat
}

// repeatPath returns the path of a repeat, "" of the submissions.
func (s *sheet) repeatPath() string {
	if s.repeat {
		return s.path
	}
	return ""
}

// Layout finds the table of submissions and puts the repeats under it.
func (f format) Layout(ctx context.Context, b *book.Book) (export.Layout, error) {
	forms, err := export.Form(ctx, b.At(), f.Form)
	if err != nil {
		return export.Layout{}, err
	}
	var roots, repeats []*sheet
	for _, name := range b.Tables() {
		columns, err := b.Columns(ctx, name)
		if err != nil {
			return export.Layout{}, err
		}
		s := &sheet{table: &join.Table{Name: name, Leaf: strings.ReplaceAll(strings.TrimSpace(name), "/", "_")}, columns: columns}
		s.repeat = slices.Contains(columns, "_parent_index")
		switch {
		case s.repeat:
			repeats = append(repeats, s)
		case len(columns) > 0:
			roots = append(roots, s)
		}
	}
	if len(roots) == 0 {
		return export.Layout{}, nil
	}
	l := layout{format: f, book: b, repeats: repeats, form: headers.New(forms)}
	l.choose(roots)
	if err := l.put(ctx); err != nil {
		return export.Layout{}, err
	}
	st := export.Stream{Name: Stream, Table: l.root.table, Notes: l.notes, Instruments: forms}
	return export.Layout{Streams: []export.Stream{st}}, nil
}

// layout puts tables together.
type layout struct {
	format
	book    *book.Book
	root    *sheet
	repeats []*sheet
	form    *headers.Form
	notes   []string
}

// choose takes the table with the most columns of the program for the submissions, of
// several the first. People put summaries before them.
func (l *layout) choose(roots []*sheet) {
	most := -1
	for _, s := range roots {
		n := 0
		for _, c := range s.columns {
			if own[c] {
				n++
			}
		}
		if n > most {
			l.root, most = s, n
		}
	}
	for _, s := range roots {
		if s != l.root {
			l.notes = append(l.notes, "no part of the export: "+s.table.Name)
		}
	}
	if !slices.ContainsFunc(l.root.columns, func(c string) bool { return slices.Contains(identifying, c) }) {
		l.notes = append(l.notes, "no column tells submissions apart: "+strings.Join(identifying, ", "))
	}
}

func (l *layout) put(ctx context.Context) error {
	all := append([]*sheet{l.root}, l.repeats...)
	found := make([]*seen, len(all))
	for i, s := range all {
		var err error
		if found[i], err = l.scan(ctx, s); err != nil {
			return err
		}
	}
	if err := l.links(ctx, found[0].destroyed); err != nil {
		return err
	}
	for i, s := range all {
		l.shape(s, found[i])
	}
	return nil
}

// bare takes the prefix off a uuid.
func bare(s string) string { return strings.TrimPrefix(s, "uuid:") }

// identifying are the columns that tell submissions apart, the best first.
var identifying = []string{"_id", "meta/rootUuid", "_uuid", "meta/instanceID", "instanceID"}

// keyOf returns the key of a submission: its number, or a uuid where the number is none
// any more.
func keyOf(r *adapters.Record) string {
	if id, whole := number(r); whole && id != "" {
		return id
	}
	return bare(join.Column(identifying[1:]...)(r))
}

// number returns the number of a submission, and reports whether it is whole. A
// spreadsheet program that saves an export may leave 1,23457E+08 of it.
func number(r *adapters.Record) (string, bool) {
	id := strings.TrimSuffix(strings.TrimSpace(join.Column("_id")(r)), ".0")
	return id, strings.Trim(id, "0123456789") == ""
}

// links says what rows of repeats call the rows that they belong to: by the number of
// the submission where there is one, by the place in the sheet else.
func (l *layout) links(ctx context.Context, destroyed bool) error {
	t := l.root.table
	t.Key, t.Own = keyOf, join.Column("_index")
	if slices.Contains(l.root.columns, "_uuid") && slices.Contains(l.root.columns, "_id") {
		t.Once, t.Twice = join.Column("_uuid"), adapters.DuplicateUUID
	}
	common := ""
	for _, c := range []string{"_id", "_uuid"} {
		if c == "_id" && destroyed {
			l.notes = append(l.notes, "_id is no whole number everywhere; there _uuid is the key")
			continue
		}
		if common == "" && slices.Contains(l.root.columns, c) && !slices.ContainsFunc(l.repeats, func(s *sheet) bool { return !slices.Contains(s.columns, "_submission_"+c) }) {
			common = c
		}
	}
	if common != "" {
		t.Own = join.Column(common)
	}
	records := map[*sheet]map[string]string{}
	for len(records) < len(l.repeats) {
		before := len(records)
		for _, s := range l.repeats {
			if records[s] != nil {
				continue
			}
			parent, err := l.parent(ctx, s)
			if err != nil {
				return err
			}
			if parent != l.root && records[parent] == nil {
				continue
			}
			if err := l.link(ctx, s, parent, common, records); err != nil {
				return err
			}
		}
		if len(records) == before { // each in another: all of them are in the submissions
			for _, s := range l.repeats {
				if records[s] == nil {
					if err := l.link(ctx, s, l.root, common, records); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// link ties one sheet to the one that its rows belong to.
func (l *layout) link(ctx context.Context, s, parent *sheet, common string, records map[*sheet]map[string]string) error {
	name, index := s.table.Name, join.Column("_index")
	up := join.Column("_parent_index")
	s.table.Own = func(r *adapters.Record) string { return name + "\x00" + index(r) }
	records[s] = map[string]string{}
	s.path = s.table.Leaf
	if parent != l.root {
		s.path = parent.path + "/" + s.table.Leaf
	}
	parent.table.Children = append(parent.table.Children, s.table)
	switch {
	case common != "":
		s.table.Record = join.Column("_submission_" + common)
	case parent == l.root:
		s.table.Record = up
	default:
		above := records[parent]
		s.table.Record = func(r *adapters.Record) string { return above[up(r)] }
	}
	s.table.Parent = func(r *adapters.Record) string { return parent.table.Name + "\x00" + up(r) }
	if parent == l.root {
		s.table.Parent = s.table.Record
	}
	if common != "" {
		return nil
	}
	for r, err := range l.book.Rows(ctx, name) {
		if err != nil {
			return err
		}
		records[s][index(&r)] = s.table.Record(&r)
	}
	return nil
}

// parent finds the sheet that the rows of another belong to, by the name that its
// first row says. Names of sheets are cut, the names in the rows are not.
func (l *layout) parent(ctx context.Context, s *sheet) (*sheet, error) {
	said := ""
	for r, err := range l.book.Rows(ctx, s.table.Name) {
		if err != nil {
			return nil, err
		}
		if said = r.Value("_parent_table_name").Raw; r.Skip == "" && said != "" {
			break
		}
	}
	for _, o := range l.repeats {
		if o != s && headers.SameSheet(o.table.Name, said) {
			return o, nil
		}
	}
	return l.root, nil
}
