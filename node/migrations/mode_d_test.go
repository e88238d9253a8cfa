package migrations_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"

	"github.com/google/go-cmp/cmp"
)

// before returns the steps before one.
func before(t *testing.T, step string) fs.FS {
	t.Helper()
	steps, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	some := fstest.MapFS{}
	for _, name := range steps {
		b, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if name < step {
			some[name] = &fstest.MapFile{Data: b}
		}
	}
	return some
}

// text returns what a query says, a line a row.
func text(t *testing.T, db *sqlite.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query, nil)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestModeDKeepsWhatWasPublished: an office that published before comes through
// with every event, group and release, and what is sealed stays sealed.
func TestModeDKeepsWhatWasPublished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	old, err := sqlite.Open(t.Context(), path, sqlitetest.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Migrate(t.Context(), before(t, "0080")); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`INSERT INTO clients (id, reference, created_at, updated_at) VALUES ('K1', 'K1', 0, 0)`,
		`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at) VALUES ('C1', 'C1', 'K1', 1101, 'open', '2026-01-02', 0, 0)`,
		`INSERT INTO releases (sequence, period, digest, sealed, sealed_at, receipted_at) VALUES (1, 202601, zeroblob(32), x'01', 7, 8), (2, 202602, zeroblob(32), x'02', 9, NULL)`,
		`INSERT INTO outbox (sequence, attempts) VALUES (2, 3)`,
		`INSERT INTO ledger_groups (id, sequence, data_set, category_option, level, from_period, value, amount_hundreds, carry_minor) VALUES (4, 1, 3, 4101, 1, 202511, 5, 6, -40)`,
		`INSERT INTO ledger_events (id, data_set, source_id, client_id, code, period, amount_minor, state, group_id, erased)
		 VALUES (1, 3, 'R1', 'K1', 4101, 202511, 59960, 'published', 4, 0), (2, 3, 'R2', '', 4101, 202601, 0, 'published', 4, 1),
		     (3, 1, 'C1', 'K1', 1101, 202601, 0, 'unpublished', NULL, 0), (4, 1, 'C2', 'K1', 1101, 202601, 0, 'withdrawn', NULL, 0)`,
	} {
		if _, err := old.Exec(t.Context(), statement, nil); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db := sqlitetest.OpenAt(t, path, migrations.FS)
	for query, want := range map[string][]string{
		`SELECT concat_ws(' ', id, data_set, source_id, version, client_id, code, period, amount_minor, weight, state, reason, group_id, block, corrected, erased) FROM ledger_events ORDER BY id`: {
			"1 3 R1 1 K1 4101 202511 59960 1 published  4 0 0", "2 3 R2 1  4101 202601 0 1 published  4 0 1",
			"3 1 C1 1 K1 1101 202601 0 1 unpublished  0 0", "4 1 C2 1 K1 1101 202601 0 1 withdrawn gone 0 0",
		},
		`SELECT concat_ws(' ', id, sequence, period, from_period, value, amount_hundreds, carry_minor, amount_minor, voided_by, again) FROM ledger_groups`: {"4 1 202601 202511 5 6 -40 59960"},
		`SELECT concat_ws(' ', sequence, kind, period, hex(sealed), sealed_at, receipted_at, voids_sequence) FROM releases ORDER BY 1`:                     {"1 1 202601 01 7 8", "2 1 202602 02 9"},
		`SELECT concat_ws(' ', sequence, attempts) FROM outbox`:                                                                                            {"2 3"},
		`SELECT month FROM ledger_start`:                                           {"202501"},
		`SELECT "table" FROM pragma_foreign_key_check`:                             nil,
		`SELECT "table" || ' ' || "from" FROM pragma_foreign_key_list('releases')`: {"releases voids_sequence"},
		`SELECT "table" || ' ' || "from" FROM pragma_foreign_key_list('outbox')`:   {"releases sequence"},
	} {
		if d := cmp.Diff(want, text(t, db, query)); d != "" {
			t.Errorf("%s (-want +got):\n%s", query, d)
		}
	}
	unguarded(t, db)
	refused(t, db,
		`UPDATE releases SET period = 202603`, `UPDATE releases SET kind = 3`, `DELETE FROM releases`, `DELETE FROM outbox`,
		`UPDATE ledger_events SET code = 1102 WHERE id = 1`, `UPDATE ledger_events SET state = 'unpublished', group_id = NULL WHERE id = 1`,
		`UPDATE ledger_events SET state = 'unpublished', group_id = NULL, block = 4 WHERE id = 1`,
		`UPDATE ledger_groups SET value = 6`, `UPDATE ledger_groups SET voided_by = 2, value = 6`, `UPDATE ledger_groups SET voided_by = 1`, `DELETE FROM ledger_groups`,
		`INSERT INTO releases (sequence, period, digest, sealed, sealed_at) VALUES (3, 202602, zeroblob(32), x'03', 9)`,
		`INSERT INTO releases (sequence, kind, period, digest, sealed, sealed_at) VALUES (3, 2, 202602, zeroblob(32), x'03', 9)`,
		`INSERT INTO releases (sequence, kind, period, voids_sequence, digest, sealed, sealed_at) VALUES (3, 2, 202602, 3, zeroblob(32), x'03', 9)`,
	)
}

