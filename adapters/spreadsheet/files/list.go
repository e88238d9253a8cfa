package files

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/archive"
)

// List lists the files at a place and surveys each: a file, or those that fit a
// pattern, or those of a folder or a ZIP file that are to be taken by their names.
// They come in the order of their names. Its errors name the file.
func List(ctx context.Context, at place.Place, take func(name string) bool) ([]*File, error) {
	all, err := list(at, take)
	if err != nil {
		return nil, Named(err, at.Name())
	}
	for _, f := range all {
		if err := f.Survey(ctx); err != nil {
			return nil, Named(err, f.Name)
		}
	}
	return all, nil
}

func list(at place.Place, take func(name string) bool) ([]*File, error) {
	folder, err := at.Folder()
	switch {
	case err != nil && at.Pattern():
		found := at.Matching()
		if len(found) == 0 {
			return nil, err
		}
		return alone(found)
	case err != nil:
		return nil, err
	case folder:
		return inFolder(at, take)
	}
	one := &File{Name: at.Name(), at: at}
	if one.Kind, err = kindAt(at); err != nil {
		return nil, err
	}
	if one.Kind == packed {
		return inArchive(at, take)
	}
	return []*File{one}, nil
}

func inFolder(dir place.Place, take func(string) bool) ([]*File, error) {
	inside, err := dir.Inside()
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(inside, func(f place.Place) bool { return !take(f.Name()) })
	if len(found) == 0 {
		return nil, none(dir)
	}
	return alone(found)
}

// none says that nothing was found for the one table that there is where none is
// declared.
func none(at place.Place) error {
	return adapters.ErrNoFiles.With("file", at.Name()).With("table", "data")
}

// alone takes each file for itself: none may be an archive of others.
func alone(found []place.Place) ([]*File, error) {
	var all []*File
	for _, f := range found {
		k, err := kindAt(f)
		if err != nil {
			return nil, Named(err, f.Name())
		}
		if k == packed {
			return nil, adapters.ErrUnreadable.With("file", f.Name()).With("expected", "CSV")
		}
		all = append(all, &File{Name: f.Name(), at: f, Kind: k})
	}
	return all, nil
}

// HasEnding reports a name with one of some endings, as ".csv"; "~$book.xlsx" and
// "._list.csv" are what programs leave behind.
func HasEnding(name string, endings []string) bool {
	base := path.Base(name)
	return !strings.HasPrefix(base, ".") && !strings.HasPrefix(base, "~$") && slices.Contains(endings, strings.ToLower(path.Ext(base)))
}

// inArchive lists the files in a ZIP file.
func inArchive(at place.Place, take func(string) bool) ([]*File, error) {
	z, err := place.Zip(at)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	inside, err := archive.SafeFiles(z.Reader)
	if err != nil {
		return nil, err
	}
	var all []*File
	for _, f := range inside {
		name := strings.ReplaceAll(f.Name, "\\", "/")
		if !take(name) || strings.HasPrefix(name, "__MACOSX/") {
			continue
		}
		if f.Flags&1 != 0 {
			return nil, adapters.ErrEncrypted
		}
		one := &File{Name: path.Base(name), at: at, Member: f.Name}
		if one.Kind, err = one.sniff(); err != nil {
			return nil, Named(err, one.Name)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, none(at)
	}
	slices.SortFunc(all, func(a, b *File) int { return strings.Compare(a.Member, b.Member) })
	return all, nil
}

// sniff returns the kind of a file in an archive.
func (f *File) sniff() (Kind, error) {
	r, err := f.Open()
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
	case err != nil || k != packed && k != XLS:
		return k, err
	}
	whole, err := f.Whole()
	if err != nil {
		return 0, err
	}
	defer whole.Close()
	return kindOf(whole, whole.Size())
}
