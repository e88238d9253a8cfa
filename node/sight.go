package node

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/retention"
	"casehub/policy"
)

// auditing is the action of whoever reads the audit.
const auditing = "audit.read"

// sight answers what the audit asks about the records that its entries tell of.
// It is the gate's answer, so that the audit shows nobody what the gate hides.
type sight struct {
	db   *sqlite.DB
	gate *access.Gate
	keys retention.Keys
	now  func() time.Time
}

// seenAs are the two kinds of record that the gate stands before.
var seenAs = []struct {
	path, table, alias string
	filter             func(*access.Gate, context.Context, actor.Actor, string) (access.Filter, error)
}{
	{"/cases/", "cases", "c", (*access.Gate).Cases},
	{"/clients/", "clients", "k", (*access.Gate).Clients},
}

// Sights returns what somebody sees of records. A record that is gone is hidden
// from whoever was shut out of it before it was erased.
func (s sight) Sights(ctx context.Context, who actor.Actor, ids []string) (map[string]audit.Sight, error) {
	all := make(map[string]audit.Sight, len(ids))
	for _, id := range ids {
		all[id] = audit.Sight{Contact: true, Narrative: true, Finance: true, Sensitive: true}
	}
	for _, kind := range seenAs {
		f, err := kind.filter(s.gate, ctx, who, auditing)
		if err != nil {
			return nil, err
		}
		columns := "(" + f.SQL + ") IS NOT TRUE"
		for _, c := range []policy.Class{policy.Contact, policy.Narrative, policy.Finance, policy.Sensitive} {
			columns += ", (" + f.Class(c) + ") IS TRUE"
		}
		rows, err := s.db.Query(ctx, `
SELECT `+kind.alias+`.id, `+kind.alias+`.reference, `+columns+`
FROM `+kind.table+` AS `+kind.alias+`
WHERE `+kind.alias+`.id IN (SELECT value FROM json_each(@ids))`, f.Into(sqlite.Args{"ids": sqlite.List(ids)}))
		_, err = sqlite.Collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
			var id string
			var v audit.Sight
			err := rows.Scan(&id, &v.Label, &v.Hidden, &v.Contact, &v.Narrative, &v.Finance, &v.Sensitive)
			v.Path = kind.path + id
			all[id] = v
			return struct{}{}, err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, s.hideGone(ctx, who, all)
}

// hideGone hides what was erased from whoever a wall shut out of it, also where an
// import has brought it back. It asks about every record, so that what is there
// and what is not take the same statements.
func (s sight) hideGone(ctx context.Context, who actor.Actor, all map[string]audit.Sight) error {
	out, err := retention.ShutOut(ctx, s.db, s.keys, who.ID, slices.Collect(maps.Keys(all)))
	for id := range out {
		all[id] = audit.Sight{Hidden: true}
	}
	return err
}

// Find returns the identifier of the case or client that bears a reference.
func (s sight) Find(ctx context.Context, who actor.Actor, reference string) (string, error) {
	for _, kind := range seenAs {
		f, err := kind.filter(s.gate, ctx, who, auditing)
		if err != nil {
			return "", err
		}
		var id string
		err = s.db.QueryRow(ctx, `
SELECT `+kind.alias+`.id
FROM `+kind.table+` AS `+kind.alias+`
WHERE `+kind.alias+`.reference = @reference AND `+f.SQL, f.Into(sqlite.Args{"reference": strings.ToUpper(reference)})).Scan(&id)
		if !errors.Is(err, sqlite.ErrNoRows) {
			return id, err
		}
	}
	return "", audit.ErrSubject
}

// Looked records looks at those of some records that are watched cases.
func (s sight) Looked(ctx context.Context, who actor.Actor, ids []string) error {
	return s.gate.LookedAt(ctx, s.db, s.now(), who, ids)
}

// Names returns the names of people, and of all offices, regions, teams and own
// roles, which are few.
func (s sight) Names(ctx context.Context, ids []string) (map[string]string, error) {
	names, err := s.gate.Names(ctx, ids...)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `
SELECT id, name FROM offices
UNION ALL
SELECT id, name FROM regions
UNION ALL
SELECT id, name FROM teams
UNION ALL
SELECT id, name FROM roles`, nil)
	_, err = sqlite.Collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var id, name string
		err := rows.Scan(&id, &name)
		names[id] = name
		return struct{}{}, err
	})
	return names, err
}

// Staff returns everybody who has not left.
func (s sight) Staff(ctx context.Context) ([]audit.Member, error) {
	staff, err := s.gate.Staff(ctx)
	all := make([]audit.Member, len(staff))
	for i, m := range staff {
		all[i] = audit.Member{ID: m.ID, Name: m.Name}
	}
	return all, err
}
