// Package book finds the tables of a file that somebody downloaded: the sheets of a
// workbook, the CSV files of a ZIP file with what is no table as documents beside them,
// or one CSV file. Each table has its names in its first row.
package book

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

// Book is a file with tables. Its methods may be called one after the other, not at
// the same time.
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

// Open looks for the tables of the file at a place. Nulls are texts that stand for no
// value. It fails with adapters.ErrUnreadable where there are none.
func Open(at place.Place, nulls []string) (*Book, error) {
	b := &Book{at: at, nulls: nulls, how: map[string]spreadsheet.Table{}, media: map[string]bool{}, heads: map[string][]string{}}
	head, err := at.Head(4)
	if err != nil {
		return nil, err
	}
	if string(head) != "PK\x03\x04" {
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

// Unreadable is the error of a file in which nothing was found that a system writes.
func (b *Book) Unreadable() error {
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
		return b.Unreadable()
	}
	defer r.Close()
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := xml.NewDecoder(io.LimitReader(r, maxWorkbook)).Decode(&book); err != nil || len(book.Sheets) == 0 || len(book.Sheets) > maxTables {
		return b.Unreadable()
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
				return b.Unreadable()
			}
			pattern := strings.NewReplacer("*", "\\*", "?", "\\?", "[", "\\[", "\\", "\\\\").Replace(name)
			b.add(strings.TrimSuffix(name, path.Ext(name)), spreadsheet.Table{File: pattern})
		default:
			b.media[m.Name] = true
		}
	}
	if len(b.tables) == 0 {
		return b.Unreadable()
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

// maxDocument is the most bytes of one document.
const maxDocument = 512 << 20

// mediaPrefix begins the names of documents.
const mediaPrefix = "media:"

// Blob names a document by its name in the ZIP file.
func Blob(name string) adapters.Blob { return adapters.Blob(mediaPrefix + name) }

// Document opens a document. It fails with adapters.ErrBlob when there is none.
func (b *Book) Document(blob adapters.Blob) (io.ReadCloser, error) {
	name, ok := strings.CutPrefix(string(blob), mediaPrefix)
	if !ok || !b.media[name] {
		return nil, adapters.ErrBlob
	}
	return place.Member(b.at, name, maxDocument)
}
