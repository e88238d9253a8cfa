package imports

import (
	"strings"
	"testing"

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
		system serials
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
		{text: "42665", code: adapters.TypeDate},
		{text: "42665", system: from1900, want: "2016-10-22", p: clients.Day},
		{text: "42665.75", system: from1900, want: "2016-10-22", p: clients.Day},
		{text: "41203", system: from1904, want: "2016-10-22", p: clients.Day},
		{text: "60", system: from1900, code: adapters.DateImpossible},
		{text: "61", system: from1900, want: "1900-03-01", p: clients.Day},
		{text: "59", system: from1900, want: "1900-02-28", p: clients.Day},
	} {
		d := dates{order: c.order, pivot: 30, coarsest: clients.About, serials: c.system, earliest: "1900-01-01", latest: "2026-09-01"}
		day, p, code := d.read(c.text)
		if day != c.want || code != c.code || c.want != "" && p != c.p {
			t.Errorf("%q as %q: %q %q %q, want %q %q %q", c.text, c.order, day, p, code, c.want, c.p, c.code)
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
	} {
		a := amounts{currency: "ZAR", decimal: c.decimal}
		got, code := a.read(adapters.Value{Raw: c.text, Kind: c.kind})
		if code != c.code || code == "" && (got.minor != c.minor || got.leftover != c.leftover) {
			t.Errorf("%q with decimal %q: %d %q %q, want %d %q %q", c.text, c.decimal, got.minor, got.leftover, code, c.minor, c.leftover, c.code)
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
		d := dates{order: dayFirst, pivot: 30, coarsest: clients.About, serials: from1900, earliest: "1900-01-01", latest: "2099-12-31"}
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
