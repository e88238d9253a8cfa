package imports

import (
	"context"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/access"
)

// eachClient calls fn with every client, with the fields by which one is known in the
// places that the target has them, and whether they are hidden from somebody. Telephone
// numbers that may not be read of who is seen are left out, and so is who waits for their
// erasure.
func eachClient(ctx context.Context, q sqlite.Querier, seen access.Filter, fn func(id string, values []string, hidden bool)) error {
	t := targetNamed(toClient)
	at := []int{t.index("surname"), t.index("given_names"), t.index("birth_date"), t.index("birth_precision"), t.index("id_number"), t.index("phones")}
	rows, err := q.Query(ctx, `
SELECT k.id, k.surname, k.given_names, coalesce(k.birth_date, ''), k.birth_precision, k.id_number,
    CASE WHEN NOT (`+seen.SQL+`) OR `+seen.Class(access.Contact)+` THEN k.phones ELSE '' END, NOT (`+seen.SQL+`)
FROM clients k
WHERE k.restricted = 0 OR `+seen.SQL+`
ORDER BY k.rowid`, seen.Into(nil))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		id, values, hidden := "", make([]string, len(t.fields)), false
		into := []any{&id}
		for _, i := range at {
			into = append(into, &values[i])
		}
		if err := rows.Scan(append(into, &hidden)...); err != nil {
			return err
		}
		fn(id, values, hidden)
	}
	return rows.Err()
}

// insertPairs marks a client of a row as one who may be somebody else's record too.
func insertPairs(ctx context.Context, tx *sqlite.Tx, r run, id string, pairs []pair, now time.Time) error {
	for _, p := range pairs {
		_, err := tx.ExecArgs(ctx, `
INSERT INTO client_pairs (first_id, second_id, alike_in, found_run, found_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO NOTHING`, p.with, id, p.in, r.id, now.UnixMilli())
		if err != nil {
			return err
		}
	}
	return nil
}

// pairedBy returns the clients whom a run made and put beside others whom somebody sees.
func pairedBy(ctx context.Context, q sqlite.Querier, run int64, seen access.Filter) (map[string]bool, error) {
	all := map[string]bool{}
	if run == 0 {
		return all, nil
	}
	ids, err := idsOf(ctx, q, `
SELECT DISTINCT p.second_id
FROM client_pairs p
JOIN clients k ON k.id = p.first_id
WHERE p.found_run = @run AND `+seen.SQL, seen.Into(sqlite.Args{"run": run}))
	for _, id := range ids {
		all[id] = true
	}
	return all, err
}
