package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"

	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// recoveryCount is how many recovery codes somebody gets.
const recoveryCount = 10

// RecoveryLeft returns how many recovery codes of a person are unused.
func (s *Service) RecoveryLeft(ctx context.Context, id ID) (int, error) {
	return countRecoveryCodes(ctx, s.db, id)
}

// NewRecoveryCodes puts new codes in the place of all before and returns them, to
// be shown once. It fails with ErrWrongPassword, ErrWait, and errNoAuthenticator
// where there is no second factor to recover from.
func (s *Service) NewRecoveryCodes(ctx context.Context, v Session, current string) ([]string, error) {
	if err := s.proveAgain(ctx, v, current); err != nil {
		return nil, err
	}
	var codes []string
	err := s.own(ctx, v.Person, "person.recovery-made", func(tx *sqlite.Tx) error {
		has, err := hasFactor(ctx, tx, v.Person)
		if err != nil {
			return err
		}
		if !has {
			return errNoAuthenticator
		}
		codes, err = makeRecoveryCodes(ctx, tx, v.Person)
		return err
	})
	return codes, err
}

// firstRecoveryCodes makes codes for somebody with a new second factor who has
// none.
func firstRecoveryCodes(ctx context.Context, tx *sqlite.Tx, id ID) ([]string, error) {
	if err := enrolled(ctx, tx, id); err != nil {
		return nil, err
	}
	n, err := countRecoveryCodes(ctx, tx, id)
	if err != nil || n > 0 {
		return nil, err
	}
	return makeRecoveryCodes(ctx, tx, id)
}

func makeRecoveryCodes(ctx context.Context, tx *sqlite.Tx, id ID) ([]string, error) {
	if err := deleteRecoveryCodes(ctx, tx, id); err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCount)
	for i := range codes {
		codes[i] = recoveryCode()
		if err := insertRecoveryCode(ctx, tx, id, recoveryDigest(id, codes[i])); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// recoveryCode returns 60 random bits, "7KQ4-MX2P-90AB".
func recoveryCode() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // never fails: it ends the program instead
	s := readable.EncodeToString(b[:])
	return strings.Join([]string{s[:4], s[4:8], s[8:12]}, "-")
}

// recoveryDigest takes a code as it was read or typed: capitals and hyphens do
// not matter.
func recoveryDigest(id ID, code string) []byte {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, reference.Normal(ready(strings.TrimSpace(code))))
	sum := sha256.Sum256([]byte(string(id) + "\x00" + plain))
	return sum[:]
}

// useRecoveryCode spends a recovery code.
func (s *Service) useRecoveryCode(ctx context.Context, tx *sqlite.Tx, id ID, code string) error {
	n, err := deleteRecoveryCode(ctx, tx, id, recoveryDigest(id, code))
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrWrongFactor
	}
	return audit.Record(ctx, tx, s.now(), id.Actor(), "person.recovery-used", string(id))
}

// dropIdleCodes removes recovery codes of somebody without a second factor.
func dropIdleCodes(ctx context.Context, tx *sqlite.Tx, id ID) error {
	has, err := hasFactor(ctx, tx, id)
	if err != nil || has {
		return err
	}
	return deleteRecoveryCodes(ctx, tx, id)
}
