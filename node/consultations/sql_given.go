package consultations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/cases"
)

// InsertGiven saves a new service as an import has it: g carries the identifier. It
// checks what Check checks and writes no audit entry.
func InsertGiven(ctx context.Context, tx *sqlite.Tx, g Given, at time.Time) error {
	if err := g.Check(); err != nil {
		return err
	}
	return insertGiven(ctx, tx, g, at)
}

func insertGiven(ctx context.Context, tx *sqlite.Tx, g Given, at time.Time) error {
	_, err := tx.ExecArgs(ctx, `
INSERT INTO services (id, client_id, case_id, consultation_id, kind, given_on, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)`,
		string(g.ID), string(g.ClientID), sqlite.OrNull(g.CaseID), sqlite.OrNull(g.Consultation), int64(g.Kind), string(g.GivenOn), at.UnixMilli())
	return err
}

// updateGiven saves kind and day of g unless its row has moved on since g was read.
func updateGiven(ctx context.Context, tx *sqlite.Tx, g Given, at time.Time) error {
	n, err := tx.ExecArgs(ctx, `
UPDATE services
SET kind = ?3, given_on = ?4, updated_at = ?5, version = version + 1
WHERE id = ?1 AND version = ?2`, string(g.ID), g.Version, int64(g.Kind), string(g.GivenOn), at.UnixMilli())
	if err == nil && n == 0 {
		err = ErrChanged
	}
	return err
}

func deleteGiven(ctx context.Context, tx *sqlite.Tx, id ServiceID) error {
	_, err := tx.ExecArgs(ctx, `
DELETE FROM services
WHERE id = ?1`, string(id))
	return err
}

const selectGiven = `
SELECT id, client_id, coalesce(case_id, ''), coalesce(consultation_id, ''), kind, given_on, version
FROM services
`

func scanGiven(row sqlite.Row) (Given, error) {
	var g Given
	err := row.Scan(&g.ID, &g.ClientID, &g.CaseID, &g.Consultation, &g.Kind, &g.GivenOn, &g.Version)
	return g, err
}

// getGiven returns a service. It fails with ErrNoService.
func getGiven(ctx context.Context, q sqlite.Querier, id ServiceID) (Given, error) {
	g, err := scanGiven(q.QueryRow(ctx, selectGiven+`WHERE id = @id`, sqlite.Args{"id": string(id)}))
	if errors.Is(err, sqlite.ErrNoRows) {
		return Given{}, ErrNoService
	}
	if err != nil {
		return Given{}, fmt.Errorf("reading service %s: %w", id, err)
	}
	return g, nil
}

// givenIn returns the services of a case, and those out of some consultations.
func givenIn(ctx context.Context, q sqlite.Querier, id cases.ID, of []ID) ([]Given, error) {
	rows, err := q.Query(ctx, selectGiven+`WHERE case_id = @case OR consultation_id IN (SELECT value FROM json_each(@of))
ORDER BY given_on DESC, id DESC`, sqlite.Args{"case": string(id), "of": sqlite.List(of)})
	all, err := sqlite.Collect(rows, err, func(rows *sql.Rows) (Given, error) { return scanGiven(rows) })
	if err != nil {
		return nil, fmt.Errorf("listing services: %w", err)
	}
	return all, nil
}
