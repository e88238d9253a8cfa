package imports

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"casehub/adapters"
)

// dayFacts is what the values of a column say of days: how they have to be read so that
// they are the days that were meant.
type dayFacts struct {
	filled int
	empty  map[string]int // days that stand for none, by themselves
	zoned  int            // moments with their distance from Greenwich, but for midnight there
	// numbers that would be days, counted in seconds, in thousandths of them, and in the
	// days of a spreadsheet.
	unix, millis, serials int
}

// noDays are days that programs keep where nobody wrote one: MySQL's, and the first of
// Access and SQL Server.
var noDays = []string{"0000-00-00", "1899-12-30", "1900-01-01", "0001-01-01"}

var secondsOrMore = regexp.MustCompile(`^-?[0-9]{9,13}$`)

// add looks at one value.
func (f *dayFacts) add(s string) {
	f.filled++
	for _, none := range noDays {
		if s == none || strings.HasPrefix(s, none+" ") || strings.HasPrefix(s, none+"T") {
			if f.empty == nil {
				f.empty = map[string]int{}
			}
			f.empty[none]++
			return
		}
	}
	if len(s) > len("2006-01-02T15:04Z") && s[0] >= '0' && s[0] <= '9' {
		if at, ok := momentOf(strings.ToLower(s)); ok {
			if _, offset := at.Zone(); offset != 0 || at.Hour()+at.Minute()+at.Second() > 0 {
				f.zoned++
			}
			return
		}
	}
	if len(s) == len("45000") && wholeNum.MatchString(s) && s >= "10000" && s <= "60000" {
		f.serials++
	}
	if secondsOrMore.MatchString(s) {
		n, err := strconv.ParseInt(s, 10, 64)
		switch {
		case err != nil:
		case len(s) == len("202301051230") && compact.MatchString(s[:8]) && s[4:6] <= "12" && s[6:8] <= "31": // a day and an hour
		case len(strings.TrimPrefix(s, "-")) > 11:
			f.millis++
		case n < 1<<32:
			f.unix++
		}
	}
}

// dayWay is how the days of a column are read, nothing where they say so themselves.
type dayWay struct {
	Numbers counted  `json:"numbers,omitempty"` // what its numbers count
	None    []string `json:"none,omitempty"`    // days that stand for none
}

// way guesses how a column is read if it holds days.
func (f *dayFacts) way() dayWay {
	if f == nil {
		return dayWay{}
	}
	switch f.filled {
	case 0:
		return dayWay{}
	case f.unix:
		return dayWay{Numbers: unixTime}
	case f.millis:
		return dayWay{Numbers: unixMillis}
	case f.serials:
		return dayWay{Numbers: from1900}
	}
	var way dayWay
	for _, day := range noDays {
		if f.empty[day] > 0 && (day == noDays[0] || f.empty[day] >= fiveRows) {
			way.None = append(way.None, day)
		}
	}
	return way
}

// rule writes how a day is read from a column, "" where the column says it all.
func (w dayWay) rule(column string) string {
	switch {
	case w.Numbers == from1900, w.Numbers == from1904:
		return fmt.Sprintf("{col: %s, fn: [{date: {excel_serials: %s}}]}", column, w.Numbers)
	case w.Numbers != "":
		return fmt.Sprintf("{col: %s, fn: [{date: {numbers: %s}}]}", column, w.Numbers)
	case len(w.None) > 0:
		return fmt.Sprintf("{col: %s, fn: [{replace: {find: \"^(%s)\\\\b.*\", with: \"\"}}]}", column, strings.Join(w.None, "|"))
	}
	return ""
}

// guess writes the same into a draft, with a word on why.
func (w dayWay) guess(column string) string {
	why := map[counted]string{
		unixTime: "its numbers may be seconds since 1970", unixMillis: "its numbers may be thousandths of seconds since 1970",
		from1900: "its numbers may be days of a spreadsheet", "": "such a day stands for none",
	}
	if rule := w.rule(column); rule != "" {
		return rule + " # guessed: " + why[w.Numbers]
	}
	return column
}

// moments reports a column of moments whose day depends on where the office is.
func (f *dayFacts) moments() bool {
	if f == nil { // nobody filled the column
		return false
	}
	return f.zoned > 0 || f.filled > 0 && (f.unix == f.filled || f.millis == f.filled)
}

// zoneOf returns what the draft says of the time zone: something only where days are
// brought from moments.
func zoneOf(tables []Sampled) string {
	for _, t := range tables {
		for _, s := range t.Suggested {
			to := targetNamed(s.Target)
			if i := to.index(s.Field); i >= 0 && to.fields[i].kind == asDay && t.Days[s.Column].moments() {
				return ", timezone: " + todo
			}
		}
	}
	return ""
}

// look notes a value of a column that may hold days.
func look(days map[string]*dayFacts, name, s string, kind adapters.Kind) {
	if kind == adapters.Bool || kind == adapters.Bad || len(s) > 40 {
		return
	}
	if days[name] == nil {
		days[name] = &dayFacts{}
	}
	days[name].add(s)
}
