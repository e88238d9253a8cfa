package submission

import (
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/xlsform"
)

// Instrument makes an instrument of a form's content.
func Instrument(content jsontree.Node, id, title, version string) adapters.Instrument {
	in := adapters.Instrument{ID: id, Title: title, Version: version}
	for _, t := range content.Get("translations").Items {
		in.Languages = append(in.Languages, t.Text)
	}
	if len(in.Languages) == 0 {
		in.Languages = []string{""}
	}
	for i, l := range in.Languages {
		if l == content.Get("settings", "default_language").Text {
			in.Default = i
		}
	}
	for _, c := range content.Get("choices").Items {
		in.Choices = append(in.Choices, adapters.Choice{List: c.Get("list_name").Text, Name: named(c), Labels: labels(c.Get("label"), len(in.Languages))})
	}
	var rows []xlsform.Row
	for _, q := range content.Get("survey").Items {
		rows = append(rows, rowOf(q, len(in.Languages)))
	}
	return xlsform.Build(in, rows)
}

func rowOf(q jsontree.Node, languages int) xlsform.Row {
	kind, list := q.Get("type"), q.Get("select_from_list_name").Text
	text := kind.Text
	if kind.Kind == jsontree.Object && len(kind.Names) == 1 { // {"select_one": "list"}
		text, list = kind.Names[0], kind.Items[0].Text
	}
	if list == "" {
		list = q.Get("kobo--score-choices").Text + q.Get("kobo--rank-items").Text + q.Get("kobo--matrix_list").Text
	}
	return xlsform.Row{
		Type: text, Name: named(q), List: list, Other: q.Get("_or_other").Text == "true",
		Labels: labels(q.Get("label"), languages), Hints: labels(q.Get("hint"), languages),
		Required: strings.EqualFold(q.Get("required").Text, "true") || strings.EqualFold(q.Get("required").Text, "yes"), Relevant: q.Get("relevant").Text,
	}
}

// named returns the name that the data has: the one that KoBo made counts.
func named(n jsontree.Node) string {
	for _, key := range []string{"$autoname", "name", "$autovalue", "value"} {
		if t := n.Get(key).Text; t != "" {
			return t
		}
	}
	return ""
}

// labels returns a list beside the languages; a text alone is of the first.
func labels(n jsontree.Node, languages int) []string {
	if n.Kind == jsontree.Null {
		return nil
	}
	all := make([]string, languages)
	if n.Kind == jsontree.String {
		all[0] = n.Text
	}
	for i, e := range n.Items {
		if i < languages {
			all[i] = e.Text
		}
	}
	return all
}
