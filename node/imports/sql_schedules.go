package imports

import (
	"context"
	"database/sql"
	"errors"

	"casehub/internal/sqlite"
)

// selectSchedules lists the schedules by their instances.
func selectSchedules(ctx context.Context, q sqlite.Querier) ([]Schedule, error) {
	rows, err := q.Query(ctx, `
SELECT s.id, s.instance, m.text, s.mapping_hash, coalesce(s.every_hours, 0), coalesce(s.at_minute, 0), s.active, s.actor, s.active_from, s.version
FROM import_schedules s
JOIN import_mappings m ON m.hash = s.mapping_hash
ORDER BY s.instance`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (s Schedule, err error) {
		var from int64
		err = rows.Scan(&s.ID, &s.Instance, &s.Mapping, &s.hash, &s.Hours, &s.AtMinute, &s.Active, &s.person, &from, &s.Version)
		s.from = sqlite.Instant(from)
		return s, err
	})
}

// jobsLooked is how many of the newest jobs of each schedule are looked at.
const jobsLooked = 12

// selectScheduled returns the newest jobs of each schedule, the newest first, without
// their mappings and reports.
func selectScheduled(ctx context.Context, q sqlite.Querier) (map[int64][]JobState, error) {
	rows, err := q.Query(ctx, `
WITH ranked AS (
    SELECT j.*, row_number() OVER (PARTITION BY j.schedule_id ORDER BY j.id DESC) AS place
    FROM import_jobs j
    WHERE j.schedule_id IS NOT NULL
)
SELECT id, instance, '', upload, source_name, dry_run, accept, coalesce(mends, 0), schedule_id, status, coalesce(run_id, 0), '', failure, actor, started_at, coalesce(ended_at, 0)
FROM ranked
WHERE place <= @most
ORDER BY schedule_id, id DESC`, sqlite.Args{"most": jobsLooked})
	list, err := sqlite.Collect(rows, err, scanJob)
	all := map[int64][]JobState{}
	for _, j := range list {
		all[j.Schedule] = append(all[j.Schedule], j)
	}
	return all, err
}

// selectScheduledHeld returns, of each schedule whose runs brought rows into quarantine
// that are still there, the newest such run.
func selectScheduledHeld(ctx context.Context, q sqlite.Querier) (map[int64]int64, error) {
	rows, err := q.Query(ctx, `
SELECT j.schedule_id, max(j.run_id)
FROM import_jobs j
WHERE j.schedule_id IS NOT NULL AND j.run_id IS NOT NULL
    AND EXISTS (
        SELECT 1
        FROM import_quarantine q
        WHERE q.instance = j.instance AND q.status = 'open' AND q.severity = 'error' AND j.run_id IN (q.first_run, q.last_run)
    )
GROUP BY j.schedule_id`, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[int64]int64{}
	for rows.Next() {
		var schedule, run int64
		if err := rows.Scan(&schedule, &run); err != nil {
			return nil, err
		}
		all[schedule] = run
	}
	return all, rows.Err()
}

// scheduleOf returns the schedule of an instance, 0 for none.
func scheduleOf(ctx context.Context, q sqlite.Querier, instance string) (int64, error) {
	var id int64
	err := q.QueryRow(ctx, `
SELECT id
FROM import_schedules
WHERE instance = @instance`, sqlite.Args{"instance": instance}).Scan(&id)
	if errors.Is(err, sqlite.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// schedulerOf returns who set up a schedule, "" for one that is not there any more.
func schedulerOf(ctx context.Context, q sqlite.Querier, schedule int64) (string, error) {
	var person string
	err := q.QueryRow(ctx, `
SELECT actor
FROM import_schedules
WHERE id = @id`, sqlite.Args{"id": schedule}).Scan(&person)
	if errors.Is(err, sqlite.ErrNoRows) {
		return "", nil
	}
	return person, err
}

// saveSchedule keeps a schedule and returns its number. It fails with
// ErrScheduleChanged where it was saved since it was read.
func saveSchedule(ctx context.Context, tx *sqlite.Tx, s Schedule) (int64, error) {
	args := sqlite.Args{
		"id": s.ID, "instance": s.Instance, "mapping": s.hash, "hours": s.Hours, "at": s.AtMinute, "active": s.Active,
		"actor": s.person, "from": s.from.UnixMilli(), "version": s.Version,
	}
	if s.ID == 0 {
		delete(args, "id")
		delete(args, "version")
		err := tx.QueryRow(ctx, `
INSERT INTO import_schedules (instance, mapping_hash, every_hours, at_minute, active, actor, active_from)
VALUES (@instance, @mapping, nullif(@hours, 0), iif(@hours = 0, @at, NULL), @active, @actor, @from)
RETURNING id`, args).Scan(&s.ID)
		return s.ID, err
	}
	n, err := tx.Exec(ctx, `
UPDATE import_schedules
SET instance = @instance, mapping_hash = @mapping, every_hours = nullif(@hours, 0), at_minute = iif(@hours = 0, @at, NULL),
    active = @active, actor = @actor, active_from = @from, version = version + 1
WHERE id = @id AND version = @version`, args)
	if err == nil && n == 0 {
		err = ErrScheduleChanged
	}
	return s.ID, err
}

// deleteSchedule removes a schedule; its jobs stay.
func deleteSchedule(ctx context.Context, tx *sqlite.Tx, id int64) error {
	_, err := tx.Exec(ctx, `
DELETE FROM import_schedules
WHERE id = @id`, sqlite.Args{"id": id})
	return err
}
