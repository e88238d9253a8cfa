package backup

import (
	"context"
	"database/sql"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/backup/store"
)

// settings are what the node is to its backups.
type settings struct {
	ID   store.ID
	Hour int
}

func selectSettings(ctx context.Context, q sqlite.Querier) (settings, error) {
	var s settings
	err := q.QueryRow(ctx, `
SELECT backup_id, hour
FROM backup_settings`, nil).Scan(&s.ID, &s.Hour)
	return s, err
}

// insertSettings makes the settings where there are none.
func insertSettings(ctx context.Context, q sqlite.Querier, s settings) error {
	_, err := q.Exec(ctx, `
INSERT INTO backup_settings (one, backup_id, hour)
VALUES (1, @id, @hour)
ON CONFLICT DO NOTHING`, sqlite.Args{"id": string(s.ID), "hour": s.Hour})
	return err
}

func updateHour(ctx context.Context, q sqlite.Querier, hour int) error {
	_, err := q.Exec(ctx, `UPDATE backup_settings SET hour = @hour`, sqlite.Args{"hour": hour})
	return err
}

func selectFolders(ctx context.Context, q sqlite.Querier) ([]Place, error) {
	rows, err := q.Query(ctx, `
SELECT id, path, added_at
FROM backup_folders
WHERE ended_at IS NULL
ORDER BY added_at, id`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (p Place, err error) {
		var at int64
		err = r.Scan(&p.ID, &p.Path, &at)
		p.AddedAt, p.Store = sqlite.Instant(at), store.Folder{Path: p.Path}
		return p, err
	})
}

// insertFolder adds a folder; one that is there already stays as it is.
func insertFolder(ctx context.Context, q sqlite.Querier, p Place) error {
	_, err := q.Exec(ctx, `
INSERT INTO backup_folders (id, path, added_at)
VALUES (@id, @path, @at)
ON CONFLICT DO NOTHING`, sqlite.Args{"id": p.ID, "path": p.Path, "at": p.AddedAt.UnixMilli()})
	return err
}

// endFolder returns how many folders it was.
func endFolder(ctx context.Context, q sqlite.Querier, id string, at time.Time) (int64, error) {
	return q.Exec(ctx, `
UPDATE backup_folders
SET ended_at = @at
WHERE id = @id AND ended_at IS NULL`, sqlite.Args{"id": id, "at": at.UnixMilli()})
}

// selectNewest returns the highest number that a backup has.
func selectNewest(ctx context.Context, q sqlite.Querier) (int, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT coalesce(max(sequence), 0) FROM backups`, nil).Scan(&n)
	return n, err
}

func insertBackup(ctx context.Context, q sqlite.Querier, b Backup) error {
	_, err := q.Exec(ctx, `
INSERT INTO backups (sequence, place, begun_at)
VALUES (@sequence, @place, @begun)`, sqlite.Args{"sequence": b.Sequence, "place": b.Place, "begun": b.BegunAt.UnixMilli()})
	return err
}

// updateEnded says what became of a backup.
func updateEnded(ctx context.Context, q sqlite.Querier, b Backup) error {
	_, err := q.Exec(ctx, `
UPDATE backups
SET ended_at = @ended, size = @size, verified_at = @verified, failure = @failure
WHERE sequence = @sequence`, sqlite.Args{
		"sequence": b.Sequence, "ended": b.EndedAt.UnixMilli(), "size": b.Size, "verified": sqlite.Milli(b.VerifiedAt), "failure": b.Failure,
	})
	return err
}

// updateInterrupted says of the backups that nobody works on any more why they
// did not end.
func updateInterrupted(ctx context.Context, q sqlite.Querier, code string, at time.Time) error {
	_, err := q.Exec(ctx, `
UPDATE backups
SET ended_at = @at, failure = @code
WHERE ended_at IS NULL`, sqlite.Args{"at": at.UnixMilli(), "code": code})
	return err
}

// updateRestored says that a backup was restored, though the database in it was
// copied before it ended.
func updateRestored(ctx context.Context, q sqlite.Querier, sequence int, size int64, at time.Time) error {
	_, err := q.Exec(ctx, `
UPDATE backups
SET ended_at = @at, verified_at = @at, size = @size, failure = ''
WHERE sequence = @sequence`, sqlite.Args{"sequence": sequence, "at": at.UnixMilli(), "size": size})
	return err
}

const backupColumns = `sequence, place, begun_at, coalesce(ended_at, 0), size, coalesce(verified_at, 0), failure`

func scanBackup(r *sql.Rows) (Backup, error) {
	var b Backup
	var begun, ended, verified int64
	err := r.Scan(&b.Sequence, &b.Place, &begun, &ended, &b.Size, &verified, &b.Failure)
	b.BegunAt, b.EndedAt, b.VerifiedAt = sqlite.Instant(begun), sqlite.Instant(ended), sqlite.Instant(verified)
	return b, err
}

// selectBackups returns the newest backups, the newest first.
func selectBackups(ctx context.Context, q sqlite.Querier, limit int) ([]Backup, error) {
	rows, err := q.Query(ctx, `
SELECT `+backupColumns+`
FROM backups
ORDER BY sequence DESC
LIMIT @limit`, sqlite.Args{"limit": limit})
	return sqlite.Collect(rows, err, scanBackup)
}

// selectVerified returns when a backup was last verified, at any place or at
// one; zero is never.
func selectVerified(ctx context.Context, q sqlite.Querier, place string) (time.Time, error) {
	var at int64
	err := q.QueryRow(ctx, `
SELECT coalesce(max(verified_at), 0)
FROM backups
WHERE @place IN ('', place)`, sqlite.Args{"place": place}).Scan(&at)
	return sqlite.Instant(at), err
}

// selectLast returns the newest backup of a place, the zero Backup for none.
func selectLast(ctx context.Context, q sqlite.Querier, place string) (Backup, error) {
	rows, err := q.Query(ctx, `
SELECT `+backupColumns+`
FROM backups
WHERE place = @place
ORDER BY sequence DESC
LIMIT 1`, sqlite.Args{"place": place})
	list, err := sqlite.Collect(rows, err, scanBackup)
	if err != nil || len(list) == 0 {
		return Backup{}, err
	}
	return list[0], nil
}
