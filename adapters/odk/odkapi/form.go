package odkapi

import (
	"context"
	"strconv"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/odk/odkapi/answers"
	"casehub/adapters/place"
	"casehub/adapters/webapi"
	"casehub/adapters/xlsform"
	"casehub/adapters/xlsform/formfile"
)

// form is what is known of a form.
type form struct {
	instruments []adapters.Instrument
	answers.Form
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
			var list jsontree.Node
			list, err = s.get(ctx, s.project("forms", t.form, "fields"), nil)
			in = answers.Instrument(list)
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
	f.Questions, f.Lists = xlsform.NewIndex(f.instruments), xlsform.NewLists(f.instruments)
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
