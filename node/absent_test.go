package node

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
)

// behindAWall is one client with a case and everything in it, before which stands a
// wall against a director and another's emergency.
var behindAWall = []string{
	`INSERT INTO clients (id, reference, surname, contact_safety, created_at, updated_at) VALUES ('hidden-k', 'K-HIDDEN', 'Botha', 'safe', 0, 0)`,
	`INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at) VALUES ('hidden-c', 'C-HIDDEN', 'hidden-k', 1401, 'open', '2026-10-01', 0, 0)`,
	`INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at) VALUES ('hidden-w', 'hidden-c', 'walled', 'conflict', 'somebody', 0)`,
	`INSERT INTO emergencies (id, case_id, person_id, reason, begun_at, ends_at) VALUES ('hidden-e', 'hidden-c', 'other', 'court today', 0, 0)`,
	`INSERT INTO referrals (id, case_id, destination, referred_on, note, created_at, updated_at) VALUES ('hidden-r', 'hidden-c', 3203, '2026-10-02', '', 0, 0)`,
	`INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, note, created_at, updated_at) VALUES ('hidden-m', 'hidden-c', 4101, '2026-10-02', 5, 'ZAR', '', 0, 0)`,
	`INSERT INTO complaints (id, case_id, institution, filed_on, progress, created_at, updated_at) VALUES ('hidden-f', 'hidden-c', 9201, '2026-10-02', 'filed', 0, 0)`,
	`INSERT INTO services (id, client_id, case_id, kind, given_on, created_at, updated_at) VALUES ('hidden-s', 'hidden-k', 'hidden-c', 8101, '2026-10-02', 0, 0)`,
	`INSERT INTO consultations (id, client_id, case_type, held_on, case_id, created_at, updated_at) VALUES ('hidden-n', 'hidden-k', 1401, '2026-10-02', 'hidden-c', 0, 0)`,
	`INSERT INTO turn_aways (id, reason, came_on, client_id, created_at, updated_at) VALUES ('hidden-t', 9101, '2026-10-02', 'hidden-k', 0, 0)`,
	`INSERT INTO quality_samples (id, month, seed, files, size, drawn_by, drawn_at) VALUES ('sample', 202610, 'seed', 1, 1, 'node', 0)`,
	`INSERT INTO quality_checks (id, sample_id, case_id, created_at, updated_at) VALUES ('hidden-q', 'sample', 'hidden-c', 0, 0)`,
	`INSERT INTO documents (id, case_id, file, name, type, size, sha256, added_by, added_at) VALUES ('hidden-d', 'hidden-c', 'f', 'a.txt', 'text/plain', 1, zeroblob(32), 'somebody', 0)`,
	`INSERT INTO erasures (id, client_id, case_id, ground, asked_on, requested_by, requested_at, state) VALUES ('hidden-x', 'hidden-k', '', 'asked', '2026-10-02', 'other', 0, 'waiting')`,
	`INSERT INTO consultations (id, client_id, case_type, held_on, created_at, updated_at) VALUES ('hidden-v', 'hidden-k', 1401, '2026-10-02', 0, 0)`,
	`INSERT INTO services (id, client_id, consultation_id, kind, given_on, created_at, updated_at) VALUES ('hidden-u', 'hidden-k', 'hidden-v', 8101, '2026-10-02', 0, 0)`,
	`INSERT INTO surveys (id, case_id, answered_on, rating, created_at, updated_at) VALUES ('hidden-y', 'hidden-c', '2026-10-02', 11104, 0, 0)`,
	`INSERT INTO activities (id, kind, held_on, place, participants, office_id, created_at, updated_at) VALUES ('hidden-a', 10102, '2026-10-02', 'hall', 9, 'north', 0, 0)`,
	`INSERT INTO turn_aways (id, reason, came_on, office_id, created_at, updated_at) VALUES ('hidden-z', 9101, '2026-10-02', 'north', 0, 0)`,
	`INSERT INTO restriction_openings (id, client_id, person_id, reason, begun_at, ends_at) VALUES ('hidden-o', 'hidden-k', 'other', 'a court asks', 0, 0)`,
}

