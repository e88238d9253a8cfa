package people

import (
	"context"
	"fmt"

	"casehub/internal/sqlite"
	"casehub/node/vault"
)

// Rekeyed takes note that the master key of the vault was changed and that only
// some key slots are left: the passwords of all others are gone until a director
// gives them one-time passwords, and every session ends. It returns the active
// people without a password. It belongs into the transaction that records the
// change.
func (s *Service) Rekeyed(ctx context.Context, tx *sqlite.Tx, kept []vault.SlotID) ([]Person, error) {
	if err := dropSlots(ctx, tx, kept, s.now().UnixMilli()); err != nil {
		return nil, fmt.Errorf("after a change of the keys: %w", err)
	}
	without, err := peopleWithoutPassword(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("after a change of the keys: %w", err)
	}
	return without, nil
}

// WithoutPassword returns the active people who need a one-time password from a
// director, by name.
func (s *Service) WithoutPassword(ctx context.Context) ([]Person, error) {
	return peopleWithoutPassword(ctx, s.db)
}
