package civiapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
)

// fake is a site of CiviCRM in memory: its entities with their rows. It does what the
// API's documentation says: parameters as a form, a header against forged requests,
// conditions, and flags that leave rows out unless a condition names them.
type fake struct {
	rows  map[string][]map[string]any
	asked []string
	most  int // rows of an answer, whatever is asked; 0 for what is asked
}

func (f *fake) serve(t testing.TB) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Civi-Auth") != "Bearer k3y" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.URL.Path == "/civicrm/file" {
		if r.URL.Query().Get("fcs") != "check "+r.URL.Query().Get("id") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprint(w, "file ", r.URL.Query().Get("id"))
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/civicrm/ajax/api4/"), "/")
	var q struct {
		Select []string
		Where  [][]any
		Order  map[string]string `json:"orderBy"`
		Limit  int
	}
	if len(parts) != 2 || r.Header.Get("X-Requested-With") == "" || r.Method != http.MethodPost || json.Unmarshal([]byte(r.PostFormValue("params")), &q) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	f.asked = append(f.asked, parts[0])
	rows, known := f.rows[parts[0]]
	switch {
	case !known:
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"error_code":"1","error_message":"Canary","status":500}`)
		return
	case parts[1] == "getFields":
		rows, q.Select = f.fields(parts[0]), []string{"*"}
	default:
		rows = slices.DeleteFunc(slices.Clone(rows), func(row map[string]any) bool { return !holds(row, q.Where) })
	}
	if slices.Equal(q.Select, []string{"row_count"}) {
		_ = json.NewEncoder(w).Encode(map[string]any{"values": []any{}, "count": len(rows)})
		return
	}
	if f.most > 0 && (q.Limit == 0 || q.Limit > f.most) {
		q.Limit = f.most
	}
	if q.Limit > 0 && len(rows) > q.Limit {
		rows = rows[:q.Limit]
	}
	out := []any{}
	for _, row := range rows {
		out = append(out, chosen(row, q.Select))
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"entity": parts[0], "values": out, "count": len(out), "countFetched": len(out)})
}

// fields are those of the rows of an entity, as getFields gives them.
func (f *fake) fields(entity string) []map[string]any {
	names := map[string]bool{}
	for _, row := range f.rows[entity] {
		for n := range row {
			names[n] = !strings.ContainsAny(n, ":") && (!strings.Contains(n, ".") || strings.HasPrefix(n, "Person."))
		}
	}
	var out []map[string]any
	for _, n := range slices.Sorted(maps.Keys(names)) {
		if !names[n] {
			continue
		}
		field := map[string]any{"name": n, "title": "Field " + n, "label": "The " + n, "data_type": "String", "options": false, "custom_field_id": nil}
		if strings.HasPrefix(n, "Person.") {
			field["custom_field_id"], field["options"] = 3, n == "Person.Languages"
		}
		out = append(out, field)
	}
	return out
}

// holds reports whether conditions hold for a row.
func holds(row map[string]any, where [][]any) bool {
	for _, flag := range []string{"is_deleted", "is_test"} {
		named := slices.ContainsFunc(where, func(c []any) bool { return c[0] == flag })
		if v, ok := row[flag].(bool); ok && v && !named {
			return false
		}
	}
	return !slices.ContainsFunc(where, func(c []any) bool { return !meets(row[c[0].(string)], c[1].(string), c[2]) })
}

func meets(have any, op string, want any) bool {
	text := func(v any) string { // as the database compares: a flag is a number
		if b, ok := v.(bool); ok {
			v = map[bool]int{false: 0, true: 1}[b]
		}
		return fmt.Sprint(v)
	}
	number := func(v any) float64 {
		var n float64
		_, _ = fmt.Sscan(fmt.Sprint(v), &n)
		return n
	}
	switch op {
	case "=":
		return text(have) == text(want)
	case ">":
		return number(have) > number(want)
	case ">=":
		return text(have) >= text(want)
	case "IN":
		return slices.ContainsFunc(want.([]any), func(w any) bool { return text(w) == text(have) })
	}
	return false
}

// chosen are the members that are asked for.
func chosen(row map[string]any, names []string) map[string]any {
	out := map[string]any{"id": row["id"]}
	for n, v := range row {
		inside := strings.ContainsAny(n, ".:")
		custom := strings.HasPrefix(n, "Person.") && !strings.Contains(n, ":")
		if slices.Contains(names, n) || !inside && slices.Contains(names, "*") || custom && slices.Contains(names, "custom.*") {
			out[n] = v
		}
	}
	return out
}

// site has n contacts, of whom the second was merged into the first, n cases, and an
// activity for each.
func site(n int) *fake {
	f := &fake{rows: map[string][]map[string]any{
		"Email": {{"id": 1, "contact_id": 1, "email": "canary@example.org", "is_primary": true}, {"id": 2, "contact_id": 1, "email": "old@example.org", "is_primary": false}},
		"Phone": {{"id": 1, "contact_id": 1, "phone": "555", "is_primary": true}}, "Address": {{"id": 5, "contact_id": 1, "street_address": "Canary 1", "city": "La Paz", "country_id:label": "Bolivia", "is_primary": true}},
		"ActivityContact": {
			{"id": 900001, "activity_id": 9001, "contact_id": 1, "record_type_id": 3, "activity_id.activity_type_id:name": "Contact Merged"},
			{"id": 900002, "activity_id": 9002, "contact_id": 2, "record_type_id": 3, "activity_id.activity_type_id:name": "Contact Deleted by Merge", "activity_id.parent_id": 9001},
		},
		"CustomGroup":    {{"id": 2, "name": "Hearing", "extends": "Case", "is_multiple": true, "is_active": true}, {"id": 1, "name": "Person", "extends": "Individual", "is_multiple": false, "is_active": true}},
		"Custom_Hearing": {{"id": 4, "entity_id": 1, "Court": "first"}, {"id": 5, "entity_id": 1, "Court": "second"}},
		"EntityFile":     {{"id": 1, "entity_table": "civicrm_activity", "entity_id": 1, "file_id": 77, "file_id.uri": "acta_0123456789abcdef0123456789abcdef.pdf", "file_id.mime_type": "application/pdf"}},
		"File":           {{"id": 77, "url": "http://inside.example/civicrm/file?reset=1&amp;id=77&amp;fcs=check+77"}},
		"Relationship":   {{"id": 3, "contact_id_a": 1, "contact_id_b": 3, "case_id": 1, "relationship_type_id": 9, "relationship_type_id.label_b_a": "Coordinadora", "is_active": true}},
		"CaseContact":    {}, "CaseActivity": {},
	}}
	for i := 1; i <= n; i++ {
		f.rows["Contact"] = append(f.rows["Contact"], map[string]any{
			"id": i, "contact_type": "Individual", "first_name": "Canary", "last_name": "", "gender_id": 1, "gender_id:label": "Mujer", "hash": "secret", "is_deleted": i == 2,
			"Person.Languages": []string{"qu", "ay"}, "Person.Languages:label": []string{"Quechua", "Aymara"}, "Person.Income": 12.5, "modified_date": "2021-01-01 00:00:00",
		})
		f.rows["Case"] = append(f.rows["Case"], map[string]any{"id": i, "case_type_id": 1, "case_type_id:label": "Vivienda", "subject": "Canary", "status_id:label": "En curso", "is_deleted": i == 3, "start_date": "2020-01-02", "modified_date": "2021-01-01 00:00:00"})
		f.rows["CaseContact"] = append(f.rows["CaseContact"], map[string]any{"id": i, "case_id": i, "contact_id": i})
		f.rows["Activity"] = append(f.rows["Activity"], map[string]any{"id": i, "activity_type_id:label": "Cita", "subject": "Canary", "details": "<p>Canary</p>", "is_deleted": false, "is_test": i == 4, "original_id": nil, "modified_date": "2021-01-01 00:00:00"})
		f.rows["CaseActivity"] = append(f.rows["CaseActivity"], map[string]any{"id": i, "case_id": i, "activity_id": i})
		f.rows["ActivityContact"] = append(f.rows["ActivityContact"], map[string]any{"id": i, "activity_id": i, "contact_id": i, "record_type_id": 3}, map[string]any{"id": 100000 + i, "activity_id": i, "contact_id": 3, "record_type_id": 2})
	}
	slices.SortFunc(f.rows["ActivityContact"], func(a, b map[string]any) int { return a["id"].(int) - b["id"].(int) })
	return f
}

func opener(t testing.TB, address, more string) func() (adapters.Source, error) {
	t.Helper()
	if s, ok := t.(interface{ Setenv(string, string) }); ok {
		s.Setenv("CASEHUB_SOURCE_CIVI", "k3y")
	}
	return func() (adapters.Source, error) {
		return Open([]byte(`{"type":"civicrm-api","url":"` + address + `","key_env":"CASEHUB_SOURCE_CIVI"` + more + `}`))
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
