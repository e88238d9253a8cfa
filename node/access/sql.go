package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/policy"
)

// selectVersion returns the number of changes so far to what people may do.
func selectVersion(ctx context.Context, q sqlite.Querier) (int64, error) {
	var n int64
	err := q.QueryRow(ctx, `SELECT n FROM access_version`, nil).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("reading the version of access: %w", err)
	}
	return n, nil
}

// selectPositions returns the positions of a person, none of somebody who left or
// never was.
func selectPositions(ctx context.Context, q sqlite.Querier, person string) ([]policy.Position, error) {
	rows, err := q.Query(ctx, `
SELECT h.role, coalesce(h.office_id, p.office_id, ''), coalesce(o.region_id, '')
FROM positions h
JOIN people p ON p.id = h.person_id
LEFT JOIN offices o ON o.id = coalesce(h.office_id, p.office_id)
WHERE h.person_id = @person AND p.status = 'active'`, sqlite.Args{"person": person})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (policy.Position, error) {
		var p policy.Position
		err := rows.Scan(&p.Role, &p.Office, &p.Region)
		return p, err
	})
}

// selectGrants returns the own roles that a person holds.
func selectGrants(ctx context.Context, q sqlite.Querier, person string) (map[string]policy.Role, error) {
	roles := map[string]policy.Role{}
	rows, err := q.Query(ctx, `
SELECT g.role_id, g.action, g.reach, g.classes
FROM role_grants g
WHERE g.role_id IN (SELECT h.role FROM positions h WHERE h.person_id = @person)`, sqlite.Args{"person": person})
	_, err = sqlite.Collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var role, action, reach, classes string
		err := rows.Scan(&role, &action, &reach, &classes)
		grant := policy.Grant{Reach: policy.Scope(reach)}
		for _, c := range strings.Fields(classes) {
			grant.Classes = append(grant.Classes, policy.Class(c))
		}
		if roles[role] == nil {
			roles[role] = policy.Role{}
		}
		roles[role][action] = grant
		return struct{}{}, err
	})
	return roles, err
}

// selectColleagues returns a person and everybody who shares a team with them.
func selectColleagues(ctx context.Context, q sqlite.Querier, person string) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT @person
UNION
SELECT other.person_id
FROM team_members mine
JOIN team_members other ON other.team_id = mine.team_id
WHERE mine.person_id = @person`, sqlite.Args{"person": person})
	return sqlite.Collect(rows, err, text1)
}

func selectOfficesOf(ctx context.Context, q sqlite.Querier, region string) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT id
FROM offices
WHERE region_id = @region
ORDER BY id`, sqlite.Args{"region": region})
	return sqlite.Collect(rows, err, text1)
}

func text1(rows *sql.Rows) (string, error) {
	var s string
	err := rows.Scan(&s)
	return s, err
}

// selectOffice returns where a person sits, "" for nowhere.
func selectOffice(ctx context.Context, q sqlite.Querier, person string) (string, error) {
	var office string
	err := q.QueryRow(ctx, `
SELECT coalesce(office_id, '')
FROM people
WHERE id = @person AND status = 'active'`, sqlite.Args{"person": person}).Scan(&office)
	if errors.Is(err, sqlite.ErrNoRows) {
		return "", ErrForbidden
	}
	return office, err
}

// selectCaseSeen reports whether a case is among those of a filter, and of a
// second one.
func selectCaseSeen(ctx context.Context, q sqlite.Querier, id string, read, action Filter) (sees, may bool, err error) {
	return seen(q.QueryRow(ctx, `
SELECT (`+read.SQL+`) IS TRUE, (`+action.SQL+`) IS TRUE
FROM cases c
WHERE c.id = @id`, read.Into(action.Into(sqlite.Args{"id": id}))))
}

// selectClientSeen is selectCaseSeen for a client.
func selectClientSeen(ctx context.Context, q sqlite.Querier, id string, read, action Filter) (sees, may bool, err error) {
	return seen(q.QueryRow(ctx, `
SELECT (`+read.SQL+`) IS TRUE, (`+action.SQL+`) IS TRUE
FROM clients k
WHERE k.id = @id`, read.Into(action.Into(sqlite.Args{"id": id}))))
}

// selectClientWhole reports whether a client is of a filter, and every case of
// another with nothing withheld.
func selectClientWhole(ctx context.Context, q sqlite.Querier, id string, clients, cases Filter) (bool, error) {
	f := wholeClients(clients, cases)
	whole, _, err := seen(q.QueryRow(ctx, `
SELECT (`+f.SQL+`) IS TRUE, 0
FROM clients k
WHERE k.id = @id`, f.Into(sqlite.Args{"id": id})))
	return whole, err
}

