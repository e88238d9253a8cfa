package backup

import (
	"context"
	"database/sql"
	"time"

	"casehub/internal/sqlite"
)

// insertDrill returns 0 where the backup was good for a drill already.
func insertDrill(ctx context.Context, tx *sqlite.Tx, d Drill) (int64, error) {
	return tx.Exec(ctx, `
INSERT INTO backup_drills (sequence, recorded_at, person_id)
VALUES (@sequence, @at, @person)
ON CONFLICT DO NOTHING`, sqlite.Args{"sequence": d.Sequence, "at": d.At.UnixMilli(), "person": d.Person})
}

func selectLastDrill(ctx context.Context, q sqlite.Querier) (Drill, error) {
	var d Drill
	var at int64
	err := q.QueryRow(ctx, `
SELECT sequence, recorded_at, person_id
FROM backup_drills
ORDER BY recorded_at DESC, sequence DESC
LIMIT 1`, nil).Scan(&d.Sequence, &at, &d.Person)
	d.At = sqlite.Instant(at)
	return d, err
}

// selectFirstVerified is when a backup was proved for the first time; zero never.
func selectFirstVerified(ctx context.Context, q sqlite.Querier) (time.Time, error) {
	var at sql.NullInt64
	err := q.QueryRow(ctx, `
SELECT min(verified_at)
FROM backups`, nil).Scan(&at)
	return sqlite.Instant(at.Int64), err
}
