package spreadsheet

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"casehub/adapters"
)

// sheetRows gives the rows of one sheet of a workbook. The cell type and the
// number format decide what a value is, never the text that is shown.
type sheetRows struct {
	file     *excelize.File
	sheet    string
	hidden   bool
	date1904 bool
	area     area
	raw      [][]string // raw values, by row and column
	merged   map[[2]int]string
	formats  map[int]bool // by style: whether it shows a day
	at       int          // rows given
}

// openSheet opens the workbook at path at the sheet declared, or else the
// first that is not hidden. It fails with adapters.ErrUnreadable when there is
// no workbook, with adapters.ErrSheet when there is no such sheet, and with
// adapters.ErrTooLarge or adapters.ErrTooManyCells past the limits.
func openSheet(path string, t Table) (s *sheetRows, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			s, err = nil, adapters.ErrUnreadable.With("expected", XLSX)
		}
	}()
	// With both limits equal the library never lays a sheet down in the folder for
	// temporary files, where people would stand in it as plain text.
	f, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		return nil, unreadable(err)
	}
	s = &sheetRows{file: f, formats: map[int]bool{}}
	if err := s.load(t); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

// unreadable leaves the text of the library's error out: it may hold content.
func unreadable(err error) error {
	if errors.Is(err, excelize.ErrWorkbookFileFormat) || !strings.Contains(err.Error(), "exceeds the") {
		return adapters.ErrUnreadable.With("expected", XLSX)
	}
	return adapters.ErrTooLarge.With("megabytes", maxUnzipped>>20)
}

func (s *sheetRows) load(t Table) error {
	var err error
	if s.sheet, err = s.find(t.Sheet); err != nil {
		return err
	}
	visible, err := s.file.GetSheetVisible(s.sheet)
	if err != nil {
		return adapters.ErrUnreadable.With("expected", XLSX)
	}
	s.hidden = !visible
	if s.area, err = parseRange(t.Range); err != nil {
		return err
	}
	if props, err := s.file.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		s.date1904 = *props.Date1904
	}
	if err := s.loadCells(); err != nil {
		return err
	}
	return s.loadMerged()
}

// find returns the sheet of a name, blanks around it aside.
func (s *sheetRows) find(name string) (string, error) {
	for _, sheet := range s.file.GetSheetList() {
		visible, err := s.file.GetSheetVisible(sheet)
		if err != nil {
			continue
		}
		if name == "" && visible || name != "" && strings.EqualFold(strings.TrimSpace(sheet), strings.TrimSpace(name)) {
			return sheet, nil
		}
	}
	if name == "" {
		return "", adapters.ErrUnreadable.With("expected", XLSX)
	}
	return "", adapters.ErrSheet.With("sheet", name)
}

func (s *sheetRows) loadCells() error {
	it, err := s.file.Rows(s.sheet)
	if err != nil {
		return unreadable(err)
	}
	empty := 0
	for it.Next() {
		cells, err := it.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return errors.Join(unreadable(err), it.Close())
		}
		if len(s.raw)-empty > maxSheetRows || len(cells) > maxColumns {
			return errors.Join(adapters.ErrTooManyCells.With("rows", maxSheetRows).With("columns", maxColumns), it.Close())
		}
		if empty++; len(cells) > 0 {
			empty = 0
		}
		if empty > maxSheetRows {
			break
		}
		s.raw = append(s.raw, cells)
	}
	s.raw = s.raw[:len(s.raw)-empty]
	return it.Close()
}

// loadMerged remembers the value of each cell that a merged cell covers.
func (s *sheetRows) loadMerged() error {
	merged, err := s.file.GetMergeCells(s.sheet)
	if err != nil {
		return unreadable(err)
	}
	s.merged = map[[2]int]string{}
	for _, m := range merged {
		a, err := parseRange(m.GetStartAxis() + ":" + m.GetEndAxis())
		if err != nil {
			return adapters.ErrUnreadable.With("expected", XLSX)
		}
		for r := a.top; r <= min(a.bottom, len(s.raw)); r++ {
			for c := a.left; c <= min(a.right, maxColumns); c++ {
				s.merged[[2]int{r, c}] = m.GetStartAxis()
			}
		}
	}
	return nil
}

func (s *sheetRows) notes() []string {
	notes := []string{"sheet " + strconv.Quote(s.sheet)}
	if s.hidden {
		notes = append(notes, "the sheet is hidden")
	}
	if s.date1904 {
		notes = append(notes, "days are counted from 1904")
	}
	return notes
}

func (s *sheetRows) Close() error { return s.file.Close() }

// next returns the next row inside the range.
func (s *sheetRows) next() (row, error) {
	for {
		s.at++
		if s.at > len(s.raw) || s.at > s.area.bottom {
			return row{}, io.EOF
		}
		if s.at >= s.area.top {
			return s.row(s.at)
		}
	}
}

func (s *sheetRows) row(no int) (row, error) {
	r := row{no: int64(no)}
	visible, err := s.file.GetRowVisible(s.sheet, no)
	if err != nil {
		return r, unreadable(err)
	}
	r.hidden = !visible
	last := min(s.width(no), s.area.right)
	for col := s.area.left; col <= last; col++ {
		v, code, err := s.cell(no, col)
		if err != nil {
			return r, unreadable(err)
		}
		if code != "" {
			r.cellAt = append(r.cellAt, cellProblem{col - s.area.left, code})
		}
		r.cells = append(r.cells, v)
	}
	return r, nil
}

