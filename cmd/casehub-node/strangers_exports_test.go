package main

import (
	"fmt"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
)

// amountOf writes cents as surveys do; nothing is "".
func amountOf(cents int64) string {
	if cents == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%02d", cents/100, cents%100)
}

// answersOf are the ten answers of a visit in the words of a tongue.
func answersOf(l tongue, v visit) []string {
	return []string{v.no, v.surname, v.given, v.phone, l.sexes[v.sex], v.born, l.problems[v.problem], v.opened, v.closed, amountOf(v.cents)}
}

// lines writes rows with a delimiter, every cell in quotes.
func lines(rows [][]string, delimiter, end string) string {
	var b strings.Builder
	for _, r := range rows {
		for i, c := range r {
			if i > 0 {
				b.WriteString(delimiter)
			}
			b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
		}
		b.WriteString(end)
	}
	return b.String()
}

// strangeExport is what an office of strangers downloaded of its own form.
type strangeExport struct {
	name, tongue, source, from, file string
	key                              string // column of the key; "" is that of the source
	columns                          [10]string
	content                          func(t *testing.T, l tongue, columns [10]string) []byte
}

// system are the columns that KoBoToolbox puts behind the answers.
var system = []string{"_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "__version__", "_tags", "_index"}

func systemOf(i int, v visit) []string {
	n := fmt.Sprint(5000 + i)
	return []string{n, "u-" + n, v.opened + "T08:00:00", "", "", "submitted_via_web", "", "v" + n, "", fmt.Sprint(i + 1)}
}

// koboRows are the rows of an export: answers, with the columns of the choices behind
// the problem where they are wanted, alone or beside it.
func koboRows(l tongue, columns [10]string, separator string, details, alone bool) [][]string {
	choices := func(answer string, row []string, cell func(choice string) string) []string {
		if !alone {
			row = append(row, answer)
		}
		if details {
			for _, p := range l.problems {
				row = append(row, cell(p))
			}
		}
		return row
	}
	head := choices(columns[6], append([]string{"start"}, columns[:6]...), func(p string) string { return columns[6] + separator + p })
	rows := [][]string{append(append(head, columns[7:]...), system...)}
	for i, v := range visitsOf(l) {
		a := answersOf(l, v)
		r := choices(a[6], append([]string{v.opened + "T08:00:00.000+02:00"}, a[:6]...), func(p string) string { return map[bool]string{true: "1", false: "0"}[p == a[6]] })
		rows = append(rows, append(append(r, a[7:]...), systemOf(i, v)...))
	}
	return rows
}

func strangeExports() []strangeExport {
	french := [10]string{"Bureau/Numéro", "Identité/Nom", "Identité/Prénom", "Identité/Téléphone", "Identité/Sexe", "Identité/Date de naissance", "Affaire/Quel est le problème ?", "Affaire/Date d'ouverture", "Affaire/Date de clôture", "Affaire/Montant obtenu"}
	dots := [10]string{"oficina.numero", "cliente.apelido", "cliente.nome", "cliente.tel", "cliente.sexo", "cliente.nasc", "caso.tipo", "caso.abertura", "caso.fecho", "caso.valor"}
	dashes := [10]string{"bureau-numero", "identite-nom", "identite-prenom", "identite-tel", "identite-sexe", "identite-naissance", "affaire-type", "affaire-ouverture", "affaire-cloture", "affaire-montant"}
	commcareNames := [10]string{"expediente", "apellido", "name", "telefono", "sexo", "nacimiento", "tipo_caso", "apertura", "closed_date", "monto"}
	return []strangeExport{
		{"kobo-french-labels", "fr", "kobo-export", "submissions", "Accueil - toutes les versions - Français (fr).csv", "", french, func(_ *testing.T, l tongue, c [10]string) []byte {
			return []byte(lines(koboRows(l, c, "/", true, false), ";", "\r\n"))
		}},
		{"kobo-portuguese-choices-alone", "pt", "kobo-export", "submissions", "export.csv", "", dots, func(_ *testing.T, l tongue, c [10]string) []byte {
			return []byte(lines(koboRows(l, c, ".", true, true), ";", "\r\n"))
		}},
		{"kobo-arabic-tags", "ar", "kobo-export", "submissions", "export.csv", "", tongues["ar"].header, func(_ *testing.T, l tongue, c [10]string) []byte {
			rows := koboRows(l, c, "/", false, false)
			tags := make([]string, len(rows[0]))
			tags[1], tags[2] = "#case+code", "#name+family"
			return []byte(lines(append([][]string{rows[0], tags}, rows[1:]...), ";", "\r\n"))
		}},
		{"kobo-saved-again-by-excel", "es", "kobo-export", "submissions", "export.csv", "", tongues["es"].header, koboAgain},
		{"kobo-reply-saved", "es", "json", "data", "data.json", "_id", [10]string{"o/numero", "c/apellidos", "c/nombres", "c/tel", "c/sexo", "c/nac", "k/tipo", "k/apertura", "k/cierre", "k/monto"}, koboReply},
		{"odk-french-zip", "fr", "odk-export", "submissions", "accueil.csv.zip", "", dashes, odkZip},
		{"odk-briefcase-spelled-days", "fr", "odk-export", "submissions", "Accueil.csv", "", dashes, briefcase},
		{"commcare-spanish", "es", "commcare-export", "cases", "casos.csv", "", commcareNames, commcareCases},
	}
}

// koboAgain is an export that somebody opened in Excel and saved: the numbers of the
// submissions are gone, their other identifiers are whole.
func koboAgain(_ *testing.T, l tongue, c [10]string) []byte {
	rows := koboRows(l, c, "/", false, false)
	for _, r := range rows[1:] {
		r[11] = "1,23457E+08"
	}
	return []byte(lines(rows, ";", "\r\n"))
}

// koboReply is a page of the API as somebody saved it: unanswered questions are absent.
func koboReply(_ *testing.T, l tongue, c [10]string) []byte {
	var results []string
	for i, v := range visitsOf(l) {
		fields := []string{fmt.Sprintf(`"_id": %d, "_attachments": [], "_validation_status": {}, "partes": [{"partes/nombre": "x"}]`, 5000+i)}
		for k, a := range answersOf(l, v) {
			if a != "" {
				fields = append(fields, fmt.Sprintf("%q: %q", c[k], a))
			}
		}
		results = append(results, "{"+strings.Join(fields, ", ")+"}")
	}
	return []byte(`{"count": 6, "next": null, "previous": null, "results": [` + strings.Join(results, ",") + `]}`)
}

// odkZip is what ODK Central gives: a file for the form, two for repeats of one name,
// one of which nobody answered.
func odkZip(t *testing.T, l tongue, c [10]string) []byte {
	rows := [][]string{append(append([]string{"SubmissionDate"}, c[:]...), "meta-instanceID", "KEY", "SubmitterID", "AttachmentsPresent", "Status", "ReviewState", "Edits")}
	for i, v := range visitsOf(l) {
		id := fmt.Sprintf("uuid:%d", i)
		rows = append(rows, append(append([]string{v.opened + "T08:00:00.000Z"}, answersOf(l, v)...), id, id, "5", "0", "", "", "0"))
	}
	return []byte(zipped(t, "accueil.csv", lines(rows, ",", "\n"), "accueil-parties~1.csv", "nom,PARENT_KEY,KEY\nx,uuid:0,uuid:0/parties[1]\n", "accueil-parties~2.csv", "nom,PARENT_KEY,KEY\n"))
}

// briefcase is what the program before ODK Central wrote: days in the words of the
// computer that it ran on.
func briefcase(_ *testing.T, l tongue, c [10]string) []byte {
	months := []string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}
	day := func(s string) string {
		if s == "" {
			return ""
		}
		var year, month, of int
		_, _ = fmt.Sscanf(s, "%d-%d-%d", &year, &month, &of)
		return fmt.Sprintf("%d %s %d", of, months[month-1], year)
	}
	rows := [][]string{append(append([]string{"SubmissionDate"}, c[:]...), "SET-OF-parties", "meta-instanceID", "KEY")}
	for i, v := range visitsOf(l) {
		id := fmt.Sprintf("uuid:%d", i)
		a := answersOf(l, v)
		a[5], a[7], a[8] = day(a[5]), day(a[7]), day(a[8])
		rows = append(rows, append(append([]string{day(v.opened) + " 08:00:00"}, a...), id+"/parties", id, id))
	}
	return []byte(lines(rows, ",", "\n"))
}

