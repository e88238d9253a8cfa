package people

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"

	"casehub/internal/sqlite"
	"casehub/node/vault"
)

// Confirm asks whoever sent a request for the password again, before something
// that somebody else at an open computer must not do. It fails with
// ErrWrongPassword, which blames the field "current", and with ErrWait.
func (s *Service) Confirm(r *http.Request, password string) error {
	return s.proveAgain(r.Context(), Current(r).Person, password, source(r))
}

// Rekeyed takes note that the master key of the vault was changed and that only
// some key slots are left: the passwords of all others are gone until a director
// gives them one-time passwords, and every session ends. It returns the active
// people without a password. It belongs into the transaction that records the
// change.
func (s *Service) Rekeyed(ctx context.Context, tx *sqlite.Tx, kept []vault.SlotID) ([]Person, error) {
	if err := dropSlots(ctx, tx, kept, s.now().UnixMilli()); err != nil {
		return nil, fmt.Errorf("after a change of the keys: %w", err)
	}
	without, err := peopleWithoutPassword(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("after a change of the keys: %w", err)
	}
	return without, nil
}

// WithoutPassword returns the active people who need a one-time password from a
// director, by name.
func (s *Service) WithoutPassword(ctx context.Context) ([]Person, error) {
	return peopleWithoutPassword(ctx, s.db)
}

// dropSlots takes all passwords but those of the kept slots, and all sessions.
func dropSlots(ctx context.Context, tx *sqlite.Tx, kept []vault.SlotID, now int64) error {
	list, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
DELETE FROM sessions`, nil); err != nil {
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

func peopleWithoutPassword(ctx context.Context, q sqlite.Querier) ([]Person, error) {
	rows, err := q.Query(ctx, `
SELECT `+personColumns+`
FROM people p
WHERE p.status = 'active' AND p.slot = ''
ORDER BY p.name, p.id`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (Person, error) { return scanPerson(rows) })
}
