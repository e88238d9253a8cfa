package node

import (
	"net/http"
	"strings"
	"testing"
)

// needs is a form of another system in two languages, as an import keeps it.
const needs = `{"ID":"needs","Title":"Legal needs","Version":"v2","Languages":["English (en)","Español (es)"],"Default":0,"Questions":[
{"Name":"about","Type":"begin_group","Labels":["About you","Sobre usted"]},
{"Name":"about/worry","Type":"select_multiple","List":"worries","Labels":["What worries you?","¿Qué le preocupa?"]},
{"Name":"about/story","Type":"text","Labels":["In your words","Con sus palabras"]},
{"Name":"","Type":"end_group"},
{"Name":"child","Type":"begin_repeat","Labels":["Child","Hijo"]},
{"Name":"age","Repeat":"child","Type":"integer","Labels":["Age","Edad"]},
{"Name":"school","Repeat":"child","Type":"select_one","List":"yn","Labels":["Goes to school?","¿Va a la escuela?"]}],
"Choices":[{"List":"worries","Name":"land","Labels":["Land","La tierra"]},{"List":"worries","Name":"wages","Labels":["Wages","El salario"]},
{"List":"yn","Name":"y","Labels":["Yes","Sí"]},{"List":"yn","Name":"n","Labels":["No","No"]}]}`

// A form of another system is read with its own questions in the reader's language,
// whole, and its selections are counted.
func TestAFormOfAnotherSystemIsReadAndCounted(t *testing.T) {
	n, v := visit(t)
	c := v.opens(v.register("surname", "Nkosi"))
	of := strings.TrimPrefix(c, "/cases/")
	sets := func(statement string) {
		if _, err := n.DB.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	v.says(v.get("/surveys/forms"), http.StatusOK, "No forms yet")
	sets(`INSERT INTO instruments (id, form, version, title, definition, created_at) VALUES ('i2', 'needs', 'v2', 'Legal needs', '` + needs + `', 1)`)
	add := func(id, of, day, said string) {
		sets(`INSERT INTO answers (id, instrument_id, form, case_id, answered_on, answers, created_at, updated_at)
VALUES ('` + id + `', 'i2', 'needs', nullif('` + of + `', ''), '` + day + `', '` + said + `', 1, 1)`)
	}
	add("a1", of, "2026-09-01", `{"about/worry":"land wages","about/story":"they took <b>it</b>","child":[{"age":"7","school":"y"},{"age":"9","school":"n"}],"_device":"x-7"}`)
	add("a2", "", "2026-09-03", `{"about/worry":["land"],"child":[{"age":"3","school":"y"}]}`)
	add("a3", "", "2026-10-03", `{"about/worry":"something else"}`)
	sets(`INSERT INTO answers (id, form, answered_on, answers, created_at, updated_at) VALUES ('a4', 'old-form', '2020-01-01', '{"q":"alone"}', 1, 1)`)

	v.says(v.get("/surveys/forms"), http.StatusOK, "Legal needs", "v2", "old-form", "1 September 2026", "3 October 2026")
	v.says(v.get("/surveys/forms/i2"), http.StatusOK, "What worries you?", "Answers: 3", "Land", ">67<", "Wages", ">33<", "something else", "Goes to school?", "several choices each")
	v.says(v.get("/surveys/forms/i2?from=2026-09-02&until=2026-09-30"), http.StatusOK, ">100<")
	v.says(v.get("/surveys/forms/i2?lang=es"), http.StatusOK, "¿Qué le preocupa?", "La tierra")
	v.says(v.get("/surveys/answers/a1"), http.StatusOK, "Sobre usted", "La tierra, El salario", "they took &lt;b&gt;it&lt;/b&gt;", "Hijo 1", "Hijo 2", "Edad", "_device", "x-7", caseOf(t, n, c).Reference)
	v.says(v.get("/surveys/answers/a4?lang=en"), http.StatusOK, "old-form", "alone")
	v.says(v.get(c), http.StatusOK, "/surveys/answers/a1", "Legal needs")

	sets(`INSERT INTO visits (id, case_type, held_on, called, note, created_at, updated_at) VALUES ('x1', 1102, '2026-09-01', 'a woman in red', 'asked the way', 1, 1)`)
	v.says(v.get("/consultations/visits"), http.StatusOK, "a woman in red", "asked the way", "Unpaid wages", "/consultations/visits/x1/remove")
	v.says(v.get("/consultations/visits/x1/remove"), http.StatusOK, "a woman in red")
}
