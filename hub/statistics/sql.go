package statistics

import (
	"context"
	"time"

	"casehub/internal/civil"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func (q question) args() pgx.NamedArgs {
	return pgx.NamedArgs{
		"from": int32(q.span.From), "to": int32(q.span.To),
		"data_set": int32(q.dataSet), "org_unit": int32(q.orgUnit),
	}
}

func totals(ctx context.Context, db *pgxpool.Pool, q question) ([]Total, error) {
	rows, err := db.Query(ctx, `
SELECT f.data_set, f.category_option, f.level,
    sum(f.value)::bigint, sum(f.amount_hundreds)::bigint, count(DISTINCT f.org_unit)
FROM facts f
JOIN releases r ON r.org_unit = f.org_unit AND r.sequence = f.sequence
WHERE r.status = 'counted'
    AND r.period BETWEEN @from AND @to
    AND @data_set::int IN (0, f.data_set)
    AND @org_unit::int IN (0, f.org_unit)
GROUP BY f.data_set, f.category_option, f.level
ORDER BY f.data_set, f.category_option, f.level`, q.args())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Total, err error) {
		err = row.Scan(&t.DataSet, &t.Code, &t.Level, &t.Value, &t.AmountHundreds, &t.Offices)
		return t, err
	})
}

func releasesInside(ctx context.Context, db *pgxpool.Pool, q question) (n uint64, err error) {
	err = db.QueryRow(ctx, `
SELECT count(*)
FROM releases
WHERE status = 'counted'
    AND period BETWEEN @from AND @to
    AND @org_unit::int IN (0, org_unit)`, q.args()).Scan(&n)
	return n, err
}

func series(ctx context.Context, db *pgxpool.Pool, q question) ([]Point, error) {
	rows, err := db.Query(ctx, `
SELECT f.data_set, r.period, f.category_option, sum(f.value)::bigint, sum(f.amount_hundreds)::bigint
FROM facts f
JOIN releases r ON r.org_unit = f.org_unit AND r.sequence = f.sequence
WHERE r.status = 'counted'
    AND r.period BETWEEN @from AND @to
    AND @data_set::int IN (0, f.data_set)
GROUP BY r.period, f.data_set, f.category_option
ORDER BY r.period, f.data_set, f.category_option`, q.args())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Point, err error) {
		err = row.Scan(&p.DataSet, &p.Period, &p.Code, &p.Value, &p.AmountHundreds)
		return p, err
	})
}

func months(ctx context.Context, db *pgxpool.Pool) (s Span, err error) {
	err = db.QueryRow(ctx, `
SELECT coalesce(min(period), 0), coalesce(max(period), 0)
FROM releases
WHERE status = 'counted'`).Scan(&s.From, &s.To)
	return s, err
}

// offices reads every office and what it did about the month. The best of the
// month's releases decides: one that counts, else one that waits.
func offices(ctx context.Context, db *pgxpool.Pool, m civil.Month, deadline time.Time) ([]Office, error) {
	first, last := m.First(), m.Last()
	if m == 0 {
		first, last = "1900-01-01", "1900-01-01"
	}
	rows, err := db.Query(ctx, `
SELECT o.org_unit, o.name, o.province, o.network, o.opened_on, o.closed_on,
    c.counted_sequence, coalesce(newest.period, 0), newest.received_at, c.held_since IS NOT NULL,
    c.key_id, renewed.renewed_at, coalesce(renewed.last_sequence, 0), coalesce(renewed.withdrew, 0),
    (SELECT count(*) FROM refusals f WHERE f.org_unit = o.org_unit AND f.reason = @replaced AND f.received_at > renewed.renewed_at),
    (SELECT count(*) FROM releases w WHERE w.org_unit = o.org_unit AND w.status = 'waiting'),
    CASE
        WHEN o.opened_on > @last OR o.closed_on < @first THEN 'not-expected'
        WHEN month.counted_at < @deadline THEN 'reported'
        WHEN month.counted_at IS NOT NULL THEN 'late'
        WHEN month.waiting THEN 'waiting'
        ELSE 'missing'
    END
FROM offices o
JOIN chains c ON c.org_unit = o.org_unit
LEFT JOIN releases newest ON newest.org_unit = o.org_unit AND newest.sequence = c.counted_sequence
LEFT JOIN renewals renewed ON renewed.org_unit = o.org_unit AND renewed.key_id = c.key_id
LEFT JOIN (
    SELECT org_unit,
        min(received_at) FILTER (WHERE status = 'counted' AND kind <> 2) AS counted_at,
        bool_or(status = 'waiting') AS waiting
    FROM releases
    WHERE period = @period
    GROUP BY org_unit
) month ON month.org_unit = o.org_unit
ORDER BY o.org_unit`, pgx.NamedArgs{
		"period": int32(m), "first": first.Time(), "last": last.Time(), "deadline": deadline,
		"replaced": releasev1.ReasonCode_REASON_CODE_KEY_REPLACED,
	})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanOffice)
}

