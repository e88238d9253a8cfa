package uwazi

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/pull"
	"casehub/adapters/spreadsheet"
	"casehub/adapters/uwazi/beside"
)

// sheet reads a CSV file for import, or one that was exported.
type sheet struct {
	at       place.Place
	file     string // pattern of the table in it
	settings Settings
	files    *beside.Files
	source   *spreadsheet.Source
}

// Fingerprint returns the SHA-256 of the file in hexadecimal, once rows are open.
func (s *sheet) Fingerprint(ctx context.Context) (string, error) { return s.source.Fingerprint(ctx) }

// Rows opens the table below its first row that is not blank: that one names the
// columns, whatever it looks like.
func (s *sheet) Rows(ctx context.Context) (pull.Rows, error) {
	t := spreadsheet.Table{File: s.file, Encoding: s.settings.Encoding, Delimiter: s.settings.Delimiter, Drop: []string{"blank"}}
	if s.source == nil {
		at, err := s.firstRow(ctx, t)
		if err != nil {
			return nil, err
		}
		t.HeaderRows = []int{at}
		if s.source, err = spreadsheet.Open(s.at, spreadsheet.Settings{Tables: map[string]spreadsheet.Table{Entities: t}}); err != nil {
			return nil, err
		}
	}
	rows, err := s.source.Pull(ctx, Entities)
	if err != nil {
		return nil, err
	}
	return &tableRows{Rows: rows, sheet: s, columns: columnsOf(rows.Names(), s.settings)}, nil
}

func (s *sheet) firstRow(ctx context.Context, t spreadsheet.Table) (int, error) {
	t.Columns = []string{"any"}
	src, err := spreadsheet.Open(s.at, spreadsheet.Settings{Tables: map[string]spreadsheet.Table{Entities: t}})
	if err != nil {
		return 0, err
	}
	rows, err := src.Pull(ctx, Entities)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return 0, adapters.ErrHeader
		}
		if err != nil {
			return 0, err
		}
		if rec.Skip == "" {
			return int(rec.Loc.Row), nil
		}
	}
}

// column is one column of the record: its name and the places of its value, of which the
// first that is filled counts.
type column struct {
	name string
	from []int
}

// plain reports a column that is in the file only in languages.
func (c column) plain(names []string) bool { return names[c.from[0]] != c.name }

// inLanguage are the names of columns in a language.
var inLanguage = regexp.MustCompile(`^(.+)__([a-z]{2,3}(-[A-Za-z]{2,4})?)$`)

// columnsOf gives every column its name, and columns that are there only in
// languages their plain name as well.
func columnsOf(names []string, s Settings) []column {
	var all []column
	plain := map[string]bool{}
	for i, n := range names {
		all = append(all, column{n, []int{i}})
		plain[n] = true
	}
	at := map[string]int{}
	for _, wanted := range []bool{true, false} {
		for i, n := range names {
			m := inLanguage.FindStringSubmatch(n)
			if m == nil || plain[m[1]] || wanted != (m[2] == s.Language) {
				continue
			}
			if _, ok := at[m[1]]; !ok {
				at[m[1]] = len(all)
				all = append(all, column{name: m[1]})
			}
			all[at[m[1]]].from = append(all[at[m[1]]].from, i)
		}
	}
	return all
}

// tableRows makes entities of rows.
type tableRows struct {
	*spreadsheet.Rows
	sheet   *sheet
	columns []column
	head    *adapters.Header
}

// Next returns the next entity.
func (r *tableRows) Next() (adapters.Record, error) {
	row, err := r.Rows.Next()
	if err != nil {
		return row, err
	}
	if r.head == nil {
		names := make([]string, len(r.columns))
		for i, c := range r.columns {
			names[i] = c.name
		}
		r.head = adapters.NewHeader(names)
	}
	rec := adapters.Record{Stream: Entities, Loc: row.Loc, Header: r.head, Skip: row.Skip, Problems: row.Problems, Values: make([]adapters.Value, len(r.columns))}
	for i, c := range r.columns {
		for _, from := range c.from {
			if rec.Values[i] = r.value(c.name, row.At(from)); !rec.Values[i].Null {
				break
			}
		}
	}
	rec.Key = keyOf(&rec, r.sheet.settings.Key)
	if rec.Skip == "" {
		r.documents(&rec)
	}
	rec.Seal()
	return rec, nil
}

