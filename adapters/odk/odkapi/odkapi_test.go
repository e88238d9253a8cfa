package odkapi

import (
	"encoding/base64"
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
	"sync/atomic"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/webapi/paging"
)

// fake is an ODK Central server in memory.
type fake struct {
	data    []map[string]any
	fields  []any
	forgets bool // the tokens of pages
	refuses bool // them instead, as newer servers do
	counts  bool // the records before a page, and gives no tokens, as older servers do
	began   func(page int)
	pages   int
	lost    []any
}

func (f *fake) serve(t testing.TB) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

func say(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const form = "/v1/projects/3/forms/intake form"
	if r.URL.Path == "/v1/sessions" {
		var c map[string]string
		if json.NewDecoder(r.Body).Decode(&c) != nil || c["email"] != "a@example.org" || c["password"] != "pass word" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		say(w, map[string]string{"token": "t0ken"})
		return
	}
	if r.Header.Get("Authorization") != "Bearer t0ken" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch path := r.URL.Path; {
	case path == "/v1/projects/3/forms":
		say(w, []any{map[string]any{"xmlFormId": "intake form", "publishedAt": "2024-01-01T00:00:00.000Z"}, map[string]any{"xmlFormId": "a draft", "publishedAt": nil}})
	case path == form:
		say(w, map[string]any{"xmlFormId": "intake form", "name": "Intake", "version": "v7"})
	case path == form+"/fields":
		say(w, f.fields)
	case path == form+".svc", path == "/v1/projects/3/datasets/clients.svc":
		say(w, map[string]any{"value": []any{}})
	case path == form+".svc/Submissions", path == "/v1/projects/3/datasets/clients.svc/Entities":
		f.page(w, r)
	case strings.HasSuffix(path, "/attachments"):
		say(w, f.lost)
	case strings.HasPrefix(path, form+"/submissions/uuid:1/attachments/me photo.jpg"):
		fmt.Fprint(w, "the photo")
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (f *fake) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	top, _ := strconv.Atoi(q.Get("$top"))
	if f.pages++; f.began != nil {
		f.began(f.pages)
	}
	from, _ := strconv.Atoi(q.Get("$skip"))
	if token := q.Get("$skiptoken"); token != "" {
		b, _ := base64.StdEncoding.DecodeString(token)
		n, err := strconv.Atoi(string(b))
		if f.refuses {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if from = n; err != nil || f.forgets {
			from = len(f.data)
		}
	}
	all := f.data
	if filter := q.Get("$filter"); filter != "" {
		all = nil
		since := strings.Fields(filter)[2]
		for _, d := range f.data {
			system := d["__system"].(map[string]any)
			updated, _ := system["updatedAt"].(string)
			if came, _ := system["submissionDate"].(string); came >= since || updated >= since {
				all = append(all, d)
			}
		}
	}
	end := min(from+top, len(all))
	answer := map[string]any{"value": append([]map[string]any{}, all[min(from, len(all)):end]...), "@odata.count": len(all)}
	if end < len(all) {
		answer["@odata.nextLink"] = "http://internal/v1/x?%24skiptoken=" + base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(end)))
	}
	if f.counts && end < len(all) {
		answer["@odata.nextLink"] = "http://internal/v1/x?%24skip=" + strconv.Itoa(end)
	}
	say(w, answer)
}

func field(path, kind string, multiple bool) any {
	return map[string]any{"path": path, "type": kind, "selectMultiple": multiple}
}

func server(n int) *fake {
	f := &fake{fields: []any{
		field("/who", "structure", false), field("/who/needs", "string", true), field("/who/on", "date", false), field("/photo", "binary", false),
		field("/g", "structure", false), field("/g/kids", "repeat", false), field("/g/kids/more", "structure", false), field("/g/kids/more/age", "int", false),
		field("/g/kids/letter", "binary", false),
	}}
	for i := range n {
		f.data = append(f.data, map[string]any{
			"__id": fmt.Sprintf("uuid:%d", i), "who": map[string]any{"needs": "a b", "on": "2024-01-02", "name": "Canary"}, "amount": json.Number("1e3"),
			"photo": "me photo.jpg", "where": map[string]any{"type": "Point", "coordinates": []any{28.5, -26, 0}, "properties": map[string]any{"accuracy": 5}},
			"g":        map[string]any{"kids": []any{map[string]any{"__id": "hash", "more": map[string]any{"age": 4}, "letter": nil}}, "kids@odata.navigationLink": "x"},
			"meta":     map[string]any{"instanceID": fmt.Sprintf("uuid:edit%d", i)},
			"__system": map[string]any{"submissionDate": "2024-01-02T03:04:05.000Z", "updatedAt": nil, "status": nil, "formVersion": "v7", "attachmentsPresent": 1, "attachmentsExpected": 1},
		})
	}
	return f
}

