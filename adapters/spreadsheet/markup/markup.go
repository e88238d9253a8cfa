// Package markup reads the XML that workbooks are made of, element by element and
// without a tree. Prefixes are left out. A document type is refused: it is where
// entities come from, and no workbook needs one.
package markup

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/charset"
)

// Reader gives the elements of one file.
type Reader struct {
	// Depth is how many elements are open.
	Depth    int
	d        *xml.Decoder
	expected string
}

const maxDepth = 256

// New makes a reader. Its errors say what was expected.
func New(r io.Reader, expected string) *Reader {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		e, err := charset.Named(label)
		return e.Declared(input), err
	}
	return &Reader{d: d, expected: expected}
}

// Next returns the next start, end or text, and io.EOF at the end. It fails with
// adapters.ErrUnreadable for what is no XML, and with adapters.ErrBomb for elements
// in each other without end.
func (x *Reader) Next() (xml.Token, error) {
	for {
		t, err := x.d.RawToken()
		if err != nil {
			return nil, x.fault(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if x.Depth++; x.Depth > maxDepth {
				return nil, adapters.ErrBomb
			}
			return t, nil
		case xml.EndElement:
			x.Depth--
			return t, nil
		case xml.CharData:
			return t, nil
		case xml.Directive:
			return nil, x.broken()
		}
	}
}

func (x *Reader) broken() error { return adapters.ErrUnreadable.With("expected", x.expected) }

// fault turns an error of the decoder, whose text may hold content, into one
// that does not.
func (x *Reader) fault(err error) error {
	if errors.Is(err, io.EOF) && x.Depth <= 0 {
		return io.EOF
	}
	return place.Fault(err, x.broken())
}

// Each calls fn with the beginning of each element to the end of the file.
func (x *Reader) Each(fn func(xml.StartElement) error) error {
	for {
		t, err := x.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok {
			if err := fn(e); err != nil {
				return err
			}
		}
	}
}

// GoTo goes to the beginning of the element of a name that has so many of it before.
func (x *Reader) GoTo(name string, before int) error {
	for n := -1; n < before; {
		t, err := x.Next()
		if errors.Is(err, io.EOF) {
			return x.broken()
		}
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == name {
			n++
		}
	}
	return nil
}

// Inside calls fn with the beginning of each element directly inside the one that
// has just begun. What fn does not read of it is passed over.
func (x *Reader) Inside(fn func(xml.StartElement) error) error {
	for outer := x.Depth; x.Depth >= outer; {
		t, err := x.Next()
		if err != nil {
			return err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if err := fn(e); err != nil {
			return err
		}
		if err := x.leave(outer); err != nil {
			return err
		}
	}
	return nil
}

// leave passes over what is left of elements deeper than a depth.
func (x *Reader) leave(depth int) error {
	for x.Depth > depth {
		if _, err := x.Next(); err != nil {
			return err
		}
	}
	return nil
}

// Skip passes over the element that has just begun.
func (x *Reader) Skip() error { return x.leave(x.Depth - 1) }

// maxText is the most bytes that the text of an element may have.
const maxText = 1 << 20

// Text returns all text inside the element that has just begun.
func (x *Reader) Text() (string, error) {
	var out strings.Builder
	for outer := x.Depth; x.Depth >= outer; {
		t, err := x.Next()
		if err != nil {
			return "", err
		}
		if c, ok := t.(xml.CharData); ok {
			if out.Write(c); out.Len() > maxText {
				return "", adapters.ErrTooLarge.With("megabytes", maxText>>20)
			}
		}
	}
	return out.String(), nil
}

// Attr returns an attribute by its name without the prefix.
func Attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// On reports an attribute that says yes.
func On(e xml.StartElement, name string) bool {
	v := Attr(e, name)
	return v == "1" || v == "true" || v == "on"
}
