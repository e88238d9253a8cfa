package commcareapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
)

// fake is a CommCare server in memory.
type fake struct {
	cases, forms []map[string]any
	more         int // that it counts and does not give
	given        int // forms that it gave
	began        func(page int)
	pages        int
	older        bool // has what it has where servers of before 2024 have it
}

func (f *fake) serve(t testing.TB) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "ApiKey a@example.org:k3y" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit"))
	path, ok := strings.CutPrefix(r.URL.Path, "/a/office/api")
	if f.older {
		path = strings.NewReplacer("/v0.6/case/", "/case/v2/", "/v0.5/form/", "/form/v1/", "/case/v2/", "/", "/form/v1/", "/", "/form/attachment/", "/").Replace(path)
	}
	if f.pages++; f.began != nil {
		f.began(f.pages)
	}
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	case path == "/case/v2/":
		cursor := strings.Split(q.Get("cursor"), ":")
		if len(cursor) == 3 {
			limit, _ = strconv.Atoi(cursor[1])
			q.Set("indexed_on.gte", cursor[2])
		}
		from, _ := strconv.Atoi(cursor[0])
		all := since(f.cases, q.Get("indexed_on.gte"))
		end := min(from+limit, len(all))
		answer := map[string]any{"matching_records": len(all) - from + f.more, "cases": all[from:end]} // those that are left
		if end < len(all) {
			answer["next"] = fmt.Sprintf("https://internal.example/a/office/api/case/v2/?cursor=%d:%d:%s", end, limit, q.Get("indexed_on.gte"))
		}
		_ = json.NewEncoder(w).Encode(answer)
	case path == "/form/v1/":
		from, _ := strconv.Atoi(q.Get("offset"))
		all := since(f.forms, q.Get("indexed_on_start"))
		slices.SortStableFunc(all, func(a, b map[string]any) int {
			return strings.Compare(a["indexed_on"].(string), b["indexed_on"].(string))
		})
		end := min(from+limit, len(all))
		meta := map[string]any{"total_count": len(all), "next": nil}
		if end < len(all) {
			q.Set("offset", strconv.Itoa(end))
			meta["next"] = "?" + q.Encode()
		}
		f.given += end - from
		_ = json.NewEncoder(w).Encode(map[string]any{"meta": meta, "objects": all[from:end]})
	case path == "/form/attachment/f1/me photo.jpg", f.older && path == "/form_attachment/v1/f1/me photo.jpg":
		fmt.Fprint(w, "the photo")
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func since(all []map[string]any, from string) []map[string]any {
	some := []map[string]any{}
	for _, c := range all {
		if at, _ := c["indexed_on"].(string); from == "" || at >= from {
			some = append(some, c)
		}
	}
	return some
}

func server(n int) *fake {
	f := &fake{}
	for i := range n {
		f.cases = append(f.cases, map[string]any{
			"case_id": fmt.Sprintf("c%d", i), "case_type": "client", "external_id": "", "closed": false, "indexed_on": "2021-01-01T00:00:00",
			"properties": map[string]any{"name": "Canary", "phone": ""}, "indices": map[string]any{"host": map[string]any{"case_id": "c0", "relationship": "extension"}},
		})
		kid := map[string]any{"age": "3", "calls": map[string]any{"note": "Canary"}}
		var kids any = kid
		if i%2 == 0 {
			kids = []any{kid, map[string]any{"age": "4", "calls": []any{map[string]any{"note": "1"}, map[string]any{"note": "2"}}}}
		}
		f.forms = append(f.forms, map[string]any{
			"id": fmt.Sprintf("f%d", i), "indexed_on": "2021-01-01T00:00:00", "form": map[string]any{"@version": "5", "kids": kids, "photo": "me photo.jpg", "group": map[string]any{"q": "x"}},
			"attachments": map[string]any{"form.xml": map[string]any{}, "me photo.jpg": map[string]any{"content_type": "image/jpeg", "length": 9}},
		})
	}
	return f
}

