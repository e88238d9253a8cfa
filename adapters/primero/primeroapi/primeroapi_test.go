package primeroapi

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
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.ContentLength > 0 {
			stolen.Add(1)
		}
	}))
	t.Cleanup(thief.Close)
	hostile := map[string]func() (adapters.Source, error){}
	for name, answer := range map[string]http.HandlerFunc{
		"a website":     say("<html>Canary"),
		"no list":       say(`{"data":{"a":"Canary"}}`),
		"the same page": say(`{"data":[{"id":"a","name":"Canary"}],"metadata":{"total":1000000,"per":1}}`),
		"less":          say(`{"data":[],"metadata":{"total":4}}`),
		"no keys":       say(`{"data":["Canary",{},null,{"id":""}],"metadata":{"total":4}}`),
		"growing": func(w http.ResponseWriter, r *http.Request) {
			p := r.URL.Query().Get("page")
			fmt.Fprintf(w, `{"data":[{"id":"%s","name":"Canary"}],"metadata":{"total":%s9,"per":1}}`, p, p)
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
		},
		"endless": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"data":[{"id":"a","name":"`)
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("Canary", 10000)); err != nil {
					return
				}
			}
		},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v2/tokens" && name != "a redirect" {
				w.Header().Set("Authorization", "Bearer x")
				return
			}
			answer(w, r)
		}))
		t.Cleanup(s.Close)
		hostile[name] = opener(t, s.URL, `,"page":4`)
	}
	adaptertest.Run(t, adaptertest.Harness{Open: opener(t, server(50).serve(t), `,"page":16,"consent":{"fields":["consent_for_services"]}`), Canary: "Canary", Hostile: hostile})
	if stolen.Load() != 0 {
		t.Errorf("the password or token went to another server %d times", stolen.Load())
	}
}

func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

func TestARecordIsThatOfAnExport(t *testing.T) {
	f := server(3)
	s := open(t, f.serve(t), `,"referrals":true`)
	all, _, err := read(t, s, "")
	if err != nil || len(all) != 3 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	r := all[1]
	services := r.Children["services_section"]
	if r.Key != "c001" || !slices.Equal(r.AltKeys, []string{"u001", "s001"}) || len(services) != 2 || services[1].Value("service_type").Raw != "health" || r.Value("age").Raw != "16" {
		t.Errorf("%q %q %v of %q", r.Key, r.AltKeys, services, r.Header.Names())
	}
	if len(r.Value("protection_concerns").List) != 2 || !r.Value("name_hidden").Null || r.Header.Index("record_in_scope") >= 0 || r.Header.Index("photos") >= 0 {
		t.Errorf("the fields are %q", r.Header.Names())
	}
	if got := r.Children["referrals"]; len(got) != 1 || got[0].Value("transitioned_to").Raw != "court" {
		t.Errorf("referrals %v", got)
	}
	if len(r.Documents) != 2 {
		t.Fatalf("documents %#v", r.Documents)
	}
	for _, d := range r.Documents {
		in, err := s.Open(t.Context(), d.Blob)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(in); err != nil || string(b) != "the file "+d.Name {
			t.Errorf("%q, %v", b, err)
		}
	}
	for _, b := range []adapters.Blob{"cases/c001/documents/9", "cases/none/documents/7", "users/c001/documents/7", "cases/../documents/7", "cases/c001/name/#1", "cases/c001/documents"} {
		if _, err := s.Open(t.Context(), b); !errors.Is(err, adapters.ErrBlob) {
			t.Errorf("%s: %v", b, err)
		}
	}
	cat, err := s.Discover(t.Context())
	if err != nil || cat.Streams[0].Records != 3 {
		t.Fatalf("%v, %v", cat, err)
	}
	labels := map[string]string{}
	for _, st := range append(cat.Streams[0].Children, cat.Streams[0]) {
		for _, f := range st.Fields {
			labels[f.Name] += f.Label
		}
	}
	if labels["name"] != "Full name" || labels["sex"] != "Sexe" || labels["note"] != "Note" {
		t.Errorf("labels %v", labels)
	}
}

