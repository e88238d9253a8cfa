package retention

import (
	"context"
	"database/sql"

	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

func insertGiven(ctx context.Context, tx *sqlite.Tx, clientID string, g Given) error {
	_, err := tx.Exec(ctx, `
INSERT INTO own_data_files (id, client_id, made_by, made_at, complete)
VALUES (@id, @client, @by, @at, @complete)`, sqlite.Args{
		"id": reference.NewID(), "client": clientID, "by": g.MadeBy, "at": g.MadeAt.UnixMilli(), "complete": g.Complete,
	})
	return err
}

func lastGiven(ctx context.Context, q sqlite.Querier, clientID string) (Given, error) {
	var g Given
	var at int64
	err := q.QueryRow(ctx, `
SELECT made_by, made_at, complete
FROM own_data_files
WHERE client_id = @client
ORDER BY made_at DESC, id DESC
LIMIT 1`, sqlite.Args{"client": clientID}).Scan(&g.MadeBy, &at, &g.Complete)
	g.MadeAt = sqlite.Instant(at)
	return g, err
}

// selectIncomplete returns the clients of two filters whose last file had not
// everything.
func selectIncomplete(ctx context.Context, q sqlite.Querier, gives, whole access.Filter, limit int) ([]Incomplete, error) {
	rows, err := q.Query(ctx, `
SELECT k.id, k.reference, g.made_at
FROM own_data_files g
JOIN clients k ON k.id = g.client_id
WHERE g.complete = 0
    AND NOT EXISTS (SELECT 1 FROM own_data_files n WHERE n.client_id = g.client_id AND (n.made_at, n.id) > (g.made_at, g.id))
    AND `+gives.SQL+` AND `+whole.SQL+`
ORDER BY g.made_at, g.id
LIMIT @limit`, gives.Into(whole.Into(sqlite.Args{"limit": limit})))
	return sqlite.Collect(rows, err, func(r *sql.Rows) (Incomplete, error) {
		var v Incomplete
		var at int64
		err := r.Scan(&v.ID, &v.Reference, &at)
		v.MadeAt = sqlite.Instant(at)
		return v, err
	})
}
