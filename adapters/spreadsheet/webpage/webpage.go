// Package webpage reads the tables of a web page: what many programs write when they
// are asked for an Excel file. Each table that is in no other is a sheet.
package webpage

import (
	"errors"
	"io"
	"strconv"

	"golang.org/x/net/html"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/charset"
	"casehub/adapters/spreadsheet/sheet"
)

// book is a page, whose file is opened for each table.
type book struct {
	open func() (io.ReadCloser, error)
	enc  charset.Encoding
	why  string
	list []sheet.Info
}

// Open lists the tables of a page in an encoding, which was settled for a reason;
// open opens its file at the beginning.
func Open(open func() (io.ReadCloser, error), enc charset.Encoding, why string) (sheet.Book, error) {
	b := &book{open: open, enc: enc, why: why}
	f, err := b.feed()
	if err != nil {
		return nil, err
	}
	for len(b.list) <= sheet.MaxColumns && f.nextTable() {
		b.list = append(b.list, sheet.Info{Name: "table " + strconv.Itoa(len(b.list)+1)})
	}
	return b, f.Close()
}

func (b *book) Sheets() []sheet.Info { return b.list }

func (b *book) Notes() []string { return []string{"a web page", b.why} }

func (b *book) Close() error { return nil }

func (b *book) feed() (*feed, error) {
	r, err := b.open()
	if err != nil {
		return nil, err
	}
	z := html.NewTokenizer(b.enc.Reader(r))
	z.SetMaxBuf(sheet.MaxCell)
	return &feed{file: r, z: z, enc: b.enc}, nil
}

// Open goes to the beginning of a table.
func (b *book) Open(at int) (sheet.Feed, error) {
	f, err := b.feed()
	if err != nil {
		return nil, err
	}
	for range at + 1 {
		if !f.nextTable() {
			return nil, errors.Join(adapters.ErrUnreadable.With("expected", "HTML"), f.Close())
		}
	}
	return f, nil
}
