package main

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// unseen are files as a stranger has them: other structures, languages and encodings
// than those of the tests of the sources. Each comes in with a mapping alone.
type unseenFile struct {
	name, file, text string
	source           string // settings of the mapping
	streams          string
	want             []string
}

// cp850 writes a text as old programs for DOS did, as far as it is needed here.
func cp850(s string) string {
	return strings.NewReplacer("á", "\xa0", "é", "\x82", "í", "\xa1", "ó", "\xa2", "ú", "\xa3", "ñ", "\xa4", "Ñ", "\xa5", "º", "\xa7", "¿", "\xa8", "ü", "\x81").Replace(s)
}

// utf16LE writes a text as SQL Server Management Studio does.
func utf16LE(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// workbook makes a workbook of one sheet out of rows of cells, which are texts where
// they begin with a quote and numbers else; "" is no cell.
func workbook(t *testing.T, name string, merges []string, rows ...[]string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	for i, row := range rows {
		b.WriteString(`<row r="` + number(i+1) + `">`)
		for k, c := range row {
			at := string(rune('A'+k)) + number(i+1)
			if text, ok := strings.CutPrefix(c, "'"); ok {
				b.WriteString(`<c r="` + at + `" t="inlineStr"><is><t xml:space="preserve">` + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text) + `</t></is></c>`)
			} else if c != "" {
				b.WriteString(`<c r="` + at + `"><v>` + c + `</v></c>`)
			}
		}
		b.WriteString(`</row>`)
	}
	b.WriteString(`</sheetData>`)
	if len(merges) > 0 {
		b.WriteString(`<mergeCells>`)
		for _, m := range merges {
			b.WriteString(`<mergeCell ref="` + m + `"/>`)
		}
		b.WriteString(`</mergeCells>`)
	}
	b.WriteString(`</worksheet>`)
	return zipped(t, "[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
		"_rels/.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="1"/><sheets><sheet name="`+name+`" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", b.String())
}

func number(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return number(n/10) + number(n%10)
}

// clientAndCase are streams of a table whose rows are clients with a case.
const clientAndCase = `
  client: {FROM to: client, key: KEY, repeats: same, fields: {surname: SURNAME, given_names: GIVEN}}
  case: {FROM to: case, key: KEY, fields: {client: {ref: client}, case_type: {col: TYPE, fn: [lower, trim], codes: {desalojo: 1601, despido: 1101, alimentos: 1301}, unknown: quarantine}, opened_on: OPENED}}
`

func pair(names ...string) string {
	return strings.NewReplacer(names...).Replace(clientAndCase)
}

