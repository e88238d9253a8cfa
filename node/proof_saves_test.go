package node

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/internal/web"
)

// The proof tries to save as everybody, and lets nobody succeed: its worlds have to
// stay as they were drawn. It would be as green if no form held at all. So every
// route that changes something is walked here by somebody who may, with a form of
// the shape that the plans send, and what it did is looked for.

// provedBeside are the routes whose success a test of their own area shows, by the
// name of the test: they need a password, a second factor, or a sealed node.
var provedBeside = map[string]string{
	"POST /sign-in":                      "TestAReaderIsLedToTheDoorAndBack",
	"POST /sign-in/passkey":              "TestAPasskeyLetsSomebodyIn",
	"POST /sign-in/factor":               "TestACodeCountsOnce",
	"POST /sign-out":                     "TestAReaderIsLedToTheDoorAndBack",
	"POST /lock":                         "TestAButtonIsNotKept",
	"POST /locked":                       "TestAnIdleSessionLocksAndKeepsWhatWasTyped",
	"POST /resume/discard":               "TestAFormIsKeptForItsAuthorAlone",
	"POST /account/password":             "TestAOneTimePasswordOpensOnePage",
	"POST /account/authenticator":        "TestACodeCountsOnce",
	"POST /account/authenticator/remove": "TestFactorsChangeByThePasswordAlone",
	"POST /account/recovery":             "TestFactorsChangeByThePasswordAlone",
	"POST /account/passkeys":             "TestAPasskeyLetsSomebodyIn",
	"POST /account/passkeys/{id}/remove": "TestFactorsChangeByThePasswordAlone",
	"POST /keys/recovery":                "TestNewWordsCountWhenTheyWereTypedBack",
	"POST /keys/recovery/confirm":        "TestNewWordsCountWhenTheyWereTypedBack",
	"POST /keys/recovery/drop":           "TestWordsThatWereDroppedNeverCount",
	"POST /keys/shares":                  "TestSharesAreShownOnceForTheRightWords",
	"POST /backups/places/s3/claim":      "TestAStoreOnAnotherMachine",
	"POST /backups/drills":               "TestThePageRecordsADrill",
	"POST /erasures/{id}/approve":        "TestTheWayOfARequestThroughThePages",

	// What a draft of an import takes: a file, and a source that reads it.
	"POST /imports/runs/{id}/undo":        "TestARunIsMendedAndTakenBackOnThePages",
	"POST /imports/runs/{id}/held":        "TestARunIsMendedAndTakenBackOnThePages",
	"POST /imports/runs/{id}/held/import": "TestARunIsMendedAndTakenBackOnThePages",
	"POST /imports/runs/{id}/held/file":   "TestARunIsMendedAndTakenBackOnThePages",
	"POST /imports/jobs/{id}/stop":        "TestAJobThatWasStoppedIsContinued",
	"POST /imports/jobs/{id}/continue":    "TestASchedulesWayThroughThePages",
	"POST /imports/schedules":             "TestASchedulesWayThroughThePages",
	"POST /imports/schedules/{id}":        "TestASchedulesWayThroughThePages",
	"POST /imports/schedules/{id}/run":    "TestASchedulesWayThroughThePages",
	"POST /imports/schedules/{id}/switch": "TestASchedulesWayThroughThePages",
	"POST /imports/schedules/{id}/remove": "TestASchedulesWayThroughThePages",
	"POST /imports/new/{what}":            "TestARegisterIsBroughtInByPointing",
	"POST /imports/drafts/{id}/preview":   "TestARegisterIsBroughtInByPointing",
	"POST /imports/drafts/{id}/columns":   "TestARegisterIsBroughtInByPointing",
	"POST /imports/drafts/{id}/codes":     "TestARegisterIsBroughtInByPointing",
	"POST /imports/drafts/{id}/try":       "TestARegisterIsBroughtInByPointing",
	"POST /imports/drafts/{id}/mapping":   "TestAReadyMappingIsUsed",
	"POST /imports/drafts/{id}/file":      "TestABrokenFileSaysWhatToDo",
	"POST /imports/drafts/{id}/discard":   "TestAnUploadLiesNowhereInTheClear",
}