func TestConsentAndStateAreRespected(t *testing.T) {
	f := server(6)
	f.cases[1]["record_state"] = false
	all, _, err := read(t, open(t, f.serve(t), `,"consent":{"fields":["consent_for_services"]}`), "")
	if err != nil || len(all) != 6 || all[4].Skip != "no_consent" || len(all[4].Values)+len(all[4].Documents) != 0 || !all[1].Deleted || all[1].Skip != "disabled_at_source" || all[1].Key != "c001" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestAnHourIsNotEnough(t *testing.T) {
	f := server(40)
	f.expires = 3
	all, _, err := read(t, open(t, f.serve(t), `,"page":4`), "")
	if err != nil || len(all) != 40 || f.signed < 3 {
		t.Errorf("%d records, signed in %d times, %v", len(all), f.signed, err)
	}
	t.Setenv("CASEHUB_SOURCE_PRIMERO", "wrong")
	s, err := Open([]byte(`{"type":"primero","url":"` + f.serve(t) + `","user":"reader","password_env":"CASEHUB_SOURCE_PRIMERO"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, adapters.ErrSignIn) {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestWhatWasChangedSinceIsRead(t *testing.T) {
	f := server(30)
	f.most = 7
	s := open(t, f.serve(t), `,"page":20`)
	all, cursor, err := read(t, s, "")
	if err != nil || len(all) != 30 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	f.cases[12]["last_updated_at"] = time.Now().UTC().Format(time.RFC3339)
	if all, cursor, err = read(t, s, cursor); err != nil || len(all) != 1 || all[0].Key != "c012" {
		t.Errorf("%v, %v", all, err)
	}
	f.more = 2
	if _, _, err = read(t, s, cursor); !errors.Is(err, adapters.ErrIncomplete) {
		t.Errorf("fewer than it counts: %v", err)
	}
}

// A page that is smaller than those before goes on where they ended.
func TestASmallerPageLosesNothing(t *testing.T) {
	f := server(25)
	address := f.serve(t)
	var cursors []adapters.Cursor
	s := open(t, address, `,"page":10`)
	if err := s.Read(t.Context(), "records", "", func(adapters.Record) error { return nil }, func(c adapters.Cursor) error { cursors = append(cursors, c); return nil }); err != nil {
		t.Fatal(err)
	}
	all, _, err := read(t, open(t, address, `,"page":3`), cursors[0])
	if err != nil || len(all) != 15 || all[0].Key != "c010" || all[14].Key != "c024" {
		t.Errorf("%v, %v", all, err)
	}
}

// A record that somebody changes while a later reading goes on comes among those that
// it asks for, and puts the others one place on.
func TestAChangeMeanwhileStopsNothing(t *testing.T) {
	f := server(40)
	s := open(t, f.serve(t), `,"page":5`)
	_, cursor, err := read(t, s, "")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	for i := 10; i < 30; i++ {
		f.cases[i]["last_updated_at"] = now
	}
	f.began = func(page int) {
		if page == 3 {
			f.cases[1]["last_updated_at"] = now
		}
	}
	all, cursor, err := read(t, s, cursor)
	met := map[string]bool{}
	for _, r := range all {
		met[r.Key] = met[r.Key] || r.Skip == ""
	}
	if err != nil || len(met) != 20 || !met["c029"] {
		t.Errorf("%d records, %v", len(met), err)
	}
	f.began = nil
	if all, _, err = read(t, s, cursor); err != nil || !slices.ContainsFunc(all, func(r adapters.Record) bool { return r.Key == "c001" }) {
		t.Errorf("the next reading has not what was changed meanwhile: %v, %v", all, err)
	}
}

// A cursor as nodes have kept them is gone on from.
func TestACursorOfBeforeIsGoneOnFrom(t *testing.T) {
	f := server(9)
	f.cases[4]["last_updated_at"] = "2026-03-02T03:04:05.000Z"
	s := open(t, f.serve(t), `,"page":2`)
	done := `{"Stream":"records","Offset":9,"Twice":0,"Total":9,"Since":"0001-01-01T00:00:00Z","Next":"2026-03-02T10:00:00Z","Done":true}`
	if all, _, err := read(t, s, adapters.Cursor(done)); err != nil || len(all) != 1 || all[0].Key != "c004" {
		t.Errorf("after one that is done: %v, %v", all, err)
	}
	half := `{"Stream":"records","Offset":6,"Twice":0,"Total":9,"Since":"0001-01-01T00:00:00Z","Next":"2026-03-02T10:00:00Z","Done":false}`
	if all, _, err := read(t, s, adapters.Cursor(half)); err != nil || len(all) != 4 || all[0].Key != "c006" || all[3].Key != "c004" {
		t.Errorf("after one that was stopped: %v, %v", all, err)
	}
	ahead := `{"Stream":"records","Offset":9,"Total":9,"Next":"2999-01-01T00:00:00Z","Done":true}`
	if all, _, err := read(t, s, adapters.Cursor(ahead)); err != nil || len(all) != 9 {
		t.Errorf("after a clock that was ahead: %v, %v", all, err)
	}
}
