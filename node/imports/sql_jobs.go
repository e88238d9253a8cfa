package imports

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// insertMapping keeps the text of a mapping.
func insertMapping(ctx context.Context, tx *sqlite.Tx, hash, text string) error {
	_, err := tx.Exec(ctx, `
INSERT INTO import_mappings (hash, text)
VALUES (@hash, @text)
ON CONFLICT DO NOTHING`, sqlite.Args{"hash": hash, "text": text})
	return err
}

// replaceJobs ends the jobs of an instance that died with their process: another one
// begins.
func replaceJobs(ctx context.Context, tx *sqlite.Tx, instance string, now time.Time) error {
	return replaceOthers(ctx, tx, instance, 0, now)
}

// replaceOthers is replaceJobs but for one job.
func replaceOthers(ctx context.Context, tx *sqlite.Tx, instance string, but JobID, now time.Time) error {
	_, err := tx.Exec(ctx, `
UPDATE import_jobs
SET status = 'replaced', ended_at = @now
WHERE instance = @instance AND status = 'running' AND id <> @but`, sqlite.Args{"instance": instance, "but": but, "now": now.UnixMilli()})
	return err
}

// jobsKept is how many jobs of a schedule are kept: those of some weeks.
const jobsKept = 200

// forgetJobs removes the oldest jobs of a schedule. Their runs stay.
func forgetJobs(ctx context.Context, tx *sqlite.Tx, schedule int64) error {
	_, err := tx.Exec(ctx, `
DELETE FROM import_jobs
WHERE schedule_id = @schedule AND status <> 'running' AND id <= (
    SELECT id
    FROM import_jobs
    WHERE schedule_id = @schedule
    ORDER BY id DESC
    LIMIT 1 OFFSET @kept
)`, sqlite.Args{"schedule": schedule, "kept": jobsKept})
	return err
}

// insertJob writes down a job that begins.
func insertJob(ctx context.Context, tx *sqlite.Tx, who actor.Actor, m *Mapping, job Job, now time.Time) (JobID, error) {
	var id JobID
	err := tx.QueryRow(ctx, `
INSERT INTO import_jobs (instance, mapping_hash, upload, source_name, dry_run, accept, mends, schedule_id, status, report, failure, actor, started_at)
VALUES (@instance, @mapping, @upload, @name, @dry, @accept, nullif(@mends, 0), nullif(@schedule, 0), 'running', '', '', @actor, @now)
RETURNING id`, sqlite.Args{
		"instance": m.Instance, "mapping": m.Hash, "upload": job.Upload, "name": job.Name, "dry": job.DryRun, "accept": job.Accept,
		"mends": job.Mends, "schedule": job.Schedule, "actor": who.String(), "now": now.UnixMilli(),
	}).Scan(&id)
	return id, err
}

// resumeJob writes down that a job goes on. It fails with ErrJobOver where it has ended
// well meanwhile.
func resumeJob(ctx context.Context, tx *sqlite.Tx, who actor.Actor, id JobID, now time.Time) error {
	n, err := tx.Exec(ctx, `
UPDATE import_jobs
SET status = 'running', ended_at = NULL, actor = @actor, started_at = @now, report = '', failure = ''
WHERE id = @id AND status IN ('running', 'stopped', 'failed')`, sqlite.Args{"id": id, "actor": who.String(), "now": now.UnixMilli()})
	if err == nil && n == 0 {
		err = ErrJobOver
	}
	return err
}

