package node

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// columnsOf returns the names of the columns that a preview shows.
func columnsOf(a answer) string {
	_, rest, _ := strings.Cut(a.body, `aria-labelledby="import-rows" tabindex="0"`)
	head, _, _ := strings.Cut(rest, "</thead>")
	var all []string
	for _, m := range regexp.MustCompile(`<th scope="col">([^<]*)</th>`).FindAllStringSubmatch(head, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, "|")
}

// chosen returns what a column is pointed to on the page of the columns.
func chosen(a answer, column string) string {
	_, rest, _ := strings.Cut(a.body, `class="anywhere">`+column+`</label>`)
	m := regexp.MustCompile(`<option value="([^"]*)" selected`).FindStringSubmatch(rest)
	if m == nil {
		return ""
	}
	return m[1]
}

// Whoever says in which letters a file is written and which row names its columns sees it
// read so at once, can say it otherwise, and loses nothing that was decided before.
func TestThePreviewFollowsWhatIsSaidOfTheFile(t *testing.T) {
	_, v := importing(t)
	at := v.follows(v.brings("/imports/new/spreadsheet", "Registro 2025.csv", latin1(t, register)), "/imports/drafts/")
	draft := strings.TrimSuffix(at, "/preview")
	const names = "N°|Nombres|Apellidos|DNI|Teléfono|Fecha de apertura|Fecha de cierre|Tipo de caso|Resultado|Observaciones"
	if got := columnsOf(v.get(at)); got != names {
		t.Fatalf("the columns are %q", got)
	}
	says := func(encoding string, header ...string) answer {
		t.Helper()
		fields := append(form(v.get(at).body), "go", "stay", "encoding", encoding)
		for _, h := range header {
			fields = append(fields, "header", h)
		}
		return v.get(v.follows(v.post(at, fields...), at))
	}
	v.says(says("cp850"), http.StatusOK, "cp850", "Ðahui", `<option value="cp850" selected`)
	v.silent(v.get(at), "Ñahui")
	v.says(says(""), http.StatusOK, "windows-1252", "Ñahui")
	a := says("", "1")
	if got := columnsOf(a); !strings.HasPrefix(got, "Registro de casos - Oficina de Ayacucho") {
		t.Errorf("with the first row as its header the columns are %q", got)
	}
	v.says(a, http.StatusOK, `name="header" value="1" checked`)
	if a = says("", "3"); !strings.Contains(columnsOf(a), "Ñahui Quispe") {
		t.Errorf("with the third row as its header the columns are %q", columnsOf(a))
	}
	if got := columnsOf(says("", "2")); got != names {
		t.Errorf("with the second row as its header the columns are %q", got)
	}

	v.follows(v.post(at, append(form(v.get(at).body), "go", "on", "header", "2")...), draft+"/columns")
	page := v.get(draft + "/columns").body
	v.follows(v.post(draft+"/columns", append(form(page), nameOf(t, page, "Observaciones"), "leave-out", "go", "stay")...), draft+"/columns")
	says("", "1")
	if got := columnsOf(says("", "2")); got != names {
		t.Errorf("back at the second row the columns are %q", got)
	}
	if got := chosen(v.get(draft+"/columns"), "Observaciones"); got != "leave-out" {
		t.Errorf("what was decided of a column became %q", got)
	}
}

