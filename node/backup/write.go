package backup

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"casehub/internal/civil"
	"casehub/internal/disk"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/backup/store"
	"casehub/node/egress"
	"casehub/node/vault"
)

// Names of the encrypted copies in the scratch folder.
const (
	databaseCopy = "node.db"
	caseKeysCopy = "case-keys.db"
)

// making is one backup on its way to its place.
type making struct {
	s        *Service
	place    store.Store
	id       store.ID
	sequence int
	at       time.Time
	dir      string     // the scratch folder
	key      sqlite.Key // of the copies in it; nobody keeps it
	vault    []byte
	files    []vault.StoredFile
	before   map[vault.FileID]bool // files before the copy of the database
	journal  []byte
	contents contents
	to       []*age.X25519Recipient
	failed   error // why what goes in could not be read
	manifest store.Manifest
}

func randomKey() (k sqlite.Key) {
	_, _ = rand.Read(k[:]) // never fails: it ends the program instead
	return k
}

// make copies what has to be kept and stores it. Reading and writing in the node
// go on meanwhile.
func (m *making) make(ctx context.Context) error {
	m.s.tell(Progress{Step: Copying})
	if err := m.prepare(ctx); err != nil {
		return err
	}
	if err := m.room(ctx); err != nil {
		return err
	}
	keys := m.sealed(ctx, m.packKeys)
	if err := m.put(ctx, store.Keys, keys); err != nil {
		return err
	}
	main := m.sealed(ctx, m.packMain)
	if err := m.put(ctx, store.Main, main); err != nil {
		return err
	}
	return m.sign(ctx, main.File(), keys.File())
}

// put stores one file. What was wrong with what goes in is told before what was
// wrong with the place.
func (m *making) put(ctx context.Context, kind store.Kind, s *store.Sealed) error {
	err := m.place.Put(ctx, m.id, store.Name{Sequence: m.sequence, Kind: kind}, s)
	if m.failed != nil {
		return m.failed
	}
	return err
}

// prepare makes encrypted copies and lists the attachments: before the copy and
// after it, so that one that was removed in between is known.
func (m *making) prepare(ctx context.Context) (err error) {
	if err := m.s.recipients(&m.to); err != nil {
		return err
	}
	m.before = map[vault.FileID]bool{}
	for f, err := range m.s.o.Files.All() {
		if err != nil {
			return fmt.Errorf("listing the attachments: %w", err)
		}
		m.before[f.ID] = true
	}
	if err := m.copies(ctx); err != nil {
		if errors.Is(err, sqlite.ErrFull) || disk.Full(err) {
			return ErrDiskFull
		}
		return err
	}
	for f, err := range m.s.o.Files.All() {
		if err != nil {
			return fmt.Errorf("listing the attachments: %w", err)
		}
		m.files = append(m.files, f)
		delete(m.before, f.ID)
	}
	for id := range m.before {
		m.contents.Removed = append(m.contents.Removed, string(id))
	}
	if m.vault, err = os.ReadFile(m.s.o.Vault.Path()); err != nil {
		return fmt.Errorf("reading the key file: %w", errOf(err))
	}
	if m.s.o.Journal != nil {
		if m.journal, err = m.s.o.Journal(ctx); err != nil {
			return fmt.Errorf("reading the erasure journal: %w", err)
		}
	}
	return nil
}

func (m *making) copies(ctx context.Context) error {
	m.key = randomKey()
	if err := m.s.o.DB.Copy(ctx, filepath.Join(m.dir, databaseCopy), m.key); err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	// Later than the database: a case in the copy has its key in this one.
	if err := m.s.o.Keys.Copy(ctx, filepath.Join(m.dir, caseKeysCopy), vault.Key(m.key)); err != nil {
		return fmt.Errorf("copying the case keys: %w", err)
	}
	return nil
}

// room sees whether there is room at the place before anything is written.
func (m *making) room(ctx context.Context) error {
	need := int64(len(m.vault)+len(m.journal)) + spare
	for _, name := range []string{databaseCopy, caseKeysCopy} {
		n, err := disk.Size(filepath.Join(m.dir, name))
		if err != nil {
			return err
		}
		need += n
	}
	for _, f := range m.files {
		need += f.Size + 1024
	}
	m.s.total(need)
	free, err := m.place.Free(ctx)
	switch {
	case errors.Is(err, disk.ErrFree):
		return nil // the writing will tell
	case err != nil:
		return err
	case free < need+need/1000:
		return store.ErrFull
	}
	return nil
}

