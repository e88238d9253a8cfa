package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"casehub/internal/disk"
	"casehub/internal/errs"
)

// part is what the name of a file ends in until it is whole.
const part = ".part"

// Folder is a folder on this computer, on a USB disk or on a network drive. Each
// operation holds the folder open from the look at its marker to its end: what
// is unplugged or mounted meanwhile changes nothing of where the bytes go.
type Folder struct {
	Path string
	// Through is nil outside tests: what the bytes pass on their way.
	Through func(io.Writer) io.Writer
}

// Claim implements Store.
func (f Folder) Claim(_ context.Context, id ID) error {
	root, err := f.open()
	if err != nil {
		return err
	}
	defer root.Close()
	switch err := f.marked(root, id); {
	case err == nil, !errors.Is(err, ErrUnclaimed):
		return err
	}
	return f.said(f.put(root, MarkerName, func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(marker{markerFormat, id}.encode()))
		return err
	}))
}

// Ready implements Store.
func (f Folder) Ready(_ context.Context, id ID) error {
	return f.within(id, func(*os.Root) error { return nil })
}

// Put implements Store.
func (f Folder) Put(ctx context.Context, id ID, name Name, s *Sealed) error {
	return f.within(id, func(root *os.Root) error {
		return f.put(root, name.String(), func(w io.Writer) error { return s.writeTo(untilDone{ctx, w}) })
	})
}

// put writes a file beside its name and gives it the name when it is on the
// disk.
func (f Folder) put(root *os.Root, name string, write func(io.Writer) error) error {
	if _, err := root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = ErrExists
		}
		return err
	}
	if err := root.Remove(name + part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := root.OpenFile(name+part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	var w io.Writer = out
	if f.Through != nil {
		w = f.Through(out)
	}
	err = write(w)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		_ = root.Remove(name + part) // Sweep does it when this cannot
		return err
	}
	if err := root.Rename(name+part, name); err != nil {
		return err
	}
	return disk.SyncDir(root.Name())
}

// Remove implements Store.
func (f Folder) Remove(_ context.Context, id ID, name Name) error {
	return f.within(id, func(root *os.Root) error {
		if err := root.Remove(name.String()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// Sweep implements Store.
func (f Folder) Sweep(_ context.Context, id ID) error {
	return f.within(id, func(root *os.Root) error {
		names, err := fs.Glob(root.FS(), "*"+part)
		for _, name := range names {
			if _, ours := ParseName(strings.TrimSuffix(name, part)); ours {
				err = errors.Join(err, root.Remove(name))
			}
		}
		return err
	})
}

// List implements Store.
func (f Folder) List(context.Context) ([]Object, error) {
	entries, err := os.ReadDir(f.Path)
	if err != nil {
		return nil, f.said(err)
	}
	var all []Object
	for _, e := range entries {
		name, ours := ParseName(e.Name())
		if !ours || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, f.said(err)
		}
		all = append(all, Object{name, info.Size()})
	}
	return all, nil
}

// Get implements Store.
func (f Folder) Get(_ context.Context, name Name) (io.ReadCloser, error) {
	in, err := os.Open(filepath.Join(f.Path, name.String()))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(f.Path); err != nil {
			return nil, ErrGone
		}
		return nil, ErrMissing
	}
	if err != nil {
		return nil, f.said(err)
	}
	return reading{in, f}, nil
}

// reading is a stored file that says in our terms when it cannot be read on.
type reading struct {
	io.ReadCloser
	f Folder
}

func (r reading) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	if err != nil && err != io.EOF {
		err = r.f.said(err)
	}
	return n, err
}

// Free implements Store.
func (f Folder) Free(context.Context) (int64, error) {
	n, err := disk.Free(f.Path)
	if err != nil && !errors.Is(err, disk.ErrFree) {
		return 0, ErrGone
	}
	return n, err
}

// within runs fn in the folder, which has the marker of the node.
func (f Folder) within(id ID, fn func(*os.Root) error) error {
	root, err := f.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := f.marked(root, id); err != nil {
		return err
	}
	return f.said(fn(root))
}

func (f Folder) open() (*os.Root, error) {
	if !filepath.IsAbs(f.Path) {
		return nil, ErrGone
	}
	root, err := os.OpenRoot(f.Path)
	if err != nil {
		return nil, f.said(err)
	}
	return root, nil
}

func (f Folder) marked(root *os.Root, id ID) error {
	in, err := root.Open(MarkerName)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrUnclaimed
	}
	if err != nil {
		return f.said(err)
	}
	defer in.Close()
	return f.said(belongs(in, id))
}

// said turns an error of the system into one of ours. It keeps what the system
// said and drops the path, which may name a person.
func (f Folder) said(err error) error {
	if err == nil || errs.As(err) != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	switch {
	case disk.Full(err):
		return ErrFull
	case errors.Is(err, fs.ErrPermission):
		return ErrRefused
	case errors.Is(err, fs.ErrNotExist), f.away():
		return ErrGone
	case at != nil:
		return fmt.Errorf("%w: %w", ErrFailed, err)
	}
	return err
}

// away reports whether the folder is not there any more.
func (f Folder) away() bool {
	_, err := os.Stat(filepath.Join(f.Path, MarkerName))
	return err != nil
}

// untilDone writes until a context ends.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u untilDone) Write(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(b)
}
