package finance

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"casehub/internal/currency"
	"casehub/internal/errs"
)

// ErrAmount reports text that is not an amount of the currency, or that two
// readers would take for different amounts.
var ErrAmount = errs.New(errs.Invalid, "finance.amount-unreadable").On("amount")

// ParseAmount reads an amount as people write it, "1 250,50", "1,250.50" or
// "-80", into minor units. A single point or comma before three digits at the
// end could be either and is refused with ErrAmount, as is everything else that
// is not an amount; only in a currency of three minor digits a point is clear.
func ParseAmount(s, code string) (int64, error) {
	digits := currency.MinorDigits(code)
	negative, whole, fraction, ok := split(s, digits)
	if !ok || len(fraction) > digits || len(whole) > 15 {
		return 0, ErrAmount
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil {
		return 0, ErrAmount
	}
	if negative {
		n = -n
	}
	return n, nil
}

// split takes an amount apart into the digits before and after the decimal
// mark, of a currency with so many minor digits.
func split(s string, digits int) (negative bool, whole, fraction string, ok bool) {
	s = strings.Map(bare, s)
	s, negative = strings.CutPrefix(s, "-")
	last := strings.LastIndexAny(s, ".,")
	if last < 0 {
		return negative, s, "", digitsOnly(s)
	}
	mark := s[last : last+1]
	switch {
	case strings.Count(s, mark) > 1: // "1.250.000": marks of thousands alone
		whole, ok = thousands(s, mark)
		return negative, whole, "", ok
	case len(s)-last-1 == 3 && !strings.ContainsAny(s[:last], ".,") && (digits != 3 || mark == ","):
		return negative, "", "", false
	}
	other := strings.Trim(".,", mark)
	whole, ok = s[:last], true
	if strings.Contains(whole, other) {
		whole, ok = thousands(whole, other)
	}
	return negative, whole, s[last+1:], ok && digitsOnly(whole) && digitsOnly(s[last+1:])
}

// thousands joins groups of three digits after the first, which has one to
// three.
func thousands(s, mark string) (string, bool) {
	groups := strings.Split(s, mark)
	for i, g := range groups {
		if !digitsOnly(g) || len(g) > 3 || i > 0 && len(g) != 3 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// bare drops spaces and turns the minus sign of print into the one of keys.
func bare(r rune) rune {
	switch {
	case unicode.IsSpace(r), r == '\'':
		return -1
	case r == '\u2212':
		return '-'
	}
	return r
}

func digitsOnly(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// FormatPlain writes minor units as a form shows them, "1250.50".
func FormatPlain(minor int64, code string) string {
	digits := currency.MinorDigits(code)
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	s := strconv.FormatInt(minor, 10)
	if digits == 0 {
		return sign + s
	}
	for len(s) <= digits {
		s = "0" + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// Units returns the total in whole units of its currency, rounded to the
// nearest, halves away from zero.
func (t Total) Units() int64 {
	minor := int64(math.Pow10(currency.MinorDigits(t.Currency)))
	if t.Amount < 0 {
		return -Total{Amount: -t.Amount, Currency: t.Currency}.Units()
	}
	return (t.Amount + minor/2) / minor
}
