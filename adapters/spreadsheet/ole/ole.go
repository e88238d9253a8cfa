// Package ole reads compound files: a small file system in one file, in which old
// workbooks stand, and new ones that a password protects.
package ole

import (
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"

	"casehub/adapters"
	"casehub/adapters/place"
)

// File is an open compound file.
type File struct {
	r       io.ReaderAt
	size    int64
	shift   uint
	fat     []uint32
	mini    []uint32
	small   []byte // the stream of small streams
	cutoff  uint32
	entries []entry
}

// entry is a stream, or the root.
type entry struct {
	name  string
	kind  byte
	start uint32
	size  int64
}

const (
	endOfChain = 0xFFFFFFFE
	header     = 512
)

// ErrBroken says that a compound file is damaged.
var ErrBroken = adapters.ErrUnreadable.With("expected", "XLS")

// Mark is how a compound file begins.
const Mark = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// MaxSize is the size of a file that is opened: the rows of old workbooks end at
// 65,536, and their content is held in memory.
const MaxSize = 48 << 20

// Open reads the directory of a compound file. Every chain is followed no
// further than the file has room for. It fails with adapters.ErrTooLarge or
// ErrBroken.
func Open(r io.ReaderAt, size int64) (*File, error) {
	if size > MaxSize {
		return nil, adapters.ErrTooLarge.With("megabytes", MaxSize>>20)
	}
	head := make([]byte, header)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, place.Fault(err, ErrBroken)
	}
	o := &File{r: r, size: size, shift: uint(binary.LittleEndian.Uint16(head[30:])), cutoff: binary.LittleEndian.Uint32(head[56:])}
	if o.shift != 9 && o.shift != 12 {
		return nil, ErrBroken
	}
	if err := o.readFAT(head); err != nil {
		return nil, err
	}
	if err := o.readDirectory(binary.LittleEndian.Uint32(head[48:])); err != nil {
		return nil, err
	}
	mini, err := o.chain(binary.LittleEndian.Uint32(head[60:]), -1)
	if err != nil {
		return nil, err
	}
	o.mini = words(mini)
	return o, nil
}

func words(b []byte) []uint32 {
	all := make([]uint32, len(b)/4)
	for i := range all {
		all[i] = binary.LittleEndian.Uint32(b[i*4:])
	}
	return all
}

// sector reads one sector.
func (o *File) sector(n uint32) ([]byte, error) {
	b := make([]byte, 1<<o.shift)
	at := (int64(n) + 1) << o.shift
	if at >= o.size {
		return nil, ErrBroken
	}
	if got, err := o.r.ReadAt(b, at); err != nil && (err != io.EOF || got == 0) {
		return nil, place.Fault(err, ErrBroken)
	}
	return b, nil
}

// readFAT reads the table of chains. Its own sectors are named in the header and
// in a chain of further ones.
func (o *File) readFAT(head []byte) error {
	limit := int(o.size>>o.shift) + 1
	list := words(head[76:header])
	more := binary.LittleEndian.Uint32(head[68:])
	for n := 0; more < endOfChain-1 && n < limit; n++ {
		b, err := o.sector(more)
		if err != nil {
			return err
		}
		next := words(b)
		list = append(list, next[:len(next)-1]...)
		more = next[len(next)-1]
	}
	for _, n := range list {
		if n >= endOfChain-1 {
			continue
		}
		if len(o.fat) > limit+(1<<o.shift) {
			return ErrBroken
		}
		b, err := o.sector(n)
		if err != nil {
			return err
		}
		o.fat = append(o.fat, words(b)...)
	}
	return nil
}

// chain reads the sectors of a chain; size cuts the last, -1 keeps all.
func (o *File) chain(start uint32, size int64) ([]byte, error) {
	var out []byte
	for n := start; n < endOfChain-1; {
		b, err := o.sector(n)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
		if int64(len(out)) > o.size || int(n) >= len(o.fat) {
			return nil, ErrBroken
		}
		if size >= 0 && int64(len(out)) >= size {
			return out[:size], nil
		}
		n = o.fat[n]
	}
	if size > int64(len(out)) {
		return nil, ErrBroken
	}
	return out, nil
}

func (o *File) readDirectory(start uint32) error {
	b, err := o.chain(start, -1)
	if err != nil {
		return err
	}
	for ; len(b) >= 128; b = b[128:] {
		n := min(int(binary.LittleEndian.Uint16(b[64:])), 64)
		if n < 2 || b[66] == 0 {
			continue
		}
		units := make([]uint16, n/2-1)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(b[i*2:])
		}
		e := entry{name: string(utf16.Decode(units)), kind: b[66], start: binary.LittleEndian.Uint32(b[116:]), size: int64(binary.LittleEndian.Uint32(b[120:]))}
		o.entries = append(o.entries, e)
	}
	return nil
}

// Has reports a stream by one of its names.
func (o *File) Has(names ...string) bool {
	_, ok := o.find(names)
	return ok
}

// find returns an entry by one of its names.
func (o *File) find(names []string) (entry, bool) {
	for _, name := range names {
		for _, e := range o.entries {
			if strings.EqualFold(e.name, name) {
				return e, true
			}
		}
	}
	return entry{}, false
}

// Stream reads a whole stream, the first that there is of some names.
func (o *File) Stream(names ...string) ([]byte, error) {
	e, ok := o.find(names)
	if !ok || e.size > o.size {
		return nil, ErrBroken
	}
	if e.size >= int64(o.cutoff) {
		return o.chain(e.start, e.size)
	}
	return o.smallStream(e)
}

// smallStream reads a stream that shares its sectors with others.
func (o *File) smallStream(e entry) (out []byte, err error) {
	if o.small == nil {
		for _, root := range o.entries {
			if root.kind == 5 {
				if o.small, err = o.chain(root.start, -1); err != nil {
					return nil, err
				}
			}
		}
	}
	for n := e.start; n < endOfChain-1 && int64(len(out)) < e.size; {
		at := int64(n) * 64
		if at+64 > int64(len(o.small)) || int(n) >= len(o.mini) {
			return nil, ErrBroken
		}
		out = append(out, o.small[at:at+64]...)
		n = o.mini[n]
	}
	if int64(len(out)) < e.size {
		return nil, ErrBroken
	}
	return out[:e.size], nil
}
