package retention

import (
	"context"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
)

// passing are the records that nobody's file holds from before a day.
const passing = `
WITH records (id) AS (
    SELECT v.id FROM visits v WHERE v.held_on < @before
    UNION ALL SELECT a.id FROM answers a WHERE a.case_id IS NULL AND a.answered_on < @before
)`

func hasPassing(ctx context.Context, q sqlite.Querier, before civil.Date) (bool, error) {
	var there bool
	err := q.QueryRow(ctx, passing+`
SELECT EXISTS (SELECT 1 FROM records)`, sqlite.Args{"before": string(before)}).Scan(&there)
	return there, err
}

// deletePassing deletes them with what an import remembers of them, and returns how many
// there were.
func deletePassing(ctx context.Context, tx *sqlite.Tx, before civil.Date) (int64, error) {
	args := sqlite.Args{"before": string(before)}
	for _, statement := range []string{
		passing + quarantined,
		passing + `
DELETE FROM import_before
WHERE local_id IN (SELECT id FROM records)`,
		passing + `
DELETE FROM import_xref
WHERE local_id IN (SELECT id FROM records)`,
	} {
		if _, err := tx.Exec(ctx, statement, args); err != nil {
			return 0, err
		}
	}
	total := int64(0)
	for _, statement := range []string{
		`
DELETE FROM visits
WHERE held_on < @before`,
		`
DELETE FROM answers
WHERE case_id IS NULL AND answered_on < @before`,
	} {
		n, err := tx.Exec(ctx, statement, args)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}
