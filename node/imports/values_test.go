package imports

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"casehub/adapters"
	"casehub/internal/civil"
	"casehub/node/clients"
)

func TestDatesAreReadAsDeclared(t *testing.T) {
	for _, c := range []struct {
		order  order
		text   string
		want   civil.Date
		p      clients.Precision
		code   adapters.Code
		system counted
	}{
		{order: dayFirst, text: "03/04/2019", want: "2019-04-03", p: clients.Day},
		{order: monFirst, text: "03/04/2019", want: "2019-03-04", p: clients.Day},
		{order: dayFirst, text: "3.4.19", want: "2019-04-03", p: clients.Day},
		{order: dayFirst, text: "3.4.85", want: "1985-04-03", p: clients.Day},
		{order: yrFirst, text: "19-04-03", want: "2019-04-03", p: clients.Day},
		{text: "2019-10-04 11:12:54.000", want: "2019-10-04", p: clients.Day},
		{text: "2019-10-04T11:12:54Z", want: "2019-10-04", p: clients.Day},
		{text: "2019/1/9", want: "2019-01-09", p: clients.Day},
		{text: "20190403", want: "2019-04-03", p: clients.Day},
		{text: "25/12/2019", want: "2019-12-25", p: clients.Day},
		{text: "12/25/2019", want: "2019-12-25", p: clients.Day},
		{text: "05/05/2019", want: "2019-05-05", p: clients.Day},
		{text: "03/04/2019", code: adapters.DateAmbiguous},
		{text: "25/12/19", code: adapters.DateAmbiguous},
		{text: "2019-03-04 to 2019-05-01", code: adapters.TypeDate},
		{text: "2019-03-04 or 05", code: adapters.TypeDate},
		{text: "2019-03-04 08:30 am", want: "2019-03-04", p: clients.Day},
		{text: "2019-03-04T", want: "2019-03-04", p: clients.Day},
		{order: yrFirst, text: "19-Mar-05", code: adapters.DateAmbiguous},
		{text: "2019.1", code: adapters.TypeDate},
		{order: dayFirst, text: "04 Oct", code: adapters.DateAmbiguous},
		{order: dayFirst, text: "4 Oct 2019", want: "2019-10-04", p: clients.Day},
		{order: dayFirst, text: "4-Okt-19", want: "2019-10-04", p: clients.Day},
		{text: "4 de octubre de 2019", want: "2019-10-04", p: clients.Day},
		{text: "Viernes, 4 de octubre de 2019", want: "2019-10-04", p: clients.Day},
		{text: "4 oktober 2019", want: "2019-10-04", p: clients.Day},
		{text: "1er février 2019", want: "2019-02-01", p: clients.Day},
		{text: "October 4, 2019", want: "2019-10-04", p: clients.Day},
		{text: "Maart 2019", want: "2019-03-01", p: clients.Month},
		{text: "Maart/March 2019", want: "2019-03-01", p: clients.Month},
		{text: "2011-04", want: "2011-04-01", p: clients.Month},
		{text: "04/2011", want: "2011-04-01", p: clients.Month},
		{text: "1965", want: "1965-01-01", p: clients.Year},
		{text: "aprox. 1965", want: "1965-01-01", p: clients.About},
		{text: "±1965", want: "1965-01-01", p: clients.About},
		{text: "45 años", code: adapters.TypeDate},
		{order: dayFirst, text: "31/02/2011", code: adapters.DateImpossible},
		{text: "0000-00-00", code: adapters.DateImpossible},
		{order: dayFirst, text: "13/14/2018", code: adapters.DateImpossible},
		{text: "2027-01-01", code: adapters.DateImpossible}, // after the day of the run
		{text: "see file", code: adapters.TypeDate},
		{order: dayFirst, text: "jue 05/01/2023", want: "2023-01-05", p: clients.Day},
		{order: dayFirst, text: "mar. 05/01/2023", want: "2023-01-05", p: clients.Day},
		{order: dayFirst, text: "mar 5, 2023", want: "2023-03-05", p: clients.Day},
		{order: dayFirst, text: "Thu, 05/01/2023", want: "2023-01-05", p: clients.Day},
		{text: "quarta-feira, 4 de outubro de 2023", want: "2023-10-04", p: clients.Day},
		{text: "le 4 octobre 2019", want: "2019-10-04", p: clients.Day},
		{text: "quinta-feira, 5 de janeiro de 2023", want: "2023-01-05", p: clients.Day},
		{text: "Enero 5 de 2023", want: "2023-01-05", p: clients.Day},
		{order: dayFirst, text: "05/01/2023.", want: "2023-01-05", p: clients.Day},
		{order: dayFirst, text: "05.01.2023 г.", want: "2023-01-05", p: clients.Day},
		{text: "2023年1月5日", want: "2023-01-05", p: clients.Day},
		{text: "2023년 1월 5일", want: "2023-01-05", p: clients.Day},
		{text: "2023. 1. 5.", want: "2023-01-05", p: clients.Day},
		{text: "before 4 October 2019", code: adapters.TypeDate},
		{order: dayFirst, text: "vor 05/01/2023", code: adapters.TypeDate},
		{order: dayFirst, text: "٠٥/٠١/٢٠٢٣", want: "2023-01-05", p: clients.Day},
		{order: dayFirst, text: "۰۵/۰۱/۲۰۲۳", want: "2023-01-05", p: clients.Day},
		{order: dayFirst, text: "०५/०१/२०२३", want: "2023-01-05", p: clients.Day},
		{text: "5 Agosti 2023", want: "2023-08-05", p: clients.Day},
		{text: "5 Machi 2023", want: "2023-03-05", p: clients.Day},
		{text: "٥ يناير ٢٠٢٣", want: "2023-01-05", p: clients.Day},
		{text: "5 أغسطس 2023", want: "2023-08-05", p: clients.Day},
		{text: "5 كانون الثاني 2023", want: "2023-01-05", p: clients.Day},
		{text: "5 تشرين الأول 2023", want: "2023-10-05", p: clients.Day},
		{text: "5 января 2023", want: "2023-01-05", p: clients.Day},
		{text: "5 Ιανουαρίου 2023", want: "2023-01-05", p: clients.Day},
		{text: "5 Ocak 2023", want: "2023-01-05", p: clients.Day},
		{text: "5 listopada 2023", code: adapters.TypeDate}, // November in Polish, October in Croatian
		{text: "1582934400", system: unixTime, want: "2020-02-29", p: clients.Day},
		{text: "-86400", system: unixTime, want: "1969-12-31", p: clients.Day},
		{text: "1706745600000", system: unixMillis, want: "2024-02-01", p: clients.Day},
		{text: "1.5829344e9", system: unixTime, want: "2020-02-29", p: clients.Day},
		{text: "2460310.5", system: julianDays, want: "2024-01-01", p: clients.Day},
		{text: "2460310", system: julianDays, want: "2023-12-31", p: clients.Day},
		{text: "9999999999999999", system: unixTime, code: adapters.DateImpossible},
		{text: "2019-10-04", system: unixTime, want: "2019-10-04", p: clients.Day},
		{text: "42665", code: adapters.TypeDate},
		{text: "42665", system: from1900, want: "2016-10-22", p: clients.Day},
		{text: "42665.75", system: from1900, want: "2016-10-22", p: clients.Day},
		{text: "41203", system: from1904, want: "2016-10-22", p: clients.Day},
		{text: "60", system: from1900, code: adapters.DateImpossible},
		{text: "61", system: from1900, want: "1900-03-01", p: clients.Day},
		{text: "59", system: from1900, want: "1900-02-28", p: clients.Day},
	} {
		d := dates{order: c.order, pivot: 30, coarsest: clients.About, counted: c.system, earliest: "1900-01-01", latest: "2026-09-01"}
		day, p, code := d.read(c.text)
		if day != c.want || code != c.code || c.want != "" && p != c.p {
			t.Errorf("%q as %q: %q %q %q, want %q %q %q", c.text, c.order, day, p, code, c.want, c.p, c.code)
		}
	}
}

