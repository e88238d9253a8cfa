package imports_test

import (
	"strconv"
	"strings"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// register writes a file of rows in which each word of some columns stands often enough
// for a code list.
func registerOf(header string, words ...[]string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range 60 {
		cells := []string{"R" + strconv.Itoa(i)}
		for _, w := range words {
			cells = append(cells, w[i%len(w)])
		}
		b.WriteString(strings.Join(cells, ";") + "\n")
	}
	return b.String()
}

// The words of a code list are compared with what the registry calls its codes, in both
// of its languages. What is called so has its number; what is only like it stays to be
// decided, with what it may be; what is like nothing says nothing.
func TestADraftProposesTheNumbersOfTheRegistry(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		words  [][]string
		want   []string
	}{
		"English": {
			"Case No;Surname;Gender;Date opened;Case type;Date closed;Outcome;Referred to", [][]string{
				{"Dube", "Nkosi"}, {"F", "M", "Male"}, {"13/04/2024", "14/05/2024"}, {"Divorce", "Unfair dismisal", "Fired", "Other things"}, {"13/06/2024"}, {"Withdrawn", "Won"}, {"Court", "Nobody"},
			}, []string{
				`"F": female`, `"M": TODO`, `"Male": male`, `"Divorce": 1303 # Divorce / Divorcio`, `"Unfair dismisal": 1101 # Unfair dismissal / `,
				`"Fired": TODO # guess, check this: 1101 is Unfair dismissal / `, `"Other things": TODO`, "key: Case No", "when: {col: Referred to, is: filled, reason: not_referred}",
			},
		},
		"Spanish": {
			"Nro. Expediente;Apellidos;Sexo;Fecha de apertura;Tipo de caso;Derivado a", [][]string{
				{"Quispe", "Mamani"}, {"Mujer", "Hombre"}, {"13/04/2024"}, {"Divorcio", "Despido injustificado", "Pensión de alimentos", "Varios asuntos"}, {"x", "y"},
			}, []string{
				`"Mujer": female`, `"Hombre": male`, `"Divorcio": 1303 # Divorce / Divorcio`, `"Despido injustificado": 1101 #`, `"Pensión de alimentos": TODO # guess, check this: 1301 is `, `"Varios asuntos": TODO`, "key: Nro. Expediente",
			},
		},
		"French": {
			"Numéro de dossier;Nom;Sexe;Date d'ouverture;Type de dossier", [][]string{
				{"Dupont", "Traoré"}, {"Femme", "Homme"}, {"13/04/2024"}, {"Divorce", "Licenciement abusif", "Pension alimentaire", "Divers"},
			}, []string{
				`"Femme": female`, `"Homme": male`, `"Divorce": 1303 #`, `"Licenciement abusif": TODO # guess, check this: 1101 is `, `"Pension alimentaire": `, `"Divers": TODO`,
			},
		},
		"Portuguese": {
			"Processo;Sobrenome;Sexo;Data de abertura;Tipo de processo", [][]string{
				{"Silva", "Machel"}, {"Feminino", "Masculino"}, {"13/04/2024"}, {"Divórcio", "Despejo", "Coisas"},
			}, []string{`"Feminino": female`, `"Divórcio": 1303 #`, `"Despejo": TODO # guess, check this: 1601 is `, `"Coisas": TODO`},
		},
	} {
		draft := draftOf(t, registerOf(c.header, c.words...))
		for _, want := range c.want {
			if !strings.Contains(draft, want) {
				t.Errorf("%s: the draft has no %q:\n%s", name, want, draft)
			}
		}
		for _, line := range strings.Split(draft, "\n") {
			if strings.Contains(line, "guess, check this") && !strings.Contains(line, "TODO") {
				t.Errorf("%s: a guess is no TODO: %s", name, line)
			}
		}
		if _, err := imports.ParseMapping([]byte(draft), codelist.National()); err == nil || !strings.Contains(err.Error(), "to be decided") {
			t.Errorf("%s: an undecided draft: %v", name, err)
		}
	}
}