// width returns the last column of a row that can hold something. A formula
// without a saved result does not show in the raw values, so the row is looked
// at as far as the row above and below reach.
func (s *sheetRows) width(no int) int {
	w := 0
	for r := max(no-1, 1); r <= min(no+1, len(s.raw)); r++ {
		w = max(w, len(s.raw[r-1]))
	}
	return w
}

// cell returns the value of one cell.
func (s *sheetRows) cell(no, col int) (adapters.Value, adapters.Code, error) {
	name, err := excelize.CoordinatesToCellName(col, no)
	if err != nil {
		return adapters.Value{}, "", err
	}
	if start, ok := s.merged[[2]int{no, col}]; ok && start != name {
		if col, no, err = excelize.CellNameToCoordinates(start); err != nil {
			return adapters.Value{}, "", err
		}
		name = start
	}
	text := ""
	if no <= len(s.raw) && col <= len(s.raw[no-1]) {
		text = s.raw[no-1][col-1]
	}
	if text == "" {
		return s.emptyCell(name)
	}
	kind, err := s.file.GetCellType(s.sheet, name)
	if err != nil {
		return adapters.Value{}, "", err
	}
	switch kind {
	case excelize.CellTypeError:
		return adapters.Value{Raw: text, Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue, nil
	case excelize.CellTypeBool:
		return adapters.Value{Raw: strconv.FormatBool(text == "1" || strings.EqualFold(text, "true")), Kind: adapters.Bool}, "", nil
	case excelize.CellTypeNumber, excelize.CellTypeUnset, excelize.CellTypeFormula, excelize.CellTypeDate:
		return s.number(name, text)
	}
	return adapters.Value{Raw: text}, "", nil
}

func (s *sheetRows) emptyCell(name string) (adapters.Value, adapters.Code, error) {
	formula, err := s.file.GetCellFormula(s.sheet, name)
	if err != nil {
		return adapters.Value{}, "", err
	}
	if formula != "" {
		return adapters.Value{Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue, nil
	}
	return adapters.Value{Null: true}, "", nil
}

// number returns a number as it is saved, or the day that its format shows.
func (s *sheetRows) number(name, text string) (adapters.Value, adapters.Code, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return adapters.Value{Raw: text}, "", nil
	}
	style, err := s.file.GetCellStyle(s.sheet, name)
	if err != nil {
		return adapters.Value{}, "", err
	}
	isDay, known := s.formats[style]
	if !known {
		isDay = s.showsDay(style)
		s.formats[style] = isDay
	}
	if !isDay {
		return adapters.Value{Raw: text, Kind: adapters.Number}, "", nil
	}
	day, ok := serialDay(x, s.date1904)
	if !ok {
		return adapters.Value{Raw: text, Kind: adapters.Bad}, adapters.DateImpossible, nil
	}
	return adapters.Value{Raw: day, Kind: adapters.Date}, "", nil
}

// showsDay reports whether a style shows numbers as days.
func (s *sheetRows) showsDay(style int) bool {
	st, err := s.file.GetStyle(style)
	if err != nil || st == nil {
		return false
	}
	if st.CustomNumFmt != nil {
		return dayFormat(*st.CustomNumFmt)
	}
	n := st.NumFmt
	return n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 54 || n == 57 || n == 58
}

// dayFormat reports a number format with a year or a day in it, quoted text,
// escapes and [colours] aside.
func dayFormat(format string) bool {
	var quoted, bracket bool
	for i := 0; i < len(format); i++ {
		switch c := format[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case !quoted && !bracket && strings.IndexByte("yYdD", c) >= 0:
			return true
		}
	}
	return false
}

// serialDay returns the day that a spreadsheet's number stands for, as
// YYYY-MM-DD with Thh:mm:ss where there is a time. In the calendar from 1900
// the number 60 is a 29 February that never was; it and what is not between
// 1900 and 2099 is no day.
func serialDay(x float64, from1904 bool) (string, bool) {
	if math.IsNaN(x) || x < 0 || x > 73050 {
		return "", false
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case x < 1 || x >= 60 && x < 61:
		return "", false
	case x < 60:
		start = start.AddDate(0, 0, 1)
	}
	whole := math.Floor(x)
	seconds := int(math.Round((x - whole) * 86400))
	day := start.AddDate(0, 0, int(whole)).Add(time.Duration(seconds) * time.Second)
	if day.Year() > 2099 {
		return "", false
	}
	if seconds%86400 == 0 {
		return day.Format(time.DateOnly), true
	}
	return day.Format("2006-01-02T15:04:05"), true
}

// area is a range of cells, its borders included.
type area struct{ top, left, bottom, right int }

// parseRange reads a range such as "B60:D80"; "" is everything.
func parseRange(s string) (area, error) {
	if s == "" {
		return area{1, 1, math.MaxInt32, maxColumns}, nil
	}
	from, to, ok := strings.Cut(s, ":")
	if !ok {
		to = from
	}
	left, top, err1 := excelize.CellNameToCoordinates(strings.ReplaceAll(from, "$", ""))
	right, bottom, err2 := excelize.CellNameToCoordinates(strings.ReplaceAll(to, "$", ""))
	if err1 != nil || err2 != nil || right < left || bottom < top {
		return area{}, fmt.Errorf("range %q is not like B60:D80", s)
	}
	return area{top, left, bottom, right}, nil
}
