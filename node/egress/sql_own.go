package egress

import (
	"context"
	"database/sql"
	"errors"

	"casehub/internal/release"
	"casehub/internal/sqlite"
)

func selectOwn(ctx context.Context, q sqlite.Querier) (Own, error) {
	var own Own
	var digest []byte
	var back int64
	err := q.QueryRow(ctx, `
SELECT sequence, digest
FROM releases
WHERE receipted_at IS NOT NULL
ORDER BY sequence DESC
LIMIT 1`, nil).Scan(&own.Sequence, &digest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Own{}, err
	}
	own.Mark = release.Mark(digest)
	err = q.QueryRow(ctx, `
SELECT coalesce(max(at), 0)
FROM (
    SELECT at
    FROM release_pauses
    WHERE ended_at IS NULL OR told >= @own
    UNION ALL
    SELECT noted_at
    FROM releases_lost
    WHERE sequence > @own
)`, sqlite.Args{"own": own.Sequence}).Scan(&back)
	if back > 0 {
		own = Own{BackAt: instant(back)}
	}
	return own, err
}
