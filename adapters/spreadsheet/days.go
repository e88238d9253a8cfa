package spreadsheet

import (
	"math"
	"strings"
	"time"
)

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
