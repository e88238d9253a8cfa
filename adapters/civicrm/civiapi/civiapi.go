// Package civiapi reads a site of CiviCRM over its API, version 4.
//
// The streams are contacts, cases, activities and relationships, with the names that
// package civicrm gives their fields in the database: labels of options as
// COLUMN.label, custom data as GROUP.FIELD, and beside each record the addresses,
// people, cases and documents that the site keeps in other tables.
//
// Records come in the order of their numbers, each page from the last number on: a
// page cannot shift while it reads. A later reading asks for what was modified since
// where the site keeps that, and where it does not, as of relationships in older ones,
// for what is new: changes of those are found by a reading from the beginning. What is
// deleted is asked for too, since the API leaves it out unless it is named.
//
// Settings and streams are in civiapi.go, what a site says of its fields in entity.go,
// reading in read.go; asking is package api4, and what is put beside the records of a
// page package beside.
package civiapi

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/civicrm/civiapi/api4"
	"casehub/adapters/civicrm/civiapi/beside"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
	"casehub/adapters/webapi/paging"
)

// Settings say what is read. The keys are those of the mapping file.
type Settings struct {
	Type string `json:"type"` // "civicrm-api"
	URL  string `json:"url"`  // of the site
	// Path is below which CiviCRM answers; "civicrm" when "".
	Path string `json:"path"`
	// KeyEnv or KeyFile hold the API key of the user who reads.
	KeyEnv  string `json:"key_env"`
	KeyFile string `json:"key_file"`
	// SiteKeyEnv or SiteKeyFile hold the key of the site, where it asks for one too.
	SiteKeyEnv  string `json:"site_key_env"`
	SiteKeyFile string `json:"site_key_file"`
	// Streams are those to read; all when empty.
	Streams []string `json:"streams"`
	// Page is the most records of one page; 500 when 0, 5000 at most.
	Page int `json:"page"`
	// OverlapHours is how far before the last reading changes are looked for: 24 when 0,
	// and never less than 15, because the site tells the time of its own place.
	OverlapHours paging.Hours `json:"overlap_hours"`
	// NoDocuments leaves documents out, for a user who may not see files.
	NoDocuments bool `json:"no_documents"`
}

// Source reads one site. It implements adapters.Source.
type Source struct {
	settings Settings
	client   *api4.Client
	limit    int
	entities map[string]*entity // that were looked at, by stream
	beside   *beside.Reader
	rules    jsontree.Rules
	now      func() time.Time
}

var _ adapters.Source = (*Source)(nil)

// kind is what the API calls the records of a stream.
type kind struct {
	name, table string
	labels      []string // fields with options, by their labels too
	both        []string // flags by which the API leaves records out unless they are named
}

var kinds = map[string]kind{
	"contacts":      {"Contact", "civicrm_contact", []string{"gender_id", "prefix_id", "suffix_id", "preferred_communication_method"}, []string{"is_deleted"}},
	"cases":         {"Case", "civicrm_case", []string{"case_type_id", "status_id"}, []string{"is_deleted"}},
	"activities":    {"Activity", "civicrm_activity", []string{"activity_type_id", "status_id", "medium_id", "priority_id"}, []string{"is_deleted", "is_test"}},
	"relationships": {"Relationship", "civicrm_relationship", []string{}, nil},
}

// Open makes a source of settings, which are JSON. It asks nothing yet.
func Open(settings []byte) (adapters.Source, error) {
	s := &Source{entities: map[string]*entity{}, now: time.Now}
	if err := webapi.Decode(settings, &s.settings); err != nil {
		return nil, err
	}
	if s.settings.Path = strings.Trim(s.settings.Path, "/"); s.settings.Path == "" {
		s.settings.Path = "civicrm"
	}
	if len(s.settings.Streams) == 0 {
		s.settings.Streams = slices.Sorted(maps.Keys(kinds))
	}
	for _, name := range s.settings.Streams {
		if kinds[name].name == "" {
			return nil, adapters.ErrSettings.With("setting", "streams")
		}
	}
	if s.limit = s.settings.Page; s.limit <= 0 || s.limit > 5000 {
		s.limit = 500
	}
	if s.settings.OverlapHours > 0 {
		s.settings.OverlapHours = max(s.settings.OverlapHours, 15)
	}
	s.rules = jsontree.Rules{Separator: ".", Value: blank, Skip: func(_, name string) bool { return slices.Contains(hidden, name) }}
	if err := s.connect(); err != nil {
		return nil, err
	}
	return s, nil
}