// walker saves by every route in turn, as the director of a new office.
type walker struct {
	*visitor
	n      *Node
	walked map[string]bool
}

// saves sends a form and checks that it led on, or gave a page where lead is "",
// and that the audit has the action last; "" for what is in no audit.
func (w *walker) saves(pattern, path, lead, action string, fields ...string) {
	w.t.Helper()
	w.walked[pattern] = true
	a := w.post(path, fields...)
	switch {
	case lead == "" && a.status != http.StatusOK:
		w.t.Errorf("%s: status %d; it said %q", pattern, a.status, faults(a.body))
	case lead != "" && (a.status != http.StatusSeeOther || !strings.HasPrefix(a.to, lead)):
		w.t.Errorf("%s: status %d to %q, want %s; it said %q", pattern, a.status, a.to, lead, faults(a.body))
	}
	w.recorded(pattern, action)
}

// recorded checks that an action is the last of the audit but for readings.
func (w *walker) recorded(pattern, action string) {
	w.t.Helper()
	if action == "" {
		return
	}
	if got := w.one(`SELECT action FROM audit WHERE action NOT LIKE '%.read' ORDER BY seq DESC LIMIT 1`); got != action {
		w.t.Errorf("%s: the last that was done is %s, want %s", pattern, got, action)
	}
}

// one returns the one text that a query finds.
func (w *walker) one(query string) string {
	w.t.Helper()
	var s string
	if err := w.n.DB.QueryRow(w.t.Context(), query, nil).Scan(&s); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return s
}

func TestWhoMaySaveSaves(t *testing.T) {
	n, v := visit(t)
	w := &walker{v, n, map[string]bool{}}
	w.account()
	w.organisation()
	staff := w.staff()
	client, opened := w.casework()
	w.advice(client, opened)
	w.otherWork(opened)
	w.brought()
	w.walls(staff, client, opened)
	w.keeping(client)
	w.keys()
	w.backups()
	for _, r := range v.pages.(signedIn).Routes() {
		if !strings.HasPrefix(r.Pattern, http.MethodPost) {
			continue
		}
		if _, beside := provedBeside[r.Pattern]; beside == w.walked[r.Pattern] {
			t.Errorf("%s: walked %v and proved beside %v; one of the two has to be", r.Pattern, w.walked[r.Pattern], beside)
		}
	}
}

func (w *walker) account() {
	w.saves("POST /preferences", "/preferences", "/", "", "language", "en", "back", "/")
	w.saves("POST /account/language", "/account/language", "/account", "person.language-changed", "language", "en")
	const other = `INSERT INTO sessions (id, token, person_id, stage, created_at, seen_at, ends_at)
SELECT @id, randomblob(32), person_id, stage, created_at, seen_at, ends_at FROM sessions LIMIT 1`
	for pattern, path := range map[string]string{"POST /account/sessions/{id}/end": "/account/sessions/second/end", "POST /account/sessions/end": "/account/sessions/end"} {
		if _, err := w.n.DB.Exec(w.t.Context(), other, sqlite.Args{"id": "second"}); err != nil {
			w.t.Fatal(err)
		}
		w.saves(pattern, path, "/account", "")
		if left := w.one(`SELECT count(*) FROM sessions`); left != "1" {
			w.t.Errorf("%s: %s sessions are left", pattern, left)
		}
	}
}

