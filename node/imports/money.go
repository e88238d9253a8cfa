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

// decimals holds the decimal sign of the locales that a mapping can name.
var decimals = map[string]byte{
	"en-ZA": ',', "af-ZA": ',', "pt-BR": ',', "pt-PT": ',', "pt-MZ": ',', "es-ES": ',', "es-BO": ',', "es-AR": ',', "es-CO": ',', "es-CL": ',',
	"fr-FR": ',', "de-DE": ',', "nl-NL": ',',
	"en-US": '.', "en-GB": '.', "en-KE": '.', "en-NG": '.', "en-UG": '.', "es-PE": '.', "es-MX": '.', "es-GT": '.', "fr-RW": '.', "rw-RW": '.',
}

// symbols that may stand with an amount, by the currency they mean. An empty
// one stands for whatever the mapping declares.
var symbols = map[string]string{
	"r": "ZAR", "zar": "ZAR", "rand": "ZAR", "$": "", "us$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP",
	"r$": "BRL", "brl": "BRL", "s/": "PEN", "s/.": "PEN", "pen": "PEN", "bs": "BOB", "bs.": "BOB", "bob": "BOB", "rwf": "RWF", "frw": "RWF",
}

// nothing are words for an amount of zero.
var nothing = map[string]bool{"nil": true, "nihil": true, "-": true, "–": true, "—": true, "none": true, "geen": true, "nada": true, "free": true}

var (
	amountShape = regexp.MustCompile(`^([^\d(,.+-]*)\s*([(+-])?\s*([^\d(,.+-]*?)\s*(\d[\d.,'\s]*|[.,]\d+)([eE][+-]?\d+|[kKmM]\b)?\s*(\))?\s*(.*)$`)
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
	text := strings.Map(plainSpace, strings.TrimSpace(v.Raw))
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
	if m == nil || strings.TrimSpace(m[1]) != "" || strings.HasPrefix(m[7], "%") {
		return amount{}, adapters.TypeMoney
	}
	inside, other := cutSymbol(strings.TrimSpace(m[3]))
	if other != "" || a.disagrees(inside) != "" {
		return amount{}, adapters.TypeMoney
	}
	symbol, leftover := cutSymbol(strings.TrimSpace(m[7]))
	if problem := a.disagrees(head); problem != "" {
		return amount{}, problem
	}
	if problem := a.disagrees(symbol); problem != "" {
		return amount{}, problem
	}
	minor, problem := a.minorUnits(strings.TrimSpace(m[4]), m[5])
	if problem != "" {
		return amount{}, problem
	}
	if minor > 0 && (m[2] == "-" || m[2] == "(" && m[6] == ")") {
		// What is taken back is taken back from something: a person decides.
		return amount{}, adapters.TypeMoney
	}
	return amount{minor, a.currency, strings.TrimSpace(leftover)}, ""
}

// disagrees reports a symbol of another currency than the one declared.
func (a amounts) disagrees(symbol string) adapters.Code {
	if means := symbols[symbol]; means != "" && means != a.currency {
		return adapters.TypeMoney
	}
	return ""
}

// cutSymbol takes a currency symbol from the beginning of a text.
func cutSymbol(s string) (symbol, rest string) {
	low := strings.ToLower(s)
	for n := min(4, len(low)); n > 0; n-- {
		if _, ok := symbols[low[:n]]; ok && (n == len(low) || !isLetter(low[n]) || !isLetter(low[n-1])) {
			return low[:n], s[n:]
		}
	}
	return "", s
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

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

// minorUnits reads a number with its separators, then multiplies it out.
func (a amounts) minorUnits(number, suffix string) (int64, adapters.Code) {
	whole, fraction, problem := a.separate(number)
	if problem != "" {
		return 0, problem
	}
	plain := whole + "." + fraction + "0"
	switch suffix {
	case "":
	case "k", "K":
		plain += "e3"
	case "m", "M":
		plain += "e6"
	default:
		plain += suffix
	}
	if len(plain) > 40 {
		return 0, adapters.TypeMoney
	}
	if exponent := strings.IndexAny(suffix, "eE"); exponent >= 0 && len(suffix) > 4 {
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
		if a.decimal == other {
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
