package clients

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
)

// Service does what the office does with clients. Every operation asks the gate,
// runs in one transaction, and leaves one audit entry.
type Service struct {
	db   *sqlite.DB
	reg  *codelist.Registry
	gate *access.Gate
	now  func() time.Time
}

// NewService returns the service. The clock is in the office's own zone: its
// day is the office's day.
func NewService(db *sqlite.DB, reg *codelist.Registry, gate *access.Gate, now func() time.Time) *Service {
	return &Service{db: db, reg: reg, gate: gate, now: now}
}

// Create records a new client and returns it as it was saved: the identifier,
// the reference, the office and the times are given here.
func (s *Service) Create(ctx context.Context, who actor.Actor, c Client) (Client, error) {
	now := s.now()
	if err := s.gate.May(ctx, who, "clients.register"); err != nil {
		return Client{}, err
	}
	if err := c.Validate(civil.On(now)); err != nil {
		return Client{}, err
	}
	c.ID, c.CreatedAt, c.UpdatedAt, c.Version = NewID(), sqlite.Stamp(now), sqlite.Stamp(now), 1
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		var err error
		if c.RegisteredBy, c.OfficeID, err = s.gate.Seat(ctx, tx, who); err != nil {
			return err
		}
		if c.Reference, err = insertClient(ctx, tx, c); err != nil {
			return fmt.Errorf("creating a client: %w", err)
		}
		// Whoever could not see the client afterwards may not register it there.
		if err := s.gate.Client(ctx, tx, who, "clients.register", string(c.ID)); err != nil {
			return access.Hidden(err, access.ErrForbidden)
		}
		return audit.Record(ctx, tx, now, who, "client.created", string(c.ID), changes(Client{}, c)...)
	})
	if err != nil {
		return Client{}, err
	}
	return c, nil
}

// Update saves c over the version that it was read as, without what the person
// may not read, which stays. It fails with ErrChanged when somebody saved the
// client since, and with ErrNotFound.
func (s *Service) Update(ctx context.Context, who actor.Actor, c Client) error {
	now := s.now()
	c.UpdatedAt = sqlite.Stamp(now)
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.gate.Client(ctx, tx, who, "clients.edit", string(c.ID)); err != nil {
			return err
		}
		may, err := s.gate.ClientClasses(ctx, tx, who, string(c.ID))
		if err != nil {
			return err
		}
		old, err := Get(ctx, tx, c.ID)
		if err != nil {
			return fmt.Errorf("updating client %s: %w", c.ID, err)
		}
		c = c.keep(old, may)
		if err := c.Validate(civil.On(now)); err != nil {
			return err
		}
		if err := updateClient(ctx, tx, c); err != nil {
			return fmt.Errorf("updating client %s: %w", c.ID, err)
		}
		return audit.Record(ctx, tx, now, who, "client.updated", string(c.ID), changes(old, c)...)
	})
}

// ByID returns a client without what the person may not read, and what that is.
// It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Client, access.Classes, error) {
	may, err := s.gate.ClientClasses(ctx, s.db, who, string(id))
	if err != nil {
		return Client{}, may, err
	}
	c, err := Get(ctx, s.db, id)
	return c.without(may), may, err
}

// Line returns a client as lists show it. It fails with ErrNotFound.
func (s *Service) Line(ctx context.Context, who actor.Actor, id ID) (Line, error) {
	c, _, err := s.ByID(ctx, who, id)
	return c.Line(), err
}

// List returns one page of clients, the latest saved first.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter) (Page, error) {
	seen, err := s.gate.Clients(ctx, who, "clients.read")
	if f.Adding {
		seen, err = s.gate.Adding(ctx, who)
	}
	if err != nil {
		return Page{}, err
	}
	return list(ctx, s.db, f, seen)
}

// Count returns the number of clients that somebody sees.
func (s *Service) Count(ctx context.Context, who actor.Actor) (int, error) {
	seen, err := s.gate.Clients(ctx, who, "clients.read")
	if err != nil {
		return 0, err
	}
	return count(ctx, s.db, seen)
}

// History returns the newest audit entries of a client, at most limit, without
// those that stand in a case which the person does not see, and without those of who
// looked at it. It fails with ErrNotFound.
func (s *Service) History(ctx context.Context, who actor.Actor, id ID, limit int) ([]audit.Entry, error) {
	if err := s.gate.Client(ctx, s.db, who, "clients.read", string(id)); err != nil {
		return nil, err
	}
	entries, err := audit.Of(ctx, s.db, string(id), 20*limit)
	if err != nil {
		return nil, err
	}
	var seen []audit.Entry
	for _, e := range entries {
		if len(seen) == limit {
			break
		}
		if e.Action == audit.ReadAction {
			continue
		}
		sees := true
		if e.Within != "" {
			if sees, err = access.Allowed(s.gate.Case(ctx, s.db, who, "cases.read", e.Within)); err != nil {
				return nil, err
			}
		}
		if sees {
			seen = append(seen, e)
		}
	}
	return seen, nil
}

// PossibleDuplicates returns clients who may be the same person as c, at most
// five, of those whom somebody sees: those with the same document number, then
// those with the same birth date and every word of the name, in whatever order
// and field.
func (s *Service) PossibleDuplicates(ctx context.Context, who actor.Actor, c Client) ([]Line, error) {
	seen, err := s.gate.Clients(ctx, who, "clients.read")
	if err != nil {
		return nil, err
	}
	return duplicates(ctx, s.db, c, seen)
}
