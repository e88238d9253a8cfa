package imports

import (
	"math/big"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"casehub/adapters"
	"casehub/internal/currency"
)

// amounts says how the amounts of a column are read.
type amounts struct {
	currency string
	decimal  byte // '.' or ','; 0 when not declared
	exact    bool // the text is a number of the source's own, whose sign is certainly decimal
}

// nothing are words for an amount of zero.
var nothing = map[string]bool{"nil": true, "nihil": true, "-": true, "–": true, "—": true, "none": true, "geen": true, "nada": true, "free": true}

var (
	// amountShape is: words in front, sign or bracket, words, number, exponent, bracket,
	// words behind.
	amountShape = regexp.MustCompile(`^([^\d(,.+-]*)\s*([(+-])?\s*([^\d(,.+-]*?)\s*(\d[\d.,'\s]*|[.,]\d+)([eE][+-]?\d+)?\s*(\))?\s*(.*)$`)
	dashCents   = regexp.MustCompile(`^(\d[\d ]*)-(\d{2})$`)
)

// amount is an amount as it was read.
type amount struct {
	minor    int64 // minor units of the currency
	currency string
	leftover string // words that stood with it: "p/m", "+ interest"
}

// read turns text into minor units. A number cell is plain: its point is the
// decimal sign.
func (a amounts) read(v adapters.Value) (amount, adapters.Code) {
	text := strings.Map(plainSpace, plainDigits(strings.TrimSpace(v.Raw)))
	if v.Kind == adapters.Number {
		a.decimal, a.exact = '.', true
	}
	head, rest := cutSymbol(text)
	if nothing[strings.ToLower(strings.TrimSpace(rest))] {
		return amount{currency: a.currency}, a.disagrees(head)
	}
	if head != "" && unclear(head, rest) {
		return amount{}, adapters.MoneyAmbiguous
	}
	if m := dashCents.FindStringSubmatch(strings.TrimSpace(rest)); m != nil {
		if head == "" && m[2] != "00" { // 20-30 is a range
			return amount{}, adapters.MoneyAmbiguous
		}
		rest = m[1] + "." + m[2]
	}
	m := amountShape.FindStringSubmatch(strings.TrimSpace(rest))
	if m == nil || strings.TrimSpace(m[1]) != "" {
		return amount{}, adapters.TypeMoney
	}
	inside, other := cutSymbol(strings.TrimSpace(m[3]))
	if other != "" || a.disagrees(inside) != "" || a.disagrees(head) != "" {
		return amount{}, adapters.TypeMoney
	}
	times, symbol, leftover, problem := a.behind(m[4], m[7])
	if problem != "" {
		return amount{}, problem
	}
	if a.disagrees(symbol) != "" || strings.HasPrefix(leftover, "%") {
		return amount{}, adapters.TypeMoney
	}
	minor, problem := a.minorUnits(strings.TrimSpace(m[4]), m[5], times)
	if problem != "" {
		return amount{}, problem
	}
	if minor > 0 && (m[2] == "-" || m[2] == "(" && m[6] == ")" || leftover == "-") {
		// What is taken back is taken back from something: a person decides.
		return amount{}, adapters.TypeMoney
	}
	return amount{minor, a.currency, leftover}, ""
}

// unclear reports a sign right behind a symbol of letters that may end the symbol or begin
// cents: R.500
func unclear(symbol, rest string) bool {
	last, _ := utf8.DecodeLastRuneInString(symbol)
	return unicode.IsLetter(last) && len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && rest[1] >= '0' && rest[1] <= '9'
}

// behind reads what stands behind a number: a word for thousands and more, a symbol and
// the signs for no cents, in any order, then whatever is left.
func (a amounts) behind(number, s string) (times, symbol, leftover string, problem adapters.Code) {
	joined := number != "" && !strings.HasSuffix(number, " ")
	times, rest, problem := a.scale(s, joined)
	if problem != "" {
		return "", "", "", problem
	}
	if sign, after := cutSymbol(strings.TrimSpace(rest)); scales[sign] == "" {
		symbol, rest = sign, after
	}
	if times == "" {
		if times, rest, problem = a.scale(strings.TrimSpace(rest), false); problem != "" {
			return "", "", "", problem
		}
	}
	leftover = strings.TrimSpace(noCents(number, strings.TrimSpace(rest)))
	if strings.ContainsAny(leftover, "0123456789") || scales[strings.ToLower(leftover)] != "" { // 5 m, 2 million 500, 500-600, 3 x 500
		return "", "", "", adapters.MoneyAmbiguous
	}
	return times, symbol, leftover, ""
}

