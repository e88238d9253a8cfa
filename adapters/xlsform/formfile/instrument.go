package formfile

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/xlsform"
)

// Read reads a form. It fails with adapters.ErrUnreadable when the file is none.
func Read(ctx context.Context, at place.Place) (adapters.Instrument, error) {
	all, err := load(ctx, at)
	if err != nil {
		return adapters.Instrument{}, err
	}
	return instrumentOf(all, at), nil
}

// instrumentOf makes the instrument of a form's sheets.
func instrumentOf(all map[string]*sheet, at place.Place) adapters.Instrument {
	survey := all["survey"]
	in := adapters.Instrument{ID: strings.TrimSuffix(at.Name(), filepath.Ext(at.Name()))}
	in.Languages = languagesOf(all)
	if s := all["settings"]; s != nil && len(s.rows) > 0 {
		first := s.rows[0]
		if id := first.at(column(s, "form_id", "id_string")); id != "" {
			in.ID = id
		}
		in.Title = first.at(column(s, "form_title", "title"))
		in.Version = first.at(column(s, "version"))
		in.Default = max(slices.Index(in.Languages, first.at(column(s, "default_language"))), 0)
	}
	for _, name := range []string{"choices", "external_choices"} {
		if s := all[name]; s != nil {
			in.Choices = append(in.Choices, choicesOf(s, in.Languages)...)
		}
	}
	labels, hints := survey.texts("label"), survey.texts("hint")
	kind, name := column(survey, "type"), column(survey, "name", "value", "tag")
	required, relevant := column(survey, "required", "bind::required", "bind:required"), column(survey, "relevant", "relevance", "bind::relevant", "bind:relevant")
	var rows []xlsform.Row
	for _, r := range survey.rows {
		rows = append(rows, xlsform.Row{
			Type: r.at(kind), Name: r.at(name), Required: yes(r.at(required)), Relevant: r.at(relevant),
			Labels: inLanguages(r, labels, in.Languages), Hints: inLanguages(r, hints, in.Languages),
		})
	}
	return xlsform.Build(in, rows)
}

func choicesOf(s *sheet, languages []string) []adapters.Choice {
	labels := s.texts("label")
	list, name := column(s, "list_name", "list-name", "listname"), column(s, "name", "value")
	var all []adapters.Choice
	for _, r := range s.rows {
		if r.at(list) == "" || r.at(name) == "" {
			continue
		}
		all = append(all, adapters.Choice{List: r.at(list), Name: r.at(name), Labels: inLanguages(r, labels, languages)})
	}
	return all
}

// languagesOf lists the languages of labels and hints in the order of the columns.
func languagesOf(all map[string]*sheet) []string {
	var found []string
	for _, name := range []string{"survey", "choices", "external_choices"} {
		s := all[name]
		if s == nil {
			continue
		}
		at := map[int]string{}
		for _, texts := range []map[string]int{s.texts("label"), s.texts("hint")} {
			for language, i := range texts {
				at[i] = language
			}
		}
		for _, i := range slices.Sorted(maps.Keys(at)) {
			if !slices.Contains(found, at[i]) {
				found = append(found, at[i])
			}
		}
	}
	return found
}

func inLanguages(r sheetRow, columns map[string]int, languages []string) []string {
	if len(columns) == 0 {
		return nil
	}
	texts := make([]string, len(languages))
	for i, l := range languages {
		if c, ok := columns[l]; ok {
			texts[i] = r.at(c)
		}
	}
	return texts
}

// yes reports the words for yes of a form.
func yes(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "yes", "true", "true()", "1", "y":
		return true
	}
	return false
}
