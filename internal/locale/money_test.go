package locale_test

import (
	"testing"

	"casehub/internal/locale"
)

func TestMoneyHasTheDecimalsOfItsCurrency(t *testing.T) {
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		minor int64
		code  string
		want  string
	}{
		{123450, "ZAR", "R\u00a01,234.50"},
		{-5, "ZAR", "−R\u00a00.05"},
		{1234, "RWF", "FRw\u00a01,234"},
		{1234567, "KWD", "KWD\u00a01,234.567"},
	} {
		if got := c.Money("en", w.minor, w.code); got != w.want {
			t.Errorf("%d %s: %q, want %q", w.minor, w.code, got, w.want)
		}
	}
}
