package imports_test

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"testing"

	"casehub/adapters"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/cases"
	"casehub/node/documents"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// office is a mapping with what an office does beside its cases.
const office = `mapping: office/1
instance: office
source: {type: jsonfile}
defaults: {date_order: ymd, currency: ZAR}
limits: {failed_share: 1}
streams:
  client: {to: client, key: "@key", when: {col: kind, in: [case]}, fields: {surname: name}}
  case:
    to: case
    key: "@key"
    when: {col: kind, in: [case]}
    fields: {client: {ref: client}, case_type: {const: 1101}, opened_on: day, legacy_number: number}
  document:
    from: rows/@documents
    to: document
    key: "@key"
    fields: {case: {ref: case}, name: name, blob: blob}
  consultation:
    to: consultation
    key: "@key"
    when: {col: kind, in: [advice]}
    fields: {client: {ref: {stream: client, columns: [of]}}, case: {ref: {stream: case, columns: [of]}}, case_type: {const: 1101}, held_on: day, note: note}
  visit:
    to: visit
    key: "@key"
    when: {col: kind, in: [visit]}
    fields: {case_type: {const: 1101}, held_on: day, called: name, note: note}
  service:
    to: service
    key: "@key"
    when: {col: kind, in: [service]}
    fields: {case: {ref: {stream: case, columns: [of]}}, kind: {const: SERVICE}, given_on: day}
  turn_away:
    to: turn_away
    key: "@key"
    when: {col: kind, in: [away]}
    fields: {reason: {const: AWAY}, came_on: day, client: {ref: {stream: client, columns: [of]}}}
  activity:
    to: activity
    key: "@key"
    when: {col: kind, in: [event]}
    fields: {kind: {const: EVENT}, held_on: day, place: name, participants: count}
  complaint:
    to: complaint
    key: "@key"
    when: {col: kind, in: [complaint]}
    fields: {case: {ref: {stream: case, columns: [of]}}, institution: {const: INSTITUTION}, filed_on: day, number: number}
  survey:
    to: survey
    key: "@key"
    when: {col: kind, in: [survey]}
    fields: {case: {ref: {find: [legacy_number, reference], columns: [of]}}, answered_on: day, rating: {const: RATING}, cost: opinion}
  answer:
    to: answer
    key: "@key"
    when: {col: kind, in: [needs]}
    fields: {case: {ref: {find: legacy_number, columns: [of]}}, answered_on: day}
`

// papers keeps what an import brings.
type papers struct {
	db      *testing.T
	content map[documents.ID]string
	insert  func(ctx context.Context, id documents.ID, of cases.ID, name string) error
}

func (p papers) Import(ctx context.Context, _ actor.Actor, id documents.ID, of cases.ID, name string, r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	p.content[id] = string(b)
	return p.insert(ctx, id, of, name)
}

func officeRows() given {
	first := rec("c1", "kind", "case", "name", "Example", "day", "2024-03-01", "number", "L/11/077")
	first.Documents = []adapters.Document{
		{Blob: "b1", Name: "letter.txt", MD5: "5D41402ABC4B2A76B9719D911017C592"},
		{Blob: "b2", Name: "lost.txt"},
		{Blob: "b3", Name: "other.txt", MD5: "00000000000000000000000000000000"},
	}
	return given{
		stream: "rows", blobs: map[adapters.Blob]string{"b1": "hello", "b3": "hello"},
		forms: []adapters.Instrument{{ID: "needs", Title: "Legal needs", Version: "v1", Questions: []adapters.Question{{Name: "worry", Type: "text"}}}},
		records: []adapters.Record{
			first,
			rec("n1", "kind", "advice", "of", "c1", "day", "2024-03-05", "note", "came back"),
			rec("n2", "kind", "visit", "name", "a woman in a red coat", "day", "2024-03-05", "note", "asked for the way"),
			rec("s1", "kind", "service", "of", "c1", "day", "2024-03-06"),
			rec("s2", "kind", "service", "of", "c1", "day", "2024-02-06"), // before the case
			rec("t1", "kind", "away", "day", "2024-03-06"),
			rec("t2", "kind", "away", "of", "c9", "day", "2024-03-06"), // nobody
			rec("e1", "kind", "event", "name", "Town hall", "day", "2024-03-06", "count", "35.0"),
			rec("e2", "kind", "event", "name", "Town hall", "day", "2024-03-06", "count", "many"),
			rec("p1", "kind", "complaint", "of", "c1", "day", "2024-03-06", "number", "OMB 7"),
			rec("v1", "kind", "survey", "of", "l 11 077", "day", "2024-04-06", "opinion", "good"),
			rec("v2", "kind", "survey", "of", "L/11/077", "day", "2024-04-07"), // a second one of the case
			rec("v3", "kind", "survey", "of", "L/11/078", "day", "2024-04-07"), // no such case
			rec("a1", "kind", "needs", "of", "l-11-077", "day", "2024-04-06", "worry", "rent"),
			rec("a2", "kind", "needs", "day", "2024-04-06", "worry", "water"),
		},
	}
}

