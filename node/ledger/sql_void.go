package ledger

import (
	"context"

	"casehub/internal/sqlite"
)

// fallGroups lets every group of a release fall and returns how many these were.
func fallGroups(ctx context.Context, tx *sqlite.Tx, sequence, voids uint32) (int64, error) {
	return tx.Exec(ctx, `
UPDATE ledger_groups
SET voided_by = @by
WHERE sequence = @voids AND voided_by IS NULL`, sqlite.Args{"by": sequence, "voids": voids})
}

// fallen selects the identifiers of the groups that one release let fall.
const fallen = `(SELECT id FROM ledger_groups WHERE voided_by = @by)`

// freeEntries lets what was netted in fallen groups wait again.
func freeEntries(ctx context.Context, tx *sqlite.Tx, sequence uint32) error {
	_, err := tx.Exec(ctx, `
UPDATE ledger_entries
SET state = 'waiting', group_id = NULL
WHERE group_id IN `+fallen, sqlite.Args{"by": sequence})
	return err
}

// cancelEntries drops what waits to take back events of fallen groups: with these
// it is done.
func cancelEntries(ctx context.Context, tx *sqlite.Tx, sequence uint32) error {
	_, err := tx.Exec(ctx, `
UPDATE ledger_entries
SET state = 'cancelled'
WHERE state = 'waiting' AND delta < 0 AND event_id IN (SELECT id FROM ledger_events WHERE group_id IN `+fallen+`)`, sqlite.Args{"by": sequence})
	return err
}

// counterEntries gives back what later groups took of events of fallen groups: it
// fell with them, and was taken twice otherwise.
func counterEntries(ctx context.Context, tx *sqlite.Tx, sequence uint32) error {
	_, err := tx.Exec(ctx, `
INSERT INTO ledger_entries (event_id, data_set, level, category_option, delta, weight, amount_minor, client_id)
SELECT n.event_id, n.data_set, n.level, n.category_option, 1, n.weight, -n.amount_minor, n.client_id
FROM ledger_entries n
WHERE n.state = 'netted' AND n.delta < 0 AND n.event_id IN (SELECT id FROM ledger_events WHERE group_id IN `+fallen+`)
ORDER BY n.id`, sqlite.Args{"by": sequence})
	return err
}

// cancelPairs drops an entry and its counter-entry where both wait.
func cancelPairs(ctx context.Context, tx *sqlite.Tx) error {
	_, err := tx.Exec(ctx, `
WITH waiting AS (
    SELECT id, event_id, level, category_option, weight, amount_minor, delta,
        row_number() OVER (PARTITION BY event_id, level, category_option, delta ORDER BY id) AS place
    FROM ledger_entries
    WHERE state = 'waiting'
)
UPDATE ledger_entries
SET state = 'cancelled'
WHERE id IN (
    SELECT m.id
    FROM waiting m
    JOIN waiting o ON o.event_id = m.event_id AND o.level = m.level AND o.category_option = m.category_option
        AND o.weight = m.weight AND o.amount_minor = -m.amount_minor AND o.delta = -m.delta AND o.place = m.place
)`, nil)
	return err
}

// blockVersions puts what stands for the events of fallen groups today into their
// block: the newer version of an event that was taken back.
func blockVersions(ctx context.Context, tx *sqlite.Tx, sequence uint32) error {
	_, err := tx.Exec(ctx, `
UPDATE ledger_events AS n
SET block = e.group_id, reason = 'changed'
FROM ledger_events e
WHERE e.group_id IN `+fallen+` AND n.data_set = e.data_set AND n.source_id = e.source_id AND n.version > e.version
    AND n.state = 'unpublished'`, sqlite.Args{"by": sequence})
	return err
}

// fallEvents takes the events of fallen groups out of them. One that was taken back
// or erased is real no more, and what another system turned out to have published
// is never counted again (rule D11).
func fallEvents(ctx context.Context, tx *sqlite.Tx, sequence uint32) error {
	_, err := tx.Exec(ctx, `
UPDATE ledger_events AS e
SET state = CASE WHEN e.corrected = 1 OR e.erased = 1 OR e.period <= x.through THEN 'withdrawn' ELSE 'unpublished' END,
    reason = CASE WHEN e.corrected = 1 OR e.erased = 1 THEN 'void' WHEN e.period <= x.through THEN 'elsewhere' ELSE '' END,
    block = e.group_id, group_id = NULL
FROM (
    SELECT m.id, coalesce(w.through, 0) AS through
    FROM ledger_events m
    LEFT JOIN ledger_elsewhere w ON w.data_set = m.data_set
    WHERE m.group_id IN `+fallen+`
) x
WHERE e.id = x.id`, sqlite.Args{"by": sequence})
	return err
}

// touchFallen has the records behind fallen groups read again: while their events
// stood in a group, these did not follow who is who and when it was.
func (s source) touchFallen(ctx context.Context, tx *sqlite.Tx, sequence uint32) error {
	_, err := tx.Exec(ctx, `
INSERT INTO ledger_touched (source, id)
SELECT @table, source_id
FROM ledger_events
WHERE data_set = @set AND group_id IN `+fallen+`
ON CONFLICT DO NOTHING`, sqlite.Args{"table": s.rule.Table, "set": s.set.Number, "by": sequence})
	return err
}
