package main

import (
	"errors"
	"io"

	"casehub/adapters"
	"casehub/adapters/casebox"
	"casehub/adapters/civicrm"
	"casehub/adapters/sqldb"
	"casehub/adapters/webapi"
)

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
