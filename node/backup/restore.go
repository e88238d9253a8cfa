package backup

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/backup/store"
	"casehub/node/vault"
)

const (
	// stagingName is the folder in which a node is put together. While it is
	// there, whatever else is in the node's folder came from a restore that was
	// broken off.
	stagingName = ".restore"
	// restoreLock is the file that keeps two restores apart; SQLite, which locks it,
	// may put another beside it.
	restoreLock = ".restore-lock"
	// otherVault is where the key file beside the case keys is opened, in the
	// staging folder.
	otherVault = "keys"
)

// Restored is a node that came back and was not put in its place yet, for
// whoever erases again what was erased since the backup.
type Restored struct {
	DB    *sqlite.DB
	Keys  *vault.CaseKeys
	Files *vault.Files
	// Journal is the erasure journal as it was given to the newest backup of case
	// keys, and Vault the one under which it was written, unsealed.
	Journal []byte
	Vault   *vault.Vault
	At      time.Time // when it came back
}

// Restoring says what is restored from where.
type Restoring struct {
	Place store.Store
	// Sequence is the number of the backup, 0 for the newest.
	Sequence int
	// Data is the folder of the node, which must not be there or be empty.
	Data  string
	Words vault.Words
	Now   func() time.Time
	// Reapply erases again what was erased since the backup; nil does nothing.
	Reapply func(ctx context.Context, r Restored) error
	// Progress hears how far it has come; nil is nobody.
	Progress func(Progress)
	// Between is nil outside tests: it hears each step of putting the parts in
	// place before the step is taken.
	Between func(step string)
	// VaultOptions are for tests.
	VaultOptions []vault.Option
}

// Outcome is what a restore brought back.
type Outcome struct {
	Sequence int
	At       string // day of the backup, YYYY-MM-DD
	// KeysSequence is the backup whose case keys and erasure journal came back, 0
	// for none. Newer is how many newer ones there are that the words do not open:
	// what was erased since then is back.
	KeysSequence, Newer int

	Rows            int64
	Tables          int
	Attachments     int
	AttachmentBytes int64
	CaseKeys        int64
	Releases        int
	AuditEntries    int64
	// Unreadable, Damaged and Missing attachments: without their key, not opening
	// with it, and named by the database alone.
	Unreadable, Damaged, Missing int
	// Drill is the code that says to the office that this restore was whole.
	Drill string
	// Warnings are what does not hold in the data that came back and held no
	// better when the backup was made: errors of this package.
	Warnings []error
}

// Restore brings a node back into an empty folder, with the recovery words and
// nothing else. The key file comes last: until it is in its place there is no
// node, and a restore that was broken off is begun anew. It fails with
// ErrNotEmpty, ErrRestoring, ErrNone, ErrWords, ErrForged, ErrDamaged, ErrIntegrity, ErrRows
// and ErrDiskFull.
func Restore(ctx context.Context, o Restoring) (Outcome, error) {
	r := &restoring{Restoring: o, staging: filepath.Join(o.Data, stagingName)}
	if r.Progress == nil {
		r.Progress = func(Progress) {}
	}
	if r.Between == nil {
		r.Between = func(string) {}
	}
	if err := r.alone(ctx); err != nil {
		return Outcome{}, err
	}
	if err := r.begin(); err != nil {
		return Outcome{}, errors.Join(err, r.leave())
	}
	err := r.all(ctx)
	if err = errors.Join(err, r.close()); err != nil && !r.stands {
		return Outcome{}, errors.Join(err, r.clear(), r.leave())
	}
	return r.outcome, errors.Join(err, r.leave())
}

// restoring is one restore under way.
type restoring struct {
	Restoring
	staging string
	lock    *sqlite.FileLock
	main    store.Manifest
	keys    *store.Manifest // nil when no case keys can be had
	vault   *vault.Vault    // of the backup, unsealed
	other   *vault.Vault    // of the case keys, unsealed
	reading *reading
	step    Progress
	outcome Outcome
	stands  bool // the key file may be in its place: nothing is taken back any more
}

func (r *restoring) all(ctx context.Context) error {
	if err := r.choose(ctx); err != nil {
		return err
	}
	r.tell(Progress{Step: Reading, Total: r.main.Main.Size})
	if err := r.read(ctx); err != nil {
		return err
	}
	r.tell(Progress{Step: Comparing})
	if err := r.settle(ctx); err != nil {
		return err
	}
	key, err := r.vault.Derive(drillPurpose)
	if err != nil {
		return err
	}
	r.outcome.Drill = drillCode(key, r.main.Sequence)
	r.tell(Progress{Step: Tidying})
	return r.finish()
}

func (r *restoring) tell(p Progress) {
	r.step = p
	r.Progress(p)
}

// settle puts the case keys under the vault's key, holds everything against what
// went in, erases again what was erased since, and notes the restore.
func (r *restoring) settle(ctx context.Context) error {
	if err := r.reading.close(); err != nil {
		return local(err)
	}
	if err := r.placeKeys(ctx); err != nil {
		return err
	}
	key, err := r.vault.DatabaseKey()
	if err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, filepath.Join(r.staging, databaseCopy), key)
	if err != nil {
		return ErrIntegrity
	}
	err = r.compare(ctx, db)
	if err == nil {
		err = r.reapply(ctx, db)
	}
	if err == nil {
		err = r.note(ctx, db)
	}
	return errors.Join(err, db.Close())
}

// compare fails when what came back is not what went in. What was wrong already
// when it went in is told, and keeps nobody from the rest.
func (r *restoring) compare(ctx context.Context, db *sqlite.DB) error {
	if err := r.reading.holds(ctx, db); err != nil {
		return err
	}
	o := &r.outcome
	for _, check := range []func(context.Context, *sqlite.DB) error{r.reading.auditHolds, r.reading.releasesHold} {
		err := check(ctx, db)
		switch {
		case errs.KindOf(err) == errs.Conflict:
			o.Warnings = append(o.Warnings, errs.As(err))
		case err != nil:
			return err
		}
	}
	f := r.reading.found
	*o = Outcome{
		Sequence: r.main.Sequence, At: string(r.main.At), Rows: f.Rows, Tables: len(r.reading.contents.Tables),
		Attachments: f.Attachments, AttachmentBytes: f.AttachmentBytes, CaseKeys: f.CaseKeys, Releases: f.Releases,
		AuditEntries: f.AuditEntries, Unreadable: f.Unreadable, Damaged: f.Damaged, Missing: f.Missing, Warnings: o.Warnings, Newer: o.Newer,
	}
	if r.keys != nil {
		o.KeysSequence = r.keys.Sequence
	}
	return nil
}

func (r *restoring) reapply(ctx context.Context, db *sqlite.DB) error {
	if r.Reapply == nil || r.keys == nil {
		return nil
	}
	keys, err := r.vault.OpenCaseKeys(ctx)
	if err != nil {
		return err
	}
	files, err := vault.OpenFiles(filepath.Join(r.staging, filesFolder), keys)
	if err == nil {
		err = r.Reapply(ctx, Restored{DB: db, Keys: keys, Files: files, Journal: r.reading.journal, Vault: r.other, At: r.Now()})
	}
	if err != nil {
		err = fmt.Errorf("erasing again what was erased: %w", err)
	}
	return errors.Join(err, keys.Close())
}

// note writes into the node that it was restored.
func (r *restoring) note(ctx context.Context, db *sqlite.DB) error {
	return db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := updateRestored(ctx, tx, r.main.Sequence, r.main.Main.Size+r.main.Keys.Size, r.Now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, r.Now(), actor.Node(), restored, fmt.Sprint(r.main.Sequence))
	})
}
