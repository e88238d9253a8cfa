package vault

import (
	"context"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"casehub/internal/sqlite"
)

// CaseKeysKey returns the key of the file of case keys: for a backup that puts
// the file back. It fails with ErrSealed.
func (v *Vault) CaseKeysKey() (sqlite.Key, error) {
	k, err := v.Derive(caseKeysPurpose)
	return sqlite.Key(k), err
}

// OpenCopy opens a copy of case keys that Copy made or a backup gave back, for
// reading: it makes no keys. The caller closes it.
func OpenCopy(ctx context.Context, path string, key sqlite.Key) (*CaseKeys, error) {
	db, err := sqlite.Open(ctx, path, key)
	if err != nil {
		return nil, fmt.Errorf("opening a copy of the case keys: %w", err)
	}
	return &CaseKeys{db: db}, nil
}

// Check goes through the file of case keys and says how many keys there are.
func (c *CaseKeys) Check(ctx context.Context) (int64, error) {
	if err := c.db.Check(ctx); err != nil {
		return 0, fmt.Errorf("checking the case keys: %w", err)
	}
	content, err := c.db.Content(ctx)
	if err != nil {
		return 0, fmt.Errorf("checking the case keys: %w", err)
	}
	for _, t := range content.Tables {
		if t.Name == "case_keys" {
			return t.Rows, nil
		}
	}
	return 0, errors.New("checking the case keys: there are none")
}

// Decrypt reads the content of an encrypted file from in, wherever that comes
// from. It fails with ErrNoCaseKey and ErrFileDamaged, and reading fails with
// ErrFileDamaged.
func (c *CaseKeys) Decrypt(ctx context.Context, caseID string, id FileID, in io.Reader) (io.Reader, error) {
	r, err := age.Decrypt(in, caseOpener{ctx, c, caseID, id})
	switch {
	case err == nil:
		return opened{r, nil}, nil
	case errors.Is(err, ErrNoCaseKey):
		return nil, ErrNoCaseKey
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, ErrFileDamaged
}

// Valid reports whether a name could be one that Write gave.
func (id FileID) Valid() bool { return id.valid() }