func (m *making) sealed(ctx context.Context, pack func(context.Context, *packer) error) *store.Sealed {
	return store.Seal(func(w io.Writer) error {
		p := newPacker(w, m.s.advance)
		err := pack(ctx, p)
		if p.failed != nil {
			m.failed = p.failed
		}
		return err
	}, m.to...)
}

// packKeys packs what is kept for a short time.
func (m *making) packKeys(_ context.Context, p *packer) error {
	if err := p.add(vaultMember, int64(len(m.vault)), bytes.NewReader(m.vault)); err != nil {
		return err
	}
	if err := m.addPages(p, caseKeysMember, caseKeysCopy); err != nil {
		return err
	}
	if err := p.add(journalMember, int64(len(m.journal)), bytes.NewReader(m.journal)); err != nil {
		return err
	}
	return p.end(contents{Sequence: m.sequence, Node: string(m.id), At: m.at.UTC().Format(time.RFC3339)})
}

// packMain packs the database and the attachments.
func (m *making) packMain(ctx context.Context, p *packer) error {
	if err := p.add(vaultMember, int64(len(m.vault)), bytes.NewReader(m.vault)); err != nil {
		return err
	}
	if err := m.addPages(p, databaseMember, databaseCopy); err != nil {
		return err
	}
	if err := m.describe(ctx); err != nil {
		p.failed = err
		return err
	}
	for _, f := range m.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := m.addFile(p, f); err != nil {
			return err
		}
	}
	return p.end(m.contents)
}

func (m *making) addPages(p *packer, name, from string) error {
	pages, err := sqlite.OpenPages(filepath.Join(m.dir, from), m.key)
	if err != nil {
		p.failed = err
		return err
	}
	return errors.Join(p.add(name, pages.Size(), pages), pages.Close())
}

// addFile packs an attachment as it lies there. One that was removed since the
// list was made is noted.
func (m *making) addFile(p *packer, f vault.StoredFile) error {
	in, err := os.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		m.contents.Removed = append(m.contents.Removed, string(f.ID))
		return nil
	}
	if err != nil {
		p.failed = fmt.Errorf("reading an attachment: %w", errOf(err))
		return p.failed
	}
	return errors.Join(p.add(filesFront+string(f.ID), f.Size, in), in.Close())
}

// errOf drops the path from an error of the system.
func errOf(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// describe asks the copy what it holds. It comes after the pages were read:
// opening the copy gives it a journal.
func (m *making) describe(ctx context.Context) error {
	db, err := sqlite.Open(ctx, filepath.Join(m.dir, databaseCopy), m.key)
	if err != nil {
		return err
	}
	defer db.Close()
	content, err := db.Content(ctx)
	if err != nil {
		return err
	}
	head, err := audit.End(ctx, db)
	if err != nil {
		return err
	}
	releases, err := egress.VerifyStored(ctx, db)
	if err != nil {
		return errors.Join(ErrReleases, err)
	}
	m.contents.Sequence, m.contents.Node, m.contents.At = m.sequence, string(m.id), m.at.UTC().Format(time.RFC3339)
	m.contents.Schema, m.contents.Tables = content.Schema, content.Tables
	m.contents.Audit, m.contents.Releases = head.String(), releases
	return nil
}

// sign stores the manifest: until it is there, there is no backup.
func (m *making) sign(ctx context.Context, main, keys store.File) error {
	seed, err := m.s.o.Vault.Derive(signaturePurpose)
	if err != nil {
		return err
	}
	defer clear(seed[:])
	m.manifest = store.Manifest{
		Sequence: m.sequence, At: civil.On(m.at), Schema: m.contents.Schema, Releases: m.contents.Releases, Main: main, Keys: keys,
	}.Sign(ed25519.NewKeyFromSeed(seed[:]))
	return m.place.Put(ctx, m.id, store.Name{Sequence: m.sequence, Kind: store.ManifestFile}, m.manifest.Sealed())
}

// size returns how many bytes the backup has at its place.
func (m *making) size() int64 { return m.manifest.Main.Size + m.manifest.Keys.Size }
