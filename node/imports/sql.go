package imports

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"casehub/internal/sqlite"
)

// run is one row of import_runs.
type run struct {
	id         int64
	instance   string
	mapping    string
	mapHash    string
	sourceName string
	sourceHash string
	actor      string
	startedAt  time.Time
	office     string   // to which new clients and cases belong, "" for none; not saved
	files      []string // that the records stand in
}

// runningRun returns the unfinished run with the same source, content and
// mapping, or 0.
func runningRun(ctx context.Context, q sqlite.Querier, r run) (id int64, startedAt time.Time, err error) {
	var at int64
	err = q.QueryRow(ctx, `
SELECT id, started_at
FROM import_runs
WHERE instance = @instance AND status = 'running' AND mapping_hash = @mapping AND source_hash = @source AND source_hash <> ''`, sqlite.Args{
		"instance": r.instance, "mapping": r.mapHash, "source": r.sourceHash,
	}).Scan(&id, &at)
	if errors.Is(err, sqlite.ErrNoRows) {
		return 0, time.Time{}, nil
	}
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("looking for an interrupted run: %w", err)
	}
	return id, sqlite.Instant(at), nil
}

// abandonRuns ends the unfinished runs of an instance.
func abandonRuns(ctx context.Context, tx *sqlite.Tx, instance string, now time.Time) error {
	_, err := tx.Exec(ctx, `
UPDATE import_runs
SET status = 'abandoned', finished_at = @now
WHERE instance = @instance AND status = 'running'`, sqlite.Args{"instance": instance, "now": now.UnixMilli()})
	return err
}

// insertRun begins a run and returns its number.
func insertRun(ctx context.Context, tx *sqlite.Tx, r run) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `
INSERT INTO import_runs (instance, mapping, mapping_hash, source_name, source_hash, files, status, actor, started_at)
VALUES (@instance, @mapping, @mapping_hash, @source_name, @source_hash, @files, 'running', @actor, @started)
RETURNING id`, sqlite.Args{
		"instance": r.instance, "mapping": r.mapping, "mapping_hash": r.mapHash, "source_name": r.sourceName,
		"source_hash": r.sourceHash, "files": sqlite.List(r.files), "actor": r.actor, "started": r.startedAt.UnixMilli(),
	}).Scan(&id)
	return id, err
}

// finishRun ends a run with its report.
func finishRun(ctx context.Context, tx *sqlite.Tx, id int64, now time.Time, report []byte) error {
	_, err := tx.Exec(ctx, `
UPDATE import_runs
SET status = 'done', finished_at = @now, report = @report
WHERE id = @id`, sqlite.Args{"id": id, "now": now.UnixMilli(), "report": string(report)})
	return err
}

// selectRuns returns a run by its number, or for 0 the newest runs, newest first.
func selectRuns(ctx context.Context, q sqlite.Querier, id int64, limit int) ([]PastRun, error) {
	rows, err := q.Query(ctx, `
SELECT id, instance, mapping, source_name, status, actor, started_at, coalesce(finished_at, 0), coalesce(undone_at, 0), report
FROM import_runs
WHERE @id IN (0, id)
ORDER BY id DESC
LIMIT @limit`, sqlite.Args{"id": id, "limit": limit})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (PastRun, error) {
		var p PastRun
		var started, finished, undone int64
		var report string
		err := rows.Scan(&p.ID, &p.Instance, &p.Mapping, &p.Source, &p.Status, &p.Actor, &started, &finished, &undone, &report)
		if err == nil && report != "" {
			err = json.Unmarshal([]byte(report), &p.Report)
		}
		p.StartedAt, p.FinishedAt = sqlite.Instant(started), sqlite.Instant(finished)
		if undone != 0 {
			p.UndoneAt = sqlite.Instant(undone)
		}
		return p, err
	})
}

// known is what the node remembers of a record imported before.
type known struct {
	contentHash []byte
	fieldHashes []byte
	firstRun    int64
	lastRun     int64
	gone        bool
	goneRun     int64 // 0 while it is there
	mapping     string
	version     int    // of the record when an import wrote it last
	local       string // identifier of the record
	linked      bool   // the record was there before
}

// hasAny reports whether anything of a stream was imported before.
func hasAny(ctx context.Context, q sqlite.Querier, instance, stream string) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM (SELECT 1 FROM import_xref WHERE instance = @instance AND stream = @stream LIMIT 1)`, sqlite.Args{
		"instance": instance, "stream": stream,
	}).Scan(&n)
	return n > 0, err
}

// knownByKey returns what is known by some keys of a stream.
func knownByKey(ctx context.Context, q sqlite.Querier, instance, stream string, keys []string) (map[string]known, error) {
	rows, err := q.Query(ctx, `
