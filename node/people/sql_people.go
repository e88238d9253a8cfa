package people

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/vault"
)

const personColumns = `p.id, p.login, p.name, p.language, coalesce(p.office_id, ''), p.status, p.slot, p.temporary_until, p.created_at, p.version`

func scanPerson(row scanner) (Person, error) {
	var p Person
	var temporary, created sql.NullInt64
	err := row.Scan(&p.ID, &p.Login, &p.Name, &p.Language, &p.OfficeID, &p.Status, &p.slot, &temporary, &created, &p.Version)
	p.TemporaryUntil, p.CreatedAt, p.HasPassword = sqlite.Instant(temporary.Int64), sqlite.Instant(created.Int64), p.slot != ""
	return p, err
}

func personByID(ctx context.Context, q sqlite.Querier, id ID) (Person, error) {
	p, err := scanPerson(q.QueryRow(ctx, `
SELECT `+personColumns+`
FROM people p
WHERE p.id = @id`, sqlite.Args{"id": string(id)}))
	return p, found(err)
}

func personByLogin(ctx context.Context, q sqlite.Querier, login string) (Person, error) {
	p, err := scanPerson(q.QueryRow(ctx, `
SELECT `+personColumns+`
FROM people p
WHERE p.login = @login`, sqlite.Args{"login": login}))
	return p, found(err)
}

func listPeople(ctx context.Context, q sqlite.Querier) ([]Person, error) {
	rows, err := q.Query(ctx, `
SELECT `+personColumns+`
FROM people p
ORDER BY p.status, p.name, p.id`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Person, error) { return scanPerson(rows) })
}

func names(ctx context.Context, q sqlite.Querier, ids []ID) (map[ID]string, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	type pair struct {
		id   ID
		name string
	}
	rows, err := q.Query(ctx, `
SELECT p.id, p.name
FROM people p
WHERE p.id IN (SELECT value FROM json_each(@ids))`, sqlite.Args{"ids": string(list)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (pair, error) {
		var p pair
		return p, rows.Scan(&p.id, &p.name)
	})
	m := make(map[ID]string, len(all))
	for _, p := range all {
		m[p.id] = p.name
	}
	return m, err
}

func insertPerson(ctx context.Context, tx *sqlite.Tx, p Person, now time.Time) error {
	if err := officeExists(ctx, tx, p.OfficeID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
INSERT INTO people (id, login, name, language, office_id, status, slot, temporary_until, created_at, updated_at)
VALUES (@id, @login, @name, @language, @office, @status, @slot, @temporary, @now, @now)
ON CONFLICT (login) DO NOTHING`, sqlite.Args{
		"id": string(p.ID), "login": p.Login, "name": p.Name, "language": p.Language, "office": sqlite.OrNull(p.OfficeID),
		"status": string(p.Status), "slot": string(p.slot), "temporary": sqlite.Milli(p.TemporaryUntil), "now": now.UnixMilli(),
	})
	return one(n, err, ErrLoginTaken)
}

// updatePerson saves everything but the login, unless the row has moved on since
// p was read.
func updatePerson(ctx context.Context, tx *sqlite.Tx, p Person, now time.Time) error {
	if err := officeExists(ctx, tx, p.OfficeID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
UPDATE people
SET name = @name, language = @language, office_id = @office, status = @status, slot = @slot,
    temporary_until = @temporary, updated_at = @now, version = version + 1
WHERE id = @id AND version = @version`, sqlite.Args{
		"id": string(p.ID), "version": p.Version, "name": p.Name, "language": p.Language, "office": sqlite.OrNull(p.OfficeID),
		"status": string(p.Status), "slot": string(p.slot), "temporary": sqlite.Milli(p.TemporaryUntil), "now": now.UnixMilli(),
	})
	return one(n, err, ErrChanged)
}

// otherDirectors counts the active directors beside one person.
func otherDirectors(ctx context.Context, q sqlite.Querier, than ID) (int, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(DISTINCT o.person_id)
FROM positions o
JOIN people p ON p.id = o.person_id
WHERE o.role = @director AND p.status = 'active' AND p.id <> @than`, sqlite.Args{
		"director": Director, "than": string(than),
	}).Scan(&n)
	return n, err
}

func scanPosition(row scanner) (Position, error) {
	var o Position
	err := row.Scan(&o.ID, &o.PersonID, &o.Role, &o.OfficeID)
	return o, err
}

func positions(ctx context.Context, q sqlite.Querier) ([]Position, error) {
	rows, err := q.Query(ctx, `
SELECT id, person_id, role, coalesce(office_id, '')
FROM positions
ORDER BY created_at, id`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Position, error) { return scanPosition(rows) })
}

func positionsOf(ctx context.Context, q sqlite.Querier, id ID) ([]Position, error) {
	rows, err := q.Query(ctx, `
SELECT id, person_id, role, coalesce(office_id, '')
FROM positions
WHERE person_id = @person
ORDER BY created_at, id`, sqlite.Args{"person": string(id)})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Position, error) { return scanPosition(rows) })
}

func insertPosition(ctx context.Context, tx *sqlite.Tx, o Position, now time.Time) error {
	if err := officeExists(ctx, tx, o.OfficeID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
INSERT INTO positions (id, person_id, role, office_id, created_at)
VALUES (@id, @person, @role, @office, @now)
ON CONFLICT DO NOTHING`, sqlite.Args{
		"id": o.ID, "person": string(o.PersonID), "role": o.Role, "office": sqlite.OrNull(o.OfficeID), "now": now.UnixMilli(),
	})
	return one(n, err, errHeld)
}

