package clients_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/privacytest"
	"casehub/node/clients"
)

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	c := nolwazi()
	c.ID, c.Reference = "0190-id", "K-REF"
	secrets := []string{c.Surname, "Nolwazi", c.IDNumber, "082 555", "Main Road", "Tuesdays", "Kleinfontein", "1980-05-01"}
	privacytest.Hides(t, c, "0190-id", secrets...)
	privacytest.Hides(t, clients.Line{ID: "0190-id", Surname: c.Surname, GivenNames: c.GivenNames, BirthDate: c.BirthDate}, "0190-id", secrets...)
	privacytest.Hides(t, clients.Filter{Search: "Nolwazi"}, "filter", secrets...)
}

// dates draws days around the present century.
func dates() *rapid.Generator[civil.Date] {
	return rapid.Custom(func(t *rapid.T) civil.Date {
		return civil.Date("1900-01-01").AddDays(rapid.IntRange(0, 60000).Draw(t, "days"))
	})
}

// A birth date holds exactly when it stands at the first day of what is known.
func TestBirthDatesStandAtTheirFirstDay(t *testing.T) {
	precision := rapid.SampledFrom([]clients.Precision{clients.Day, clients.Month, clients.Year, clients.About})
	rapid.Check(t, func(t *rapid.T) {
		c := clients.Client{ContactSafety: clients.Safe, BirthPrecision: precision.Draw(t, "precision"), BirthDate: dates().Draw(t, "date")}
		first := clients.FirstDay(c.BirthDate, c.BirthPrecision)
		if err := c.Check(); (err == nil) != (c.BirthDate == first) {
			t.Fatalf("%s by %s, first day %s: %v", c.BirthDate, c.BirthPrecision, first, err)
		}
		c.BirthDate = first
		if err := c.Check(); err != nil {
			t.Fatalf("first day %s by %s: %v", first, c.BirthPrecision, err)
		}
	})
}

func TestBirthDateAndPrecisionComeTogether(t *testing.T) {
	for _, c := range []clients.Client{
		{ContactSafety: clients.Safe, BirthDate: "1980-05-01"},
		{ContactSafety: clients.Safe, BirthPrecision: clients.Day},
		{ContactSafety: clients.Safe, BirthDate: "1980-02-30", BirthPrecision: clients.Day},
		{ContactSafety: clients.Safe, BirthDate: "1980-01-01", BirthPrecision: "decade"},
	} {
		if err := c.Check(); errs.As(err) == nil || errs.As(err).Field() != "birth_date" {
			t.Errorf("%s by %q: %v", c.BirthDate, c.BirthPrecision, err)
		}
	}
}

// Check blames a field for every fault and never repeats what stood in it.
func TestCheckNeverRepeatsWhatItRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		marker := "Qx" + rapid.StringMatching(`[a-z]{6}`).Draw(t, "marker")
		bad := marker + rapid.SampledFrom([]string{"\x00", "\xff", strings.Repeat("n", 21000)}).Draw(t, "fault")
		c := clients.Client{
			ContactSafety: clients.Safety(bad), Surname: bad, GivenNames: bad, Sex: clients.Sex(bad), IDNumber: bad,
			Phones: bad, Address: bad, Language: bad, Notes: bad, Legacy: bad, BirthDate: civil.Date(bad), BirthPrecision: clients.Precision(bad),
		}
		err := c.Check()
		if err == nil || strings.Contains(err.Error(), marker) {
			t.Fatalf("%v", err)
		}
		for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
			if errs.KindOf(e) != errs.Invalid || errs.As(e).Field() == "" {
				t.Fatalf("%v blames no field", e)
			}
		}
	})
}

func TestCursorsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clients.Cursor{UpdatedAt: rapid.Int64().Draw(t, "at"), ID: clients.ID(rapid.StringMatching(`[0-9a-f-]{1,36}`).Draw(t, "id"))}
		got, err := clients.ParseCursor(c.String())
		if err != nil || got != c {
			t.Fatalf("%+v came back as %+v, %v", c, got, err)
		}
	})
	for _, s := range []string{"x", "1", "1.", ".x", "x.y"} {
		if _, err := clients.ParseCursor(s); !errors.Is(err, clients.ErrCursor) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
