package paging

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/webapi"
)

// place is a mark as a source has one.
type place struct {
	Stream string
	ID     int64
	Span
}

func TestACursorOfBeforeIsRead(t *testing.T) {
	const kept = `{"Stream":"cases","ID":7,"Since":"0001-01-01T00:00:00Z","Next":"2026-03-02T10:00:00Z","Done":true}`
	m, err := Read(kept, func(p place) bool { return p.Stream == "cases" })
	if err != nil || m.ID != 7 || !m.Done || !m.Since.IsZero() || m.Next != time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) {
		t.Fatalf("%+v, %v", m, err)
	}
	var again adapters.Cursor
	if err := Saving(&m, func(c adapters.Cursor) error { again = c; return nil })(); err != nil || again != kept {
		t.Errorf("%s, %v, want %s", again, err, kept)
	}
	for _, c := range []adapters.Cursor{"", "x", "[]", `{"Stream":"forms"}`, `{"Stream":1}`, `{"Next":"yesterday"}`} {
		if _, err := Read(c, func(p place) bool { return p.Stream == "cases" }); !errors.Is(err, adapters.ErrCursor) {
			t.Errorf("%s: %v", c, err)
		}
	}
}

func TestAReadingGoesOnFromTheOneBefore(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	done := Span{Since: at.Add(-48 * time.Hour), Next: at, Done: true}
	for now, want := range map[time.Time]Span{
		at.Add(time.Hour):        {Since: at},
		at.Add(-4 * time.Minute): {Since: at}, // a clock that was set right
		at.Add(-time.Hour):       {},          // one that went back: all is read again
		at.AddDate(-6, 0, 0):     {},
	} {
		if got := done.Later(now); got != want {
			t.Errorf("at %v: %+v, want %+v", now, got, want)
		}
	}
}

func TestTheEarlierClockCounts(t *testing.T) {
	server := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	answer := webapi.Answer{Header: http.Header{"Date": {server.Format(http.TimeFormat)}}}
	east := time.FixedZone("east", 3*3600)
	for here, want := range map[time.Time]time.Time{
		server.Add(-time.Hour):         server.Add(-time.Hour),
		server.Add(time.Hour).In(east): server,
		server.AddDate(30, 0, 0):       server,
	} {
		s := Span{}
		s.Begin(answer, here)
		if s.Next != want {
			t.Errorf("here %v: %v, want %v", here, s.Next, want)
		}
		if s.Begin(answer, want.Add(-time.Hour)); s.Next != want {
			t.Errorf("a later page changed it to %v", s.Next)
		}
	}
	if got := Earlier(webapi.Answer{}, server.In(east)); got != server || got.Location() != time.UTC {
		t.Errorf("a server that tells no time: %v", got)
	}
}

func TestChangesAreLookedForFromBefore(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for hours, want := range map[Hours]time.Time{0: at.Add(-24 * time.Hour), -3: at.Add(-24 * time.Hour), 2: at.Add(-2 * time.Hour)} {
		if got := hours.Before(at); got != want {
			t.Errorf("%d hours: %v", hours, got)
		}
	}
}

// server is a client of one that gives a text.
func server(t *testing.T, text string) *webapi.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	t.Cleanup(s.Close)
	c, err := webapi.New(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestRecordsOfAPage(t *testing.T) {
	page := webapi.Answer{Body: []byte(`{"count":3,"list":[{"a":1},{"a":2},{"a":3}],"next":"x"}`)}
	c := server(t, "[]")
	met := 0
	rest, n, err := Records(t.Context(), c, page, "list", func(json.RawMessage) error { met++; return nil })
	if err != nil || n != 3 || met != 3 || rest.Get("next").Text != "x" || rest.Get("count").Text != "3" {
		t.Errorf("%d of %d, %v, %v", met, n, rest, err)
	}
	stop := errors.New("enough")
	if _, n, err = Records(t.Context(), c, page, "list", func(json.RawMessage) error { return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("stopped after %d: %v", n, err)
	}
	for _, text := range []string{"", "<html>", "[]", `{"list":{}}`, `{"other":[]}`, `{"list":[1,`} {
		if _, _, err := Records(t.Context(), c, webapi.Answer{Body: []byte(text)}, "list", func(json.RawMessage) error { return nil }); !errors.Is(err, adapters.ErrAnswer) {
			t.Errorf("%s: %v", text, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Records(ctx, c, page, "list", func(json.RawMessage) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := Tree(t.Context(), server(t, "<html>"), webapi.Ask{Path: "/"}); !errors.Is(err, adapters.ErrAnswer) {
		t.Errorf("a website: %v", err)
	}
	if tree, err := Tree(t.Context(), server(t, `{"a":"b"}`), webapi.Ask{Path: "/"}); err != nil || tree.Get("a").Text != "b" {
		t.Errorf("%v, %v", tree, err)
	}
}

func TestARecordThatComesAgainIsLeftOut(t *testing.T) {
	var w Watch
	for key, want := range map[string]string{"a": SeenAgain, "": ""} {
		first, second := adapters.Record{Key: key}, adapters.Record{Key: key}
		if w.Once(&first) || first.Skip != "" || w.Once(&second) != (want != "") || second.Skip != want {
			t.Errorf("%q: %q, then %q", key, first.Skip, second.Skip)
		}
	}
}

// A list that is read once more begins anew, and what came before comes again.
func TestAListIsReadOnceMore(t *testing.T) {
	c := server(t, "")
	var w Watch
	for range 2 {
		for page := range 3 * stale {
			if again := w.Again(strconv.Itoa(page)); again != (w.earlier != nil) {
				t.Fatalf("page %d came again: %v", page, again)
			}
			if err := w.Page(c, 1); err != nil {
				t.Fatal(err)
			}
		}
		w.Over()
	}
	for span, want := range map[Span]bool{{}: false, {Done: true, Next: time.Now()}: false, {Next: time.Now()}: true} {
		if span.Half() != want {
			t.Errorf("%+v", span)
		}
	}
}

// Pages that go round end; such as bring something new now and then do not, and nor do
// those of a source that watches no keys.
func TestAListWithoutAnEndIsRefused(t *testing.T) {
	c := server(t, "")
	pages := func(again func(page int) bool) int {
		var w Watch
		for page := range 10 * stale {
			for i := range 3 {
				key := strconv.Itoa(i)
				if !again(page) {
					key += ":" + strconv.Itoa(page)
				}
				w.Again(key)
			}
			if err := w.Page(c, 3); err != nil {
				if !errors.Is(err, adapters.ErrAnswer) {
					t.Error(err)
				}
				return page
			}
		}
		return -1
	}
	if got := pages(func(int) bool { return true }); got != stale {
		t.Errorf("a page that repeats was refused at %d, want %d", got, stale)
	}
	if got := pages(func(page int) bool { return page%stale != 0 }); got != -1 {
		t.Errorf("pages that bring something new were refused at %d", got)
	}
	var w Watch
	for range 10 * stale {
		if err := w.Page(c, 3); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Page(c, Most); !errors.Is(err, adapters.ErrAnswer) {
		t.Errorf("more than there can be: %v", err)
	}
}
