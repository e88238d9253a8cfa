package imports_test

import (
	"slices"
	"strings"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// A quarantine shows nobody what may be about a case or client that they do not
// see: not the rows of a walled case, nor others of the same row or that name it,
// nor rows of which nobody can tell whose they are.
func TestTheQuarantineIsReadBehindWalls(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	s := service(t, db)
	walled := accesstest.Hire(t, db, "walled", "")
	accesstest.Appoint(t, db, "walled", "director", "")
	partial := accesstest.Hire(t, db, "partial", "")
	for action, classes := range map[string]string{"imports.run": "contact narrative finance sensitive", "cases.read": "contact narrative finance", "clients.read": "contact narrative finance sensitive"} {
		accesstest.Own(t, db, "importers", action, "organisation", classes)
	}
	accesstest.Appoint(t, db, "partial", "importers", "")
	bare := accesstest.Hire(t, db, "bare", "")
	accesstest.Own(t, db, "bare", "imports.run", "organisation", "contact narrative finance sensitive")
	accesstest.Appoint(t, db, "bare", "bare", "")

	m := parse(t, strings.NewReplacer("failed_share: 0.5", "failed_share: 1", "complete: true\n", "").Replace(register))
	row := func(no, person, name, phone, in, note string) string {
		return no + ";" + person + ";" + name + ";" + phone + ";F;wages;" + in + ";;" + note + ";;R 5;\n"
	}
	good := row("1", "P1", "Aardvark", "0001111", "01/02/2024", "first") + row("2", "P2", "Buffalo", "0002222", "01/02/2024", "second") +
		row("3", "P3", "Cheetah", "0003333", "01/02/2024", "third") + row("4", "P4", "Dassie", "0004444", "01/02/2024", "fourth")
	run(t, db, m, write(t, registerHeader+good), imports.Options{})
	shut(t, db, "walled", "first")
	bad := row("1", "P1", "Aardvark", "0001111", "CANARY 1", "first") + row("2", "P2", "Buffalo", "0002222", "CANARY 2", "second") +
		row("3", "P3", "Cheetah", "0003333", "CANARY of aardvark", "third") + row("4", "P4", "Dassie", "0004444", "CANARY 4", "fourth") +
		row("9", "P9", "Eland", "0005555", "CANARY new", "fifth") + row("", "", "", "", "CANARY keyless", "")
	run(t, db, m, write(t, registerHeader+bad), imports.Options{})
	if _, err := db.Exec(t.Context(), `UPDATE cases SET case_type = 1401 WHERE summary = 'fourth'`, nil); err != nil {
		t.Fatal(err)
	}
	node := actor.Node()
	for who, want := range map[actor.Actor][]string{
		importer:                           {"CANARY 1", "CANARY 2", "CANARY 4", "CANARY new", "CANARY of aardvark"},
		{Kind: actor.Person, ID: "miriam"}: {"CANARY 1", "CANARY 2", "CANARY 4", "CANARY new", "CANARY of aardvark"},
		{Kind: actor.Import, ID: "walled"}: {"CANARY 2", "CANARY 4"},
		walled:                             {"CANARY 2", "CANARY 4"},
		partial:                            {"CANARY 1", "CANARY 2", "CANARY of aardvark"},
		bare:                               nil,
		node:                               {"CANARY 1", "CANARY 2", "CANARY 4", "CANARY new", "CANARY of aardvark"},
	} {
		var got []string
		p, err := s.HeldBy(t.Context(), who, 0, func(h imports.Held) error {
			if strings.HasPrefix(h.Raw, "CANARY") && !slices.Contains(got, h.Raw) {
				got = append(got, h.Raw)
			}
			return nil
		})
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s reads %q, %v, want %q", who, got, err, want)
		}
		if len(p.Report.Streams) != 0 || p.ID != 2 {
			t.Errorf("%s is told of run %d and the counts of all its rows", who, p.ID)
		}
	}
	typedOver(t, s, walled)
	n := 0
	for _, all := range []bool{true, false} {
		who := importer
		if !all {
			who = walled
		}
		count := 0
		if _, err := s.HeldBy(t.Context(), who, 0, func(h imports.Held) error {
			if !all && (strings.Contains(strings.ToLower(h.Raw+h.Key), "aardvark") || h.Loc.Row == 2) {
				t.Errorf("a walled person reads %s of stream %s", h, h.Stream)
			}
			count++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !all && count >= n {
			t.Errorf("%d entries, as many as without a wall", count)
		}
		n = count
	}
}

// shut puts a wall between a person and the case with a summary.
func shut(t *testing.T, db *sqlite.DB, person, summary string) {
	t.Helper()
	var id string
	if err := db.QueryRow(t.Context(), `SELECT id FROM cases WHERE summary = @summary`, sqlite.Args{"summary": summary}).Scan(&id); err != nil {
		t.Fatal(err)
	}
	gate := accesstest.Gate(t, db, clock)
	if _, err := access.NewService(db, gate, clock).Raise(t.Context(), accesstest.Director, access.Wall{CaseID: id, PersonID: person, Reason: access.Related}); err != nil {
		t.Fatal(err)
	}
}

// typedOver types the name of a client, whom a wall hides, over a row that somebody behind it
// reads: then they do not read it.
func typedOver(t *testing.T, s *imports.Service, walled actor.Actor) {
	t.Helper()
	before := editsOf(t, s, walled, 2)
	if len(before) == 0 {
		t.Fatal("a walled person reads no row")
	}
	if _, err := s.SaveEdits(t.Context(), actor.Actor{Kind: actor.Person, ID: "miriam"}, 2, before[0].Mark, before[0].Revision, map[string]string{"/Note": "sister of Aardvark"}); err != nil {
		t.Fatal(err)
	}
	if after := editsOf(t, s, walled, 2); len(after) != len(before)-1 || slices.ContainsFunc(after, func(r imports.EditRow) bool { return r.Mark == before[0].Mark }) {
		t.Errorf("%d rows of %d are read after somebody typed the name", len(after), len(before))
	}
}
