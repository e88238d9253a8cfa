package sqlite_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
)

// TestAListIsNarrowedByWhatWasChosen reads a list in pages, with and without what
// narrows it.
func TestAListIsNarrowedByWhatWasChosen(t *testing.T) {
	type kind uint32
	db := sqlitetest.Open(t, fstest.MapFS{"0001_things.sql": {Data: []byte(`-- +goose Up
CREATE TABLE things (id TEXT PRIMARY KEY, kind INTEGER NOT NULL, day TEXT NOT NULL) STRICT;
INSERT INTO things VALUES ('a', 1, '2026-03-01'), ('b', 1, '2026-03-02'), ('c', 2, '2026-03-02'), ('d', 1, '2026-03-02'), ('e', 1, '2026-02-01');`)}})
	read := func(limit int, of ...sqlite.Condition) []string {
		t.Helper()
		narrower, args := sqlite.Narrow(limit, of...)
		rows, err := db.Query(t.Context(), `SELECT id FROM things WHERE true`+narrower+` ORDER BY day DESC, id LIMIT @limit`, args)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var ids []string
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		return ids
	}
	of := func(k kind) sqlite.Condition { return sqlite.If(`kind = @kind`, "kind", k) }
	since := func(day string) sqlite.Condition { return sqlite.If(`day >= @since`, "since", day) }
	past := func(day, id string) sqlite.Condition { return sqlite.Past("day", "id", day, id) }
	for name, c := range map[string]struct {
		got, want []string
	}{
		"all":                  {read(9, of(0), since(""), past("", "")), []string{"b", "c", "d", "a", "e"}},
		"of a kind":            {read(9, of(1)), []string{"b", "d", "a", "e"}},
		"since a day":          {read(9, of(1), since("2026-03-01")), []string{"b", "d", "a"}},
		"a page and one more":  {read(1), []string{"b", "c"}},
		"the page that follow": {read(9, past("2026-03-02", "c")), []string{"d", "a", "e"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}
