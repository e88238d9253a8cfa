// Package ods reads workbooks in OpenDocument: one XML file with all sheets, packed or
// not, read from its beginning for each. Values are those that the file saved beside the
// texts it shows.
//
// The workbook is in ods.go, the rows of a sheet in feed.go, and what a cell holds in
// value.go.
package ods

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/archive"
	"casehub/adapters/spreadsheet/markup"
	"casehub/adapters/spreadsheet/sheet"
)

// book is an open workbook.
type book struct {
	content func() (io.ReadCloser, error) // the XML that holds the sheets
	closer  io.Closer
	list    []sheet.Info
	styles  styles
}

// styles are what the file says of how cells look, as far as it tells what they hold.
type styles struct {
	sheet.Calendar
	dates  map[string]bool   // formats that show a day
	format map[string]string // of cells, by the name of their style
}

// day reports a cell whose number is shown as a day: most programs write such a cell
// as a day, some as the number.
func (s styles) day(cell xml.StartElement) bool {
	return s.dates[s.format[markup.Attr(cell, "style-name")]]
}

var errBroken = adapters.ErrUnreadable.With("expected", "ODS")

// Check tells a spreadsheet from other documents and from a protected one: it fails
// with adapters.ErrOtherProgram or adapters.ErrEncrypted.
func Check(z *zip.Reader) error {
	for _, f := range z.File {
		switch f.Name {
		case "META-INF/manifest.xml":
			text, err := beginning(f, 1<<20)
			if err != nil {
				return err
			}
			if strings.Contains(text, "encryption-data") {
				return adapters.ErrEncrypted
			}
		case "mimetype":
			text, err := beginning(f, 256)
			if err != nil {
				return err
			}
			if !strings.Contains(text, "opendocument.spreadsheet") {
				return adapters.ErrOtherProgram.With("program", "OpenDocument")
			}
		}
	}
	return nil
}

// beginning returns the first bytes of a file.
func beginning(f *zip.File, most int64) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", errBroken
	}
	b, err := io.ReadAll(io.LimitReader(r, most))
	if err = errors.Join(err, r.Close()); err != nil {
		return "", errBroken
	}
	return string(b), nil
}

// Open opens a workbook, and closes f with it.
func Open(f place.File) (sheet.Book, error) {
	k, err := archive.OpenPack(f, "ODS")
	if err != nil {
		return nil, err
	}
	b := &book{content: func() (io.ReadCloser, error) { return k.Open("content.xml") }, closer: k}
	if err := b.load(); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return b, nil
}

// OpenFlat opens a workbook that is one file of XML; open opens it at the beginning.
func OpenFlat(open func() (io.ReadCloser, error)) (sheet.Book, error) {
	b := &book{content: open, closer: io.NopCloser(nil)}
	return b, b.load()
}

// load lists the sheets. Whether one is hidden is in the style that it names,
// and styles stand before it.
func (b *book) load() error {
	r, err := b.content()
	if err != nil {
		return err
	}
	defer r.Close()
	style, hidden := "", map[string]bool{}
	b.styles = styles{dates: map[string]bool{}, format: map[string]string{}}
	return markup.New(r, "ODS").Each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "style":
			style = markup.Attr(e, "name")
			if format := markup.Attr(e, "data-style-name"); format != "" {
				b.styles.format[style] = format
			}
		case "date-style":
			b.styles.dates[markup.Attr(e, "name")] = true
		case "null-date":
			b.styles.From1904 = strings.HasPrefix(markup.Attr(e, "date-value"), "1904-01-01")
		case "table-properties":
			if markup.Attr(e, "display") == "false" {
				hidden[style] = true
			}
		case "table":
			b.list = append(b.list, sheet.Info{Name: markup.Attr(e, "name"), Hidden: hidden[markup.Attr(e, "style-name")]})
			if len(b.list) > sheet.MaxColumns {
				return errBroken
			}
		}
		return nil
	})
}

func (b *book) Sheets() []sheet.Info { return b.list }

func (b *book) Notes() []string { return nil }

func (b *book) Close() error { return b.closer.Close() }

// Open goes to the beginning of a sheet.
func (b *book) Open(at int) (sheet.Feed, error) {
	r, err := b.content()
	if err != nil {
		return nil, err
	}
	f := &feed{file: r, x: markup.New(r, "ODS"), styles: b.styles}
	if err := f.x.GoTo("table", at); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	f.down = f.x.Depth
	return f, nil
}
