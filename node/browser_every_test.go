package node

import (
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/web/webtest"
	"casehub/node/access/accesstest"
	"casehub/node/egress"
)

// shown are the pages of a node and where one of each is in a furnished office: a
// query for the identifier, an address, or "" for an address without a hole.
var shown = map[string]string{
	"GET /{$}": "",

	// Doors, and what is everybody's own.
	"GET /account":                      "",
	"GET /account/password":             "",
	"GET /account/factors":              "",
	"GET /account/authenticator":        "",
	"GET /account/recovery":             "",
	"GET /account/passkeys/new":         "",
	"GET /account/passkeys/{id}/remove": `SELECT id FROM passkeys`,
	"GET /administration":               "",

	// The organisation and its people.
	"GET /people":                     "",
	"GET /people/new":                 "",
	"GET /people/{id}":                `SELECT 'thandi'`,
	"GET /people/{id}/edit":           `SELECT 'thandi'`,
	"GET /people/{id}/confirm/{what}": `SELECT 'thandi'`,
	"GET /organisation":               "",
	"GET /organisation/offices/new":   "",
	"GET /organisation/offices/{id}":  `SELECT id FROM offices`,
	"GET /organisation/regions/{id}":  `SELECT id FROM regions`,
	"GET /organisation/teams/new":     "",
	"GET /organisation/teams/{id}":    `SELECT id FROM teams`,
	"GET /roles":                      "",
	"GET /roles/new":                  "",
	"GET /roles/{id}":                 `SELECT id FROM roles`,

	// What left the office, and who did what.
	"GET /releases":                           "",
	"GET /releases/{sequence}":                `SELECT 2`,
	"GET /releases/rules":                     "",
	"GET /releases/{sequence}/groups/{group}": "/releases/2/groups/1-1-1102",
	"GET /balance":                            "",
	"GET /balance/{set}/{part}":               "/balance/1/waiting",
	"GET /drafts/{id}":                        `SELECT max(id) FROM release_drafts`,
	"GET /approvers":                          "",
	"GET /audit":                              "",

	// Keys, backups, keeping and erasing.
	"GET /keys":            "",
	"GET /keys/recovery":   "",
	"GET /keys/shares":     "",
	"GET /backups":         "",
	"GET /retention":       "",
	"GET /retention/due":   "",
	"GET /retention/rules": "",
	"GET /erasures/{id}":   `SELECT id FROM erasures`,
	"GET /restricted":      "",
	"GET /consents":        "",
	"GET /consents/terms":  "",

	// Clients.
	"GET /clients":                         "",
	"GET /clients/new":                     "",
	"GET /clients/pairs":                   "",
	"GET /clients/{id}":                    ofTheClient,
	"GET /clients/{id}/edit":               ofTheClient,
	"GET /clients/{id}/consents":           ofTheClient,
	"GET /clients/{id}/erasure":            ofTheClient,
	"GET /clients/{id}/own-data":           ofTheClient,
	"GET /clients/{id}/consultations/new":  ofTheClient,
	"GET /consultations":                   "",
	"GET /consultations/{id}":              `SELECT id FROM consultations`,
	"GET /consultations/{id}/edit":         `SELECT id FROM consultations`,
	"GET /consultations/{id}/remove":       `SELECT id FROM consultations`,
	"GET /consultations/{id}/services/new": `SELECT id FROM consultations`,
	"GET /services/{id}/edit":              `SELECT id FROM services`,
	"GET /services/{id}/remove":            `SELECT id FROM services`,
	"GET /turn-aways":                      "",
	"GET /turn-aways/new":                  "",
	"GET /turn-aways/{id}/edit":            `SELECT id FROM turn_aways`,
	"GET /turn-aways/{id}/remove":          `SELECT id FROM turn_aways`,

	// Cases and what belongs to them.
	"GET /cases":                     "",
	"GET /case-account":              "",
	"GET /case-account/{part}":       "/case-account/new",
	"GET /cases/new":                 "",
	"GET /cases/{id}":                ofTheCase,
	"GET /cases/{id}/edit":           ofTheCase,
	"GET /cases/{id}/walls":          ofTheCase,
	"GET /cases/{id}/conflict":       ofTheCase,
	"GET /cases/{id}/documents":      ofTheCase,
	"GET /cases/{id}/referrals/new":  ofTheCase,
	"GET /cases/{id}/recoveries/new": ofTheCase,
	"GET /cases/{id}/services/new":   ofTheCase,
	"GET /cases/{id}/complaints/new": ofTheCase,
	"GET /cases/{id}/survey":         `SELECT case_id FROM surveys`,
	"GET /cases/{id}/survey/remove":  `SELECT case_id FROM surveys`,
	"GET /documents/{id}/edit":       `SELECT id FROM documents`,
	"GET /referrals/{id}/edit":       `SELECT id FROM referrals`,
	"GET /recoveries/{id}/edit":      `SELECT id FROM recoveries WHERE id NOT LIKE 'sum-%'`,
	"GET /emergency":                 "",

	// What an office does beside its cases.
	"GET /complaints":             "",
	"GET /complaints/{id}/edit":   `SELECT id FROM complaints`,
	"GET /complaints/{id}/remove": `SELECT id FROM complaints`,
	"GET /activities":             "",
	"GET /activities/new":         "",
	"GET /activities/{id}/edit":   `SELECT id FROM activities`,
	"GET /activities/{id}/remove": `SELECT id FROM activities`,
	"GET /surveys":                "",
	"GET /surveys/forms":          "",
	"GET /consultations/visits":   "",
	"GET /quality":                "",
	"GET /quality/new":            "",
	"GET /quality/{id}":           `SELECT id FROM quality_checks`,

	// Bringing records in.
	"GET /imports":               "",
	"GET /imports/schedules":     "",
	"GET /imports/schedules/new": "",
	"GET /imports/new":           "",
	"GET /imports/new/{what}":    "/imports/new/spreadsheet",
}

