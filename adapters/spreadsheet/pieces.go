package spreadsheet

import (
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/books"
	"casehub/adapters/spreadsheet/files"
	"casehub/adapters/spreadsheet/records"
)

// piece is a part of a table: one file, or one sheet of it.
type piece struct {
	file  *files.File
	sheet string // as Table.Sheet
}

// piecesOf returns the files and sheets that a table is in, in the order of the names
// of the files and as the sheets stand in them.
func (s *Source) piecesOf(t Table) ([]piece, error) {
	in, err := s.filesFor(t)
	if err != nil {
		return nil, err
	}
	var all []piece
	for _, f := range in {
		if f.Kind == files.Text || !strings.ContainsAny(t.Sheet, "*?") {
			all = append(all, piece{f, t.Sheet})
			continue
		}
		sheets, err := books.Filled(f)
		if err != nil {
			return nil, err
		}
		for _, i := range sheets {
			if fitsSheet(t.Sheet, i.Name) {
				all = append(all, piece{f, i.Name})
			}
		}
	}
	if len(all) == 0 {
		return nil, adapters.ErrSheet.With("sheet", t.Sheet)
	}
	return all, nil
}

// fitsSheet reports a sheet that a name or a pattern means.
func fitsSheet(pattern, name string) bool {
	pattern, name = strings.ToLower(strings.TrimSpace(pattern)), strings.ToLower(strings.TrimSpace(name))
	ok, err := path.Match(pattern, name)
	return pattern == name || ok && err == nil
}

// chain gives the records of a table that is in several files or sheets, one after
// the other. Each has a header of its own.
type chain struct {
	records.Reader // of the one that is read now
	rest           []piece
	open           func(piece) (records.Reader, error)
	files          int
	says           []string
}

// advance opens the next one; it returns io.EOF after the last.
func (c *chain) advance() error {
	if len(c.rest) == 0 {
		return io.EOF
	}
	r, err := c.open(c.rest[0])
	if err != nil {
		return err
	}
	c.rest, c.Reader = c.rest[1:], r
	if c.files++; c.files == 1 {
		c.says = r.Notes()
	}
	return nil
}

// Next returns the next record, and io.EOF after the last of the last file.
func (c *chain) Next() (adapters.Record, error) {
	for {
		rec, err := c.Reader.Next()
		if !errors.Is(err, io.EOF) || len(c.rest) == 0 {
			return rec, err
		}
		if err := c.Close(); err != nil {
			return rec, err
		}
		if err := c.advance(); err != nil {
			return rec, err
		}
	}
}

// Notes says how the first file is read.
func (c *chain) Notes() []string {
	if all := c.files + len(c.rest); all > 1 {
		return append([]string{"files: " + strconv.Itoa(all)}, c.says...)
	}
	return c.Reader.Notes()
}
