package people

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"casehub/internal/actor"
	"casehub/internal/errs"
)

// byPositions is a gate that lets people do what their positions name, as the
// policy does, whatever the reach.
type byPositions struct{ o *office }

func (g byPositions) May(ctx context.Context, who actor.Actor, action string) error {
	held, err := positionsOf(ctx, g.o.db, ID(who.ID))
	if err != nil {
		return err
	}
	for _, h := range held {
		all, err := g.o.grantsOf(ctx, g.o.db, h.Role)
		if err != nil {
			return err
		}
		if h.Role == Director || slices.ContainsFunc(all, func(x Grant) bool { return x.Action == action }) {
			return nil
		}
	}
	return errs.New(errs.Forbidden, "access.forbidden")
}

// reachable is everything that somebody may do, piece by piece: an action, a class,
// and an office or a person whose work it is. It shares nothing with standing.
func (o *office) reachable(id ID) map[string]bool {
	o.t.Helper()
	ctx := o.t.Context()
	staff, list, all := must(o.People(ctx))(o.t), must(o.Offices(ctx))(o.t), must(o.Teams(ctx))(o.t)
	region, seat := map[string]string{}, map[ID]string{}
	for _, f := range list {
		region[f.ID] = f.RegionID
	}
	for _, p := range staff {
		seat[p.ID] = p.OfficeID
	}
	mates := map[ID]bool{id: true}
	for _, t := range all {
		if slices.Contains(t.Members, id) {
			for _, m := range t.Members {
				mates[m] = true
			}
		}
	}
	got := map[string]bool{}
	for _, h := range must(o.PositionsOf(ctx, id))(o.t) {
		from := h.OfficeID
		if from == "" {
			from = seat[id]
		}
		for _, g := range must(o.grantsOf(ctx, o.db, h.Role))(o.t) {
			in := func(office string) bool {
				return g.Reach == "organisation" || office != "" && (g.Reach == "office" && office == from || g.Reach == "region" && region[office] != "" && region[office] == region[from])
			}
			for _, class := range append([]string{"plain"}, g.Classes...) {
				for _, f := range list {
					if in(f.ID) {
						got[g.Action+" "+class+" office "+f.Name] = true
					}
				}
				for _, p := range staff {
					if in(seat[p.ID]) || g.Reach == "own" && p.ID == id || g.Reach == "team" && mates[p.ID] {
						got[g.Action+" "+class+" of "+p.Login] = true
					}
				}
			}
		}
	}
	return got
}

// within returns what of a is not in b.
func within(a, b map[string]bool) string {
	var more []string
	for piece := range a {
		if !b[piece] {
			more = append(more, piece)
		}
	}
	slices.Sort(more)
	return strings.Join(more[:min(len(more), 3)], "; ")
}

