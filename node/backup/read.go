package backup

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"casehub/internal/disk"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/backup/store"
	"casehub/node/documents"
	"casehub/node/vault"
)

// reading is the way of one backup back from its place, into an encrypted
// scratch folder or into the folder of a new node.
type reading struct {
	place      store.Store
	identities []age.Identity
	dir        string
	// signer returns who must have signed a manifest, by the key file that is
	// inside the encryption.
	signer func(vaultFile []byte) (ed25519.PublicKey, error)
	// databaseKey returns under which key the database is put down; it is asked
	// after signer.
	databaseKey func() (sqlite.Key, error)
	// keep puts attachments down in the folder; else they are only looked at.
	keep     bool
	progress func(n int64)

	caseKeys *vault.CaseKeys // nil when the keys of this backup are gone
	keysKey  sqlite.Key      // of the copy of the case keys
	journal  []byte
	contents contents
	found    found
}

// found is what came out of a backup.
type found struct {
	Rows, CaseKeys  int64
	Attachments     int
	AttachmentBytes int64
	Releases        int
	AuditEntries    int64
	// Unreadable attachments have no key among those that came back, Damaged ones
	// do not open though they have, and Missing ones the database names alone.
	Unreadable, Damaged, Missing int

	on map[vault.FileID]bool
}

// manifest reads the manifest of a backup. It is checked later, against the key
// inside the encryption.
func manifest(ctx context.Context, place store.Store, sequence int) (store.Manifest, error) {
	in, err := place.Get(ctx, store.Name{Sequence: sequence, Kind: store.ManifestFile})
	if errors.Is(err, store.ErrMissing) {
		return store.Manifest{}, ErrNone
	}
	if err != nil {
		return store.Manifest{}, err
	}
	defer in.Close()
	m, err := store.ReadManifest(in)
	if err == nil && m.Sequence != sequence {
		err = store.ErrManifest
	}
	return m, err
}

// readKeys brings back the case keys and the erasure journal.
func (r *reading) readKeys(ctx context.Context, m store.Manifest) error {
	err := r.archive(ctx, store.Name{Sequence: m.Sequence, Kind: store.Keys}, m, m.Keys, func(ctx context.Context, u *unpacker, o *out) error {
		switch o.Name {
		case caseKeysMember:
			r.keysKey = randomKey()
			return r.pages(ctx, u, o, caseKeysCopy+".copy", r.keysKey)
		case journalMember:
			var err error
			r.journal, err = u.small(o, journalLimit)
			return err
		}
		return ErrDamaged
	})
	if err != nil {
		return err
	}
	r.caseKeys, err = vault.OpenCopy(ctx, filepath.Join(r.dir, caseKeysCopy+".copy"), r.keysKey)
	if err != nil {
		return ErrDamaged
	}
	if r.found.CaseKeys, err = r.caseKeys.Check(ctx); err != nil && ctx.Err() == nil {
		return ErrIntegrity
	}
	return err
}

// readMain brings back the database and the attachments.
func (r *reading) readMain(ctx context.Context, m store.Manifest) error {
	r.found.on = map[vault.FileID]bool{}
	var known map[vault.FileID]documents.Stored
	err := r.archive(ctx, store.Name{Sequence: m.Sequence, Kind: store.Main}, m, m.Main, func(ctx context.Context, u *unpacker, o *out) (err error) {
		if o.Name == databaseMember {
			key, err := r.databaseKey()
			if err == nil {
				err = r.pages(ctx, u, o, databaseCopy, key)
			}
			if err == nil {
				known, err = r.known(ctx, key)
			}
			return err
		}
		id := vault.FileID(strings.TrimPrefix(o.Name, filesFront))
		if !strings.HasPrefix(o.Name, filesFront) || !id.Valid() || known == nil || r.found.on[id] {
			return ErrDamaged
		}
		r.found.on[id] = true
		return r.attachment(ctx, u, o, id, known)
	})
	if err == nil {
		r.missing(known)
	}
	return err
}

// archive reads one archive from its place: decrypts it, asks who signed for it,
// gives each member to take, and holds everything against its contents and the
// manifest.
func (r *reading) archive(ctx context.Context, name store.Name, m store.Manifest, want store.File, take func(context.Context, *unpacker, *out) error) error {
	in, err := r.place.Get(ctx, name)
	if errors.Is(err, store.ErrMissing) {
		return ErrDamaged
	}
	if err != nil {
		return err
	}
	defer in.Close()
	c := &cipher{r: in, h: sha256.New(), ctx: ctx}
	plain, err := age.Decrypt(c, r.identities...)
	if err != nil {
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) && c.failed == nil {
			return ErrWords
		}
		return c.orDamaged(err)
	}
	u := newUnpacker(plain, r.progress)
	if err := r.members(ctx, u, m, take); err != nil {
		return c.orDamaged(err)
	}
	for _, rest := range []io.Reader{plain, c} { // to the last byte
		if n, err := io.Copy(io.Discard, rest); err != nil || rest == io.Reader(c) && n > 0 {
			return c.orDamaged(err)
		}
	}
	if store.FileOf(c.n, c.h.Sum(nil)) != want || u.contents.Sequence != m.Sequence {
		return ErrDamaged
	}
	if name.Kind == store.Main {
		r.contents = *u.contents
		if r.contents.Schema != m.Schema || r.contents.Releases != m.Releases {
			return ErrDamaged
		}
	}
	return nil
}

