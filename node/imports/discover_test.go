package imports_test

import (
	"strconv"
	"strings"
	"testing"

	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/internal/codelist"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// draftOf drafts a mapping for a file.
func draftOf(t *testing.T, text string) string {
	t.Helper()
	m, err := imports.SourceSettings([]byte("type: spreadsheet\n"))
	if err != nil {
		t.Fatal(err)
	}
	src, err := spreadsheet.Open(place.On(write(t, text)), spreadsheet.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	tables, err := imports.Sample(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return string(imports.Draft("Casos 2024", m, tables, codelist.National()))
}

func TestADraftIsMadeAndDecided(t *testing.T) {
	var b strings.Builder
	b.WriteString("Nro. Expediente;Apellidos;Nombres;Sexo;Fecha de Nacimiento;Tipo de caso;Fecha apertura;Observaciones;Color\n")
	for i := range 40 {
		b.WriteString("L" + strconv.Itoa(i) + ";Persona" + strconv.Itoa(i) + ";Ana;" + []string{"F", "M"}[i%2] + ";13/04/1980;" + []string{"Alimentos", "Desalojo"}[i%2] + ";" + strconv.Itoa(i%27+1) + "/03/2024;nada;rojo\n")
	}
	text := b.String()
	draft := draftOf(t, text)
	if _, err := imports.ParseMapping([]byte(draft), codelist.National()); err == nil || !strings.Contains(err.Error(), "to be decided") {
		t.Fatalf("an undecided draft: %v\n%s", err, draft)
	}
	if strings.Contains(draft, "Persona") {
		t.Errorf("the draft has names of people:\n%s", draft)
	}
	for _, want := range []string{
		"mapping: casos-2024/1", "date_order: dmy", "key: Nro. Expediente", "surname: Apellidos", "given_names: Nombres", "birth_date: Fecha de Nacimiento",
		`"F": female`, `"M": TODO`, `"Alimentos": TODO`, "opened_on: Fecha apertura", "summary: Observaciones", "# kept as it is: Color",
	} {
		if !strings.Contains(draft, want) {
			t.Errorf("the draft has no %q:\n%s", want, draft)
		}
	}
	decided := strings.NewReplacer("instance: TODO one short name for this one source, as cape-town-register", "instance: lpz", "currency: TODO", "currency: BOB",
		"locale: TODO", "locale: es-BO", `"M": TODO`, `"M": male`, `"Alimentos": TODO`, `"Alimentos": 1303`, `"Desalojo": TODO`, `"Desalojo": 1601`).Replace(draft)
	db := sqlitetest.Open(t, migrations.FS)
	report := run(t, db, parse(t, decided), write(t, text), imports.Options{})
	check(t, report, "case", 40, want{created: 40})
}

// A draft is shown on a screen and passed on, and anybody may make one: the words of
// a column say something about people unless many have them and all are codes.
func TestADraftShowsNoWordsButFrequentCodes(t *testing.T) {
	var b strings.Builder
	b.WriteString("No;Apellidos;Tipo de caso;Jueza;Nota\n")
	for i := range 60 {
		kind := "Alimentos"
		if i < 4 {
			kind = "Canary seldom"
		}
		b.WriteString(strconv.Itoa(i) + ";Persona" + strconv.Itoa(i) + ";" + kind + ";" + []string{"Canary Quispe", "Canary Mamani"}[i%2] + ";Canary\n")
	}
	draft := draftOf(t, b.String())
	if strings.Contains(draft, "Canary") || !strings.Contains(draft, `"Alimentos": TODO`) {
		t.Errorf("the draft has words that may be about somebody, or no codes:\n%s", draft)
	}
	if !strings.Contains(draft, "1 more in fewer than 5 rows") {
		t.Errorf("the draft does not tell that there are more words:\n%s", draft)
	}
}
