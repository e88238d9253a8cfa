package commcareapi

import (
	"context"
	"encoding/json"
	"hash/maphash"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
)

// mark is a cursor: how far a stream was read.
type mark struct {
	Stream string
	Query  string // of the page to come; "" before the first
	Given  int64  // records of this reading so far
	Count  int64  // that the server said it has for this reading
	Since  time.Time
	Next   time.Time // is Since once this reading is done
	Done   bool
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
	m := mark{Stream: name, Next: s.now().UTC()}
	if after != "" {
		var before mark
		if json.Unmarshal([]byte(after), &before) != nil || before.Stream != name || before.Given < 0 {
			return adapters.ErrCursor
		}
		if before.Done {
			m.Since, m.Repeats, m.Learnt = before.Next, before.Repeats, before.Learnt
		} else {
			m = before
		}
	}
	save := webapi.Saving(&m, checkpoint)
	if err := s.know(ctx, st, &m); err != nil {
		return err
	}
	if err := s.read(ctx, st, &m, record, save); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.Done, m.Query = true, ""
	return save()
}

var seed = maphash.MakeSeed()

// seenAgain is why a record is left out that came before in the same reading.
const seenAgain = "changed_while_read"

// read gives the records of a stream from where a mark stands.
func (s *Source) read(ctx context.Context, st *stream, m *mark, record func(adapters.Record) error, page func() error) error {
	repeats := map[string]bool{}
	for _, r := range m.Repeats {
		repeats[r] = true
	}
	seen := map[uint64]bool{}
	return s.pages(ctx, st, m, func(raw json.RawMessage) error {
		rec := s.record(st, repeats, raw)
		id := maphash.String(seed, rec.Key)
		if rec.Key != "" && seen[id] {
			rec.Skip = seenAgain
		}
		seen[id] = true
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
	err := s.pages(ctx, st, &mark{Since: since}, func(raw json.RawMessage) error {
		if n, err := jsontree.Parse(raw); err == nil {
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
		hours := s.settings.OverlapHours
		if hours <= 0 {
			hours = 24
		}
		q.Set(from, since.Add(-time.Duration(hours)*time.Hour).Format("2006-01-02T15:04:05"))
	}
	return q
}

// pages gives records page by page. It fails with adapters.ErrIncomplete when fewer
// came than the server counted.
func (s *Source) pages(ctx context.Context, st *stream, m *mark, one func(json.RawMessage) error, page func() error) error {
	path, list := s.list(st)
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
		answer, err := s.client.Page(ctx, &s.limit, func(limit int) webapi.Ask {
			if m.Query == "" || q.Has("limit") {
				q.Set("limit", strconv.Itoa(limit))
			}
			return webapi.Ask{Path: path, Query: q}
		})
		if err != nil {
			return err
		}
		n := 0
		rest, err := jsontree.Elements(answer.Body, list, func(raw json.RawMessage) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			n++
			return one(raw)
		})
		if err == jsontree.ErrJSON {
			return s.strange()
		}
		if err != nil {
			return err
		}
		m.Given += int64(n)
		counted := rest.Get("matching_records").Text + rest.Get("meta", "total_count").Text
		if count, err := strconv.ParseInt(counted, 10, 64); err == nil && (m.Count == 0 || count < m.Count) {
			m.Count = count
		}
		next := rest.Get("next").Text + rest.Get("meta", "next").Text
		if next == "" {
			break
		}
		link, err := webapi.Next(next)
		if err != nil || n == 0 || link.Encode() == m.Query || len(link) == 0 {
			return s.strange()
		}
		m.Query = link.Encode()
		if err := page(); err != nil {
			return err
		}
	}
	if m.Given < m.Count {
		return adapters.ErrIncomplete.With("host", s.client.Host())
	}
	return nil
}

// record makes a record of a case or form.
func (s *Source) record(st *stream, repeats map[string]bool, raw json.RawMessage) adapters.Record {
	at := adapters.Locator{File: s.settings.Domain, Sheet: st.name}
	n, err := jsontree.Parse(raw)
	key := n.Get("case_id").Text
	if !st.cases {
		for _, path := range [][]string{{"id"}, {"_id"}, {"form", "meta", "instanceID"}} {
			if key = n.Get(path...).Text; key != "" {
				break
			}
		}
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
