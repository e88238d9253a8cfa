package retention

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"casehub/internal/locale"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/complaints"
	"casehub/node/consultations"
	nodelocale "casehub/node/locale"
	"casehub/node/quality"
	"casehub/node/surveys"
	"casehub/node/turnaways"
)

// advises records a consultation in no case with a service, links it to a case later,
// and saves it once more.
func (o *office) advises(p person, of cases.ID, mark string) consultations.ID {
	o.t.Helper()
	svc := consultations.NewService(o.db, reg, o.gate, o.time)
	c := must[consultations.Consultation](o.t)(svc.Record(o.t.Context(), miriam, consultations.Consultation{
		ClientID: p.client, Type: 1102, HeldOn: "2026-02-01", Note: "Told" + mark,
	}))
	must[consultations.Given](o.t)(svc.Give(o.t.Context(), miriam, consultations.Given{Consultation: c.ID, Kind: 6101, GivenOn: "2026-02-01"}))
	c.Note = "Asked" + mark
	o.ok(svc.Update(o.t.Context(), miriam, c))
	if of == "" {
		return c.ID
	}
	c.Version, c.CaseID = c.Version+1, of
	o.ok(svc.Update(o.t.Context(), miriam, c))
	return c.ID
}

// values returns which actions still have values in the audit, with a mark where one
// is given.
func (o *office) values(mark string) []string {
	o.t.Helper()
	rows, err := o.db.Query(o.t.Context(), `
SELECT DISTINCT a.action || ' ' || v.field
FROM audit_values v
JOIN audit a ON a.seq = v.seq
WHERE v.salt IS NOT NULL AND (v.old LIKE '%' || @mark || '%' OR v.new LIKE '%' || @mark || '%')
ORDER BY 1`, sqlite.Args{"mark": mark})
	all, err := sqlite.Collect(rows, err, func(r *sql.Rows) (line string, err error) { return line, r.Scan(&line) })
	o.ok(err)
	return all
}

// What was recorded of a consultation before it became a case goes with that case:
// values of the audit are looked for by what they are about, not by where that stood.
func TestAConsultationThatBecameACaseLaterIsErasedWithIt(t *testing.T) {
	o := open(t)
	p := o.comes("one", 2, "2026-02-20")
	o.advises(p, p.cases[0], "LINKED")
	o.advises(p, p.cases[1], "OTHER")
	o.advises(p, "", "ALONE")
	gone := o.advises(p, p.cases[0], "MISTAKEN")
	svc := consultations.NewService(o.db, reg, o.gate, o.time)
	if _, err := o.db.Exec(t.Context(), `DELETE FROM services WHERE consultation_id = @id`, sqlite.Args{"id": string(gone)}); err != nil {
		t.Fatal(err)
	}
	o.ok(svc.Remove(t.Context(), miriam, gone, "it was somebody else"))
	half := must[Request](t)(o.Ask(t.Context(), miriam, Request{ClientID: string(p.client), CaseID: string(p.cases[0]), AskedOn: "2026-03-02"}))
	o.clock = o.clock.AddDate(8, 0, 0)
	o.ok(o.Approve(t.Context(), o.sipho, half.ID))
	for _, mark := range []string{"LINKED", "MISTAKEN"} {
		if left := o.values(mark); len(left) != 0 {
			t.Errorf("of %s the audit still has %q", mark, left)
		}
	}
	for _, mark := range []string{"OTHER", "ALONE"} {
		if left := o.values(mark); len(left) == 0 {
			t.Errorf("the audit has lost what it says of %s, which stays", mark)
		}
	}
	if left := o.values("Surnameone"); len(left) == 0 {
		t.Error("the audit has lost what it says of the client, who stays")
	}
	if _, err := audit.Verify(t.Context(), o.db); err != nil {
		t.Error(err)
	}
}

// ofClients are the kinds of what the audit tells that are about a client or a case:
// an erasure takes their values. They are the first words of actions.
var ofClients = strings.Fields("client case referral recovery document consent consultation service turnaway complaint survey answer quality restriction erasure emergency wall")

// ofNobody are the other kinds, with the reason why their values stay.
var ofNobody = map[string]string{
	"activity": "what an office held, for nobody by name", "visit": "of somebody who is nobody's client, and why it was deleted", "backup": "of the node", "retention": "rules for all", "organisation": "of the organisation",
	"import": "numbers of rows", "release": "of the node", "releases": "of the node", "draft": "of a release", "approver": "of the staff", "pack": "of the node",
	"region": "of the organisation", "office": "of the organisation", "team": "of the organisation", "role": "of the organisation",
	"position": "of the staff", "person": "of the staff", "export": "that a file was made, and never what is in it", "audit": "that something was erased",
}

