package civicrm

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/place"
	"casehub/adapters/sqldb"
	"casehub/adapters/sqldb/mariadbtest"
	"casehub/adapters/sqldump"
	"casehub/adapters/tables/system"
)

// siteSQL is a small site: contacts of whom one was merged twice over, cases with
// revised activities, custom data of both sorts, and documents.
func siteSQL(contacts int) string {
	var b strings.Builder
	b.WriteString(`-- MySQL dump
CREATE TABLE civicrm_contact (id int, contact_type varchar(64), external_identifier varchar(64), first_name varchar(64), last_name varchar(64), gender_id int, birth_date date, preferred_communication_method varchar(255), api_key varchar(32), is_deceased int, is_deleted int, PRIMARY KEY (id));
CREATE TABLE civicrm_email (id int, contact_id int, email varchar(254), is_primary int);
CREATE TABLE civicrm_phone (id int, contact_id int, phone varchar(32), is_primary int);
CREATE TABLE civicrm_address (id int, contact_id int, is_primary int, street_address varchar(96), supplemental_address_1 varchar(96), city varchar(64), postal_code varchar(64), state_province_id int, country_id int);
CREATE TABLE civicrm_state_province (id int, name varchar(64));
CREATE TABLE civicrm_country (id int, name varchar(64));
CREATE TABLE civicrm_case (id int, case_type_id int, subject varchar(128), start_date date, end_date date, status_id int, is_deleted int, PRIMARY KEY (id));
CREATE TABLE civicrm_case_type (id int, name varchar(64), title varchar(64));
CREATE TABLE civicrm_case_contact (id int, case_id int, contact_id int);
CREATE TABLE civicrm_case_activity (id int, case_id int, activity_id int);
CREATE TABLE civicrm_relationship (id int, contact_id_a int, contact_id_b int, relationship_type_id int, is_active int, case_id int, PRIMARY KEY (id));
CREATE TABLE civicrm_relationship_type (id int, name_a_b varchar(64), name_b_a varchar(64), label_b_a varchar(64));
CREATE TABLE civicrm_activity (id int, activity_type_id int, subject varchar(255), activity_date_time datetime, details longtext, status_id int, parent_id int, is_test int, is_current_revision int, original_id int, is_deleted int, PRIMARY KEY (id));
CREATE TABLE civicrm_activity_contact (id int, activity_id int, contact_id int, record_type_id int);
CREATE TABLE civicrm_option_group (id int, name varchar(64));
CREATE TABLE civicrm_option_value (id int, option_group_id int, label varchar(512), value varchar(512), name varchar(255), PRIMARY KEY (id));
CREATE TABLE civicrm_custom_group (id int, name varchar(64), title varchar(64), extends varchar(255), table_name varchar(64), is_multiple int);
CREATE TABLE civicrm_custom_field (id int, custom_group_id int, name varchar(64), label varchar(255), data_type varchar(32), html_type varchar(32), column_name varchar(64), option_group_id int);
CREATE TABLE civicrm_value_person_1 (id int, entity_id int, languages_1 varchar(255), income_2 decimal(20,2));
CREATE TABLE civicrm_value_hearing_2 (id int, entity_id int, court_3 varchar(255), day_4 datetime);
CREATE TABLE civicrm_entity_file (id int, entity_table varchar(64), entity_id int, file_id int);
CREATE TABLE civicrm_file (id int, mime_type varchar(255), uri varchar(255));
CREATE TABLE civicrm_note (id int, entity_table varchar(64), entity_id int, note text, PRIMARY KEY (id));
INSERT INTO civicrm_note VALUES (1,'civicrm_contact',1,'Canary');
INSERT INTO civicrm_option_group VALUES (1,'activity_type'),(2,'case_status'),(3,'gender'),(4,'preferred_communication_method'),(5,'languages'),(6,'activity_status');
INSERT INTO civicrm_option_value VALUES (1,1,'Cita','1','Meeting'),(2,1,'Merge','50','Contact Merged'),(3,1,'Gone','51','Contact Deleted by Merge'),(4,2,'En curso','1','Open'),(5,3,'Mujer','1','Female'),(6,4,'Teléfono','1','Phone'),(7,4,'Correo','2','Mail'),(8,5,'Quechua','qu','qu'),(9,5,'Aymara','ay','ay'),(10,6,'Hecha','2','Completed');
INSERT INTO civicrm_case_type VALUES (1,'housing','Vivienda');
INSERT INTO civicrm_relationship_type VALUES (9,'Case Coordinator is','Case Coordinator','Coordinadora');
INSERT INTO civicrm_custom_group VALUES (1,'Person','Persona','Individual','civicrm_value_person_1',0),(2,'Hearing','Audiencia','Case','civicrm_value_hearing_2',1);
INSERT INTO civicrm_custom_field VALUES (1,1,'Languages','Idiomas','String','Multi-Select','languages_1',5),(2,1,'Income','Ingreso','Money','Text','income_2',NULL),(3,2,'Court','Juzgado','String','Text','court_3',NULL),(4,2,'Day','Día','Date','Select Date','day_4',NULL);
INSERT INTO civicrm_state_province VALUES (1,'La Paz');
INSERT INTO civicrm_country VALUES (1,'Bolivia');
`)
	for i := 1; i <= contacts; i++ {
		gone := 0
		if i == 2 || i == 3 || i == 9 {
			gone = 1
		}
		fmt.Fprintf(&b, "INSERT INTO civicrm_contact VALUES (%d,'Individual',NULL,'Canary','Muñoz',1,'1980-01-02','\x011\x012\x01','SECRET',0,%d);\n", i, gone)
	}
	b.WriteString(`INSERT INTO civicrm_email VALUES (1,1,'second@example.org',0),(2,1,'first@example.org',1);
INSERT INTO civicrm_phone VALUES (1,1,'000 1',1);
INSERT INTO civicrm_address VALUES (1,1,1,'Calle 1','Piso 2','La Paz','0',1,1);
INSERT INTO civicrm_value_person_1 VALUES (1,1,'` + "\x01qu\x01ay\x01" + `',1200.50),(2,4,'` + "\x01qu\x01" + `',NULL);
INSERT INTO civicrm_case VALUES (1,1,'Canary','2020-01-02',NULL,1,0),(2,1,'Canary','2020-01-02',NULL,1,1);
INSERT INTO civicrm_case_contact VALUES (1,1,3),(2,1,5);
INSERT INTO civicrm_relationship VALUES (1,3,7,9,1,1),(2,3,8,9,0,1);
INSERT INTO civicrm_value_hearing_2 VALUES (1,1,'Canary','2020-02-03 10:00:00'),(2,1,'Canary','2020-03-03 10:00:00');
INSERT INTO civicrm_activity VALUES (1,1,'Canary','2020-01-03 09:00:00','<p>Canary</p>',2,NULL,0,0,NULL,0),(2,1,'Canary','2020-01-03 09:30:00','<p>x</p>',2,NULL,0,1,1,0),(3,1,'x','2020-01-03 09:30:00',NULL,2,NULL,0,1,NULL,1),
(10,50,'x','2020-01-04 00:00:00',NULL,2,NULL,0,1,NULL,0),(11,51,'x','2020-01-04 00:00:00',NULL,2,10,0,1,NULL,0),(12,50,'x','2020-01-05 00:00:00',NULL,2,NULL,0,1,NULL,0),(13,51,'x','2020-01-05 00:00:00',NULL,2,12,0,1,NULL,0);
INSERT INTO civicrm_case_activity VALUES (1,1,1),(2,1,2);
INSERT INTO civicrm_activity_contact VALUES (1,2,7,2),(2,2,3,3),(3,2,8,1),(4,10,2,3),(5,11,3,3),(6,12,1,3),(7,13,2,3);
INSERT INTO civicrm_entity_file VALUES (1,'civicrm_activity',2,1),(2,'civicrm_activity',2,2);
INSERT INTO civicrm_file VALUES (1,'application/pdf','letter_0123456789abcdef0123456789abcdef.pdf'),(2,'application/pdf','../../etc/passwd');
-- Dump completed
`)
	return b.String()
}

