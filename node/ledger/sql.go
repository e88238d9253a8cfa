package ledger

import (
	"context"
	"database/sql"
	"maps"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
)

// some are the events of a choice, as a condition on an event e with its
// parameters.
type some struct {
	sql  string
	args sqlite.Args
}

// everyone are all events.
var everyone = some{sql: "true"}

// into adds the parameters to those of a statement.
func (s some) into(args sqlite.Args) sqlite.Args {
	maps.Copy(args, s.args)
	return args
}

// selectShares summarises the oldest of some events under each leaf, by person, at
// most largest under each.
func selectShares(ctx context.Context, q sqlite.Querier, set uint32, period civil.Month, largest int64, of some) ([]Share, error) {
	rows, err := q.Query(ctx, `
SELECT code, client_id, sum(weight), sum(amount_minor), max(version) > 1
FROM (
    SELECT e.code, e.client_id, e.weight, e.amount_minor, e.version,
        sum(e.weight) OVER (PARTITION BY e.code ORDER BY e.period, e.id ROWS UNBOUNDED PRECEDING) AS filled
    FROM ledger_events e
    WHERE e.data_set = @set AND e.state = 'unpublished' AND e.block IS NULL AND e.period <= @period AND `+of.sql+`
)
WHERE filled <= @largest
GROUP BY code, client_id, amount_minor < 0`, of.into(sqlite.Args{"set": set, "period": period, "largest": largest}))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Share, error) {
		var s Share
		return s, r.Scan(&s.Code, &s.Person, &s.Value, &s.Minor, &s.Before)
	})
}

// selectEntries reads what waits to be netted of some events, each under the person
// whose it is today: a record of nobody is its own while it counts. Whoever has no
// record any more is nobody.
func selectEntries(ctx context.Context, q sqlite.Querier, set uint32, of some) ([]Entry, error) {
	rows, err := q.Query(ctx, `
SELECT n.level, n.category_option, coalesce(p.person, CASE n.client_id WHEN @nobody THEN @nobody WHEN e.source_id THEN (
        SELECT v.client_id
        FROM ledger_events v
        WHERE v.data_set = e.data_set AND v.source_id = e.source_id AND v.corrected = 0 AND (v.state <> 'withdrawn' OR v.reason = 'elsewhere')
        ORDER BY v.version DESC
        LIMIT 1
    ) END, ''), n.delta * n.weight, n.amount_minor
FROM ledger_entries n
JOIN ledger_events e ON e.id = n.event_id
LEFT JOIN ledger_persons p ON p.client_id = n.client_id
WHERE n.data_set = @set AND n.state = 'waiting' AND `+of.sql+`
ORDER BY n.id`, of.into(sqlite.Args{"set": set, "nobody": nobody}))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Entry, error) {
		var e Entry
		return e, r.Scan(&e.Level, &e.Code, &e.Person, &e.Value, &e.Minor)
	})
}

// member is an event of a group that fell.
type member struct {
	group   Fallen
	minor   int64 // what the group had
	entries int64 // that were netted in it
	share   Share
	seen    bool // it waits and is one of those asked for
	same    bool // it waits and is what it was in the group
}

// selectFallen reads the events of groups that fell, by their group, and which of
// some they are. Those that are published again, or gone, are among them.
func selectFallen(ctx context.Context, q sqlite.Querier, set uint32, of some) ([]member, error) {
	rows, err := q.Query(ctx, `
SELECT g.id, g.level, g.category_option, g.from_period, g.value, g.amount_hundreds, g.amount_minor, g.entries,
    e.code, e.client_id, e.weight, e.amount_minor, e.state = 'unpublished' AND `+of.sql+`, e.state = 'unpublished' AND e.reason = ''
FROM ledger_events e INDEXED BY ledger_events_block
JOIN ledger_groups g ON g.id = e.block
WHERE e.block IS NOT NULL AND e.data_set = @set
ORDER BY g.id, e.id`, of.into(sqlite.Args{"set": set}))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (member, error) {
		var m member
		g := &m.group
		g.DataSet = set
		return m, r.Scan(&g.ID, &g.Level, &g.Code, &g.From, &g.Value, &g.AmountHundreds, &m.minor, &m.entries,
			&m.share.Code, &m.share.Person, &m.share.Value, &m.share.Minor, &m.seen, &m.same)
	})
}

