package spreadsheet

import (
	"io"
	"strings"
)

// xlsFeed gives the rows that were gathered.
type xlsFeed struct {
	rows    []sheetRow
	merged  []area
	columns []string
}

func (f *xlsFeed) merges() []area { return f.merged }

func (f *xlsFeed) notes() []string {
	if len(f.columns) == 0 {
		return nil
	}
	return []string{"hidden columns: " + strings.Join(f.columns, ", ")}
}

func (f *xlsFeed) Close() error { return nil }

func (f *xlsFeed) next() (sheetRow, error) {
	if len(f.rows) == 0 {
		return sheetRow{}, io.EOF
	}
	r := f.rows[0]
	f.rows = f.rows[1:]
	return r, nil
}
