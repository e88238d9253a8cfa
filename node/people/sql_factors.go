package people

import (
	"context"
	"database/sql"
	"time"

	"casehub/internal/sqlite"
)

func authenticatorOf(ctx context.Context, q sqlite.Querier, id ID) (authenticator, error) {
	var a authenticator
	var made sql.NullInt64
	err := q.QueryRow(ctx, `
SELECT secret, confirmed_at IS NOT NULL, last_step, created_at
FROM authenticators
WHERE person_id = @person`, sqlite.Args{"person": string(id)}).Scan(&a.secret, &a.confirmed, &a.lastStep, &made)
	a.made = sqlite.Instant(made.Int64)
	return a, found(err)
}

func insertAuthenticator(ctx context.Context, tx *sqlite.Tx, id ID, a authenticator, now time.Time) error {
	_, err := tx.Exec(ctx, `
INSERT INTO authenticators (person_id, secret, created_at)
VALUES (@person, @secret, @now)`, sqlite.Args{"person": string(id), "secret": a.secret, "now": now.UnixMilli()})
	return err
}

func confirmAuthenticator(ctx context.Context, tx *sqlite.Tx, id ID, step int64, now time.Time) error {
	n, err := tx.Exec(ctx, `
UPDATE authenticators
SET confirmed_at = @now, last_step = @step
WHERE person_id = @person AND confirmed_at IS NULL`, sqlite.Args{"person": string(id), "step": step, "now": now.UnixMilli()})
	return one(n, err, errNoAuthenticator)
}

// useStep spends the code of an interval, once.
func useStep(ctx context.Context, tx *sqlite.Tx, id ID, step int64) error {
	n, err := tx.Exec(ctx, `
UPDATE authenticators
SET last_step = @step
WHERE person_id = @person AND last_step < @step`, sqlite.Args{"person": string(id), "step": step})
	return one(n, err, ErrWrongFactor)
}

func deleteAuthenticator(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.Exec(ctx, `
DELETE FROM authenticators
WHERE person_id = @person`, sqlite.Args{"person": string(id)})
	return err
}

func countRecoveryCodes(ctx context.Context, q sqlite.Querier, id ID) (int, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM recovery_codes
WHERE person_id = @person`, sqlite.Args{"person": string(id)}).Scan(&n)
	return n, err
}

func insertRecoveryCode(ctx context.Context, tx *sqlite.Tx, id ID, sum []byte) error {
	_, err := tx.Exec(ctx, `
INSERT INTO recovery_codes (person_id, code)
VALUES (@person, @code)`, sqlite.Args{"person": string(id), "code": sum})
	return err
}

func deleteRecoveryCode(ctx context.Context, tx *sqlite.Tx, id ID, sum []byte) (int64, error) {
	return tx.Exec(ctx, `
DELETE FROM recovery_codes
WHERE person_id = @person AND code = @code`, sqlite.Args{"person": string(id), "code": sum})
}

func deleteRecoveryCodes(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.Exec(ctx, `
DELETE FROM recovery_codes
WHERE person_id = @person`, sqlite.Args{"person": string(id)})
	return err
}

func passkeysOf(ctx context.Context, q sqlite.Querier, id ID) ([]Passkey, error) {
	rows, err := q.Query(ctx, `
SELECT id, name, host, credential, created_at, used_at
FROM passkeys
WHERE person_id = @person
ORDER BY created_at, id`, sqlite.Args{"person": string(id)})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Passkey, error) {
		var k Passkey
		var created, used sql.NullInt64
		err := rows.Scan(&k.ID, &k.Name, &k.Host, &k.credential, &created, &used)
		k.CreatedAt, k.UsedAt = sqlite.Instant(created.Int64), sqlite.Instant(used.Int64)
		return k, err
	})
}

func insertPasskey(ctx context.Context, tx *sqlite.Tx, person ID, k Passkey, credentialID []byte) error {
	n, err := tx.Exec(ctx, `
INSERT INTO passkeys (id, person_id, name, host, credential_id, credential, created_at)
VALUES (@id, @person, @name, @host, @credential_id, @credential, @created)
ON CONFLICT (credential_id) DO NOTHING`, sqlite.Args{
		"id": k.ID, "person": string(person), "name": k.Name, "host": k.Host,
		"credential_id": credentialID, "credential": k.credential, "created": k.CreatedAt.UnixMilli(),
	})
	return one(n, err, ErrPasskey)
}

// usePasskey saves the counter of a key after it was used.
func usePasskey(ctx context.Context, tx *sqlite.Tx, person ID, credentialID []byte, credential string, now time.Time) error {
	n, err := tx.Exec(ctx, `
UPDATE passkeys
SET credential = @credential, used_at = @now
WHERE credential_id = @id AND person_id = @person`, sqlite.Args{
		"id": credentialID, "person": string(person), "credential": credential, "now": now.UnixMilli(),
	})
	return one(n, err, ErrWrongFactor)
}

func deletePasskey(ctx context.Context, tx *sqlite.Tx, person ID, id string) error {
	n, err := tx.Exec(ctx, `
DELETE FROM passkeys
WHERE id = @id AND person_id = @person`, sqlite.Args{"id": id, "person": string(person)})
	return one(n, err, ErrNotFound)
}