// askedAbout are requests about a record; ID stands for its identifier.
var askedAbout = map[string][]string{
	"hidden-c": {
		"GET /cases/ID", "GET /cases/ID/edit", "GET /cases/ID/walls", "GET /cases/ID/conflict", "GET /cases/ID/documents", "GET /cases/ID/referrals/new", "GET /cases/ID/recoveries/new",
		"GET /audit?about=ID", "POST /cases/ID version=1 case_type=1102 opened_on=2026-10-01", "POST /cases/ID/close version=1 closed_on=2026-10-20 outcome=5101",
		"POST /cases/ID/reopen version=1", "POST /cases/ID/assign version=1", "POST /cases/ID/walls person=other reason=related", "POST /cases/ID/conflict reason=related",
		"POST /cases/ID/referrals destination=3203 referred_on=2026-10-05", "POST /cases/ID/recoveries kind=4101 received_on=2026-10-05 amount=5 currency=ZAR",
		"GET /cases/ID/services/new", "POST /cases/ID/services kind=6101 given_on=2026-10-05", "UPLOAD /cases/ID/documents",
		"GET /cases/ID/complaints/new", "POST /cases/ID/complaints institution=9201 filed_on=2026-10-05 progress=filed",
		"GET /cases/ID/survey", "POST /cases/ID/survey version=1 rating=11104 answered_on=2026-10-05", "GET /cases/ID/survey/remove", "POST /cases/ID/survey/remove reason=a+mistake",
	},
	"hidden-k": {
		"GET /clients/ID", "GET /clients/ID/edit", "GET /clients/ID/consents", "GET /clients/ID/erasure", "GET /clients/ID/own-data", "GET /cases/new?client=ID", "GET /audit?about=ID",
		"POST /clients/ID version=1 surname=x contact_safety=safe", "POST /clients/ID/erasure asked_on=2026-10-01", "POST /clients/ID/own-data files=yes",
		"POST /clients/ID/consents purpose=story answer=given answered_on=2026-10-01 manner=written", "POST /cases client=ID case_type=1102 opened_on=2026-10-01",
		"POST /restricted client=ID why=a+court+asks+for+it", "GET /clients/ID/consultations/new", "POST /clients/ID/consultations case_type=1102 held_on=2026-10-01",
		"GET /turn-aways/new?client=ID", "POST /turn-aways?client=ID why=8201 came_on=2026-10-01",
	},
	"hidden-w": {"POST /walls/ID/end"},
	"hidden-e": {"POST /emergencies/ID/seen"},
	"hidden-r": {"GET /referrals/ID/edit", "POST /referrals/ID version=1 destination=3203 referred_on=2026-10-05"},
	"hidden-m": {"GET /recoveries/ID/edit", "POST /recoveries/ID version=1 kind=4101 received_on=2026-10-05 amount=5 currency=ZAR"},
	"hidden-d": {"GET /documents/ID", "GET /documents/ID/edit", "POST /documents/ID version=1 name=x", "POST /documents/ID/remove version=1"},
	"hidden-f": {"GET /complaints/ID/edit", "GET /complaints/ID/remove", "POST /complaints/ID version=1 institution=9201 filed_on=2026-10-05 progress=filed", "POST /complaints/ID/remove reason=a+mistake"},
	"hidden-s": ofServices,
	"hidden-u": ofServices,
	"hidden-n": ofConsultations,
	"hidden-v": ofConsultations,
	"hidden-t": ofTurnAways,
	"hidden-z": ofTurnAways,
	"hidden-a": {
		"GET /activities/ID/edit", "POST /activities/ID version=1 kind=10102 held_on=2026-10-01 participants=9",
		"GET /activities/ID/remove", "POST /activities/ID/remove reason=a+mistake",
	},
	"hidden-q": {"GET /quality/ID", "POST /quality/ID version=1 result=12101 checked_on=2026-10-05"},
	"hidden-x": {"GET /erasures/ID", "POST /erasures/ID/approve", "POST /erasures/ID/take-back"},
	"C-HIDDEN": {"POST /audit reference=ID", "POST /emergency reference=ID why=the+deadline+is+today", "POST /cases/search search=ID"},
	"K-HIDDEN": {"POST /audit reference=ID", "POST /clients/search search=ID"},
	"Botha":    {"POST /clients/search search=ID", "POST /cases/search search=ID"},
}

var (
	ofServices = []string{
		"GET /services/ID/edit", "POST /services/ID version=1 kind=8101 given_on=2026-10-05", "GET /services/ID/remove", "POST /services/ID/remove reason=a+mistake",
	}
	ofConsultations = []string{
		"GET /consultations/ID", "GET /consultations/ID/edit", "POST /consultations/ID version=1 case_type=1102 held_on=2026-10-01",
		"GET /consultations/ID/remove", "POST /consultations/ID/remove reason=a+mistake",
		"GET /consultations/ID/services/new", "POST /consultations/ID/services kind=6101 given_on=2026-10-05",
	}
	ofTurnAways = []string{
		"GET /turn-aways/ID/edit", "POST /turn-aways/ID version=1 why=8201 came_on=2026-10-01",
		"GET /turn-aways/ID/remove", "POST /turn-aways/ID/remove reason=a+mistake",
	}
)

// asks is who asks about what no wall hides: somebody of another office.
var asks = map[string]string{"hidden-a": "far", "hidden-z": "far"}

// notAsked are addresses that name no record which is hidden from who may come
// there, by their beginnings, with the reason.
var notAsked = map[string]string{
	"/account/":              "what is one's own",
	"/people/":               "who manages people sees all of them",
	"/organisation/":         "who manages the organisation sees all of it",
	"/roles/":                "who manages roles sees all of them",
	"/backups/places/":       "places are nobody's records",
	"/releases/{sequence}":   "a release is nobody's record; the proof asks for those behind its numbers",
	"/drafts/":               "a draft is nobody's record",
	"/approvers/":            "who approves is known to who may come there",
	"/balance/":              "a measure and a part of it; the proof asks for the records behind",
	"/case-account/":         "a part of the account; the proof asks for the records behind",
	"/consultations/visits/": "for whoever nothing is hidden from",
	"/surveys/":              "answers are read through the case they name, or by whoever nothing is hidden from; node/surveys shows it",
	"/imports/runs/":         "a run is nobody's record; node/imports shows who is told its counts and its held rows",
	"/imports/jobs/":         "a job is its starter's; node/imports shows what others are told",
	"/imports/schedules/":    "a schedule is nobody's record; node/imports shows who starts one",
	"/imports/new/":          "kinds of sources are nobody's records",
	"/imports/drafts/":       "a draft is its owner's, and not there for anybody else",
}

