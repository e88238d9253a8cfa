package sqldump

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
)

// FuzzTokenizer reads whatever bytes as a dump of every dialect: reading ends,
// nothing panics, and what is read twice is equal.
func FuzzTokenizer(f *testing.F) {
	for _, s := range []string{
		mysqldump(3), pgdump(3), script(3), shell(3), wide(script(2)),
		"INSERT INTO t VALUES ('", "COPY t FROM stdin;\n\\", "/*!40101 SET NAMES latin1 */;INSERT INTO `t` VALUES (0xF,_binary 'a',b'1');",
		"DELIMITER $$\nCREATE TRIGGER x $$\nDELIMITER ;\n", "$a$ $b$ $a$", "INSERT INTO t SELECT 1", "CREATE TABLE t (a int, a int, `` int)",
	} {
		f.Add([]byte(s))
	}
	path := filepath.Join(f.TempDir(), "fuzz.sql")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, d := range []Dialect{"", MySQL, Postgres, SQLServer, SQLite} {
			first, second := reading(t, path, d), reading(t, path, d)
			if len(first) != len(second) {
				t.Fatalf("%s: %d records, then %d", d, len(first), len(second))
			}
			for i := range first {
				if first[i] != second[i] {
					t.Fatalf("%s: record %d is not the same twice", d, i)
				}
			}
		}
	})
}

func reading(t *testing.T, path string, d Dialect) (hashes [][32]byte) {
	src, err := Open(place.On(path), Settings{Dialect: d})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil {
		return nil
	}
	for _, s := range cat.Streams {
		n := int64(0)
		err := src.Read(t.Context(), s.Name, "", func(r adapters.Record) error {
			n++
			hashes = append(hashes, r.Hash)
			return nil
		}, func(adapters.Cursor) error { return nil })
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: %v", d, err)
		}
		if n != s.Records {
			t.Fatalf("%s: the catalogue says %d records and %d come", d, s.Records, n)
		}
	}
	return hashes
}
