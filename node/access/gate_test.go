package access_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/migrations"
	"casehub/policy"
)

const (
	wages    = 1102
	violence = 1401
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// house is a node with two offices in one region, a third elsewhere, and a clock
// that a test moves.
type house struct {
	db   *sqlite.DB
	gate *access.Gate
	svc  *access.Service
	now  time.Time
}

func open(t testing.TB) *house {
	t.Helper()
	h := &house{db: sqlitetest.Open(t, migrations.FS), now: noon}
	h.gate, _ = accesstest.OpenAt(t, h.db, func() time.Time { return h.now })
	h.svc = access.NewService(h.db, h.gate, func() time.Time { return h.now })
	accesstest.Office(t, h.db, "north", "hills")
	accesstest.Office(t, h.db, "south", "hills")
	accesstest.Office(t, h.db, "coast", "")
	return h
}

// staff hires somebody in an office and appoints them there.
func (h *house) staff(t testing.TB, id, role, office string) actor.Actor {
	t.Helper()
	who := accesstest.Hire(t, h.db, id, office)
	accesstest.Appoint(t, h.db, id, role, "")
	return who
}

// file opens a case with a client of its own.
func (h *house) file(t testing.TB, id, office, responsible string, caseType int) string {
	t.Helper()
	h.client(t, "k-"+id, office, responsible)
	h.exec(t, `
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, office_id, responsible_id, created_at, updated_at)
VALUES (@id, 'C-' || upper(@id), 'k-' || @id, @type, 'open', '2026-03-01', nullif(@office, ''), nullif(@who, ''), 0, 0)`,
		sqlite.Args{"id": id, "office": office, "who": responsible, "type": caseType})
	return id
}

func (h *house) client(t testing.TB, id, office, by string) string {
	t.Helper()
	h.exec(t, `
INSERT INTO clients (id, reference, office_id, registered_id, created_at, updated_at)
VALUES (@id, 'K-' || upper(@id), nullif(@office, ''), nullif(@who, ''), 0, 0)`, sqlite.Args{"id": id, "office": office, "who": by})
	return id
}

func (h *house) exec(t testing.TB, statement string, args sqlite.Args) {
	t.Helper()
	if _, err := h.db.Exec(t.Context(), statement, args); err != nil {
		t.Fatal(err)
	}
}

// listed returns the cases of somebody's list, by every part of the filter.
func (h *house) listed(t testing.TB, who actor.Actor, action string) string {
	t.Helper()
	f, err := h.gate.Cases(t.Context(), who, action)
	if err != nil {
		t.Fatal(err)
	}
	whole := h.ids(t, `SELECT c.id FROM cases c WHERE `+f.SQL+` ORDER BY c.id`, f)
	parts := h.ids(t, `SELECT c.id FROM cases c WHERE `+strings.Join(f.Parts, " OR ")+` ORDER BY c.id`, f)
	if whole != parts {
		t.Errorf("the whole condition lists %q, its parts %q", whole, parts)
	}
	return whole
}

func (h *house) clients(t testing.TB, who actor.Actor, action string) string {
	t.Helper()
	f, err := h.gate.Clients(t.Context(), who, action)
	if err != nil {
		t.Fatal(err)
	}
	return h.ids(t, `SELECT k.id FROM clients k WHERE `+f.SQL+` ORDER BY k.id`, f)
}

func (h *house) ids(t testing.TB, query string, f access.Filter) string {
	t.Helper()
	rows, err := h.db.Query(t.Context(), query, f.Into(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// sees checks that a list and the gate agree on every case.
func (h *house) sees(t testing.TB, who actor.Actor, action, want string) {
	t.Helper()
	if got := h.listed(t, who, action); got != want {
		t.Errorf("%s %s lists %q, want %q", who.ID, action, got, want)
	}
	for _, id := range strings.Fields(h.ids(t, `SELECT id FROM cases`, access.Filter{})) {
		err := h.gate.Case(t.Context(), h.db, who, action, id)
		if listed := strings.Contains(" "+want+" ", " "+id+" "); (err == nil) != listed {
			t.Errorf("%s %s %s: %v, listed %v", who.ID, action, id, err, listed)
		}
	}
}

func TestReachesReach(t *testing.T) {
	h := open(t)
	sup := h.staff(t, "sup", "supervisor", "north")
	par := h.staff(t, "par", "paralegal", "north")
	mate := h.staff(t, "mate", "paralegal", "south")
	intake := h.staff(t, "intake", "intake", "north")
	accesstest.Own(t, h.db, "regional", "cases.read", "region", "contact")
	reg := h.staff(t, "reg", "regional", "south")
	accesstest.Team(t, h.db, "land", "par", "mate")
	h.file(t, "c1", "north", "par", wages)
	h.file(t, "c2", "north", "intake", wages)
	h.file(t, "c3", "south", "mate", violence)
	h.file(t, "c4", "coast", "", wages)
	h.file(t, "c5", "", "", wages)
	h.file(t, "c6", "coast", "par", wages)
	h.sees(t, accesstest.Director, "cases.read", "c1 c2 c3 c4 c5 c6")
	h.sees(t, sup, "cases.read", "c1 c2")
	h.sees(t, par, "cases.read", "c1 c3 c6")
	h.sees(t, mate, "cases.read", "c1 c3 c6")
	h.sees(t, intake, "cases.read", "c2")
	h.sees(t, reg, "cases.read", "c1 c2 c3")
	h.sees(t, reg, "cases.edit", "")
	h.sees(t, actor.Node(), "cases.read", "c1 c2 c3 c4 c5 c6")
	h.sees(t, actor.Actor{Kind: actor.Person, ID: "stranger"}, "cases.read", "")
	h.sees(t, actor.Actor{}, "cases.read", "")
	h.sees(t, actor.Actor{Kind: actor.Import, ID: accesstest.Director.ID}, "cases.read", "")
	if err := h.gate.Case(t.Context(), h.db, reg, "cases.edit", "c1"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("editing what is only seen: %v", err)
	}
	if err := h.gate.Case(t.Context(), h.db, reg, "cases.edit", "c4"); !errors.Is(err, access.ErrNoCase) {
		t.Errorf("editing what is not seen: %v", err)
	}
}

func TestWhoeverLeavesSeesNothing(t *testing.T) {
	h := open(t)
	sup := h.staff(t, "sup", "supervisor", "north")
	h.file(t, "c1", "north", "", wages)
	h.sees(t, sup, "cases.read", "c1")
	h.exec(t, `UPDATE people SET status = 'left' WHERE id = 'sup'`, nil)
	h.sees(t, sup, "cases.read", "")
	if err := h.gate.May(t.Context(), sup, "cases.read"); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("somebody who left: %v", err)
	}
}

// Answers are kept, and every change of what people may do counts at once.
func TestAChangeCountsAtOnce(t *testing.T) {
	h := open(t)
	par := h.staff(t, "par", "paralegal", "north")
	h.staff(t, "mate", "paralegal", "north")
	h.file(t, "c1", "north", "mate", wages)
	h.file(t, "c2", "south", "", wages)
	accesstest.Own(t, h.db, "reader", "cases.read", "office", "")
	step := func(want, statement string) {
		t.Helper()
		h.exec(t, statement, nil)
		h.sees(t, par, "cases.read", want)
	}
	h.sees(t, par, "cases.read", "")
	step("", `INSERT INTO teams (id, name) VALUES ('land', 'land')`)
	step("", `INSERT INTO team_members (team_id, person_id) VALUES ('land', 'par')`)
	step("c1", `INSERT INTO team_members (team_id, person_id) VALUES ('land', 'mate')`)
	step("", `DELETE FROM team_members WHERE person_id = 'mate'`)
	step("c1", `INSERT INTO positions (id, person_id, role, created_at) VALUES ('x', 'par', 'reader', 0)`)
	step("c2", `UPDATE people SET office_id = 'south' WHERE id = 'par'`)
	step("c1", `UPDATE positions SET office_id = 'north' WHERE id = 'x'`)
	step("c1 c2", `UPDATE role_grants SET reach = 'region' WHERE role_id = 'reader'`)
	step("c1", `UPDATE offices SET region_id = NULL WHERE id = 'south'`)
	step("", `DELETE FROM role_grants WHERE role_id = 'reader'`)
	step("c1 c2", `INSERT INTO role_grants (role_id, action, reach) VALUES ('reader', 'cases.read', 'organisation')`)
	step("", `DELETE FROM positions WHERE id = 'x'`)
}

// What a transaction changed and took back is never kept.
func TestAChangeThatWasTakenBackIsNotKept(t *testing.T) {
	h := open(t)
	par := h.staff(t, "par", "paralegal", "north")
	h.file(t, "c1", "north", "", wages)
	undone := errors.New("undone")
	err := h.db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		if _, err := tx.Exec(t.Context(), `INSERT INTO positions (id, person_id, role, created_at) VALUES ('x', 'par', 'director', 0)`, nil); err != nil {
			return err
		}
		if err := h.gate.Case(t.Context(), tx, par, "cases.read", "c1"); err != nil {
			t.Errorf("inside the transaction: %v", err)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	h.exec(t, `INSERT INTO team_members (team_id, person_id) SELECT 'none', 'par' WHERE 0`, nil)
	h.exec(t, `UPDATE people SET status = 'active' WHERE id = 'par'`, nil)
	h.sees(t, par, "cases.read", "")
}

func TestClientsFollowTheirCases(t *testing.T) {
	h := open(t)
	sup := h.staff(t, "sup", "supervisor", "north")
	intake := h.staff(t, "intake", "intake", "north")
	h.file(t, "c1", "north", "", wages)
	h.file(t, "c2", "south", "", wages)
	h.client(t, "k-new", "north", "intake")
	h.client(t, "k-else", "south", "")
	h.exec(t, `UPDATE clients SET office_id = 'north' WHERE id = 'k-c2'`, nil)
	for who, want := range map[actor.Actor]string{
		sup: "k-c1 k-new", intake: "k-new", accesstest.Director: "k-c1 k-c2 k-else k-new",
	} {
		if got := h.clients(t, who, "clients.read"); got != want {
			t.Errorf("%s sees %q, want %q", who.ID, got, want)
		}
	}
	if err := h.gate.Client(t.Context(), h.db, sup, "clients.read", "k-c2"); !errors.Is(err, access.ErrNoClient) {
		t.Errorf("a client whose only case is elsewhere: %v", err)
	}
	h.wall(t, "c1", "sup", "")
	if got := h.clients(t, sup, "clients.read"); got != "k-new" {
		t.Errorf("behind the wall: %q", got)
	}
}

// wall raises a wall as the director.
func (h *house) wall(t testing.TB, caseID, person, until string) access.Wall {
	t.Helper()
	w, err := h.svc.Raise(t.Context(), accesstest.Director, access.Wall{CaseID: caseID, PersonID: person, Reason: access.Related, Until: day(until)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestClassesFollowTheReach(t *testing.T) {
	h := open(t)
	accesstest.Own(t, h.db, "desk", "cases.read", "office", "contact finance")
	accesstest.Own(t, h.db, "mine", "cases.read", "own", "narrative sensitive")
	accesstest.Own(t, h.db, "desk", "clients.read", "office", "contact")
	desk := h.staff(t, "desk", "desk", "north")
	accesstest.Appoint(t, h.db, "desk", "mine", "")
	h.file(t, "c1", "north", "", wages)
	h.file(t, "c2", "north", "", violence)
	h.file(t, "c3", "north", "desk", violence)
	h.file(t, "c4", "south", "desk", wages)
	for id, want := range map[string]access.Classes{
		"c1": {Contact: true, Finance: true, Sensitive: true},
		"c2": {Finance: true},
		"c3": {Finance: true, Narrative: true, Sensitive: true},
		"c4": {Narrative: true, Sensitive: true},
	} {
		if got, err := h.gate.Classes(t.Context(), h.db, desk, id); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", id, got, err, want)
		}
	}
	for id, want := range map[string]bool{"k-c1": true, "k-c2": false} {
		if got, err := h.gate.ClientClasses(t.Context(), h.db, desk, id); err != nil || got.Contact != want {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	if _, err := h.gate.Classes(t.Context(), h.db, desk, "c9"); !errors.Is(err, access.ErrNoCase) {
		t.Errorf("no case: %v", err)
	}
	f, err := h.gate.Cases(t.Context(), desk, "cases.read")
	if err != nil || f.Always(policy.Contact) {
		t.Errorf("contact data are not always read: %v", err)
	}
	f, err = h.gate.Cases(t.Context(), accesstest.Director, "cases.read")
	if err != nil || !f.Always(policy.Contact) || !f.Always(policy.Sensitive) {
		t.Errorf("a director reads everything: %v", err)
	}
}

func TestMay(t *testing.T) {
	h := open(t)
	intake := h.staff(t, "intake", "intake", "north")
	for name, c := range map[string]struct {
		who    actor.Actor
		action string
		may    bool
	}{
		"own role":           {intake, "cases.open", true},
		"another's":          {intake, "cases.wall", false},
		"no such action":     {accesstest.Director, "cases.burn", false},
		"an import imports":  {actor.Actor{Kind: actor.Import, ID: accesstest.Director.ID}, "imports.run", true},
		"an import reads":    {actor.Actor{Kind: actor.Import, ID: accesstest.Director.ID}, "cases.read", false},
		"somebody's import":  {actor.Actor{Kind: actor.Import, ID: "intake"}, "imports.run", false},
		"the node":           {actor.Node(), "figures.read", true},
		"the node manages":   {actor.Node(), "people.manage", false},
		"who says to be one": {actor.Actor{Kind: actor.System, ID: "other"}, "figures.read", false},
		"nobody":             {actor.Actor{}, "cases.read", false},
	} {
		if err := h.gate.May(t.Context(), c.who, c.action); (err == nil) != c.may || err != nil && errs.KindOf(err) != errs.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleFilter() {
	f := access.Filter{SQL: "(c.office_id = @acc_vnorth)", Args: sqlite.Args{"acc_vnorth": "north"}}
	fmt.Println("SELECT count(*) FROM cases c WHERE "+f.SQL, len(f.Into(sqlite.Args{"since": "2026-01-01"})))
	// Output: SELECT count(*) FROM cases c WHERE (c.office_id = @acc_vnorth) 2
}
