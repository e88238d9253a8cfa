package locale

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// officeSigns are the decimal signs of countries whose offices write otherwise than
// CLDR has it for one of their languages: of the settings that their machines come with.
var officeSigns = map[string]byte{"ZA": ',', "RW": '.'}

// DecimalSign returns the decimal sign, '.' or ',', that numbers are written with by
// people of a locale: a BCP 47 tag of a language and a country, "sw-TZ". A number in
// Arabic digits has the sign that stands in its place, '.'. It is false for what is no
// such tag, and for a language alone, which is written otherwise in each country.
func DecimalSign(tag string) (sign byte, ok bool) {
	t, err := language.Parse(tag)
	if err != nil || !strings.Contains(tag, "-") {
		return 0, false
	}
	region, confidence := t.Region()
	if confidence != language.Exact || !region.IsCountry() {
		return 0, false
	}
	if sign, ok := officeSigns[region.String()]; ok {
		return sign, true
	}
	switch written := message.NewPrinter(t).Sprint(number.Decimal(1.5)); {
	case strings.ContainsAny(written, ","):
		return ',', true
	default:
		return '.', true
	}
}
