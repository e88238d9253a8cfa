package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/sqldb/mariadbtest"
	"casehub/adapters/sqldb/server"
	"casehub/adapters/tables"
	"casehub/internal/errs"
	"casehub/internal/postgres/postgrestest"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

const mariaSQL = `CREATE TABLE cliente (id int unsigned zerofill NOT NULL PRIMARY KEY, nombre varchar(40) COMMENT 'Canary', nacido date DEFAULT '0000-00-00', alta timestamp NULL, foto blob, activo bit(1), tipo set('a','b'), nota text CHARACTER SET latin1);
CREATE TABLE caso (oficina int, numero bigint, cliente int unsigned, abierto datetime, importe decimal(12,2), PRIMARY KEY (oficina, numero), FOREIGN KEY (cliente) REFERENCES cliente (id));
CREATE TABLE suelta (a int, b varchar(10));
CREATE VIEW todos AS SELECT * FROM cliente;
SET sql_mode = '';
INSERT INTO cliente SELECT seq, concat('Canary ', seq), if(seq % 3, '1980-01-02', '0000-00-00'), if(seq % 4, '2013-04-07 08:00:00', NULL), if(seq % 5, NULL, x'00ff'), seq % 2, 'a,b', 'MuÃ±oz' FROM seq_1_to_1300;
INSERT INTO caso SELECT seq % 3, 9007199254740993 + seq, 1 + seq % 90, '2013-04-07 10:20:30', 1.50 FROM seq_1_to_1200;
INSERT INTO suelta SELECT seq % 7, 'Canary' FROM seq_1_to_300`

const postgresSQL = `CREATE SCHEMA old; CREATE TABLE old.person (id serial PRIMARY KEY, "Full name" text, born date, phones text[], photo bytea, vip boolean, at timestamptz, n numeric, meta jsonb);
CREATE TABLE old."case" (ref varchar(9) PRIMARY KEY, person_id int REFERENCES old.person (id));
CREATE TABLE loose (a int, j json);
COMMENT ON COLUMN old.person.vip IS 'a friend';
INSERT INTO old.person SELECT i, 'Canary ' || i, CASE WHEN i % 2 = 0 THEN 'infinity'::date WHEN i % 3 = 0 THEN '0044-03-15 BC' ELSE '1980-01-02' END, ARRAY['1','a,b',NULL], '\x00ff', i % 2 = 0, '2013-04-07 10:00:00+02', 'NaN', '{"a": 1}' FROM generate_series(1, 1300) i;
INSERT INTO old."case" SELECT 'C' || i, i FROM generate_series(1, 300) i;
INSERT INTO loose SELECT i % 5, '{}' FROM generate_series(1, 300) i`

func opener(t testing.TB, dsn string, more map[string]any) func() (adapters.Source, error) {
	t.Helper()
	t.Setenv("CASEHUB_SOURCE_DSN", dsn)
	settings := map[string]any{"type": "sqldb", "dsn_env": "CASEHUB_SOURCE_DSN"}
	for k, v := range more {
		settings[k] = v
	}
	b, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	return func() (adapters.Source, error) {
		src, err := Open(b)
		if err == nil {
			t.Cleanup(func() { _ = src.(io.Closer).Close() })
		}
		return src, err
	}
}

