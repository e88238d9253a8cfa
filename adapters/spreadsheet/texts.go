package spreadsheet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"casehub/adapters"
	"casehub/adapters/place"
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

	part *part
	enc  charset.Encoding
}

// TextFiles lists the files at a place and reads each once for its encoding. From
// a folder or a ZIP file it takes those with one of the endings, as ".json". The
// fingerprint is that of all files. It fails with adapters.ErrUnreadable for a
// file that is no text.
func TextFiles(ctx context.Context, at place.Place, declared string, endings ...string) (all []*TextFile, fingerprint string, err error) {
	parts, err := partsOf(at, func(name string) bool { return isKnown(name, endings) })
	if err != nil {
		return nil, "", inFile(err, at.Name())
	}
	sum := sha256.New()
	for _, p := range parts {
		if err := p.survey(ctx); err != nil {
			return nil, "", inFile(err, p.name)
		}
		f, err := textFile(p, declared)
		if err != nil {
			return nil, "", err
		}
		all = append(all, f)
		fmt.Fprintf(sum, "%s\x00%s\n", p.member, p.facts.Fingerprint)
	}
	if len(parts) == 1 {
		return all, parts[0].facts.Fingerprint, nil
	}
	return all, hex.EncodeToString(sum.Sum(nil)), nil
}

// textFile settles the encoding of a file.
func textFile(p *part, declared string) (f *TextFile, err error) {
	if p.kind != kindText && p.kind != kindHTML {
		return nil, adapters.ErrUnreadable.With("file", p.name).With("expected", "text")
	}
	f = &TextFile{Name: p.name, part: p}
	f.enc, f.Encoding, err = charset.Choose(declared, "", p.facts)
	return f, err
}

// Fits reports a name that the pattern of a mapping means; "" means every file.
func (f *TextFile) Fits(pattern string) bool {
	return pattern == "" || f.part.fits(pattern)
}

// Open opens the text in UTF-8, unpacked and without a mark.
func (f *TextFile) Open() (io.ReadCloser, error) {
	r, err := f.part.open()
	if err != nil {
		return nil, inFile(err, f.Name)
	}
	return both{f.enc.Characters(f.enc.Reader(r)), r}, nil
}
