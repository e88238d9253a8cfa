package ledger

import (
	"context"
	"database/sql"
	"maps"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// some are the events of a choice, as a condition on ledger_events with its
// parameters. The zero some are all.
type some struct {
	sql  string
	args sqlite.Args
}

// everyone are all events.
var everyone = some{}

// into adds the parameters to those of a statement.
func (s some) into(args sqlite.Args) sqlite.Args {
	maps.Copy(args, s.args)
	return args
}

// selectBacklogs summarises the oldest of some events under each leaf, at most
// largest of each, ascending by code.
func selectBacklogs(ctx context.Context, q sqlite.Querier, set uint32, period civil.Month, largest int64, of some) ([]Backlog, error) {
	rows, err := q.Query(ctx, `
SELECT code, count(*), count(DISTINCT client_id), sum(client_id = @nobody), min(period)
FROM (
    SELECT code, client_id, period, row_number() OVER (PARTITION BY code ORDER BY period, id) AS place
    FROM ledger_events
    WHERE data_set = @set AND state = 'unpublished' AND period <= @period`+of.sql+`
)
WHERE place <= @largest
GROUP BY code
ORDER BY code`, of.into(sqlite.Args{"set": set, "period": period, "largest": largest, "nobody": nobody}))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Backlog, error) {
		b := Backlog{DataSet: set}
		return b, r.Scan(&b.Code, &b.Value, &b.Clients, &b.Nameless, &b.From)
	})
}

// selectBacklogAmounts adds up the money of the same events by client and then
// by leaf.
func selectBacklogAmounts(ctx context.Context, q sqlite.Querier, set uint32, period civil.Month, largest int64, of some) (map[codelist.Code]Amounts, error) {
	rows, err := q.Query(ctx, `
SELECT code, sum(amount_minor), min(amount_minor) < 0
FROM (
    SELECT code, client_id, amount_minor, row_number() OVER (PARTITION BY code ORDER BY period, id) AS place
    FROM ledger_events
    WHERE data_set = @set AND state = 'unpublished' AND period <= @period`+of.sql+`
)
WHERE place <= @largest
GROUP BY code, client_id`, of.into(sqlite.Args{"set": set, "period": period, "largest": largest}))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	amounts := map[codelist.Code]Amounts{}
	for rows.Next() {
		var code codelist.Code
		var sum int64
		var negative bool
		if err := rows.Scan(&code, &sum, &negative); err != nil {
			return nil, err
		}
		amounts[code] = amounts[code].with(sum, negative)
	}
	return amounts, rows.Err()
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

// selectCarry reads what the newest group of each leaf left over.
func selectCarry(ctx context.Context, q sqlite.Querier, set uint32) (map[codelist.Code]int64, error) {
	rows, err := q.Query(ctx, `
SELECT category_option, carry_minor, max(sequence)
FROM ledger_groups
WHERE data_set = @set AND level = 1
GROUP BY category_option`, sqlite.Args{"set": set})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	carry := map[codelist.Code]int64{}
	for rows.Next() {
		var code codelist.Code
		var minor, sequence int64
		if err := rows.Scan(&code, &minor, &sequence); err != nil {
			return nil, err
		}
		carry[code] = minor
	}
	return carry, rows.Err()
}

func insertGroup(ctx context.Context, tx *sqlite.Tx, sequence uint32, g Group) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `
INSERT INTO ledger_groups (sequence, data_set, category_option, level, from_period, value, amount_hundreds, carry_minor)
VALUES (@sequence, @set, @code, @level, @from, @value, @hundreds, @carry)
RETURNING id`, sqlite.Args{
		"sequence": sequence, "set": g.DataSet, "code": g.Code, "level": g.Level, "from": g.From,
		"value": g.Value, "hundreds": g.AmountHundreds, "carry": g.CarryMinor,
	}).Scan(&id)
	return id, err
}

// markPublished puts the oldest events under a leaf, at most largest, into a
// group and returns how many these were.
func markPublished(ctx context.Context, tx *sqlite.Tx, group int64, period civil.Month, g Group, largest int64) (int64, error) {
	return tx.Exec(ctx, `
UPDATE ledger_events
SET state = 'published', group_id = @group
WHERE id IN (
    SELECT id
    FROM ledger_events
    WHERE data_set = @set AND code = @code AND state = 'unpublished' AND period <= @period
    ORDER BY period, id
    LIMIT @largest
)`, sqlite.Args{"group": group, "set": g.DataSet, "code": g.Code, "period": period, "largest": largest})
}

