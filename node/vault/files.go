package vault

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"casehub/internal/disk"
	"casehub/internal/errs"
)

// FileID names an encrypted file: 32 hex digits, random. It says nothing about
// the file.
type FileID string

const fileIDLength = 32

// part is what the name of a file ends in until it is whole.
const part = ".part"

// stale is the age at which a file that never became whole is removed.
const stale = 24 * time.Hour

var (
	// ErrNoFile reports a file that is not there.
	ErrNoFile = errs.New(errs.NotFound, "vault.no-file")
	// ErrFileDamaged reports a file that was changed, cut off, or is another's.
	ErrFileDamaged = errs.New(errs.Conflict, "vault.file-damaged")
)

// Files keeps encrypted files, each under the key of its case. A file is a
// stream of the age format, in chunks of 64 KiB that are each authenticated with
// their place and the last with being the last. Content passes through; nothing
// here holds a whole file.
type Files struct {
	dir  string
	keys *CaseKeys
}

// OpenFiles opens the folder of encrypted files at dir and makes it when it is
// missing. It removes what was begun a day ago or longer and never ended.
func OpenFiles(dir string, keys *CaseKeys) (*Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of files: %w", err)
	}
	f := &Files{dir: dir, keys: keys}
	return f, f.sweep(time.Now().Add(-stale))
}

// sweep removes unfinished files that were last written before a moment.
func (f *Files) sweep(before time.Time) error {
	return f.walk(func(path, name string, info fs.FileInfo) error {
		if !strings.HasSuffix(name, part) || info.ModTime().After(before) {
			return nil
		}
		return disk.Remove(path)
	})
}

func (f *Files) path(id FileID) string { return filepath.Join(f.dir, string(id[:2]), string(id)) }

// valid reports whether id could be one that Write gave.
func (id FileID) valid() bool {
	raw, err := hex.DecodeString(string(id))
	return err == nil && len(id) == fileIDLength && string(id) == hex.EncodeToString(raw)
}

// Write encrypts what r gives for a case. It returns the new file's name, the
// size in bytes and the SHA-256 of the content. The file is on the disk when
// Write returns, and not there at all when it fails. It fails with ErrDiskFull.
func (f *Files) Write(ctx context.Context, caseID string, r io.Reader) (FileID, int64, [32]byte, error) {
	id := NewFileID()
	size, sum, err := f.WriteAs(ctx, caseID, id, r)
	if err != nil {
		return "", 0, sum, err
	}
	return id, size, sum, nil
}

// NewFileID returns a name that no file has.
func NewFileID() FileID {
	raw := make([]byte, fileIDLength/2)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	return FileID(hex.EncodeToString(raw))
}

// WriteAs is Write under a name that NewFileID gave: who notes it before can
// remove the file after a crash in between.
func (f *Files) WriteAs(ctx context.Context, caseID string, id FileID, r io.Reader) (int64, [32]byte, error) {
	var sum [32]byte
	key, err := f.keys.Key(ctx, caseID)
	if err != nil {
		return 0, sum, err
	}
	defer clear(key[:])
	b := caseBox{key: key, caseID: caseID, file: id, generation: f.keys.generation}
	size, sum, err := f.write(ctx, f.path(id), b, r)
	if err != nil {
		if disk.Full(err) {
			err = ErrDiskFull
		}
		return 0, [32]byte{}, errors.Join(err, disk.Remove(f.path(id)+part))
	}
	return size, sum, nil
}

func (f *Files) write(ctx context.Context, path string, b caseBox, r io.Reader) (size int64, sum [32]byte, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, sum, fmt.Errorf("making a folder of files: %w", err)
	}
	out, err := os.OpenFile(path+part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, sum, fmt.Errorf("making a file: %w", err)
	}
	size, sum, err = encrypt(ctx, out, b, r)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return 0, sum, fmt.Errorf("writing a file: %w", err)
	}
	if err := os.Rename(path+part, path); err != nil {
		return 0, sum, fmt.Errorf("naming a file: %w", err)
	}
	return size, sum, errors.Join(disk.SyncDir(filepath.Dir(path)), disk.SyncDir(f.dir))
}

