package migrations_test

import (
	"path/filepath"
	"strings"
	"testing"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"

	"github.com/google/go-cmp/cmp"
)

func run(t *testing.T, db *sqlite.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(t.Context(), s, nil); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

const client = `INSERT INTO clients (id, reference, created_at, updated_at) VALUES ('K', 'K', 0, 0)`

// at is a day in October 2026 as Unix milliseconds.
const at = `unixepoch('2026-10-20') * 1000`

// TestAClosingThatDidNotLastIsKept: whoever opens a case again leaves behind that it
// was closed, and the times for which it was open follow one another.
func TestAClosingThatDidNotLastIsKept(t *testing.T) {
	open := func(more ...string) []string {
		return append([]string{client, `INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at) VALUES ('C', 'C', 'K', 1101, 'open', '2026-01-05', 0, 0)`}, more...)
	}
	closed := func(day string) string {
		return `UPDATE cases SET status = 'closed', closed_on = '` + day + `', outcome = 5101 WHERE id = 'C'`
	}
	reopened := func(day string) string {
		return `UPDATE cases SET status = 'open', closed_on = NULL, outcome = NULL, updated_at = unixepoch('` + day + `') * 1000 WHERE id = 'C'`
	}
	for name, story := range map[string]struct {
		steps []string
		want  []string
	}{
		"open":   {open(), []string{"0 2026-01-05 -"}},
		"closed": {open(closed("2026-02-10")), []string{"0 2026-01-05 2026-02-10"}},
		"opened again": {
			open(closed("2026-02-10"), reopened("2026-03-03")),
			[]string{"0 2026-01-05 2026-02-10", "1 2026-03-03 -"},
		},
		"twice": {
			open(closed("2026-02-10"), reopened("2026-03-03"), closed("2026-03-20"), reopened("2026-05-01"), closed("2026-05-02")),
			[]string{"0 2026-01-05 2026-02-10", "1 2026-03-03 2026-03-20", "1 2026-05-01 2026-05-02"},
		},
		"opened again to mend the day": {
			open(closed("2026-02-10"), reopened("2026-03-03"), closed("2026-02-12")),
			[]string{"0 2026-01-05 2026-02-12"},
		},
		"the second time to mend the day": {
			open(closed("2026-02-10"), reopened("2026-03-03"), closed("2026-03-20"), reopened("2026-05-01"), closed("2026-03-19")),
			[]string{"0 2026-01-05 2026-02-10", "1 2026-03-03 2026-03-19"},
		},
		"a day before all of it": {
			open(closed("2026-02-10"), reopened("2026-03-03"), closed("2026-03-20"), reopened("2026-05-01"), closed("2026-01-20")),
			[]string{"0 2026-01-05 2026-01-20"},
		},
		"opened later than it was closed": {
			open(closed("2026-02-10"), reopened("2026-03-03"), `UPDATE cases SET opened_on = '2026-03-01'`),
			[]string{"0 2026-03-01 -"},
		},
		"an end that is still to come": {
			open(closed("2026-04-10"), reopened("2026-03-03")),
			[]string{"0 2026-01-05 2026-04-10", "1 2026-04-10 -"},
		},
	} {
		db := sqlitetest.Open(t, migrations.FS)
		run(t, db, story.steps...)
		got := text(t, db, `SELECT concat_ws(' ', again, began_on, coalesce(ended_on, '-')) FROM case_spells ORDER BY began_on, n`)
		if d := cmp.Diff(story.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		refused(t, db, `UPDATE case_spells SET again = 0`)
		if strings.Contains(name, "again") {
			refused(t, db, `UPDATE case_reopenings SET closed_on = '2026-01-01'`, `UPDATE case_reopenings SET reopened_on = '2026-01-01'`, `UPDATE case_reopenings SET n = 7`)
			run(t, db, `UPDATE case_reopenings SET reopened_on = '2026-03-04'`)
		}
	}
}

// TestAnErasedCaseLeavesWhatWasPublished: the months and the type of a case stay
// where its opening was published, and nothing of any other case.
func TestAnErasedCaseLeavesWhatWasPublished(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	run(t, db, client,
		`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, closed_on, outcome, created_at, updated_at)
		 VALUES ('A', 'A', 'K', 1101, 'closed', '2026-01-05', '2026-03-09', 5101, 0, 0), ('B', 'B', 'K', 1102, 'open', '2026-01-05', NULL, NULL, 0, 0), ('D', 'D', 'K', 1103, 'open', '2026-01-05', NULL, NULL, 0, 0)`,
		`UPDATE cases SET status = 'open', closed_on = NULL, outcome = NULL, updated_at = `+at+` WHERE id = 'A'`,
		`INSERT INTO ledger_groups (id, sequence, data_set, category_option, level, from_period, period, value) VALUES (1, 1, 1, 1101, 1, 202601, 202601, 5)`,
		`INSERT INTO ledger_events (data_set, source_id, client_id, code, period, state, group_id) VALUES (1, 'A', 'K', 1101, 202601, 'published', 1), (1, 'B', 'K', 1102, 202601, 'unpublished', NULL), (1, 'D', 'K', 1103, 202601, 'published', 1)`,
		`UPDATE ledger_events SET erased = 1, client_id = '' WHERE source_id = 'A'`,
		`DELETE FROM cases`,
	)
	want := []string{"1101 0 202601 202603", "1101 1 202610 -"}
	if d := cmp.Diff(want, text(t, db, `SELECT concat_ws(' ', case_type, again, began, coalesce(ended, '-')) FROM case_remains ORDER BY id`)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if left := text(t, db, `SELECT case_id FROM case_reopenings`); len(left) > 0 {
		t.Errorf("of %v there are closings still", left)
	}
	refused(t, db, `UPDATE case_remains SET case_type = 1102`, `DELETE FROM case_remains`)
}

// TestWhatAGroupCountedIsKeptWhenItFalls: afterwards the event follows its record,
// and what it was in the group still stands.
func TestWhatAGroupCountedIsKeptWhenItFalls(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	run(t, db,
		`INSERT INTO ledger_groups (id, sequence, data_set, category_option, level, from_period, period, value) VALUES (1, 1, 1, 1101, 1, 202601, 202601, 5), (2, 2, 1, 1102, 1, 202601, 202602, 5)`,
		`INSERT INTO ledger_events (id, data_set, source_id, client_id, code, period, amount_minor, weight, state, group_id) VALUES (1, 1, 'A', 'K', 1101, 202601, 40, 3, 'published', 1)`,
		`INSERT INTO ledger_entries (id, event_id, data_set, level, category_option, delta, weight, client_id, state, group_id) VALUES (1, 1, 1, 1, 1101, -1, 3, 'K', 'netted', 2)`,
		`UPDATE ledger_groups SET voided_by = 3`,
		`UPDATE ledger_entries SET state = 'waiting', group_id = NULL`,
		`UPDATE ledger_events SET state = 'unpublished', group_id = NULL, block = 1`,
		`UPDATE ledger_events SET code = 1105, weight = 1, reason = 'changed'`,
	)
	if d := cmp.Diff([]string{"1 1 1101 202601 40 3"}, text(t, db, `SELECT concat_ws(' ', group_id, event_id, code, period, amount_minor, weight) FROM ledger_fallen`)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"2 1"}, text(t, db, `SELECT concat_ws(' ', group_id, entry_id) FROM ledger_fallen_entries`)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	refused(t, db, `UPDATE ledger_fallen SET code = 1101`, `DELETE FROM ledger_fallen`, `UPDATE ledger_fallen_entries SET entry_id = 2`, `DELETE FROM ledger_fallen_entries`)
}

// TestNothingIsStoredThatNobodyApproved: a release has to be the very draft that
// two people stood for.
func TestNothingIsStoredThatNobodyApproved(t *testing.T) {
	db := sqlitetest.OpenAt(t, filepath.Join(t.TempDir(), "node.db"), migrations.FS)
	run(t, db, `INSERT INTO release_drafts (kind, period, bytes, digest, made_by, made_at) VALUES (1, 202601, x'01', zeroblob(32), 'node:', 1)`)
	release := func(period, digest string) string {
		return `INSERT INTO releases (sequence, period, digest, sealed, sealed_at) VALUES (1, ` + period + `, ` + digest + `, x'01', 7)`
	}
	refused(t, db, release("202601", "zeroblob(32)"))
	run(t, db, `UPDATE release_drafts SET state = 'checked', checked_by = 'person:a', checked_at = 2, rests_from = 2`)
	refused(t, db, release("202601", "zeroblob(32)"))
	run(t, db, `UPDATE release_drafts SET state = 'approved', approved_by = 'person:b', approved_at = 3`)
	refused(t, db, release("202602", "zeroblob(32)"), release("202601", "randomblob(32)"),
		`INSERT INTO releases (sequence, kind, period, digest, sealed, sealed_at) VALUES (1, 3, 202601, zeroblob(32), x'01', 7)`)
	run(t, db, release("202601", "zeroblob(32)"), `UPDATE release_drafts SET state = 'sealed', sequence = 1`)
	refused(t, db, `INSERT INTO releases (sequence, period, digest, sealed, sealed_at) VALUES (2, 202601, zeroblob(32), x'01', 7)`)
}
