package backup

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"filippo.io/age"

	"casehub/internal/actor"
	"casehub/internal/disk"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/backup/store"
)

const (
	// scratchName is the folder of encrypted copies, inside the node's own.
	scratchName = ".backup"
	// lockName keeps two programs from making backups at once.
	lockName = ".backup.lock"
	// allBackups is more than a node ever makes.
	allBackups = 1 << 30
	// spare is how much room has to be there beyond what is counted.
	spare = 16 << 20
)

// run makes one backup, proves it, and lets go of what has outlived its time.
func (s *Service) run(ctx context.Context, who actor.Actor, placeID string) (Backup, error) {
	p, err := s.place(ctx, placeID)
	if err != nil {
		return Backup{}, err
	}
	lock, err := sqlite.Lock(ctx, filepath.Join(s.dir(), lockName))
	if errors.Is(err, sqlite.ErrLocked) {
		return Backup{}, ErrBusy
	}
	if err != nil {
		return Backup{}, err
	}
	defer func() { _ = lock.Unlock() }()
	have, err := s.settings(ctx)
	if err != nil {
		return Backup{}, err
	}
	b, err := s.begin(ctx, p)
	if err != nil {
		return b, fmt.Errorf("beginning a backup: %w", err)
	}
	err = s.attempt(ctx, p, have.ID, &b)
	return b, errors.Join(err, s.end(ctx, who, &b, err), s.clean())
}

// begin gives the backup its number: above all that this node has given and all
// that are at the place. What ran before and did not end has died.
func (s *Service) begin(ctx context.Context, p Place) (Backup, error) {
	listed, _ := p.Store.List(ctx) // where it cannot be listed, Ready says so in a moment
	b := Backup{Place: p.ID, BegunAt: s.o.Now()}
	err := s.o.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := updateInterrupted(ctx, tx, codeOf(errInterrupted), s.o.Now()); err != nil {
			return err
		}
		newest, err := selectNewest(ctx, tx)
		if err != nil {
			return err
		}
		for _, o := range listed {
			newest = max(newest, o.Name.Sequence)
		}
		b.Sequence = newest + 1
		return insertBackup(ctx, tx, b)
	})
	return b, err
}

func (s *Service) attempt(ctx context.Context, p Place, id store.ID, b *Backup) error {
	if err := p.Store.Ready(ctx, id); err != nil {
		return err
	}
	if err := s.scratch(); err != nil {
		return err
	}
	if err := s.sweep(ctx, p.Store, id); err != nil {
		return err
	}
	m := &making{s: s, place: p.Store, id: id, sequence: b.Sequence, at: b.BegunAt, dir: filepath.Join(s.dir(), scratchName)}
	if err := m.make(ctx); err != nil {
		return errors.Join(err, m.takeBack(ctx))
	}
	b.Size = m.size()
	if err := s.scratch(); err != nil { // the copies went in; now the room is for what comes back
		return err
	}
	if err := s.verify(ctx, p.Store, b.Sequence); err != nil {
		return err
	}
	b.VerifiedAt = s.o.Now()
	s.tell(Progress{Step: Tidying})
	return nil
}

// takeBack removes what a backup that failed has put at its place.
func (m *making) takeBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for _, k := range []store.Kind{store.ManifestFile, store.Main, store.Keys} {
		if err := m.place.Remove(ctx, m.id, store.Name{Sequence: m.sequence, Kind: k}); err != nil {
			return nil // the next backup sweeps; why this one failed matters more
		}
	}
	return nil
}

// end keeps what became of a backup, and then lets go of old ones.
func (s *Service) end(ctx context.Context, who actor.Actor, b *Backup, failure error) error {
	ctx = context.WithoutCancel(ctx) // what happened is kept, also when somebody ended it
	action := madeAction
	if b.EndedAt = s.o.Now(); failure != nil {
		b.Failure, b.VerifiedAt, action = codeOf(failure), time.Time{}, failedAction
		if errors.Is(failure, context.Canceled) {
			b.Failure = codeOf(errInterrupted)
		}
	}
	err := s.o.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := updateEnded(ctx, tx, *b); err != nil {
			return fmt.Errorf("keeping what became of a backup: %w", err)
		}
		return audit.Record(ctx, tx, s.o.Now(), who, action, fmt.Sprint(b.Sequence))
	})
	if err != nil || failure != nil {
		return err
	}
	s.rotate(ctx, b.Place)
	return nil
}

// scratch makes an empty scratch folder, after a look at the room for a copy of
// the database in it.
func (s *Service) scratch() error {
	if err := s.clean(); err != nil {
		return err
	}
	dir := filepath.Join(s.dir(), scratchName)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return local(err)
	}
	need := int64(spare)
	for _, name := range []string{s.o.DB.Path(), s.o.DB.Path() + "-wal"} {
		n, err := disk.Size(name)
		if err != nil {
			return local(err)
		}
		need += n + n/20
	}
	free, err := disk.Free(dir)
	switch {
	case errors.Is(err, disk.ErrFree):
		return nil
	case err != nil:
		return local(err)
	case free < need:
		return ErrDiskFull
	}
	return nil
}

// clean removes the scratch folder.
func (s *Service) clean() error {
	if err := os.RemoveAll(filepath.Join(s.dir(), scratchName)); err != nil {
		return fmt.Errorf("removing the copies of a backup: %w", errOf(err))
	}
	return nil
}

