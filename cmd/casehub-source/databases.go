package main

import (
	"errors"
	"io"

	"casehub/adapters"
	"casehub/adapters/casebox"
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
	db, err := sqldb.NewDB(sqldb.Settings{DSNEnv: s.DSNEnv, DSNFile: s.DSNFile, Plain: s.Plain, DoubleEncoded: s.DoubleEncoded})
	if err != nil {
		return nil, err
	}
	src, err := casebox.New(db, s)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return onDatabase{src, db}, nil
}