// selectEvidence counts every group of a release from the office's records: its
// members say only which records these are. A member without a record, or in
// another currency, does not count, and whom ledger_persons does not know are one
// person together.
func selectEvidence(ctx context.Context, q sqlite.Querier, sequence uint32, currency string) ([]Evidence, error) {
	rows, err := q.Query(ctx, `
WITH members AS (
    SELECT g.id AS group_id, g.data_set, p.person, coalesce(o.case_type, r.destination, m.kind) AS code,
        coalesce(o.opened_on, r.referred_on, m.received_on) AS day, coalesce(m.amount_minor, 0) AS amount
    FROM ledger_groups g
    JOIN ledger_events e ON e.group_id = g.id AND e.state = 'published'
    LEFT JOIN cases o ON g.data_set = @opened AND o.id = e.source_id
    LEFT JOIN referrals r ON g.data_set = @referred AND r.id = e.source_id
    LEFT JOIN recoveries m ON g.data_set = @recovered AND m.id = e.source_id AND m.currency = @currency
    JOIN cases c ON c.id = coalesce(o.id, r.case_id, m.case_id)
    LEFT JOIN ledger_persons p ON p.client_id = c.client_id
    WHERE g.sequence = @sequence
), people AS (
    SELECT group_id, person, count(*) AS n, min(code) AS lowest, max(code) AS highest, min(`+month+`) AS first,
        sum(amount) AS amount, min(amount) AS least, row_number() OVER (PARTITION BY group_id ORDER BY abs(sum(amount)) DESC) AS place
    FROM members
    GROUP BY group_id, person
)
SELECT g.data_set, CASE WHEN min(p.lowest) = max(p.highest) THEN min(p.lowest) ELSE 0 END, g.level, min(p.first), sum(p.n),
    g.amount_hundreds, g.carry_minor, count(*), sum(p.amount), sum(abs(p.amount)), max(abs(p.amount)), min(p.least) < 0,
    sum(CASE WHEN p.place = 2 THEN abs(p.amount) ELSE 0 END),
    coalesce((
        SELECT b.carry_minor
        FROM ledger_groups b
        WHERE b.data_set = g.data_set AND b.category_option = g.category_option AND b.level = g.level AND b.sequence < g.sequence
        ORDER BY b.sequence DESC
        LIMIT 1
    ), 0)
FROM people p
JOIN ledger_groups g ON g.id = p.group_id
GROUP BY p.group_id
ORDER BY 1, 2`, sqlite.Args{
		"sequence": sequence, "currency": currency,
		"opened": codelist.CasesOpened, "referred": codelist.ReferralsMade, "recovered": codelist.AmountsRecovered,
	})
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Evidence, error) {
		var e Evidence
		a := &e.Amounts
		return e, r.Scan(&e.DataSet, &e.Code, &e.Level, &e.From, &e.Value, &e.AmountHundreds, &e.CarryMinor,
			&e.Clients, &a.Total, &a.Absolute, &a.Largest, &a.Negative, &a.Second, &a.Carry)
	})
}

// readable are the events of a filter whose code somebody may read: the type of
// a case, the destination of a referral, which is narrative, and the kind of an
// amount.
func readable(seen access.Filter) some {
	return some{
		sql: `
        AND id IN (
            SELECT e.id
            FROM ledger_events e
            LEFT JOIN referrals r ON e.data_set = @referred AND r.id = e.source_id
            LEFT JOIN recoveries m ON e.data_set = @recovered AND m.id = e.source_id
            LEFT JOIN cases c ON c.id = CASE e.data_set WHEN @referred THEN r.case_id WHEN @recovered THEN m.case_id ELSE e.source_id END
            WHERE e.state = 'unpublished' AND ` + seen.SQL + ` AND CASE e.data_set
                WHEN @referred THEN ` + seen.Class(access.Narrative) + `
                WHEN @recovered THEN ` + seen.Class(access.Finance) + `
                ELSE ` + seen.Class(access.Sensitive) + ` END)`,
		args: seen.Into(sqlite.Args{"referred": codelist.ReferralsMade, "recovered": codelist.AmountsRecovered}),
	}
}

// selectWaiting counts what waits of some events.
func selectWaiting(ctx context.Context, q sqlite.Querier, of some) ([]Waiting, error) {
	rows, err := q.Query(ctx, `
SELECT data_set, code, count(*), min(period)
FROM ledger_events
WHERE state = 'unpublished'`+of.sql+`
GROUP BY data_set, code
ORDER BY data_set, code`, of.into(sqlite.Args{}))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Waiting, error) {
		var w Waiting
		return w, r.Scan(&w.DataSet, &w.Code, &w.Value, &w.From)
	})
}

func selectPublished(ctx context.Context, q sqlite.Querier) ([]Sum, error) {
	rows, err := q.Query(ctx, `
SELECT data_set, category_option, level, sum(value), sum(amount_hundreds)
FROM ledger_groups
GROUP BY data_set, category_option, level
ORDER BY data_set, category_option, level`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Sum, error) {
		var s Sum
		return s, r.Scan(&s.DataSet, &s.Code, &s.Level, &s.Value, &s.AmountHundreds)
	})
}

func selectBalance(ctx context.Context, q sqlite.Querier) ([]Balance, error) {
	rows, err := q.Query(ctx, `
SELECT data_set, sum(state = 'unpublished'), sum(state = 'published'), sum(state = 'withdrawn')
FROM ledger_events
GROUP BY data_set
ORDER BY data_set`, nil)
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Balance, error) {
		var b Balance
		return b, r.Scan(&b.DataSet, &b.Unpublished, &b.Published, &b.Withdrawn)
	})
}

