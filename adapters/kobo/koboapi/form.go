package koboapi

import (
	"context"
	"errors"
	"strconv"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/kobo/koboapi/submission"
	"casehub/adapters/xlsform"
)

// form is a project's form in all versions that were asked for.
type form struct {
	uid, title string
	count      int64 // submissions, -1 unknown
	current    adapters.Instrument
	deployed   []string // versions, the newest first
	versions   map[string]*adapters.Instrument
	readers    map[string]submission.Reader // by version
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
		return nil, s.client.Strange()
	}
	f := &form{uid: uid, title: n.Get("name").Text, count: -1, versions: map[string]*adapters.Instrument{}, readers: map[string]submission.Reader{}}
	if c, err := strconv.ParseInt(n.Get("deployment__submission_count").Text, 10, 64); err == nil {
		f.count = c
	}
	version := n.Get("deployed_version_id").Text
	if version == "" {
		version = n.Get("version_id").Text
	}
	f.current = submission.Instrument(content, uid, f.title, version)
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
	if submission.IsUID(version) && len(f.versions) <= maxVersions {
		n, err := s.get(ctx, ask(nil, "assets", f.uid, "versions", version))
		switch {
		case err == nil && n.Get("content").Kind == jsontree.Object:
			made := submission.Instrument(n.Get("content"), f.uid, f.title, version)
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
func (f *form) reader(ctx context.Context, s *Source, version string) (submission.Reader, error) {
	if r, ok := f.readers[version]; ok {
		return r, nil
	}
	in, err := f.version(ctx, s, version)
	if err != nil {
		return submission.Reader{}, err
	}
	all := []adapters.Instrument{*in, f.current}
	r := submission.Reader{Questions: xlsform.NewIndex(all), Lists: xlsform.NewLists(all)}
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
