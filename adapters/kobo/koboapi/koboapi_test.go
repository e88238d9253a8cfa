package koboapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
)

func question(kind, name, list string, labels ...any) map[string]any {
	q := map[string]any{"type": kind, "$autoname": name, "label": labels}
	if list != "" {
		q["select_from_list_name"] = list
	}
	return q
}

// project is a server with a form that has everything, and n submissions.
func project(n int) *fake {
	survey := []any{
		question("begin_group", "who", "", "Who", "Quién"), question("text", "name", "", "Name", nil),
		question("select_multiple", "needs", "needs", "Needs"),
		map[string]any{"type": "end_group"},
		question("integer", "age", "", "Age", "Edad"), question("date", "on", ""),
		question("begin_repeat", "kids", "", "Children"), question("begin_group", "more", ""), question("image", "photo", ""),
		question("begin_repeat", "calls", ""), question("select_one", "result", "yn"),
		map[string]any{"type": "end_repeat"},
		map[string]any{"type": "end_group"},
		map[string]any{"type": "end_repeat"},
		question("file", "letter", ""),
	}
	choices := []any{
		map[string]any{"list_name": "needs", "name": "a b", "label": []any{"A B"}},
		map[string]any{"list_name": "needs", "name": "a", "label": []any{"A", "á"}},
		map[string]any{"list_name": "yn", "name": "1", "label": []any{"Yes"}},
	}
	content := map[string]any{"survey": survey, "choices": choices, "settings": map[string]any{"default_language": "Español (es)"}, "translations": []any{nil, "Español (es)"}}
	f := &fake{files: map[string]string{"att0": "the photo"}, versions: map[string]any{"v1": map[string]any{"content": map[string]any{"survey": []any{question("decimal", "age", "")}}}}}
	f.asset = map[string]any{
		"uid": uid, "name": "Intake", "content": content, "deployed_version_id": "v2", "deployment__submission_count": n,
		"deployed_versions": map[string]any{"results": []any{map[string]any{"uid": "v2"}, map[string]any{"uid": "v1"}}},
	}
	for i := range n {
		f.data = append(f.data, entry(i))
	}
	return f
}

func entry(i int) map[string]any {
	uuid := fmt.Sprintf("u%05d", i)
	return map[string]any{
		"_id": 1000 + 3*i, "_uuid": uuid, "meta/instanceID": "uuid:" + uuid, "meta/rootUuid": "uuid:root" + uuid, "meta/deprecatedID": "",
		"__version__": "v2", "who/name": "Canary", "who/needs": "a a b", "age": "31", "on": "2024-01-02", "extra": "NaN", "letter": "brief – kopie 1.pdf",
		"kids": []any{map[string]any{}, map[string]any{"kids/more/photo": "me\u0301 1.jpg", "kids/more/calls": []any{map[string]any{"kids/more/calls/result": "1"}}}},
		"_attachments": []any{
			map[string]any{"uid": "att0", "media_file_basename": "m\u00e9_1.jpg", "question_xpath": "kids[2]/more/photo", "mimetype": "image/jpeg", "download_url": "https://elsewhere.example/?token=Canary"},
			map[string]any{"id": 7, "filename": "x/brief_–_kopie_1.pdf"},
			map[string]any{"uid": "att9", "filename": "x/gone.pdf", "is_deleted": true},
		},
		"_validation_status": map[string]any{"uid": "validation_status_approved", "color": "#" + strconv.Itoa(i)},
		"_geolocation":       []any{nil, nil}, "_submission_time": "2024-01-02T03:04:05", "_tags": []any{}, "_submitted_by": nil,
	}
}

