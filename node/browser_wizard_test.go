package node

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"casehub/internal/web/webtest"
)

// TestTheWizardHoldsInABrowser opens every step of an import that is being prepared,
// each in one of the ways of webtest.Visits, in turn; with CASEHUB_PROOF in all of them.
func TestTheWizardHoldsInABrowser(t *testing.T) {
	_, v := importing(t)
	b := webtest.Open(t)
	draft := prepared(t, v)
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "dry"), draft+"/try")
	v.settled(draft + "/try")
	ready := strings.TrimSuffix(v.follows(v.brings("/imports/new/spreadsheet", "register.csv", []byte("No.;Problem\n1;UIF\n"), "start", "walk-in-register"), "/imports/drafts/"), "/preview")
	broken := v.follows(v.brings("/imports/new/spreadsheet", "book.xlsx", []byte("PK\x03\x04 this is no workbook")), "/imports/drafts/")
	pages := []string{draft + "/preview", draft + "/columns", draft + "/codes", draft + "/try", ready + "/mapping", broken, "/imports/new", "/imports/new/kobo"}
	for i, page := range pages {
		if a := v.get(page); a.status != http.StatusOK {
			t.Fatalf("%s: status %d", page, a.status)
		}
		ways := webtest.Visits[i%len(webtest.Visits):][:1]
		if os.Getenv("CASEHUB_PROOF") != "" {
			ways = webtest.Visits
		}
		b.CheckIn(t, ways, v.pages, page)
	}
	v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", "import", "accept", "yes"), draft+"/try")
	v.settled(draft + "/try")
	b.CheckIn(t, webtest.Visits[:1], v.pages, draft+"/try")
}