// A moment becomes the day that it was where the office is.
func TestMomentsAreDaysOfTheirZone(t *testing.T) {
	zone, err := time.LoadLocation("America/La_Paz")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want civil.Date
		as   counted
	}{
		{"2024-04-01 03:30:00+00", "2024-03-31", ""},
		{"2024-04-01T03:30:00.123Z", "2024-03-31", ""},
		{"2024-04-01T04:00:00Z", "2024-04-01", ""},
		{"2024-04-01T00:00:00.000Z", "2024-04-01", ""}, // how a program keeps a day
		{"2024-04-01T00:00:00-04:00", "2024-04-01", ""},
		{"2024-04-01 05:29:59+0530", "2024-03-31", ""},
		{"2024-04-01 05:30:00+05:30:00", "2024-03-31", ""},
		{"2024-04-01 03:30", "2024-04-01", ""}, // without its distance: it stands as it is
		{"2024-04-01 03:30:00", "2024-04-01", ""},
		{"1711942200", "2024-03-31", unixTime},
		{"1711929600", "2024-04-01", unixTime}, // midnight
		{"1711942200000", "2024-03-31", unixMillis},
	} {
		d := dates{zone: zone, counted: c.as, coarsest: clients.Day, earliest: "1900-01-01", latest: "2026-09-01"}
		if day, _, code := d.read(c.text); day != c.want || code != "" {
			t.Errorf("%q: %q %q, want %q", c.text, day, code, c.want)
		}
	}
	without := dates{coarsest: clients.Day, earliest: "1900-01-01", latest: "2026-09-01"}
	if day, _, code := without.read("2024-04-01 03:30:00+00"); day != "2024-04-01" || code != "" {
		t.Errorf("where no zone is declared: %q %q", day, code)
	}
}

