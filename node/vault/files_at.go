package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"filippo.io/age"
)

// OpenAt decrypts a file of a case for reading at any place: each piece of it is
// checked as it is read, and its size before anything is. It may be read by several
// goroutines. The caller closes it. It fails as Open does.
func (f *Files) OpenAt(ctx context.Context, caseID string, id FileID) (*FileAt, error) {
	if !id.valid() {
		return nil, ErrNoFile
	}
	in, err := os.Open(f.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoFile
	}
	if err != nil {
		return nil, fmt.Errorf("opening a file: %w", err)
	}
	info, err := in.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a file: %w", err), in.Close())
	}
	at, size, err := age.DecryptReaderAt(in, info.Size(), caseOpener{ctx, f.keys, caseID, id})
	switch {
	case err == nil:
		return &FileAt{at, in, size}, nil
	case errors.Is(err, ErrNoCaseKey), ctx.Err() != nil:
		return nil, errors.Join(err, in.Close())
	}
	return nil, errors.Join(ErrFileDamaged, in.Close())
}

// FileAt is an encrypted file that is read at any place.
type FileAt struct {
	at   io.ReaderAt
	file io.Closer
	size int64
}

// Size returns the size of the content in bytes.
func (f *FileAt) Size() int64 { return f.size }

// ReadAt reads content. It fails with ErrFileDamaged.
func (f *FileAt) ReadAt(p []byte, off int64) (int, error) {
	if off >= f.size {
		return 0, io.EOF
	}
	n, err := f.at.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		err = ErrFileDamaged
	}
	return n, err
}

// Close closes the file.
func (f *FileAt) Close() error { return f.file.Close() }
