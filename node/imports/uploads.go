package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
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
}

// OpenUploads opens the folder of sealed uploads.
func OpenUploads(dir string, keys *vault.CaseKeys) (*Uploads, error) {
	files, err := vault.OpenFiles(dir, keys)
	return &Uploads{files, keys}, err
}

// sealedUnder names the key of the files of a draft.
func sealedUnder(draft string) string { return "import-draft:" + draft }

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
	if d.file == "" {
		return nil
	}
	if err := u.keys.Destroy(ctx, sealedUnder(d.ID)); err != nil {
		return fmt.Errorf("forgetting a file to import: %w", err)
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
