package commcareapi

import (
	"context"
	"encoding/json"
	"maps"
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
	Stream string
	Query  string // of the page to come; "" before the first
	Given  int64  // records of this reading so far
	Count  int64  // that the server said it has for this reading
	paging.Span
	// Edge are the forms that were given and come again at the beginning of the page to
	// come, which starts at the time of the last.
	Edge []string `json:",omitempty"`
	// Repeats are those of the forms of all readings so far, and of this one, where they
	// were Learnt.
	Repeats []string `json:",omitempty"`
	Learnt  bool     `json:",omitempty"`
}

// Read gives the cases or forms of a stream, those first that were indexed first.
func (s *Source) Read(ctx context.Context, name string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	st := s.streams[name]
	if st == nil {
		return adapters.ErrStream.With("table", name)
	}
	m := mark{Stream: name}
	if after != "" {
		before, err := paging.Read(after, func(m mark) bool { return m.Stream == name && m.Given >= 0 })
		if err != nil {
			return err
		}
		if m = before; before.Done {
			m = mark{Stream: name, Span: before.Later(s.now()), Repeats: before.Repeats, Learnt: before.Learnt}
		}
	}
	save := paging.Saving(&m, checkpoint)
	if err := s.know(ctx, st, &m); err != nil {
		return err
	}
	if err := s.read(ctx, st, &m, record, save); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.Done, m.Query, m.Edge = true, "", nil
	return save()
}

// read gives the records of a stream from where a mark stands.
func (s *Source) read(ctx context.Context, st *stream, m *mark, record func(adapters.Record) error, page func() error) error {
	repeats := map[string]bool{}
	for _, r := range m.Repeats {
		repeats[r] = true
	}
	var w paging.Watch
	return s.pages(ctx, st, m, &w, func(raw json.RawMessage) error {
		rec := s.record(st, repeats, raw)
		w.Once(&rec)
		return record(rec)
	}, page)
}

// know puts the repeats of a reading's forms into its mark before the first of them is
// given: those of earlier readings, and those of the forms to come.
func (s *Source) know(ctx context.Context, st *stream, m *mark) error {
	switch {
	case st.cases:
		return nil
	case s.settings.Repeats != nil:
		m.Repeats = s.settings.Repeats
		return nil
	case m.Learnt && m.Query != "": // when it began
		return nil
	}
	since := m.Since
	if !m.Learnt {
		since = time.Time{}
	}
	m.Learnt = true
	return s.learn(ctx, st, m, since, func() error { return nil })
}

// learn adds to a mark the repeats of the forms that were indexed since some time.
func (s *Source) learn(ctx context.Context, st *stream, m *mark, since time.Time, page func() error) error {
	found := map[string]bool{}
	for _, r := range m.Repeats {
		found[r] = true
	}
	rules := jsontree.Rules{Separator: ".", Seen: func(repeat, name string) { found[inside(repeat, name)] = true }}
	var w paging.Watch
	err := s.pages(ctx, st, &mark{Span: paging.Span{Since: since}}, &w, func(raw json.RawMessage) error {
		if n, err := jsontree.Parse(raw); err == nil {
			w.Again(formID(n))
			rules.Flatten(n)
		}
		return nil
	}, page)
	m.Repeats = slices.Sorted(maps.Keys(found))
	return err
}

// inside is the path of a repeat with the repeats around it.
func inside(repeat, name string) string {
	if repeat == "" {
		return name
	}
	return repeat + "/" + name
}

// first is the query of a reading's first page.
func (s *Source) first(st *stream, since time.Time) url.Values {
	q := url.Values{}
	kind, from := "case_type", "indexed_on.gte"
	if !st.cases {
		kind, from = "xmlns", "indexed_on_start"
		q.Set("order_by", "indexed_on")
	}
	if st.only != "" {
		q.Set(kind, st.only)
	}
	if !since.IsZero() {
		q.Set(from, s.settings.OverlapHours.Before(since).Format("2006-01-02T15:04:05"))
	}
	return q
}

// pages gives records page by page. It fails with adapters.ErrIncomplete when fewer
// came than the server counted.
func (s *Source) pages(ctx context.Context, st *stream, m *mark, w *paging.Watch, one func(json.RawMessage) error, page func() error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		q := s.first(st, m.Since)
		if m.Query != "" {
			var err error
			if q, err = url.ParseQuery(m.Query); err != nil {
				return adapters.ErrCursor
			}
		}
		answer, err := s.ask(st, func(path string) (webapi.Answer, error) {
			return s.client.Page(ctx, &s.limit, func(limit int) webapi.Ask {
				if m.Query == "" || q.Has("limit") {
					q.Set("limit", strconv.Itoa(min(limit+len(m.Edge), st.most())))
				}
				return webapi.Ask{Path: path, Query: q}
			})
		})
		if err != nil {
			return err
		}
		m.Begin(answer, s.now())
		var e edge
		rest, n, err := paging.Records(ctx, s.client, answer, st.list(), func(raw json.RawMessage) error {
			if id := e.take(st, raw); id != "" && slices.Contains(m.Edge, id) {
				return nil
			}
			m.Given++
			return one(raw)
		})
		if err != nil {
			return err
		}
		next := rest.Get("next").Text + rest.Get("meta", "next").Text
		if err := s.counted(m, rest, n, next == "" && !q.Has("offset"), next == ""); err != nil || next == "" {
			return err
		}
		if err := s.turn(st, m, q, next, n, e); err != nil {
			return err
		}
		if err := w.Page(s.client, n); err != nil {
			return err
		}
		if err := page(); err != nil {
			return err
		}
	}
}