func opener(t testing.TB, address, more string) func() (adapters.Source, error) {
	t.Helper()
	if s, ok := t.(interface{ Setenv(string, string) }); ok {
		s.Setenv("CASEHUB_SOURCE_COMMCARE", "k3y")
	}
	return func() (adapters.Source, error) {
		return Open([]byte(`{"type":"commcare","url":"` + address + `","domain":"office","user":"a@example.org","key_env":"CASEHUB_SOURCE_COMMCARE"` + more + `}`))
	}
}

func open(t testing.TB, address, more string) adapters.Source {
	t.Helper()
	s, err := opener(t, address, more)()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t testing.TB, s adapters.Source, stream string, after adapters.Cursor) (all []adapters.Record, last adapters.Cursor, err error) {
	t.Helper()
	err = s.Read(t.Context(), stream, after, func(r adapters.Record) error { all = append(all, r); return nil }, func(c adapters.Cursor) error { last = c; return nil })
	return all, last, err
}

func TestTheSourceKeepsTheContract(t *testing.T) {
	hostile := map[string]func() (adapters.Source, error){}
	for name, answer := range map[string]string{
		"a website": "<html>Canary", "no list": `{"cases":{},"objects":1}`, "the same page": `{"next":"https://elsewhere.example/?cursor=Canary","cases":[{"case_id":"a","x":"Canary"}]}`,
		"nothing and more": `{"next":"?cursor=1","cases":[]}`, "less than it counts": `{"matching_records":4,"cases":[]}`, "no keys": `{"cases":["Canary",{}]}`,
		"a link to nothing": `{"next":"https://elsewhere.example/Canary","cases":[{"case_id":"a"}]}`,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
		t.Cleanup(s.Close)
		hostile[name] = opener(t, s.URL, `,"cases":{"cases":""}`)
	}
	var stolen atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	t.Cleanup(thief.Close)
	turn := 0
	for name, answer := range map[string]http.HandlerFunc{
		"a redirect that wants the key": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
		},
		"a next page elsewhere": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"next":"%s/?cursor=1","cases":[{"case_id":"a","x":"Canary"}]}`, thief.URL)
		},
		"two pages for ever": func(w http.ResponseWriter, r *http.Request) {
			turn++
			fmt.Fprintf(w, `{"next":"?cursor=%d","cases":[{"case_id":"c%d","x":"Canary"}]}`, turn, turn%2)
		},
	} {
		s := httptest.NewServer(answer)
		t.Cleanup(s.Close)
		hostile[name] = opener(t, s.URL, `,"cases":{"cases":""}`)
	}
	adaptertest.Run(t, adaptertest.Harness{Open: opener(t, server(50).serve(t), `,"page":20`), Canary: "Canary", Hostile: hostile})
	apart := server(50)
	for i, c := range apart.forms {
		c["indexed_on"] = fmt.Sprintf("2021-01-01T00:00:%02d.%06d", i/3, i/3) // three at a time
	}
	adaptertest.Run(t, adaptertest.Harness{Open: opener(t, apart.serve(t), `,"page":20,"forms":{"forms":""}`), Canary: "Canary"})
	if stolen.Load() != 0 {
		t.Errorf("another server was asked %d times", stolen.Load())
	}
}

// A form that is edited while forms are read goes to the end, and the ones behind it
// come one place earlier: none is passed over for that.
func TestAnEditPutsNoFormBetweenPages(t *testing.T) {
	for _, together := range []int{1, 3, 10} {
		f := server(50)
		for i, c := range f.forms {
			c["indexed_on"] = fmt.Sprintf("2021-01-01T00:00:%02d.123456", i/together)
		}
		f.began = func(page int) {
			if page == 3 || page == 4 {
				f.forms[page]["indexed_on"] = time.Now().UTC().Format("2006-01-02T15:04:05.000000")
			}
		}
		all, _, err := read(t, open(t, f.serve(t), `,"page":10,"repeats":[]`), "forms", "")
		met := map[string]bool{}
		for _, r := range all {
			met[r.Key] = true
		}
		if err != nil || len(met) != 50 || f.pages < 5 {
			t.Errorf("%d of one time: %d forms in %d pages, %v", together, len(met), f.pages, err)
		}
	}
}

func TestAnOlderServerIsAskedWhereItAnswers(t *testing.T) {
	f := server(30)
	f.older = true
	s := open(t, f.serve(t), `,"page":10`)
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, stream := range []string{"cases", "forms"} {
		all, _, err := read(t, s, stream, "")
		if err != nil || len(all) != 30 {
			t.Errorf("%s: %d records, %v", stream, len(all), err)
		}
	}
	if d, err := s.Open(t.Context(), "f1/me photo.jpg"); err != nil {
		t.Error(err)
	} else {
		_ = d.Close()
	}
	if _, err := s.Open(t.Context(), "f1/none.jpg"); !errors.Is(err, adapters.ErrBlob) {
		t.Errorf("%v", err)
	}
}

// A cursor as nodes have kept them is gone on from.
func TestACursorOfBeforeIsGoneOnFrom(t *testing.T) {
	f := server(9)
	f.cases[4]["indexed_on"] = "2026-03-02T03:04:05"
	s := open(t, f.serve(t), `,"page":2,"repeats":[]`)
	done := `{"Stream":"cases","Query":"","Given":9,"Count":9,"Since":"0001-01-01T00:00:00Z","Next":"2026-03-02T10:00:00Z","Done":true}`
	if all, _, err := read(t, s, "cases", adapters.Cursor(done)); err != nil || len(all) != 1 || all[0].Key != "c4" {
		t.Errorf("after one that is done: %v, %v", all, err)
	}
	half := `{"Stream":"forms","Query":"limit=2\u0026offset=6\u0026order_by=indexed_on","Given":6,"Count":9,"Since":"0001-01-01T00:00:00Z","Next":"2026-03-02T10:00:00Z","Done":false,"Learnt":true}`
	if all, _, err := read(t, s, "forms", adapters.Cursor(half)); err != nil || len(all) != 3 || all[0].Key != "f6" {
		t.Errorf("after one that was stopped: %v, %v", all, err)
	}
	ahead := `{"Stream":"cases","Given":9,"Count":9,"Next":"2999-01-01T00:00:00Z","Done":true}`
	if all, _, err := read(t, s, "cases", adapters.Cursor(ahead)); err != nil || len(all) != 9 {
		t.Errorf("after a clock that was ahead: %v, %v", all, err)
	}
}

func TestARepeatOfOneIsARepeat(t *testing.T) {
	s := open(t, server(4).serve(t), "")
	all, _, err := read(t, s, "forms", "")
	if err != nil {
		t.Fatal(err)
	}
	r := all[1]
	kids := r.Children["kids"]
	if r.Key != "f1" || r.Version != "5" || len(kids) != 1 || kids[0].Key != "f1/kids[1]" || kids[0].Value("age").Raw != "3" || len(kids[0].Children["calls"]) != 1 || r.Value("form.group.q").Raw != "x" {
		t.Errorf("%q has %v, %q", r.Key, r.Children, r.Header.Names())
	}
	if len(all[0].Children["kids"]) != 2 || len(r.Documents) != 1 || r.Documents[0].Column != "form.photo" {
		t.Errorf("%v, documents %#v", all[0].Children, r.Documents)
	}
	d, err := s.Open(t.Context(), r.Documents[0].Blob)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(d); err != nil || string(b) != "the photo" {
		t.Errorf("%q, %v", b, err)
	}
	one := open(t, server(2).serve(t), `,"repeats":["form.kids","kids/calls"]`)
	if all, _, err = read(t, one, "forms", ""); err != nil || len(all[1].Children["kids"][0].Children["calls"]) != 1 {
		t.Errorf("declared: %v, %v", all, err)
	}
}

func TestWhatWasIndexedSinceIsRead(t *testing.T) {
	f := server(5)
	s := open(t, f.serve(t), `,"page":2`)
	all, cursor, err := read(t, s, "cases", "")
	if err != nil || len(all) != 5 || !all[0].Value("properties.phone").Null || all[0].Value("indices.host.case_id").Raw != "c0" {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	f.cases[2]["indexed_on"] = time.Now().UTC().Format("2006-01-02T15:04:05")
	if all, _, err = read(t, s, "cases", cursor); err != nil || len(all) != 1 || all[0].Key != "c2" {
		t.Errorf("%v, %v", all, err)
	}
	f.more = 3
	if _, _, err = read(t, s, "cases", ""); !errors.Is(err, adapters.ErrIncomplete) {
		t.Errorf("fewer than it counts: %v", err)
	}
}

func TestTheFixturesHaveTheTrueCounts(t *testing.T) {
	dir := "../../../../shared/fixtures"
	b, err := os.ReadFile(filepath.Join(dir, "EXPECTED.json"))
	if err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	var expected map[string]json.RawMessage
	want := map[string]int{}
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(expected["commcare/synthetic"], &want); err != nil {
		t.Fatal(err)
	}
	f := &fake{}
	for _, n := range []string{"1", "2", "3"} {
		var page struct{ Cases []map[string]any }
		b, err := os.ReadFile(filepath.Join(dir, "commcare/synthetic/case_v2_page"+n+".json"))
		if err == nil {
			err = json.Unmarshal(b, &page)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.cases = append(f.cases, page.Cases...)
	}
	all, _, err := read(t, open(t, f.serve(t), `,"page":30`), "cases", "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{"records_over_all_pages": len(all)}
	for _, r := range all {
		if r.Skip == "" {
			got["distinct_case_id"]++
			got[r.Value("case_type").Raw]++
		}
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s: %d, want %d", name, got[name], n)
		}
	}
}

// A later reading asks for no form that was read before: the cursor knows the repeats.
// A form of which a repeat has one entry tells by itself of none.
func TestRepeatsAreRememberedByTheCursor(t *testing.T) {
	f := server(20)
	address := f.serve(t)
	all, cursor, err := read(t, open(t, address, `,"page":2`), "forms", "")
	if err != nil || len(all) != 20 {
		t.Fatalf("%d forms, %v", len(all), err)
	}
	f.forms[1]["indexed_on"], f.given = time.Now().UTC().Format("2006-01-02T15:04:05"), 0
	all, _, err = read(t, open(t, address, `,"page":2`), "forms", cursor)
	if err != nil || len(all) != 1 || len(all[0].Children["kids"]) != 1 {
		t.Errorf("a later reading: %v, %v", all, err)
	}
	if f.given > 2 {
		t.Errorf("%d forms were asked for where one is new", f.given)
	}
	// What a cursor of before does not know is learnt from all.
	old := strings.Replace(string(cursor), `"Learnt":true`, `"Learnt":false`, 1)
	if all, _, err = read(t, open(t, address, ""), "forms", adapters.Cursor(old)); err != nil || len(all) != 1 || len(all[0].Children["kids"]) != 1 {
		t.Errorf("by an older cursor: %v, %v", all, err)
	}
}

func TestTheStreamsAreShownByTheirFirstPage(t *testing.T) {
	f := server(20)
	cat, err := open(t, f.serve(t), `,"page":2`).Discover(t.Context())
	if err != nil || len(cat.Streams) != 2 || cat.Streams[1].Records != 20 || len(cat.Streams[1].Children) != 1 {
		t.Errorf("%+v, %v", cat, err)
	}
	if f.given > 4 {
		t.Errorf("%d forms were asked for to show a page of 2", f.given)
	}
}
