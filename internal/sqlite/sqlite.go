// Package sqlite opens a node's database: one encrypted SQLite file, one
// writing connection, a pool of reading ones. It is the only door to the
// driver.
//
// The file is encrypted page by page with Adiantum. That hides its content from
// whoever takes the disk; it does not show tampering or an older copy put back.
// The key goes to each connection by a pragma and is in no data source name.
//
// Statements are plain SQL with @named parameters given as Args. Inside a
// transaction a statement is prepared once, whatever the number of calls, so a
// loop over one function of an area's sql.go is a prepared loop.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
	"github.com/ncruces/go-sqlite3/ext/unicode"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // registers the encrypting file system
)

// Key is the database key: 32 random bytes. It never shows itself.
type Key [32]byte

// String hides the key.
func (Key) String() string { return "key(hidden)" }

// GoString hides the key.
func (Key) GoString() string { return "key(hidden)" }

// ErrNoRows is what Row.Scan returns when there was no row.
var ErrNoRows = sql.ErrNoRows

// readers is the number of reading connections: pages are short, and each
// connection holds a page cache of its own.
const readers = 4

// Args gives the values of @named parameters.
type Args map[string]any

// Querier is what reads and writes: the database or a transaction.
type Querier interface {
	// Exec runs a statement and returns the number of rows it changed.
	Exec(ctx context.Context, query string, args Args) (int64, error)
	// Query runs a query; the caller closes the rows.
	Query(ctx context.Context, query string, args Args) (*sql.Rows, error)
	// QueryRow runs a query of at most one row.
	QueryRow(ctx context.Context, query string, args Args) *sql.Row
}

// DB is one open node database.
type DB struct {
	write *sql.DB
	read  *sql.DB
	path  string
	key   Key
	watch atomic.Pointer[func(statement string)]
}

// Watch calls fn with every statement from now on, from whatever goroutine runs
// it; nil ends that. It is for tests that compare what two requests ask.
func (db *DB) Watch(fn func(statement string)) {
	if fn == nil {
		db.watch.Store(nil)
		return
	}
	db.watch.Store(&fn)
}

func (db *DB) tell(statement string) {
	if fn := db.watch.Load(); fn != nil {
		(*fn)(statement)
	}
}

// Format shows of a database that it is one, and not its key.
func (db *DB) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("database")) }

// Open opens the database file at path and creates it when it is missing. It
// fails when the key is not the file's.
func Open(ctx context.Context, path string, key Key) (*DB, error) {
	write, err := open(path, key, false, 1)
	if err != nil {
		return nil, err
	}
	// The first statement also shows whether the key fits the file.
	if err := write.PingContext(ctx); err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if _, err := write.ExecContext(ctx, `SELECT count(*) FROM sqlite_schema`); err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("opening the database (wrong key?): %w", err)
	}
	read, err := open(path, key, true, readers)
	if err != nil {
		_ = write.Close()
		return nil, err
	}
	return &DB{write: write, read: read, path: path, key: key}, nil
}

func open(path string, key Key, readOnly bool, conns int, more ...func(*sqlite3.Conn) error) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: "vfs=adiantum&_txlock=immediate"}
	if readOnly {
		u.RawQuery += "&_pragma=query_only(on)" // which the driver has to know
	}
	k, err := new(driver.SQLite).OpenConnector(u.String())
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db := sql.OpenDB(connector{k, func(c *sqlite3.Conn) error {
		err := prepare(c, key, readOnly)
		for _, step := range more {
			err = errors.Join(err, step(c))
		}
		return err
	}})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// prepare sets up a new connection. The key has to come first.
func prepare(c *sqlite3.Conn, key Key, readOnly bool) error {
	if err := c.Exec(`PRAGMA hexkey='` + hex.EncodeToString(key[:]) + `'`); err != nil {
		return errors.New("the database key was refused")
	}
	pragmas := `
PRAGMA busy_timeout = 10000;
PRAGMA journal_mode = wal;
PRAGMA synchronous = full;
PRAGMA foreign_keys = on;
PRAGMA recursive_triggers = on;
PRAGMA temp_store = memory;
PRAGMA secure_delete = on;
PRAGMA cache_size = -32768;`
	if readOnly {
		pragmas += `
PRAGMA query_only = on;`
	}
	if err := c.Exec(pragmas); err != nil {
		return err
	}
	return errors.Join(fts5.Register(c), unicode.Register(c))
}

