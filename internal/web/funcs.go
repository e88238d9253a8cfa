package web

import (
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
)

// funcs are what every template may call. Those that speak of the reader look
// at the request the view is bound to while it runs.
//
//	{{t "cases.closed-on"}} {{t "cases.count" "n" .Count}}   a message
//	{{terr .Problem}}                                        what an error tells a person
//	{{problem .Problem "closed_on"}}                         the same, if that field is at fault, else ""
//	{{date .ClosedOn}} {{month .Period}} {{shortmonth .Period}} {{instant .At}}
//	{{number .Count}} {{percent .Part .Whole}} {{money .Minor "ZAR"}} {{hundreds .Amount "ZAR"}}
//	{{commands (t "egress.approver-add-body")}}              a text, with no name of a program broken at its hyphen
//	{{lang}} {{dir}} {{path}} {{csrf}} {{asset "kit.css"}} {{icon "arrow"}}
func (v *view) funcs(s *Site) template.FuncMap {
	c := s.o.Catalog
	lang := func() string { return of(v.req).lang }
	return template.FuncMap{
		"t":          func(key string, args ...any) string { return c.Text(lang(), key, args...) },
		"terr":       func(err error) string { return c.Error(lang(), err) },
		"problem":    func(err error, field string) string { return fieldProblem(s, lang(), err, field) },
		"date":       func(d civil.Date) string { return c.Date(lang(), d) },
		"month":      func(m civil.Month) string { return c.Month(lang(), m) },
		"shortmonth": func(m civil.Month) string { return c.ShortMonth(lang(), m) },
		"instant":    func(t time.Time) string { return c.Instant(lang(), s.here(t)) },
		"number":     func(n any) (string, error) { return number(s, lang(), n) },
		"percent":    func(part, whole int) string { return c.Percent(lang(), int64(part), int64(whole)) },
		"money":      func(minor int64, currency string) string { return c.Money(lang(), minor, currency) },
		"hundreds":   func(n any, currency string) (string, error) { return hundreds(s, lang(), n, currency) },
		"commands":   commands,
		"lang":       lang,
		"dir":        func() string { return direction(c.RightToLeft(lang())) },
		"path":       func() string { return of(v.req).path },
		"csrf":       func() template.HTML { return hidden(of(v.req).token) },
		"formtoken":  func() string { return of(v.req).token.masked() },
		"asset":      s.assets.address,
		"icon":       icon,
	}
}

// here shows an instant by the clock of the readers.
func (s *Site) here(t time.Time) time.Time {
	if s.o.Zone == nil || t.IsZero() {
		return t
	}
	return t.In(s.o.Zone)
}

// programs are the names of our programs in a text, which a line would break at its
// hyphen.
var programs = regexp.MustCompile(`casehub-[a-z]+`)

// commands returns a text as HTML in which the name of a program stays in one line, and
// can be copied as it is.
func commands(text string) template.HTML {
	return template.HTML(programs.ReplaceAllString(template.HTMLEscapeString(text), `<span class="nowrap">$0</span>`)) //nolint:gosec // escaped
}

func direction(rtl bool) string {
	if rtl {
		return "rtl"
	}
	return "ltr"
}

// fieldProblem returns the message of the error in err, or inside a joined
// err, that blames the field.
func fieldProblem(s *Site, lang string, err error, field string) string {
	if err == nil {
		return ""
	}
	var all interface{ Unwrap() []error }
	if errors.As(err, &all) {
		for _, one := range all.Unwrap() {
			if text := fieldProblem(s, lang, one, field); text != "" {
				return text
			}
		}
		return ""
	}
	if e := errs.As(err); e != nil && e.Field() == field {
		return s.o.Catalog.Error(lang, e)
	}
	return ""
}

func number(s *Site, lang string, v any) (string, error) {
	n, err := whole(v)
	if err != nil {
		return "", err
	}
	return s.o.Catalog.Number(lang, n), nil
}

func hundreds(s *Site, lang string, v any, currency string) (string, error) {
	n, err := whole(v)
	if err != nil {
		return "", err
	}
	return s.o.Catalog.Hundreds(lang, n, currency), nil
}

// whole takes any type of whole number, as templates have no conversion.
func whole(v any) (int64, error) {
	switch n := v.(type) {
	case int:
		return int64(n), nil
	case int64:
		return n, nil
	case uint32:
		return int64(n), nil
	case uint64:
		return int64(n), nil //nolint:gosec // sums of values below 5000 stay far below
	}
	return 0, fmt.Errorf("not a whole number: %T", v)
}

func hidden(t token) template.HTML {
	return template.HTML(`<input type="hidden" name="` + tokenField + `" value="` + t.masked() + `">`) //nolint:gosec // base64url only
}
