// Package currency knows of currencies what amounts in minor units need: how a
// code is shaped and how many digits of an amount stand after the point.
package currency

// digits holds the digits after the point of the currencies (ISO 4217) that
// have other than two.
var digits = map[string]int{
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}

// Valid reports whether code is shaped as a currency of ISO 4217: three
// capitals.
func Valid(code string) bool {
	if len(code) != 3 {
		return false
	}
	for _, r := range code {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return true
}

// MinorDigits returns how many digits of an amount stand after the point: two
// for the rand (cents), none for the Rwandan franc.
func MinorDigits(code string) int {
	if n, ok := digits[code]; ok {
		return n
	}
	return 2
}
