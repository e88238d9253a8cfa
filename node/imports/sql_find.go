package imports

import (
	"context"
	"fmt"

	"casehub/internal/sqlite"
	"casehub/node/access"
)

// eachNumbered calls fn with the numbers of every case that somebody sees.
func eachNumbered(ctx context.Context, q sqlite.Querier, seen access.Filter, fn func(id, reference, legacy string)) error {
	rows, err := q.Query(ctx, `
SELECT c.id, c.reference, c.legacy_number
FROM cases c
WHERE `+seen.SQL, seen.Into(sqlite.Args{}))
	if err != nil {
		return fmt.Errorf("looking for cases by their number: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, ref, legacy string
		if err := rows.Scan(&id, &ref, &legacy); err != nil {
			return err
		}
		fn(id, ref, legacy)
	}
	return rows.Err()
}

// eachSurvey calls fn with every case that has a survey, and with the survey.
func eachSurvey(ctx context.Context, q sqlite.Querier, fn func(of, id string)) error {
	rows, err := q.Query(ctx, `
SELECT case_id, id
FROM surveys`, nil)
	if err != nil {
		return fmt.Errorf("looking for surveys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var of, id string
		if err := rows.Scan(&of, &id); err != nil {
			return err
		}
		fn(of, id)
	}
	return rows.Err()
}
