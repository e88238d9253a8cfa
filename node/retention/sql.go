package retention

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

func selectRules(ctx context.Context, q sqlite.Querier) (map[codelist.Code]int, error) {
	rows, err := q.Query(ctx, `
SELECT code, years
FROM retention_rules`, nil)
	set := map[codelist.Code]int{}
	_, err = sqlite.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var code codelist.Code
		var years int
		err := r.Scan(&code, &years)
		set[code] = years
		return struct{}{}, err
	})
	return set, err
}

// saveRule sets a rule; 0 years remove it.
func saveRule(ctx context.Context, tx *sqlite.Tx, code codelist.Code, years int) error {
	statement := `
INSERT INTO retention_rules (code, years)
VALUES (@code, @years)
ON CONFLICT (code) DO UPDATE
SET years = excluded.years`
	if years == 0 {
		statement = `
DELETE FROM retention_rules
WHERE code = @code AND @years = 0`
	}
	_, err := tx.Exec(ctx, statement, sqlite.Args{"code": code, "years": years})
	return err
}

func holderByID(ctx context.Context, q sqlite.Querier, id string) (holder, error) {
	var h holder
	var updated int64
	err := q.QueryRow(ctx, `
SELECT id, reference, coalesce(birth_date, ''), updated_at, restricted
FROM clients
WHERE id = @id`, sqlite.Args{"id": id}).Scan(&h.id, &h.reference, &h.birth, &updated, &h.restricted)
	if errors.Is(err, sqlite.ErrNoRows) {
		return h, ErrNoRequest
	}
	h.updated = civil.On(sqlite.Instant(updated))
	return h, err
}

