// Package koboapi reads the submissions of KoBoToolbox projects over its API, version
// 2. A stream is one project; its records are submissions, with repeats as children,
// attachments as documents, and the form as the instrument.
//
// Pages go by the submission's number, so that nothing moves while it is read. A
// cursor finds new submissions; edits leave no trace that every server shows. Where
// a record has _date_modified, edits are found by it; where the project's history may
// be read and the settings say so, by that; else a reading from the beginning finds
// them, by the hash. What is gone is found by Keys.
//
// The key is the submission's number: the uuid changes with every edit. Submissions
// that share a uuid are a problem for a person, all of them.
//
// Settings and the list of projects are in koboapi.go, forms in form.go, reading in
// read.go; what a form and a submission are made into is package submission.
package koboapi

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/kobo/koboapi/submission"
	"casehub/adapters/webapi"
	"casehub/adapters/webapi/paging"
)

// Settings say what is read. The keys are those of the mapping file.
type Settings struct {
	Type string `json:"type"` // "kobo"
	// URL of the server, as https://kf.kobotoolbox.org.
	URL string `json:"url"`
	// TokenEnv or TokenFile say where the API token is.
	TokenEnv  string `json:"token_env"`
	TokenFile string `json:"token_file"`
	// Assets are the projects to read: the name of the stream and the project's uid.
	// Without any, all deployed projects are read, each by its uid.
	Assets map[string]string `json:"assets"`
	// Page is the most submissions of one page; 1000 when 0.
	Page int `json:"page"`
	// History finds edits by the history of the project, which needs the right to
	// manage it.
	History bool `json:"history"`
	// OverlapHours is how far before the last reading edits are looked for; 24 when 0.
	OverlapHours paging.Hours `json:"overlap_hours"`
}

// Source reads projects of one server. It implements adapters.Lister.
type Source struct {
	settings Settings
	client   *webapi.Client
	limit    int
	assets   map[string]string
	forms    map[string]*form
	now      func() time.Time
}

var _ adapters.Lister = (*Source)(nil)

// Open makes a source of settings, which are JSON. It asks nothing yet.
func Open(settings []byte) (adapters.Source, error) {
	s := &Source{forms: map[string]*form{}, now: time.Now}
	if err := webapi.Decode(settings, &s.settings); err != nil {
		return nil, err
	}
	for name, uid := range s.settings.Assets {
		if name == "" || strings.Contains(name, "/") || !submission.IsUID(uid) {
			return nil, adapters.ErrSettings.With("setting", "assets")
		}
	}
	if s.limit = s.settings.Page; s.limit <= 0 || s.limit > 30_000 {
		s.limit = 1000
	}
	var err error
	if s.client, err = webapi.New(s.settings.URL); err != nil {
		return nil, err
	}
	token, err := webapi.Secret{Env: s.settings.TokenEnv, File: s.settings.TokenFile}.ReadFor("token_env", s.client)
	if err != nil {
		return nil, err
	}
	s.client.Authorise("Authorization", "Token "+token)
	return s, nil
}

// Close lets connections go.
func (s *Source) Close() error { return s.client.Close() }

// ask is a question below the API.
func ask(query url.Values, parts ...string) webapi.Ask {
	if query == nil {
		query = url.Values{}
	}
	query.Set("format", "json")
	return webapi.Ask{Path: webapi.Path(slices.Concat([]string{"api", "v2"}, parts)...) + "/", Query: query}
}

func (s *Source) get(ctx context.Context, a webapi.Ask) (jsontree.Node, error) {
	return paging.Tree(ctx, s.client, a)
}

// Check reports whether the projects can be read.
func (s *Source) Check(ctx context.Context) error {
	assets, err := s.projects(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(assets)) {
		if _, err := s.form(ctx, assets[name]); err != nil {
			return err
		}
	}
	return nil
}

// Discover lists the projects with their forms.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	assets, err := s.projects(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	var cat adapters.Catalog
	for _, name := range slices.Sorted(maps.Keys(assets)) {
		f, err := s.form(ctx, assets[name])
		if err != nil {
			return cat, err
		}
		if err := f.all(ctx, s); err != nil {
			return cat, err
		}
		cat.Streams = append(cat.Streams, f.stream(name))
	}
	return cat, nil
}

// pages is how many pages a list may have.
const pages = 1000

// projects returns the uid of each project by its stream.
func (s *Source) projects(ctx context.Context) (map[string]string, error) {
	if len(s.settings.Assets) > 0 {
		return s.settings.Assets, nil
	}
	if s.assets != nil {
		return s.assets, nil
	}
	found := map[string]string{}
	met := 0
	for range pages {
		n, err := s.get(ctx, ask(url.Values{"q": {"asset_type:survey"}, "limit": {"100"}, "offset": {strconv.Itoa(met)}}, "assets"))
		if err != nil {
			return nil, err
		}
		results := n.Get("results")
		if results.Kind != jsontree.Array {
			return nil, s.client.Strange()
		}
		for _, a := range results.Items {
			uid := a.Get("uid").Text
			if has := a.Get("has_deployment"); submission.IsUID(uid) && (has.Text == "true" || has.Kind == jsontree.Null && a.Get("deployment__submission_count").Text != "0") {
				found[uid] = uid
			}
		}
		if met += len(results.Items); n.Get("next").Text == "" || len(results.Items) == 0 {
			break
		}
	}
	s.assets = found
	return found, nil
}

// asset returns the uid of a stream's project.
func (s *Source) asset(ctx context.Context, stream string) (string, error) {
	assets, err := s.projects(ctx)
	if err != nil {
		return "", err
	}
	uid, ok := assets[stream]
	if !ok {
		return "", adapters.ErrStream.With("table", stream)
	}
	return uid, nil
}

// Open opens an attachment.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	parts := strings.Split(string(b), "/")
	if len(parts) != 3 || !submission.IsUID(parts[0]) || !submission.IsUID(parts[1]) || !submission.IsUID(parts[2]) {
		return nil, adapters.ErrBlob
	}
	assets, err := s.projects(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(slices.Collect(maps.Values(assets)), parts[0]) {
		return nil, adapters.ErrBlob
	}
	a := webapi.Ask{Path: webapi.Path("api", "v2", "assets", parts[0], "data", parts[1], "attachments", parts[2]) + "/"}
	r, err := s.client.Open(ctx, a)
	if errors.Is(err, adapters.ErrMissing) {
		return nil, adapters.ErrBlob
	}
	return r, err
}
