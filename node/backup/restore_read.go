package backup

import (
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"filippo.io/age"

	"casehub/internal/disk"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/backup/store"
	"casehub/node/vault"
)

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