// with adds one client's sum.
func (a Amounts) with(sum int64, negative bool) Amounts {
	x := max(sum, -sum)
	a.Total += sum
	a.Absolute += x
	a.Negative = a.Negative || negative
	switch {
	case x > a.Largest:
		a.Largest, a.Second = x, a.Largest
	case x > a.Second:
		a.Second = x
	}
	return a
}

// selectCarry adds up what rounding left over of each number.
func selectCarry(ctx context.Context, q sqlite.Querier, set uint32, minorPerHundred int64) (map[Key]int64, error) {
	rows, err := q.Query(ctx, `
SELECT level, category_option, sum(amount_minor - amount_hundreds * @hundred)
FROM ledger_groups
WHERE data_set = @set AND voided_by IS NULL
GROUP BY level, category_option`, sqlite.Args{"set": set, "hundred": minorPerHundred})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	carry := map[Key]int64{}
	for rows.Next() {
		var k Key
		var minor int64
		if err := rows.Scan(&k.Level, &k.Code, &minor); err != nil {
			return nil, err
		}
		carry[k] = minor
	}
	return carry, rows.Err()
}

// selectLeft reads what left of a measure before and counts: of the leaves the last
// month of each, and every rest. A leaf that left again beside these stands there,
// too.
func selectLeft(ctx context.Context, q sqlite.Querier, set uint32) ([]leftBefore, error) {
	rows, err := q.Query(ctx, `
SELECT level, category_option, max(period), 0, false
FROM ledger_groups
WHERE data_set = @set AND voided_by IS NULL AND level = 1 AND again IS NULL
GROUP BY level, category_option
UNION ALL
SELECT level, category_option, period, sequence, again IS NOT NULL
FROM ledger_groups
WHERE data_set = @set AND voided_by IS NULL AND (level > 1 OR again IS NOT NULL)`, sqlite.Args{"set": set})
	return sqlite.Collect(rows, err, func(r *sql.Rows) (leftBefore, error) {
		var l leftBefore
		return l, r.Scan(&l.Level, &l.Code, &l.period, &l.sequence, &l.again)
	})
}

// selectLeftIn returns the numbers that left in a month, and which of these were
// full.
func selectLeftIn(ctx context.Context, q sqlite.Querier, set uint32, period civil.Month, largest int64) (map[Key]bool, error) {
	rows, err := q.Query(ctx, `
SELECT level, category_option, value >= @largest
FROM ledger_groups
WHERE data_set = @set AND voided_by IS NULL AND period = @period`, sqlite.Args{"set": set, "period": period, "largest": largest})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	left := map[Key]bool{}
	for rows.Next() {
		var k Key
		var full bool
		if err := rows.Scan(&k.Level, &k.Code, &full); err != nil {
			return nil, err
		}
		left[k] = full
	}
	return left, rows.Err()
}

// selectStart returns the month from which the office counts, or 0.
func selectStart(ctx context.Context, q sqlite.Querier) (civil.Month, error) {
	var m civil.Month
	err := q.QueryRow(ctx, `SELECT coalesce((SELECT month FROM ledger_start), 0)`, nil).Scan(&m)
	return m, err
}

// insertStart lets the office count from January of the year of its oldest event
// that waits, unless it counts already or has none.
func insertStart(ctx context.Context, tx *sqlite.Tx) error {
	_, err := tx.Exec(ctx, `
INSERT INTO ledger_start (one, month)
SELECT 1, min(period) / 100 * 100 + 1
FROM ledger_events
WHERE state = 'unpublished' AND period > 0
HAVING min(period) IS NOT NULL
ON CONFLICT DO NOTHING`, nil)
	return err
}

