package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/migrations"
	"casehub/node/people"
	"casehub/node/vault"
)

// Files of a node in its folder.
const (
	vaultName    = "vault.json"
	databaseName = "node.db"
	caseKeysName = "case-keys.db"
	filesName    = "files"
	uploadsName  = "uploads"  // files that are being imported, sealed; in no backup
	restoreName  = ".restore" // of a restore that was broken off
)

var (
	// ErrNotSetUp reports a folder in which no node was set up.
	ErrNotSetUp = errs.New(errs.Conflict, "node.not-set-up")
	// ErrSetUp reports a folder in which a node stands already.
	ErrSetUp = errs.New(errs.Conflict, "node.set-up-already")
	// ErrRestoring reports a folder in which a restore was broken off.
	ErrRestoring = errs.New(errs.Conflict, "node.restoring")
	// ErrNoKeyFile reports a node whose key file is gone, while its other files are
	// there.
	ErrNoKeyFile = errs.New(errs.Conflict, "node.no-key-file")
	// ErrSealed reports a node that needs a person's password to be opened.
	ErrSealed = errs.New(errs.Unavailable, "node.sealed")
)

// Open opens a node without a person, by the key file of its settings: its
// vault, its database with the newest schema, and its areas. It fails with
// ErrNotSetUp, and with ErrSealed when the settings name no key file. The clock
// is for tests and demonstrations; a node in use passes time.Now.
func Open(ctx context.Context, c Config, log *slog.Logger, now func() time.Time) (*Node, error) {
	f, err := c.fill()
	if err != nil {
		return nil, err
	}
	v, err := f.openVault(ctx)
	if err != nil {
		return nil, err
	}
	if f.KeyFile == "" {
		return nil, ErrSealed
	}
	if err := v.UnsealKeyFile(f.KeyFile); err != nil {
		return nil, fmt.Errorf("setting key_file: %w", err)
	}
	return open(ctx, f, v, log, now)
}

// OpenAs opens a node by a person's login and password, and returns who that is.
// It fails with ErrNotSetUp and with vault.ErrWrongSecret.
func OpenAs(ctx context.Context, c Config, login, password string, log *slog.Logger, now func() time.Time) (*Node, actor.Actor, error) {
	f, err := c.fill()
	if err != nil {
		return nil, actor.Actor{}, err
	}
	v, err := f.openVault(ctx)
	if err != nil {
		return nil, actor.Actor{}, err
	}
	if _, err := v.UnsealPassword(ctx, people.CleanLogin(login), people.CleanPassword(password)); err != nil {
		return nil, actor.Actor{}, err
	}
	n, err := open(ctx, f, v, log, now)
	if err != nil {
		return nil, actor.Actor{}, err
	}
	id, err := n.People.Console(ctx, login, password)
	if err != nil {
		return nil, actor.Actor{}, errors.Join(err, n.Close())
	}
	return n, id.Actor(), nil
}

// openVault opens the vault of a node that was set up, sealed.
func (f filled) openVault(ctx context.Context) (*vault.Vault, error) {
	if !f.isSetUp() {
		return nil, ErrNotSetUp
	}
	return vault.Open(ctx, filepath.Join(f.Data, vaultName), f.vaultOptions...)
}

// isSetUp reports whether a node stands in the folder: its key file is put there
// last.
func (f filled) isSetUp() bool {
	_, err := os.Stat(filepath.Join(f.Data, vaultName))
	return !errors.Is(err, fs.ErrNotExist)
}

// isBereft reports whether the files of a node stand there without its key file.
// The file of case keys comes with the first opening, so a first run that was
// broken off has left none.
func (f filled) isBereft() bool {
	_, err := os.Stat(filepath.Join(f.Data, caseKeysName))
	return err == nil && !f.isSetUp()
}

// open opens the node of a vault that is unsealed.
func open(ctx context.Context, f filled, v *vault.Vault, log *slog.Logger, now func() time.Time) (*Node, error) {
	db, err := openDatabase(ctx, v, filepath.Join(f.Data, databaseName))
	if err != nil {
		return nil, err
	}
	n, err := assemble(ctx, f, v, db, log, func() time.Time { return now().In(f.zone) })
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	// The gate holds the keys for the hub, which the end of a change replaces.
	if err := errors.Join(n.Keys.Settle(ctx, actor.Node()), n.addGate(ctx)); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	if n.Backups, err = n.OpenBackups(f.Backup); err != nil {
		// Work goes on, and the folders stay: the first page tells when no backup
		// was proved for a week.
		log.ErrorContext(ctx, "setting backup.s3", "error", err)
		n.Backups, err = n.OpenBackups(BackupConfig{})
	}
	return n, err
}

// openDatabase opens the database under the vault's key and brings it to the
// newest schema.
func openDatabase(ctx context.Context, v *vault.Vault, path string) (*sqlite.DB, error) {
	key, err := v.DatabaseKey()
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, path, key)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, migrations.FS); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := audit.Chain(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