func (w *walker) organisation() {
	w.saves("POST /organisation", "/organisation", "/organisation", "organisation.changed", "name", "Example Trust of the Hills", "language", "en", "lock_minutes", "20", "version", w.one(`SELECT version FROM organisation`))
	w.saves("POST /organisation/factors", "/organisation/factors", "/organisation", "organisation.factors-required", "role", "finance")
	w.saves("POST /organisation/regions", "/organisation/regions", "/organisation", "region.added", "name", "West")
	west := w.one(`SELECT id FROM regions WHERE name = 'West'`)
	w.saves("POST /organisation/regions/{id}", "/organisation/regions/"+west, "/organisation", "region.changed", "name", "Far West")
	w.saves("POST /organisation/regions/{id}/remove", "/organisation/regions/"+west+"/remove", "/organisation", "region.removed")
	w.saves("POST /organisation/offices", "/organisation/offices", "/organisation", "office.added", "name", "Lake")
	w.saves("POST /organisation/offices/{id}", "/organisation/offices/"+w.one(`SELECT id FROM offices WHERE name = 'Lake'`), "/organisation", "office.changed", "name", "Lakeside")
	w.saves("POST /organisation/teams", "/organisation/teams", "/organisation", "team.added", "name", "Land")
	team := w.one(`SELECT id FROM teams`)
	w.saves("POST /organisation/teams/{id}", "/organisation/teams/"+team, "/organisation", "team.changed", "name", "Land and housing", "version", "1")
	w.saves("POST /organisation/teams/{id}/remove", "/organisation/teams/"+team+"/remove", "/organisation", "team.removed")
	w.saves("POST /roles", "/roles", "/roles", "role.added", "name", "Reception", "reach:clients.read", "office")
	role := w.one(`SELECT id FROM roles`)
	w.saves("POST /roles/{id}", "/roles/"+role, "/roles", "role.changed", "name", "Front desk", "version", "1", "reach:clients.read", "own")
	w.saves("POST /roles/{id}/remove", "/roles/"+role+"/remove", "/roles", "role.removed")
}

// staff adds somebody, who is a second director in the end.
func (w *walker) staff() (person string) {
	office := w.one(`SELECT id FROM offices WHERE name = 'River'`)
	w.saves("POST /people", "/people", "", "position.given", "name", "Sipho Zulu", "login", "sipho", "office", office, "role", "paralegal")
	person = w.one(`SELECT id FROM people WHERE login = 'sipho'`)
	at := "/people/" + person
	w.saves("POST /people/{id}", at, at, "person.changed", "name", "Sipho M. Zulu", "login", "sipho", "office", office, "version", w.one(`SELECT version FROM people WHERE login = 'sipho'`))
	w.saves("POST /people/{id}/positions", at+"/positions", at, "position.given", "role", "director")
	position := w.one(`SELECT p.id FROM positions p JOIN people h ON h.id = p.person_id WHERE h.login = 'sipho' AND p.role = 'paralegal'`)
	w.saves("POST /people/{id}/positions/{position}/end", at+"/positions/"+position+"/end", at, "position.taken")
	w.saves("POST /people/{id}/confirm/{what}", at+"/confirm/sessions", at, "person.sessions-ended")
	return person
}

