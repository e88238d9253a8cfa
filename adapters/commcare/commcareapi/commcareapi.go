// Package commcareapi reads the cases and forms of a CommCare HQ project over its
// API: cases version 2, forms version 1.
//
// Both come ordered by when the server indexed them, so that a later reading asks for
// what was indexed since. A case that is changed while it is read comes again at the
// end: it is left out there, with its reason, and the next reading brings it.
//
// A form's repeat is an object when it has one entry and a list when it has more.
// Which objects are repeats is declared, or else learnt from the forms of a reading
// before they are given, and remembered by its cursor.
//
// Settings and streams are in commcareapi.go, reading in read.go.
package commcareapi

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
	"casehub/adapters/webapi/paging"
)

// Settings say what is read. The keys are those of the mapping file.
type Settings struct {
	Type string `json:"type"` // "commcare"
	// URL of the server; https://www.commcarehq.org when "".
	URL    string `json:"url"`
	Domain string `json:"domain"` // the project
	// User is the web user's e-mail, whose API key is in KeyEnv or KeyFile.
	User    string `json:"user"`
	KeyEnv  string `json:"key_env"`
	KeyFile string `json:"key_file"`
	// Cases are streams of cases by their type, Forms streams of forms by their
	// xmlns; "" is all. Without either there are the streams cases and forms.
	Cases map[string]string `json:"cases"`
	Forms map[string]string `json:"forms"`
	// Repeats are the paths of the forms' repeats, as form.children; learnt when absent.
	Repeats []string `json:"repeats"`
	// Page is the most records of one page; 1000 when 0.
	Page int `json:"page"`
	// OverlapHours is how far before the last reading changes are looked for; 24 when 0.
	OverlapHours paging.Hours `json:"overlap_hours"`
}

// Source reads one project. It implements adapters.Source.
type Source struct {
	settings Settings
	client   *webapi.Client
	limit    int
	streams  map[string]*stream
	older    map[bool]bool // cases, or forms, are where servers of before 2024 have them
	now      func() time.Time
}

var _ adapters.Source = (*Source)(nil)

// stream is one type of cases, or one form.
type stream struct {
	name, only string
	cases      bool
}

