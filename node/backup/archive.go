package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"casehub/internal/sqlite"
)

// Members of the archives. Attachments are below filesFront.
const (
	vaultMember    = "vault.json"
	databaseMember = "node.db"
	caseKeysMember = "case-keys.db"
	journalMember  = "erasure-journal"
	contentsMember = "contents.json"
	filesFront     = "files/"
)

const (
	contentsFormat = "casehub-backup-contents/1"
	// smallest is the bound of members that are read into memory, and of
	// contentsMember the bound is larger: a line for each attachment.
	smallMember   = 1 << 20
	journalLimit  = 64 << 20
	contentsLimit = 512 << 20
)

// contents is the last member of an archive: what went in, for holding what
// comes out against it.
type contents struct {
	Format   string `json:"format"`
	Sequence int    `json:"sequence"`
	Node     string `json:"node"` // the identifier in the marker of the place
	At       string `json:"at"`   // RFC 3339, UTC
	Schema   int64  `json:"schema"`
	Releases int    `json:"releases"`
	// Audit is the head of the audit, "412:9f3c…".
	Audit  string             `json:"audit,omitempty"`
	Tables []sqlite.TableRows `json:"tables,omitempty"`
	// Removed are attachments that somebody removed while the backup was made:
	// the database in it may still name them.
	Removed []string `json:"removed,omitempty"`
	Members []member `json:"members"`
}

// member is one file in an archive.
type member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex
}

// packer writes an archive.
type packer struct {
	tar      *tar.Writer
	members  []member
	buffer   []byte
	progress func(n int64)
	// failed is what was wrong with what should go in, apart from where it goes.
	failed error
}

func newPacker(w io.Writer, progress func(int64)) *packer {
	return &packer{tar: tar.NewWriter(w), buffer: make([]byte, 64<<10), progress: progress}
}

// add writes a member of exactly size bytes.
func (p *packer) add(name string, size int64, r io.Reader) error {
	if err := p.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.CopyBuffer(onlyWriter{io.MultiWriter(p.tar, h, told(p.progress))}, &source{r: io.LimitReader(r, size), p: p}, p.buffer)
	if err == nil && n != size {
		p.failed = fmt.Errorf("%w: a member is shorter than it was", errFailed)
		err = p.failed
	}
	if err != nil {
		return err
	}
	p.members = append(p.members, member{name, size, hex.EncodeToString(h.Sum(nil))})
	return nil
}

// end writes the contents and closes the archive.
func (p *packer) end(c contents) error {
	c.Format, c.Members = contentsFormat, p.members
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := p.tar.WriteHeader(&tar.Header{Name: contentsMember, Size: int64(len(b)), Mode: 0o600, Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	if _, err := p.tar.Write(b); err != nil {
		return err
	}
	return p.tar.Close()
}

// source remembers why what goes in could not be read.
type source struct {
	r io.Reader
	p *packer
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.p.failed = err
	}
	return n, err
}

// onlyWriter hides that a writer could read by itself, in blocks of its own
// choice.
type onlyWriter struct{ io.Writer }

// told tells how many bytes passed.
type told func(int64)

func (t told) Write(b []byte) (int, error) {
	if t != nil {
		t(int64(len(b)))
	}
	return len(b), nil
}

// unpacker reads an archive and keeps account of what came out.
type unpacker struct {
	tar      *tar.Reader
	members  []member
	contents *contents
	progress func(int64)
}

func newUnpacker(r io.Reader, progress func(int64)) *unpacker {
	return &unpacker{tar: tar.NewReader(r), progress: progress}
}

// out is one member on its way out.
type out struct {
	Name string
	Size int64
	io.Reader
	hash hash.Hash
}

// next returns the next member, nil after the contents, which it reads itself.
// It fails with ErrDamaged when anything is not as it was written.
func (u *unpacker) next() (*out, error) {
	header, err := u.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		if u.contents == nil {
			return nil, ErrDamaged
		}
		return nil, nil
	case err != nil:
		return nil, err
	case u.contents != nil, header.Typeflag != tar.TypeReg, header.Size < 0:
		return nil, ErrDamaged
	case header.Name == contentsMember:
		if err := u.account(header.Size); err != nil {
			return nil, err
		}
		return u.next()
	}
	h := sha256.New()
	return &out{header.Name, header.Size, io.TeeReader(u.tar, io.MultiWriter(h, told(u.progress))), h}, nil
}

// done reads the rest of a member and takes it into account.
func (u *unpacker) done(o *out) error {
	if _, err := io.Copy(onlyWriter{io.Discard}, o); err != nil {
		return err
	}
	u.members = append(u.members, member{o.Name, o.Size, hex.EncodeToString(o.hash.Sum(nil))})
	return nil
}

// account reads the contents and holds what came out against them.
func (u *unpacker) account(size int64) error {
	if size > contentsLimit {
		return ErrDamaged
	}
	var c contents
	if err := json.NewDecoder(u.tar).Decode(&c); err != nil || c.Format != contentsFormat || len(c.Members) != len(u.members) {
		return ErrDamaged
	}
	for i, m := range c.Members {
		if u.members[i] != m {
			return ErrDamaged
		}
	}
	u.contents = &c
	u.members = nil
	return nil
}

// small reads a member that is kept in memory.
func (u *unpacker) small(o *out, limit int64) ([]byte, error) {
	if o.Size > limit {
		return nil, ErrDamaged
	}
	b, err := io.ReadAll(o)
	if err != nil {
		return nil, err
	}
	return b, u.done(o)
}
