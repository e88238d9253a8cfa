package sqlite

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"reflect"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// ErrDriver reports that the driver panicked, as it does when it gets no memory. What
// the transaction did is undone, and its connection is closed.
//
// Package database/sql holds locks while it calls a driver, some of which a panic
// leaves held: the rollback after it would wait for ever, and every writer behind it.
var ErrDriver = errors.New("the database driver panicked")

// errClosed reports rows of a statement that was closed before them.
var errClosed = errors.New("the statement of the rows was closed")

// connector makes connections out of which no panic comes.
type connector struct {
	sqldriver.Connector
	prepare func(*sqlite3.Conn) error
}

// Connect opens a connection and sets it up.
func (k connector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	inner, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{inner: inner.(driver.Conn)}
	if err := c.guarded(func() error { return k.prepare(c.inner.Raw()) }); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// conn is one connection. Once something panicked in it, it does nothing more than
// close.
type conn struct {
	inner  driver.Conn
	broken bool
	kept   kept
	// altered says that the schema may have been changed since the last transaction ended,
	// stale that one ended in which it was: what was compiled in it is not to be taken.
	altered, stale bool
}

var (
	_ sqldriver.ConnBeginTx        = (*conn)(nil)
	_ sqldriver.ConnPrepareContext = (*conn)(nil)
	_ sqldriver.ExecerContext      = (*conn)(nil)
	_ sqldriver.NamedValueChecker  = (*conn)(nil)
	_ sqldriver.Validator          = (*conn)(nil)
)

// guarded calls the driver.
func (c *conn) guarded(call func() error) error {
	if c.broken {
		return ErrDriver
	}
	return c.caught(call)
}

// caught calls the driver, also in a broken connection. The text of a panic may have a
// value in it, so that only its type is told.
func (c *conn) caught(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.broken = true
			err = fmt.Errorf("%w: %T", ErrDriver, p)
		}
	}()
	return call()
}

// IsValid reports whether the pool may hand the connection out again.
func (c *conn) IsValid() bool { return !c.broken }

// Close closes the connection, which undoes what was not committed.
func (c *conn) Close() error { return errors.Join(c.forget(), c.caught(c.inner.Close)) }

// forget closes what is kept.
func (c *conn) forget() error {
	var err error
	for _, s := range c.kept.all() {
		err = errors.Join(err, c.caught(s.inner.Close))
	}
	return err
}

// Begin is asked by nobody: database/sql uses BeginTx.
func (c *conn) Begin() (sqldriver.Tx, error) {
	return c.BeginTx(context.Background(), sqldriver.TxOptions{})
}

