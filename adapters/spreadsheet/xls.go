package spreadsheet

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/charset"
)

// xlsBook reads the workbooks of Excel 5 to 2003 (BIFF 5 and 8). They end at
// 65,536 rows and 256 columns, so a sheet is held in memory.
type xlsBook struct {
	data     []byte
	biff8    bool
	date1904 bool
	code     charset.Encoding // of texts in BIFF 5
	list     []sheetInfo
	starts   []int
	shared   []string
	formats  map[int]string
	styles   []int // number format by style
}

// Records of BIFF that matter here.
const (
	recFormula    = 0x0006
	recEOF        = 0x000A
	recDateMode   = 0x0022
	recFilePass   = 0x002F
	recContinue   = 0x003C
	recCodePage   = 0x0042
	recColInfo    = 0x007D
	recBoundSheet = 0x0085
	recMulRK      = 0x00BD
	recRString    = 0x00D6
	recXF         = 0x00E0
	recMerged     = 0x00E5
	recSST        = 0x00FC
	recLabelSST   = 0x00FD
	recNumber     = 0x0203
	recLabel      = 0x0204
	recBoolErr    = 0x0205
	recString     = 0x0207
	recRow        = 0x0208
	recRK         = 0x027E
	recFormat     = 0x041E
	recBOF        = 0x0809
)

// isBareBIFF reports a stream of records without a compound file around it, as
// some programs wrote it.
func isBareBIFF(head []byte) bool {
	if len(head) < 8 || head[0] != 0x09 {
		return false
	}
	size := binary.LittleEndian.Uint16(head[2:])
	kind := binary.LittleEndian.Uint16(head[6:])
	return (head[1] == 0 || head[1] == 2 || head[1] == 4 || head[1] == 8) && size >= 4 && size <= 16 && (kind == 5 || kind == 0x10 || kind == 0x20 || kind == 0x40 || kind == 0x100)
}

func openXLS(p *part) (b bookFile, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			b, err = nil, errOLE
		}
	}()
	at, size, closer, err := p.random()
	if err != nil {
		return nil, err
	}
	data, err := workbookStream(at, size)
	if err = errors.Join(err, closer.Close()); err != nil {
		return nil, err
	}
	x := &xlsBook{data: data, code: charset.Western, formats: map[int]string{}}
	if err := x.load(); err != nil {
		return nil, err
	}
	return x, nil
}

// workbookStream returns the records of a workbook.
func workbookStream(r io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, 8)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, errOLE
	}
	if isBareBIFF(head) {
		if size > maxOLE {
			return nil, adapters.ErrTooLarge.With("megabytes", maxOLE>>20)
		}
		return io.ReadAll(io.NewSectionReader(r, 0, size))
	}
	o, err := readOLE(r, size)
	if err != nil {
		return nil, err
	}
	e, ok := o.find("Workbook", "Book")
	if !ok {
		return nil, errOLE
	}
	return o.stream(e)
}

// record is one record with its content.
type record struct {
	id   uint16
	body []byte
	next int // where the next one begins
}

// at returns the record at a place of the stream, and false at its end.
func (b *xlsBook) at(pos int) (record, bool) {
	if pos < 0 || pos+4 > len(b.data) {
		return record{}, false
	}
	size := int(binary.LittleEndian.Uint16(b.data[pos+2:]))
	if pos+4+size > len(b.data) {
		return record{}, false
	}
	return record{binary.LittleEndian.Uint16(b.data[pos:]), b.data[pos+4 : pos+4+size], pos + 4 + size}, true
}

// load reads what holds for the whole workbook.
func (b *xlsBook) load() error {
	r, ok := b.at(0)
	if !ok || len(r.body) < 4 {
		return errOLE
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
		return errOLE
	}
	return nil
}

