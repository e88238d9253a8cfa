package node

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/actor"
	"casehub/node/imports"
)

// silentServer opens spreadsheets, and of live sources only one that does not answer.
func silentServer(ctx context.Context, m *imports.Mapping, at place.Place) (adapters.Source, error) {
	if m.SourceType == "kobo" {
		return nil, adapters.ErrUnreachable.With("host", "forms.example")
	}
	return openSheet(ctx, m, at)
}

// brought is a node into which a register was imported, with two rows held back.
func brought(t *testing.T) (*Node, *visitor) {
	t.Helper()
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Sources: silentServer})
	v := &visitor{t: t, pages: asDirector(t, n), cookies: map[string]string{}}
	v.token = tokenInput.FindStringSubmatch(v.get("/").body)[1]
	draft := prepared(t, v)
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	v.settled(draft + "/try")
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "import", "accept", "yes"), draft+"/try")
	v.settled(draft + "/try")
	return n, v
}

// job waits until a job has ended, and returns where it led.
func (v *visitor) job(a answer) string {
	v.t.Helper()
	at := v.follows(a, "/imports/jobs/")
	v.settled(at)
	return v.get(at).to
}

// heldRow returns the fields of the form of the held row that has a text.
func heldRow(t *testing.T, body, text string) []string {
	t.Helper()
	for _, form := range regexp.MustCompile(`(?s)<form method="post" action="/imports/runs/\d+/held" .*?</form>`).FindAllString(body, -1) {
		if !strings.Contains(form, text) {
			continue
		}
		var all []string
		for _, m := range regexp.MustCompile(`name="(row|place|page|revision|/[^"]*)"(?: type="text")? value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
			all = append(all, m[1], m[2])
		}
		return all
	}
	t.Fatalf("no held row has %q", text)
	return nil
}

// with puts another value into the fields of a form.
func with(fields []string, name, value string) []string {
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == name {
			fields[i+1] = value
		}
	}
	return fields
}

func TestARunIsMendedAndTakenBackOnThePages(t *testing.T) {
	n, v := brought(t)
	v.says(v.get("/imports"), http.StatusOK, "Registro 2025.csv", "/imports/runs/1", "Held back")
	v.says(v.get("/imports/runs/1"), http.StatusOK, "Every row was counted exactly once", "Rows held back", "The record is held back", "<svg", "Take this import back")
	for kind, want := range map[string]string{"html": "<!doctype html>", "csv": "Stream,Outcome", "json": `"balanced": true`} {
		a := v.get("/imports/runs/1/report/" + kind)
		v.says(a, http.StatusOK, want)
		if strings.Contains(a.body, "Ñahui") || strings.Contains(a.body, "Íñiguez") {
			t.Errorf("the report as %s says who was imported", kind)
		}
	}
	page := v.get("/imports/runs/1/held")
	v.says(page, http.StatusOK, "mañana", "Íñiguez", "This is not a date", "Fecha de apertura")
	row := heldRow(t, page.body, "mañana")
	at := v.follows(v.post("/imports/runs/1/held", with(row, "/Fecha de apertura", "31/31/2025")...), "/imports/runs/1/held")
	page = v.get(strings.Split(at, "#")[0])
	v.says(page, http.StatusOK, "31/31/2025", "In the source:", "mañana", "Mended")
	stale := v.post("/imports/runs/1/held", with(row, "/Fecha de apertura", "30/31/2025")...)
	v.says(stale, http.StatusConflict, "Somebody else saved", "30/31/2025", "31/31/2025", "mañana")
	before := v.counted(n, "cases")
	run := v.job(v.post("/imports/runs/1/held/import"))
	if run != "/imports/runs/2" || v.counted(n, "cases") != before {
		t.Fatalf("a row that is still wrong led to %s, %d cases", run, v.counted(n, "cases"))
	}
	page = v.get("/imports/runs/2/held")
	v.says(page, http.StatusOK, "31/31/2025")
	v.says(v.get("/imports/runs/1/held"), http.StatusOK, "imported again since", "/imports/runs/2/held")
	file := v.get("/imports/runs/2/held/file/csv")
	v.says(file, http.StatusOK, "31/31/2025", "_error_code")
	v.says(v.get("/imports/runs/2/held/file/xlsx"), http.StatusOK, "PK")
	mended := strings.Replace(file.body, "31/31/2025", "28/02/2025", 1)
	v.follows(v.brings("/imports/runs/2/held/file", "held.csv", []byte(mended)), "/imports/runs/2/held")
	v.says(v.get("/imports/runs/2/held"), http.StatusOK, "28/02/2025")
	v.says(v.brings("/imports/runs/2/held/file", "other.csv", []byte("A;B\n1;2\n3;4\n")), http.StatusUnprocessableEntity, "no file of rows that were held back")
	v.says(v.post("/imports/runs/2/held/import", "mapping", "mapping: nothing"), http.StatusUnprocessableEntity, "The mapping does not hold", "mapping: nothing")
	if run = v.job(v.post("/imports/runs/2/held/import")); run != "/imports/runs/3" || v.counted(n, "cases") != before+1 {
		t.Fatalf("the mended row led to %s, %d cases, want %d", run, v.counted(n, "cases"), before+1)
	}
	v.says(v.get("/clients"), http.StatusOK, "Íñiguez")
	v.says(v.get("/imports/runs/1/undo"), http.StatusOK, "Take this import back?")
	v.says(v.get("/imports/runs/3/undo"), http.StatusOK, "Take it back")
	v.follows(v.post("/imports/runs/3/undo"), "/imports/runs/3")
	if v.counted(n, "cases") != before {
		t.Errorf("%d cases after the run was taken back, want %d", v.counted(n, "cases"), before)
	}
	v.says(v.get("/imports/runs/3"), http.StatusOK, "Taken back")
	v.says(v.post("/imports/runs/3/undo"), http.StatusConflict, "taken back before")
	for _, path := range []string{"/imports/runs/99", "/imports/runs/none", "/imports/runs/99/held", "/imports/jobs/99", "/imports/runs/1/report/exe", "/imports/runs/99/undo"} {
		if a := v.get(path); a.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
}

func TestWhatStandsInTheWayOfTakingBackIsListed(t *testing.T) {
	n, v := brought(t)
	if _, err := n.DB.Exec(t.Context(), `UPDATE clients SET version = version + 1`, nil); err != nil {
		t.Fatal(err)
	}
	v.says(v.post("/imports/runs/1/undo"), http.StatusUnprocessableEntity, "These records stand in the way", "Changed since by somebody", "/clients/")
}

// fieldForms is a mapping of a server that does not answer.
const fieldForms = `mapping: field/1
instance: field-forms
source: {type: kobo, server: 'https://forms.example', token_env: CASEHUB_SOURCE_FIELD, asset: aX}
defaults: {date_order: ymd}
streams:
  client: {from: form, to: client, key: "@key", fields: {surname: name}}
  case: {from: form, to: case, key: "@key", fields: {client: {ref: client}, case_type: {const: 1101}, opened_on: day}}
`

func TestASchedulesWayThroughThePages(t *testing.T) {
	n, v := brought(t)
	v.says(v.get("/imports/schedules"), http.StatusOK, "Nothing is read by schedule")
	form := []string{"mapping", fieldForms, "when", "hours", "hours", "6", "at", "", "active", "on"}
	v.says(v.post("/imports/schedules", with(append([]string{}, form...), "hours", "0")...), http.StatusUnprocessableEntity, "from 1 to 720")
	v.says(v.post("/imports/schedules", with(append([]string{}, form...), "mapping", strings.Replace(fieldForms, "token_env: CASEHUB_SOURCE_FIELD", "token: abc", 1))...), http.StatusUnprocessableEntity, "seems to stand in the setting token")
	at := v.follows(v.post("/imports/schedules", form...), "/imports/schedules/")
	v.says(v.get(at), http.StatusOK, "CASEHUB_SOURCE_FIELD", "Every 6 hours", "Not yet")
	n.Turn(t.Context())
	jobs, err := n.Schedules.List(t.Context(), actor.Actor{Kind: actor.Person, ID: director(t, n)})
	if err != nil || len(jobs) != 1 || len(jobs[0].Jobs) != 1 {
		t.Fatalf("%+v, %v", jobs, err)
	}
	if err := n.Jobs.Wait(t.Context(), jobs[0].Jobs[0].ID); err != nil {
		t.Fatal(err)
	}
	n.Turn(t.Context())
	const failed = "The last reading failed"
	v.says(v.get(at), http.StatusOK, failed, "forms.example does not answer")
	v.says(v.get("/imports"), http.StatusOK, failed, "field-forms")
	v.says(v.get("/"), http.StatusOK, failed, "field-forms")
	w := httptest.NewRecorder()
	n.metrics.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if !strings.Contains(w.Body.String(), `casehub_node_import_alerts{reason="failed"} 1`) || strings.Contains(w.Body.String(), "field") {
		t.Error("the metric does not tell of the failure alone")
	}
	job := jobs[0].Jobs[0].Path()
	v.says(v.get(job), http.StatusOK, "Continue", "forms.example does not answer", "<h1>field-forms</h1>", `href="`+at+`">`, "To the schedule")
	v.follows(v.post(job+"/continue"), job)
	v.settled(job)
	v.says(v.post(job+"/stop"), http.StatusConflict, "has ended or goes on")
	v.job(v.post(at + "/run"))
	v.follows(v.post(at+"/switch", "active", "off"), at)
	v.says(v.get(at), http.StatusOK, "Switch on")
	if a := v.get("/"); strings.Contains(a.body, failed) {
		t.Error("a schedule that is off is told of")
	}
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(v.get(at).body)[1]
	v.follows(v.post(at, "mapping", fieldForms, "when", "day", "hours", "", "at", "04:30", "active", "on", "version", version), at)
	v.says(v.get(at), http.StatusOK, "Every day at 04:30")
	v.says(v.post(at, "mapping", fieldForms, "when", "day", "at", "04:30", "active", "on", "version", version), http.StatusConflict, "saved this schedule since")
	v.follows(v.post(at+"/remove"), "/imports/schedules")
	if a := v.get(at); a.status != http.StatusNotFound {
		t.Errorf("a removed schedule: status %d", a.status)
	}
}
