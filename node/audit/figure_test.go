package audit_test

import (
	"fmt"
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/audit"
	"casehub/node/migrations"
)

// BenchmarkList measures the page of an audit of 100,000 entries, every second
// of which is hidden from the reader.
func BenchmarkList(b *testing.B) {
	db := sqlitetest.Open(b, migrations.FS)
	err := db.Tx(b.Context(), func(tx *sqlite.Tx) error {
		for i := range 100_000 {
			subject := []string{"case-a", "walled"}[i%2]
			at := start.Add(time.Duration(i) * time.Minute)
			if err := audit.Record(b.Context(), tx, at, miriam, "case.updated", subject, audit.Field("summary", "", fmt.Sprint(i))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	log := audit.NewLog(db, office)
	for name, f := range map[string]audit.Filter{
		"newest": {}, "one case": {About: "case-a"}, "a group": {Group: "cases"}, "nobody": {Who: "sipho"}, "the first days": {Before: start.Add(48 * time.Hour)},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := log.List(b.Context(), miriam, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
