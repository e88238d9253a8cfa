// Package books opens a workbook by what its file is: it is the one place that knows
// every format.
package books

import (
	"errors"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/charset"
	"casehub/adapters/spreadsheet/files"
	"casehub/adapters/spreadsheet/ods"
	"casehub/adapters/spreadsheet/sheet"
	"casehub/adapters/spreadsheet/webpage"
	"casehub/adapters/spreadsheet/xls"
	"casehub/adapters/spreadsheet/xlsx"
	"casehub/adapters/spreadsheet/xmlss"
)

// Open opens the workbook in a file that was surveyed. It fails with
// adapters.ErrUnreadable for a file of text.
func Open(f *files.File) (sheet.Book, error) {
	switch f.Kind {
	case files.XLSX:
		return whole(f, xlsx.Open)
	case files.ODS:
		return whole(f, ods.Open)
	case files.FlatODS:
		return ods.OpenFlat(f.Open)
	case files.XLS:
		return whole(f, xls.Open)
	case files.HTML:
		enc, why, err := charset.Choose("", "", f.Facts)
		if err != nil {
			return nil, err
		}
		return webpage.Open(f.Open, enc, why)
	case files.XML:
		return xmlss.Open(f.Open)
	}
	return nil, adapters.ErrUnreadable.With("expected", "XLSX")
}

func whole(f *files.File, open func(place.File) (sheet.Book, error)) (sheet.Book, error) {
	content, err := f.Whole()
	if err != nil {
		return nil, err
	}
	return open(content)
}

// Sheets lists the sheets of a workbook. Its errors name the file, as do those of
// Default and Filled.
func Sheets(f *files.File) (all []sheet.Info, err error) {
	err = with(f, func(b sheet.Book) error {
		all = b.Sheets()
		return nil
	})
	return all, err
}

// Default lists the sheets of a workbook, and tells the place of the one that is meant
// where none is named.
func Default(f *files.File) (all []sheet.Info, first int, err error) {
	err = with(f, func(b sheet.Book) (err error) {
		all = b.Sheets()
		first, err = sheet.Find(b, "")
		return err
	})
	return all, first, err
}

// Filled lists the sheets of a workbook that are not hidden and hold something.
func Filled(f *files.File) (all []sheet.Info, err error) {
	err = with(f, func(b sheet.Book) error {
		for i, info := range b.Sheets() {
			if info.Hidden {
				continue
			}
			holds, err := sheet.Holds(b, i)
			if err != nil {
				return err
			}
			if holds {
				all = append(all, info)
			}
		}
		return nil
	})
	return all, err
}

// with opens a workbook for a while.
func with(f *files.File, fn func(sheet.Book) error) error {
	b, err := Open(f)
	if err == nil {
		err = errors.Join(fn(b), b.Close())
	}
	return files.Named(err, f.Name)
}
