package imports

import (
	"cmp"
	"strings"
	"unicode"

	"casehub/adapters"
	"casehub/internal/currency"
)

// symbols that may stand with an amount, by the currency they mean: signs, and what
// people write. Many mean what the mapping declares, or nothing by themselves ($, Rs).
// The code of a currency means itself and stands in no table.
var symbols = symbolTable(map[string]string{
	"":    "$ rs rs. £e fr fr. kr kr. p p. l l. q q. m k br br. d",
	"ZAR": "r rand", "LSL": "maloti loti", "SZL": "e emalangeni lilangeni", "BWP": "pula", "NAD": "n$", "ZMW": "zk kwacha", "MWK": "mk", "ZWG": "zig",
	"USD": "us$ u$s usd$ us dollars dollar", "EUR": "€ euro euros", "GBP": "£ pounds", "CAD": "c$a ca$", "AUD": "au$ a$", "CHF": "sfr sfr.", "CNY": "¥ rmb yuan 元",
	"KES": "ksh ksh. kshs kshs. sh sh. shs shs.", "UGX": "ush ush. ushs ushs.", "TZS": "tsh tsh. tshs tshs.", "RWF": "frw rwfs", "BIF": "fbu", "ETB": "birr ብር",
	"NGN": "₦ naira", "GHS": "gh₵ gh¢ ₵ ghc cedis cedi", "XOF": "fcfa cfa f_cfa f.cfa frs_cfa", "GNF": "fg gnf.", "MGA": "ar ariary", "CDF": "fc", "MZN": "mt mtn mts meticais metical",
	"AOA": "kz kwanzas", "EGP": "ج.م ج.م. le l.e.", "MAD": "د.م. د.م dh dhs", "DZD": "د.ج د.ج. da", "TND": "د.ت dt", "SAR": "ر.س ر.س.", "LBP": "ل.ل ll",
	"MXN": "mx$ m.n. m.n m/n mn pesos", "BRL": "r$ reais", "PEN": "s/ s/. soles", "BOB": "bs bs. bolivianos", "COP": "col$", "ARS": "ar$", "CLP": "clp$",
	"UYU": "$u u$", "PYG": "₲ gs gs. guaraníes guaranies", "GTQ": "quetzales", "HNL": "lps lps. lempiras", "NIO": "c$ córdobas cordobas", "CRC": "₡ colones", "PAB": "b/. b/",
	"DOP": "rd$", "HTG": "gourdes", "VES": "bs.s bss bs.d", "INR": "₹ rupees inr.", "BDT": "৳ tk tk.", "PHP": "₱", "IDR": "rp rp.", "VND": "₫ đ", "THB": "฿ บาท", "JPY": "円",
	"TRY": "₺ tl", "PLN": "zł zl", "UAH": "₴ грн грн.", "RUB": "₽ руб руб. р.", "ILS": "₪", "KZT": "₸", "KHR": "៛", "MMK": "ks",
})

// several are symbols of more than one currency: what is declared may be any of them.
var several = map[string]string{
	"sh": "KES UGX TZS SOS", "sh.": "KES UGX TZS SOS", "shs": "KES UGX TZS SOS", "shs.": "KES UGX TZS SOS", "fcfa": "XOF XAF", "cfa": "XOF XAF", "f cfa": "XOF XAF", "f.cfa": "XOF XAF", "frs cfa": "XOF XAF", "kwacha": "ZMW MWK", "bs": "BOB VES", "bs.": "BOB VES",
	"¥": "CNY JPY", "kr": "SEK NOK DKK ISK", "£": "GBP EGP SSP SDG", "pounds": "GBP EGP", "pesos": "MXN COP ARS CLP UYU DOP CUP PHP", "rupees": "INR PKR LKR NPR MUR SCR", "dollars": "USD ZWL NAD AUD CAD BBD JMD", "dollar": "USD ZWL NAD AUD CAD BBD JMD",
	"colones": "CRC SVC", "dh": "MAD AED", "dhs": "MAD AED", "c$": "NIO CAD", "le": "EGP SLE SLL",
	"p": "BWP PHP MXN ARS CLP COP CUP UYU DOP", "p.": "BWP PHP MXN ARS CLP COP CUP UYU DOP", "q": "GTQ", "q.": "GTQ", "l": "HNL SZL LSL RON MDL ALL", "l.": "HNL SZL LSL RON MDL ALL",
	"m": "LSL MZN TMT", "k": "ZMW MWK PGK MMK", "br": "ETB BYN", "br.": "ETB BYN", "d": "GMD VND", "rs": "INR PKR LKR NPR MUR SCR", "rs.": "INR PKR LKR NPR MUR SCR",
	"fr": "CHF XOF XAF RWF BIF CDF GNF DJF KMF", "fr.": "CHF XOF XAF RWF BIF CDF GNF DJF KMF", "kr.": "SEK NOK DKK ISK", "£e": "EGP",
}

