package imports

import (
	"math"
	"regexp"
	"strconv"
	"time"

	"casehub/adapters"
	"casehub/internal/civil"
	"casehub/node/clients"
)

// counted says since when a number counts, and in what.
type counted string

const (
	from1900   counted = "1900"    // days in a spreadsheet, the first is 1 January 1900
	from1904   counted = "1904"    // days in a spreadsheet, the first is 1 January 1904
	unixTime   counted = "unix"    // seconds since 1970
	unixMillis counted = "unix_ms" // thousandths of a second since 1970
	julianDays counted = "julian"  // days since noon on 24 November 4714 BC, as SQLite has them
)

// moment reports a count that has the time of the day with it and that no other reading
// of a number comes before.
func (c counted) moment() bool { return c == unixTime || c == unixMillis || c == julianDays }

var anyNumber = regexp.MustCompile(`^-?\d{1,16}(?:\.\d{1,20})?(?:e\+?\d{1,2})?$`)

// day returns the day that a number means, a moment's in its zone.
func (c counted) day(s string, zone *time.Location) (civil.Date, clients.Precision, adapters.Code) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "", "", adapters.TypeDate
	}
	switch c {
	case unixMillis:
		x /= 1000
	case julianDays:
		x = math.Round((x - 2440587.5) * 86400)
	case unixTime:
	default:
		return serialDay(int(x), c)
	}
	if math.Abs(x) > 1e11 { // the year 5138
		return "", "", adapters.DateImpossible
	}
	return dayAt(time.Unix(int64(math.Floor(x)), 0).UTC(), zone), clients.Day, ""
}

// serialDay reads the number of a day in a spreadsheet. Number 60 of the
// calendar from 1900 is a day that never was.
func serialDay(n int, from counted) (civil.Date, clients.Precision, adapters.Code) {
	if n < 1 || n > 73050 || from == from1900 && n == 60 {
		return "", "", adapters.DateImpossible
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from == from1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n < 60:
		n++
	}
	return civil.On(start.AddDate(0, 0, n)), clients.Day, ""
}

var zoned = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})[t ]+(\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d+)? ?(z|utc|gmt|[+-]\d{2}(?::?\d{2})?(?::\d{2})?)$`)

// inZone reads a moment that says how far from Greenwich its clock is, as the day that
// it was in the zone. Without a zone there is nothing to say: the day stands as it is.
func inZone(s string, zone *time.Location) (civil.Date, bool) {
	if zone == nil {
		return "", false
	}
	at, ok := momentOf(s)
	if !ok {
		return "", false
	}
	return dayAt(at, zone), true
}

// momentOf reads a moment with its distance from Greenwich, in small letters.
func momentOf(s string) (time.Time, bool) {
	m := zoned.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	clock := m[2]
	if len(clock) == len("15:04") {
		clock += ":00"
	}
	at, err := time.Parse("2006-01-02 15:04:05", m[1]+" "+clock)
	if err != nil {
		return time.Time{}, false
	}
	offset := 0
	if m[3][0] == '+' || m[3][0] == '-' {
		offset = offsetOf(m[3])
	}
	return at.Add(-time.Duration(offset) * time.Second).In(time.FixedZone("", offset)), true
}

// offsetOf reads +05:30, -0400 or +02 as seconds east of Greenwich.
func offsetOf(s string) int {
	sign, seconds, unit := 1, 0, 3600
	if s[0] == '-' {
		sign = -1
	}
	figures := ""
	for _, c := range s[1:] {
		if c == ':' {
			continue
		}
		if figures += string(c); len(figures) == 2 {
			seconds += num(figures) * unit
			figures, unit = "", unit/60
		}
	}
	return sign * seconds
}

// dayAt returns the day of a moment in a zone. Midnight to the second in Greenwich is
// how programs keep a day without an hour: it is that day everywhere.
func dayAt(at time.Time, zone *time.Location) civil.Date {
	if _, offset := at.Zone(); zone == nil || offset == 0 && at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 {
		return civil.On(at)
	}
	return civil.On(at.In(zone))
}
