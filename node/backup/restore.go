package backup

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"casehub/internal/actor"
	"casehub/internal/disk"
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

// alone keeps others from restoring into the same folder meanwhile. It fails with
// ErrRestoring.
func (r *restoring) alone(ctx context.Context) error {
	if err := os.MkdirAll(r.Data, 0o700); err != nil {
		return local(err)
	}
	path := filepath.Join(r.Data, restoreLock)
	for {
		before, err := touched(path)
		if err != nil {
			return local(err)
		}
		r.lock, err = sqlite.Lock(ctx, path)
		if errors.Is(err, sqlite.ErrLocked) {
			return ErrRestoring
		}
		if err != nil {
			return local(err)
		}
		// Whoever had the lock before may have removed the file: then this lock keeps
		// nobody out.
		if now, err := os.Lstat(path); err == nil && os.SameFile(before, now) {
			return nil
		}
		if err := r.lock.Unlock(); err != nil {
			return local(err)
		}
	}
}

// touched returns the file at path, which it makes where there is none.
func touched(path string) (fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	return info, errors.Join(err, f.Close())
}

// leave gives the folder free. The file goes while it is locked: afterwards it may
// be another's. Windows removes no file that is open.
func (r *restoring) leave() error {
	path := filepath.Join(r.Data, restoreLock)
	open := disk.Remove(path)
	err := r.lock.Unlock()
	if open != nil {
		_ = disk.Remove(path) // an empty file may stay: nobody minds it
	}
	return err
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

func (r *restoring) begin() error {
	if _, err := os.Lstat(filepath.Join(r.Data, vaultMember)); err == nil {
		return ErrNotEmpty
	}
	if _, err := os.Lstat(r.staging); err == nil {
		if err := r.clear(); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(r.Data)
	if err != nil {
		return local(err)
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != "lost+found" && !strings.HasPrefix(e.Name(), restoreLock) }) {
		return ErrNotEmpty
	}
	if err := os.Mkdir(r.staging, 0o700); err != nil {
		return local(err)
	}
	return nil
}

// clear removes all that a restore has put down, the sign of it last.
func (r *restoring) clear() error {
	var err error
	for _, name := range placed[:len(placed)-1] {
		for _, ending := range []string{"", "-wal", "-shm", "-journal"} {
			err = errors.Join(err, os.RemoveAll(filepath.Join(r.Data, name+ending)))
		}
	}
	if err != nil {
		return local(err)
	}
	if err := os.RemoveAll(r.staging); err != nil {
		return local(err)
	}
	return nil
}

// placed are the parts of a node in the order in which they are put in place.
var placed = []string{filesFolder, caseKeysCopy, databaseCopy, vaultMember}

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

// choose finds the backup, and sees whether there is room for it.
func (r *restoring) choose(ctx context.Context) error {
	whole, err := sequences(ctx, r.Place)
	if err != nil {
		return err
	}
	if r.Sequence == 0 && len(whole) > 0 {
		r.Sequence = whole[0]
	}
	if !slices.Contains(whole, r.Sequence) {
		return ErrNone
	}
	if r.main, err = manifest(ctx, r.Place, r.Sequence); err != nil {
		return err
	}
	free, err := disk.Free(r.Data)
	if err == nil && free < r.main.Main.Size+r.main.Main.Size/20+2*r.main.Keys.Size+spare {
		return ErrDiskFull
	}
	return nil
}

// sequences lists the backups that are whole, the newest first.
func sequences(ctx context.Context, place store.Store) ([]int, error) {
	list, err := place.List(ctx)
	if err != nil {
		return nil, err
	}
	has := map[store.Name]bool{}
	for _, o := range list {
		has[o.Name] = true
	}
	var whole []int
	for _, o := range list {
		if n := o.Name; n.Kind == store.ManifestFile && has[store.Name{Sequence: n.Sequence, Kind: store.Main}] {
			whole = append(whole, n.Sequence)
		}
	}
	slices.Sort(whole)
	slices.Reverse(whole)
	return whole, nil
}

// read brings back the newest case keys that the words open, and then the rest.
func (r *restoring) read(ctx context.Context) error {
	r.reading = &reading{
		place: r.Place, identities: []age.Identity{r.Words.Identity()}, dir: r.staging, keep: true,
		progress: r.advance,
	}
	if err := r.readKeys(ctx); err != nil {
		return err
	}
	r.reading.signer = func(b []byte) (key ed25519.PublicKey, err error) {
		r.vault, key, err = r.unseal(ctx, r.staging, b)
		return key, err
	}
	r.reading.databaseKey = func() (sqlite.Key, error) { return r.vault.DatabaseKey() }
	return r.reading.readMain(ctx, r.main)
}

func (r *restoring) advance(n int64) {
	r.step.Done += n
	r.Progress(r.step)
}

// readKeys tries the case keys from the newest on: the newest know of every
// erasure. Older words do not open what was encrypted to newer ones, so those
// of the backup itself are the last to be tried.
func (r *restoring) readKeys(ctx context.Context) error {
	list, err := r.Place.List(ctx)
	if err != nil {
		return err
	}
	var candidates []int
	for _, o := range list {
		if o.Name.Kind == store.Keys && o.Name.Sequence >= r.Sequence {
			candidates = append(candidates, o.Name.Sequence)
		}
	}
	slices.Sort(candidates)
	slices.Reverse(candidates)
	for _, sequence := range candidates {
		switch err := r.tryKeys(ctx, sequence); {
		case err == nil:
			return nil
		case sequence == r.Sequence && !errors.Is(err, ErrNone):
			return err
		case isLocal(err), errors.Is(err, ErrDiskFull), errs.KindOf(err) == errs.Unavailable:
			return err
		}
		r.outcome.Newer++
	}
	return nil
}

func (r *restoring) tryKeys(ctx context.Context, sequence int) error {
	m, err := manifest(ctx, r.Place, sequence)
	if err != nil {
		return err
	}
	dir := filepath.Join(r.staging, otherVault)
	for _, left := range []string{dir, filepath.Join(r.staging, caseKeysCopy+".copy")} {
		if err := os.RemoveAll(left); err != nil {
			return local(err)
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return local(err)
	}
	r.reading.signer = func(b []byte) (key ed25519.PublicKey, err error) {
		r.other, key, err = r.unseal(ctx, dir, b)
		return key, err
	}
	if err := r.reading.readKeys(ctx, m); err != nil {
		return errors.Join(err, r.reading.close())
	}
	r.keys = &m
	return nil
}

// unseal puts a key file down and opens it with the words. It returns the vault
// and the key that signs its manifests.
func (r *restoring) unseal(ctx context.Context, dir string, b []byte) (*vault.Vault, ed25519.PublicKey, error) {
	path := filepath.Join(dir, vaultMember)
	if err := disk.Replace(path, b, nil); err != nil {
		return nil, nil, local(err)
	}
	v, err := vault.Open(ctx, path, r.VaultOptions...)
	if err != nil {
		return nil, nil, ErrDamaged
	}
	if err := v.UnsealRecovery(r.Words); err != nil {
		return nil, nil, ErrForged
	}
	seed, err := v.Derive(signaturePurpose)
	if err != nil {
		return nil, nil, err
	}
	defer clear(seed[:])
	return v, ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey), nil
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

// placeKeys copies the case keys from the key they were put down under to the
// one that the node will open them with.
func (r *restoring) placeKeys(ctx context.Context) error {
	if r.keys == nil {
		return nil
	}
	key, err := r.vault.CaseKeysKey()
	if err != nil {
		return err
	}
	from := filepath.Join(r.staging, caseKeysCopy+".copy")
	err = sqlite.CopyClosed(ctx, from, r.reading.keysKey, filepath.Join(r.staging, caseKeysCopy), key)
	if err != nil {
		return local(err)
	}
	return nil
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

// finish puts the parts in their places and brings them to the disk, the key
// file last.
func (r *restoring) finish() error {
	r.vault.Seal()
	if r.other != nil {
		r.other.Seal()
	}
	for _, name := range placed {
		from := filepath.Join(r.staging, name)
		if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := r.sync(from); err != nil {
			return local(err)
		}
		if name == vaultMember {
			if err := disk.SyncDir(r.Data); err != nil {
				return local(err)
			}
			r.stands = true
		}
		r.Between("place " + name)
		if err := os.Rename(from, filepath.Join(r.Data, name)); err != nil {
			return local(err)
		}
	}
	if err := disk.SyncDir(r.Data); err != nil {
		return local(err)
	}
	r.Between("tidy")
	if err := os.RemoveAll(r.staging); err != nil {
		return local(err)
	}
	return nil
}

// sync brings the folders of a part to the disk, and gives it to whoever has the
// node's folder, and to nobody else: a restore by the administrator must leave
// files that the node can open.
func (r *restoring) sync(path string) error {
	return filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := disk.GiveTo(path, r.Data); err != nil {
			return err
		}
		if d.IsDir() {
			return disk.SyncDir(path)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			return err
		}
		if strings.HasSuffix(path, ".db") || d.Name() == vaultMember {
			return disk.SyncFile(path)
		}
		return nil // an attachment was brought to the disk when it was written
	})
}

func (r *restoring) close() error {
	if r.vault != nil {
		r.vault.Seal()
	}
	if r.other != nil {
		r.other.Seal()
	}
	if r.reading == nil {
		return nil
	}
	return r.reading.close()
}