// Every address with an identifier is asked for, or says why not.
func TestEveryAddressOfARecordIsAskedAbout(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC", Office: OfficeConfig{OrgUnit: 7}})
	site, err := n.site()
	if err != nil {
		t.Fatal(err)
	}
	asked, used := map[string]bool{}, map[string]bool{}
	for _, requests := range askedAbout {
		for _, request := range requests {
			method, path, _ := strings.Cut(request, " ")
			path, _, _ = strings.Cut(path, " ")
			asked[strings.Replace(method, "UPLOAD", "POST", 1)+" "+strings.Replace(path, "ID", "{id}", 1)] = true
		}
	}
	for _, r := range site.Routes() {
		_, path, _ := strings.Cut(r.Pattern, " ")
		if !strings.Contains(path, "{") || path == "/{$}" || asked[r.Pattern] {
			continue
		}
		excused := false
		for beginning := range notAsked {
			if strings.HasPrefix(path, beginning) {
				excused, used[beginning] = true, true
			}
		}
		if !excused {
			t.Errorf("nobody asks %s about what is hidden, and nothing says why", r.Pattern)
		}
	}
	for beginning := range notAsked {
		if !used[beginning] {
			t.Errorf("no address begins with %s", beginning)
		}
	}
}

// What is hidden is asked for by the same statements as what was never there, in
// the same order: no clock tells the two apart by what the database does for them.
func TestWhatIsHiddenTakesTheStatementsOfWhatIsNot(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "UTC"})
	for _, id := range []string{"walled", "other"} {
		accesstest.Hire(t, n.DB, id, "")
		accesstest.Appoint(t, n.DB, id, "director", "")
	}
	accesstest.Office(t, n.DB, "north", "")
	accesstest.Office(t, n.DB, "south", "")
	accesstest.Hire(t, n.DB, "far", "south")
	accesstest.Appoint(t, n.DB, "far", "supervisor", "")
	for _, statement := range behindAWall {
		if _, err := n.DB.Exec(t.Context(), statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	browsers := map[string]*visitor{"": browserOf(t, n, "walled"), "far": browserOf(t, n, "far")}
	compared := 0
	for id, requests := range askedAbout {
		v := browsers[asks[id]]
		for _, request := range requests {
			statements(n.DB, v, request, strings.Repeat("y", len(id))) // the gate remembers what it has been asked
			hidden, a := statements(n.DB, v, request, id)
			absent, b := statements(n.DB, v, request, strings.Repeat("x", len(id)))
			compared++
			if a.status != b.status {
				t.Errorf("%s: %d where it is hidden, %d where it is absent", request, a.status, b.status)
			}
			if len(hidden) == 0 {
				t.Errorf("%s asks nothing: the test is blind", request)
			}
			if !slices.Equal(hidden, absent) {
				t.Errorf("%s: %d statements where it is hidden, %d where it is absent\n%s", request, len(hidden), len(absent), firstDifference(hidden, absent))
			}
		}
	}
	seen, _ := statements(n.DB, browserOf(t, n, "other"), "GET /cases/ID", "hidden-c")
	hidden, _ := statements(n.DB, browsers[""], "GET /cases/ID", "hidden-c")
	if slices.Equal(seen, hidden) {
		t.Error("the page takes the same statements for who sees the case: the test is blind")
	}
	t.Logf("%d requests compared", compared)
}

// statements sends a request about a record and returns what the database was
// asked.
func statements(db *sqlite.DB, v *visitor, request, id string) ([]string, answer) {
	v.t.Helper()
	words := strings.Fields(strings.ReplaceAll(request, "ID", id))
	var form []string
	for _, field := range words[2:] {
		name, value, _ := strings.Cut(field, "=")
		form = append(form, name, strings.ReplaceAll(value, "+", " "))
	}
	var mu sync.Mutex
	var all []string
	delete(v.cookies, "casehub_notice")
	db.Watch(func(statement string) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, statement)
	})
	defer db.Watch(nil)
	var a answer
	switch words[0] {
	case "GET":
		a = v.get(words[1])
	case "UPLOAD":
		a = v.upload(words[1], "letter.txt")
	default:
		a = v.post(words[1], form...)
	}
	return all, a
}

// firstDifference shows where two lists of statements part.
func firstDifference(a, b []string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	at := func(list []string) string {
		if i < len(list) {
			return strings.Join(strings.Fields(list[i]), " ")
		}
		return "nothing"
	}
	return "hidden: " + at(a) + "\nabsent: " + at(b)
}
