package people

import (
	"context"
	"time"

	"casehub/internal/sqlite"
)

func knowsDevice(ctx context.Context, q sqlite.Querier, id ID, device []byte, since time.Time) (bool, error) {
	var known bool
	err := q.QueryRow(ctx, `
SELECT EXISTS (SELECT 1 FROM known_devices WHERE person_id = @person AND device = @device AND seen_at > @since)`, sqlite.Args{
		"person": string(id), "device": device, "since": since.UnixMilli(),
	}).Scan(&known)
	return known, err
}

func upsertDevice(ctx context.Context, tx *sqlite.Tx, id ID, device []byte, now time.Time) error {
	_, err := tx.Exec(ctx, `
INSERT INTO known_devices (person_id, device, seen_at)
VALUES (@person, @device, @now)
ON CONFLICT (person_id, device) DO UPDATE SET seen_at = @now`, sqlite.Args{"person": string(id), "device": device, "now": now.UnixMilli()})
	return err
}

// deleteOldDevices keeps the browsers that a person came in by last.
func deleteOldDevices(ctx context.Context, tx *sqlite.Tx, id ID, keep int) error {
	_, err := tx.Exec(ctx, `
DELETE FROM known_devices
WHERE person_id = @person AND device NOT IN (
    SELECT device
    FROM known_devices
    WHERE person_id = @person
    ORDER BY seen_at DESC, device
    LIMIT @keep)`, sqlite.Args{"person": string(id), "keep": keep})
	return err
}

func deleteDevicesOf(ctx context.Context, tx *sqlite.Tx, id ID) error {
	_, err := tx.Exec(ctx, `
DELETE FROM known_devices
WHERE person_id = @person`, sqlite.Args{"person": string(id)})
	return err
}

// deleteDevicesBefore forgets browsers that nobody came in by since.
func deleteDevicesBefore(ctx context.Context, q sqlite.Querier, before time.Time) error {
	_, err := q.Exec(ctx, `
DELETE FROM known_devices
WHERE seen_at <= @before`, sqlite.Args{"before": before.UnixMilli()})
	return err
}