const (
	ofTheClient = `SELECT id FROM clients WHERE surname LIKE 'Nolwazi%'`
	ofTheCase   = `SELECT id FROM cases WHERE other_party <> '' AND status = 'open'`
)

// notShown are the addresses that are no page to whoever is signed in, with the
// reason.
var notShown = map[string]string{
	"GET /metrics":                            "a text for a program",
	"GET /imports/runs/{id}":                  "for who has imported: TestImportsHoldInABrowser opens it",
	"GET /imports/runs/{id}/undo":             "for who has imported: TestImportsHoldInABrowser opens it",
	"GET /imports/runs/{id}/held":             "for who has imported: TestImportsHoldInABrowser opens it",
	"GET /imports/runs/{id}/report/{what}":    "a download",
	"GET /imports/runs/{id}/held/file/{what}": "a download",
	"GET /imports/jobs/{id}":                  "for who has imported: TestImportsHoldInABrowser opens it",
	"GET /imports/jobs/{id}/progress":         "a piece of /imports/jobs/{id}",
	"GET /imports/schedules/{id}":             "for who has a schedule: TestImportsHoldInABrowser opens it",
	"GET /imports/drafts/{id}":                "leads to the step that was reached",
	"GET /imports/drafts/{id}/yaml":           "a download",
	"GET /imports/drafts/{id}/preview":        "for who has brought a file: TestTheWizardHoldsInABrowser opens it",
	"GET /imports/drafts/{id}/columns":        "for who has brought a file: TestTheWizardHoldsInABrowser opens it",
	"GET /imports/drafts/{id}/codes":          "for who has brought a file: TestTheWizardHoldsInABrowser opens it",
	"GET /imports/drafts/{id}/mapping":        "for who has brought a file: TestTheWizardHoldsInABrowser opens it",
	"GET /imports/drafts/{id}/try":            "for who has brought a file: TestTheWizardHoldsInABrowser opens it",
	"GET /releases/{sequence}/file":           "a download",
	"GET /drafts/{id}/file":                   "a download",
	"GET /documents/{id}":                     "a download",
	"GET /backups/progress":                   "a piece of /backups",
	"GET /sign-in":                            "for who is not signed in: node/people opens it",
	"GET /sign-in/factor":                     "for who is halfway in: node/people opens it",
	"GET /locked":                             "for who is locked out: node/people opens it",
	"GET /resume":                             "for who was locked out with a form: node/people opens it",
	"GET /account/authenticator/remove":       "for who has an authenticator: node/people opens it",
	"GET /keys/recovery/words":                "for who is making new words: node/keys opens it",
	"GET /keys/recovery/confirm":              "for who is making new words: node/keys opens it",

	"GET /surveys/forms/{id}":               "no demo office has forms of another system: TestAFormOfAnotherSystemIsReadAndCounted opens it",
	"GET /surveys/answers/{id}":             "no demo office has forms of another system: TestAFormOfAnotherSystemIsReadAndCounted opens it",
	"GET /surveys/answers/{id}/remove":      "no demo office has forms of another system",
	"GET /consultations/visits/{id}/remove": "no demo office has visits without a client",
}

