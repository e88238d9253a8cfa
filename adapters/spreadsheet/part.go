package spreadsheet

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/charset"
)

// part is one file with tables: the file that was named, one of several in a
// folder, or one inside a ZIP file.
type part struct {
	name   string // without the folder
	at     place.Place
	member string // name inside the ZIP file; "" for the file itself
	kind   kind
	facts  *charset.Facts
}

// known are the endings of files that are taken out of a folder or a ZIP file.
// The ending says nothing else: what a file is, its bytes say.
var known = []string{".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".gz"}

// partsOf lists the files at a place: a file, or those that fit a pattern, or those
// of a folder or a ZIP file that are to be taken by their names. They come in the
// order of their names.
func partsOf(at place.Place, take func(name string) bool) ([]*part, error) {
	folder, err := at.Folder()
	switch {
	case err != nil && at.Pattern():
		found := at.Matching()
		if len(found) == 0 {
			return nil, err
		}
		return partsAlone(found)
	case err != nil:
		return nil, err
	case folder:
		return partsOfFolder(at, take)
	}
	one := &part{name: at.Name(), at: at}
	if one.kind, err = kindAt(at); err != nil {
		return nil, err
	}
	if one.kind == kindArchive {
		return partsOfArchive(at, take)
	}
	return []*part{one}, nil
}

func partsOfFolder(dir place.Place, take func(string) bool) ([]*part, error) {
	inside, err := dir.Inside()
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(inside, func(f place.Place) bool { return !take(f.Name()) })
	if len(found) == 0 {
		return nil, adapters.ErrNoFiles.With("file", dir.Name()).With("table", OnlyTable)
	}
	return partsAlone(found)
}

// partsAlone takes each file for itself: none may be an archive of others.
func partsAlone(found []place.Place) ([]*part, error) {
	var all []*part
	for _, f := range found {
		k, err := kindAt(f)
		if err != nil {
			return nil, inFile(err, f.Name())
		}
		if k == kindArchive {
			return nil, adapters.ErrUnreadable.With("file", f.Name()).With("expected", "CSV")
		}
		all = append(all, &part{name: f.Name(), at: f, kind: k})
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
func partsOfArchive(at place.Place, take func(string) bool) ([]*part, error) {
	z, err := place.Zip(at)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	files, err := SafeFiles(z.Reader)
	if err != nil {
		return nil, inFile(err, at.Name())
	}
	var all []*part
	for _, f := range files {
		name := strings.ReplaceAll(f.Name, "\\", "/")
		if !take(name) || strings.HasPrefix(name, "__MACOSX/") {
			continue
		}
		if f.Flags&1 != 0 {
			return nil, adapters.ErrEncrypted.With("file", at.Name())
		}
		one := &part{name: path.Base(name), at: at, member: f.Name}
		if one.kind, err = one.sniff(); err != nil {
			return nil, inFile(err, one.name)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, adapters.ErrNoFiles.With("file", at.Name()).With("table", OnlyTable)
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
	at, size, done, err := p.random()
	if err != nil {
		return 0, err
	}
	defer done.Close()
	return kindOf(at, size)
}

// open opens the content, unpacked.
func (p *part) open() (io.ReadCloser, error) {
	if p.member != "" {
		return openMember(p.at, p.member)
	}
	f, err := p.at.Open()
	if err != nil {
		return nil, err
	}
	return unpack(f)
}

// unpack opens what gzip packed; anything else is given as it is.
func unpack(f place.File) (io.ReadCloser, error) {
	head := make([]byte, 2)
	n, _ := f.ReadAt(head, 0)
	if n < 2 || !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return f, nil
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.Join(place.Fault(err, adapters.ErrUnreadable.With("expected", "GZIP")), f.Close())
	}
	return both{&bounded{r: z, packed: f.Size(), what: "GZIP"}, f}, nil
}

func openMember(archive place.Place, name string) (io.ReadCloser, error) {
	z, err := place.Zip(archive)
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		if f.Name != name {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, errors.Join(place.Fault(err, adapters.ErrUnreadable.With("expected", "ZIP")), z.Close())
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

// random opens the content for reading at any place: the file itself, or a packed
// one in memory, within a limit.
func (p *part) random() (io.ReaderAt, int64, io.Closer, error) {
	r, err := p.open()
	if err != nil {
		return nil, 0, nil, err
	}
	if f, ok := r.(place.File); ok {
		return f, f.Size(), f, nil
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
		return n, place.Fault(err, adapters.ErrUnreadable.With("expected", b.what))
	}
	return n, err
}