func opener(t testing.TB, content string, s Settings) func() (adapters.Source, error) {
	t.Helper()
	db, err := sqldump.NewDB(place.On(adaptertest.File(t, "site.sql", content)), sqldump.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return func() (adapters.Source, error) { return New(db, s) }
}

func records(t testing.TB, open func() (adapters.Source, error), stream string) (all []adapters.Record) {
	t.Helper()
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	err = src.Read(t.Context(), stream, "", func(r adapters.Record) error {
		all = append(all, r)
		return nil
	}, func(adapters.Cursor) error { return nil })
	if err != nil {
		t.Fatalf("reading %s: %v", stream, err)
	}
	return all
}

func shown(v adapters.Value) string {
	if v.List != nil {
		var parts []string
		for _, e := range v.List {
			parts = append(parts, shown(e))
		}
		return strings.Join(parts, "|")
	}
	if v.Null {
		return "∅"
	}
	return v.Raw
}

func columns(t *testing.T, r adapters.Record, want map[string]string) {
	t.Helper()
	for column, text := range want {
		if got := shown(r.Value(column)); got != text {
			t.Errorf("%s is %q, want %q", column, got, text)
		}
	}
}

func TestCiviKeepsTheContract(t *testing.T) {
	hostile := map[string]func() (adapters.Source, error){
		"no site":     opener(t, "CREATE TABLE x (a int); INSERT INTO x VALUES (1);", Settings{}),
		"bare tables": opener(t, "CREATE TABLE civicrm_contact (a int); INSERT INTO civicrm_contact VALUES (1); CREATE TABLE civicrm_case (a int); INSERT INTO civicrm_case VALUES (1);", Settings{}),
		"a circle": opener(t, siteSQL(20)+"INSERT INTO civicrm_activity VALUES (20,50,'Canary','2020-01-05 00:00:00',NULL,2,NULL,0,1,NULL,0),(21,51,'x','2020-01-05 00:00:00',NULL,2,20,0,1,NULL,0);"+
			"INSERT INTO civicrm_activity_contact VALUES (30,20,3,3),(31,21,1,3);", Settings{}),
		"separators": opener(t, siteSQL(5)+"INSERT INTO civicrm_contact VALUES (77,'\x01\x01','\x01','"+strings.Repeat("\x01Canary", 1000)+"','\x01',1,NULL,'\x01',NULL,0,0);", Settings{}),
	}
	at := func(at place.Place) (adapters.Source, error) {
		db, err := sqldump.NewDB(at, sqldump.Settings{})
		if err != nil {
			return nil, err
		}
		return New(db, Settings{})
	}
	adaptertest.Run(t, adaptertest.Harness{File: adaptertest.File(t, "site.sql", siteSQL(1020)), At: at, Hostile: hostile, Canary: "Canary", Patience: 60e9})
}

func TestRecordsHaveWhatTheirTablesOnlyPointTo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "letter_0123456789abcdef0123456789abcdef.pdf"), []byte("Canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := opener(t, siteSQL(20), Settings{Settings: system.Settings{FilesDir: dir}})
	people := records(t, open, "contacts")
	columns(t, people[0], map[string]string{
		"gender_id": "1", "gender_id.label": "Mujer", "preferred_communication_method": "1|2", "preferred_communication_method.label": "Teléfono|Correo",
		"email": "first@example.org|second@example.org", "phone": "000 1", "address": "Calle 1\nPiso 2", "city": "La Paz", "state": "La Paz", "country": "Bolivia",
		"Person.Languages": "qu|ay", "Person.Languages.label": "Quechua|Aymara", "Person.Income": "1200.50", "merged_into": "∅",
	})
	if !slices.Equal(people[0].AltKeys, []string{"2", "3"}) || slices.Contains(people[0].Header.Names(), "api_key") {
		t.Errorf("other keys %v", people[0].AltKeys)
	}
	if r := people[2]; r.Skip != "merged into another at source" || !r.Deleted || r.Value("merged_into").Raw != "1" {
		t.Errorf("a contact that was merged: %q, into %q", r.Skip, r.Value("merged_into").Raw)
	}
	if r := people[8]; r.Skip != "deleted at source" || !r.Deleted {
		t.Errorf("a contact that was deleted: %q", r.Skip)
	}
	cases := records(t, open, "cases")
	columns(t, cases[0], map[string]string{"case_type_id.label": "Vivienda", "status_id.label": "En curso", "client_ids": "1|5", "roles": "Coordinadora", "role_ids": "7", "start_date": "2020-01-02"})
	if kids := cases[0].Children["Hearing"]; len(kids) != 2 || kids[1].Value("Court").Raw != "Canary" || kids[1].Key != "1/Hearing[2]" {
		t.Errorf("%d hearings", len(kids))
	}
	if !cases[1].Deleted {
		t.Error("a deleted case is not gone")
	}
	acts := records(t, open, "activities")
	if acts[0].Skip != "earlier revision" || acts[0].Key == acts[1].Key || acts[1].Key != "1" || acts[1].Skip != "" || !acts[2].Deleted {
		t.Errorf("revisions: %q %q, %q %q", acts[0].Key, acts[0].Skip, acts[1].Key, acts[1].Skip)
	}
	columns(t, acts[1], map[string]string{"activity_type_id.label": "Cita", "status_id.label": "Hecha", "case_ids": "1", "source_ids": "7", "target_ids": "1", "assignee_ids": "8", "activity_date_time": "2020-01-03T09:30:00"})
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	docs := acts[1].Documents
	if len(docs) != 2 || docs[0].Name != "letter.pdf" {
		t.Fatalf("%d documents", len(docs))
	}
	f, err := src.Open(t.Context(), docs[0].Blob)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); err != nil || string(text) != "Canary" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := src.Open(t.Context(), docs[1].Blob); !errors.Is(err, adapters.ErrBlob) {
		t.Errorf("a document outside the folder: %v", err)
	}
}

