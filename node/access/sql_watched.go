package access

import (
	"context"
	"errors"
	"fmt"

	"casehub/internal/sqlite"
)

// selectWatched reports whether a case is of a type among codes, or has walls or
// emergencies.
func selectWatched(ctx context.Context, q sqlite.Querier, id, codes string) (bool, error) {
	var watched bool
	err := q.QueryRow(ctx, `
SELECT c.case_type IN (`+codes+`)
    OR EXISTS (SELECT 1 FROM walls AS w WHERE w.case_id = c.id)
    OR EXISTS (SELECT 1 FROM emergencies AS e WHERE e.case_id = c.id)
FROM cases AS c
WHERE c.id = @id`, sqlite.Args{"id": id}).Scan(&watched)
	if errors.Is(err, sqlite.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading whether a case is watched: %w", err)
	}
	return watched, nil
}
