package node

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/node/egress"
	"casehub/node/keys"
	"casehub/node/people"
	"casehub/node/vault"
)

// Rekeying says who changes the master key of a node, and to which words.
type Rekeying struct {
	// Login and Password are of somebody who may manage the keys. Their password
	// stays; everybody else needs a new one.
	Login, Password string
	// Words are the recovery words from then on. Whoever calls has shown them
	// before, so that no moment of a power cut leaves words that nobody saw.
	Words vault.Words
	// Progress hears how many bytes were copied of how many; nil is nobody.
	Progress func(done, total int64)
}

// CheckRekey says whether Rekey may begin, without changing anything: the
// password is right, the person may manage keys, and nobody serves the node. It
// fails with vault.ErrBusy, vault.ErrWrongSecret and an error of kind
// errs.Forbidden.
func CheckRekey(ctx context.Context, c Config, login, password string, log *slog.Logger, now func() time.Time) error {
	n, who, err := OpenAs(ctx, c, login, password, log, now)
	if err != nil {
		return err
	}
	key, err := n.Vault.DatabaseKey()
	err = errors.Join(err, n.Keys.May(ctx, who), n.Close())
	if err != nil {
		return err
	}
	err = sqlite.Alone(ctx, n.config.database(), key)
	if errors.Is(err, sqlite.ErrLocked) {
		return vault.ErrBusy
	}
	return err
}

// Rekey changes the master key of a node that nobody serves, and with it the
// database, the recovery words, the key file of an unattended node and the keys by
// which the office signs its releases and connects to the hub. It returns
// who needs a new password. Broken off at any moment, it leaves a node that opens
// by what opened it before or by what opens it afterwards, with everything in it;
// the next start, or the next Rekey, ends what is left to do.
//
// It fails as CheckRekey does, and with vault.ErrDiskFull.
func Rekey(ctx context.Context, c Config, r Rekeying, log *slog.Logger, now func() time.Time) ([]people.Person, error) {
	n, who, err := OpenAs(ctx, c, r.Login, r.Password, log, now)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(n.Keys.Begin(ctx, who), n.Close()); err != nil {
		return nil, err
	}
	f := n.config
	v, err := f.openVault(ctx)
	if err != nil {
		return nil, err
	}
	defer v.Seal()
	login, password := people.CleanLogin(r.Login), people.CleanPassword(r.Password)
	if _, err := v.UnsealPassword(ctx, login, password); err != nil {
		return nil, err
	}
	_, err = v.Rekey(ctx, vault.Rekeying{
		Login: login, Password: password, Words: r.Words, KeyFile: f.KeyFile, Databases: []string{databaseName}, Progress: r.Progress,
	})
	if err != nil {
		return nil, err
	}
	// The keys are changed, whatever becomes of whoever asked.
	return settleRekey(context.WithoutCancel(ctx), f, v, who, now)
}

// settleRekey ends the passwords of others in the new database and replaces the keys
// for the hub, in the name of who changed the keys.
func settleRekey(ctx context.Context, f filled, v *vault.Vault, who actor.Actor, now func() time.Time) ([]people.Person, error) {
	db, err := openDatabase(ctx, v, f.database())
	if err != nil {
		return nil, err
	}
	at := func() time.Time { return now().In(f.zone) }
	staff := people.NewService(db, v, nobodyYet{}, people.Vocabulary{}, at)
	if err := keys.NewService(db, v, staff, nobodyYet{}, egress.RenewKeys, at).Settle(ctx, who); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	without, err := staff.WithoutPassword(ctx)
	return without, errors.Join(err, db.Close())
}

// OpenedBy says whether recovery words open the node, and nothing else: it needs
// nobody's password and leaves the node as it is. Like every start it first ends
// a change of the master key that was broken off.
func OpenedBy(ctx context.Context, c Config, words vault.Words) (bool, error) {
	f, err := c.fill()
	if err != nil {
		return false, err
	}
	v, err := f.openVault(ctx)
	if err != nil {
		return false, err
	}
	defer v.Seal()
	err = v.UnsealRecovery(words)
	if errors.Is(err, vault.ErrWrongSecret) {
		return false, nil
	}
	return err == nil, err
}

// database is the path of the database.
func (f filled) database() string { return filepath.Join(f.Data, databaseName) }
