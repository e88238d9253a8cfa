package casebox

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/sqldb"
	"casehub/adapters/sqldb/mariadbtest"
	"casehub/adapters/tables/system"
)

var errKilled = errors.New("killed")

// liveCore is a new source of the core in the database.
func liveCore(t *testing.T) *Source {
	t.Helper()
	db, err := sqldb.NewDB(sqldb.Settings{DSNEnv: "CASEHUB_SOURCE_CASEBOX"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	src, err := New(db, Settings{Settings: system.Settings{Type: "casebox", DSNEnv: "CASEHUB_SOURCE_CASEBOX"}})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// reading is what a new reading of a live core gives, and its last cursor; it is killed
// after so many records, unless that is negative.
func reading(t *testing.T, stream string, after adapters.Cursor, kill int) (keys []string, last adapters.Cursor) {
	t.Helper()
	last = after
	given := 0
	err := liveCore(t).Read(t.Context(), stream, after, func(r adapters.Record) error {
		if len(keys) == kill {
			return errKilled
		}
		if r.Deleted {
			r.Key += " deleted"
		}
		keys = append(keys, r.Key)
		return nil
	}, func(c adapters.Cursor) error {
		last, given = c, len(keys)
		return nil
	})
	if kill >= 0 && !errors.Is(err, errKilled) || kill < 0 && err != nil {
		t.Fatal(err)
	}
	return keys[:given], last
}

func TestALaterReadingOfALiveCoreHasWhatIsNew(t *testing.T) {
	dsn := mariadbtest.DSN(t, strings.Replace(coreSQL(1200), "-- MySQL dump", "SET sql_mode = '';", 1))
	t.Setenv("CASEHUB_SOURCE_CASEBOX", dsn)
	change := func(sql string) { mariadbtest.Exec(t, mariadbtest.Database(dsn), sql) }
	whole, done := reading(t, "Expediente", "", -1)
	if len(whole) != 1200 {
		t.Fatalf("%d cases", len(whole))
	}

	first, cursor := reading(t, "Expediente", "", 1100)
	rest, _ := reading(t, "Expediente", cursor, -1)
	if len(first) != 1000 || !slices.Equal(append(first, rest...), whole) {
		t.Errorf("killed after %d, then %d of %d", len(first), len(rest), len(whole))
	}
	change("DELETE FROM tree WHERE id = 1020")
	if again, _ := reading(t, "Expediente", cursor, -1); len(again) != 1199 {
		t.Errorf("where the records moved a reading gives %d, and not all again", len(again))
	}

	change("UPDATE tree SET udate = UTC_TIMESTAMP() WHERE id = 1030; INSERT INTO tree SELECT 990000, pid, template_id, `system`, name, date, date_end, cid, UTC_TIMESTAMP(), uid, udate, dstatus, draft, target_id, oid FROM tree WHERE id = 1000")
	later, next := reading(t, "Expediente", done, -1)
	gone := func(k string) bool { return strings.HasSuffix(k, " deleted") }
	if got := slices.DeleteFunc(slices.Clone(later), gone); !slices.Equal(got, []string{"1030", "990000"}) || len(later) != 2+24 {
		t.Errorf("a later reading gives %d, of them %v", len(later), got)
	}
	if again, _ := reading(t, "Expediente", next, -1); !slices.Contains(again, "1030") || slices.Contains(again, "1000") {
		t.Errorf("within a day %v", again)
	}
	nothing := func(adapters.Record) error { return nil }
	if err := liveCore(t).Read(t.Context(), "task", done, nothing, func(adapters.Cursor) error { return nil }); !errors.Is(err, adapters.ErrCursor) {
		t.Errorf("the cursor of another stream: %v", err)
	}
}
