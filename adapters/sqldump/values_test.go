package sqldump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/sqldump/lex"
	"casehub/internal/sqlite/sqlitetest"
)

// database makes a file of SQLite.
func database(t testing.TB, rows int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "office.sqlite")
	sqlitetest.Plain(t, path, `CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, born DATE, photo BLOB, ok BOOLEAN);
		CREATE TABLE visit (no INTEGER, person_id INTEGER REFERENCES person, PRIMARY KEY (person_id, no)) WITHOUT ROWID;
		CREATE VIEW everybody AS SELECT * FROM person;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < `+fmt.Sprint(rows)+`)
		INSERT INTO person SELECT i, 'Canary ' || i, CASE WHEN i % 7 = 0 THEN 42665 ELSE '2001-02-03' END, CASE WHEN i % 5 = 0 THEN x'00ff' END, i % 2 FROM n;
		INSERT INTO visit SELECT id % 4, id FROM person`)
	return path
}

// table reads a table as texts: ∅ stands for no value.
func table(t testing.TB, open func() (adapters.Source, error), stream string) (rows [][]string, all []adapters.Record) {
	t.Helper()
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	err = src.Read(t.Context(), stream, "", func(r adapters.Record) error {
		row := make([]string, len(r.Header.Names()))
		for i := range row {
			row[i] = shown(r.At(i))
		}
		rows, all = append(rows, row), append(all, r)
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err != nil {
		t.Fatalf("reading %s: %v", stream, err)
	}
	return rows, all
}

func shown(v adapters.Value) string {
	switch {
	case v.List != nil:
		var parts []string
		for _, e := range v.List {
			parts = append(parts, shown(e))
		}
		return "[" + strings.Join(parts, "|") + "]"
	case v.Null:
		return "∅"
	}
	return v.Raw
}

func TestEveryDialectSaysWhatWasMeant(t *testing.T) {
	for name, c := range map[string]struct {
		content, stream string
		want            []string
	}{
		"mysqldump":         {mysqldump(2), "caso", []string{"2", "Canary O'Neil ); -- /*", "1", "2013-04-07", "line\r\n\"two\" ñ"}},
		"named columns":     {mysqldump(2), "cliente", []string{"∅", "Canary"}},
		"pg_dump":           {pgdump(2), "person", []string{"2", "Canary \\ tab\there", "[1,2|3|∅]", "person/photo/99a79a65bdeb2efb79e6a1e0ae6a3b58", "∅", "2001-02-03", "true"}},
		"pg_dump, inserts":  {pgdump(2), "case", []string{"a\tb", "-2"}},
		"script":            {wide(script(2)), "Case File", []string{"0", "a\rb", "2009-03-02T10:00:00.000", "∅", "∅", "∅"}},
		"script, one a row": {script(2), "Note", []string{"2", "∅"}},
		"sqlite":            {shell(2), "person", []string{"-1", "a\nb", "-2", "∅"}},
	} {
		rows, _ := table(t, opener(file(t, "x.sql", c.content), Settings{}), c.stream)
		got := rows[len(rows)-1]
		if name == "pg_dump" { // the bytes are named by their content alone
			got[3], c.want[3] = got[3][:13], c.want[3][:13]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	rows, _ := table(t, opener(file(t, "x.sql", script(2)), Settings{}), "Case File")
	if want := []string{"2", "Canary 'O'\r\nGO\r\n[x]", "2019-11-27T10:00:00", "2012-04-26", "350.00", "1"}; len(rows) != 3 || !slices.Equal(rows[1], want) {
		t.Errorf("%d rows, %q, want %q", len(rows), rows[1], want)
	}
	rows, _ = table(t, opener(file(t, "x.sql", shell(1)), Settings{}), "person")
	if rows[0][1] != "Canary\none" || len(rows) != 2 {
		t.Errorf("%d rows, %q", len(rows), rows[0])
	}
}

func TestValuesAreReadHoweverTheyAreWritten(t *testing.T) {
	for in, want := range map[string]string{
		"NULL": "∅", "'a'": "a", "'a''b'": "a'b", `'a\'b'`: "a'b", `'a\\'`: `a\`, `"d"`: "d", "-12": "-12", "+3": "3", "1.5E+3": "1.5e+3", "(7)": "7",
		"N'x'": "x", "_utf8'y'": "y", "_latin1 'z'": "z", "_binary 'bin'": "bin", "x'41'": "A", "0x4142": "AB", "b'101'": "5", "TRUE": "true",
		"'a' 'b'": "ab", "CONCAT('a','b')": "ab", "CAST('1' AS CHAR)": "1", "CONVERT('a' USING utf8)": "a", "CONVERT('a', CHAR)": "a",
		"STR_TO_DATE('2001-02-03','%Y')": "2001-02-03", "DATE '2001-02-03'": "2001-02-03", "''": "∅", "' '": "∅", "UNHEX('41')": "A",
		"'a\\%b'": `a\%b`, "'a\\Zb'": "a\x1ab", "0x": "∅",
		"CHAR(72,101,108,108,111,32,119,111,114,108,100)": "Hello world", "CONCAT('1','2','3','4','5','6','7','8','9','a')": "123456789a", "CONCAT('a',NULL)": "∅",
		"COALESCE(NULL,'x')": "x", "IFNULL(NULL,'x')": "x", "IFNULL('x','y')": "x", "COALESCE(NULL,NULL,'',7)": "∅", "COALESCE(NULL,NULL)": "∅",
		"CHAR(72" + strings.Repeat(",72", 999) + ")": strings.Repeat("H", 1000), "CONCAT('a'" + strings.Repeat(",'b'", 1023) + ")": "a" + strings.Repeat("b", 1023),
	} {
		rows, _ := table(t, opener(file(t, "x.sql", "-- MySQL dump\nCREATE TABLE t (a text, b int);\nINSERT INTO t VALUES ("+in+",5);\n-- Dump completed"), Settings{}), "t")
		if len(rows) != 1 || rows[0][0] != want || rows[0][1] != "5" {
			t.Errorf("%s is read as %q, want %q", in, rows, want)
		}
	}
	for _, in := range []string{"NOW()", "@x + 1", "(SELECT max(id) FROM t)", "a.b", "1 + 1", "IF(1,2,3)", "ISNULL('a')", "COALESCE(NULL,NOW())", "CHAR(72" + strings.Repeat(",72", 1024) + ")", "CONCAT('a'" + strings.Repeat(",'b'", 1024) + ")"} {
		_, all := table(t, opener(file(t, "x.sql", "-- MySQL dump\nCREATE TABLE t (a text, b int);\nINSERT INTO t VALUES ("+in+",5);"), Settings{}), "t")
		if len(all) != 1 || all[0].Values[0].Kind != adapters.Bad || all[0].Values[1].Raw != "5" || !slices.Equal(all[0].Problems, []adapters.Problem{{Code: adapters.NoFormulaValue, Column: "a"}}) {
			t.Errorf("%s is not marked as computed: %d rows", in, len(all))
		}
	}
}

func TestBinaryTimesOfSQLServer(t *testing.T) {
	for in, want := range map[string]string{
		"CAST(0x0000AB1200A4CB80 AS DateTime)":             "2019-11-27T10:00:00",
		"CAST(0x0000000000000000 AS DateTime)":             "1900-01-01T00:00:00",
		"CAST(0xFFFFFFFF00000000 AS DateTime)":             "1899-12-31T00:00:00",
		"CAST(0x9C5A0258 AS SmallDateTime)":                "2009-08-03T10:00:00",
		"CAST(0x9A350B00 AS Date)":                         "2012-04-26",
		"CAST(0x0700E85CB5530000 AS Time)":                 "09:59:12",
		"CAST(0x0700E85CB5539A350B AS DateTime2)":          "2012-04-26T09:59:12.505",
		"CAST(0x0700E85CB5539A350B7800 AS DateTimeOffset)": "2012-04-26T11:59:12+02:00",
		"CONVERT(datetime, N'2001-02-03T04:05:06', 126)":   "2001-02-03T04:05:06",
		"CAST(N'2001-02-03' AS [date])":                    "2001-02-03",
		"CAST(-12.50 AS Decimal(18, 2))":                   "-12.50",
	} {
		rows, _ := table(t, opener(file(t, "x.sql", "SET ANSI_NULLS ON\nGO\nINSERT [dbo].[t] ([a], [b]) VALUES ("+in+", 5)\nGO\n"), Settings{}), "t")
		if len(rows) != 1 || rows[0][0] != want || rows[0][1] != "5" {
			t.Errorf("%s is read as %q, want %q", in, rows, want)
		}
	}
}

func TestTextsInTheEncodingThatWasMeant(t *testing.T) {
	const create = "CREATE TABLE `t` (`a` text) ENGINE=MyISAM;\n"
	for name, c := range map[string]struct {
		content string
		set     Settings
		want    string
		code    adapters.Code
	}{
		"UTF-8":               {"SET NAMES utf8;\n" + create + "INSERT INTO `t` VALUES ('Muñoz');", Settings{}, "Muñoz", ""},
		"latin1, declared":    {"SET NAMES latin1;\n" + create + "INSERT INTO `t` VALUES ('Mu\xf1oz \x93x\x94');", Settings{}, "Muñoz “x”", ""},
		"latin1, undeclared":  {create + "INSERT INTO `t` VALUES ('Mu\xf1oz');", Settings{}, "Muñoz", ""},
		"latin1 with UTF-8":   {"SET NAMES latin1;\n" + create + "INSERT INTO `t` VALUES ('Muñoz');", Settings{}, "Muñoz", ""},
		"encoded twice":       {"SET NAMES utf8;\n" + create + "INSERT INTO `t` VALUES ('MuÃ±oz â€œxâ€\u009d');", Settings{}, "Muñoz “x”", ""},
		"encoded twice, kept": {"SET NAMES utf8;\n" + create + "INSERT INTO `t` VALUES ('MuÃ±oz');", Settings{DoubleEncoded: "keep"}, "MuÃ±oz", adapters.MojibakeSuspected},
		"mixed":               {"SET NAMES utf8;\n" + create + "INSERT INTO `t` VALUES ('Muñoz MuÃ±oz');", Settings{}, "Muñoz MuÃ±oz", adapters.MojibakeSuspected},
		"declared wrongly":    {"SET NAMES utf8;\n" + create + "INSERT INTO `t` VALUES ('Mu\xf1oz');", Settings{}, "Muñoz", adapters.EncodingInvalid},
		"by the mapping":      {create + "INSERT INTO `t` VALUES ('\xcf\xf0\xe8');", Settings{Encoding: "windows-1251"}, "При", ""},
		"two bytes each":      {create + "INSERT INTO `t` VALUES ('\xb1\x5c');", Settings{Encoding: "big5"}, "", ""},
		"cp850":               {create + "INSERT INTO `t` VALUES ('Mu\xa4oz');", Settings{Encoding: "cp850"}, "Muñoz", ""},
		"only ÃO":             {"SET NAMES utf8;\n" + create + "INSERT INTO `t` VALUES ('JOÃO Â');", Settings{}, "JOÃO Â", ""},
	} {
		rows, all := table(t, opener(file(t, "x.sql", c.content), c.set), "t")
		if len(rows) != 1 || c.want != "" && rows[0][0] != c.want {
			t.Errorf("%s: %q, want %q", name, rows, c.want)
			continue
		}
		if got := all[0].Problems; c.code == "" && len(got) > 0 || c.code != "" && !slices.Equal(got, []adapters.Problem{{Code: c.code, Column: "a"}}) {
			t.Errorf("%s: problems %v, want %q", name, got, c.code)
		}
	}
}

func TestWhatIsNoDumpSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    error
	}{
		"archive": {"PGDMP\x01\x0e", adapters.ErrPgArchive}, "backup": {"TAPE\x00\x00", adapters.ErrServerFile}, "mdf": {"\x01\x0f\x00\x00", adapters.ErrServerFile},
		"access": {"\x00\x01\x00\x00Standard ACE DB\x00", adapters.ErrAccess}, "pdf": {"%PDF-1.4", adapters.ErrOtherProgram},
		"letter": {"Dear Sir or Madam,", adapters.ErrNoTables}, "empty": {"", adapters.ErrEmptyFile}, "zip": {"PK\x03\x04", adapters.ErrUnreadable},
		"broken": {"SQLite format 3\x00" + strings.Repeat("x", 5000), adapters.ErrDamaged},
	} {
		src, err := Open(place.On(file(t, name, c.content)), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Check(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, s := range []Settings{{Type: "spreadsheet"}, {Dialect: "oracle"}, {Encoding: "nonsense"}, {DoubleEncoded: "perhaps"}} {
		if _, err := Open(place.On("x"), s); !errors.Is(err, adapters.ErrSettings) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// What mdb-schema and mdb-export -I mysql write of an Access database.
func TestAccessByWayOfADump(t *testing.T) {
	rows, all := table(t, opener(file(t, "access.sql", "-- MDB Tools\n\nCREATE TABLE `Asset Items`\n (\n\t`Asset No`\t\tvarchar (5), \n\t`Acquired`\t\tdatetime, \n\t`Cost`\t\tfloat\n);\n\n"+
		"ALTER TABLE `Asset Items` ADD PRIMARY KEY (`Asset No`);\nINSERT INTO `Asset Items` (`Asset No`, `Acquired`, `Cost`) VALUES (\"30050\",\"1997-09-02 00:00:00\",1995.5000), (\"3\\\"5\",NULL,12);\n"), Settings{}), "Asset Items")
	if len(rows) != 2 || !slices.Equal(rows[0], []string{"30050", "1997-09-02T00:00:00", "1995.5000"}) || all[0].Key != "30050" || rows[1][0] != `3"5` {
		t.Errorf("%q", rows)
	}
}

// A dump that was cut off in the middle of a row must not lose the row quietly.
func TestACutDumpIsNotTakenForAWholeOne(t *testing.T) {
	whole := mysqldump(10)
	cut := whole[:strings.Index(whole, "(7,")+12]
	open := opener(file(t, "cut.sql", cut), Settings{})
	_, all := table(t, open, "caso")
	if len(all) != 7 || !slices.Contains(all[6].Problems, adapters.Problem{Code: adapters.CellTruncated}) || len(all[5].Problems) > 0 {
		t.Errorf("%d records, the last with %v", len(all), all[len(all)-1].Problems)
	}
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil || len(cat.Streams[0].Doubts) != 1 || !strings.Contains(cat.Streams[0].Doubts[0], "cut off") {
		t.Errorf("%v, %v", cat.Streams[0].Doubts, err)
	}
}

func TestALongRowIsAProblemAndNotTheEnd(t *testing.T) {
	long := strings.Repeat("Canary ", lex.MaxValue/7+10)
	_, all := table(t, opener(file(t, "x.sql", "CREATE TABLE t (a text, b text);INSERT INTO t VALUES ('"+long+"','x'),('y','z');"), Settings{}), "t")
	if len(all) != 2 || !slices.Equal(all[0].Problems, []adapters.Problem{{Code: adapters.RowTooLong, Column: "a"}}) || all[0].Values[1].Raw != "x" || all[1].Values[0].Raw != "y" {
		t.Errorf("%d records", len(all))
	}
}

func TestBytesInARowAreDocuments(t *testing.T) {
	for name, open := range map[string]func() (adapters.Source, error){
		"dump": opener(file(t, "b.sql", pgdump(300)), Settings{}), "file": opener(database(t, 300), Settings{}),
	} {
		src, err := open()
		if err != nil {
			t.Fatal(err)
		}
		_, all := table(t, open, "person")
		i := slices.IndexFunc(all, func(r adapters.Record) bool { return r.Loc.Row > 100 && len(r.Documents) > 0 })
		r, err := src.Open(context.Background(), all[i].Documents[0].Blob)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := io.ReadAll(r)
		if err != nil || !strings.HasPrefix(string(b), "\x00\xff") || int64(len(b)) != all[i].Documents[0].Size {
			t.Errorf("%s: %x, %v", name, b, err)
		}
		if _, err := src.Open(context.Background(), all[i].Documents[0].Blob+"0"); !errors.Is(err, adapters.ErrBlob) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheCatalogueSaysWhatIsDeclaredAndWhatIsSeen(t *testing.T) {
	src, err := Open(place.On(file(t, "x.sql", pgdump(50))), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	person, kase := cat.Streams[1], cat.Streams[0]
	if person.Name != "person" || person.Records != 50 || !person.Fields[0].Key || person.Fields[1].Type != "character varying(20)" || person.Fields[6].Label != "someone's friend" {
		t.Errorf("%+v", person)
	}
	if !slices.Equal(kase.Fields[1].Points, []string{"person.id"}) {
		t.Errorf("case.person_id points to %v", kase.Fields[1].Points)
	}
}

// Joins that nothing declares are proposed by what the values show.
func TestJoinsAreProposedByTheValues(t *testing.T) {
	var b strings.Builder
	b.WriteString("-- MySQL dump\nCREATE TABLE tblClient (ClientNo varchar(9), Name text);CREATE TABLE tblCase (CaseNo varchar(9), Client varchar(9), Office int);CREATE TABLE tblOffice (Id int, Name text);\n")
	for i := range 300 {
		fmt.Fprintf(&b, "INSERT INTO tblClient VALUES ('C%05d','n%d');INSERT INTO tblCase VALUES ('K%05d','c%05d ',%d);\n", i, i%7, i, i*7%290, i%5+1)
	}
	for i := range 20 {
		fmt.Fprintf(&b, "INSERT INTO tblOffice VALUES (%d,'o');\n", i+1)
	}
	src, err := Open(place.On(file(t, "x.sql", b.String())), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kase := cat.Streams[0]
	if got := kase.Fields[1].Points; !slices.Equal(got, []string{"tblClient.ClientNo"}) {
		t.Errorf("Client points to %v", got)
	}
	if got := kase.Fields[2].Points; !slices.Equal(got, []string{"tblOffice.Id"}) {
		t.Errorf("Office points to %v", got)
	}
	if got := kase.Fields[0].Points; len(got) > 0 {
		t.Errorf("CaseNo points to %v", got)
	}
}

func TestFixtures(t *testing.T) {
	shared := filepath.Join("..", "..", "..", "shared", "fixtures")
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	for path, want := range map[string]map[string]int64{
		"microjusticia/region_a_synthetic_mysqldump_utf8.sql": {"cliente": 120, "caso": 170, "servicio": 5, "seguimiento": 300, "consulta": 90, "encuesta": 60},
		"sql-legacy/sa_advice_office_synthetic.sqlite":        {"tblClient": 184, "tblCase": 260, "lkpProblem": 8, "tblConsult": 410, "tblRefer": 49, "tblDoc": 43, "Paste_Errors": 1},
		"sql-legacy/sa_advice_synthetic_pg_dump_copy.sql":     {"consultation": 200, "document": 5, "matter": 150, "person": 100, "referral": 40},
		"sql-legacy/pmm_sample_sqlite.sql":                    {"Contact": 186, "ServiceDelivery__c": 693},
		"sql-legacy/cliniccases_default.sql":                  {"cm": 0, "cm_columns": 37},
		"casebox/synthetic_core_v2_mysqldump_utf8.sql":        {"tree": 391, "objects": 372, "files": 19, "files_versions": 5},
		"casebox/cb_default_v2_empty_core.sql":                {"tree": 132, "templates_structure": 57},
		"civicrm/civicrm_generated.mysql":                     {"civicrm_activity": 543, "civicrm_contact": 101, "civicrm_state_province": 3714},
	} {
		src, err := Open(place.On(filepath.Join(shared, path)), Settings{})
		if err != nil {
			t.Fatal(err)
		}
		cat, err := src.Discover(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range want {
			i := slices.IndexFunc(cat.Streams, func(s adapters.Stream) bool { return s.Name == name })
			if i < 0 || cat.Streams[i].Records != n {
				t.Errorf("%s: %s is not there with %d records", path, name, n)
			}
		}
	}
}
