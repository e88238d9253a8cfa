package vault

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"casehub/internal/errs"
	"casehub/internal/sqlite"
)

// caseKeysPurpose is what the key of the case keys is derived for.
const caseKeysPurpose = "casehub/case-keys/v1"

// CaseKeysName is the file of the case keys, beside the key file.
const CaseKeysName = "case-keys.db"

// ErrNoCaseKey reports a case whose key was destroyed, or that never had one:
// nothing that was encrypted for it can be read by anybody.
var ErrNoCaseKey = errs.New(errs.NotFound, "vault.no-case-key")

// CaseKeys keeps a random key for each case in an encrypted database of its
// own, so that destroying a key ends what was encrypted under it once the last
// backup of this small file is gone.
//
// After a re-key a case gets a new key for what is encrypted from then on; the
// keys before it stay for reading. A case is named by whatever the node calls it.
type CaseKeys struct {
	db         *sqlite.DB
	generation int
}

// OpenCaseKeys opens the case keys beside the key file and makes the file when it
// is missing. The caller closes them. It fails with ErrSealed.
func (v *Vault) OpenCaseKeys(ctx context.Context) (*CaseKeys, error) {
	key, err := v.Derive(caseKeysPurpose)
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, filepath.Join(filepath.Dir(v.path), CaseKeysName), sqlite.Key(key))
	if err != nil {
		return nil, fmt.Errorf("opening the case keys: %w", err)
	}
	if err := makeCaseKeys(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing the case keys: %w", err), db.Close())
	}
	return &CaseKeys{db: db, generation: v.Generation()}, nil
}

// Close closes the file.
func (c *CaseKeys) Close() error { return c.db.Close() }

// Key returns the key of a case under the present master key, and makes it when
// there is none.
func (c *CaseKeys) Key(ctx context.Context, caseID string) (Key, error) {
	key, err := caseKey(ctx, c.db, caseID, c.generation)
	if !errors.Is(err, ErrNoCaseKey) {
		return key, err
	}
	fresh := randomKey()
	err = c.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := insertCaseKey(ctx, tx, caseID, c.generation, fresh); err != nil {
			return fmt.Errorf("making the key of a case: %w", err)
		}
		key, err = caseKey(ctx, tx, caseID, c.generation) // another may have been first
		return err
	})
	return key, err
}

// At returns the key of a case that was made under an earlier or the present
// master key. It fails with ErrNoCaseKey.
func (c *CaseKeys) At(ctx context.Context, caseID string, generation int) (Key, error) {
	return caseKey(ctx, c.db, caseID, generation)
}

// Destroy removes all keys of a case and leaves no trace of them in the file.
// What was encrypted under them cannot be read again, save with a backup of the
// case keys. A case without keys is no error.
func (c *CaseKeys) Destroy(ctx context.Context, caseID string) error {
	if err := deleteCaseKeys(ctx, c.db, caseID); err != nil {
		return fmt.Errorf("destroying the keys of a case: %w", err)
	}
	return nil
}

// Names lists, in their order, the cases with a key whose names begin in a way.
func (c *CaseKeys) Names(ctx context.Context, prefix string) ([]string, error) {
	names, err := selectNames(ctx, c.db, prefix)
	if err != nil {
		return nil, fmt.Errorf("listing the case keys: %w", err)
	}
	return names, nil
}

// Copy writes the case keys into a new file at path under a key of its own: for
// a backup.
func (c *CaseKeys) Copy(ctx context.Context, path string, key Key) error {
	return c.db.Copy(ctx, path, sqlite.Key(key))
}
