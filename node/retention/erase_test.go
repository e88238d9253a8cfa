package retention

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/clients"
	"casehub/node/vault"
)

const (
	gone  = "zqxjkvwa"
	stays = "stayhere"
)

// An erased client is in no file of the node, neither in its bytes nor in the
// decrypted pages, and the others are still there and found.
func TestAnErasedClientIsInNoFile(t *testing.T) {
	o := open(t)
	p := o.comes(gone, 2, "2026-02-20")
	other := o.comes(stays, 1, "2026-02-20")
	file := must[string](t)(fileOf(t, o, string(p.cases[0])))
	o.closes()
	if found := o.findings(gone); len(found) == 0 {
		t.Fatal("the search finds nobody before the erasure either")
	}
	o = openAt(t, o.dir, o.vault)
	r := o.asks(p)
	o.clock = o.clock.AddDate(8, 0, 0)
	o.ok(o.Approve(t.Context(), o.sipho, r.ID))
	o.clock = time.Date(2034, 3, 2, 22, 0, 0, 0, time.UTC)
	o.ok(o.Run(t.Context()))
	if _, err := o.CaseKeys.At(t.Context(), string(p.cases[0]), o.vault.Generation()); !errors.Is(err, vault.ErrNoCaseKey) {
		t.Errorf("the key of an erased case: %v", err)
	}
	if _, err := o.Files.Open(t.Context(), string(p.cases[0]), vault.FileID(file)); err == nil {
		t.Error("a document of an erased case opens")
	}
	page := must[clients.Page](t)(o.clients.List(t.Context(), miriam, clients.Filter{Search: "Earlier" + stays}))
	if len(page.Lines) != 1 || page.Lines[0].ID != other.client {
		t.Errorf("a search finds %d of the others", len(page.Lines))
	}
	if page := must[clients.Page](t)(o.clients.List(t.Context(), miriam, clients.Filter{Search: "Earlier" + gone})); len(page.Lines) != 0 {
		t.Error("a search finds who was erased")
	}
	if _, err := audit.Verify(t.Context(), o.db); err != nil {
		t.Errorf("the audit: %v", err)
	}
	o.ok(o.db.Check(t.Context()))
	recent := must[[]Request](t)(o.Recent(t.Context(), miriam))
	if len(recent) != 1 || recent[0].State != Done || recent[0].ClientID != "" || recent[0].DecidedBy != o.sipho.ID || recent[0].Note != "" {
		t.Errorf("what is kept of the request: %+v", struct {
			n     int
			state State
		}{len(recent), recent[0].State})
	}
	o.closes()
	if found := o.findings(gone); len(found) != 0 {
		t.Errorf("who was erased is still in %q", found)
	}
	if found := o.findings(stays); len(found) != 1 {
		t.Errorf("another client is in %q", found)
	}
}

// fileOf returns the name of the encrypted file of a case.
func fileOf(t *testing.T, o *office, caseID string) (string, error) {
	t.Helper()
	var name string
	return name, errors.Join(o.db.QueryRow(t.Context(), `SELECT file FROM documents WHERE case_id = @case`, sqlite.Args{"case": caseID}).Scan(&name))
}

// Without building the index of words and the file anew something is left: the
// search of the test above sees it.
func TestDeletingAloneLeavesTraces(t *testing.T) {
	o := open(t)
	p := o.comes(gone, 1, "2026-02-20")
	o.comes(stays, 1, "2026-02-20")
	r := o.asks(p)
	o.clock = o.clock.AddDate(8, 0, 0)
	o.ok(o.Approve(t.Context(), o.sipho, r.ID))
	o.ok(o.db.EmptyJournal(t.Context()))
	o.closes()
	if len(o.findings(gone)) == 0 {
		t.Error("deleting alone leaves nothing: the search of the other test may be blind")
	}
}

