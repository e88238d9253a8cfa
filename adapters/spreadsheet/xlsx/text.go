package xlsx

import (
	"encoding/xml"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/markup"
)

// maxShared is the memory that the shared texts of a workbook may take.
const maxShared = 96 << 20

func (b *book) loadShared(name string) error {
	size := 0
	return b.each(name, func(x *markup.Reader, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := richText(x)
		if err != nil {
			return err
		}
		if size += len(text) + 16; size > maxShared {
			return adapters.ErrTooLarge.With("megabytes", maxShared>>20)
		}
		b.shared = append(b.shared, text)
		return nil
	})
}

// richText returns the text of the element that has just begun, the runs of its
// formats joined and phonetic hints left out.
func richText(x *markup.Reader) (string, error) {
	var text strings.Builder
	in := 0
	for outer := x.Depth; x.Depth >= outer; {
		t, err := x.Next()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "rPh":
				if err := x.Skip(); err != nil {
					return "", err
				}
			case "t":
				in++
			}
		case xml.EndElement:
			if t.Name.Local == "t" {
				in--
			}
		case xml.CharData:
			if in > 0 {
				text.Write(t)
			}
		}
	}
	return unescape(text.String()), nil
}

// unescape reads the signs that XML cannot hold and that are written as _x000D_.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var out strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			break
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' {
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		out.WriteString(s[:i])
		if n >= 0x20 || n == '\t' || n == '\n' {
			out.WriteRune(rune(n))
		}
		s = s[i+7:]
	}
	return out.String() + s
}
