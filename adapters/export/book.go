package export

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"path"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
)

// Book is a file with tables.
type Book struct {
	at     place.Place
	nulls  []string
	tables []string
	how    map[string]spreadsheet.Table
	media  map[string]bool
	heads  map[string][]string
}

// Limits of a file.
const (
	maxTables   = 500
	maxWorkbook = 4 << 20
)

// openBook looks for the tables of a file. It fails with adapters.ErrUnreadable.
func openBook(at place.Place, nulls []string) (*Book, error) {
	b := &Book{at: at, nulls: nulls, how: map[string]spreadsheet.Table{}, media: map[string]bool{}, heads: map[string][]string{}}
	f, err := at.Open()
	if err != nil {
		return nil, err
	}
	head := make([]byte, 4)
	n, _ := io.ReadFull(f, head)
	if err := f.Close(); err != nil {
		return nil, err
	}
	if string(head[:n]) != "PK\x03\x04" {
		b.add(spreadsheet.OnlyTable, spreadsheet.Table{})
		return b, nil
	}
	z, err := place.Zip(at)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	for _, m := range z.File {
		if m.Name == "xl/workbook.xml" {
			return b, b.sheets(m)
		}
	}
	return b, b.members(z.File)
}

func (b *Book) unreadable() error {
	return adapters.ErrUnreadable.With("file", b.at.Name()).With("expected", "XLSX, ZIP, CSV")
}

func (b *Book) add(name string, t spreadsheet.Table) {
	t.HeaderRows, t.Drop, t.Nulls = []int{1}, []string{"blank", "tags", "repeated_header"}, b.nulls
	b.tables = append(b.tables, name)
	b.how[name] = t
}

// sheets reads the names of a workbook's sheets.
func (b *Book) sheets(m *zip.File) error {
	r, err := m.Open()
	if err != nil {
		return b.unreadable()
	}
	defer r.Close()
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := xml.NewDecoder(io.LimitReader(r, maxWorkbook)).Decode(&book); err != nil || len(book.Sheets) == 0 || len(book.Sheets) > maxTables {
		return b.unreadable()
	}
	for _, s := range book.Sheets {
		if _, twice := b.how[s.Name]; !twice && s.Name != "" {
			b.add(s.Name, spreadsheet.Table{Sheet: s.Name})
		}
	}
	return nil
}

// members takes the CSV files of a ZIP file for tables and all others for documents.
func (b *Book) members(all []*zip.File) error {
	for _, m := range all {
		name := strings.ReplaceAll(m.Name, "\\", "/")
		switch {
		case strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/"):
		case strings.EqualFold(path.Ext(name), ".csv") && !strings.HasPrefix(name, "media/"):
			if len(b.tables) == maxTables {
				return b.unreadable()
			}
			pattern := strings.NewReplacer("*", "\\*", "?", "\\?", "[", "\\[", "\\", "\\\\").Replace(name)
			b.add(strings.TrimSuffix(name, path.Ext(name)), spreadsheet.Table{File: pattern})
		default:
			b.media[m.Name] = true
		}
	}
	if len(b.tables) == 0 {
		return b.unreadable()
	}
	return nil
}

// Tables returns the names of the tables in the order of the file.
func (b *Book) Tables() []string { return b.tables }

// Media returns the names of the files in a ZIP file that are no tables.
func (b *Book) Media() map[string]bool { return b.media }

// At returns where the file is.
func (b *Book) At() place.Place { return b.at }

// Columns returns the names of a table's columns; none of an empty table.
func (b *Book) Columns(ctx context.Context, table string) ([]string, error) {
	if h, ok := b.heads[table]; ok {
		return h, nil
	}
	src, err := b.open(table)
	if err != nil {
		return nil, err
	}
	cat, err := src.Discover(ctx)
	if errors.Is(err, adapters.ErrHeader) || errors.Is(err, adapters.ErrHeaderRow) {
		b.heads[table] = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range cat.Streams[0].Fields {
		names = append(names, f.Name)
	}
	b.heads[table] = names
	return names, nil
}

func (b *Book) open(table string) (*spreadsheet.Source, error) {
	return spreadsheet.Open(b.at, spreadsheet.Settings{Tables: map[string]spreadsheet.Table{table: b.how[table]}})
}

var errEnough = errors.New("enough")

// Rows gives the rows of a table, those left out too, and an error at the end when
// there was one.
func (b *Book) Rows(ctx context.Context, table string) iter.Seq2[adapters.Record, error] {
	return func(yield func(adapters.Record, error) bool) {
		src, err := b.open(table)
		if err == nil {
			err = src.Read(ctx, table, "", func(r adapters.Record) error {
				if !yield(r, nil) {
					return errEnough
				}
				return nil
			}, func(adapters.Cursor) error { return nil })
		}
		if errors.Is(err, adapters.ErrHeader) || errors.Is(err, adapters.ErrHeaderRow) || errors.Is(err, errEnough) {
			return // an empty table, or one that was left
		}
		if err != nil {
			yield(adapters.Record{}, err)
		}
	}
}
