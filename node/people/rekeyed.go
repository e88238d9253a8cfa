package people

import (
	"context"
	"fmt"

	"casehub/internal/sqlite"
	"casehub/node/vault"
)

// Rekeyed takes note that the master key of the vault was changed and that only
// some key slots are left. Whoever took a copy may have had the database open, so
// everything by which somebody comes in ends: the passwords of all others until a
// director gives them one-time passwords, every session, every authenticator app,
// recovery code and passkey, and the browsers that are known. Who had a second
// factor sets one up anew at the next sign-in. It returns the active people without
// a password. It belongs into the transaction that records the change.
func (s *Service) Rekeyed(ctx context.Context, tx *sqlite.Tx, kept []vault.SlotID) ([]Person, error) {
	for _, end := range []func() error{
		func() error { return deleteSessions(ctx, tx) },
		func() error { return dropSlots(ctx, tx, kept, s.now().UnixMilli()) },
		func() error { return deleteFactors(ctx, tx) },
	} {
		if err := end(); err != nil {
			return nil, fmt.Errorf("after a change of the keys: %w", err)
		}
	}
	without, err := peopleWithoutPassword(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("after a change of the keys: %w", err)
	}
	return without, nil
}

// PutBack takes note that an older key file was put back: slots that belong to
// nobody who works here are to go, and whose slot is missing needs a one-time
// password. It returns how many slots are to go. RemoveSlots ends it after the
// transaction.
func (s *Service) PutBack(ctx context.Context, tx *sqlite.Tx, there []vault.SlotID) (int, error) {
	if err := dropSlots(ctx, tx, there, s.now().UnixMilli()); err != nil {
		return 0, fmt.Errorf("after an older key file: %w", err)
	}
	n, err := buryStrangers(ctx, tx, there)
	if err != nil {
		return 0, fmt.Errorf("after an older key file: %w", err)
	}
	return n, nil
}

// RemoveSlots makes the vault lose the slots that nobody may use any more.
func (s *Service) RemoveSlots(ctx context.Context) error { return s.removeDeadSlots(ctx) }

// WithoutPassword returns the active people who need a one-time password from a
// director, by name.
func (s *Service) WithoutPassword(ctx context.Context) ([]Person, error) {
	return peopleWithoutPassword(ctx, s.db)
}
