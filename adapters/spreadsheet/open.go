package spreadsheet

import (
	"context"
	"errors"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/books"
	"casehub/adapters/spreadsheet/delimited"
	"casehub/adapters/spreadsheet/files"
	"casehub/adapters/spreadsheet/records"
	"casehub/adapters/spreadsheet/sheet"
)

// open opens a table at its first record. Its errors name the file and the table.
func (s *Source) open(ctx context.Context, name string) (records.Reader, error) {
	t, err := s.table(ctx, name)
	if err != nil {
		return nil, err
	}
	in, err := s.piecesOf(t)
	if err != nil {
		return nil, adapters.Named(err, s.at.Name(), name)
	}
	c := &chain{rest: in, open: func(p piece) (records.Reader, error) {
		own := t
		own.Sheet = p.sheet
		r, err := openFile(p.file, name, own)
		return r, adapters.Named(err, p.file.Name, name)
	}}
	if err := c.advance(); err != nil {
		return nil, err
	}
	return c, nil
}

// openFile opens the table of one file.
func openFile(f *files.File, name string, t Table) (records.Reader, error) {
	raw, err := openLines(f, t)
	if err != nil {
		return nil, err
	}
	loc := adapters.Locator{File: f.Name, Sheet: t.Sheet}
	if t.Format == KeyValue {
		return records.KeyValue(raw, records.KeyValueSettings{Stream: name, Loc: loc, Record: t.Record, Inherit: t.Inherit, Nulls: t.Nulls}), nil
	}
	r, err := records.Table(raw, records.TableSettings{
		Stream: name, Loc: loc, HeaderRows: t.HeaderRows, Columns: t.Columns, Drop: t.Drop, Nulls: t.Nulls, Ditto: t.Ditto,
	})
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return r, nil
}

// openLines opens the lines of a table in one file.
func openLines(f *files.File, t Table) (sheet.Lines, error) {
	if f.Empty && len(t.Columns) == 0 {
		return nil, adapters.ErrEmptyFile
	}
	if f.Kind == files.Text {
		if !slices.Contains([]string{"", Delimited, KeyValue}, t.Format) {
			return nil, adapters.ErrUnreadable.With("expected", strings.ToUpper(t.Format))
		}
		return openText(f, t)
	}
	within, err := sheet.ParseArea(t.Range)
	if err != nil {
		return nil, err
	}
	book, err := books.Open(f)
	if err != nil {
		return nil, err
	}
	lines, err := sheet.Table(book, t.Sheet, within)
	if err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return lines, nil
}

func openText(f *files.File, t Table) (sheet.Lines, error) {
	delim, err := t.delimiter()
	if err != nil {
		return nil, err
	}
	return delimited.Open(delimited.File{Open: f.Open, Facts: f.Facts}, delimited.Settings{
		Encoding: t.Encoding, Language: t.Language, Delimiter: delim, Width: len(t.Columns), Loose: t.Format == KeyValue,
	})
}
