// Package odk reads what ODK Central lets people download: the ZIP file of CSV files
// with one for each repeat and a folder of media, the CSV file of the form alone, or
// that of a list of entities.
//
// The key is the submission's, which stays when it is edited; repeats follow by
// PARENT_KEY and KEY. A submission that was not decrypted is a problem. The four
// columns of a place make one value beside them. With the form, columns have the
// names that the questions have, and answers their kinds.
package odk

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/export"
	"casehub/adapters/export/book"
	"casehub/adapters/export/join"
	"casehub/adapters/place"
	"casehub/adapters/xlsform"
)

// Settings say how an export is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "odk-export".
	Type string `yaml:"type"`
	// Form is the XLSForm: its name in the ZIP file, or a path from the folder of the export.
	// With "" it is the only workbook in the ZIP file, where that is a form.
	Form string `yaml:"form"`
	// Nulls are texts that stand for no value.
	Nulls []string `yaml:"nulls"`
}

// Stream is the name of the one stream of an export of submissions, Entities that of a
// list of entities.
const (
	Stream   = "submissions"
	Entities = "entities"
)

// Open makes a source of the file at a place.
func Open(at place.Place, s Settings) (*export.Source, error) {
	if s.Type != "" && s.Type != "odk-export" {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	return export.Open(at, s.Nulls, format{s}), nil
}

type format struct{ Settings }

// Layout finds the table of submissions and puts the repeats under it.
func (f format) Layout(ctx context.Context, b *book.Book) (export.Layout, error) {
	forms, err := export.Form(ctx, b.At(), f.Form)
	if err != nil {
		return export.Layout{}, err
	}
	s := shaper{index: xlsform.NewIndex(forms), lists: xlsform.NewLists(forms), media: map[string]string{}, forms: forms}
	for name := range b.Media() {
		s.media[path.Base(name)] = name
	}
	var root, entities *join.Table
	var repeats []*repeat
	for _, name := range b.Tables() {
		columns, err := b.Columns(ctx, name)
		if err != nil {
			return export.Layout{}, err
		}
		switch {
		case slices.Contains(columns, "PARENT_KEY"):
			r := &repeat{table: &join.Table{Name: name, Own: join.Column("KEY"), Parent: join.Column("PARENT_KEY"), Record: recordOf}}
			if r.path, err = pathOf(ctx, b, name); err != nil {
				return export.Layout{}, err
			}
			r.columns = columns
			repeats = append(repeats, r)
		case slices.Contains(columns, "KEY") && root == nil:
			root = &join.Table{Name: name, Own: join.Column("KEY"), Key: join.Column("KEY")}
			root.Once, root.Twice = join.Column("KEY"), adapters.DuplicateKey
			root.Shape = s.root(columns)
		case slices.Contains(columns, "__id") && slices.Contains(columns, "label") && entities == nil:
			entities = &join.Table{Name: name, Own: join.Column("__id"), Key: join.Column("__id"), Once: join.Column("__id"), Twice: adapters.DuplicateKey}
		}
	}
	switch {
	case root == nil && entities == nil:
		return export.Layout{}, nil
	case root == nil:
		return export.Layout{Streams: []export.Stream{{Name: Entities, Table: entities}}}, nil
	}
	nest(root, repeats, s)
	st := export.Stream{Name: Stream, Table: root, Instruments: forms}
	return export.Layout{Streams: []export.Stream{st}}, nil
}

// repeat is a table of a repeat on its way to its place.
type repeat struct {
	table   *join.Table
	path    []string // names of the repeats around it and its own
	columns []string
}

// recordOf returns the submission that a row is in: what stands before the first
// slash of its parent's key.
func recordOf(r *adapters.Record) string {
	root, _, _ := strings.Cut(r.Value("PARENT_KEY").Raw, "/")
	return root
}

// pathOf returns the path of a repeat from the key of its first row.
func pathOf(ctx context.Context, b *book.Book, table string) ([]string, error) {
	for rec, err := range b.Rows(ctx, table) {
		if err != nil {
			return nil, err
		}
		_, rest, ok := strings.Cut(rec.Value("KEY").Raw, "/")
		if rec.Skip != "" || !ok {
			continue
		}
		var names []string
		for part := range strings.SplitSeq(rest, "/") {
			name, _, _ := strings.Cut(part, "[")
			names = append(names, name)
		}
		return names, nil
	}
	return nil, nil
}

// nest puts the tables of repeats under those that they are in. A repeat is known
// by the end of its file's name, which tells repeats of one name apart.
func nest(root *join.Table, repeats []*repeat, s shaper) {
	slices.SortStableFunc(repeats, func(a, b *repeat) int {
		if len(a.path) != len(b.path) {
			return len(a.path) - len(b.path)
		}
		return strings.Compare(a.table.Name, b.table.Name)
	})
	tables := map[string]*join.Table{}
	base := path.Base(root.Name) + "-"
	for _, r := range repeats {
		r.table.Leaf = strings.ReplaceAll(strings.TrimPrefix(path.Base(r.table.Name), base), "/", "_")
		parent := root
		if n := len(r.path); n > 1 {
			if p := tables[strings.Join(r.path[:n-1], "/")]; p != nil {
				parent = p
			}
		}
		full := strings.Join(r.path, "/")
		if _, ok := tables[full]; !ok {
			tables[full] = r.table
		}
		r.table.Shape = s.repeat(r.columns, full)
		parent.Children = append(parent.Children, r.table)
	}
}

// shaper makes columns what they are to be.
type shaper struct {
	index xlsform.Index
	lists xlsform.Lists
	media map[string]string // path by name
	forms []adapters.Instrument
}

// bookkeeping reports a column that only says where a row belongs, in files of Central
// and in those of Briefcase.
func bookkeeping(column string) bool {
	return column == "PARENT_KEY" || strings.HasPrefix(column, "SET-OF-")
}

// columns gives the columns of answers their names and kinds.
func (s shaper) columns(names []string, repeat string) []export.Col {
	known := s.names(names, repeat)
	var cols []export.Col
	for i, name := range names {
		if bookkeeping(name) {
			continue
		}
		c := export.Col{Name: name, From: i}
		if q := known[name]; q != nil {
			c.Name, c.Make = q.Name, export.Answer(q, s.lists)
		} else if several(names, name) {
			c.Make = export.Answer(&adapters.Question{Type: "select_multiple"}, nil)
		}
		cols = append(cols, c)
		if place, ok := strings.CutSuffix(name, "-Latitude"); ok && len(names) > i+3 && names[i+1] == place+"-Longitude" && names[i+3] == place+"-Accuracy" {
			to := place
			if q := known[place]; q != nil {
				to = q.Name
			}
			cols = append(cols, export.Col{Name: to, From: -1, Make: point(i)})
		}
	}
	return cols
}

// names finds the questions of a repeat by the names that their columns have: groups
// joined by "-", or left out; then questions of one name have it in the order of the
// form.
func (s shaper) names(columns []string, repeat string) map[string]*adapters.Question {
	known := map[string]*adapters.Question{}
	short := map[string][]*adapters.Question{}
	for i := range s.forms {
		for k := range s.forms[i].Questions {
			q := &s.forms[i].Questions[k]
			if q.Repeat != repeat || strings.HasPrefix(q.Type, "begin_") {
				continue
			}
			known[strings.ReplaceAll(q.Name, "/", "-")] = q
			short[path.Base(q.Name)] = append(short[path.Base(q.Name)], q)
		}
	}
	for leaf, list := range short {
		for i, q := range list {
			header := leaf
			if i > 0 {
				header += "#" + strconv.Itoa(i+1)
			}
			// Which of several a name means is told by their number alone.
			if known[header] == nil && (len(list) == 1 || slices.Contains(columns, leaf+"#"+strconv.Itoa(len(list)))) {
				known[header] = q
			}
		}
	}
	return known
}

// several reports a question with several answers: its choices have columns of their
// own behind it.
func several(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name+"/") })
}

