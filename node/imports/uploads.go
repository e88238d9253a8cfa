package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/errs"
	"casehub/node/vault"
)

// Uploads keeps the files that people bring for an import, each sealed under a key of
// its own: never in the clear, under a name that says nothing. A key that is destroyed
// ends its file.
type Uploads struct {
	files *vault.Files
	keys  *vault.CaseKeys

	mu      sync.Mutex
	brought map[string]bool // drafts whose files are being brought, which are no drafts yet
}

// OpenUploads opens the folder of sealed uploads.
func OpenUploads(dir string, keys *vault.CaseKeys) (*Uploads, error) {
	files, err := vault.OpenFiles(dir, keys)
	return &Uploads{files: files, keys: keys, brought: map[string]bool{}}, err
}

// sealedUnder names the key of the files of a draft.
func sealedUnder(draft string) string { return sealedFor + draft }

const sealedFor = "import-draft:"

// begin keeps the key of a draft that is not there yet, until what it returns is called.
func (u *Uploads) begin(draft string) (end func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.brought[draft] = true
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.brought, draft)
	}
}

// leftovers lists the drafts that have a key and whose files are not just being brought.
// A draft among them that came to be in time is in the database by now.
func (u *Uploads) leftovers(ctx context.Context) ([]string, error) {
	names, err := u.keys.Names(ctx, sealedFor)
	if err != nil {
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	var all []string
	for _, name := range names {
		if id := strings.TrimPrefix(name, sealedFor); !u.brought[id] {
			all = append(all, id)
		}
	}
	return all, nil
}

// add seals what r gives for a draft.
func (u *Uploads) add(ctx context.Context, draft string, r io.Reader) (vault.FileID, int64, error) {
	id, size, _, err := u.files.Write(ctx, sealedUnder(draft), r)
	if err != nil {
		return "", 0, fmt.Errorf("keeping a file to import: %w", err)
	}
	if size == 0 {
		return "", 0, errors.Join(ErrUploadEmpty, u.files.Remove(id))
	}
	return id, size, nil
}

// place returns where the file of a draft lies. Reading fails with ErrUploadGone where
// it is not here, as after a restore.
func (u *Uploads) place(ctx context.Context, d Preparation) place.Place {
	return place.Kept(d.Title, d.Size, func() (place.Content, error) {
		at, err := u.files.OpenAt(context.WithoutCancel(ctx), sealedUnder(d.ID), d.file)
		switch {
		case errors.Is(err, vault.ErrNoFile), errors.Is(err, vault.ErrNoCaseKey):
			return nil, ErrUploadGone
		case errors.Is(err, vault.ErrFileDamaged):
			return nil, adapters.ErrKept.With("file", d.Title)
		case err != nil:
			return nil, err
		}
		return at, nil
	})
}

// forget destroys the key of a draft, and then its file.
func (u *Uploads) forget(ctx context.Context, d Preparation) error {
	if err := u.keys.Destroy(ctx, sealedUnder(d.ID)); err != nil {
		return fmt.Errorf("forgetting a file to import: %w", err)
	}
	if d.file == "" {
		return nil
	}
	return u.files.Remove(d.file)
}

// sweep removes files that no draft names and that were written before a moment.
func (u *Uploads) sweep(named map[vault.FileID]bool, before time.Time) error {
	for f, err := range u.files.All() {
		if err != nil {
			return err
		}
		if named[f.ID] || f.Written.After(before) {
			continue
		}
		if err := u.files.Remove(f.ID); err != nil {
			return err
		}
	}
	return nil
}

var (
	// ErrUploadEmpty reports a file without content.
	ErrUploadEmpty = errs.New(errs.Invalid, "wizard.file-empty").On("file")
	// ErrUploadGone reports a file that was kept and is not here any more.
	ErrUploadGone = errs.New(errs.NotFound, "wizard.file-gone")
)
