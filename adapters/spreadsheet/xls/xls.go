// Package xls reads the workbooks of Excel 5 to 2003 (BIFF 5 and 8). They end at
// 65,536 rows and 256 columns, so a sheet is held in memory.
//
// What holds for the whole workbook is in xls.go, the records that it is made of in
// record.go, texts in text.go and shared.go, and the cells of a sheet in grid.go and
// value.go.
package xls

import (
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet/charset"
	"casehub/adapters/spreadsheet/ole"
	"casehub/adapters/spreadsheet/sheet"
)

// book is an open workbook.
type book struct {
	data     []byte
	biff8    bool
	calendar sheet.Calendar
	code     charset.Encoding // of texts in BIFF 5
	list     []sheet.Info
	starts   []int
	shared   []string
	formats  map[int]string
	styles   []int // number format by style
}

// Check tells an old workbook from what else stands in compound files: it fails with
// adapters.ErrEncrypted, adapters.ErrOtherProgram, or for what is damaged.
func Check(r io.ReaderAt, size int64) error {
	head := make([]byte, 8)
	if n, err := r.ReadAt(head, 0); err != nil || string(head[:n]) != ole.Mark {
		return nil // a bare stream of records
	}
	o, err := ole.Open(r, size)
	switch {
	case err != nil:
		return err
	case o.Has("EncryptedPackage", "EncryptionInfo"):
		return adapters.ErrEncrypted
	case o.Has("Workbook", "Book"):
		return nil
	}
	for _, s := range []struct{ entry, program string }{
		{"WordDocument", "Word"}, {"PowerPoint Document", "PowerPoint"}, {"VisioDocument", "Visio"}, {"__properties_version1.0", "Outlook"}, {"SPSS", "SPSS"},
	} {
		if o.Has(s.entry) {
			return adapters.ErrOtherProgram.With("program", s.program)
		}
	}
	return ole.ErrBroken
}

// IsBare reports the beginning of a stream of records without a compound file around
// it, as some programs wrote it.
func IsBare(head []byte) bool {
	if len(head) < 8 || head[0] != 0x09 {
		return false
	}
	size := binary.LittleEndian.Uint16(head[2:])
	kind := binary.LittleEndian.Uint16(head[6:])
	return (head[1] == 0 || head[1] == 2 || head[1] == 4 || head[1] == 8) && size >= 4 && size <= 16 && (kind == 5 || kind == 0x10 || kind == 0x20 || kind == 0x40 || kind == 0x100)
}

// Open reads a workbook and closes f.
func Open(f place.File) (b sheet.Book, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			b, err = nil, ole.ErrBroken
		}
	}()
	data, err := stream(f, f.Size())
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	x := &book{data: data, code: charset.Western, formats: map[int]string{}}
	if err := x.load(); err != nil {
		return nil, err
	}
	return x, nil
}

// stream returns the records of a workbook.
func stream(r io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, 8)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, place.Fault(err, ole.ErrBroken)
	}
	if IsBare(head) {
		if size > ole.MaxSize {
			return nil, adapters.ErrTooLarge.With("megabytes", ole.MaxSize>>20)
		}
		return io.ReadAll(io.NewSectionReader(r, 0, size))
	}
	o, err := ole.Open(r, size)
	if err != nil {
		return nil, err
	}
	return o.Stream("Workbook", "Book")
}

// load reads what holds for the whole workbook.
func (b *book) load() error {
	r, ok := b.at(0)
	if !ok || len(r.body) < 4 {
		return ole.ErrBroken
	}
	if r.id != recBOF {
		return adapters.ErrOtherProgram.With("program", "Excel 2-4")
	}
	switch binary.LittleEndian.Uint16(r.body) {
	case 0x0600:
		b.biff8 = true
	case 0x0500:
	default:
		return adapters.ErrOtherProgram.With("program", "Excel 2-4")
	}
	for r, ok = b.at(r.next); ok && r.id != recEOF; r, ok = b.at(r.next) {
		if r.id == recFilePass {
			return adapters.ErrEncrypted
		}
		if err := b.global(r); err != nil {
			return err
		}
	}
	if len(b.list) == 0 {
		return ole.ErrBroken
	}
	return nil
}

func (b *book) global(r record) error {
	p := r.body
	switch {
	case r.id == recDateMode && len(p) >= 2:
		b.calendar.From1904 = p[0] == 1
	case r.id == recCodePage && len(p) >= 2:
		if e, err := charset.Named(codePage(binary.LittleEndian.Uint16(p))); err == nil && e.OneByte() {
			b.code = e
		}
	case r.id == recBoundSheet && len(p) >= 8:
		if p[5] != 0 {
			return nil // a chart or a macro sheet
		}
		b.list = append(b.list, sheet.Info{Name: b.shortText(p[6:]), Hidden: p[4]&3 != 0})
		b.starts = append(b.starts, int(binary.LittleEndian.Uint32(p)))
	case r.id == recFormat && len(p) >= 3:
		id := int(binary.LittleEndian.Uint16(p))
		if b.biff8 {
			b.formats[id] = b.longText(p[2:])
		} else {
			b.formats[id] = b.shortText(p[2:])
		}
	case r.id == recXF && len(p) >= 4:
		b.styles = append(b.styles, int(binary.LittleEndian.Uint16(p[2:])))
	case r.id == recSST:
		return b.loadShared(r)
	}
	return nil
}

// codePage names the encoding of a number that Windows gives it.
func codePage(n uint16) string {
	switch n {
	case 10000, 32768:
		return "mac-roman"
	case 32769:
		return "windows-1252"
	}
	if n >= 1250 && n <= 1258 {
		return "windows-" + strconv.Itoa(int(n))
	}
	return "cp" + strconv.Itoa(int(n))
}

func (b *book) Sheets() []sheet.Info { return b.list }

func (b *book) Notes() []string { return b.calendar.Notes() }

func (b *book) Close() error { return nil }
