// Package primeroapi reads the cases of a Primero server over its API, version 2,
// and the other records that it keeps.
//
// Records come by pages in the order in which they were created, so that those that
// are new while it reads stand at the end. A later reading asks for those that were
// changed since. The fields have their internal names and subforms are children, as
// in a JSON export, and a mapping is good for both.
//
// Addresses of attachments expire and never stand in a record: a document is named
// by its record, field and number, and its address is asked for when it is opened.
//
// Settings and streams are in primeroapi.go, signing in and reading in read.go,
// records and documents in record.go.
package primeroapi

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/primero/consent"
	"casehub/adapters/webapi"
	"casehub/adapters/webapi/paging"
)

// Settings say what is read. The keys are those of the mapping file.
type Settings struct {
	Type string `json:"type"` // "primero"
	URL  string `json:"url"`
	// User signs in with the password in PasswordEnv or PasswordFile.
	User         string `json:"user"`
	PasswordEnv  string `json:"password_env"`
	PasswordFile string `json:"password_file"`
	// Streams are the kinds of records by the name of their stream; records: cases
	// when empty, as in an export.
	Streams map[string]string `json:"streams"`
	// Referrals asks for the referrals of each case, which is a question more for
	// each; they are children of that name.
	Referrals bool `json:"referrals"`
	// OrderBy is the field that pages are sorted by; created_at when "".
	OrderBy string `json:"order_by"`
	// Page is the most records of one page; 500 when 0, 1000 at most.
	Page int `json:"page"`
	// OverlapHours is how far before the last reading changes are looked for; 24 when 0.
	OverlapHours paging.Hours `json:"overlap_hours"`
	// Consent says whose records may be taken.
	Consent consent.Rule `json:"consent"`
}

// Source reads one server. It implements adapters.Source.
type Source struct {
	settings Settings
	password string
	client   *webapi.Client
	gate     *webapi.Client // signs in, and carries no token
	signed   bool
	limit    int
	rules    jsontree.Rules
	now      func() time.Time
}

var _ adapters.Source = (*Source)(nil)

// kinds are the kinds of records that a server keeps, with what its forms call them.
var kinds = map[string]string{
	"cases": "case", "incidents": "incident", "tracing_requests": "tracing_request", "families": "family", "registry_records": "registry_record",
}

// maxPage is the most records that a server gives in one page.
const maxPage = 1000

// Open makes a source of settings, which are JSON. It asks nothing yet.
func Open(settings []byte) (adapters.Source, error) {
	s := &Source{rules: rules(), now: time.Now}
	if err := webapi.Decode(settings, &s.settings); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	var err error
	if s.client, err = webapi.New(s.settings.URL); err == nil {
		s.gate, err = webapi.New(s.settings.URL)
	}
	if err != nil {
		return nil, err
	}
	if s.password, err = (webapi.Secret{Env: s.settings.PasswordEnv, File: s.settings.PasswordFile}).ReadFor("password_env", s.client); err != nil {
		return nil, err
	}
	return s, nil
}

// check fills in what the settings leave out, and refuses what cannot be.
func (s *Source) check() error {
	if s.settings.User == "" {
		return adapters.ErrSettings.With("setting", "user")
	}
	if len(s.settings.Streams) == 0 {
		s.settings.Streams = map[string]string{"records": "cases"}
	}
	for name, kind := range s.settings.Streams {
		if kinds[kind] == "" || name == "" || strings.Contains(name, "/") {
			return adapters.ErrSettings.With("setting", "streams")
		}
	}
	if s.settings.OrderBy == "" {
		s.settings.OrderBy = "created_at"
	}
	if s.limit = s.settings.Page; s.limit <= 0 || s.limit > maxPage {
		s.limit = 500
	}
	return s.settings.Consent.Check()
}

// Close lets connections go.
func (s *Source) Close() error { return errors.Join(s.client.Close(), s.gate.Close()) }

// Check reports whether the records can be read.
func (s *Source) Check(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(s.settings.Streams)) {
		answer, err := s.get(ctx, webapi.Ask{Path: api(s.settings.Streams[name]), Query: page(1, 1)})
		if err != nil {
			return err
		}
		if n, err := jsontree.Parse(answer.Body); err != nil || n.Get("data").Kind != jsontree.Array {
			return s.client.Strange()
		}
	}
	return nil
}

// Discover lists the streams by their first page, with what the forms call the fields.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	var cat adapters.Catalog
	for _, name := range slices.Sorted(maps.Keys(s.settings.Streams)) {
		labels, err := s.labels(ctx, s.settings.Streams[name])
		if err != nil {
			return cat, err
		}
		var tally adapters.Tally
		m := mark{Stream: name}
		n := int64(0)
		err = s.pages(ctx, &m, &paging.Watch{}, func(r adapters.Record) error {
			n++
			if r.Skip == "" && len(r.Problems) == 0 {
				tally.Take(&r)
			}
			return nil
		}, func() error { return errEnough })
		if err != nil && !errors.Is(err, errEnough) {
			return cat, err
		}
		st := adapters.Stream{Name: name, Loose: true, Records: max(m.Total, n), Fields: tally.Fields(), Children: tally.Children()}
		tell(&st, labels)
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

var errEnough = errors.New("enough")

// field is what the forms say of a field.
type field struct{ label, kind string }

// labels asks the forms for what fields are called. Who may not see the forms gets
// none.
func (s *Source) labels(ctx context.Context, kind string) (map[string]field, error) {
	q := map[string][]string{"record_type": {kinds[kind]}}
	answer, err := s.get(ctx, webapi.Ask{Path: api("forms"), Query: q})
	if errors.Is(err, adapters.ErrSignIn) || errors.Is(err, adapters.ErrMissing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n, err := jsontree.Parse(answer.Body)
	if err != nil {
		return nil, s.client.Strange()
	}
	all := map[string]field{}
	for _, form := range n.Get("data").Items {
		for _, f := range form.Get("fields").Items {
			all[f.Get("name").Text] = field{text(f.Get("display_name")), f.Get("type").Text}
		}
	}
	return all, nil
}

// text is the first text of a name in several languages, English before others.
func text(n jsontree.Node) string {
	if n.Kind == jsontree.String {
		return n.Text
	}
	if en := n.Get("en").Text; en != "" {
		return en
	}
	for _, e := range n.Items {
		if e.Text != "" {
			return e.Text
		}
	}
	return ""
}

// tell adds what the forms say to the fields of a stream and of its children.
func tell(st *adapters.Stream, labels map[string]field) {
	for i := range st.Fields {
		f := labels[st.Fields[i].Name]
		st.Fields[i].Label, st.Fields[i].Type = f.label, f.kind
	}
	for i := range st.Children {
		tell(&st.Children[i], labels)
	}
}