const longestSymbol = 12 // letters

func symbolTable(all map[string]string) map[string]string {
	table := map[string]string{}
	for code, names := range all {
		for _, name := range strings.Fields(names) {
			table[strings.ReplaceAll(name, "_", " ")] = code
		}
	}
	return table
}

// disagrees reports a symbol of another currency than the one declared.
func (a amounts) disagrees(symbol string) adapters.Code {
	means, known := symbols[symbol]
	if code := strings.ToUpper(symbol); !known && currency.Known(code) {
		means = code
	}
	switch {
	case a.currency == "", means == a.currency, several[symbol] != "" && strings.Contains(several[symbol], a.currency):
		return ""
	case means == "" && several[symbol] == "": // $
		return ""
	}
	return adapters.TypeMoney
}

// cutSymbol takes a currency symbol, in small letters, from the beginning of a text. It
// never cuts a word, nor "p/m".
func cutSymbol(s string) (symbol, rest string) {
	letters := []rune(s)
	for n := min(longestSymbol, len(letters)); n > 0; n-- {
		if unicode.IsLetter(letters[n-1]) && goesOn(letters[n:]) {
			continue
		}
		low := strings.ToLower(string(letters[:n]))
		if _, ok := symbols[low]; ok || n == 3 && currency.Known(strings.ToUpper(low)) {
			return low, string(letters[n:])
		}
	}
	return "", s
}

// goesOn reports that what stands behind a letter belongs to the same word.
func goesOn(rest []rune) bool {
	switch {
	case len(rest) == 0:
		return false
	case rest[0] == '/':
		return len(rest) < 2 || rest[1] != '=' && rest[1] != '-'
	}
	return unicode.IsLetter(rest[0])
}

// scales are words behind a number that multiply it. A mil is a thousand in Spanish and
// Portuguese, and short for a million in English: nobody guesses.
var scales = map[string]string{
	"k": "e3", "m": "e6", "thousand": "e3", "thousands": "e3", "mille": "e3", "duizend": "e3", "duisend": "e3", "tausend": "e3", "elfu": "e3", "тыс": "e3", "ألف": "e3", "الف": "e3", "ribu": "e3", "bin": "e3",
	"million": "e6", "millions": "e6", "millón": "e6", "millon": "e6", "millones": "e6", "milhão": "e6", "milhao": "e6", "milhões": "e6", "milhoes": "e6", "miljoen": "e6", "mio": "e6",
	"milioni": "e6", "млн": "e6", "مليون": "e6", "juta": "e6", "milyon": "e6",
	"lakh": "e5", "lakhs": "e5", "lac": "e5", "laki": "e5", "crore": "e7", "crores": "e7",
	"mil": unsure, "miles": unsure, "billion": unsure, "bn": unsure, "mrd": unsure, "hundred": unsure, "cr": unsure, "mln": "e6",
}

const unsure = "?"

// scale takes a word that multiplies from the beginning of what stands behind a number.
// The letters k and m do so only directly at the number, by themselves, and where they
// are not short for the currency that is declared.
func (a amounts) scale(s string, joined bool) (times, rest string, problem adapters.Code) {
	end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(s)
	}
	word := strings.ToLower(s[:end])
	times = scales[word]
	switch {
	case times == unsure:
		return "", "", adapters.MoneyAmbiguous
	case joined && word == "l" && strings.Contains("INR PKR NPR BDT LKR", cmp.Or(a.currency, "none")): // 5L are five lakh
		return "", "", adapters.MoneyAmbiguous
	case times == "":
		return "", s, ""
	case len(word) > 1:
		return times, strings.TrimPrefix(s[end:], "."), ""
	case joined && end < len(s) && s[end] >= '0' && s[end] <= '9': // R1m2
		return "", "", adapters.MoneyAmbiguous
	case !joined || end < len(s) && s[end] != ' ' && s[end] != ')':
		return "", s, ""
	case strings.Contains(shortFor[word], a.currency) && a.currency != "":
		return "", "", adapters.MoneyAmbiguous
	}
	return times, s[end:], ""
}

// shortFor are the currencies that people shorten to a letter that also multiplies.
var shortFor = map[string]string{"k": "ZMW MWK PGK MMK", "m": "LSL MZN TMT"}
