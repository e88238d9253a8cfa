package imports

import (
	"math/big"
	"regexp"
	"strings"

	"casehub/adapters"
	"casehub/internal/currency"
)

// amounts says how the amounts of a column are read.
type amounts struct {
	currency string
	decimal  byte // '.' or ','; 0 when not declared
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
		a.decimal = '.'
	}
	head, rest := cutSymbol(text)
	if nothing[strings.ToLower(strings.TrimSpace(rest))] {
		return amount{currency: a.currency}, a.disagrees(head)
	}
	if m := dashCents.FindStringSubmatch(strings.TrimSpace(rest)); m != nil {
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
	if times != "" && strings.ContainsAny(leftover, "0123456789") { // 2 mil 500
		return "", "", "", adapters.TypeMoney
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

// separate tells the decimal sign from the thousands. Of two signs the last is
// the decimal one. A single sign before exactly three digits could be either,
// unless the mapping declares that it is not the decimal one.
func (a amounts) separate(s string) (whole, fraction string, problem adapters.Code) {
	s = strings.NewReplacer(" ", "", "'", "").Replace(s)
	s = strings.TrimRight(s, ".,")
	last := strings.LastIndexAny(s, ".,")
	if last < 0 {
		return s, "", digits(s)
	}
	sign := s[last]
	other := byte('.' + ',' - sign)
	whole, fraction = s[:last], s[last+1:]
	switch {
	case strings.IndexByte(whole, other) >= 0:
		if strings.IndexByte(whole, sign) >= 0 {
			return "", "", adapters.MoneyAmbiguous
		}
		whole = strings.ReplaceAll(whole, string(other), "")
	case strings.IndexByte(whole, sign) >= 0: // 1.200.000
		return a.thousands(s, sign)
	case len(fraction) == 3 && whole != "" && whole != "0":
		if a.decimal == other && len(whole) <= 3 || currency.MinorDigits(a.currency) == 0 && a.decimal == 0 && len(whole) <= 3 {
			whole, fraction = whole+fraction, ""
		} else if !a.plain(sign) {
			return "", "", adapters.MoneyAmbiguous
		}
	}
	if whole == "" {
		whole = "0"
	}
	return whole, fraction, digits(whole + fraction)
}

// plain reports whether a number of the cell's own, where the sign is certain.
func (a amounts) plain(sign byte) bool { return sign == '.' && a.decimal == '.' }

func (a amounts) thousands(s string, sign byte) (string, string, adapters.Code) {
	groups := strings.Split(s, string(sign))
	for i, g := range groups {
		if len(g) != 3 && (i > 0 || len(g) > 3 || g == "") {
			return "", "", adapters.MoneyAmbiguous
		}
	}
	whole := strings.Join(groups, "")
	return whole, "", digits(whole)
}

func digits(s string) adapters.Code {
	if s == "" || strings.Trim(s, "0123456789") != "" || len(s) > 18 {
		return adapters.TypeMoney
	}
	return ""
}
