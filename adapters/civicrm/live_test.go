package civicrm

import (
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/sqldb"
	"casehub/adapters/sqldb/mariadbtest"
	"casehub/adapters/tables/system"
)

func TestALaterReadingOfALiveSiteHasWhatIsNew(t *testing.T) {
	dsn := mariadbtest.DSN(t, strings.Replace(siteSQL(30), "-- MySQL dump", "SET sql_mode = '';", 1)+
		"ALTER TABLE civicrm_contact ADD modified_date timestamp NULL; UPDATE civicrm_contact SET modified_date = '2020-01-01 00:00:00' WHERE id <> 20;")
	t.Setenv("CASEHUB_SOURCE_CIVI_DSN", dsn)
	reading := func(stream string, after adapters.Cursor) (keys []string, last adapters.Cursor) {
		t.Helper()
		db, err := sqldb.NewDB(sqldb.Settings{DSNEnv: "CASEHUB_SOURCE_CIVI_DSN"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		src, err := New(db, Settings{Settings: system.Settings{Type: "civicrm"}})
		if err != nil {
			t.Fatal(err)
		}
		err = src.Read(t.Context(), stream, after, func(r adapters.Record) error {
			if !r.Deleted {
				keys = append(keys, r.Key)
			}
			return nil
		}, func(c adapters.Cursor) error { last = c; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return keys, last
	}
	contacts, done := reading("contacts", "")
	cases, doneCases := reading("cases", "")
	if len(contacts) != 27 || len(cases) == 0 {
		t.Fatalf("%d contacts, %d cases", len(contacts), len(cases))
	}
	mariadbtest.Exec(t, mariadbtest.Database(dsn), "UPDATE civicrm_contact SET first_name = 'B', modified_date = UTC_TIMESTAMP() WHERE id = 17")
	if got, _ := reading("contacts", done); !slices.Equal(got, []string{"17", "20"}) { // of 20 nobody knows
		t.Errorf("a later reading gives %v", got)
	}
	if got, _ := reading("cases", doneCases); !slices.Equal(got, cases) {
		t.Errorf("of what the site does not date a later reading gives %v, want all", got)
	}
}