func (c *conn) BeginTx(ctx context.Context, o sqldriver.TxOptions) (sqldriver.Tx, error) {
	t := &transaction{conn: c}
	err := c.guarded(func() (err error) {
		t.inner, err = c.inner.BeginTx(ctx, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// transaction ends what BeginTx began.
type transaction struct {
	conn  *conn
	inner sqldriver.Tx
}

func (t *transaction) Commit() error   { return t.conn.ended(t.inner.Commit) }
func (t *transaction) Rollback() error { return t.conn.ended(t.inner.Rollback) }

// ended ends a transaction. Its statements are closed, and kept, after that.
func (c *conn) ended(by func() error) error {
	c.stale, c.altered = c.stale || c.altered, false
	return c.guarded(by)
}

// Prepare is asked by nobody: database/sql uses PrepareContext.
func (c *conn) Prepare(query string) (sqldriver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	s := &stmt{conn: c, text: query}
	err := c.guarded(func() error {
		if c.stale {
			c.stale = false
			if err := c.forget(); err != nil {
				return err
			}
		}
		if s.inner = c.kept.take(query); s.inner != nil {
			return nil
		}
		inner, err := c.inner.PrepareContext(ctx, query)
		if err == nil {
			s.inner, s.alters = inner.(innerStmt), alters(query)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ExecContext runs what is not compiled first: it has no values.
func (c *conn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (r sqldriver.Result, err error) {
	err = c.guarded(func() (err error) {
		r, err = c.inner.(sqldriver.ExecerContext).ExecContext(ctx, query, args)
		return err
	})
	if len(args) > 0 || !alters(query) {
		return r, err // with values the driver refused it, and it is compiled
	}
	if forgot := c.changed(); err == nil {
		err = forgot
	}
	return r, err
}

// changed notes that the schema may be another one: nothing that is compiled counts any
// more, now and when the transaction ends.
func (c *conn) changed() error {
	c.altered = true
	return c.forget()
}

// CheckNamedValue lets every value through to the statement, which checks it.
func (c *conn) CheckNamedValue(v *sqldriver.NamedValue) error {
	return c.inner.(sqldriver.NamedValueChecker).CheckNamedValue(v)
}

// innerStmt is a statement of the driver.
type innerStmt interface {
	sqldriver.Stmt
	sqldriver.StmtExecContext
	sqldriver.StmtQueryContext
	sqldriver.NamedValueChecker
}

// stmt is a prepared statement.
type stmt struct {
	conn  *conn
	inner innerStmt
	text  string
	// open counts the rows of it that are open, and failed says that it did not run to
	// its end once: such a statement is not kept.
	open   int
	failed bool
	// alters says that it may change the schema. None of those that are kept does.
	alters bool
	// gone says that the driver has closed it: rows that are still open have no more.
	gone bool
}

var _ innerStmt = (*stmt)(nil)

// Close keeps the statement for whoever asks the same again.
func (s *stmt) Close() error {
	inner := s.inner
	if !s.conn.broken && !s.failed && !s.alters && s.open == 0 {
		inner = s.conn.kept.keep(s.text, s.inner)
	}
	if inner == nil {
		return nil
	}
	s.gone = inner == s.inner
	return s.conn.caught(inner.Close)
}

func (s *stmt) NumInput() (n int) {
	if s.conn.caught(func() error { n = s.inner.NumInput(); return nil }) != nil {
		return -1
	}
	return n
}

// Exec is asked by nobody: database/sql uses ExecContext.
func (s *stmt) Exec([]sqldriver.Value) (sqldriver.Result, error) {
	return nil, errors.ErrUnsupported
}

// Query is asked by nobody: database/sql uses QueryContext.
func (s *stmt) Query([]sqldriver.Value) (sqldriver.Rows, error) {
	return nil, errors.ErrUnsupported
}

func (s *stmt) ExecContext(ctx context.Context, args []sqldriver.NamedValue) (r sqldriver.Result, err error) {
	err = s.conn.guarded(func() (err error) {
		r, err = s.inner.ExecContext(ctx, args)
		return err
	})
	s.failed = s.failed || err != nil
	if s.alters && err == nil {
		err = s.conn.changed()
	}
	return r, err
}

func (s *stmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	r := &rows{stmt: s}
	err := s.conn.guarded(func() error {
		inner, err := s.inner.QueryContext(ctx, args)
		if err == nil {
			r.inner = inner.(innerRows)
		}
		return err
	})
	if err != nil {
		s.failed = true
		return nil, err
	}
	s.open++
	return r, nil
}

func (s *stmt) CheckNamedValue(v *sqldriver.NamedValue) error { return s.inner.CheckNamedValue(v) }

// innerRows is what a query of the driver answers.
type innerRows interface {
	sqldriver.Rows
	sqldriver.RowsColumnTypeDatabaseTypeName
	sqldriver.RowsColumnTypeNullable
	sqldriver.RowsColumnTypeScanType
}

// rows is what a query answers.
type rows struct {
	stmt  *stmt
	inner innerRows
}

var _ innerRows = (*rows)(nil)

func (r *rows) Columns() []string { return r.inner.Columns() }

func (r *rows) Close() error {
	r.stmt.open--
	if r.stmt.gone {
		return nil
	}
	err := r.stmt.conn.caught(r.inner.Close)
	r.stmt.failed = r.stmt.failed || err != nil
	return err
}

func (r *rows) Next(dest []sqldriver.Value) error {
	if r.stmt.gone {
		return errClosed
	}
	return r.stmt.conn.guarded(func() error { return r.inner.Next(dest) })
}

func (r *rows) ColumnTypeDatabaseTypeName(i int) string { return r.inner.ColumnTypeDatabaseTypeName(i) }

func (r *rows) ColumnTypeNullable(i int) (null, ok bool) {
	return r.inner.ColumnTypeNullable(i)
}
func (r *rows) ColumnTypeScanType(i int) reflect.Type { return r.inner.ColumnTypeScanType(i) }
