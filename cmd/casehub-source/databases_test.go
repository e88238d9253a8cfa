package main

import (
	"errors"
	"path/filepath"
	"testing"

	"casehub/adapters"
	"casehub/internal/sqlite/sqlitetest"
)

// A database that is a file is read by its address as one on a server is.
func TestAFileIsADatabaseToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases of an office.db")
	sqlitetest.Plain(t, path, `CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE other (id INTEGER PRIMARY KEY);
INSERT INTO people VALUES (1, 'Ñahui'), (2, NULL); INSERT INTO other VALUES (1);`)
	for _, address := range []string{"sqlite:" + path, "sqlite://" + path} {
		t.Setenv("CASEHUB_SOURCE_FILE", address)
		src, err := open([]byte(`{"type":"sqldb","dsn_env":"CASEHUB_SOURCE_FILE","tables":["people"]}`))
		if err != nil {
			t.Fatal(err)
		}
		cat, err := src.Discover(t.Context())
		if err != nil || len(cat.Streams) != 1 {
			t.Fatalf("%d tables, %v", len(cat.Streams), err)
		}
		var names []string
		if err := src.Read(t.Context(), "people", "", func(r adapters.Record) error {
			names = append(names, r.Key+"="+r.Value("name").Raw)
			return nil
		}, func(adapters.Cursor) error { return nil }); err != nil || len(names) != 2 || names[0] != "1=Ñahui" || names[1] != "2=" {
			t.Errorf("%q, %v", names, err)
		}
	}
}

func TestTheAddressOfAFileTakesNothingOfAServer(t *testing.T) {
	for address, settings := range map[string]string{
		"sqlite:":          `{"type":"sqldb","dsn_env":"CASEHUB_SOURCE_FILE"}`,
		"sqlite:/srv/a.db": `{"type":"sqldb","dsn_env":"CASEHUB_SOURCE_FILE","queries":{"q":"SELECT 1"}}`,
		"sqlite:/srv/b.db": `{"type":"sqldb","dsn_env":"CASEHUB_SOURCE_FILE","watermark":{"people":"changed"}}`,
	} {
		t.Setenv("CASEHUB_SOURCE_FILE", address)
		if _, err := open([]byte(settings)); !errors.Is(err, adapters.ErrSettings) {
			t.Errorf("%s with %s: %v", address, settings, err)
		}
	}
	if path, _ := fileOf("sqlite:///C:/cases.db"); path != "C:/cases.db" {
		t.Errorf("the path of Windows is %q", path)
	}
}
