package civicrm

import (
	"testing"

	"casehub/adapters/adaptertest"
	"casehub/adapters/tables/system"
)

// manySQL is a site in two languages, with custom fields of every sort that points to
// something.
const manySQL = `-- MySQL dump
CREATE TABLE civicrm_contact (id int, display_name varchar(64), gender_id int, PRIMARY KEY (id));
CREATE TABLE civicrm_case (id int, case_type_id int, subject varchar(128), status_id int, PRIMARY KEY (id));
CREATE TABLE civicrm_case_type (id int, name varchar(64), title_es_ES varchar(64), title_fr_FR varchar(64));
CREATE TABLE civicrm_domain (id int, name varchar(64), locales text);
CREATE TABLE civicrm_option_group (id int, name varchar(64));
CREATE TABLE civicrm_option_value (id int, option_group_id int, label_es_ES varchar(512), label_fr_FR varchar(512), value varchar(512), name varchar(255), PRIMARY KEY (id));
CREATE TABLE civicrm_custom_group (id int, name varchar(64), title_es_ES varchar(64), extends varchar(255), table_name varchar(64), is_multiple int);
CREATE TABLE civicrm_custom_field (id int, custom_group_id int, name varchar(64), label_es_ES varchar(255), label_fr_FR varchar(255), data_type varchar(32), html_type varchar(32), column_name varchar(64), option_group_id int);
CREATE TABLE civicrm_value_more_7 (id int, entity_id int, paper_1 int, lawyer_2 int, land_3 int);
CREATE TABLE civicrm_country (id int, name varchar(64));
CREATE TABLE civicrm_entity_file (id int, entity_table varchar(64), entity_id int, file_id int);
CREATE TABLE civicrm_file (id int, mime_type varchar(255), uri varchar(255));
CREATE TABLE civicrm_note (id int, entity_table varchar(64), entity_id int, note text, contact_id int, PRIMARY KEY (id));
CREATE TABLE civicrm_tag (id int, name varchar(64));
CREATE TABLE civicrm_entity_tag (id int, entity_table varchar(64), entity_id int, tag_id int);
INSERT INTO civicrm_domain VALUES (1,'x','` + "\x01es_ES\x01fr_FR\x01" + `');
INSERT INTO civicrm_contact VALUES (6,'Ana Muñoz',1);
INSERT INTO civicrm_case VALUES (1,1,'Desalojo',1);
INSERT INTO civicrm_case_type VALUES (1,'housing','Vivienda','Logement');
INSERT INTO civicrm_option_group VALUES (1,'gender'),(2,'case_status');
INSERT INTO civicrm_option_value VALUES (1,1,'Mujer','Femme','1','Female'),(2,2,NULL,'En cours','1','Open');
INSERT INTO civicrm_custom_group VALUES (7,'More','Más','Case','civicrm_value_more_7',0);
INSERT INTO civicrm_custom_field VALUES (1,7,'Paper','Papel','Papier','File','File','paper_1',NULL),(2,7,'Lawyer','Abogada','Avocate','ContactReference','Autocomplete-Select','lawyer_2',NULL),(3,7,'Land','País','Pays','Country','Select Country','land_3',NULL);
INSERT INTO civicrm_value_more_7 VALUES (1,1,1,6,1020);
INSERT INTO civicrm_country VALUES (1020,'Bolivia');
INSERT INTO civicrm_entity_file VALUES (1,'civicrm_value_more_7',1,1);
INSERT INTO civicrm_file VALUES (1,'application/pdf','a_0123456789abcdef0123456789abcdef.pdf');
INSERT INTO civicrm_note VALUES (1,'civicrm_case',1,'Called',6);
INSERT INTO civicrm_tag VALUES (1,'Urgente');
INSERT INTO civicrm_entity_tag VALUES (1,'civicrm_case',1,1);
-- Dump completed
`

func TestASiteInSeveralLanguagesHasLabels(t *testing.T) {
	for language, want := range map[string][]string{
		"":      {"Mujer", "Vivienda", "En cours"},
		"es_ES": {"Mujer", "Vivienda", "En cours"},
		"fr_FR": {"Femme", "Logement", "En cours"},
	} {
		open := opener(t, manySQL, Settings{Settings: system.Settings{Type: "civicrm-dump"}, Language: language})
		one := records(t, open, "cases")[0]
		got := []string{records(t, open, "contacts")[0].Value("gender_id.label").Raw, one.Value("case_type_id.label").Raw, one.Value("status_id.label").Raw}
		if got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
			t.Errorf("language %q: %q, want %q", language, got, want)
		}
		option := records(t, open, "option_values")[0]
		if v := option.Value("label"); v.Raw != want[0] || option.Value("label_fr_FR").Raw != "Femme" {
			t.Errorf("language %q: an option has the label %q", language, v.Raw)
		}
	}
}

func TestCustomFieldsThatPointToSomething(t *testing.T) {
	open := opener(t, manySQL, Settings{})
	one := records(t, open, "cases")[0]
	for name, want := range map[string]string{"More.Lawyer": "6", "More.Lawyer.label": "Ana Muñoz", "More.Land.label": "Bolivia", "tags": "Urgente"} {
		if got := one.Value(name).Raw; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(one.Documents) != 1 || one.Documents[0].Column != "More.Paper" || one.Documents[0].Name != "a.pdf" {
		t.Errorf("%d documents", len(one.Documents))
	}
	note := records(t, open, "notes")[0]
	if got := adaptertest.Line(&note); got != "1{id=1 entity_table=civicrm_case entity_id=1 note=Called contact_id=6}" {
		t.Errorf("the note is %s", got)
	}
}