// connect makes the client, with what every question carries.
func (s *Source) connect() error {
	var err error
	if s.client, err = api4.New(s.settings.URL, s.settings.Path); err != nil {
		return err
	}
	key, err := webapi.Secret{Env: s.settings.KeyEnv, File: s.settings.KeyFile}.ReadFor("key_env", s.client.Client)
	if err != nil {
		return err
	}
	s.beside = &beside.Reader{Client: s.client, NoDocuments: s.settings.NoDocuments}
	s.client.Authorise("X-Civi-Auth", "Bearer "+key)
	if s.settings.SiteKeyEnv+s.settings.SiteKeyFile != "" {
		site, err := webapi.Secret{Env: s.settings.SiteKeyEnv, File: s.settings.SiteKeyFile}.ReadFor("site_key_env", s.client.Client)
		if err != nil {
			return err
		}
		s.client.Authorise("X-Civi-Key", site)
	}
	return nil
}

// hidden are members that no import needs to see.
var hidden = []string{"api_key", "hash", "user_unique_id"}

// blank makes an empty text of the site nothing.
func blank(_, _ string, n jsontree.Node) (adapters.Value, bool) {
	return adapters.Value{Null: true}, n.Kind == jsontree.String && n.Text == ""
}

// Close lets connections go.
func (s *Source) Close() error { return s.client.Close() }

// count asks how many records a stream has, the deleted ones included.
func (s *Source) count(ctx context.Context, stream string) (int64, error) {
	return s.client.Count(ctx, kinds[stream].name, both(stream))
}

// Check reports whether the site can be read.
func (s *Source) Check(ctx context.Context) error {
	for _, name := range s.settings.Streams {
		if _, err := s.count(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Discover lists the streams by their first page, with what the site calls the fields.
func (s *Source) Discover(ctx context.Context) (adapters.Catalog, error) {
	var cat adapters.Catalog
	for _, name := range s.settings.Streams {
		st := adapters.Stream{Name: name, Loose: true}
		var err error
		if st.Records, err = s.count(ctx, name); err != nil {
			return cat, err
		}
		var tally adapters.Tally
		err = s.pages(ctx, &mark{Stream: name}, &paging.Watch{}, func(r adapters.Record) error {
			if r.Skip == "" && len(r.Problems) == 0 {
				tally.Take(&r)
			}
			return nil
		}, func() error { return errEnough })
		if err != nil && !errors.Is(err, errEnough) {
			return cat, err
		}
		st.Fields, st.Children = tally.Fields(), tally.Children()
		s.entities[name].tell(&st)
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

var errEnough = errors.New("enough")

// tell adds what the site says of the fields of a stream.
func (e *entity) tell(st *adapters.Stream) {
	for i := range st.Fields {
		f := &st.Fields[i]
		known := e.fields[f.Name]
		f.Label, f.Type = known.label, known.kind
		switch f.Name {
		case "client_ids", "role_ids", "source_ids", "assignee_ids", "target_ids", "contact_id_a", "contact_id_b", "merged_into":
			f.Points = []string{"contacts.id"}
		case "case_ids", "case_id":
			f.Points = []string{"cases.id"}
		}
	}
}

// Open asks for the address of a document by its number, and then for its content.
func (s *Source) Open(ctx context.Context, b adapters.Blob) (io.ReadCloser, error) {
	if b == "" || strings.Trim(string(b), "0123456789") != "" || len(b) > 18 {
		return nil, adapters.ErrBlob
	}
	link := ""
	err := s.client.All(ctx, api4.Query{Entity: "File", Select: []string{"id", "url"}, Where: []any{[]any{"id", "=", string(b)}}}, func(n jsontree.Node) error {
		link = n.Get("url").Text
		return nil
	})
	if err != nil {
		return nil, err
	}
	if link == "" {
		return nil, adapters.ErrBlob
	}
	q, err := webapi.Next(strings.ReplaceAll(link, "&amp;", "&"))
	if err != nil {
		return nil, err
	}
	r, err := s.client.Open(ctx, webapi.Ask{Path: s.client.Below("file"), Query: q})
	if errors.Is(err, adapters.ErrMissing) {
		return nil, adapters.ErrBlob
	}
	return r, err
}
