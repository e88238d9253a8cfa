package imports

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/internal/civil"
	"casehub/node/clients"
)

// order says how a date of numbers is to be read. Nothing else can say it: a
// column with days up to 12 alone reads either way.
type order string

const (
	noOrder  order = ""
	dayFirst order = "dmy"
	monFirst order = "mdy"
	yrFirst  order = "ymd"
)

// dates says how the dates of a column are read.
type dates struct {
	order order
	// pivot: two-digit years up to it are of 2000, later ones of 1900.
	pivot int
	// coarsest precision that is taken.
	coarsest clients.Precision
	// counted takes numbers as days, seconds and the like since some day.
	counted counted
	// zone is where a moment with its distance from Greenwich becomes a day, nil for
	// the day that stands there.
	zone     *time.Location
	earliest civil.Date
	latest   civil.Date
}

// precisions from fine to coarse.
var precisions = map[clients.Precision]int{clients.Day: 1, clients.Month: 2, clients.Year: 3, clients.About: 4}

var (
	isoDay   = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:t|[t ]+\d{1,2}[:.h]\d{2}.*|t\d{4,6}.*)?$`)
	numbers3 = regexp.MustCompile(`^(\d{1,4})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{1,4})(?:[t ,]+\d{1,2}:\d{2}.*)?$`)
	compact  = regexp.MustCompile(`^(19|20)(\d{2})(\d{2})(\d{2})$`)
	yearMon  = regexp.MustCompile(`^(\d{4})[-/](\d{1,2})$`)
	monYear  = regexp.MustCompile(`^(\d{1,2})[-/.](\d{4})$`)
	justYear = regexp.MustCompile(`^(\d{4})$`)
	named    = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th|º|er)?[\s./-]*(?:de\s+|of\s+)?(\pL+)\.?[\s,./-]*(?:de\s+|del\s+)?(\d{2}|\d{4})?(?:[t ,]+\d{1,2}:\d{2}.*)?$`)
	usNamed  = regexp.MustCompile(`^(\pL+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(?:de\s+|del\s+)?(\d{4})$`)
	monthOf  = regexp.MustCompile(`^(\pL+)\.?[\s,./-]*(?:de\s+|del\s+)?(\d{4})$`)
	aboutOf  = regexp.MustCompile(`^(?:about|approx\.?|aprox\.?|circa|ca?\.|c\.|±|~|omtrent|ongeveer|hacia|vers|env\.?|cerca de)\s*(?:de\s+)?(\d{4})$`)
	wholeNum = regexp.MustCompile(`^\d{1,5}(?:\.\d+)?$`)
)

// read turns text into the first day it can mean, and how much of it is known.
func (d dates) read(s string) (civil.Date, clients.Precision, adapters.Code) {
	s = plainLetters.Replace(strings.Join(strings.Fields(strings.ToLower(plainDigits(s))), " "))
	s = strings.TrimRight(strings.TrimSuffix(s, "г."), ". ")
	day, p, problem := d.parse(s)
	if problem != "" {
		return "", "", problem
	}
	if precisions[p] > precisions[d.coarsest] {
		return "", "", adapters.DateAmbiguous
	}
	if d.latest.Before(day) || day.Before(d.earliest) {
		return "", "", adapters.DateImpossible
	}
	return day, p, ""
}

func (d dates) parse(s string) (civil.Date, clients.Precision, adapters.Code) {
	if since := d.counted; since.moment() && anyNumber.MatchString(s) {
		return since.day(s, d.zone)
	}
	if day, ok := inZone(s, d.zone); ok {
		return day, clients.Day, ""
	}
	s = withoutWeekday(s)
	if m := isoDay.FindStringSubmatch(s); m != nil {
		return dayOf(num(m[1]), num(m[2]), num(m[3]))
	}
	if m := compact.FindStringSubmatch(s); m != nil {
		return dayOf(num(m[1]+m[2]), num(m[3]), num(m[4]))
	}
	if m := numbers3.FindStringSubmatch(s); m != nil {
		return d.ordered(m[1], m[2], m[3])
	}
	if day, p, problem, ok := d.words(s); ok {
		return day, p, problem
	}
	if day, p, problem, ok := coarse(s); ok {
		return day, p, problem
	}
	if d.counted != "" && wholeNum.MatchString(s) {
		return d.counted.day(s, d.zone)
	}
	return "", "", adapters.TypeDate
}

