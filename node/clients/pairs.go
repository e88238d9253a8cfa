package clients

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
)

// ErrNoPair reports two clients whom nothing put beside each other, or of whom somebody
// said already that they are two people.
var ErrNoPair = errs.New(errs.NotFound, "clients.no-pair")

// Pair is two clients whom an import found to be alike. A person looks at them: the
// program makes one of two records never.
type Pair struct {
	First, Second Line
	// AlikeIn are the fields in which they are alike.
	AlikeIn []string
	FoundAt time.Time
}

// PairLimit is how many pairs are shown at a time.
const PairLimit = 100

// Pairs returns the pairs that nobody has decided about, the oldest first, of clients
// whom somebody sees both; and how many there are of these.
func (s *Service) Pairs(ctx context.Context, who actor.Actor) ([]Pair, int, error) {
	seen, err := s.gate.Clients(ctx, who, "clients.edit")
	if err != nil {
		return nil, 0, err
	}
	return openPairs(ctx, s.db, seen)
}

// CountPairs returns how many pairs somebody has to look at; none for whoever changes
// no client.
func (s *Service) CountPairs(ctx context.Context, who actor.Actor) (int, error) {
	if may, err := access.Allowed(s.gate.May(ctx, who, "clients.edit")); err != nil || !may {
		return 0, err
	}
	seen, err := s.gate.Clients(ctx, who, "clients.edit")
	if err != nil {
		return 0, err
	}
	return countPairs(ctx, s.db, seen)
}

// TellApart records that two clients are two people. It fails with ErrNoPair, also
// where somebody does not see both.
func (s *Service) TellApart(ctx context.Context, who actor.Actor, first, second ID) error {
	now := s.now()
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		for _, id := range []ID{first, second} {
			if err := s.gate.Client(ctx, tx, who, "clients.edit", string(id)); err != nil {
				return access.Hidden(err, ErrNoPair)
			}
		}
		n, err := decidePair(ctx, tx, first, second, who.ID, now)
		if err != nil {
			return fmt.Errorf("telling two clients apart: %w", err)
		}
		if n == 0 {
			return ErrNoPair
		}
		for _, id := range []ID{first, second} {
			if err := audit.Record(ctx, tx, now, who, "client.told-apart", string(id)); err != nil {
				return err
			}
		}
		return nil
	})
}
