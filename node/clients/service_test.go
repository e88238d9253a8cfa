package clients_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access/accesstest"
	"casehub/node/audit"
	"casehub/node/clients"
	"casehub/node/migrations"
)

var (
	miriam = actor.Actor{Kind: actor.Person, ID: "miriam"}
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

// office is a service on a real database with a clock that moves a second a
// look.
func office(t testing.TB) (*clients.Service, *sqlite.DB) {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	now := noon
	clock := func() time.Time { now = now.Add(time.Second); return now }
	gate, _ := accesstest.OpenAt(t, db, clock)
	return clients.NewService(db, codelist.National(), gate, clock), db
}

func nolwazi() clients.Client {
	return clients.Client{
		Surname: "Nkósi", GivenNames: "Nolwazi Grace", BirthDate: "1980-05-01", BirthPrecision: clients.Day,
		Sex: clients.Female, IDNumber: "8005010123087", Phones: "082 555 0101\n083 555 0102",
		ContactSafety: clients.Unsafe, Address: "12 Main Road", Language: "zu", Notes: "walks in on Tuesdays",
		Legacy: `{"farm":"Kleinfontein"}`,
	}
}

func create(t testing.TB, s *clients.Service, c clients.Client) clients.Client {
	t.Helper()
	c, err := s.Create(t.Context(), miriam, c)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCreateKeepsEveryField(t *testing.T) {
	s, _ := office(t)
	want := create(t, s, nolwazi())
	if want.Reference != reference.Short("K", string(want.ID), reference.Shortest) || !strings.HasPrefix(want.Reference, "K-") {
		t.Errorf("reference %q", want.Reference)
	}
	got, _, err := s.ByID(t.Context(), miriam, want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(plain(want), plain(got)); d != "" {
		t.Error(d)
	}
}

// plain drops the methods of a client, for which it is nothing but its ID.
func plain(c clients.Client) any {
	type fields clients.Client
	return fields(c)
}

func TestAClientNeedsNoName(t *testing.T) {
	s, _ := office(t)
	c := create(t, s, clients.Client{ContactSafety: clients.SafetyUnknown})
	if c.FullName() != "" || c.Reference == "" {
		t.Errorf("name %q, reference %q", c.FullName(), c.Reference)
	}
}

func TestCreateNamesEveryFault(t *testing.T) {
	s, _ := office(t)
	_, err := s.Create(t.Context(), miriam, clients.Client{
		Surname: strings.Repeat("n", 201), BirthDate: "2026-03-03", BirthPrecision: clients.Day, ContactSafety: "sometimes", Language: "not a language",
	})
	for _, want := range []string{"text.too-long (surname)", "clients.birth-future (birth_date)", "clients.safety-missing (contact_safety)", "clients.language-unknown (language)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

func TestUpdateKeepsTheFirstSave(t *testing.T) {
	s, _ := office(t)
	a := create(t, s, nolwazi())
	b := a
	a.Notes, b.Notes = "first", "second"
	if err := s.Update(t.Context(), miriam, a); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), miriam, b); !errors.Is(err, clients.ErrChanged) {
		t.Fatalf("second save of the same version: %v, want ErrChanged", err)
	}
	got, _, err := s.ByID(t.Context(), miriam, a.ID)
	if err != nil || got.Notes != "first" || got.Version != 2 {
		t.Errorf("kept %q as version %d, %v", got.Notes, got.Version, err)
	}
}

func TestUnknownClientIsNotFound(t *testing.T) {
	s, _ := office(t)
	if _, _, err := s.ByID(t.Context(), miriam, "nobody"); !errors.Is(err, clients.ErrNotFound) {
		t.Errorf("reading: %v", err)
	}
	c := nolwazi()
	c.ID, c.Version = "nobody", 1
	if err := s.Update(t.Context(), miriam, c); !errors.Is(err, clients.ErrNotFound) {
		t.Errorf("updating: %v", err)
	}
}

func TestEveryOperationLeavesOneAuditEntry(t *testing.T) {
	s, db := office(t)
	c := create(t, s, nolwazi())
	if err := s.Update(t.Context(), miriam, c); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), miriam, c); err == nil {
		t.Fatal("a stale save went through")
	}
	entries, err := audit.Of(t.Context(), db, string(c.ID), 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Actor+" "+e.Action)
	}
	if d := cmp.Diff([]string{"person:miriam client.updated", "person:miriam client.created"}, got); d != "" {
		t.Error(d)
	}
}

func TestReplaceNeedsTheVersionThatWasRead(t *testing.T) {
	s, db := office(t)
	c := create(t, s, nolwazi())
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		if err := clients.Replace(t.Context(), tx, c); err != nil {
			return err
		}
		if err := clients.Replace(t.Context(), tx, c); !errors.Is(err, clients.ErrChanged) {
			return fmt.Errorf("second replace: %w, want ErrChanged", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestInsertRefusesWhatNoFormWouldSave(t *testing.T) {
	_, db := office(t)
	c := nolwazi()
	c.ID, c.CreatedAt, c.UpdatedAt, c.Sex = clients.NewID(), noon, noon, "x"
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error { return clients.Insert(t.Context(), tx, c) })
	if err == nil || !strings.Contains(err.Error(), "clients.sex-unknown (sex)") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkInsert(b *testing.B) {
	_, db := office(b)
	c := nolwazi()
	c.CreatedAt, c.UpdatedAt = noon, noon
	b.ResetTimer()
	err := db.Tx(b.Context(), func(tx *sqlite.Tx) error {
		for range b.N {
			c.ID = clients.NewID()
			if err := clients.Insert(b.Context(), tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// What was done to a client because of one case is history for who sees that
// case, and for nobody else.
func TestHistoryTellsNothingOfAHiddenCase(t *testing.T) {
	s, db := office(t)
	sipho := accesstest.Hire(t, db, "sipho", "")
	accesstest.Appoint(t, db, "sipho", "director", "")
	c := create(t, s, nolwazi())
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for _, id := range []string{"open-to-both", "walled"} {
			if _, err := tx.ExecArgs(t.Context(), `
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (?1, ?1, ?2, 1101, 'open', '2026-03-01', 0, 0)`, id, string(c.ID)); err != nil {
				return err
			}
			if err := audit.RecordWithin(t.Context(), tx, noon, miriam, "erasure.requested", string(c.ID), id); err != nil {
				return err
			}
		}
		_, err := tx.ExecArgs(t.Context(), `
INSERT INTO walls (id, case_id, person_id, reason, raised_by, raised_at)
VALUES ('w', 'walled', 'sipho', 'conflict', 'miriam', 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[actor.Actor]int{miriam: 3, sipho: 2} {
		entries, err := s.History(t.Context(), who, c.ID, 10)
		if err != nil || len(entries) != want {
			t.Errorf("%s: %d entries, want %d (%v)", who, len(entries), want, err)
		}
	}
}