func seen(row *sql.Row) (sees, may bool, err error) {
	err = row.Scan(&sees, &may)
	if errors.Is(err, sqlite.ErrNoRows) {
		return false, false, nil
	}
	return sees, may, err
}

func selectCaseClasses(ctx context.Context, q sqlite.Querier, id string, f Filter) (Classes, error) {
	return classes(ErrNoCase, q.QueryRow(ctx, `
SELECT `+columnsOf(f)+`
FROM cases c
WHERE c.id = @id AND `+f.SQL, f.Into(sqlite.Args{"id": id})))
}

func selectClientClasses(ctx context.Context, q sqlite.Querier, id string, f Filter) (Classes, error) {
	return classes(ErrNoClient, q.QueryRow(ctx, `
SELECT `+columnsOf(f)+`
FROM clients k
WHERE k.id = @id AND `+f.SQL, f.Into(sqlite.Args{"id": id})))
}

// columnsOf returns the conditions of all classes as columns.
func columnsOf(f Filter) string {
	var all []string
	for _, c := range order {
		all = append(all, "("+f.Class(c)+") IS TRUE")
	}
	return strings.Join(all, ", ")
}

func classes(absent error, row *sql.Row) (Classes, error) {
	var c Classes
	err := row.Scan(&c.Contact, &c.Narrative, &c.Finance, &c.Sensitive)
	if errors.Is(err, sqlite.ErrNoRows) {
		return Classes{}, absent
	}
	return c, err
}

// selectStaff returns everybody who has not left, by name.
func selectStaff(ctx context.Context, q sqlite.Querier) ([]Member, error) {
	rows, err := q.Query(ctx, `
SELECT id, name, coalesce(office_id, '')
FROM people
WHERE status = 'active'
ORDER BY name, id`, nil)
	return sqlite.Collect(rows, err, scanMember)
}

// selectStaffOf returns those of the staff whom a list names, and those who sit or
// hold a position in some offices, by name.
func selectStaffOf(ctx context.Context, q sqlite.Querier, people, offices []string) ([]Member, error) {
	rows, err := q.Query(ctx, `
SELECT p.id, p.name, coalesce(p.office_id, '')
FROM people p
WHERE p.status = 'active' AND (
    p.id IN (SELECT value FROM json_each(@people))
    OR p.office_id IN (SELECT value FROM json_each(@offices))
    OR EXISTS (SELECT 1 FROM positions h WHERE h.person_id = p.id AND h.office_id IN (SELECT value FROM json_each(@offices))))
ORDER BY p.name, p.id`, sqlite.Args{"people": sqlite.List(people), "offices": sqlite.List(offices)})
	return sqlite.Collect(rows, err, scanMember)
}

func scanMember(rows *sql.Rows) (Member, error) {
	var m Member
	err := rows.Scan(&m.ID, &m.Name, &m.Office)
	return m, err
}

// selectHolders returns everybody who has not left and holds one of some roles,
// or an own one with an action, by name.
func selectHolders(ctx context.Context, q sqlite.Querier, action string, roles []string) ([]Member, error) {
	rows, err := q.Query(ctx, `
SELECT p.id, p.name, coalesce(p.office_id, '')
FROM people p
WHERE p.status = 'active' AND EXISTS (
    SELECT 1
    FROM positions h
    WHERE h.person_id = p.id AND (
        h.role IN (SELECT value FROM json_each(@roles))
        OR h.role IN (SELECT g.role_id FROM role_grants g WHERE g.action = @action)))
ORDER BY p.name, p.id`, sqlite.Args{"action": action, "roles": sqlite.List(roles)})
	return sqlite.Collect(rows, err, scanMember)
}

// selectNames returns the names of people, those who left among them.
func selectNames(ctx context.Context, q sqlite.Querier, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	args := sqlite.Args{}
	in, _ := writer(args).equal("id", ids)
	rows, err := q.Query(ctx, `
SELECT id, name
FROM people
WHERE `+in, args)
	_, err = sqlite.Collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var id, name string
		err := rows.Scan(&id, &name)
		names[id] = name
		return struct{}{}, err
	})
	return names, err
}

