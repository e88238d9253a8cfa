package consents_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/privacytest"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/consents"
	"casehub/node/migrations"
)

var miriam = accesstest.Director

// office is an office whose clock a test may set.
type office struct {
	*consents.Service
	db      *sqlite.DB
	gate    *access.Gate
	clients *clients.Service
	cases   *cases.Service
	now     time.Time
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{db: sqlitetest.Open(t, migrations.FS), now: time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return o.now }
	o.gate, _ = accesstest.OpenAt(t, o.db, clock)
	reg := codelist.National()
	o.Service = consents.NewService(o.db, o.gate, clock)
	o.clients, o.cases = clients.NewService(o.db, reg, o.gate, clock), cases.NewService(o.db, reg, o.gate, clock)
	return o
}

func (o *office) client(t *testing.T) clients.ID {
	t.Helper()
	c, err := o.clients.Create(t.Context(), miriam, clients.Client{Surname: "Nkosi", ContactSafety: clients.Safe})
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func (o *office) opens(t *testing.T, k clients.ID) cases.ID {
	t.Helper()
	c, err := o.cases.Open(t.Context(), miriam, cases.Case{ClientID: k, Type: 1102, OpenedOn: civil.On(o.now)})
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func yes(k clients.ID, p consents.Purpose, on civil.Date) consents.Consent {
	return consents.Consent{ClientID: k, Purpose: p, Answer: consents.Given, AnsweredOn: on, Manner: consents.Writing}
}

func (o *office) says(t *testing.T, c consents.Consent) consents.Consent {
	t.Helper()
	got, err := o.Record(t.Context(), miriam, c)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestNothingPersonalIsEverFormatted(t *testing.T) {
	privacytest.Hides(t, consents.Consent{ID: "0190-id", Guardian: "Thandi", Note: "by her aunt"}, "0190-id", "Thandi", "aunt")
	privacytest.Hides(t, consents.Due{ID: "0190-id", Name: "Nkosi"}, "0190-id", "Nkosi")
}

// The newest answer holds, the others stay as they were, and what was asked of
// nobody is not agreed to.
func TestTheNewestAnswerHoldsAndTheOthersStay(t *testing.T) {
	o := open(t)
	k := o.client(t)
	first := o.says(t, yes(k, consents.Referral, "2026-03-01"))
	if first.ExpiresOn != "2026-08-31" {
		t.Errorf("six months from 1 March end on %s", first.ExpiresOn)
	}
	no := yes(k, consents.Referral, "2026-03-02")
	no.Answer, no.Note = consents.Withdrawn, "told another office"
	second := o.says(t, no)
	standing, history, err := o.OfClient(t.Context(), miriam, k)
	if err != nil {
		t.Fatal(err)
	}
	type plain consents.Consent
	if d := cmp.Diff([]plain{plain(second), plain(first)}, []plain{plain(history[0]), plain(history[1])}); d != "" || len(history) != 2 {
		t.Error(d)
	}
	for _, s := range standing {
		want := consents.Unasked
		if s.Purpose == consents.Referral {
			want = consents.No
		}
		if s.State != want {
			t.Errorf("%s is %s, want %s", s.Purpose, s.State, want)
		}
	}
	entries, err := audit.Of(t.Context(), o.db, string(k), 10)
	if err != nil || entries[0].Action != "consent.withdrawn" || entries[1].Action != "consent.given" {
		t.Errorf("the audit has %v, %v", entries, err)
	}
	if _, err := o.db.Exec(t.Context(), `UPDATE consents SET answer = 'given' WHERE answer = 'withdrawn'`, nil); err == nil {
		t.Error("an answer could be changed")
	}
}

func TestAConsentEndsWithItsTerm(t *testing.T) {
	o := open(t)
	k := o.client(t)
	o.says(t, yes(k, consents.Feedback, "2025-08-31"))
	if err := o.SetTerms(t.Context(), miriam, []consents.Term{{Purpose: consents.Story, Months: 0}}); err != nil {
		t.Fatal(err)
	}
	o.says(t, yes(k, consents.Story, "2025-08-31"))
	for _, c := range []struct {
		purpose consents.Purpose
		on      civil.Date
		want    bool
	}{
		{consents.Feedback, "2026-02-26", true},
		{consents.Feedback, "2026-02-27", true},
		{consents.Feedback, "2026-02-28", false},
		{consents.Story, "2099-12-31", true},
		{consents.Contact, "2026-03-31", false},
	} {
		o.now = c.on.Time()
		if got, err := o.Stands(t.Context(), miriam, k, c.purpose); err != nil || got.Allows() != c.want {
			t.Errorf("%s on %s: %v, %v", c.purpose, c.on, got, err)
		}
	}
}

func TestAnAnswerIsChecked(t *testing.T) {
	o := open(t)
	k := o.client(t)
	o.says(t, yes(k, consents.Record, "2026-03-10"))
	for name, c := range map[string]struct {
		change func(*consents.Consent)
		field  string
	}{
		"no purpose":              {func(c *consents.Consent) { c.Purpose = "marketing" }, "purpose"},
		"no answer":               {func(c *consents.Consent) { c.Answer = "" }, "answer"},
		"no manner":               {func(c *consents.Consent) { c.Manner = "telepathy" }, "manner"},
		"a day to come":           {func(c *consents.Consent) { c.AnsweredOn = "2026-04-01" }, "answered_on"},
		"before the last":         {func(c *consents.Consent) { c.AnsweredOn = "2026-03-09" }, "answered_on"},
		"a guardian without":      {func(c *consents.Consent) { c.Manner = consents.Guardian }, "guardian"},
		"a guardian too many":     {func(c *consents.Consent) { c.Guardian = "Thandi" }, "guardian"},
		"withdrawn, never given":  {func(c *consents.Consent) { c.Purpose, c.Answer = consents.Story, consents.Withdrawn }, "answer"},
		"a note that is too long": {func(c *consents.Consent) { c.Note = strings.Repeat("x", 1001) }, "note"},
		"a day of no calendar":    {func(c *consents.Consent) { c.AnsweredOn = "2026-02-30" }, "answered_on"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := yes(k, consents.Record, "2026-03-11")
			c.change(&answer)
			_, err := o.Record(t.Context(), miriam, answer)
			if e := errs.As(err); e == nil || errs.KindOf(err) != errs.Invalid || e.Field() != c.field {
				t.Errorf("got %v, want %s at fault", err, c.field)
			}
		})
	}
}

// What is due shows to who may ask the client, the first to end first, and no
// more once the client answered again.
func TestWhatRunsOutIsAskedAgain(t *testing.T) {
	o := open(t)
	k, other := o.client(t), o.client(t)
	o.opens(t, k)
	o.says(t, yes(k, consents.Referral, "2025-10-10"))     // to 9 April: soon
	o.says(t, yes(k, consents.Feedback, "2025-08-01"))     // ran out
	o.says(t, yes(k, consents.Contact, "2026-03-01"))      // next year
	o.says(t, yes(other, consents.Referral, "2025-08-01")) // no open case
	var got []consents.Purpose
	due, _, err := o.Due(t.Context(), miriam, consents.Cursor{})
	for _, d := range due {
		got = append(got, d.Purpose)
	}
	if d := cmp.Diff([]consents.Purpose{consents.Feedback, consents.Referral}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	stranger := accesstest.Hire(t, o.db, "stranger", "")
	accesstest.Appoint(t, o.db, stranger.ID, "paralegal", "")
	if due, _, err := o.Due(t.Context(), stranger, consents.Cursor{}); err != nil || len(due) != 0 {
		t.Errorf("a stranger is told of %d, %v", len(due), err)
	}
	o.says(t, yes(k, consents.Feedback, "2026-03-31"))
	if due, _, err := o.Due(t.Context(), miriam, consents.Cursor{}); err != nil || len(due) != 1 || due[0].Expired {
		t.Errorf("%d are due after one was renewed, %v", len(due), err)
	}
}

func TestOnlyWhoMayEditsRecords(t *testing.T) {
	o := open(t)
	k := o.client(t)
	auditor := accesstest.Hire(t, o.db, "auditor", "")
	accesstest.Appoint(t, o.db, auditor.ID, "auditor", "")
	stranger := accesstest.Hire(t, o.db, "stranger", "")
	for _, who := range []actor.Actor{auditor, stranger} {
		if _, err := o.Record(t.Context(), who, yes(k, consents.Record, "2026-03-01")); errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s recorded a consent: %v", who.ID, err)
		}
	}
	if _, _, err := o.OfClient(t.Context(), stranger, k); !errors.Is(err, access.ErrNoClient) {
		t.Errorf("a stranger reads consents: %v", err)
	}
	if err := o.SetTerms(t.Context(), auditor, nil); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("an auditor sets terms: %v", err)
	}
}

func TestPagesOfWhatIsDueGoOn(t *testing.T) {
	o := open(t)
	for range 33 {
		k := o.client(t)
		o.opens(t, k)
		o.says(t, yes(k, consents.Referral, "2025-08-01"))
	}
	first, next, err := o.Due(t.Context(), miriam, consents.Cursor{})
	if err != nil || len(first) != 30 {
		t.Fatalf("%d on the first page, %v", len(first), err)
	}
	mark, err := consents.ParseCursor(next.String())
	if err != nil {
		t.Fatal(err)
	}
	rest, end, err := o.Due(t.Context(), miriam, mark)
	if err != nil || len(rest) != 3 || end.ID != "" {
		t.Errorf("%d on the second page, %v, %v", len(rest), end, err)
	}
	if _, err := consents.ParseCursor("x"); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
}