// month is the month of a day in a statement, as the number YYYYMM.
const month = `CAST(substr(day, 1, 4) || substr(day, 6, 2) AS INTEGER)`

// source says how the events of one measure follow from the office's records.
// The ledger reads the records' tables itself, a statement for all of them: an
// office with ten years of cases closes its month in the time of a few scans.
type source struct {
	name  string
	money bool
	// merge brings new and changed records in; what is published stays.
	merge string
	// withdraw takes out unpublished events whose record is gone.
	withdraw string
	// corrections counts published events whose record says otherwise today, save
	// where the record was erased; the
	// condition on its case c follows.
	corrections string
}

// args gives a source's statements their parameters.
func (s source) args(currency string) sqlite.Args {
	if s.money {
		return sqlite.Args{"currency": currency}
	}
	return nil
}

// sources lists the measures of the first plan. When a case is counted: a case
// in the month of its opening day; a referral in the month it was made; an
// amount in the month the client received it, in the office's currency.
var sources = []source{
	newSource("cases_opened", codelist.CasesOpened, false, `
SELECT c.id AS source_id, c.id AS case_id, p.person AS client_id, c.case_type AS code, c.opened_on AS day, 0 AS amount
FROM cases c
JOIN ledger_persons p ON p.client_id = c.client_id`),
	newSource("referrals_made", codelist.ReferralsMade, false, `
SELECT r.id AS source_id, c.id AS case_id, p.person AS client_id, r.destination AS code, r.referred_on AS day, 0 AS amount
FROM referrals r
JOIN cases c ON c.id = r.case_id
JOIN ledger_persons p ON p.client_id = c.client_id`),
	newSource("amounts_recovered", codelist.AmountsRecovered, true, `
SELECT r.id AS source_id, c.id AS case_id, p.person AS client_id, r.kind AS code, r.received_on AS day, r.amount_minor AS amount
FROM recoveries r
JOIN cases c ON c.id = r.case_id
JOIN ledger_persons p ON p.client_id = c.client_id
WHERE r.currency = @currency`),
}

// newSource writes the statements of a measure around the query for its
// records: source_id, client_id, code, day, amount.
func newSource(name string, set uint32, money bool, records string) source {
	number := strconv.FormatUint(uint64(set), 10)
	return source{
		name:  name,
		money: money,
		merge: `
WITH records AS (` + records + `)
INSERT INTO ledger_events (data_set, source_id, client_id, code, period, amount_minor)
SELECT ` + number + `, source_id, client_id, code, ` + month + `, amount
FROM records
WHERE true
ORDER BY day, source_id
ON CONFLICT (data_set, source_id, version) DO UPDATE
SET client_id = excluded.client_id, code = excluded.code, period = excluded.period,
    amount_minor = excluded.amount_minor, state = 'unpublished'
WHERE state <> 'published' AND erased = 0 AND (state, client_id, code, period, amount_minor)
    IS NOT ('unpublished', excluded.client_id, excluded.code, excluded.period, excluded.amount_minor)`,
		withdraw: `
WITH records AS (` + records + `)
UPDATE ledger_events
SET state = 'withdrawn'
WHERE data_set = ` + number + ` AND state = 'unpublished'
    AND NOT EXISTS (SELECT 1 FROM records WHERE records.source_id = ledger_events.source_id)`,
		corrections: `
WITH records AS (` + records + `)
SELECT count(*)
FROM ledger_events e
LEFT JOIN records r ON r.source_id = e.source_id
LEFT JOIN cases c ON c.id = r.case_id
WHERE e.data_set = ` + number + ` AND e.state = 'published' AND e.erased = 0
    AND (r.source_id IS NULL OR r.code <> e.code OR ` + month + ` <> e.period OR r.amount <> e.amount_minor)
    AND `,
	}
}

// selectRecords reads every client record, ascending by identifier.
func selectRecords(ctx context.Context, q sqlite.Querier) ([]record, error) {
	rows, err := q.Query(ctx, `
SELECT c.id, c.id_number, c.surname || ' ' || c.given_names, coalesce(c.birth_date, ''), c.birth_precision, c.phones,
    coalesce(p.person, '')
FROM clients c
LEFT JOIN ledger_persons p ON p.client_id = c.id
ORDER BY c.id`, nil)
	return sqlite.Collect(rows, err, func(rows *sql.Rows) (record, error) {
		var r record
		var number, name, birth, precision, phones string
		err := rows.Scan(&r.client, &number, &name, &birth, &precision, &phones, &r.person)
		return r.with(number, name, birth, precision, phones), err
	})
}

func savePerson(ctx context.Context, tx *sqlite.Tx, client, person string) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO ledger_persons (client_id, person)
VALUES (?1, ?2)
ON CONFLICT (client_id) DO UPDATE
SET person = excluded.person`, client, person)
	return err
}