var aDomain = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,200}$`)

// Open makes a source of settings, which are JSON. It asks nothing yet.
func Open(settings []byte) (adapters.Source, error) {
	s := &Source{streams: map[string]*stream{}, older: map[bool]bool{}, now: time.Now}
	if err := webapi.Decode(settings, &s.settings); err != nil {
		return nil, err
	}
	switch {
	case !aDomain.MatchString(s.settings.Domain) || strings.Trim(s.settings.Domain, ".") == "":
		return nil, adapters.ErrSettings.With("setting", "domain")
	case s.settings.User == "" || strings.ContainsAny(s.settings.User, ": \r\n"):
		return nil, adapters.ErrSettings.With("setting", "user")
	case s.settings.URL == "":
		s.settings.URL = "https://www.commcarehq.org"
	}
	if s.limit = s.settings.Page; s.limit <= 0 || s.limit > mostCases {
		s.limit = 1000
	}
	if len(s.settings.Cases)+len(s.settings.Forms) == 0 {
		s.settings.Cases, s.settings.Forms = map[string]string{"cases": ""}, map[string]string{"forms": ""}
	}
	for name, only := range s.settings.Cases {
		s.streams[name] = &stream{name: name, only: only, cases: true}
	}
	for name, only := range s.settings.Forms {
		if s.streams[name] != nil {
			return nil, adapters.ErrSettings.With("setting", "forms")
		}
		s.streams[name] = &stream{name: name, only: only}
	}
	for name := range s.streams {
		if name == "" || strings.Contains(name, "/") {
			return nil, adapters.ErrSettings.With("setting", "cases")
		}
	}
	var err error
	if s.client, err = webapi.New(s.settings.URL); err != nil {
		return nil, err
	}
	key, err := webapi.Secret{Env: s.settings.KeyEnv, File: s.settings.KeyFile}.ReadFor("key_env", s.client)
	if err != nil {
		return nil, err
	}
	s.client.Authorise("Authorization", "ApiKey "+s.settings.User+":"+key)
	return s, nil
}

// Close lets connections go.
func (s *Source) Close() error { return s.client.Close() }

// path is below the project's API.
func (s *Source) path(parts ...string) string {
	return webapi.Path(append([]string{"a", s.settings.Domain, "api"}, parts...)...) + "/"
}

// list is the name of the list of a stream's records.
func (st *stream) list() string {
	if st.cases {
		return "cases"
	}
	return "objects"
}

// ask asks for records of a stream where they are. Servers of before 2024 have them
// elsewhere.
func (s *Source) ask(st *stream, do func(path string) (webapi.Answer, error)) (webapi.Answer, error) {
	now, before := s.path("case", "v2"), s.path("v0.6", "case")
	if !st.cases {
		now, before = s.path("form", "v1"), s.path("v0.5", "form")
	}
	if !s.older[st.cases] {
		if answer, err := do(now); !errors.Is(err, adapters.ErrMissing) {
			return answer, err
		}
	}
	answer, err := do(before)
	s.older[st.cases] = err == nil
	return answer, err
}

// Check reports whether the project can be read.
func (s *Source) Check(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(s.streams)) {
		st := s.streams[name]
		answer, err := s.ask(st, func(path string) (webapi.Answer, error) {
			return s.client.Get(ctx, webapi.Ask{Path: path, Query: url.Values{"limit": {"1"}}})
		})
		if err != nil {
			return err
		}
		if n, err := jsontree.Parse(answer.Body); err != nil || n.Get(st.list()).Kind != jsontree.Array {
			return s.client.Strange()
		}
	}
	return nil
}

// Discover lists the streams, by their first page.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	var cat adapters.Catalog
	for _, name := range slices.Sorted(maps.Keys(s.streams)) {
		st := adapters.Stream{Name: name, Loose: true}
		var tally adapters.Tally
		children := map[string]*adapters.Tally{}
		m := mark{Stream: name, Repeats: s.settings.Repeats}
		n := 0
		enough := func() error { return errEnough }
		if one := s.streams[name]; !one.cases && s.settings.Repeats == nil {
			if err := s.learn(ctx, one, &m, time.Time{}, enough); err != nil && !errors.Is(err, errEnough) {
				return cat, err
			}
		}
		err := s.read(ctx, s.streams[name], &m, func(r adapters.Record) error {
			tally.Take(&r)
			for leaf, list := range r.Children {
				if children[leaf] == nil {
					children[leaf] = &adapters.Tally{}
				}
				for i := range list {
					children[leaf].Take(&list[i])
				}
			}
			n++
			return nil
		}, enough)
		if err != nil && !errors.Is(err, errEnough) {
			return cat, err
		}
		st.Records = max(m.Count, int64(n))
		st.Fields = tally.Fields()
		for _, leaf := range slices.Sorted(maps.Keys(children)) {
			st.Children = append(st.Children, adapters.Stream{Name: leaf, Records: -1, Fields: children[leaf].Fields()})
		}
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

var errEnough = errors.New("enough")

// Open opens an attachment of a form: the form's id and the file's name.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	id, name, ok := strings.Cut(string(b), "/")
	if !ok || !aDomain.MatchString(id) || strings.Trim(id, ".") == "" || name == "" || strings.Trim(name, ".") == "" || strings.Contains(name, "/") {
		return nil, adapters.ErrBlob
	}
	for _, below := range attachments {
		r, err := s.client.Open(ctx, webapi.Ask{Path: strings.TrimSuffix(s.path(slices.Concat(below, []string{id, name})...), "/")})
		if !errors.Is(err, adapters.ErrMissing) {
			return r, err
		}
	}
	return nil, adapters.ErrBlob
}

// attachments is where a server keeps them; the second where it is a newer one.
var attachments = [][]string{{"form", "attachment"}, {"form_attachment", "v1"}}
