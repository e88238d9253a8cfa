package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/pace"
	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// words are a small vocabulary of the policy.
var words = Vocabulary{
	Roles:   []string{Director, "supervisor", "paralegal", "lawyer", "finance", "monitoring", "intake", "auditor"},
	Actions: []string{"cases.read", "cases.close", "clients.read", "people.read", "people.manage", "roles.manage", "organisation.manage"},
	Grants: map[string][]Grant{
		"paralegal": {{Action: "cases.read", Reach: "own"}},
		"lawyer":    {{Action: "cases.read", Reach: "office"}, {Action: "cases.close", Reach: "office"}},
	},
}

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// rights allow a person some actions; whoever has no entry may do everything.
type rights map[actor.Actor][]string

func (g rights) May(_ context.Context, who actor.Actor, action string) error {
	actions, ok := g[who]
	if !ok && who.Kind == actor.Person {
		return nil
	}
	for _, a := range actions {
		if a == action {
			return nil
		}
	}
	return errs.New(errs.Forbidden, "access.forbidden")
}

// office is a node with a director and the parts that a test looks at.
type office struct {
	*Service
	t        testing.TB
	db       *sqlite.DB
	vault    *vault.Vault
	clock    *clock
	rights   rights
	director ID
}

const directorsPassword = "seven grey herons wade"

