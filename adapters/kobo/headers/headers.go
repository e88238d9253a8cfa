// Package headers finds the questions of a form by what an export calls their columns:
// by names or by the labels of a language, with groups before them or without, joined by
// any sign.
package headers

import (
	"path"
	"strings"

	"casehub/adapters"
	"casehub/adapters/xlsform"
)

// Form is what a form says of columns. The zero Form says nothing.
type Form struct {
	forms []adapters.Instrument
	index xlsform.Index
	lists xlsform.Lists
	// How the export names columns: -1 by names, else by the labels of a language;
	// with groups before them, joined by a sign.
	language  int
	groups    bool
	separator string
}

// New makes a form of its instruments, none where no form is known.
func New(forms []adapters.Instrument) *Form {
	return &Form{forms: forms, index: xlsform.NewIndex(forms), lists: xlsform.NewLists(forms), language: -1}
}

// Known reports whether there is a form.
func (k *Form) Known() bool { return len(k.forms) > 0 }

// separators are the signs that an exporting person may choose between groups.
var separators = []string{"/", ".", "_", ":", "-", "|", " - ", " / "}

// Choose finds the way in which most columns of the submissions are found. It is taken
// for all tables.
func (k *Form) Choose(columns []string) {
	if !k.Known() {
		return
	}
	best := -1
	for language := -1; language < len(k.forms[0].Languages); language++ {
		for _, groups := range []bool{true, false} {
			for _, separator := range separators {
				try := *k
				try.language, try.groups, try.separator = language, groups, separator
				if n := len(try.Match(columns, "")); n > best {
					best = n
					k.language, k.groups, k.separator = language, groups, separator
				}
			}
		}
	}
}

// Repeat finds the repeat that a table is named after, among those inside a repeat, ""
// for the form itself: its name and its path.
func (k *Form) Repeat(table, inside string) (name, repeat string, ok bool) {
	if !k.Known() {
		return "", "", false
	}
	for i := range k.forms[0].Questions {
		q := &k.forms[0].Questions[i]
		if q.Type != "begin_repeat" || q.Repeat != inside {
			continue
		}
		leaf := path.Base(q.Name)
		if SameSheet(table, leaf) || SameSheet(table, adapters.Label(q.Labels, k.language)) {
			return leaf, xlsform.RepeatPath(q), true
		}
	}
	return "", "", false
}

// cutNames is the most characters of a sheet's name.
const cutNames = 31

// SameSheet reports whether a sheet's name is a longer name that was cut.
func SameSheet(sheet, long string) bool {
	if sheet == long {
		return true
	}
	begin, cut := strings.CutSuffix(sheet, "...")
	return (cut || len([]rune(sheet)) == cutNames) && long != "" && strings.HasPrefix(long, begin)
}

// Match finds the question of each column of a table, "" for the path of a table that is
// no repeat. Where several questions have the same header, they have it in the order of
// the form. A column without a name has no question.
func (k *Form) Match(columns []string, repeat string) map[int]*adapters.Question {
	if !k.Known() {
		return nil
	}
	byName := map[string][]*adapters.Question{}
	for i := range k.forms[0].Questions {
		q := &k.forms[0].Questions[i]
		if q.Repeat == repeat && !strings.HasPrefix(q.Type, "begin_") {
			for _, h := range k.headers(q) {
				byName[h] = append(byName[h], q)
			}
		}
	}
	found := map[int]*adapters.Question{}
	for i, column := range columns {
		if column == "" {
			continue
		}
		name, number := numbered(column)
		list := byName[column]
		if len(list) == 0 || number > 1 && len(list) <= 1 {
			if list = byName[name]; number > len(list) {
				continue
			}
		} else {
			number = 1
		}
		if number-1 < len(list) {
			found[i] = list[number-1]
		}
	}
	return found
}

// numbered takes the number off a name that stands several times: "Name#2".
func numbered(column string) (string, int) {
	name, digits, ok := strings.Cut(column, "#")
	if !ok || len(digits) != 1 || digits[0] < '2' || digits[0] > '9' {
		return column, 1
	}
	return name, int(digits[0] - '0')
}

