package retention

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
)

// records are the identifiers of all records of cases, and of a client where
// @client is not ”: what the import and the ledger know them by. The consultation
// that became a case goes with it.
const records = `
WITH records (id) AS (
    SELECT value FROM json_each(@cases)
    UNION ALL SELECT r.id FROM referrals r WHERE r.case_id IN (SELECT value FROM json_each(@cases))
    UNION ALL SELECT m.id FROM recoveries m WHERE m.case_id IN (SELECT value FROM json_each(@cases))
    UNION ALL SELECT n.id FROM consultations n WHERE n.client_id = @client OR n.case_id IN (SELECT value FROM json_each(@cases))
    UNION ALL SELECT s.id FROM services s WHERE s.client_id = @client OR s.case_id IN (SELECT value FROM json_each(@cases))
        OR s.consultation_id IN (SELECT n.id FROM consultations n WHERE n.case_id IN (SELECT value FROM json_each(@cases)))
    UNION ALL SELECT t.id FROM turn_aways t WHERE t.client_id = @client
    UNION ALL SELECT f.id FROM complaints f WHERE f.case_id IN (SELECT value FROM json_each(@cases))
    UNION ALL SELECT v.id FROM surveys v WHERE v.case_id IN (SELECT value FROM json_each(@cases))
    UNION ALL SELECT a.id FROM answers a WHERE a.case_id IN (SELECT value FROM json_each(@cases))
    UNION ALL SELECT q.id FROM quality_checks q WHERE q.case_id IN (SELECT value FROM json_each(@cases))
)`

// selectGoing returns the records of cases, and of a client where that is not "", and
// those of some others that are not there any more. What is there and belongs to none
// of them, as a consultation that was of one of the cases once, stays.
func selectGoing(ctx context.Context, q sqlite.Querier, ids []string, client string, others []string) ([]string, error) {
	rows, err := q.Query(ctx, records+`
SELECT id FROM records
UNION
SELECT value FROM json_each(@others)
WHERE value NOT IN (SELECT id FROM consultations UNION ALL SELECT id FROM services UNION ALL SELECT id FROM turn_aways)
ORDER BY 1`, sqlite.Args{"cases": sqlite.List(ids), "client": client, "others": sqlite.List(others)})
	all, err := sqlite.Collect(rows, err, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("looking for what goes: %w", err)
	}
	return all, nil
}

// eraseCases removes cases with everything that hangs on them, and what else there
// is of a client who goes as a whole, "" for none. Each row of the ledger that was
// counted stays, without whose it was; one that waited is never counted. The walls
// before them go with the cases, when what is left of these is kept from the same
// people (leaveWalls).
func eraseCases(ctx context.Context, tx *sqlite.Tx, ids []string, client string) error {
	args := sqlite.Args{"cases": sqlite.List(ids), "client": client}
	for _, statement := range []string{
		records + `
INSERT INTO ledger_shut_out (person_id)
SELECT w.person_id
FROM walls w
WHERE w.case_id IN (SELECT value FROM json_each(@cases))
    AND EXISTS (SELECT 1 FROM ledger_events e WHERE e.source_id IN (SELECT id FROM records) AND (e.state = 'published' OR e.block IS NOT NULL))
ON CONFLICT DO NOTHING`,
		records + `
UPDATE ledger_events
SET erased = 1, client_id = ''
WHERE source_id IN (SELECT id FROM records) AND state = 'published'`,
		records + `
UPDATE ledger_events
SET erased = 1, client_id = '', code = 0, period = 0, amount_minor = 0, state = 'withdrawn'
WHERE source_id IN (SELECT id FROM records) AND state <> 'published'`,
		records + quarantined,
		records + `
DELETE FROM import_before
WHERE local_id IN (SELECT id FROM records)`,
		records + `
DELETE FROM import_xref
WHERE local_id IN (SELECT id FROM records)
    OR entity = 'document' AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = local_id)`,
		`
INSERT INTO erasure_keys (case_id)
SELECT value FROM json_each(@cases) WHERE true
ON CONFLICT DO NOTHING`,
		`
DELETE FROM emergencies
WHERE case_id IN (SELECT value FROM json_each(@cases))`,
		records + `
DELETE FROM services
WHERE id IN (SELECT id FROM records)`,
		records + `
DELETE FROM consultations
WHERE id IN (SELECT id FROM records)`,
		records + `
DELETE FROM turn_aways
WHERE id IN (SELECT id FROM records)`,
		`
DELETE FROM complaints
WHERE case_id IN (SELECT value FROM json_each(@cases))`,
		`
DELETE FROM surveys
WHERE case_id IN (SELECT value FROM json_each(@cases))`,
		`
DELETE FROM answers
WHERE case_id IN (SELECT value FROM json_each(@cases))`,
		`
DELETE FROM quality_checks
WHERE case_id IN (SELECT value FROM json_each(@cases))`,
		`
DELETE FROM recoveries
WHERE case_id IN (SELECT value FROM json_each(@cases))`,
		`
DELETE FROM referrals
WHERE case_id IN (SELECT value FROM json_each(@cases))`,
		`
DELETE FROM cases
WHERE id IN (SELECT value FROM json_each(@cases))`,
		`
DELETE FROM erasures
WHERE case_id IN (SELECT value FROM json_each(@cases))`,
	} {
		if _, err := tx.Exec(ctx, statement, args); err != nil {
			return fmt.Errorf("erasing cases: %w", err)
		}
	}
	return nil
}

