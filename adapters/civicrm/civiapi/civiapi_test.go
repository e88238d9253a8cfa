package civiapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
)

func TestTheSourceKeepsTheContract(t *testing.T) {
	var stolen atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen.Add(1) }))
	t.Cleanup(thief.Close)
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	hostile := map[string]func() (adapters.Source, error){}
	for name, answer := range map[string]http.HandlerFunc{
		"a website":     say("<html>Canary"),
		"no list":       say(`{"values":{"a":"Canary"},"count":1}`),
		"the same page": say(`{"values":[{"id":1,"first_name":"Canary"}],"count":1}`),
		"backwards":     say(`{"values":[{"id":3,"first_name":"Canary"},{"id":2}],"count":2}`),
		"no keys":       say(`{"values":["Canary",{},null,{"id":"Canary"}],"count":4}`),
		"an old fault":  say(`{"error_code":403,"error_message":"Canary"}`),
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
		},
		"endless": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"values":[{"id":1,"first_name":"`)
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("Canary", 10000)); err != nil {
					return
				}
			}
		},
	} {
		s := httptest.NewServer(answer)
		t.Cleanup(s.Close)
		hostile[name] = opener(t, s.URL, `,"page":4`)
	}
	adaptertest.Run(t, adaptertest.Harness{Open: opener(t, site(50).serve(t), `,"page":16`), Canary: "Canary", Hostile: hostile})
	if stolen.Load() != 0 {
		t.Errorf("the key went to another server %d times", stolen.Load())
	}
}

func TestARecordHasWhatStandsBesideIt(t *testing.T) {
	s := open(t, site(6).serve(t), "")
	contacts, _, err := read(t, s, "contacts", "")
	if err != nil || len(contacts) != 6 {
		t.Fatalf("%d contacts, %v", len(contacts), err)
	}
	c := contacts[0]
	for name, want := range map[string]string{"email": "canary@example.org", "phone": "555", "address": "Canary 1", "country": "Bolivia", "gender_id.label": "Mujer", "Person.Income": "12.5"} {
		if got := c.Value(name).Raw; got != want {
			t.Errorf("%s is %q, want %q, among %q", name, got, want, c.Header.Names())
		}
	}
	if !slices.Equal(c.AltKeys, []string{"2"}) || len(c.Value("Person.Languages.label").List) != 2 || c.Header.Index("hash") >= 0 || !c.Value("last_name").Null {
		t.Errorf("alternate keys %v, fields %q", c.AltKeys, c.Header.Names())
	}
	if gone := contacts[1]; !gone.Deleted || gone.Skip != "merged into another at source" || gone.Value("merged_into").Raw != "1" {
		t.Errorf("the merged contact is %q, %v", gone.Skip, gone.Value("merged_into").Raw)
	}
	cases, _, err := read(t, s, "cases", "")
	if err != nil || len(cases) != 6 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	one := cases[0]
	if one.Value("client_ids").Raw != "1" || one.Value("roles").Raw != "Coordinadora" || one.Value("case_type_id.label").Raw != "Vivienda" || len(one.Children["Hearing"]) != 2 || one.Children["Hearing"][1].Key != "1/Hearing[5]" || !cases[2].Deleted {
		t.Errorf("a case has %q and %v", one.Header.Names(), one.Children)
	}
	activities, _, err := read(t, s, "activities", "")
	if err != nil || len(activities) != 6 || activities[3].Skip != "test" {
		t.Fatalf("%v, %v", activities, err)
	}
	a := activities[0]
	if a.Value("case_ids").Raw != "1" || a.Value("target_ids").Raw != "1" || a.Value("source_ids").Raw != "3" || len(a.Documents) != 1 || a.Documents[0].Name != "acta.pdf" {
		t.Errorf("an activity has %q and %v", a.Header.Names(), len(a.Documents))
	}
	in, err := s.Open(t.Context(), a.Documents[0].Blob)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(in); err != nil || string(b) != "file 77" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := s.Open(t.Context(), "78"); !errors.Is(err, adapters.ErrBlob) {
		t.Errorf("a document that is not there: %v", err)
	}
	cat, err := s.Discover(t.Context())
	if err != nil || len(cat.Streams) != 4 {
		t.Fatal(err)
	}
	i := slices.IndexFunc(cat.Streams[1].Fields, func(f adapters.Field) bool { return f.Name == "client_ids" })
	if cat.Streams[1].Name != "cases" || i < 0 || !slices.Equal(cat.Streams[1].Fields[i].Points, []string{"contacts.id"}) || cat.Streams[1].Records != 6 {
		t.Errorf("%+v", cat.Streams[1])
	}
}