func TestEveryTargetIsFilled(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	m := parse(t, withCodes(office))
	kept := papers{t, map[documents.ID]string{}, func(ctx context.Context, id documents.ID, of cases.ID, name string) error {
		_, err := db.Exec(ctx, `INSERT INTO documents (id, case_id, file, name, type, size, sha256, added_by, added_at) VALUES ('`+string(id)+`', '`+string(of)+`', '`+string(id)+`', '`+name+`', 'text/plain', 5, zeroblob(32), 'x', 1)`, nil)
		return err
	}}
	o := imports.Options{Documents: kept, DryRun: true}
	foreseen := runSource(t, db, m, officeRows(), o)
	o.DryRun = false
	report := runSource(t, db, m, officeRows(), o)
	sameReport(t, foreseen, report)
	for stream, w := range map[string]want{
		"client": {created: 1}, "case": {created: 1}, "document": {created: 1, quarantined: 2}, "consultation": {created: 1}, "visit": {created: 1},
		"service": {created: 1, quarantined: 1}, "turn_away": {created: 2}, "activity": {created: 1, quarantined: 1}, "complaint": {created: 1},
		"survey": {created: 1, quarantined: 2}, "answer": {created: 2},
	} {
		got := report.Stream(stream)
		if got.Created != w.created || got.Quarantined != w.quarantined {
			t.Errorf("%s: %+v, want %+v", stream, got, w)
		}
	}
	for what, query := range map[string]string{
		"a visit with its name, and no client for it": `SELECT count(*) FROM visits WHERE called = 'a woman in a red coat' AND (SELECT count(*) FROM clients) = 1`,
		"a consultation of client and case":           `SELECT count(*) FROM consultations n JOIN cases c ON c.id = n.case_id AND c.client_id = n.client_id`,
		"a service of the case's client":              `SELECT count(*) FROM services g JOIN cases c ON c.id = g.case_id AND c.client_id = g.client_id`,
		"an activity":                                 `SELECT count(*) FROM activities WHERE participants = 35`,
		"a complaint that was filed":                  `SELECT count(*) FROM complaints WHERE progress = 'filed' AND number = 'OMB 7'`,
		"a survey found by the number":                `SELECT count(*) FROM surveys v JOIN cases c ON c.id = v.case_id WHERE v.cost = 'good'`,
		"an answer with its form":                     `SELECT count(*) FROM answers a JOIN instruments i ON i.id = a.instrument_id WHERE a.case_id IS NOT NULL AND a.answers = '{"kind":"needs","of":"l-11-077","day":"2024-04-06","worry":"rent"}' AND i.title = 'Legal needs'`,
		"an answer without a case":                    `SELECT count(*) FROM answers WHERE case_id IS NULL`,
	} {
		if n := count(t, db, query); n != 1 {
			t.Errorf("%s: %d", what, n)
		}
	}
	if len(kept.content) != 1 {
		t.Errorf("%d documents were brought", len(kept.content))
	}
	again := runSource(t, db, m, officeRows(), o)
	for _, s := range again.Streams {
		if s.Created+s.Updated > 0 {
			t.Errorf("the second import of %s: %+v", s.Stream, s)
		}
	}
}

// withCodes puts real leaves of the lists in the place of names.
func withCodes(text string) string {
	for name, code := range map[string]string{"SERVICE": leafOf("service_kinds"), "AWAY": leafOf("turn_away_reasons"), "EVENT": leafOf("activity_kinds"), "INSTITUTION": leafOf("institutions"), "RATING": leafOf("satisfaction_ratings")} {
		text = string(bytes.ReplaceAll([]byte(text), []byte(name), []byte(code)))
	}
	return text
}

// leafOf returns the first leaf of a list.
func leafOf(list string) string {
	for _, c := range codelist.National().List(list).Categories {
		for _, l := range c.Leaves {
			return strconv.FormatUint(uint64(l.Code), 10)
		}
	}
	return ""
}
