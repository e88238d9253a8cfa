package sqldump

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
)

func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// at opens a source by settings wherever its file lies.
func at(s Settings) func(place.Place) (adapters.Source, error) {
	return func(p place.Place) (adapters.Source, error) { return Open(p, s) }
}

func opener(path string, s Settings) func() (adapters.Source, error) {
	return func() (adapters.Source, error) { return Open(place.On(path), s) }
}

func zipped(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(content))
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func wide(s string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// mysqldump is a dump as mysqldump writes it, with a trigger between.
func mysqldump(rows int) string {
	var b strings.Builder
	b.WriteString("-- MySQL dump 10.13\n/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS `caso`;\n" +
		"CREATE TABLE `caso` (\n  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,\n  `cliente` varchar(40) CHARACTER SET latin1 DEFAULT '',\n  `estado` tinyint(4) DEFAULT '1' COMMENT '1 abierto; 2 cerrado',\n" +
		"  `abierto` date DEFAULT '0000-00-00',\n  `key` text,\n  PRIMARY KEY (`id`),\n  KEY `k` (`cliente`(10)),\n  CONSTRAINT `f` FOREIGN KEY (`cliente`) REFERENCES `cliente` (`codigo`) ON DELETE CASCADE\n) ENGINE=InnoDB;\n" +
		"LOCK TABLES `caso` WRITE;\n")
	for i := range rows {
		switch {
		case i%500 == 0 && i > 0:
			b.WriteString(";\nINSERT INTO `caso` VALUES ")
		case i == 0:
			b.WriteString("INSERT INTO `caso` VALUES ")
		default:
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `(%d,'Canary O\'Neil ); -- /*',%d,'2013-04-07','line\r\n\"two\" ñ')`, i+1, i%3)
	}
	b.WriteString(";\n/*!50003 CREATE*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `caso` FOR EACH ROW BEGIN INSERT INTO `caso` VALUES (9); END */;;\n" +
		"DELIMITER ;;\nCREATE PROCEDURE p() BEGIN INSERT INTO `caso` VALUES (1,2,3,4,5); END;;\nDELIMITER ;\n" +
		"/*!50001 CREATE TABLE `v` (`id` tinyint) ENGINE=MyISAM */;\n/*!50001 DROP TABLE `v`*/;\n/*!50001 CREATE VIEW `v` AS select 1 */;\n" +
		"CREATE TABLE `cliente` (`codigo` varchar(10), `nombre` text, PRIMARY KEY (`codigo`));\nINSERT  into `cliente`(`nombre`,`codigo`) values\n\n('Canary','c1'),\n\n('Canary',NULL);\n-- Dump completed\n")
	return b.String()
}

// pgdump is a dump as pg_dump writes it.
func pgdump(rows int) string {
	var b strings.Builder
	b.WriteString("--\n-- PostgreSQL database dump\n--\n\\restrict abc\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n" +
		"CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $_$ BEGIN INSERT INTO public.person VALUES (1); END $_$;\n" +
		"CREATE TABLE public.person (\n    id integer NOT NULL,\n    \"Full name\" character varying(20) DEFAULT 'a,b'::character varying,\n    phones text[],\n    photo bytea,\n    period text,\n    born date,\n    vip boolean\n);\n" +
		"COMMENT ON COLUMN public.person.vip IS 'someone''s friend';\n" +
		"COPY public.person (id, \"Full name\", phones, photo, period, born, vip) FROM stdin;\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d\tCanary \\\\ tab\\there\t{\"1,2\",3,NULL}\t\\\\x00ff%02x\t\\N\t2001-02-03\tt\n", i+1, i%256)
	}
	b.WriteString("\\.\n\nCREATE TABLE public.\"case\" (\n    id uuid,\n    person_id integer\n);\n" +
		"INSERT INTO public.\"case\" VALUES ('00000000-0000-0000-0000-000000000001', 1), (E'a\\tb', -2);\n" +
		"ALTER TABLE ONLY public.person\n    ADD CONSTRAINT person_pkey PRIMARY KEY (id);\nALTER TABLE ONLY public.\"case\"\n    ADD CONSTRAINT fk FOREIGN KEY (person_id) REFERENCES public.person(id);\n--\n-- PostgreSQL database dump complete\n--\n")
	return b.String()
}

