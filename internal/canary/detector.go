package canary

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/crc32"
	"math/bits"
	"slices"
	"strings"
)

// Finding is a marker that was found. It does not tell the marker.
type Finding struct {
	Source string // what was searched
	At     string // the column that the marker is of
	As     string // the disguise, and what it was inside of
	Marker int    // number of the marker, from 0
}

// String tells where it was found.
func (f Finding) String() string {
	return fmt.Sprintf("%s: what stands in %s, as %s", f.Source, f.At, f.As)
}

// Detector finds markers. It is for one goroutine.
type Detector struct {
	markers []Marker
	// keys and ids are a table with open addressing: the last eight bytes of a
	// disguise, and which one it is of which marker, plus 1.
	keys [2][]uint64
	ids  [2][]uint32
	// sieve is a bit for each key, so that most bytes need no look at the table.
	sieve [2][]uint64
	sums  map[uint32]int // CRC-32 of a marker of each column

	source string
	met    map[Finding]bool
	parts  map[int]map[int]bool // of a source: marker, which parts
	crcs   map[int]bool         // of a source: markers whose sums were met
	found  []Finding
}

const sieveBits = 24

// exact and folded are the two halves of a detector: bytes as they are, and with
// capitals as small letters.
const exact, folded = 0, 1

// NewDetector makes a detector of markers.
func NewDetector(markers []Marker) *Detector {
	d := &Detector{markers: markers, met: map[Finding]bool{}, sums: map[uint32]int{}}
	size := 1 << bits.Len(uint(len(markers)*len(disguises)*3/2))
	for half := range 2 {
		d.keys[half], d.ids[half], d.sieve[half] = make([]uint64, size), make([]uint32, size), make([]uint64, 1<<(sieveBits-6))
	}
	last := map[string]bool{}
	for i, m := range markers {
		for j, way := range disguises {
			if b := way.of(m); len(b) >= 8 {
				d.add(half(way), lastEight(b), uint32(i*len(disguises)+j+1))
			}
		}
		if !last[m.At] && number(m.Text) == "" {
			last[m.At] = true
			d.sums[crc32.ChecksumIEEE([]byte(m.Text))] = i
			d.sums[crc32.ChecksumIEEE([]byte(normal(m)))] = i
		}
	}
	return d
}

func half(d disguise) int {
	if d.folded {
		return folded
	}
	return exact
}

func lastEight(b []byte) (key uint64) {
	for _, c := range b[len(b)-8:] {
		key = key<<8 | uint64(c)
	}
	return key
}

// spread makes a place out of a key.
func spread(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 }

func (d *Detector) add(half int, key uint64, id uint32) {
	h := spread(key)
	s := h >> (64 - sieveBits)
	d.sieve[half][s>>6] |= 1 << (s & 63)
	mask := uint64(len(d.keys[half]) - 1)
	at := h >> 20 & mask
	for d.ids[half][at] != 0 {
		at = (at + 1) & mask
	}
	d.keys[half][at], d.ids[half][at] = key, id
}

// small is a table of letters without capitals.
var small = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()

// scan looks for every disguise in b. Inside says how b came out of the source.
func (d *Detector) scan(b []byte, inside string) {
	var plain, low uint64
	for i, c := range b {
		plain, low = plain<<8|uint64(c), low<<8|uint64(small[c])
		if i < 7 {
			continue
		}
		if s := spread(plain) >> (64 - sieveBits); d.sieve[exact][s>>6]>>(s&63)&1 != 0 {
			d.look(exact, plain, b[:i+1], inside)
		}
		if s := spread(low) >> (64 - sieveBits); d.sieve[folded][s>>6]>>(s&63)&1 != 0 {
			d.look(folded, low, b[:i+1], inside)
		}
	}
}

// look compares the end of b with the disguises that have this key.
func (d *Detector) look(half int, key uint64, b []byte, inside string) {
	mask := uint64(len(d.keys[half]) - 1)
	for at := spread(key) >> 20 & mask; d.ids[half][at] != 0; at = (at + 1) & mask {
		if d.keys[half][at] != key {
			continue
		}
		id := int(d.ids[half][at] - 1)
		marker, way := id/len(disguises), id%len(disguises)
		want := disguises[way].of(d.markers[marker])
		if len(want) > len(b) {
			continue
		}
		got := b[len(b)-len(want):]
		if half == folded {
			got = lowered(got)
		}
		if bytes.Equal(got, want) {
			d.meet(marker, way, inside)
		}
	}
}

func lowered(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = small[c]
	}
	return out
}

func (d *Detector) meet(marker, way int, inside string) {
	as := disguises[way].name
	if as == part {
		if d.parts[marker] == nil {
			d.parts[marker] = map[int]bool{}
		}
		d.parts[marker][way] = true
		if len(d.parts[marker]) < 2 {
			return
		}
	}
	d.report(marker, as+inside)
}

// report notes a finding once for each marker and source.
func (d *Detector) report(marker int, as string) {
	f := Finding{Source: d.source, At: d.markers[marker].At, Marker: marker}
	if d.met[f] {
		return
	}
	d.met[f] = true
	f.As = as
	d.found = append(d.found, f)
}

// sum takes note of a number that could be somebody's CRC-32. One could be chance;
// two of one source are not.
func (d *Detector) sum(n uint32) {
	marker, ok := d.sums[n]
	if !ok {
		return
	}
	d.crcs[marker] = true
	if len(d.crcs) >= 2 {
		for m := range d.crcs {
			d.report(m, "CRC-32")
		}
	}
}

// Search searches one source, whose name may hold a marker itself.
func (d *Detector) Search(source string, b []byte) {
	d.begin(source)
	d.take([]byte(source), " in its name", 0)
	d.take(b, "", 0)
}

func (d *Detector) begin(source string) {
	d.source, d.parts, d.crcs = source, map[int]map[int]bool{}, map[int]bool{}
}

// Found returns what was found so far, sorted.
func (d *Detector) Found() []Finding {
	slices.SortFunc(d.found, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(a.Marker, b.Marker))
	})
	return d.found
}