func read(t testing.TB, s adapters.Source, after adapters.Cursor) (all []adapters.Record, last adapters.Cursor) {
	t.Helper()
	err := s.Read(t.Context(), "intake", after, func(r adapters.Record) error { all = append(all, r); return nil }, func(c adapters.Cursor) error { last = c; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all, last
}

func TestTheSourceKeepsTheContract(t *testing.T) {
	f := project(70)
	f.data[40]["_uuid"] = f.data[60]["_uuid"]
	adaptertest.Run(t, adaptertest.Harness{Open: opener(t, f.serve(t).URL, `,"page":20`), Canary: "Canary", Hostile: hostile(t)})
}

func TestASubmissionIsARecord(t *testing.T) {
	f := project(1)
	s := open(t, f.serve(t).URL, "")
	all, _ := read(t, s, "")
	r := all[0]
	if r.Key != "1000" || r.Version != "v2" || fmt.Sprint(r.AltKeys) != "[rootu00000 u00000]" || r.Loc.String() != uid+":1000" {
		t.Errorf("key %q, version %q, other keys %q, at %s", r.Key, r.Version, r.AltKeys, r.Loc)
	}
	if v := r.Value("who/needs"); len(v.List) != 2 || v.List[1].Raw != "a b" {
		t.Errorf("needs %#v", v.List)
	}
	if r.Value("age").Kind != adapters.Number || r.Value("on").Kind != adapters.Date || r.Value("extra").Raw != "NaN" || r.Header.Index("_geolocation") >= 0 || r.Header.Index("_validation_status/color") >= 0 {
		t.Errorf("values %q", r.Header.Names())
	}
	kid := r.Children["kids"][1]
	if kid.Key != "1000/kids[2]" || kid.Children["calls"][0].Key != "1000/kids[2]/calls[1]" || kid.Children["calls"][0].Value("result").Raw != "1" {
		t.Errorf("the child is %q", kid.Key)
	}
	if len(kid.Documents) != 1 || kid.Documents[0].Column != "more/photo" || len(r.Documents) != 1 || r.Documents[0].Column != "letter" || len(r.Problems) != 0 {
		t.Errorf("documents %#v %#v, problems %v", kid.Documents, r.Documents, r.Problems)
	}
	d, err := s.Open(t.Context(), kid.Documents[0].Blob)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(d); string(b) != "the photo" || err != nil {
		t.Errorf("the document is %q, %v", b, err)
	}
	for _, blob := range []adapters.Blob{"aOther/1000/att0", adapters.Blob(uid + "/../att0"), adapters.Blob(uid + "/1000/none"), adapters.Blob(uid + "/1000/..")} {
		if _, err := s.Open(t.Context(), blob); !errors.Is(err, adapters.ErrBlob) {
			t.Errorf("%s: %v", blob, err)
		}
	}
}

func TestTheCatalogueHasTheForm(t *testing.T) {
	s := open(t, project(3).serve(t).URL, "")
	cat, err := s.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	st := cat.Streams[0]
	if st.Name != "intake" || st.Records != 3 || len(st.Instruments) != 2 || st.Instruments[0].Version != "v2" || st.Instruments[0].Default != 1 || len(st.Instruments[0].Choices) != 3 {
		t.Errorf("%+v", st)
	}
	if len(st.Children) != 1 || st.Children[0].Name != "kids" || st.Children[0].Children[0].Name != "calls" {
		t.Errorf("children %+v", st.Children)
	}
}

func TestCodesOfOneUUIDAreForAPerson(t *testing.T) {
	f := project(6)
	f.data[1]["_uuid"] = f.data[4]["_uuid"]
	all, _ := read(t, open(t, f.serve(t).URL, `,"page":2`), "")
	var twice []string
	for _, r := range all {
		for _, p := range r.Problems {
			if p == (adapters.Problem{Code: adapters.DuplicateUUID}) {
				twice = append(twice, r.Key)
			}
		}
	}
	if len(all) != 6 || fmt.Sprint(twice) != "[1003 1012]" {
		t.Errorf("%d records, %v share a uuid", len(all), twice)
	}
}

func TestEditsAreFound(t *testing.T) {
	f := project(5)
	s := open(t, f.serve(t).URL, `,"history":true`)
	before, cursor := read(t, s, "")
	f.data[2]["age"] = "32"
	f.data = append(f.data, entry(9))
	f.history = []any{
		map[string]any{"date_created": time.Now().UTC().Format(time.RFC3339), "metadata": map[string]any{"submission": map[string]any{"root_uuid": "rootu00002"}}},
		map[string]any{"date_created": "2001-01-01T00:00:00Z", "metadata": map[string]any{"submission": map[string]any{"root_uuid": "rootu00003"}}},
	}
	after, _ := read(t, s, cursor)
	if len(after) != 2 || after[0].Key != "1006" || after[0].Hash == before[2].Hash || after[1].Key != "1027" {
		t.Errorf("by the history: %v", after)
	}
	for _, d := range f.data {
		d["_date_modified"] = "2001-01-01T00:00:00"
	}
	_, cursor = read(t, s, "")
	f.data[3]["_date_modified"] = time.Now().UTC().Format("2006-01-02T15:04:05.000")
	if after, _ = read(t, s, cursor); len(after) != 1 || after[0].Key != "1009" {
		t.Errorf("by the day of the change: %v", after)
	}
	plain := open(t, project(5).serve(t).URL, "")
	_, cursor = read(t, plain, "")
	if after, _ := read(t, plain, cursor); len(after) != 0 {
		t.Errorf("nothing was changed and %d were read", len(after))
	}
}

func TestWhatIsGoneIsNotNamed(t *testing.T) {
	f := project(7)
	f.data = append(f.data[:2], f.data[3:]...)
	var keys []string
	s := open(t, f.serve(t).URL, `,"page":3`).(adapters.Lister)
	if err := s.Keys(t.Context(), "intake", func(k string) error { keys = append(keys, k); return nil }); err != nil || strings.Join(keys, " ") != "1000 1003 1009 1012 1015 1018" {
		t.Errorf("%v, %v", keys, err)
	}
}

func TestALostAttachmentIsSaid(t *testing.T) {
	f := project(1)
	f.data[0]["_attachments"] = []any{map[string]any{"uid": "att1", "media_file_basename": "x.pdf", "question_xpath": "letter", "is_deleted": true}}
	all, _ := read(t, open(t, f.serve(t).URL, ""), "")
	kid := all[0].Children["kids"][1]
	if len(all[0].Problems) != 0 || len(kid.Problems) != 1 || kid.Problems[0] != (adapters.Problem{Code: adapters.AttachmentMissing, Column: "more/photo"}) {
		t.Errorf("%v, of the child %v", all[0].Problems, kid.Problems)
	}
}

func TestPagesThatAreTooMuchAreHalved(t *testing.T) {
	if testing.Short() {
		t.Skip("waits as the client does")
	}
	f := project(30)
	f.most = 10
	all, _ := read(t, open(t, f.serve(t).URL, `,"page":20`), "")
	if len(all) != 30 {
		t.Errorf("%d records", len(all))
	}
}

func TestAllProjectsWithoutNames(t *testing.T) {
	f := project(2)
	t.Setenv("CASEHUB_SOURCE_KOBO", "0123456789")
	s, err := Open([]byte(`{"url":"` + f.serve(t).URL + `","token_env":"CASEHUB_SOURCE_KOBO"}`))
	if err != nil {
		t.Fatal(err)
	}
	if cat, err := s.Discover(t.Context()); err != nil || len(cat.Streams) != 1 || cat.Streams[0].Name != uid {
		t.Errorf("%v, %v", cat, err)
	}
}

// A cursor as nodes have kept them is gone on from.
func TestACursorOfBeforeIsGoneOnFrom(t *testing.T) {
	f := project(9)
	for _, d := range f.data {
		d["_date_modified"] = "2001-01-01T00:00:00"
	}
	f.data[4]["_date_modified"] = "2026-03-02T03:04:05.000"
	s := open(t, f.serve(t).URL, `,"page":2`)
	// What was stopped is gone on with, and then what changed meanwhile is read once more.
	kept := func(text string) adapters.Cursor { return adapters.Cursor(`{"Asset":"` + uid + `",` + text + `}`) }
	for name, row := range map[string]struct {
		cursor adapters.Cursor
		keys   string
	}{
		"one that is done":       {kept(`"Phase":"done","ID":1018,"Top":0,"Since":"2026-03-02T10:00:00Z","Next":"0001-01-01T00:00:00Z","Dated":true`), "1012 1021 1024"},
		"one that was stopped":   {kept(`"Phase":"all","ID":1018,"Top":0,"Since":"2026-03-02T10:00:00Z","Next":"0001-01-01T00:00:00Z","Dated":true`), "1021 1024 1012"},
		"stopped among edits":    {kept(`"Phase":"edits","ID":1003,"Top":1018,"Since":"2026-03-02T10:00:00Z","Next":"2026-03-03T10:00:00Z","Dated":true`), "1012 1021 1024"},
		"a clock that was ahead": {kept(`"Phase":"done","ID":1024,"Top":0,"Since":"2999-01-01T00:00:00Z","Next":"0001-01-01T00:00:00Z","Dated":true`), "1000 1003 1006 1009 1012 1015 1018 1021 1024"},
	} {
		all, _ := read(t, s, row.cursor)
		var keys []string
		for _, r := range all {
			keys = append(keys, r.Key)
		}
		if strings.Join(keys, " ") != row.keys {
			t.Errorf("after %s: %v, want %s", name, keys, row.keys)
		}
	}
}

// What comes to a project that was empty comes once.
func TestAProjectThatWasEmptyIsReadOnce(t *testing.T) {
	f := project(0)
	s := open(t, f.serve(t).URL, `,"history":true`)
	_, cursor := read(t, s, "")
	f.data = append(f.data, entry(0))
	f.history = []any{map[string]any{"date_created": time.Now().UTC().Format(time.RFC3339), "metadata": map[string]any{"submission": map[string]any{"root_uuid": "rootu00000"}}}}
	if all, _ := read(t, s, cursor); len(all) != 1 {
		t.Errorf("%v", all)
	}
}

// hostile are servers that nobody should ask.
func hostile(t *testing.T) map[string]func() (adapters.Source, error) {
	var stolen []string
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen = append(stolen, r.Header.Get("Authorization")) }))
	t.Cleanup(func() {
		thief.Close()
		if len(stolen) > 0 {
			t.Errorf("another server got %q", stolen)
		}
	})
	good := project(3)
	all := map[string]func() (adapters.Source, error){}
	for name, answer := range map[string]http.HandlerFunc{
		"a redirect that wants the token": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusMovedPermanently)
		},
		"a page of a website": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Canary") },
		"the same page for ever": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"count":9999,"next":"`+thief.URL+`/?Canary","results":[{"_id":1,"x":"Canary"}]}`)
		},
		"numbers that fall": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"count":2,"results":[{"_id":9},{"_id":3,"x":"Canary"}]}`)
		},
		"no numbers": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"count":1,"results":[{"_id":"Canary"}]}`)
		},
		"no results":      func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"detail":"Canary"}`) },
		"not JSON at all": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"count":1,"results":[{"_id":1,`) },
		"a key twice": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"count":1,"results":[{"_id":1,"a":"Canary","a":2}]}`)
		},
		"deep": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"count":1,"results":[{"_id":1,"a":`+strings.Repeat("[", 500)+strings.Repeat("]", 500)+`}]}`)
		},
		"forbidden": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "Canary", http.StatusForbidden) },
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/data/") || strings.HasPrefix(name, "a redirect") {
				answer(w, r)
				return
			}
			good.ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		all[name] = opener(t, s.URL, "")
	}
	return all
}

func TestAnAttachmentElsewhereIsNotFetched(t *testing.T) {
	f := project(1)
	f.thief = "https://elsewhere.example/?token=Canary"
	_, err := open(t, f.serve(t).URL, "").Open(t.Context(), adapters.Blob(uid+"/1000/att0"))
	if !errors.Is(err, adapters.ErrElsewhere) || strings.Contains(err.Error(), "Canary") {
		t.Errorf("%v", err)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Setenv("CASEHUB_SOURCE_KOBO", "0123456789")
	for text, want := range map[string]error{
		`{"url":"https://kf.example.org"}`:                                                                adapters.ErrSettings,
		`{"url":"http://kf.example.org","token_env":"CASEHUB_SOURCE_KOBO"}`:                               adapters.ErrInsecure,
		`{"url":"https://kf.example.org","token_env":"CASEHUB_SOURCE_NONE"}`:                              adapters.ErrSecret,
		`{"url":"https://kf.example.org","token_env":"CASEHUB_SOURCE_KOBO","assets":{"a/b":"x"}}`:         adapters.ErrSettings,
		`{"url":"https://kf.example.org","token_env":"CASEHUB_SOURCE_KOBO","assets":{"a":"../../token"}}`: adapters.ErrSettings,
		`{"url":"https://kf.example.org","token":"0123456789"}`:                                           adapters.ErrSettings,
	} {
		if _, err := Open([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

// recorded serves the fixtures of a synthetic project.
func recorded(t *testing.T) (*fake, map[string]float64) {
	t.Helper()
	dir := "../../../../shared/fixtures"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	f := &fake{}
	load := func(name string, into any) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	load("kobo/synthetic_legal_aid/asset.json", &f.asset)
	for _, start := range []string{"0", "25", "50"} {
		var page struct{ Results []map[string]any }
		load("kobo/synthetic_legal_aid/data.start-"+start+".limit-25.json", &page)
		f.data = append(f.data, page.Results...)
	}
	var expected map[string]map[string]float64
	b, err := os.ReadFile(filepath.Join(dir, "EXPECTED.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	expected = map[string]map[string]float64{"kobo": {}}
	want := map[string]float64{}
	if err := json.Unmarshal(all["kobo/synthetic_legal_aid"], &want); err != nil {
		t.Fatal(err)
	}
	expected["kobo"] = want
	return f, expected["kobo"]
}

func TestTheFixturesHaveTheTrueCounts(t *testing.T) {
	f, want := recorded(t)
	all, _ := read(t, open(t, f.serve(t).URL, `,"page":25`), "")
	got := map[string]float64{}
	ids, uuids, roots := map[string]bool{}, map[string]bool{}, map[string]bool{}
	missing := 0
	for _, r := range all {
		got["submissions"]++
		ids[r.Key], uuids[r.Value("_uuid").Raw], roots[r.Value("meta/rootUuid").Raw] = true, true, true
		if !r.Value("meta/deprecatedID").Null {
			got["edited"]++
		}
		if r.Value("_validation_status/uid").Raw == "validation_status_approved" {
			got["approved"]++
		}
		got["attachments"] += float64(len(r.Documents))
		for _, p := range r.Children["parties"] {
			got["parties"]++
			got["contactlog"] += float64(len(p.Children["contactlog"]))
		}
		for _, p := range r.Problems {
			if p.Code == adapters.AttachmentMissing {
				missing++
			}
		}
		for _, d := range r.Documents {
			if d.Column == "" {
				t.Errorf("a document of %s belongs to no answer", r)
			}
		}
	}
	got["distinct__id"], got["distinct__uuid"], got["distinct_rootUuid"] = float64(len(ids)), float64(len(uuids)), float64(len(roots))
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s: %v, want %v", name, got[name], n)
		}
	}
	if missing > 0 {
		t.Errorf("%d attachments were not found", missing)
	}
}

func TestRecordedAnswersAreRead(t *testing.T) {
	dir := "../../../../shared/fixtures/kobo/api_v2_recorded"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	for _, asset := range []string{"aANhxwX9S6BCsiYMgQj9kV", "aYuTZn9vegi3Z49MXwKjep", "apBgxt6Nw4Vcjnn7wYpF33"} {
		f := &fake{}
		var page struct{ Results []map[string]any }
		for name, into := range map[string]any{asset + ".json": &f.asset, asset + "__data.json__limit=1000.json": &page} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err == nil {
				err = json.Unmarshal(b, into)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		f.data = page.Results
		s := open(t, f.serve(t).URL, "")
		all, _ := read(t, s, "")
		cat, err := s.Discover(t.Context())
		if err != nil || len(all) != len(page.Results) || len(all) == 0 || len(cat.Streams[0].Fields) <= len(system) {
			t.Fatalf("%s: %d of %d submissions, %v", asset, len(all), len(page.Results), err)
		}
		questions := cat.Streams[0].Instruments[0].Questions
		known := map[string]bool{}
		for _, q := range questions {
			known[q.Repeat+":"+q.Name] = true
		}
		for _, r := range all {
			unknownNames(t, known, "", &r)
		}
		t.Logf("%s: %d submissions, %d questions, languages %q", asset, len(all), len(questions), cat.Streams[0].Instruments[0].Languages)
	}
}

// unknownNames fails for answers that no question of the form has.
func unknownNames(t *testing.T, known map[string]bool, repeat string, r *adapters.Record) {
	t.Helper()
	for _, name := range r.Header.Names() {
		ours := strings.HasPrefix(name, "_") || strings.HasPrefix(name, "meta/") || name == "formhub/uuid" || strings.HasSuffix(name, "_count")
		if !ours && !known[repeat+":"+name] {
			t.Errorf("no question %q in the repeat %q", name, repeat)
		}
	}
	for leaf, list := range r.Children {
		path := leaf
		if repeat != "" {
			path = repeat + "/" + leaf
		}
		for i := range list {
			unknownNames(t, known, path, &list[i])
		}
	}
}
