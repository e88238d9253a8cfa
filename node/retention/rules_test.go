package retention

import (
	"errors"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/privacytest"
	"casehub/node/cases"
	"casehub/node/clients"
)

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, Request{ID: "0190-id", Note: "her aunt called"}, "0190-id", "aunt")
}

// The years of a type are those that were set for it, else for its category, else
// the program's; a file about a child is kept until it has grown up.
func TestHowLongAFileIsKept(t *testing.T) {
	set := map[codelist.Code]int{1102: 9, 1600: 6}
	r := Rules{reg, set}
	for _, c := range []struct {
		code codelist.Code
		want int
	}{{1101, 7}, {1102, 9}, {1401, 10}, {1601, 6}, {1701, 30}, {0, 3}} {
		if got := r.Years(c.code); got != c.want {
			t.Errorf("%d is kept for %d years, want %d", c.code, got, c.want)
		}
	}
	adult, child := holder{birth: "1980-05-01", updated: "2026-01-01"}, holder{birth: "2020-05-01", updated: "2026-01-01"}
	for name, c := range map[string]struct {
		h     holder
		files []file
		want  civil.Date
	}{
		"a closed case":     {adult, []file{{caseType: 1101, closed: "2024-02-29"}}, "2031-03-01"},
		"the longest":       {adult, []file{{caseType: 1101, closed: "2026-01-01"}, {caseType: 1401, closed: "2024-01-01"}}, "2034-01-01"},
		"an open case":      {adult, []file{{caseType: 1101, closed: "2020-01-01"}, {caseType: 1101}}, ""},
		"a child":           {child, []file{{caseType: 1101, closed: "2026-01-01"}}, "2041-05-01"},
		"nobody knows when": {holder{}, []file{{caseType: 1101, closed: "2026-01-01"}}, "2033-01-01"},
		"no case":           {adult, nil, "2029-01-01"},
	} {
		if got := r.lastDayOf(c.h, c.files); got != c.want {
			t.Errorf("%s: kept until %q, want %q", name, got, c.want)
		}
	}
}

func TestARuleHasAFloor(t *testing.T) {
	o := open(t)
	for _, c := range []struct {
		code  codelist.Code
		years int
		want  error
	}{
		{1101, 5, nil}, {1101, 4, errYears}, {1100, 101, errYears}, {1100, -1, errYears}, {0, 1, nil}, {0, -1, errYears}, {9999, 7, errUnknown}, {1101, 0, nil},
	} {
		if err := o.SetRule(t.Context(), miriam, c.code, c.years); !errors.Is(err, c.want) && errs.KindOf(err) != errs.KindOf(c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%d years for %d: %v, want %v", c.years, c.code, err, c.want)
		}
	}
	rules := must[Rules](t)(o.Rules(t.Context()))
	if got := rules.Years(1101); got != 7 {
		t.Errorf("a rule that was given back leaves %d years", got)
	}
	if got := rules.Years(0); got != 1 {
		t.Errorf("a client without a case is kept %d years", got)
	}
	if err := o.SetRule(t.Context(), actor.Actor{Kind: actor.Person, ID: "stranger"}, 1101, 8); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a stranger sets a rule: %v", err)
	}
}

// What is due is listed as the rules say, and asked for in one step: the whole
// client where all is due, else what is.
func TestWhatIsDueIsListed(t *testing.T) {
	o := open(t)
	all := o.comes("all", 2, "2026-02-20")
	some := o.comes("some", 1, "2026-02-20")
	o.comes("none", 0, "2026-02-20")
	violence := must[cases.Case](t)(o.cases.Open(t.Context(), miriam, cases.Case{ClientID: some.client, Type: 1401, OpenedOn: "2026-02-01"}))
	o.ok(o.cases.Close(t.Context(), miriam, violence.ID, violence.Version, "2026-02-20", 5201))
	if list := must[[]Lapsed](t)(o.Lapsed(t.Context(), miriam)); len(list) != 0 {
		t.Errorf("%d clients are due today", len(list))
	}
	o.clock = o.clock.AddDate(7, 0, 0)
	got := map[string][2]int{}
	for _, l := range must[[]Lapsed](t)(o.Lapsed(t.Context(), miriam)) {
		got[l.ID] = [2]int{l.Cases, l.Over}
	}
	if len(got) != 3 || got[string(all.client)] != [2]int{2, 2} || got[string(some.client)] != [2]int{2, 1} {
		t.Errorf("due are %v", got)
	}
	for _, id := range []clients.ID{all.client, some.client} {
		o.ok(o.AskDue(t.Context(), miriam, string(id)))
	}
	if err := o.AskDue(t.Context(), miriam, string(some.client)); !errors.Is(err, ErrNothingDue) {
		t.Errorf("asked twice: %v", err)
	}
	waiting := must[[]Pending](t)(o.Requests(t.Context(), o.sipho))
	if len(waiting) != 2 || waiting[0].Case != "" || waiting[1].Case == "" || !waiting[0].Ready || !waiting[1].Ready {
		t.Errorf("%d requests wait", len(waiting))
	}
	for _, r := range waiting {
		v := must[View](t)(o.Preview(t.Context(), o.sipho, r.ID))
		if v.Referrals != len(v.Cases) || v.Documents != len(v.Cases) || v.Refusal != nil {
			t.Errorf("the preview of %d cases counts %d referrals and %d documents, %v", len(v.Cases), v.Referrals, v.Documents, v.Refusal)
		}
		o.ok(o.Approve(t.Context(), o.sipho, r.ID))
	}
	if list := must[[]Lapsed](t)(o.Lapsed(t.Context(), miriam)); len(list) != 1 {
		t.Errorf("%d clients are due afterwards", len(list))
	}
}