func TestEveryDigitIsWhatUnicodeSays(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"٠١٢٣٤٥٦٧٨٩", "0123456789"}, {"۰۹", "09"}, {"०९", "09"}, {"๐๙", "09"}, {"０９", "09"}, {"𝟎𝟗𝟘𝟡𝟬𝟵𝟶𝟿", "09090909"}, {"၉", "9"}, {"١٬٢٣٤٫٥٠", "1'234.50"}, {"½ ² ①", "½ ² ①"},
	} {
		if got := plainDigits(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	for _, run := range unicode.Nd.R16 {
		if run.Stride != 1 || (run.Hi-run.Lo+1)%10 != 0 {
			t.Errorf("a run of digits that does not begin with a zero: %#x to %#x", run.Lo, run.Hi)
		}
	}
	for _, run := range unicode.Nd.R32 {
		if run.Stride != 1 || (run.Hi-run.Lo+1)%10 != 0 {
			t.Errorf("a run of digits that does not begin with a zero: %#x to %#x", run.Lo, run.Hi)
		}
	}
}

func TestACaseNeedsTheDay(t *testing.T) {
	d := dates{coarsest: clients.Day, earliest: "1900-01-01", latest: "2026-09-01"}
	if _, _, code := d.read("Maart 2019"); code != adapters.DateAmbiguous {
		t.Errorf("a month where a day is needed: %q", code)
	}
}

func TestAmountsAreReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		text     string
		decimal  byte
		kind     adapters.Kind
		minor    int64
		leftover string
		code     adapters.Code
	}{
		{text: "R 1 200,50", minor: 120050},
		{text: "R1,200.50", minor: 120050},
		{text: "R1.200,50", minor: 120050},
		{text: "R\u00a01\u202f200,50", minor: 120050},
		{text: "R1’200.50", minor: 120050},
		{text: "1200.5", minor: 120050},
		{text: "1200", minor: 120000},
		{text: ".50", minor: 50},
		{text: "R 45 000-00", minor: 4500000},
		{text: "1.2E+3", minor: 120000},
		{text: "R7k", minor: 700000},
		{text: "1.5m", minor: 150000000},
		{text: "nil", minor: 0},
		{text: "R -", minor: 0},
		{text: " R 0,00 ", minor: 0},
		{text: "R450 p/m", minor: 45000, leftover: "p/m"},
		{text: "R 1 200,50 + interest", minor: 120050, leftover: "+ interest"},
		{text: "1200 ZAR", minor: 120000},
		{text: "1.200.000", minor: 120000000},
		{text: "1,200", code: adapters.MoneyAmbiguous},
		{text: "1.200", code: adapters.MoneyAmbiguous},
		{text: "1.200", decimal: ',', minor: 120000},
		{text: "1,200", decimal: '.', minor: 120000},
		{text: "1,200", decimal: ',', code: adapters.MoneyAmbiguous},
		{text: "1200.505", decimal: ',', kind: adapters.Number, minor: 120051},
		{text: "0.125", decimal: '.', minor: 13},
		{text: "50%", code: adapters.TypeMoney},
		{text: "settled", code: adapters.TypeMoney},
		{text: "1.2.3,4,5", code: adapters.MoneyAmbiguous},
		{text: "$ 100", minor: 10000},
		{text: "US$ 100", code: adapters.TypeMoney},
		{text: "€ 100", code: adapters.TypeMoney},
		{text: "(R 200,00)", code: adapters.TypeMoney},
		{text: "1E+999999999", code: adapters.TypeMoney},
		{text: strings.Repeat("9", 60), code: adapters.TypeMoney},
		{text: "12 Long Street", minor: 1200, leftover: "Long Street"},
		{text: "R7k p/m", minor: 700000, leftover: "p/m"},
		{text: "R1m2", code: adapters.MoneyAmbiguous},
		{text: "R1k500", code: adapters.MoneyAmbiguous},
		{text: "75.00 M", code: adapters.MoneyAmbiguous},
		{text: "2 million", minor: 200000000},
		{text: "R1.5 million rand", minor: 150000000},
		{text: "2 lakh", minor: 20000000},
		{text: "R1.2mil", code: adapters.MoneyAmbiguous}, // a million here, a thousand in Spanish
		{text: "5 mil", code: adapters.MoneyAmbiguous},
		{text: "2 million 500", code: adapters.MoneyAmbiguous},
		{text: "R.500", code: adapters.MoneyAmbiguous},
		{text: "R.1,500.00", code: adapters.MoneyAmbiguous},
		{text: "R12 50", code: adapters.MoneyAmbiguous},
		{text: "150 50", code: adapters.MoneyAmbiguous},
		{text: "100 2000", code: adapters.MoneyAmbiguous},
		{text: "12'50", code: adapters.MoneyAmbiguous},
		{text: "1 200 500,25", minor: 120050025},
		{text: "1 200,500", minor: 120050},
		{text: "12,50.5", code: adapters.MoneyAmbiguous},
		{text: "1,23,456", minor: 12345600},
		{text: "500-600", code: adapters.MoneyAmbiguous},
		{text: "20-30", code: adapters.MoneyAmbiguous},
		{text: "500/600", code: adapters.MoneyAmbiguous},
		{text: "3 x 500", code: adapters.MoneyAmbiguous},
		{text: "500 + 200", code: adapters.MoneyAmbiguous},
		{text: "R5 m", code: adapters.MoneyAmbiguous},
		{text: "500 CR", code: adapters.MoneyAmbiguous},
		{text: "P500", code: adapters.TypeMoney},
		{text: "1.500", decimal: '.', code: adapters.MoneyAmbiguous},
		{text: "1500.125", decimal: '.', minor: 150013},
		{text: "1.500", decimal: '.', kind: adapters.Number, minor: 150},
		{text: "1200 KES", code: adapters.TypeMoney},
		{text: "1200 XYZ", minor: 120000, leftover: "XYZ"},
		{text: "200-", code: adapters.TypeMoney}, // a minus behind
		{text: "1.200,--", decimal: ',', minor: 120000},
		{text: "200.-", minor: 20000},
		{text: "1,234.50/=", minor: 123450},
		{text: "1 234/-", minor: 123400},
		{text: "١٬٢٣٤٫٥٠", minor: 123450},
		{text: "1200,505", decimal: '.', code: adapters.MoneyAmbiguous},
	} {
		a := amounts{currency: "ZAR", decimal: c.decimal}
		got, code := a.read(adapters.Value{Raw: c.text, Kind: c.kind})
		if code != c.code || code == "" && (got.minor != c.minor || got.leftover != c.leftover) {
			t.Errorf("%q with decimal %q: %d %q %q, want %d %q %q", c.text, c.decimal, got.minor, got.leftover, code, c.minor, c.leftover, c.code)
		}
	}
}

