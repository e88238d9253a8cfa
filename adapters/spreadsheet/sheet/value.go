package sheet

import (
	"math"
	"strconv"
	"strings"

	"casehub/adapters"
)

// Cell is one cell: what it holds, and what is wrong with it.
type Cell struct {
	Col int // 1 is the first
	adapters.Value
	Code adapters.Code
	// across is true where a merged cell only repeats what stands to its left.
	across bool
}

// Empty reports a cell that holds nothing.
func (c Cell) Empty() bool { return c.Kind == adapters.Text && c.Raw == "" && !c.Null }

// Text is a cell of text; without any it holds nothing.
func Text(s string) Cell { return Cell{Value: adapters.Value{Raw: s}} }

// Truth is a cell that says yes or no.
func Truth(yes bool) Cell {
	return Cell{Value: adapters.Value{Raw: strconv.FormatBool(yes), Kind: adapters.Bool}}
}

// Failed is a cell with an error in it, as #N/A, or a formula without a saved result,
// which shows nothing.
func Failed(shown string) Cell {
	return Cell{Value: adapters.Value{Raw: shown, Null: true, Kind: adapters.Bad}, Code: adapters.NoFormulaValue}
}

// Day is a cell with a day as YYYY-MM-DD, with Thh:mm:ss behind it where there is a
// time. Midnight and parts of a second are left out.
func Day(s string) Cell {
	if day, time, ok := strings.Cut(s, "T"); ok {
		time, _, _ = strings.Cut(strings.TrimSuffix(time, "Z"), ".")
		s = strings.TrimSuffix(day+"T"+time, "T00:00:00")
	}
	return Cell{Value: adapters.Value{Raw: s, Kind: adapters.Date}}
}

// maxExact is where the numbers of a spreadsheet begin to lose digits.
const maxExact = 1e15

// Number is a cell with a number as people see it: "8.001015009087E12" is
// 8001015009087, and the noise behind the fifteenth digit goes. A number that
// has more digits than a spreadsheet keeps was destroyed when it was typed.
func Number(text string, x float64) Cell {
	c := Cell{Value: adapters.Value{Raw: text, Kind: adapters.Number}}
	if strings.ContainsAny(text, "eE") || significant(text) > 15 {
		c.Raw = Plain(x)
	}
	if math.Abs(x) >= maxExact && x == math.Trunc(x) {
		c.Code = adapters.IDDestroyed
	}
	return c
}

// Plain writes a number with at most fifteen digits and no exponent.
func Plain(x float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64)
	if err != nil || math.Abs(rounded) >= 1e21 || rounded != 0 && math.Abs(rounded) < 1e-12 {
		return strconv.FormatFloat(x, 'g', 15, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// significant counts the digits of a number from the first that is not 0.
func significant(text string) int {
	n := 0
	for _, c := range text {
		if c >= '1' && c <= '9' || c == '0' && n > 0 {
			n++
		}
	}
	return n
}
