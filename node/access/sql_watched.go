package access

import (
	"context"
	"database/sql"
	"fmt"

	"casehub/internal/sqlite"
)

// selectWatched returns those of some cases, in order, that are of a type among codes,
// or have walls or emergencies.
func selectWatched(ctx context.Context, q sqlite.Querier, ids []string, codes string) ([]string, error) {
	rows, err := q.Query(ctx, `
SELECT c.id
FROM cases AS c
WHERE c.id IN (SELECT value FROM json_each(@ids))
    AND (c.case_type IN (`+codes+`)
        OR EXISTS (SELECT 1 FROM walls AS w WHERE w.case_id = c.id)
        OR EXISTS (SELECT 1 FROM emergencies AS e WHERE e.case_id = c.id))
ORDER BY c.id`, sqlite.Args{"ids": sqlite.List(ids)})
	watched, err := sqlite.Collect(rows, err, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("reading which cases are watched: %w", err)
	}
	return watched, nil
}