// Each currency is written with its signs and its code, in any letters.
func TestAmountsWithTheSignsOfTheirCurrency(t *testing.T) {
	for _, c := range []struct {
		currency, text string
		minor          int64
	}{
		{"MXN", "$75.00 M.N.", 7500},
		{"MXN", "$0.01 M.N.", 1},
		{"MXN", "$1,200.00 M/N", 120000},
		{"MXN", "75.00M.N.", 7500},
		{"MXN", "75 mn", 7500},
		{"MXN", "MX$75", 7500},
		{"MXN", "75 pesos", 7500},
		{"KES", "KSh 1,234.50", 123450},
		{"KES", "Kshs. 1,234.50/=", 123450},
		{"KES", "1,234.50/-", 123450},
		{"KES", "kes 100", 10000},
		{"KES", "Sh 100", 10000},
		{"UGX", "USh 1,200,000", 1200000},
		{"UGX", "12,500/=", 12500},
		{"TZS", "TSh 12,500.00", 1250000},
		{"NGN", "₦1,234.50", 123450},
		{"GHS", "GH₵ 12.50", 1250},
		{"CHF", "CHF 1'234.50", 123450},
		{"GTQ", "Q1,234.50", 123450},
		{"GTQ", "Q. 1,234.50", 123450},
		{"XOF", "12 500 FCFA", 12500},
		{"XAF", "12 500 F CFA", 12500},
		{"XOF", "12.500 CFA", 12500},
		{"MZN", "1.234,50 MT", 123450},
		{"MZN", "MTn 1.234,50", 123450},
		{"AOA", "1.234,50 Kz", 123450},
		{"ARS", "AR$ 1.234,50", 123450},
		{"COP", "COP 1.234.500", 123450000},
		{"CLP", "$12.500", 12500},
		{"PYG", "₲ 1.250.000", 1250000},
		{"HNL", "L. 1,234.50", 123450},
		{"HNL", "Lps. 1,234.50", 123450},
		{"NIO", "C$1,234.50", 123450},
		{"CRC", "₡1 234,50", 123450},
		{"PAB", "B/. 12.50", 1250},
		{"DOP", "RD$ 1,234.50", 123450},
		{"ETB", "Br 1,234.50", 123450},
		{"BWP", "P1,234.50", 123450},
		{"SZL", "E1,234.50", 123450},
		{"LSL", "M1,234.50", 123450},
		{"NAD", "N$1,234.50", 123450},
		{"ZMW", "K1,234.50", 123450},
		{"INR", "₹1,23,456.50", 12345650},
		{"INR", "Rs. 1,234.50", 123450},
		{"IDR", "Rp 1.250.000", 125000000},
		{"SAR", "١٬٢٣٤٫٥٠ ر.س.", 123450},
		{"EGP", "1,234.50 ج.م", 123450},
		{"TRY", "₺1.234,50", 123450},
		{"PLN", "1 234,50 zł", 123450},
		{"RUB", "1 234,50 руб.", 123450},
		{"PHP", "₱1,234.50", 123450},
		{"BOB", "Bs. 1.234,50", 123450},
		{"USD", "US$ 10", 1000},
	} {
		got, code := (amounts{currency: c.currency}).read(adapters.Value{Raw: c.text})
		if code != "" || got.minor != c.minor || got.leftover != "" {
			t.Errorf("%q in %s: %d %q %q, want %d", c.text, c.currency, got.minor, got.leftover, code, c.minor)
		}
	}
	for _, c := range []struct{ currency, text string }{{"USD", "KSh 100"}, {"KES", "100 UGX"}, {"BOB", "S/. 100"}, {"ZMW", "1200K"}, {"LSL", "2M"}, {"ZAR", "100 FCFA"}, {"MXN", "75 mil"}, {"USD", "Q500"}, {"INR", "5L"}, {"INR", "5 Cr"}, {"RWF", "1.500 USD"}} {
		if got, code := (amounts{currency: c.currency}).read(adapters.Value{Raw: c.text}); code == "" {
			t.Errorf("%q in %s: %d %q", c.text, c.currency, got.minor, got.leftover)
		}
	}
}