// script is one of SQL Server Management Studio.
func script(rows int) string {
	var b strings.Builder
	b.WriteString("USE [Legacy]\r\nGO\r\nSET ANSI_NULLS ON\r\nGO\r\nCREATE TABLE [dbo].[Case File](\r\n\t[Id] [int] IDENTITY(1,1) NOT NULL,\r\n\t[Client] [nvarchar](50) NULL,\r\n\t[Opened] [datetime] NULL,\r\n\t[Born] [date] NULL,\r\n\t[Amount] [decimal](18, 2) NULL,\r\n\t[Open] [bit] NULL,\r\n" +
		" CONSTRAINT [PK_x] PRIMARY KEY CLUSTERED \r\n(\r\n\t[Id] ASC\r\n)WITH (PAD_INDEX = OFF) ON [PRIMARY]\r\n) ON [PRIMARY]\r\nGO\r\nSET IDENTITY_INSERT [dbo].[Case File] ON \r\n\r\n")
	for i := range rows {
		fmt.Fprintf(&b, "INSERT [dbo].[Case File] ([Id], [Client], [Opened], [Born], [Amount], [Open]) VALUES (%d, N'Canary ''O''\r\nGO\r\n[x]', CAST(0x0000AB1200A4CB80 AS DateTime), CAST(0x9A350B00 AS Date), CAST(350.00 AS Decimal(18, 2)), 1)\r\n", i+1)
		if i%100 == 99 {
			b.WriteString("GO\r\n")
		}
	}
	b.WriteString("INSERT [dbo].[Case File] ([Id], [Opened], [Client]) VALUES (0, CAST(N'2009-03-02T10:00:00.000' AS DateTime), N'a' + CHAR(13) + N'b')\r\nGO\r\nCREATE PROCEDURE [dbo].[p] AS\r\nBEGIN\r\nINSERT [dbo].[Case File] ([Id]) VALUES (77)\r\nEND\r\nGO\r\n" +
		"CREATE TABLE [dbo].[Note] ([Id] int, [CaseId] int REFERENCES [dbo].[Case File] ([Id]))\r\nGO\r\nINSERT [dbo].[Note] VALUES (1, 2)\r\nINSERT [dbo].[Note] VALUES (2, NULL)\r\nGO\r\n")
	return b.String()
}

// shell is a dump of the sqlite3 shell.
func shell(rows int) string {
	var b strings.Builder
	b.WriteString("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE IF NOT EXISTS \"person\" (id INTEGER PRIMARY KEY, name TEXT, at REAL, blob BLOB);\n")
	for i := range rows {
		fmt.Fprintf(&b, "INSERT INTO person VALUES(%d,replace('Canary\\none','\\n',char(10)),1.5e3,X'00ff');\n", i+1)
	}
	b.WriteString("INSERT INTO person VALUES(-1,unistr('a\\u000ab'),-2,NULL);\nCREATE TRIGGER t AFTER INSERT ON person BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; INSERT INTO person VALUES(0,'',0,NULL); END;\nCOMMIT;\n")
	return b.String()
}

func TestDumpsKeepTheContract(t *testing.T) {
	const rows = 1200
	for name, path := range map[string]string{
		"mysqldump":      file(t, "a.sql", mysqldump(rows)),
		"mysqldump, gz":  file(t, "a.sql.gz", zipped(t, mysqldump(rows))),
		"pg_dump":        file(t, "b.sql", pgdump(rows)),
		"script, UTF-16": file(t, "c.sql", wide(script(rows))),
		"script":         file(t, "c.sql", script(rows)),
		"sqlite shell":   file(t, "d.sql", shell(rows)),
	} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, adaptertest.Harness{File: path, At: at(Settings{Type: "sqldump"}), Canary: "Canary"})
		})
	}
	t.Run("sqlite file", func(t *testing.T) {
		path := database(t, rows)
		adaptertest.Run(t, adaptertest.Harness{Open: opener(path, Settings{}), Canary: "Canary"})
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		src, err := Open(place.Bytes("kept.db", content), Settings{})
		if err == nil {
			err = src.Check(t.Context())
		}
		if !errors.Is(err, adapters.ErrNotHere) {
			t.Errorf("a database file that is kept elsewhere: %v, want ErrNotHere", err)
		}
	})
}

