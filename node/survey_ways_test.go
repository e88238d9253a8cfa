package node

import (
	"archive/zip"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/kobo"
	"casehub/adapters/odk"
	"casehub/adapters/place"
	"casehub/internal/codelist"
	"casehub/node/imports"
	"casehub/node/surveys"
)

// opinions is a satisfaction survey as XLSForm, in two languages.
const opinions = "survey,,,,\n,type,name,label::English (en),label::Español (es)\n" +
	",text,case_code,Number of your case,Número de su caso\n" +
	",select_one rating,rating,How satisfied are you?,¿Qué tan satisfecho está?\n" +
	",select_multiple liked,liked,What did you like?,¿Qué le gustó?\n" +
	",text,comment,Anything else?,¿Algo más?\n" +
	"choices,,,,\n,list_name,name,label::English (en),label::Español (es)\n" +
	",rating,very,Very satisfied,Muy satisfecho\n,rating,not,Not satisfied,Insatisfecho\n" +
	",liked,kind,They were kind,Fueron amables\n,liked,fast,It went fast,Fue rápido\n" +
	"settings,,,,\n,form_title,form_id,version,default_language\n,What clients think,csat,2026-1,English (en)\n"

// opinionsMapping keeps each submission whole, and counts its rating where it names a case.
const opinionsMapping = `mapping: csat/1
instance: csat
source: {type: kobo-export, form: csat.csv}
defaults: {date_order: ymd}
streams:
  answer:
    to: answer
    key: "@key"
    fields:
      answered_on: _submission_time
      case: {ref: {find: [legacy_number, reference], columns: [case_code]}}
  opinion:
    to: survey
    key: "@key"
    when: {col: case_code, is: filled, reason: no_case}
    fields:
      case: {ref: {find: [legacy_number, reference], columns: [case_code]}}
      answered_on: _submission_time
      rating: {col: rating, codes: {very: 11104, not: 11301}}
      comment: comment
`

// assessment is a legal-needs assessment as XLSForm, with a repeat.
const assessment = "survey,,,,\n,type,name,label::English (en),label::Español (es)\n" +
	",begin group,who,Who you are,Quién es usted\n,select_one area,area,Where do you live?,¿Dónde vive?\n,end group,,,\n" +
	",begin repeat,problems,Problems,Problemas\n,select_one kind,kind,What was it about?,¿De qué se trató?\n,end repeat,,,\n" +
	"choices,,,,\n,list_name,name,label::English (en),label::Español (es)\n,area,farm,On a farm,En una finca\n,area,town,In town,En el pueblo\n" +
	",kind,land,Land,Tierra\n,kind,wages,Wages,Salario\n" +
	"settings,,,,\n,form_title,form_id,version\n,Legal needs,needs,7\n"

const assessmentMapping = `mapping: assessment/1
instance: assessment
source: {type: odk-export, form: needs.csv}
defaults: {date_order: ymd}
streams:
  answer: {to: answer, key: "@key", fields: {answered_on: SubmissionDate}}
`

// oddly is an answer that must stay as it was typed.
const oddly = "  O'Brien; <b>\"said\"</b> =1+1, ñandú "