// postgresDSN is a new database with what the statements make.
func postgresDSN(t testing.TB, statements string) string {
	dsn := postgrestest.DSN(t, fstest.MapFS{"0001_x.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}})
	pool := postgrestest.Connect(t, dsn)
	if _, err := pool.Exec(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(c.User, c.Password), Path: "/" + c.Database}
	u.RawQuery = url.Values{"host": {c.Host}, "port": {strconv.Itoa(int(c.Port))}, "sslmode": {"disable"}}.Encode()
	return u.String()
}

func TestServersKeepTheContract(t *testing.T) {
	queries := map[string]any{"queries": map[string]string{"q": "SELECT 'Canary' AS nombre, 1 AS n"}}
	t.Run("mariadb", func(t *testing.T) {
		adaptertest.Run(t, adaptertest.Harness{Open: opener(t, mariadbtest.DSN(t, mariaSQL), queries), Canary: "Canary", Patience: 60e9})
	})
	t.Run("postgres", func(t *testing.T) {
		adaptertest.Run(t, adaptertest.Harness{Open: opener(t, postgresDSN(t, postgresSQL), queries), Canary: "Canary", Patience: 60e9})
	})
}

func read(t testing.TB, src adapters.Source, stream string, after adapters.Cursor) (all []adapters.Record, last adapters.Cursor) {
	t.Helper()
	err := src.Read(t.Context(), stream, after, func(r adapters.Record) error {
		all = append(all, r)
		return nil
	}, func(c adapters.Cursor) error {
		last = c
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, last
}

func texts(r adapters.Record) string {
	var parts []string
	for i := range r.Header.Names() {
		switch v := r.At(i); {
		case v.List != nil:
			parts = append(parts, "list")
		case v.Null:
			parts = append(parts, "∅")
		default:
			parts = append(parts, v.Raw)
		}
	}
	return strings.Join(parts, "|")
}

func TestValuesComeAsTheServerHasThem(t *testing.T) {
	maria, err := opener(t, mariadbtest.DSN(t, mariaSQL), nil)()
	if err != nil {
		t.Fatal(err)
	}
	clients, _ := read(t, maria, "cliente", "")
	if got, want := texts(clients[2]), "0000000003|Canary 3|0000-00-00|2013-04-07T08:00:00|∅|1|a,b|Muñoz"; len(clients) != 1300 || got != want {
		t.Errorf("%d rows, %s, want %s", len(clients), got, want)
	}
	cases, _ := read(t, maria, "caso", "")
	if got := texts(cases[0]); len(cases) != 1200 || got != "0|9007199254740996|4|2013-04-07T10:20:30|1.50" || cases[0].Key != "0/9007199254740996" {
		t.Errorf("%d rows, %s, %s", len(cases), got, cases[0].Key)
	}
	doc := clients[4].Documents[0]
	b, err := maria.Open(t.Context(), doc.Blob)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(b); err != nil || string(text) != "\x00\xff" || doc.Size != 2 {
		t.Errorf("%x, %v", text, err)
	}
	pg, err := opener(t, postgresDSN(t, postgresSQL), nil)()
	if err != nil {
		t.Fatal(err)
	}
	people, _ := read(t, pg, "person", "")
	for i, want := range map[int]string{0: "1|Canary 1|1980-01-02|list|person/photo/", 1: "2|Canary 2|infinity|list|person/photo/", 2: "3|Canary 3|0044-03-15 BC|list|person/photo/"} {
		if got := texts(people[i]); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `|2013-04-07T08:00:00+00|NaN|{"a": 1}`) {
			t.Errorf("%s, want %s…", got, want)
		}
	}
	if v := people[0].Value("phones").List; len(v) != 3 || v[1].Raw != "a,b" || !v[2].Null {
		t.Errorf("an array of %d", len(v))
	}
}

func TestTheCatalogueOfAServer(t *testing.T) {
	for name, open := range map[string]func() (adapters.Source, error){
		"mariadb": opener(t, mariadbtest.DSN(t, mariaSQL), map[string]any{"tables": []string{"caso", "cliente"}}),
	} {
		src, err := open()
		if err != nil {
			t.Fatal(err)
		}
		cat, err := src.Discover(t.Context())
		if err != nil || len(cat.Streams) != 2 {
			t.Fatalf("%s: %d streams, %v", name, len(cat.Streams), err)
		}
		kase, client := cat.Streams[0], cat.Streams[1]
		if kase.Records != 1200 || !slices.Equal(kase.Fields[2].Points, []string{"cliente.id"}) || client.Fields[1].Label != "Canary" || !client.Fields[0].Key {
			t.Errorf("%s: %+v", name, kase.Fields[2])
		}
	}
}

// What is read is of one moment, and nothing can be written.
func TestAReadingSeesOneMomentAndWritesNothing(t *testing.T) {
	for name, dsn := range map[string]string{"mariadb": mariadbtest.DSN(t, mariaSQL), "postgres": postgresDSN(t, "CREATE TABLE suelta (a int, b text); INSERT INTO suelta SELECT i, 'Canary' FROM generate_series(1, 300) i")} {
		src, err := opener(t, dsn, nil)()
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if name == "mariadb" {
			mariadbtest.Exec(t, mariadbtest.Database(dsn), "DELETE FROM suelta WHERE a > 2")
		} else if _, err := postgrestest.Connect(t, dsn).Exec(t.Context(), "DELETE FROM suelta WHERE a > 2"); err != nil {
			t.Fatal(err)
		}
		if all, _ := read(t, src, "suelta", ""); len(all) != 300 {
			t.Errorf("%s: %d rows", name, len(all))
		}
		if err := src.(*Source).db.at.Query(t.Context(), "DELETE FROM suelta", nil, func([]sql.RawBytes) error { return nil }); err == nil {
			t.Errorf("%s: rows can be deleted", name)
		}
	}
}

// A later reading gives what moved, and always what has no watermark.
func TestAWatermarkGivesWhatMoved(t *testing.T) {
	dsn := mariadbtest.DSN(t, `CREATE TABLE t (id int PRIMARY KEY, changed datetime NULL);
INSERT INTO t SELECT seq, if(seq % 10, '2020-01-01' + INTERVAL seq HOUR, NULL) FROM seq_1_to_200`)
	open := opener(t, dsn, map[string]any{"watermark": map[string]string{"t": "changed"}})
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	all, last := read(t, src, "t", "")
	if len(all) != 200 {
		t.Fatalf("%d rows", len(all))
	}
	mariadbtest.Exec(t, mariadbtest.Database(dsn), "UPDATE t SET changed = '2020-02-01' WHERE id = 3; INSERT INTO t VALUES (0, NULL)")
	if src, err = open(); err != nil {
		t.Fatal(err)
	}
	moved, last := read(t, src, "t", last)
	var old, none int
	for _, r := range moved {
		if r.Value("changed").Null {
			none++
		} else if r.Value("changed").Raw < "2020-01-08T07" {
			old++
		}
	}
	if none != 21 || old != 0 || !slices.ContainsFunc(moved, func(r adapters.Record) bool { return r.Key == "3" }) || len(moved) > 50 {
		t.Errorf("%d rows, %d of them without a watermark, %d from before", len(moved), none, old)
	}
	if !strings.Contains(string(last), "2020-02-01") {
		t.Error("the cursor does not keep the highest watermark")
	}
}

func TestWhatAServerRefusesSaysNothing(t *testing.T) {
	good := mariadbtest.DSN(t, "CREATE TABLE t (a int)")
	for name, c := range map[string]struct {
		dsn  string
		want error
	}{
		"password": {strings.Replace(good, ":word@", ":SECRET@", 1), adapters.ErrSignIn},
		"database": {strings.Replace(good, "@/", "@/SECRET", 1), adapters.ErrSignIn},
		"nobody":   {"mysql://u:SECRET@127.0.0.1:1/x", adapters.ErrUnreachable},
		"postgres": {"postgres://u:SECRET@127.0.0.1:1/x?connect_timeout=2", adapters.ErrUnreachable},
		"scheme":   {"oracle://u:SECRET@x/y", adapters.ErrSettings},
		"nonsense": {"%%SECRET", adapters.ErrSettings},
		"empty":    {"", adapters.ErrSecret},
	} {
		src, err := opener(t, c.dsn, nil)()
		if err == nil {
			err = src.Check(t.Context())
		}
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A reading that was stopped may be gone on with for days, while a row behind it is held
// back: what moved before its place meanwhile comes as well.
func TestAReadingGoneOnWithSeesWhatMovedBeforeItsPlace(t *testing.T) {
	dsn := mariadbtest.DSN(t, `CREATE TABLE t (a int, b int, changed datetime NULL, PRIMARY KEY (a, b));
INSERT INTO t SELECT seq DIV 7, seq, '2020-01-01' + INTERVAL seq HOUR FROM seq_1_to_1500`)
	open := opener(t, dsn, map[string]any{"watermark": map[string]string{"t": "changed"}})
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	var half adapters.Cursor
	enough := errors.New("enough")
	err = src.Read(t.Context(), "t", "", func(adapters.Record) error { return nil }, func(c adapters.Cursor) error {
		half = c
		return enough
	})
	if !errors.Is(err, enough) || half == "" {
		t.Fatal(err)
	}
	mariadbtest.Exec(t, mariadbtest.Database(dsn), "UPDATE t SET changed = '2020-04-01' WHERE b IN (3, 1400)")
	if src, err = open(); err != nil {
		t.Fatal(err)
	}
	all, last := read(t, src, "t", half)
	seen := map[string]int{}
	for _, r := range all {
		seen[r.Value("b").Raw]++
	}
	if seen["3"] != 1 || seen["1400"] != 1 || seen["1500"] != 1 || seen["10"] != 0 || len(seen) > 500+30 || !strings.Contains(string(last), "2020-04-01") {
		t.Errorf("%d rows, %d of the one that moved before the place", len(all), seen["3"])
	}
}

// A user who may not see one table reads the others.
func TestWhatAUserMayNotSeeIsNoTable(t *testing.T) {
	dsn := postgresDSN(t, `DO $$ BEGIN CREATE ROLE lector; EXCEPTION WHEN duplicate_object THEN NULL; END $$; CREATE TABLE seen (a int); CREATE TABLE hidden (a int); CREATE SCHEMA closed; CREATE TABLE closed.seen (a int);
		INSERT INTO seen VALUES (1); GRANT SELECT ON seen, closed.seen TO lector`)
	src, err := opener(t, dsn+"&options=-c%20role%3Dlector", nil)()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := src.Discover(t.Context())
	if err != nil || len(cat.Streams) != 1 || cat.Streams[0].Name != "seen" || cat.Streams[0].Records != 1 {
		t.Errorf("%+v, %v", cat.Streams, err)
	}
	src, err = opener(t, dsn+"&options=-c%20role%3Dlector", map[string]any{"tables": []string{"hidden"}})()
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Check(t.Context()); !errors.Is(err, adapters.ErrStream) || errs.As(err).Args()["table"] != "hidden" {
		t.Errorf("a table that is named: %v", err)
	}
}

// An address without a host is of this computer, and errors say so.
func TestASocketIsOfThisComputer(t *testing.T) {
	src, err := opener(t, "mysql://u:p@/db?socket="+t.TempDir()+"/none", nil)()
	if err == nil {
		err = src.Check(t.Context())
	}
	if e := errs.As(err); !errors.Is(err, adapters.ErrUnreachable) || e.Args()["host"] != "localhost" {
		t.Errorf("%v", err)
	}
}

// Whoever stands between must not get the password: encryption alone does not keep
// them from saying that they are the server.
func TestAnotherMachineProvesWhoItIs(t *testing.T) {
	at := "u:SECRET@db.example.org/x"
	for dsn, want := range map[string]error{
		"mysql://" + at: nil, "mysql://" + at + "?tls=true": nil, "mysql://u:SECRET@127.0.0.1/x?tls=false": nil, "mysql://u:SECRET@[::1]:3306/x": nil,
		"mysql://" + at + "?tls=false": adapters.ErrUnproven, "mysql://" + at + "?tls=preferred": adapters.ErrUnproven, "mysql://" + at + "?tls=skip-verify": adapters.ErrUnproven,
		"mysql://u:SECRET@127.0.0.1.example.org/x?tls=false": adapters.ErrUnproven, "mysql://" + at + "?tls=SECRET": adapters.ErrSettings,
		"postgres://" + at: nil, "postgres://" + at + "?sslmode=verify-full": nil, "postgres://" + at + "?sslmode=verify-ca": nil, "postgres://u:SECRET@localhost/x?sslmode=disable": nil,
		"postgres://" + at + "?sslmode=disable": adapters.ErrUnproven, "postgres://" + at + "?sslmode=allow": adapters.ErrUnproven, "postgres://" + at + "?sslmode=prefer": adapters.ErrUnproven,
		"postgres://" + at + "?sslmode=require": adapters.ErrUnproven, "postgres://u:SECRET@localhost,db.example.org/x?sslmode=prefer": adapters.ErrUnproven,
		"postgres://u:SECRET@localhost/x?host=db.example.org&sslmode=require": adapters.ErrUnproven, "postgres://u:SECRET@localhost,db.example.org/x": nil,
		"sqlserver://" + at: nil, "sqlserver://" + at + "?encrypt=strict": nil, "sqlserver://u:SECRET@localhost/x?encrypt=disable": nil,
		"sqlserver://" + at + "?encrypt=false": adapters.ErrUnproven, "sqlserver://" + at + "?encrypt=disable": adapters.ErrUnproven, "sqlserver://" + at + "?TrustServerCertificate=true": adapters.ErrUnproven,
		"sqlserver://" + at + "?Encrypt=optional":                                         adapters.ErrUnproven,
		"sqlserver://u:SECRET@localhost/x?failoverpartner=db.example.org&encrypt=disable": adapters.ErrUnproven,
	} {
		_, err := opener(t, dsn, nil)()
		if !errors.Is(err, want) || err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v, want %v", dsn, err, want)
		}
		if _, err := opener(t, dsn, map[string]any{"plain": true})(); errors.Is(err, adapters.ErrUnproven) {
			t.Errorf("%s, plain: %v", dsn, err)
		}
	}
}

func TestOnlyASingleSelectIsAsked(t *testing.T) {
	for q, want := range map[string]bool{
		"SELECT a FROM t": true, "select * from t where b = 'x;y -- z'": true, "WITH x AS (SELECT 1) SELECT * FROM x": true, "SELECT `delete` FROM t": true,
		"": false, "DELETE FROM t": false, "SELECT 1; DELETE FROM t": false, "SELECT 1 -- x": false, "SELECT 1 /*!50000 INTO OUTFILE 'x' */": false,
		"SELECT * INTO OUTFILE 'x' FROM t": false, "SELECT * INTO t2 FROM t": false, "WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x": false,
		"SELECT pg_read_file('x')": false, "SELECT LOAD_FILE('x')": false, "EXEC p": false, `SELECT '\' ; DELETE FROM t -- '`: false, "SELECT $$x$$": false, "SELECT 'a": false, "(SELECT 1)": true,
	} {
		if got := server.SingleSelect(q); got != want {
			t.Errorf("%q: %v", q, got)
		}
	}
	if _, err := opener(t, "mysql://u@/x?socket=/x", map[string]any{"queries": map[string]string{"q": "DROP TABLE t"}})(); !errors.Is(err, adapters.ErrSettings) {
		t.Errorf("a query that writes: %v", err)
	}
}

// There is no SQL Server to be asked here: what it would be asked is looked at.
func TestWhatSQLServerIsAsked(t *testing.T) {
	a, err := server.At("sqlserver://u:p@localhost/Legacy")
	if err != nil || a.Name != "Legacy" {
		t.Fatalf("%+v, %v", a, err)
	}
	d := &DB{at: a, settings: Settings{}, from: map[string]string{"Case]": "[dbo].[Case]]]"}}
	d.all = append(d.all, tables.Table{Name: "Case]", Key: []string{"id"}, Columns: []tables.Column{{Name: "id", Type: "int"}, {Name: "opened", Type: "datetime"}, {Name: "scan", Type: "varbinary(max)"}}})
	s, err := d.shapeOf(context.Background(), "Case]")
	if err != nil {
		t.Fatal(err)
	}
	got, args := d.selection(s, position{after: []string{"7"}, mark: "opened", since: "2020-01-01"})
	want := "SELECT TOP (1000) CONVERT(nvarchar(max), x.[id]), CONVERT(nvarchar(50), x.[opened], 126), CONVERT(varchar(max), CONVERT(varbinary(max), x.[scan]), 2) FROM [dbo].[Case]]] x WHERE (x.[id] > @p1) AND (x.[opened] >= @p2 OR x.[opened] IS NULL) ORDER BY x.[id]"
	if got != want || len(args) != 2 || args[0] != int64(7) {
		t.Errorf("%s\n%v", got, args)
	}
}