func (r *reading) members(ctx context.Context, u *unpacker, m store.Manifest, take func(context.Context, *unpacker, *out) error) error {
	for first := true; ; first = false {
		o, err := u.next()
		if err != nil || o == nil {
			return err
		}
		if (o.Name == vaultMember) != first {
			return ErrDamaged
		}
		if !first {
			if err := take(ctx, u, o); err != nil {
				return err
			}
			continue
		}
		b, err := u.small(o, smallMember)
		if err != nil {
			return err
		}
		key, err := r.signer(b)
		if err != nil {
			return err
		}
		if !m.Signed(key) {
			return ErrForged
		}
	}
}

// pages puts a database down under a key.
func (r *reading) pages(ctx context.Context, u *unpacker, o *out, name string, key sqlite.Key) error {
	from := &remembering{r: o}
	err := sqlite.WritePages(ctx, from, filepath.Join(r.dir, name), key)
	switch {
	case from.failed != nil:
		return from.failed
	case errors.Is(err, sqlite.ErrNotPages):
		return ErrDamaged
	case err != nil:
		return local(err)
	}
	return u.done(o)
}

// known asks the database that came back for its attachments.
func (r *reading) known(ctx context.Context, key sqlite.Key) (map[vault.FileID]documents.Stored, error) {
	known := map[vault.FileID]documents.Stored{}
	db, err := sqlite.Open(ctx, filepath.Join(r.dir, databaseCopy), key)
	if err != nil {
		return nil, ErrIntegrity
	}
	defer db.Close()
	list, err := documents.AllStored(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("listing the attachments: %w", err)
	}
	for _, a := range list {
		known[a.File] = a
	}
	return known, nil
}

// attachment takes one attachment out: puts it down where it is kept, and opens
// it with the key of its case. One that the database does not name was added
// after the copy, or its record was removed; it stays closed.
func (r *reading) attachment(ctx context.Context, u *unpacker, o *out, id vault.FileID, known map[vault.FileID]documents.Stored) (err error) {
	var from io.Reader = o
	if r.keep {
		file, err := r.create(id)
		if err != nil {
			return local(err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		from = &keeping{o, file}
	}
	a, named := known[id]
	if named && r.caseKeys != nil {
		if err := r.opens(ctx, a, from); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, onlyReader{from}); err != nil {
		return err
	}
	if k, ok := from.(*keeping); ok {
		if err := k.file.Sync(); err != nil {
			return local(err)
		}
	}
	r.found.Attachments++
	r.found.AttachmentBytes += o.Size
	return u.done(o)
}

// opens decrypts an attachment and compares it with what the database says. One
// that does not open is counted; a stream that cannot be read on is an error.
func (r *reading) opens(ctx context.Context, a documents.Stored, from io.Reader) error {
	plain, err := r.caseKeys.Decrypt(ctx, a.CaseID, a.File, from)
	if errors.Is(err, vault.ErrNoCaseKey) {
		r.found.Unreadable++
		return nil
	}
	if err == nil {
		h := sha256.New()
		var n int64
		if n, err = io.Copy(h, plain); err == nil && n == a.Size && [32]byte(h.Sum(nil)) == a.SHA256 {
			return nil
		}
	}
	if err != nil && !errors.Is(err, vault.ErrFileDamaged) {
		return err
	}
	if _, err := io.Copy(io.Discard, onlyReader{from}); err != nil {
		return err // it was the backup around it
	}
	r.found.Damaged++
	return nil
}

// missing counts attachments that the database names, that did not come back and
// that nobody removed meanwhile.
func (r *reading) missing(known map[vault.FileID]documents.Stored) {
	removed := map[vault.FileID]bool{}
	for _, id := range r.contents.Removed {
		removed[vault.FileID(id)] = true
	}
	for id := range known {
		if !r.found.on[id] && !removed[id] {
			r.found.Missing++
		}
	}
}

func (r *reading) create(id vault.FileID) (*os.File, error) {
	dir := filepath.Join(r.dir, filesFolder, string(id[:2]))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(dir, string(id)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// keeping writes what passes into a file.
type keeping struct {
	r    io.Reader
	file *os.File
}

func (k *keeping) Read(b []byte) (int, error) {
	n, err := k.r.Read(b)
	if n > 0 {
		if _, werr := k.file.Write(b[:n]); werr != nil {
			return n, local(werr)
		}
	}
	return n, err
}

// onlyReader hides that a reader could write by itself.
type onlyReader struct{ io.Reader }

// remembering keeps why it could not be read.
type remembering struct {
	r      io.Reader
	failed error
}

func (r *remembering) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed = err
	}
	return n, err
}

// cipher is the encrypted stream on its way in, with its size and hash.
type cipher struct {
	ctx    context.Context
	r      io.Reader
	h      hash.Hash
	n      int64
	failed error
}

func (c *cipher) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		c.failed = err
		return 0, err
	}
	n, err := c.r.Read(b)
	c.h.Write(b[:n])
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.failed = err
	}
	return n, err
}

// orDamaged tells a stream that could not be read from one whose bytes are not
// those that were written.
func (c *cipher) orDamaged(err error) error {
	switch {
	case c.failed != nil:
		return c.failed
	case err == nil, errs.As(err) == nil && !isLocal(err):
		return ErrDamaged
	}
	return err
}

// isLocal reports whether an error came from this computer and is no fault of a
// backup.
func isLocal(err error) bool {
	var l localError
	return errors.As(err, &l) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// localError is a failure of this computer's disk.
type localError struct{ error }

func (l localError) Unwrap() error { return l.error }

// local marks an error of this computer's disk and drops the path from it.
func local(err error) error {
	if disk.Full(err) || errors.Is(err, sqlite.ErrFull) {
		return ErrDiskFull
	}
	return localError{errOf(err)}
}