// commcareCases is an export of cases: --- for what is empty, days with a time.
func commcareCases(_ *testing.T, l tongue, c [10]string) []byte {
	rows := [][]string{append(append([]string{"number", "caseid"}, c[:]...), "closed", "opened_date", "owner_name")}
	for i, v := range visitsOf(l) {
		a := answersOf(l, v)
		if a[8] != "" {
			a[8] += " 10:00:00"
		}
		for k := range a {
			if a[k] == "" {
				a[k] = "---"
			}
		}
		rows = append(rows, append(append([]string{fmt.Sprint(i), fmt.Sprintf("c%d", i)}, a...), "False", "2023-01-01 00:00:00", "x"))
	}
	return []byte(lines(rows, ",", "\n"))
}

func TestExportsOfStrangersFormsComeInWhole(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	for _, c := range strangeExports() {
		t.Run(c.name, func(t *testing.T) {
			l := tongues[c.tongue]
			text := registerMapping(c.name, "{type: "+c.source+"}", c.from, "date_order: ymd, currency: ZAR, locale: en-ZA", l, c.columns)
			key := "@key"
			if c.key != "" {
				key = c.key
			}
			m := mappingOf(t, strings.ReplaceAll(text, fmt.Sprintf("key: %q", c.columns[0]), fmt.Sprintf("key: %q", key)))
			content := c.content(t, l, c.columns)
			report := bring(t, db, m, func() adapters.Source { return sourceAt(t, m, place.Bytes(c.file, content)) })
			for _, s := range report.Streams {
				if s.Quarantined != 0 {
					t.Errorf("%s: %d rows are held back", s.Stream, s.Quarantined)
				}
			}
			checkCame(t, db, c.name, visitsOf(l))
		})
	}
}
