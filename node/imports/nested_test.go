package imports_test

import (
	"context"
	"io"
	"strconv"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// given is a source of records that a test makes.
type given struct {
	stream  string
	records []adapters.Record
	blobs   map[adapters.Blob]string
	forms   []adapters.Instrument
}

func (g given) Check(context.Context) error { return nil }

func (g given) Discover(context.Context) (adapters.Catalog, error) {
	return adapters.Catalog{Fingerprint: "of " + strconv.Itoa(len(g.records)), Streams: []adapters.Stream{{Name: g.stream, Records: int64(len(g.records)), Instruments: g.forms}}}, nil
}

func (g given) Read(_ context.Context, stream string, _ adapters.Cursor, record func(adapters.Record) error, checkpoint func(adapters.Cursor) error) error {
	for _, r := range g.records {
		r.Stream = stream
		r.Seal()
		if err := record(r); err != nil {
			return err
		}
	}
	return checkpoint("")
}

func (g given) Open(_ context.Context, b adapters.Blob) (io.ReadCloser, error) {
	text, ok := g.blobs[b]
	if !ok {
		return nil, adapters.ErrBlob
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

// rec makes a record of names and values in turn.
func rec(key string, pairs ...string) adapters.Record {
	var names []string
	var values []adapters.Value
	for i := 0; i < len(pairs); i += 2 {
		names, values = append(names, pairs[i]), append(values, adapters.Value{Raw: pairs[i+1], Null: pairs[i+1] == ""})
	}
	return adapters.Record{Key: key, Header: adapters.NewHeader(names), Values: values, Loc: adapters.Locator{File: "form", Row: 1}}
}

func with(r adapters.Record, name string, children ...adapters.Record) adapters.Record {
	if r.Children == nil {
		r.Children = map[string][]adapters.Record{}
	}
	for i := range children {
		children[i].Loc = adapters.Locator{}
	}
	r.Children[name] = children
	return r
}

// runSource runs a mapping on any source.
func runSource(t *testing.T, db *sqlite.DB, m *imports.Mapping, src adapters.Source, o imports.Options) imports.Report {
	t.Helper()
	report, err := service(t, db).Run(t.Context(), importer, m, src, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// intake is a form with repeats: the referrals of a case stand inside it.
const intake = `mapping: intake/1
instance: field
source: {type: kobo}
defaults: {date_order: ymd, currency: ZAR}
limits: {failed_share: 1}
streams:
  client:
    from: form
    to: client
    key: "@key"
    fields: {surname: "who/name", phones: "contact[1]/tel"}
  case:
    from: form
    to: case
    key: "@key"
    fields: {client: {ref: client}, case_type: {const: 1101}, opened_on: day}
  referral:
    from: form/sent
    to: referral
    key: "@key"
    fields:
      case: {ref: case}
      destination: {col: where, codes: {court: 3201}, unknown: quarantine}
      referred_on: ^day
      note: {cols: ["^who/name", "@position", why], join: " "}
`

func TestChildrenAreStreamsOfTheirOwn(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	src := given{stream: "form", records: []adapters.Record{
		with(with(rec("s1", "who/name", "Example", "day", "2024-03-02", "mood", "fair"),
			"sent", rec("", "where", "court", "why", "papers"), rec("", "where", "court", "why", "advice")),
			"contact", rec("", "tel", "0110000000")),
		with(rec("s2", "who/name", "Sample", "day", "2024-03-03"),
			"sent", rec("", "where", "court", "why", "x"), rec("", "where", "nowhere", "why", "y")),
		rec("s3", "who/name", "Alone", "day", "2024-03-04"),
	}}
	report := runSource(t, db, parse(t, intake), src, imports.Options{})
	check(t, report, "case", 3, want{created: 2, quarantined: 1})
	check(t, report, "client", 3, want{created: 2, quarantined: 1})
	check(t, report, "referral", 4, want{created: 2, quarantined: 2})
	if n := count(t, db, `SELECT count(*) FROM referrals r JOIN cases c ON c.id = r.case_id WHERE r.note IN ('Example 1 papers', 'Example 2 advice') AND r.referred_on = '2024-03-02'`); n != 2 {
		t.Errorf("%d referrals of the first case, want 2", n)
	}
	if n := count(t, db, `SELECT count(*) FROM clients WHERE phones = '0110000000'`); n != 1 {
		t.Errorf("the telephone of a child was not found: %d", n)
	}
	if n := count(t, db, `SELECT count(*) FROM cases WHERE legacy = '{"mood":"fair","contact":[{"tel":"0110000000"}]}'`); n != 1 {
		t.Errorf("what no field took is not kept with its children: %d", n)
	}
	if n := count(t, db, `SELECT count(*) FROM import_xref WHERE source_key = 's1/sent[2]'`); n != 1 {
		t.Errorf("the second child has another key: %d", n)
	}
	again := runSource(t, db, parse(t, intake), src, imports.Options{})
	check(t, again, "referral", 4, want{unchanged: 2, quarantined: 2})
}

func TestADeletedRecordStaysAndIsMarked(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	first := rec("s1", "who/name", "Example", "day", "2024-03-02")
	runSource(t, db, parse(t, intake), given{stream: "form", records: []adapters.Record{first}}, imports.Options{})
	first.Deleted = true
	unknown := rec("s2", "who/name", "Sample", "day", "2024-03-02")
	unknown.Deleted = true
	src := given{stream: "form", records: []adapters.Record{first, unknown}}
	foreseen := runSource(t, db, parse(t, intake), src, imports.Options{DryRun: true})
	report := runSource(t, db, parse(t, intake), src, imports.Options{})
	sameReport(t, foreseen, report)
	if s := report.Stream("case"); s.Gone != 1 || s.Skipped["deleted_at_source"] != 2 || s.Created != 0 {
		t.Errorf("%+v", s)
	}
	if n := count(t, db, `SELECT count(*) FROM cases c JOIN import_xref x ON x.local_id = c.id WHERE x.gone_run = 2`); n != 1 {
		t.Errorf("%d cases are there and marked", n)
	}
}