func (w *walker) casework() (client, opened string) {
	w.saves("POST /clients", "/clients", "/clients/", "client.created", "surname", "Nkosi", "contact_safety", "safe")
	client = "/clients/" + w.one(`SELECT id FROM clients`)
	w.saves("POST /clients/{id}", client, client, "client.updated", "surname", "Nkosi", "given_names", "Nolwazi", "contact_safety", "safe", "version", "1")
	w.sets(`INSERT INTO clients (id, reference, contact_safety, created_at, updated_at) VALUES ('alike', 'K-ALIKE', 'safe', 1, 1)`)
	w.sets(`INSERT INTO client_pairs (first_id, second_id, alike_in, found_run, found_at) SELECT 'alike', id, 'phones', 1, 1 FROM clients WHERE surname = 'Nkosi'`)
	w.saves("POST /clients/pairs", "/clients/pairs", "/clients/pairs", "client.told-apart", "first", "alike", "second", strings.TrimPrefix(client, "/clients/"))
	w.sets(`DELETE FROM clients WHERE id = 'alike'`)
	w.saves("POST /clients/search", "/clients/search", "", "", "search", "nkosi")
	w.saves("POST /cases/new", "/cases/new", "", "", "search", "nkosi")
	w.saves("POST /cases", "/cases", "/cases/", "case.opened", "client", strings.TrimPrefix(client, "/clients/"), "case_type", "1102", "opened_on", "2026-10-01")
	opened = "/cases/" + w.one(`SELECT id FROM cases`)
	w.saves("POST /cases/search", "/cases/search", "", "", "search", "nkosi")
	w.saves("POST /cases/{id}", opened, opened, "case.updated", "version", "1", "case_type", "1102", "opened_on", "2026-10-01", "summary", "changed")
	w.saves("POST /cases/{id}/close", opened+"/close", opened, "case.closed", "version", "2", "closed_on", "2026-10-20", "outcome", "5101")
	w.saves("POST /cases/{id}/reopen", opened+"/reopen", opened, "case.reopened", "version", "3")
	w.saves("POST /cases/{id}/assign", opened+"/assign", opened, "case.assigned", "version", "4", "responsible", director(w.t, w.n), "office", seatOf(w.t, w.n))
	w.saves("POST /cases/{id}/referrals", opened+"/referrals", opened, "referral.recorded", "destination", "3203", "referred_on", "2026-10-05")
	w.saves("POST /referrals/{id}", "/referrals/"+w.one(`SELECT id FROM referrals`), opened, "referral.updated", "version", "1", "destination", "3204", "referred_on", "2026-10-05")
	w.saves("POST /cases/{id}/recoveries", opened+"/recoveries", opened, "recovery.recorded", "kind", "4101", "received_on", "2026-10-05", "amount", "5", "currency", "ZAR")
	w.saves("POST /recoveries/{id}", "/recoveries/"+w.one(`SELECT id FROM recoveries`), opened, "recovery.updated", "version", "1", "kind", "4101", "received_on", "2026-10-05", "amount", "6", "currency", "ZAR")
	w.uploads(opened)
	document := "/documents/" + w.one(`SELECT id FROM documents`)
	w.saves("POST /documents/{id}", document, opened, "document.renamed", "version", "1", "name", "Dismissal")
	w.saves("POST /documents/{id}/remove", document+"/remove", opened, "document.removed", "version", "2")
	w.saves("POST /clients/{id}/consents", client+"/consents", client, "consent.given", "purpose", "referral", "answer", "given", "answered_on", "2026-10-05", "manner", "orally")
	w.saves("POST /consents/terms", "/consents/terms", "/consents", "consent.term-set", "months_record", "11", "months_contact", "12", "months_referral", "6", "months_feedback", "6", "months_sample", "6", "months_story", "24")
	w.saves("POST /audit", "/audit", "/audit?", "", "reference", w.one(`SELECT reference FROM cases`))
	return client, opened
}

// advice records a consultation and services, and takes them away again.
func (w *walker) advice(client, opened string) {
	kind := web.CodeValue(w.n.Registry.List(codelist.ServiceKinds).Leaves()[0].Code)
	held := []string{"case_type", "1102", "held_on", "2026-10-05", "worker_id", director(w.t, w.n)}
	w.saves("POST /clients/{id}/consultations", client+"/consultations", client, "consultation.recorded", held...)
	at := "/consultations/" + w.one(`SELECT id FROM consultations`)
	w.saves("POST /consultations/{id}", at, at, "consultation.updated", append(held, "version", "1", "note", "she comes again")...)
	w.saves("POST /consultations/{id}/services", at+"/services", at, "service.recorded", "kind", kind, "given_on", "2026-10-05")
	given := "/services/" + w.one(`SELECT id FROM services`)
	w.saves("POST /services/{id}", given, at, "service.updated", "version", "1", "kind", kind, "given_on", "2026-10-06")
	w.saves("POST /services/{id}/remove", given+"/remove", at, "service.removed", "reason", "written down twice")
	w.saves("POST /cases/{id}/services", opened+"/services", opened, "service.recorded", "kind", kind, "given_on", "2026-10-05")
	w.saves("POST /consultations/{id}/remove", at+"/remove", "/consultations", "consultation.removed", "reason", "written down twice")
}

