package main

import (
	"errors"
	"io"
	"regexp"
	"strings"

	"casehub/adapters"
	"casehub/adapters/casebox"
	"casehub/adapters/civicrm"
	"casehub/adapters/place"
	"casehub/adapters/sqldb"
	"casehub/adapters/sqldump"
	"casehub/adapters/webapi"
)

// openDatabase opens a database by its address: on a server, or sqlite:/path/of/a/file.
func openDatabase(settings []byte) (adapters.Source, error) {
	var s sqldb.Settings
	if err := webapi.Decode(settings, &s); err != nil {
		return nil, err
	}
	address, err := webapi.Secret{Env: s.DSNEnv, File: s.DSNFile}.Read("dsn_env")
	if err != nil {
		return nil, err
	}
	path, ok := fileOf(address)
	switch {
	case !ok:
		return sqldb.Open(settings)
	case path == "":
		return nil, adapters.ErrSettings.With("setting", "dsn_env")
	case len(s.Queries) > 0:
		return nil, adapters.ErrSettings.With("setting", "queries")
	case len(s.Watermark) > 0:
		return nil, adapters.ErrSettings.With("setting", "watermark")
	}
	return sqldump.Open(place.On(path), sqldump.Settings{Type: "sqldump", Tables: s.Tables, DoubleEncoded: s.DoubleEncoded})
}

var drive = regexp.MustCompile(`^/[A-Za-z]:`)

// fileOf returns the path in the address of a file: sqlite:/srv/cases.db,
// sqlite:///srv/cases.db, sqlite:///C:/cases.db.
func fileOf(address string) (path string, ok bool) {
	path, ok = strings.CutPrefix(address, "sqlite:")
	path = strings.TrimPrefix(path, "//")
	if drive.MatchString(path) {
		path = path[1:]
	}
	return path, ok
}

// onDatabase is a source that stands on a database, and ends with it.
type onDatabase struct {
	adapters.Source
	db io.Closer
}

// Close ends the connection to the database.
func (s onDatabase) Close() error { return s.db.Close() }

// openCasebox opens a core in its live database.
func openCasebox(settings []byte) (adapters.Source, error) {
	var s casebox.Settings
	if err := webapi.Decode(settings, &s); err != nil {
		return nil, err
	}
	at := sqldb.Settings{DSNEnv: s.DSNEnv, DSNFile: s.DSNFile, Plain: s.Plain, DoubleEncoded: s.DoubleEncoded}
	return openOn(at, func(db *sqldb.DB) (adapters.Source, error) { return casebox.New(db, s) })
}

// openCivi opens a site of CiviCRM in its live database.
func openCivi(settings []byte) (adapters.Source, error) {
	var s civicrm.Settings
	if err := webapi.Decode(settings, &s); err != nil {
		return nil, err
	}
	at := sqldb.Settings{DSNEnv: s.DSNEnv, DSNFile: s.DSNFile, Plain: s.Plain, DoubleEncoded: s.DoubleEncoded}
	return openOn(at, func(db *sqldb.DB) (adapters.Source, error) { return civicrm.New(db, s) })
}

// openOn opens a source on a live database.
func openOn(at sqldb.Settings, open func(db *sqldb.DB) (adapters.Source, error)) (adapters.Source, error) {
	db, err := sqldb.NewDB(at)
	if err != nil {
		return nil, err
	}
	src, err := open(db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return onDatabase{src, db}, nil
}
