package retention

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/access"
)

// Given is a file of a client's own data that somebody made.
type Given struct {
	MadeBy string // identifier of a person
	MadeAt time.Time
	// Complete says that its maker saw all that is kept. Only who sees it all as
	// well is told: to anybody else it would say that something is kept from them.
	Complete bool
}

// LastGiven returns the last file that a client was given, nil for none and for
// whoever does not see all that is kept about the client.
func (s *Service) LastGiven(ctx context.Context, who actor.Actor, clientID string) (*Given, error) {
	whole, err := s.gate.ReadsWhole(ctx, s.db, who, clientID)
	if err != nil || !whole {
		return nil, err
	}
	g, err := lastGiven(ctx, s.db, clientID)
	if errors.Is(err, sqlite.ErrNoRows) {
		return nil, nil //nolint:nilnil // no file is no fault
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the last file of own data: %w", err)
	}
	return &g, nil
}

// Incomplete is a client whose last file of own data had not everything.
type Incomplete struct {
	ID, Reference string
	MadeAt        time.Time
}

// incompleteMost is how many of them the first page shows.
const incompleteMost = 20

// Incomplete returns clients whose last file had not everything, the oldest file
// first, at most 20, for who can make one that has.
func (s *Service) Incomplete(ctx context.Context, who actor.Actor) ([]Incomplete, error) {
	gives, err := s.gate.Clients(ctx, who, "clients.export")
	if err != nil {
		return nil, err
	}
	whole, err := s.gate.ReadWhole(ctx, who)
	if err != nil {
		return nil, err
	}
	return selectIncomplete(ctx, s.db, gives, whole, incompleteMost)
}

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
