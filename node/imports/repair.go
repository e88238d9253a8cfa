package imports

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"casehub/adapters"
)

// phoneOf puts numbers into the international form, "+27110000000"; one without a
// country is of the region. What is no valid number anywhere keeps its digits.
func phoneOf(region string) function {
	one := func(s string) (string, adapters.Code) {
		n, err := phonenumbers.Parse(strings.TrimSpace(s), region)
		if err != nil || !phonenumbers.IsValidNumber(n) {
			return onePhone(s)
		}
		return phonenumbers.Format(n, phonenumbers.E164), ""
	}
	return func(s string) (string, adapters.Code) { return phones(s, one) }
}

func knownRegion(s string) bool { return phonenumbers.GetSupportedRegions()[s] }

var (
	htmlHidden = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)\s*>|<!--.*?-->`)
	htmlBreak  = regexp.MustCompile(`(?i)<(br|/p|/div|/li|/tr|/h[1-6]|hr)\b[^>]*>`)
	htmlTag    = regexp.MustCompile(`(?s)</?[A-Za-z!][^>]*>`)
	emptyLines = regexp.MustCompile(`\n\s*\n\s*(\n\s*)*`)
)

// htmlText takes the tags off a text and keeps its lines.
func htmlText(s string) (string, adapters.Code) {
	s = htmlHidden.ReplaceAllString(s, "")
	s = htmlBreak.ReplaceAllString(s, "\n")
	s = html.UnescapeString(htmlTag.ReplaceAllString(s, ""))
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.TrimSpace(emptyLines.ReplaceAllString(strings.Join(lines, "\n"), "\n\n")), ""
}

// twice is what UTF-8 looks like that was read as Windows-1252: "Ã©", "â€œ", "Â°".
var twice = regexp.MustCompile(`[ÃÂ][\x{80}-\x{BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â[€‚„†™œ]|ð[Ÿ\x{9F}]`)

// windows1252 are the characters of Windows-1252 at 0x80 to 0x9F that are others in
// Unicode.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

// repairText undoes a text that was encoded twice. Where that leaves no valid text, or
// the marks of it do not go away, it is left as it is and told.
func repairText(s string) (string, adapters.Code) {
	if !twice.MatchString(s) {
		return s, ""
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch i := slices.Index(windows1252, r); {
		case i >= 0:
			b = append(b, byte(0x80+i))
		case r < 0x100:
			b = append(b, byte(r))
		default:
			return "", adapters.MojibakeSuspected
		}
	}
	if once := string(b); utf8.ValidString(once) && !twice.MatchString(once) {
		return once, ""
	}
	return "", adapters.MojibakeSuspected
}

// checkID warns of a document number whose check digit, or whose birth date, does not
// fit. The number stays: it may be the paper that is wrong.
func (f *draft) checkID() {
	at := f.stream.to.index("id_number")
	r := f.stream.rule(at)
	if r == nil || r.check == "" || f.values[at] == "" {
		return
	}
	digits := strings.Map(func(c rune) rune {
		if c == ' ' || c == '-' {
			return -1
		}
		return c
	}, f.values[at])
	fits := luhn(digits)
	if r.check == "za" {
		fits = fits && len(digits) == 13
		if born := f.get("birth_date"); fits && born != "" && f.get("birth_precision") == "day" {
			fits = strings.ReplaceAll(born, "-", "")[2:] == digits[:6]
		}
	}
	if !fits {
		f.warn(problemAt(adapters.IDCheck, "", f.columnOf("id_number"), f.values[at]))
	}
}

// luhn reports whether the last digit of a number is the check digit of the others.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		c := digits[len(digits)-1-i]
		if c < '0' || c > '9' {
			return false
		}
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits != "" && sum%10 == 0
}