// newGroup is a group as it is written down.
type newGroup struct {
	Group
	period civil.Month
	minor  int64
	again  int64
}

func insertGroup(ctx context.Context, tx *sqlite.Tx, sequence uint32, g newGroup) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `
INSERT INTO ledger_groups (sequence, period, data_set, category_option, level, from_period, value, amount_hundreds, carry_minor, amount_minor, again, entries)
VALUES (@sequence, @period, @set, @code, @level, @from, @value, @hundreds, @carry, @minor, @again, CASE WHEN @again IS NULL THEN (
    SELECT count(*)
    FROM ledger_entries
    WHERE data_set = @set AND level = @level AND category_option = @code AND state = 'waiting'
) ELSE 0 END)
RETURNING id`, sqlite.Args{
		"sequence": sequence, "period": g.period, "set": g.DataSet, "code": g.Code, "level": g.Level, "from": g.From,
		"value": g.Value, "hundreds": g.AmountHundreds, "carry": g.CarryMinor, "minor": g.minor,
		"again": sql.NullInt64{Int64: g.again, Valid: g.again != 0},
	}).Scan(&id)
	return id, err
}

// markPublished puts the oldest events under leaves, at most largest under each,
// into a group.
func markPublished(ctx context.Context, tx *sqlite.Tx, group int64, set uint32, period civil.Month, leaves []codelist.Code, largest int64) error {
	_, err := tx.Exec(ctx, `
UPDATE ledger_events
SET state = 'published', group_id = @group
WHERE id IN (
    SELECT id
    FROM (
        SELECT id, sum(weight) OVER (PARTITION BY code ORDER BY period, id ROWS UNBOUNDED PRECEDING) AS filled
        FROM ledger_events
        WHERE data_set = @set AND code IN (SELECT value FROM json_each(@codes)) AND state = 'unpublished' AND block IS NULL AND period <= @period
    )
    WHERE filled <= @largest
)`, sqlite.Args{"group": group, "set": set, "codes": codesOf(leaves), "period": period, "largest": largest})
	return err
}

func codesOf(codes []codelist.Code) string {
	list := make([]int64, len(codes))
	for i, c := range codes {
		list[i] = int64(c)
	}
	return sqlite.List(list)
}

// markFallen puts what waits of fallen groups into a group.
func markFallen(ctx context.Context, tx *sqlite.Tx, group int64, fell []int64) error {
	_, err := tx.Exec(ctx, `
UPDATE ledger_events
SET state = 'published', group_id = @group
WHERE block IN (SELECT value FROM json_each(@fell)) AND state = 'unpublished'`, sqlite.Args{"group": group, "fell": sqlite.List(fell)})
	return err
}

// netEntries puts what waits for a number into its group.
func netEntries(ctx context.Context, tx *sqlite.Tx, group int64, set uint32, k Key) error {
	_, err := tx.Exec(ctx, `
UPDATE ledger_entries
SET state = 'netted', group_id = @group
WHERE data_set = @set AND level = @level AND category_option = @code AND state = 'waiting'`, sqlite.Args{
		"group": group, "set": set, "level": k.Level, "code": k.Code,
	})
	return err
}

// countWrong counts the groups of a release whose numbers are not those of the
// events and entries in them.
func countWrong(ctx context.Context, q sqlite.Querier, sequence uint32) (int64, error) {
	var n int64
	err := q.QueryRow(ctx, `
WITH parts AS (
    SELECT e.group_id, e.weight AS value, e.amount_minor
    FROM ledger_events e
    WHERE e.group_id IN (SELECT id FROM ledger_groups WHERE sequence = @sequence)
    UNION ALL
    SELECT n.group_id, n.delta * n.weight, n.amount_minor
    FROM ledger_entries n
    WHERE n.group_id IN (SELECT id FROM ledger_groups WHERE sequence = @sequence)
)
SELECT count(*)
FROM ledger_groups g
LEFT JOIN (SELECT group_id, sum(value) AS value, sum(amount_minor) AS minor FROM parts GROUP BY group_id) p ON p.group_id = g.id
WHERE g.sequence = @sequence AND (g.value, g.amount_minor) IS NOT (p.value, p.minor)`, sqlite.Args{"sequence": sequence}).Scan(&n)
	return n, err
}

