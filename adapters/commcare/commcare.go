// Package commcare reads what CommCare HQ lets people download: exports of cases and
// of forms, as CSV files, ZIP files of them, or workbooks, and tables that its data
// export tool wrote.
//
// "---" stands for nothing. The key is the case's or form's own; of a case that was
// changed while it was exported the last row counts. The rows of a form's
// repeats stand in tables of their own and are tied to it by the numbers of rows.
package commcare

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
	"casehub/adapters/spreadsheet"
)

// Settings say how an export is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "commcare-export".
	Type string `yaml:"type"`
	// Nulls are texts that stand for no value, beside "---".
	Nulls []string `yaml:"nulls"`
}

// Open makes a source of the file at a place.
func Open(at place.Place, s Settings) (*export.Source, error) {
	if s.Type != "" && s.Type != "commcare-export" {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	return export.Open(at, append([]string{"---"}, s.Nulls...), format{}), nil
}

type format struct{}

// keys are the columns that say who a row is, and the name of the stream when the
// file has one table alone.
var keys = []struct {
	stream  string
	columns []string
}{
	{"cases", []string{"caseid", "case_id", "info.case_id", "_id"}},
	{"forms", []string{"formid", "form_id", "form.meta.instanceID"}},
	{"rows", []string{"id"}},
}

// repeated is a table of a repeat.
type repeated struct {
	table *join.Table
	deep  int // columns number__0, number__1, ...
}

// Layout makes a stream of each table and puts those of repeats under the one that
// they are numbered after.
func (format) Layout(ctx context.Context, b *book.Book) (export.Layout, error) {
	var l export.Layout
	var repeats []repeated
	for _, name := range b.Tables() {
		columns, err := b.Columns(ctx, name)
		if err != nil {
			return l, err
		}
		if n := levels(columns); n > 0 && !slices.Contains(columns, "formid") {
			repeats = append(repeats, repeatOf(name, n))
			continue
		}
		if len(columns) > 0 {
			l.Streams = append(l.Streams, streamOf(name, columns))
		}
	}
	under(&l, repeats)
	return l, nil
}

func levels(columns []string) int {
	n := 0
	for slices.Contains(columns, "number__"+strconv.Itoa(n)) {
		n++
	}
	return n
}

func repeatOf(name string, n int) repeated {
	t := &join.Table{Name: name, Leaf: strings.ReplaceAll(path.Base(name), "/", "_"), Own: join.Column("number"), Record: join.Column("number__0")}
	t.Parent = func(r *adapters.Record) string {
		var parts []string
		for i := range max(n-1, 1) {
			parts = append(parts, r.Value("number__"+strconv.Itoa(i)).Raw)
		}
		return strings.Join(parts, ".")
	}
	return repeated{t, n}
}

func streamOf(name string, columns []string) export.Stream {
	st := export.Stream{Name: name, Table: &join.Table{Name: name, Own: join.Column("number"), Key: func(*adapters.Record) string { return "" }}}
	for _, k := range keys {
		if slices.ContainsFunc(k.columns, func(c string) bool { return slices.Contains(columns, c) }) {
			st.Table.Key = join.Column(k.columns...)
			st.Table.Once, st.Table.Twice = st.Table.Key, adapters.DuplicateKey
			if k.stream == "cases" {
				st.Table.Older = "changed_while_read"
			}
			if name == spreadsheet.OnlyTable {
				st.Name = k.stream
			}
			break
		}
	}
	return st
}

// under puts repeats under the one table that has numbers of its own; where there is
// none, or several, each is a stream.
func under(l *export.Layout, repeats []repeated) {
	slices.SortStableFunc(repeats, func(a, b repeated) int { return a.deep - b.deep })
	if len(l.Streams) != 1 {
		for _, r := range repeats {
			l.Streams = append(l.Streams, export.Stream{Name: r.table.Name, Table: &join.Table{Name: r.table.Name, Own: r.table.Own, Key: func(*adapters.Record) string { return "" }}})
		}
		return
	}
	above := map[int]*join.Table{1: l.Streams[0].Table, 2: l.Streams[0].Table}
	for _, r := range repeats {
		p := above[r.deep]
		if p == nil {
			p = l.Streams[0].Table
		}
		p.Children = append(p.Children, r.table)
		above[r.deep+1] = r.table
	}
}