// keyOf joins the columns of the key; "" where one is empty.
func keyOf(rec *adapters.Record, key []string) string {
	if len(key) == 0 {
		key = []string{"id"}
	}
	var parts []string
	for _, n := range key {
		v := strings.TrimSpace(rec.Value(n).Raw)
		if v == "" {
			return ""
		}
		parts = append(parts, v)
	}
	return strings.Join(parts, "|")
}

// value splits a cell of several values and takes the braces off relations.
func (r *tableRows) value(name string, v adapters.Value) adapters.Value {
	if strings.TrimSpace(v.Raw) == "" {
		v.Raw, v.Null = "", true
	}
	if v.Null || v.Kind != adapters.Text {
		return v
	}
	if !r.isList(name, v.Raw) {
		v.Raw = unbraced(v.Raw)
		return v
	}
	var list []adapters.Value
	for _, e := range strings.Split(v.Raw, "|") {
		if e = unbraced(e); e != "" {
			list = append(list, adapters.Value{Raw: e})
		}
	}
	if len(list) == 0 {
		return adapters.Value{Null: true}
	}
	return adapters.Value{List: list}
}

// unbraced takes the braces off a relation.
func unbraced(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "{{") && strings.HasSuffix(s, "}}") && len(s) >= 4 {
		return strings.TrimSpace(s[2 : len(s)-2])
	}
	return s
}

// isList reports a cell of several values: where columns are declared, one of
// them; else any with a bar that is neither a place nor a link.
func (r *tableRows) isList(name, text string) bool {
	if !strings.Contains(text, "|") {
		return false
	}
	base := name
	if m := inLanguage.FindStringSubmatch(name); m != nil {
		base = m[1]
	}
	if lists := r.sheet.settings.Lists; len(lists) > 0 {
		return slices.Contains(lists, name) || slices.Contains(lists, base)
	}
	first, second, _ := strings.Cut(text, "|")
	if strings.HasSuffix(strings.ToLower(base), "geolocation") || strings.HasPrefix(strings.TrimSpace(second), "http") {
		return false
	}
	return !(isCoordinate(first) && isCoordinate(second))
}

// isCoordinate reports half of a place: a number with decimals.
func isCoordinate(s string) bool {
	s = strings.TrimSpace(s)
	x, err := strconv.ParseFloat(s, 64)
	return err == nil && strings.Contains(s, ".") && x >= -180 && x <= 180
}

// documents adds what the columns file and attachments name.
func (r *tableRows) documents(rec *adapters.Record) {
	for _, c := range r.columns {
		base := strings.ToLower(c.name)
		if m := inLanguage.FindStringSubmatch(base); m != nil {
			base = m[1]
		} else if c.plain(rec.Header.Names()) {
			continue // the plain name of a column that is there already
		}
		if base != "file" && base != "attachments" || !r.sheet.files.Packed() {
			continue
		}
		v := rec.Value(c.name)
		names := v.List
		if names == nil && strings.TrimSpace(v.Raw) != "" {
			names = []adapters.Value{v}
		}
		for _, n := range names {
			r.document(rec, c.name, n.Raw)
		}
	}
}

func (r *tableRows) document(rec *adapters.Record, column, name string) {
	if _, ok := r.sheet.files.Find(name); !ok {
		rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.AttachmentMissing, Column: column})
		return
	}
	rec.Documents = append(rec.Documents, adapters.Document{Blob: adapters.Blob(strings.TrimSpace(name)), Column: column, Name: strings.TrimSpace(name), Size: -1})
}
