package koboapi

import (
	"context"
	"encoding/json"
	"hash/maphash"
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

// mark is a cursor: how far a project was read.
type mark struct {
	Asset string
	// Phase is "all" while everything is read, "edits" while what was changed is
	// read again, "new" while what came since is, "done" at the end.
	Phase string
	ID    int64     // of the last submission in this phase
	Top   int64     // the last one when edits began
	Since time.Time // edits from here on may not have been seen
	Next  time.Time // is Since once this reading is done
	Dated bool      // submissions say when they were changed
}

// reading is one reading of a stream.
type reading struct {
	*Source
	mark
	stream     string
	form       *form
	began      time.Time // as the server or this computer says, whichever is earlier
	half       bool      // goes on with one that was stopped
	again      paging.Watch
	twice      map[uint64]bool // uuids that several submissions have
	record     func(adapters.Record) error
	checkpoint func(adapters.Cursor) error
}

// Read gives the submissions of a project, in the order of their numbers; those that
// were changed before those that are new.
func (s *Source) Read(ctx context.Context, stream string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	uid, err := s.asset(ctx, stream)
	if err != nil {
		return err
	}
	r := &reading{Source: s, stream: stream, record: record, checkpoint: checkpoint, mark: mark{Asset: uid, Phase: "all"}}
	if after != "" {
		if r.mark, err = paging.Read(after, func(m mark) bool {
			return m.Asset == uid && m.ID >= 0 && slices.Contains([]string{"all", "edits", "new", "done"}, m.Phase)
		}); err != nil {
			return err
		}
	}
	if r.form, err = s.form(ctx, uid); err != nil {
		return err
	}
	if err := r.findTwice(ctx); err != nil {
		return err
	}
	r.half = after != "" && r.Phase != "done"
	switch {
	case after == "":
		r.Since = r.began
	case r.Phase == "done" && (paging.Span{Next: r.Since}).Later(r.began).Since.IsZero():
		r.Phase, r.ID, r.Since = "all", 0, r.began
	case r.Phase == "done":
		r.Phase, r.Top, r.ID, r.Next = "edits", r.ID, 0, r.began
	}
	return r.phases(ctx)
}

func (r *reading) phases(ctx context.Context) error {
	if r.Phase == "edits" {
		if err := r.edits(ctx); err != nil {
			return err
		}
		r.Phase, r.ID = "new", r.Top
	}
	if err := r.pages(ctx, map[string]any{}, 0); err != nil {
		return err
	}
	if r.Phase == "new" {
		r.Since = r.Next
	}
	if r.half { // read once more what changed meanwhile, see paging.Span
		r.half, r.Phase, r.Top, r.ID, r.Next = false, "edits", r.ID, 0, r.began
		return r.phases(ctx)
	}
	r.Phase, r.Top, r.Next = "done", 0, time.Time{}
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.save()
}

func (r *reading) save() error { return paging.Saving(&r.mark, r.checkpoint)() }

// edits reads again what was changed since the last reading.
func (r *reading) edits(ctx context.Context) error {
	since := r.settings.OverlapHours.Before(r.Since)
	switch {
	case r.Top == 0: // there was nothing to change
	case r.Dated:
		return r.pages(ctx, map[string]any{"_date_modified": map[string]any{"$gte": since.Format("2006-01-02T15:04:05")}}, r.Top)
	case r.settings.History:
		changed, err := r.changed(ctx, since)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(changed, 50) {
			r.ID = 0
			if err := r.pages(ctx, map[string]any{"meta/rootUuid": map[string]any{"$in": part}}, r.Top); err != nil {
				return err
			}
		}
	}
	return nil
}

// changed asks the project's history for what was changed.
func (r *reading) changed(ctx context.Context, since time.Time) ([]string, error) {
	var all []string
	met := 0
	for range pages {
		n, err := r.get(ctx, ask(url.Values{"q": {"action:modify-submission"}, "limit": {"100"}, "offset": {strconv.Itoa(met)}}, "assets", r.Asset, "history"))
		if err != nil {
			return nil, err
		}
		old, results := false, n.Get("results")
		for _, e := range results.Items {
			at, err := time.Parse(time.RFC3339, e.Get("date_created").Text)
			if old = err == nil && at.Before(since); old {
				break
			}
			if id := bare(e.Get("metadata", "submission", "root_uuid").Text); id != "" {
				all = append(all, "uuid:"+id)
			}
		}
		if met += len(results.Items); old || n.Get("next").Text == "" || len(results.Items) == 0 {
			break
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// pages reads submissions after r.ID that a query is for, up to a number when it is
// not 0.
func (r *reading) pages(ctx context.Context, query map[string]any, top int64) error {
	return r.each(ctx, r.ID, top, query, "", func(raw json.RawMessage, id int64) error {
		if id > r.ID {
			r.ID = id
		}
		rec, err := r.submission(ctx, raw, id)
		if err != nil {
			return err
		}
		r.again.Once(&rec)
		return r.record(rec)
	}, r.save)
}

// submission makes a record of a submission.
func (r *reading) submission(ctx context.Context, raw json.RawMessage, id int64) (adapters.Record, error) {
	n, err := jsontree.Parse(raw)
	if err != nil || n.Kind != jsontree.Object {
		return jsontree.Bad(r.stream, strconv.FormatInt(id, 10), adapters.Locator{File: r.Asset, Row: id}, adapters.BadJSON), nil
	}
	known, err := r.form.reader(ctx, r.Source, submission.Version(n))
	if err != nil {
		return adapters.Record{}, err
	}
	rec := known.Record(r.stream, r.Asset, id, n)
	r.Dated = r.Dated || n.Get("_date_modified").Text != ""
	if uuid := n.Get("_uuid").Text; uuid != "" && r.twice[maphash.String(seed, uuid)] {
		rec.Problems = append(rec.Problems, adapters.Problem{Code: adapters.DuplicateUUID})
	}
	return rec, nil
}

// each gives submissions page by page in the order of their numbers.
func (r *reading) each(ctx context.Context, after, top int64, query map[string]any, fields string, one func(json.RawMessage, int64) error, page func() error) error {
	var w paging.Watch
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		between := map[string]any{"$gt": after}
		if top > 0 {
			between["$lte"] = top
		}
		query["_id"] = between
		text, err := json.Marshal(query)
		if err != nil {
			return err
		}
		answer, err := r.client.Page(ctx, &r.limit, func(limit int) webapi.Ask {
			q := url.Values{"query": {string(text)}, "sort": {`{"_id":1}`}, "limit": {strconv.Itoa(limit)}}
			if fields != "" {
				q.Set("fields", fields)
			}
			return ask(q, "assets", r.Asset, "data")
		})
		if err != nil {
			return err
		}
		if r.began.IsZero() {
			r.began = paging.Earlier(answer, r.now())
		}
		last := after
		rest, n, err := paging.Records(ctx, r.client, answer, "results", func(raw json.RawMessage) error {
			id := number(raw)
			if id <= last {
				return r.client.Strange()
			}
			last = id
			return one(raw, id)
		})
		if err == nil && n > 0 && page != nil {
			err = page()
		}
		after = last
		if count, bad := strconv.Atoi(rest.Get("count").Text); err != nil || n == 0 || bad == nil && count <= n {
			return err
		}
		if err := w.Page(r.client, n); err != nil {
			return err
		}
	}
}

// number returns a submission's own number, or 0.
func number(raw json.RawMessage) int64 {
	var s struct {
		ID json.Number `json:"_id"`
	}
	if json.Unmarshal(raw, &s) != nil {
		return 0
	}
	n, err := s.ID.Int64()
	if err != nil {
		return 0
	}
	return n
}

var seed = maphash.MakeSeed()

// findTwice looks for uuids that several submissions have, by a sweep of all.
func (r *reading) findTwice(ctx context.Context) error {
	seen := map[uint64]bool{}
	r.twice = map[uint64]bool{}
	return r.each(ctx, 0, 0, map[string]any{}, `["_id","_uuid"]`, func(raw json.RawMessage, _ int64) error {
		var s struct {
			UUID string `json:"_uuid"`
		}
		if json.Unmarshal(raw, &s) != nil || s.UUID == "" {
			return nil
		}
		h := maphash.String(seed, s.UUID)
		if seen[h] {
			r.twice[h] = true
		}
		seen[h] = true
		return nil
	}, nil)
}

// Keys gives the number of every submission that a project has.
func (s *Source) Keys(ctx context.Context, stream string, key func(string) error) error {
	uid, err := s.asset(ctx, stream)
	if err != nil {
		return err
	}
	r := &reading{Source: s, mark: mark{Asset: uid}}
	return r.each(ctx, 0, 0, map[string]any{}, `["_id"]`, func(_ json.RawMessage, id int64) error {
		return key(strconv.FormatInt(id, 10))
	}, nil)
}

// bare takes the prefix off a uuid.
func bare(s string) string { return strings.TrimPrefix(s, "uuid:") }
