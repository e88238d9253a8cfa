package people

import (
	"context"
	"database/sql"
	"time"

	"casehub/internal/sqlite"
)

const sessionColumns = `s.id, s.person_id, p.name, p.login, p.language, s.stage, s.tries, s.locked,
    s.source, s.device, s.created_at, s.seen_at, s.ends_at, p.temporary_until, o.lock_minutes,
    EXISTS (SELECT 1 FROM authenticators a WHERE a.person_id = p.id AND a.confirmed_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM passkeys k WHERE k.person_id = p.id),
    p.enrol_again OR EXISTS (SELECT 1 FROM positions h JOIN required_factors f ON f.role = h.role WHERE h.person_id = p.id)`

func scanSession(row scanner) (Session, error) {
	var v Session
	var created, seen, ends, temporary sql.NullInt64
	var minutes int
	err := row.Scan(&v.ID, &v.Person, &v.Name, &v.Login, &v.Language, &v.stage, &v.tries, &v.locked, &v.Source, &v.Device,
		&created, &seen, &ends, &temporary, &minutes, &v.HasFactor, &v.needsFactor)
	v.CreatedAt, v.SeenAt, v.EndsAt, v.temporary = sqlite.Instant(created.Int64), sqlite.Instant(seen.Int64), sqlite.Instant(ends.Int64), sqlite.Instant(temporary.Int64)
	v.lockAfter = time.Duration(minutes) * time.Minute
	return v, err
}

func sessionByToken(ctx context.Context, q sqlite.Querier, sum []byte) (Session, error) {
	v, err := scanSession(q.QueryRow(ctx, `
SELECT `+sessionColumns+`
FROM sessions s
JOIN people p ON p.id = s.person_id
JOIN organisation o ON o.id = 1
WHERE s.token = @token AND p.status = 'active'`, sqlite.Args{"token": sum}))
	return v, found(err)
}

func sessionsOf(ctx context.Context, q sqlite.Querier, id ID, now time.Time) ([]Session, error) {
	rows, err := q.Query(ctx, `
SELECT `+sessionColumns+`
FROM sessions s
JOIN people p ON p.id = s.person_id
JOIN organisation o ON o.id = 1
WHERE s.person_id = @person AND s.ends_at > @now AND s.stage = 'full'
ORDER BY s.seen_at DESC, s.id`, sqlite.Args{"person": string(id), "now": now.UnixMilli()})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Session, error) { return scanSession(rows) })
}

func insertSession(ctx context.Context, tx *sqlite.Tx, v Session, sum []byte) error {
	_, err := tx.Exec(ctx, `
INSERT INTO sessions (id, token, person_id, stage, source, device, created_at, seen_at, ends_at)
VALUES (@id, @token, @person, @stage, @source, @device, @created, @seen, @ends)`, sqlite.Args{
		"id": v.ID, "token": sum, "person": string(v.Person), "stage": v.stage, "source": v.Source, "device": v.Device,
		"created": v.CreatedAt.UnixMilli(), "seen": v.SeenAt.UnixMilli(), "ends": v.EndsAt.UnixMilli(),
	})
	return err
}

// renewSession opens a session under another token.
func renewSession(ctx context.Context, tx *sqlite.Tx, id string, sum []byte, now, ends time.Time) error {
	n, err := tx.Exec(ctx, `
UPDATE sessions
SET token = @token, stage = 'full', tries = 0, locked = 0, seen_at = @now, ends_at = @ends
WHERE id = @id`, sqlite.Args{"id": id, "token": sum, "now": now.UnixMilli(), "ends": ends.UnixMilli()})
	return one(n, err, ErrNoSession)
}

func lockSession(ctx context.Context, q sqlite.Querier, id string) error {
	_, err := q.Exec(ctx, `
UPDATE sessions
SET locked = 1
WHERE id = @id AND stage = 'full'`, sqlite.Args{"id": id})
	return err
}

// touchSession notes a request, unless the session was locked meanwhile.
func touchSession(ctx context.Context, q sqlite.Querier, id string, now time.Time) error {
	_, err := q.Exec(ctx, `
UPDATE sessions
SET seen_at = max(seen_at, @now)
WHERE id = @id AND locked = 0`, sqlite.Args{"id": id, "now": now.UnixMilli()})
	return err
}

