package odkapi

import (
	"context"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/place"
	"casehub/adapters/webapi"
	"casehub/adapters/xlsform"
	"casehub/adapters/xlsform/formfile"
)

// form is what is known of a form.
type form struct {
	instruments []adapters.Instrument
	questions   xlsform.Index
	lists       xlsform.Lists
}

// form asks for a form, once: as it was written where the server still has that, or
// else for its fields.
func (s *Source) form(ctx context.Context, t *table) (*form, error) {
	if t.known != nil {
		return t.known, nil
	}
	f := &form{}
	if t.form != "" {
		about, err := s.get(ctx, s.project("forms", t.form), nil)
		if err != nil {
			return nil, err
		}
		in, err := s.written(ctx, t.form)
		if err != nil {
			in, err = s.fields(ctx, t.form)
		}
		if err != nil {
			return nil, err
		}
		in.ID = t.form
		if title := about.Get("name").Text; title != "" {
			in.Title = title
		}
		if in.Version == "" {
			in.Version = about.Get("version").Text
		}
		f.instruments = []adapters.Instrument{in}
	}
	f.questions, f.lists = xlsform.NewIndex(f.instruments), xlsform.NewLists(f.instruments)
	t.known = f
	return f, nil
}

// maxForm is the most bytes of a form.
const maxForm = 8 << 20

// written reads the XLSForm that a form was made of.
func (s *Source) written(ctx context.Context, id string) (adapters.Instrument, error) {
	answer, err := s.client.Get(ctx, webapi.Ask{Path: s.project("forms", id+".xlsx"), Accept: "*/*", Max: maxForm})
	if err != nil {
		return adapters.Instrument{}, err
	}
	return formfile.Read(ctx, place.Bytes(id+".xlsx", answer.Body))
}

// types of fields in the words of XLSForm.
var types = map[string]string{
	"int": "integer", "decimal": "decimal", "date": "date", "dateTime": "datetime", "binary": "file", "structure": "begin_group", "repeat": "begin_repeat",
	"string": "text",
}

// fields makes an instrument without labels of a form's fields.
func (s *Source) fields(ctx context.Context, id string) (adapters.Instrument, error) {
	n, err := s.get(ctx, s.project("forms", id, "fields"), nil)
	if err != nil {
		return adapters.Instrument{}, err
	}
	in := adapters.Instrument{Languages: []string{""}}
	repeats := map[string]bool{}
	for _, f := range n.Items {
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
	return in, nil
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

// system are the values that every submission has beside its answers.
var system = []adapters.Field{
	{Name: "__id", Key: true},
	{Name: "__system/submissionDate", Type: "UTC"},
	{Name: "__system/updatedAt", Type: "UTC"},
	{Name: "__system/submitterName"},
	{Name: "__system/reviewState"},
	{Name: "__system/formVersion"},
}

func (s *Source) describe(ctx context.Context, name string, t *table) (adapters.Stream, error) {
	st := adapters.Stream{Name: name, Records: -1}
	f, err := s.form(ctx, t)
	if err != nil {
		return st, err
	}
	n, err := s.get(ctx, s.project(append(t.path, t.set)...), query("$top", "1", "$count", "true"))
	if err != nil {
		return st, err
	}
	if c, err := strconv.ParseInt(n.Get("@odata.count").Text, 10, 64); err == nil {
		st.Records = c
	}
	if t.form == "" {
		var tally adapters.Tally
		for _, e := range n.Get("value").Items {
			rec := t.record(f, name, e)
			tally.Take(&rec)
		}
		st.Fields = tally.Fields()
		return st, nil
	}
	st.Instruments, st.Children = f.instruments, xlsform.Repeats(f.instruments, "")
	st.Fields = append(append(st.Fields, system...), xlsform.Fields(f.instruments, "")...)
	return st, nil
}

// answer makes a value of a node by its question.
func (f *form) answer(repeat, name string, n jsontree.Node) (adapters.Value, bool) {
	if n.Kind == jsontree.Object {
		return point(n)
	}
	if n.Kind != jsontree.String {
		return adapters.Value{}, false
	}
	return xlsform.Value(n.Text, f.questions.Find(repeat, name), f.lists), true
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
