// Package answers turns what ODK Central says of a form's fields, and the answers that
// it gives over OData, into those of the form: places as a form writes them, lists of
// choices, and fields by the repeats around them.
package answers

import (
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/xlsform"
)

// types of fields in the words of XLSForm.
var types = map[string]string{
	"int": "integer", "decimal": "decimal", "date": "date", "dateTime": "datetime", "binary": "file", "structure": "begin_group", "repeat": "begin_repeat",
	"string": "text",
}

// Instrument makes a form without labels of a list of its fields, as Central gives it.
func Instrument(fields jsontree.Node) adapters.Instrument {
	in := adapters.Instrument{Languages: []string{""}}
	repeats := map[string]bool{}
	for _, f := range fields.Items {
		path := strings.Trim(f.Get("path").Text, "/")
		kind := f.Get("type").Text
		if as, ok := types[kind]; ok {
			kind = as
		}
		if f.Get("selectMultiple").Text == "true" {
			kind = "select_multiple"
		}
		in.Questions = append(in.Questions, within(path, kind, repeats))
		if kind == "begin_repeat" {
			repeats[path] = true
		}
	}
	return in
}

// within puts a field into the repeats around it.
func within(path, kind string, repeats map[string]bool) adapters.Question {
	q := adapters.Question{Type: kind}
	parts := strings.Split(path, "/")
	var inside []string
	from := 0
	for i := 1; i < len(parts); i++ {
		if repeats[strings.Join(parts[:i], "/")] {
			inside = append(inside, parts[i-1])
			from = i
		}
	}
	q.Repeat, q.Name = strings.Join(inside, "/"), strings.Join(parts[from:], "/")
	return q
}

// Form knows the questions of a form; the zero value knows none.
type Form struct {
	Questions xlsform.Index
	Lists     xlsform.Lists
}

// Value makes a value of an answer by its question. It reports false for what is no
// answer of one value.
func (f Form) Value(repeat, name string, n jsontree.Node) (adapters.Value, bool) {
	if n.Kind == jsontree.Object {
		return point(n)
	}
	if n.Kind != jsontree.String {
		return adapters.Value{}, false
	}
	return xlsform.Value(n.Text, f.Questions.Find(repeat, name), f.Lists), true
}

// point writes a place as a form answers it: latitude first.
func point(n jsontree.Node) (adapters.Value, bool) {
	kind, at := n.Get("type").Text, n.Get("coordinates")
	if at.Kind != jsontree.Array {
		return adapters.Value{}, false
	}
	switch kind {
	case "Point":
		text := position(at)
		if accuracy := n.Get("properties", "accuracy"); text != "" && accuracy.Kind == jsontree.Number {
			if len(at.Items) < 3 {
				text += " 0"
			}
			text += " " + accuracy.Text
		}
		return adapters.Value{Raw: text, Null: text == ""}, true
	case "LineString":
		return points(at.Items), true
	case "Polygon":
		if len(at.Items) > 0 {
			return points(at.Items[0].Items), true
		}
	}
	return adapters.Value{}, false
}

func position(at jsontree.Node) string {
	if len(at.Items) < 2 {
		return ""
	}
	text := at.Items[1].Text + " " + at.Items[0].Text
	if len(at.Items) > 2 && at.Items[2].Kind == jsontree.Number {
		text += " " + at.Items[2].Text
	}
	return text
}

func points(all []jsontree.Node) adapters.Value {
	var texts []string
	for _, p := range all {
		texts = append(texts, position(p))
	}
	return adapters.Value{Raw: strings.Join(texts, ";"), Null: len(texts) == 0}
}
