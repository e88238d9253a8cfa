package surveys

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/pagemark"
	"casehub/node/cases"
)

// Form is one version of a form that another system puts to people, with how many
// answers to it the reader sees.
type Form struct {
	// ID is that of the instrument; of a form of which the node has answers alone, one
	// that follows from its name.
	ID             string
	Name           string // of the form at its source
	Title, Version string
	Answers        int
	First, Last    civil.Date // of the answers, "" without any
	instrument
}

// Asked reports whether the node has the questions of the form, and not its answers alone.
func (f Form) Asked() bool { return len(f.Questions) > 0 }

// Heading returns what the form is called.
func (f Form) Heading() string {
	if f.Title != "" {
		return f.Title
	}
	return f.Name
}

// instrument are the questions of a form as an import keeps them.
type instrument struct {
	Languages []string
	Default   int
	Questions []question
	Choices   []choice
}

// question is a question, or the beginning of a group or a repeat.
type question struct {
	Name, Repeat, Type, List string
	Labels                   []string
}

type choice struct {
	List, Name string
	Labels     []string
}

// Answer is what somebody answered to a form, unchanged.
type Answer struct {
	ID         string
	Form       Form
	CaseID     cases.ID // "" where no answer names a case
	Reference  string   // of the case
	AnsweredOn civil.Date
	said       string // JSON
}

// LogValue lets a log show the identifier and nothing else.
func (a Answer) LogValue() slog.Value { return slog.StringValue(a.ID) }

// Format writes the identifier, whatever the verb.
func (a Answer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.ID) }

// Said is a question with its answer, or a heading without one.
type Said struct {
	Label   string
	Values  []string
	Heading bool
	// Loose says that the form has no such question: what stands beside it.
	Loose bool
}

// Said returns what was answered in the order of the form, with the labels of a
// language, "en" or "es"; what was not answered is left out, and what the form does not
// ask comes last under its own name.
func (a Answer) Said(language string) []Said {
	said := values(a.said)
	r := reading{in: a.Form.instrument, at: a.Form.place(language), taken: map[string]bool{}}
	r.walk("", said)
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if !r.taken[name] {
			r.all = append(r.all, loose(name, said[name])...)
		}
	}
	return r.all
}

// loose returns a value that no question asks for.
func loose(name string, v any) []Said {
	if children, ok := v.([]any); ok && len(children) > 0 {
		if _, isMap := children[0].(map[string]any); isMap {
			var all []Said
			for i, c := range children {
				m, _ := c.(map[string]any)
				for _, inner := range slices.Sorted(maps.Keys(m)) {
					all = append(all, loose(fmt.Sprintf("%s %d · %s", name, i+1, inner), m[inner])...)
				}
			}
			return all
		}
	}
	texts := textsOf(v)
	if len(texts) == 0 {
		return nil
	}
	return []Said{{Label: name, Values: texts, Loose: true}}
}

// values reads answers; text that is none has none.
func values(text string) map[string]any {
	var all map[string]any
	if json.Unmarshal([]byte(text), &all) != nil {
		return nil
	}
	return all
}

// textsOf returns the parts of a value.
func textsOf(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, textsOf(e)...)
		}
		return all
	case string:
		if strings.TrimSpace(v) == "" {
			return nil
		}
		return []string{v}
	}
	return []string{fmt.Sprint(v)}
}

// reading puts answers beside the questions of a form.
type reading struct {
	in    instrument
	at    int // language
	taken map[string]bool
	all   []Said
	// each is told every value of a selection, in place of all; nil for a whole answer.
	each func(q question, chosen []string)
}

// walk reads the values of a form, or of one repeat in it.
func (r *reading) walk(repeat string, said map[string]any) {
	var heading *Said
	for _, q := range r.in.Questions {
		if q.Repeat != repeat {
			continue
		}
		switch {
		case q.Type == "begin_group":
			if l := label(q.Labels, r.at); l != "" {
				heading = &Said{Label: l, Heading: true}
			}
		case q.Type == "begin_repeat":
			r.repeats(q, repeat, said)
		case strings.HasPrefix(q.Type, "end_"):
		default:
			texts := textsOf(said[q.Name])
			if repeat == "" {
				r.taken[q.Name] = true
			}
			if len(texts) == 0 {
				continue
			}
			if heading != nil {
				r.all, heading = append(r.all, *heading), nil
			}
			r.answered(q, texts)
		}
	}
}

// answered takes in the answer to one question.
func (r *reading) answered(q question, texts []string) {
	shown := texts
	if strings.HasPrefix(q.Type, "select_") {
		chosen := r.in.chosen(q, texts)
		if r.each != nil {
			r.each(q, chosen)
		}
		shown = make([]string, len(chosen))
		for i, c := range chosen {
			shown[i] = r.in.choice(q, c, r.at)
		}
	}
	name := label(q.Labels, r.at)
	if name == "" {
		name = q.Name
	}
	r.all = append(r.all, Said{Label: name, Values: shown})
}

