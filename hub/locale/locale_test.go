package locale

import (
	"os"
	"testing"

	"casehub/internal/locale"
	"casehub/internal/locale/localetest"
	"casehub/internal/web"
)

func TestTheHubSpeaksBothLanguages(t *testing.T) {
	c, err := locale.Load(web.Locale(), FS)
	if err != nil {
		t.Fatal(err)
	}
	localetest.Check(t, c, FS, os.DirFS(".."), os.DirFS("../../internal/postgres"), os.DirFS("../../internal/broker"), os.DirFS("../../internal/text"))
}
