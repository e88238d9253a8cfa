package currency_test

import (
	"testing"

	"casehub/internal/currency"
)

func TestValid(t *testing.T) {
	for code, want := range map[string]bool{"ZAR": true, "zar": false, "ZA": false, "ZARR": false, "": false, "Z1R": false, "ÄÖ": false} {
		if got := currency.Valid(code); got != want {
			t.Errorf("%q: %t", code, got)
		}
	}
}

func TestMinorDigits(t *testing.T) {
	for code, want := range map[string]int{"ZAR": 2, "PEN": 2, "RWF": 0, "KWD": 3, "XXX": 2} {
		if got := currency.MinorDigits(code); got != want {
			t.Errorf("%s: %d", code, got)
		}
	}
}

func TestKnown(t *testing.T) {
	for code, want := range map[string]bool{
		"ZAR": true, "AED": true, "ZWG": true, "HNL": true, "CDF": true, "HUF": true, "XXX": false, "ZAB": false, "zar": false, "AR ": false, "": false,
	} {
		if got := currency.Known(code); got != want {
			t.Errorf("%q: %t", code, got)
		}
	}
}
