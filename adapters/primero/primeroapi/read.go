package primeroapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"time"

	"casehub/adapters"
	"casehub/adapters/jsontree"
	"casehub/adapters/webapi"
	"casehub/adapters/webapi/paging"
)

// mark is a cursor: how far a stream was read.
type mark struct {
	Stream string
	Offset int64 // records given of this reading
	Twice  int64 // of them those that had been given before
	Total  int64 // that the server counted when this reading began
	paging.Span
}

// Read gives the records of a stream, those first that were created first.
func (s *Source) Read(ctx context.Context, name string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	if s.settings.Streams[name] == "" {
		return adapters.ErrStream.With("table", name)
	}
	m, half := mark{Stream: name}, false
	if after != "" {
		before, err := paging.Read(after, func(m mark) bool { return m.Stream == name && m.Offset >= 0 && m.Twice >= 0 })
		if err != nil {
			return err
		}
		if m, half = before, before.Half(); m.Done {
			m = mark{Stream: name, Span: before.Later(s.now())}
		}
	}
	save := paging.Saving(&m, checkpoint)
	var w paging.Watch
	err := s.pages(ctx, &m, &w, record, save)
	if err == nil && half {
		m = mark{Stream: name, Span: m.Later(s.now())}
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

// pages gives the records from where a mark stands. What is created meanwhile is for
// the next reading. A record that is changed meanwhile may come among those that were
// changed since the last reading, and puts the ones behind it one place on: they are
// followed until as many came as were counted. It fails with adapters.ErrIncomplete
// when fewer came.
func (s *Source) pages(ctx context.Context, m *mark, w *paging.Watch, record func(adapters.Record) error, page func() error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		answer, err := s.page(ctx, m)
		if err != nil {
			return err
		}
		met := int64(0)
		before := m.Offset % int64(s.limit) // of this page, where its size does not divide the offset
		rest, n, err := paging.Records(ctx, s.client, answer, "data", func(raw json.RawMessage) error {
			if met++; met <= before {
				return nil
			}
			rec, err := s.full(ctx, m.Stream, raw)
			if err != nil {
				return err
			}
			if w.Once(&rec) {
				m.Twice++
			}
			return record(rec)
		})
		if err != nil {
			return err
		}
		if m.Offset == 0 {
			s.begin(m, rest, answer)
		}
		if m.Offset += max(met-before, 0); met <= before || m.Offset-m.Twice >= m.Total {
			break
		}
		if err := w.Page(s.client, n); err != nil {
			return err
		}
		if err := page(); err != nil {
			return err
		}
	}
	if m.Offset-m.Twice < m.Total {
		return s.client.Short()
	}
	return nil
}

// begin keeps what the first page says of the whole: how many records there are, how
// many the server gives at once, and its own time, from which the next reading asks.
func (s *Source) begin(m *mark, rest jsontree.Node, answer webapi.Answer) {
	m.Total, _ = strconv.ParseInt(rest.Get("metadata", "total").Text, 10, 64)
	if per, err := strconv.Atoi(rest.Get("metadata", "per").Text); err == nil && per > 0 && per < s.limit {
		s.limit = per
	}
	m.Begin(answer, s.now())
}

// page asks for the page at a mark, of which the records before the mark are given
// already.
func (s *Source) page(ctx context.Context, m *mark) (webapi.Answer, error) {
	return s.signedIn(ctx, func() (webapi.Answer, error) {
		return s.client.Page(ctx, &s.limit, func(limit int) webapi.Ask {
			q := page(m.Offset/int64(limit)+1, limit)
			q.Set("order_by", s.settings.OrderBy)
			q.Set("order", "asc")
			if !m.Since.IsZero() {
				q.Set("last_updated_at", s.settings.OverlapHours.Before(m.Since).Format(time.RFC3339)+".."+farAway)
			}
			return webapi.Ask{Path: api(s.settings.Streams[m.Stream]), Query: q}
		})
	})
}

// farAway ends a range that has no end: the server takes none without one.
const farAway = "2200-01-01T00:00:00Z"

func page(n int64, per int) url.Values {
	return url.Values{"page": {strconv.FormatInt(n, 10)}, "per": {strconv.Itoa(per)}}
}

func api(parts ...string) string {
	return webapi.Path(append([]string{"api", "v2"}, parts...)...)
}

// get asks as who is signed in.
func (s *Source) get(ctx context.Context, a webapi.Ask) (webapi.Answer, error) {
	return s.signedIn(ctx, func() (webapi.Answer, error) { return s.client.Get(ctx, a) })
}

// signedIn asks, after signing in where that has not been done. A token is good for an
// hour: when it is no more, it is renewed once.
func (s *Source) signedIn(ctx context.Context, ask func() (webapi.Answer, error)) (webapi.Answer, error) {
	fresh := !s.signed
	if fresh {
		if err := s.signIn(ctx); err != nil {
			return webapi.Answer{}, err
		}
	}
	answer, err := ask()
	if fresh || !errors.Is(err, adapters.ErrSignIn) {
		return answer, err
	}
	if err := s.signIn(ctx); err != nil {
		return webapi.Answer{}, err
	}
	return ask()
}

// signIn asks for a token, which comes in a header of the answer.
func (s *Source) signIn(ctx context.Context) error {
	who := map[string]any{"user": map[string]string{"user_name": s.settings.User, "password": s.password}}
	answer, err := s.gate.Get(ctx, webapi.Ask{Path: api("tokens"), Body: who})
	if err != nil {
		return err
	}
	token := answer.Header.Get("Authorization")
	if token == "" {
		return s.client.Strange()
	}
	s.client.Authorise("Authorization", token)
	s.signed = true
	return nil
}
