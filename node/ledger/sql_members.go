package ledger

import (
	"context"
	"database/sql"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// today is the condition that a record r counts by the rule.
func (r Rule) today() string {
	return "(r.id IS NOT NULL AND r." + r.Day + " IS NOT NULL AND r." + r.Code + " IS NOT NULL" + r.conditions() + ")"
}

func (r Rule) amount() string {
	if r.Amount == "" {
		return "0"
	}
	return "r." + r.Amount
}

func (r Rule) weight() string {
	if r.Weight == "" {
		return "1"
	}
	return "r." + r.Weight
}

// theirs are the joins to the case c and the client k of a record r.
func (r Rule) theirs(clients access.Filter) string {
	switch {
	case r.Table == "cases":
		return `
LEFT JOIN cases c ON c.id = r.id
LEFT JOIN clients k ON k.id = r.client_id AND ` + clients.SQL
	case r.Client == "case_id":
		return `
LEFT JOIN cases c ON c.id = r.case_id
LEFT JOIN clients k ON k.id = c.client_id AND ` + clients.SQL
	case r.Client == "":
		return `
LEFT JOIN cases c ON false
LEFT JOIN clients k ON false AND ` + clients.SQL
	}
	of := "NULL"
	if r.Table == "consultations" || r.Table == "services" {
		of = "r.case_id"
	}
	return `
LEFT JOIN cases c ON c.id = ` + of + `
LEFT JOIN clients k ON k.id = r.client_id AND ` + clients.SQL
}

// kept is the condition that a record r waits for the erasure of its client.
func (r Rule) kept() string {
	switch r.Client {
	case "case_id":
		return `EXISTS (SELECT 1 FROM cases w JOIN clients h ON h.id = w.client_id WHERE w.id = r.case_id AND (w.restricted = 1 OR h.restricted = 1))`
	case "client_id":
		own := "0"
		switch r.Table {
		case "cases":
			own = "r.restricted"
		case "consultations", "services":
			own = "coalesce((SELECT w.restricted FROM cases w WHERE w.id = r.case_id), 0)"
		}
		return `(` + own + ` = 1 OR EXISTS (SELECT 1 FROM clients h WHERE h.id = r.client_id AND h.restricted = 1))`
	}
	return "false"
}

// Lines are what a list shows before it is put beside its records: key, entry (0 for
// a record), source, event (0 where the ledger has none), code, period, value,
// minor, and the sequence of the release that a correction is about. They are as
// many as the list asks for.

// inGroup are the events and entries of the group @group, also of one that fell.
func inGroup(source) string {
	return `
    SELECT printf('0%015d', e.id) AS key, 0 AS entry, e.id AS event, e.source_id AS source, e.code, e.period, e.weight AS value, e.amount_minor AS minor, 0 AS counted
    FROM ledger_events e
    WHERE e.group_id = @group
    UNION ALL
    SELECT printf('0%015d', e.id), 0, e.id, e.source_id, f.code, f.period, f.weight, f.amount_minor, 0
    FROM ledger_fallen f
    JOIN ledger_events e ON e.id = f.event_id
    WHERE f.group_id = @group
    UNION ALL` + entries + `
    WHERE n.id IN (SELECT id FROM ledger_entries WHERE group_id = @group UNION ALL SELECT entry_id FROM ledger_fallen_entries WHERE group_id = @group)`
}

// entries are adjusting entries as lines, with the release in which their event was
// counted last, 0 where that was a draft that was handed out and fell.
const entries = `
    SELECT printf('1%015d', n.id) AS key, n.id AS entry, e.id AS event, e.source_id AS source, e.code, e.period, n.delta * n.weight AS value, n.amount_minor AS minor,
        coalesce((SELECT max(0, g.sequence) FROM ledger_groups g WHERE g.id = coalesce(e.group_id, e.block)), 0) AS counted
    FROM ledger_entries n
    JOIN ledger_events e ON e.id = n.event_id`

// events are events of the measure as lines.
const events = `
    SELECT printf('0%015d', e.id) AS key, 0 AS entry, e.id AS event, e.source_id AS source, e.code, e.period, e.weight AS value, e.amount_minor AS minor, 0 AS counted
    FROM ledger_events e
    WHERE e.data_set = @set AND (@of = 0 OR e.code = @of)`

// linesOf are the lines of the parts of a measure, under the code @of.
var linesOf = map[Part]func(source) string{
	Waits:      source.waits,
	WaitsFirst: func(s source) string { return s.waits() + ` AND e.block IS NULL` },
	WaitsAgain: func(s source) string { return s.waits() + ` AND e.block IS NOT NULL` },
	Pending: func(source) string {
		return entries + `
    WHERE n.data_set = @set AND n.state = 'waiting' AND (@of = 0 OR n.category_option = @of)`
	},
	Elsewhere: func(s source) string {
		return events + ` AND e.state = 'withdrawn' AND e.reason = 'elsewhere' AND ` + s.counts()
	},
	Withdrawn: func(s source) string {
		return events + ` AND e.state = 'withdrawn' AND e.erased = 0 AND ` + latest + ` AND NOT ` + s.counts() + `
        AND NOT EXISTS (SELECT 1 FROM ledger_events o WHERE o.data_set = e.data_set AND o.source_id = e.source_id AND o.version < e.version)`
	},
	Erased: func(source) string {
		return `
    SELECT printf('0%015d', e.id) AS key, 0 AS entry, e.id AS event, '' AS source, e.code, e.period, ` + contributed + ` AS value, 0 AS minor, 0 AS counted
    FROM ledger_events e
    WHERE e.data_set = @set AND e.erased = 1 AND (@of = 0 OR e.code = @of) AND ` + contributed + ` <> 0`
	},
	Today: func(s source) string {
		return `
    SELECT r.id AS key, 0 AS entry, 0 AS event, r.id AS source, 0 AS code, 0 AS period, ` + s.rule.weight() + ` AS value, ` + s.rule.amount() + ` AS minor, 0 AS counted
    FROM ` + s.rule.Table + ` r
    WHERE ` + s.rule.today() + ` AND r.id > @after AND (@of = 0 OR r.` + s.rule.Code + ` = @of)`
	},
	Unread: func(s source) string {
		return `
    SELECT t.id AS key, 0 AS entry, 0 AS event, t.id AS source, 0 AS code, 0 AS period, ` + s.unread() + ` AS value, 0 AS minor, 0 AS counted
    FROM ledger_touched t
    LEFT JOIN ` + s.rule.Table + ` r ON r.id = t.id
    WHERE t.source = '` + s.rule.Table + `' AND @of = @of AND @set = @set AND ` + s.unread() + ` <> 0`
	},
}

// waits are the events that wait. Under a code those are left out that wait for
// their erasure: that there are any under it is not to be told.
func (s source) waits() string {
	return events + ` AND e.state = 'unpublished' AND (@of = 0 OR ` + s.isThere() + `)`
}

// keptWaits are the events that wait, and of which nobody is shown why.
func (s source) keptWaits() string {
	return events + ` AND e.state = 'unpublished' AND NOT ` + s.isThere()
}

// isThere is the condition that the record of an event e is there, and does not wait for
// its erasure.
func (s source) isThere() string {
	return `EXISTS (SELECT 1 FROM ` + s.rule.Table + ` r WHERE r.id = e.source_id AND NOT ` + s.rule.kept() + `)`
}

// contributed is what an event e adds to what was published, waits, or waits to be
// taken back: nothing once an entry took it back.
const contributed = `((e.state <> 'withdrawn') * e.weight + coalesce((
        SELECT sum(n.delta * n.weight) FROM ledger_entries n WHERE n.event_id = e.id AND n.state <> 'cancelled'), 0))`

// counts is the condition that the record of an event e counts today.
func (s source) counts() string {
	return `EXISTS (SELECT 1 FROM ` + s.rule.Table + ` r WHERE r.id = e.source_id AND ` + s.rule.today() + `)`
}

// unread is what a changed record r, noted in t, will add when it is read.
func (s source) unread() string {
	return `(CASE WHEN ` + s.rule.today() + ` THEN ` + s.rule.weight() + ` ELSE 0 END
        - coalesce((SELECT sum(` + contributed + `) FROM ledger_events e WHERE e.data_set = @set AND e.source_id = t.id AND e.erased = 0), 0)
        - coalesce((SELECT sum(e.weight) FROM ledger_events e WHERE e.data_set = @set AND e.source_id = t.id AND e.state = 'withdrawn' AND e.reason = 'elsewhere' AND ` + s.counts() + `), 0))`
}

// selectMembers puts lines beside their records as these are today.
func (s source) selectMembers(ctx context.Context, q sqlite.Querier, lines string, args sqlite.Args, clients access.Filter) ([]Member, error) {
	r := s.rule
	rows, err := q.Query(ctx, `
SELECT l.key, l.entry > 0, l.value, l.minor, l.code, l.period, l.counted,
    CASE WHEN coalesce(e.erased, 0) = 1 THEN 'erased' WHEN `+r.kept()+` THEN 'withheld' WHEN NOT `+r.today()+` THEN 'gone'
        WHEN l.event > 0 AND (r.`+r.Code+`, `+r.amount()+`, `+r.weight()+`) IS NOT
            (l.code, CASE WHEN l.entry > 0 THEN e.amount_minor ELSE l.minor END, CASE WHEN l.entry > 0 THEN e.weight ELSE l.value END) THEN 'changed'
        ELSE 'same' END,
    coalesce(r.id, ''), coalesce(c.id, ''), coalesce(c.reference, ''), coalesce(k.id, ''), coalesce(k.surname, ''), coalesce(k.given_names, ''),
    coalesce(r.`+r.Day+`, ''), coalesce(r.`+r.Code+`, 0), coalesce(`+r.weight()+`, 0), coalesce(`+r.amount()+`, 0)
FROM (
    SELECT *
    FROM (`+lines+`)
    WHERE key > @after AND @set = @set
    ORDER BY key
    LIMIT @limit
) l
LEFT JOIN ledger_events e ON e.id = l.event
LEFT JOIN `+r.Table+` r ON r.id = l.source`+r.theirs(clients)+`
ORDER BY l.key`, args)
	return sqlite.Collect(rows, err, scanMember)
}

// scanMember reads a line, and leaves out of it what is not to be shown.
func scanMember(r *sql.Rows) (Member, error) {
	var m Member
	err := r.Scan(&m.key, &m.Correction, &m.Value, &m.Minor, &m.Code, &m.Period, &m.Counted, &m.Standing,
		&m.Source, &m.CaseID, &m.CaseReference, &m.ClientID, &m.Surname, &m.GivenNames, &m.Day, &m.Now, &m.NowValue, &m.NowMinor)
	if m.Standing.Hides() {
		m = Member{Value: m.Value, Minor: m.Minor, Correction: m.Correction, Counted: m.Counted, Standing: m.Standing, key: m.key}
	}
	return m, err
}

// selectOpened reads a group with what its lines add up to.
func (s source) selectOpened(ctx context.Context, q sqlite.Querier, sequence, level uint32, code codelist.Code, minorPerHundred int64) (PublishedGroup, error) {
	g := PublishedGroup{MinorPerHundred: minorPerHundred}
	err := q.QueryRow(ctx, `
SELECT g.id, g.sequence, g.data_set, g.category_option, g.level, g.from_period, g.value, g.amount_hundreds, g.carry_minor,
    coalesce(g.voided_by, 0), coalesce((SELECT max(0, o.sequence) FROM ledger_groups o WHERE o.id = g.again), 0),
    coalesce((
        SELECT sum(b.amount_minor - b.amount_hundreds * @hundred)
        FROM ledger_groups b
        WHERE b.data_set = g.data_set AND b.level = g.level AND b.category_option = g.category_option AND b.sequence < g.sequence
            AND (b.voided_by IS NULL OR b.voided_by > g.sequence)
    ), 0)
FROM ledger_groups g
WHERE g.sequence = @sequence AND g.data_set = @set AND g.level = @level AND g.category_option = @code`, sqlite.Args{
		"sequence": sequence, "set": s.set.Number, "level": level, "code": code, "hundred": minorPerHundred,
	}).Scan(&g.id, &g.Sequence, &g.DataSet, &g.Code, &g.Level, &g.From, &g.Value, &g.AmountHundreds, &g.CarryMinor, &g.VoidedBy, &g.Again, &g.CarriedMinor)
	if err != nil {
		return g, err
	}
	return g, q.QueryRow(ctx, `
SELECT count(*) FILTER (WHERE entry = 0), coalesce(sum(value) FILTER (WHERE entry = 0), 0), coalesce(sum(minor) FILTER (WHERE entry = 0), 0),
    count(*) FILTER (WHERE entry > 0), coalesce(sum(value) FILTER (WHERE entry > 0), 0), coalesce(sum(minor) FILTER (WHERE entry > 0), 0),
    count(*) FILTER (WHERE coalesce(e.erased, 0) = 1 OR `+s.rule.kept()+`)
FROM (`+inGroup(s)+`) l
LEFT JOIN ledger_events e ON e.id = l.event
LEFT JOIN `+s.rule.Table+` r ON r.id = l.source`, sqlite.Args{"group": g.id}).
		Scan(&g.Records, &g.Counted, &g.CountedMinor, &g.Corrections, &g.Netted, &g.NettedMinor, &g.Hidden)
}

func selectLeaving(ctx context.Context, q sqlite.Querier, set uint32) ([]PublishedGroup, error) {
	rows, err := q.Query(ctx, `
SELECT id, sequence, data_set, category_option, level, from_period, value, amount_hundreds
FROM ledger_groups
WHERE data_set = @set AND voided_by IS NULL
ORDER BY sequence DESC, category_option, level`, sqlite.Args{"set": set})
	return sqlite.Collect(rows, err, func(r *sql.Rows) (PublishedGroup, error) {
		var g PublishedGroup
		return g, r.Scan(&g.id, &g.Sequence, &g.DataSet, &g.Code, &g.Level, &g.From, &g.Value, &g.AmountHundreds)
	})
}

// selectStand adds up the parts of a measure. What counts today is counted in the
// records, and the rest in the ledger.
func (s source) selectStand(ctx context.Context, q sqlite.Querier, currency string, walled access.Filter) (Stand, error) {
	sum := func(part Part, args string) string {
		return `coalesce((SELECT sum(value) FROM (` + s.without(linesOf[part](s), walled) + `)), 0)` + args
	}
	st := Stand{DataSet: s.set.Number}
	err := q.QueryRow(ctx, `
SELECT `+sum(Today, ",")+`
    coalesce((SELECT sum(g.value) FROM ledger_groups g WHERE g.data_set = @set AND g.voided_by IS NULL), 0),
    `+sum(Pending, ",")+sum(Waits, ",")+sum(Elsewhere, ",")+sum(Unread, ",")+sum(Erased, ",")+sum(Withdrawn, ""),
		s.args(currency, walled.Into(sqlite.Args{"of": 0, "after": ""}))).
		Scan(&st.Today, &st.Published, &st.Pending, &st.Waiting, &st.Elsewhere, &st.Unread, &st.Erased, &st.Withdrawn)
	return st, err
}

func selectSum(ctx context.Context, q sqlite.Querier, lines string, args sqlite.Args) (int64, error) {
	args["after"] = ""
	var n int64
	err := q.QueryRow(ctx, `SELECT coalesce(sum(value), 0) FROM (`+lines+`) WHERE key > @after AND @set = @set`, args).Scan(&n)
	return n, err
}
