package main

// strangersDatabases are the offices. Their people are invented.
var strangersDatabases = []writtenOut{
	{
		name:   "a French office with MariaDB: accents in all names, bits, images, triggers",
		files:  []string{"cabinet.sql", "cabinet-hex.sql", "cabinet-latin1.sql", "cabinet-ansi.sql", "cabinet-compact.sql"},
		source: "{type: sqldump}",
		streams: `
  client: {from: Bénéficiaire, to: client, key: "@key", fields: {surname: Nom de famille, given_names: {col: Prénom, fn: [collapse_space]}, sex: {col: sexe, codes: {H: male, F: female}, unknown: report}, birth_date: {col: né le, on_error: drop}, phones: {col: tél, fn: [phone]}}}
  case:
    from: dossier
    to: case
    key: "@key"
    fields:
      client: {ref: {stream: client, columns: [client n°]}}
      legacy_number: ref
      case_type: {col: order, codes: {expulsion: 1601, licenciement: 1101, pension: 1301}, unknown: quarantine}
      opened_on: ouvert
      closed_on: {col: clos, fn: [{replace: {find: "^0000-00-00.*", with: ""}}]}
      outcome: {const: 5201}
      summary: {cols: [texte, urgent], join: "; "}
  recovery: {from: dossier, to: recovery, key: "@key", when: {col: select, is: filled, reason: no_amount}, fields: {case: {ref: case}, kind: {const: 4101}, received_on: ouvert, amount: select}}
`,
		report: []string{
			"client                 3         3         0         0         0           0",
			"case                   4         2         0         0         0           2",
			"recovery               4         2         0         0         1           1",
			"1 × required_missing in case.client", "1 × date_impossible in case.closed_on", "1 × date_impossible in client.birth_date",
		},
		legacy: []string{"actif", "drapeaux", "infos", "nom complet"},
		clients: []string{
			`D'Exemple "le\petit"|Zoé|1980-02-29|female|0115550001|1|682|{"enfants": 2, "nom": "Zoé \"Z\""}|D'Exemple "le\petit", Zoé`,
			"Fictif|ligne1 ligne2; -- rien /* de */ $$||male||0|||Fictif, ligne1\nligne2; -- rien /* de */ $$",
			`Müller-Échantillon|%_\%|1999-12-31|||1|1|[]|Müller-Échantillon, %_\%`,
		},
		cases: []string{
			"A/001|1601|2023-01-05|2023-06-01|Accentué, 3 € dûs; 1|123456789",
			"A/001|1101|2024-02-29||0|10",
		},
	},
	{
		name:   "a Spanish registry with Postgres: schemas, identity, inheritance, arrays",
		files:  []string{"registro-copy.sql", "registro-inserts.sql", "registro-columns.sql"},
		source: "{type: sqldump}",
		streams: `
  client: {from: Personas atendidas, to: client, key: id, fields: {surname: Apellidos, given_names: {col: Nombres, fn: [collapse_space]}, birth_date: {col: nac, on_error: drop}, phones: {col: tel, fn: [phone]}}}
  case: {from: order, to: case, key: select, fields: {client: {ref: {stream: client, columns: [persona]}}, legacy_number: select, case_type: {col: est, codes: {Abierto: 1601, En trámite: 1101, "Cerrado; archivado": 1301}, unknown: quarantine}, opened_on: fecha apertura}}
  recovery: {from: order, to: recovery, key: select, when: {col: monto, is: filled, reason: no_amount}, fields: {case: {ref: case}, kind: {const: 4101}, received_on: fecha apertura, amount: monto}}
  parted: {from: parte, to: visit, key: id, fields: {held_on: d, called: t, case_type: {const: 1601}}}
  moment: {from: Personas atendidas, to: visit, key: id, when: {col: creado, is: filled, reason: no_moment}, fields: {held_on: {col: creado, fn: [{date: {timezone: America/La_Paz}}]}, called: Apellidos, case_type: {const: 1601}}}
`,
		report: []string{
			"client                 3         3         0         0         0           0",
			"case                   4         2         0         0         0           2",
			"recovery               4         1         0         0         1           2",
			"1 × type_date in client.birth_date", "1 × reference_missing in case.client", "1 × required_missing in case.opened_on", "1 × type_money in recovery.amount",
		},
		legacy: []string{"notas", "saldo", "activo", "marcas", "c"},
		clients: []string{
			`Muñoz d'Ejemplo|línea1 línea2 tab\barra|1980-02-29||011555 022555|{"hijos": [{"n": "Zoé"}]}|-99.99|true|10101|ab`,
			`\.|\N||||[]|0.10|false||`,
			"日本 😀|x; -- COPY a FROM stdin;||||||||",
		},
		cases:  []string{"1|1601|2024-01-05|||120050", "2|1101|2024-02-29|||"},
		visits: []string{"2023-05-05|p23", "2024-01-01|Muñoz d'Ejemplo"},
	},
	{
		name:   "a register with SQLite: types that hold for nothing, no row numbers",
		files:  []string{"registre.sqlite", "registre.sql"},
		source: "{type: sqldump}",
		streams: `
  client: {from: personne, to: client, key: id, fields: {surname: nom, given_names: {col: prénom, fn: [collapse_space]}, birth_date: né}}
  case: {from: Cas ouverts, to: case, key: "@key", fields: {client: {ref: {stream: client, columns: [client]}}, legacy_number: N° dossier, case_type: {const: 1601}, opened_on: {col: ouvert, fn: [{date: {excel_serials: 1900}}]}, summary: ok}}
  recovery: {from: Cas ouverts, to: recovery, key: "@key", fields: {case: {ref: case}, kind: {const: 4101}, received_on: {col: ouvert, fn: [{date: {excel_serials: 1900}}]}, amount: montant}}
`,
		report: []string{
			"client                 3         3", "case                   4         3         0         0         0           1", "recovery               4         3         0         0         0           1",
			"1 × reference_missing in case.client",
		},
		legacy: []string{"photo"},
		clients: []string{
			"neg|l1 l2||||texte",
			`D'Exemple|Zoé "Z"|1980-02-29|||personne/photo/ba4f25bf16ba4be6bc7d3276fafeb67f`,
			"日本 😀||1980-02-29|||",
		},
		cases: []string{"A/1|1601|2023-01-05||true|35010", "A/1|1601|2024-01-05||true|10", "é|1601|2023-01-10|||120050"},
	},
	{
		name:   "a Spanish office, as six programs write its table out",
		files:  []string{"atencion-phpmyadmin2-latin1.sql", "atencion-heidisql.sql", "atencion-adminer.sql", "atencion-sqlyog.sql", "atencion-ssms-utf16.sql", "atencion-ssms-cp1252.sql"},
		source: "{type: sqldump}",
		streams: `
  client: {from: atención, to: client, key: id, fields: {surname: apellido, given_names: nombre}}
  case: {from: atención, to: case, key: id, fields: {client: {ref: client}, legacy_number: id, case_type: {col: tipo, codes: {desalojo: 1601, despido: 1101}, unknown: quarantine}, opened_on: día, summary: {col: nota, fn: [collapse_space]}}}
  recovery: {from: atención, to: recovery, key: id, when: {col: monto, is: filled, reason: no_amount}, fields: {case: {ref: case}, kind: {const: 4101}, received_on: día, amount: monto}}
`,
		report:  []string{"client                 3         3", "case                   3         2         0         0         0           1", "recovery               3         1         0         0         1           1", "1 × code_unknown in case.case_type"},
		clients: []string{`Muñoz d'Ejemplo|José "Pepe"|||`, `Peña\Ñandú||||`, "Ficticia||||"},
		cases:   []string{"1|1601|2011-02-03||dijo: sí; no luego|120050", "2|1101|2012-02-29||-- nada /* de */ INSERT|"},
	},
	{
		name:   "a women's house with CiviCRM in Spanish, beside a web site, in one language and in two",
		files:  []string{"sitio.sql", "sitio-multilingual.sql"},
		source: "{type: civicrm-dump}",
		streams: `
  client: {from: contacts, to: client, key: "@key", when: {col: contact_type, in: [Individual], reason: no_person}, fields: {surname: last_name, given_names: {cols: [first_name, middle_name], join: " "}, birth_date: birth_date, sex: {col: gender_id.label, codes: {Femenino: female, Masculino: male}, unknown: report}, phones: {col: phone, fn: [{split: "\n"}, phone]}}}
  case:
    from: cases
    to: case
    key: "@key"
    fields:
      client: {ref: {stream: client, columns: [client_ids], fn: [{part: {separator: "\n", side: before, alone: true}}]}}
      legacy_number: id
      case_type: {col: case_type_id.label, codes: {Desalojo: 1601, Violencia de género: 1401}, unknown: quarantine}
      opened_on: start_date
      closed_on: end_date
      outcome: {const: 5101}
      summary: {cols: [subject, details, Datos_del_caso.Violencia.label], join: "; ", fn: [html_text, collapse_space]}
  recovery: {from: cases, to: recovery, key: "@key", when: {col: Datos_del_caso.Monto_recuperado, is: filled, reason: no_amount}, fields: {case: {ref: case}, kind: {const: 4101}, received_on: start_date, amount: Datos_del_caso.Monto_recuperado}}
`,
		report: []string{
			"client                 7         4         0         0         3           0", "case                   5         2         0         0         1           2", "recovery               5         1         0         0         4           0",
			"1 deleted at source", "2 no_person", "1 × required_missing in case.case_type", "1 × required_missing in case.client",
		},
		legacy: []string{"address", "country", "external_identifier"},
		clients: []string{
			"Muñoz O'Neill|María de los Ángeles|1980-02-29|female|+59170000001 2222222|C. Illampu 1|Bolivia|EXT-2",
			"Paz|Juan||male||||", "Ejemplo|||||||", "Rey|A||||||",
		},
		cases: []string{"10|1601|2024-02-29||Alquiler; Línea & más; Física|", "11|1401|2023-12-31|2024-01-15|Denuncia; Física Psicológica, grave|120050"},
	},
	{
		name:   "survivors in Primero, in each form that its records come in",
		files:  []string{"primero-gbv.json", "primero-lines.json", "primero-reply.json"},
		source: "{type: primero-export, consent: {fields: [consent_for_services], missing: skip}}",
		streams: `
  client: {from: records, to: client, key: "@key", fields: {surname: {cols: [name, survivor_code_no]}, sex: {col: sex, codes: {female: female, male: male}, unknown: report}, birth_date: date_of_birth}}
  case: {from: records, to: case, key: "@key", fields: {client: {ref: client}, legacy_number: short_id, case_type: {col: protection_concerns, fn: [{part: {separator: "\n", side: before, alone: true}}], codes: {gbv_survivor: 1401}, unknown: quarantine}, opened_on: registration_date, summary: {cols: [location_current.name.es, "incident_details[1]/incident_date"], join: "; "}}}
  referral: {from: records/services_section, to: referral, key: "@key", fields: {case: {ref: {stream: case, columns: ["^id"]}}, destination: {col: service_type, codes: {legal_assistance_service: 3101}, unknown: 3403}, referred_on: {cols: [service_appointment_date, ^registration_date]}}}
`,
		report:  []string{"client                 4         2         0         0         2           0", "case                   4         1         0         0         2           1", "2 no_consent", "referral               2         2", "1 × code_unknown in case.case_type"},
		clients: []string{"SV-01||2007-01-01|female|", "O'Brien, Zoé||||"},
		cases:   []string{"abc1234|1401|2024-02-29||Bogotá; 2024-02-20|"},
	},
	{
		name:   "a database as phpMyAdmin writes it in JSON",
		files:  []string{"phpmyadmin.json"},
		source: `{type: json, tables: {casos: {at: "/2/data/*"}, clientes: {at: "/3/data/*"}}}`,
		streams: `
  client: {from: clientes, to: client, key: id, fields: {surname: apellido}}
  case: {from: casos, to: case, key: id, fields: {client: {ref: {stream: client, columns: [cliente]}}, legacy_number: id, case_type: {const: 1601}, opened_on: fecha, summary: nombre}}
`,
		report:  []string{"client                 1         1", "case                   2         1         0         0         0           1", "1 × date_impossible in case.opened_on"},
		clients: []string{"Paz||||"},
		cases:   []string{"1|1601|2024-02-29||Muñoz|"},
	},
	{
		name:   "a Japanese office, in the letters of three systems",
		files:  []string{"kyoku-utf8.sql", "kyoku-cp932.sql", "kyoku-ujis.sql"},
		source: "{type: sqldump}",
		streams: `
  client: {from: 事件, to: client, key: id, fields: {surname: 氏名}}
  case: {from: 事件, to: case, key: id, fields: {client: {ref: client}, case_type: {const: 1601}, opened_on: 日, summary: {col: 内容, fn: [collapse_space]}}}
`,
		report:  []string{"client                 2         2", "case                   2         2"},
		clients: []string{"見本 太郎||||", "例 花子||||"},
		cases:   []string{"|1601|2024-01-05||表ソ十能: '引用' 二行目|", "|1601|2024-02-29|||"},
	},
	{
		name:   "entities of Uwazi in French and English, with days as seconds and two places",
		files:  []string{"uwazi-reply.json"},
		source: "{type: uwazi-export, language: fr}",
		streams: `
  client: {from: entities, to: client, key: "@key", only_with: case, fields: {surname: {col: nom_de_la_victime, fn: [{part: {separator: "\n", side: before, alone: true}}]}}}
  case: {from: entities, to: case, key: "@key", fields: {client: {ref: client}, legacy_number: title, case_type: {col: type_de_violation, fn: [{part: {separator: "\n", side: before, alone: true}}], codes: {Expulsion: 1601}, unknown: quarantine}, opened_on: {col: date_des_faits, fn: [{date: {numbers: unix}}]}, summary: {cols: [lieu.lat, texte_riche], join: "; ", fn: [html_text, collapse_space]}}}
`,
		report:  []string{"case                   4         1         0         0         1           2", "1 other_language"},
		clients: []string{"Dupont, Zoé||||"},
		cases:   []string{"Affaire n° 1 «Zoé»|1601|2020-02-29||48.85 -16.5; Très grave|"},
	},
	{
		name:   "a site whose texts were encoded twice, each of them, in both charsets",
		files:  []string{"doble-utf8.sql", "doble-latin1.sql"},
		source: "{type: sqldump}",
		streams: `
  client: {from: persona, to: client, key: id, fields: {surname: nombre, notes: nota}}
  case: {from: caso, to: case, key: id, fields: {client: {ref: {stream: client, columns: [persona]}}, case_type: {col: tipo, codes: {desalojo: 1601, despido: 1101}, unknown: quarantine}, opened_on: dia}}
`,
		report: []string{"client                 4         4", "case                   2         2"},
		clients: []string{
			"Íñigo Ñandú Álvarez||||", "Peña||||", "plain||||", "Müller||||",
		},
		cases: []string{"|1601|2019-02-28|||", "|1101|2019-03-01|||"},
	},
}

// refusedDatabases are files that hold no dump, and words of what is said of each.
var refusedDatabases = map[string][]string{
	"registro-custom.dump": {"pg_restore -f"},
	"registro-tar.tar":     {"pg_restore -f"},
	"registre.sql.xz":      {"packed with xz"},
	"cabinet.xml":          {"not as SQL"},
	"personnes.MYD":        {"a server's own file"},
	"ouvert.db":            {"a journal", ".backup"},
	"vide.sql":             {"is empty"},
}
