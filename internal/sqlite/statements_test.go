package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"
)

// openFor opens a database with one writing connection, and returns that too.
func openFor(t *testing.T) (*DB, func() *kept) {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), Key{1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, func() (k *kept) {
		c, err := db.write.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Raw(func(c any) error { k = &c.(*conn).kept; return nil }); err != nil {
			t.Fatal(err)
		}
		return k
	}
}

func do(t *testing.T, db *DB, statement string, args Args) {
	t.Helper()
	if err := db.Tx(t.Context(), func(tx *Tx) error { _, err := tx.Exec(t.Context(), statement, args); return err }); err != nil {
		t.Fatal(err)
	}
}

// A statement is compiled once for many transactions, has no value left of the one
// before, and follows when the schema changes.
func TestAStatementIsKept(t *testing.T) {
	db, its := openFor(t)
	do(t, db, `CREATE TABLE x (n INTEGER, s TEXT DEFAULT 'none') STRICT`, nil)
	const insert, read = `INSERT INTO x (n, s) VALUES (@n, @s)`, `SELECT n, coalesce(s, '') FROM x ORDER BY n`
	do(t, db, insert, Args{"n": 1, "s": "one"})
	was := its().byText[insert].inner
	do(t, db, insert, Args{"n": 2}) // @s was one
	if now := its().byText[insert].inner; was == nil || now != was {
		t.Errorf("it was compiled again: %v, %v", was, now)
	}
	look := func(want string) {
		t.Helper()
		err := db.Tx(t.Context(), func(tx *Tx) error {
			rows, err := tx.Query(t.Context(), read, nil)
			if err != nil {
				return err
			}
			defer rows.Close()
			got := ""
			for rows.Next() {
				var n int
				var s string
				if err := rows.Scan(&n, &s); err != nil {
					return err
				}
				got += fmt.Sprint(n, s, " ")
			}
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	look("1one 2 ")
	do(t, db, `ALTER TABLE x ADD COLUMN later INTEGER`, nil)
	do(t, db, `UPDATE x SET s = 'two' WHERE n = 2`, nil)
	look("1one 2two ")
}

// What failed, and what still has rows open, is not kept.
func TestAStatementThatFailedIsNotKept(t *testing.T) {
	db, its := openFor(t)
	do(t, db, `CREATE TABLE x (n INTEGER UNIQUE) STRICT`, nil)
	const insert, read = `INSERT INTO x (n) VALUES (@n)`, `SELECT n FROM x`
	do(t, db, insert, Args{"n": 1})
	err := db.Tx(t.Context(), func(tx *Tx) error { _, err := tx.Exec(t.Context(), insert, Args{"n": 1}); return err })
	if _, is := its().byText[insert]; err == nil || is {
		t.Errorf("%v; it is kept: %v", err, is)
	}
	err = db.Tx(t.Context(), func(tx *Tx) error {
		rows, err := tx.Query(t.Context(), read, nil)
		if err == nil && rows.Next() {
			err = rows.Err()
		}
		return err // the rows are open
	})
	if err != nil {
		t.Fatal(err)
	}
	do(t, db, insert, Args{"n": 2})
	if _, err := db.Exec(t.Context(), `DROP TABLE x`, nil); err != nil {
		t.Errorf("something is still in use: %v", err)
	}
	if n := len(its().byText); n != 0 {
		t.Errorf("%d statements are kept after what may change the schema", n)
	}
}

func TestNotEveryStatementIsKept(t *testing.T) {
	db, its := openFor(t)
	do(t, db, `CREATE TABLE x (n INTEGER) STRICT`, nil)
	for i := range mostKept + 50 {
		do(t, db, fmt.Sprintf(`INSERT INTO x VALUES (%d)`, i), nil)
	}
	k := its()
	if n := len(k.byText); n != mostKept {
		t.Errorf("%d are kept", n)
	}
	for i, want := range map[int]bool{49: false, mostKept + 49: true} {
		if _, is := k.byText[fmt.Sprintf(`INSERT INTO x VALUES (%d)`, i)]; is != want {
			t.Errorf("statement %d is kept: %v", i, is)
		}
	}
}
