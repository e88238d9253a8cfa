package sqlite_test

import (
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
)

func TestAStampComesBackAsItWentIn(t *testing.T) {
	at := sqlite.Stamp(time.Date(2026, 3, 2, 9, 30, 0, 123_456_789, time.FixedZone("SAST", 2*3600)))
	if got := sqlite.Instant(at.UnixMilli()); got != at {
		t.Errorf("read %v, saved %v", got, at)
	}
}

func TestWhatIsMissingIsNull(t *testing.T) {
	db := sqlitetest.Open(t, schema)
	for name, v := range map[string]any{"day": sqlite.OrNull(""), "instant": sqlite.Milli(time.Time{})} {
		var null bool
		if err := db.QueryRow(t.Context(), `SELECT @v IS NULL`, sqlite.Args{"v": v}).Scan(&null); err != nil || !null {
			t.Errorf("a missing %s is kept as %v: %v", name, v, err)
		}
	}
	if got := sqlite.Instant(0); !got.IsZero() {
		t.Errorf("NULL is read as %v", got)
	}
	if sqlite.OrNull("2026-03-02") != "2026-03-02" || sqlite.Milli(time.UnixMilli(5)) != int64(5) {
		t.Error("what is there is not kept as it is")
	}
}

func TestAListFindsWhatItNames(t *testing.T) {
	db := sqlitetest.Open(t, schema)
	for want, ids := range map[int][]string{0: nil, 2: {`a"b`, "ñ"}} {
		var n int
		if err := db.QueryRow(t.Context(), `
SELECT count(*)
FROM json_each(@list)
WHERE value IN ('a"b', 'ñ')`, sqlite.Args{"list": sqlite.List(ids)}).Scan(&n); err != nil || n != want {
			t.Errorf("%d values were found of %d: %v", n, want, err)
		}
	}
}
