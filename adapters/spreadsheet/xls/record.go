package xls

import "encoding/binary"

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

// record is one record with its content.
type record struct {
	id   uint16
	body []byte
	next int // where the next one begins
}

// at returns the record at a place of the stream, and false at its end.
func (b *book) at(pos int) (record, bool) {
	if pos < 0 || pos+4 > len(b.data) {
		return record{}, false
	}
	size := int(binary.LittleEndian.Uint16(b.data[pos+2:]))
	if pos+4+size > len(b.data) {
		return record{}, false
	}
	return record{binary.LittleEndian.Uint16(b.data[pos:]), b.data[pos+4 : pos+4+size], pos + 4 + size}, true
}
