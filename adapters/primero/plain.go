package primero

import (
	"context"
	"io"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsonfile"
	"casehub/adapters/jsontree"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
)

// plainCSV reads the CSV export: the top level of the records by internal names.
type plainCSV struct {
	opener opener
	source *spreadsheet.Source
	rules  *jsontree.Rules
}

func newPlainCSV(o opener) *plainCSV {
	return &plainCSV{opener: o, rules: &jsontree.Rules{Separator: "."}}
}

func (p *plainCSV) fingerprint(ctx context.Context) (string, error) { return p.source.Fingerprint(ctx) }

func (p *plainCSV) open(ctx context.Context) (puller, error) {
	s, err := p.opener(spreadsheet.Settings{Tables: map[string]spreadsheet.Table{Records: {HeaderRows: []int{1}, Drop: []string{"blank"}}}})
	if err != nil {
		return nil, err
	}
	p.source = s
	rows, err := s.Pull(ctx, Records)
	if err != nil {
		return nil, err
	}
	return &csvRows{rows, p}, nil
}

type csvRows struct {
	*spreadsheet.Rows
	plain *plainCSV
}

func (r *csvRows) notes() []string { return r.Notes() }

func (r *csvRows) next() (adapters.Record, error) {
	rec, err := r.Next()
	if err != nil || rec.Skip != "" {
		return rec, err
	}
	return r.plain.record(rec), nil
}

// record reads the lists and hashes that stand in cells. A list of hashes is a
// subform.
func (p *plainCSV) record(row adapters.Record) adapters.Record {
	flat := &jsontree.Flat{Values: map[string]adapters.Value{}}
	for i, name := range row.Header.Names() {
		v := row.At(i)
		if v.Null {
			continue
		}
		n, ok := printed(v.Raw)
		if !ok {
			v = cell(adapters.Value{Raw: v.Raw})
			if !v.Null {
				flat.Values[name] = v
			}
			continue
		}
		inner := p.rules.Flatten(jsontree.Node{Kind: jsontree.Object, Names: []string{name}, Items: []jsontree.Node{n}})
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
	return keyed(p.rules, flat, row.Loc, row.Problems)
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
type plainJSON struct {
	source *jsonfile.Source
	table  string
	rules  *jsontree.Rules
}

func newPlainJSON(at place.Place) (*plainJSON, error) {
	src, err := jsonfile.Open(at, jsonfile.Settings{})
	return &plainJSON{source: src, rules: &jsontree.Rules{Separator: "."}}, err
}

func (p *plainJSON) fingerprint(ctx context.Context) (string, error) {
	return p.source.Fingerprint(ctx)
}

func (p *plainJSON) open(ctx context.Context) (puller, error) {
	if p.table == "" {
		cat, err := p.source.Discover(ctx)
		if err != nil {
			return nil, err
		}
		p.table = "data"
		if !slices.ContainsFunc(cat.Streams, func(s adapters.Stream) bool { return s.Name == "data" }) {
			return nil, adapters.ErrUnreadable.With("expected", "Primero")
		}
	}
	next, done, err := p.source.Pull(ctx, p.table)
	if err != nil {
		return nil, err
	}
	return &jsonRows{next, done, p}, nil
}

type jsonRows struct {
	pull  func() (adapters.Record, error)
	done  io.Closer
	plain *plainJSON
}

func (r *jsonRows) notes() []string { return nil }

func (r *jsonRows) Close() error { return r.done.Close() }

func (r *jsonRows) next() (adapters.Record, error) {
	rec, err := r.pull()
	if err != nil {
		return rec, err
	}
	rec.Stream = Records
	if len(rec.Problems) > 0 {
		rec.Seal()
		return rec, nil
	}
	return keyed(r.plain.rules, flatten(&rec), rec.Loc, nil), nil
}

// flatten takes "data." off the names of a record: in the API's replies and in CSV
// they stand at the top.
func flatten(rec *adapters.Record) *jsontree.Flat {
	f := &jsontree.Flat{Values: map[string]adapters.Value{}}
	for i, name := range rec.Header.Names() {
		v := rec.At(i)
		if v.Raw == hiddenName {
			continue
		}
		if short, ok := strings.CutPrefix(name, "data."); ok {
			f.Values[short] = v
		}
	}
	for i, name := range rec.Header.Names() {
		if v := rec.At(i); v.Raw != hiddenName && !strings.HasPrefix(name, "data.") {
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