func TestAmountsBelowZeroAreForAPersonToDecide(t *testing.T) {
	for _, text := range []string{"(R 200,00)", "-200", "R -200", "−200,00", "- R 200"} {
		if got, code := (amounts{currency: "ZAR"}).read(adapters.Value{Raw: text}); code != adapters.TypeMoney {
			t.Errorf("%q: %d %q", text, got.minor, code)
		}
	}
}

func TestCurrenciesWithoutCents(t *testing.T) {
	if got, code := (amounts{currency: "RWF"}).read(adapters.Value{Raw: "Frw 12 500"}); code != "" || got.minor != 12500 {
		t.Errorf("%d %q", got.minor, code)
	}
}

// What is written from minor units reads back as them, whatever the style.
func TestAmountsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(0, 99_999_999_99).Draw(t, "minor")
		style := rapid.SampledFrom([]struct {
			thousands, decimal string
			sign               byte
		}{{" ", ",", ','}, {".", ",", ','}, {",", ".", '.'}, {"\u00a0", ",", ','}, {"'", ".", '.'}}).Draw(t, "style")
		text := "R " + grouped(minor/100, style.thousands) + style.decimal + string(rune('0'+minor%100/10)) + string(rune('0'+minor%10))
		got, code := (amounts{currency: "ZAR", decimal: style.sign}).read(adapters.Value{Raw: text})
		if code != "" || got.minor != minor || got.leftover != "" {
			t.Fatalf("%q reads as %d %q %q", text, got.minor, got.leftover, code)
		}
	})
}

