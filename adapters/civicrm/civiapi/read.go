package civiapi

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/civicrm/civiapi/api4"
	"casehub/adapters/civicrm/civiapi/beside"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi/paging"
)

// mark is a cursor: how far a stream was read.
type mark struct {
	Stream string
	ID     int64 // of the last record that was given
	paging.Span
}

// Read gives the records of a stream in the order of their numbers.
func (s *Source) Read(ctx context.Context, name string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	if !slices.Contains(s.settings.Streams, name) {
		return adapters.ErrStream.With("table", name)
	}
	m, half := mark{Stream: name}, false
	if after != "" {
		before, err := paging.Read(after, func(m mark) bool { return m.Stream == name && m.ID >= 0 })
		if err != nil {
			return err
		}
		if m, half = before, before.Half(); m.Done {
			m = s.later(before)
		}
	}
	save := paging.Saving(&m, checkpoint)
	var w paging.Watch
	err := s.pages(ctx, &m, &w, record, save)
	if err == nil && half {
		m = s.later(m)
		w.Over()
		err = s.pages(ctx, &m, &w, record, save)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	m.Done = true
	return save()
}

// later is the mark of the reading after one that is done. What is not dated is read on
// from the last number.
func (s *Source) later(m mark) mark {
	m = mark{Stream: m.Stream, Span: m.Later(s.now()), ID: m.ID}
	if m.Since.IsZero() {
		m.ID = 0
	}
	return m
}

// pages gives the records from where a mark stands, until a page is empty.
func (s *Source) pages(ctx context.Context, m *mark, w *paging.Watch, record func(adapters.Record) error, page func() error) error {
	e, err := s.entity(ctx, m.Stream)
	if err != nil {
		return err
	}
	if again := e.dated && !m.Since.IsZero() && m.Next.IsZero(); again {
		m.ID = 0 // what was modified stands anywhere
	}
	for {
		rows, err := s.page(ctx, e, m)
		if err != nil || len(rows) == 0 {
			return err
		}
		ids := make([]int64, len(rows))
		for i, r := range rows {
			ids[i] = r.id
		}
		b, err := s.beside.Read(ctx, m.Stream, kinds[m.Stream].table, ids)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			rec := s.record(m.Stream, row, b)
			if w.Again(strconv.FormatInt(row.id, 10)) {
				rec.Skip = paging.SeenAgain
			}
			if err := record(rec); err != nil {
				return err
			}
			m.ID = row.id
		}
		if err := w.Page(s.client.Client, len(rows)); err != nil {
			return err
		}
		if err := page(); err != nil {
			return err
		}
	}
}

// row is one record of a page, as the site gave it.
type row struct {
	id  int64
	raw json.RawMessage
}

// page asks for the records behind a mark.
func (s *Source) page(ctx context.Context, e *entity, m *mark) ([]row, error) {
	where := both(m.Stream)
	if e.dated && !m.Since.IsZero() {
		where = append(where, []any{"modified_date", ">=", s.settings.OverlapHours.Before(m.Since).Format(time.DateTime)})
	}
	answer, err := s.client.After(ctx, api4.Query{Entity: kinds[m.Stream].name, Select: e.selected, Where: where}, m.ID, &s.limit)
	if err != nil {
		return nil, err
	}
	m.Begin(answer, s.now())
	var rows []row
	last := m.ID
	_, err = s.client.Values(ctx, answer, func(raw json.RawMessage) error {
		var only struct{ ID json.Number }
		if json.Unmarshal(raw, &only) != nil {
			return s.client.Strange()
		}
		id, err := only.ID.Int64()
		if err != nil || id <= last {
			return s.client.Strange() // the site does not do what it is asked
		}
		rows, last = append(rows, row{id, raw}), id
		return nil
	})
	return rows, err
}

// record makes a record of a row with what stands beside it.
func (s *Source) record(stream string, r row, b *beside.Page) adapters.Record {
	id := strconv.FormatInt(r.id, 10)
	at := adapters.Locator{File: s.client.Host(), Sheet: stream}
	n, err := jsontree.Parse(r.raw)
	if err != nil || n.Kind != jsontree.Object {
		return jsontree.Bad(stream, id, at, adapters.BadJSON)
	}
	flat := s.rules.Flatten(renamed(n))
	for name, list := range b.Values[id] {
		flat.Values[name] = one(list)
	}
	for name, list := range b.Parts[id] {
		if flat.Children == nil {
			flat.Children = map[string][]*jsontree.Flat{}
		}
		for _, part := range list {
			flat.Children[name] = append(flat.Children[name], s.rules.Flatten(renamed(part)))
		}
	}
	rec := s.rules.Record(flat, stream, id, at)
	for name, list := range b.Parts[id] {
		for i, part := range list {
			rec.Children[name][i].Key = id + "/" + name + "[" + part.Get("id").Text + "]"
		}
	}
	rec.Documents, rec.AltKeys = b.Documents[id], b.Also[id]
	if rec.Skip, rec.Deleted = skip(stream, n, b.Values[id]["merged_into"]); stream == "activities" && rec.Skip != earlier {
		rec.Key = cmp.Or(n.Get("original_id").Text, id)
	}
	jsontree.SealAll(&rec)
	return rec
}

// earlier is why a revision that another replaced is left out.
const earlier = "earlier revision"

// skip says why a record is left out, and whether it is gone.
func skip(stream string, n jsontree.Node, merged []string) (string, bool) {
	switch {
	case len(merged) > 0:
		return "merged into another at source", true
	case n.Get("is_deleted").Text == "true":
		return "deleted at source", true
	case stream == "activities" && n.Get("is_current_revision").Text == "false":
		return earlier, false
	case n.Get("is_test").Text == "true":
		return "test", false
	}
	return "", false
}

// renamed gives the members of a row the names that the database's source has.
func renamed(n jsontree.Node) jsontree.Node {
	out := jsontree.Node{Kind: jsontree.Object, Items: n.Items, Names: make([]string, len(n.Names))}
	for i, name := range n.Names {
		if name == "relationship_type_id.label_b_a" {
			name = "relationship_type"
		}
		out.Names[i] = strings.Replace(name, ":label", ".label", 1)
	}
	return out
}

// one makes one value of several texts: the text itself where there is one.
func one(list []string) adapters.Value {
	if len(list) == 1 {
		return adapters.Value{Raw: list[0]}
	}
	v := adapters.Value{}
	for _, s := range list {
		v.List = append(v.List, adapters.Value{Raw: s})
	}
	return v
}
