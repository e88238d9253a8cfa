package clients

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Service does what the office does with clients. Every operation runs in one
// transaction and leaves one audit entry.
type Service struct {
	db  *sqlite.DB
	reg *codelist.Registry
	now func() time.Time
}

// NewService returns the service. The clock is in the office's own zone: its
// day is the office's day.
func NewService(db *sqlite.DB, reg *codelist.Registry, now func() time.Time) *Service {
	return &Service{db: db, reg: reg, now: now}
}

// Create records a new client and returns it as it was saved: the identifier,
// the reference and the times are given here.
func (s *Service) Create(ctx context.Context, who actor.Actor, c Client) (Client, error) {
	now := s.now()
	if err := c.Validate(civil.On(now)); err != nil {
		return Client{}, err
	}
	c.ID, c.CreatedAt, c.UpdatedAt, c.Version = NewID(), stamp(now), stamp(now), 1
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		var err error
		if c.Reference, err = insertClient(ctx, tx, c); err != nil {
			return fmt.Errorf("creating a client: %w", err)
		}
		return audit.Record(ctx, tx, now, who, "client.created", string(c.ID))
	})
	if err != nil {
		return Client{}, err
	}
	return c, nil
}

// Update saves c over the version that it was read as. It fails with ErrChanged
// when somebody saved the client since, and with ErrNotFound.
func (s *Service) Update(ctx context.Context, who actor.Actor, c Client) error {
	now := s.now()
	if err := c.Validate(civil.On(now)); err != nil {
		return err
	}
	c.UpdatedAt = stamp(now)
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if _, err := Get(ctx, tx, c.ID); err != nil {
			return fmt.Errorf("updating client %s: %w", c.ID, err)
		}
		if err := updateClient(ctx, tx, c); err != nil {
			return fmt.Errorf("updating client %s: %w", c.ID, err)
		}
		return audit.Record(ctx, tx, now, who, "client.updated", string(c.ID))
	})
}

// ByID returns a client. It fails with ErrNotFound.
func (s *Service) ByID(ctx context.Context, id ID) (Client, error) { return Get(ctx, s.db, id) }

// List returns one page of clients, the latest saved first.
func (s *Service) List(ctx context.Context, f Filter) (Page, error) { return list(ctx, s.db, f) }

// Count returns the number of clients.
func (s *Service) Count(ctx context.Context) (int, error) { return count(ctx, s.db) }

// History returns the newest audit entries of a client, at most limit.
func (s *Service) History(ctx context.Context, id ID, limit int) ([]audit.Entry, error) {
	return audit.Of(ctx, s.db, string(id), limit)
}

// PossibleDuplicates returns clients who may be the same person as c, at most
// five: those with the same document number, then those with the same birth
// date and every word of the name, in whatever order and field.
func (s *Service) PossibleDuplicates(ctx context.Context, c Client) ([]Line, error) {
	return duplicates(ctx, s.db, c)
}

// stamp returns an instant as the database keeps it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
