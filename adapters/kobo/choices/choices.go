// Package choices finds questions whose answers stand in columns of their choices, one
// for each. Names alone do not say it, because age and age_known look like a question
// and its choice: the rows have to prove it.
package choices

import (
	"slices"
	"strings"

	"casehub/adapters"
)

// Question is a question whose answers may stand in columns of their choices.
type Question struct {
	Name    string
	Summary int   // column of all answers, -1 for none
	Columns []int // of the choices

	choices []string
	proved  bool // a row had answers
	wrong   bool // a row does not fit
}

// Bit reads a cell of a choice: 1 for yes, 0 for no, -1 for nothing.
func Bit(v adapters.Value) (int, bool) {
	switch strings.ToLower(v.Raw) {
	case "1", "1.0", "true":
		return 1, true
	case "0", "0.0", "false":
		return 0, true
	case "", "n/a":
		return -1, true
	}
	return 0, v.Null
}

// Check looks whether a row is as it has to be: nothing but yes and no, and in the
// summary just what is yes.
func (q *Question) Check(r *adapters.Record) {
	length, chosen, filled := 0, 0, 0
	for i, c := range q.Columns {
		x, ok := Bit(r.At(c))
		if !ok {
			q.wrong = true
			return
		}
		if x >= 0 {
			filled++
		}
		if x == 1 {
			chosen++
			length += len([]rune(q.choices[i]))
		}
	}
	if q.Summary < 0 {
		q.wrong = q.wrong || filled != 0 && filled != len(q.Columns)
		q.proved = q.proved || chosen > 0
		return
	}
	text := strings.TrimSpace(r.At(q.Summary).Raw)
	if r.At(q.Summary).Null || text == "" || strings.EqualFold(text, "n/a") {
		q.wrong = q.wrong || chosen > 0
		return
	}
	for i, c := range q.Columns {
		if x, _ := Bit(r.At(c)); x == 1 && !strings.Contains(text, q.choices[i]) {
			q.wrong = true
		}
	}
	q.wrong = q.wrong || filled == 0 || len([]rune(text)) != length+max(chosen-1, 0)
	q.proved = q.proved || chosen > 0
}

// separators may stand between a question and its choice.
const separators = "/._:|-"

// Find finds columns that may be choices of one question: those behind a column that
// begin with its name, and others that begin alike. Columns without a name are none.
// Declared names questions that have no column of their own, where rows do not prove it.
func Find(columns []string, declared []string) []*Question {
	var all []*Question
	used := map[int]bool{}
	for i, q := range columns {
		if q == "" {
			continue
		}
		m := &Question{Name: q, Summary: i}
		for k := i + 1; k < len(columns); k++ {
			rest, ok := strings.CutPrefix(columns[k], q)
			if !ok || len(rest) < 2 || !strings.ContainsRune(separators, rune(rest[0])) {
				break
			}
			m.Columns, m.choices = append(m.Columns, k), append(m.choices, rest[1:])
		}
		if len(m.Columns) > 0 {
			all = append(all, m)
			for _, k := range m.Columns {
				used[k] = true
			}
		}
	}
	return append(all, without(columns, used, declared)...)
}

// without finds choices of questions that have no column of their own.
func without(columns []string, used map[int]bool, declared []string) []*Question {
	var all []*Question
	for i := 0; i < len(columns); i++ {
		name, choice, ok := parent(columns[i], declared)
		if !ok || used[i] {
			continue
		}
		m := &Question{Name: name, Summary: -1, Columns: []int{i}, choices: []string{choice}}
		for i+1 < len(columns) {
			next, choice, ok := parent(columns[i+1], declared)
			if !ok || next != name || used[i+1] {
				break
			}
			i++
			m.Columns, m.choices = append(m.Columns, i), append(m.choices, choice)
		}
		if len(m.Columns) > 1 && !slices.Contains(columns, name) || slices.Contains(declared, name) {
			all = append(all, m)
		}
	}
	return all
}

// parent cuts a column's name before its last part.
func parent(column string, declared []string) (name, choice string, ok bool) {
	for _, d := range declared {
		if rest, found := strings.CutPrefix(column, d); found && len(rest) > 1 && strings.ContainsRune(separators, rune(rest[0])) {
			return d, rest[1:], true
		}
	}
	at := strings.LastIndexAny(column, "/.")
	if at < 1 || at == len(column)-1 || column[at+1] == ' ' || column[at-1] == ' ' {
		return "", "", false
	}
	return column[:at], column[at+1:], true
}

// Proved reports that all rows were as they have to be, and one had answers.
func (q *Question) Proved() bool { return q.proved && !q.wrong }

// List makes a list of the choices that are yes, by the names that codes have for
// them.
func (q *Question) List(codes map[string]string) func(*adapters.Record, adapters.Value) adapters.Value {
	return func(r *adapters.Record, before adapters.Value) adapters.Value {
		var all []adapters.Value
		asked := false
		for i, c := range q.Columns {
			x, _ := Bit(r.At(c))
			asked = asked || x >= 0
			if x != 1 {
				continue
			}
			name := q.choices[i]
			if code, ok := codes[name]; ok {
				name = code
			}
			all = append(all, adapters.Value{Raw: name})
		}
		if len(all) == 0 {
			return adapters.Value{Null: true, Raw: before.Raw}
		}
		return adapters.Value{List: all}
	}
}
