// Package accesstest staffs a test's database: people in positions, and the gate
// that stands before everything.
package accesstest

import (
	"context"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/policy"
)

// Director is who may do everything, in a database that OpenAt staffed.
var Director = actor.Actor{Kind: actor.Person, ID: "miriam"}

// OpenAt puts a director into the database and returns the gate with a clock.
func OpenAt(t testing.TB, db *sqlite.DB, now func() time.Time) (*access.Gate, actor.Actor) {
	t.Helper()
	Hire(t, db, Director.ID, "")
	Appoint(t, db, Director.ID, "director", "")
	return Gate(t, db, now), Director
}

// Gate returns a gate over the database as it is.
func Gate(t testing.TB, db *sqlite.DB, now func() time.Time) *access.Gate {
	t.Helper()
	g, err := Over(t.Context(), db, now)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Over is Gate for a program that a test started.
func Over(ctx context.Context, db *sqlite.DB, now func() time.Time) (*access.Gate, error) {
	rules, err := policy.NewAccess(ctx)
	if err != nil {
		return nil, err
	}
	return access.New(db, rules, codelist.National(), now), nil
}

// Office opens an office in a region, "" for none.
func Office(t testing.TB, db *sqlite.DB, id, region string) {
	t.Helper()
	if region != "" {
		exec(t, db, `INSERT INTO regions (id, name) VALUES (@id, @id) ON CONFLICT DO NOTHING`, sqlite.Args{"id": region})
	}
	exec(t, db, `
INSERT INTO offices (id, name, region_id, created_at)
VALUES (@id, @id, nullif(@region, ''), 0)`, sqlite.Args{"id": id, "region": region})
}

// Hire makes somebody a member of the staff, who sits in an office, "" for none.
func Hire(t testing.TB, db *sqlite.DB, id, office string) actor.Actor {
	t.Helper()
	exec(t, db, `
INSERT INTO people (id, login, name, office_id, status, created_at, updated_at)
VALUES (@id, @id, @id, nullif(@office, ''), 'active', 0, 0)
ON CONFLICT DO NOTHING`, sqlite.Args{"id": id, "office": office})
	return actor.Actor{Kind: actor.Person, ID: id}
}

// Appoint gives somebody a position at an office, "" for where they sit.
func Appoint(t testing.TB, db *sqlite.DB, person, role, office string) {
	t.Helper()
	exec(t, db, `
INSERT INTO positions (id, person_id, role, office_id, created_at)
VALUES (@person || '-' || @role || '-' || @office, @person, @role, nullif(@office, ''), 0)
ON CONFLICT DO NOTHING`, sqlite.Args{"person": person, "role": role, "office": office})
}

// Own makes an own role of the organisation with one grant; calling it again
// adds another.
func Own(t testing.TB, db *sqlite.DB, role, action, reach, classes string) {
	t.Helper()
	exec(t, db, `INSERT INTO roles (id, name) VALUES (@id, @id) ON CONFLICT DO NOTHING`, sqlite.Args{"id": role})
	exec(t, db, `
INSERT INTO role_grants (role_id, action, reach, classes)
VALUES (@role, @action, @reach, @classes)`, sqlite.Args{"role": role, "action": action, "reach": reach, "classes": classes})
}

// Team puts people into a team.
func Team(t testing.TB, db *sqlite.DB, id string, people ...string) {
	t.Helper()
	exec(t, db, `INSERT INTO teams (id, name) VALUES (@id, @id) ON CONFLICT DO NOTHING`, sqlite.Args{"id": id})
	for _, p := range people {
		exec(t, db, `INSERT INTO team_members (team_id, person_id) VALUES (@team, @person)`, sqlite.Args{"team": id, "person": p})
	}
}

func exec(t testing.TB, db *sqlite.DB, statement string, args sqlite.Args) {
	t.Helper()
	if _, err := db.Exec(context.WithoutCancel(t.Context()), statement, args); err != nil {
		t.Fatal(err)
	}
}
