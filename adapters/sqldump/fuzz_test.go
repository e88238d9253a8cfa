package sqldump

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"casehub/adapters"
	"casehub/adapters/place"
)

// FuzzTokenizer reads whatever bytes as a dump of every dialect: reading ends,
// nothing panics, what is read twice is equal, every row of the catalogue comes, and
// no more text than there is.
func FuzzTokenizer(f *testing.F) {
	for _, s := range []string{
		mysqldump(3), pgdump(3), script(3), shell(3), wide(script(2)),
		"INSERT INTO t VALUES ('", "COPY t FROM stdin;\n\\", "/*!40101 SET NAMES latin1 */;INSERT INTO `t` VALUES (0xF,_binary 'a',b'1');",
		"DELIMITER $$\nCREATE TRIGGER x $$\nDELIMITER ;\n", "$a$ $b$ $a$", "INSERT INTO t SELECT 1", "CREATE TABLE t (a int, a int, `` int)",
		"CREATE TABLE t (a int);INSERT INTO t VALUES (1),(2", "INSERT INTO t VALUES " + strings.Repeat("(1),", 300), "COPY t (a,b) FROM stdin;\n\\N\t\\\\.\n\\.\n\\.\n", "IF 1=1\nGO\nINSERT t VALUES (N'a\nGO\n')\nGO",
		"INSERT INTO t VALUES (REPEAT('a',1000000000))", "INSERT INTO t (a,a,b) VALUES (1,2,3),(4),()", "SET NAMES gbk;INSERT INTO t VALUES ('\xbf\\' OR 1')", "\xff\xfeI\x00", "\x1f\x8b", "PK\x03\x04", "BZh9",
		"/*!99999 INSERT INTO t VALUES (1) */;/*M!100 x*/", "CREATE TABLE `" + strings.Repeat("x", 5000) + "` (a int)", "INSERT INTO t VALUES (0x" + strings.Repeat("F", 999) + ",b'" + strings.Repeat("1", 999) + "')",
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
		n, size := int64(0), 0
		err := src.Read(t.Context(), s.Name, "", func(r adapters.Record) error {
			n++
			hashes = append(hashes, r.Hash)
			for _, v := range r.Values {
				size += len(v.Raw) - 64 // the name of bytes is longer than few of them
			}
			return nil
		}, func(adapters.Cursor) error { return nil })
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: %v", d, err)
		}
		if info, err := os.Stat(path); err != nil || int64(size) > 4*info.Size() {
			t.Fatalf("%s: %d bytes come of the file, %v", d, size, err)
		}
		if n != s.Records {
			t.Fatalf("%s: the catalogue says %d records and %d come", d, s.Records, n)
		}
	}
	return hashes
}

// writers write a row of a table t as the programs do whose dumps are read.
var writers = map[Dialect]struct {
	head, foot string
	row        func(b *strings.Builder, row []string)
}{
	MySQL: {"-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE `t` (`no` int, `a` text, `b` text);\n", "-- Dump completed\n", func(b *strings.Builder, row []string) {
		escape := strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`, "\x1a", `\Z`, `"`, `\"`)
		b.WriteString("INSERT INTO `t` VALUES (" + listed(row, func(s string) string { return "'" + escape.Replace(s) + "'" }) + ");\n")
	}},
	Postgres: {"-- PostgreSQL database dump\nCREATE TABLE t (no integer, a text, b text);\n", "-- PostgreSQL database dump complete\n", func(b *strings.Builder, row []string) {
		escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\v", `\v`, "\f", `\f`, "\b", `\b`)
		b.WriteString("COPY t (no, a, b) FROM stdin;\n" + row[0] + "\t" + escape.Replace(row[1]) + "\t" + escape.Replace(row[2]) + "\n\\.\n")
	}},
	SQLServer: {"USE [x]\nGO\nCREATE TABLE [dbo].[t]([no] [int] NULL, [a] [nvarchar](max) NULL, [b] [nvarchar](max) NULL)\nGO\n", "", func(b *strings.Builder, row []string) {
		b.WriteString("INSERT [dbo].[t] ([no], [a], [b]) VALUES (" + listed(row, func(s string) string { return "N'" + strings.ReplaceAll(s, "'", "''") + "'" }) + ")\nGO\n")
	}},
	SQLite: {"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t (no INTEGER, a TEXT, b TEXT);\n", "COMMIT;\n", func(b *strings.Builder, row []string) {
		b.WriteString("INSERT INTO t VALUES(" + listed(row, func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }) + ");\n")
	}},
}

// listed joins a row whose first value is a number.
func listed(row []string, quoted func(string) string) string {
	return row[0] + "," + quoted(row[1]) + "," + quoted(row[2])
}

// FuzzRewritten writes any texts as each program does and reads them: every row comes
// once and in order, with the texts that it has.
func FuzzRewritten(f *testing.F) {
	for _, s := range []string{
		"a\x1fb\x1ec\x1fd", "O'Neil\x1f\\'\x1e\\\\\x1f');DROP TABLE t;--", "GO\x1f\nGO\n\x1e\n\\.\n\x1f\\N\x1eCOPY t FROM stdin;\x1f/* */ -- #",
		"$$\x1f$a$;$a$\x1eE'x'\x1fN'y'\x1e\t\x1fa\tb\x1e''\x1f'''", "DELIMITER $$\n\x1f;;\x1e`t`\x1f[t]]\x1e\"t\"\x1f\\\"", "\U0001f600\x1f\u0301\u202e\x1e%_\\%\x1f\\_",
		"/*!40000 x */\x1f*/\x1e--\x1f-- x\n", "NULL\x1fnull\x1e0x41\x1f1e5\x1e\ufeff\x1f\r\n\r", strings.Repeat("'", 300) + "\x1f" + strings.Repeat(`\`, 301),
	} {
		f.Add(s)
	}
	path := filepath.Join(f.TempDir(), "written.sql")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") || len(text) > 1<<16 {
			return
		}
		var rows [][]string
		for line := range strings.SplitSeq(text, "\x1e") {
			a, b, _ := strings.Cut(line, "\x1f")
			rows = append(rows, []string{strconv.Itoa(len(rows) + 1), a, b})
		}
		for dialect, w := range writers {
			var b strings.Builder
			b.WriteString(w.head)
			for _, row := range rows {
				w.row(&b, row)
			}
			b.WriteString(w.foot)
			if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			rewritten(t, path, dialect, rows)
		}
	})
}

// rewritten reads the table t and compares its rows.
func rewritten(t *testing.T, path string, dialect Dialect, rows [][]string) {
	src, err := Open(place.On(path), Settings{Dialect: dialect, DoubleEncoded: "keep", Encoding: "utf-8"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = src.Read(t.Context(), "t", "", func(r adapters.Record) error {
		if n == len(rows) {
			t.Fatalf("%s: more than %d rows", dialect, n)
		}
		for i, want := range rows[n] {
			if got := r.At(i); got.Raw != want && strings.TrimSpace(want) != "" {
				t.Fatalf("%s: row %d has %q, want %q", dialect, n+1, got.Raw, want)
			}
		}
		n++
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err != nil || n != len(rows) {
		t.Fatalf("%s: %d rows of %d, %v", dialect, n, len(rows), err)
	}
}
