package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	stdstrings "strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"pgregory.net/rapid"
)

func accesses(t testing.TB) *Accesses {
	t.Helper()
	a, err := NewAccess(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *Accesses) mustAsk(t testing.TB, q Inquiry) Access {
	t.Helper()
	if q.Bases == nil {
		q.Bases = Bases()
	}
	answer, err := a.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// wanted is what the rules have to answer, written once more in Go.
func wanted(a *Accesses, q Inquiry) Access {
	writes, wholes, seconds := factsOf(a)
	var w Access
	w.SecondPerson = seconds[q.Action]
	w.Blocked = w.SecondPerson && (q.Person == "" || q.CapturedBy == "" || q.Person == q.CapturedBy)
	if !knows(a, q.Action) {
		return w
	}
	w.Looks = !writes[q.Action]
	seen := map[string]bool{}
	for _, p := range q.Positions {
		role, ready := a.roles[p.Role]
		if !ready {
			role = q.OwnRoles[p.Role]
		}
		if _, ok := role["cases.emergency"]; ok && slices.Contains(q.Bases, Emergency) && slices.Contains([]string{"cases.read", "clients.read", "documents.read"}, q.Action) {
			w.Emergency = Classes()
		}
		g, ok := role[q.Action]
		r := Reach{Scope: g.Reach, Basis: Service, Classes: g.Classes}
		switch g.Reach {
		case Office:
			r.Base, r.Basis = p.Office, Supervision
		case Region:
			r.Base, r.Basis = p.Region, Supervision
		case Organisation:
			r.Basis = Supervision
		}
		if p.Role == "auditor" {
			r.Basis = Audit
		}
		placed := g.Reach == Office || g.Reach == Region
		if !ok || w.Blocked || placed && r.Base == "" || wholes[q.Action] && g.Reach != Organisation ||
			!slices.Contains(q.Bases, r.Basis) || r.Basis == Audit && writes[q.Action] {
			continue
		}
		r.Classes = slices.DeleteFunc(slices.Clone(r.Classes), func(c Class) bool { return !slices.Contains(Classes(), c) })
		r.OfSensitive = r.Classes
		if !slices.Contains(r.Classes, Sensitive) {
			r.OfSensitive = nil
			if slices.Contains(r.Classes, Finance) {
				r.OfSensitive = []Class{Finance}
			}
		}
		if s := show(Access{Reaches: []Reach{r}}); !seen[s] {
			seen[s] = true
			w.Reaches = append(w.Reaches, r)
		}
	}
	if q.Node && !w.SecondPerson && slices.Contains([]string{
		"cases.read", "clients.read", "documents.read", "figures.read", "consents.read", "releases.read", "audit.read", "people.read",
		"backup.read", "backup.manage", "retention.read", "imports.run",
	}, q.Action) {
		r := Reach{Scope: Organisation, Basis: Schedule}
		if slices.Contains([]string{"cases.read", "clients.read", "documents.read", "figures.read"}, q.Action) {
			r.Classes, r.OfSensitive = Classes(), Classes()
		}
		w.Reaches = append(w.Reaches, r)
	}
	return w
}

// factsOf says which actions write, which are on the whole organisation, and
// which need a second person.
func factsOf(a *Accesses) (writes, wholes, seconds map[string]bool) {
	reads := stdstrings.Fields("clients.read clients.export clients.restricted cases.read documents.read figures.read consents.read releases.read audit.read people.read backup.read retention.read turnaways.read activities.read")
	writes, wholes, seconds = map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, action := range a.Actions() {
		area, _, _ := stdstrings.Cut(action, ".")
		writes[action] = !slices.Contains(reads, action)
		wholes[action] = action == "quality.draw" || !slices.Contains([]string{"people.read", "retention.read", "retention.erase"}, action) && slices.Contains([]string{"releases", "imports", "audit", "people", "organisation", "roles", "keys", "backup", "retention", "packs"}, area)
		seconds[action] = slices.Contains([]string{"releases.approve", "retention.erase"}, action)
	}
	return writes, wholes, seconds
}

// show writes an answer with its sets in order.
func show(a Access) string {
	sorted := func(list []Class) []Class { list = slices.Clone(list); slices.Sort(list); return list }
	var all []string
	for _, r := range a.Reaches {
		all = append(all, fmt.Sprint(r.Scope, " ", r.Base, " ", r.Basis, sorted(r.Classes), sorted(r.OfSensitive)))
	}
	slices.Sort(all)
	return fmt.Sprint(all, sorted(a.Emergency), a.SecondPerson, a.Blocked, a.Looks)
}

func drawInquiry(t *rapid.T, a *Accesses) Inquiry {
	actions := append(a.Actions(), "cases.burn", "")
	ids := []string{"", "p1", "p2"}
	q := Inquiry{
		Action: rapid.SampledFrom(actions).Draw(t, "action"), Node: rapid.IntRange(0, 9).Draw(t, "node") == 0,
		Bases:  rapid.SliceOfNDistinct(rapid.SampledFrom(Bases()), 2, 4, rapid.ID[Basis]).Draw(t, "bases"),
		Person: rapid.SampledFrom(ids).Draw(t, "person"), CapturedBy: rapid.SampledFrom(ids).Draw(t, "captured"),
		OwnRoles: map[string]Role{},
	}
	roles := append(a.ReadyMade(), "own", "chief")
	for range rapid.IntRange(0, 3).Draw(t, "positions") {
		q.Positions = append(q.Positions, Position{
			Role:   rapid.SampledFrom(roles).Draw(t, "role"),
			Office: rapid.SampledFrom([]string{"", "o1", "o2"}).Draw(t, "office"), Region: rapid.SampledFrom([]string{"", "r1"}).Draw(t, "region"),
		})
	}
	for _, id := range []string{"own", rapid.SampledFrom(a.ReadyMade()).Draw(t, "name taken")} {
		q.OwnRoles[id] = Role{q.Action: Grant{
			Reach:   rapid.SampledFrom([]Scope{Own, Team, Office, Region, Organisation}).Draw(t, "reach"),
			Classes: rapid.SliceOfNDistinct(rapid.SampledFrom(Classes()), 0, 4, rapid.ID[Class]).Draw(t, "classes"),
		}}
		if rapid.Bool().Draw(t, "declares") {
			q.OwnRoles[id]["cases.emergency"] = Grant{Reach: Own}
		}
	}
	return q
}

func TestAccessIsAsWrittenInGo(t *testing.T) {
	a := accesses(t)
	rapid.Check(t, func(r *rapid.T) {
		q := drawInquiry(r, a)
		if got, want := show(a.mustAsk(t, q)), show(wanted(a, q)); got != want {
			r.Fatalf("%+v\n got %s\nwant %s", q, got, want)
		}
	})
}

// Every condition of every rule is taken out in turn, and the comparison above
// must notice each.
func TestEveryConditionOfAccessIsNeeded(t *testing.T) {
	facts := spoiled(t)
	whole, err := newAccess(t.Context(), accessRules, facts)
	if err != nil {
		t.Fatal(err)
	}
	questions := corpus(whole)
	n := 0
	for name, source := range withoutOneCondition(t, accessRules) {
		n++
		a, err := newAccess(t.Context(), source, facts)
		if err != nil {
			continue // without it the rule does not even compile
		}
		if !slices.ContainsFunc(questions, func(q Inquiry) bool {
			got, err := a.Ask(t.Context(), q)
			return err != nil || show(got) != show(wanted(whole, q))
		}) {
			t.Errorf("nobody notices that this is gone: %s", name)
		}
	}
	if n < 40 {
		t.Errorf("only %d conditions were taken out", n)
	}
}

// spoiled is the roles as no careful person writes them: the rules have to hold
// against those too.
func spoiled(t *testing.T) []byte {
	t.Helper()
	var facts map[string]any
	if err := json.Unmarshal(accessData, &facts); err != nil {
		t.Fatal(err)
	}
	wide := map[string]any{"reach": "organisation", "classes": []string{"finance", "gossip"}}
	roles, node := facts["roles"].(map[string]any), facts["node"].(map[string]any)
	for action := range facts["actions"].(map[string]any) {
		roles["auditor"].(map[string]any)[action] = wide
	}
	roles["director"].(map[string]any)["cases.burn"] = wide
	node["cases.burn"], node["retention.erase"] = wide, wide
	facts["emergency"].(map[string]any)["opens"] = []string{"cases.read", "clients.read", "documents.read", "cases.edit", "cases.burn"}
	facts["emergency"].(map[string]any)["classes"] = append([]string{"gossip"}, "contact", "narrative", "finance", "sensitive")
	b, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// corpus is the same questions at every run: drawn ones, and of each ready-made
// role whether one of the office's own that took its name may declare an
// emergency, which is drawn too seldom.
func corpus(a *Accesses) []Inquiry {
	g := rapid.Custom(func(t *rapid.T) Inquiry { return drawInquiry(t, a) })
	all := make([]Inquiry, 4000)
	for i := range all {
		all[i] = g.Example(i)
	}
	for _, role := range a.ReadyMade() {
		all = append(all, Inquiry{
			Action: "cases.read", Positions: []Position{{Role: role}}, Bases: Bases(), Person: "p1",
			OwnRoles: map[string]Role{role: {"cases.emergency": Grant{Reach: Own}}},
		})
	}
	return all
}

// withoutOneCondition returns the rules without one expression of one body, by
// what was taken out.
func withoutOneCondition(t *testing.T, source string) map[string]string {
	t.Helper()
	all := map[string]string{}
	parsed, err := ast.ParseModule("access.rego", source)
	if err != nil {
		t.Fatal(err)
	}
	for i, rule := range parsed.Rules {
		for j := range rule.Body {
			changed := parsed.Copy()
			body := changed.Rules[i].Body
			gone := body[j].String()
			body = slices.Delete(slices.Clone(body), j, j+1)
			if len(body) == 0 {
				body = ast.MustParseBody("true")
			}
			if gone == "true" {
				continue // a rule without conditions
			}
			changed.Rules[i].Body = body
			text, err := format.Ast(changed)
			if err != nil {
				t.Fatal(err)
			}
			all[fmt.Sprintf("%s line %d: %s", rule.Head.Name, rule.Body[j].Loc().Row, gone)] = string(text)
		}
	}
	return all
}

func TestEveryReadyMadeRoleHolds(t *testing.T) {
	a := accesses(t)
	if want := []string{"auditor", "director", "finance", "intake", "lawyer", "monitoring", "paralegal", "supervisor"}; !slices.Equal(a.ReadyMade(), want) {
		t.Fatalf("roles %v", a.ReadyMade())
	}
	for _, code := range a.ReadyMade() {
		role, _ := a.Role(code)
		for action, g := range role {
			if !knows(a, action) {
				t.Errorf("%s may %s, which is no action", code, action)
			}
			q := Inquiry{Action: action, Positions: []Position{{code, "o1", "r1"}}, Person: "p1", CapturedBy: "p2"}
			if got := a.mustAsk(t, q); len(got.Reaches) != 1 || got.Reaches[0].Scope != g.Reach {
				t.Errorf("%s, %s: granted %s, reaches %v", code, action, g.Reach, got.Reaches)
			}
		}
	}
	if director, _ := a.Role("director"); len(director) != len(a.Actions()) {
		t.Error("there is something that no director may do")
	}
}

func TestOddAnswersAboutAccessAreErrors(t *testing.T) {
	good := `{"version": 1, "reaches": {{"scope": "own", "base": "", "basis": "service", "classes": {"contact"}, "sensitive": set()}}, "emergency": set(), "second_person": false, "blocked": false, "looks": true}`
	change := func(from, to string) string {
		if !stdstrings.Contains(good, from) {
			t.Fatal(from)
		}
		return stdstrings.Replace(good, from, to, 1)
	}
	for name, value := range map[string]string{
		"true": `true`, "another version": change(`"version": 1`, `"version": 2`), "an unknown scope": change(`"own"`, `"world"`),
		"an office without one": change(`"own"`, `"office"`), "a base too many": change(`"base": ""`, `"base": "o1"`),
		"an unknown class": change(`{"contact"}`, `{"gossip"}`), "a key less": change(`, "blocked": false`, ``),
		"text for a fact": change(`"blocked": false`, `"blocked": "no"`), "nothing on looking": change(`, "looks": true`, ``), "a key more": change(`"basis"`, `"more": 1, "basis"`),
	} {
		a, err := newAccess(t.Context(), "package casehub.access\n\nanswer := "+value+"\n", accessData)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := a.Ask(t.Context(), Inquiry{}); !errors.Is(err, ErrShape) || len(got.Reaches) != 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	a, err := newAccess(t.Context(), "package casehub.access\n\nanswer := "+good+"\n", accessData)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ask(t.Context(), Inquiry{}); err != nil {
		t.Errorf("the good answer: %v", err)
	}
	if _, err := newAccess(t.Context(), "package casehub.access\n\nanswer := x if x := time.now_ns()\n", accessData); err == nil {
		t.Error("a rule with a clock was compiled")
	}
}

func TestAnEndedQuestionIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := accesses(t).Ask(ctx, inquiry()); err == nil || len(got.Reaches) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

// inquiry is an ordinary question: somebody with two positions asks to read.
func inquiry() Inquiry {
	return Inquiry{Action: "cases.read", Positions: []Position{{"supervisor", "o1", "r1"}, {"lawyer", "o2", "r1"}}, Bases: Bases()}
}

// TestFigureAccess measures one evaluation of the rules.
func TestFigureAccess(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") != "1" {
		t.Skip("figures are measured by make bench")
	}
	a := accesses(t)
	var took []float64
	for range 501 {
		begin := time.Now()
		a.mustAsk(t, inquiry())
		took = append(took, float64(time.Since(begin).Nanoseconds())/1e6)
	}
	slices.Sort(took)
	verdict := "ok"
	if took[len(took)/2] >= 1 {
		verdict = "short"
	}
	fmt.Printf("figure access_rules %.3f ms goal <1 %s\n", took[len(took)/2], verdict)
}

func BenchmarkAccess(b *testing.B) {
	a := accesses(b)
	b.ReportAllocs()
	for b.Loop() {
		a.mustAsk(b, inquiry())
	}
}

// knows reports whether an action is of the closed list.
func knows(a *Accesses, action string) bool { return slices.Contains(a.Actions(), action) }
