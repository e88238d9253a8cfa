package imports

import (
	"context"
	"encoding/json"
	"time"

	"casehub/internal/sqlite"
)

// deleteJobs removes the jobs without a schedule that ended before a moment, or that began
// before it and do not run.
func deleteJobs(ctx context.Context, tx *sqlite.Tx, before time.Time, running []JobID) error {
	but, err := json.Marshal(running)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
DELETE FROM import_jobs
WHERE schedule_id IS NULL AND coalesce(ended_at, started_at) < @before
    AND id NOT IN (SELECT value FROM json_each(@but) WHERE value IS NOT NULL)
    AND id NOT IN (SELECT job FROM import_drafts)`, sqlite.Args{"before": before.UnixMilli(), "but": string(but)})
	return err
}

// deleteMappings removes the texts of mappings that nothing reads by any more.
func deleteMappings(ctx context.Context, tx *sqlite.Tx) error {
	_, err := tx.Exec(ctx, `
DELETE FROM import_mappings
WHERE hash NOT IN (SELECT mapping_hash FROM import_jobs)
    AND hash NOT IN (SELECT mapping_hash FROM import_schedules)
    AND hash NOT IN (
        SELECT r.mapping_hash
        FROM import_runs r
        WHERE r.undone_at IS NULL AND EXISTS (
            SELECT 1
            FROM import_quarantine q
            WHERE q.instance = r.instance AND q.status = 'open'
        )
    )`, nil)
	return err
}
