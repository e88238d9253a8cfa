package canary

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strconv"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

const (
	// deepest is how many wrappings one inside the other are taken off.
	deepest = 4
	// mostUnpacked is how much of one compressed thing is looked at.
	mostUnpacked = 64 << 20
)

// take scans b and all that can be taken out of it.
func (d *Detector) take(b []byte, inside string, depth int) {
	d.scan(b, inside)
	for _, v := range []struct {
		name string
		of   func([]byte) []byte
	}{{" with spaces between", squeezed}, {" with escapes", unescaped}, {" set apart", digitsOf}} {
		if out := v.of(b); out != nil {
			d.scan(out, v.name+inside)
		}
	}
	d.checksums(b)
	if depth < deepest {
		d.runs(b, inside, depth)
		d.unpack(b, inside, depth)
	}
}

// squeezed is b without white space, nil where there is none.
func squeezed(b []byte) []byte {
	if bytes.IndexFunc(b, func(r rune) bool { return r <= ' ' }) < 0 {
		return nil
	}
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c > ' ' {
			out = append(out, c)
		}
	}
	return out
}

// escapes are the ways to write one byte as a number: what begins it, how many
// digits at most, their base, and what may end it.
var escapes = []struct {
	begin  string
	digits int
	base   int
	end    string
}{
	{"%", 2, 16, ""}, {`\u00`, 2, 16, ""}, {`\x`, 2, 16, ""}, {`\u{`, 2, 16, "}"}, {"&#x", 2, 16, ";"}, {"&#", 3, 10, ";"}, {"=", 2, 16, ""}, {`\`, 3, 8, ""},
}

// unescaped is b with the escapes of addresses, JSON, Go, HTML, mail and Postgres
// turned into what they stand for, nil where there is none.
func unescaped(b []byte) []byte {
	if !bytes.ContainsAny(b, `%\&=`) {
		return nil
	}
	out, changed := make([]byte, 0, len(b)), false
	for i := 0; i < len(b); {
		c, n := b[i], 1
		if c == '%' || c == '\\' || c == '&' || c == '=' {
			if got, size, ok := escape(b[i:]); ok {
				c, n, changed = got, size, true
			}
		}
		out = append(out, c)
		i += n
	}
	if !changed {
		return nil
	}
	return out
}

func escape(b []byte) (c byte, size int, ok bool) {
	for _, e := range escapes {
		if !bytes.HasPrefix(b, []byte(e.begin)) {
			continue
		}
		for n := e.digits; n >= max(2, e.digits-1); n-- {
			end := len(e.begin) + n
			if len(b) < end+len(e.end) || string(b[end:end+len(e.end)]) != e.end {
				continue
			}
			if v, err := strconv.ParseUint(string(b[len(e.begin):end]), e.base, 8); err == nil {
				return byte(v), end + len(e.end), true
			}
		}
	}
	return 0, 0, false
}

// digitsOf is b with what sets the digits of a number apart left out, up to two
// characters, nil where nothing does. All but digits is a space.
func digitsOf(b []byte) []byte {
	out, gap, apart := make([]byte, 0, len(b)/2), 0, false
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			apart = apart || gap > 0 && gap <= 2
			if gap > 2 {
				out = append(out, ' ')
			}
			out, gap = append(out, c), 0
		case gap <= 2 && bytes.IndexByte([]byte(" -.,()/+'_"), c) >= 0:
			gap++
		default:
			gap = 3
		}
	}
	if !apart {
		return nil
	}
	return out
}

// checksums looks at every number that stands alone and could be a CRC-32.
func (d *Detector) checksums(b []byte) {
	word := func(c byte) bool {
		return c >= '0' && c <= '9' || small[c] >= 'a' && small[c] <= 'z' || c == '-' || c == '_'
	}
	for i := 0; i < len(b); {
		if !word(b[i]) {
			i++
			continue
		}
		j := i
		for j < len(b) && word(b[j]) {
			j++
		}
		if n := j - i; n >= 6 && n <= 10 {
			for _, base := range []int{10, 16} {
				if v, err := strconv.ParseUint(string(b[i:j]), base, 32); err == nil {
					d.sum(uint32(v))
				}
			}
		}
		i = j
	}
}

// runs decodes what looks like base64 or hex and looks into it.
func (d *Detector) runs(b []byte, inside string, depth int) {
	in := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '/' || c == '-' || c == '_'
	}
	for i := 0; i < len(b); {
		j := i
		for j < len(b) && in(b[j]) {
			j++
		}
		if j-i >= 32 {
			d.run(b[i:j], inside, depth)
		}
		i = j + 1
	}
}

func (d *Detector) run(b []byte, inside string, depth int) {
	digits := bytes.TrimPrefix(bytes.TrimPrefix(b, []byte("0")), []byte("x"))
	if !bytes.ContainsRune(b[:2], 'x') {
		digits = b
	}
	digits = digits[:len(digits)&^1]
	hexed := make([]byte, len(digits)/2)
	if _, err := hex.Decode(hexed, digits); err == nil {
		d.take(hexed, " in hex"+inside, depth+1)
		return
	}
	plain := bytes.Map(func(r rune) rune {
		switch r {
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, b)
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(plain)))
	if n, err := base64.RawStdEncoding.Decode(out, plain); err == nil || n > 0 {
		d.take(out[:n], " in base64"+inside, depth+1)
	}
}

// packings are the beginnings of what is compressed, and how to undo it.
var packings = []struct {
	name, begin string
	open        func(io.Reader) (io.Reader, error)
}{
	{" in gzip", "\x1f\x8b\x08", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{" in zlib", "\x78\x01", zlibbed},
	{" in zlib", "\x78\x5e", zlibbed},
	{" in zlib", "\x78\x9c", zlibbed},
	{" in zlib", "\x78\xda", zlibbed},
	{" in zstd", "\x28\xb5\x2f\xfd", func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) }},
	{" in S2", "\xff\x06\x00\x00S2sTwO", func(r io.Reader) (io.Reader, error) { return s2.NewReader(r), nil }},
	{" in snappy", "\xff\x06\x00\x00sNaPpY", func(r io.Reader) (io.Reader, error) { return s2.NewReader(r), nil }},
}

func zlibbed(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }

// unpack looks into everything that begins as something compressed does.
func (d *Detector) unpack(b []byte, inside string, depth int) {
	for _, p := range packings {
		for from := 0; ; {
			i := bytes.Index(b[from:], []byte(p.begin))
			if i < 0 {
				break
			}
			from += i
			if r, err := p.open(bytes.NewReader(b[from:])); err == nil {
				out, _ := io.ReadAll(io.LimitReader(r, mostUnpacked)) // what came before an error counts
				if c, ok := r.(*zstd.Decoder); ok {
					c.Close()
				}
				if len(out) >= 8 {
					d.take(out, p.name+inside, depth+1)
				}
			}
			from++
		}
	}
}
