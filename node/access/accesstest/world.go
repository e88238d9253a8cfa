package accesstest

import (
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"casehub/internal/sqlite"
	"casehub/node/access/accesstest/oracle"
)

// tables are what a world fills, each before those it points to.
var tables = []string{
	"quality_checks", "quality_samples", "surveys", "complaints", "activities", "turn_aways", "services", "consultations",
	"documents", "emergencies", "walls", "recoveries", "referrals", "restriction_openings", "cases", "clients", "team_members", "teams", "sessions", "positions", "role_grants",
	"roles", "people", "offices", "regions",
}

// Fill puts a world in the place of what the database holds of people and cases.
// Every text of a record is a word that stands nowhere else: see Word.
func Fill(t testing.TB, db *sqlite.DB, w oracle.World) {
	t.Helper()
	// What pages have made beside a world points to people who move out.
	exec(t, db, `PRAGMA foreign_keys = off`, nil)
	for _, table := range tables {
		exec(t, db, `DELETE FROM `+table, nil)
	}
	exec(t, db, `PRAGMA foreign_keys = on`, nil)
	for _, o := range w.Offices() {
		Office(t, db, o, w.Regions[o])
	}
	for role, grants := range w.Roles {
		for action, g := range grants {
			Own(t, db, role, action, g.Reach, g.Classes)
		}
	}
	for _, p := range w.People {
		Hire(t, db, p.ID, p.Office)
		for _, o := range p.Positions {
			Appoint(t, db, p.ID, o.Role, o.Office)
		}
		if p.Left {
			exec(t, db, `UPDATE people SET status = 'left' WHERE id = @id`, sqlite.Args{"id": p.ID})
		}
	}
	for i, team := range w.Teams {
		Team(t, db, fmt.Sprint("team", i), team...)
	}
	records(t, db, w)
	for _, k := range w.Restricted {
		exec(t, db, `UPDATE clients SET restricted = 1 WHERE id = @id`, sqlite.Args{"id": k})
		exec(t, db, `UPDATE cases SET restricted = 1 WHERE client_id = @id`, sqlite.Args{"id": k})
	}
	for i, o := range w.Openings {
		exec(t, db, `
INSERT INTO restriction_openings (id, client_id, person_id, reason, begun_at, ends_at)
VALUES (@id, @client, @person, 'a court asks', @begun, @ends)`, sqlite.Args{
			"id": fmt.Sprint("opening", i), "client": o.Client, "person": o.Person, "begun": o.Begun, "ends": o.Ends,
		})
	}
	for i, x := range w.Walls {
		raiser := "somebody"
		if x.Own {
			raiser = x.Person
		}
		exec(t, db, `
INSERT INTO walls (id, case_id, person_id, reason, note, raised_by, raised_at, until, ended_by, ended_at)
VALUES (@id, @case, @person, 'related', @note, @raiser, @raised, nullif(@until, ''), @by, @at)`, sqlite.Args{
			"id": fmt.Sprintf("wall-%s-%d", x.Case, i), "case": x.Case, "person": x.Person, "note": Word("wall", x.Case), "until": x.Until,
			"raiser": raiser, "raised": w.Now,
			"by": when(x.Ended, "somebody"), "at": when(x.Ended, 1),
		})
	}
	for i, e := range w.Emergencies {
		exec(t, db, `
INSERT INTO emergencies (id, case_id, person_id, reason, begun_at, ends_at)
VALUES (@id, @case, @person, @why, @begun, @ends)`, sqlite.Args{
			"id": fmt.Sprintf("emergency-%s-%d", e.Case, i), "case": e.Case, "person": e.Person, "why": Word("why", e.Case), "begun": e.Begun, "ends": e.Ends,
		})
	}
}

func when[T any](yes bool, v T) any {
	if yes {
		return v
	}
	return nil
}