// TestNobodyRisesByManagingPeople draws an organisation and lets somebody who is no
// director manage its people, roles and teams at random. Whatever was accepted,
// they may do no more than at the beginning, and nobody whose password they were
// able to give may do more than they.
func TestNobodyRisesByManagingPeople(t *testing.T) {
	o := begin(t)
	o.gate = byPositions{o}
	ctx := t.Context()
	places := must(o.Offices(ctx))(t)
	var staff []ID
	for n := range 5 {
		p := Person{Login: fmt.Sprintf("p%d", n), Name: "Person", OfficeID: places[n%3].ID}
		id, _, err := o.AddPerson(ctx, o.who(), p)
		if err != nil {
			t.Fatal(err)
		}
		staff = append(staff, id)
	}
	accepted, became := 0, 0
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		for _, statement := range []string{`DELETE FROM positions WHERE role <> 'director'`, `DELETE FROM role_grants`, `DELETE FROM roles`, `DELETE FROM team_members`, `DELETE FROM teams`} {
			if _, err := o.db.Exec(ctx, statement, nil); err != nil {
				t.Fatal(err)
			}
		}
		drawn := func(what string) Role {
			role := Role{Name: fmt.Sprintf("%s %d %d", what, round, rapid.IntRange(0, 1<<30).Draw(r, what))}
			for _, action := range words.Actions {
				if what == "manager" || rapid.IntRange(0, 3).Draw(r, action) == 0 {
					reaches := Reaches
					if what == "manager" {
						reaches = []string{"team", "office", "region", "organisation", "organisation"}
					}
					g := Grant{Action: action, Reach: rapid.SampledFrom(reaches).Draw(r, "reach")}
					if rapid.Bool().Draw(r, "with a class") {
						g.Classes = []string{rapid.SampledFrom(Classes).Draw(r, "class")}
					}
					role.Grants = append(role.Grants, g)
				}
			}
			return role
		}
		place := func() string {
			if rapid.IntRange(0, 2).Draw(r, "own office") == 0 {
				return ""
			}
			return rapid.SampledFrom(places).Draw(r, "office").ID
		}
		setUp := func(err error) {
			if err != nil {
				r.Fatal(err)
			}
		}
		manager, roles := staff[0], []string{"paralegal", "lawyer", "auditor", Director}
		for n, what := range []string{"manager", "one", "two"} {
			id, err := o.AddRole(ctx, o.who(), drawn(what))
			setUp(err)
			roles = append(roles, id)
			setUp(o.GivePosition(ctx, o.who(), Position{PersonID: staff[n], Role: id, OfficeID: place()}))
		}
		if _, err := o.AddTeam(ctx, o.who(), Team{Name: fmt.Sprint("team ", round), Members: []ID{staff[0], staff[3]}}); err != nil {
			r.Fatal(err)
		}
		begun := o.reachable(manager)
		me := manager.Actor()
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			someone, role := rapid.SampledFrom(staff).Draw(r, "someone"), rapid.SampledFrom(roles).Draw(r, "role")
			var err error
			switch what := rapid.SampledFrom([]string{"give", "give", "password", "move", "new role", "save role", "take"}).Draw(r, "what"); what {
			case "give":
				err = o.GivePosition(ctx, me, Position{PersonID: someone, Role: role, OfficeID: place()})
			case "password":
				can := o.reachable(someone)
				if _, err = o.ResetPassword(ctx, me, someone); err == nil {
					became++
					if more := within(can, begun); more != "" {
						r.Fatalf("somebody may do more than the manager, who can come in as them: %s", more)
					}
				}
			case "move":
				p := must(o.Person(ctx, someone))(t)
				p.OfficeID = rapid.SampledFrom(places).Draw(r, "to").ID
				err = o.SavePerson(ctx, me, p)
			case "new role":
				var id string
				if id, err = o.AddRole(ctx, me, drawn("made")); err == nil {
					roles = append(roles, id)
				}
			case "save role":
				var now Role
				if now, err = o.Role(ctx, role); err == nil {
					now.Grants = drawn("saved").Grants
					err = o.SaveRole(ctx, me, now)
				}
			case "take":
				for _, h := range must(o.PositionsOf(ctx, someone))(t) {
					err = o.TakePosition(ctx, me, someone, h.ID)
					break
				}
			}
			if err == nil {
				accepted++
			}
			if more := within(o.reachable(manager), begun); more != "" {
				r.Fatalf("the manager may do more than at the beginning: %s", more)
			}
		}
	})
	t.Logf("%d steps were accepted, %d of them gave a password", accepted, became)
	if accepted < 10 || became == 0 {
		t.Errorf("only %d steps were accepted, %d of them gave a password: the test tries nothing", accepted, became)
	}
}

