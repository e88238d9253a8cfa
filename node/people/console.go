package people

import (
	"context"
	"errors"
	"fmt"
)

// CleanPassword returns a password as the vault knows it, in one normal form, so
// that every keyboard types the same.
func CleanPassword(typed string) string { return ready(typed) }

// Console returns who types a login and a password at the command line, where
// there is no session and no second factor: whoever is there has the disk too.
// It fails with ErrWrong and ErrWait.
func (s *Service) Console(ctx context.Context, login, password string) (ID, error) {
	login = CleanLogin(login)
	p, err := personByLogin(ctx, s.db, login)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", fmt.Errorf("signing in: %w", err)
	}
	if err := s.prove(ctx, p, login, password, console()); err != nil {
		return "", err
	}
	return p.ID, nil
}
