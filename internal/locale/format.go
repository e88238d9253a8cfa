package locale

import (
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"casehub/internal/civil"
	"casehub/internal/currency"
)

// numbers says how a language writes numbers. CLDR is asked once, when the
// catalogue is loaded.
type numbers struct {
	printer *message.Printer
	decimal string
}

func numbersOf(tag language.Tag) numbers {
	p := message.NewPrinter(tag)
	half := p.Sprint(number.Decimal(0.5, number.Scale(1)))
	mark := strings.Map(func(r rune) rune {
		if r == '.' || r == ',' || r == '٫' {
			return r
		}
		return -1
	}, half)
	return numbers{printer: p, decimal: mark}
}

func (f numbers) whole(n int64) string { return f.printer.Sprint(number.Decimal(n)) }

// symbols are the signs of currencies that an office is likely to see; another
// currency is shown by its code.
var symbols = map[string]string{
	"ZAR": "R", "USD": "$", "EUR": "€", "GBP": "£", "BRL": "R$", "PEN": "S/", "BOB": "Bs", "RWF": "FRw",
}

// noBreak keeps a sign and its number on one line.
const noBreak = "\u00a0"

// Number writes a whole number with the separators of the language.
func (c *Catalog) Number(lang string, n int64) string { return c.tongue(lang).numbers.whole(n) }

// Percent writes part of whole as a percentage without decimals, or "–" when
// the whole is zero: there is no rate without a base.
func (c *Catalog) Percent(lang string, part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	return c.Number(lang, (part*200+whole)/(2*whole)) + noBreak + "%"
}

// Money writes an amount in minor units with as many decimals as its currency
// has (ISO 4217) and the sign of the currency: 123450 and "ZAR" give
// "R 1,234.50".
func (c *Catalog) Money(lang string, minor int64, code string) string {
	minus := ""
	if minor < 0 {
		minus, minor = "−", -minor
	}
	unit := int64(math.Pow10(currency.MinorDigits(code)))
	f := c.tongue(lang).numbers
	written := minus + sign(code) + noBreak + f.whole(minor/unit)
	if unit == 1 {
		return written
	}
	return written + f.decimal + strconv.FormatInt(unit+minor%unit, 10)[1:]
}

// Hundreds writes an amount given in whole hundreds of the major unit, as
// releases carry it: 250 and "ZAR" give "R 25,000".
func (c *Catalog) Hundreds(lang string, hundreds int64, code string) string {
	if hundreds < 0 {
		return "−" + c.Hundreds(lang, -hundreds, code)
	}
	return sign(code) + noBreak + c.Number(lang, hundreds*100)
}

func sign(code string) string {
	if s, ok := symbols[code]; ok {
		return s
	}
	return code
}

// Date writes a day in full, "2 March 2026". No day gives "".
func (c *Catalog) Date(lang string, d civil.Date) string {
	t := d.Time()
	if t.IsZero() {
		return ""
	}
	return c.Text(lang, "calendar.day",
		"day", strconv.Itoa(t.Day()), "month", c.monthName(lang, "name", t.Month()), "year", strconv.Itoa(t.Year()))
}

// Month writes a month in full, "March 2026". No month gives "".
func (c *Catalog) Month(lang string, m civil.Month) string { return c.month(lang, m, "name") }

// ShortMonth writes a month as an axis or a narrow column does, "Mar 2026".
func (c *Catalog) ShortMonth(lang string, m civil.Month) string { return c.month(lang, m, "short") }

func (c *Catalog) month(lang string, m civil.Month, form string) string {
	if !m.Valid() {
		return ""
	}
	key := "calendar.month"
	if form == "short" {
		key = "calendar.month-short"
	}
	return c.Text(lang, key,
		"month", c.monthName(lang, form, time.Month(m%100)), "year", strconv.Itoa(int(m/100)))
}

// Instant writes a moment to the minute in the zone that it carries,
// "2 March 2026, 14:05". The zero time gives "".
func (c *Catalog) Instant(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.Text(lang, "calendar.instant", "date", c.Date(lang, civil.On(t)), "time", t.Format("15:04"))
}

func (c *Catalog) monthName(lang, form string, m time.Month) string {
	return c.Text(lang, "calendar."+form+"-"+strconv.Itoa(int(m)))
}
