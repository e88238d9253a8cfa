// Package odkapi reads the submissions and entities of an ODK Central project over
// OData. A stream is one form or one list of entities; repeats are children,
// attachments documents, and the form is the instrument.
//
// Pages are followed by the token that the server gives, and what came is held
// against the server's own count: a token that it does not know gives an empty page
// and no error. A later reading asks for what came or was changed since the last one.
//
// The key is the submission's first instance, which stays when it is edited. The
// keys that OData gives to rows of repeats are hashes of their content and are not
// used: a child's key is its place.
//
// Settings and streams are in odkapi.go, forms in form.go, reading in read.go; answers
// are read by package answers.
package odkapi

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
	"casehub/adapters/webapi/paging"
)

// Settings say what is read. The keys are those of the mapping file.
type Settings struct {
	Type string `json:"type"` // "odk"
	// URL of the server, as https://central.example.org.
	URL string `json:"url"`
	// Email of a web user, whose password is in PasswordEnv or PasswordFile.
	Email        string `json:"email"`
	PasswordEnv  string `json:"password_env"`
	PasswordFile string `json:"password_file"`
	Project      int    `json:"project"`
	// Forms are the forms to read: the name of the stream and the form's id. Datasets
	// are lists of entities likewise. Without either, all forms of the project are
	// read, each by its id.
	Forms    map[string]string `json:"forms"`
	Datasets map[string]string `json:"datasets"`
	// Page is the most submissions of one page; 500 when 0.
	Page int `json:"page"`
	// OverlapHours is how far before the last reading changes are looked for; 24 when 0.
	OverlapHours paging.Hours `json:"overlap_hours"`
}

// Source reads one project. It implements adapters.Lister.
type Source struct {
	settings Settings
	client   *webapi.Client
	password string
	signedIn bool
	limit    int
	streams  map[string]*table
	now      func() time.Time
}

var _ adapters.Lister = (*Source)(nil)

// table is a form or a list of entities.
type table struct {
	form  string // "" for entities
	path  []string
	set   string // of OData
	known *form
}

// Open makes a source of settings, which are JSON. It asks nothing yet.
func Open(settings []byte) (adapters.Source, error) {
	s := &Source{now: time.Now}
	if err := webapi.Decode(settings, &s.settings); err != nil {
		return nil, err
	}
	if s.settings.Project < 1 {
		return nil, adapters.ErrSettings.With("setting", "project")
	}
	if s.settings.Email == "" {
		return nil, adapters.ErrSettings.With("setting", "email")
	}
	for name := range s.settings.Forms {
		if _, twice := s.settings.Datasets[name]; twice || name == "" || strings.Contains(name, "/") {
			return nil, adapters.ErrSettings.With("setting", "forms")
		}
	}
	for name := range s.settings.Datasets {
		if name == "" || strings.Contains(name, "/") {
			return nil, adapters.ErrSettings.With("setting", "datasets")
		}
	}
	if s.limit = s.settings.Page; s.limit <= 0 || s.limit > 10_000 {
		s.limit = 500
	}
	var err error
	if s.client, err = webapi.New(s.settings.URL); err != nil {
		return nil, err
	}
	if s.password, err = (webapi.Secret{Env: s.settings.PasswordEnv, File: s.settings.PasswordFile}).ReadFor("password_env", s.client); err != nil {
		return nil, err
	}
	return s, nil
}

// Close lets connections go.
func (s *Source) Close() error { return s.client.Close() }

// project is a path inside the project.
func (s *Source) project(parts ...string) string {
	return webapi.Path(append([]string{"v1", "projects", strconv.Itoa(s.settings.Project)}, parts...)...)
}

// signIn asks for a session, once.
func (s *Source) signIn(ctx context.Context) error {
	if s.signedIn {
		return nil
	}
	var session struct {
		Token string `json:"token"`
	}
	ask := webapi.Ask{Path: webapi.Path("v1", "sessions"), Body: map[string]string{"email": s.settings.Email, "password": s.password}}
	if err := s.client.JSON(ctx, ask, &session); err != nil {
		return err
	}
	if session.Token == "" || strings.ContainsAny(session.Token, "\r\n") {
		return s.client.Strange()
	}
	s.client.Authorise("Authorization", "Bearer "+session.Token)
	s.signedIn = true
	return nil
}

func (s *Source) get(ctx context.Context, path string, query url.Values) (jsontree.Node, error) {
	return paging.Tree(ctx, s.client, webapi.Ask{Path: path, Query: query})
}

// Check reports whether the project can be read.
func (s *Source) Check(ctx context.Context) error {
	all, err := s.tables(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t := all[name]
		if _, err := s.get(ctx, s.project(t.path...), nil); err != nil {
			return err
		}
	}
	return nil
}

// tables lists the streams.
func (s *Source) tables(ctx context.Context) (map[string]*table, error) {
	if s.streams != nil {
		return s.streams, nil
	}
	if err := s.signIn(ctx); err != nil {
		return nil, err
	}
	all := map[string]*table{}
	for name, id := range s.settings.Forms {
		all[name] = formTable(id)
	}
	for name, id := range s.settings.Datasets {
		all[name] = &table{path: []string{"datasets", id + ".svc"}, set: "Entities"}
	}
	if len(all) == 0 {
		n, err := s.get(ctx, s.project("forms"), nil)
		if err != nil {
			return nil, err
		}
		if n.Kind != jsontree.Array {
			return nil, s.client.Strange()
		}
		for _, f := range n.Items {
			draft := slices.Contains(f.Names, "publishedAt") && f.Get("publishedAt").Text == ""
			if id := f.Get("xmlFormId").Text; id != "" && !strings.Contains(id, "/") && !draft { // a draft alone has no submissions
				all[id] = formTable(id)
			}
		}
	}
	s.streams = all
	return all, nil
}

func formTable(id string) *table {
	return &table{form: id, path: []string{"forms", id + ".svc"}, set: "Submissions"}
}

func (s *Source) table(ctx context.Context, stream string) (*table, error) {
	all, err := s.tables(ctx)
	if err != nil {
		return nil, err
	}
	t := all[stream]
	if t == nil {
		return nil, adapters.ErrStream.With("table", stream)
	}
	return t, nil
}

// Discover lists the streams with their forms.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	all, err := s.tables(ctx)
	if err != nil {
		return adapters.Catalog{}, err
	}
	var cat adapters.Catalog
	for _, name := range slices.Sorted(maps.Keys(all)) {
		st, err := s.describe(ctx, name, all[name])
		if err != nil {
			return adapters.Catalog{}, err
		}
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

var instance = regexp.MustCompile(`^[^/]{1,200}$`)

// Open opens an attachment: form, instance and name.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	parts := strings.SplitN(string(b), "/", 3)
	all, err := s.tables(ctx)
	if err != nil {
		return nil, err
	}
	known := slices.ContainsFunc(slices.Collect(maps.Values(all)), func(t *table) bool { return t.form != "" && t.form == parts[0] })
	if len(parts) != 3 || !known || !instance.MatchString(parts[1]) || parts[2] == "" || parts[2] == "." || parts[2] == ".." {
		return nil, adapters.ErrBlob
	}
	r, err := s.client.Open(ctx, webapi.Ask{Path: s.project("forms", parts[0], "submissions", parts[1], "attachments", parts[2])})
	if errors.Is(err, adapters.ErrMissing) {
		return nil, adapters.ErrBlob
	}
	return r, err
}
