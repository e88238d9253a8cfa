// Package sqldb reads live databases: MySQL and MariaDB, Postgres, SQL Server.
// Only casehub-source links it.
//
// A database is only ever read: everything happens in one transaction that may
// not write and sees one moment, and what a mapping brings is a single SELECT. All
// values come as text and are judged where those of dumps are, in adapters/tables.
// A table with a key is read page by page along it, so that reading can go on
// after any row.
//
// server speaks to the servers; rows.go reads tables, and source.go makes streams.
package sqldb

import (
	"context"
	"maps"
	"slices"

	"casehub/adapters"
	"casehub/adapters/sqldb/server"
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
	at       *server.Database
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
		if !server.SingleSelect(q) {
			return nil, adapters.ErrSettings.With("setting", "queries")
		}
	}
	dsn, err := webapi.Secret{Env: s.DSNEnv, File: s.DSNFile}.Read("dsn_env")
	if err != nil {
		return nil, err
	}
	at, err := server.At(dsn)
	if err != nil {
		return nil, err
	}
	if !s.Plain && !at.Proven {
		return nil, adapters.ErrUnproven.With("host", at.Host)
	}
	return &DB{settings: s, at: at, text: charset.Decoder{Set: charset.UTF8, Sure: true, KeepDouble: s.DoubleEncoded == "keep"}}, nil
}

// Name returns the name of the database.
func (d *DB) Name() string { return d.at.Name }

// Fingerprint returns "": a live database changes.
func (d *DB) Fingerprint(context.Context) (string, error) { return "", nil }

// Close ends the transaction and the connection.
func (d *DB) Close() error { return d.at.Close() }

// Tables lists the tables and the queries of the settings.
func (d *DB) Tables(ctx context.Context) ([]tables.Table, error) {
	if d.all != nil {
		return d.all, nil
	}
	found, err := d.at.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var all []tables.Table
	d.from = map[string]string{}
	for _, t := range found {
		all, d.from[t.Name] = append(all, t.Table), t.From
	}
	for _, name := range slices.Sorted(maps.Keys(d.settings.Queries)) {
		query := d.settings.Queries[name]
		columns, err := d.at.Columns(ctx, query)
		if err != nil {
			return nil, err
		}
		all = append(all, tables.Table{Name: name, Columns: columns, Rows: -1, Notes: []string{"query of the mapping"}})
		d.from[name] = "(" + query + ")"
	}
	d.all = all
	return all, nil
}