func grouped(n int64, separator string) string {
	digits := []byte{}
	for i := 0; n > 0 || i == 0; i++ {
		if i > 0 && i%3 == 0 {
			digits = append([]byte(separator), digits...)
		}
		digits = append([]byte{byte('0' + n%10)}, digits...)
		n /= 10
	}
	return string(digits)
}

func TestValuesNeverPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		d := dates{order: dayFirst, pivot: 30, coarsest: clients.About, counted: from1900, earliest: "1900-01-01", latest: "2099-12-31"}
		if day, _, code := d.read(s); (day == "") == (code == "") {
			t.Fatalf("%q: day %q, code %q", s, day, code)
		}
		if a, code := (amounts{currency: "ZAR"}).read(adapters.Value{Raw: s}); code == "" && a.minor < 0 {
			t.Fatalf("%q: %d", s, a.minor)
		}
		for _, f := range plainFunctions {
			f(s)
		}
	})
}

func TestDocumentNumbersStayText(t *testing.T) {
	for text, want := range map[string]string{
		`="0000000000002"`: "0000000000002", "'0000000000010": "0000000000010", "8001015009087.0": "8001015009087", "A 12/34": "A 12/34",
	} {
		if got, code := idNumber(0)(text); got != want || code != "" {
			t.Errorf("%q: %q %q, want %q", text, got, code, want)
		}
	}
	for _, text := range []string{"8.0E+12", "0,00000E+12", "8E12"} {
		if got, code := idNumber(0)(text); got != "" || code != adapters.IDDestroyed {
			t.Errorf("%q: %q %q", text, got, code)
		}
	}
	if _, code := idNumber(13)("1015009087"); code != adapters.IDDestroyed {
		t.Errorf("a number that lost its zeros: %q", code)
	}
	if got, code := idNumber(13)("P 1234"); got != "P 1234" || code != "" {
		t.Errorf("a passport: %q %q", got, code)
	}
}