func TestHostileDumpsEnd(t *testing.T) {
	all := map[string]func() (adapters.Source, error){}
	for name, content := range map[string]string{
		"nothing":                  "",
		"NUL bytes":                strings.Repeat("\x00", 100_000),
		"an endless quote":         "CREATE TABLE t (a text);\nINSERT INTO t VALUES ('" + strings.Repeat("Canary;", 200_000),
		"an endless comment":       "CREATE TABLE t (a text);\n/*" + strings.Repeat("/*", 200_000),
		"nested comments":          "-- PostgreSQL database dump\nCREATE TABLE t (a text);\n" + strings.Repeat("/*", 100_000) + strings.Repeat("*/", 100_000) + "INSERT INTO t VALUES ('Canary');",
		"brackets without end":     "INSERT INTO t VALUES " + strings.Repeat("(", 500_000),
		"brackets that close":      strings.Repeat(")", 500_000),
		"deep functions":           "INSERT INTO t VALUES (" + strings.Repeat("cast(", 100_000) + "'Canary'",
		"minus signs":              "INSERT INTO t VALUES (" + strings.Repeat("- ", 100_000) + "1);",
		"a COPY without end":       "-- PostgreSQL database dump\nCOPY t (a) FROM stdin;\n" + strings.Repeat("Canary\\", 1000),
		"a COPY of tabs":           "-- PostgreSQL database dump\nCOPY t (a) FROM stdin;\n" + strings.Repeat("\t", 100_000),
		"many columns":             "CREATE TABLE t (" + strings.Repeat("a int,", 50_000) + "b int);INSERT INTO t VALUES (1);",
		"many values":              "INSERT INTO t VALUES (" + strings.Repeat("1,", 50_000) + "1);",
		"many tables":              strings.Repeat("CREATE TABLE t (a int);\n", 50_000),
		"a dollar quote":           "-- PostgreSQL database dump\nSELECT $a$" + strings.Repeat("Canary", 100_000),
		"delimiters":               "-- MySQL dump\n" + strings.Repeat("DELIMITER $$\n$$\nDELIMITER ;\n", 10_000),
		"an empty delimiter":       "-- MySQL dump\nDELIMITER \nINSERT INTO t VALUES (1);",
		"hexadecimal of odd sizes": "INSERT INTO t VALUES (0xABC, x'1', x'zz', 0x, b'2', CAST(0x00 AS DateTime), CAST(0xFFFFFFFFFFFFFFFFFF AS datetime2));",
		"a zip that is none":       "PK\x03\x04Canary",
		"a gzip that is none":      "\x1f\x8bCanary",
		"a gzip cut short":         zipped(t, mysqldump(2000))[:500],
		"a bomb":                   zipped(t, "INSERT INTO t VALUES ('"+strings.Repeat("C", 80<<20)+"');"),
		"a database cut short":     "SQLite format 3\x00" + "Canary",
		"bytes of every kind":      everyByte(),
	} {
		path := file(t, "hostile.sql", content)
		all[name] = opener(path, Settings{})
		for _, d := range []Dialect{MySQL, Postgres, SQLServer, SQLite} {
			if len(content) < 2<<20 {
				all[name+", "+string(d)] = opener(path, Settings{Dialect: d})
			}
		}
	}
	all["a folder"] = opener(t.TempDir(), Settings{})
	all["a file that is not there"] = opener(filepath.Join(t.TempDir(), "none.sql"), Settings{})
	adaptertest.Run(t, adaptertest.Harness{
		Open: opener(file(t, "good.sql", mysqldump(3)), Settings{}), Hostile: all, Canary: "Canary", Patience: 2 * 60e9,
	})
}

func everyByte() string {
	var b strings.Builder
	b.WriteString("CREATE TABLE t (a int); INSERT INTO t VALUES (")
	for i := range 100_000 {
		b.WriteByte(byte(i * 7))
	}
	return b.String()
}