// otherWork records what an office does beside its cases, and about a closed one.
func (w *walker) otherWork(opened string) {
	leaf := func(list string) string { return web.CodeValue(w.n.Registry.List(list).Leaves()[0].Code) }
	why := []string{"reason", "written down twice"}
	away := []string{"why", leaf(codelist.TurnAwayReasons), "came_on", "2026-10-05"}
	w.saves("POST /turn-aways", "/turn-aways", "/turn-aways", "turnaway.recorded", away...)
	at := "/turn-aways/" + w.one(`SELECT id FROM turn_aways`)
	w.saves("POST /turn-aways/{id}", at, "/turn-aways", "turnaway.updated", append(away, "version", "1", "note", "too far")...)
	w.saves("POST /turn-aways/{id}/remove", at+"/remove", "/turn-aways", "turnaway.removed", why...)
	held := []string{"kind", leaf(codelist.ActivityKinds), "held_on", "2026-10-05", "participants", "12"}
	w.saves("POST /activities", "/activities", "/activities", "activity.recorded", held...)
	at = "/activities/" + w.one(`SELECT id FROM activities`)
	w.saves("POST /activities/{id}", at, "/activities", "activity.updated", append(held, "version", "1", "place", "the hall")...)
	w.saves("POST /activities/{id}/remove", at+"/remove", "/activities", "activity.removed", why...)
	filed := []string{"institution", leaf(codelist.Institutions), "filed_on", "2026-10-06", "progress", "filed"}
	w.saves("POST /cases/{id}/complaints", opened+"/complaints", opened, "complaint.recorded", filed...)
	at = "/complaints/" + w.one(`SELECT id FROM complaints`)
	w.saves("POST /complaints/{id}", at, opened, "complaint.updated", append(filed, "version", "1", "number", "7/26")...)
	w.saves("POST /complaints/{id}/remove", at+"/remove", opened, "complaint.removed", why...)
	w.sets(`UPDATE cases SET status = 'closed', closed_on = '2026-10-07', outcome = 5101, created_at = 1788000000000`)
	w.saves("POST /cases/{id}/survey", opened+"/survey", opened, "survey.recorded", "rating", leaf(codelist.SatisfactionRatings), "answered_on", "2026-10-07")
	w.saves("POST /cases/{id}/survey/remove", opened+"/survey/remove", opened, "survey.removed", why...)
	w.saves("POST /quality", "/quality", "/quality", "quality.drawn", "month", "202608", "size", "5")
	at = "/quality/" + w.one(`SELECT id FROM quality_checks`)
	w.saves("POST /quality/{id}", at, "/quality", "quality.checked", "version", "1", "result", leaf(codelist.QualityResults), "checked_on", "2026-10-07")
	w.sets(`UPDATE cases SET status = 'open', closed_on = NULL, outcome = NULL`)
}

// brought removes what an import brought and no file holds.
func (w *walker) brought() {
	w.sets(`INSERT INTO answers (id, form, answered_on, answers, created_at, updated_at) VALUES ('brought', 'needs', '2026-09-01', '{}', 1, 1)`)
	w.saves("POST /surveys/answers/{id}/remove", "/surveys/answers/brought/remove", "/surveys/forms/", "answer.removed", "reason", "asked for by nobody")
	w.sets(`INSERT INTO visits (id, case_type, held_on, created_at, updated_at) VALUES ('brought', 1102, '2026-09-01', 1, 1)`)
	w.saves("POST /consultations/visits/{id}/remove", "/consultations/visits/brought/remove", "/consultations/visits", "visit.removed", "reason", "asked for by nobody")
}

func (w *walker) sets(statement string) {
	w.t.Helper()
	if _, err := w.n.DB.Exec(w.t.Context(), statement, nil); err != nil {
		w.t.Fatal(err)
	}
}

