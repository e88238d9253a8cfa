package ledger

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/migrations"
)

// scans are the steps of a statement that read a whole table or index, or all events of a
// measure.
func scans(t *testing.T, db *sqlite.DB, statement string, args sqlite.Args) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `EXPLAIN QUERY PLAN `+statement, args)
	steps, err := sqlite.Collect(rows, err, func(r *sql.Rows) (step string, err error) {
		var id, parent, unused int
		return step, r.Scan(&id, &parent, &unused, &step)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) < 5 {
		t.Fatalf("the plan has %d steps: the test is blind", len(steps))
	}
	var all []string
	for _, step := range steps {
		whole := strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW"
		if whole || strings.HasSuffix(step, "(data_set=?)") {
			all = append(all, step)
		}
	}
	return all
}

// TestWhatIsBehindWallsIsFoundByIndexes: who is kept from a record is asked on every page
// of releases, and reads no table from its beginning to its end.
func TestWhatIsBehindWallsIsFoundByIndexes(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	l := New(codelist.National(), National(), "ZAR", 10_000)
	walled := accesstest.Gate(t, db, time.Now).Walled(actor.Actor{Kind: actor.Person, ID: "sipho"})
	sources, err := l.sources()
	if err != nil {
		t.Fatal(err)
	}
	statements := map[string]string{"Keeps": `SELECT ` + keeps(sources, walled)}
	for _, s := range sources {
		if near := s.near(walled); near != "" {
			statements["near to "+s.set.Name] = near
		}
	}
	for name, statement := range statements {
		if found := scans(t, db, statement, walled.Into(nil)); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}