// ordered reads three numbers in the declared order, or in the one order that
// makes a day when none is declared.
func (d dates) ordered(a, b, c string) (civil.Date, clients.Precision, adapters.Code) {
	switch {
	case len(a) == 4 || d.order == yrFirst && len(c) <= 2:
		return dayOf(d.year(a), num(b), num(c))
	case len(a) > 2 || len(c) == 3:
		return "", "", adapters.TypeDate
	case d.order == dayFirst:
		return dayOf(d.year(c), num(b), num(a))
	case d.order == monFirst:
		return dayOf(d.year(c), num(a), num(b))
	case len(c) != 4:
		return "", "", adapters.DateAmbiguous
	case num(a) > 12:
		return dayOf(num(c), num(b), num(a))
	case num(b) > 12:
		return dayOf(num(c), num(a), num(b))
	case num(a) == num(b):
		return dayOf(num(c), num(a), num(b))
	}
	return "", "", adapters.DateAmbiguous
}

// words reads dates with the name of the month in them. A day and a month
// without a year could be any year.
func (d dates) words(s string) (civil.Date, clients.Precision, adapters.Code, bool) {
	if m := usNamed.FindStringSubmatch(s); m != nil && months[m[1]] > 0 {
		day, p, problem := dayOf(num(m[3]), months[m[1]], num(m[2]))
		return day, p, problem, true
	}
	if m := named.FindStringSubmatch(s); m != nil && months[m[2]] > 0 {
		if m[3] == "" || len(m[3]) == 2 && d.order == yrFirst { // 19-Mar-05 begins with its year
			return "", "", adapters.DateAmbiguous, true
		}
		day, p, problem := dayOf(d.year(m[3]), months[m[2]], num(m[1]))
		return day, p, problem, true
	}
	if m := monthOf.FindStringSubmatch(s); m != nil && months[m[1]] > 0 {
		day, _, problem := dayOf(num(m[2]), months[m[1]], 1)
		return day, clients.Month, problem, true
	}
	for _, part := range strings.Split(s, "/") { // "maart/march 2019"
		if m := monthOf.FindStringSubmatch(part); m != nil && months[m[1]] > 0 && strings.Count(s, "/") == 1 {
			day, _, problem := dayOf(num(m[2]), months[m[1]], 1)
			return day, clients.Month, problem, true
		}
	}
	return "", "", "", false
}

// coarse reads a month or a year in figures.
func coarse(s string) (civil.Date, clients.Precision, adapters.Code, bool) {
	for _, form := range []struct {
		re          *regexp.Regexp
		year, month int
		p           clients.Precision
	}{{yearMon, 1, 2, clients.Month}, {monYear, 2, 1, clients.Month}, {justYear, 1, 0, clients.Year}, {aboutOf, 1, 0, clients.About}} {
		m := form.re.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		month := 1
		if form.month > 0 {
			month = num(m[form.month])
		}
		day, _, problem := dayOf(num(m[form.year]), month, 1)
		return day, form.p, problem, true
	}
	return "", "", "", false
}

// year reads two digits by the pivot and four as they are.
func (d dates) year(s string) int {
	n := num(s)
	switch {
	case len(s) > 2:
		return n
	case n <= d.pivot:
		return 2000 + n
	}
	return 1900 + n
}

func dayOf(year, month, day int) (civil.Date, clients.Precision, adapters.Code) {
	d, err := civil.Parse(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
	if err != nil {
		return "", "", adapters.DateImpossible
	}
	return d, clients.Day, ""
}

func num(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