// point joins the four columns of a place from the first on, as a form answers it.
func point(at int) func(*adapters.Record, adapters.Value) adapters.Value {
	return func(r *adapters.Record, _ adapters.Value) adapters.Value {
		if r.At(at).Null || r.At(at+1).Null {
			return adapters.Value{Null: true}
		}
		parts := []string{r.At(at).Raw, r.At(at + 1).Raw}
		for _, i := range []int{at + 2, at + 3} {
			if r.At(i).Null {
				break
			}
			parts = append(parts, r.At(i).Raw)
		}
		return adapters.Value{Raw: strings.Join(parts, " ")}
	}
}

func (s shaper) root(names []string) func(*adapters.Record) {
	shape := export.Reshape(names, s.columns(names, ""))
	return func(r *adapters.Record) {
		switch strings.ToLower(strings.ReplaceAll(r.Value("Status").Raw, " ", "")) {
		case "notdecrypted", "missingencryptedformdata":
			r.Problems = append(r.Problems, adapters.Problem{Code: adapters.EncryptedRecord})
		}
		r.Version = r.Value("FormVersion").Raw
		key := r.Value("KEY").Raw
		for _, name := range []string{"meta-instanceID", "instanceID"} {
			if id := r.Value(name).Raw; id != "" && id != key {
				r.AltKeys = append(r.AltKeys, id)
			}
		}
		shape(r)
		s.documents(r, "")
	}
}

func (s shaper) repeat(names []string, path string) func(*adapters.Record) {
	shape := export.Reshape(names, s.columns(names, path))
	return func(r *adapters.Record) {
		shape(r)
		s.documents(r, path)
	}
}

// files are the types of questions that are answered by a file.
var files = map[string]bool{"image": true, "audio": true, "video": true, "file": true, "background-audio": true}

// documents puts the media of the ZIP file to the answers that name them.
func (s shaper) documents(r *adapters.Record, repeat string) {
	if len(s.media) == 0 {
		return
	}
	for i, column := range r.Header.Names() {
		answer := r.At(i).Raw
		if answer == "" {
			continue
		}
		if name, ok := s.media[answer]; ok {
			r.Documents = append(r.Documents, adapters.Document{Blob: book.Blob(name), Column: column, Name: answer, Size: -1})
			continue
		}
		if q := s.index.Find(repeat, column); q != nil && files[q.Type] {
			r.Problems = append(r.Problems, adapters.Problem{Code: adapters.AttachmentMissing, Column: column})
		}
	}
}