// filesOf returns the cases of a client, the first opened first.
func filesOf(ctx context.Context, q sqlite.Querier, clientID string) ([]file, error) {
	rows, err := q.Query(ctx, `
SELECT id, reference, case_type, opened_on, coalesce(closed_on, ''), restricted
FROM cases
WHERE client_id = @client
ORDER BY opened_on, id`, sqlite.Args{"client": clientID})
	all, err := sqlite.Collect(rows, err, func(r *sql.Rows) (file, error) {
		var f file
		return f, r.Scan(&f.id, &f.reference, &f.caseType, &f.opened, &f.closed, &f.restricted)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the cases of client %s: %w", clientID, err)
	}
	return all, nil
}

const selectRequests = `
SELECT e.id, e.client_id, e.case_id, e.ground, e.note, e.asked_on, e.requested_by, e.requested_at, e.state, e.decided_by, e.decided_at`

func scanRequest(row sqlite.Row, more ...any) (Request, error) {
	var r Request
	var requested int64
	var decided sql.NullInt64
	err := row.Scan(append([]any{
		&r.ID, &r.ClientID, &r.CaseID, &r.Ground, &r.Note, &r.AskedOn, &r.RequestedBy, &requested, &r.State, &r.DecidedBy, &decided,
	}, more...)...)
	r.RequestedAt, r.DecidedAt = sqlite.Instant(requested), sqlite.Instant(decided.Int64)
	return r, err
}

func insertRequest(ctx context.Context, tx *sqlite.Tx, r Request) error {
	_, err := tx.Exec(ctx, `
INSERT INTO erasures (id, client_id, case_id, ground, note, asked_on, requested_by, requested_at, state)
VALUES (@id, @client, @case, @ground, @note, @on, @by, @at, 'waiting')`, sqlite.Args{
		"id": r.ID, "client": r.ClientID, "case": r.CaseID, "ground": string(r.Ground), "note": r.Note,
		"on": string(r.AskedOn), "by": r.RequestedBy, "at": r.RequestedAt.UnixMilli(),
	})
	return err
}

// waitsFor reports whether a request waits for the same, or for the whole client.
func waitsFor(ctx context.Context, q sqlite.Querier, clientID, caseID string) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM erasures
WHERE client_id = @client AND case_id IN ('', @case) AND state = 'waiting'`, sqlite.Args{"client": clientID, "case": caseID}).Scan(&n)
	return n > 0, err
}

func requestByID(ctx context.Context, q sqlite.Querier, id string) (Request, error) {
	r, err := scanRequest(q.QueryRow(ctx, selectRequests+`
FROM erasures e
WHERE e.id = @id`, sqlite.Args{"id": id}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Request{}, ErrNoRequest
	}
	return r, err
}

// selectWaiting returns the requests that wait, of clients of a filter.
func selectWaiting(ctx context.Context, q sqlite.Querier, clients access.Filter) ([]Pending, error) {
	rows, err := q.Query(ctx, selectRequests+`, coalesce((SELECT o.reference FROM cases o WHERE o.id = e.case_id), '')
FROM erasures e
JOIN clients k ON k.id = e.client_id
WHERE e.state = 'waiting' AND `+clients.SQL+`
ORDER BY e.requested_at, e.id`, clients.Into(nil))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Pending, error) {
		var p Pending
		var err error
		p.Request, err = scanRequest(r, &p.Case)
		return p, err
	})
}

func selectRecent(ctx context.Context, q sqlite.Querier) ([]Request, error) {
	rows, err := q.Query(ctx, selectRequests+`
FROM erasures e
WHERE e.state IN ('erased', 'done')
ORDER BY e.decided_at DESC, e.id`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Request, error) { return scanRequest(r) })
}

func decide(ctx context.Context, tx *sqlite.Tx, id string, s State, by string, at time.Time) error {
	_, err := tx.Exec(ctx, `
UPDATE erasures
SET state = @state, decided_by = @by, decided_at = @at
WHERE id = @id AND state = 'waiting'`, sqlite.Args{"id": id, "state": string(s), "by": by, "at": at.UnixMilli()})
	return err
}

// finishRequest marks a request as carried out and forgets whom it was about.
func finishRequest(ctx context.Context, tx *sqlite.Tx, id, by string, at time.Time) error {
	_, err := tx.Exec(ctx, `
UPDATE erasures
SET state = 'erased', client_id = '', case_id = '', note = '', decided_by = @by, decided_at = @at
WHERE id = @id`, sqlite.Args{"id": id, "by": by, "at": at.UnixMilli()})
	return err
}

// setRestricted restricts the closed cases of a client, or a closed one of them,
// and with everything the client too. It returns how many rows that changed.
func setRestricted(ctx context.Context, tx *sqlite.Tx, clientID, caseID string, everything bool) (int64, error) {
	n, err := tx.Exec(ctx, `
UPDATE cases
SET restricted = 1
WHERE client_id = @client AND @case IN ('', id) AND closed_on IS NOT NULL AND restricted = 0`, sqlite.Args{"client": clientID, "case": caseID})
	if err != nil || !everything {
		return n, err
	}
	m, err := tx.Exec(ctx, `
UPDATE clients
SET restricted = 1
WHERE id = @client AND restricted = 0`, sqlite.Args{"client": clientID})
	return n + m, err
}

// freeRestricted ends the restriction of what no request asks for any more.
func freeRestricted(ctx context.Context, tx *sqlite.Tx, clientID string) error {
	args := sqlite.Args{"client": clientID}
	_, err := tx.Exec(ctx, `
UPDATE cases
SET restricted = 0
WHERE client_id = @client AND restricted = 1
    AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.client_id = @client AND e.case_id IN ('', cases.id) AND e.state = 'waiting')`, args)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
UPDATE clients
SET restricted = 0
WHERE id = @client AND restricted = 1
    AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.client_id = @client AND e.case_id = '' AND e.state = 'waiting')`, args)
	return err
}

// selectUnrestricted returns requests that wait about something not restricted.
func selectUnrestricted(ctx context.Context, q sqlite.Querier) ([]Request, error) {
	rows, err := q.Query(ctx, selectRequests+`
FROM erasures e
WHERE e.state = 'waiting' AND (
    EXISTS (SELECT 1 FROM clients k WHERE k.id = e.client_id AND e.case_id = '' AND k.restricted = 0)
    OR EXISTS (SELECT 1 FROM cases o WHERE o.client_id = e.client_id AND e.case_id IN ('', o.id) AND o.restricted = 0)
)`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Request, error) { return scanRequest(r) })
}

