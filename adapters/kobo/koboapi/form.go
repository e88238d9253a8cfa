package koboapi

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/xlsform"
)

// form is a project's form in all versions that were asked for.
type form struct {
	uid, title string
	count      int64 // submissions, -1 unknown
	current    adapters.Instrument
	deployed   []string // versions, the newest first
	versions   map[string]*adapters.Instrument
	readers    map[string]reader // by version
}

// reader knows the questions of a version first, and then those of the others.
type reader struct {
	questions xlsform.Index
	lists     xlsform.Lists
}

// maxVersions is how many versions of a form are asked for.
const maxVersions = 20

// form asks for a project, once.
func (s *Source) form(ctx context.Context, uid string) (*form, error) {
	if f, ok := s.forms[uid]; ok {
		return f, nil
	}
	n, err := s.get(ctx, ask(nil, "assets", uid))
	if err != nil {
		return nil, err
	}
	content := n.Get("content")
	if content.Kind != jsontree.Object {
		return nil, s.strange()
	}
	f := &form{uid: uid, title: n.Get("name").Text, count: -1, versions: map[string]*adapters.Instrument{}, readers: map[string]reader{}}
	if c, err := strconv.ParseInt(n.Get("deployment__submission_count").Text, 10, 64); err == nil {
		f.count = c
	}
	version := n.Get("deployed_version_id").Text
	if version == "" {
		version = n.Get("version_id").Text
	}
	f.current = instrument(content, uid, f.title, version)
	f.versions[version] = &f.current
	for _, v := range n.Get("deployed_versions", "results").Items {
		f.deployed = append(f.deployed, v.Get("uid").Text)
	}
	s.forms[uid] = f
	return f, nil
}

// version asks for a version of a form, once. One that is not there any more is read
// as the current one.
func (f *form) version(ctx context.Context, s *Source, version string) (*adapters.Instrument, error) {
	if in, ok := f.versions[version]; ok {
		return in, nil
	}
	in := &f.current
	if anUID.MatchString(version) && len(f.versions) <= maxVersions {
		n, err := s.get(ctx, ask(nil, "assets", f.uid, "versions", version))
		switch {
		case err == nil && n.Get("content").Kind == jsontree.Object:
			made := instrument(n.Get("content"), f.uid, f.title, version)
			in = &made
		case err != nil && !errors.Is(err, adapters.ErrMissing) && !errors.Is(err, adapters.ErrSignIn) && !errors.Is(err, adapters.ErrAnswer):
			return nil, err
		}
	}
	f.versions[version] = in
	return in, nil
}

// all asks for the deployed versions.
func (f *form) all(ctx context.Context, s *Source) error {
	for _, v := range f.deployed[:min(len(f.deployed), maxVersions)] {
		if _, err := f.version(ctx, s, v); err != nil {
			return err
		}
	}
	return nil
}

// reader returns what reads the answers of a version.
func (f *form) reader(ctx context.Context, s *Source, version string) (reader, error) {
	if r, ok := f.readers[version]; ok {
		return r, nil
	}
	in, err := f.version(ctx, s, version)
	if err != nil {
		return reader{}, err
	}
	all := []adapters.Instrument{*in, f.current}
	r := reader{xlsform.NewIndex(all), xlsform.NewLists(all)}
	f.readers[version] = r
	return r, nil
}

// instruments lists the versions that are known, the newest first.
func (f *form) instruments() []adapters.Instrument {
	all := []adapters.Instrument{f.current}
	for _, v := range f.deployed {
		if in := f.versions[v]; in != nil && in != &f.current && v != f.current.Version {
			all = append(all, *in)
		}
	}
	return all
}

// system are the values that every submission has beside its answers.
var system = []adapters.Field{
	{Name: "_id", Kind: adapters.Number, Key: true},
	{Name: "_uuid"},
	{Name: "_submission_time", Type: "UTC"},
	{Name: "_submitted_by"},
	{Name: "_validation_status/uid"},
	{Name: "__version__"},
	{Name: "meta/instanceID"},
	{Name: "meta/rootUuid"},
}

func (f *form) stream(name string) adapters.Stream {
	all := f.instruments()
	st := adapters.Stream{Name: name, Records: f.count, Instruments: all, Children: xlsform.Repeats(all, "")}
	st.Fields = append(st.Fields, system...)
	st.Fields = append(st.Fields, xlsform.Fields(all, "")...)
	st.Notes = []string{
		"project " + f.uid + ", versions of its form " + strconv.Itoa(len(all)),
		"_submission_time is UTC",
	}
	return st
}

// instrument makes an instrument of a form's content.
func instrument(content jsontree.Node, id, title, version string) adapters.Instrument {
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
