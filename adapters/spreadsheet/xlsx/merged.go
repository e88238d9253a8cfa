package xlsx

import (
	"errors"
	"io"
	"slices"
	"strings"

	"casehub/adapters/spreadsheet/sheet"
)

// loadMerged reads the merged cells, which stand behind the rows. It looks for
// their bytes, because reading all rows for them would double the time.
func (b *book) loadMerged(name string) ([]sheet.Area, error) {
	r, err := b.pack.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all []sheet.Area
	err = findTags(r, "mergeCell", func(tag string) error {
		_, ref, ok := strings.Cut(tag, `ref="`)
		if !ok {
			_, ref, ok = strings.Cut(tag, `ref='`)
		}
		if !ok {
			return nil
		}
		a, err := sheet.ParseArea(ref[:max(strings.IndexAny(ref, `"'`), 0)])
		if err != nil || len(all) == sheet.MaxMerged {
			return b.pack.Broken()
		}
		all = append(all, a)
		return nil
	})
	slices.SortStableFunc(all, func(x, y sheet.Area) int { return x.Top - y.Top })
	return all, err
}

// findTags calls fn with the attributes of each tag of a name.
func findTags(r io.Reader, name string, fn func(string) error) error {
	buf := make([]byte, 0, 128<<10)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		text, failed := tags(string(buf[:len(buf)+n]), name, fn)
		if failed != nil {
			return failed
		}
		if len(text) > cap(buf)/2 {
			text = ""
		}
		buf = append(buf[:0], text...)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// tags calls fn for the tags of a name in a piece of text. It returns the end of the
// piece, in which one may have begun.
func tags(text, name string, fn func(string) error) (string, error) {
	for {
		i := strings.Index(text, name+" ")
		if i < 0 {
			return text[max(0, len(text)-len(name)):], nil
		}
		end := strings.IndexByte(text[i:], '>')
		if end < 0 {
			return text[i:], nil
		}
		if err := fn(text[i : i+end]); err != nil {
			return "", err
		}
		text = text[i+end:]
	}
}
