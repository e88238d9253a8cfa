package sources

import (
	"casehub/adapters"
	"casehub/adapters/casebox"
	"casehub/adapters/civicrm"
	"casehub/adapters/place"
	"casehub/adapters/sqldump"
)

// openCasebox opens a core in the dump at a place.
func openCasebox(at place.Place, s casebox.Settings) (adapters.Source, error) {
	db, err := sqldump.NewDB(at, sqldump.Settings{Encoding: s.Encoding, DoubleEncoded: s.DoubleEncoded})
	if err != nil {
		return nil, err
	}
	return casebox.New(db, s)
}

// openCivi opens a site of CiviCRM in the dump at a place.
func openCivi(at place.Place, s civicrm.Settings) (adapters.Source, error) {
	db, err := sqldump.NewDB(at, sqldump.Settings{Encoding: s.Encoding, DoubleEncoded: s.DoubleEncoded})
	if err != nil {
		return nil, err
	}
	return civicrm.New(db, s)
}
