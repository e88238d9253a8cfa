// Package server speaks to the servers of MySQL and MariaDB, Postgres and SQL Server: it
// finds a database by its address, asks in one transaction that may not write and sees
// one moment, and lists its tables. Errors of drivers, which may hold anything, end here.
//
// address.go reads addresses, dialect.go holds what differs between the servers, schema.go
// lists tables, and select.go judges queries that people wrote.
package server

import (
	"context"
	"database/sql"
	"errors"

	"casehub/adapters"
)

// Database is one database of a server.
type Database struct {
	Dialect *Dialect
	Host    string
	Name    string
	// Proven is true where the server proves who it is before it gets a password, or
	// is on this machine.
	Proven bool
	open   func() *sql.DB
	pool   *sql.DB
	conn   *sql.Conn
}

// Close ends the transaction and the connection.
func (d *Database) Close() error {
	if d.pool == nil {
		return nil
	}
	err := errors.Join(d.conn.Close(), d.pool.Close())
	d.pool, d.conn = nil, nil
	return err
}

// connect begins the one transaction in which everything is read.
func (d *Database) connect(ctx context.Context) error {
	if d.conn != nil {
		return nil
	}
	pool := d.open()
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(ctx)
	if err != nil {
		return errors.Join(d.refused(ctx, err), pool.Close())
	}
	for _, statement := range d.Dialect.begin {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return errors.Join(d.refused(ctx, err), conn.Close(), pool.Close())
		}
	}
	d.pool, d.conn = pool, conn
	return nil
}

// refused turns an error of a driver, which may hold anything, into one of ours.
func (d *Database) refused(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if d.Dialect.denied(err) {
		return adapters.ErrSignIn.With("host", d.Host)
	}
	if d.Dialect.missing(err) {
		return adapters.ErrMissing.With("host", d.Host)
	}
	return adapters.ErrUnreachable.With("host", d.Host)
}

// Query runs a query and calls fn with each row as texts, nil for NULL. The
// texts are gone with the next row.
func (d *Database) Query(ctx context.Context, query string, args []any, fn func(values []sql.RawBytes) error) error {
	if err := d.connect(ctx); err != nil {
		return err
	}
	rows, err := d.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return d.refused(ctx, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return d.refused(ctx, err)
	}
	values := make([]sql.RawBytes, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return d.refused(ctx, err)
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return d.refused(ctx, err)
	}
	return nil
}
