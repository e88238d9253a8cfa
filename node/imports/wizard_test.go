package imports

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"casehub/adapters"
	"casehub/internal/codelist"
)

// Whatever columns and words are called, what is pointed to is a mapping that
// ParseMapping reads, and that names them as they are.
func TestWhatIsPointedToIsAMapping(t *testing.T) {
	reg := codelist.National()
	name := rapid.OneOf(
		rapid.SampledFrom([]string{"yes", "No", "null", "~", "1", "1.5", "a: b", "# c", "- d", "{e}", "'f'", `"g"`, "h\\", "@key", "true", "0x1f", "*i", "&j", "!k", "|", ">", "%", "l # m", "ñandú", "名前", "x,y", "[z]", "=1", "\U0001f600"}),
		rapid.StringMatching(`[ -~]{1,12}`),
	).Filter(func(s string) bool {
		return strings.TrimSpace(s) == s && s != "" && !strings.HasPrefix(s, todo) && s[0] != '^' && s[0] != '@'
	})
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.SliceOfNDistinct(name, 6, 6, rapid.ID).Draw(t, "columns")
		words := rapid.SliceOfNDistinct(name, 1, 5, rapid.ID).Draw(t, "words")
		one := TableChoice{Name: "data", Use: true, Order: columns, Key: columns[0], Client: columns[1], Delimiter: "|", HeaderRows: []int{1, 2}, Columns: map[string]string{
			columns[0]: toCase + ".legacy_number", columns[1]: comma, columns[2]: toCase + ".case_type", columns[3]: toCase + ".opened_on", columns[4]: LeaveOut, columns[5]: Keep,
		}, Codes: map[string]CodeChoice{toCase + ".case_type": {Column: columns[2], Others: unknownQuarantine, Words: map[string]string{}}}}
		for _, w := range words {
			one.Codes[toCase+".case_type"].Words[w] = "1102"
		}
		c := Choices{Instance: "office", DateOrder: "dmy", Currency: "PEN", Tables: []TableChoice{one}}
		if open := c.open(); len(open) > 0 {
			t.Fatalf("undecided: %v", open)
		}
		text := c.yaml(Preparation{Kind: "spreadsheet", Choices: c})
		m, err := ParseMapping(text, reg)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		of := m.streamNamed(toCase)
		r := of.rule(of.to.index("case_type"))
		if len(m.streams) != 2 || r.columns[0] != columns[2] || len(r.codes) != len(words) || !slices.Equal(m.leftOut, columns[4:5]) || of.key.columns[0] != columns[0] {
			t.Fatalf("another mapping came out\n%s", text)
		}
		for _, w := range words {
			if r.codes[w] != "1102" {
				t.Fatalf("the word %q means %q\n%s", w, r.codes[w], text)
			}
		}
	})
}

// Two tables of a database, where a case names its client by the number.
func TestTablesReferToEachOther(t *testing.T) {
	c := Choices{Instance: "db", DateOrder: "ymd", Tables: []TableChoice{
		{Name: "clientes", Use: true, Key: "id", Order: []string{"id", "apellido"}, Columns: map[string]string{"id": Keep, "apellido": toClient + ".surname"}},
		{Name: "auditoria"},
		{
			Name: "casos", Use: true, Key: "id", Order: []string{"id", "cliente", "apertura"}, Fixed: map[string]string{toCase + ".case_type": "=1301"},
			Columns: map[string]string{"id": Keep, "cliente": toCase + ".client@0", "apertura": toCase + ".opened_on"},
		},
	}}
	if open := c.open(); len(open) > 0 {
		t.Fatalf("undecided: %v", open)
	}
	m, err := ParseMapping(c.yaml(Preparation{Kind: "sqldump", Choices: c}), codelist.National())
	if err != nil {
		t.Fatalf("%v\n%s", err, c.yaml(Preparation{Kind: "sqldump", Choices: c}))
	}
	of := m.streamNamed(toCase)
	ref := of.rule(of.to.index("client")).ref
	if len(m.streams) != 2 || of.from != "casos" || ref.stream != toClient || ref.columns[0] != "cliente" {
		t.Errorf("%d streams, from %s, to %v", len(m.streams), of.from, ref)
	}
}

// Nothing is decided that a person did not decide.
func TestWhatIsMissingIsTold(t *testing.T) {
	c := Choices{Tables: []TableChoice{{Name: "data", Use: true, Order: []string{"fecha", "monto"}, Columns: map[string]string{"fecha": toCase + ".opened_on", "monto": toRecovery + ".amount"}}}}
	var got []string
	for _, u := range c.open() {
		got = append(got, u.Field)
	}
	for _, want := range []string{openInstance, openDates, openAmounts, openName, toCase + ".case_type", toRecovery + ".kind", toRecovery + ".received_on"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not asked for: %v", want, got)
		}
	}
	if _, _, err := (&Wizard{}).Mapping(Preparation{Kind: "spreadsheet", Choices: c}); err == nil {
		t.Error("a mapping was made of what is undecided")
	}
}

func TestColumnsAndWordsAreGuessedInBothLanguages(t *testing.T) {
	reg := codelist.National()
	st := adapters.Stream{Name: "data"}
	for _, n := range []string{"Apellidos", "Nombres", "DNI", "Fecha de apertura", "Materia", "G", "Observaciones"} {
		st.Fields = append(st.Fields, adapters.Field{Name: n, Filled: 20, Distinct: 9})
	}
	got := Guesses(Table{Stream: st, Words: map[string][]string{"G": {"Femenino", "Masculino"}}}, reg)
	for column, want := range map[string]Guess{
		"Apellidos": {toClient + ".surname", "name"}, "Nombres": {toClient + ".given_names", "name"}, "DNI": {toClient + ".id_number", "name"},
		"Fecha de apertura": {toCase + ".opened_on", "name"}, "Materia": {toCase + ".case_type", "name"}, "G": {toClient + ".sex", "values"}, "Observaciones": {toCase + ".summary", "name"},
	} {
		if got[column] != want {
			t.Errorf("%s: %v, want %v", column, got[column], want)
		}
	}
	types := fieldOf(toCase + ".case_type")
	for word, want := range map[string]string{
		"Desalojo": "1601", "Despido": "1101", "Unfair dismissal": "1101", "alimentos": "1301", "VIOLENCIA FAMILIAR": "1401", "Divorcio": "1303", "Cosa rara": "", "": "",
	} {
		if got := guessWord(*types, word, reg); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got := guessWord(*fieldOf(toClient + ".sex"), "M", reg); got != "" {
		t.Errorf("M was guessed to be %s", got)
	}
}
