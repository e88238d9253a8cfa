package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
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