// everyPage returns an address of each page of shown, by its pattern.
func everyPage(t *testing.T, n *Node) map[string]string {
	t.Helper()
	all := map[string]string{}
	for pattern, where := range shown {
		_, path, _ := strings.Cut(pattern, " ")
		switch {
		case strings.HasPrefix(where, "/"):
			path = where
		case where != "":
			var id string
			if err := n.DB.QueryRow(t.Context(), where+` LIMIT 1`, nil).Scan(&id); err != nil {
				t.Errorf("%s: %v", pattern, err)
			}
			path = strings.NewReplacer("{id}", id, "{sequence}", id, "{what}", "leave").Replace(path)
		}
		all[pattern] = strings.ReplaceAll(path, "{$}", "")
	}
	return all
}

// TestEveryPageHoldsInABrowser opens every page that a node has in a real browser;
// a new one has to be added to shown, or to notShown with the reason. Each is looked
// at in one of the ways of webtest.Visits, in turn; with CASEHUB_PROOF in all of them.
func TestEveryPageHoldsInABrowser(t *testing.T) {
	n, v := furnished(t)
	b := webtest.Open(t)
	pages := everyPage(t, n)
	for i, pattern := range slices.Sorted(maps.Keys(pages)) {
		ways := webtest.Visits[i%len(webtest.Visits):][:1]
		if os.Getenv("CASEHUB_PROOF") != "" {
			ways = webtest.Visits
		}
		t.Run(pattern, func(t *testing.T) {
			if a := v.get(pages[pattern]); a.status != http.StatusOK {
				t.Fatalf("%s: status %d %s, and nothing to look at", pages[pattern], a.status, a.to)
			}
			b.CheckIn(t, ways, v.pages, pages[pattern])
		})
	}
}

// TestEveryPageIsShownToABrowser: no page is added that the browser never opens.
func TestEveryPageIsShownToABrowser(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Office: OfficeConfig{OrgUnit: 7}})
	site, err := n.site()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range site.Routes() {
		if !strings.HasPrefix(r.Pattern, "GET ") {
			continue
		}
		known[r.Pattern] = true
		_, is := shown[r.Pattern]
		if _, not := notShown[r.Pattern]; is == not {
			t.Errorf("%s has to be either in shown or, with the reason, in notShown", r.Pattern)
		}
	}
	for _, list := range []map[string]string{shown, notShown} {
		for pattern := range list {
			if !known[pattern] {
				t.Errorf("no page answers %s", pattern)
			}
		}
	}
}

// furnished is an office in which every page has something to show, and its first
// director.
func furnished(t *testing.T) (*Node, *visitor) {
	t.Helper()
	n, v := released(t)
	v.token = tokenInput.FindStringSubmatch(v.get("/").body)[1]
	accesstest.Hire(t, n.DB, "thandi", seatOf(t, n))
	accesstest.Appoint(t, n.DB, "thandi", "supervisor", "")
	about := worked(t, n, v)
	client, open := about[0], about[1]
	if a := v.upload(open+"/documents", "Letter of the employer.txt"); a.status != http.StatusSeeOther {
		t.Fatalf("a document: status %d", a.status)
	}
	v.follows(v.post(open+"/walls", "person", "thandi", "reason", "related"), open)
	v.follows(v.post(client+"/consents", "purpose", "story", "answer", "given", "answered_on", "2026-10-01", "manner", "writing"), client)
	v.follows(v.post(v.register("surname", "Botha")+"/erasure", "asked_on", "2026-10-02"), "/clients")
	v.follows(v.post("/organisation/regions", "name", "Highlands"), "/organisation")
	v.follows(v.post("/organisation/teams", "name", "Land and housing", "member", director(t, n)), "/organisation")
	v.follows(v.post("/roles", "name", "Reception", "reach:clients.read", "office"), "/roles")
	v.follows(v.post("/approvers", "name", "R. Afar", "reason", "chair of the board", "key", strings.Repeat("5a", 32)), "/approvers")
	if _, err := n.Gate.Make(t.Context(), actor.Node(), egress.Wanted{Period: 202609}); err != nil {
		t.Fatal(err)
	}
	_, err := n.DB.Exec(t.Context(), `
INSERT INTO passkeys (id, person_id, name, host, credential_id, credential, created_at)
VALUES ('key', @person, 'The blue key', 'localhost', x'01', '{}', 0)`, sqlite.Args{"person": director(t, n)})
	if err != nil {
		t.Fatal(err)
	}
	return n, v
}
