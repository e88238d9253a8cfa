package sqlite_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
)

var people = fstest.MapFS{"0001_people.sql": {Data: []byte(`-- +goose Up
CREATE VIRTUAL TABLE people USING fts5 (name, number, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
INSERT INTO people (name, number) VALUES ('José O''Brien', 'C-7KQ0'), ('NEAR Ñandú', '-1'), ('Anabel', '2');
`)}}

func found(t rapid.TB, db *sqlite.DB, match string) int {
	t.Helper()
	var n int
	err := db.QueryRow(context.Background(), `SELECT count(*) FROM people WHERE people MATCH @match`, sqlite.Args{"match": match}).Scan(&n)
	if err != nil {
		t.Fatalf("%q: %v", match, err)
	}
	return n
}

func TestMatchFindsBeginnings(t *testing.T) {
	db := sqlitetest.Open(t, people)
	for _, c := range []struct {
		typed string
		want  int
	}{
		{"jose", 1},
		{"JOSÉ", 1},
		{"obri", 0},
		{"o'brie", 1},
		{"brien jos", 1},
		{"c-7kq", 1},
		{"ñan", 1},
		{"NAN", 1},
		{"near", 1},
		{"near nandu", 1},
		{"jose nandu", 0},
		{"ana", 1},
		{"an OR jose", 0},
		{`jose" OR "`, 0},
		{"jose -brien", 1},
		{"name:jose", 0},
		{"jose*", 1},
		{"(jose", 1},
		{"^jose", 1},
		{"jose + brien", 1},
		{"jose\x00x", 0},
	} {
		if got := found(t, db, sqlite.Match(c.typed)); got != c.want {
			t.Errorf("%q found %d, want %d, by %s", c.typed, got, c.want, sqlite.Match(c.typed))
		}
	}
}

func TestMatchTriesEverySpelling(t *testing.T) {
	db := sqlitetest.Open(t, people)
	zero := func(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "O", "0") }
	if got := found(t, db, sqlite.Match("7kqo", zero)); got != 1 {
		t.Errorf("found %d", got)
	}
	if got := found(t, db, sqlite.Match("jose", zero)); got != 1 {
		t.Errorf("the spelling as typed found %d", got)
	}
}

func TestMatchWordsWantsWholeWords(t *testing.T) {
	db := sqlitetest.Open(t, people)
	if got := found(t, db, sqlite.MatchWords("ana")); got != 0 {
		t.Errorf("half a word found %d", got)
	}
	if got := found(t, db, sqlite.MatchWords("anabel")); got != 1 {
		t.Errorf("the word found %d", got)
	}
}

// Whatever is typed is a query that runs, or is nothing at all.
func TestMatchNeverBreaksTheQuery(t *testing.T) {
	db := sqlitetest.Open(t, people)
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ "'*()^:{}+\-,.\x00aNOTRAND]{0,40}`)).Draw(t, "typed")
		for _, match := range []string{sqlite.Match(typed), sqlite.MatchWords(typed)} {
			if match != "" {
				found(t, db, match)
			}
		}
	})
}

func TestMatchIsBounded(t *testing.T) {
	m := sqlite.Match(strings.Repeat("word ", 100) + strings.Repeat("x", 10000))
	if len(m) > 1000 {
		t.Errorf("an expression of %d bytes", len(m))
	}
}