func insertOpening(ctx context.Context, tx *sqlite.Tx, id, clientID, person, why string, from, to time.Time) error {
	_, err := tx.Exec(ctx, `
INSERT INTO restriction_openings (id, client_id, person_id, reason, begun_at, ends_at)
VALUES (@id, @client, @person, @why, @from, @to)`, sqlite.Args{
		"id": id, "client": clientID, "person": person, "why": why, "from": from.UnixMilli(), "to": to.UnixMilli(),
	})
	return err
}

// selectRestricted returns the clients of a filter who are restricted, or of whom a
// case of another is.
func selectRestricted(ctx context.Context, q sqlite.Querier, clients, cases access.Filter) ([]Restricted, error) {
	rows, err := q.Query(ctx, `
SELECT k.id, k.reference
FROM clients k
WHERE k.id IN (SELECT r.id FROM clients r WHERE r.restricted = 1 UNION ALL SELECT c.client_id FROM cases c WHERE c.restricted = 1 AND `+cases.SQL+`)
    AND `+clients.SQL+`
ORDER BY k.reference`, cases.Into(clients.Into(nil)))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Restricted, error) {
		var v Restricted
		return v, r.Scan(&v.ID, &v.Reference)
	})
}

// selectLapsed returns clients of a filter of whom something is due and nobody
// has asked for it.
func selectLapsed(ctx context.Context, q sqlite.Querier, clients access.Filter, rules Rules, today civil.Date, limit int) ([]Lapsed, error) {
	years, err := json.Marshal(rules.all())
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, `
WITH terms (code, years) AS MATERIALIZED (
    SELECT CAST(key AS INTEGER), value FROM json_each(@years)
), files AS (
    SELECT o.client_id, o.id, CASE WHEN o.closed_on IS NULL THEN '9999' ELSE max(
        date(o.closed_on, '+' || coalesce(y.years, @ordinary) || ' years'), coalesce(date(b.birth_date, '+' || @grown || ' years'), '')) END AS last_day
    FROM cases o
    JOIN clients b ON b.id = o.client_id
    LEFT JOIN terms y ON y.code = o.case_type
    WHERE NOT EXISTS (SELECT 1 FROM erasures e WHERE e.client_id = o.client_id AND e.case_id = o.id AND e.state = 'waiting')
    UNION ALL
    SELECT b.id, '', max(date(b.updated_at / 1000, 'unixepoch', '+' || @idle || ' years'), coalesce(date(b.birth_date, '+' || @grown || ' years'), ''))
    FROM clients b
    WHERE NOT EXISTS (SELECT 1 FROM cases o WHERE o.client_id = b.id)
), over AS (
    SELECT client_id, count(nullif(id, '')) AS cases, count(*) FILTER (WHERE last_day < @today AND id <> '') AS n, min(last_day) AS since
    FROM files
    GROUP BY client_id
    HAVING min(last_day) < @today
)
SELECT k.id, k.reference, v.cases, v.n, v.since
FROM over v
JOIN clients k ON k.id = v.client_id
WHERE NOT EXISTS (SELECT 1 FROM erasures e WHERE e.client_id = k.id AND e.case_id = '' AND e.state = 'waiting')
    AND `+clients.SQL+`
ORDER BY v.since, k.id
LIMIT @limit`, clients.Into(sqlite.Args{
		"years": string(years), "ordinary": strconv.Itoa(ordinary), "grown": strconv.Itoa(grownUp), "idle": strconv.Itoa(rules.Years(0)),
		"today": string(today), "limit": limit,
	}))
	all, err := sqlite.Collect(rows, err, func(r *sql.Rows) (Lapsed, error) {
		var v Lapsed
		return v, r.Scan(&v.ID, &v.Reference, &v.Cases, &v.Over, &v.Since)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for what is due: %w", err)
	}
	return all, nil
}