// written writes files into a folder of their own and returns it.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// zipped is a ZIP file of a name and a text each.
func zipped(t *testing.T, files ...[2]string) string {
	t.Helper()
	var b strings.Builder
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err == nil {
			_, err = io.WriteString(w, f[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// answers imports a survey into a node.
func answers(t *testing.T, n *Node, mapping string, at place.Place) imports.Report {
	t.Helper()
	m, err := imports.ParseMapping([]byte(mapping), codelist.National())
	if err != nil {
		t.Fatal(err)
	}
	src, err := openExports(t.Context(), m, at)
	if err != nil {
		t.Fatal(err)
	}
	r, err := imports.NewService(n.DB, codelist.National(), n.Access, october).Run(t.Context(), boss(t, n), m, src, imports.Options{})
	if err != nil || !r.Balanced {
		t.Fatalf("%v %+v", err, r)
	}
	return r
}

// A satisfaction survey made in KoBoToolbox comes in with its form: what clients answered is
// counted under the questions and choices of both languages, stands on the case whose number
// they gave, unchanged, and the rating is one of the office's own figures. The next version
// of the form stands beside this one.
func TestASatisfactionSurveyIsReadAndCounted(t *testing.T) {
	n, v := visit(t)
	at := v.opens(v.register("surname", "Mokoena"))
	var code string
	if err := n.DB.QueryRow(t.Context(), `SELECT reference FROM cases`, nil).Scan(&code); err != nil {
		t.Fatal(err)
	}
	export := func(rows ...string) string {
		return `"case_code";"rating";"liked";"liked/kind";"liked/fast";"comment";"_id";"_uuid";"_submission_time";"__version__";"_index"` + "\r\n" + strings.Join(rows, "\r\n") + "\r\n"
	}
	quoted := strings.ReplaceAll(oddly, `"`, `""`)
	dir := written(t, map[string]string{
		"csat.csv": opinions,
		"export.csv": export(
			`"`+code+`";"very";"kind fast";"1";"1";"`+quoted+`";"71";"u71";"2026-09-07T10:00:00";"2026-1";"1"`,
			`"";"not";"";"0";"0";"";"72";"u72";"2026-09-08T10:00:00";"2026-1";"2"`,
			`"";"very";"kind";"1";"0";"";"73";"u73";"2026-09-09T10:00:00";"2026-1";"3"`),
	})
	r := answers(t, n, opinionsMapping, place.On(filepath.Join(dir, "export.csv")))
	if a, o := r.Stream("answer"), r.Stream("opinion"); a.Created != 3 || o.Created != 1 {
		t.Fatalf("%+v", r.Streams)
	}
	form := formCalled(t, n, "What clients think")
	v.says(v.get("/surveys/forms"), http.StatusOK, "What clients think", "2026-1")
	tallied(t, v.get("/surveys/forms/"+form+"?lang=en"), "How satisfied are you?", "Very satisfied 2 67", "Not satisfied 1 33")
	tallied(t, v.get("/surveys/forms/"+form), "What did you like?", "They were kind 2 100", "It went fast 1 50")
	tallied(t, v.get("/surveys/forms/"+form+"?lang=es"), "¿Qué tan satisfecho está?", "Muy satisfecho 2 67", "Insatisfecho 1 33")
	v.get("/?lang=en")

	_, _, all, _, err := n.Surveys.Form(t.Context(), boss(t, n), form, "en", surveys.AnswerFilter{Limit: 10})
	if err != nil || len(all) != 3 {
		t.Fatalf("%d answers, %v", len(all), err)
	}
	linked := 0
	for _, one := range all {
		if one.CaseID == "" {
			continue
		}
		linked++
		a, err := n.Surveys.Answer(t.Context(), boss(t, n), one.ID)
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(a.Said("en"), func(s surveys.Said) bool { return s.Label == "Anything else?" }); i < 0 || a.Said("en")[i].Values[0] != oddly {
			t.Errorf("%q became %+v", oddly, a.Said("en"))
		}
		v.says(v.get("/surveys/answers/"+one.ID), http.StatusOK, code, at, "They were kind, It went fast", "Anything else?")
	}
	if linked != 1 {
		t.Errorf("%d answers belong to a case, want 1", linked)
	}
	v.says(v.get("/surveys"), http.StatusOK, code, "Brien")
	if got := v.counted(n, "surveys"); got != 1 {
		t.Errorf("%d ratings, want 1", got)
	}

	next := written(t, map[string]string{
		"csat.csv":   strings.ReplaceAll(strings.ReplaceAll(opinions, "2026-1", "2026-2"), "How satisfied are you?", "How content are you?"),
		"export.csv": export(`"";"not";"";"0";"0";"";"74";"u74";"2026-10-01T10:00:00";"2026-2";"1"`),
	})
	answers(t, n, opinionsMapping, place.On(filepath.Join(next, "export.csv")))
	if forms, err := n.Surveys.Forms(t.Context(), boss(t, n)); err != nil || len(forms) != 2 {
		t.Fatalf("%d forms, %v", len(forms), err)
	}
	tallied(t, v.get("/surveys/forms/"+form), "How satisfied are you?", "Very satisfied 2 67", "Not satisfied 1 33")
}

// A legal-needs assessment made in ODK, whose answers name no case, comes in with its form
// and is counted with its repeats; what is asked between two days counts these alone.
func TestALegalNeedsAssessmentIsReadAndCounted(t *testing.T) {
	n, v := visit(t)
	dir := written(t, map[string]string{"needs.csv": assessment, "needs.zip": zipped(t,
		[2]string{"needs.csv", "SubmissionDate,who-area,meta-instanceID,KEY,Status,FormVersion\n2026-08-01T08:00:00.000Z,farm,uuid:a,uuid:a,,7\n" +
			"2026-09-01T08:00:00.000Z,farm,uuid:b,uuid:b,,7\n2026-09-02T08:00:00.000Z,town,uuid:c,uuid:c,,7\n"},
		[2]string{"needs-problems.csv", "kind,PARENT_KEY,KEY\nland,uuid:a,uuid:a/problems[1]\nwages,uuid:a,uuid:a/problems[2]\nland,uuid:b,uuid:b/problems[1]\n"})})
	r := answers(t, n, assessmentMapping, place.On(filepath.Join(dir, "needs.zip")))
	if a := r.Stream("answer"); a.Created != 3 {
		t.Fatalf("%+v", r)
	}
	form := formCalled(t, n, "Legal needs")
	tallied(t, v.get("/surveys/forms/"+form), "Where do you live?", "On a farm 2 67", "In town 1 33")
	tallied(t, v.get("/surveys/forms/"+form), "What was it about?", "Land 2 67", "Wages 1 33")
	tallied(t, v.get("/surveys/forms/"+form+"?from=2026-09-01&until=2026-09-30"), "Where do you live?", "On a farm 1 50", "In town 1 50")
	tallied(t, v.get("/surveys/forms/"+form+"?lang=es"), "¿Dónde vive?", "En una finca 2 67", "En el pueblo 1 33")
}

// formCalled returns the identifier of a form by its title.
func formCalled(t *testing.T, n *Node, title string) string {
	t.Helper()
	forms, err := n.Surveys.Forms(t.Context(), boss(t, n))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range forms {
		if f.Title == title {
			return f.ID
		}
	}
	t.Fatalf("no form is called %q: %+v", title, forms)
	return ""
}

// tallied checks how a page counts the answers to a question: a choice, its answers, their
// share.
func tallied(t *testing.T, a answer, question string, counts ...string) {
	t.Helper()
	_, rest, found := strings.Cut(a.body, "<h2>"+question+"</h2>")
	section, _, _ := strings.Cut(rest, "</section>")
	said := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(section, " ")), " ")
	for _, c := range counts {
		if !found || !strings.Contains(said, c) {
			t.Errorf("%q: %q is not counted in %q", question, c, said)
		}
	}
}

// A survey is brought on the pages, as one ZIP file with the export and the form: the ready
// mapping takes it as it is, and its answers stand under their questions.
func TestASurveyIsBroughtOnThePagesWithItsForm(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Sources: openExports})
	v := &visitor{t: t, pages: asDirector(t, n), cookies: map[string]string{}}
	v.token = tokenInput.FindStringSubmatch(v.get("/").body)[1]
	export := `"case_code";"rating";"liked";"liked/kind";"liked/fast";"comment";"_id";"_uuid";"_submission_time";"__version__";"_index"` + "\r\n" +
		`"";"very";"kind";"1";"0";"";"71";"u71";"2026-09-07T10:00:00";"2026-1";"1"` + "\r\n"
	needs := "SubmissionDate,who-area,meta-instanceID,KEY,Status,FormVersion\n2026-09-01T08:00:00.000Z,farm,uuid:b,uuid:b,,7\n"
	for _, c := range []struct{ kind, mapping, file, title, question, want string }{
		{"kobo-export", "kobo-survey", zipped(t, [2]string{"export.csv", export}, [2]string{"form.xlsx", workbook(t, opinions)}), "What clients think", "How satisfied are you?", "Very satisfied 1 100"},
		{"odk-export", "odk-survey", zipped(t, [2]string{"needs.csv", needs}, [2]string{"needs.xlsx", workbook(t, assessment)}), "Legal needs", "Where do you live?", "On a farm 1 100"},
	} {
		v.says(v.get("/imports/new/"+c.kind), http.StatusOK, "XLSForm")
		at := v.follows(v.brings("/imports/new/"+c.kind, "survey.zip", []byte(c.file), "start", c.mapping), "/imports/drafts/")
		draft := strings.TrimSuffix(at, "/preview")
		v.follows(v.post(at, append(form(v.get(at).body), "go", "on")...), draft+"/mapping")
		b, _ := imports.Shipped(c.mapping)
		v.follows(v.post(draft+"/mapping", append(form(v.get(draft+"/mapping").body), "text", string(b), "go", "on")...), draft+"/try")
		v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
		v.says(v.settled(draft+"/try"), http.StatusOK, "Import now")
		v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "import"), draft+"/try")
		v.says(v.settled(draft+"/try"), http.StatusOK, "It is imported")
		page := v.get("/surveys/forms/" + formCalled(t, n, c.title))
		tallied(t, page, c.question, c.want)
		v.silent(page, "without their form")
	}
}