// unguarded lets releases be written that nobody approved, so that a test sees what
// else refuses them.
func unguarded(t *testing.T, db *sqlite.DB) {
	t.Helper()
	if _, err := db.Exec(t.Context(), `DROP TRIGGER releases_are_approved`, nil); err != nil {
		t.Fatal(err)
	}
}

// refused runs statements that must not go through.
func refused(t *testing.T, db *sqlite.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(t.Context(), s, nil); err == nil {
			t.Errorf("%s went through", s)
		}
	}
}

// TestAVoidStandsBesideItsMonth: a release that takes another back is of the month
// that was closed last, and each release is taken back once.
func TestAVoidStandsBesideItsMonth(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	unguarded(t, db)
	for _, statement := range []string{
		`INSERT INTO releases (sequence, period, digest, sealed, sealed_at) VALUES (1, 202601, zeroblob(32), x'01', 7)`,
		`INSERT INTO releases (sequence, kind, period, voids_sequence, digest, sealed, sealed_at) VALUES (2, 2, 202601, 1, zeroblob(32), x'02', 7)`,
		`INSERT INTO ledger_groups (id, sequence, data_set, category_option, level, from_period, period, value) VALUES (1, 1, 1, 1101, 1, 202601, 202601, 5)`,
		`INSERT INTO ledger_events (id, data_set, source_id, client_id, code, period, state, group_id) VALUES (1, 1, 'C1', 'K1', 1101, 202601, 'published', 1)`,
		`INSERT INTO ledger_entries (event_id, data_set, level, category_option, delta, weight, client_id) VALUES (1, 1, 1, 1101, -1, 1, 'K1')`,
		`UPDATE ledger_groups SET voided_by = 2`,
		`UPDATE ledger_events SET state = 'unpublished', group_id = NULL, block = 1`,
		`UPDATE ledger_events SET code = 1102, reason = 'changed'`,
		`UPDATE ledger_events SET erased = 1, client_id = ''`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	refused(t, db,
		`INSERT INTO releases (sequence, kind, period, voids_sequence, digest, sealed, sealed_at) VALUES (3, 2, 202601, 1, zeroblob(32), x'03', 7)`,
		`UPDATE ledger_groups SET voided_by = NULL`, `UPDATE ledger_groups SET voided_by = 3`, `UPDATE ledger_events SET block = NULL`,
		`DELETE FROM ledger_entries`, `UPDATE ledger_entries SET delta = 1`, `UPDATE ledger_entries SET state = 'waiting'`,
	)
	if got := strings.Join(text(t, db, `SELECT concat_ws(' ', state, client_id) FROM ledger_entries`), "\n"); got != "cancelled " {
		t.Errorf("the entry of an erased event: %q, want it cancelled and without a client", got)
	}
}
