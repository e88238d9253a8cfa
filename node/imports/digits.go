package imports

import (
	"strings"
	"unicode"
)

// plainDigits writes the digits of any alphabet as 0 to 9, and the signs that Arabic
// numbers are written with as those of any other: ١٬٢٣٤٫٥٠ is 1'234.50.
func plainDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case r == '٫':
			return '.'
		case r == '٬':
			return '\''
		case unicode.Is(unicode.Nd, r):
			return '0' + digitOf(r)
		}
		return r
	}, s)
}

// digitOf returns the value of a decimal digit. Unicode keeps the ten of an alphabet in
// their order, and each run of them in its table begins with a zero.
func digitOf(r rune) rune {
	for _, run := range unicode.Nd.R16 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	for _, run := range unicode.Nd.R32 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	return 0
}
