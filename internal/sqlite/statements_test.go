package sqlite

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"
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

// What a transaction changes in the schema is seen by every statement in it and after it,
// also when it is undone: a statement that was compiled before would answer once by the
// columns that were.
func TestAStatementFollowsTheSchema(t *testing.T) {
	db, _ := openFor(t)
	do(t, db, `CREATE TABLE x (a INTEGER, b TEXT) STRICT`, nil)
	do(t, db, `INSERT INTO x VALUES (1, 'one')`, nil)
	look := func(tx *Tx, want string) error {
		t.Helper()
		rows, err := tx.Query(t.Context(), `SELECT * FROM x`, nil)
		if err != nil {
			return err
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil || !rows.Next() || fmt.Sprint(names) != want {
			t.Errorf("columns %v (%v, %v), want %s", names, err, rows.Err(), want)
		}
		return nil
	}
	undone := errors.New("undone")
	for _, c := range []struct {
		change, want string
		end          error
		after        string
	}{
		{`SELECT 1`, "[a b]", nil, "[a b]"},
		{`ALTER TABLE x ADD COLUMN c INTEGER DEFAULT 7`, "[a b c]", nil, "[a b c]"},
		{`ALTER TABLE x DROP COLUMN a`, "[b c]", undone, "[a b c]"},
		{`ALTER TABLE x RENAME COLUMN b TO d`, "[a d c]", nil, "[a d c]"},
	} {
		err := db.Tx(t.Context(), func(tx *Tx) error {
			_, err := tx.Exec(t.Context(), c.change, nil)
			return errors.Join(err, look(tx, c.want), c.end)
		})
		if !errors.Is(err, c.end) || err != nil && c.end == nil {
			t.Errorf("%s: %v", c.change, err)
		}
		for range 2 {
			if err := db.Tx(t.Context(), func(tx *Tx) error { return look(tx, c.after) }); err != nil {
				t.Errorf("after %s: %v", c.change, err)
			}
		}
	}
}

// Rows that are open when their transaction ends are closed, and touch nothing of their
// statement that is gone.
func TestRowsOfAClosedStatementEnd(t *testing.T) {
	db, _ := openFor(t)
	do(t, db, `CREATE TABLE x (n INTEGER) STRICT`, nil)
	do(t, db, `INSERT INTO x VALUES (1), (2)`, nil)
	c, err := db.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Raw(func(raw any) error {
		prepared, err := raw.(*conn).PrepareContext(t.Context(), `SELECT n FROM x WHERE n > @n`)
		if err != nil {
			return err
		}
		rows, err := prepared.(*stmt).QueryContext(t.Context(), []sqldriver.NamedValue{{Name: "n", Ordinal: 1, Value: int64(0)}})
		if err != nil {
			return err
		}
		row := make([]sqldriver.Value, len(rows.Columns()))
		if err := errors.Join(rows.Next(row), prepared.Close()); err != nil {
			return err
		}
		if err := rows.Next(row); !errors.Is(err, errClosed) {
			t.Errorf("the rows go on: %v", err)
		}
		if err := rows.Close(); err != nil || raw.(*conn).broken {
			t.Errorf("closing them: %v, the connection is broken: %v", err, raw.(*conn).broken)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ExecContext(t.Context(), `DROP TABLE x`); err != nil {
		t.Errorf("something is still in use: %v", err)
	}
}

// A statement that is asked for while it is in use is compiled a second time, and one of
// the two is kept.
func TestAStatementInUseIsCompiledTwice(t *testing.T) {
	db, its := openFor(t)
	do(t, db, `CREATE TABLE x (n INTEGER) STRICT`, nil)
	do(t, db, `INSERT INTO x VALUES (1), (2)`, nil)
	const read = `SELECT n FROM x WHERE n >= @n ORDER BY n`
	for range 3 {
		err := db.Tx(t.Context(), func(tx *Tx) error {
			outer, err := tx.tx.QueryContext(t.Context(), read, sql.Named("n", 1))
			if err != nil {
				return err
			}
			defer outer.Close()
			got := ""
			for outer.Next() {
				var n, m int
				if err := errors.Join(outer.Scan(&n), tx.tx.QueryRowContext(t.Context(), read, sql.Named("n", 2)).Scan(&m)); err != nil {
					return err
				}
				got += fmt.Sprint(n, m, " ")
			}
			if got != "1 2 2 2 " {
				t.Errorf("read %q", got)
			}
			return outer.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, is := its().byText[read]; !is {
		t.Error("it is not kept")
	}
}

// A context that ends in the middle leaves nothing behind in a statement that is kept.
func TestAStatementThatWasStoppedStartsAgain(t *testing.T) {
	db, _ := openFor(t)
	do(t, db, `CREATE TABLE x (n INTEGER, s TEXT) STRICT`, nil)
	do(t, db, `INSERT INTO x VALUES (1, 'a'), (2, 'b'), (3, NULL)`, nil)
	const read = `SELECT n, coalesce(s, @s, 'none') FROM x WHERE n >= coalesce(@n, 1) ORDER BY n`
	db.read.SetMaxOpenConns(1)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := db.Query(ctx, read, Args{"n": 2, "s": "left over"})
		if err != nil || !rows.Next() {
			t.Fatal(err)
		}
		cancel()
		for rows.Next() {
			continue
		}
		_ = rows.Close()
		var n int
		var s string
		if err := db.QueryRow(t.Context(), read+` LIMIT 1 OFFSET 2`, nil).Scan(&n, &s); err != nil || n != 3 || s != "none" {
			t.Errorf("row %d %s (%v)", n, s, err)
		}
		all := 0
		again, err := db.Query(t.Context(), read, nil)
		if err != nil {
			t.Fatal(err)
		}
		for again.Next() {
			if err := again.Scan(&n, &s); err != nil {
				t.Fatal(err)
			}
			all++
		}
		if err := errors.Join(again.Err(), again.Close()); err != nil || all != 3 || s != "none" {
			t.Errorf("%d rows, the last with %s (%v)", all, s, err)
		}
	}
}

// Whatever is kept is closed with the connection, so that the file is free.
func TestAClosedConnectionKeepsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := Open(t.Context(), path, Key{1})
	if err != nil {
		t.Fatal(err)
	}
	do(t, db, `CREATE TABLE x (n INTEGER) STRICT`, nil)
	for i := range 20 {
		do(t, db, fmt.Sprintf(`INSERT INTO x VALUES (@n + %d)`, i), Args{"n": i})
	}
	var inner *sqlite3.Conn
	var k *kept
	c, err := db.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Raw(func(raw any) error {
		inner, k = raw.(*conn).inner.Raw(), &raw.(*conn).kept
		return nil
	})
	if n := len(k.byText); n != 20 {
		t.Errorf("%d statements are kept before", n)
	}
	if err := errors.Join(c.Close(), db.Close()); err != nil {
		t.Fatalf("closing: %v", err)
	}
	for s := range inner.Stmts() {
		t.Errorf("%s is still compiled", s.SQL())
	}
	if len(k.byText) != 0 {
		t.Errorf("%d statements are kept after", len(k.byText))
	}
}

func TestWhatMayChangeTheSchema(t *testing.T) {
	for text, want := range map[string]bool{
		`CREATE TABLE x (n)`: true, "\n  alter table x add y": true, `SELECT 1; DROP TABLE x`: true, `PRAGMA user_version = 3`: true, `VACUUM`: true,
		`SELECT created_at, dropped FROM cases`: false, `INSERT OR REPLACE INTO x VALUES (1)`: false, `SELECT * FROM pragma_table_info('x')`: false, `UPDATE x SET n = 1`: false,
	} {
		if alters(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
