package sqldump

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/sqlite/sqlitetest"
)

// What programs write that is seldom seen, with the rows that are meant.
func TestStatementsThatAreSeldomSeen(t *testing.T) {
	const pg = "-- PostgreSQL database dump\nCREATE TABLE public.t (id integer NOT NULL, a text);\n"
	const my = "-- MySQL dump 10.13\nCREATE TABLE `t` (`id` int, `a` text);\n"
	for name, c := range map[string]struct {
		content string
		want    []string // the rows, their values with a bar between
	}{
		"overriding, no columns":  {pg + "INSERT INTO public.t OVERRIDING SYSTEM VALUE VALUES (1, 'x');\n", []string{"1|x"}},
		"overriding, columns":     {pg + "INSERT INTO public.t (id, a) OVERRIDING USER VALUE VALUES (1, 'x'), (2, 'y');\n", []string{"1|x", "2|y"}},
		"default values":          {pg + "INSERT INTO public.t DEFAULT VALUES;\n", []string{"∅|∅"}},
		"constants that are one":  {my + "INSERT INTO t SELECT 1, 'x';\nINSERT INTO t VALUES (2,'y');", []string{"1|x", "2|y"}},
		"constants that are more": {"USE [L]\nGO\nCREATE TABLE [dbo].[t]([id] [int], [a] [nvarchar](9))\nGO\nINSERT INTO [dbo].[t] ([a], [id]) SELECT N'x', 1 UNION ALL SELECT N'y', 2 AS b\nUNION SELECT NULL, -3\nINSERT [dbo].[t] VALUES (4, N'z')\nGO\n", []string{"1|x", "2|y", "-3|∅", "4|z"}},
		"constants with names":    {"PRAGMA foreign_keys=OFF;\nCREATE TABLE t (id INTEGER, a TEXT);\nINSERT INTO t SELECT 1 AS id, 'x' AS a UNION SELECT 2, 'y';", []string{"1|x", "2|y"}},
		"constants from dual":     {my + "INSERT INTO t (id, a) SELECT 1, 'x' FROM DUAL WHERE 1=1;", []string{"1|x"}},
		"rows by their name":      {my + "INSERT INTO t VALUES ROW(1,'x'), ROW (2,'y') ON DUPLICATE KEY UPDATE a = 'y';\nINSERT INTO t (a, id) VALUES ROW('z',3);\nINSERT INTO t VALUES (4,'w');", []string{"1|x", "2|y", "3|z", "4|w"}},
		"assignments":             {my + "INSERT INTO t SET a = 'x', id = 1 ON DUPLICATE KEY UPDATE a = 'y';INSERT INTO t VALUES (2,'y');", []string{"1|x", "2|y"}},
	} {
		rows, all := table(t, opener(file(t, "x.sql", c.content), Settings{}), "t")
		var got []string
		for i, r := range rows {
			got = append(got, strings.Join(r, "|"))
			if len(all[i].Problems) > 0 {
				t.Errorf("%s: problems %v", name, all[i].Problems)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Rows that stand elsewhere, or are computed, are each a record that is held back: never
// nothing.
func TestRowsThatAreNotHereAreSeen(t *testing.T) {
	for name, statement := range map[string]string{
		"another table":  "INSERT INTO t SELECT a, b FROM u;",
		"another file":   "COPY t (id, a) FROM '$$PATH$$/3611.dat';",
		"a file of rows": "LOAD DATA LOCAL INFILE 't.txt' INTO TABLE `t`;",
		"a procedure":    "INSERT INTO t EXEC p;",
		"no brackets":    "INSERT INTO t VALUES ROWS(1, 'x');",
	} {
		_, all := table(t, opener(file(t, "x.sql", "CREATE TABLE t (id int, a text);\n"+statement+"\nINSERT INTO t VALUES (7, 'x');"), Settings{}), "t")
		if len(all) != 2 || !slices.Equal(all[0].Problems, []adapters.Problem{{Code: adapters.CellTruncated}}) || all[1].Values[0].Raw != "7" || len(all[1].Problems) > 0 {
			t.Errorf("%s: %d records", name, len(all))
		}
	}
}

// Bits and bytes are what the column says, however the program that made the dump wrote
// them and whatever the encoding of the dump.
func TestBitsAndBytesAreWhatTheColumnSays(t *testing.T) {
	const create = "CREATE TABLE `t` (`id` int, `on` bit(1), `flags` bit(10), `photo` longblob, `note` blob, `at` point);\n"
	const point = "\x00\x00\x00\x00\x01\x01\x00\x00\x00\xcd\xcc\xcc\xcc\xcc\xcc\x02\x40\xcd\xcc\xcc\xcc\xcc\x6c\x48\x40"
	escape := strings.NewReplacer(`\`, `\\`, "'", `\'`, "\x00", `\0`, "\n", `\n`)
	bare := func(s string) string { return "'" + escape.Replace(s) + "'" }
	for name, c := range map[string]struct{ set, row string }{
		"as they are": {"SET NAMES utf8mb4;\n", "(1," + bare("\x01") + "," + bare("\x02\xaa") + "," + bare("\xff\xd8\xff\xe0\x00") + ",'Muñoz'," + bare(point) + ")"},
		"unsaid":      {"", "(1," + bare("\x01") + "," + bare("\x02\xaa") + "," + bare("\xff\xd8\xff\xe0\x00") + ",'Muñoz'," + bare(point) + ")"},
		"binary":      {"SET NAMES latin1;\n", "(1,_binary '" + "\x01" + "',_binary " + bare("\x02\xaa") + ",_binary " + bare("\xff\xd8\xff\xe0\x00") + ",'Muñoz',_binary " + bare(point) + ")"},
		"hexadecimal": {"SET NAMES utf8;\n", "(1,0x01,0x02AA,0xFFD8FFE000,0x4D75C3B16F7A,0x000000000101000000CDCCCCCCCCCC0240CDCCCCCCCC6C4840)"},
		"digits":      {"SET NAMES utf8;\n", "(1,b'1',b'1010101010',0xFFD8FFE000,'Muñoz'," + bare(point) + ")"},
	} {
		rows, all := table(t, opener(file(t, "x.sql", "-- MySQL dump\n"+c.set+create+"INSERT INTO `t` VALUES "+c.row+";\n-- Dump completed"), Settings{}), "t")
		if len(all) != 1 || len(all[0].Problems) > 0 || len(all[0].Documents) != 1 || all[0].Documents[0].Size != 5 || all[0].Documents[0].Column != "photo" {
			t.Errorf("%s: %d records, %+v", name, len(all), all)
			continue
		}
		if got := []string{rows[0][1], rows[0][2], rows[0][4], rows[0][5]}; !slices.Equal(got, []string{"1", "682", "Muñoz", "POINT(2.35 48.85)"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
	rows, _ := table(t, opener(file(t, "x.sql", "-- PostgreSQL database dump\nCREATE TABLE public.t (b bit(5), c character(5));\nINSERT INTO public.t VALUES (B'10101', 'ab   ');\nINSERT INTO public.t VALUES (B'', NULL);\nCOPY public.t (b, c) FROM stdin;\n10101\tab   \n\\.\n"), Settings{}), "t")
	if len(rows) != 3 || !slices.Equal(rows[0], []string{"10101", "ab"}) || !slices.Equal(rows[1], []string{"∅", "∅"}) || !slices.Equal(rows[2], rows[0]) {
		t.Errorf("bits of Postgres: %q", rows)
	}
}

// Names in the encoding of the dump are those of CREATE TABLE, which is always UTF-8.
func TestNamesInTheEncodingOfTheDump(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		set  Settings
		name string
	}{
		"declared": {"/*!40101 SET NAMES latin1 */;\n", Settings{}, "atenci\xf3n"}, "unsaid": {"", Settings{}, "atenci\xf3n"}, "by the mapping": {"", Settings{Encoding: "cp850"}, "atenci\xa2n"},
	} {
		content := "-- MySQL dump\n" + c.head + "CREATE TABLE `atención` (`número` int, `año` int);\nINSERT INTO `" + c.name + "` VALUES (1,2);\nINSERT INTO `" + c.name + "` (`a\xf1o`,`n\xfamero`) VALUES (4,3);\n-- Dump completed"
		if c.set.Encoding != "" {
			content = strings.NewReplacer("\xf1", "\xa4", "\xfa", "\xa3").Replace(content)
		}
		rows, _ := table(t, opener(file(t, "x.sql", content), c.set), "atención")
		if len(rows) != 2 || !slices.Equal(rows[0], []string{"1", "2"}) || !slices.Equal(rows[1], []string{"3", "4"}) {
			t.Errorf("%s: %q", name, rows)
		}
	}
	rows, _ := table(t, opener(file(t, "x.sql", "-- phpMyAdmin SQL Dump\nCREATE TABLE `atenci\xf3n` (`n\xfamero` int);\nINSERT INTO `atenci\xf3n` (`n\xfamero`) VALUES (1);\n"), Settings{}), "atención")
	if len(rows) != 1 || rows[0][0] != "1" {
		t.Errorf("%q", rows)
	}
}

// In some encodings the second byte of a letter is that of a backslash.
func TestEncodingsWithABackslashInTheirLetters(t *testing.T) {
	for name, value := range map[string]string{
		"sjis": "\x95\x5c\x83\x5c\x8f\x5c\x94\x5c\x81\x5f\x93\x63\x92\x86", "cp932": "\x95\x5c\x83\x5c\x8f\x5c\x94\x5c\x81\x5f\x93\x63\x92\x86",
		"gbk": "\xd5\x5c\xc4\xa3", "big5": "\xa5\x5c\xbb\xa1", "ujis": "\xc5\xc4\xc3\xe6", "gb2312": "\xc4\xa3\xb0\xb8", "euckr": "\xb1\xe8",
	} {
		want := map[string]string{"sjis": "表ソ十能＼田中", "cp932": "表ソ十能＼田中", "gbk": "誠模", "big5": "功說", "ujis": "田中", "gb2312": "模案", "euckr": "김"}[name]
		content := "-- MySQL dump\n/*!40101 SET NAMES " + name + " */;\nCREATE TABLE `t` (`id` int, `n` varchar(9) COMMENT '田', `m` text);\nINSERT INTO `t` VALUES (1,'" + value + "','it\\'s'),(2,'" + value + "\\\\','" + value + "');\n-- Dump completed"
		rows, all := table(t, opener(file(t, "x.sql", content), Settings{}), "t")
		if len(rows) != 2 || !slices.Equal(rows[0], []string{"1", want, "it's"}) || !slices.Equal(rows[1], []string{"2", want + `\`, want}) || len(all[0].Problems) > 0 {
			t.Errorf("%s: %q", name, rows)
		}
	}
	for _, name := range []string{"sjis", "cp932"} { // half-width katakana are letters of one byte
		content := "-- MySQL dump\n/*!40101 SET NAMES " + name + " */;\nCREATE TABLE t (a text, b text, c text);\nINSERT INTO t VALUES ('\xb1\\n\xdf\x95\x5c','\xa1\\'\xb2','\xb1\xb2\\\\'),('\xe0\x5c','\x81\x5f','x');\n-- Dump completed"
		rows, _ := table(t, opener(file(t, "x.sql", content), Settings{}), "t")
		if len(rows) != 2 || !slices.Equal(rows[0], []string{"ｱ\nﾟ表", "｡'ｲ", `ｱｲ\`}) || !slices.Equal(rows[1], []string{"濬", "＼", "x"}) {
			t.Errorf("%s: %q", name, rows)
		}
	}
	_, all := table(t, opener(file(t, "x.sql", "-- MySQL dump\nSET NAMES armscii8;\nCREATE TABLE t (a text);\nINSERT INTO t VALUES ('\xb2\xb3');\n-- Dump completed"), Settings{}), "t")
	if len(all) != 1 || !slices.Equal(all[0].Problems, []adapters.Problem{{Code: adapters.EncodingInvalid, Column: "a"}}) {
		t.Errorf("an encoding that nobody here knows: %v", all[0].Problems)
	}
}

// tarred is an archive with one file for each pair of name and content.
func tarred(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		err := w.WriteHeader(&tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o600, Format: tar.FormatUSTAR})
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What is no dump is told apart, so that a person knows what to do.
func TestWhatIsNoDumpIsToldApart(t *testing.T) {
	const dump = "-- MySQL dump\nCREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\n-- Dump completed"
	rest := strings.Repeat("\x00", 300)
	for name, c := range map[string]struct {
		content string
		want    error
	}{
		"pg_dump -Ft":        {tarred(t, "toc.dat", "PGDMP\x01", "3611.dat", "1\n\\.\n", "restore.sql", "COPY t FROM '$$PATH$$/3611.dat';"), adapters.ErrPgArchive},
		"an archive of two":  {tarred(t, "a.sql", dump, "b.sql", dump), adapters.ErrUnreadable},
		"an archive of none": {tarred(t, "a.txt", "x", "b.txt", "y"), adapters.ErrUnreadable},
		"xz":                 {"\xfd7zXZ\x00" + rest, adapters.ErrPacked}, "zstd": {"\x28\xb5\x2f\xfd" + rest, adapters.ErrPacked}, "7z": {"7z\xbc\xaf\x27\x1c" + rest, adapters.ErrPacked}, "rar": {"Rar!\x1a\x07\x01\x00" + rest, adapters.ErrPacked},
		"mysqldump --xml": {"<?xml version=\"1.0\"?>\n<mysqldump xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n", adapters.ErrNoSQL},
		"mysql -X":        {"<?xml version=\"1.0\"?>\n\n<resultset statement=\"select\">", adapters.ErrNoSQL},
		"mysql -B":        {"ref\taño\tcliente\nA/001\t2023\t1\nA/002\t2024\t2\n", adapters.ErrNoSQL},
		"rows of --tab":   {"1\tMuñoz\t\\N\n2\tRamos\t7\n", adapters.ErrNoSQL},
		"random bytes":    {random(4096), adapters.ErrUnknownFile},
		"nothing at all":  {"", adapters.ErrEmptyFile},
	} {
		src, err := Open(place.On(file(t, "x.sql", c.content)), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Check(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, content := range map[string]string{"tar": tarred(t, "README", "x", "dump.sql", dump), "tar.gz": zipped(t, tarred(t, "backup/dump.sql", dump))} {
		rows, _ := table(t, opener(file(t, "x."+name, content), Settings{}), "t")
		if len(rows) != 1 || rows[0][0] != "1" {
			t.Errorf("%s: %q", name, rows)
		}
	}
	if src, err := Open(place.On(t.TempDir()), Settings{}); err != nil || !errors.Is(src.Check(t.Context()), adapters.ErrUnreadable) {
		t.Errorf("a folder: %v", err)
	}
}

// random are bytes of every kind, always the same.
func random(n int) string {
	x, b := uint32(12345), make([]byte, n)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

// The shell of SQLite writes more digits than a number has.
func TestNumbersOfTheShellAreShort(t *testing.T) {
	rows, _ := table(t, opener(file(t, "x.sql", "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(a REAL, b REAL, c TEXT, d INTEGER);\nINSERT INTO t VALUES(0.10000000000000000555,350.10000000000002274,'0.10000000000000000555',12345678901234567890);\nINSERT INTO t VALUES(5.0,-0.5,'5.0',0);\nCOMMIT;\n"), Settings{}), "t")
	if len(rows) != 2 || !slices.Equal(rows[1], []string{"5", "-0.5", "5.0", "0"}) || !slices.Equal(rows[0], []string{"0.1", "350.1", "0.10000000000000000555", "12345678901234567890"}) {
		t.Errorf("%q", rows)
	}
}

// What was written last may stand in a journal beside the file.
func TestAFileWithAJournalIsRefused(t *testing.T) {
	path := database(t, 3)
	check := func() error {
		src, err := Open(place.On(path), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		return src.Check(t.Context())
	}
	beside := func(name, content string) {
		if err := os.WriteFile(path+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, content string
		want          error
	}{
		{"-wal", "", nil},
		{"-wal", strings.Repeat("x", 32), nil},
		{"-journal", strings.Repeat("\x00", 512), nil},
		{"-wal", strings.Repeat("x", 33), adapters.ErrJournal},
		{"-wal", "", nil},
		{"-journal", "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + strings.Repeat("x", 600), adapters.ErrJournal},
	} {
		beside(c.name, c.content)
		if err := check(); !errors.Is(err, c.want) {
			t.Errorf("%s of %d bytes: %v, want %v", c.name, len(c.content), err, c.want)
		}
	}
}

// What SQLite works out is a column as any other, and what it keeps for a search is none.
func TestWhatAFileOfSQLiteShows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sqlite")
	sqlitetest.Plain(t, path, `CREATE TABLE person (a TEXT, b TEXT, whole TEXT GENERATED ALWAYS AS (a || ' ' || b) VIRTUAL, big TEXT AS (upper(a)) STORED);
		INSERT INTO person (a, b) VALUES ('Ana', 'Ruiz');
		CREATE TABLE ft_config (k TEXT); CREATE TABLE ft_data (k TEXT); CREATE TABLE ft_content (k TEXT); CREATE TABLE other_data (k TEXT);
		PRAGMA writable_schema = on; INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', 'ft', 'ft', 0, 'CREATE VIRTUAL TABLE ft USING fts5(a)')`)
	open := opener(path, Settings{})
	rows, _ := table(t, open, "person")
	if len(rows) != 1 || !slices.Equal(rows[0], []string{"Ana", "Ruiz", "Ana Ruiz", "ANA"}) {
		t.Errorf("%q", rows)
	}
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, src); !slices.Equal(got, []string{"ft_content", "other_data", "person"}) {
		t.Errorf("%q", got)
	}
	dump := "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nPRAGMA writable_schema=ON;\nINSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','ft','ft',0,'CREATE VIRTUAL TABLE ft USING fts5(a)');\nCREATE TABLE t (a int);\nCOMMIT;\n"
	if src, err = Open(place.On(file(t, "x.sql", dump)), Settings{}); err != nil {
		t.Fatal(err)
	}
	if got := names(t, src); !slices.Equal(got, []string{"t"}) {
		t.Errorf("%q", got)
	}
}

// names are those of the streams.
func names(t *testing.T, src adapters.Source) (all []string) {
	t.Helper()
	cat, err := src.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range cat.Streams {
		all = append(all, s.Name)
	}
	return all
}

// A table has the columns of the table that it inherits from, before its own.
func TestInheritedColumnsComeFirst(t *testing.T) {
	content := "-- PostgreSQL database dump\nCREATE TABLE public.parent (\n    id integer NOT NULL,\n    t text\n);\nCREATE TABLE public.child (\n    extra text\n)\nINHERITS (public.parent);\n" +
		"INSERT INTO public.child VALUES (2, 'kid', 'e');\nCREATE TABLE public.part PARTITION OF public.parent FOR VALUES FROM (1) TO (2);\nINSERT INTO public.part VALUES (3, 'p');\n"
	rows, all := table(t, opener(file(t, "x.sql", content), Settings{}), "child")
	if len(rows) != 1 || !slices.Equal(rows[0], []string{"2", "kid", "e"}) || all[0].Values[0].Kind != adapters.Number || len(all[0].Problems) > 0 || !slices.Equal(all[0].Header.Names(), []string{"id", "t", "extra"}) {
		t.Errorf("%q", rows)
	}
	rows, all = table(t, opener(file(t, "x.sql", content), Settings{}), "parent")
	if len(rows) != 1 || !slices.Equal(rows[0], []string{"3", "p"}) || len(all[0].Problems) > 0 {
		t.Errorf("%q", rows)
	}
}

// The rows of partitions are rows of the table that is partitioned, as a server gives them.
func TestRowsOfPartitionsAreThoseOfTheTable(t *testing.T) {
	content := "-- PostgreSQL database dump\nCREATE TABLE public.note (\n    id integer,\n    year integer\n)\nPARTITION BY RANGE (year);\nCREATE TABLE public.note_2023 (\n    year integer,\n    id integer\n);\nCREATE TABLE public.note_2024 (\n    id integer,\n    year integer\n);\n" +
		"ALTER TABLE ONLY public.note ATTACH PARTITION public.note_2023 FOR VALUES FROM (2023) TO (2024);\nALTER TABLE ONLY public.note ATTACH PARTITION public.note_2024 FOR VALUES FROM (2024) TO (2025);\n" +
		"COPY public.note_2023 (year, id) FROM stdin;\n2023\t1\n2023\t2\n\\.\nINSERT INTO public.note_2024 VALUES (3, 2024);\n"
	for name, c := range map[string]string{"plain": content, "packed": zipped(t, content)} {
		open := opener(file(t, "x.sql", c), Settings{})
		rows, _ := table(t, open, "note")
		if len(rows) != 3 || !slices.Equal(rows[0], []string{"1", "2023"}) || !slices.Equal(rows[2], []string{"3", "2024"}) {
			t.Errorf("%s: %q", name, rows)
		}
		src, err := open()
		if err != nil {
			t.Fatal(err)
		}
		if got := names(t, src); !slices.Equal(got, []string{"note"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Lines may end with a carriage return alone.
func TestLinesOfCarriageReturns(t *testing.T) {
	rows, _ := table(t, opener(file(t, "x.sql", strings.ReplaceAll("-- Navicat MySQL Data Transfer\n-- Host\nCREATE TABLE `t` (\n`a` int);\n# x\nINSERT INTO `t` VALUES ('1');\n", "\n", "\r")), Settings{}), "t")
	if len(rows) != 1 || rows[0][0] != "1" {
		t.Errorf("%q", rows)
	}
}

// utf8_encode of PHP encodes by ISO-8859-1, whose upper half has control characters.
func TestTextsThatPHPEncodedTwice(t *testing.T) {
	rows, all := table(t, opener(file(t, "x.sql", "-- phpMyAdmin SQL Dump\nSET NAMES utf8;\nCREATE TABLE `atenciÃ³n` (a text);\nINSERT INTO `atenciÃ³n` VALUES ('Ã\u0091andÃº'),('Ã‘andÃº'),('Ã\u0091andÃº â\u0080\u009cxâ\u0080\u009d');\n"), Settings{}), "atención")
	if len(rows) != 3 || rows[0][0] != "Ñandú" || rows[1][0] != "Ñandú" || rows[2][0] != "Ñandú “x”" || len(all[0].Problems) > 0 {
		t.Errorf("%q", rows)
	}
}

// Statements that change rows which were brought before are a doubt; those that empty a
// table before its rows come are none.
func TestChangesThatAreNotReadAreADoubt(t *testing.T) {
	for content, want := range map[string]int{
		"DELETE FROM `t`;\nTRUNCATE TABLE `t`;\nINSERT INTO `t` VALUES (1);\n": 0,
		"INSERT INTO `t` VALUES (1);\nUPDATE `t` SET a = 2;\n":                 1,
		"INSERT INTO `t` VALUES (1);\nDELETE FROM `t` WHERE a = 1;\n":          1,
	} {
		src, err := Open(place.On(file(t, "x.sql", "CREATE TABLE `t` (a int);\n"+content)), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		cat, err := src.Discover(t.Context())
		if err != nil || len(cat.Streams) != 1 || len(cat.Streams[0].Doubts) != want {
			t.Errorf("%s: %+v, %v", content, cat.Streams, err)
		}
	}
}

// Some programs write more behind a dump that ended, and some several dumps into a file.
func TestTheMarkAtTheEndOfADump(t *testing.T) {
	const begin, end, pg = "-- MySQL dump 10.11\n", "-- Dump completed on 2010-02-25\n", "--\n-- PostgreSQL database dump\n--\n"
	const rows = "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\n"
	more := strings.Repeat("INSERT INTO t VALUES (2);\n", 20_000)
	for content, want := range map[string]bool{
		begin + rows + end: false, begin + rows: true, begin + rows + end + more: false, begin + rows + end + more + begin + rows: true, begin + more + end + begin + rows + end: false,
		pg + rows + "--\n-- PostgreSQL database dump complete\n--\n" + more: false, pg + rows: true, rows: false,
	} {
		src, err := Open(place.On(file(t, "x.sql", content)), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		cat, err := src.Discover(t.Context())
		if err != nil || len(cat.Streams) != 1 || len(cat.Streams[0].Doubts) > 0 != want {
			t.Errorf("%.60q, %d bytes: %v, %v", content, len(content), cat.Streams[0].Doubts, err)
		}
	}
}

// CREATE TABLE is UTF-8 whatever the encoding of the dump, and the dump says so.
func TestDefinitionsAreInTheEncodingThatStandsBeforeThem(t *testing.T) {
	const around = "/*!40101 SET @saved_cs_client     = @@character_set_client */;\n/*!40101 SET character_set_client = utf8mb4 */;\nCREATE TABLE `事件` (\n  `氏名` varchar(9) COMMENT '表',\n  `日` date\n);\n/*!40101 SET character_set_client = @saved_cs_client */;\n"
	for charset, name := range map[string]string{"cp932": "\x8e\x96\x8c\x8f", "utf8": "事件"} {
		value := map[string]string{"cp932": "\x95\x5c", "utf8": "表"}[charset]
		content := "-- MariaDB dump 10.19\n/*!40101 SET NAMES " + charset + " */;\n" + around + "INSERT INTO `" + name + "` VALUES ('" + value + "','2001-02-03');\n-- Dump completed\n"
		src, err := Open(place.On(file(t, "x.sql", content)), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		cat, err := src.Discover(t.Context())
		if err != nil || len(cat.Streams) != 1 || cat.Streams[0].Fields[0].Name != "氏名" || cat.Streams[0].Fields[0].Label != "表" || cat.Streams[0].Fields[1].Type != "date" {
			t.Errorf("%s: %+v, %v", charset, cat.Streams, err)
			continue
		}
		rows, all := table(t, opener(file(t, "x.sql", content), Settings{}), "事件")
		if len(rows) != 1 || rows[0][0] != "表" || len(all[0].Problems) > 0 {
			t.Errorf("%s: %q", charset, rows)
		}
	}
}

// What stands where a type should is shown to people: it must hold no rows.
func TestATypeHoldsNoRows(t *testing.T) {
	src, err := Open(place.On(file(t, "x.sql", "CREATE TABLE t (`a` varchar(20), `b` enum('"+strings.Repeat("x','", 50)+"y'), c `"+strings.Repeat("Canary ", 100)+"`, d int("+strings.Repeat("Canary ", 50)+"));\nINSERT INTO t VALUES (1,2,3,4);")), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil || len(cat.Streams) != 1 || len(cat.Streams[0].Fields) != 4 {
		t.Fatalf("%+v, %v", cat.Streams, err)
	}
	for _, f := range cat.Streams[0].Fields {
		if strings.Contains(f.Type, "canary") || f.Type != "varchar(20)" && f.Name == "a" || !strings.HasPrefix(f.Type, "enum('x','x'") && f.Name == "b" {
			t.Errorf("%s is of type %q", f.Name, f.Type)
		}
	}
}

// The mapping knows better than the dump, and a dump that says SQL_ASCII says nothing.
func TestTheEncodingOfTheMappingWins(t *testing.T) {
	const pg = "-- PostgreSQL database dump\nSET client_encoding = 'SQL_ASCII';\nCREATE TABLE t (a text);\nCOPY t (a) FROM stdin;\nMu\xf1oz\nMuñoz\n\\.\n"
	const my = "-- MySQL dump\nSET NAMES utf8;\nCREATE TABLE t (a text);\nINSERT INTO t VALUES ('Mu\xa4oz'),('Muñoz');\n-- Dump completed"
	for name, c := range map[string]struct {
		content string
		set     Settings
	}{
		"nothing is said": {pg, Settings{}}, "said by the mapping": {pg, Settings{Encoding: "windows-1252"}}, "against the dump": {my, Settings{Encoding: "cp850"}},
	} {
		rows, all := table(t, opener(file(t, "x.sql", c.content), c.set), "t")
		if len(rows) != 2 || rows[0][0] != "Muñoz" || rows[1][0] != "Muñoz" || len(all[0].Problems)+len(all[1].Problems) > 0 {
			t.Errorf("%s: %q %v", name, rows, all[0].Problems)
		}
	}
	rows, _ := table(t, opener(file(t, "x.sql", `CREATE TABLE t (a varchar(9)); INSERT INTO t VALUES (STRINGDECODE('Mu\u00f1oz'));`), Settings{}), "t")
	if len(rows) != 1 || rows[0][0] != "Muñoz" {
		t.Errorf("%q", rows)
	}
}