SELECT source_key, content_hash, field_hashes, first_run, last_run, coalesce(gone_run, 0), mapping, version, local_id, linked
FROM import_xref
WHERE instance = @instance AND stream = @stream AND source_key IN (SELECT value FROM json_each(@keys))`, sqlite.Args{
		"instance": instance, "stream": stream, "keys": sqlite.List(keys),
	})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]known{}
	for rows.Next() {
		var key string
		var k known
		if err := rows.Scan(&key, &k.contentHash, &k.fieldHashes, &k.firstRun, &k.lastRun, &k.goneRun, &k.mapping, &k.version, &k.local, &k.linked); err != nil {
			return nil, err
		}
		k.gone = k.goneRun != 0
		all[key] = k
	}
	return all, rows.Err()
}

// insertXref remembers a record that was created.
func insertXref(ctx context.Context, tx *sqlite.Tx, r run, s *stream, key, id string, hash [32]byte, fields []byte) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO import_xref (instance, stream, source_key, entity, local_id, content_hash, field_hashes, mapping, first_run, last_run)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)`,
		r.instance, s.name, key, s.to.name, id, hash[:], fields, r.mapping, r.id)
	return err
}

// insertLink remembers a record that was there before.
func insertLink(ctx context.Context, tx *sqlite.Tx, r run, s *stream, key, id string, version int, hash [32]byte, fields []byte) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO import_xref (instance, stream, source_key, entity, local_id, content_hash, field_hashes, mapping, first_run, last_run, version, linked)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, 1)`,
		r.instance, s.name, key, s.to.name, id, hash[:], fields, r.mapping, r.id, version)
	return err
}

// updateXref remembers the newest values of a record; version is that which they left it
// at, 0 where it did not change by them.
func updateXref(ctx context.Context, tx *sqlite.Tx, r run, s *stream, key string, version int, hash [32]byte, fields []byte) error {
	_, err := tx.ExecArgs(ctx, `
UPDATE import_xref
SET content_hash = ?4, field_hashes = ?5, mapping = ?6, last_run = ?7, version = iif(?8 = 0, version, ?8), gone_run = NULL
WHERE instance = ?1 AND stream = ?2 AND source_key = ?3`,
		r.instance, s.name, key, hash[:], fields, r.mapping, r.id, version)
	return err
}

// moveXrefs takes along the other keys of a client whom an import changes by one of them:
// where nobody but imports had changed the record, it is so still. Of other records there
// is one key.
func moveXrefs(ctx context.Context, tx *sqlite.Tx, entity, id string, from, to int) error {
	if entity != toClient {
		return nil
	}
	_, err := tx.ExecArgs(ctx, `
UPDATE import_xref
SET version = ?3
WHERE local_id = ?1 AND version = ?2 AND entity = 'client'`, id, from, to)
	return err
}

// createdBy counts the records of a stream that a run created.
func createdBy(ctx context.Context, q sqlite.Querier, r run, s *stream) (int64, error) {
	var n int64
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM import_xref
WHERE instance = @instance AND stream = @stream AND first_run = @run`, sqlite.Args{
		"instance": r.instance, "stream": s.name, "run": r.id,
	}).Scan(&n)
	return n, err
}

// eachKey calls fn with the keys of a stream, and their records, that are not gone, or went with
// the run given.
func eachKey(ctx context.Context, q sqlite.Querier, instance, stream string, run int64, fn func(key, id string)) error {
	rows, err := q.Query(ctx, `
SELECT source_key, local_id
FROM import_xref
WHERE instance = @instance AND stream = @stream AND (gone_run IS NULL OR gone_run = @run)`, sqlite.Args{
		"instance": instance, "stream": stream, "run": run,
	})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key, id string
		if err := rows.Scan(&key, &id); err != nil {
			return err
		}
		fn(key, id)
	}
	return rows.Err()
}

// markGone flags a record that the source has no more. The node keeps it.
func markGone(ctx context.Context, tx *sqlite.Tx, r run, stream, key string) error {
	_, err := tx.ExecArgs(ctx, `
UPDATE import_xref
SET gone_run = ?4
WHERE instance = ?1 AND stream = ?2 AND source_key = ?3 AND gone_run IS NULL`, r.instance, stream, key, r.id)
	return err
}

// openProblems returns the records of an instance that have open entries in
// quarantine, with whether one of them held the record back.
func openProblems(ctx context.Context, q sqlite.Querier, instance string) (map[string]bool, error) {
	rows, err := q.Query(ctx, `
SELECT stream, source_key, max(severity = 'error')
FROM import_quarantine
WHERE instance = @instance AND status = 'open'
GROUP BY stream, source_key`, sqlite.Args{"instance": instance})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var stream, key string
		var held bool
		if err := rows.Scan(&stream, &key, &held); err != nil {
			return nil, err
		}
		all[stream+keySeparator+key] = held
	}
	return all, rows.Err()
}

// resolveProblems settles the open entries about a record. Neither the row stays that
// was held back, nor what somebody typed over it.
func resolveProblems(ctx context.Context, tx *sqlite.Tx, r run, stream, key string) error {
	_, err := tx.ExecArgs(ctx, `
UPDATE import_quarantine
SET status = 'resolved', last_run = ?4, source_row = '', mended = ''
WHERE instance = ?1 AND stream = ?2 AND source_key = ?3 AND status = 'open'`, r.instance, stream, key, r.id)
	return err
}

