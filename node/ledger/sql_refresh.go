package ledger

import (
	"context"
	"database/sql"
	"errors"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
)

// latest is the condition that an event e is the newest version of its record's.
const latest = `e.version = (SELECT max(m.version) FROM ledger_events m WHERE m.data_set = e.data_set AND m.source_id = e.source_id)`

// through is the last month of a measure that another system published.
const through = `coalesce((SELECT through FROM ledger_elsewhere WHERE data_set = @set), 0)`

// insertEntries takes back every published event whose touched record says
// something else today, or is no record that counts any more (rule D9). Another
// day is nothing else: the event was counted once.
func (s source) insertEntries(ctx context.Context, tx *sqlite.Tx, currency string) error {
	_, err := tx.Exec(ctx, `
WITH records AS (`+s.touched+`)
INSERT INTO ledger_entries (event_id, data_set, level, category_option, delta, weight, amount_minor, client_id)
SELECT e.id, e.data_set, g.level, g.category_option, -1, e.weight, -e.amount_minor, e.client_id
FROM ledger_touched t
CROSS JOIN ledger_events e ON e.data_set = @set AND e.source_id = t.id
JOIN ledger_groups g ON g.id = e.group_id
LEFT JOIN records r ON r.source_id = e.source_id
WHERE t.source = @table AND e.state = 'published' AND e.corrected = 0 AND e.erased = 0
    AND (r.code, r.amount, r.weight) IS NOT (e.code, e.amount_minor, e.weight)
ORDER BY e.id`, s.args(currency, sqlite.Args{"table": s.rule.Table}))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
UPDATE ledger_events
SET corrected = 1
WHERE state = 'published' AND corrected = 0 AND erased = 0
    AND id IN (SELECT event_id FROM ledger_entries WHERE data_set = @set AND state = 'waiting' AND delta < 0)`, sqlite.Args{"set": s.set.Number})
	return err
}

// insertVersions adds an event for every touched record that has none, or whose
// last was published and taken back. Where that one fell since, the new one is
// part of its block.
func (s source) insertVersions(ctx context.Context, tx *sqlite.Tx, currency string) error {
	_, err := tx.Exec(ctx, `
WITH records AS (`+s.touched+`)
INSERT INTO ledger_events (data_set, source_id, version, client_id, code, period, amount_minor, weight, block, state, reason)
SELECT @set, r.source_id, coalesce(e.version, 0) + 1, r.client_id, r.code, r.period, r.amount, r.weight, CASE WHEN e.reason = 'void' THEN e.block END,
    CASE WHEN r.period <= `+through+` THEN 'withdrawn' ELSE 'unpublished' END,
    CASE WHEN r.period <= `+through+` THEN 'elsewhere' WHEN e.reason = 'void' THEN 'changed' ELSE '' END
FROM records r
LEFT JOIN ledger_events e ON e.data_set = @set AND e.source_id = r.source_id AND `+latest+`
WHERE e.id IS NULL OR e.corrected = 1 AND e.erased = 0 AND (e.state = 'published' OR e.reason = 'void')
ORDER BY r.day, r.source_id`, s.args(currency, nil))
	return err
}

// updateVersions lets every event that is not published follow its touched record.
// One whose group fell is noted as changed when it is no longer what it was there.
func (s source) updateVersions(ctx context.Context, tx *sqlite.Tx, currency string) error {
	_, err := tx.Exec(ctx, `
WITH records AS (`+s.touched+`)
UPDATE ledger_events AS e
SET client_id = r.client_id, code = r.code, period = r.period, amount_minor = r.amount, weight = r.weight,
    state = CASE WHEN r.period <= `+through+` THEN 'withdrawn' ELSE 'unpublished' END,
    reason = CASE
        WHEN r.period <= `+through+` THEN 'elsewhere'
        WHEN e.block IS NULL THEN ''
        WHEN e.state = 'unpublished' AND (e.code, e.amount_minor, e.weight) IS (r.code, r.amount, r.weight) THEN e.reason
        ELSE 'changed'
    END
FROM records r
WHERE e.data_set = @set AND e.source_id = r.source_id AND `+latest+`
    AND e.state <> 'published' AND e.erased = 0 AND e.corrected = 0 AND e.reason <> 'elsewhere'
    AND (e.state, e.client_id, e.code, e.period, e.amount_minor, e.weight)
        IS NOT ('unpublished', r.client_id, r.code, r.period, r.amount, r.weight)`, s.args(currency, nil))
	return err
}

// withdrawGone takes out every event that is not published and whose touched record
// does not count any more.
func (s source) withdrawGone(ctx context.Context, tx *sqlite.Tx, currency string) error {
	_, err := tx.Exec(ctx, `
WITH records AS (`+s.touched+`)
UPDATE ledger_events
SET state = 'withdrawn', reason = 'gone'
WHERE data_set = @set AND state = 'unpublished' AND source_id IN (SELECT id FROM ledger_touched WHERE source = @table)
    AND source_id NOT IN (SELECT source_id FROM records)`, s.args(currency, sqlite.Args{"table": s.rule.Table}))
	return err
}

// touchAll notes every record of a table as changed, and every one that an event
// followed from.
func (s source) touchAll(ctx context.Context, tx *sqlite.Tx) error {
	_, err := tx.Exec(ctx, `
INSERT INTO ledger_touched (source, id)
SELECT @table, id
FROM `+s.rule.Table+`
UNION
SELECT @table, source_id
FROM ledger_events
WHERE data_set = @set
ON CONFLICT DO NOTHING`, sqlite.Args{"table": s.rule.Table, "set": s.set.Number})
	return err
}

// touchOfCases notes the records of changed cases, which may have another client
// now.
func (s source) touchOfCases(ctx context.Context, tx *sqlite.Tx) error {
	_, err := tx.Exec(ctx, `
INSERT INTO ledger_touched (source, id)
SELECT @table, r.id
FROM `+s.rule.Table+` r
WHERE r.case_id IN (SELECT id FROM ledger_touched WHERE source = 'cases')
ON CONFLICT DO NOTHING`, sqlite.Args{"table": s.rule.Table})
	return err
}

// touchOfClients notes the records of clients who turned out to be another person.
func (s source) touchOfClients(ctx context.Context, tx *sqlite.Tx, clients []string) error {
	_, err := tx.Exec(ctx, `
INSERT INTO ledger_touched (source, id)
SELECT @table, r.id
FROM `+s.rule.Table+` r
WHERE r.client_id IN (SELECT value FROM json_each(@clients))
ON CONFLICT DO NOTHING`, sqlite.Args{"table": s.rule.Table, "clients": sqlite.List(clients)})
	return err
}

func touchAllClients(ctx context.Context, tx *sqlite.Tx) error {
	_, err := tx.Exec(ctx, `
INSERT INTO ledger_touched (source, id)
SELECT 'clients', id
FROM clients
WHERE true
ON CONFLICT DO NOTHING`, nil)
	return err
}

func clientsTouched(ctx context.Context, q sqlite.Querier) (bool, error) {
	var some bool
	err := q.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM ledger_touched WHERE source = 'clients')`, nil).Scan(&some)
	return some, err
}