// selectWaiting counts what waits of some events.
func selectWaiting(ctx context.Context, q sqlite.Querier, set uint32, of some) ([]Waiting, error) {
	rows, err := q.Query(ctx, `
SELECT e.code, sum(e.weight), min(e.period), e.block IS NOT NULL
FROM ledger_events e
WHERE e.data_set = @set AND e.state = 'unpublished' AND `+of.sql+`
GROUP BY e.code, e.block IS NOT NULL
ORDER BY 1, 4`, of.into(sqlite.Args{"set": set}))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Waiting, error) {
		w := Waiting{DataSet: set}
		return w, r.Scan(&w.Code, &w.Value, &w.From, &w.Fell)
	})
}

// countCorrections counts what of some events waits to be taken back, or will when
// the records are next read.
func (s source) countCorrections(ctx context.Context, q sqlite.Querier, currency string, of some) (int64, error) {
	var n int64
	err := q.QueryRow(ctx, `
WITH records AS (`+s.touched+`)
SELECT (
    SELECT count(*)
    FROM ledger_entries n
    JOIN ledger_events e ON e.id = n.event_id
    WHERE n.data_set = @set AND n.state = 'waiting' AND n.delta < 0 AND `+of.sql+`
) + (
    SELECT count(*)
    FROM ledger_touched t
    CROSS JOIN ledger_events e ON e.data_set = @set AND e.source_id = t.id
    LEFT JOIN records r ON r.source_id = e.source_id
    WHERE t.source = @table AND e.state = 'published' AND e.corrected = 0 AND e.erased = 0
        AND (r.code, r.amount, r.weight) IS NOT (e.code, e.amount_minor, e.weight) AND `+of.sql+`
)`, of.into(s.args(currency, sqlite.Args{"table": s.rule.Table}))).Scan(&n)
	return n, err
}

func selectPublished(ctx context.Context, q sqlite.Querier) ([]Sum, error) {
	rows, err := q.Query(ctx, `
SELECT data_set, category_option, level, sum(value), sum(amount_hundreds)
FROM ledger_groups
WHERE voided_by IS NULL
GROUP BY data_set, category_option, level
ORDER BY data_set, category_option, level`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Sum, error) {
		var s Sum
		return s, r.Scan(&s.DataSet, &s.Code, &s.Level, &s.Value, &s.AmountHundreds)
	})
}

func selectBalance(ctx context.Context, q sqlite.Querier) ([]Balance, error) {
	rows, err := q.Query(ctx, `
WITH entries AS (
    SELECT data_set, sum(CASE WHEN state = 'netted' THEN delta * weight ELSE 0 END) AS netted,
        sum(CASE WHEN state = 'waiting' THEN delta * weight ELSE 0 END) AS pending
    FROM ledger_entries
    GROUP BY data_set
)
SELECT e.data_set, sum((e.state = 'unpublished') * e.weight), sum((e.state = 'published') * e.weight), sum((e.state = 'withdrawn') * e.weight),
    coalesce(max(n.netted), 0), coalesce(max(n.pending), 0)
FROM ledger_events e
LEFT JOIN entries n ON n.data_set = e.data_set
GROUP BY e.data_set
ORDER BY e.data_set`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Balance, error) {
		var b Balance
		return b, r.Scan(&b.DataSet, &b.Unpublished, &b.Published, &b.Withdrawn, &b.Netted, &b.Pending)
	})
}