// counted holds what came against what the server counts: all of the reading, or what
// was left when it gave this page. The smallest counts, since records go.
func (s *Source) counted(m *mark, rest jsontree.Node, n int, whole, last bool) error {
	text := rest.Get("matching_records").Text + rest.Get("meta", "total_count").Text
	count, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	left := m.Count > 0 && count < m.Count
	if m.Count == 0 || left {
		m.Count = count
	}
	if last && m.Given < m.Count || whole && left && int64(n) < count {
		return s.client.Short()
	}
	return nil
}

// turn puts a mark to the page that follows one of n records. Cases are followed by the
// server's own cursor. Forms come by a count of those before, which slips when one of
// them is edited and goes to the end: they are asked for from the time of the last one
// on, and by the count only where that is the time of more than fit a page.
func (s *Source) turn(st *stream, m *mark, asked url.Values, next string, n int, e edge) error {
	if !st.cases && !asked.Has("offset") && e.at >= asked.Get("indexed_on_start") && e.at != "" && len(e.ids) < mostForms {
		q := s.first(st, time.Time{})
		q.Set("indexed_on_start", e.at)
		q.Set("limit", strconv.Itoa(s.limit))
		if n <= len(m.Edge) {
			return s.client.Strange()
		}
		m.Query, m.Edge = q.Encode(), e.ids
		return nil
	}
	link, err := webapi.Next(next)
	if err != nil || n == 0 || link.Encode() == m.Query || len(link) == 0 {
		return s.client.Strange()
	}
	m.Query, m.Edge = link.Encode(), nil
	return nil
}

// The most records that a server gives in a page.
const (
	mostCases = 5000
	mostForms = 1000
)

func (st *stream) most() int {
	if st.cases {
		return mostCases
	}
	return mostForms
}

// moment is how much of a time the server compares: to the millisecond.
const moment = len("2006-01-02T15:04:05.000")

// edge are the last forms of a page that have one time.
type edge struct {
	at  string
	ids []string
}

// take notes a form and returns what it is called; "" for a case.
func (e *edge) take(st *stream, raw json.RawMessage) string {
	if st.cases {
		return ""
	}
	n, err := jsontree.Parse(raw)
	if err != nil {
		return ""
	}
	id, at := formID(n), strings.TrimSuffix(n.Get("indexed_on").Text, "Z")
	at = at[:min(len(at), moment)]
	if at != e.at {
		e.at, e.ids = at, nil
	}
	e.ids = append(e.ids, id)
	return id
}

// formID returns the key of a form.
func formID(n jsontree.Node) string {
	for _, path := range [][]string{{"id"}, {"_id"}, {"form", "meta", "instanceID"}} {
		if key := n.Get(path...).Text; key != "" {
			return key
		}
	}
	return ""
}

// record makes a record of a case or form.
func (s *Source) record(st *stream, repeats map[string]bool, raw json.RawMessage) adapters.Record {
	at := adapters.Locator{File: s.settings.Domain, Sheet: st.name}
	n, err := jsontree.Parse(raw)
	key := n.Get("case_id").Text
	if !st.cases {
		key = formID(n)
	}
	if err != nil || n.Kind != jsontree.Object || key == "" {
		return jsontree.Bad(st.name, "", at, adapters.BadJSON)
	}
	rules := &jsontree.Rules{
		Separator: ".",
		Skip: func(repeat, name string) bool {
			return repeat == "" && (name == "attachments" || name == "resource_uri")
		},
		Repeats: func(repeat, name string) bool { return repeats[inside(repeat, name)] },
		Value: func(_, _ string, n jsontree.Node) (adapters.Value, bool) {
			return adapters.Value{Null: true}, n.Kind == jsontree.String && n.Text == ""
		},
	}
	rec := rules.Record(rules.Flatten(n), st.name, key, at)
	if id := n.Get("external_id").Text; id != "" {
		rec.AltKeys = []string{id}
	}
	rec.Version = n.Get("form", "@version").Text
	files := n.Get("attachments")
	for i, name := range files.Names {
		if name == "form.xml" || strings.Contains(name, "/") || name == "" {
			continue
		}
		size, err := strconv.ParseInt(files.Items[i].Get("length").Text, 10, 64)
		if err != nil {
			size = -1
		}
		d := adapters.Document{Blob: adapters.Blob(key + "/" + name), Name: name, Type: files.Items[i].Get("content_type").Text, Size: size}
		for k, column := range rec.Header.Names() {
			if rec.At(k).Raw == name {
				d.Column = column
				break
			}
		}
		rec.Documents = append(rec.Documents, d)
	}
	jsontree.SealAll(&rec)
	return rec
}
