package files

import (
	"context"
	"io"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/archive"
	"casehub/adapters/spreadsheet/charset"
)

// TextFile is one file of text: the file that was named, or one of several in a
// folder, in a ZIP file or under a pattern. It is how sources of other text
// formats read files without knowing encodings and packing.
type TextFile struct {
	// Name without the folder.
	Name string
	// Encoding as it was told or guessed, with the reason.
	Encoding string

	file *File
	enc  charset.Encoding
}

// Texts lists the files at a place and reads each once for its encoding. From
// a folder or a ZIP file it takes those with one of the endings, as ".json". The
// fingerprint is that of all files. It fails with adapters.ErrUnreadable for a
// file that is no text.
func Texts(ctx context.Context, at place.Place, declared string, endings ...string) (all []*TextFile, fingerprint string, err error) {
	found, err := List(ctx, at, func(name string) bool { return HasEnding(name, endings) })
	if err != nil {
		return nil, "", err
	}
	for _, f := range found {
		t, err := textFile(f, declared)
		if err != nil {
			return nil, "", err
		}
		all = append(all, t)
	}
	return all, Fingerprint(found), nil
}

// textFile settles the encoding of a file.
func textFile(f *File, declared string) (t *TextFile, err error) {
	if f.Kind != Text && f.Kind != HTML {
		return nil, adapters.ErrUnreadable.With("file", f.Name).With("expected", "text")
	}
	t = &TextFile{Name: f.Name, file: f}
	t.enc, t.Encoding, err = charset.Choose(declared, "", f.Facts)
	return t, err
}

// Fits reports a name that the pattern of a mapping means; "" means every file.
func (t *TextFile) Fits(pattern string) bool {
	return pattern == "" || t.file.Fits(pattern)
}

// Open opens the text in UTF-8, unpacked and without a mark.
func (t *TextFile) Open() (io.ReadCloser, error) {
	r, err := t.file.Open()
	if err != nil {
		return nil, Named(err, t.Name)
	}
	return archive.Both{Reader: t.enc.Characters(t.enc.Reader(r)), Closer: r}, nil
}
