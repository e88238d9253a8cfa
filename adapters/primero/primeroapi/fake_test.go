package primeroapi

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

// fake is a Primero server in memory. It does what the API's documentation says:
// signing in gives a token in a header, pages have at most most records, ranges are
// FROM..TO, and files are behind an address that is another each time.
type fake struct {
	cases   []map[string]any
	token   string // that is good now
	signed  int    // how often somebody signed in
	asked   []string
	expires int // after so many answers; 0 never
	most    int // records of a page; 1000 when 0
	more    int // that it counts and does not give
	began   func(page int)
}

func (f *fake) serve(t testing.TB) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/v2/tokens" {
		f.signIn(w, r)
		return
	}
	if f.token == "" || r.Header.Get("Authorization") != f.token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	f.asked = append(f.asked, r.URL.Path)
	if f.expires > 0 && len(f.asked)%f.expires == 0 {
		f.token = ""
	}
	path := strings.TrimPrefix(r.URL.Path, "/api/v2/")
	switch id, rest, _ := strings.Cut(strings.TrimPrefix(path, "cases/"), "/"); {
	case path == "cases":
		f.list(w, r)
	case path == "forms":
		fmt.Fprint(w, `{"data":[{"unique_id":"basic","fields":[{"name":"name","type":"text_field","display_name":{"es":"Nombre","en":"Full name"}},{"name":"sex","type":"select_box","display_name":{"fr":"Sexe","en":""}},{"name":"note","type":"textarea","display_name":{"en":"Note"}}]}]}`)
	case strings.HasPrefix(path, "cases/") && rest == "referrals":
		fmt.Fprintf(w, `{"data":[{"id":"r-%s","type":"Referral","transitioned_to":"court","created_at":"2024-01-01T00:00:00Z"}]}`, id)
	case strings.HasPrefix(path, "cases/") && rest == "":
		i := slices.IndexFunc(f.cases, func(c map[string]any) bool { return c["id"] == id })
		if i < 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": f.shown(f.cases[i])})
	case strings.HasPrefix(r.URL.Path, "/rails/active_storage/") && strings.HasSuffix(r.URL.RawQuery, "fresh="+strconv.Itoa(len(f.asked)-1)):
		fmt.Fprint(w, "the file ", r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (f *fake) signIn(w http.ResponseWriter, r *http.Request) {
	var in struct {
		User struct {
			Name     string `json:"user_name"`
			Password string
		}
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.User.Name != "reader" || in.User.Password != "s3cret" || r.Header.Get("Authorization") != "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	f.signed++
	f.token = "Bearer token" + strconv.Itoa(f.signed)
	w.Header().Set("Authorization", f.token)
	fmt.Fprint(w, `{"user_name":"reader"}`)
}

// shown is a case as it is answered: its files have addresses that are good once.
func (f *fake) shown(c map[string]any) map[string]any {
	out := map[string]any{"record_in_scope": len(f.asked)%2 == 0}
	for name, v := range c {
		out[name] = v
	}
	n := strconv.Itoa(len(f.asked))
	out["documents"] = []any{map[string]any{"id": 7, "field_name": "documents", "file_name": "carta ñ.pdf", "attachment_url": "/rails/active_storage/blobs/x/carta%20%C3%B1.pdf?fresh=" + n}}
	out["photos"] = []any{"/rails/active_storage/blobs/y/photo.jpg?fresh=" + n}
	out["photo"] = "/rails/active_storage/blobs/y/photo.jpg?fresh=" + n
	return out
}

func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(q.Get(name))
		if err != nil {
			return otherwise
		}
		return n
	}
	most := 1000
	if f.most > 0 {
		most = f.most
	}
	per, page := min(number("per", 20), most), number("page", 1)
	if f.began != nil {
		f.began(page)
	}
	all := slices.Clone(f.cases)
	if from, to, ok := strings.Cut(q.Get("last_updated_at"), ".."); ok {
		all = slices.DeleteFunc(all, func(c map[string]any) bool {
			at, _ := c["last_updated_at"].(string)
			return at < from || at > to
		})
	}
	slices.SortStableFunc(all, func(a, b map[string]any) int {
		x, _ := a[q.Get("order_by")].(string)
		y, _ := b[q.Get("order_by")].(string)
		if q.Get("order") != "asc" {
			x, y = y, x
		}
		return strings.Compare(x, y)
	})
	data := []any{}
	for i := (page - 1) * per; i < min(page*per, len(all)); i++ {
		data = append(data, f.shown(all[i]))
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "metadata": map[string]any{"total": len(all) + f.more, "per": per, "page": page}})
}

func server(n int) *fake {
	f := &fake{}
	for i := range n {
		f.cases = append(f.cases, map[string]any{
			"id": fmt.Sprintf("c%03d", i), "short_id": fmt.Sprintf("s%03d", i), "case_id_display": fmt.Sprintf("s%03d", i), "case_id": fmt.Sprintf("u%03d", i),
			"name": "Canary", "sex": "female", "name_hidden": "*******", "age": 16, "record_state": true, "consent_for_services": i%5 != 4,
			"created_at": fmt.Sprintf("2019-05-10T05:%02d:%02d.514Z", i/60, i%60), "last_updated_at": "2019-06-01T00:00:00.000Z",
			"protection_concerns": []any{"separated", "other"},
			"services_section":    []any{map[string]any{"unique_id": "x", "service_type": "legal", "note": "Canary"}, map[string]any{"unique_id": "y", "service_type": "health"}},
		})
	}
	return f
}

func opener(t testing.TB, address, more string) func() (adapters.Source, error) {
	t.Helper()
	if s, ok := t.(interface{ Setenv(string, string) }); ok {
		s.Setenv("CASEHUB_SOURCE_PRIMERO", "s3cret")
	}
	return func() (adapters.Source, error) {
		return Open([]byte(`{"type":"primero","url":"` + address + `","user":"reader","password_env":"CASEHUB_SOURCE_PRIMERO"` + more + `}`))
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

func read(t testing.TB, s adapters.Source, after adapters.Cursor) (all []adapters.Record, last adapters.Cursor, err error) {
	t.Helper()
	err = s.Read(t.Context(), "records", after, func(r adapters.Record) error { all = append(all, r); return nil }, func(c adapters.Cursor) error { last = c; return nil })
	return all, last, err
}