func (b *xlsBook) global(r record) error {
	p := r.body
	switch {
	case r.id == recDateMode && len(p) >= 2:
		b.date1904 = p[0] == 1
	case r.id == recCodePage && len(p) >= 2:
		if e, err := charset.Named(codePage(binary.LittleEndian.Uint16(p))); err == nil && e.OneByte() {
			b.code = e
		}
	case r.id == recBoundSheet && len(p) >= 8:
		if p[5] != 0 {
			return nil // a chart or a macro sheet
		}
		b.list = append(b.list, sheetInfo{name: b.shortText(p[6:]), hidden: p[4]&3 != 0})
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

// shortText reads a text whose length is one byte.
func (b *xlsBook) shortText(p []byte) string {
	if len(p) < 1 {
		return ""
	}
	n := int(p[0])
	if !b.biff8 {
		return b.code.Decode(p[1:min(1+n, len(p))])
	}
	return chars(p[1:], n)
}

// longText reads a text whose length is two bytes.
func (b *xlsBook) longText(p []byte) string {
	if len(p) < 2 {
		return ""
	}
	n := int(binary.LittleEndian.Uint16(p))
	if !b.biff8 {
		return b.code.Decode(p[2:min(2+n, len(p))])
	}
	return chars(p[2:], n)
}

// chars reads so many characters after the byte that says how they are written.
func chars(p []byte, n int) string {
	if len(p) < 1 {
		return ""
	}
	wide := p[0]&1 != 0
	p = p[1:]
	if wide {
		return utf16Text(p[:min(n*2, len(p))])
	}
	return latin1(p[:min(n, len(p))])
}

func utf16Text(p []byte) string {
	units := make([]uint16, len(p)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(p[i*2:])
	}
	return string(utf16.Decode(units))
}

func latin1(p []byte) string {
	var s strings.Builder
	for _, c := range p {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// loadShared reads the table of texts, which goes on in further records.
func (b *xlsBook) loadShared(first record) error {
	if len(first.body) < 8 {
		return errOLE
	}
	n := int(binary.LittleEndian.Uint32(first.body[4:]))
	if n < 0 || n > len(b.data) {
		return errOLE
	}
	c := &continued{pieces: [][]byte{first.body[8:]}}
	for r, ok := b.at(first.next); ok && r.id == recContinue; r, ok = b.at(r.next) {
		c.pieces = append(c.pieces, r.body)
	}
	for range n {
		text, ok := c.text()
		if !ok {
			return nil // cells that point past the end are flagged one by one
		}
		b.shared = append(b.shared, text)
	}
	return nil
}

// continued reads texts across the borders of records.
type continued struct {
	pieces [][]byte
	at     int // place in the first piece
}

// here returns what is left of the piece, going on to the next at its end; nil at
// the end of all.
func (c *continued) here() []byte {
	for len(c.pieces) > 0 && c.at >= len(c.pieces[0]) {
		c.pieces, c.at = c.pieces[1:], 0
	}
	if len(c.pieces) == 0 {
		return nil
	}
	return c.pieces[0][c.at:]
}

// take returns the next bytes, which a border may divide.
func (c *continued) take(n int) ([]byte, bool) {
	var out []byte
	for len(out) < n {
		p := c.here()
		if p == nil {
			return nil, false
		}
		k := min(n-len(out), len(p))
		out = append(out, p[:k]...)
		c.at += k
	}
	return out, true
}

// text reads one text. Where a border divides its characters, the next record
// begins with a byte that says anew how they are written.
func (c *continued) text() (string, bool) {
	head, ok := c.take(3)
	if !ok {
		return "", false
	}
	n, flags := int(binary.LittleEndian.Uint16(head)), head[2]
	after := 0
	if flags&8 != 0 {
		b, ok := c.take(2)
		if !ok {
			return "", false
		}
		after += 4 * int(binary.LittleEndian.Uint16(b))
	}
	if flags&4 != 0 {
		b, ok := c.take(4)
		if !ok {
			return "", false
		}
		after += int(binary.LittleEndian.Uint32(b) & 0x7FFFFFFF)
	}
	var out strings.Builder
	wide := flags&1 != 0
	for n > 0 {
		pieces := len(c.pieces)
		p := c.here()
		if p == nil {
			return out.String(), false
		}
		if len(c.pieces) != pieces {
			wide = p[0]&1 != 0
			c.at++
			if p = c.here(); p == nil {
				return out.String(), false
			}
		}
		k := min(n, len(p))
		if wide {
			k = min(n, len(p)/2)
			if k == 0 {
				return out.String(), false
			}
			out.WriteString(utf16Text(p[:2*k]))
			c.at += 2 * k
		} else {
			out.WriteString(latin1(p[:k]))
			c.at += k
		}
		n -= k
	}
	_, ok = c.skip(after)
	return out.String(), ok
}

// skip passes over what stands behind the characters.
func (c *continued) skip(n int) (int, bool) {
	for n > 0 {
		p := c.here()
		if p == nil {
			return n, false
		}
		k := min(n, len(p))
		c.at += k
		n -= k
	}
	return 0, true
}

func (b *xlsBook) sheets() []sheetInfo { return b.list }

func (b *xlsBook) notes() []string {
	if b.date1904 {
		return []string{"days are counted from 1904"}
	}
	return nil
}

func (b *xlsBook) Close() error { return nil }

// open reads the records of a sheet.
func (b *xlsBook) open(at int) (f feed, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			f, err = nil, errOLE
		}
	}()
	s := &xlsSheet{book: b, rows: map[int]*sheetRow{}}
	r, ok := b.at(b.starts[at])
	if !ok || r.id != recBOF {
		return nil, errOLE
	}
	deep := 1 // a chart in the sheet has a beginning and an end of its own
	for r, ok = b.at(r.next); ok && deep > 0; r, ok = b.at(r.next) {
		switch {
		case r.id == recBOF:
			deep++
		case r.id == recEOF:
			deep--
		case deep == 1:
			s.take(r)
		}
		if s.cells > maxCells {
			return nil, adapters.ErrTooManyCells.With("rows", maxCells/10).With("columns", 10)
		}
	}
	return s.sorted(), nil
}

// xlsSheet gathers the cells of a sheet.
type xlsSheet struct {
	book    *xlsBook
	rows    map[int]*sheetRow
	merged  []area
	columns []string
	waiting *sheetCell // a formula whose text comes in the next record
	cells   int
}

// maxCells is the number of cells of a sheet that are held in memory.
const maxCells = 1_200_000

func (s *xlsSheet) row(no int) *sheetRow {
	r := s.rows[no]
	if r == nil {
		r = &sheetRow{no: no + 1}
		s.rows[no] = r
	}
	return r
}

// put adds a cell; places count from 0 in the file.
func (s *xlsSheet) put(p []byte, v adapters.Value, code adapters.Code) *sheetCell {
	s.cells++
	r := s.row(int(binary.LittleEndian.Uint16(p)))
	r.cells = append(r.cells, sheetCell{int(binary.LittleEndian.Uint16(p[2:])) + 1, v, code})
	return &r.cells[len(r.cells)-1]
}

func (s *xlsSheet) take(r record) {
	p := r.body
	switch {
	case r.id == recRow && len(p) >= 16:
		if p[12]&0x20 != 0 {
			s.row(int(binary.LittleEndian.Uint16(p))).hidden = true
		}
	case r.id == recColInfo && len(p) >= 10:
		if p[8]&1 != 0 && len(s.columns) < 50 {
			s.columns = append(s.columns, rangeName(int(binary.LittleEndian.Uint16(p))+1, int(binary.LittleEndian.Uint16(p[2:]))+1))
		}
	case r.id == recMerged && len(p) >= 2:
		for q := p[2:]; len(q) >= 8 && len(s.merged) < maxMerged; q = q[8:] {
			at := func(i int) int { return int(binary.LittleEndian.Uint16(q[2*i:])) + 1 }
			s.merged = append(s.merged, area{at(0), at(2), at(1), at(3)})
		}
	case r.id == recString:
		if s.waiting != nil {
			s.waiting.v = adapters.Value{Raw: s.book.longText(p)}
			s.waiting = nil
		}
	case len(p) >= 6:
		s.cell(r.id, p)
	}
}

// cell takes a record that begins with a row, a column and a style.
func (s *xlsSheet) cell(id uint16, p []byte) {
	style := int(binary.LittleEndian.Uint16(p[4:]))
	switch {
	case id == recNumber && len(p) >= 14:
		s.number(p, style, math.Float64frombits(binary.LittleEndian.Uint64(p[6:])))
	case id == recRK && len(p) >= 10:
		s.number(p, style, rkNumber(binary.LittleEndian.Uint32(p[6:])))
	case id == recMulRK:
		col := binary.LittleEndian.Uint16(p[2:])
		for q := p[4:]; len(q) >= 8; q = q[6:] {
			place := binary.LittleEndian.AppendUint16(p[:2:2], col)
			s.number(place, int(binary.LittleEndian.Uint16(q)), rkNumber(binary.LittleEndian.Uint32(q[2:])))
			col++
		}
	case id == recLabelSST && len(p) >= 10:
		i := int(binary.LittleEndian.Uint32(p[6:]))
		if i < 0 || i >= len(s.book.shared) {
			s.put(p, adapters.Value{Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue)
		} else if text := s.book.shared[i]; text != "" {
			s.put(p, adapters.Value{Raw: text}, "")
		}
	case id == recLabel || id == recRString:
		if text := s.book.longText(p[6:]); text != "" {
			s.put(p, adapters.Value{Raw: text}, "")
		}
	case id == recBoolErr && len(p) >= 8:
		s.boolean(p, p[6], p[7] != 0)
	case id == recFormula && len(p) >= 14:
		s.formula(p, style)
	}
}

func (s *xlsSheet) number(p []byte, style int, x float64) {
	v, code := number(plainNumber(x), x, s.book.showsDay(style), s.book.date1904)
	s.put(p, v, code)
}

// errorTexts are the errors of cells by their numbers.
var errorTexts = map[byte]string{0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}

func (s *xlsSheet) boolean(p []byte, v byte, isError bool) {
	if isError {
		s.put(p, adapters.Value{Raw: errorTexts[v], Null: true, Kind: adapters.Bad}, adapters.NoFormulaValue)
		return
	}
	s.put(p, adapters.Value{Raw: strconv.FormatBool(v != 0), Kind: adapters.Bool}, "")
}

// formula takes the result that was saved with a formula.
func (s *xlsSheet) formula(p []byte, style int) {
	if p[12] != 0xFF || p[13] != 0xFF {
		s.number(p, style, math.Float64frombits(binary.LittleEndian.Uint64(p[6:])))
		return
	}
	switch p[6] {
	case 0:
		s.waiting = s.put(p, adapters.Value{Null: true}, "")
	case 1, 2:
		s.boolean(p, p[8], p[6] == 2)
	}
}

// rkNumber reads a number in four bytes.
func rkNumber(rk uint32) float64 {
	x := float64(int32(rk) >> 2)
	if rk&2 == 0 {
		x = math.Float64frombits(uint64(rk&^3) << 32)
	}
	if rk&1 != 0 {
		x /= 100
	}
	return x
}

func (b *xlsBook) showsDay(style int) bool {
	if style >= len(b.styles) {
		return false
	}
	id := b.styles[style]
	return showsDay(id, b.formats[id])
}

// sorted turns what was gathered into a feed.
func (s *xlsSheet) sorted() *xlsFeed {
	f := &xlsFeed{merged: s.merged, columns: s.columns}
	for _, r := range s.rows {
		slices.SortStableFunc(r.cells, func(a, b sheetCell) int { return a.col - b.col })
		r.cells = slices.CompactFunc(r.cells, func(a, b sheetCell) bool { return a.col == b.col })
		f.rows = append(f.rows, *r)
	}
	slices.SortFunc(f.rows, func(a, b sheetRow) int { return a.no - b.no })
	slices.SortStableFunc(f.merged, func(a, b area) int { return a.top - b.top })
	return f
}
