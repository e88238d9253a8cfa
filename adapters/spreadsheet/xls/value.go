package xls

import (
	"encoding/binary"
	"math"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/sheet"
)

// cell takes a record that begins with a row, a column and a style.
func (g *grid) cell(id uint16, p []byte) {
	style := number16(p, 2)
	switch {
	case id == recNumber && len(p) >= 14:
		g.put(p, g.book.number(style, float(p)))
	case id == recRK && len(p) >= 10:
		g.put(p, g.book.number(style, rkNumber(p[6:])))
	case id == recMulRK:
		col := binary.LittleEndian.Uint16(p[2:])
		for q := p[4:]; len(q) >= 8; q = q[6:] {
			at := binary.LittleEndian.AppendUint16(p[:2:2], col)
			g.put(at, g.book.number(number16(q, 0), rkNumber(q[2:])))
			col++
		}
	case id == recLabelSST && len(p) >= 10:
		g.put(p, g.book.sharedCell(binary.LittleEndian.Uint32(p[6:])))
	case id == recLabel || id == recRString:
		g.put(p, sheet.Text(g.book.longText(p[6:])))
	case id == recBoolErr && len(p) >= 8:
		g.put(p, truth(p[6], p[7] != 0))
	case id == recFormula && len(p) >= 14:
		g.formula(p, style)
	}
}

// float reads the number behind the style.
func float(p []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(p[6:])) }

func (b *book) number(style int, x float64) sheet.Cell {
	isDay := false
	if style < len(b.styles) {
		id := b.styles[style]
		isDay = sheet.ShowsDay(id, b.formats[id])
	}
	return b.calendar.Number(sheet.Plain(x), x, isDay)
}

func (b *book) sharedCell(at uint32) sheet.Cell {
	if int64(at) >= int64(len(b.shared)) {
		return sheet.Failed("")
	}
	return sheet.Text(b.shared[at])
}

// errorTexts are the errors of cells by their numbers.
var errorTexts = map[byte]string{0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}

func truth(v byte, isError bool) sheet.Cell {
	if isError {
		return sheet.Failed(errorTexts[v])
	}
	return sheet.Truth(v != 0)
}

// formula takes the result that was saved with a formula.
func (g *grid) formula(p []byte, style int) {
	if p[12] != 0xFF || p[13] != 0xFF {
		g.put(p, g.book.number(style, float(p)))
		return
	}
	switch p[6] {
	case 0: // until the text comes it is nothing
		g.put(p, sheet.Cell{Value: adapters.Value{Null: true}})
		cells := g.row(number16(p, 0)).Cells
		g.waiting = &cells[len(cells)-1]
	case 1, 2:
		g.put(p, truth(p[8], p[6] == 2))
	}
}

// rkNumber reads a number in four bytes.
func rkNumber(p []byte) float64 {
	rk := binary.LittleEndian.Uint32(p)
	x := float64(int32(rk) >> 2)
	if rk&2 == 0 {
		x = math.Float64frombits(uint64(rk&^3) << 32)
	}
	if rk&1 != 0 {
		x /= 100
	}
	return x
}