func TestPhonesKeepTheirDigits(t *testing.T) {
	for text, want := range map[string]string{"000-000 0001": "0000000001", "+00 (0) 000 111": "+000000111", "none": "", "12": ""} {
		if got, _ := phone(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestLegacyIsJSONWhateverTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.String(), 2, 2).Draw(t, "values")
		rec := &adapters.Record{Header: adapters.NewHeader([]string{"a \"b\"", "c"}), Values: []adapters.Value{{Raw: values[0]}, {Raw: values[1]}}}
		if s := legacyJSON(rec, []int{0, 1}, nil, nil); s != "" && (clients.Client{Legacy: s, ContactSafety: clients.Safe}).Check() != nil {
			t.Fatalf("%q is no JSON object", s)
		}
	})
}

func TestThreeWay(t *testing.T) {
	target := targetNamed(toReferral)
	_, last := hashesOf([]string{"c", "3201", "2024-01-01", "old"})
	for _, c := range []struct {
		name           string
		current, fresh string
		want           string
		wantConflicts  int
	}{
		{"nothing changed", "old", "old", "old", 0},
		{"the source changed", "old", "new", "new", 0},
		{"the office changed", "mine", "old", "mine", 0},
		{"both changed", "mine", "new", "mine", 1},
		{"both to the same", "new", "new", "new", 0},
	} {
		merged, conflicts := threeWay(target, last, []string{"c", "3201", "2024-01-01", c.current}, []string{"c", "3201", "2024-01-01", c.fresh})
		if merged[3] != c.want || len(conflicts) != c.wantConflicts {
			t.Errorf("%s: %q with %d conflicts, want %q with %d", c.name, merged[3], len(conflicts), c.want, c.wantConflicts)
		}
	}
}

// The office closed a case that the source has closed otherwise: day and
// outcome stay together.
func TestTiedFieldsStayTogether(t *testing.T) {
	target := targetNamed(toCase)
	at := func(closed, outcome string) []string {
		return []string{"k", "1101", "2024-01-01", closed, outcome, "", "", "", ""}
	}
	_, last := hashesOf(at("", ""))
	merged, conflicts := threeWay(target, last, at("2024-02-01", "5101"), at("2024-03-01", "5201"))
	if merged[3] != "2024-02-01" || merged[4] != "5101" || len(conflicts) != 2 {
		t.Errorf("closed %s with outcome %s, %d conflicts", merged[3], merged[4], len(conflicts))
	}
	_, last = hashesOf(at("2024-02-01", "5201"))
	merged, _ = threeWay(target, last, at("2024-02-01", "5101"), at("", ""))
	if merged[3] != "2024-02-01" || merged[4] != "5101" {
		t.Errorf("an outcome without a day: %q %q", merged[3], merged[4])
	}
}

func TestThePlanComesBackAsItWent(t *testing.T) {
	p, err := newPlan(t.TempDir() + "/plan")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]step{}
	for i := range 5000 {
		s := step{
			stream: uint16(i % 3), action: action(i % 3), resolve: i%2 == 0, key: strings.Repeat("k", i%40),
			loc: adapters.Locator{File: "f", Sheet: "s", Row: int64(i)},
		}
		if i%3 > 0 {
			s.values = []string{"a", "", strings.Repeat("x", i%200)}
			s.problems = []problem{{code: adapters.TypeDate, field: "f", column: "c", raw: "raw", row: "whole", held: i%2 == 0}}
		}
		want = append(want, []step{s, s})
		if err := p.add([]step{s, s}); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	if err := p.each(func(got []step) error {
		if len(got) != 2 || got[1].key != want[n][1].key || got[1].loc != want[n][1].loc || len(got[1].values) != len(want[n][1].values) ||
			len(got[1].problems) != len(want[n][1].problems) || got[1].resolve != want[n][1].resolve {
			t.Fatalf("row %d came back otherwise", n)
		}
		n++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n != len(want) {
		t.Errorf("%d rows of %d came back", n, len(want))
	}
	if _, err := p.file.WriteAt([]byte{1}, 100); err != nil {
		t.Fatal(err)
	}
	if err := p.each(func([]step) error { return nil }); err == nil {
		t.Error("a plan that was changed on the disk was applied")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}