// What is refused is refused with its reason, and nothing changes.
func TestAnErasureIsRefused(t *testing.T) {
	o := open(t)
	p := o.comes("one", 1, "2026-02-20")
	r := o.asks(p)
	refuse := func(name string, who string, want error) {
		t.Helper()
		a := miriam
		a.ID = who
		before := o.rows(nil)
		if err := o.Approve(t.Context(), a, r.ID); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if d := cmp.Diff(before, o.rows(nil)); d != "" {
			t.Errorf("%s: something changed", name)
		}
	}
	refuse("before the last day", "sipho", ErrNotDue.With("day", civil.Date("2033-02-20")))
	o.clock = time.Date(2033, 2, 20, 12, 0, 0, 0, time.UTC)
	refuse("on the last day", "sipho", ErrNotDue.With("day", civil.Date("2033-02-20")))
	o.clock = o.clock.AddDate(0, 0, 1)
	refuse("by who asked", miriam.ID, access.ErrOwnWork)
	refuse("by nobody of the staff", "stranger", ErrNoRequest)
	if _, err := o.db.Exec(t.Context(), `UPDATE cases SET status = 'open', closed_on = NULL, outcome = NULL`, nil); err != nil {
		t.Fatal(err)
	}
	refuse("with an open case", "sipho", ErrOpen)
	if _, err := o.db.Exec(t.Context(), `UPDATE cases SET status = 'closed', closed_on = opened_on, outcome = 5201`, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := o.db.Exec(t.Context(), `
INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at)
SELECT 'w', id, 'sipho', 'related', 'miriam', 0 FROM cases`, nil); err != nil {
		t.Fatal(err)
	}
	refuse("from behind a wall", "sipho", ErrNoRequest)
	if list := must[[]Pending](t)(o.Requests(t.Context(), o.sipho)); len(list) != 0 {
		t.Error("somebody behind a wall is told of the request")
	}
	if list := must[[]Pending](t)(o.Requests(t.Context(), miriam)); len(list) != 1 || !list[0].Ready {
		t.Error("the request is not listed as ready")
	}
	o.ok(o.TakeBack(t.Context(), miriam, r.ID))
	refuse("after it was taken back, from behind a wall", "sipho", ErrNoRequest)
	refuse("after it was taken back", miriam.ID, ErrDecided)
}

// A client is out of sight from the request on, and back when it is taken back.
// What is worked on goes when it closes.
func TestARequestRestricts(t *testing.T) {
	o := open(t)
	p := o.comes("one", 1, "2026-02-20")
	open := o.opensOnly(p.client)
	r := o.asks(p)
	seen := func(want bool) {
		t.Helper()
		if _, _, err := o.clients.ByID(t.Context(), miriam, p.client); (err == nil) != want {
			t.Errorf("the client is seen: %v, want %v", err, want)
		}
	}
	seen(true)
	if _, err := o.Ask(t.Context(), miriam, Request{ClientID: string(p.client), AskedOn: "2026-03-01"}); !errors.Is(err, ErrAsked) {
		t.Errorf("a second request: %v", err)
	}
	o.ok(o.cases.Close(t.Context(), miriam, open, 1, "2026-03-02", 5201))
	o.ok(o.Run(t.Context()))
	seen(false)
	if err := o.Open(t.Context(), miriam, string(p.client), "why"); !errors.Is(err, errWhy) {
		t.Errorf("opened without a reason: %v", err)
	}
	o.ok(o.Open(t.Context(), miriam, string(p.client), "the court asks for the file"))
	seen(true)
	o.clock = o.clock.Add(opening)
	seen(false)
	o.ok(o.TakeBack(t.Context(), o.sipho, r.ID))
	seen(true)
}

// fewer lets rapid draw less often than usual, unless somebody says how often:
// each of these checks lives through years of an office.
func fewer(t *testing.T) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set("25"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(f.DefValue); err != nil {
			t.Error(err)
		}
	})
}

// Whatever is erased, no other client's rows change, and the sums of the ledger
// and what left the office stay.
func TestErasingOneChangesNobodyElse(t *testing.T) {
	fewer(t)
	rapid.Check(t, func(rt *rapid.T) {
		o := open(t)
		var people []person
		for i := range rapid.IntRange(5, 7).Draw(rt, "people") {
			people = append(people, o.comes("p"+string(rune('a'+i)), rapid.IntRange(0, 2).Draw(rt, "cases"), "2026-02-20"))
		}
		published := 0
		if rapid.Bool().Draw(rt, "counted") {
			published = len(o.counts(1, 202602))
		}
		victim := people[rapid.IntRange(0, len(people)-1).Draw(rt, "who")]
		alone := len(victim.cases) > 1 && rapid.Bool().Draw(rt, "one case")
		r := Request{ClientID: string(victim.client), AskedOn: "2026-03-02"}
		if alone {
			r.CaseID = string(victim.cases[0])
		}
		r = must[Request](t)(o.Ask(t.Context(), miriam, r))
		o.clock = o.clock.AddDate(8, 0, 0)
		where := others(victim, r.CaseID)
		before, sums := o.rows(where), must[any](t)(o.sums())
		o.ok(o.Approve(t.Context(), o.sipho, r.ID))
		if d := cmp.Diff(before, o.rows(where)); d != "" {
			t.Errorf("rows of others changed (-before +after):\n%s", d)
		}
		if d := cmp.Diff(sums, must[any](t)(o.sums())); d != "" {
			t.Errorf("the sums changed: %s", d)
		}
		balance := must[any](t)(o.balance())
		o.counts(2, 202603)
		if d := cmp.Diff(balance, must[any](t)(o.balance())); published > 0 && d != "" {
			t.Errorf("the ledger took something back or in: %s", d)
		}
		if n := must[int64](t)(o.ledger.Corrections(t.Context(), o.db, access.Everything())); n != 0 {
			t.Errorf("%d erased events are taken for corrections", n)
		}
		o.ok(o.db.Check(t.Context()))
		if _, err := audit.Verify(t.Context(), o.db); err != nil {
			t.Errorf("the audit: %v", err)
		}
		o.closes()
	})
}

func (o *office) sums() (any, error) { return o.ledger.Published(o.t.Context(), o.db) }

func (o *office) balance() (any, error) { return o.ledger.Balance(o.t.Context(), o.db) }

