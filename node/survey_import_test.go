package node

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"casehub/adapters/kobo"
	"casehub/adapters/place"
	"casehub/internal/codelist"
	"casehub/node/imports"
	"casehub/node/surveys"
)

const needsMapping = `mapping: needs/1
instance: needs
source: {type: kobo-export, form: legal_aid_intake.xlsx}
defaults: {date_order: ymd}
streams:
  answer: {to: answer, key: "@key", fields: {answered_on: _submission_time}}
`

// A survey goes the whole way: from the export of another system, with its form, through
// the import to the pages, where its answers stand beside its questions and are counted.
func TestASurveyGoesFromItsExportToThePages(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "fixtures", "kobo", "synthetic_legal_aid")
	exports, err := filepath.Glob(filepath.Join(dir, "export*.xlsx"))
	if _, e := os.Stat(dir); e != nil || err != nil || len(exports) == 0 {
		t.Skip("the fixtures are not beside the repository")
	}
	n, v := visit(t)
	m, err := imports.ParseMapping([]byte(needsMapping), codelist.National())
	if err != nil {
		t.Fatal(err)
	}
	var settings kobo.Settings
	if err := m.DecodeSource(&settings); err != nil {
		t.Fatal(err)
	}
	src, err := kobo.Open(place.On(exports[0]), settings)
	if err != nil {
		t.Fatal(err)
	}
	who := boss(t, n)
	r, err := imports.NewService(n.DB, codelist.National(), n.Access, october).Run(t.Context(), who, m, src, imports.Options{})
	if err != nil {
		t.Fatalf("%v %+v", err, r)
	}
	made := int(r.Stream("answer").Created)
	forms, err := n.Surveys.Forms(t.Context(), who)
	if err != nil || len(forms) != 1 || made < 50 || forms[0].Answers != made || forms[0].Title == "" {
		t.Fatalf("%d answers, %+v, %v", made, forms, err)
	}
	form, tallies, all, _, err := n.Surveys.Form(t.Context(), who, forms[0].ID, "en", surveys.AnswerFilter{Limit: 100})
	if err != nil || len(all) != made || len(tallies) < 3 {
		t.Fatalf("%d answers, %d questions counted, %v", len(all), len(tallies), err)
	}
	for _, one := range tallies {
		sum := 0
		for _, c := range one.Counts {
			sum += c.Count
		}
		if sum < one.Answers || !one.Several && sum != one.Answers {
			t.Errorf("%q: %d choices of %d answers", one.Label, sum, one.Answers)
		}
	}
	v.says(v.get("/surveys/forms"), http.StatusOK, form.Heading())
	v.says(v.get("/surveys/forms/"+form.ID), http.StatusOK, form.Heading())
	asked := 0
	for _, a := range all {
		whole, err := n.Surveys.Answer(t.Context(), who, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range whole.Said("es") {
			if !s.Loose && !s.Heading {
				asked++
			}
		}
	}
	if asked < 5*made {
		t.Errorf("%d answers stand beside a question, in %d submissions", asked, made)
	}
	v.says(v.get("/surveys/answers/"+all[0].ID+"?lang=es"), http.StatusOK, form.Heading())
}
