package spreadsheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/charset"
)

// pack is a workbook that is XML in a ZIP file.
type pack struct {
	files  map[string]*zip.File // by small name with slashes
	closer io.Closer
	what   string // for errors
}

// openPack opens the workbook of a part.
func openPack(p *part, what string) (*pack, error) {
	at, size, closer, err := p.random()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, errors.Join(place.Fault(err, adapters.ErrUnreadable.With("expected", what)), closer.Close())
	}
	k := &pack{files: map[string]*zip.File{}, closer: closer, what: what}
	for _, f := range z.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, "\\", "/"), "/"))
		if _, twice := k.files[name]; !twice {
			k.files[name] = f
		}
	}
	return k, nil
}

func (k *pack) Close() error { return k.closer.Close() }

func (k *pack) broken() error { return adapters.ErrUnreadable.With("expected", k.what) }

// has reports a file of the pack.
func (k *pack) has(name string) bool { return k.files[strings.ToLower(name)] != nil }

// open opens a file of the pack; one that grows out of proportion ends with an
// error.
func (k *pack) open(name string) (io.ReadCloser, error) {
	f := k.files[strings.ToLower(name)]
	if f == nil {
		return nil, k.broken()
	}
	r, err := f.Open()
	if err != nil {
		return nil, place.Fault(err, k.broken())
	}
	return both{&bounded{r: r, packed: int64(f.CompressedSize64), what: k.what}, r}, nil //nolint:gosec // archive/zip bounds sizes by the file's
}

// xmlReader gives the elements of XML without namespaces. A document type is
// refused: it is where entities come from, and no workbook needs one.
type xmlReader struct {
	d     *xml.Decoder
	depth int
	what  string
}

const maxDepth = 256

func newXML(r io.Reader, what string) *xmlReader {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		e, err := charset.Named(label)
		return e.Characters(input), err
	}
	return &xmlReader{d: d, what: what}
}

// next returns the next start, end or text. It returns io.EOF at the end.
func (x *xmlReader) next() (xml.Token, error) {
	for {
		t, err := x.d.RawToken()
		if err != nil {
			return nil, x.fault(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if x.depth++; x.depth > maxDepth {
				return nil, adapters.ErrBomb
			}
			return t, nil
		case xml.EndElement:
			x.depth--
			return t, nil
		case xml.CharData:
			return t, nil
		case xml.Directive:
			return nil, adapters.ErrUnreadable.With("expected", x.what)
		}
	}
}

// fault turns an error of the decoder, whose text may hold content, into one
// that does not.
func (x *xmlReader) fault(err error) error {
	if errors.Is(err, io.EOF) && x.depth <= 0 {
		return io.EOF
	}
	return place.Fault(err, adapters.ErrUnreadable.With("expected", x.what))
}

// skip passes over the element that has just begun.
func (x *xmlReader) skip() error {
	for down := 1; down > 0; {
		t, err := x.next()
		if err != nil {
			return x.fault(err)
		}
		switch t.(type) {
		case xml.StartElement:
			down++
		case xml.EndElement:
			down--
		}
	}
	return nil
}

// attr returns an attribute by its name without the prefix.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// isOn reports an attribute that says yes.
func isOn(v string) bool { return v == "1" || v == "true" || v == "on" }

// relations returns the targets of a file's relations by their identifier, as
// names in the pack, and by the end of their type.
func (k *pack) relations(of string) (byID, byType map[string]string, err error) {
	byID, byType = map[string]string{}, map[string]string{}
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	if !k.has(name) {
		return byID, byType, nil
	}
	r, err := k.open(name)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	x := newXML(r, k.what)
	for {
		t, err := x.next()
		if errors.Is(err, io.EOF) {
			return byID, byType, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" && attr(e, "TargetMode") != "External" {
			target := strings.ReplaceAll(attr(e, "Target"), "\\", "/")
			if !strings.HasPrefix(target, "/") {
				target = path.Join(dir, target)
			}
			target = strings.TrimPrefix(target, "/")
			byID[attr(e, "Id")] = target
			kind := path.Base(attr(e, "Type"))
			if byType[kind] == "" {
				byType[kind] = target
			}
		}
	}
}