// quarantined removes what an import held back of the records.
const quarantined = `
DELETE FROM import_quarantine
WHERE (instance, stream, source_key) IN (SELECT instance, stream, source_key FROM import_xref WHERE local_id IN (SELECT id FROM records))`

// eraseClient removes a client without cases.
func eraseClient(ctx context.Context, tx *sqlite.Tx, id string) error {
	args := sqlite.Args{"client": id}
	for _, statement := range []string{
		`
WITH records (id) AS (VALUES (@client))` + quarantined,
		`
DELETE FROM import_before
WHERE local_id = @client`,
		`
DELETE FROM import_xref
WHERE local_id = @client`,
		`
DELETE FROM consents
WHERE client_id = @client`,
		`
DELETE FROM restriction_openings
WHERE client_id = @client`,
		`
DELETE FROM own_data_files
WHERE client_id = @client`,
		`
DELETE FROM ledger_person_keys
WHERE client_id = @client`,
		`
DELETE FROM ledger_persons
WHERE client_id = @client`,
		`
DELETE FROM clients
WHERE id = @client`,
		`
DELETE FROM erasures
WHERE client_id = @client`,
	} {
		if _, err := tx.Exec(ctx, statement, args); err != nil {
			return fmt.Errorf("erasing a client: %w", err)
		}
	}
	return nil
}

// countScope counts what an erasure removes, and what the ledger has of it.
func countScope(ctx context.Context, q sqlite.Querier, clientID string, cases []string, v *View) error {
	if v.CaseID != "" {
		clientID = ""
	}
	err := q.QueryRow(ctx, records+`
SELECT (SELECT count(*) FROM referrals WHERE case_id IN (SELECT value FROM json_each(@cases))),
    (SELECT count(*) FROM recoveries WHERE case_id IN (SELECT value FROM json_each(@cases))),
    (SELECT count(*) FROM documents WHERE case_id IN (SELECT value FROM json_each(@cases))),
    (SELECT count(*) FROM consents WHERE client_id = @client),
    (SELECT count(*) FROM consultations WHERE id IN (SELECT id FROM records)),
    (SELECT count(*) FROM services WHERE id IN (SELECT id FROM records)),
    (SELECT count(*) FROM turn_aways WHERE id IN (SELECT id FROM records)),
    (SELECT count(*) FROM complaints WHERE id IN (SELECT id FROM records)),
    (SELECT count(*) FROM surveys WHERE id IN (SELECT id FROM records)),
    (SELECT count(*) FROM quality_checks WHERE id IN (SELECT id FROM records)),
    (SELECT count(*) FROM ledger_events WHERE source_id IN (SELECT id FROM records) AND state = 'published'),
    (SELECT count(*) FROM ledger_events WHERE source_id IN (SELECT id FROM records) AND state = 'unpublished')`, sqlite.Args{
		"cases": sqlite.List(cases), "client": clientID,
	}).Scan(&v.Referrals, &v.Recoveries, &v.Documents, &v.Consents,
		&v.Consultations, &v.Services, &v.TurnAways, &v.Complaints, &v.Answers, &v.QualityChecks, &v.Counted, &v.Uncounted)
	if err != nil {
		return fmt.Errorf("counting what would be erased: %w", err)
	}
	return nil
}

func insertTags(ctx context.Context, tx *sqlite.Tx, tags []tag) error {
	for _, t := range tags {
		if _, err := tx.ExecArgs(ctx, `
INSERT INTO erasure_journal (tag)
VALUES (?1)
ON CONFLICT DO NOTHING`, t[:]); err != nil {
			return fmt.Errorf("writing the erasure journal: %w", err)
		}
	}
	return nil
}

func selectTags(ctx context.Context, q sqlite.Querier) ([]tag, error) {
	rows, err := q.Query(ctx, `
SELECT tag
FROM erasure_journal`, nil)
	return sqlite.Collect(rows, err, scanTag)
}

// selectTagsOf returns those of some tags, written in hexadecimal, that the
// journal has.
func selectTagsOf(ctx context.Context, q sqlite.Querier, tags []string) ([]tag, error) {
	rows, err := q.Query(ctx, `
SELECT j.tag
FROM json_each(@tags) t
JOIN erasure_journal j ON j.tag = unhex(t.value)`, sqlite.Args{"tags": sqlite.List(tags)})
	return sqlite.Collect(rows, err, scanTag)
}

func scanTag(r *sql.Rows) (tag, error) {
	var b []byte
	err := r.Scan(&b)
	var t tag
	copy(t[:], b)
	return t, err
}

