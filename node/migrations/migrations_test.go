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
	if _, err := db.Exec(t.Context(), `INSERT INTO audit (at, actor, action, subject) VALUES (1, 'person:a', 'case.opened', 'C')`, nil); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`UPDATE audit SET actor = 'person:b'`, `DELETE FROM audit`, `INSERT OR REPLACE INTO audit (seq, at, actor, action, subject) VALUES (1, 2, 'x', 'y', 'z')`} {
		if _, err := db.Exec(t.Context(), statement, nil); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
}
