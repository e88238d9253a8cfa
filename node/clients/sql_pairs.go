package clients

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/access"
)

// decidePair records that the clients of an open pair are two people.
func decidePair(ctx context.Context, tx *sqlite.Tx, first, second ID, by string, now time.Time) (int64, error) {
	return tx.ExecArgs(ctx, `
UPDATE client_pairs
SET decided_id = ?3, decided_at = ?4
WHERE first_id = ?1 AND second_id = ?2 AND decided_at IS NULL`, string(first), string(second), by, sqlite.Stamp(now).UnixMilli())
}

// pairSides are the conditions under which both clients of a pair are seen.
func pairSides(seen access.Filter) string {
	return `p.decided_at IS NULL
    AND EXISTS (SELECT 1 FROM clients k WHERE k.id = p.first_id AND ` + seen.SQL + `)
    AND EXISTS (SELECT 1 FROM clients k WHERE k.id = p.second_id AND ` + seen.SQL + `)`
}

func countPairs(ctx context.Context, q sqlite.Querier, seen access.Filter) (int, error) {
	var n int
	err := q.QueryRow(ctx, `
SELECT count(*)
FROM client_pairs p
WHERE `+pairSides(seen), seen.Into(nil)).Scan(&n)
	return n, err
}

func openPairs(ctx context.Context, q sqlite.Querier, seen access.Filter) ([]Pair, int, error) {
	total, err := countPairs(ctx, q, seen)
	if err != nil {
		return nil, 0, fmt.Errorf("counting pairs: %w", err)
	}
	type place struct {
		first, second ID
		in            string
		at            int64
	}
	rows, err := q.Query(ctx, `
SELECT p.first_id, p.second_id, p.alike_in, p.found_at
FROM client_pairs p
WHERE `+pairSides(seen)+`
ORDER BY p.found_at, p.second_id, p.first_id
LIMIT @limit`, seen.Into(sqlite.Args{"limit": PairLimit}))
	places, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (place, error) {
		var p place
		return p, rows.Scan(&p.first, &p.second, &p.in, &p.at)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("listing pairs: %w", err)
	}
	var ids []ID
	for _, p := range places {
		ids = append(ids, p.first, p.second)
	}
	rows, err = q.Query(ctx, `
SELECT `+lineColumns(seen)+`
FROM clients k
WHERE k.id IN (SELECT value FROM json_each(@ids)) AND `+seen.SQL, seen.Into(sqlite.Args{"ids": sqlite.List(ids)}))
	lines, err := sqlite.Collect(rows, err, scanLine)
	if err != nil {
		return nil, 0, fmt.Errorf("listing pairs: %w", err)
	}
	by := map[ID]Line{}
	for _, l := range lines {
		by[l.ID] = l
	}
	all := make([]Pair, len(places))
	for i, p := range places {
		all[i] = Pair{by[p.first], by[p.second], strings.Fields(p.in), sqlite.Instant(p.at)}
	}
	return all, total, nil
}
