package main

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// zipped makes an archive of files by name.
func zipped(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// caseboxSample is a core with two contacts, two cases (one closed, one of a type that
// the mapping does not know), a deleted case, a consultation, a referral, an amount.
const caseboxSample = `-- MySQL dump
CREATE TABLE tree (id bigint, pid bigint, template_id int, name varchar(100), date datetime, date_end datetime, cid int, cdate timestamp, uid int, udate timestamp, dstatus int, draft int, target_id bigint, oid int, PRIMARY KEY (id));
CREATE TABLE objects (id bigint, data mediumtext, sys_data mediumtext, PRIMARY KEY (id));
CREATE TABLE templates (id int, type varchar(20), name varchar(100), l1 varchar(100));
CREATE TABLE templates_structure (id int, pid int, template_id int, name varchar(100), l1 varchar(100), type varchar(30), cfg text);
CREATE TABLE files (id bigint, content_id bigint, date date, name varchar(250), title varchar(200), cid int, uid int, cdate timestamp, udate timestamp);
CREATE TABLE files_content (id bigint, size bigint, type varchar(100), path varchar(250), md5 varchar(100));
CREATE TABLE users_groups (id int, type int, name varchar(50));
INSERT INTO templates VALUES (5,'object','folder','Folder'),(6,'file','file_template','File'),(8,'object','Thesauri Item','Item'),(20,'case','Case','Case'),(21,'object','Contact','Contact'),(22,'object','Consultation','Consultation'),(23,'object','Referral','Referral');
INSERT INTO templates_structure VALUES (1,0,20,'nr','Number','varchar',''),(2,0,20,'type','Type','_objects','{"source":"tree"}'),(3,0,20,'_date_start','Opened','date',''),(4,0,20,'_date_end','Closed','date',''),(5,0,20,'contacts','Contacts','_objects','{"source":"tree","multiValued":true}'),(6,0,20,'parties','Party','varchar',''),(7,0,20,'amount_recovered','Recovered','varchar',''),(8,0,20,'description','Description','html',''),(16,0,20,'p','x','_objects',''),
(9,0,21,'first_name','First name','varchar',''),(10,0,21,'last_name','Last name','varchar',''),(11,0,21,'dob','Born','date',''),(12,0,21,'sex','Sex','_sex',''),(13,0,21,'phone','Phone','varchar',''),(14,0,22,'_date_start','Date','date',''),(15,0,23,'_title','To','varchar',''),(17,0,23,'_date_start','Date','date',''),(18,0,23,'reason','Why','varchar',''),(19,0,20,'parties.label','x','varchar','');
INSERT INTO tree VALUES (1,0,5,'Tree',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1),(2,1,8,'Labour',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1),(3,1,8,'Spaceflight',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1),
(10,1,21,'a',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1),(11,1,21,'b',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1),
(20,1,20,'c1',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1),(21,1,20,'c2',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1),(22,1,20,'c3',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,1,0,NULL,1),
(30,20,22,'cons',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1),(31,20,23,'ref',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1),(32,20,6,'a.pdf',NULL,NULL,1,'2013-01-01 00:00:00',NULL,NULL,0,0,NULL,1);
INSERT INTO objects VALUES (10,'{"first_name":"Ana","last_name":"Example","dob":"1980-01-02","sex":"f","phone":["082 555 0101",{"value":"083 555 0102","info":"mother"}]}',NULL),(11,'{"last_name":"Sample"}',NULL),
(20,'{"nr":"C-1","type":2,"_date_start":"2013-04-07","_date_end":"2013-05-07","contacts":"10,11","parties":"Firm","amount_recovered":"R 1 200,50","description":"<p>Paid</p>"}',NULL),
(21,'{"nr":"C-2","type":3,"_date_start":"2013-04-08","contacts":[11]}',NULL),(22,'{"nr":"C-3","type":2,"_date_start":"2013-04-08","contacts":[11]}',NULL),
(30,'{"_date_start":"2013-04-09"}',NULL),(31,'{"_title":"CCMA","_date_start":"2013-04-10","reason":"x"}',NULL);
INSERT INTO files VALUES (32,1,'2013-04-07','a.pdf',NULL,1,1,'2013-04-07 08:00:00',NULL);
INSERT INTO files_content VALUES (1,15,'application/pdf','2013/04/07','900150983cd24fb0d6963f7d28e17f72s15');
-- Dump completed
`

// civiSample is a site with three contacts (an organisation, a person, a person who
// was deleted), two cases of whom one is of a type that the mapping knows, and five activities:
// a call, a call of no case, what CiviCase noted itself, a call that was called off, and one of
// a type that nobody knows.
const civiSample = `-- MySQL dump
CREATE TABLE civicrm_contact (id int, contact_type varchar(64), first_name varchar(64), middle_name varchar(64), last_name varchar(64), display_name varchar(64), gender_id int, birth_date date, is_deleted int, PRIMARY KEY (id));
CREATE TABLE civicrm_phone (id int, contact_id int, phone varchar(32), is_primary int);
CREATE TABLE civicrm_case (id int, case_type_id int, subject varchar(128), details text, start_date date, end_date date, status_id int, is_deleted int, PRIMARY KEY (id));
CREATE TABLE civicrm_case_type (id int, name varchar(64), title varchar(64));
CREATE TABLE civicrm_case_contact (id int, case_id int, contact_id int);
CREATE TABLE civicrm_case_activity (id int, case_id int, activity_id int);
CREATE TABLE civicrm_activity (id int, activity_type_id int, subject varchar(255), activity_date_time datetime, status_id int, is_test int, is_current_revision int, original_id int, is_deleted int, PRIMARY KEY (id));
CREATE TABLE civicrm_option_group (id int, name varchar(64));
CREATE TABLE civicrm_option_value (id int, option_group_id int, label varchar(512), value varchar(512), name varchar(255), PRIMARY KEY (id));
INSERT INTO civicrm_option_group VALUES (1,'activity_type'),(2,'case_status'),(3,'gender'),(4,'activity_status');
INSERT INTO civicrm_option_value VALUES (1,1,'Phone Call','2','Phone Call'),(5,1,'Open Case','13','Open Case'),(6,1,'Juggling','50','Juggling'),(7,4,'Completed','2','Completed'),(8,4,'Cancelled','3','Cancelled'),(2,2,'Resolved','2','Closed'),(3,3,'Female','1','Female'),(4,2,'Ongoing','1','Open');
INSERT INTO civicrm_case_type VALUES (1,'housing','Vivienda'),(2,'other','Adult Day Care');
INSERT INTO civicrm_contact VALUES (1,'Organization',NULL,NULL,NULL,'Office',NULL,NULL,0),(2,'Individual','Ana','M','Example','Ana Example',1,'1980-01-02',0),(3,'Individual','B',NULL,'Sample','B Sample',NULL,NULL,1);
INSERT INTO civicrm_phone VALUES (1,2,'082 555 0101',1);
INSERT INTO civicrm_case VALUES (1,1,'Roof','<p>leaks</p>','2020-01-02','2020-02-02',2,0),(2,2,'Care',NULL,'2020-01-02',NULL,1,0);
INSERT INTO civicrm_case_contact VALUES (1,1,2),(2,2,2);
INSERT INTO civicrm_activity VALUES (1,2,'Call','2020-01-03 09:00:00',2,0,1,NULL,0),(2,2,'Call to nobody','2020-01-03 09:00:00',2,0,1,NULL,0),(3,13,'Housing','2020-01-02 09:00:00',2,0,1,NULL,0),(4,2,'Call','2020-01-04 09:00:00',3,0,1,NULL,0),(5,50,'Balls','2020-01-05 09:00:00',2,0,1,NULL,0);
INSERT INTO civicrm_case_activity VALUES (1,1,1),(2,1,3),(3,1,4),(4,1,5);
-- Dump completed
`

func TestTheShippedMappingsBringSystems(t *testing.T) {
	for _, c := range []struct {
		mapping, file, text string
		want                []string
	}{
		{"casebox", "core.sql", caseboxSample, []string{
			"client                 2         2         0         0         0           0",
			"case                   3         1         0         0         1           1",
			"referral               1         1", "service                1         1", "recovery               3         1",
			"1 × attachment_missing in document.blob", "1 × code_unknown in case.case_type",
		}},
		{"civicrm", "site.sql", civiSample, []string{
			"client                 3         1         0         0         2           0",
			"case                   2         1         0         0         0           1",
			"service                5         1         0         0         3           1",
			"1 no_case", "1 not_done", "1 system_log", "1 × code_unknown in service.kind",
		}},
		{"kobo-intake", "intake.csv", `"first_name";"last_name";"dob";"sex";"phone";"case_no";"ptype";"intake_date";"story";"referred_to";"_id";"_uuid";"_submission_time"` + "\r\n" +
			`"Ana";"Example";"1980-01-02";"f";"0825550101";"A1";"evict labour";"2024-01-02";"x";"CCMA";"11";"u1";"2024-01-02T08:00:00"` + "\r\n" +
			`"B";"Sample";"";"m";"";"";"space";"";"x";"";"12";"u2";"2024-01-03T08:00:00"` + "\r\n", []string{
			"client                 2         1", "case                   2         1", "referral               2         1", "1 × code_unknown in case.case_type",
		}},
		{"odk-intake", "submissions.csv", "SubmissionDate,client-first_name,client-last_name,client-dob,client-sex,client-phone,office-case_no,office-intake_date,problem-ptype,problem-story,referred_to,meta-instanceID,KEY\n" +
			"2024-01-02T08:00:00.000Z,Ana,Example,1980-01-02,f,0825550101,A1,2024-01-02,maint,x,Police,uuid:1,uuid:1\n2024-01-03T08:00:00.000Z,B,Sample,,m,,,,grant labour,x,,uuid:2,uuid:2\n", []string{
			"client                 2         2", "case                   2         2", "referral               2         1",
		}},
		{"commcare-intake", "export.zip", zipped(t, "client.csv", "number,caseid,name,dob,phone,closed,opened_date\n0,k1,Ana Example,1980-01-02,0825550101,False,2021-01-01 00:00:00\n1,k2,B Sample,---,,False,2021-01-01 00:00:00\n",
			"legal_case.csv", "number,caseid,name,problem,amount_recovered,closed,closed_date,opened_date,indices.client\n0,m1,Matter 1,eviction,\"R 1 200,50\",True,2021-01-10,2021-01-01,k1\n1,m2,Matter 2,labour,,False,---,2021-01-01,k2\n2,m3,Matter 3,labour,,False,---,2021-01-01,gone\n"), []string{
			"client                 2         2", "case                   3         2         0         0         0           1", "recovery               3         1", "1 × reference_missing in case.client",
		}},
		{"primero", "cases.json", `[{"id":"a1","short_id":"s1","case_id_display":"s1","name":"Ana Example","name_first":"Ana","name_last":"Example","name_middle":null,"sex":"female","date_of_birth":"2010-01-02","telephone_current":"0825550101","address_current":"x","language":["xhosa","zulu"],"protection_concerns":["separated","other"],"registration_date":"2024-01-02","created_at":"2024-01-02T08:00:00Z","date_closure":"2024-02-02","notes_section":"x","consent_for_services":true,"record_state":true,
"services_section":[{"unique_id":"x","service_type":"police_other_type_of_service","service_implementing_agency":"saps","service_appointment_date":"2024-01-05"},{"unique_id":"y","service_type":"counselling"}]},
{"id":"a2","short_id":"s2","case_id_display":"s2","name":"B","protection_concerns":["refugee"],"registration_date":"2024-01-03","created_at":"2024-01-03T08:00:00Z","consent_for_services":false,"record_state":true}]`, []string{
			"client                 2         1         0         0         1           0", "case                   2         1", "referral               2         1", "1 no_consent",
		}},
		{"uwazi", "import.csv", "title,victim,violation,date,perpetrator,description\nCase 1,Ana Example,desalojo,03/02/2022,Owner|Police,<p>x</p>\nCase 2,B Sample,magic,13/02/2022,,\n", []string{
			"client                 2         1", "case                   2         1         0         0         0           1",
		}},
	} {
		t.Run(c.mapping, func(t *testing.T) {
			o := newOffice(t)
			status, said, errs := o.run("--mapping", c.mapping, "--accept", o.file(c.file, c.text))
			if status != 0 && status != 3 || !strings.Contains(said, "balanced: true") {
				t.Fatalf("status %d\n%s%s", status, said, errs)
			}
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("the report has no %q:\n%s", want, said)
				}
			}
		})
	}
}
