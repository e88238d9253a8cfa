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
	var receipted, back int64
	err := q.QueryRow(ctx, `
SELECT sequence, digest, receipted_at
FROM releases
WHERE receipted_at IS NOT NULL
ORDER BY sequence DESC
LIMIT 1`, nil).Scan(&own.Sequence, &digest, &receipted)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Own{}, err
	}
	own.Mark = release.Mark(digest)
	err = q.QueryRow(ctx, `
SELECT coalesce(max(at), 0)
FROM audit
WHERE action = 'backup.restored'`, nil).Scan(&back)
	if back >= receipted {
		own.BackAt = instant(back)
	}
	return own, err
}
