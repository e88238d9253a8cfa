package spreadsheet

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"casehub/adapters"
)

// part is one file with tables: the file that was named, one of several in a
// folder, or one inside a ZIP file.
type part struct {
	name   string // without the folder
	path   string // of the file on the disk
	member string // name inside the ZIP file; "" for the file itself
	data   []byte // the content where it is on no disk
	kind   kind
	facts  *survey
}

// known are the endings of files that are taken out of a folder or a ZIP file.
// The ending says nothing else: what a file is, its bytes say.
var known = []string{".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".gz"}

// partsOf lists the files at a path: a file, or those that fit a pattern, or those
// of a folder or a ZIP file that are to be taken by their names. They come in the
// order of their names.
func partsOf(p string, take func(name string) bool) ([]*part, error) {
	info, err := os.Stat(p)
	switch {
	case err != nil && strings.ContainsAny(filepath.Base(p), "*?["):
		return partsOfPattern(p, err)
	case err != nil:
		return nil, err
	case info.IsDir():
		return partsOfFolder(p, take)
	}
	one := &part{name: filepath.Base(p), path: p}
	if one.kind, err = kindOfFile(p); err != nil {
		return nil, err
	}
	if one.kind == kindArchive {
		return partsOfArchive(p, take)
	}
	return []*part{one}, nil
}

func partsOfPattern(pattern string, notThere error) ([]*part, error) {
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return nil, notThere
	}
	slices.Sort(found)
	return partsOnDisk(found)
}

func partsOfFolder(dir string, take func(string) bool) ([]*part, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		if e.Type().IsRegular() && take(e.Name()) {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	if len(found) == 0 {
		return nil, adapters.ErrNoFiles.With("file", filepath.Base(dir)).With("table", OnlyTable)
	}
	return partsOnDisk(found)
}

func partsOnDisk(found []string) ([]*part, error) {
	var all []*part
	for _, f := range found {
		k, err := kindOfFile(f)
		if err != nil {
			return nil, inFile(err, filepath.Base(f))
		}
		if k == kindArchive {
			return nil, adapters.ErrUnreadable.With("file", filepath.Base(f)).With("expected", "CSV")
		}
		all = append(all, &part{name: filepath.Base(f), path: f, kind: k})
	}
	return all, nil
}

// isKnown reports a name that may be a table; "~$book.xlsx" and "._list.csv" are
// what programs leave behind.
func isKnown(name string, endings []string) bool {
	base := path.Base(name)
	return !strings.HasPrefix(base, ".") && !strings.HasPrefix(base, "~$") && slices.Contains(endings, strings.ToLower(path.Ext(base)))
}

// partsOfArchive lists the tables in a ZIP file.
func partsOfArchive(p string, take func(string) bool) ([]*part, error) {
	z, err := zip.OpenReader(p)
	if err != nil {
		return nil, adapters.ErrUnreadable.With("expected", "ZIP")
	}
	defer z.Close()
	files, err := SafeFiles(&z.Reader)
	if err != nil {
		return nil, inFile(err, filepath.Base(p))
	}
	var all []*part
	for _, f := range files {
		name := strings.ReplaceAll(f.Name, "\\", "/")
		if !take(name) || strings.HasPrefix(name, "__MACOSX/") {
			continue
		}
		if f.Flags&1 != 0 {
			return nil, adapters.ErrEncrypted.With("file", filepath.Base(p))
		}
		one := &part{name: path.Base(name), path: p, member: f.Name}
		if one.kind, err = one.sniff(); err != nil {
			return nil, inFile(err, one.name)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, adapters.ErrNoFiles.With("file", filepath.Base(p)).With("table", OnlyTable)
	}
	slices.SortFunc(all, func(a, b *part) int { return strings.Compare(a.member, b.member) })
	return all, nil
}

// maxMembers is the number of files that an archive may have.
const maxMembers = 20_000

// SafeFiles returns the files in an archive, folders aside. It fails with
// adapters.ErrUnsafeName when a name points outside of it or stands twice, and
// with adapters.ErrBomb when there are too many.
func SafeFiles(z *zip.Reader) ([]*zip.File, error) {
	if len(z.File) > maxMembers {
		return nil, adapters.ErrBomb
	}
	seen := map[string]bool{}
	var all []*zip.File
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, "\\", "/")
		if strings.HasSuffix(name, "/") {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsAny(name, ":\x00") || seen[name] {
			return nil, adapters.ErrUnsafeName
		}
		seen[name] = true
		all = append(all, f)
	}
	return all, nil
}

// sniff returns the kind of a file in an archive.
func (p *part) sniff() (kind, error) {
	r, err := p.open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	switch k, err := kindOfHead(head[:n]); {
	case err != nil || k == kindText || k == kindHTML || k == kindXML:
		return k, err
	}
	at, size, done, err := p.at()
	if err != nil {
		return 0, err
	}
	defer done.Close()
	return kindOf(at, size)
}

// open opens the content, unpacked.
func (p *part) open() (io.ReadCloser, error) {
	if p.data != nil {
		return io.NopCloser(bytes.NewReader(p.data)), nil
	}
	if p.member != "" {
		return openMember(p.path, p.member)
	}
	f, err := os.Open(p.path)
	if err != nil {
		return nil, err
	}
	return unpack(f)
}

// unpack opens what gzip packed; anything else is given as it is.
func unpack(f *os.File) (io.ReadCloser, error) {
	head := make([]byte, 2)
	n, _ := f.ReadAt(head, 0)
	if n < 2 || !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return f, nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.Join(adapters.ErrUnreadable.With("expected", "GZIP"), f.Close())
	}
	return both{&bounded{r: z, packed: info.Size(), what: "GZIP"}, f}, nil
}

