package kobo

import (
	"path"
	"strings"

	"casehub/adapters"
	"casehub/adapters/xlsform"
)

// known is what a form says of the columns.
type known struct {
	forms []adapters.Instrument
	index xlsform.Index
	lists xlsform.Lists
	// How the export names columns: -1 by names, else by the labels of a language;
	// with groups before them, joined by a sign.
	language  int
	groups    bool
	separator string
}

func newKnown(forms []adapters.Instrument) *known {
	return &known{forms: forms, index: xlsform.NewIndex(forms), lists: xlsform.NewLists(forms), language: -1}
}

// columns finds the questions of a sheet's columns; nil without a form. The way in
// which most columns of the submissions are found is taken for all sheets.
func (k *known) columns(s *sheet, root bool) map[int]*adapters.Question {
	if len(k.forms) == 0 {
		return nil
	}
	if root {
		k.choose(s)
	} else {
		k.place(s)
	}
	return k.match(s)
}

func (k *known) choose(s *sheet) {
	best := -1
	for language := -1; language < len(k.forms[0].Languages); language++ {
		for _, groups := range []bool{true, false} {
			for _, separator := range []string{"/", ".", "_", ":", "-", "|", " - ", " / "} {
				try := *k
				try.language, try.groups, try.separator = language, groups, separator
				if n := len(try.match(s)); n > best {
					best = n
					k.language, k.groups, k.separator = language, groups, separator
				}
			}
		}
	}
}

// place gives a sheet the path of the repeat that it is named after.
func (k *known) place(s *sheet) {
	for i := range k.forms[0].Questions {
		q := &k.forms[0].Questions[i]
		if q.Type != "begin_repeat" {
			continue
		}
		leaf := path.Base(q.Name)
		if at := strings.TrimSuffix(s.path, s.table.Leaf); strings.TrimSuffix(at, "/") != q.Repeat {
			continue
		}
		if sameSheet(s.table.Name, leaf) || sameSheet(s.table.Name, adapters.Label(q.Labels, k.language)) {
			s.table.Leaf, s.path = leaf, xlsform.RepeatPath(q)
			return
		}
	}
}

// match finds the question of each column. Where several questions have the same
// header, they have it in the order of the form.
func (k *known) match(s *sheet) map[int]*adapters.Question {
	byName := map[string][]*adapters.Question{}
	for i := range k.forms[0].Questions {
		q := &k.forms[0].Questions[i]
		repeat := ""
		if s.repeat {
			repeat = s.path
		}
		if q.Repeat == repeat && !strings.HasPrefix(q.Type, "begin_") {
			for _, h := range k.headers(q) {
				byName[h] = append(byName[h], q)
			}
		}
	}
	found := map[int]*adapters.Question{}
	for i, column := range s.columns {
		if own[column] {
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
func (k *known) headers(q *adapters.Question) []string {
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
func (k *known) around(repeat, name string) []string {
	var all []string
	parts := strings.Split(name, "/")
	for i := range parts[:len(parts)-1] {
		all = append(all, k.name(k.index.Find(repeat, strings.Join(parts[:i+1], "/")), parts[i]))
	}
	return all
}

// repeats names the repeats of a path, and the groups around each.
func (k *known) repeats(p string) []string {
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

func (k *known) name(q *adapters.Question, leaf string) string {
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

// question finds a question by the name that its columns begin with.
func (k *known) question(s *sheet, name string) *adapters.Question {
	if len(k.forms) == 0 {
		return nil
	}
	one := &sheet{table: s.table, columns: []string{name}, repeat: s.repeat, path: s.path}
	return k.match(one)[0]
}

// choices returns the codes of a question's choices by their labels in the export's
// language; nil where the export has codes.
func (k *known) choices(q *adapters.Question) map[string]string {
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

// answer makes a value by its question. A label becomes its code.
func (k *known) answer(q *adapters.Question, n *seen) func(*adapters.Record, adapters.Value) adapters.Value {
	codes := k.choices(q)
	return func(_ *adapters.Record, v adapters.Value) adapters.Value {
		switch {
		case v.Null || n.old && v.Raw == "n/a":
			v.Null = true
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