// Answers that came without their form are told to be so, and their values are read at once.
func TestAnswersWithoutTheirFormSaySo(t *testing.T) {
	n, v := visit(t)
	dir := written(t, map[string]string{"export.csv": `"rating";"_id";"_uuid";"_submission_time"` + "\r\n" + `"very";"71";"u71";"2026-09-07T10:00:00"` + "\r\n"})
	b, _ := imports.Shipped("kobo-survey")
	answers(t, n, string(b), place.On(filepath.Join(dir, "export.csv")))
	const without = "These answers came without their form"
	form := formCalled(t, n, "")
	v.says(v.get("/surveys/forms/"+form), http.StatusOK, without)
	_, _, all, _, err := n.Surveys.Form(t.Context(), boss(t, n), form, "en", surveys.AnswerFilter{Limit: 10})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d answers, %v", len(all), err)
	}
	v.says(v.get("/surveys/answers/"+all[0].ID), http.StatusOK, without, "<details open>", "very")
}

// openExports opens exports of KoBoToolbox and ODK.
func openExports(_ context.Context, m *imports.Mapping, at place.Place) (adapters.Source, error) {
	if m.SourceType == "kobo-export" {
		var s kobo.Settings
		if err := m.DecodeSource(&s); err != nil {
			return nil, err
		}
		return kobo.Open(at, s)
	}
	var s odk.Settings
	if err := m.DecodeSource(&s); err != nil {
		return nil, err
	}
	return odk.Open(at, s)
}

// workbook is a form as a workbook: a sheet for each of its parts.
func workbook(t *testing.T, form string) string {
	t.Helper()
	files := [][2]string{{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`}}
	names, sheets := "", map[string]string{}
	var order []string
	for _, line := range strings.Split(strings.TrimSpace(form), "\n") {
		cells := strings.Split(line, ",")
		if cells[0] != "" {
			order = append(order, cells[0])
			continue
		}
		row := ""
		for _, c := range cells[1:] {
			row += `<c t="inlineStr"><is><t>` + html.EscapeString(c) + `</t></is></c>`
		}
		sheets[order[len(order)-1]] += "<row>" + row + "</row>"
	}
	links := ""
	for i, name := range order {
		names += fmt.Sprintf(`<sheet name="%s" sheetId="%d" r:id="r%d"/>`, name, i+1, i+1)
		links += fmt.Sprintf(`<Relationship Id="r%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, i+1)
		files = append(files, [2]string{fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + sheets[name] + `</sheetData></worksheet>`})
	}
	files = append(files,
		[2]string{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + names + `</sheets></workbook>`},
		[2]string{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + links + `</Relationships>`},
	)
	return zipped(t, files...)
}
