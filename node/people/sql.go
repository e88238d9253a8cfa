package people

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"casehub/internal/sqlite"
)

func organisation(ctx context.Context, q sqlite.Querier) (Organisation, error) {
	var o Organisation
	err := q.QueryRow(ctx, `
SELECT name, language, lock_minutes, version
FROM organisation`, nil).Scan(&o.Name, &o.Language, &o.LockMinutes, &o.Version)
	return o, found(err)
}

func insertOrganisation(ctx context.Context, tx *sqlite.Tx, o Organisation, now time.Time) error {
	n, err := tx.Exec(ctx, `
INSERT INTO organisation (id, name, language, lock_minutes, created_at)
VALUES (1, @name, @language, @lock, @now)
ON CONFLICT DO NOTHING`, sqlite.Args{
		"name": o.Name, "language": o.Language, "lock": o.LockMinutes, "now": now.UnixMilli(),
	})
	return one(n, err, ErrBegun)
}

// updateOrganisation saves o unless its row has moved on since o was read.
func updateOrganisation(ctx context.Context, tx *sqlite.Tx, o Organisation) error {
	n, err := tx.Exec(ctx, `
UPDATE organisation
SET name = @name, language = @language, lock_minutes = @lock, version = version + 1
WHERE version = @version`, sqlite.Args{
		"name": o.Name, "language": o.Language, "lock": o.LockMinutes, "version": o.Version,
	})
	return one(n, err, ErrChanged)
}

func regions(ctx context.Context, q sqlite.Querier) ([]Region, error) {
	rows, err := q.Query(ctx, `
SELECT id, name
FROM regions
ORDER BY name, id`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Region, error) {
		var r Region
		return r, rows.Scan(&r.ID, &r.Name)
	})
}

func regionByID(ctx context.Context, q sqlite.Querier, id string) (Region, error) {
	var r Region
	err := q.QueryRow(ctx, `
SELECT id, name
FROM regions
WHERE id = @id`, sqlite.Args{"id": id}).Scan(&r.ID, &r.Name)
	return r, found(err)
}

func insertRegion(ctx context.Context, tx *sqlite.Tx, r Region) error {
	n, err := tx.Exec(ctx, `
INSERT INTO regions (id, name)
VALUES (@id, @name)
ON CONFLICT (name) DO NOTHING`, sqlite.Args{"id": r.ID, "name": r.Name})
	return one(n, err, ErrNameTaken)
}

func updateRegion(ctx context.Context, tx *sqlite.Tx, r Region) error {
	args := sqlite.Args{"id": r.ID, "name": r.Name}
	err := free(ctx, tx, `
SELECT count(*)
FROM regions
WHERE name = @name AND id <> @id`, args)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
UPDATE regions
SET name = @name
WHERE id = @id`, args)
	return one(n, err, ErrNotFound)
}

func deleteRegion(ctx context.Context, tx *sqlite.Tx, id string) error {
	n, err := tx.Exec(ctx, `
DELETE FROM regions
WHERE id = @id AND NOT EXISTS (SELECT 1 FROM offices WHERE region_id = @id)`, sqlite.Args{"id": id})
	return one(n, err, ErrInUse)
}

const officeColumns = `id, name, coalesce(region_id, ''), closed`

func offices(ctx context.Context, q sqlite.Querier) ([]Office, error) {
	rows, err := q.Query(ctx, `
SELECT `+officeColumns+`
FROM offices
ORDER BY closed, name, id`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Office, error) { return scanOffice(rows) })
}

func officeByID(ctx context.Context, q sqlite.Querier, id string) (Office, error) {
	o, err := scanOffice(q.QueryRow(ctx, `
SELECT `+officeColumns+`
FROM offices
WHERE id = @id`, sqlite.Args{"id": id}))
	return o, found(err)
}

// scanner is a row, or the rows at one of them.
type scanner interface{ Scan(into ...any) error }

func scanOffice(row scanner) (Office, error) {
	var o Office
	err := row.Scan(&o.ID, &o.Name, &o.RegionID, &o.Closed)
	return o, err
}

func insertOffice(ctx context.Context, tx *sqlite.Tx, o Office, now time.Time) error {
	if err := regionExists(ctx, tx, o.RegionID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
INSERT INTO offices (id, name, region_id, closed, created_at)
VALUES (@id, @name, @region, @closed, @now)
ON CONFLICT (name) DO NOTHING`, sqlite.Args{
		"id": o.ID, "name": o.Name, "region": sqlite.OrNull(o.RegionID), "closed": o.Closed, "now": now.UnixMilli(),
	})
	return one(n, err, ErrNameTaken)
}

func updateOffice(ctx context.Context, tx *sqlite.Tx, o Office) error {
	if err := regionExists(ctx, tx, o.RegionID); err != nil {
		return err
	}
	args := sqlite.Args{"id": o.ID, "name": o.Name}
	err := free(ctx, tx, `
SELECT count(*)
FROM offices
WHERE name = @name AND id <> @id`, args)
	if err != nil {
		return err
	}
	args["region"], args["closed"] = sqlite.OrNull(o.RegionID), o.Closed
	n, err := tx.Exec(ctx, `
UPDATE offices
SET name = @name, region_id = @region, closed = @closed
WHERE id = @id`, args)
	return one(n, err, ErrNotFound)
}

