package web

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
)

// Field is the data of block "field": one labelled input of a form, with what is
// wrong with it. Label, Hint and Choose are keys; the zero value of every field
// but Form, Name and Label may be left.
type Field struct {
	Form  string // name of the form; with Name it makes the id
	Name  string
	Label string
	Hint  string
	Value string
	// Type is the type of the input, "text" if empty. Where there are Options it
	// is a list to choose from, or a row of buttons with Type "radio".
	Type  string
	Lines int // height of a text of several lines
	Limit int // most characters
	// Autocomplete says what a browser may fill in, "new-password"; "off" if
	// empty: what one person typed is not offered to the next. What stands in an
	// input of type "password" is never sent back to the page.
	Autocomplete string
	Options      []OptionGroup
	// Choose stands for no choice at the top of a list; without it one of the
	// options is always chosen.
	Choose   string
	Min, Max string
	Required bool
	Full     bool // as wide as the form

	// Problem is the error of the whole form; the field shows its own part.
	Problem error
	// Differs says that somebody else saved another value meanwhile, and Saved
	// what that is.
	Differs bool
	Saved   string
}

// OptionGroup are options under one heading; without Label they stand alone.
type OptionGroup struct {
	Label   string
	Options []Option
}

// Option is one thing to choose. Key is used in place of Label if there is one.
type Option struct {
	Value, Label, Key string
	Chosen            bool
}

// ID returns the id of the input.
func (f Field) ID() string { return f.Form + "-" + f.Name }

// SavedOption returns the option that is saved meanwhile, if there is one.
func (f Field) SavedOption() *Option {
	for _, g := range f.Options {
		for _, o := range g.Options {
			if o.Value == f.Saved {
				return &o
			}
		}
	}
	return nil
}

// Codes returns the leaves of a code list under their categories, in a
// language, with the chosen one marked. Code 0 chooses none.
func Codes(l *codelist.List, language string, chosen codelist.Code) []OptionGroup {
	groups := make([]OptionGroup, 0, len(l.Categories))
	for _, c := range l.Categories {
		g := OptionGroup{Label: c.In(language)}
		for _, f := range c.Leaves {
			g.Options = append(g.Options, Option{
				Value: CodeValue(f.Code), Label: f.In(language), Chosen: f.Code == chosen,
			})
		}
		groups = append(groups, g)
	}
	return groups
}

// CodeValue writes a code as a form carries it, "" for none.
func CodeValue(c codelist.Code) string {
	if c == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(c), 10)
}

// ReadCode reads a code as a form carries it; what is no number is no code.
func ReadCode(value string) codelist.Code {
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return 0
	}
	return codelist.Code(n)
}

// ReadMonth reads a month as an address or a form carries it, YYYYMM; what is none is no
// month.
func ReadMonth(value string) civil.Month {
	n, err := strconv.ParseUint(value, 10, 32)
	if m := civil.Month(n); err == nil && m.Valid() {
		return m
	}
	return 0
}

// HTML returns a block as a panel for a page of another area.
func (p *Pages) HTML(r *http.Request, block string, data any) (template.HTML, error) {
	var b strings.Builder
	if err := p.render(&b, r, block, data, false); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // a template of ours made it
}