// sweep removes what earlier backups left that never got their manifest. A place
// that lets nothing go keeps it; no later backup takes its number.
func (s *Service) sweep(ctx context.Context, place store.Store, id store.ID) error {
	if err := place.Sweep(ctx, id); err != nil && !errors.Is(err, store.ErrRefused) {
		return err
	}
	list, err := place.List(ctx)
	if err != nil {
		return err
	}
	whole := map[int]bool{}
	for _, o := range list {
		whole[o.Name.Sequence] = whole[o.Name.Sequence] || o.Name.Kind == store.ManifestFile
	}
	for _, o := range list {
		if !whole[o.Name.Sequence] {
			if err := place.Remove(ctx, id, o.Name); err != nil && !errors.Is(err, store.ErrRefused) {
				return err
			}
		}
	}
	return nil
}

// recipients sets to whom a backup is encrypted.
func (s *Service) recipients(to *[]*age.X25519Recipient) error {
	own, err := s.o.Vault.Derive(identityPurpose)
	if err != nil {
		return err
	}
	defer clear(own[:])
	recovery, err := s.o.Vault.RecoveryRecipient()
	if err != nil {
		return err
	}
	*to = []*age.X25519Recipient{own.Identity().Recipient(), recovery}
	return nil
}

// verify reads a backup back from its place, restores it into the scratch
// folder, and holds it against what went in.
func (s *Service) verify(ctx context.Context, place store.Store, sequence int) error {
	m, err := manifest(ctx, place, sequence)
	if err != nil {
		return err
	}
	s.tell(Progress{Step: Reading, Total: m.Main.Size + m.Keys.Size})
	own, err := s.o.Vault.Derive(identityPurpose)
	if err != nil {
		return err
	}
	defer clear(own[:])
	key := randomKey()
	r := &reading{
		place: place, identities: []age.Identity{own.Identity()}, dir: filepath.Join(s.dir(), scratchName),
		signer:      func([]byte) (ed25519.PublicKey, error) { return s.public() },
		databaseKey: func() (sqlite.Key, error) { return key, nil },
		progress:    s.advance,
	}
	defer func() { _ = r.close() }()
	if err := r.readKeys(ctx, m); err != nil {
		return err
	}
	if err := r.readMain(ctx, m); err != nil {
		return err
	}
	s.tell(Progress{Step: Comparing})
	return r.compare(ctx, key)
}

// public returns the key by which manifests of this node are checked.
func (s *Service) public() (ed25519.PublicKey, error) {
	seed, err := s.o.Vault.Derive(signaturePurpose)
	if err != nil {
		return nil, err
	}
	defer clear(seed[:])
	return ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey), nil
}

// rotate lets go of what has outlived its time at a place. A place that lets
// nothing go is no failure of the backup: some are made to be like that.
func (s *Service) rotate(ctx context.Context, placeID string) {
	if err := s.letGo(ctx, placeID); err != nil {
		s.o.Log.WarnContext(ctx, "old backups could not be removed", "place", placeID, "code", codeOf(err), "error", err)
	}
}

func (s *Service) letGo(ctx context.Context, placeID string) error {
	p, err := s.place(ctx, placeID)
	if err != nil {
		return err
	}
	have, err := s.settings(ctx)
	if err != nil {
		return err
	}
	listed, err := p.Store.List(ctx)
	if err != nil {
		return err
	}
	here, err := s.kept(ctx, p, listed)
	if err != nil {
		return err
	}
	there := map[store.Name]bool{}
	for _, o := range listed {
		there[o.Name] = true
	}
	for _, name := range outlived(here, s.o.Now()) {
		if there[name] {
			if err := p.Store.Remove(ctx, have.ID, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// kept lists the verified backups that are at a place. One that failed is let go
// at once, as there is a newer one by now. One that this node knows nothing of,
// because it was restored from an older one, counts when it signed it.
func (s *Service) kept(ctx context.Context, p Place, listed []store.Object) ([]kept, error) {
	rows, err := selectBackups(ctx, s.o.DB, allBackups) // of all places: this one may have been chosen anew
	if err != nil {
		return nil, err
	}
	var all []kept
	for _, o := range listed {
		if o.Name.Kind != store.ManifestFile {
			continue
		}
		i := slices.IndexFunc(rows, func(b Backup) bool { return b.Sequence == o.Name.Sequence })
		switch {
		case i >= 0 && !rows[i].VerifiedAt.IsZero():
			all = append(all, kept{o.Name.Sequence, rows[i].BegunAt})
		case i >= 0:
			all = append(all, kept{o.Name.Sequence, time.Time{}})
		default:
			if at, ok := s.signedAt(ctx, p.Store, o.Name.Sequence); ok {
				all = append(all, kept{o.Name.Sequence, at})
			}
		}
	}
	return all, nil
}

// signedAt returns the day of a backup that this node signed.
func (s *Service) signedAt(ctx context.Context, place store.Store, sequence int) (time.Time, bool) {
	m, err := manifest(ctx, place, sequence)
	if err != nil {
		return time.Time{}, false
	}
	key, err := s.public()
	if err != nil || !m.Signed(key) {
		return time.Time{}, false
	}
	at, err := time.ParseInLocation(time.DateOnly, string(m.At), s.o.Now().Location())
	return at, err == nil
}