// selectOfficeNames returns the names of all offices.
func selectOfficeNames(ctx context.Context, q sqlite.Querier) ([]Member, error) {
	rows, err := q.Query(ctx, `
SELECT id, name
FROM offices
ORDER BY name, id`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Member, error) {
		var m Member
		err := rows.Scan(&m.ID, &m.Name)
		return m, err
	})
}

// selectDirectors returns the directors whom no wall shuts out of a case.
func selectDirectors(ctx context.Context, q sqlite.Querier, caseID string, today civil.Date) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT DISTINCT p.id
FROM people p
JOIN positions o ON o.person_id = p.id AND o.role = 'director'
WHERE p.status = 'active'
    AND p.id NOT IN (
        SELECT w.person_id
        FROM walls w
        WHERE w.case_id = @case AND w.ended_at IS NULL AND (w.until IS NULL OR w.until >= @today))`,
		sqlite.Args{"case": caseID, "today": string(today)})
	return sqlite.Collect(rows, err, text1)
}

// selectWalled reports whether any wall stands against a person.
func selectWalled(ctx context.Context, q sqlite.Querier, person string, today civil.Date) (bool, error) {
	var walled bool
	err := q.QueryRow(ctx, `
SELECT EXISTS (
    SELECT 1
    FROM walls w
    WHERE w.person_id = @person AND w.ended_at IS NULL AND (w.until IS NULL OR w.until >= @today))`, sqlite.Args{
		"person": person, "today": string(today),
	}).Scan(&walled)
	return walled, err
}

// insertWall saves a new wall.
func insertWall(ctx context.Context, tx *sqlite.Tx, w Wall) error {
	_, err := tx.Exec(ctx, `
INSERT INTO walls (id, case_id, person_id, reason, note, raised_by, raised_at, until)
VALUES (@id, @case, @person, @reason, @note, @by, @at, @until)`, sqlite.Args{
		"id": w.ID, "case": w.CaseID, "person": w.PersonID, "reason": string(w.Reason), "note": w.Note,
		"by": w.RaisedBy, "at": w.RaisedAt.UnixMilli(), "until": sqlite.OrNull(w.Until),
	})
	return err
}

// endWall ends a wall that stands, and reports whether it did.
func endWall(ctx context.Context, tx *sqlite.Tx, id, by string, at time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
UPDATE walls
SET ended_by = @by, ended_at = @at
WHERE id = @id AND ended_at IS NULL`, sqlite.Args{"id": id, "by": by, "at": at.UnixMilli()})
	return n == 1, err
}

// selectWalls reads whole walls; what narrows them follows.
const selectWalls = `
SELECT w.id, w.case_id, w.person_id, w.reason, w.note, w.raised_by, w.raised_at, coalesce(w.until, ''),
    coalesce(w.ended_by, ''), coalesce(w.ended_at, 0)
FROM walls w
`

func wallsOf(ctx context.Context, q sqlite.Querier, caseID string) ([]Wall, error) {
	rows, err := q.Query(ctx, selectWalls+`WHERE w.case_id = @case
ORDER BY w.raised_at DESC, w.id`, sqlite.Args{"case": caseID})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Wall, error) { return scanWall(rows) })
}

func wallByID(ctx context.Context, q sqlite.Querier, id string) (Wall, error) {
	w, err := scanWall(q.QueryRow(ctx, selectWalls+`WHERE w.id = @id`, sqlite.Args{"id": id}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Wall{}, ErrNoWall
	}
	return w, err
}

func scanWall(row sqlite.Row) (Wall, error) {
	var w Wall
	var raised, ended int64
	err := row.Scan(&w.ID, &w.CaseID, &w.PersonID, &w.Reason, &w.Note, &w.RaisedBy, &raised, &w.Until, &w.EndedBy, &ended)
	w.RaisedAt = sqlite.Instant(raised)
	if ended != 0 {
		w.EndedAt = sqlite.Instant(ended)
	}
	return w, err
}

// aside is somebody who shut themselves out of a case.
type aside struct {
	CaseID, Reference, PersonID string
	Reason                      Reason
	At                          time.Time
	// Responsible says that the case is open and still theirs.
	Responsible bool
}

// selectAside returns walls that stand and that people raised against themselves,
// before cases of a filter, the newest first: those since an instant, and those of
// people who are responsible for the case.
func selectAside(ctx context.Context, q sqlite.Querier, f Filter, today civil.Date, since time.Time) ([]aside, error) {
	rows, err := q.Query(ctx, `
SELECT c.id, c.reference, w.person_id, w.reason, w.raised_at, c.status = 'open' AND c.responsible_id IS w.person_id AS theirs
FROM walls w
JOIN cases c ON c.id = w.case_id
WHERE w.raised_by = w.person_id AND w.ended_at IS NULL AND (w.until IS NULL OR w.until >= @today)
    AND (theirs OR w.raised_at >= @since) AND `+f.SQL+`
ORDER BY theirs DESC, w.raised_at DESC, w.id
LIMIT 50`, f.Into(sqlite.Args{"today": string(today), "since": since.UnixMilli()}))
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (aside, error) {
		var a aside
		var at int64
		err := rows.Scan(&a.CaseID, &a.Reference, &a.PersonID, &a.Reason, &at, &a.Responsible)
		a.At = sqlite.Instant(at)
		return a, err
	})
}

