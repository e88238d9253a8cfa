package formfile

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
)

// names of the sheets, as people write them.
var sheetNames = map[string]string{"survey": "survey", "choices": "choices", "choice": "choices", "columns": "choices", "settings": "settings", "setting": "settings", "external_choices": "external_choices"}

// sheet is one sheet: the names of its columns, and its rows.
type sheet struct {
	columns []string
	rows    []sheetRow
}

type sheetRow struct {
	loc   adapters.Locator
	cells []string
}

// maxRows is the most rows of a form's sheet.
const maxRows = 100_000

// load reads the sheets of a form. It fails with adapters.ErrUnreadable when there is
// no survey in the file.
func load(ctx context.Context, at place.Place) (map[string]*sheet, error) {
	all := map[string]*sheet{}
	head, err := at.Head(4)
	if err != nil {
		return nil, err
	}
	book := string(head) == "PK\x03\x04" || string(head) == "\xd0\xcf\x11\xe0"
	if !book {
		names := make([]string, 256)
		for i := range names {
			names[i] = "c" + strconv.Itoa(i)
		}
		s, err := loadSheet(ctx, at, "survey", spreadsheet.Table{Columns: names, Drop: []string{"blank"}})
		if err != nil {
			return nil, err
		}
		all = cut(s)
	}
	for _, spelling := range []string{"survey", "choices", "choice", "columns", "settings", "setting", "external_choices"} {
		as := sheetNames[spelling]
		if !book || all[as] != nil {
			continue
		}
		s, err := loadSheet(ctx, at, spelling, spreadsheet.Table{Sheet: spelling, HeaderRows: []int{1}, Drop: []string{"blank"}})
		if errors.Is(err, adapters.ErrSheet) || errors.Is(err, adapters.ErrHeader) || errors.Is(err, adapters.ErrHeaderRow) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all[as] = s
	}
	if all["survey"] == nil || column(all["survey"], "type") < 0 {
		return nil, unreadable(at)
	}
	return all, nil
}

func unreadable(at place.Place) error {
	return adapters.ErrUnreadable.With("file", at.Name()).With("expected", "XLSForm")
}

func loadSheet(ctx context.Context, at place.Place, name string, t spreadsheet.Table) (*sheet, error) {
	src, err := spreadsheet.Open(at, spreadsheet.Settings{Tables: map[string]spreadsheet.Table{name: t}})
	if err != nil {
		return nil, err
	}
	s := &sheet{}
	err = src.Read(ctx, name, "", func(rec adapters.Record) error {
		if s.columns == nil {
			s.columns = rec.Header.Names()
		}
		if rec.Skip != "" {
			return nil
		}
		if len(s.rows) >= maxRows {
			return adapters.ErrTooManyCells.With("file", at.Name()).With("table", name).With("rows", maxRows).With("columns", len(s.columns))
		}
		row := sheetRow{loc: rec.Loc, cells: make([]string, len(rec.Values))}
		for i, v := range rec.Values {
			if row.cells[i] = strings.TrimSpace(v.Raw); v.Null && v.List == nil {
				row.cells[i] = ""
			}
		}
		s.rows = append(s.rows, row)
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err == nil && s.columns == nil {
		return s, adapters.ErrHeader
	}
	return s, err
}

// cut takes one table apart into the sheets that its first column names: a row with
// a name there begins a sheet, the next row names its columns.
func cut(s *sheet) map[string]*sheet {
	all := map[string]*sheet{}
	now := &sheet{}
	for _, r := range s.rows {
		if len(r.cells) == 0 {
			continue
		}
		if as, ok := sheetNames[strings.ToLower(r.cells[0])]; ok {
			now = &sheet{}
			all[as] = now
			continue
		}
		if now.columns == nil {
			now.columns = r.cells[1:]
			continue
		}
		now.rows = append(now.rows, sheetRow{r.loc, r.cells[1:]})
	}
	return all
}

var blanks = regexp.MustCompile(`\s+`)

// heading is a column that is written in a language.
var heading = regexp.MustCompile(`^(label|hint|caption)\s*(?:::?\s*(.*))?$`)

// column returns the place of a column by one of its spellings, or -1. Of two
// columns of one name the first counts.
func column(s *sheet, spellings ...string) int {
	for _, want := range spellings {
		for i, have := range s.columns {
			if strings.ToLower(blanks.ReplaceAllString(strings.TrimSpace(have), "_")) == want {
				return i
			}
		}
	}
	return -1
}

func (r sheetRow) at(i int) string {
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return r.cells[i]
}

// texts finds the columns of labels or hints by language.
func (s *sheet) texts(kind string) map[string]int {
	found := map[string]int{}
	for i, c := range s.columns {
		name := strings.TrimSpace(c)
		if at := strings.IndexByte(name, ':'); at >= 0 {
			name = strings.ToLower(strings.TrimSpace(name[:at])) + name[at:]
		} else {
			name = strings.ToLower(name)
		}
		m := heading.FindStringSubmatch(name)
		if m == nil || m[1] != kind && !(kind == "label" && m[1] == "caption") {
			continue
		}
		language := strings.TrimSpace(strings.SplitN(m[2], "#", 2)[0])
		if _, ok := found[language]; !ok {
			found[language] = i
		}
	}
	return found
}
