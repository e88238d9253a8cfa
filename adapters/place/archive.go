package place

import (
	"archive/zip"
	"errors"
	"io"

	"casehub/adapters"
)

// Archive is an open ZIP file.
type Archive struct {
	*zip.Reader
	io.Closer
}

// Zip opens a ZIP file. It fails with adapters.ErrUnreadable for what is none.
func Zip(p Place) (*Archive, error) {
	f, err := p.Open()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, f.Size())
	if err != nil {
		return nil, errors.Join(Fault(err, adapters.ErrUnreadable.With("file", p.name).With("expected", "ZIP")), f.Close())
	}
	return &Archive{z, f}, nil
}

// Member opens one file inside a ZIP file, by the name that it has there. It fails with
// adapters.ErrBlob where there is none, and with adapters.ErrTooLarge, here or while it
// is read, for one that unpacks to more bytes than most.
func Member(p Place, name string, most int64) (io.ReadCloser, error) {
	z, err := Zip(p)
	if err != nil {
		return nil, err
	}
	for _, e := range z.File {
		if e.Name != name {
			continue
		}
		m := &member{archive: z, left: most, limit: adapters.ErrTooLarge.With("file", p.name).With("megabytes", most>>20)}
		if e.UncompressedSize64 > uint64(most) {
			return nil, errors.Join(m.limit, z.Close())
		}
		if m.ReadCloser, err = e.Open(); err != nil {
			break
		}
		return m, nil
	}
	return nil, errors.Join(adapters.ErrBlob, z.Close())
}

// member is a file of an archive while it is unpacked.
type member struct {
	io.ReadCloser
	archive io.Closer
	left    int64
	limit   error
}

// Read fails past the limit, whatever size the archive tells.
func (m *member) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	if m.left -= int64(n); m.left < 0 {
		return 0, m.limit
	}
	return n, err
}

// Close closes the archive too.
func (m *member) Close() error { return errors.Join(m.ReadCloser.Close(), m.archive.Close()) }