// After a backup was put back the drafts are here and their files are not: every step says
// so and takes the file again, and what was decided is kept.
func TestADraftWithoutItsFileAsksForItAgain(t *testing.T) {
	c := Config{Data: t.TempDir(), Timezone: "UTC", Sources: openSheet}
	n := openNode(t, c)
	v := &visitor{t: t, pages: asDirector(t, n), cookies: map[string]string{}}
	v.token = tokenInput.FindStringSubmatch(v.get("/").body)[1]
	draft := prepared(t, v)
	if err := errors.Join(n.Close(), os.RemoveAll(filepath.Join(n.config.Data, uploadsName))); err != nil {
		t.Fatal(err)
	}
	v.returns(openNode(t, c))
	const again = "The file is not here any more. Bring it again; what you decided is kept."
	for _, step := range []string{"/preview", "/columns", "/codes"} {
		v.says(v.get(draft+step), http.StatusOK, again, `action="`+draft+`/file"`, "Put this file in its place")
	}
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	v.says(v.settled(draft+"/try"), http.StatusOK, again, `action="`+draft+`/file"`)
	v.follows(v.brings(draft+"/file", "Registro 2025.csv", latin1(t, register)), draft+"/preview")
	v.says(v.get(draft+"/preview"), http.StatusOK, "Ñahui Quispe")
	v.says(v.get(draft+"/columns"), http.StatusOK, `<option value="DNI" selected`)
	v.says(v.get(draft+"/codes"), http.StatusOK, "Cosa rara")
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	v.says(v.settled(draft+"/try"), http.StatusOK, "What the import will do")
}

// Another file in the place of a draft's has other columns: what fits is kept, what does
// not is asked about, and nothing is tried or imported by what the first file had.
func TestAnotherFileThatDoesNotFitIsAskedAbout(t *testing.T) {
	_, v := importing(t)
	draft := prepared(t, v)
	other := strings.NewReplacer("Tipo de caso", "Asunto tratado", "DNI", "Doc", "Fecha de apertura", "Ingreso al registro").Replace(register)
	v.follows(v.brings(draft+"/file", "Registro 2026.csv", latin1(t, other)), draft+"/preview")
	v.says(v.get(draft+"/preview"), http.StatusOK, "Ingreso al registro")
	v.says(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "import", "accept", "yes"), http.StatusConflict)
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	page := v.settled(draft + "/try")
	v.says(page, http.StatusOK, "The mapping names a column that the file does not have: DNI", "Nothing was written", `href="`+draft+`/columns"`)
	v.silent(page, "Go on with it", "Import now")

	page = v.get(draft + "/columns")
	v.says(page, http.StatusOK, "These columns of the file before are not in this one", "<b>DNI</b>: Column by which a client is known", "<b>DNI</b>: Document number",
		"<b>Fecha de apertura</b>: Day it was opened")
	for column, want := range map[string]string{"Apellidos": "client.surname", "Observaciones": "case.summary", "Asunto tratado": "case.case_type"} {
		if got := chosen(page, column); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	v.says(v.post(draft+"/columns", append(form(page.body), "go", "on")...), http.StatusUnprocessableEntity, `class="anywhere">Day it was opened</a>`)
	page = v.get(draft + "/columns")
	sent := append(form(page.body), nameOf(t, page.body, "Ingreso al registro"), "case.opened_on", "t0-client", "Doc", "go", "on")
	v.follows(v.post(draft+"/columns", sent...), draft+"/codes")
	page = v.get(draft + "/codes")
	v.says(v.post(draft+"/codes", append(form(page.body), "go", "on")...), http.StatusUnprocessableEntity, "Cosa rara")
	page = v.get(draft + "/codes")
	v.follows(v.post(draft+"/codes", append(form(page.body), "go", "on", nameOf(t, page.body, "Cosa rara"), "others")...), draft+"/try")
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	v.says(v.settled(draft+"/try"), http.StatusOK, "What the import will do")
}

// Whoever chose a ready mapping that is for another file is led to pointing.
func TestAReadyMappingThatDoesNotFitGivesWay(t *testing.T) {
	_, v := importing(t)
	at := v.follows(v.brings("/imports/new/spreadsheet", "march.csv", []byte("No;Name;In\n1;Mokoena;01/02/2025\n"), "start", "walk-in-register"), "/imports/drafts/")
	draft := strings.TrimSuffix(at, "/preview")
	page := v.get(at)
	v.says(page, http.StatusOK, "This cannot be read", "Perhaps the ready mapping is for another file", "Point to the columns myself instead")
	v.follows(v.post(draft+"/mapping", append(form(page.body), "go", "point")...), draft+"/preview")
	v.says(v.get(at), http.StatusOK, "Mokoena", "It looks right")
}
