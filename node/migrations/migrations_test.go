package migrations_test

import (
	"testing"

	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
)

func TestMigrationsApplyTwice(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	if err := db.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
}

func TestAuditRefusesChange(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	insert := func(verb, seq string) string {
		return verb + ` INTO audit (seq, format, at, actor, action, subject, within, changes, hash) VALUES (` + seq + `, 1, 1, 'person:a', 'case.opened', 'C', '', x'', randomblob(32))`
	}
	for _, statement := range []string{
		insert(`INSERT`, `1`),
		`INSERT INTO audit_values (seq, n, field, old, new, salt) VALUES (1, 0, 'f', 'a', 'b', x'00')`,
		`UPDATE audit_head SET seq = 1, hash = randomblob(32)`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, statement := range []string{
		`UPDATE audit SET actor = 'person:b'`, `DELETE FROM audit`,
		insert(`INSERT OR REPLACE`, `1`), insert(`INSERT`, `3`), insert(`INSERT`, `0`), insert(`INSERT`, `-1`),
		`UPDATE audit_values SET old = 'c'`, `UPDATE audit_values SET field = 'g', old = NULL, new = NULL, salt = NULL`,
		`UPDATE audit_values SET old = NULL`, `DELETE FROM audit_values`,
		`INSERT INTO audit_values (seq, n, field, old, new, salt) VALUES (2, 0, 'f', 'a', 'b', x'00')`,
		`UPDATE audit_head SET seq = 1`, `UPDATE audit_head SET seq = 3`, `UPDATE audit_head SET seq = 2, key = randomblob(32)`, `DELETE FROM audit_head`,
	} {
		if _, err := db.Exec(t.Context(), statement, nil); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
	if _, err := db.Exec(t.Context(), `UPDATE audit_values SET old = NULL, new = NULL, salt = NULL`, nil); err != nil {
		t.Errorf("a value cannot be erased: %v", err)
	}
}
