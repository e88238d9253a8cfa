package imports

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"casehub/internal/sqlite"
)

// namedRuns returns the runs of files, the oldest first.
func namedRuns(ctx context.Context, tx *sqlite.Tx, before time.Time) ([]namedRun, error) {
	rows, err := tx.Query(ctx, `
SELECT id, instance, source_name, files, report, coalesce(finished_at < @before, 0)
FROM import_runs
WHERE source_hash <> ''
ORDER BY id`, sqlite.Args{"before": before.UnixMilli()})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (namedRun, error) {
		var r namedRun
		var files string
		err := rows.Scan(&r.id, &r.instance, &r.source, &files, &r.report, &r.old)
		if err == nil {
			err = json.Unmarshal([]byte(files), &r.files)
		}
		if r.source != "" && !slices.Contains(r.files, r.source) {
			r.files = append(r.files, r.source)
		}
		return r, err
	})
}

// updateNames saves a run with the names of its files, and its report.
func updateNames(ctx context.Context, tx *sqlite.Tx, r namedRun) error {
	_, err := tx.ExecArgs(ctx, `
UPDATE import_runs
SET source_name = ?2, files = ?3, report = ?4
WHERE id = ?1`, r.id, r.source, sqlite.List(r.files), r.report)
	return err
}

// updateHeldFile gives a file another name in what was held back of it.
func updateHeldFile(ctx context.Context, tx *sqlite.Tx, instance, name, to string) error {
	_, err := tx.ExecArgs(ctx, `
UPDATE import_quarantine
SET file = ?3
WHERE instance = ?1 AND file = ?2`, instance, name, to)
	return err
}