func opener(t testing.TB, address, more string) func() (adapters.Source, error) {
	t.Helper()
	if s, ok := t.(interface{ Setenv(string, string) }); ok {
		s.Setenv("CASEHUB_SOURCE_ODK", "pass word")
	}
	return func() (adapters.Source, error) {
		return Open([]byte(`{"type":"odk","url":"` + address + `","email":"a@example.org","password_env":"CASEHUB_SOURCE_ODK","project":3` + more + `}`))
	}
}

func read(t testing.TB, s adapters.Source, stream string, after adapters.Cursor) (all []adapters.Record, last adapters.Cursor, err error) {
	t.Helper()
	err = s.Read(t.Context(), stream, after, func(r adapters.Record) error { all = append(all, r); return nil }, func(c adapters.Cursor) error { last = c; return nil })
	return all, last, err
}

func open(t testing.TB, address, more string) adapters.Source {
	t.Helper()
	s, err := opener(t, address, more)()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSourceKeepsTheContract(t *testing.T) {
	hostile := map[string]func() (adapters.Source, error){}
	good := server(3)
	for name, answer := range map[string]string{
		"a website": "<html>Canary", "no list": `{"value":{}}`, "a page of itself": `{"value":[{"__id":"x","a":"Canary"}],"@odata.nextLink":"https://elsewhere.example/?$skiptoken=a"}`,
		"a link without a token": `{"value":[{"__id":"Canary"}],"@odata.nextLink":"https://elsewhere.example/Canary"}`, "less than it counts": `{"value":[],"@odata.count":5}`,
		"a key twice": `{"value":[{"__id":"x","a":1,"a":"Canary"}]}`, "no keys": `{"value":[1,null,"Canary",{"a":"Canary"}]}`,
		"two pages for ever": "",
		"strange places":     `{"value":[{"__id":"x","w":{"type":"Point","coordinates":[]},"v":{"type":"Polygon","coordinates":[[[1]]]},"u":{"type":"Point"}}]}`,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/Submissions") && answer != "" {
				fmt.Fprint(w, answer)
				return
			}
			if strings.HasSuffix(r.URL.Path, "/Submissions") {
				other := map[string]string{"a": "b"}[r.URL.Query().Get("$skiptoken")] // a after b, b after a
				if other == "" {
					other = "a"
				}
				fmt.Fprintf(w, `{"value":[{"__id":"%s","x":"Canary"}],"@odata.nextLink":"https://elsewhere.example/?$skiptoken=%s"}`, other, other)
				return
			}
			good.ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		hostile[name] = opener(t, s.URL, "")
	}
	var stolen atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	t.Cleanup(thief.Close)
	for name, at := range map[string]string{"a redirect that wants the password": "/v1/sessions", "a redirect that wants the token": "/v1/projects"} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, at) {
				http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
				return
			}
			good.ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		hostile[name] = opener(t, s.URL, "")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/Submissions") {
			fmt.Fprintf(w, `{"value":[{"__id":"x","a":"Canary"}],"@odata.nextLink":"%s/?$skiptoken=a"}`, thief.URL)
			return
		}
		good.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	hostile["a next page elsewhere"] = opener(t, s.URL, "")
	adaptertest.Run(t, adaptertest.Harness{Open: opener(t, server(70).serve(t), `,"page":20`), Canary: "Canary", Hostile: hostile})
	round, err := hostile["two pages for ever"]()
	if err != nil {
		t.Fatal(err)
	}
	if err := round.(adapters.Lister).Keys(t.Context(), "intake form", func(string) error { return nil }); !errors.Is(err, adapters.ErrAnswer) {
		t.Errorf("keys for ever: %v", err)
	}
	if stolen.Load() != 0 {
		t.Errorf("another server was asked %d times", stolen.Load())
	}
}

