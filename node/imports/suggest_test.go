package imports_test

import (
	"testing"

	"casehub/adapters"
	"casehub/node/imports"
)

// suggested returns the guesses for columns as "target.field" by column.
func suggested(fields ...adapters.Field) map[string]string {
	got := map[string]string{}
	for _, s := range imports.Suggest(adapters.Stream{Name: "x", Fields: fields}) {
		got[s.Column] = s.Target + "." + s.Field
	}
	return got
}

func many(name string) adapters.Field {
	return adapters.Field{Name: name, Filled: 40, Distinct: 30}
}

func TestHeadersInFourLanguagesAreUnderstood(t *testing.T) {
	for name, want := range map[string]string{
		"Apellido(s)": "client.surname", "Datos/Nombre(s)": "client.given_names", "Prénom": "client.given_names", "Sobrenome": "client.surname", "Fecha de registro": "case.opened_on",
		"Date d'ouverture": "case.opened_on", "Data de abertura": "case.opened_on", "opened_date": "case.opened_on", "Registration Date": "case.opened_on", "Date of Closure": "",
		"date_closure": "case.closed_on", "¿Tipo de problema?": "case.case_type", "Type de dossier": "case.case_type", "Genre": "client.sex", "Nº de Documento de Identidad": "client.id_number",
		"Derivada a": "referral.destination", "Endereço": "client.address", "Téléphone portable": "client.phones",
	} {
		f := many(name)
		if got := suggested(f)[name]; got != want {
			t.Errorf("%q is taken for %q, want %q", name, got, want)
		}
	}
}

func TestAColumnThatCannotBeItIsNotSuggested(t *testing.T) {
	flag, key, day := many("closed"), many("id"), many("closed_date")
	flag.Distinct, key.Key = 2, true
	pointer, code, label := many("contact"), many("gender"), many("gender.label")
	pointer.Points = []string{"people.id"}
	question, choice := many("problem"), many("problem/case type")
	choice.Distinct = 2
	yes := many("date opened")
	yes.Kind, yes.Distinct = adapters.Bool, 2
	got := suggested(flag, key, day, pointer, code, label, question, choice, yes, many("_notes"), many("children.client"))
	want := map[string]string{"closed_date": "case.closed_on", "gender.label": "client.sex", "problem": "case.case_type"}
	for c, g := range got {
		if want[c] != g {
			t.Errorf("%s is taken for %s", c, g)
		}
	}
	for c, w := range want {
		if got[c] != w {
			t.Errorf("%s is taken for %q, want %s", c, got[c], w)
		}
	}
	born := many("dob")
	born.Distinct = 1
	if got := suggested(born); got["dob"] != "client.birth_date" {
		t.Errorf("of a day of birth that many share: %v", got)
	}
}
