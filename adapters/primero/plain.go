package primero

import (
	"context"
	"errors"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsonfile"
	"casehub/adapters/jsontree"
	"casehub/adapters/place"
	"casehub/adapters/primero/cells"
	"casehub/adapters/pull"
	"casehub/adapters/spreadsheet"
)

// plainCSV reads the CSV export: the top level of the records by internal names.
type plainCSV struct{ *spreadsheet.Source }

func newPlainCSV(at place.Place) (plainCSV, error) {
	s, err := spreadsheet.Open(at, spreadsheet.Settings{Tables: map[string]spreadsheet.Table{Records: {HeaderRows: []int{1}, Drop: []string{"blank"}}}})
	return plainCSV{s}, err
}

// Rows opens the table at its first record.
func (p plainCSV) Rows(ctx context.Context) (pull.Rows, error) {
	rows, err := p.Pull(ctx, Records)
	if err != nil {
		return nil, err
	}
	return &csvRows{rows, &jsontree.Rules{Separator: "."}}, nil
}

type csvRows struct {
	*spreadsheet.Rows
	rules *jsontree.Rules
}

// Next returns the next record.
func (r *csvRows) Next() (adapters.Record, error) {
	rec, err := r.Rows.Next()
	if err != nil || rec.Skip != "" {
		return rec, err
	}
	return r.record(rec), nil
}

// record reads the lists and hashes that stand in cells. A list of hashes is a
// subform.
func (r *csvRows) record(row adapters.Record) adapters.Record {
	flat := &jsontree.Flat{Values: map[string]adapters.Value{}}
	for i, name := range row.Header.Names() {
		v := row.At(i)
		if v.Null {
			continue
		}
		n, ok := cells.Printed(v.Raw)
		if !ok {
			v = cells.Value(adapters.Value{Raw: v.Raw})
			if !v.Null {
				flat.Values[name] = v
			}
			continue
		}
		inner := r.rules.Flatten(jsontree.Node{Kind: jsontree.Object, Names: []string{name}, Items: []jsontree.Node{n}})
		for k, v := range inner.Values {
			flat.Values[k] = v
		}
		for k, list := range inner.Children {
			if flat.Children == nil {
				flat.Children, flat.Paths = map[string][]*jsontree.Flat{}, map[string]string{}
			}
			flat.Children[k], flat.Paths[k] = list, inner.Paths[k]
		}
	}
	return keyed(r.rules, flat, row.Loc, row.Problems)
}

// keyed makes the record with its keys: the identifier, and those that people know.
func keyed(rules *jsontree.Rules, flat *jsontree.Flat, loc adapters.Locator, problems []adapters.Problem) adapters.Record {
	names := []string{"id", "case_id", "incident_id", "short_id", "case_id_display"}
	var keys []string
	for _, n := range names {
		if v := flat.Values[n].Raw; v != "" && !slices.Contains(keys, v) {
			keys = append(keys, v)
		}
	}
	key := ""
	if len(keys) > 0 {
		key, keys = keys[0], keys[1:]
	}
	rec := rules.Record(flat, Records, key, loc)
	rec.AltKeys = keys
	for _, p := range problems {
		if p.Column == "" || rec.Header.Index(p.Column) >= 0 {
			rec.Problems = append(rec.Problems, p)
		}
	}
	jsontree.SealAll(&rec)
	return rec
}

// plainJSON reads the JSON export, and replies of the API that were saved: records
// with their subforms.
type plainJSON struct{ *jsonfile.File }

func newPlainJSON(at place.Place) (plainJSON, error) {
	f, err := jsonfile.New(at, jsonfile.Settings{})
	return plainJSON{f}, err
}

// Rows opens the one list of records. It fails with adapters.ErrUnreadable where there
// are several.
func (p plainJSON) Rows(ctx context.Context) (pull.Rows, error) {
	rows, err := p.File.Rows(ctx, "data")
	if errors.Is(err, adapters.ErrStream) {
		return nil, adapters.ErrUnreadable.With("expected", "Primero")
	}
	if err != nil {
		return nil, err
	}
	return &jsonRows{rows, &jsontree.Rules{Separator: "."}}, nil
}

type jsonRows struct {
	pull.Rows
	rules *jsontree.Rules
}

// Notes says nothing: what is read is the same whatever the file is called.
func (r *jsonRows) Notes() []string { return nil }

// Next returns the next record.
func (r *jsonRows) Next() (adapters.Record, error) {
	rec, err := r.Rows.Next()
	if err != nil {
		return rec, err
	}
	rec.Stream = Records
	if len(rec.Problems) > 0 {
		rec.Seal()
		return rec, nil
	}
	return keyed(r.rules, flatten(&rec), rec.Loc, nil), nil
}

// flatten takes "data." off the names of a record: in the API's replies and in CSV
// they stand at the top.
func flatten(rec *adapters.Record) *jsontree.Flat {
	f := &jsontree.Flat{Values: map[string]adapters.Value{}}
	for i, name := range rec.Header.Names() {
		v := rec.At(i)
		if v.Raw == cells.Hidden {
			continue
		}
		if short, ok := strings.CutPrefix(name, "data."); ok {
			f.Values[short] = v
		}
	}
	for i, name := range rec.Header.Names() {
		if v := rec.At(i); v.Raw != cells.Hidden && !strings.HasPrefix(name, "data.") {
			f.Values[name] = v
		}
	}
	for name, list := range rec.Children {
		if f.Children == nil {
			f.Children, f.Paths = map[string][]*jsontree.Flat{}, map[string]string{}
		}
		f.Paths[name] = name
		for i := range list {
			f.Children[name] = append(f.Children[name], flatten(&list[i]))
		}
	}
	return f
}
