package locale

import (
	"testing"
	"testing/fstest"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
)

func load(t *testing.T, en, es string) *Catalog {
	t.Helper()
	c, err := Load(fstest.MapFS{"en.toml": {Data: []byte(en)}, "es.toml": {Data: []byte(es)}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const count = `[cases.count]
one = "%s {{.n}} one"
many = "{{.n}} many"
other = "{{.n}} other"`

func TestPluralFormsFollowTheLanguage(t *testing.T) {
	c := load(t, count, count)
	for _, row := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "%s 1 one"},
		{"en", 0, "0 other"},
		{"en", 1_000_000, "1,000,000 other"},
		{"es", 1, "%s 1 one"},
		{"es", 2, "2 other"},
		{"es", 1_000_000, "1.000.000 many"},
	} {
		if got := c.Text(row.lang, "cases.count", "n", row.n); got != row.want {
			t.Errorf("%s %d: %q, want %q", row.lang, row.n, got, row.want)
		}
	}
}

func TestAMessageFallsBackToEnglishAndThenToItsKey(t *testing.T) {
	c := load(t, `[a]
b = "only here"`, `[a]
c = "x"`)
	if got := c.Text("es", "a.b"); got != "only here" {
		t.Errorf("missing in Spanish: %q", got)
	}
	if got := c.Text("es", "a.nothing"); got != "[a.nothing]" {
		t.Errorf("missing everywhere: %q", got)
	}
}

func TestAKeyThatStandsTwiceIsRefused(t *testing.T) {
	one := fstest.MapFS{"en.toml": {Data: []byte("[a]\nb = \"1\"")}}
	two := fstest.MapFS{"en.toml": {Data: []byte("[a]\nb = \"2\"")}}
	if _, err := Load(one, two); err == nil {
		t.Fatal("the second message silently won")
	}
}

func TestErrorsAreToldInTheReadersLanguage(t *testing.T) {
	c := load(t, "[x]\nlong = \"At most {{.limit}}.\"", "[x]\nlong = \"Como máximo {{.limit}}.\"")
	long := errs.New(errs.Invalid, "x.long").With("limit", 12000)
	if got := c.Error("es", long); got != "Como máximo 12.000." {
		t.Errorf("a known error: %q", got)
	}
	if got := c.Error("en", civil.ErrDate); got == "[civil.date]" {
		t.Error("the errors of civil have no message")
	}
	if got := c.Error("en", errPlain{}); got != c.Text("en", "error.internal") {
		t.Errorf("a plain error told its text: %q", got)
	}
}

type errPlain struct{}

func (errPlain) Error() string { return "pq: connection to Nomsa refused" }

func TestTheMatcherServesWhoeverItCan(t *testing.T) {
	c := load(t, "", "")
	for want, ask := range map[string][]string{
		"es": {"es-MX,es;q=0.9,en;q=0.1"}, "en": {"fr-FR,zu;q=0.8"},
	} {
		if got := c.Match(ask...); got != want {
			t.Errorf("%q got %q", ask, got)
		}
	}
	if got := c.Match(""); got != Default {
		t.Errorf("nothing asked: %q", got)
	}
	if got := c.Match("§§,;;q=x"); got != Default {
		t.Errorf("garbage asked: %q", got)
	}
}

func TestNumbersMoneyAndDaysFollowTheLanguage(t *testing.T) {
	c := load(t, "", "")
	at := time.Date(2026, 3, 2, 14, 5, 0, 0, time.UTC)
	for _, row := range []struct{ got, want string }{
		{c.Number("en", 1234567), "1,234,567"},
		{c.Number("es", 1234567), "1.234.567"},
		{c.Money("en", 123450, "ZAR"), "R\u00a01,234.50"},
		{c.Money("es", 123405, "ZAR"), "R\u00a01.234,05"},
		{c.Money("en", -5, "XTS"), "−XTS\u00a00.05"},
		{c.Hundreds("en", 250, "ZAR"), "R\u00a025,000"},
		{c.Hundreds("en", -250, "ZAR"), "−R\u00a025,000"},
		{c.Percent("en", 2, 3), "67\u00a0%"},
		{c.Percent("en", 0, 0), "–"},
		{c.Date("en", "2026-03-02"), "2 March 2026"},
		{c.Date("es", "2026-03-02"), "2 de marzo de 2026"},
		{c.Date("en", ""), ""},
		{c.Month("en", 202603), "March 2026"},
		{c.Month("es", 202612), "diciembre de 2026"},
		{c.ShortMonth("en", 202609), "Sep 2026"},
		{c.Month("en", 202613), ""},
		{c.Instant("en", at), "2 March 2026, 14:05"},
		{c.Instant("en", time.Time{}), ""},
	} {
		if row.got != row.want {
			t.Errorf("%q, want %q", row.got, row.want)
		}
	}
}