// repeats reads what a repeat was answered with, one after the other.
func (r *reading) repeats(q question, repeat string, said map[string]any) {
	path := q.Name
	if repeat != "" {
		path = repeat + "/" + q.Name
	}
	names := []string{path, q.Name, path[strings.LastIndexByte(path, '/')+1:]}
	for _, name := range names {
		children, ok := said[name].([]any)
		if !ok {
			continue
		}
		if repeat == "" {
			r.taken[name] = true
		}
		for i, c := range children {
			inner, isMap := c.(map[string]any)
			if !isMap {
				continue
			}
			title := label(q.Labels, r.at)
			if title == "" {
				title = names[2]
			}
			r.all = append(r.all, Said{Label: fmt.Sprintf("%s %d", title, i+1), Heading: true})
			r.walk(path, inner)
		}
		return
	}
}

// chosen returns the choices of an answer. A source may write several into one text,
// with spaces between.
func (in instrument) chosen(q question, texts []string) []string {
	if q.Type == "select_one" || len(texts) != 1 || in.has(q, texts[0]) {
		return texts
	}
	parts := strings.Fields(texts[0])
	for _, p := range parts {
		if !in.has(q, p) {
			return texts
		}
	}
	return parts
}

func (in instrument) has(q question, name string) bool {
	return slices.ContainsFunc(in.Choices, func(c choice) bool { return c.List == q.List && c.Name == name })
}

// choice returns the label of a choice, or its name where it has none.
func (in instrument) choice(q question, name string, at int) string {
	for _, c := range in.Choices {
		if c.List == q.List && c.Name == name {
			if l := label(c.Labels, at); l != "" {
				return l
			}
		}
	}
	return name
}

// label returns the label in a language, or else the first that there is.
func label(labels []string, at int) string {
	if at < len(labels) && labels[at] != "" {
		return labels[at]
	}
	for _, l := range labels {
		if l != "" {
			return l
		}
	}
	return ""
}

// called are the names by which forms call the languages of the program.
var called = map[string][]string{
	"en": {"en", "english", "inglés", "ingles"},
	"es": {"es", "spanish", "español", "espanol", "castellano"},
}

// place returns the place of a language among those of the form: "Español (es)".
func (in instrument) place(language string) int {
	for i, l := range in.Languages {
		name, code, _ := strings.Cut(strings.ToLower(l), "(")
		name, code = strings.TrimSpace(name), strings.TrimSuffix(strings.TrimSpace(code), ")")
		if code == language || slices.Contains(called[language], name) {
			return i
		}
	}
	return in.Default
}

// Tally is how a question of a form was answered.
type Tally struct {
	Label   string
	Answers int // to the question
	Several bool
	Counts  []Count
}

// Count is how often a choice was made.
type Count struct {
	Label string
	Count int
}

// Share returns how many in a hundred chose it.
func (t Tally) Share(n int) int {
	if t.Answers == 0 {
		return 0
	}
	return (200*n + t.Answers) / (2 * t.Answers)
}

// tallies counts the choices of answers one after the other.
type tallies struct {
	in    instrument
	total map[string]int
	by    map[string]map[string]int
	other map[string][]string // names that the list does not have, in the order of meeting
}

func (t *tallies) add(said map[string]any) {
	r := reading{in: t.in, taken: map[string]bool{}, each: func(q question, chosen []string) {
		at := q.Repeat + "/" + q.Name
		t.total[at]++
		if t.by[at] == nil {
			t.by[at] = map[string]int{}
		}
		for _, c := range chosen {
			if t.by[at][c]++; t.by[at][c] == 1 && !t.in.has(q, c) {
				t.other[at] = append(t.other[at], c)
			}
		}
	}}
	r.walk("", said)
}

// in a language, in the order of the form and of its choices.
func (t *tallies) read(language string) []Tally {
	at := t.in.place(language)
	var all []Tally
	for _, q := range t.in.Questions {
		key := q.Repeat + "/" + q.Name
		if !strings.HasPrefix(q.Type, "select_") || t.total[key] == 0 {
			continue
		}
		one := Tally{Label: label(q.Labels, at), Answers: t.total[key], Several: q.Type != "select_one"}
		if one.Label == "" {
			one.Label = q.Name
		}
		for _, c := range t.in.Choices {
			if c.List == q.List {
				one.Counts = append(one.Counts, Count{t.in.choice(q, c.Name, at), t.by[key][c.Name]})
			}
		}
		for _, name := range t.other[key] {
			one.Counts = append(one.Counts, Count{name, t.by[key][name]})
		}
		all = append(all, one)
	}
	return all
}

// AnswerFilter narrows the answers to a form; empty fields do not.
type AnswerFilter struct {
	From, Until civil.Date
	After       pagemark.Mark
	Limit       int
}