// uploads adds a document, whose form has a file.
func (w *walker) uploads(opened string) {
	const pattern = "POST /cases/{id}/documents"
	w.walked[pattern] = true
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for _, f := range []func() error{
		func() error { return m.WriteField("form_token", w.token) },
		func() error {
			part, err := m.CreateFormFile("file", "letter.txt")
			if err == nil {
				_, err = part.Write([]byte("Dear Nolwazi"))
			}
			return err
		},
		m.Close,
	} {
		if err := f(); err != nil {
			w.t.Fatal(err)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+opened+"/documents", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	w.follows(w.send(r), opened)
	w.recorded(pattern, "document.added")
}

func (w *walker) walls(staff, client, opened string) {
	w.saves("POST /cases/{id}/walls", opened+"/walls", opened, "wall.raised", "person", staff, "reason", "related")
	w.saves("POST /walls/{id}/end", "/walls/"+w.one(`SELECT id FROM walls`)+"/end", opened, "wall.ended")

	// A paralegal who has no part in the case opens it in an emergency.
	w.saves("POST /people", "/people", "", "position.given", "name", "Thandi", "login", "thandi", "office", w.one(`SELECT office_id FROM cases`), "role", "paralegal")
	thandi := w.as(`SELECT id FROM people WHERE login = 'thandi'`)
	thandi.saves("POST /emergency", "/emergency", opened, "emergency.declared", "reference", w.one(`SELECT reference FROM cases`), "why", "the hearing is in an hour and nobody answers")
	w.saves("POST /emergencies/{id}/seen", "/emergencies/"+w.one(`SELECT id FROM emergencies`)+"/seen", "/", "emergency.seen")
	second := w.as(`SELECT id FROM people WHERE login = 'sipho'`)
	w.saves("POST /cases", "/cases", "/cases/", "case.opened", "client", strings.TrimPrefix(client, "/clients/"), "case_type", "1101", "opened_on", "2026-10-01")
	second.saves("POST /cases/{id}/conflict", "/cases/"+w.one(`SELECT id FROM cases ORDER BY created_at DESC, id DESC LIMIT 1`)+"/conflict", "/cases", "wall.declared", "reason", "related")
}

// as returns the walker in the place of somebody else.
func (w *walker) as(query string) *walker {
	w.t.Helper()
	if _, err := w.n.DB.Exec(w.t.Context(), `UPDATE people SET temporary_until = NULL`, nil); err != nil {
		w.t.Fatal(err)
	}
	site := w.pages.(signedIn).site
	v := &visitor{t: w.t, pages: as(w.t, w.n, site, w.one(query)), cookies: map[string]string{}}
	v.token = regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(v.get("/").body)[1]
	return &walker{v, w.n, w.walked}
}

func (w *walker) keeping(client string) {
	w.saves("POST /retention/rules", "/retention/rules", "/retention", "retention.rule-set", "years_1101", "8")
	w.saves("POST /retention/due", "/retention/due", "/retention", "")
	w.saves("POST /clients/{id}/own-data", client+"/own-data", "", "export.made")
	w.saves("POST /clients/{id}/erasure", client+"/erasure", "/", "erasure.requested", "asked_on", "2026-10-10")
	w.saves("POST /restricted", "/restricted", client, "restriction.opened", "client", strings.TrimPrefix(client, "/clients/"), "why", "the court asks for the file")
	w.saves("POST /erasures/{id}/take-back", "/erasures/"+w.one(`SELECT id FROM erasures`)+"/take-back", "/", "erasure.taken-back")
}

// keys takes note of an older key file, as if one had been met.
func (w *walker) keys() {
	if _, err := w.n.DB.Exec(w.t.Context(), `
INSERT INTO key_notes (one, generation, put_back_at)
VALUES (1, 1, @now)
ON CONFLICT (one) DO UPDATE SET put_back_at = @now`, sqlite.Args{"now": w.n.now().UnixMilli()}); err != nil {
		w.t.Fatal(err)
	}
	w.saves("POST /keys/put-back", "/keys/put-back", "/keys", "organisation.keys-looked")
}

func (w *walker) backups() {
	w.saves("POST /backups/places", "/backups/places", "/backups", "backup.place-added", "path", w.t.TempDir())
	place := w.one(`SELECT id FROM backup_folders WHERE ended_at IS NULL`)
	w.saves("POST /backups/hour", "/backups/hour", "/backups", "backup.hour-changed", "hour", "17")
	w.saves("POST /backups/places/{id}/run", "/backups/places/"+place+"/run", "/backups", "")
	for begun := time.Now(); w.one(`SELECT count(*) FROM backups WHERE ended_at IS NOT NULL`) == "0" && time.Since(begun) < time.Minute; {
		time.Sleep(10 * time.Millisecond)
	}
	w.recorded("POST /backups/places/{id}/run", "backup.made")
	w.saves("POST /backups/places/{id}/end", "/backups/places/"+place+"/end", "/backups", "backup.place-ended")
}

// TestWhatProvesBesideIsThere keeps provedBeside honest.
func TestWhatProvesBesideIsThere(t *testing.T) {
	var there []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path.Base(name), "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("reading tests: %w", err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				there = append(there, f.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pattern, name := range provedBeside {
		if !slices.Contains(there, name) {
			t.Errorf("%s: there is no test %s", pattern, name)
		}
	}
}
