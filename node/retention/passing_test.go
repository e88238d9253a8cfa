package retention

import (
	"fmt"
	"testing"

	"casehub/internal/sqlite"
)

// Visits and answers that nobody's file holds go when the years of a client without a
// case are over, with what an import remembers of them; others stay.
func TestWhatNobodysFileHoldsGoesWhenItsYearsAreOver(t *testing.T) {
	o := open(t)
	today := o.clock
	day := func(years, days int) string { return today.AddDate(-years, 0, days).Format("2006-01-02") }
	set := func(statement string, args sqlite.Args) {
		t.Helper()
		if _, err := o.db.Exec(t.Context(), statement, args); err != nil {
			t.Fatal(err)
		}
	}
	set(`INSERT INTO import_runs (id, instance, mapping, mapping_hash, source_name, source_hash, status, actor, started_at, finished_at) VALUES (1, 'i', 'm/1', '', '', '', 'done', 'node:', 1, 1)`, nil)
	for i, held := range []string{day(noCase, -1), day(noCase, 1)} {
		for _, table := range []string{"visit", "answer"} {
			id := fmt.Sprintf("%s-%d", table, i)
			if table == "visit" {
				set(`INSERT INTO visits (id, case_type, held_on, called, created_at, updated_at) VALUES (@id, 1102, @day, 'somebody', 1, 1)`, sqlite.Args{"id": id, "day": held})
			} else {
				set(`INSERT INTO answers (id, form, answered_on, answers, created_at, updated_at) VALUES (@id, 'f', @day, '{}', 1, 1)`, sqlite.Args{"id": id, "day": held})
			}
			set(`INSERT INTO import_xref (instance, stream, source_key, entity, local_id, content_hash, field_hashes, mapping, first_run, last_run)
VALUES ('i', @table, @id, @table, @id, x'', x'', 'm/1', 1, 1)`, sqlite.Args{"id": id, "table": table})
		}
	}
	left := func() string {
		var s string
		if err := o.db.QueryRow(t.Context(), `SELECT (SELECT group_concat(id, ' ') FROM visits) || ' ' || (SELECT group_concat(id, ' ') FROM answers) || ' ' || (SELECT group_concat(local_id, ' ') FROM (SELECT local_id FROM import_xref ORDER BY local_id))`, nil).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for range 2 {
		o.ok(o.Run(t.Context()))
		if got, want := left(), "visit-1 answer-1 answer-1 visit-1"; got != want {
			t.Errorf("%q is left, want %q", got, want)
		}
	}
	var n int
	if err := o.db.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'retention.passing-deleted' AND subject = '2'`, nil).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d entries in the audit, %v", n, err)
	}
}
