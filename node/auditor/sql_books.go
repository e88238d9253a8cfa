package auditor

import (
	"context"
	"database/sql"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
)

// readBooks reads every table of the ledger once, in order.
func readBooks(ctx context.Context, q sqlite.Querier) (*books, error) {
	b := &books{
		groups: map[int64]*group{}, stood: map[int64]map[place]bool{}, byID: map[int64]*event{}, elsewhere: map[uint32]civil.Month{},
	}
	for _, read := range []func(context.Context, sqlite.Querier) error{
		b.readGroups, b.readEvents, b.readEntries, b.readElsewhere, b.readStart, b.readReleases,
	} {
		if err := read(ctx, q); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *books) readGroups(ctx context.Context, q sqlite.Querier) error {
	return each(ctx, q, `
SELECT id, sequence, data_set, level, category_option, from_period, period, value, amount_hundreds, carry_minor, amount_minor,
    coalesce(voided_by, 0), coalesce(again, 0), entries
FROM ledger_groups
ORDER BY id`, func(r *sql.Rows) error {
		g := &group{}
		err := r.Scan(&g.id, &g.sequence, &g.set, &g.level, &g.code, &g.from, &g.period, &g.value, &g.hundreds, &g.carry, &g.minor,
			&g.voidedBy, &g.again, &g.counted)
		b.groups[g.id], b.ordered = g, append(b.ordered, g)
		if b.stood[g.sequence] == nil {
			b.stood[g.sequence] = map[place]bool{}
		}
		b.stood[g.sequence][g.place] = true
		return err
	})
}

func (b *books) readEvents(ctx context.Context, q sqlite.Querier) error {
	return each(ctx, q, `
SELECT id, data_set, source_id, version, client_id, code, period, amount_minor, weight, state, reason,
    coalesce(group_id, 0), coalesce(block, 0), corrected, erased
FROM ledger_events
ORDER BY data_set, source_id, version`, func(r *sql.Rows) error {
		e := &event{}
		err := r.Scan(&e.id, &e.set, &e.source, &e.version, &e.client, &e.code, &e.month, &e.minor, &e.weight, &e.state, &e.reason,
			&e.group, &e.block, &e.corrected, &e.erased)
		b.byID[e.id], b.events = e, append(b.events, e)
		if g := b.groups[e.group]; g != nil {
			g.members = append(g.members, e)
		}
		return err
	})
}

func (b *books) readEntries(ctx context.Context, q sqlite.Querier) error {
	return each(ctx, q, `
SELECT id, event_id, data_set, level, category_option, delta, weight, amount_minor, client_id, state, coalesce(group_id, 0)
FROM ledger_entries
ORDER BY id`, func(r *sql.Rows) error {
		n := &entry{}
		err := r.Scan(&n.id, &n.event, &n.place.set, &n.place.level, &n.place.code, &n.delta, &n.weight, &n.minor, &n.client, &n.state, &n.group)
		b.entries = append(b.entries, n)
		if g := b.groups[n.group]; g != nil {
			g.netted = append(g.netted, n)
		}
		return err
	})
}

func (b *books) readElsewhere(ctx context.Context, q sqlite.Querier) error {
	return each(ctx, q, `SELECT data_set, through FROM ledger_elsewhere ORDER BY data_set`, func(r *sql.Rows) error {
		var set uint32
		var through civil.Month
		err := r.Scan(&set, &through)
		b.elsewhere[set] = through
		return err
	})
}

func (b *books) readStart(ctx context.Context, q sqlite.Querier) error {
	return each(ctx, q, `SELECT month FROM ledger_start ORDER BY one`, func(r *sql.Rows) error { return r.Scan(&b.start) })
}

func (b *books) readReleases(ctx context.Context, q sqlite.Querier) error {
	return each(ctx, q, `
SELECT sequence, kind, period
FROM releases
UNION ALL
SELECT sequence, 1, period -- as a month like any other; of what left from a database that is gone more is not known
FROM releases_lost
ORDER BY 1`, func(r *sql.Rows) error {
		var p past
		err := r.Scan(&p.sequence, &p.kind, &p.period)
		b.releases = append(b.releases, p)
		return err
	})
}
