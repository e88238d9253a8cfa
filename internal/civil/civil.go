// Package civil holds days and months as offices write them: without a clock
// and without a zone. A Date is "YYYY-MM-DD" and a Month is the number YYYYMM
// (SDMX TIME_PERIOD, DHIS2 monthly period), so both sort and store as they are.
package civil

import (
	"fmt"
	"strconv"
	"time"

	"casehub/internal/errs"
)

// ErrDate reports text that is not a day of the calendar in YYYY-MM-DD.
var ErrDate = errs.New(errs.Invalid, "civil.date")

// ErrMonth reports a number that is not a month in YYYYMM between 1900 and 2099.
var ErrMonth = errs.New(errs.Invalid, "civil.month")

// Date is a day of the calendar, "YYYY-MM-DD"; "" is no day.
type Date string

// Parse reads a day. It fails with ErrDate.
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 || t.Year() > 2099 {
		return "", ErrDate
	}
	return Date(s), nil
}

// On returns the day of an instant in the instant's own zone.
func On(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Before reports whether d is an earlier day than o. No day is before every day.
func (d Date) Before(o Date) bool { return d < o }

// Time returns midnight UTC of the day, or the zero time for no day.
func (d Date) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// AddDays returns the day n days later, or earlier for a negative n.
func (d Date) AddDays(n int) Date { return On(d.Time().AddDate(0, 0, n)) }

// Month returns the month that the day is in, or 0 for no day.
func (d Date) Month() Month {
	t := d.Time()
	if t.IsZero() {
		return 0
	}
	return MonthOf(t)
}

// Month is a month as the number YYYYMM; 0 is no month.
type Month uint32

// MonthOf returns the month of an instant in the instant's own zone.
func MonthOf(t time.Time) Month { return Month(t.Year()*100 + int(t.Month())) }

// ParseMonth reads "202609" or "2026-09". It fails with ErrMonth.
func ParseMonth(s string) (Month, error) {
	if len(s) == 7 && s[4] == '-' {
		s = s[:4] + s[5:]
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || len(s) != 6 || !Month(n).Valid() {
		return 0, ErrMonth
	}
	return Month(n), nil
}

// Valid reports whether m is a month between January 1900 and December 2099.
func (m Month) Valid() bool {
	return m >= 190001 && m <= 209912 && m%100 >= 1 && m%100 <= 12
}

// Add returns the month n months later, or earlier for a negative n.
func (m Month) Add(n int) Month {
	i := int(m/100)*12 + int(m%100) - 1 + n
	return Month(i/12*100 + i%12 + 1)
}

// First returns the first day of the month.
func (m Month) First() Date { return Date(fmt.Sprintf("%04d-%02d-01", m/100, m%100)) }

// Last returns the last day of the month.
func (m Month) Last() Date { return m.Add(1).First().AddDays(-1) }

// QuarterStart returns the first month of the month's calendar quarter.
func (m Month) QuarterStart() Month { return m - (m%100-1)%3 }

// QuarterEnd reports whether the month is the last of a calendar quarter.
func (m Month) QuarterEnd() bool { return m%100%3 == 0 }

// Dash returns "YYYY-MM", as people write months.
func (m Month) Dash() string { return fmt.Sprintf("%04d-%02d", m/100, m%100) }