// A server that counts gives each submission once, also where one comes to the
// beginning while it is read and puts all the others one place on.
func TestAServerWithoutTokensIsFollowed(t *testing.T) {
	f := server(50)
	f.counts = true
	f.began = func(page int) {
		if page == 2 {
			one := server(1).data[0]
			one["__id"] = "uuid:new"
			f.data = append([]map[string]any{one}, f.data...)
		}
	}
	s := open(t, f.serve(t), `,"page":20`)
	all, cursor, err := read(t, s, "intake form", "")
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]int{}
	for _, r := range all {
		if r.Skip == "" {
			met[r.Key]++
		} else if r.Skip != paging.SeenAgain || met[r.Key] != 1 {
			t.Errorf("%s is left out: %s", r.Key, r.Skip)
		}
	}
	if len(met) != 50 || len(all) != 51 {
		t.Errorf("%d submissions in %d records", len(met), len(all))
	}
	if all, _, err = read(t, s, "intake form", cursor); err != nil || len(all) != 0 {
		t.Errorf("then %v, %v", all, err)
	}
}

// A cursor as nodes have kept them is gone on from.
func TestACursorOfBeforeIsGoneOnFrom(t *testing.T) {
	f := server(5)
	f.data[3]["__system"].(map[string]any)["updatedAt"] = "2026-03-02T03:04:05.000Z"
	s := open(t, f.serve(t), `,"page":2`)
	done := `{"Set":"forms/intake form.svc","Token":"","Given":5,"Count":5,"Since":"0001-01-01T00:00:00Z","Next":"2026-03-02T10:00:00Z","Done":true}`
	if all, _, err := read(t, s, "intake form", adapters.Cursor(done)); err != nil || len(all) != 1 || all[0].Key != "uuid:3" {
		t.Errorf("after one that is done: %v, %v", all, err)
	}
	half := `{"Set":"forms/intake form.svc","Token":"Mg==","Given":2,"Count":5,"Since":"0001-01-01T00:00:00Z","Next":"2026-03-02T10:00:00Z","Done":false}`
	if all, _, err := read(t, s, "intake form", adapters.Cursor(half)); err != nil || len(all) != 4 || all[0].Key != "uuid:2" || all[3].Key != "uuid:3" || all[3].Skip != paging.SeenAgain {
		t.Errorf("after one that was stopped: %v, %v", all, err)
	}
	ahead := `{"Set":"forms/intake form.svc","Given":5,"Count":5,"Next":"2999-01-01T00:00:00Z","Done":true}`
	if all, _, err := read(t, s, "intake form", adapters.Cursor(ahead)); err != nil || len(all) != 5 {
		t.Errorf("after a clock that was ahead: %v, %v", all, err)
	}
}

