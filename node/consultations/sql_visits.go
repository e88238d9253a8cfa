package consultations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"casehub/internal/sqlite"
)

const selectVisits = `
SELECT x.id, x.case_type, x.held_on, x.called, x.note
FROM visits x
`

func scanVisit(row sqlite.Row) (Visit, error) {
	var v Visit
	err := row.Scan(&v.ID, &v.Type, &v.HeldOn, &v.Called, &v.Note)
	return v, err
}

// visits returns the visits of a filter, the latest first, and one more than its limit
// where there are more.
func visits(ctx context.Context, q sqlite.Querier, f Filter) ([]Visit, error) {
	where, args := sqlite.Narrow(
		f.Limit,
		sqlite.If(`x.case_type = @type`, "type", f.Type),
		sqlite.If(`x.held_on >= @from`, "from", f.From),
		sqlite.If(`x.held_on <= @until`, "until", f.Until),
		sqlite.Past("x.held_on", "x.id", string(f.After.Day), f.After.ID),
	)
	rows, err := q.Query(ctx, selectVisits+`WHERE true`+where+`
ORDER BY x.held_on DESC, x.id
LIMIT @limit`, args)
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Visit, error) { return scanVisit(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing visits: %w", err)
	}
	return all, nil
}

// visitByID returns one visit. It fails with ErrNoVisit.
func visitByID(ctx context.Context, q sqlite.Querier, id string) (Visit, error) {
	v, err := scanVisit(q.QueryRow(ctx, selectVisits+`WHERE x.id = @id`, sqlite.Args{"id": id}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Visit{}, ErrNoVisit
	}
	if err != nil {
		return Visit{}, fmt.Errorf("reading visit %s: %w", id, err)
	}
	return v, nil
}

func deleteVisit(ctx context.Context, tx *sqlite.Tx, id string) (int64, error) {
	return tx.ExecArgs(ctx, `
DELETE FROM visits
WHERE id = ?1`, id)
}
