package main

import (
	"strings"
	"testing"
)

const (
	contentTypes = `<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`
	plainHead    = "Nro;Apellido;Nombre;Tipo;Fecha\r\n"
)

// unseenMore are more of them: what other programs make of the same.
func unseenMore(t *testing.T) []unseenFile {
	plain := func(from string) string {
		return pair("FROM", from, "KEY", "Nro", "SURNAME", "Apellido", "GIVEN", "Nombre", "TYPE", "Tipo", "OPENED", "Fecha")
	}
	two := []string{"client                 2         2", "case                   2         2"}
	return []unseenFile{
		{
			name: "xlsx-strict", file: "estricto.xlsx",
			text: zipped(t, "[Content_Types].xml", contentTypes,
				"_rels/.rels", `<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="/xl/workbook.xml" Id="R1" /></Relationships>`,
				"xl/workbook.xml", `<?xml version="1.0" encoding="utf-8"?><x:workbook xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main" xmlns:r="http://purl.oclc.org/ooxml/officeDocument/relationships"><x:sheets><x:sheet name="Hoja" sheetId="7" r:id="R9"/></x:sheets></x:workbook>`,
				"xl/_rels/workbook.xml.rels", `<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet" Target="/xl/worksheets/sheet.xml" Id="R9"/><Relationship Type="http://purl.oclc.org/ooxml/officeDocument/relationships/sharedStrings" Target="/xl/sharedStrings.xml" Id="R3"/></Relationships>`,
				"xl/sharedStrings.xml", `<?xml version="1.0" encoding="utf-8"?><x:sst xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:si><x:t>Nro</x:t></x:si><x:si><x:t>Apellido</x:t></x:si><x:si><x:r><x:t>Nom</x:t></x:r><x:r><x:rPr><x:b/></x:rPr><x:t>bre</x:t></x:r><x:rPh sb="0" eb="1"><x:t>no</x:t></x:rPh></x:si><x:si><x:t>Tipo</x:t></x:si><x:si><x:t>Fecha</x:t></x:si><x:si><x:t>desalojo</x:t></x:si></x:sst>`,
				"xl/worksheets/sheet.xml", `<?xml version="1.0" encoding="utf-8"?><x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c><x:c t="s"><x:v>2</x:v></x:c><x:c t="s"><x:v>3</x:v></x:c><x:c t="s"><x:v>4</x:v></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c><x:c t="str"><x:v>Paz_x0041_</x:v></x:c><x:c t="inlineStr"><x:is><x:t>Ana</x:t></x:is></x:c><x:c t="s"><x:v>5</x:v></x:c><x:c t="d"><x:v>2025-01-02</x:v></x:c></x:row><x:row><x:c><x:v>2</x:v></x:c><x:c t="str"><x:v>Rey</x:v></x:c><x:c/><x:c t="s"><x:v>5</x:v></x:c><x:c t="str"><x:f>A1</x:f><x:v>03/01/2025</x:v></x:c></x:row></x:sheetData></x:worksheet>`),
			source: `{type: spreadsheet}`, streams: plain(""), want: two,
		},
		{
			name: "csv-utf16", file: "excel unicode.txt",
			text:   utf16LE(strings.ReplaceAll(plainHead, ";", "\t") + "1\tMuñoz\t\"Ana \"\"la\"\"\r\nLuz\"\tdesalojo\t02/01/2025\r\n2\tPaz\t\tdespido\t13/01/2025\r\n"),
			source: `{type: spreadsheet}`, streams: strings.ReplaceAll(plain(""), "given_names: Nombre", "given_names: {col: Nombre, fn: [collapse_space]}"), want: two,
		},
		{
			name: "csv-mac", file: "mac.csv",
			text:   "sep=;\rNro;Apellido;Nombre;Tipo;Fecha\r1;Mu\x96oz;Jos\x8e;desalojo;02/01/2025\r2;Ib\x87\x96ez;In\x8es;despido;13/01/2025\r",
			source: `{type: spreadsheet, tables: {data: {encoding: macintosh}}}`, streams: plain(""), want: two,
		},
		{
			name: "mysql-ansi", file: "ansi.sql",
			text:   "-- MySQL dump 10.13  Distrib 5.7.44\n/*!40101 SET SQL_MODE='ANSI' */;\nCREATE TABLE \"atencion\" (\n  \"Nro\" int(11) NOT NULL,\n  \"Apellido\" varchar(50) DEFAULT NULL,\n  \"Nombre\" varchar(50),\n  \"Tipo\" enum('desalojo','despido') DEFAULT NULL,\n  \"Fecha\" date DEFAULT NULL,\n  \"foto\" longblob,\n  PRIMARY KEY (\"Nro\")\n);\nINSERT INTO \"atencion\" VALUES (1,'Muñoz','Ana','desalojo','2025-01-02',0xFFD8FFE0);\nINSERT INTO \"atencion\" VALUES (2,'O\\'Neill',_binary 'Luz','despido','2025-01-03',_binary '\\0x\\Z');\n",
			source: `{type: sqldump}`, streams: plain("from: atencion,"), want: two,
		},
		{
			name: "pg-inserts", file: "inserts.sql",
			text:   "--\n-- PostgreSQL database dump\n--\nSET standard_conforming_strings = on;\nSET search_path = legal, pg_catalog;\nCREATE TABLE atencion (\n    \"Nro\" bigint DEFAULT nextval('legal.seq'::regclass) NOT NULL,\n    \"Apellido\" text,\n    \"Nombre\" text,\n    \"Tipo\" character varying,\n    \"Fecha\" date,\n    activo boolean DEFAULT true,\n    CONSTRAINT c CHECK (((\"Tipo\")::text = ANY (ARRAY['desalojo'::text, 'despido'::text])))\n);\nINSERT INTO atencion (\"Nro\", \"Apellido\", \"Nombre\", \"Tipo\", \"Fecha\", activo) VALUES (1, 'O''Neill \\', E'A\\nB', 'desalojo', '2025-01-02', true);\nINSERT INTO legal.atencion VALUES (2, $$Paz ; x$$, NULL, 'despido', '2025-01-03', false);\nCREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $_$\nBEGIN\n  INSERT INTO atencion VALUES (9, 'no');\nEND;\n$_$;\n",
			source: `{type: sqldump}`, streams: strings.ReplaceAll(plain("from: atencion,"), "given_names: Nombre", "given_names: {col: Nombre, fn: [collapse_space]}"), want: two,
		},
		{
			name: "sqlite-shell", file: "shell.sql",
			text:   "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE IF NOT EXISTS \"atencion\" (Nro INTEGER PRIMARY KEY, [Apellido] TEXT, `Nombre` TEXT, 'Tipo' TEXT, Fecha);\nINSERT INTO atencion VALUES(1,'Muñoz',unistr('Ana\\u000aLuz'),'desalojo','2025-01-02');\nINSERT INTO atencion VALUES(2,replace('Paz\\nRey','\\n',char(10)),NULL,'despido','2025-01-03');\nCOMMIT;\n",
			source: `{type: sqldump}`, streams: strings.NewReplacer("given_names: Nombre", "given_names: {col: Nombre, fn: [collapse_space]}", "surname: Apellido", "surname: {col: Apellido, fn: [collapse_space]}").Replace(plain("from: atencion,")), want: two,
		},
		{
			name: "odk-flat", file: "envios.csv",
			text:   "SubmissionDate,Apellido,Nombre,Tipo,Tipo/desalojo,Tipo/despido,Fecha,instanceID,KEY,SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,Status,ReviewState,DeviceID,Edits,FormVersion\n2025-01-02T08:00:00.000Z,Muñoz,Ana,desalojo despido,1,1,2025-01-02,uuid:1,uuid:1,5,x,0,0,,,d,0,1\n2025-01-02T08:00:00.000Z,Paz,,,0,0,,uuid:2,uuid:2,5,x,0,0,not decrypted,,d,0,1\n",
			source: `{type: odk-export}`, streams: `
  client: {from: submissions, to: client, key: "@key", fields: {surname: Apellido}}
  case: {from: submissions, to: case, key: "@key", fields: {client: {ref: client}, case_type: {col: Tipo, fn: [{part: {separator: "\n", side: before, alone: true}}, {part: {separator: " ", side: before, alone: true}}], codes: {desalojo: 1601}, unknown: quarantine}, opened_on: Fecha}}
`,
			want: []string{"client                 2         1         0         0         0           1", "1 × encrypted_record in case"},
		},
		{
			name: "commcare-forms", file: "formas.zip",
			text: zipped(t, "Forms.csv", "number,formid,form.apellido,form.tipo,form.fecha,received_on,hq_user\n0,f-1,Muñoz,desalojo,2025-01-02,2025-01-02 08:00:00,u\n1,f-2,Paz,despido,2025-01-03,2025-01-03 08:00:00,u\n",
				"Forms.pagos.csv", "number,number__0,monto,dia\n0.0,0,350.00,2025-02-01\n0.1,0,---,2025-02-02\n1.0,1,20.50,2025-02-03\n"),
			source: `{type: commcare-export}`, streams: `
  client: {from: Forms, to: client, key: "@key", fields: {surname: form.apellido}}
  case: {from: Forms, to: case, key: "@key", fields: {client: {ref: client}, case_type: {col: form.tipo, codes: {desalojo: 1601, despido: 1101}, unknown: quarantine}, opened_on: form.fecha}}
  recovery: {from: Forms/Forms.pagos, to: recovery, key: "@key", when: {col: monto, is: filled, reason: none}, fields: {case: {ref: {stream: case, columns: [^formid]}}, kind: {const: 4101}, received_on: dia, amount: monto}}
`,
			want: append([]string{"recovery               3         2         0         0         1           0"}, two...),
		},
		{
			name: "json-api", file: "respuesta.json",
			text:   "\ufeff" + `{"estado":"ok","datos":{"casos":[{"Nro":1,"persona":{"Apellido":"Mu\u00f1oz","Nombre":null},"Tipo":"desalojo","Fecha":"2025-01-02"},{"Nro":"2","persona":{"Apellido":"Paz"},"Tipo":"despido","Fecha":"2025-01-03T00:00:00-04:00","extra":[{"a":1}]}]}}`,
			source: `{type: json}`, streams: pair("FROM", "from: data,", "KEY", "Nro", "SURNAME", "persona.Apellido", "GIVEN", "persona.Nombre", "TYPE", "Tipo", "OPENED", "Fecha"), want: two,
		},
		{
			name: "uwazi-languages", file: "import.zip",
			text:   zipped(t, "import.csv", "id,Título__es,Título__en,Víctima,Tipo__es,Tipo__en,Fecha,File\n1,Caso uno,Case one,Ana,desalojo,eviction,1/2/2022,acta.pdf\n2,Caso dos,Case two,Luz,despido,dismissal,13/2/2022,../fuera.pdf\n", "acta.pdf", "%PDF-1.4 x"),
			source: `{type: uwazi-export, language: es, key: [id]}`, streams: `
  client: {from: entities, to: client, key: "@key", fields: {surname: Víctima}}
  case: {from: entities, to: case, key: "@key", fields: {client: {ref: client}, case_type: {col: Tipo, codes: {desalojo: 1601, despido: 1101}, unknown: quarantine}, opened_on: Fecha}}
  document: {from: entities/@documents, to: document, key: "@key", fields: {case: {ref: {stream: case, columns: [^id]}}, name: name, blob: blob}}
`,
			want: append([]string{"document               1         1"}, two...),
		},
	}
}

func TestMoreFilesOfStrangersComeIn(t *testing.T) { bringAll(t, unseenMore(t)) }