// Path returns the file's path.
func (db *DB) Path() string { return db.path }

// Close closes all connections. What was committed is on disk.
func (db *DB) Close() error { return errors.Join(db.read.Close(), db.write.Close()) }

// Writer returns the writing connection for migrations.
func (db *DB) Writer() *sql.DB { return db.write }

// Exec runs one statement on the writing connection, in a transaction of its own.
func (db *DB) Exec(ctx context.Context, query string, args Args) (int64, error) {
	db.tell(query)
	return rowsAffected(db.write.ExecContext(ctx, query, named(args)...))
}

// Query runs a query on a reading connection.
func (db *DB) Query(ctx context.Context, query string, args Args) (*sql.Rows, error) {
	db.tell(query)
	return db.read.QueryContext(ctx, query, named(args)...)
}

// QueryRow runs a query of at most one row on a reading connection.
func (db *DB) QueryRow(ctx context.Context, query string, args Args) *sql.Row {
	db.tell(query)
	return db.read.QueryRowContext(ctx, query, named(args)...)
}

// Tx is a writing transaction. It is not safe for use by several goroutines.
type Tx struct {
	db       *DB
	tx       *sql.Tx
	prepared map[string]*sql.Stmt
}

// Tx runs fn in one writing transaction and commits when fn returns nil.
// Nothing is left when fn fails or panics.
func (db *DB) Tx(ctx context.Context, fn func(*Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	return db.run(tx, fn)
}

// Snapshot runs fn in one reading transaction: all its queries see the same
// state, whatever is written meanwhile.
func (db *DB) Snapshot(ctx context.Context, fn func(*Tx) error) error {
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("beginning a snapshot: %w", err)
	}
	return db.run(tx, fn)
}

func (db *DB) run(tx *sql.Tx, fn func(*Tx) error) error {
	t := &Tx{db: db, tx: tx, prepared: map[string]*sql.Stmt{}}
	done := false
	defer func() {
		if !done {
			_ = tx.Rollback()
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	for _, s := range t.prepared {
		_ = s.Close()
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	done = true
	return nil
}

// Exec runs a statement, prepared at its first use in the transaction.
func (t *Tx) Exec(ctx context.Context, query string, args Args) (int64, error) {
	s, err := t.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	return rowsAffected(s.ExecContext(ctx, named(args)...))
}

// ExecArgs runs a statement with positional values for ?1, ?2 …: for loops
// over very many rows, where building Args would cost more than the statement.
func (t *Tx) ExecArgs(ctx context.Context, query string, args ...any) (int64, error) {
	s, err := t.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	return rowsAffected(s.ExecContext(ctx, args...))
}

// Query runs a query, prepared at its first use in the transaction.
func (t *Tx) Query(ctx context.Context, query string, args Args) (*sql.Rows, error) {
	s, err := t.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, named(args)...)
}

// QueryRow runs a query of at most one row.
func (t *Tx) QueryRow(ctx context.Context, query string, args Args) *sql.Row {
	s, err := t.prepare(ctx, query)
	if err != nil {
		return t.tx.QueryRowContext(ctx, query, named(args)...)
	}
	return s.QueryRowContext(ctx, named(args)...)
}

func (t *Tx) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	t.db.tell(query)
	if s, ok := t.prepared[query]; ok {
		return s, nil
	}
	s, err := t.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	t.prepared[query] = s
	return s, nil
}

// Collect scans every row of a query with scan and closes the rows.
func Collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

func named(args Args) []any {
	list := make([]any, 0, len(args))
	for k, v := range args {
		list = append(list, sql.Named(k, v))
	}
	return list
}

func rowsAffected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