// resolveOthers settles the open entries about a record that is held back again for
// other reasons than before.
func resolveOthers(ctx context.Context, tx *sqlite.Tx, r run, stream string, s *step) error {
	var still []string
	for _, p := range s.problems {
		still = append(still, p.field+" "+string(p.code))
	}
	_, err := tx.ExecArgs(ctx, `
UPDATE import_quarantine
SET status = 'resolved', last_run = ?4, source_row = '', mended = ''
WHERE instance = ?1 AND stream = ?2 AND source_key = ?3 AND status = 'open' AND field || ' ' || code NOT IN (SELECT value FROM json_each(?5))`,
		r.instance, stream, s.key, r.id, sqlite.List(still))
	return err
}

// saveProblem puts an entry into quarantine. One that is there already and says
// the same is left as it is.
func saveProblem(ctx context.Context, tx *sqlite.Tx, r run, stream string, s *step, p problem) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO import_quarantine (instance, stream, source_key, field, code, severity, file, sheet, row_number, source_column,
    raw_excerpt, source_row, status, first_run, last_run)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?13, 'open', ?12, ?12)
ON CONFLICT (instance, stream, source_key, field, code) DO UPDATE
SET severity = excluded.severity, file = excluded.file, sheet = excluded.sheet, row_number = excluded.row_number,
    source_column = excluded.source_column, raw_excerpt = excluded.raw_excerpt, source_row = excluded.source_row, status = 'open', last_run = excluded.last_run
WHERE status <> 'open' OR severity <> excluded.severity OR file <> excluded.file OR sheet <> excluded.sheet
    OR row_number <> excluded.row_number OR source_column <> excluded.source_column OR raw_excerpt <> excluded.raw_excerpt OR source_row <> excluded.source_row`,
		r.instance, stream, s.key, p.field, string(p.code), p.severity(), s.loc.File, s.loc.Sheet, s.loc.Row, p.column, excerpt(p.raw), r.id, p.row)
	return err
}

// conflictsOf returns the fields that a run found changed on both sides.
func conflictsOf(ctx context.Context, q sqlite.Querier, r run) (map[string][]string, error) {
	rows, err := q.Query(ctx, `
SELECT stream, source_key, field
FROM import_quarantine
WHERE instance = @instance AND last_run = @run AND code = 'conflict_local_edit' AND status = 'open'
ORDER BY stream, source_key, field`, sqlite.Args{"instance": r.instance, "run": r.id})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string][]string{}
	for rows.Next() {
		var stream, key, field string
		if err := rows.Scan(&stream, &key, &field); err != nil {
			return nil, err
		}
		all[stream+keySeparator+key] = append(all[stream+keySeparator+key], field)
	}
	return all, rows.Err()
}

// filesOfRun are the files that the records of a run stand in.
const filesOfRun = `(SELECT f.value FROM import_runs r, json_each(r.files) f WHERE r.id = @run)`

// filesBefore lists the files of the runs from which a live source is read on, where it
// is, and of a run whose held rows are read.
func filesBefore(ctx context.Context, q sqlite.Querier, instance string, on bool, mends int64) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT DISTINCT f.value
FROM import_runs r, json_each(r.files) f
WHERE r.id = @mends OR @on AND r.id IN (SELECT run_id FROM import_cursors WHERE instance = @instance)`, sqlite.Args{
		"instance": instance, "on": on, "mends": mends,
	})
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (file string, err error) { return file, rows.Scan(&file) })
}

// eachHeld calls fn with the open entries about the files that a run read, by
// their place. Entries of later runs of files of these names are left out.
func eachHeld(ctx context.Context, q sqlite.Querier, p PastRun, fn func(Held) error) error {
	rows, err := q.Query(ctx, `
SELECT stream, source_key, field, code, severity, file, sheet, row_number, source_column, raw_excerpt
FROM import_quarantine
WHERE instance = @instance AND file IN `+filesOfRun+` AND first_run <= @run AND status = 'open'
ORDER BY file, sheet, row_number, stream, field, code`, sqlite.Args{"instance": p.Instance, "run": p.ID})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		h, err := scanHeld(rows)
		if err != nil {
			return err
		}
		if err := fn(h); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanHeld(rows *sql.Rows) (Held, error) {
	var h Held
	err := rows.Scan(&h.Stream, &h.Key, &h.Field, &h.Code, &h.Severity, &h.Loc.File, &h.Loc.Sheet, &h.Loc.Row, &h.Column, &h.Raw)
	return h, err
}

// insertSecret keeps the secret of aggregate imports where there is none yet.
func insertSecret(ctx context.Context, tx *sqlite.Tx, secret []byte) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO import_secret (id, secret)
VALUES (1, ?1)
ON CONFLICT DO NOTHING`, secret)
	return err
}

// readSecret returns the secret of aggregate imports, or another where there is none.
func readSecret(ctx context.Context, q sqlite.Querier, other []byte) ([]byte, error) {
	var secret []byte
	err := q.QueryRow(ctx, `
SELECT secret
FROM import_secret`, nil).Scan(&secret)
	if errors.Is(err, sqlite.ErrNoRows) {
		return other, nil
	}
	return secret, err
}