// Every column of a source stands in its draft, and a table in which there is one thing of
// a case is one of cases.
func TestEveryColumnStandsInADraft(t *testing.T) {
	for header, want := range map[string][]string{
		"Expediente;Apellidos;Tipo de caso;Monto;Otra":                                 {"case:", "case_type:", "recovery:", "amount: Monto", "opened_on: TODO", "# kept as it is: Otra"},
		"No;Surname;First name;Notes;Visit date":                                       {"surname: Surname", "# kept as it is: Notes", "# kept as it is: Visit date"},
		"Expediente;Persona / Apellidos;Caso / Tipo;Caso / Apertura;Caso / Cierre":     {"case_type:", "opened_on: Caso / Apertura", "closed_on: Caso / Cierre", "surname: Persona / Apellidos"},
		"instanceID;identite-nom;identite-sexe;affaire-type;affaire-ouverture;x":       {"surname: identite-nom", "col: identite-sexe", "col: affaire-type", "opened_on: affaire-ouverture"},
		"Date;Name;Amount;Phone":                                                       {"key: TODO"},
		"Expediente;Código cliente;Sexo (F/M);Tel. / Cel.;F. apertura;F. de nac.;C.I.": {"# kept as it is: Código cliente", "col: Sexo (F/M)", "Tel. / Cel.", "opened_on: F. apertura", "birth_date: F. de nac.", "id_number: {col: C.I."},
	} {
		columns := strings.Split(header, ";")
		var b strings.Builder
		b.WriteString(header + "\n")
		for i := range 30 {
			for j := range columns {
				if j > 0 {
					b.WriteString(";")
				}
				switch c := columns[j]; {
				case strings.Contains(strings.ToLower(c), "pertura"), strings.Contains(c, "ouverture"), strings.Contains(c, "Cierre"), strings.Contains(c, "nac."), strings.Contains(c, "ate"):
					b.WriteString(strconv.Itoa(i%27+1) + "/0" + strconv.Itoa(i/27+3) + "/2024")
				case strings.Contains(strings.ToLower(c), "sex"):
					b.WriteString([]string{"F", "M"}[i%2])
				case strings.Contains(c, "onto"), c == "Amount":
					b.WriteString(strconv.Itoa(1000 + i*7))
				default:
					b.WriteString("value " + strconv.Itoa(j) + " " + strconv.Itoa(i))
				}
			}
			b.WriteString("\n")
		}
		draft := draftOf(t, b.String())
		for _, w := range want {
			if !strings.Contains(draft, w) {
				t.Errorf("%s: the draft has no %q:\n%s", header, w, draft)
			}
		}
		for _, c := range columns {
			if !strings.Contains(draft, c) {
				t.Errorf("%s: the column %s is nowhere:\n%s", header, c, draft)
			}
		}
	}
}

// The sheets of a workbook, or the files of a folder, need not be declared to be named.
func TestTablesThatNobodyDeclaredAreNamedByTheSource(t *testing.T) {
	m := parse(t, "mapping: sheets/1\ninstance: sheets\nsource: {type: spreadsheet}\nstreams:\n  client: {from: data, to: client, key: No, fields: {surname: Name}}\n  more: {from: Registro 2024, to: client, key: No, fields: {surname: Name}}\n")
	if _, err := imports.ParseMapping([]byte("mapping: sheets/1\ninstance: sheets\nsource: {type: spreadsheet, tables: {register: {}}}\nstreams:\n  client: {from: Other, to: client, key: No, fields: {surname: Name}}\n"), codelist.National()); err == nil {
		t.Error("a table beside the declared ones is taken")
	}
	db := sqlitetest.Open(t, migrations.FS)
	if _, err := service(t, db).Run(t.Context(), importer, m, source(t, m, write(t, "No;Name\n1;Aardvark\n")), imports.Options{}); err == nil || !strings.Contains(err.Error(), "table-missing") {
		t.Errorf("a sheet that is not there: %v", err)
	}
}
