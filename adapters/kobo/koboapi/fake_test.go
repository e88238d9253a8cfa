package koboapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casehub/adapters"
)

// fake is a KoBo server in memory.
type fake struct {
	asset    map[string]any
	versions map[string]any
	data     []map[string]any
	history  []any
	files    map[string]string
	most     int // records of a page that it manages
	asked    []string
	thief    string
}

const uid = "aTestProject00000000000"

func (f *fake) serve(t testing.TB) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

// open opens a source on a server.
func open(t testing.TB, address string, more string) adapters.Source {
	t.Helper()
	s, err := opener(t, address, more)()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func opener(t testing.TB, address string, more string) func() (adapters.Source, error) {
	t.Helper()
	if setter, ok := t.(interface{ Setenv(string, string) }); ok {
		setter.Setenv("CASEHUB_SOURCE_KOBO", "0123456789")
	}
	return func() (adapters.Source, error) {
		return Open([]byte(`{"type":"kobo","url":"` + address + `","token_env":"CASEHUB_SOURCE_KOBO","assets":{"intake":"` + uid + `"}` + more + `}`))
	}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.URL.RequestURI())
	if r.Header.Get("Authorization") != "Token 0123456789" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/api/v2/assets/")
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	switch {
	case rest == "":
		f.say(w, map[string]any{"count": 1, "next": nil, "results": []any{map[string]any{"uid": uid, "has_deployment": true}}})
	case parts[0] != uid:
		w.WriteHeader(http.StatusNotFound)
	case len(parts) == 1:
		f.say(w, f.asset)
	case parts[1] == "data" && len(parts) == 2:
		f.submissions(w, r)
	case parts[1] == "data" && len(parts) == 5:
		f.file(w, r, parts[4])
	case parts[1] == "versions" && f.versions[parts[2]] != nil:
		f.say(w, f.versions[parts[2]])
	case parts[1] == "history":
		f.say(w, map[string]any{"count": len(f.history), "next": nil, "results": f.history})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (f *fake) say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (f *fake) file(w http.ResponseWriter, r *http.Request, id string) {
	switch text, ok := f.files[id]; {
	case f.thief != "":
		http.Redirect(w, r, f.thief, http.StatusFound)
	case ok:
		fmt.Fprint(w, text)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (f *fake) submissions(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit"))
	if f.most > 0 && limit > f.most && q.Get("fields") == "" {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	limit = min(limit, 1000)
	var query map[string]map[string]any
	if json.Unmarshal([]byte(q.Get("query")), &query) != nil || q.Get("sort") != `{"_id":1}` || q.Has("count") {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	fits := []map[string]any{}
	for _, d := range f.data {
		if matches(d, query) {
			fits = append(fits, d)
		}
	}
	slices.SortFunc(fits, func(a, b map[string]any) int { return int(idOf(a) - idOf(b)) })
	count := len(fits)
	fits = fits[:min(limit, count)]
	var fields []string
	if json.Unmarshal([]byte(q.Get("fields")), &fields) == nil {
		short := make([]map[string]any, len(fits))
		for i, d := range fits {
			short[i] = map[string]any{}
			for _, name := range fields {
				if v, ok := d[name]; ok {
					short[i][name] = v
				}
			}
		}
		fits = short
	}
	f.say(w, map[string]any{"count": count, "next": "http://internal:8000/elsewhere?start=1", "previous": nil, "results": fits})
}

func idOf(d map[string]any) int64 {
	switch id := d["_id"].(type) {
	case float64:
		return int64(id)
	case int:
		return int64(id)
	}
	return 0
}

func matches(d map[string]any, query map[string]map[string]any) bool {
	for field, conditions := range query {
		for op, want := range conditions {
			a, b := fmt.Sprint(d[field]), fmt.Sprint(want)
			if n, ok := want.(float64); ok {
				a, b = fmt.Sprintf("%020d", idOf(d)), fmt.Sprintf("%020d", int64(n))
			}
			switch op {
			case "$gt":
				if a <= b {
					return false
				}
			case "$gte":
				if d[field] == nil || a < b {
					return false
				}
			case "$lte":
				if a > b {
					return false
				}
			case "$in":
				if !slices.Contains(want.([]any), d[field]) {
					return false
				}
			default:
				return false
			}
		}
	}
	return true
}
