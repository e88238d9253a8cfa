package node

import (
	"net/http"
	"strings"
	"testing"

	"casehub/internal/web/webtest"
)

// TestImportsHoldInABrowser opens the pages of imports that need one, each in one of the
// ways of webtest.Visits.
func TestImportsHoldInABrowser(t *testing.T) {
	_, v := brought(t)
	b := webtest.Open(t)
	schedule := v.follows(v.post("/imports/schedules", "mapping", fieldForms, "when", "hours", "hours", "6", "active", "on"), "/imports/schedules/")
	job := v.follows(v.post(schedule+"/run"), "/imports/jobs/")
	v.settled(job)
	pages := []string{"/imports", "/imports/runs/1", "/imports/runs/1/held", "/imports/runs/1/undo", job, schedule, "/imports/schedules", "/"}
	for i, page := range pages {
		if a := v.get(page); a.status != http.StatusOK {
			t.Fatalf("%s: status %d", page, a.status)
		}
		b.CheckIn(t, webtest.Visits[i%len(webtest.Visits):][:1], v.pages, page)
	}
}

// TestAHeldRowIsMendedInABrowser: somebody types over the cell that is at fault, saves,
// imports, and finds the client.
func TestAHeldRowIsMendedInABrowser(t *testing.T) {
	n, v := brought(t)
	before := v.counted(n, "cases")
	tab := webtest.Open(t).Use(t, v.pages, "/imports/runs/1/held")
	const cell = `form[hx-post] input[value="mañana"]`
	if tab.Eval(`document.querySelector('`+cell+`').getAttribute("aria-invalid")`) != "true" {
		t.Error("the cell at fault is not marked")
	}
	at := tab.Eval(`document.querySelector('` + cell + `').id`)
	tab.Eval(`(document.getElementById("` + at + `").value = "", 1)`)
	tab.Type("#"+at, "28/02/2025")
	tab.Click(`section:has(#` + at + `) form button`)
	tab.Wait(`document.body.textContent.includes("Saved. Nothing was imported yet.") && document.getElementById("` + at + `").value === "28/02/2025"`)
	if got := v.counted(n, "cases"); got != before {
		t.Errorf("saving imported: %d cases, want %d", got, before)
	}
	tab.Click(`form[action$="/held/import"] button`)
	tab.Wait(`location.pathname === "/imports/runs/2"`)
	if got := v.counted(n, "cases"); got != before+1 {
		t.Errorf("%d cases, want %d", got, before+1)
	}
	if a := v.get("/clients"); !strings.Contains(a.body, "Íñiguez") {
		t.Error("the client of the mended row is not there")
	}
}
