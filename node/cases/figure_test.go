package cases_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/node/access/accesstest"
	"casehub/node/cases"
)

// many is an organisation of 200,000 cases in 20 offices of four regions, with
// 200 people in teams of ten, and readers of every reach before each of whom a
// thousand walls stand.
func many(t testing.TB) (bench, []actor.Actor) {
	t.Helper()
	o := office(t)
	for i := range 20 {
		accesstest.Office(t, o.db, fmt.Sprintf("office%d", i), fmt.Sprintf("region%d", i%4))
	}
	for i := range 200 {
		id := fmt.Sprintf("p%d", i)
		accesstest.Hire(t, o.db, id, fmt.Sprintf("office%d", i%20))
		accesstest.Team(t, o.db, fmt.Sprintf("team%d", i/10), id)
	}
	accesstest.Own(t, o.db, "regional", "cases.read", "region", "contact narrative")
	accesstest.Own(t, o.db, "regional", "clients.read", "region", "contact")
	for person, role := range map[string]string{"p0": "supervisor", "p10": "paralegal", "p20": "intake", "p30": "regional", "p40": "auditor", "p50": "lawyer"} {
		accesstest.Appoint(t, o.db, person, role, "")
	}
	accesstest.Appoint(t, o.db, "p50", "supervisor", "office7")
	for _, statement := range []string{`
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199999)
INSERT INTO clients (id, reference, surname, given_names, office_id, registered_id, created_at, updated_at)
SELECT 'k' || i, 'K-' || i, 'Surname' || i, 'Given' || (i % 900), 'office' || (i % 20), 'p' || (i % 200), i, i
FROM n`, `
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199999)
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, office_id, responsible_id, created_at, updated_at)
SELECT 'c' || i, 'C-' || i, 'k' || i, CASE WHEN i % 9 = 0 THEN 1401 ELSE 1101 END, 'open', date('2016-01-01', '+' || (i % 3700) || ' days'),
    'office' || (i % 20), 'p' || (i % 200), i, i * 7919 % 200003
FROM n`, `
INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at)
SELECT 'w' || c.id || p.id, c.id, p.id, 'related', 'miriam', 0
FROM people p
JOIN cases c ON c.rowid % 200 = 17 OR c.rowid % 2000 = 400
WHERE p.id IN ('miriam', 'p0', 'p10', 'p20', 'p30', 'p40', 'p50')`, `ANALYZE`} {
		if _, err := o.db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	var all []actor.Actor
	for _, id := range []string{"miriam", "p0", "p10", "p20", "p30", "p40", "p50"} {
		all = append(all, actor.Actor{Kind: actor.Person, ID: id})
	}
	return o, all
}

// TestFigureWalledList measures one page of the list of 200,000 cases for a
// reader of each reach, all of whom are shut out of a thousand cases: the first
// page and one in the middle. The slowest reader counts.
func TestFigureWalledList(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") != "1" {
		t.Skip("figures are measured by make bench")
	}
	o, readers := many(t)
	worst := 0.0
	for _, who := range readers {
		for name, f := range map[string]cases.Filter{"first": {}, "middle": {After: cases.Cursor{OpenedOn: "2021-01-01", ID: "c"}}, "open": {Status: cases.Open}} {
			took := o.listing(t, who, f)
			t.Logf("%s, %s page: %.1f ms", who.ID, name, took)
			worst = max(worst, took)
		}
		t.Logf("%s, recent: %.1f ms", who.ID, medianOf(func() {
			if _, err := o.Recent(t.Context(), who, 8); err != nil {
				t.Fatal(err)
			}
		}))
		t.Logf("%s, counts: %.1f ms", who.ID, medianOf(func() {
			if _, err := o.Counts(t.Context(), who, "2026-01-01"); err != nil {
				t.Fatal(err)
			}
		}))
	}
	verdict := "ok"
	if worst >= 50 {
		verdict = "short"
	}
	fmt.Printf("figure walled_list_200k %.1f ms goal <50 %s\n", worst, verdict)
}

func (b bench) listing(t *testing.T, who actor.Actor, f cases.Filter) float64 {
	return medianOf(func() {
		page, err := b.List(t.Context(), who, f)
		if err != nil || len(page.Lines) != cases.PageSize {
			t.Fatalf("%s: %d lines, %v", who.ID, len(page.Lines), err)
		}
	})
}

// medianOf returns the median time of calls, in milliseconds.
func medianOf(call func()) float64 {
	took := make([]float64, 21)
	for i := range took {
		begin := time.Now()
		call()
		took[i] = float64(time.Since(begin).Microseconds()) / 1000
	}
	slices.Sort(took)
	return took[len(took)/2]
}
