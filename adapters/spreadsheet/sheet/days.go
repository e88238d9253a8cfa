package sheet

import (
	"math"
	"strings"
	"time"

	"casehub/adapters"
)

// Calendar is how the days of a workbook are counted. The zero Calendar counts from
// 1900.
type Calendar struct{ From1904 bool }

// Notes says so where days are counted in the other way.
func (c Calendar) Notes() []string {
	if c.From1904 {
		return []string{"days are counted from 1904"}
	}
	return nil
}

// Number is a cell with a number, or with the day that its format shows.
func (c Calendar) Number(text string, x float64, isDay bool) Cell {
	if !isDay {
		return Number(text, x)
	}
	day, ok := c.day(x)
	if !ok {
		return Cell{Value: adapters.Value{Raw: text, Kind: adapters.Bad}, Code: adapters.DateImpossible}
	}
	return Cell{Value: adapters.Value{Raw: day, Kind: adapters.Date}}
}

// ShowsDay reports whether a number format shows a day: by its own text, or by
// the number of one that every program knows.
func ShowsDay(id int, format string) bool {
	if format != "" {
		return dayFormat(format)
	}
	return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id == 57 || id == 58
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

// day returns the day that a spreadsheet's number stands for, as
// YYYY-MM-DD with Thh:mm:ss where there is a time. In the calendar from 1900
// the number 60 is a 29 February that never was; it and what is not between
// 1900 and 2099 is no day.
func (c Calendar) day(x float64) (string, bool) {
	if math.IsNaN(x) || x < 0 || x > 73050 {
		return "", false
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case c.From1904:
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