func deleteTouched(ctx context.Context, tx *sqlite.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM ledger_touched`, nil)
	return err
}

// readBy is by what the records were read last: the versions of the rules and of the
// plan, and the currency.
type readBy struct {
	rules, registry uint32
	currency        string
}

// selectReadBy returns by what the records were read last; nothing before they ever
// were.
func selectReadBy(ctx context.Context, q sqlite.Querier) (readBy, error) {
	var by readBy
	err := q.QueryRow(ctx, `SELECT version, registry, currency FROM ledger_rules`, nil).Scan(&by.rules, &by.registry, &by.currency)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return by, err
}

func saveReadBy(ctx context.Context, tx *sqlite.Tx, by readBy) error {
	_, err := tx.Exec(ctx, `
INSERT INTO ledger_rules (one, version, registry, currency)
VALUES (1, @version, @registry, @currency)
ON CONFLICT (one) DO UPDATE
SET version = excluded.version, registry = excluded.registry, currency = excluded.currency`, sqlite.Args{
		"version": by.rules, "registry": by.registry, "currency": by.currency,
	})
	return err
}

// saveElsewhere notes up to which month another system published a measure. It
// returns false, and saves nothing, when a later month stands there.
func saveElsewhere(ctx context.Context, tx *sqlite.Tx, set uint32, through civil.Month, by string, at int64) (bool, error) {
	n, err := tx.Exec(ctx, `
INSERT INTO ledger_elsewhere (data_set, through, by, at)
VALUES (@set, @through, @by, @at)
ON CONFLICT (data_set) DO UPDATE
SET through = excluded.through, by = excluded.by, at = excluded.at
WHERE excluded.through >= ledger_elsewhere.through`, sqlite.Args{"set": set, "through": through, "by": by, "at": at})
	return n > 0, err
}

// withdrawElsewhere takes out what another system published.
func withdrawElsewhere(ctx context.Context, tx *sqlite.Tx, set uint32) error {
	_, err := tx.Exec(ctx, `
UPDATE ledger_events
SET state = 'withdrawn', reason = 'elsewhere'
WHERE data_set = @set AND state = 'unpublished' AND period <= `+through, sqlite.Args{"set": set})
	return err
}