// keptActions are of a kind about clients, and about none of them.
var keptActions = map[string]string{"quality.drawn": "the month and the seed of a draw", "consent.term-set": "a rule for all"}

// Every kind of what the audit tells has a rule of what an erasure does with it, and
// of the one client of an office nothing is left of any kind.
func TestEveryKindInTheAuditHasARule(t *testing.T) {
	o := open(t)
	p := o.comes("one", 1, "2026-02-20")
	ctx, of := t.Context(), p.cases[0]
	o.advises(p, of, "one")
	o.advises(p, "", "one")
	must[turnaways.TurnAway](t)(turnaways.NewService(o.db, reg, o.gate, o.time).Record(ctx, miriam, turnaways.TurnAway{ClientID: p.client, Reason: 8201, CameOn: "2026-02-01", Note: "Awayone"}))
	must[complaints.Complaint](t)(complaints.NewService(o.db, reg, o.gate, o.time).Record(ctx, miriam, complaints.Complaint{CaseID: of, Institution: 9201, FiledOn: "2026-02-20", Progress: "filed", Note: "Filedone"}))
	o.ok(surveys.NewService(o.db, reg, o.gate, o.time).Save(ctx, miriam, surveys.Survey{CaseID: of, AnsweredOn: "2026-02-25", Rating: 11104, Comment: "Thanksone"}))
	for _, statement := range []string{
		`INSERT INTO quality_samples (id, month, seed, files, size, drawn_by, drawn_at) VALUES ('sample', 202602, 'seed', 1, 1, 'node', 0)`,
		`INSERT INTO quality_checks (id, sample_id, case_id, created_at, updated_at) SELECT 'checked', 'sample', id, 0, 0 FROM cases`,
	} {
		if _, err := o.db.Exec(ctx, statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	o.ok(quality.NewService(o.db, reg, o.gate, o.time).Save(ctx, miriam, quality.Check{ID: "checked", Version: 1, Result: 12101, CheckedOn: "2026-03-01", Note: "Checkedone"}))
	if _, err := o.db.Exec(ctx, `INSERT INTO answers (id, form, case_id, answered_on, answers, created_at, updated_at) VALUES ('brought', 'needs', @case, '2026-02-01', '{}', 1, 1)`, sqlite.Args{"case": string(of)}); err != nil {
		t.Fatal(err)
	}
	o.ok(surveys.NewService(o.db, reg, o.gate, o.time).RemoveAnswer(ctx, miriam, "brought", "Broughtone by mistake"))
	r := o.asks(p)
	before := o.values("")
	o.clock = o.clock.AddDate(8, 0, 0)
	o.ok(o.Approve(ctx, o.sipho, r.ID))
	kind := func(line string) string { k, _, _ := strings.Cut(line, "."); return k }
	for _, line := range o.values("") {
		action, _, _ := strings.Cut(line, " ")
		if slices.Contains(ofClients, kind(line)) && keptActions[action] == "" {
			t.Errorf("after the erasure the audit still has a value of %s", line)
		}
	}
	for _, k := range strings.Fields("client case referral recovery document consent consultation service turnaway complaint survey answer quality erasure") {
		if !slices.ContainsFunc(before, func(line string) bool { return kind(line) == k }) {
			t.Errorf("the audit had no value of the kind %s: the test is blind", k)
		}
	}
	for _, k := range kindsInTheAudit(t) {
		if slices.Contains(ofClients, k) == (ofNobody[k] != "") {
			t.Errorf("the audit tells of %s, and there is no rule, or are two, of what an erasure does with that", k)
		}
	}
	if _, err := audit.Verify(t.Context(), o.db); err != nil {
		t.Error(err)
	}
}

// kindsInTheAudit are the first words of all actions that the audit has words for,
// as the audit's own test demands of every action.
func kindsInTheAudit(t *testing.T) []string {
	t.Helper()
	text, err := nodelocale.FS.ReadFile("en.toml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := locale.Load(nodelocale.FS); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut("\n"+string(text), "\n[audit]\n")
	section, _, _ = strings.Cut(section, "\n[")
	var all []string
	for line := range strings.SplitSeq(section, "\n") {
		key, _, _ := strings.Cut(line, " ")
		if k, rest, _ := strings.Cut(key, "-"); rest != "" && key != "because-missing" && !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	if len(all) < 20 {
		t.Fatalf("found %d kinds: the test looks in the wrong place", len(all))
	}
	return all
}
