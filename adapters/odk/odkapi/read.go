package odkapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
	"casehub/adapters/webapi/paging"
)

// mark is a cursor: how far a stream was read.
type mark struct {
	Set   string // form or list of entities
	Token string // of the page to come; "" before the first
	Given int64  // records of this reading so far
	Count int64  // that the server said it has for this reading
	Skip  int64  `json:",omitempty"` // records before the page to come, of a server without tokens
	paging.Span
}

// query makes a query of pairs.
func query(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q
}

// Read gives the submissions of a form, or the entities of a list.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	t, err := s.table(ctx, stream)
	if err != nil {
		return err
	}
	m, half := mark{Set: strings.Join(t.path, "/")}, false
	if after != "" {
		before, err := paging.Read(after, func(b mark) bool { return b.Set == m.Set && b.Given >= 0 && b.Skip >= 0 })
		if err != nil {
			return err
		}
		if before.Done {
			m.Span = before.Later(s.now())
		} else {
			m, half = before, before.Half()
		}
	}
	f, err := s.form(ctx, t)
	if err != nil {
		return err
	}
	save := paging.Saving(&m, checkpoint)
	var w paging.Watch
	one := func(raw json.RawMessage) error {
		n, err := jsontree.Parse(raw)
		if err != nil || n.Kind != jsontree.Object {
			return record(jsontree.Bad(stream, identified(raw), adapters.Locator{File: m.Set}, adapters.BadJSON))
		}
		rec := t.record(f, stream, n)
		if err := s.documents(ctx, t, f, &rec, n); err != nil {
			return err
		}
		jsontree.SealAll(&rec)
		w.Once(&rec)
		return record(rec)
	}
	begun := m.Given
	err = s.pages(ctx, t, &m, &w, query("$expand", "*"), one, save)
	if half && m.Given == begun && (errors.Is(err, adapters.ErrIncomplete) || errors.Is(err, adapters.ErrAnswer)) {
		return adapters.ErrCursor // the submission that its token names is gone for good
	}
	if err == nil && half {
		m = mark{Set: m.Set, Span: m.Later(s.now())}
		w.Over()
		err = s.pages(ctx, t, &m, &w, query("$expand", "*"), one, save)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	m.Done, m.Token, m.Skip = true, "", 0
	return save()
}

// identified returns the key of what cannot be read otherwise.
func identified(raw json.RawMessage) string {
	var s struct {
		ID string `json:"__id"`
	}
	_ = json.Unmarshal(raw, &s)
	return s.ID
}

// filter asks for what came or was changed since a time.
func (s *Source) filter(t *table, since time.Time) string {
	at := s.settings.OverlapHours.Before(since).Format("2006-01-02T15:04:05.000Z")
	came := "submissionDate"
	if t.form == "" {
		came = "createdAt"
	}
	return "__system/" + came + " ge " + at + " or __system/updatedAt ge " + at
}

// pages gives records page by page from where a mark stands. It fails with
// adapters.ErrIncomplete when fewer came than the server counted.
func (s *Source) pages(ctx context.Context, t *table, m *mark, w *paging.Watch, q url.Values, one func(json.RawMessage) error, page func() error) error {
	q.Set("$count", "true")
	if !m.Since.IsZero() {
		q.Set("$filter", s.filter(t, m.Since))
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		answer, err := s.client.Page(ctx, &s.limit, func(limit int) webapi.Ask {
			q.Set("$top", strconv.Itoa(limit))
			if m.Token != "" {
				q.Set("$skiptoken", m.Token)
			} else if m.Skip > 0 {
				q.Set("$skip", strconv.FormatInt(m.Skip, 10))
			}
			return webapi.Ask{Path: s.project(append(slices.Clone(t.path), t.set)...), Query: q}
		})
		if err != nil {
			return err
		}
		m.Begin(answer, s.now())
		rest, n, err := paging.Records(ctx, s.client, answer, "value", one)
		if err != nil {
			return err
		}
		m.Given += int64(n)
		count, err := strconv.ParseInt(rest.Get("@odata.count").Text, 10, 64)
		if err == nil && (m.Count == 0 || count < m.Count) {
			m.Count = count
		}
		link := rest.Get("@odata.nextLink").Text
		if link == "" {
			break
		}
		if err := s.turn(m, link, n); err != nil {
			return err
		}
		if err := w.Page(s.client, n); err != nil {
			return err
		}
		if err := page(); err != nil {
			return err
		}
	}
	if m.Given < m.Count {
		return s.client.Short()
	}
	return nil
}

