package node

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/web/webtest"
	"casehub/node/access/accesstest"
	"casehub/node/egress"

	"github.com/google/go-cmp/cmp"
)

// released is an office with two releases, the second of which is net of a
// correction, and a third that takes the first back. It returns the director.
func released(t *testing.T) (*Node, *visitor) {
	t.Helper()
	n, v := office(t)
	exec := func(statement string, args ...any) {
		t.Helper()
		if err := n.DB.Tx(t.Context(), func(tx *sqlite.Tx) error {
			_, err := tx.ExecArgs(t.Context(), statement, args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	one := func(i int, day string) {
		t.Helper()
		id := fmt.Sprintf("%02d", i)
		exec(`INSERT INTO clients (id, reference, surname, given_names, id_number, created_at, updated_at) VALUES (?1, ?1, ?2, 'Thandi', ?3, 0, 0)`, "client-"+id, "Surname"+id, "ID"+id)
		exec(`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at) VALUES (?1, ?2, ?3, 1102, 'open', ?4, 0, 0)`, "case-"+id, "C-"+id, "client-"+id, day)
		exec(`INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, created_at, updated_at) VALUES (?1, ?2, 4101, ?3, ?4, 'ZAR', 0, 0)`, "sum-"+id, "case-"+id, day, 100_000+i*1234)
	}
	for i := range 7 {
		one(i, "2026-07-03")
	}
	seal(t, n, egress.Wanted{Period: 202607, Reason: "a"})
	exec(`UPDATE cases SET case_type = 1103 WHERE id = 'case-03'`)
	for i := range 6 {
		one(20+i, "2026-08-04")
	}
	seal(t, n, egress.Wanted{Period: 202608, Reason: "b"})
	seal(t, n, egress.Wanted{Kind: 2, Voids: 1, Reason: "of a wrong import"})
	return n, v
}

// seal makes a draft as "second", has the first director check it and one more approve it.
func seal(t *testing.T, n *Node, w egress.Wanted) {
	t.Helper()
	first, third := actor.Actor{Kind: actor.Person, ID: director(t, n)}, "third"+w.Reason
	second := accesstest.Hire(t, n.DB, "second", "")
	for _, who := range []string{"second", third} {
		accesstest.Hire(t, n.DB, who, "")
		accesstest.Appoint(t, n.DB, who, "director", "")
	}
	d, err := n.Gate.Make(t.Context(), second, w)
	if err == nil {
		d, err = n.Gate.Check(t.Context(), first, d.ID, d.Digest)
	}
	if err == nil {
		_, err = n.Gate.Approve(t.Context(), actor.Actor{Kind: actor.Person, ID: third}, d.ID, d.Digest)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var toGroups = regexp.MustCompile(`href="(/releases/\d+/groups/[0-9-]+)"`)

// TestAPublishedNumberOpensToItsRecords: every number of every release, also of one
// that was taken back, leads to as many records as it says, and the page says that
// these make it.
func TestAPublishedNumberOpensToItsRecords(t *testing.T) {
	_, v := released(t)
	opened := 0
	for release, want := range map[string]string{"/releases/1": "What fell", "/releases/2": "Movement of cases", "/releases/3": "What fell with release 1"} {
		a := v.get(release)
		v.says(a, http.StatusOK, "Check it yourself", "casehub-node</span> verify FILE -key ")
		if release != "/releases/1" {
			v.says(a, http.StatusOK, want)
		}
		for _, m := range toGroups.FindAllStringSubmatch(a.body, -1) {
			opened++
			b := v.get(html.UnescapeString(m[1]))
			if b.status != http.StatusOK || !strings.Contains(b.body, `<span class="badge badge-good">closes</span>`) {
				t.Errorf("%s, from %s: status %d, or it does not close", m[1], release, b.status)
			}
		}
	}
	if opened < 8 { // cases and amounts, and of each the link at the money, in three releases
		t.Errorf("%d numbers open", opened)
	}
	a := v.get("/releases/2/groups/1-1-1102")
	v.says(a, http.StatusOK, "6 records", "1 correction of an earlier release", "C-20", "Thandi Surname20", "4 August 2026", "as it was counted", "Taken back: counted in", "says something else", `href="/cases/case-20"`)
	if n := strings.Count(a.body, `<th scope="row"><a class="code"`); n != 7 {
		t.Errorf("%d lines, want six records and a correction", n)
	}
	v.says(v.get("/releases/1/groups/1-1-1102"), http.StatusOK, "It was taken back with release 3", "7 records", "C-06")
	v.says(v.get("/releases/2/groups/3-1-4101"), http.StatusOK, "Left over by rounding before", "Left over for the next time")
	v.says(v.get("/releases/2/groups/1-1-1104"), http.StatusNotFound, "There is no such number")
	v.says(v.get("/releases/9/groups/1-1-1102"), http.StatusNotFound)
	v.says(v.get("/releases/1/groups/nothing"), http.StatusNotFound)
	v.says(v.get("/releases/1/groups/1-1-1102?after="+strings.Repeat("9", 70)), http.StatusUnprocessableEntity)
}

// TestEveryRecordIsSomewhere: the page of all measures closes, and its numbers lead
// to lists that add up to them.
func TestEveryRecordIsSomewhere(t *testing.T) {
	_, v := released(t)
	a := v.get("/balance")
	v.says(a, http.StatusOK, "Where every record is", "Records today")
	if strings.Contains(a.body, "does not close") {
		t.Error("some measure does not close")
	}
	v.says(v.get("/balance/1/today"), http.StatusOK, "Records today: 13", "C-00")
	v.says(v.get("/balance/1/published"), http.StatusOK, "Published: 5", `href="/releases/2/groups/1-1-1102"`)
	v.says(v.get("/balance/1/waiting"), http.StatusOK, "Waiting: 7", "Why it waits", `href="/balance/1/waiting-again?code=1102"`)
	v.says(v.get("/balance/1/waiting-again?code=1102"), http.StatusOK, "Waiting again: 6")
	v.says(v.get("/balance/1/withdrawn"), http.StatusOK, "Withdrawn: 0", "No record")
	v.says(v.get("/balance/99/today"), http.StatusNotFound)
	v.says(v.get("/balance/1/nothing"), http.StatusNotFound)
	v.says(v.get("/balance?lang=es"), http.StatusOK, "Dónde está cada registro", "Registros hoy")
}

// TestWhoIsKeptFromACaseOpensNoNumber: one wall takes all lists away and leaves the
// numbers, so that nobody finds out which of them has the case; and who may not read
// every case gets none.
func TestWhoIsKeptFromACaseOpensNoNumber(t *testing.T) {
	n, v := released(t)
	numbers := func(body string) []string {
		return regexp.MustCompile(`data-label="(?:Value|Number|Count)[^"]*">(?:<a[^>]*>)?([0-9,]+)`).FindAllString(regexp.MustCompile(`<a href="[^"]*">|</a>`).ReplaceAllString(body, ""), -1)
	}
	whole := numbers(v.get("/releases/2").body)
	accesstest.Hire(t, n.DB, "figures", "")
	accesstest.Appoint(t, n.DB, "figures", "monitoring", "")
	if _, err := n.DB.Exec(t.Context(), `
INSERT INTO walls (id, case_id, person_id, reason, note, raised_by, raised_at) VALUES ('w', 'case-20', 'second', 'related', '', 'third', 0)`, nil); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"second", "figures"} {
		w := browserOf(t, n, who)
		a := w.get("/releases/2")
		if toGroups.MatchString(a.body) || strings.Contains(a.body, "/balance") {
			t.Errorf("%s is offered lists", who)
		}
		if got := numbers(a.body); !slices.Equal(got, whole) {
			t.Errorf("%s sees the numbers %v, want %v", who, got, whole)
		}
		for _, path := range []string{"/releases/2/groups/1-1-1102", "/releases/1/groups/1-1-1102", "/balance", "/balance/1/today", "/balance/3/published"} {
			if b := w.get(path); b.status != http.StatusForbidden || strings.Contains(b.body, ">C-2") {
				t.Errorf("%s at %s: %d", who, path, b.status)
			}
		}
	}
}

// TestAWallBeforeWhatNeverLeftIsNotNoticed: who is kept from a case of which nothing
// was published opens the same numbers, and finds in them and in the lists what they
// found before there was the case; the others find it.
func TestAWallBeforeWhatNeverLeftIsNotNoticed(t *testing.T) {
	n, v := released(t)
	w := browserOf(t, n, "second")
	exec := func(statement string) {
		t.Helper()
		if _, err := n.DB.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	// Who may draft a release is another rule: a draft is not published, and is for
	// whoever no wall stands against at all.
	drawn := regexp.MustCompile(`(?s)^.*<main|<input[^>]*>|<section class="card">\s*<div class="card-head"><h2>[^<]*</h2></div>\s*<p>[^<]*</p>\s*<form method="post" action="/drafts">.*?</section>|\s+`)
	shown := func(v *visitor) map[string]string {
		t.Helper()
		all := map[string]string{}
		for _, path := range []string{"/balance", "/releases", "/releases/2", "/releases/2/groups/1-1-1102"} {
			a := v.get(path)
			all[path] = fmt.Sprint(a.status, drawn.ReplaceAllString(a.body, ""))
		}
		for _, set := range []int{1, 3, 5} {
			for _, part := range []string{"today", "published", "pending", "waiting", "waiting-first", "elsewhere", "unread", "erased", "withdrawn"} {
				path := fmt.Sprintf("/balance/%d/%s", set, part)
				a := v.get(path)
				all[path] = fmt.Sprint(a.status, drawn.ReplaceAllString(a.body, ""))
			}
		}
		return all
	}
	told := func(when string, before map[string]string, v *visitor, want bool) {
		t.Helper()
		changed := false
		for path, body := range shown(v) {
			if body == before[path] {
				continue
			}
			changed = true
			if !want {
				t.Errorf("%s: %s tells of the wall (-before +after):\n%s", when, path, cmp.Diff(before[path], body))
			}
		}
		if changed != want {
			t.Errorf("%s: anything changed: %v, want %v", when, changed, want)
		}
	}
	before, of := shown(w), shown(v)
	if before["/balance"][:3] != "200" || before["/balance/1/unread"][:3] != "200" {
		t.Fatal("who is kept from nothing opens no numbers")
	}
	for _, statement := range []string{
		`INSERT INTO clients (id, reference, surname, given_names, created_at, updated_at) VALUES ('client-w', 'client-w', 'Hidden', 'Thandi', 0, 0)`,
		`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at) VALUES ('case-w', 'C-W', 'client-w', 1104, 'open', '2026-08-04', 0, 0)`,
		`INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, created_at, updated_at) VALUES ('sum-w', 'case-w', 4101, '2026-08-04', 700000, 'ZAR', 0, 0)`,
		`INSERT INTO consultations (id, client_id, held_on, case_type, created_at, updated_at) VALUES ('advice-w', 'client-w', '2026-08-04', 1104, 0, 0)`,
		`INSERT INTO walls (id, case_id, person_id, reason, note, raised_by, raised_at) VALUES ('w', 'case-w', 'second', 'related', '', 'third', 0)`,
	} {
		exec(statement)
	}
	told("not yet read", before, w, false)
	told("not yet read, whom no wall keeps from it", of, v, true)
	if err := n.DB.Tx(t.Context(), func(tx *sqlite.Tx) error { return n.Ledger.Refresh(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	told("waiting", before, w, false)
	exec(`DELETE FROM recoveries WHERE id = 'sum-w'`)
	exec(`UPDATE cases SET case_type = 1105 WHERE id = 'case-w'`)
	told("changed since", before, w, false)
	exec(`UPDATE ledger_events SET state = 'withdrawn', reason = 'elsewhere' WHERE source_id = 'case-w'`)
	told("published elsewhere", before, w, false)
	exec(`INSERT INTO walls (id, case_id, person_id, reason, note, raised_by, raised_at) VALUES ('w2', 'case-20', 'second', 'related', '', 'third', 0)`)
	w.says(w.get("/balance"), http.StatusForbidden)
	exec(`DELETE FROM walls`)
	w.says(w.get("/balance"), http.StatusOK)
	exec(`INSERT INTO ledger_shut_out (person_id) VALUES ('second')`)
	w.says(w.get("/balance"), http.StatusForbidden)
}

// TestAccountsHoldInABrowser looks at the pages at both widths.
func TestAccountsHoldInABrowser(t *testing.T) {
	b := webtest.Open(t)
	_, v := released(t)
	b.Check(t, v.pages, "/releases/2", "/releases/3", "/releases/2/groups/1-1-1102", "/releases/2/groups/3-1-4101", "/balance", "/balance/1/today", "/balance/1/published",
		"/case-account?from=202607&to=202608", "/case-account/new?from=202607&to=202608")
}

// TestWhatWaitsForItsErasureIsCountedAsThat: a record of a client who has a case behind a
// wall, and that was published before the wall and fell, waits for its reader without a
// reason; it does not wait for its erasure, and the page does not say so.
func TestWhatWaitsForItsErasureIsCountedAsThat(t *testing.T) {
	n, _ := office(t)
	exec := func(statement string, args ...any) {
		t.Helper()
		if err := n.DB.Tx(t.Context(), func(tx *sqlite.Tx) error {
			_, err := tx.ExecArgs(t.Context(), statement, args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 7 {
		client := fmt.Sprint("client-", i)
		exec(`INSERT INTO clients (id, reference, surname, created_at, updated_at) VALUES (?1, ?1, ?1, 0, 0)`, client)
		exec(`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at) VALUES (?1, ?1, ?2, 1102, 'open', '2026-07-03', 0, 0)`, fmt.Sprint("case-", i), client)
		exec(`INSERT INTO consultations (id, client_id, case_type, held_on, created_at, updated_at) VALUES (?1, ?2, 1102, '2026-07-03', 0, 0)`, fmt.Sprint("advice-", i), client)
	}
	seal(t, n, egress.Wanted{Period: 202607, Reason: "a"})
	seal(t, n, egress.Wanted{Kind: 2, Voids: 1, Reason: "of a wrong import"})
	exec(`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at) VALUES ('case-w', 'C-W', 'client-0', 1102, 'open', '2026-10-03', 0, 0)`)
	exec(`INSERT INTO walls (id, case_id, person_id, reason, note, raised_by, raised_at) VALUES ('w', 'case-w', 'second', 'related', '', 'third', 0)`)
	var set int
	if err := n.DB.QueryRow(t.Context(), `SELECT data_set FROM ledger_events WHERE source_id = 'advice-0'`, nil).Scan(&set); err != nil {
		t.Fatal(err)
	}
	path, w := fmt.Sprintf("/balance/%d/waiting", set), browserOf(t, n, "second")
	says := func(want string) {
		t.Helper()
		a := w.get(path)
		w.says(a, http.StatusOK, "Waiting: 7", want)
		if got := strings.Contains(a.body, "erasure, or"); got != strings.Contains(want, "erasure") {
			t.Errorf("the page speaks of erasures: %v", got)
		}
	}
	says("Why it waits")
	exec(`UPDATE clients SET restricted = 1 WHERE id = 'client-1'`)
	says("1 more waits for its erasure")
	exec(`UPDATE clients SET restricted = 1 WHERE id = 'client-2'`)
	says("2 more wait for their erasure")
}
