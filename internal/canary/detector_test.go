package canary

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// some are markers of a few columns.
func some(n int) []Marker {
	var all []Marker
	for i := range n {
		all = append(all, Marker{Word(1, i), fmt.Sprintf("clients.field%d", i%20)})
	}
	return append(all, Marker{"+27 81 " + Digits(1, 1, 9), "clients.phones"}, Marker{Digits(1, 2, 13), "clients.id_number"})
}

func packed(t *testing.T, to func(io.Writer) io.WriteCloser, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := to(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestEveryDisguiseIsFound hides a marker among other words in every way that the
// detector claims to know, and says that only this one is found.
func TestEveryDisguiseIsFound(t *testing.T) {
	markers := some(400)
	word, phone, id := markers[17], markers[400], markers[401]
	low, up := strings.ToLower(word.Text), strings.ToUpper(word.Text)
	wide := func(s string, high bool) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			if high {
				b.WriteByte(0)
			}
			b.WriteByte(c)
			if !high {
				b.WriteByte(0)
			}
		}
		return b.String()
	}
	each := func(format string) string {
		var b strings.Builder
		for _, c := range []byte(word.Text) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	zipped := packed(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, "a note: "+word.Text)
	sha, mid, small := sha256.Sum256([]byte(low)), sha1.Sum([]byte(word.Text)), md5.Sum([]byte(low))
	back := []byte(low)
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	digits := number(phone.Text)
	for name, c := range map[string]struct {
		text string
		want Marker
	}{
		"as written": {word.Text, word}, "small": {low, word}, "capitals": {up, word}, "backwards": {string(back), word},
		"UTF-16 LE": {wide(word.Text, false), word}, "UTF-16 BE": {wide(up, true), word},
		"base64": {b64(word.Text), word}, "base64 one on": {b64("a" + low), word}, "base64 two on": {b64("ab" + up), word}, "base64 of addresses": {base64.URLEncoding.EncodeToString([]byte("???" + word.Text)), word},
		"hex": {hex.EncodeToString([]byte(word.Text)), word}, "hex in capitals": {strings.ToUpper(hex.EncodeToString([]byte(low))), word},
		"percent": {each("%%%02X"), word}, "JSON": {each(`\u%04x`), word}, "Go": {each(`\x%02x`), word}, "HTML": {each("&#%d;"), word}, "HTML in hex": {each("&#x%x;"), word}, "mail": {each("=%02X"), word}, "octal": {each(`\%03o`), word},
		"half in percent": {url.QueryEscape(word.Text[:8]) + each("%%%02X")[24:], word},
		"SHA-256":         {string(sha[:]), word}, "SHA-256 in hex": {fmt.Sprintf("%X", sha), word}, "SHA-1 in hex": {fmt.Sprintf("%x", mid), word}, "MD5 in base64": {base64.RawURLEncoding.EncodeToString(small[:]), word}, "MD5": {string(small[:]), word},
		"over lines": {word.Text[:9] + "\n   " + word.Text[9:17] + "\r\n\t" + word.Text[17:], word}, "with a line between": {word.Text[:8] + "\nlevel=INFO msg=x rest=" + word.Text[8:16] + "\nlevel=INFO msg=y rest=" + word.Text[16:], word},
		"gzip": {zipped, word}, "base64 of gzip": {b64(zipped), word}, "hex of gzip": {`\x` + hex.EncodeToString([]byte(zipped)), word}, "base64 of UTF-16": {b64(wide(word.Text, false)), word}, "base64 of base64": {b64(b64(word.Text)), word},
		"zlib":   {packed(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, word.Text), word},
		"S2":     {packed(t, func(w io.Writer) io.WriteCloser { return s2.NewWriter(w) }, word.Text), word},
		"snappy": {packed(t, func(w io.Writer) io.WriteCloser { return s2.NewWriter(w, s2.WriterSnappyCompat()) }, word.Text), word},
		"zstd": {packed(t, func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return z
		}, strings.Repeat(word.Text+" ", 9)), word},
		"a telephone number": {"call " + phone.Text, phone}, "its digits": {digits, phone}, "set apart otherwise": {"(" + digits[:3] + ") " + digits[3:6] + "-" + digits[6:], phone}, "base64 of the digits": {b64(digits), phone},
		"an identity number": {id.Text[:6] + " " + id.Text[6:10] + " " + id.Text[10:], id}, "its MD5": {fmt.Sprintf("%x", md5.Sum([]byte(id.Text))), id},
	} {
		d := NewDetector(markers)
		d.Search("a place", []byte("before it "+c.text+" and behind"))
		if got := d.Found(); len(got) != 1 || markers[got[0].Marker] != c.want {
			t.Errorf("%s: found %v", name, got)
		}
	}
	d := NewDetector(markers)
	d.Search("/tmp/upload-"+up+".pdf", nil)
	if len(d.Found()) != 1 {
		t.Error("a name of a file is not found")
	}
}

// One CRC-32 can be chance, two cannot.
func TestTwoChecksumsAreFound(t *testing.T) {
	markers := some(400)
	one, two := crc32.ChecksumIEEE([]byte(markers[3].Text)), crc32.ChecksumIEEE([]byte(strings.ToLower(markers[4].Text)))
	for text, want := range map[string]int{fmt.Sprintf("a=%08x", one): 0, fmt.Sprintf("a=%08x b=%d", one, two): 2} {
		d := NewDetector(markers)
		d.Search("a place", []byte(text))
		if got := len(d.Found()); got != want {
			t.Errorf("%q: %d found, want %d", text, got, want)
		}
	}
}

// TestNothingIsFoundWhereNothingIs searches noise and the project's own text for ten
// thousand markers.
func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	var markers []Marker
	for i := range 10_000 {
		markers = append(markers, Marker{Word(2, i), fmt.Sprintf("t.c%d", i%200)})
	}
	d := NewDetector(markers)
	noise := make([]byte, 4<<20)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(noise)
	began := time.Now()
	d.Search("noise", noise)
	t.Logf("%d disguises; noise at %.0f MB/s", len(markers)*len(disguises), 4/time.Since(began).Seconds())
	d.Search("noise in hex", []byte(hex.EncodeToString(noise[:1<<20])))
	d.Search("noise in base64", []byte(base64.StdEncoding.EncodeToString(noise[:1<<20])))
	files, err := filepath.Glob("../*/*.go")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d.Search(name, b)
	}
	for _, f := range d.Found() {
		t.Error(f)
	}
}

func TestMarkersAreUnlike(t *testing.T) {
	seen := map[string]bool{}
	for i := range 20_000 {
		w := Word(3, i)
		if len(w) != 24 || seen[w[:8]] || strings.ToUpper(w[:1]) != w[:1] {
			t.Fatalf("word %d of %d letters stands twice or is none", i, len(w))
		}
		seen[w[:8]] = true
	}
	if n := Digits(3, 1, 13); len(n) != 13 || n == Digits(3, 2, 13) {
		t.Errorf("%q is no number of 13 digits of its own", n)
	}
}