func regionExists(ctx context.Context, q sqlite.Querier, id string) error {
	return exists(ctx, q, `
SELECT count(*)
FROM regions
WHERE id = @id`, id, errRegion)
}

func officeExists(ctx context.Context, q sqlite.Querier, id string) error {
	return exists(ctx, q, `
SELECT count(*)
FROM offices
WHERE id = @id`, id, errOffice)
}

func teams(ctx context.Context, q sqlite.Querier) ([]Team, error) {
	rows, err := q.Query(ctx, `
SELECT id, name, coalesce(office_id, '')
FROM teams
ORDER BY name, id`, nil)
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Team, error) { return scanTeam(rows) })
	if err != nil {
		return nil, err
	}
	members, err := membersByTeam(ctx, q)
	for i := range all {
		all[i].Members = members[all[i].ID]
	}
	return all, err
}

func scanTeam(row scanner) (Team, error) {
	var t Team
	err := row.Scan(&t.ID, &t.Name, &t.OfficeID)
	return t, err
}

func teamByID(ctx context.Context, q sqlite.Querier, id string) (Team, error) {
	t, err := scanTeam(q.QueryRow(ctx, `
SELECT id, name, coalesce(office_id, '')
FROM teams
WHERE id = @id`, sqlite.Args{"id": id}))
	if err != nil {
		return t, found(err)
	}
	members, err := membersByTeam(ctx, q)
	t.Members = members[id]
	return t, err
}

func membersByTeam(ctx context.Context, q sqlite.Querier) (map[string][]ID, error) {
	type member struct {
		team   string
		person ID
	}
	rows, err := q.Query(ctx, `
SELECT m.team_id, m.person_id
FROM team_members m
JOIN people p ON p.id = m.person_id
WHERE p.status = 'active'
ORDER BY p.name, p.id`, nil)
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (member, error) {
		var m member
		return m, rows.Scan(&m.team, &m.person)
	})
	members := map[string][]ID{}
	for _, m := range all {
		members[m.team] = append(members[m.team], m.person)
	}
	return members, err
}

func insertTeam(ctx context.Context, tx *sqlite.Tx, t Team) error {
	if err := officeExists(ctx, tx, t.OfficeID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
INSERT INTO teams (id, name, office_id)
VALUES (@id, @name, @office)
ON CONFLICT (name) DO NOTHING`, sqlite.Args{"id": t.ID, "name": t.Name, "office": sqlite.OrNull(t.OfficeID)})
	return one(n, err, ErrNameTaken)
}

func updateTeam(ctx context.Context, tx *sqlite.Tx, t Team) error {
	if err := officeExists(ctx, tx, t.OfficeID); err != nil {
		return err
	}
	args := sqlite.Args{"id": t.ID, "name": t.Name}
	err := free(ctx, tx, `
SELECT count(*)
FROM teams
WHERE name = @name AND id <> @id`, args)
	if err != nil {
		return err
	}
	args["office"] = sqlite.OrNull(t.OfficeID)
	n, err := tx.Exec(ctx, `
UPDATE teams
SET name = @name, office_id = @office
WHERE id = @id`, args)
	return one(n, err, ErrNotFound)
}

func deleteTeam(ctx context.Context, tx *sqlite.Tx, id string) error {
	n, err := tx.Exec(ctx, `
DELETE FROM teams
WHERE id = @id`, sqlite.Args{"id": id})
	return one(n, err, ErrNotFound)
}

// insertMembers puts active people into a team; nobody else can be a member.
func insertMembers(ctx context.Context, tx *sqlite.Tx, t Team) error {
	for _, m := range t.Members {
		n, err := tx.Exec(ctx, `
INSERT INTO team_members (team_id, person_id)
SELECT @team, id
FROM people
WHERE id = @person AND status = 'active'
ON CONFLICT DO NOTHING`, sqlite.Args{"team": t.ID, "person": string(m)})
		if err := one(n, err, ErrNotFound); err != nil {
			return err
		}
	}
	return nil
}

func deleteMembers(ctx context.Context, tx *sqlite.Tx, team string) error {
	_, err := tx.Exec(ctx, `
DELETE FROM team_members
WHERE team_id = @team`, sqlite.Args{"team": team})
	return err
}

// found turns the absence of a row into ErrNotFound.
func found(err error) error {
	if errors.Is(err, sqlite.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// one fails with missed where a statement changed no row.
func one(n int64, err, missed error) error {
	if err == nil && n == 0 {
		return missed
	}
	return err
}

// free fails with ErrNameTaken where a count is not zero.
func free(ctx context.Context, q sqlite.Querier, query string, args sqlite.Args) error {
	var n int
	if err := q.QueryRow(ctx, query, args).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return ErrNameTaken
	}
	return nil
}

// exists fails with missing where there is nothing by an identifier; "" stands
// for nothing on purpose.
func exists(ctx context.Context, q sqlite.Querier, query, id string, missing error) error {
	if id == "" {
		return nil
	}
	var n int
	if err := q.QueryRow(ctx, query, sqlite.Args{"id": id}).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return missing
	}
	return nil
}
