package formfile

import (
	"fmt"
	"strings"
	"testing"

	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

// What people wrote in forms over the years, each in a workbook of its own.
func TestDialectsOfForms(t *testing.T) {
	sheet := func(name string, rows ...[]any) adaptertest.Sheet { return adaptertest.Sheet{Name: name, Rows: rows} }
	for _, c := range []struct {
		name   string
		sheets []adaptertest.Sheet
		want   string
	}{
		{
			"old words",
			[]adaptertest.Sheet{
				sheet("Survey", []any{"type", "name", "caption"}, []any{"begin group", "g", "G"}, []any{"select one from sex", "s", "Sex"}, []any{"select all that apply from needs or specify other", "n", "Needs"}, []any{"end group"}, []any{"calculate", "c", nil}),
				sheet("Choices", []any{"list name", "name", "caption"}, []any{"sex", "f", "Female"}, []any{"needs", "law", "Law"}),
			},
			"[]: g begin_group  g/s select_one sex=Sex g/n select_multiple needs=Needs g/n_other text  c calculate ; sex/f=Female needs/law=Law",
		},
		{
			"languages, not all complete",
			[]adaptertest.Sheet{
				sheet("survey", []any{"type", "name", "label:English", "label::Español (es)", "hint::English"}, []any{"text", "a", "A", "", "h"}, []any{"text", "b", "", "Be"}),
				sheet("choices", []any{"list_name", "value", "label::Français"}, []any{"l", "x", "X"}),
			},
			"[English Español (es) Français]: a text =A b text =Be; l/x=X",
		},
		{
			"choices in another sheet",
			[]adaptertest.Sheet{
				sheet(" survey ", []any{"type", "name", "label", "choice_filter"}, []any{"select_one_external town", "t", "Town", "state=${s}"}, []any{"select_one_from_file people.csv", "p", "Who"}),
				sheet("external_choices", []any{"list_name", "name", "label"}, []any{"town", "lp", "La Paz"}),
			},
			"[]: t select_one town=Town p select_one people.csv=Who; town/lp=La Paz",
		},
		{
			"numbers and blank rows",
			[]adaptertest.Sheet{
				sheet("survey", []any{"type", "name", "label"}, []any{nil, nil, nil}, []any{"select_one yn", "q", "Q"}, []any{"", "", "only a label"}),
				sheet("choice", []any{"list_name", "name", "label"}, []any{"yn", 1, "Yes"}, []any{"yn", 0, "No"}, []any{"", 2, "lost"}),
				sheet("settings", []any{"form_id", "version"}, []any{"f", 2024010203}),
			},
			"[]: q select_one yn=Q; yn/1=Yes yn/0=No",
		},
	} {
		in, err := Read(t.Context(), place.On(adaptertest.File(t, "form.xlsx", adaptertest.Workbook(t, c.sheets...))))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%v:", in.Languages)
		for _, q := range in.Questions {
			fmt.Fprintf(&b, " %s %s %s", q.Name, q.Type, q.List)
			for _, l := range q.Labels {
				if l != "" && !strings.HasPrefix(q.Type, "begin_") {
					b.WriteString("=" + l)
				}
			}
		}
		b.WriteString(";")
		for _, x := range in.Choices {
			b.WriteString(" " + x.List + "/" + x.Name + "=" + strings.Join(x.Labels, ""))
		}
		if got := b.String(); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
