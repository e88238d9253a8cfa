package consultations_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/consultations"
	"casehub/node/migrations"
)

var (
	reg    = codelist.National()
	miriam = accesstest.Director
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

// office is a database with one client, and one case of hers opened 1 February 2026.
type office struct {
	*consultations.Service
	db     *sqlite.DB
	client clients.ID
	of     cases.ID
	open   func(clients.ID) cases.ID
}

func open(t testing.TB) office {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	clock := func() time.Time { return noon }
	gate, _ := accesstest.OpenAt(t, db, clock)
	k, err := clients.NewService(db, reg, gate, clock).Create(t.Context(), miriam, clients.Client{ContactSafety: clients.Safe})
	if err != nil {
		t.Fatal(err)
	}
	opened := func(id clients.ID) cases.ID {
		c, err := cases.NewService(db, reg, gate, clock).Open(t.Context(), miriam, cases.Case{ClientID: id, Type: 1102, OpenedOn: "2026-02-01"})
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	return office{consultations.NewService(db, reg, gate, clock), db, k.ID, opened(k.ID), opened}
}

func (o office) record(t testing.TB, c consultations.Consultation) consultations.Consultation {
	t.Helper()
	c.ClientID = o.client
	saved, err := o.Record(t.Context(), miriam, c)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, consultations.Consultation{ID: "0190-id", Note: "he hits her"}, "0190-id", "hits")
}

func TestAConsultationIsKeptAndSaysWhatIsWrong(t *testing.T) {
	o := open(t)
	good := consultations.Consultation{ClientID: o.client, Type: 1401, HeldOn: "2026-02-20", Worker: miriam.ID, CaseID: o.of, Note: "asked about the house"}
	saved := o.record(t, good)
	got, err := o.ByID(t.Context(), miriam, saved.ID)
	if err != nil || got.Consultation != saved || !got.Reads || got.Client.ID != o.client {
		t.Errorf("it came back as %+v, %v", got, err)
	}
	for want, spoil := range map[string]func(*consultations.Consultation){
		"clients.not-found":                        func(c *consultations.Consultation) { c.ClientID = "nobody" },
		"consultations.type-unknown (case_type)":   func(c *consultations.Consultation) { c.Type = 1400 },
		"consultations.in-future (held_on)":        func(c *consultations.Consultation) { c.HeldOn = "2026-03-03" },
		"civil.date (held_on)":                     func(c *consultations.Consultation) { c.HeldOn = "yesterday" },
		"consultations.worker-unknown (worker_id)": func(c *consultations.Consultation) { c.Worker = "nobody" },
		"consultations.case-of-another (case_id)":  func(c *consultations.Consultation) { c.CaseID = "nothing" },
		"text.too-long (note)":                     func(c *consultations.Consultation) { c.Note = strings.Repeat("x", 4001) },
	} {
		bad := good
		spoil(&bad)
		if _, err := o.Record(t.Context(), miriam, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

// Whoever records is offered who works where they may record, and somebody who could
// not open the consultation is no worker of it, whatever keeps it from them. Who was
// recorded once stays, though they could not open it any more.
func TestTheWorkerCouldOpenTheConsultation(t *testing.T) {
	o := open(t)
	accesstest.Office(t, o.db, "north", "")
	accesstest.Office(t, o.db, "south", "")
	if _, err := o.db.Exec(t.Context(), `UPDATE cases SET office_id = 'north'`, nil); err != nil {
		t.Fatal(err)
	}
	boss := accesstest.Hire(t, o.db, "boss", "north")
	accesstest.Appoint(t, o.db, "boss", "supervisor", "")
	for _, id := range []string{"mate", "walled"} {
		accesstest.Hire(t, o.db, id, "north")
		accesstest.Appoint(t, o.db, id, "supervisor", "")
	}
	accesstest.Hire(t, o.db, "clerk", "north")
	accesstest.Hire(t, o.db, "far", "south")
	accesstest.Appoint(t, o.db, "far", "supervisor", "")
	wall := `INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at) VALUES ('w', @case, 'walled', 'conflict', 'somebody', 0)`
	if _, err := o.db.Exec(t.Context(), wall, sqlite.Args{"case": string(o.of)}); err != nil {
		t.Fatal(err)
	}
	c := consultations.Consultation{ClientID: o.client, Type: 1102, HeldOn: "2026-02-20", CaseID: o.of}
	for worker, want := range map[string]string{
		"boss": "", "mate": "", "": "",
		"walled": "consultations.worker-cannot-open (worker_id)", "clerk": "consultations.worker-cannot-open (worker_id)",
		"far": "consultations.worker-unknown (worker_id)",
	} {
		c.Worker = worker
		saved, err := o.Record(t.Context(), boss, c)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("by %q: %v, want %q", worker, err, want)
		}
		if worker != "mate" {
			continue
		}
		if _, err := o.db.Exec(t.Context(), `UPDATE people SET status = 'left' WHERE id = 'mate'`, nil); err != nil {
			t.Fatal(err)
		}
		saved.Note = "asked again"
		if err := o.Update(t.Context(), boss, saved); err != nil {
			t.Errorf("who was recorded and left: %v", err)
		}
	}
}

func TestTheFirstSaveIsKeptAndTheAuditHasBothValues(t *testing.T) {
	o := open(t)
	a := o.record(t, consultations.Consultation{Type: 1102, HeldOn: "2026-02-20", Note: "before"})
	b := a
	a.Note, a.ClientID = "after", "elsewhere"
	if err := o.Update(t.Context(), miriam, a); err != nil {
		t.Fatal(err)
	}
	if err := o.Update(t.Context(), miriam, b); !errors.Is(err, consultations.ErrChanged) {
		t.Errorf("second save of the same version: %v", err)
	}
	var old, now string
	err := o.db.QueryRow(t.Context(), `
SELECT v.old, v.new
FROM audit_values v
JOIN audit l ON l.seq = v.seq
WHERE l.action = 'consultation.updated' AND l.subject = @id AND v.field = 'said'`, sqlite.Args{"id": string(a.ID)}).Scan(&old, &now)
	if err != nil || old != "before" || now != "after" {
		t.Errorf("the audit has %q and %q, %v", old, now, err)
	}
}

func TestAMistakeIsDeletedForAReason(t *testing.T) {
	o := open(t)
	c := o.record(t, consultations.Consultation{Type: 1102, HeldOn: "2026-02-20", Note: "twice"})
	g, err := o.Give(t.Context(), miriam, consultations.Given{Consultation: c.ID, Kind: 6101, GivenOn: "2026-02-20"})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Remove(t.Context(), miriam, c.ID, "recorded twice"); err == nil || !strings.Contains(err.Error(), "consultations.has-services") {
		t.Errorf("with a service: %v", err)
	}
	if err := o.RemoveGiven(t.Context(), miriam, g.ID, "."); err == nil || !strings.Contains(err.Error(), "audit.because-missing (reason)") {
		t.Errorf("without a reason: %v", err)
	}
	if err := errors.Join(o.RemoveGiven(t.Context(), miriam, g.ID, "recorded twice"), o.Remove(t.Context(), miriam, c.ID, "recorded twice")); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ByID(t.Context(), miriam, c.ID); !errors.Is(err, consultations.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	entries, err := audit.Of(t.Context(), o.db, string(c.ID), 10)
	if err != nil || len(entries) != 2 || entries[0].Action != "consultation.removed" || entries[0].Within != string(o.client) {
		t.Errorf("audit %+v, %v", entries, err)
	}
}

func TestAServiceBelongsToOneThingAndComesAfterIt(t *testing.T) {
	o := open(t)
	c := o.record(t, consultations.Consultation{Type: 1102, HeldOn: "2026-02-20"})
	for want, g := range map[string]consultations.Given{
		"services.before-opening": {Consultation: c.ID, Kind: 6101, GivenOn: "2026-02-19"},
		"services.in-future":      {CaseID: o.of, Kind: 6101, GivenOn: "2026-03-03"},
		"services.kind-unknown":   {CaseID: o.of, Kind: 6100, GivenOn: "2026-03-01"},
	} {
		if _, err := o.Give(t.Context(), miriam, g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	g, err := o.Give(t.Context(), miriam, consultations.Given{CaseID: o.of, Kind: 6301, GivenOn: "2026-02-01"})
	if err != nil || g.ClientID != o.client {
		t.Fatalf("the service is of %s, %v", g.ClientID, err)
	}
	h := g
	g.Kind, g.CaseID = 6302, "elsewhere"
	if err := o.UpdateGiven(t.Context(), miriam, g); err != nil {
		t.Fatal(err)
	}
	if err := o.UpdateGiven(t.Context(), miriam, h); !errors.Is(err, consultations.ErrChanged) {
		t.Errorf("second save of the same version: %v", err)
	}
	all, _, err := o.OfCase(t.Context(), miriam, o.of)
	if err != nil || len(all) != 1 || all[0].Kind != 6302 || all[0].CaseID != o.of {
		t.Errorf("the case has %+v, %v", all, err)
	}
}

// TestWhatWasSaidStaysWithWhoMayReadIt: a clerk sees the client and not the story, a
// colleague without the sensitive cases does not learn what it was about, and a wall
// before the case hides the consultation from which it grew.
func TestWhatWasSaidStaysWithWhoMayReadIt(t *testing.T) {
	o := open(t)
	plain := o.record(t, consultations.Consultation{Type: 1102, HeldOn: "2026-02-20", Note: "wages"})
	secret := o.record(t, consultations.Consultation{Type: 1401, HeldOn: "2026-02-21", Note: "he hits her"})
	grown := o.record(t, consultations.Consultation{Type: 1102, HeldOn: "2026-02-22", CaseID: o.of, Note: "the case"})
	second := o.open(o.client) // so that a wall before one case does not hide the client
	accesstest.Own(t, o.db, "helper", "clients.read", "organisation", "narrative")
	accesstest.Own(t, o.db, "helper", "cases.read", "organisation", "narrative")
	accesstest.Own(t, o.db, "helper", "consultations.edit", "organisation", "narrative")
	accesstest.Own(t, o.db, "clerk", "clients.read", "organisation", "finance sensitive")
	sipho, clerk := accesstest.Hire(t, o.db, "sipho", ""), accesstest.Hire(t, o.db, "clerk", "")
	accesstest.Appoint(t, o.db, "sipho", "helper", "")
	accesstest.Appoint(t, o.db, "clerk", "clerk", "")
	gate := accesstest.Gate(t, o.db, func() time.Time { return noon })
	svc := consultations.NewService(o.db, reg, gate, func() time.Time { return noon })

	at := func(who actor.Actor, id consultations.ID) consultations.Seen {
		c, err := svc.ByID(t.Context(), who, id)
		if err != nil {
			t.Fatalf("%s: %v", who.ID, err)
		}
		return c
	}
	if c := at(sipho, plain.ID); c.Note != "wages" || c.Type != 1102 || !c.Reads {
		t.Errorf("a helper reads %d, %v of an ordinary one", c.Type, c.Reads)
	}
	if c := at(sipho, secret.ID); c.Note != "" || c.Type != 0 || c.Reads {
		t.Errorf("a helper without the sensitive cases reads %d", c.Type)
	}
	if c := at(clerk, plain.ID); c.Note != "" || c.Type != 1102 || c.Reads {
		t.Errorf("a clerk reads the story of %d", c.Type)
	}
	if err := svc.Remove(t.Context(), sipho, secret.ID, "a mistake"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("deleted unread: %v", err)
	}
	if all, _, err := svc.List(t.Context(), sipho, consultations.Filter{Type: 1401}); err != nil || len(all) != 0 {
		t.Errorf("what is sensitive is found by its type: %d, %v", len(all), err)
	}
	walls := access.NewService(o.db, gate, func() time.Time { return noon })
	if _, err := walls.Raise(t.Context(), miriam, access.Wall{CaseID: string(o.of), PersonID: "sipho", Reason: access.Related}); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.ByID(t.Context(), sipho, grown.ID); !errors.Is(err, consultations.ErrNotFound) {
		t.Errorf("a wall before the case leaves its consultation: %v", err)
	}
	if c := at(sipho, plain.ID); c.ID != plain.ID || second == "" {
		t.Error("the wall hides the client's other consultation")
	}
}

func TestAListGoesOnWhereThePageEnded(t *testing.T) {
	o := open(t)
	for _, day := range []string{"20", "20", "21", "22", "22"} {
		o.record(t, consultations.Consultation{Type: 1102, HeldOn: civil.Date("2026-02-" + day)})
	}
	seen := map[consultations.ID]bool{}
	f := consultations.Filter{Limit: 2, From: "2026-02-20"}
	for range 4 {
		all, next, err := o.List(t.Context(), miriam, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			seen[c.ID] = true
		}
		if f.After = next; next.ID == "" {
			break
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d of 5 were listed", len(seen))
	}
}