// endJob writes down what became of a job. The report of a run that ended is kept with
// the run.
func endJob(ctx context.Context, tx *sqlite.Tx, id JobID, o outcome, now time.Time) error {
	report := ""
	if len(o.report.Streams) > 0 && (o.report.Run == 0 || o.status != JobDone) {
		b, err := json.Marshal(o.report)
		if err != nil {
			return err
		}
		report = string(b)
	}
	failure, err := failureText(o.failure)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
UPDATE import_jobs
SET status = @status, ended_at = @now, report = @report, failure = @failure,
    run_id = coalesce((SELECT r.id FROM import_runs r WHERE r.id = @run), run_id)
WHERE id = @id AND status = 'running'`, sqlite.Args{
		"id": id, "status": string(o.status), "report": report, "failure": failure, "run": o.report.Run, "now": now.UnixMilli(),
	})
	return err
}

// jobsAsked narrows a list of jobs; the zero value of each field asks for all.
type jobsAsked struct {
	ID       JobID
	Running  bool // without those that ended
	Schedule int64
	Limit    int
}

// selectJobs lists jobs, newest first.
func selectJobs(ctx context.Context, q sqlite.Querier, asked jobsAsked) ([]JobState, error) {
	rows, err := q.Query(ctx, `
SELECT j.id, j.instance, m.text, j.upload, j.source_name, j.dry_run, j.accept, coalesce(j.mends, 0), coalesce(j.schedule_id, 0), j.status, coalesce(j.run_id, 0),
    coalesce(nullif(j.report, ''), r.report, ''), j.failure, j.actor, j.started_at, coalesce(j.ended_at, 0)
FROM import_jobs j
JOIN import_mappings m ON m.hash = j.mapping_hash
LEFT JOIN import_runs r ON r.id = j.run_id
WHERE @id IN (0, j.id) AND @schedule IN (0, coalesce(j.schedule_id, 0)) AND (NOT @running OR j.status = 'running')
ORDER BY j.id DESC
LIMIT @limit`, sqlite.Args{"id": asked.ID, "schedule": asked.Schedule, "running": asked.Running, "limit": asked.Limit})
	return sqlite.Collect(rows, err, scanJob)
}

func scanJob(rows *sql.Rows) (s JobState, err error) {
	var started, ended int64
	var report, failure string
	err = rows.Scan(&s.ID, &s.Instance, &s.Mapping, &s.Upload, &s.Name, &s.DryRun, &s.Accept, &s.Mends, &s.Schedule, &s.Status, &s.Run,
		&report, &failure, &s.Actor, &started, &ended)
	if err != nil {
		return s, err
	}
	s.StartedAt, s.EndedAt = sqlite.Instant(started), sqlite.Instant(ended)
	if report != "" && s.Status != JobRunning {
		s.Report = &Report{}
		if err := json.Unmarshal([]byte(report), s.Report); err != nil {
			return s, err
		}
	}
	s.Failure, err = readFailure(failure)
	s.Failure = s.named(s.Failure)
	return s, err
}

// selectRunsBefore lists runs, newest first, before a number; 0 for all.
func selectRunsBefore(ctx context.Context, q sqlite.Querier, before int64, limit int) ([]PastRun, error) {
	rows, err := q.Query(ctx, `
SELECT id, instance, mapping, source_name, status, actor, started_at, coalesce(finished_at, 0), coalesce(undone_at, 0), report
FROM import_runs
WHERE @before = 0 OR id < @before
ORDER BY id DESC
LIMIT @limit`, sqlite.Args{"before": before, "limit": limit})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (p PastRun, err error) {
		var started, finished, undone int64
		var report string
		err = rows.Scan(&p.ID, &p.Instance, &p.Mapping, &p.Source, &p.Status, &p.Actor, &started, &finished, &undone, &report)
		if err == nil && report != "" {
			err = json.Unmarshal([]byte(report), &p.Report)
		}
		p.StartedAt, p.FinishedAt, p.UndoneAt = sqlite.Instant(started), sqlite.Instant(finished), sqlite.Instant(undone)
		return p, err
	})
}

// selectMapping returns the text of the mapping of a run and what the run read, "" for
// what is not known.
func selectMapping(ctx context.Context, q sqlite.Querier, run int64) (hash, text, upload string, err error) {
	err = q.QueryRow(ctx, `
SELECT r.mapping_hash, coalesce(m.text, ''), coalesce((
    SELECT j.upload
    FROM import_jobs j
    WHERE j.run_id = r.id
    ORDER BY j.id DESC
    LIMIT 1
), '')
FROM import_runs r
LEFT JOIN import_mappings m ON m.hash = r.mapping_hash
WHERE r.id = @run`, sqlite.Args{"run": run}).Scan(&hash, &text, &upload)
	return hash, text, upload, err
}

// selectNewestRun returns the newest run that ended and counts of what a run read.
func selectNewestRun(ctx context.Context, q sqlite.Querier, p PastRun) (int64, error) {
	var id int64
	err := q.QueryRow(ctx, `
SELECT coalesce(max(id), 0)
FROM import_runs
WHERE instance = @instance AND source_name = @source AND status = 'done' AND undone_at IS NULL`, sqlite.Args{"instance": p.Instance, "source": p.Source}).Scan(&id)
	return id, err
}