// others are the conditions under which a row is of nobody who is erased.
func others(p person, caseID string) map[string]string {
	var ids []string
	for _, c := range p.cases {
		if caseID == "" || caseID == string(c) {
			ids = append(ids, "'"+string(c)+"'")
		}
	}
	if caseID == "" {
		ids = append(ids, "'"+string(p.client)+"'")
	}
	of := "(" + strings.Join(ids, ", ") + ")"
	mine := "id NOT IN " + of
	where := map[string]string{
		"clients": mine, "cases": mine, "referrals": "case_id NOT IN " + of, "recoveries": "case_id NOT IN " + of, "documents": "case_id NOT IN " + of,
		"consents": "client_id NOT IN " + of, "ledger_persons": "client_id NOT IN " + of, "ledger_person_keys": "client_id NOT IN " + of,
		"ledger_events": "erased = 0 AND source_id NOT IN " + of + " AND source_id NOT IN (SELECT id FROM referrals WHERE case_id IN " + of + " UNION ALL SELECT id FROM recoveries WHERE case_id IN " + of + ")",
		"audit_values":  "seq IN (SELECT seq FROM audit WHERE subject NOT IN " + of + " AND within NOT IN " + of + ")",
		"audit":         "action NOT IN ('audit.erased')",
		"erasures":      "-", "erasure_keys": "-", "erasure_traces": "-", "erasure_journal": "-", "ledger_touched": "-", "audit_head": "-", "document_leftovers": "-",
		"restriction_openings": "client_id NOT IN " + of,
		"case_remains":         "-", // what a published case leaves in the account
	}
	for _, fts := range []string{"clients_fts", "cases_fts"} {
		for _, part := range []string{"", "_config", "_content", "_data", "_docsize", "_idx"} {
			where[fts+part] = "-"
		}
	}
	return where
}

// Every table that knows a client or a case is one that an erasure goes through:
// a new table is put into its SQL, or here with why it stays.
func TestEveryTableIsThoughtOf(t *testing.T) {
	o := open(t)
	handled := strings.Fields("clients cases referrals recoveries documents consents walls emergencies ledger_persons ledger_person_keys import_xref import_before answers restriction_openings own_data_files erasures erasure_keys consultations services turn_aways complaints surveys quality_checks case_reopenings")
	kept := map[string]string{
		"ledger_events":   "what was counted stays counted, without whose it was",
		"ledger_entries":  "what was taken back stays taken back, without whose it was",
		"audit":           "who did what stays; the values in audit_values go",
		"audit_unchained": "empty from the first start on",
	}
	rows, err := o.db.Query(t.Context(), `
SELECT DISTINCT m.name
FROM sqlite_schema m
JOIN pragma_table_info(m.name) c
LEFT JOIN pragma_foreign_key_list(m.name) f ON f."from" = c.name
WHERE m.type = 'table' AND m.name NOT LIKE '%\_fts%' ESCAPE '\'
    AND (c.name IN ('client_id', 'case_id', 'local_id', 'subject', 'within', 'source_id') OR f."table" IN ('clients', 'cases', 'referrals', 'recoveries', 'documents'))`, nil)
	var names []string
	if err == nil {
		for rows.Next() {
			var name string
			o.ok(rows.Scan(&name))
			names = append(names, name)
		}
		o.ok(rows.Err())
	}
	if err != nil || len(names) < 10 {
		t.Fatalf("found %d tables, %v: the test looks in the wrong place", len(names), err)
	}
	for _, name := range names {
		if !slices.Contains(handled, name) && kept[name] == "" && name != "clients" && name != "cases" {
			t.Errorf("%s knows a client or a case, and no erasure goes through it", name)
		}
	}
}

// What was advised without a case, what was done for somebody, and that they were
// turned away goes with the client; with one case goes what became of it, and no
// more.
func TestConsultationsGoWithTheirClient(t *testing.T) {
	o := open(t)
	p := o.comes("one", 2, "2026-02-20")
	o.works(p, "one")
	left := func() (ids string) {
		o.ok(o.db.QueryRow(t.Context(), `
SELECT coalesce(group_concat(id, ' ' ORDER BY id), '')
FROM (SELECT id FROM consultations UNION ALL SELECT id FROM services UNION ALL SELECT id FROM turn_aways
    UNION ALL SELECT id FROM complaints UNION ALL SELECT id FROM surveys UNION ALL SELECT id FROM quality_checks)`, nil).Scan(&ids))
		return ids
	}
	half := must[Request](t)(o.Ask(t.Context(), miriam, Request{ClientID: string(p.client), CaseID: string(p.cases[0]), AskedOn: "2026-03-02"}))
	o.clock = o.clock.AddDate(8, 0, 0)
	o.ok(o.Approve(t.Context(), o.sipho, half.ID))
	if got := left(); got != "alone away in-other" {
		t.Errorf("after a case went: %s", got)
	}
	whole := o.asks(p)
	o.ok(o.Approve(t.Context(), o.sipho, whole.ID))
	if got := left(); got != "" {
		t.Errorf("after the client went: %s", got)
	}
}
