package xlsx

import (
	"strconv"
	"strings"

	"casehub/adapters/spreadsheet/sheet"
)

// saved is a cell as the file has it.
type saved struct {
	kind, style string
	text        string
	has         bool // there is a value
	formula     bool
}

// value returns what a cell holds.
func (b *book) value(c saved) sheet.Cell {
	if !c.has || c.text == "" && c.kind != "str" && c.kind != "inlineStr" {
		if c.formula {
			return sheet.Failed("")
		}
		return sheet.Cell{}
	}
	text := strings.TrimSpace(c.text)
	switch c.kind {
	case "s":
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(b.shared) {
			return sheet.Failed("")
		}
		return sheet.Text(b.shared[i])
	case "str":
		return sheet.Text(unescape(c.text))
	case "inlineStr":
		return sheet.Text(c.text)
	case "b":
		return sheet.Truth(text == "1" || strings.EqualFold(text, "true"))
	case "e":
		return sheet.Failed(text)
	case "d":
		return sheet.Day(text)
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return sheet.Text(c.text)
	}
	style, _ := strconv.Atoi(c.style)
	return b.calendar.Number(text, x, style >= 0 && style < len(b.days) && b.days[style])
}