func records(t testing.TB, db *sqlite.DB, w oracle.World) {
	t.Helper()
	for _, k := range w.Clients {
		exec(t, db, `
INSERT INTO clients (id, reference, surname, phones, address, notes, legacy, contact_safety, office_id, registered_id, created_at, updated_at)
VALUES (@id, @ref, @surname, @phone, @address, @notes, @legacy, 'unsafe', nullif(@office, ''), nullif(@by, ''), 0, 0)`, sqlite.Args{
			"id": k.ID, "ref": Reference("K", k.ID), "surname": Word("surname", k.ID), "phone": Word("phone", k.ID), "address": Word("address", k.ID),
			"notes": Word("notes", k.ID), "legacy": `{"old":"` + Word("oldclient", k.ID) + `"}`, "office": k.Office, "by": k.Registered,
		})
	}
	for _, k := range w.Clients {
		consultation(t, db, "consultation-"+k.ID, k.ID, "")
		beside(t, db, k)
	}
	exec(t, db, `
INSERT INTO quality_samples (id, month, seed, files, size, drawn_by, drawn_at)
VALUES ('sample', 202609, 'seed', 10, 10, 'person:somebody', 0)`, nil)
	for _, c := range w.Cases {
		kind := 1102
		if c.Sensitive {
			kind = 1401
		}
		exec(t, db, `
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, other_party, summary, legacy, office_id, responsible_id, created_at, updated_at)
VALUES (@id, @ref, @client, @type, 'open', '2026-10-01', @party, @summary, @legacy, nullif(@office, ''), nullif(@by, ''), 0, 0)`, sqlite.Args{
			"id": c.ID, "ref": Reference("C", c.ID), "client": c.Client, "type": kind, "party": Word("party", c.ID), "summary": Word("summary", c.ID),
			"legacy": `{"old":"` + Word("oldcase", c.ID) + `"}`, "office": c.Office, "by": c.Responsible,
		})
		consultation(t, db, "consultation-"+c.ID, c.Client, c.ID)
		exec(t, db, `
INSERT INTO services (id, client_id, case_id, kind, given_on, created_at, updated_at)
VALUES (@id, @client, @case, 6102, '2026-10-02', 0, 0)`, sqlite.Args{"id": "service-" + c.ID, "client": c.Client, "case": c.ID})
		exec(t, db, `
INSERT INTO referrals (id, case_id, destination, referred_on, note, created_at, updated_at)
VALUES (@id, @case, 3203, '2026-10-02', @note, 0, 0)`, sqlite.Args{"id": "referral-" + c.ID, "case": c.ID, "note": Word("sentto", c.ID)})
		exec(t, db, `
INSERT INTO complaints (id, case_id, institution, filed_on, progress, note, created_at, updated_at)
VALUES (@id, @case, 9201, '2026-10-02', 'filed', @note, 0, 0)`, sqlite.Args{"id": "complaint-" + c.ID, "case": c.ID, "note": Word("complained", c.ID)})
		exec(t, db, `
INSERT INTO surveys (id, case_id, answered_on, rating, comment, created_at, updated_at)
VALUES (@id, @case, '2026-10-02', 11104, @note, 0, 0)`, sqlite.Args{"id": "survey-" + c.ID, "case": c.ID, "note": Word("thought", c.ID)})
		exec(t, db, `
INSERT INTO quality_checks (id, sample_id, case_id, note, created_at, updated_at)
VALUES (@id, 'sample', @case, @note, 0, 0)`, sqlite.Args{"id": "check-" + c.ID, "case": c.ID, "note": Word("rechecked", c.ID)})
		exec(t, db, `
INSERT INTO documents (id, case_id, file, name, type, size, sha256, added_by, added_at)
VALUES (@id, @case, @id, @name, 'text/plain', 1, zeroblob(32), 'somebody', 0)`, sqlite.Args{"id": "document-" + c.ID, "case": c.ID, "name": Word("paper", c.ID) + ".txt"})
		exec(t, db, `
INSERT INTO recoveries (id, case_id, kind, received_on, amount_minor, currency, note, created_at, updated_at)
VALUES (@id, @case, 4101, '2026-10-02', @amount, 'ZAR', @note, 0, 0)`, sqlite.Args{
			"id": "recovery-" + c.ID, "case": c.ID, "amount": Amount(c.ID), "note": Word("paidfor", c.ID),
		})
	}
}

// Word returns the word that stands in one field of one record and nowhere else.
func Word(field, id string) string { return field + strings.ReplaceAll(id, "-", "") }

// Reference returns the reference of a record, which stands nowhere else.
func Reference(kind, id string) string {
	return kind + "-" + strings.ToUpper(id[len(id)-8:])
}

// Amount returns the amount that one case brought, in cents; no two are alike.
func Amount(caseID string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(caseID)) // never fails
	return 100_000 + int64(h.Sum32()%8_000_000)
}

// consultation puts one into the database with a service that was given out of it.
// Every second one is about violence.
func consultation(t testing.TB, db *sqlite.DB, id, client, caseID string) {
	t.Helper()
	kind := 1102
	if Secret(id) {
		kind = 1401
	}
	exec(t, db, `
INSERT INTO consultations (id, client_id, case_type, held_on, case_id, note, created_at, updated_at)
VALUES (@id, @client, @type, '2026-10-01', nullif(@case, ''), @note, 0, 0)`, sqlite.Args{
		"id": id, "client": client, "type": kind, "case": caseID, "note": Word("said", id),
	})
	exec(t, db, `
INSERT INTO services (id, client_id, consultation_id, kind, given_on, created_at, updated_at)
VALUES (@id, @client, @of, 6101, '2026-10-01', 0, 0)`, sqlite.Args{"id": "service-" + id, "client": client, "of": id})
}

// beside puts what is nobody's case into the database, at the office and by the person
// of a client: an activity, somebody unknown who could not be helped, and the client who
// could not.
func beside(t testing.TB, db *sqlite.DB, k oracle.Client) {
	t.Helper()
	exec(t, db, `
INSERT INTO activities (id, kind, held_on, place, participants, office_id, recorded_by, created_at, updated_at)
VALUES (@id, 10102, '2026-10-01', @place, 12, nullif(@office, ''), nullif(@by, ''), 0, 0)`, sqlite.Args{
		"id": Beside("activity", k.ID), "place": Word("hall", k.ID), "office": k.Office, "by": k.Registered,
	})
	for id, client := range map[string]string{Beside("turnaway", k.ID): k.ID, Beside("stranger", k.ID): ""} {
		exec(t, db, `
INSERT INTO turn_aways (id, reason, came_on, client_id, office_id, recorded_by, note, created_at, updated_at)
VALUES (@id, 8201, '2026-10-01', nullif(@client, ''), nullif(@office, ''), nullif(@by, ''), @note, 0, 0)`, sqlite.Args{
			"id": id, "client": client, "office": k.Office, "by": k.Registered, "note": Word("turned", id),
		})
	}
}

// Beside returns the identifier of what stands beside a client, which does not tell the
// client's.
func Beside(kind, client string) string { return kind + strings.TrimPrefix(client, "client") }

// Secret reports whether a consultation is about something sensitive.
func Secret(id string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return h.Sum32()%2 == 0
}
