package cases_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/migrations"
)

var (
	miriam = actor.Actor{Kind: actor.Person, ID: "miriam"}
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

// bench is the services on one real database, with a clock that moves a second
// a look.
type bench struct {
	*cases.Service
	clients *clients.Service
	db      *sqlite.DB
}

func office(t testing.TB) bench {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	now := noon
	clock := func() time.Time { now = now.Add(time.Second); return now }
	gate, _ := accesstest.OpenAt(t, db, clock)
	return bench{Service: cases.NewService(db, reg, gate, clock), clients: clients.NewService(db, reg, gate, clock), db: db}
}

func (b bench) client(t testing.TB, surname, given string) clients.Client {
	t.Helper()
	c, err := b.clients.Create(t.Context(), miriam, clients.Client{Surname: surname, GivenNames: given, ContactSafety: clients.Unsafe})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b bench) open(t testing.TB, k clients.ID, on civil.Date) cases.Case {
	t.Helper()
	c, err := b.Open(t.Context(), miriam, cases.Case{ClientID: k, Type: dismissal, OpenedOn: on, OtherParty: "Kleinfontein Farms", Summary: "sent away without notice"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b bench) read(t testing.TB, id cases.ID) cases.Case {
	t.Helper()
	c, _, err := b.ByID(t.Context(), miriam, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// plain drops the methods of a case, for which it is nothing but its ID.
func plain(c cases.Case) any {
	type fields cases.Case
	return fields(c)
}

func (b bench) actions(t testing.TB, id cases.ID) []string {
	t.Helper()
	return told(t, b, miriam, id)
}

func TestOpenKeepsEveryField(t *testing.T) {
	b := office(t)
	want := b.open(t, b.client(t, "Nkosi", "Nolwazi").ID, "2026-03-01")
	if want.Reference != reference.Short("C", string(want.ID), reference.Shortest) || want.Status != cases.Open || want.Version != 1 {
		t.Errorf("reference %q, %s, version %d", want.Reference, want.Status, want.Version)
	}
	if d := cmp.Diff(plain(want), plain(b.read(t, want.ID))); d != "" {
		t.Error(d)
	}
}

func TestOpenNeedsAClientWhoExists(t *testing.T) {
	b := office(t)
	_, err := b.Open(t.Context(), miriam, cases.Case{ClientID: "nobody", Type: dismissal, OpenedOn: "2026-03-01"})
	if !errors.Is(err, clients.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestTheLifeOfACase(t *testing.T) {
	b := office(t)
	c := b.open(t, b.client(t, "Nkosi", "Nolwazi").ID, "2026-02-01")
	step := func(name string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	step("close", b.Close(t.Context(), miriam, c.ID, 1, "2026-03-01", settled))
	if got := b.read(t, c.ID); got.Status != cases.Closed || got.ClosedOn != "2026-03-01" || got.Outcome != settled || got.Version != 2 {
		t.Errorf("closed as %+v", plain(got))
	}
	if err := b.Close(t.Context(), miriam, c.ID, 2, "2026-03-01", settled); !errors.Is(err, cases.ErrNotOpen) {
		t.Errorf("closing twice: %v", err)
	}
	step("reopen", b.Reopen(t.Context(), miriam, c.ID, 2))
	if err := b.Reopen(t.Context(), miriam, c.ID, 3); !errors.Is(err, cases.ErrNotClosed) {
		t.Errorf("reopening twice: %v", err)
	}
	step("edit", b.Update(t.Context(), miriam, c.ID, cases.Edit{Version: 3, Type: dismissal, OpenedOn: "2026-02-02", Summary: "x"}))
	step("retype", b.Update(t.Context(), miriam, c.ID, cases.Edit{Version: 4, Type: violence, OpenedOn: "2026-02-02", Summary: "x"}))
	want := []string{"case.retyped", "case.updated", "case.reopened", "case.closed", "case.opened"}
	if d := cmp.Diff(want, b.actions(t, c.ID)); d != "" {
		t.Error(d)
	}
}

func TestAStaleChangeIsRefused(t *testing.T) {
	b := office(t)
	c := b.open(t, b.client(t, "Nkosi", "Nolwazi").ID, "2026-02-01")
	edit := cases.Edit{Version: 1, Type: dismissal, OpenedOn: "2026-02-01", Summary: "first"}
	if err := b.Update(t.Context(), miriam, c.ID, edit); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"update": b.Update(t.Context(), miriam, c.ID, edit),
		"close":  b.Close(t.Context(), miriam, c.ID, 1, "2026-03-01", settled),
		"reopen": b.Reopen(t.Context(), miriam, c.ID, 1),
	} {
		if !errors.Is(err, cases.ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := b.actions(t, c.ID); len(got) != 2 {
		t.Errorf("audit %v", got)
	}
}

func TestAnEditOfAClosedCaseKeepsItsEnd(t *testing.T) {
	b := office(t)
	c := b.open(t, b.client(t, "Nkosi", "Nolwazi").ID, "2026-02-01")
	if err := b.Close(t.Context(), miriam, c.ID, 1, "2026-02-10", settled); err != nil {
		t.Fatal(err)
	}
	err := b.Update(t.Context(), miriam, c.ID, cases.Edit{Version: 2, Type: dismissal, OpenedOn: "2026-02-11"})
	if err == nil || !strings.Contains(err.Error(), "cases.closed-before-opening") {
		t.Errorf("opening moved behind the closing: %v", err)
	}
}

func TestUnknownCaseIsNotFound(t *testing.T) {
	b := office(t)
	for name, err := range map[string]error{
		"update": b.Update(t.Context(), miriam, "nothing", cases.Edit{Version: 1}),
		"close":  b.Close(t.Context(), miriam, "nothing", 1, "2026-03-01", settled),
		"reopen": b.Reopen(t.Context(), miriam, "nothing", 1),
	} {
		if !errors.Is(err, cases.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCloseRefusesWhatTheListsDoNotHave(t *testing.T) {
	b := office(t)
	c := b.open(t, b.client(t, "Nkosi", "Nolwazi").ID, "2026-02-01")
	err := b.Close(t.Context(), miriam, c.ID, 1, "2026-02-10", dismissal)
	if err == nil || !strings.Contains(err.Error(), "cases.outcome-unknown (outcome)") {
		t.Errorf("got %v", err)
	}
	if got := b.read(t, c.ID); got.Status != cases.Open {
		t.Errorf("the case is %s", got.Status)
	}
}

func BenchmarkInsert(b *testing.B) {
	o := office(b)
	c := cases.Case{
		ClientID: o.client(b, "Nkosi", "Nolwazi").ID, Type: dismissal, Status: cases.Open, OpenedOn: "2026-02-01",
		OtherParty: "Kleinfontein Farms", Summary: "sent away without notice", LegacyNumber: "2026/77", CreatedAt: noon, UpdatedAt: noon,
	}
	b.ResetTimer()
	err := o.db.Tx(b.Context(), func(tx *sqlite.Tx) error {
		for range b.N {
			c.ID = cases.NewID()
			if err := cases.Insert(b.Context(), tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
