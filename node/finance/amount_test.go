package finance_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"casehub/node/finance"
)

func TestParseAmountReadsWhatPeopleWrite(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		want           int64
	}{
		{"1250.50", "ZAR", 125050},
		{"1 250,50", "ZAR", 125050},
		{"1\u00a0250,5", "ZAR", 125050},
		{"1,250.50", "ZAR", 125050},
		{"1.250,50", "BOB", 125050},
		{"1'250.50", "CHF", 125050},
		{"1,250,000", "ZAR", 125000000},
		{"1.250.000", "RWF", 1250000},
		{"80", "ZAR", 8000},
		{"-80", "ZAR", -8000},
		{"\u221280", "ZAR", -8000},
		{"80", "RWF", 80},
		{"0.05", "PEN", 5},
		{"1.250", "KWD", 1250},
		{" 7 ", "USD", 700},
	} {
		if got, err := finance.ParseAmount(c.text, c.currency); err != nil || got != c.want {
			t.Errorf("%q %s: %d, %v, want %d", c.text, c.currency, got, err, c.want)
		}
	}
}

func TestParseAmountRefuses(t *testing.T) {
	for _, c := range []struct{ text, currency string }{
		{"", "ZAR"},
		{"-", "ZAR"},
		{".", "ZAR"},
		{".50", "ZAR"},
		{"5.", "ZAR"},
		{"abc", "ZAR"},
		{"1e3", "ZAR"},
		{"R100", "ZAR"},
		{"1.250", "ZAR"},
		{"1,250", "ZAR"},
		{"1,250", "KWD"},
		{"1.255", "ZAR"},
		{"1.2", "RWF"},
		{"1,25,000", "ZAR"},
		{"12.34.56", "ZAR"},
		{"1,2.5,0", "ZAR"},
		{"--1", "ZAR"},
		{"1234567890123456789", "ZAR"},
		{"١٢", "ZAR"},
	} {
		if got, err := finance.ParseAmount(c.text, c.currency); !errors.Is(err, finance.ErrAmount) {
			t.Errorf("%q %s: %d, %v", c.text, c.currency, got, err)
		}
	}
}

func TestAmountsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(-1e12, 1e12).Draw(t, "minor")
		currency := rapid.SampledFrom([]string{"ZAR", "PEN", "RWF", "KWD"}).Draw(t, "currency")
		text := finance.FormatPlain(minor, currency)
		if got, err := finance.ParseAmount(text, currency); err != nil || got != minor {
			t.Fatalf("%d %s as %q came back as %d, %v", minor, currency, text, got, err)
		}
	})
}

func TestParseAmountNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _ = finance.ParseAmount(rapid.OneOf(rapid.String(), rapid.StringMatching(`[-0-9., ]{0,24}`)).Draw(t, "text"), "ZAR")
	})
}

func TestUnitsAreRounded(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency string
		want     int64
	}{{125049, "ZAR", 1250}, {125050, "ZAR", 1251}, {-125050, "ZAR", -1251}, {0, "ZAR", 0}, {1250, "RWF", 1250}, {1499, "KWD", 1}} {
		if got := (finance.Total{Amount: c.amount, Currency: c.currency}).Units(); got != c.want {
			t.Errorf("%d %s: %d, want %d", c.amount, c.currency, got, c.want)
		}
	}
}
