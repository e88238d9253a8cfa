package imports_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// server is a live source with a table of people and one of visits. Its cursor is the
// number of the last change that was read.
type server struct {
	rows   map[string][]served
	read   []string // what was read: table and number
	lists  bool
	change int
}

type served struct {
	key     string
	alts    []string
	values  []string
	changed int
}

var servedHeaders = map[string][]string{"people": {"name", "note"}, "visits": {"person", "day"}}

// put adds a row or changes it.
func (s *server) put(table string, row served) {
	s.change++
	row.changed = s.change
	s.remove(table, row.key)
	s.rows[table] = append(s.rows[table], row)
}

func (s *server) remove(table, key string) {
	s.rows[table] = slices.DeleteFunc(s.rows[table], func(r served) bool { return r.key == key })
}

func (s *server) Check(context.Context) error { return nil }

func (s *server) Discover(context.Context) (adapters.Catalog, error) {
	var cat adapters.Catalog
	for _, table := range []string{"people", "visits"} {
		st := adapters.Stream{Name: table, Records: -1}
		for _, name := range servedHeaders[table] {
			st.Fields = append(st.Fields, adapters.Field{Name: name})
		}
		cat.Streams = append(cat.Streams, st)
	}
	return cat, nil
}

func (s *server) Read(_ context.Context, table string, after adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	from := 0
	if after != "" {
		var err error
		if from, err = strconv.Atoi(string(after)); err != nil {
			return adapters.ErrCursor
		}
	}
	header := adapters.NewHeader(servedHeaders[table])
	for _, r := range s.rows[table] {
		if r.changed <= from {
			continue
		}
		s.read = append(s.read, fmt.Sprint(table, " ", r.changed))
		rec := adapters.Record{Stream: table, Key: r.key, AltKeys: r.alts, Header: header, Loc: adapters.Locator{File: "server", Sheet: table}}
		for _, v := range r.values {
			rec.Values = append(rec.Values, adapters.Value{Raw: v, Null: v == ""})
		}
		rec.Seal()
		if err := record(rec); err != nil {
			return err
		}
		if err := checkpoint(adapters.Cursor(strconv.Itoa(r.changed))); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) Open(context.Context, adapters.Blob) (io.ReadCloser, error) {
	return nil, adapters.ErrBlob
}

func (s *server) Keys(_ context.Context, table string, key func(string) error) error {
	if !s.lists {
		return errors.ErrUnsupported
	}
	for _, r := range s.rows[table] {
		if err := key(r.key); err != nil {
			return err
		}
	}
	return nil
}

const served1 = `
mapping: served/1
instance: server
source: {type: kobo}
defaults: {date_order: ymd}
limits: {batch: 2, failed_share: 1, gone_share: 1}
sweep_days: 7
streams:
  person: {from: people, to: client, key: "@key", fields: {surname: name, notes: note}}
  visit:
    from: visits
    to: case
    key: "@key"
    fields: {client: {ref: {stream: person, columns: [person]}}, case_type: {const: 1102}, opened_on: day}
`

func newServer() *server {
	s := &server{rows: map[string][]served{}, lists: true}
	for i := range 5 {
		s.put("people", served{key: fmt.Sprint("p", i), values: []string{fmt.Sprint("Name", i), ""}})
		s.put("visits", served{key: fmt.Sprint("v", i), values: []string{fmt.Sprint("p", i), "2024-02-01"}})
	}
	return s
}

// syncAt runs an import of a live source at a time.
func syncAt(t *testing.T, db *sqlite.DB, s *server, at time.Time, o imports.Options) (imports.Report, error) {
	t.Helper()
	gate, err := accesstest.Over(t.Context(), db, clock)
	if err != nil {
		t.Fatal(err)
	}
	s.read = nil
	svc := imports.NewService(db, codelist.National(), gate, func() time.Time { return at })
	return svc.Run(t.Context(), importer, parse(t, served1), s, o)
}

func synced(t *testing.T, db *sqlite.DB, s *server, at time.Time) imports.Report {
	t.Helper()
	service(t, db)
	r, err := syncAt(t, db, s, at, imports.Options{})
	if err != nil {
		t.Fatalf("%v %+v", err, r)
	}
	return r
}

// A live source is read from where the last run ended, whole again when that is due, and
// not beyond what was held back. A dry run moves nothing.
func TestALiveSourceIsReadFromWhereTheLastRunEnded(t *testing.T) {
	db, s := sqlitetest.Open(t, migrations.FS), newServer()
	if r := synced(t, db, s, noon); r.Part || len(s.read) != 10 || r.Stream("visit").Created != 5 {
		t.Fatalf("the first run: %v %+v", s.read, r)
	}
	if r := synced(t, db, s, noon); !r.Part || len(s.read) != 0 {
		t.Errorf("nothing is new, and %v was read", s.read)
	}
	s.put("visits", served{key: "v1", values: []string{"p1", "2024-03-01"}})
	s.put("visits", served{key: "v9", values: []string{"p9", "2024-03-01"}})
	s.put("visits", served{key: "v8", values: []string{"p2", "2024-03-01"}})
	if r, err := syncAt(t, db, s, noon, imports.Options{DryRun: true}); err != nil || len(s.read) != 3 || r.Stream("visit").Updated != 1 {
		t.Errorf("the dry run: %v %v %+v", err, s.read, r)
	}
	r := synced(t, db, s, noon)
	if v := r.Stream("visit"); len(s.read) != 3 || v.Updated != 1 || v.Quarantined != 1 || v.Created != 1 || v.Gone != 0 {
		t.Errorf("what is new: %v %+v", s.read, v)
	}
	s.put("people", served{key: "p9", values: []string{"Late", ""}})
	r = synced(t, db, s, noon)
	if v := r.Stream("visit"); len(s.read) != 3 || v.Created != 1 || v.Unchanged != 1 {
		t.Errorf("what was held back is met again: %v %+v", s.read, v)
	}
	if synced(t, db, s, noon); len(s.read) != 0 {
		t.Errorf("nothing is held back any more, and %v was read", s.read)
	}
	if r := synced(t, db, s, noon.AddDate(0, 0, 8)); r.Part || len(s.read) != 13 {
		t.Errorf("the whole is due, and %d rows were read", len(s.read))
	}
	set(t, db, `UPDATE import_cursors SET cursor = 'of another time'`)
	if synced(t, db, s, noon.AddDate(0, 0, 8)); len(s.read) != 13 {
		t.Errorf("the source does not know the cursor, and %d rows were read", len(s.read))
	}
}

// What the source deleted is marked by its list of keys, though only what is new is
// read; it comes back without a mark. Without a list nothing is taken for gone.
func TestWhatALiveSourceListsNoMoreIsGone(t *testing.T) {
	db, s := sqlitetest.Open(t, migrations.FS), newServer()
	synced(t, db, s, noon)
	s.remove("visits", "v3")
	s.lists = false
	if r := synced(t, db, s, noon); r.Stream("visit").Gone != 0 {
		t.Errorf("a source without a list: %+v", r.Stream("visit"))
	}
	s.lists = true
	if r := synced(t, db, s, noon); r.Stream("visit").Gone != 1 || r.Stream("person").Gone != 0 {
		t.Errorf("%+v", r.Streams)
	}
	if n := count(t, db, `SELECT count(*) FROM import_xref WHERE gone_run IS NOT NULL AND source_key = 'v3'`) + count(t, db, `SELECT count(*) FROM cases`); n != 6 {
		t.Errorf("%d, want the mark and all five cases", n)
	}
	if r := synced(t, db, s, noon); r.Stream("visit").Gone != 0 {
		t.Errorf("told again: %+v", r.Stream("visit"))
	}
	s.put("visits", served{key: "v3", values: []string{"p3", "2024-02-01"}})
	if r := synced(t, db, s, noon); r.Stream("visit").Updated != 1 || count(t, db, `SELECT count(*) FROM import_xref WHERE gone_run IS NOT NULL`) != 0 {
		t.Errorf("it is back: %+v", r.Stream("visit"))
	}
	for i := range 5 {
		s.remove("people", fmt.Sprint("p", i))
	}
	few := parse(t, strings.Replace(served1, "gone_share: 1", "gone_share: 0.5", 1))
	svc := service(t, db)
	if r, err := svc.Run(t.Context(), importer, few, s, imports.Options{}); !errors.Is(err, imports.ErrRefused) || r.Refused != "too_many_gone" {
		t.Errorf("a source that lists nobody: %v %+v", err, r)
	}
}

// A record that the source knows by another key now is the record that it was, for
// itself, for what is inside, and for what points to it.
func TestARecordIsKnownByItsOtherKeys(t *testing.T) {
	db, s := sqlitetest.Open(t, migrations.FS), newServer()
	s.put("people", served{key: "first", alts: []string{"number-7"}, values: []string{"Aardvark", ""}})
	s.put("visits", served{key: "by-other", values: []string{"number-7", "2024-02-01"}})
	if r := synced(t, db, s, noon); r.Stream("visit").Created != 6 || r.Stream("visit").Quarantined != 0 {
		t.Fatalf("a reference by another key, in one run: %+v", r.Stream("visit"))
	}
	s.remove("people", "first")
	s.put("people", served{key: "second", alts: []string{"first", "number-7"}, values: []string{"Aardvark", "edited there"}})
	s.put("visits", served{key: "later", values: []string{"number-7", "2024-03-01"}})
	s.lists = false
	r := synced(t, db, s, noon)
	if p := r.Stream("person"); p.Updated != 1 || p.Created != 0 {
		t.Errorf("under another key: %+v", p)
	}
	if v := r.Stream("visit"); v.Created != 1 || v.Quarantined != 0 {
		t.Errorf("a reference by another key, in a later run: %+v", v)
	}
	if n := count(t, db, `SELECT count(*) FROM cases c JOIN clients k ON k.id = c.client_id WHERE k.surname = 'Aardvark' AND k.notes = 'edited there'`); n != 2 {
		t.Errorf("%d of 2 cases belong to the record", n)
	}
	s.remove("people", "second")
	s.put("people", served{key: "third", alts: []string{"second"}, values: []string{"Aardvark", "again"}})
	r = synced(t, db, s, noon)
	if p := r.Stream("person"); p.Updated != 1 || p.Created != 0 {
		t.Errorf("by the key that it had in between: %+v", p)
	}
	set(t, db, `DELETE FROM import_xref WHERE source_key = 'first'`)
	if n := count(t, db, `SELECT count(*) FROM import_alt`); n != 0 {
		t.Errorf("%d other keys are left of a record that is forgotten", n)
	}
}

// Wherever a run over a live source breaks off, the next ends as if it had not: how far
// it was read is kept with its end and never before.
func TestABrokenOffSyncEndsTheSame(t *testing.T) {
	prepare := func() (*sqlite.DB, *server) {
		db, s := sqlitetest.Open(t, migrations.FS), newServer()
		synced(t, db, s, noon)
		s.put("people", served{key: "p7", alts: []string{"seven"}, values: []string{"New", ""}})
		s.put("visits", served{key: "v7", values: []string{"seven", "2024-03-01"}})
		s.put("visits", served{key: "v2", values: []string{"p7", "2024-03-02"}})
		s.remove("visits", "v4")
		return db, s
	}
	tables := []string{"clients", "cases"}
	state := func(db *sqlite.DB) string {
		return digests(t, db, tables...) + fmt.Sprint(ids(t, db, `SELECT instance || table_name || cursor FROM import_cursors UNION ALL
SELECT stream || source_key || local_id || (gone_run IS NULL) FROM import_xref UNION ALL SELECT stream || alt_key || source_key FROM import_alt ORDER BY 1`))
	}
	whole, s := prepare()
	synced(t, whole, s, noon)
	want, points := state(whole), 0
	for n := 1; ; n++ {
		db, s := prepare()
		svc, left := service(t, db), n
		before := ids(t, db, `SELECT table_name || cursor FROM import_cursors ORDER BY 1`)
		svc.BreakOff(func(string) error {
			if left--; left == 0 {
				return errBroken
			}
			return nil
		})
		_, err := svc.Run(t.Context(), importer, parse(t, served1), s, imports.Options{})
		if err == nil {
			break
		}
		points++
		if now := ids(t, db, `SELECT table_name || cursor FROM import_cursors ORDER BY 1`); !slices.Equal(now, before) {
			t.Errorf("broken off at point %d, the cursors have moved", n)
		}
		synced(t, db, s, noon)
		if got := state(db); got != want {
			t.Errorf("broken off at point %d:\n%s\n%s", n, got, want)
		}
	}
	if points < 10 {
		t.Errorf("the run has %d points to break off at: too few to mean anything", points)
	}
}