func unseen(t *testing.T) []unseenFile {
	return []unseenFile{
		{
			name: "kobo-spanish", file: "Atención - todas las versiones - Español (es) - 2025.csv",
			text: "\ufeff" + `"start";"Datos de la persona/Nombre(s)";"Datos de la persona/Apellido paterno";"Caso/¿Qué pasó?";"Caso/¿Qué pasó?/Desalojo";"Caso/¿Qué pasó?/Despido";"Caso/Fecha de ingreso";"_id";"_uuid";"_submission_time";"_index"` + "\r\n" +
				`"2025-01-02T08:00:00.000-04:00";"José ""Pepe""";"Muñoz";"Desalojo";"1";"0";"2025-01-02";"501";"a-1";"2025-01-02T12:00:00";"1"` + "\r\n" +
				`"2025-01-03T08:00:00.000-04:00";"María";"Quispe` + "\n" + `Mamani";"Desalojo Despido";"1";"1";"2025-01-03";"502";"a-2";"2025-01-03T12:00:00";"2"` + "\r\n",
			source: `{type: kobo-export}`,
			streams: `
  client: {from: submissions, to: client, key: "@key", fields: {surname: {col: Datos de la persona/Apellido paterno, fn: [collapse_space]}, given_names: Datos de la persona/Nombre(s)}}
  case: {from: submissions, to: case, key: "@key", fields: {client: {ref: client}, case_type: {col: "Caso/¿Qué pasó?", fn: [lower, {part: {separator: "\n", side: before, alone: true}}], codes: {desalojo: 1601}, unknown: quarantine}, opened_on: Caso/Fecha de ingreso}}
`,
			want: []string{"client                 2         2", "case                   2         2"},
		},
		{
			name: "odk-repeats", file: "Atención.zip",
			text: zipped(t, "Atencion.csv", "SubmissionDate,persona-nombre,persona-apellido,caso-tipo,caso-fecha,meta-instanceID,KEY,SubmitterID,ReviewState\n2025-01-02T08:00:00.000Z,Ana,Muñoz,desalojo,2025-01-02,uuid:1,uuid:1,5,\n2025-01-03T08:00:00.000Z,Luis,Paz,despido,2025-01-03,uuid:2,uuid:2,5,approved\n",
				"Atencion-partes.csv", "nombre,foto,PARENT_KEY,KEY\nFirma,1.jpg,uuid:1,uuid:1/partes[1]\nOtra,,uuid:1,uuid:1/partes[2]\n",
				"Atencion-derivaciones.csv", "a,cuando,PARENT_KEY,KEY\npolicia,2025-02-01,uuid:1/partes[2],uuid:1/partes[2]/derivaciones[1]\nluna,2025-02-02,uuid:1/partes[2],uuid:1/partes[2]/derivaciones[2]\n",
				"media/1.jpg", "\xff\xd8\xffphoto"),
			source: `{type: odk-export}`,
			streams: `
  client: {from: submissions, to: client, key: "@key", fields: {surname: persona-apellido, given_names: persona-nombre}}
  case: {from: submissions, to: case, key: "@key", fields: {client: {ref: client}, case_type: {col: caso-tipo, codes: {desalojo: 1601, despido: 1101}, unknown: quarantine}, opened_on: caso-fecha}}
  referral: {from: submissions/partes/derivaciones, to: referral, key: "@key", fields: {case: {ref: {stream: case, columns: [^^KEY]}}, destination: {col: a, codes: {policia: 3401, luna: 3402}, unknown: quarantine}, referred_on: cuando}}
  document: {from: submissions/partes/@documents, to: document, key: "@key", fields: {case: {ref: {stream: case, columns: [^^KEY]}}, name: name, blob: blob}}
`,
			want: []string{"client                 2         2", "case                   2         2", "referral               2         2", "document               1         1"},
		},
		{
			name: "commcare-merged", file: "export.xlsx",
			text: workbook(t, "Atenciones", []string{"A1:C1", "D1:F1"},
				[]string{"'Case", "", "", "'Datos", "", ""},
				[]string{"'number", "'caseid", "'name", "'tipo", "'opened_date", "'closed"},
				[]string{"0", "'k-1", "'Ana Muñoz", "'desalojo", "'2025-01-02 08:00:00", "'False"},
				[]string{"1", "'k-2", "'Luis Paz", "'---", "'2025-01-03 08:00:00", "'False"},
				[]string{"2", "'k-3", "'Eva Paz", "'despido", "'2025-01-03 08:00:00", "'True"}),
			source:  `{type: spreadsheet, tables: {data: {header_rows: [2]}}}`,
			streams: strings.ReplaceAll(pair("FROM", "", "KEY", "caseid", "SURNAME", "name", "GIVEN", "name", "TYPE", "tipo", "OPENED", "opened_date"), ", given_names: name", ""),
			want:    []string{"client                 3         3", "case                   3         2         0         0         0           1"},
		},
		{
			name: "register-cp850", file: "REGISTRO.TXT",
			text: cp850("OFICINA JURÍDICA DEL PUEBLO;;;;;\r\nAño 2019;;;;;\r\n\r\nNº;Apellidos;Nombres;Problema;Fecha;Monto\r\n" +
				"1;Muñoz Ibáñez;José;Desalojo;03/02/2019;1.200,50\r\n2;Peña;Begoña;Despido;13/02/2019;350,00\r\n3;Güell;Inés;alimentos;28/02/2019;\r\nTOTAL;;;;;1.550,50\r\n\x1a"),
			source: `{type: spreadsheet, tables: {data: {encoding: ibm850, nulls: ["-"]}}}`,
			streams: pair("FROM", "", "KEY", "Nº", "SURNAME", "Apellidos", "GIVEN", "Nombres", "TYPE", "Problema", "OPENED", "Fecha") +
				"  recovery: {to: recovery, key: Nº, when: {col: Monto, is: filled, reason: none}, fields: {case: {ref: case}, kind: {const: 4101}, received_on: Fecha, amount: Monto}}\n",
			want: []string{"client                 4         3", "case                   4         3", "recovery               4         2"},
		},
		{
			name: "ods-repeated", file: "registro.ods",
			text: zipped(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", `<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="Hoja 1"><table:table-column table:number-columns-repeated="1024"/>
<table:table-row><table:table-cell office:value-type="string"><text:p>Nro</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Apellido</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Nombre</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Tipo</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Fecha</text:p></table:table-cell><table:table-cell table:number-columns-repeated="1019"/></table:table-row>
<table:table-row><table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2" office:value-type="string"><text:p>Paz</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>desa<text:span>lojo</text:span></text:p></table:table-cell><table:table-cell office:value-type="date" office:date-value="2025-01-02"><text:p>2 de ene. de 25</text:p></table:table-cell><table:table-cell table:number-columns-repeated="1019"/></table:table-row>
<table:table-row><table:table-cell office:value-type="float" office:value="2"><text:p>2</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Mu<text:s/>ñoz</text:p></table:table-cell><table:covered-table-cell/><table:table-cell office:value-type="string"><text:p>despido</text:p></table:table-cell><table:table-cell office:value-type="date" office:date-value="2025-01-03T00:00:00"><text:p>x</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="1024"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>`),
			source:  `{type: spreadsheet}`,
			streams: pair("FROM", "", "KEY", "Nro", "SURNAME", "Apellido", "GIVEN", "Nombre", "TYPE", "Tipo", "OPENED", "Fecha"),
			want:    []string{"client                 2         2", "case                   2         2"},
		},
		{
			name: "xlsx-1904", file: "registro.xlsx",
			text: workbook(t, "Ene 2025 ", []string{"A1:E1", "B2:C2"},
				[]string{"'REGISTRO DE ATENCIONES"},
				[]string{"'No.", "'Persona", "", "'Problema", "'Fecha"},
				[]string{"", "'Apellido", "'Nombre", "", ""},
				[]string{"1", "'Paz", "'Ana", "'desalojo", "'02/01/2025"},
				[]string{"2", "'Muñoz", "'Luis", "'despido", "'13/01/2025"},
				[]string{"", "", "", "'Total", "2"}),
			source:  `{type: spreadsheet, tables: {data: {header_rows: [2, 3]}}}`,
			streams: pair("FROM", "", "KEY", "No.", "SURNAME", "Persona / Apellido", "GIVEN", "Persona / Nombre", "TYPE", "Problema", "OPENED", "Fecha"),
			want:    []string{"client                 3         2", "case                   3         2"},
		},
		{
			name: "casebox-other", file: "cb_derechos.sql",
			text: "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)\n/*!40101 SET NAMES utf8mb4 */;\n/*!40103 SET TIME_ZONE='+00:00' */;\n" +
				"DROP TABLE IF EXISTS `tree`;\n/*!40101 SET character_set_client = utf8 */;\nCREATE TABLE `tree` (\n  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,\n  `pid` bigint(20) DEFAULT NULL,\n  `template_id` int(10) unsigned DEFAULT NULL,\n  `name` varchar(250) COLLATE utf8_unicode_ci DEFAULT NULL COMMENT 'it''s; a name',\n  `date` datetime DEFAULT NULL,\n  `date_end` datetime DEFAULT NULL,\n  `cid` int(10) unsigned DEFAULT NULL,\n  `cdate` timestamp NOT NULL DEFAULT current_timestamp(),\n  `uid` int(11) DEFAULT NULL,\n  `udate` timestamp NULL DEFAULT NULL,\n  `dstatus` tinyint(3) unsigned NOT NULL DEFAULT 0,\n  `draft` tinyint(1) NOT NULL DEFAULT 0,\n  `target_id` bigint(20) DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  KEY `tree_pid` (`pid`)\n) ENGINE=InnoDB AUTO_INCREMENT=99 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_unicode_ci;\n" +
				"LOCK TABLES `tree` WRITE;\n/*!40000 ALTER TABLE `tree` DISABLE KEYS */;\nset autocommit=0;\nINSERT INTO `tree` (`id`, `pid`, `template_id`, `name`, `date`, `date_end`, `cid`, `cdate`, `uid`, `udate`, `dstatus`, `draft`, `target_id`) VALUES\n(1,0,5,'Árbol',NULL,NULL,1,'2015-01-01 00:00:00',NULL,NULL,0,0,NULL),\n(10,1,40,'Exp 1',NULL,NULL,1,'2015-01-01 00:00:00',NULL,NULL,0,0,NULL),\n(11,10,41,'p',NULL,NULL,1,'2015-01-01 00:00:00',NULL,NULL,0,0,NULL),\n(12,1,40,'Exp; 2',NULL,NULL,1,'2015-01-01 00:00:00',NULL,NULL,0,0,NULL);\n/*!40000 ALTER TABLE `tree` ENABLE KEYS */;\nUNLOCK TABLES;\ncommit;\n" +
				"CREATE TABLE `objects` (`id` bigint(20) NOT NULL, `data` mediumtext, `sys_data` mediumtext, PRIMARY KEY (`id`));\nINSERT INTO `objects` (`id`, `data`, `sys_data`) VALUES\n(10,'{\\\"asunto\\\":\\\"Desalojo\\\",\\\"fecha\\\":\\\"2015-02-03T00:00:00Z\\\"}',NULL),\n(11,'{\\\"ap\\\":\\\"Mu\\\\u00f1oz\\\",\\\"nom\\\":{\\\"value\\\":\\\"Ana\\\",\\\"info\\\":\\\"\\\"}}','[]'),\n(12,'{\\\"asunto\\\":\\\"Despido\\\",\\\"fecha\\\":\\\"2015-02-04 00:00:00\\\"}',NULL);\n" +
				"CREATE TABLE `templates` (`id` int(11) NOT NULL, `pid` int(11), `is_folder` tinyint(1), `type` enum('case','object','file') DEFAULT NULL, `name` varchar(90), `l1` varchar(100), PRIMARY KEY (`id`));\nINSERT INTO `templates` VALUES (5,NULL,0,'object','carpeta','Carpeta'),(40,NULL,0,'case','Expediente judicial','Expediente'),(41,NULL,0,'object','Beneficiaria','Beneficiaria');\n" +
				"CREATE TABLE `templates_structure` (`id` int(11), `pid` int(11), `template_id` int(11), `tag` varchar(30), `level` smallint(6), `name` varchar(255), `l1` varchar(255), `type` varchar(50), `order` smallint(6), `cfg` text);\nINSERT INTO `templates_structure` VALUES (1,40,40,'f',0,'asunto','Asunto','varchar',1,NULL),(2,40,40,'f',0,'fecha','Fecha','date',2,'{}'),(3,41,41,'f',0,'ap','Apellido','varchar',1,NULL),(4,41,41,'f',0,'nom','Nombre','varchar',2,NULL);\n" +
				"/*!50003 CREATE TRIGGER t BEFORE INSERT ON tree FOR EACH ROW BEGIN SET NEW.name = ';'; END */;\n-- Dump completed on 2024-01-01\n",
			source: `{type: casebox-dump}`,
			streams: `
  client: {from: Beneficiaria, to: client, key: "@key", fields: {surname: ap, given_names: nom}}
  case: {from: Expediente judicial, to: case, key: "@key", fields: {client: {ref: {stream: client, columns: [children.Beneficiaria]}}, case_type: {col: asunto, fn: [lower], codes: {desalojo: 1601}, unknown: quarantine}, opened_on: fecha}}
`,
			want: []string{"client                 1         1", "case                   2         1         0         0         0           1"},
		},
		{
			name: "primero-arabic", file: "cases.csv",
			text: "\ufeffid,name,sex,protection_concerns,registration_date,notes\n" +
				"0a1b,\"أحمد, علي\",ذكر,\"[\"\"desalojo\"\", \"\"other\"\"]\",2024-01-02,'=سؤال\n0a1c,فاطمة,أنثى,[],03-Jan-2024,\n",
			source: `{type: primero-export}`,
			streams: `
  client: {from: records, to: client, key: "@key", fields: {surname: name, sex: {col: sex, codes: {ذكر: male, أنثى: female}, unknown: report}}}
  case: {from: records, to: case, key: "@key", fields: {client: {ref: client}, case_type: {col: protection_concerns, fn: [{part: {separator: "\n", side: before, alone: true}}], codes: {desalojo: 1601}, unknown: quarantine, default: 1602}, opened_on: registration_date}}
`,
			want: []string{"client                 2         2", "case                   2         2"},
		},
		{
			name: "uwazi-relations", file: "export.csv",
			text: "Título,Fecha de creación,Geolocalización,Plantilla,Víctimas,Tipo de violación,Fecha,Publicado,Documentos\n" +
				"Caso Uno,2022-02-03,-16.5|-68.1,Caso,Ana Muñoz|Luis Paz,desalojo|despido,2022-02-03,Publicado,\n\"Caso, Dos\",2022-02-04,,Caso,Eva Paz,luna,2022/02/13,Publicado,\n",
			source: `{type: uwazi-export, key: [Título]}`,
			streams: `
  client: {from: entities, to: client, key: "@key", only_with: case, fields: {surname: {col: Víctimas, fn: [{part: {separator: "\n", side: before, alone: true}}]}}}
  case: {from: entities, to: case, key: "@key", fields: {client: {ref: client}, case_type: {col: Tipo de violación, fn: [{part: {separator: "\n", side: before, alone: true}}], codes: {desalojo: 1601}, unknown: quarantine}, opened_on: Fecha}}
`,
			want: []string{"client                 2         1", "case                   2         1         0         0         0           1"},
		},
		{
			name: "ssms", file: "script.sql",
			text: utf16LE("USE [Oficina]\r\nGO\r\n/****** Object:  Table [dbo].[Atención]    Script Date: 01/02/2025 ******/\r\nSET ANSI_NULLS ON\r\nGO\r\nCREATE TABLE [dbo].[Atención](\r\n\t[Id Atención] [int] IDENTITY(1,1) NOT NULL,\r\n\t[Apellido] [nvarchar](max) NULL,\r\n\t[Nombre] [nvarchar](50) COLLATE Modern_Spanish_CI_AS NULL,\r\n\t[Tipo] [char](10) NULL,\r\n\t[Fecha] [date] NULL,\r\n\t[Alta] [datetime] NULL CONSTRAINT [DF_x] DEFAULT (getdate()),\r\n CONSTRAINT [PK_At] PRIMARY KEY CLUSTERED \r\n(\r\n\t[Id Atención] ASC\r\n)WITH (PAD_INDEX = OFF) ON [PRIMARY]\r\n) ON [PRIMARY] TEXTIMAGE_ON [PRIMARY]\r\nGO\r\nSET IDENTITY_INSERT [dbo].[Atención] ON \r\nGO\r\n" +
				"INSERT [dbo].[Atención] ([Id Atención], [Apellido], [Nombre], [Tipo], [Fecha], [Alta]) VALUES (1, N'Muñoz\r\nGO\r\nO''Neill', N'Ana', N'desalojo  ', CAST(N'2025-01-02' AS Date), CAST(N'2025-01-02T08:00:00.000' AS DateTime))\r\nGO\r\nINSERT [dbo].[Atención] ([Id Atención], [Apellido], [Nombre], [Tipo], [Fecha], [Alta]) VALUES (2, N'Paz', NULL, N'despido   ', CAST(0x4B480B00 AS Date), CAST(0x0000B25A00000000 AS DateTime))\r\nGO\r\nSET IDENTITY_INSERT [dbo].[Atención] OFF\r\nGO\r\n"),
			source:  `{type: sqldump}`,
			streams: pair("FROM", "from: Atención,", "KEY", "Id Atención", "SURNAME", "{col: Apellido, fn: [collapse_space]}", "GIVEN", "Nombre", "TYPE", "Tipo", "OPENED", "Alta"),
			want:    []string{"client                 2         2", "case                   2         2"},
		},
		{
			name: "pg_dump", file: "legal.sql",
			text:    "--\n-- PostgreSQL database dump\n--\n\\restrict abc\n-- Dumped by pg_dump version 16.4\nSET statement_timeout = 0;\nSET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE SCHEMA \"Datos 2024\";\nCREATE TYPE \"Datos 2024\".tipo AS ENUM (\n    'desalojo',\n    'despido'\n);\nCREATE TABLE \"Datos 2024\".\"Atención\" (\n    \"Nº\" integer NOT NULL,\n    \"Apellido\" character varying(50) DEFAULT 'a;b'::character varying,\n    \"Nombre\" text,\n    tipo \"Datos 2024\".tipo,\n    \"Fecha\" timestamp with time zone,\n    etiquetas text[]\n);\nALTER TABLE \"Datos 2024\".\"Atención\" OWNER TO postgres;\nCOPY \"Datos 2024\".\"Atención\" (\"Nº\", \"Apellido\", \"Nombre\", tipo, \"Fecha\", etiquetas) FROM stdin;\n1\tMuñoz\\tIbáñez\t\\N\tdesalojo\t2025-01-02 00:00:00-04\t{a,\"b c\"}\n2\tPaz\\\\\tAna\tdespido\t2025-01-03 08:00:00+00\t{}\n\\.\n\nALTER TABLE ONLY \"Datos 2024\".\"Atención\"\n    ADD CONSTRAINT \"Atención_pkey\" PRIMARY KEY (\"Nº\");\n\\unrestrict abc\n--\n-- PostgreSQL database dump complete\n--\n",
			source:  `{type: sqldump}`,
			streams: pair("FROM", "from: Atención,", "KEY", "Nº", "SURNAME", "Apellido", "GIVEN", "Nombre", "TYPE", "tipo", "OPENED", "Fecha"),
			want:    []string{"client                 2         2", "case                   2         2"},
		},
		{
			name: "phpmyadmin", file: "base.sql",
			text: "-- phpMyAdmin SQL Dump\n-- version 5.2.1\nSET SQL_MODE = \"NO_AUTO_VALUE_ON_ZERO\";\nSTART TRANSACTION;\n/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE `atenci``ón` (\n  `id` int(11) NOT NULL,\n  `apellido` varchar(50) CHARACTER SET latin1 NOT NULL,\n  `nombre` varchar(50) DEFAULT NULL,\n  `tipo` set('desalojo','despido') NOT NULL,\n  `fecha` date NOT NULL DEFAULT '0000-00-00'\n) ENGINE=MyISAM DEFAULT CHARSET=latin1;\n" +
				"INSERT INTO `atenci``ón` (`id`, `apellido`, `nombre`, `tipo`, `fecha`) VALUES\n(1, 'Mu\\'ñoz -- no comment', NULL, 'desalojo', '2025-01-02'),\n(2, 'Paz /* nor this', 'Ana\\r\\nLuz', 'despido', '2025-01-03');\nINSERT INTO `atenci``ón` (`fecha`, `id`, `tipo`, `apellido`) VALUES\n('2025-01-04', 3, 'despido', 'Rey');\nALTER TABLE `atenci``ón`\n  ADD PRIMARY KEY (`id`);\nCOMMIT;\n",
			source:  `{type: sqldump}`,
			streams: pair("FROM", "from: atenci`ón,", "KEY", "id", "SURNAME", "apellido", "GIVEN", "{col: nombre, fn: [collapse_space]}", "TYPE", "tipo", "OPENED", "fecha"),
			want:    []string{"client                 3         3", "case                   3         3"},
		},
		{
			name: "sqlyog", file: "yog.sql",
			text:    "/*\r\nSQLyog Ultimate v9.62 \r\nMySQL - 5.5.24 : Database - oficina\r\n*********************************************************************\r\n*/\r\n/*!40101 SET NAMES utf8 */;\r\nCREATE DATABASE /*!32312 IF NOT EXISTS*/`oficina` /*!40100 DEFAULT CHARACTER SET utf8 */;\r\nUSE `oficina`;\r\n/*Table structure for table `casos` */\r\nDROP TABLE IF EXISTS `casos`;\r\nCREATE TABLE `casos` (\r\n  `id` int(11) NOT NULL AUTO_INCREMENT,\r\n  `apellido` varchar(50) DEFAULT NULL,\r\n  `nombre` varchar(50) DEFAULT NULL,\r\n  `tipo` varchar(20) DEFAULT NULL,\r\n  `fecha` date DEFAULT NULL,\r\n  PRIMARY KEY (`id`)\r\n) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8;\r\n/*Data for the table `casos` */\r\ninsert  into `casos`(`id`,`apellido`,`nombre`,`tipo`,`fecha`) values \r\n\r\n(1,'Muñoz','Ana','desalojo','2025-01-02'),\r\n\r\n(2,'Paz','Luis','despido','2025-01-03');\r\n/* Trigger structure for table `casos` */\r\nDELIMITER $$\r\n/*!50003 CREATE */ /*!50003 TRIGGER `x` BEFORE INSERT ON `casos` FOR EACH ROW BEGIN\r\n insert into casos values (9,'no','no','no','2025-01-01');\r\n END */$$\r\nDELIMITER ;\r\n",
			source:  `{type: sqldump}`,
			streams: pair("FROM", "from: casos,", "KEY", "id", "SURNAME", "apellido", "GIVEN", "nombre", "TYPE", "tipo", "OPENED", "fecha"),
			want:    []string{"client                 2         2", "case                   2         2"},
		},
		{
			name: "web-page", file: "reporte.xls",
			text:    "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1252\"></head><body><table border=1><tr><th>Nro</th><th>Apellido</th><th>Nombre</th><th>Tipo</th><th>Fecha</th></tr><tr><td>1<td>Mu\xf1oz&nbsp;&amp; Paz<td>Ana<td>desalojo<td>02/01/2025</tr><tr><td>2</td><td>Paz</td><td></td><td>despido</td><td>13/01/2025</td></tr></table></body></html>",
			source:  `{type: spreadsheet}`,
			streams: pair("FROM", "", "KEY", "Nro", "SURNAME", "Apellido", "GIVEN", "Nombre", "TYPE", "Tipo", "OPENED", "Fecha"),
			want:    []string{"client                 2         2", "case                   2         2"},
		},
	}
}

func TestFilesOfStrangersComeInByAMappingAlone(t *testing.T) { bringAll(t, unseen(t)) }

// bringAll imports files into one office, each as a source of its own.
func bringAll(t *testing.T, all []unseenFile) {
	t.Helper()
	o := newOffice(t)
	for _, f := range all {
		t.Run(f.name, func(t *testing.T) {
			name := strings.ReplaceAll(f.name, "_", "-")
			mapping := "mapping: " + name + "/1\ninstance: " + name + "\nsource: " + f.source + "\ndefaults: {date_order: dmy, currency: BOB, locale: es-BO}\nstreams:" + f.streams
			status, said, errs := o.run("--mapping", o.file(name+".yaml", mapping), "--accept", o.file(f.file, f.text))
			if status != 0 && status != 3 || !strings.Contains(said, "balanced: true") {
				t.Fatalf("status %d\n%s%s", status, said, errs)
			}
			for _, want := range f.want {
				if !strings.Contains(said, want) {
					t.Errorf("the report has no %q:\n%s", want, said)
				}
			}
		})
	}
}