// standing is a wall that stands before a case.
type standing struct{ caseID, person string }

// standingWalls returns the walls that stand before cases on a day.
func standingWalls(ctx context.Context, q sqlite.Querier, cases []string, today civil.Date) ([]standing, error) {
	rows, err := q.Query(ctx, `
SELECT w.case_id, w.person_id
FROM walls w
WHERE w.case_id IN (SELECT value FROM json_each(@cases)) AND w.ended_at IS NULL AND (w.until IS NULL OR w.until >= @today)`, sqlite.Args{
		"cases": sqlite.List(cases), "today": string(today),
	})
	return sqlite.Collect(rows, err, func(r *sql.Rows) (standing, error) {
		var w standing
		return w, r.Scan(&w.caseID, &w.person)
	})
}

// found is a client, or a case of a client, that is there again.
type found struct{ client, caseID string }

// leaveWalls puts before cases that go the walls of those who stay shut out of them,
// and takes all others away: one that was ended, or whose last day is past.
func leaveWalls(ctx context.Context, tx *sqlite.Tx, ids []string, shut []standing, at time.Time) error {
	if _, err := tx.Exec(ctx, `
DELETE FROM walls
WHERE case_id IN (SELECT value FROM json_each(@cases))`, sqlite.Args{"cases": sqlite.List(ids)}); err != nil {
		return err
	}
	for _, w := range shut {
		if _, err := tx.Exec(ctx, `
INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at)
VALUES (@case || ' ' || @person, @case, @person, 'other', '', @at)`, sqlite.Args{"case": w.caseID, "person": w.person, "at": at.UnixMilli()}); err != nil {
			return err
		}
	}
	return nil
}

func selectPeople(ctx context.Context, q sqlite.Querier) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT id
FROM people`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
}

// findAgain returns clients and cases whose identifiers a function knows.
func findAgain(ctx context.Context, q sqlite.Querier, known func(kind, id string) bool) ([]found, error) {
	rows, err := q.Query(ctx, `
SELECT id, ''
FROM clients
UNION ALL
SELECT client_id, id
FROM cases`, nil)
	if err != nil {
		return nil, fmt.Errorf("looking for what was erased: %w", err)
	}
	defer rows.Close()
	var all []found
	for rows.Next() {
		var f found
		if err := rows.Scan(&f.client, &f.caseID); err != nil {
			return nil, err
		}
		if f.caseID == "" && known("client", f.client) || f.caseID != "" && known("case", f.caseID) {
			all = append(all, f)
		}
	}
	return all, rows.Err()
}

func isThere(ctx context.Context, q sqlite.Querier, f found) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT CASE WHEN @case = '' THEN (SELECT count(*) FROM clients WHERE id = @client)
    ELSE (SELECT count(*) FROM cases WHERE id = @case) END`, sqlite.Args{"client": f.client, "case": f.caseID}).Scan(&n)
	return n > 0, err
}

func selectKeys(ctx context.Context, q sqlite.Querier) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT case_id
FROM erasure_keys`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (string, error) {
		var id string
		return id, r.Scan(&id)
	})
}

func deleteKey(ctx context.Context, q sqlite.Querier, caseID string) error {
	_, err := q.Exec(ctx, `
DELETE FROM erasure_keys
WHERE case_id = @id`, sqlite.Args{"id": caseID})
	return err
}

// noteTraces remembers that deleted rows may have left bytes.
func noteTraces(ctx context.Context, tx *sqlite.Tx, at time.Time) error {
	_, err := tx.Exec(ctx, `
UPDATE erasure_traces
SET since = coalesce(since, @at)`, sqlite.Args{"at": at.UnixMilli()})
	return err
}

// selectTraces returns since when there may be traces, the zero time for none.
func selectTraces(ctx context.Context, q sqlite.Querier) (time.Time, error) {
	var since sql.NullInt64
	err := q.QueryRow(ctx, `
SELECT since
FROM erasure_traces`, nil).Scan(&since)
	if errors.Is(err, sqlite.ErrNoRows) || !since.Valid {
		return time.Time{}, err
	}
	return sqlite.Instant(since.Int64), err
}

// clearTraces notes that there are no traces any more.
func clearTraces(ctx context.Context, tx *sqlite.Tx) error {
	if _, err := tx.Exec(ctx, `
UPDATE erasures
SET state = 'done'
WHERE state = 'erased'`, nil); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
UPDATE erasure_traces
SET since = NULL`, nil)
	return err
}

// rebuildWords makes the indexes of words anew: removing a word leaves it in
// them until they are next merged.
func rebuildWords(ctx context.Context, tx *sqlite.Tx) error {
	for _, table := range []string{"clients_fts", "cases_fts"} {
		if _, err := tx.Exec(ctx, `INSERT INTO `+table+` (`+table+`) VALUES ('rebuild')`, nil); err != nil {
			return err
		}
	}
	return nil
}