// turn puts a mark to the page that a link leads to, behind one of n records. Older
// servers count the records before it instead of giving a token.
func (s *Source) turn(m *mark, link string, n int) error {
	q, err := webapi.Next(link)
	token := q.Get("$skiptoken")
	skip, bad := strconv.ParseInt(q.Get("$skip"), 10, 64)
	switch {
	case err != nil || token == "" && bad != nil:
		return s.client.Strange()
	case n == 0 || token == m.Token && skip <= m.Skip:
		return s.client.Short()
	}
	m.Token, m.Skip = token, 0
	if token == "" {
		m.Skip = skip
	}
	return nil
}

// record makes a record of a submission or an entity. It is not sealed.
func (t *table) record(f *form, stream string, n jsontree.Node) adapters.Record {
	rules := &jsontree.Rules{
		Skip: func(repeat, name string) bool {
			return strings.Contains(name, "@odata.") || repeat != "" && strings.HasPrefix(name, "__")
		},
		Value: f.Value,
	}
	key := n.Get("__id").Text
	rec := rules.Record(rules.Flatten(n), stream, key, adapters.Locator{File: strings.Join(t.path, "/"), Sheet: key})
	rec.Version = n.Get("__system", "formVersion").Text
	if id := n.Get("meta", "instanceID").Text; id != "" && id != key {
		rec.AltKeys = []string{id}
	}
	rec.Deleted = n.Get("__system", "deletedAt").Text != ""
	if status := n.Get("__system", "status").Text; strings.EqualFold(status, "notDecrypted") || strings.EqualFold(status, "missingEncryptedFormData") {
		rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.EncryptedRecord})
	}
	return rec
}

// documents puts a submission's attachments to the answers that name them. Which of
// them did not arrive yet is asked only where the server says that some did not.
func (s *Source) documents(ctx context.Context, t *table, f *form, rec *adapters.Record, n jsontree.Node) error {
	present, expected := n.Get("__system", "attachmentsPresent").Text, n.Get("__system", "attachmentsExpected").Text
	if t.form == "" || expected == "" || expected == "0" {
		return nil
	}
	lost := map[string]bool{}
	if present != expected {
		list, err := s.get(ctx, s.project("forms", t.form, "submissions", rec.Key, "attachments"), nil)
		if err != nil {
			return err
		}
		for _, a := range list.Items {
			lost[a.Get("name").Text] = a.Get("exists").Text == "false"
		}
	}
	s.put(t, f, rec, rec.Key, "", lost)
	return nil
}

// files are the types of questions that are answered by a file.
var files = map[string]bool{"image": true, "audio": true, "video": true, "file": true, "background-audio": true}

func (s *Source) put(t *table, f *form, rec *adapters.Record, key, repeat string, lost map[string]bool) {
	for i, column := range rec.Header.Names() {
		q := f.Questions.Find(repeat, column)
		name := rec.At(i).Raw
		if q == nil || !files[q.Type] || name == "" {
			continue
		}
		if lost[name] {
			rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.AttachmentMissing, Column: column})
			continue
		}
		rec.Documents = append(rec.Documents, adapters.Document{Blob: adapters.Blob(t.form + "/" + key + "/" + name), Column: column, Name: name, Size: -1})
	}
	for leaf, list := range rec.Children {
		path := leaf
		if repeat != "" {
			path = repeat + "/" + leaf
		}
		for i := range list {
			s.put(t, f, &list[i], key, path, lost)
		}
	}
}

// Keys gives the key of every record that a stream has.
func (s *Source) Keys(ctx context.Context, stream string, key func(string) error) error {
	t, err := s.table(ctx, stream)
	if err != nil {
		return err
	}
	var w paging.Watch
	return s.pages(ctx, t, &mark{}, &w, query("$select", "__id"), func(raw json.RawMessage) error {
		id := identified(raw)
		if id == "" {
			return s.client.Strange()
		}
		w.Again(id)
		return key(id)
	}, func() error { return nil })
}