// headers returns what a question's column may be called.
func (k *Form) headers(q *adapters.Question) []string {
	leaf := path.Base(q.Name)
	if k.language >= 0 {
		if l := label(q.Labels, k.language); l != "" {
			leaf = l
		}
	}
	if !k.groups {
		return []string{leaf}
	}
	inside := k.around(q.Repeat, q.Name)
	whole := strings.Join(append(inside, leaf), k.separator)
	if q.Repeat == "" {
		return []string{whole}
	}
	return []string{strings.Join(append(k.repeats(q.Repeat), append(inside, leaf)...), k.separator), whole}
}

// around names the groups around a question inside its repeat.
func (k *Form) around(repeat, name string) []string {
	var all []string
	parts := strings.Split(name, "/")
	for i := range parts[:len(parts)-1] {
		all = append(all, k.name(k.index.Find(repeat, strings.Join(parts[:i+1], "/")), parts[i]))
	}
	return all
}

// repeats names the repeats of a path, and the groups around each.
func (k *Form) repeats(p string) []string {
	for i := range k.forms[0].Questions {
		q := &k.forms[0].Questions[i]
		if q.Type == "begin_repeat" && xlsform.RepeatPath(q) == p {
			inside := append(k.around(q.Repeat, q.Name), k.name(q, path.Base(q.Name)))
			if q.Repeat == "" {
				return inside
			}
			return append(k.repeats(q.Repeat), inside...)
		}
	}
	return nil
}

func (k *Form) name(q *adapters.Question, leaf string) string {
	if q != nil && k.language >= 0 {
		if l := label(q.Labels, k.language); l != "" {
			return l
		}
	}
	return leaf
}

func label(labels []string, language int) string {
	if language < len(labels) {
		return strings.Join(strings.Fields(labels[language]), " ")
	}
	return ""
}

// Question finds a question by its header alone, nil for none.
func (k *Form) Question(header, repeat string) *adapters.Question {
	return k.Match([]string{header}, repeat)[0]
}

// Codes returns the codes of a question's choices by their labels in the export's
// language; nil where the export has codes.
func (k *Form) Codes(q *adapters.Question) map[string]string {
	if q == nil || k.language < 0 {
		return nil
	}
	codes := map[string]string{}
	for _, c := range k.forms[0].Choices {
		if l := label(c.Labels, k.language); c.List == q.List && l != "" && codes[l] == "" {
			codes[l] = c.Name
		}
	}
	return codes
}

// Answer makes a value by its question. A label becomes its code.
func (k *Form) Answer(q *adapters.Question) func(*adapters.Record, adapters.Value) adapters.Value {
	codes := k.Codes(q)
	return func(_ *adapters.Record, v adapters.Value) adapters.Value {
		switch {
		case v.Null:
			return v
		case q.Type == "select_one" && codes != nil:
			if code, ok := codes[strings.Join(strings.Fields(v.Raw), " ")]; ok {
				v.Raw, v.Kind = code, adapters.Text
			}
			return v
		case q.Type == "select_multiple" && codes != nil:
			return summary(v, codes)
		case v.Kind != adapters.Text:
			return v
		}
		return xlsform.Value(v.Raw, q, k.lists)
	}
}

// summary takes labels that are joined by blanks apart where that can be done in one
// way only; else the text stays.
func summary(v adapters.Value, codes map[string]string) adapters.Value {
	words := strings.Fields(v.Raw)
	var found []string
	ways := 0
	var try func(at int, so []string)
	try = func(at int, so []string) {
		if ways > 1 {
			return
		}
		if at == len(words) {
			ways++
			found = append([]string(nil), so...)
			return
		}
		for end := at + 1; end <= len(words); end++ {
			if code, ok := codes[strings.Join(words[at:end], " ")]; ok {
				try(end, append(so, code))
			}
		}
	}
	if len(words) <= 200 {
		try(0, nil)
	}
	if ways != 1 || len(words) == 0 {
		return v
	}
	list := make([]adapters.Value, len(found))
	for i, f := range found {
		list[i] = adapters.Value{Raw: f}
	}
	return adapters.Value{List: list}
}
