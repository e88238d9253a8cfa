package clients_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/clients"
)

func search(t *testing.T, s *clients.Service, typed string) []string {
	t.Helper()
	page, err := s.List(t.Context(), miriam, clients.Filter{Search: typed})
	if err != nil {
		t.Fatalf("searching: %v", err)
	}
	var names []string
	for _, l := range page.Lines {
		names = append(names, l.FullName())
	}
	return names
}

func person(surname, given string) clients.Client {
	return clients.Client{Surname: surname, GivenNames: given, ContactSafety: clients.Safe}
}

func TestSearchFindsAsSomebodyTypes(t *testing.T) {
	s, _ := office(t)
	n := create(t, s, nolwazi())
	create(t, s, person("Dlamini", "Sipho"))
	for _, c := range []struct {
		typed string
		want  []string
	}{
		{"nol", []string{"Nolwazi Grace Nkósi"}},
		{"NKOSI nolwazi", []string{"Nolwazi Grace Nkósi"}},
		{"0835550102", []string{"Nolwazi Grace Nkósi"}},
		{"083-555", []string{"Nolwazi Grace Nkósi"}},
		{"083 555", []string{"Nolwazi Grace Nkósi"}},
		{"80050101", []string{"Nolwazi Grace Nkósi"}},
		{n.Reference, []string{"Nolwazi Grace Nkósi"}},
		{strings.ToLower(n.Reference[2:6]), []string{"Nolwazi Grace Nkósi"}},
		{"tuesdays", nil},
		{"  ", []string{"Sipho Dlamini", "Nolwazi Grace Nkósi"}},
		{"***", nil},
		{`" OR surname:*`, nil},
	} {
		if d := cmp.Diff(c.want, search(t, s, c.typed)); d != "" {
			t.Errorf("%q: %s", c.typed, d)
		}
	}
}

func TestSearchFollowsAnEdit(t *testing.T) {
	s, db := office(t)
	c := create(t, s, nolwazi())
	c.Phones, c.IDNumber = "011-555 0000", "80 05"
	c.Surname = "Zulu"
	if err := s.Update(t.Context(), miriam, c); err != nil {
		t.Fatal(err)
	}
	if got := search(t, s, "nkosi"); got != nil {
		t.Errorf("the old name finds %d", len(got))
	}
	if got := search(t, s, "zulu"); len(got) != 1 {
		t.Errorf("the new name finds %d", len(got))
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO clients_fts (clients_fts, rank) VALUES ('integrity-check', 1)`, nil); err != nil {
		t.Errorf("the index does not match the clients: %v", err)
	}
}

func TestPagesHoldEveryClientOnce(t *testing.T) {
	s, db := office(t)
	for range 23 {
		create(t, s, person("Dlamini", "Sipho"))
	}
	if _, err := db.Exec(t.Context(), `UPDATE clients SET updated_at = updated_at / 5000 * 5000`, nil); err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{"", "dlam"} {
		seen := map[clients.ID]int{}
		f := clients.Filter{Search: typed, Limit: 4}
		for pages := 0; pages < 10; pages++ {
			page, err := s.List(t.Context(), miriam, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page.Lines {
				seen[l.ID]++
			}
			if f.After = page.Next; f.After.ID == "" {
				break
			}
		}
		if len(seen) != 23 {
			t.Errorf("search %q: %d clients on all pages", typed, len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("search %q: client %s on %d pages", typed, id, n)
			}
		}
	}
}

func TestPossibleDuplicates(t *testing.T) {
	s, _ := office(t)
	n := create(t, s, nolwazi())
	create(t, s, person("Dlamini", "Sipho"))
	for _, c := range []struct {
		name  string
		other clients.Client
		want  bool
	}{
		{"same document", clients.Client{IDNumber: "8005010123087"}, true},
		{"same document with spaces", clients.Client{IDNumber: "800501 0123 087"}, true},
		{"same name and birth date", clients.Client{Surname: "NKOSI", GivenNames: "nolwazi grace", BirthDate: "1980-05-01"}, true},
		{"names in the other fields", clients.Client{Surname: "Nolwazi", GivenNames: "Nkosi", BirthDate: "1980-05-01"}, true},
		{"other birth date", clients.Client{Surname: "Nkosi", GivenNames: "Nolwazi", BirthDate: "1980-05-02"}, false},
		{"same name alone", clients.Client{Surname: "Nkosi", GivenNames: "Nolwazi"}, false},
		{"half a name", clients.Client{Surname: "Nko", GivenNames: "Nol", BirthDate: "1980-05-01"}, false},
		{"surname and birth date", clients.Client{Surname: "Nkosi", BirthDate: "1980-05-01"}, false},
		{"nothing known", clients.Client{}, false},
		{"itself", n, false},
	} {
		got, err := s.PossibleDuplicates(t.Context(), miriam, c.other)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if (len(got) == 1 && got[0].ID == n.ID) != c.want || len(got) > 1 {
			t.Errorf("%s: %d found, want %t", c.name, len(got), c.want)
		}
	}
}

func TestATakenReferenceGrows(t *testing.T) {
	s, db := office(t)
	first := create(t, s, nolwazi())
	c := nolwazi()
	c.ID, c.CreatedAt, c.UpdatedAt = clients.NewID(), noon, noon
	if _, err := db.Exec(t.Context(), `UPDATE clients SET reference = @taken WHERE id = @id`,
		sqlite.Args{"taken": reference.Short("K", string(c.ID), reference.Shortest), "id": string(first.ID)}); err != nil {
		t.Fatal(err)
	}
	if err := db.Tx(t.Context(), func(tx *sqlite.Tx) error { return clients.Insert(t.Context(), tx, c) }); err != nil {
		t.Fatal(err)
	}
	got, _, err := s.ByID(t.Context(), miriam, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want := reference.Short("K", string(c.ID), reference.Shortest); !strings.HasPrefix(got.Reference, want) || len(got.Reference) != len(want)+2 {
		t.Errorf("reference %s, want %s and two more", got.Reference, want)
	}
}
