package cases_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/privacytest"
	"casehub/node/cases"
	"casehub/node/clients"
)

var reg = codelist.National()

const (
	dismissal codelist.Code = 1101
	violence  codelist.Code = 1401
	settled   codelist.Code = 5101
)

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	secrets := []string{"Kleinfontein", "hit her", "Nolwazi", "Nkosi", "OLD-77"}
	privacytest.Hides(t, cases.Case{ID: "0190-id", OtherParty: "Kleinfontein Farms", Summary: "he hit her", LegacyNumber: "OLD-77", Legacy: `{"a":"Nolwazi"}`}, "0190-id", secrets...)
	privacytest.Hides(t, cases.Line{ID: "0190-id", Client: clients.Line{Surname: "Nkosi", GivenNames: "Nolwazi"}}, "0190-id", secrets...)
	privacytest.Hides(t, cases.Filter{Search: "Nolwazi"}, "filter", secrets...)
}

func days() *rapid.Generator[civil.Date] {
	return rapid.Custom(func(t *rapid.T) civil.Date {
		return civil.Date("2026-01-01").AddDays(rapid.IntRange(0, 30).Draw(t, "days"))
	})
}

// Whatever is done to a case in whatever order, it holds afterwards, and what
// was refused changed nothing.
func TestACaseAlwaysHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := days().Draw(t, "today")
		c := cases.Case{ClientID: "K", Type: dismissal, Status: cases.Open, OpenedOn: civil.Date("2026-01-01").AddDays(rapid.IntRange(0, 3).Draw(t, "opened"))}
		if today.Before(c.OpenedOn) {
			t.Skip("opened in the future")
		}
		t.Repeat(map[string]func(*rapid.T){
			"close": func(t *rapid.T) {
				before, on := c, rapid.OneOf(days(), rapid.SampledFrom([]civil.Date{"", "soon"})).Draw(t, "on")
				outcome := rapid.SampledFrom([]codelist.Code{0, settled}).Draw(t, "outcome")
				may := before.Status == cases.Open && outcome != 0 && on != "" && on != "soon" && on >= c.OpenedOn && on <= today
				if err := c.Close(on, outcome, today); (err == nil) != may {
					t.Fatalf("closing on %q with %d, opened %s, today %s: %v", on, outcome, before.OpenedOn, today, err)
				} else if err != nil && c != before {
					t.Fatal("a refused closing changed the case")
				}
			},
			"reopen": func(t *rapid.T) {
				before := c
				if err := c.Reopen(); (err == nil) != (before.Status == cases.Closed) {
					t.Fatalf("reopening a case that is %s: %v", before.Status, err)
				}
			},
			"": func(t *rapid.T) {
				if err := c.Validate(reg, today); err != nil {
					t.Fatal(err)
				}
				if (c.Status == cases.Closed) != (c.ClosedOn != "" && c.Outcome != 0) {
					t.Fatalf("%s with closing day %q and outcome %d", c.Status, c.ClosedOn, c.Outcome)
				}
			},
		})
	})
}

func TestValidateNamesTheFault(t *testing.T) {
	good := cases.Case{ClientID: "K", Type: dismissal, Status: cases.Closed, OpenedOn: "2026-01-05", ClosedOn: "2026-02-01", Outcome: settled}
	if err := good.Validate(reg, "2026-02-01"); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*cases.Case){
		"cases.client-missing (client)":           func(c *cases.Case) { c.ClientID = "" },
		"cases.type-unknown (case_type)":          func(c *cases.Case) { c.Type = 1100 },
		"cases.status-unknown (status)":           func(c *cases.Case) { c.Status = "stuck" },
		"civil.date (opened_on)":                  func(c *cases.Case) { c.OpenedOn = "2026-02-30" },
		"cases.opened-in-future (opened_on)":      func(c *cases.Case) { c.OpenedOn = "2026-02-02" },
		"cases.closed-before-opening (closed_on)": func(c *cases.Case) { c.ClosedOn = "2026-01-04" },
		"cases.closed-in-future (closed_on)":      func(c *cases.Case) { c.ClosedOn = "2026-02-02" },
		"cases.closing-day-missing (closed_on)":   func(c *cases.Case) { c.ClosedOn = "" },
		"cases.outcome-missing (outcome)":         func(c *cases.Case) { c.Outcome = 0 },
		"cases.outcome-unknown (outcome)":         func(c *cases.Case) { c.Outcome = 1101 },
		"cases.open-with-end (closed_on)":         func(c *cases.Case) { c.Status = cases.Open },
		"text.too-long (summary)":                 func(c *cases.Case) { c.Summary = strings.Repeat("x", 20001) },
		"text.unreadable (other_party)":           func(c *cases.Case) { c.OtherParty = "a\nb" },
		"cases.legacy (legacy)":                   func(c *cases.Case) { c.Legacy = "[1]" },
	} {
		c := good
		spoil(&c)
		if err := c.Validate(reg, "2026-02-01"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

func TestCursorsComeBack(t *testing.T) {
	c := cases.Cursor{OpenedOn: "2026-01-05", ID: "0190-id"}
	if got, err := cases.ParseCursor(c.String()); err != nil || got != c {
		t.Errorf("came back as %+v, %v", got, err)
	}
	for _, s := range []string{"x", "2026-01-05", "2026-01-05.", "2026-13-05.x"} {
		if _, err := cases.ParseCursor(s); !errors.Is(err, cases.ErrCursor) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
