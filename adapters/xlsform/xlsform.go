// Package xlsform knows forms as they are written in XLSForm: it makes a form's
// instrument of the rows of its survey, and says which question a name means, which
// choices an answer holds and what kind of value it is.
//
// KoBoToolbox and ODK keep the same rows in other wrappings: Build makes an
// instrument of rows wherever they come from. Files are read by package formfile.
//
// Words of the type column are in types.go, rows become an instrument in build.go.
package xlsform

import (
	"strings"

	"casehub/adapters"
)

// Row is one row of a form's survey.
type Row struct {
	Type string // as it is written, "select_one sex or_other"
	Name string
	List string // of the choices, where the type does not say it
	// Path is where the answer is found, groups included, when the form says so
	// itself; "" else.
	Path     string
	Other    bool
	Labels   []string // by language
	Hints    []string
	Required bool
	Relevant string
}

// Index finds the questions of instruments by the path of repeats and the name.
type Index map[string]*adapters.Question

// NewIndex makes an index of instruments; where several have a question, the first
// one counts.
func NewIndex(all []adapters.Instrument) Index {
	x := Index{}
	for i := range all {
		for k := range all[i].Questions {
			q := &all[i].Questions[k]
			if _, ok := x[q.Repeat+"\x00"+q.Name]; !ok {
				x[q.Repeat+"\x00"+q.Name] = q
			}
		}
	}
	return x
}

// Find returns a question, or nil.
func (x Index) Find(repeat, name string) *adapters.Question { return x[repeat+"\x00"+name] }

// Lists are the names of choices by list.
type Lists map[string]map[string]bool

// NewLists gathers the choices of instruments.
func NewLists(all []adapters.Instrument) Lists {
	l := Lists{}
	for _, in := range all {
		for _, c := range in.Choices {
			if l[c.List] == nil {
				l[c.List] = map[string]bool{}
			}
			l[c.List][c.Name] = true
		}
	}
	return l
}

// Split takes the answer to a question with several choices apart at its blanks. A
// choice of the list may have blanks in its own name: the longest one counts.
func Split(raw string, list map[string]bool) []adapters.Value {
	words := strings.Fields(raw)
	var all []adapters.Value
	for len(words) > 0 {
		take := 1
		for n := len(words); n > 1; n-- {
			if list[strings.Join(words[:n], " ")] {
				take = n
				break
			}
		}
		all = append(all, adapters.Value{Raw: strings.Join(words[:take], " ")})
		words = words[take:]
	}
	return all
}

// Value gives an answer the kind that its question says. A day with a time of day
// stays text, because it has a zone.
func Value(raw string, q *adapters.Question, lists Lists) adapters.Value {
	v := adapters.Value{Raw: raw}
	if q == nil {
		return v
	}
	switch {
	case q.Type == "select_multiple" || q.Type == "rank":
		return adapters.Value{List: Split(raw, lists[q.List])}
	case numeric[q.Type] && isNumber(raw):
		v.Kind = adapters.Number
	case (q.Type == "date" || q.Type == "today") && isDay(raw):
		v.Kind = adapters.Date
	}
	return v
}

// Fields describes the questions of instruments as fields, those of one repeat.
func Fields(all []adapters.Instrument, repeat string) []adapters.Field {
	var fields []adapters.Field
	seen := map[string]bool{}
	for _, in := range all {
		for i := range in.Questions {
			q := &in.Questions[i]
			if q.Repeat != repeat || seen[q.Name] || strings.HasPrefix(q.Type, "begin_") || q.Type == "note" {
				continue
			}
			seen[q.Name] = true
			f := adapters.Field{Name: q.Name, Type: q.Type, Label: adapters.Label(q.Labels, in.Default)}
			switch {
			case numeric[q.Type]:
				f.Kind = adapters.Number
			case q.Type == "date" || q.Type == "today":
				f.Kind = adapters.Date
			}
			fields = append(fields, f)
		}
	}
	return fields
}

// Repeats describes the repeats inside a repeat, "" for the form itself, as streams
// that are children.
func Repeats(all []adapters.Instrument, inside string) []adapters.Stream {
	var streams []adapters.Stream
	seen := map[string]bool{}
	for _, in := range all {
		for i := range in.Questions {
			q := &in.Questions[i]
			if q.Repeat != inside || q.Type != "begin_repeat" {
				continue
			}
			path := RepeatPath(q)
			if seen[path] {
				continue
			}
			seen[path] = true
			name := path[strings.LastIndexByte(path, '/')+1:]
			streams = append(streams, adapters.Stream{Name: name, Records: -1, Fields: Fields(all, path), Children: Repeats(all, path)})
		}
	}
	return streams
}

// RepeatPath returns the path of a repeat, of the row that begins it.
func RepeatPath(q *adapters.Question) string {
	leaf := q.Name[strings.LastIndexByte(q.Name, '/')+1:]
	if q.Repeat == "" {
		return leaf
	}
	return q.Repeat + "/" + leaf
}