func encrypt(ctx context.Context, out io.Writer, b caseBox, r io.Reader) (size int64, sum [32]byte, err error) {
	w, err := age.Encrypt(out, b)
	if err != nil {
		return 0, sum, err
	}
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(w, h), untilDone{ctx, r})
	if err != nil {
		return 0, sum, err
	}
	return size, [32]byte(h.Sum(nil)), w.Close()
}

// untilDone reads until a context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// Open decrypts a file of a case. Every byte that comes out was checked, but a
// file that was cut off shows it only at its end: who passes content on has to
// stop on an error. The caller closes it. It fails with ErrNoFile, ErrNoCaseKey
// and ErrFileDamaged, and reading fails with ErrFileDamaged.
func (f *Files) Open(ctx context.Context, caseID string, id FileID) (io.ReadCloser, error) {
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
	r, err := age.Decrypt(in, caseOpener{ctx, f.keys, caseID, id})
	switch {
	case err == nil:
		return opened{r, in}, nil
	case errors.Is(err, ErrNoCaseKey), ctx.Err() != nil:
		return nil, errors.Join(err, in.Close())
	}
	return nil, errors.Join(ErrFileDamaged, in.Close())
}

// opened is a file that is being read.
type opened struct {
	r io.Reader
	io.Closer
}

func (o opened) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	if err != nil && err != io.EOF {
		err = ErrFileDamaged
	}
	return n, err
}

// Remove removes a file. One that is not there is no error.
func (f *Files) Remove(id FileID) error {
	if !id.valid() {
		return nil
	}
	if err := disk.Remove(f.path(id)); err != nil {
		return fmt.Errorf("removing a file: %w", err)
	}
	if err := disk.SyncDir(filepath.Dir(f.path(id))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a file: %w", err)
	}
	return nil
}

// All lists every file with its size on the disk, as it is encrypted, for
// backups and for finding files that nothing names any more.
func (f *Files) All() iter.Seq2[StoredFile, error] {
	return func(yield func(StoredFile, error) bool) {
		stop := errors.New("stop")
		err := f.walk(func(path, name string, info fs.FileInfo) error {
			if id := FileID(name); id.valid() && !yield(StoredFile{id, path, info.Size(), info.ModTime()}, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(StoredFile{}, err)
		}
	}
}

// StoredFile is an encrypted file on the disk.
type StoredFile struct {
	ID      FileID
	Path    string
	Size    int64 // as encrypted
	Written time.Time
}

func (f *Files) walk(fn func(path, name string, info fs.FileInfo) error) error {
	return filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(path, d.Name(), info)
	})
}

// stanza names our way of wrapping the key of an age file.
const stanza = "casehub-case"

// caseBox wraps the key of one file under the key of its case, bound to the
// case and to the file's own name: renamed, it does not open.
type caseBox struct {
	key        Key
	caseID     string
	file       FileID
	generation int
}

// Wrap is called by age for a new file.
func (b caseBox) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	sealed := sealBytes(derive(b.key[:], nil, "casehub/file/v1"), fileKey, bound(stanza, b.caseID, string(b.file)))
	return []*age.Stanza{{Type: stanza, Args: []string{strconv.Itoa(b.generation)}, Body: sealed}}, nil
}

// caseOpener finds the key of a file again.
type caseOpener struct {
	ctx    context.Context
	keys   *CaseKeys
	caseID string
	file   FileID
}

// Unwrap is called by age for the header of a file.
func (o caseOpener) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if len(stanzas) != 1 || stanzas[0].Type != stanza || len(stanzas[0].Args) != 1 {
		return nil, age.ErrIncorrectIdentity
	}
	generation, err := strconv.Atoi(stanzas[0].Args[0])
	if err != nil || generation < 1 {
		return nil, age.ErrIncorrectIdentity
	}
	key, err := o.keys.At(o.ctx, o.caseID, generation)
	if err != nil {
		return nil, err
	}
	defer clear(key[:])
	fileKey, ok := openBytes(derive(key[:], nil, "casehub/file/v1"), stanzas[0].Body, bound(stanza, o.caseID, string(o.file)))
	if !ok {
		return nil, age.ErrIncorrectIdentity
	}
	return fileKey, nil
}
