package migrations_test

import (
	"path/filepath"
	"testing"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"

	"github.com/google/go-cmp/cmp"
)

// TestOwnRolesLoseWhatNobodyAsksFor: the two actions that are gone are gone from stored
// roles, all else that these allow stays, and kept answers of the policy are asked anew.
func TestOwnRolesLoseWhatNobodyAsksFor(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "node.db"), sqlitetest.Key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context(), before(t, "0099_asked_for.sql")); err != nil {
		t.Fatal(err)
	}
	run(
		t, db, `INSERT INTO roles (id, name) VALUES ('r', 'reception'), ('a', 'approver')`,
		`INSERT INTO role_grants (role_id, action, reach, classes) VALUES
('r', 'cases.read', 'office', 'contact'), ('r', 'cases.approve', 'office', 'contact'), ('r', 'retention.erase', 'office', ''),
('r', 'finance.approve', 'own', 'finance'), ('a', 'finance.approve', 'organisation', 'finance')`,
	)
	version := text(t, db, `SELECT n FROM access_version`)
	if err := db.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	got := text(t, db, `SELECT role_id || ' ' || action || ' ' || reach || ' ' || classes FROM role_grants ORDER BY 1`)
	if diff := cmp.Diff([]string{"r cases.read office contact", "r retention.erase office "}, got); diff != "" {
		t.Errorf("what the roles allow (-want +got):\n%s", diff)
	}
	if got := text(t, db, `SELECT name FROM roles ORDER BY 1`); cmp.Diff([]string{"approver", "reception"}, got) != "" {
		t.Errorf("the roles are %q", got)
	}
	if now := text(t, db, `SELECT n FROM access_version`); cmp.Equal(version, now) {
		t.Errorf("the rights are still of version %s", now)
	}
}