// A node goes on from the same place again and again while a submission behind it is
// held back. What came or was changed meanwhile comes all the same; Central gives what
// is new first.
func TestWhatComesMeanwhileIsReadFromAnyCursor(t *testing.T) {
	f := server(9)
	s := open(t, f.serve(t), `,"page":3`)
	var first adapters.Cursor
	err := s.Read(t.Context(), "intake form", "", func(adapters.Record) error { return nil }, func(c adapters.Cursor) error {
		if first == "" {
			first = c
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		one := server(1).data[0]
		one["__id"], one["__system"].(map[string]any)["submissionDate"] = fmt.Sprintf("uuid:new%d", round), time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
		f.data = append([]map[string]any{one}, f.data...)
		f.data[len(f.data)-8]["__system"].(map[string]any)["updatedAt"] = one["__system"].(map[string]any)["submissionDate"] // before the cursor
		all, last, err := read(t, s, "intake form", first)
		met := map[string]bool{}
		for _, r := range all {
			met[r.Key] = true
		}
		if err != nil || !met[fmt.Sprintf("uuid:new%d", round)] || !met["uuid:new0"] || !met["uuid:1"] || !met["uuid:8"] {
			t.Errorf("round %d: %v, %v", round, all, err)
		}
		if all, _, err = read(t, s, "intake form", last); err != nil || len(all) != round+2 {
			t.Errorf("then %v, %v", all, err)
		}
	}
}

func TestAFormThatIsADraftAloneIsNoStream(t *testing.T) {
	s := open(t, server(1).serve(t), "")
	if cat, err := s.Discover(t.Context()); err != nil || len(cat.Streams) != 1 || cat.Streams[0].Name != "intake form" {
		t.Errorf("%v, %v", cat, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestASubmissionIsARecord(t *testing.T) {
	f := server(2)
	s := open(t, f.serve(t), "")
	all, _, err := read(t, s, "intake form", "")
	if err != nil {
		t.Fatal(err)
	}
	r := all[1]
	if r.Key != "uuid:1" || r.AltKeys[0] != "uuid:edit1" || r.Version != "v7" || len(r.Value("who/needs").List) != 2 || r.Value("who/on").Kind != adapters.Date || r.Value("where").Raw != "-26 28.5 0 5" || r.Value("amount").Raw != "1e3" {
		t.Errorf("%q %q", r.Key, r.Header.Names())
	}
	kid := r.Children["kids"][0]
	if kid.Key != "uuid:1/kids[1]" || kid.Value("more/age").Raw != "4" || kid.Header.Index("__id") >= 0 || len(r.Documents) != 1 {
		t.Errorf("%q %q, %d documents", kid.Key, kid.Header.Names(), len(r.Documents))
	}
	d, err := s.Open(t.Context(), r.Documents[0].Blob)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(d); err != nil || string(b) != "the photo" {
		t.Errorf("%q, %v", b, err)
	}
	f.data[0]["__system"].(map[string]any)["attachmentsPresent"] = 0
	f.data[1]["__system"].(map[string]any)["status"] = "notDecrypted"
	f.lost = []any{map[string]any{"name": "me photo.jpg", "exists": false}}
	all, _, err = read(t, s, "intake form", "")
	if err != nil || all[0].Problems[0] != (adapters.Problem{Code: adapters.AttachmentMissing, Column: "photo"}) || all[1].Problems[0] != (adapters.Problem{Code: adapters.EncryptedRecord}) {
		t.Errorf("%v %v, %v", all[0].Problems, all[1].Problems, err)
	}
	cat, err := s.Discover(t.Context())
	if err != nil || cat.Streams[0].Records != 2 || cat.Streams[0].Instruments[0].Title != "Intake" || cat.Streams[0].Children[0].Name != "kids" {
		t.Errorf("%+v, %v", cat, err)
	}
}

func TestWhatIsNewOrChangedIsReadAgain(t *testing.T) {
	f := server(5)
	s := open(t, f.serve(t), `,"forms":{"intake":"intake form"},"datasets":{"people":"clients"}`)
	_, cursor, err := read(t, s, "intake", "")
	if err != nil {
		t.Fatal(err)
	}
	f.data[3]["__system"].(map[string]any)["updatedAt"] = time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	all, _, err := read(t, s, "intake", cursor)
	if err != nil || len(all) != 1 || all[0].Key != "uuid:3" {
		t.Errorf("%v, %v", all, err)
	}
	if all, _, err = read(t, s, "people", ""); err != nil || len(all) != 5 {
		t.Errorf("%d entities, %v", len(all), err)
	}
	var keys []string
	if err := s.(adapters.Lister).Keys(t.Context(), "intake", func(k string) error { keys = append(keys, k); return nil }); err != nil || len(keys) != 5 {
		t.Errorf("%v, %v", keys, err)
	}
}

func TestAForgottenTokenIsNoEnd(t *testing.T) {
	f := server(50)
	f.forgets = true
	if _, _, err := read(t, open(t, f.serve(t), `,"page":20`), "intake form", ""); !errors.Is(err, adapters.ErrIncomplete) {
		t.Errorf("%v", err)
	}
	// One that a kept cursor has is no place to go on from.
	half := adapters.Cursor(`{"Set":"forms/intake form.svc","Token":"MjA=","Given":20,"Count":50,"Next":"2026-03-02T10:00:00Z","Done":false}`)
	for _, refuses := range []bool{false, true} {
		f.forgets, f.refuses = !refuses, refuses
		if all, _, err := read(t, open(t, f.serve(t), `,"page":20`), "intake form", half); !errors.Is(err, adapters.ErrCursor) || len(all) != 0 {
			t.Errorf("%v, %v", all, err)
		}
	}
}

func TestTheFixturesHaveTheTrueCounts(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("../../../../shared/fixtures", "odk-central/synthetic_legal_aid/Submissions.expand.json"))
	if err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	f := server(0)
	var page struct{ Value []map[string]any }
	if err := json.Unmarshal(b, &page); err != nil {
		t.Fatal(err)
	}
	f.data = page.Value
	all, _, err := read(t, open(t, f.serve(t), `,"page":20`), "intake form", "")
	if err != nil {
		t.Fatal(err)
	}
	parties, calls := 0, 0
	for _, r := range all {
		parties += len(r.Children["parties"])
		for _, p := range r.Children["parties"] {
			calls += len(p.Children["contactlog"])
		}
	}
	if len(all) != 59 || parties != 85 || calls != 60 {
		t.Errorf("%d submissions, %d parties, %d calls", len(all), parties, calls)
	}
}
