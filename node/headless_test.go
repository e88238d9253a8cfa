package node

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/sqldb"
	"casehub/adapters/sqldb/mariadbtest"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/node/egress"
	"casehub/node/imports"
)

// headOffice maps a network's own database onto events and pseudonyms.
const headOffice = `mapping: head-office/1
instance: network
mode: aggregate
source: {type: sqldb, dsn_env: CASEHUB_SOURCE_NETWORK, tables: [person, matter, payment]}
defaults: {date_order: ymd, currency: ZAR, locale: en-US}
limits: {gone_share: 0.5}
streams:
  client: {from: person, to: client, key: "@key", fields: {}}
  case:
    from: matter
    to: case
    key: "@key"
    fields:
      client: {ref: {stream: client, columns: [person]}}
      case_type: {col: kind, codes: {CANARYWAGES: 1102, CANARYHOME: 1601}, unknown: quarantine}
      opened_on: opened
  recovery:
    from: payment
    to: recovery
    key: "@key"
    fields: {case: {ref: {stream: case, columns: [matter]}}, kind: {const: 4101}, received_on: paid_on, amount: amount}
`

const networkSQL = `CREATE TABLE person (id varchar(30) PRIMARY KEY, name varchar(60), born date, phone varchar(20));
CREATE TABLE matter (id varchar(30) PRIMARY KEY, person varchar(30), kind varchar(20), opened date, story text);
CREATE TABLE payment (id varchar(30) PRIMARY KEY, matter varchar(30), paid_on date, amount decimal(10,2), bank varchar(40));
INSERT INTO person SELECT concat('CANARYP', seq), concat('CANARYNAME', seq), '1971-02-03', concat('CANARYPHONE', seq) FROM seq_1_to_40;
INSERT INTO matter SELECT concat('CANARYM', seq), concat('CANARYP', seq), if(seq = 40, 'CANARYELSE', if(seq % 4, 'CANARYWAGES', 'CANARYHOME')), '2026-09-17', 'CANARYSTORY' FROM seq_1_to_40;
INSERT INTO payment SELECT concat('CANARYY', seq), concat('CANARYM', seq), '2026-09-23', 700.00 + seq, 'CANARYBANK' FROM seq_1_to_20`

// A network that keeps its own system runs a node beside its database, and nobody works
// in it: the events are read, add up to a draft of a release, and neither a name nor a
// key of the database is anywhere in the node.
func TestANodeBesideADatabaseCountsAndKeepsNobody(t *testing.T) {
	dsn := mariadbtest.DSN(t, networkSQL)
	t.Setenv("CASEHUB_SOURCE_NETWORK", dsn)
	dir := t.TempDir()
	n := openNode(t, Config{Data: dir, Office: OfficeConfig{OrgUnit: 7, FirstPeriod: 202609}})
	sync := func(dry bool) imports.Report {
		t.Helper()
		m, err := imports.ParseMapping([]byte(headOffice), codelist.National())
		if err != nil {
			t.Fatal(err)
		}
		settings, err := m.SourceJSON()
		if err != nil {
			t.Fatal(err)
		}
		src, err := sqldb.Open(settings)
		if err != nil {
			t.Fatal(err)
		}
		defer closes(t, src)
		r, err := imports.NewService(n.DB, codelist.National(), n.Access, october).Run(t.Context(), actor.Node(), m, src, imports.Options{DryRun: dry})
		if err != nil {
			t.Fatalf("%v %+v", err, r)
		}
		return r
	}
	foreseen, report := sync(true), sync(false)
	for _, stream := range []string{"client", "case", "recovery"} {
		if a, b := fmt.Sprintf("%+v", foreseen.Stream(stream)), fmt.Sprintf("%+v", report.Stream(stream)); a != b {
			t.Errorf("%s: foreseen %s, was %s", stream, a, b)
		}
	}
	if c, k, p := report.Stream("case"), report.Stream("client"), report.Stream("recovery"); c.Created != 39 || c.Quarantined != 1 || k.Created != 40 || p.Created != 20 {
		t.Fatalf("%+v", report.Streams)
	}
	d, err := n.Gate.Make(t.Context(), actor.Node(), egress.Wanted{Period: 202609})
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := release.Decode(d.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	total := uint32(0)
	for _, table := range leaves.GetTables() {
		for _, g := range table.GetGroups() {
			total += g.GetValue()
		}
	}
	if total == 0 {
		t.Errorf("the draft counts nothing: %v", leaves)
	}
	again := sync(false)
	if c := again.Stream("case"); c.Unchanged != 39 || c.Created+c.Updated+c.Gone != 0 {
		t.Errorf("nothing is new: %+v", c)
	}
	mariadbtest.Exec(t, mariadbtest.Database(dsn), `DELETE FROM payment WHERE id = 'CANARYY3'`)
	last := sync(false)
	if p := last.Stream("recovery"); p.Gone != 1 {
		t.Errorf("what the database has no more: %+v", p)
	}
	if at := canaries(t, n, dir); len(at) > 0 {
		t.Errorf("the database shows in %v", at)
	}
}

func closes(t *testing.T, src adapters.Source) {
	t.Helper()
	if c, ok := src.(interface{ Close() error }); ok {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// canaries returns the columns of the node and the files of its folder that hold a
// canary or a day of the database.
func canaries(t *testing.T, n *Node, dir string) []string {
	t.Helper()
	texts := func(query string) []string { return column(t, n, query) }
	shows := func(s string) bool {
		return slices.ContainsFunc([]string{"CANARY", "2026-09-17", "2026-09-23", "1971-02-03"}, func(c string) bool { return strings.Contains(strings.ToUpper(s), c) })
	}
	var at []string
	looked := 0
	for _, table := range texts(`SELECT name FROM sqlite_schema WHERE type = 'table'`) {
		for _, column := range texts(`SELECT name FROM pragma_table_info('` + table + `')`) {
			looked++
			if slices.ContainsFunc(texts(`SELECT CAST("`+column+`" AS TEXT) FROM "`+table+`" WHERE "`+column+`" IS NOT NULL`), shows) {
				at = append(at, table+"."+column)
			}
		}
	}
	if looked < 300 {
		t.Errorf("looked through %d columns alone", looked)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err == nil && bytes.Contains(b, []byte("CANARY")) || strings.Contains(path, "CANARY") {
			at = append(at, filepath.Base(path))
		}
	}
	return at
}
