package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"casehub/internal/sqlite"
)

// Evidence is what the office's records say of a published group. It never
// leaves the office. AmountHundreds and CarryMinor are as published; Amounts,
// with the carry of the group before, is what they have to follow from.
type Evidence struct {
	Group
	// Clients is the number of distinct people inside.
	Clients int64
	Amounts Amounts
	// Again says that the group repeats one that fell with its release.
	Again bool
}

// Follows reports whether the amount that was published is the one that follows
// from the records and from what the groups before left over. A group that leaves
// again has the amount that it had.
func (e Evidence) Follows() bool {
	hundreds, carry := e.Amounts.Hundreds()
	if e.Again {
		hundreds, carry = e.AmountHundreds, e.Amounts.Carry+e.Amounts.Total-e.AmountHundreds*e.Amounts.MinorPerHundred
	}
	return e.AmountHundreds == hundreds && e.CarryMinor == carry
}

// Evidence counts the groups of a release again from the office's records.
func (l *Ledger) Evidence(ctx context.Context, q sqlite.Querier, sequence uint32) ([]Evidence, error) {
	sources, err := l.sources()
	if err != nil {
		return nil, err
	}
	var all []Evidence
	for _, s := range sources {
		list, err := s.selectEvidence(ctx, q, sequence, l.currency, l.minor)
		if err != nil {
			return nil, fmt.Errorf("counting the evidence of %s: %w", s.set.Name, err)
		}
		for i := range list {
			list[i].Amounts.MinorPerHundred = l.minor
		}
		all = append(all, list...)
	}
	return all, nil
}

// selectEvidence counts every group of a measure in a release from the office's
// records: its members say only which records these are. A member without a record
// that counts does not count.
func (s source) selectEvidence(ctx context.Context, q sqlite.Querier, sequence uint32, currency string, minorPerHundred int64) ([]Evidence, error) {
	rows, err := q.Query(ctx, `
WITH here AS (
    SELECT id
    FROM ledger_groups
    WHERE sequence = @sequence AND data_set = @set
), records AS (`+s.rule.query()+`
    AND r.id IN (SELECT source_id FROM ledger_events WHERE group_id IN (SELECT id FROM here))
), parts AS (
    SELECT e.group_id, r.client_id AS person, r.code, r.weight AS value, r.amount
    FROM ledger_events e
    JOIN records r ON r.source_id = e.source_id
    WHERE e.group_id IN (SELECT id FROM here)
    UNION ALL
    SELECT n.group_id, coalesce(p.person, CASE WHEN n.client_id = @nobody THEN @nobody ELSE '' END), NULL, n.delta * n.weight, n.amount_minor
    FROM ledger_entries n
    LEFT JOIN ledger_persons p ON p.client_id = n.client_id
    WHERE n.group_id IN (SELECT id FROM here)
), people AS (
    SELECT group_id, person, sum(value) AS n, min(code) AS lowest, max(code) AS highest, sum(amount) AS amount, min(amount) AS least,
        row_number() OVER (PARTITION BY group_id ORDER BY abs(sum(amount)) DESC) AS place
    FROM parts
    GROUP BY group_id, person
)
SELECT g.data_set, CASE WHEN g.level = 1 THEN CASE WHEN min(p.lowest) = max(p.highest) THEN min(p.lowest) ELSE 0 END ELSE g.category_option END,
    g.level, g.from_period, sum(p.n), g.amount_hundreds, g.carry_minor, g.again IS NOT NULL,
    sum(p.n > 0 AND p.person <> ''), sum(p.amount), sum(abs(p.amount)), max(abs(p.amount)), min(p.least) < 0,
    sum(CASE WHEN p.place = 2 THEN abs(p.amount) ELSE 0 END),
    coalesce((
        SELECT sum(b.amount_minor - b.amount_hundreds * @hundred)
        FROM ledger_groups b
        WHERE b.data_set = g.data_set AND b.category_option = g.category_option AND b.level = g.level AND b.sequence < g.sequence
            AND (b.voided_by IS NULL OR b.voided_by > g.sequence)
    ), 0)
FROM people p
JOIN ledger_groups g ON g.id = p.group_id
GROUP BY p.group_id
ORDER BY g.category_option, g.level`, s.args(currency, sqlite.Args{"sequence": sequence, "nobody": nobody, "hundred": minorPerHundred}))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Evidence, error) {
		var e Evidence
		a := &e.Amounts
		return e, r.Scan(&e.DataSet, &e.Code, &e.Level, &e.From, &e.Value, &e.AmountHundreds, &e.CarryMinor, &e.Again,
			&e.Clients, &a.Total, &a.Absolute, &a.Largest, &a.Negative, &a.Second, &a.Carry)
	})
}