func openMember(archive, name string) (io.ReadCloser, error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return nil, adapters.ErrUnreadable.With("expected", "ZIP")
	}
	for _, f := range z.File {
		if f.Name != name {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, errors.Join(adapters.ErrUnreadable.With("expected", "ZIP"), z.Close())
		}
		return both{&bounded{r: r, packed: int64(f.CompressedSize64), what: "ZIP"}, z}, nil //nolint:gosec // archive/zip bounds sizes by the file's
	}
	return nil, errors.Join(adapters.ErrUnreadable.With("expected", "ZIP"), z.Close())
}

// both reads from one and closes the other.
type both struct {
	io.Reader
	io.Closer
}

// at opens the content for reading at any place: the file itself, or a packed
// one in memory, within a limit.
func (p *part) at() (io.ReaderAt, int64, io.Closer, error) {
	if p.data != nil {
		return bytes.NewReader(p.data), int64(len(p.data)), io.NopCloser(nil), nil
	}
	r, err := p.open()
	if err != nil {
		return nil, 0, nil, err
	}
	if f, ok := r.(*os.File); ok {
		info, err := f.Stat()
		if err != nil {
			return nil, 0, nil, errors.Join(err, f.Close())
		}
		return f, info.Size(), f, nil
	}
	b, err := io.ReadAll(io.LimitReader(r, maxPacked+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, 0, nil, err
	}
	if len(b) > maxPacked {
		return nil, 0, nil, adapters.ErrTooLarge.With("megabytes", maxPacked>>20)
	}
	return bytes.NewReader(b), int64(len(b)), io.NopCloser(nil), nil
}

// bounded ends the reading of what grows out of all proportion: text of people
// packs to a tenth, a file that packs to a thousandth was made to do harm.
type bounded struct {
	r      io.Reader
	packed int64
	given  int64
	what   string // for the error when the content is damaged
}

const (
	bombFloor = 32 << 20
	bombRatio = 250
)

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.given += int64(n)
	switch {
	case b.given > bombFloor && b.given > b.packed*bombRatio:
		return 0, adapters.ErrBomb
	case err != nil && !errors.Is(err, io.EOF):
		return n, adapters.ErrUnreadable.With("expected", b.what)
	}
	return n, err
}
