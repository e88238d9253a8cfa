package main

import (
	"casehub/adapters"
	"casehub/adapters/casebox"
	"casehub/adapters/civicrm"
	"casehub/adapters/sqldump"
)

// openCasebox opens a core in the dump at a path.
func openCasebox(path string, s casebox.Settings) (adapters.Source, error) {
	db, err := sqldump.NewDB(path, sqldump.Settings{Encoding: s.Encoding, DoubleEncoded: s.DoubleEncoded})
	if err != nil {
		return nil, err
	}
	return casebox.New(db, s)
}

// openCivi opens a site of CiviCRM in the dump at a path.
func openCivi(path string, s civicrm.Settings) (adapters.Source, error) {
	db, err := sqldump.NewDB(path, sqldump.Settings{Encoding: s.Encoding, DoubleEncoded: s.DoubleEncoded})
	if err != nil {
		return nil, err
	}
	return civicrm.New(db, s)
}