func TestWhatWasModifiedSinceIsRead(t *testing.T) {
	f := site(30)
	f.most = 7 // of an answer, whatever is asked
	s := open(t, f.serve(t), "")
	all, cursor, err := read(t, s, "cases", "")
	if err != nil || len(all) != 30 {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	f.rows["Case"][12]["modified_date"] = time.Now().UTC().Add(-10 * time.Hour).Format(time.DateTime) // far in the west
	if all, cursor, err = read(t, s, "cases", cursor); err != nil || len(all) != 1 || all[0].Key != "13" {
		t.Errorf("%v, %v", all, err)
	}
	if all, _, err = read(t, s, "cases", cursor); err != nil || len(all) != 1 {
		t.Errorf("within the overlap: %v, %v", all, err)
	}
	if all, cursor, err = read(t, s, "relationships", ""); err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	f.rows["Relationship"] = append(f.rows["Relationship"], map[string]any{"id": 8, "contact_id_a": 2, "contact_id_b": 3, "is_active": false})
	if all, _, err = read(t, s, "relationships", cursor); err != nil || len(all) != 1 || all[0].Key != "8" {
		t.Errorf("what is not dated: %v, %v", all, err)
	}
}

func TestWhatTheSiteRefusesIsSaid(t *testing.T) {
	f := site(3)
	address := f.serve(t)
	delete(f.rows, "CaseContact")
	s := open(t, address, "")
	if _, _, err := read(t, s, "cases", ""); !errors.Is(err, adapters.ErrAnswer) || strings.Contains(err.Error(), "Canary") {
		t.Errorf("without the clients of cases: %v", err)
	}
	delete(f.rows, "EntityFile")
	if _, _, err := read(t, s, "contacts", ""); !errors.Is(err, adapters.ErrAnswer) {
		t.Errorf("without documents: %v", err)
	}
	if all, _, err := read(t, open(t, address, `,"no_documents":true,"streams":["contacts"]`), "contacts", ""); err != nil || len(all) != 3 {
		t.Errorf("%v, %v", all, err)
	}
	t.Setenv("CASEHUB_SOURCE_CIVI", "wrong")
	other, err := Open([]byte(`{"type":"civicrm-api","url":"` + address + `","key_env":"CASEHUB_SOURCE_CIVI"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Check(t.Context()); !errors.Is(err, adapters.ErrSignIn) {
		t.Errorf("a wrong key: %v", err)
	}
}

// A cursor as nodes have kept them is gone on from.
func TestACursorOfBeforeIsGoneOnFrom(t *testing.T) {
	f := site(9)
	f.rows["Case"][4]["modified_date"] = "2026-03-02 03:04:05"
	s := open(t, f.serve(t), `,"page":2`)
	done := `{"Stream":"cases","ID":9,"Since":"0001-01-01T00:00:00Z","Next":"2026-03-02T10:00:00Z","Done":true}`
	if all, _, err := read(t, s, "cases", adapters.Cursor(done)); err != nil || len(all) != 1 || all[0].Key != "5" {
		t.Errorf("after one that is done: %v, %v", all, err)
	}
	half := `{"Stream":"cases","ID":6,"Since":"0001-01-01T00:00:00Z","Next":"2026-03-02T10:00:00Z","Done":false}`
	if all, _, err := read(t, s, "cases", adapters.Cursor(half)); err != nil || len(all) != 4 || all[0].Key != "7" || all[3].Key != "5" {
		t.Errorf("after one that was stopped: %v, %v", all, err)
	}
	for stream, want := range map[string]int{"cases": 9, "relationships": 1} {
		ahead := `{"Stream":"` + stream + `","ID":9,"Next":"2999-01-01T00:00:00Z","Done":true}`
		if all, _, err := read(t, s, stream, adapters.Cursor(ahead)); err != nil || len(all) != want {
			t.Errorf("%s after a clock that was ahead: %v, %v", stream, all, err)
		}
	}
}