func scanOffice(row pgx.CollectableRow) (Office, error) {
	var o Office
	var opened time.Time
	var closed, received, renewed *time.Time
	err := row.Scan(&o.OrgUnit, &o.Name, &o.Province, &o.Network, &opened, &closed,
		&o.LastSequence, &o.LastPeriod, &received, &o.Held, &o.Key.Number, &renewed, &o.Key.Last, &o.Key.Withdrawn, &o.Key.Refused, &o.Waiting, &o.State)
	o.OpenedOn = civil.On(opened)
	if closed != nil {
		o.ClosedOn = civil.On(*closed)
	}
	if received != nil {
		o.ReceivedAt = received.UTC()
	}
	if renewed != nil {
		o.Key.RenewedAt = renewed.UTC()
	}
	return o, err
}

// deadline is a month with the first instant at which its release is late.
type deadline struct {
	period civil.Month
	at     time.Time
}

// rates counts for each month the offices that were open, those whose release
// counts, and those whose release came in time.
func rates(ctx context.Context, db *pgxpool.Pool, deadlines []deadline) ([]Rate, error) {
	var periods []int32
	var firsts, lasts, late []time.Time
	for _, d := range deadlines {
		periods = append(periods, int32(d.period))
		firsts, lasts = append(firsts, d.period.First().Time()), append(lasts, d.period.Last().Time())
		late = append(late, d.at)
	}
	rows, err := db.Query(ctx, `
SELECT m.period, count(o.org_unit), count(r.counted_at), count(*) FILTER (WHERE r.counted_at < m.late)
FROM unnest(@periods::integer[], @firsts::date[], @lasts::date[], @late::timestamptz[]) AS m (period, first, last, late)
LEFT JOIN offices o ON o.opened_on <= m.last AND coalesce(o.closed_on, m.first) >= m.first
LEFT JOIN (
    SELECT org_unit, period, min(received_at) AS counted_at
    FROM releases
    WHERE status = 'counted' AND kind <> 2
    GROUP BY org_unit, period
) r ON r.org_unit = o.org_unit AND r.period = m.period
GROUP BY m.period
ORDER BY m.period`, pgx.NamedArgs{"periods": periods, "firsts": firsts, "lasts": lasts, "late": late})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Rate, err error) {
		err = row.Scan(&r.Period, &r.Expected, &r.Actual, &r.OnTime)
		return r, err
	})
}

func releases(ctx context.Context, db *pgxpool.Pool, orgUnit uint32) ([]Release, error) {
	rows, err := db.Query(ctx, `
SELECT r.sequence, r.period, r.kind, r.status, r.digest, r.received_at,
    count(f.org_unit), coalesce(sum(f.value), 0)::bigint
FROM releases r
LEFT JOIN facts f ON f.org_unit = r.org_unit AND f.sequence = r.sequence
WHERE r.org_unit = @org_unit
GROUP BY r.org_unit, r.sequence
UNION ALL
SELECT sequence, period, kind, 'withdrawn', digest, received_at, 0, 0
FROM withdrawn
WHERE org_unit = @org_unit
ORDER BY 1, 6`, pgx.NamedArgs{"org_unit": int32(orgUnit)})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Release, err error) {
		var digest []byte
		err = row.Scan(&r.Sequence, &r.Period, &r.Kind, &r.Status, &digest, &r.ReceivedAt, &r.Groups, &r.Value)
		copy(r.Digest[:], digest)
		r.ReceivedAt = r.ReceivedAt.UTC()
		return r, err
	})
}

func alarms(ctx context.Context, db *pgxpool.Pool, q Alarms) ([]Alarm, error) {
	rows, err := db.Query(ctx, `
SELECT a.org_unit, a.sequence, a.digest, a.raised_at, r.resumed_at, coalesce(r.who, ''), coalesce(r.reason, '')
FROM alarms a
LEFT JOIN resumptions r ON r.org_unit = a.org_unit AND r.arrival = a.resumption
WHERE @org_unit::int IN (0, a.org_unit)
    AND (@closed::boolean OR a.resumption IS NULL)
ORDER BY a.raised_at DESC, a.org_unit, a.sequence, a.digest`, pgx.NamedArgs{"org_unit": int32(q.OrgUnit), "closed": q.Closed})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Alarm, err error) {
		var digest []byte
		var closed *time.Time
		err = row.Scan(&a.OrgUnit, &a.Sequence, &digest, &a.RaisedAt, &closed, &a.Who, &a.Reason)
		copy(a.Digest[:], digest)
		a.RaisedAt = a.RaisedAt.UTC()
		if closed != nil {
			a.ClosedAt = closed.UTC()
		}
		return a, err
	})
}
