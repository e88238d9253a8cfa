package audit

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
)

// selectEntries returns entries of a filter that stand before a number, newest
// first.
func selectEntries(ctx context.Context, q sqlite.Querier, f Filter, before int64, limit int) ([]Entry, error) {
	where, args := conditions(f)
	args["before"], args["limit"] = before, limit
	rows, err := q.Query(ctx, `
SELECT seq, at, actor, action, subject, within
FROM audit
WHERE `+strings.Join(append(where, "seq < @before"), " AND ")+`
ORDER BY seq DESC
LIMIT @limit`, args)
	return sqlite.Collect(rows, err, scan)
}

// conditions turns a filter into conditions and their parameters.
func conditions(f Filter) ([]string, sqlite.Args) {
	var where []string
	args := sqlite.Args{}
	add := func(condition, name string, value any) {
		where, args[name] = append(where, condition), value
	}
	if f.Who != "" {
		add("actor = @actor", "actor", actor.Actor{Kind: actor.Person, ID: f.Who}.String())
	}
	if f.About != "" {
		add("seq IN (SELECT seq FROM audit WHERE subject = @about UNION ALL SELECT seq FROM audit WHERE within = @about AND within <> '')", "about", f.About)
	}
	if !f.From.IsZero() {
		add("at >= @from", "from", f.From.UnixMilli())
	}
	if !f.Before.IsZero() {
		add("at < @to", "to", f.Before.UnixMilli())
	}
	if f.Group != "" {
		where = append(where, ofGroup(group(f.Group), args))
	}
	return where, args
}

// ofGroup is the condition on the actions of a group.
func ofGroup(g group, args sqlite.Args) string {
	args["read"] = ReadAction
	if g == ofReading {
		return "action = @read"
	}
	words := areas[g]
	in := "IN"
	if g == ofProgram {
		in, words = "NOT IN", nil
		for _, w := range areas {
			words = append(words, w...)
		}
	}
	list, _ := json.Marshal(words) //nolint:errchkjson // strings always marshal
	args["areas"] = string(list)
	return "action <> @read AND substr(action, 1, instr(action, '.') - 1) " + in + " (SELECT value FROM json_each(@areas))"
}

// addChanges adds to entries what changed.
func addChanges(ctx context.Context, q sqlite.Querier, entries []Told) error {
	place := map[int64]*Told{}
	numbers := make([]int64, len(entries))
	for i := range entries {
		numbers[i], place[entries[i].Seq] = entries[i].Seq, &entries[i]
	}
	list, err := json.Marshal(numbers)
	if err != nil {
		return err
	}
	rows, err := q.Query(ctx, `
SELECT seq, field, coalesce(old, ''), coalesce(new, ''), salt IS NULL
FROM audit_values
WHERE seq IN (SELECT value FROM json_each(@list))
ORDER BY seq, n`, sqlite.Args{"list": string(list)})
	_, err = sqlite.Collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var seq int64
		var s Stored
		err := rows.Scan(&seq, &s.Field, &s.Old, &s.New, &s.Erased)
		if err == nil {
			place[seq].Changes = append(place[seq].Changes, s)
		}
		return struct{}{}, err
	})
	return err
}