func deletePosition(ctx context.Context, tx *sqlite.Tx, id string) error {
	n, err := tx.Exec(ctx, `
DELETE FROM positions
WHERE id = @id`, sqlite.Args{"id": id})
	return one(n, err, ErrNotFound)
}

func deletePositionsOf(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.Exec(ctx, `
DELETE FROM positions
WHERE person_id = @person`, sqlite.Args{"person": string(id)})
	return err
}

func leaveTeams(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.Exec(ctx, `
DELETE FROM team_members
WHERE person_id = @person`, sqlite.Args{"person": string(id)})
	return err
}

// bury notes that the vault has to lose a slot; "" is none.
func bury(ctx context.Context, tx *sqlite.Tx, slot vault.SlotID) error {
	if slot == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `
INSERT INTO dead_slots (slot)
VALUES (@slot)
ON CONFLICT DO NOTHING`, sqlite.Args{"slot": string(slot)})
	return err
}

func deadSlots(ctx context.Context, q sqlite.Querier) ([]vault.SlotID, error) {
	rows, err := q.Query(ctx, `
SELECT slot
FROM dead_slots`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (vault.SlotID, error) {
		var slot vault.SlotID
		return slot, rows.Scan(&slot)
	})
}

func forgetSlot(ctx context.Context, q sqlite.Querier, slot vault.SlotID) error {
	_, err := q.Exec(ctx, `
DELETE FROM dead_slots
WHERE slot = @slot`, sqlite.Args{"slot": string(slot)})
	return err
}

// dropSlots takes all passwords but those of the kept slots, and all sessions.
func dropSlots(ctx context.Context, tx *sqlite.Tx, kept []vault.SlotID, now int64) error {
	list, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
DELETE FROM dead_slots
WHERE slot NOT IN (SELECT value FROM json_each(@kept))`, sqlite.Args{"kept": string(list)}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
UPDATE people
SET slot = '', temporary_until = NULL, updated_at = @now, version = version + 1
WHERE slot <> '' AND slot NOT IN (SELECT value FROM json_each(@kept))`, sqlite.Args{"kept": string(list), "now": now})
	return err
}

// buryStrangers notes the slots that are no active person's as dead and returns
// how many they are.
func buryStrangers(ctx context.Context, tx *sqlite.Tx, there []vault.SlotID) (int, error) {
	list, err := json.Marshal(there)
	if err != nil {
		return 0, err
	}
	args := sqlite.Args{"there": string(list)}
	if _, err := tx.Exec(ctx, `
INSERT INTO dead_slots (slot)
SELECT value
FROM json_each(@there)
WHERE value NOT IN (SELECT slot FROM people WHERE status = 'active')
ON CONFLICT DO NOTHING`, args); err != nil {
		return 0, err
	}
	var n int
	err = tx.QueryRow(ctx, `
SELECT count(*)
FROM dead_slots
WHERE slot IN (SELECT value FROM json_each(@there))`, args).Scan(&n)
	return n, err
}

func peopleWithoutPassword(ctx context.Context, q sqlite.Querier) ([]Person, error) {
	rows, err := q.Query(ctx, `
SELECT `+personColumns+`
FROM people p
WHERE p.status = 'active' AND p.slot = ''
ORDER BY p.name, p.id`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Person, error) { return scanPerson(rows) })
}
