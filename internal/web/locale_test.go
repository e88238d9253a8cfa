package web

import (
	"os"
	"testing"

	"casehub/internal/locale"
	"casehub/internal/locale/localetest"
)

func TestTheKitSpeaksBothLanguages(t *testing.T) {
	c, err := locale.Load(Locale())
	if err != nil {
		t.Fatal(err)
	}
	localetest.Check(t, c, Locale(), os.DirFS("."))
}