// referenceOf returns the reference of a case that its reader may see.
func referenceOf(ctx context.Context, q sqlite.Querier, id string) (string, error) {
	var reference string
	err := q.QueryRow(ctx, `
SELECT reference
FROM cases
WHERE id = @id`, sqlite.Args{"id": id}).Scan(&reference)
	return reference, err
}

// caseByReference returns the case of a filter that bears a reference.
func caseByReference(ctx context.Context, q sqlite.Querier, reference string, f Filter) (string, error) {
	var id string
	err := q.QueryRow(ctx, `
SELECT c.id
FROM cases c
WHERE c.reference = @reference AND `+f.SQL, f.Into(sqlite.Args{"reference": reference})).Scan(&id)
	if errors.Is(err, sqlite.ErrNoRows) {
		return "", errNoSuchCase
	}
	return id, err
}

func insertEmergency(ctx context.Context, tx *sqlite.Tx, e Emergency) error {
	_, err := tx.Exec(ctx, `
INSERT INTO emergencies (id, case_id, person_id, reason, begun_at, ends_at)
VALUES (@id, @case, @person, @why, @begun, @ends)`, sqlite.Args{
		"id": e.ID, "case": e.CaseID, "person": e.PersonID, "why": e.Why, "begun": e.BegunAt.UnixMilli(), "ends": e.EndsAt.UnixMilli(),
	})
	return err
}

// seeEmergency marks an emergency as read, and reports whether it was not yet.
func seeEmergency(ctx context.Context, tx *sqlite.Tx, id, by string, at time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
UPDATE emergencies
SET seen_by = @by, seen_at = @at
WHERE id = @id AND seen_by IS NULL`, sqlite.Args{"id": id, "by": by, "at": at.UnixMilli()})
	return n == 1, err
}

// declared is an emergency with what a page names it by.
type declared struct {
	Emergency
	Reference string // of the case
}

const selectEmergencies = `
SELECT e.id, e.case_id, e.person_id, e.reason, e.begun_at, e.ends_at, c.reference
FROM emergencies e
JOIN cases c ON c.id = e.case_id
`

// unseenEmergencies returns what no other has read of yet, of the cases of a
// filter and not of the reader's own.
func unseenEmergencies(ctx context.Context, q sqlite.Querier, f Filter) ([]declared, error) {
	rows, err := q.Query(ctx, selectEmergencies+`WHERE e.seen_by IS NULL AND e.person_id <> @acc_me AND `+f.SQL+`
ORDER BY e.begun_at DESC, e.id
LIMIT 50`, f.Into(nil))
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (declared, error) { return scanEmergency(rows) })
}

// runningEmergencies returns what a person has declared and has not ended, of the
// cases of a filter.
func runningEmergencies(ctx context.Context, q sqlite.Querier, f Filter) ([]declared, error) {
	rows, err := q.Query(ctx, selectEmergencies+`WHERE e.person_id = @acc_me AND e.begun_at <= @acc_now AND e.ends_at > @acc_now AND `+f.SQL+`
ORDER BY e.ends_at, e.id`, f.Into(nil))
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (declared, error) { return scanEmergency(rows) })
}

func emergencyByID(ctx context.Context, q sqlite.Querier, id string) (declared, error) {
	d, err := scanEmergency(q.QueryRow(ctx, selectEmergencies+`WHERE e.id = @id`, sqlite.Args{"id": id}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return declared{}, ErrNoEmergency
	}
	return d, err
}

func scanEmergency(row sqlite.Row) (declared, error) {
	var d declared
	var begun, ends int64
	err := row.Scan(&d.ID, &d.CaseID, &d.PersonID, &d.Why, &begun, &ends, &d.Reference)
	d.BegunAt, d.EndsAt = sqlite.Instant(begun), sqlite.Instant(ends)
	return d, err
}