// noCents takes off the signs that stand in the place of cents: 1200/=, 1200/-, 1.200,--
// A lone dash behind a bare number is a minus, as programs of accountants write it.
func noCents(number, s string) string {
	for _, sign := range []string{"/=", "/-"} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			return rest
		}
	}
	if strings.HasSuffix(number, ",") || strings.HasSuffix(number, ".") {
		return strings.TrimLeft(s, "-–—")
	}
	return s
}

// plainSpace turns the blanks and signs that typesetting uses into plain ones.
func plainSpace(r rune) rune {
	switch r {
	case '\u00a0', '\u202f', '\u2009', '\t':
		return ' '
	case '\u2212':
		return '-'
	case '’':
		return '\''
	}
	return r
}

// minorUnits reads a number with its separators, then multiplies it out. Both exponent
// and times are as in 1e6.
func (a amounts) minorUnits(number, exponent, times string) (int64, adapters.Code) {
	whole, fraction, problem := a.separate(number)
	if problem != "" {
		return 0, problem
	}
	if exponent != "" && times != "" {
		return 0, adapters.TypeMoney
	}
	plain := whole + "." + fraction + "0" + exponent + times
	if len(plain) > 40 {
		return 0, adapters.TypeMoney
	}
	if len(exponent) > 4 {
		return 0, adapters.TypeMoney
	}
	x, ok := new(big.Rat).SetString(plain)
	if !ok {
		return 0, adapters.TypeMoney
	}
	for range currency.MinorDigits(a.currency) {
		x.Mul(x, big.NewRat(10, 1))
	}
	return rounded(x)
}

// rounded returns the nearest whole number, halves away from zero: formulas in
// spreadsheets leave fractions of a cent.
func rounded(x *big.Rat) (int64, adapters.Code) {
	x.Add(x, big.NewRat(1, 2))
	n := new(big.Int).Quo(x.Num(), x.Denom())
	if !n.IsInt64() || n.BitLen() > 50 {
		return 0, adapters.TypeMoney
	}
	return n.Int64(), ""
}

// separate tells the decimal sign from the thousands. Of two signs the last is the decimal
// one, and so is any behind thousands that are parted by blanks. A single sign before
// exactly three digits could be either, unless the mapping declares that it is not the
// decimal one, or the currency has no smaller units. What is parted otherwise than numbers
// are may be two of them.
func (a amounts) separate(s string) (whole, fraction string, problem adapters.Code) {
	s = strings.TrimRight(strings.TrimSpace(s), "., '")
	sign := byte(0)
	whole = s
	if last := strings.LastIndexAny(s, ".,"); last >= 0 {
		sign, whole, fraction = s[last], s[:last], s[last+1:]
	}
	spaced := strings.ContainsAny(whole, " '")
	other := byte('.' + ',' - sign)
	switch {
	case spaced:
		whole, problem = joined(strings.FieldsFunc(whole, func(r rune) bool { return r == ' ' || r == '\'' }))
	case sign == 0:
	case strings.IndexByte(whole, other) >= 0:
		whole, problem = joined(strings.Split(whole, string(other)))
	case strings.IndexByte(whole, sign) >= 0: // 1.200.000
		whole, problem = joined(append(strings.Split(whole, string(sign)), fraction))
		fraction = ""
	case len(fraction) == 3 && !a.exact && strings.Trim(whole, "0") != "" && len(whole) <= 3:
		if a.decimal != other && (a.decimal != 0 || currency.MinorDigits(a.currency) > 0) {
			return "", "", adapters.MoneyAmbiguous
		}
		whole, fraction = whole+fraction, ""
	case len(fraction) == 3 && !a.exact && len(whole) > 3 && a.decimal != sign:
		return "", "", adapters.MoneyAmbiguous
	}
	if problem != "" {
		return "", "", problem
	}
	if whole == "" {
		whole = "0"
	}
	return whole, fraction, digits(whole + fraction)
}

// joined puts groups of digits together: threes behind the first, or as in India twos and
// a three.
func joined(groups []string) (string, adapters.Code) {
	last := len(groups) - 1
	for i, g := range groups {
		middle := len(groups[min(1, last)])
		switch {
		case i == 0 && last > 0 && len(g) > 0 && len(g) <= 3:
		case i == last && (len(g) == 3 || last == 0):
		case i > 0 && i < last && len(g) == middle && (middle == 3 || middle == 2 && len(groups[0]) <= 2):
		default:
			return "", adapters.MoneyAmbiguous
		}
	}
	return strings.Join(groups, ""), ""
}

func digits(s string) adapters.Code {
	if s == "" || strings.Trim(s, "0123456789") != "" || len(s) > 18 {
		return adapters.TypeMoney
	}
	return ""
}