// countTry counts a second factor that was wrong and ends the session at the last.
func countTry(ctx context.Context, tx *sqlite.Tx, id string) error {
	if _, err := tx.Exec(ctx, `
UPDATE sessions
SET tries = tries + 1
WHERE id = @id`, sqlite.Args{"id": id}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
DELETE FROM sessions
WHERE id = @id AND tries >= @most`, sqlite.Args{"id": id, "most": factorTries})
	return err
}

func deleteToken(ctx context.Context, tx *sqlite.Tx, sum []byte) error {
	_, err := tx.Exec(ctx, `
DELETE FROM sessions
WHERE token = @token`, sqlite.Args{"token": sum})
	return err
}

func deleteSession(ctx context.Context, tx *sqlite.Tx, person ID, id string) error {
	_, err := tx.Exec(ctx, `
DELETE FROM sessions
WHERE id = @id AND person_id = @person`, sqlite.Args{"id": id, "person": string(person)})
	return err
}

// deleteSessionsOf ends the sessions of a person but one; "" for all.
func deleteSessionsOf(ctx context.Context, tx *sqlite.Tx, person ID, but string) error {
	_, err := tx.Exec(ctx, `
DELETE FROM sessions
WHERE person_id = @person AND id <> @but`, sqlite.Args{"person": string(person), "but": but})
	return err
}

// deleteOldSessions keeps the newest sessions of a person.
func deleteOldSessions(ctx context.Context, tx *sqlite.Tx, person ID, keep int) error {
	_, err := tx.Exec(ctx, `
DELETE FROM sessions
WHERE person_id = @person AND id NOT IN (
    SELECT id
    FROM sessions
    WHERE person_id = @person
    ORDER BY created_at DESC, id DESC
    LIMIT @keep)`, sqlite.Args{"person": string(person), "keep": keep})
	return err
}

// deleteEndedSessions removes what ended before an instant.
func deleteEndedSessions(ctx context.Context, q sqlite.Querier, before time.Time) error {
	_, err := q.Exec(ctx, `
DELETE FROM sessions
WHERE ends_at < @before`, sqlite.Args{"before": before.UnixMilli()})
	return err
}

func deleteSessions(ctx context.Context, tx *sqlite.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM sessions`, nil)
	return err
}

// deleteFactors takes everybody's second factors away and notes who has to set one
// up anew. The browsers that are known go too.
func deleteFactors(ctx context.Context, tx *sqlite.Tx) error {
	for _, statement := range []string{
		`
UPDATE people
SET enrol_again = 1
WHERE id IN (SELECT person_id FROM authenticators WHERE confirmed_at IS NOT NULL UNION SELECT person_id FROM passkeys)`,
		`DELETE FROM authenticators`,
		`DELETE FROM recovery_codes`,
		`DELETE FROM passkeys`,
		`DELETE FROM known_devices`,
	} {
		if _, err := tx.Exec(ctx, statement, nil); err != nil {
			return err
		}
	}
	return nil
}

// enrolled notes that somebody has a second factor again.
func enrolled(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.Exec(ctx, `
UPDATE people
SET enrol_again = 0
WHERE id = @id`, sqlite.Args{"id": string(id)})
	return err
}

func hasFactor(ctx context.Context, q sqlite.Querier, id ID) (bool, error) {
	var has bool
	err := q.QueryRow(ctx, `
SELECT EXISTS (SELECT 1 FROM authenticators WHERE person_id = @person AND confirmed_at IS NOT NULL)
    OR EXISTS (SELECT 1 FROM passkeys WHERE person_id = @person)`, sqlite.Args{"person": string(id)}).Scan(&has)
	return has, err
}

// deleteFactorsOf takes all second factors of a person away.
func deleteFactorsOf(ctx context.Context, tx *sqlite.Tx, id ID) error {
	for _, statement := range []string{
		`DELETE FROM authenticators WHERE person_id = @person`,
		`DELETE FROM recovery_codes WHERE person_id = @person`,
		`DELETE FROM passkeys WHERE person_id = @person`,
	} {
		if _, err := tx.Exec(ctx, statement, sqlite.Args{"person": string(id)}); err != nil {
			return err
		}
	}
	return nil
}