func begin(t testing.TB) *office {
	t.Helper()
	v, _ := vaulttest.Create(t)
	o := &office{
		t: t, db: sqlitetest.Open(t, migrations.FS), vault: v, rights: rights{},
		clock: &clock{at: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)},
	}
	o.Service = NewService(o.db, v, o.rights, words, o.clock.now)
	o.turns = pace.NewTurns(0, 1) // the allowance of all strangers is measured in real time
	id, err := o.CreateFirst(t.Context(), Beginning{
		Organisation: "Advice Network", Language: "en",
		Offices:  []FirstOffice{{"Kleinfontein", "North"}, {"Sandvlei", "South"}, {"Rietbron", "North"}},
		Director: FirstDirector{"miriam", "Miriam Dlamini", directorsPassword},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.director = id
	return o
}

func (o *office) who() actor.Actor { return o.director.Actor() }

// add records a person and returns the identifier and the one-time password.
func (o *office) add(login string) (ID, string) {
	o.t.Helper()
	id, password, err := o.AddPerson(o.t.Context(), o.who(), Person{Login: login, Name: "Person " + strings.ToUpper(login[:1]) + login[1:]})
	if err != nil {
		o.t.Fatal(err)
	}
	return id, password
}

// settled adds a person and gives them a password of their own.
func (o *office) settled(login string) (ID, string) {
	o.t.Helper()
	id, temporary := o.add(login)
	token, state := o.in(login, temporary)
	if state != MustChangePassword {
		o.t.Fatalf("with a one-time password: state %d, want MustChangePassword", state)
	}
	password := "quiet morning of " + login
	if err := o.ChangePassword(o.t.Context(), o.session(token), temporary, password); err != nil {
		o.t.Fatal(err)
	}
	return id, password
}

func (o *office) in(login, password string) (string, State) {
	o.t.Helper()
	token, state, err := o.SignIn(o.t.Context(), Try{Login: login, Password: password, From: From{Source: "10.0.0.1"}, Agent: "Mozilla/5.0 (X11; Linux) Firefox/144.0"})
	if err != nil {
		o.t.Fatalf("signing in %s: %v", login, err)
	}
	return token, state
}

func (o *office) session(token string) Session {
	o.t.Helper()
	v, err := o.Session(o.t.Context(), token)
	if err != nil {
		o.t.Fatal(err)
	}
	return v
}

func (o *office) audited() string {
	o.t.Helper()
	rows, err := o.db.Query(o.t.Context(), `SELECT action FROM audit ORDER BY seq`, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var a string
		if err := rows.Scan(&a); err != nil {
			o.t.Fatal(err)
		}
		all = append(all, a)
	}
	return strings.Join(all, " ")
}

func TestTheFirstRunMakesAnOrganisationOnce(t *testing.T) {
	o := begin(t)
	regions, err := o.Regions(t.Context())
	if err != nil || len(regions) != 2 {
		t.Fatalf("regions %v, %v; want North and South", regions, err)
	}
	all, err := o.Offices(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatalf("offices %v, %v", all, err)
	}
	p, err := o.Person(t.Context(), o.director)
	if err != nil || p.OfficeID == "" || !p.HasPassword {
		t.Fatalf("director %v, %v", p, err)
	}
	_, err = o.CreateFirst(t.Context(), Beginning{Organisation: "Other", Language: "en", Offices: []FirstOffice{{Name: "X"}}, Director: FirstDirector{"x1", "X", "another long password"}})
	if !errors.Is(err, ErrBegun) {
		t.Errorf("a second beginning: %v, want ErrBegun", err)
	}
	if n := len(o.vault.Slots()); n != 2 {
		t.Errorf("%d slots, want the director's and the recovery slot", n)
	}
}

func TestABeginningSaysWhichFieldIsAtFault(t *testing.T) {
	good := Beginning{Organisation: "Advice", Language: "es", Offices: []FirstOffice{{Name: "Lima"}}, Director: FirstDirector{"ana", "Ana", "una clave bien larga"}}
	for field, spoil := range map[string]func(*Beginning){
		"organisation": func(b *Beginning) { b.Organisation = "" },
		"language":     func(b *Beginning) { b.Language = "xx" },
		"offices":      func(b *Beginning) { b.Offices = []FirstOffice{{}} },
		"name":         func(b *Beginning) { b.Director.Name = "" },
		"login":        func(b *Beginning) { b.Director.Login = "Ana Quispe" },
		"password":     func(b *Beginning) { b.Director.Password = "short" },
	} {
		b := good
		spoil(&b)
		_, err := b.check()
		if e := errs.As(err); e == nil || e.Field() != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := good.check(); err != nil {
		t.Error(err)
	}
}

func TestThereIsAlwaysADirector(t *testing.T) {
	o := begin(t)
	held, err := o.PositionsOf(t.Context(), o.director)
	if err != nil || len(held) != 1 {
		t.Fatal(held, err)
	}
	if err := o.Leave(t.Context(), o.who(), o.director); !errors.Is(err, ErrLastDirector) {
		t.Errorf("leaving: %v, want ErrLastDirector", err)
	}
	if err := o.TakePosition(t.Context(), o.who(), o.director, held[0].ID); !errors.Is(err, ErrLastDirector) {
		t.Errorf("losing the role: %v, want ErrLastDirector", err)
	}
	second, _ := o.add("nomsa")
	if err := o.GivePosition(t.Context(), o.who(), Position{PersonID: second, Role: Director}); err != nil {
		t.Fatal(err)
	}
	if err := o.Leave(t.Context(), second.Actor(), o.director); err != nil {
		t.Fatalf("with a second director: %v", err)
	}
	if err := o.Leave(t.Context(), second.Actor(), second); !errors.Is(err, ErrLastDirector) {
		t.Errorf("a director who left counts still: %v", err)
	}
}

// TestTwoDirectorsCannotLeaveAtOnce lets both leave at the same moment.
func TestTwoDirectorsCannotLeaveAtOnce(t *testing.T) {
	o := begin(t)
	second, _ := o.add("nomsa")
	if err := o.GivePosition(t.Context(), o.who(), Position{PersonID: second, Role: Director}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	results := make([]error, 2)
	for i, id := range []ID{o.director, second} {
		wg.Go(func() { results[i] = o.Leave(t.Context(), o.who(), id) })
	}
	wg.Wait()
	if (results[0] == nil) == (results[1] == nil) {
		t.Fatalf("both or none left: %v, %v", results[0], results[1])
	}
}

func TestSomebodyWhoLeftHasNoWayIn(t *testing.T) {
	o := begin(t)
	id, password := o.settled("sipho")
	if err := o.GivePosition(t.Context(), o.who(), Position{PersonID: id, Role: "paralegal"}); err != nil {
		t.Fatal(err)
	}
	team, err := o.AddTeam(t.Context(), o.who(), Team{Name: "Land", Members: []ID{id}})
	if err != nil {
		t.Fatal(err)
	}
	token, _ := o.in("sipho", password)
	slots := len(o.vault.Slots())
	if err := o.Leave(t.Context(), o.who(), id); err != nil {
		t.Fatal(err)
	}
	if got := len(o.vault.Slots()); got != slots-1 {
		t.Errorf("%d key slots, want %d", got, slots-1)
	}
	if v := o.session(token); v.State != Nobody {
		t.Errorf("the session goes on: state %d", v.State)
	}
	if _, _, err := o.SignIn(t.Context(), Try{Login: "sipho", Password: password, From: From{Source: "10.0.0.9"}}); !errors.Is(err, ErrWrong) {
		t.Errorf("signing in: %v, want ErrWrong", err)
	}
	if got, err := o.Team(t.Context(), team); err != nil || len(got.Members) != 0 {
		t.Errorf("the team has %v, %v", got.Members, err)
	}
	if held, err := o.PositionsOf(t.Context(), id); err != nil || len(held) != 1 {
		t.Errorf("the record of the positions is %v, %v", held, err)
	}
	if n, err := o.Names(t.Context(), []ID{id, "nobody"}); err != nil || len(n) != 1 || n[id] != "Person Sipho" {
		t.Errorf("names %v, %v", n, err)
	}
	if temporary, err := o.Return(t.Context(), o.who(), id); err != nil || temporary == "" {
		t.Fatalf("returning: %v", err)
	}
	if held, err := o.PositionsOf(t.Context(), id); err != nil || len(held) != 0 {
		t.Errorf("the positions came back: %v, %v", held, err)
	}
}

func TestADirectorResetsAPassword(t *testing.T) {
	o := begin(t)
	id, old := o.settled("lerato")
	token, _ := o.in("lerato", old)
	temporary, err := o.ResetPassword(t.Context(), o.who(), id)
	if err != nil {
		t.Fatal(err)
	}
	if o.session(token).State != Nobody {
		t.Error("a session outlived the reset")
	}
	if _, _, err := o.SignIn(t.Context(), Try{Login: "lerato", Password: old, From: From{Source: "a"}}); !errors.Is(err, ErrWrong) {
		t.Errorf("the old password: %v", err)
	}
	if _, state := o.in("lerato", temporary); state != MustChangePassword {
		t.Errorf("state %d, want MustChangePassword", state)
	}
	o.clock.pass(temporaryLife)
	if _, _, err := o.SignIn(t.Context(), Try{Login: "lerato", Password: temporary, From: From{Source: "b"}}); !errors.Is(err, ErrWrong) {
		t.Errorf("after three days: %v", err)
	}
	if _, err := o.ResetPassword(t.Context(), o.who(), o.director); !errors.Is(err, ErrNotOwn) {
		t.Errorf("one's own: %v, want ErrNotOwn", err)
	}
	if all := o.audited(); !strings.Contains(all, "person.password-reset") {
		t.Errorf("the audit lacks the reset: %s", all)
	}
}

// TestNobodyRisesByThemselves gives somebody the staff to manage and nothing else.
func TestNobodyRisesByThemselves(t *testing.T) {
	o := begin(t)
	clerk, _ := o.add("clerk")
	other, _ := o.add("other")
	role, err := o.AddRole(t.Context(), o.who(), Role{Name: "Clerk", Grants: []Grant{{Action: "people.manage", Reach: "organisation"}, {Action: "cases.read", Reach: "organisation"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.GivePosition(t.Context(), o.who(), Position{PersonID: clerk, Role: role}); err != nil {
		t.Fatal(err)
	}
	o.rights[clerk.Actor()] = []string{"people.manage", "cases.read"}
	forbidden := func(what string, err error) {
		t.Helper()
		if errs.KindOf(err) != errs.Forbidden {
			t.Errorf("%s: %v, want a refusal", what, err)
		}
	}
	forbidden("a position of one's own", o.GivePosition(t.Context(), clerk.Actor(), Position{PersonID: clerk, Role: "finance"}))
	forbidden("making a director", o.GivePosition(t.Context(), clerk.Actor(), Position{PersonID: other, Role: Director}))
	_, err = o.ResetPassword(t.Context(), clerk.Actor(), o.director)
	forbidden("a director's password", err)
	forbidden("a director's factors", o.ResetFactors(t.Context(), clerk.Actor(), o.director))
	forbidden("the director's leave", o.Leave(t.Context(), clerk.Actor(), o.director))
	role, err = o.AddRole(t.Context(), o.who(), Role{Name: "Closer", Grants: []Grant{{Action: "cases.close", Reach: "office"}}})
	if err != nil {
		t.Fatal(err)
	}
	forbidden("a role with more than one's own", o.GivePosition(t.Context(), clerk.Actor(), Position{PersonID: other, Role: role}))
	if err := o.GivePosition(t.Context(), clerk.Actor(), Position{PersonID: other, Role: "paralegal"}); err != nil {
		t.Errorf("an ordinary position: %v", err)
	}
	lawyer, _ := o.add("lawyer")
	if err := o.GivePosition(t.Context(), o.who(), Position{PersonID: lawyer, Role: "lawyer"}); err != nil {
		t.Fatal(err)
	}
	forbidden("a ready-made role with more than one's own", o.GivePosition(t.Context(), clerk.Actor(), Position{PersonID: other, Role: "lawyer"}))
	forbidden("a ready-made role that nobody knows", o.GivePosition(t.Context(), clerk.Actor(), Position{PersonID: other, Role: "auditor"}))
	_, err = o.ResetPassword(t.Context(), clerk.Actor(), lawyer)
	forbidden("the password of somebody with more rights", err)
	if _, err := o.ResetPassword(t.Context(), clerk.Actor(), other); err != nil {
		t.Errorf("the password of a paralegal: %v", err)
	}
	moved := must(o.Person(t.Context(), clerk))(t)
	moved.OfficeID = must(o.Offices(t.Context()))(t)[1].ID
	forbidden("an office of one's own", o.SavePerson(t.Context(), clerk.Actor(), moved))
	moved.OfficeID, moved.Name = "", "Clerk Renamed"
	if err := o.SavePerson(t.Context(), clerk.Actor(), moved); err != nil {
		t.Errorf("a name of one's own: %v", err)
	}
	o.rights[clerk.Actor()] = []string{"organisation.manage"}
	team, err := o.AddTeam(t.Context(), clerk.Actor(), Team{Name: "Night", Members: []ID{other}})
	if err != nil {
		t.Fatal(err)
	}
	forbidden("a team of one's own", o.SaveTeam(t.Context(), clerk.Actor(), Team{ID: team, Name: "Night", Members: []ID{other, clerk}}))
	_, err = o.AddTeam(t.Context(), clerk.Actor(), Team{Name: "Day", Members: []ID{clerk}})
	forbidden("a new team of one's own", err)
	o.rights[clerk.Actor()] = []string{"cases.read"}
	_, _, err = o.AddPerson(t.Context(), clerk.Actor(), Person{Login: "ghost", Name: "Ghost"})
	forbidden("adding without the right", err)
	o.rights[clerk.Actor()] = []string{"roles.manage"}
	_, err = o.AddRole(t.Context(), clerk.Actor(), Role{Name: "Reader", Grants: []Grant{{Action: "cases.close", Reach: "own"}}})
	forbidden("a role beyond one's own rights", err)
}

func TestNamesAndLoginsStandOnce(t *testing.T) {
	o := begin(t)
	o.add("thabo")
	_, _, err := o.AddPerson(t.Context(), o.who(), Person{Login: "thabo", Name: "Another"})
	if !errors.Is(err, ErrLoginTaken) {
		t.Errorf("login: %v", err)
	}
	if n := len(o.vault.Slots()); n != 3 {
		t.Errorf("the refused person left a key slot: %d", n)
	}
	if _, err := o.AddOffice(t.Context(), o.who(), Office{Name: "Sandvlei"}); !errors.Is(err, ErrNameTaken) {
		t.Errorf("office: %v", err)
	}
	all, _ := o.Offices(t.Context())
	if err := o.SaveOffice(t.Context(), o.who(), Office{ID: all[0].ID, Name: all[1].Name}); !errors.Is(err, ErrNameTaken) {
		t.Errorf("renaming an office: %v", err)
	}
	if err := o.SaveOffice(t.Context(), o.who(), Office{ID: all[0].ID, Name: all[0].Name, RegionID: "nowhere"}); !errors.Is(err, errRegion) {
		t.Errorf("an unknown region: %v", err)
	}
	if err := o.RemoveRegion(t.Context(), o.who(), all[0].RegionID); !errors.Is(err, ErrInUse) {
		t.Errorf("a region in use: %v", err)
	}
}

func TestAnOwnRoleIsChangedAndKept(t *testing.T) {
	o := begin(t)
	id, err := o.AddRole(t.Context(), o.who(), Role{Name: "Helper", Grants: []Grant{{"cases.read", "team", []string{"contact"}}}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := o.Role(t.Context(), id)
	if err != nil || len(r.Grants) != 1 || r.Grants[0].Classes[0] != "contact" {
		t.Fatalf("role %+v, %v", r, err)
	}
	r.Grants = nil
	if err := o.SaveRole(t.Context(), o.who(), r); err != nil {
		t.Fatal(err)
	}
	if err := o.SaveRole(t.Context(), o.who(), r); !errors.Is(err, ErrChanged) {
		t.Errorf("second save of one version: %v", err)
	}
	for _, g := range []Grant{{Action: "cases.burn", Reach: "own"}, {Action: "cases.read", Reach: "galaxy"}, {"cases.read", "own", []string{"everything"}}} {
		if _, err := o.AddRole(t.Context(), o.who(), Role{Name: "Bad", Grants: []Grant{g}}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("grant %v: %v", g, err)
		}
	}
	p, _ := o.add("zanele")
	if err := o.GivePosition(t.Context(), o.who(), Position{PersonID: p, Role: id}); err != nil {
		t.Fatal(err)
	}
	if err := o.RemoveRole(t.Context(), o.who(), id); !errors.Is(err, ErrInUse) {
		t.Errorf("removing a held role: %v", err)
	}
}

func TestNothingShowsANameOrAPassword(t *testing.T) {
	p := Person{ID: "P-1", Name: "Canary Name"}
	if s := p.LogValue().String(); s != "P-1" {
		t.Errorf("a person in a log: %s", s)
	}
	if s := (Session{ID: "S-1", Name: "Canary Name", Login: "canary"}).LogValue().String(); s != "S-1" {
		t.Errorf("a session in a log: %s", s)
	}
	hidden := fmt.Sprintf("%v %+v %s", Beginning{Director: FirstDirector{"canary", "canary", "canary"}}, keptForm{Values: map[string][]string{"a": {"canary"}}}, Enrolment{Secret: "canary"})
	if strings.Contains(hidden, "canary") {
		t.Errorf("shows as %s", hidden)
	}
	if s := fmt.Sprintf("%v %+v %s", Try{Password: "canary"}, Try{Password: "canary"}, Try{Password: "canary"}); strings.Contains(s, "canary") {
		t.Errorf("a try shows as %s", s)
	}
}

// values returns the newest change of a field that the audit keeps.
func (o *office) values(field string) string {
	o.t.Helper()
	var before, after string
	err := o.db.QueryRow(o.t.Context(), `
SELECT v.old, v.new
FROM audit_values v
WHERE v.field = @field
ORDER BY v.seq DESC
LIMIT 1`, sqlite.Args{"field": field}).Scan(&before, &after)
	if err != nil {
		o.t.Fatalf("the audit has no change of %s: %v", field, err)
	}
	return before + " > " + after
}

func TestTheAuditKeepsOldAndNewValues(t *testing.T) {
	o := begin(t)
	id, _ := o.add("thandi")
	p, err := o.Person(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	p.Name = "Thandi Nkosi"
	if err := o.SavePerson(t.Context(), o.who(), p); err != nil {
		t.Fatal(err)
	}
	if got := o.values("name"); got != "Person Thandi > Thandi Nkosi" {
		t.Errorf("name: %s", got)
	}
	if err := o.GivePosition(t.Context(), o.who(), Position{PersonID: id, Role: "paralegal"}); err != nil {
		t.Fatal(err)
	}
	if got := o.values("positions"); got != " > paralegal" {
		t.Errorf("positions: %s", got)
	}
	if _, err := o.AddRole(t.Context(), o.who(), Role{Name: "Reader", Grants: []Grant{{"cases.read", "team", []string{"contact", "finance"}}}}); err != nil {
		t.Fatal(err)
	}
	if got := o.values("grants"); got != " > cases.read team contact finance" {
		t.Errorf("grants: %s", got)
	}
	if err := o.Leave(t.Context(), o.who(), id); err != nil {
		t.Fatal(err)
	}
	if got := o.values("status"); got != "active > left" {
		t.Errorf("status: %s", got)
	}
}

func TestAfterAChangeOfKeysOnePasswordIsLeft(t *testing.T) {
	o := begin(t)
	o.enrolled()
	_, password := o.settled("sipho")
	mine, _ := o.in("miriam", directorsPassword)
	theirs, _ := o.in("sipho", password)
	if _, err := o.vault.Rekey(t.Context(), vault.Rekeying{Login: "miriam", Password: directorsPassword}); err != nil {
		t.Fatal(err)
	}
	var kept []vault.SlotID
	for _, slot := range o.vault.Slots() {
		if slot.Kind == vault.Password {
			kept = append(kept, slot.ID)
		}
	}
	var without []Person
	err := o.db.Tx(t.Context(), func(tx *sqlite.Tx) (err error) {
		without, err = o.Rekeyed(t.Context(), tx, kept)
		return err
	})
	if err != nil || len(without) != 1 || without[0].Login != "sipho" {
		t.Fatalf("%d people without a password, %v, want sipho alone", len(without), err)
	}
	if o.session(mine).State != Nobody || o.session(theirs).State != Nobody {
		t.Errorf("states %d and %d", o.session(mine).State, o.session(theirs).State)
	}
	o.in("miriam", directorsPassword)
	p, err := personByLogin(t.Context(), o.db, "sipho")
	if err != nil || p.HasPassword {
		t.Fatalf("has a password: %v, %v", p.HasPassword, err)
	}
	temporary, err := o.ResetPassword(t.Context(), o.who(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, state := o.in("sipho", temporary); state != MustChangePassword {
		t.Errorf("state %d", state)
	}
}

// stuck is a vault that cannot lose slots for a while.
type stuck struct {
	*vault.Vault
	fails bool
}

func (v *stuck) RemoveSlot(ctx context.Context, id vault.SlotID) error {
	if v.fails {
		return errors.New("the disk is full")
	}
	return v.Vault.RemoveSlot(ctx, id)
}

// TestADeadSlotIsLostLater makes the vault fail after somebody has left.
func TestADeadSlotIsLostLater(t *testing.T) {
	o := begin(t)
	id, password := o.settled("sipho")
	v := &stuck{o.vault, true}
	o.passwords = v
	slots := len(o.vault.Slots())
	if err := o.Leave(t.Context(), o.who(), id); err == nil {
		t.Fatal("nobody is told that the slot stayed")
	}
	if p, err := o.Person(t.Context(), id); err != nil || p.Status != Left {
		t.Fatalf("status %s, %v", p.Status, err)
	}
	if _, _, err := o.SignIn(t.Context(), Try{Login: "sipho", Password: password, From: From{Source: "x"}}); !errors.Is(err, ErrWrong) {
		t.Errorf("the slot that stayed lets somebody in: %v", err)
	}
	v.fails = false
	if err := o.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(o.vault.Slots()); got != slots-1 {
		t.Errorf("%d slots, want %d", got, slots-1)
	}
}
