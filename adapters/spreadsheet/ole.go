package spreadsheet

import (
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"

	"casehub/adapters"
)

// ole is a compound file: a small file system in one file, in which old
// workbooks stand, and new ones that a password protects.
type ole struct {
	r       io.ReaderAt
	size    int64
	shift   uint
	fat     []uint32
	mini    []uint32
	small   []byte // the stream of small streams
	cutoff  uint32
	entries []oleEntry
}

type oleEntry struct {
	name  string
	kind  byte
	start uint32
	size  int64
}

const (
	endOfChain = 0xFFFFFFFE
	oleHeader  = 512
	// maxOLE is the size of an old workbook that is opened: their rows end at
	// 65,536, and their content is held in memory.
	maxOLE = 48 << 20
)

// errOLE says that a compound file is damaged.
var errOLE = adapters.ErrUnreadable.With("expected", "XLS")

// readOLE reads the directory of a compound file. Every chain is followed no
// further than the file has room for.
func readOLE(r io.ReaderAt, size int64) (*ole, error) {
	if size > maxOLE {
		return nil, adapters.ErrTooLarge.With("megabytes", maxOLE>>20)
	}
	head := make([]byte, oleHeader)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, errOLE
	}
	o := &ole{r: r, size: size, shift: uint(binary.LittleEndian.Uint16(head[30:])), cutoff: binary.LittleEndian.Uint32(head[56:])}
	if o.shift != 9 && o.shift != 12 {
		return nil, errOLE
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
func (o *ole) sector(n uint32) ([]byte, error) {
	b := make([]byte, 1<<o.shift)
	at := (int64(n) + 1) << o.shift
	if at >= o.size {
		return nil, errOLE
	}
	if got, err := o.r.ReadAt(b, at); err != nil && (err != io.EOF || got == 0) {
		return nil, errOLE
	}
	return b, nil
}

// readFAT reads the table of chains. Its own sectors are named in the header and
// in a chain of further ones.
func (o *ole) readFAT(head []byte) error {
	limit := int(o.size>>o.shift) + 1
	list := words(head[76:oleHeader])
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
			return errOLE
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
func (o *ole) chain(start uint32, size int64) ([]byte, error) {
	var out []byte
	for n := start; n < endOfChain-1; {
		b, err := o.sector(n)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
		if int64(len(out)) > o.size || int(n) >= len(o.fat) {
			return nil, errOLE
		}
		if size >= 0 && int64(len(out)) >= size {
			return out[:size], nil
		}
		n = o.fat[n]
	}
	if size > int64(len(out)) {
		return nil, errOLE
	}
	return out, nil
}

func (o *ole) readDirectory(start uint32) error {
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
		e := oleEntry{name: string(utf16.Decode(units)), kind: b[66], start: binary.LittleEndian.Uint32(b[116:]), size: int64(binary.LittleEndian.Uint32(b[120:]))}
		o.entries = append(o.entries, e)
	}
	return nil
}

// find returns an entry by one of its names.
func (o *ole) find(names ...string) (oleEntry, bool) {
	for _, name := range names {
		for _, e := range o.entries {
			if strings.EqualFold(e.name, name) {
				return e, true
			}
		}
	}
	return oleEntry{}, false
}

// stream reads a whole stream.
func (o *ole) stream(e oleEntry) ([]byte, error) {
	if e.size > o.size {
		return nil, errOLE
	}
	if e.size >= int64(o.cutoff) {
		return o.chain(e.start, e.size)
	}
	if o.small == nil {
		for _, root := range o.entries {
			if root.kind == 5 {
				b, err := o.chain(root.start, -1)
				if err != nil {
					return nil, err
				}
				o.small = b
			}
		}
	}
	var out []byte
	for n := e.start; n < endOfChain-1 && int64(len(out)) < e.size; {
		at := int64(n) * 64
		if at+64 > int64(len(o.small)) || int(n) >= len(o.mini) {
			return nil, errOLE
		}
		out = append(out, o.small[at:at+64]...)
		n = o.mini[n]
	}
	if int64(len(out)) < e.size {
		return nil, errOLE
	}
	return out[:e.size], nil
}

// checkOLE tells an old workbook from what else stands in compound files.
func checkOLE(r io.ReaderAt, size int64) error {
	head := make([]byte, 8)
	if n, err := r.ReadAt(head, 0); err != nil || string(head[:n]) != oleMark {
		return nil // a bare stream of records
	}
	o, err := readOLE(r, size)
	if err != nil {
		return err
	}
	if _, ok := o.find("EncryptedPackage", "EncryptionInfo"); ok {
		return adapters.ErrEncrypted
	}
	if _, ok := o.find("Workbook", "Book"); ok {
		return nil
	}
	for _, s := range []struct{ entry, program string }{
		{"WordDocument", "Word"}, {"PowerPoint Document", "PowerPoint"}, {"VisioDocument", "Visio"}, {"__properties_version1.0", "Outlook"}, {"SPSS", "SPSS"},
	} {
		if _, ok := o.find(s.entry); ok {
			return adapters.ErrOtherProgram.With("program", s.program)
		}
	}
	return errOLE
}