// A live site reads as its dump does.
func TestALiveSiteReadsAsItsDump(t *testing.T) {
	sql := siteSQL(30)
	dump := opener(t, sql, Settings{})
	t.Setenv("CASEHUB_SOURCE_CIVI_DSN", mariadbtest.DSN(t, sql))
	db, err := sqldb.NewDB(sqldb.Settings{DSNEnv: "CASEHUB_SOURCE_CIVI_DSN"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	live := func() (adapters.Source, error) { return New(db, Settings{Settings: system.Settings{Type: "civicrm"}}) }
	for stream := range streamTables {
		a, b := records(t, dump, stream), records(t, live, stream)
		if len(a) == 0 || len(a) != len(b) {
			t.Errorf("%s: %d records in the dump, %d live", stream, len(a), len(b))
			continue
		}
		for i := range a {
			if a[i].Hash != b[i].Hash || a[i].Key != b[i].Key {
				t.Errorf("%s: record %d is not the same live", stream, i)
				break
			}
		}
	}
}

// The sample data of CiviCRM 3.1, where activities had their contacts elsewhere.
func TestFixtures(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "fixtures", "civicrm", "civicrm_generated.mysql")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the fixtures are not beside the repository")
	}
	db, err := sqldump.NewDB(place.On(path), sqldump.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	open := func() (adapters.Source, error) { return New(db, Settings{}) }
	acts := records(t, open, "activities")
	people := records(t, open, "contacts")
	if len(acts) != 543 || len(people) != 101 {
		t.Errorf("%d activities of %d contacts", len(acts), len(people))
	}
	targets := 0
	for _, r := range acts {
		if !r.Value("target_ids").Null {
			targets++
		}
		if r.Skip == "" && r.Value("activity_type_id.label").Null {
			t.Fatal("an activity has no type")
		}
	}
	if targets == 0 {
		t.Error("no activity has a target")
	}
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := src.Discover(t.Context()); err != nil {
		t.Error(err)
	}
}
