package egress

import (
	"context"
	"database/sql"
	"time"

	"casehub/internal/sqlite"
)

// selectGroupsOf reads the groups of a release as the ledger has them, in the order of
// the wire, with the events in each.
func selectGroupsOf(ctx context.Context, q sqlite.Querier, sequence uint32) ([]handedGroup, error) {
	var ids []int64
	rows, err := q.Query(ctx, `
SELECT id, data_set, level, category_option, period, amount_minor, entries, coalesce(again, 0)
FROM ledger_groups
WHERE sequence = @sequence
ORDER BY data_set, category_option, level`, sqlite.Args{"sequence": sequence})
	all, err := sqlite.Collect(rows, err, func(r *sql.Rows) (handedGroup, error) {
		var g handedGroup
		var id int64
		err := r.Scan(&id, &g.place.dataSet, &g.place.level, &g.place.code, &g.period, &g.minor, &g.entries, &g.repeats)
		ids = append(ids, id)
		return g, err
	})
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		rows, err := q.Query(ctx, `SELECT id FROM ledger_events WHERE group_id = @group ORDER BY id`, sqlite.Args{"group": id})
		all[i].events, err = sqlite.Collect(rows, err, func(r *sql.Rows) (event int64, err error) { return event, r.Scan(&event) })
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// insertHanded keeps what a draft consists of that is handed out.
func insertHanded(ctx context.Context, tx *sqlite.Tx, draft int64, groups []handedGroup, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO release_handed (draft_id, at) VALUES (@draft, @at)`, sqlite.Args{"draft": draft, "at": at.UnixMilli()})
	if err != nil {
		return err
	}
	for n, g := range groups {
		_, err := tx.Exec(ctx, `
INSERT INTO release_handed_groups (draft_id, n, data_set, level, category_option, from_period, period, value, amount_hundreds, carry_minor,
    amount_minor, entries, again, clients, absolute_minor, first_minor, second_minor, share, negative, carried_minor, sensitive, block)
VALUES (@draft, @n, @set, @level, @code, @from, @period, @value, @hundreds, @carry, @minor, @entries, nullif(@again, 0),
    @clients, @absolute, @first, @second, @share, @negative, @carried, @sensitive, @block)`, sqlite.Args{
			"draft": draft, "n": n, "set": g.DataSet, "level": g.Level, "code": g.Code, "from": g.From, "period": g.period, "value": g.Value,
			"hundreds": g.AmountHundreds, "carry": g.CarryMinor, "minor": g.minor, "entries": g.entries, "again": g.repeats, "clients": g.Clients,
			"absolute": g.Absolute, "first": g.First, "second": g.Second, "share": g.Share, "negative": g.Negative, "carried": g.CarriedMinor,
			"sensitive": g.Sensitive, "block": g.Block,
		})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
INSERT INTO release_handed_events (draft_id, n, event_id, code, amount_minor, weight)
SELECT @draft, @n, id, code, amount_minor, weight
FROM ledger_events
WHERE id IN (SELECT value FROM json_each(@events))`, sqlite.Args{"draft": draft, "n": n, "events": sqlite.List(g.events)})
		if err != nil {
			return err
		}
	}
	return nil
}

// selectHanded reads the groups of a draft that was handed out, without their events.
func selectHanded(ctx context.Context, q sqlite.Querier, draft int64) ([]handedGroup, error) {
	rows, err := q.Query(ctx, `
SELECT data_set, level, category_option, from_period, period, value, amount_hundreds, carry_minor, amount_minor, entries, coalesce(again, 0),
    clients, absolute_minor, first_minor, second_minor, share, negative, carried_minor, sensitive, block
FROM release_handed_groups
WHERE draft_id = @draft
ORDER BY n`, sqlite.Args{"draft": draft})
	return sqlite.Collect(rows, err, func(r *sql.Rows) (handedGroup, error) {
		var g handedGroup
		err := r.Scan(&g.DataSet, &g.Level, &g.Code, &g.From, &g.period, &g.Value, &g.AmountHundreds, &g.CarryMinor, &g.minor, &g.entries, &g.repeats,
			&g.Clients, &g.Absolute, &g.First, &g.Second, &g.Share, &g.Negative, &g.CarriedMinor, &g.Sensitive, &g.Block)
		g.TotalMinor, g.Again, g.Netted = g.minor, g.repeats != 0, g.entries
		return g, err
	})
}

// marksHanded reports whether the ledger has, under a release, just the events that a
// draft had when it was handed out.
func marksHanded(ctx context.Context, q sqlite.Querier, draft int64, sequence uint32) (bool, error) {
	var same bool
	err := q.QueryRow(ctx, `
WITH marked AS (
    SELECT e.id, g.data_set, g.category_option, g.level
    FROM ledger_events e
    JOIN ledger_groups g ON g.id = e.group_id
    WHERE g.sequence = @sequence
), handed AS (
    SELECT e.event_id, g.data_set, g.category_option, g.level
    FROM release_handed_events e
    JOIN release_handed_groups g ON g.draft_id = e.draft_id AND g.n = e.n
    WHERE e.draft_id = @draft
)
SELECT NOT EXISTS (SELECT * FROM marked EXCEPT SELECT * FROM handed) AND NOT EXISTS (SELECT * FROM handed EXCEPT SELECT * FROM marked)`,
		sqlite.Args{"draft": draft, "sequence": sequence}).Scan(&same)
	return same, err
}

// fallHanded writes the groups of a draft that was handed out as fallen, under a
// number below zero that no release has, and puts its events into them. What is no
// longer as it was then is noted as changed.
func fallHanded(ctx context.Context, tx *sqlite.Tx, draft int64) error {
	_, err := tx.Exec(ctx, `
INSERT INTO ledger_groups (sequence, period, data_set, category_option, level, from_period, value, amount_hundreds, carry_minor, amount_minor,
    again, entries, voided_by)
SELECT -draft_id, period, data_set, category_option, level, from_period, value, amount_hundreds, carry_minor, amount_minor, again, entries, -draft_id
FROM release_handed_groups
WHERE draft_id = @draft
ORDER BY n`, sqlite.Args{"draft": draft})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
UPDATE ledger_events AS e
SET block = h.id, reason = CASE
    WHEN e.state <> 'unpublished' THEN e.reason
    WHEN (e.code, e.amount_minor, e.weight) IS (h.code, h.amount_minor, h.weight) THEN ''
    ELSE 'changed'
END
FROM (
    SELECT k.event_id, k.code, k.amount_minor, k.weight, f.id
    FROM release_handed_events k
    JOIN release_handed_groups g ON g.draft_id = k.draft_id AND g.n = k.n
    JOIN ledger_groups f ON f.sequence = -k.draft_id AND f.data_set = g.data_set AND f.category_option = g.category_option AND f.level = g.level
    WHERE k.draft_id = @draft
) h
WHERE e.id = h.event_id AND e.state <> 'published'`, sqlite.Args{"draft": draft})
	return err
}

// selectFell reads the groups of drafts that were handed out and fell, as they stand
// on the wire.
func selectFell(ctx context.Context, q sqlite.Querier) ([]wireGroup, error) {
	rows, err := q.Query(ctx, `
SELECT data_set, category_option, level, from_period, value, amount_hundreds
FROM ledger_groups
WHERE sequence < 0`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (wireGroup, error) {
		var g wireGroup
		return g, r.Scan(&g.dataSet, &g.code, &g.level, &g.from, &g.value, &g.amount)
	})
}
