// Package sqldb reads live databases: MySQL and MariaDB, Postgres, SQL Server.
// Only casehub-source links it.
//
// A database is only ever read: everything happens in one transaction that may
// not write and sees one moment, and what a mapping brings is a single SELECT. All
// values come as text and are judged where those of dumps are, in adapters/tables.
// A table with a key is read page by page along it, so that reading can go on
// after any row.
//
// address.go finds the server, dialect.go holds what differs between them,
// schema.go lists the tables, rows.go reads them, and source.go makes streams.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"casehub/adapters"
	"casehub/adapters/tables"
	"casehub/adapters/tables/charset"
	"casehub/adapters/webapi"
)

// Settings declares how a database is read. The keys are those of the mapping file.
type Settings struct {
	// Type is "sqldb", or that of the system whose tables are read.
	Type string `json:"type"`
	// DSNEnv names the environment variable with the address, DSNFile a file with it:
	// mysql://user:password@host/database, postgres://… or sqlserver://…
	DSNEnv  string `json:"dsn_env"`
	DSNFile string `json:"dsn_file"`
	// Plain allows another machine that does not prove who it is, or a connection that
	// is not encrypted: whoever stands between gets the password, and reads and changes
	// what is brought.
	Plain bool `json:"plain"`
	// Tables that are streams; all when empty.
	Tables []string `json:"tables"`
	// Queries are further streams: each a single SELECT.
	Queries map[string]string `json:"queries"`
	// Watermark names the column of a table that moves when a row is changed. A
	// later reading then gives the rows from a day before it on, and those without it.
	Watermark map[string]string `json:"watermark"`
	// DoubleEncoded is "repair" or "keep", as for dumps.
	DoubleEncoded string `json:"double_encoded"`
}

// DB is a live database as tables. It implements tables.DB.
type DB struct {
	settings Settings
	at       address
	pool     *sql.DB
	conn     *sql.Conn
	all      []tables.Table
	from     map[string]string // what a stream is selected from
	shapes   map[string]shape
	text     charset.Decoder
}

var _ tables.DB = (*DB)(nil)

// NewDB makes a database of the settings. It reads the secret and does not
// connect.
func NewDB(s Settings) (*DB, error) {
	if !slices.Contains([]string{"", "repair", "keep"}, s.DoubleEncoded) {
		return nil, adapters.ErrSettings.With("setting", "double_encoded")
	}
	for _, q := range s.Queries {
		if !singleSelect(q) {
			return nil, adapters.ErrSettings.With("setting", "queries")
		}
	}
	dsn, err := webapi.Secret{Env: s.DSNEnv, File: s.DSNFile}.Read("dsn_env")
	if err != nil {
		return nil, err
	}
	at, err := parseAddress(dsn)
	if err != nil {
		return nil, err
	}
	if !s.Plain && !at.proven {
		return nil, adapters.ErrUnproven.With("host", at.host)
	}
	return &DB{settings: s, at: at, text: charset.Decoder{Set: charset.UTF8, Sure: true, KeepDouble: s.DoubleEncoded == "keep"}}, nil
}

// Name returns the name of the database.
func (d *DB) Name() string { return d.at.database }

// Fingerprint returns "": a live database changes.
func (d *DB) Fingerprint(context.Context) (string, error) { return "", nil }

// Close ends the transaction and the connection.
func (d *DB) Close() error {
	if d.pool == nil {
		return nil
	}
	err := errors.Join(d.conn.Close(), d.pool.Close())
	d.pool, d.conn = nil, nil
	return err
}

// connect begins the one transaction in which everything is read.
func (d *DB) connect(ctx context.Context) error {
	if d.conn != nil {
		return nil
	}
	pool, err := d.at.open()
	if err != nil {
		return adapters.ErrSettings.With("setting", "dsn_env")
	}
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(ctx)
	if err != nil {
		return errors.Join(d.refused(ctx, err), pool.Close())
	}
	for _, statement := range d.at.dialect.begin {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return errors.Join(d.refused(ctx, err), conn.Close(), pool.Close())
		}
	}
	d.pool, d.conn = pool, conn
	return nil
}

// refused turns an error of a driver, which may hold anything, into one of ours.
func (d *DB) refused(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if d.at.dialect.denied(err) {
		return adapters.ErrSignIn.With("host", d.at.host)
	}
	if d.at.dialect.missing(err) {
		return adapters.ErrMissing.With("host", d.at.host)
	}
	return adapters.ErrUnreachable.With("host", d.at.host)
}

// query runs a query and calls fn with each row as texts, nil for NULL. The
// texts are gone with the next row.
func (d *DB) query(ctx context.Context, query string, args []any, fn func(values []sql.RawBytes) error) error {
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