// A manager of one office sees the people there, and no others.
func TestPeopleAreSeenAsFarAsTheRightReaches(t *testing.T) {
	o := begin(t)
	ctx := t.Context()
	places := must(o.Offices(ctx))(t)
	here, _, err := o.AddPerson(ctx, o.who(), Person{Login: "here", Name: "Here", OfficeID: places[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	there, _, err := o.AddPerson(ctx, o.who(), Person{Login: "there", Name: "There", OfficeID: places[1].ID})
	if err != nil {
		t.Fatal(err)
	}
	role, err := o.AddRole(ctx, o.who(), Role{Name: "Office manager", Grants: []Grant{{Action: readPeople, Reach: "office"}, {Action: managePeople, Reach: "office"}}})
	if err != nil {
		t.Fatal(err)
	}
	boss, _, err := o.AddPerson(ctx, o.who(), Person{Login: "boss", Name: "Boss", OfficeID: places[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.GivePosition(ctx, o.who(), Position{PersonID: boss, Role: role}); err != nil {
		t.Fatal(err)
	}
	o.gate = byPositions{o}
	var seen []string
	for _, p := range must(o.PeopleFor(ctx, boss.Actor(), readPeople))(t) {
		seen = append(seen, p.Login)
	}
	slices.Sort(seen)
	director := must(o.Person(ctx, o.director))(t)
	want := []string{"boss", "here"}
	if director.OfficeID == places[0].ID {
		want = append(want, "miriam")
	}
	if !slices.Equal(seen, want) {
		t.Errorf("the office manager sees %v, want %v", seen, want)
	}
	if _, err := o.ResetPassword(ctx, boss.Actor(), here); err != nil {
		t.Errorf("a password in the own office: %v", err)
	}
	for what, err := range map[string]error{
		"a password elsewhere": second(o.ResetPassword(ctx, boss.Actor(), there)), "sessions elsewhere": o.EndSessions(ctx, boss.Actor(), there),
		"factors elsewhere": o.ResetFactors(ctx, boss.Actor(), there), "a leave elsewhere": o.Leave(ctx, boss.Actor(), there),
	} {
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %v, want what is said of nobody", what, err)
		}
	}
	_, _, err = o.AddPerson(ctx, boss.Actor(), Person{Login: "new", Name: "New", OfficeID: places[1].ID})
	if e := errs.As(err); e == nil || e.Field() != "office" {
		t.Errorf("somebody new elsewhere: %v, want the office blamed", err)
	}
	if _, _, err := o.AddPerson(ctx, boss.Actor(), Person{Login: "new", Name: "New", OfficeID: places[0].ID}); err != nil {
		t.Errorf("somebody new in the own office: %v", err)
	}
	if n := must(o.Names(ctx, []ID{there}))(t); n[there] != "There" {
		t.Error("the name of a case's worker elsewhere is gone")
	}
}

func second[A any](_ A, err error) error { return err }

// Nobody gives a class of fields, or a reach, that they do not have themselves, in
// any of the ways there are.
func TestNobodyGivesMoreThanTheirOwnClassesAndReach(t *testing.T) {
	o := begin(t)
	ctx := t.Context()
	boss, _ := o.add("boss")
	other, _ := o.add("other")
	role := func(name string, grants ...Grant) string {
		return must(o.AddRole(ctx, o.who(), Role{Name: name, Grants: grants}))(t)
	}
	give := func(id ID, role string) {
		t.Helper()
		if err := o.GivePosition(ctx, o.who(), Position{PersonID: id, Role: role}); err != nil {
			t.Fatal(err)
		}
	}
	all := Grant{Action: managePeople, Reach: "organisation"}
	give(boss, role("Manager", all, Grant{Action: manageRoles, Reach: "organisation"}, Grant{Action: "cases.read", Reach: "organisation", Classes: []string{"contact"}}, Grant{Action: "cases.close", Reach: "office"}))
	o.gate = byPositions{o}
	for name, grant := range map[string]Grant{
		"another class":  {Action: "cases.read", Reach: "own", Classes: []string{"narrative"}},
		"one class more": {Action: "cases.read", Reach: "own", Classes: []string{"contact", "finance"}},
		"a wider reach":  {Action: "cases.close", Reach: "organisation"},
		"another action": {Action: "clients.read", Reach: "own"},
	} {
		wide := role(name, grant)
		refused := func(what string, err error) {
			t.Helper()
			if errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s, %s: %v, want a refusal", name, what, err)
			}
		}
		refused("given", o.GivePosition(ctx, boss.Actor(), Position{PersonID: other, Role: wide}))
		refused("given to oneself", o.GivePosition(ctx, boss.Actor(), Position{PersonID: boss, Role: wide}))
		_, err := o.AddRole(ctx, boss.Actor(), Role{Name: "New " + name, Grants: []Grant{grant}})
		refused("made", err)
		narrow := must(o.Role(ctx, role("Narrow "+name)))(t)
		narrow.Grants = []Grant{grant}
		refused("put into a role", o.SaveRole(ctx, boss.Actor(), narrow))
		held, _ := o.add("holder." + strings.ReplaceAll(name, " ", "."))
		give(held, wide)
		_, err = o.ResetPassword(ctx, boss.Actor(), held)
		refused("come in by", err)
	}
	if err := o.GivePosition(ctx, boss.Actor(), Position{PersonID: other, Role: role("Same", Grant{Action: "cases.read", Reach: "region", Classes: []string{"contact"}})}); err != nil {
		t.Errorf("as much as one's own: %v", err)
	}
}
