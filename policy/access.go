package policy

import (
	"context"
	_ "embed" // the rules are part of the program
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

//go:embed access/access.rego
var accessRules string

//go:embed access/data.json
var accessData []byte

// Scope is how far a grant reaches.
type Scope string

// The scopes. Own is whoever is responsible; Team those who share a team with
// them; Office, Region and Organisation are places.
const (
	Own          Scope = "own"
	Team         Scope = "team"
	Office       Scope = "office"
	Region       Scope = "region"
	Organisation Scope = "organisation"
)

// Class is a kind of what a case holds.
type Class string

// The field classes. Sensitive is a case of a sensitive type, and what is in it.
const (
	Contact   Class = "contact"
	Narrative Class = "narrative"
	Finance   Class = "finance"
	Sensitive Class = "sensitive"
)

// Classes are all field classes.
func Classes() []Class { return []Class{Contact, Narrative, Finance, Sensitive} }

// Basis is the legal basis on which somebody acts.
type Basis string

// The legal bases. Schedule is the node's own.
const (
	Service     Basis = "service"
	Supervision Basis = "supervision"
	Audit       Basis = "audit"
	Emergency   Basis = "emergency"
	Schedule    Basis = "schedule"
)

// Bases are the legal bases that a node accepts.
func Bases() []Basis { return []Basis{Service, Supervision, Audit, Emergency} }

// Position is a role that a person holds, and where. Office and Region are ""
// where there is none.
type Position struct {
	Role, Office, Region string
}

// Grant is what a role may do by one action.
type Grant struct {
	Reach   Scope   `json:"reach"`
	Classes []Class `json:"classes"`
}

// Role is what a role may do, by action.
type Role map[string]Grant

// Inquiry asks what one person may do by one action.
type Inquiry struct {
	Action    string
	Positions []Position
	// OwnRoles are those of the organisation that Positions name.
	OwnRoles map[string]Role
	Bases    []Basis
	// Node says that the node itself asks, by schedule.
	Node bool
	// Person and CapturedBy are set where somebody approves what somebody did.
	Person, CapturedBy string
}

// Reach is over what a person may do something, and what of it they may read.
type Reach struct {
	Scope Scope
	// Base is the office or the region that an Office or a Region counts from.
	Base    string
	Basis   Basis
	Classes []Class
	// OfSensitive are the classes on a case of a sensitive type.
	OfSensitive []Class
}

// Access is the policy's answer. The zero Access allows nothing.
type Access struct {
	Reaches []Reach
	// Emergency are the classes that a running emergency of the person opens on
	// its case; none where it opens nothing.
	Emergency []Class
	// SecondPerson says that the action is never done on own work, and Blocked
	// that it would be, or that it is not known.
	SecondPerson, Blocked bool
	// Looks says that the action changes nothing: only then it reaches what
	// waits for its erasure and is open for looking.
	Looks bool
}

// Accesses answers who may do what. It is safe for use by many goroutines.
type Accesses struct {
	query   rego.PreparedEvalQuery
	actions []string
	roles   map[string]Role
}

// accessDeadline is the longest that one answer about access may take; beyond it
// nothing is allowed. An evaluation takes less than a millisecond: this is for an
// old computer that does something else meanwhile.
const accessDeadline = 5 * time.Second

// accessQuery is what the rules are asked.
const accessQuery = "data.casehub.access.answer"

// NewAccess compiles the embedded rules with the ready-made roles.
func NewAccess(ctx context.Context) (*Accesses, error) {
	return newAccess(ctx, accessRules, accessData)
}

func newAccess(ctx context.Context, rules string, facts []byte) (*Accesses, error) {
	var data map[string]any
	if err := json.Unmarshal(facts, &data); err != nil {
		return nil, fmt.Errorf("reading the roles: %w", err)
	}
	var known struct {
		Actions map[string]any  `json:"actions"`
		Roles   map[string]Role `json:"roles"`
	}
	if err := json.Unmarshal(facts, &known); err != nil {
		return nil, fmt.Errorf("reading the roles: %w", err)
	}
	q, err := prepare(ctx, accessQuery, data, module{"access.rego", rules})
	if err != nil {
		return nil, err
	}
	return &Accesses{query: q, actions: slices.Sorted(maps.Keys(known.Actions)), roles: known.Roles}, nil
}

// Actions returns the closed list of actions in the order of their names.
func (a *Accesses) Actions() []string { return slices.Clone(a.actions) }

// ReadyMade returns the codes of the ready-made roles in order.
func (a *Accesses) ReadyMade() []string { return slices.Sorted(maps.Keys(a.roles)) }

// Role returns what a ready-made role may do.
func (a *Accesses) Role(code string) (Role, bool) {
	r, ok := a.roles[code]
	return maps.Clone(r), ok
}

// Ask asks the rules. An error, a time-out or an answer of another shape is an
// error and allows nothing.
func (a *Accesses) Ask(ctx context.Context, q Inquiry) (Access, error) {
	ctx, cancel := context.WithTimeout(ctx, accessDeadline)
	defer cancel()
	rs, err := evaluate(ctx, a.query, q.input())
	if err != nil {
		return Access{}, err
	}
	return readAccess(rs)
}

// input lays the inquiry out for the rules.
func (q Inquiry) input() ast.Value {
	positions := make([]*ast.Term, len(q.Positions))
	for i, p := range q.Positions {
		positions[i] = object("role", ast.StringTerm(p.Role), "office", ast.StringTerm(p.Office), "region", ast.StringTerm(p.Region))
	}
	roles := ast.NewObject()
	for id, role := range q.OwnRoles {
		grants := ast.NewObject()
		for action, g := range role {
			grants.Insert(ast.StringTerm(action), grantTerm(g))
		}
		roles.Insert(ast.StringTerm(id), ast.NewTerm(grants))
	}
	in := object("action", ast.StringTerm(q.Action), "positions", ast.ArrayTerm(positions...),
		"own_roles", ast.NewTerm(roles), "bases", texts(q.Bases), "node", ast.BooleanTerm(q.Node)).Value.(ast.Object)
	if q.Person != "" || q.CapturedBy != "" {
		in.Insert(ast.StringTerm("person"), ast.StringTerm(q.Person))
		in.Insert(ast.StringTerm("captured_by"), ast.StringTerm(q.CapturedBy))
	}
	return in
}

func grantTerm(g Grant) *ast.Term {
	return object("reach", ast.StringTerm(string(g.Reach)), "classes", texts(g.Classes))
}

// object makes an object of names and terms in turn.
func object(pairs ...any) *ast.Term {
	o := ast.NewObject()
	for i := 0; i < len(pairs); i += 2 {
		o.Insert(ast.InternedTerm(pairs[i].(string)), pairs[i+1].(*ast.Term))
	}
	return ast.NewTerm(o)
}

func texts[T ~string](list []T) *ast.Term {
	terms := make([]*ast.Term, len(list))
	for i, s := range list {
		terms[i] = ast.InternedTerm(string(s))
	}
	return ast.ArrayTerm(terms...)
}

// readAccess reads the rules' answer strictly.
func readAccess(rs rego.ResultSet) (Access, error) {
	if len(rs) != 1 || len(rs[0].Expressions) != 1 {
		return Access{}, ErrShape
	}
	answer, ok := rs[0].Expressions[0].Value.(map[string]any)
	if !ok || len(answer) != 6 {
		return Access{}, ErrShape
	}
	version, err := whole(answer["version"])
	reaches, ok1 := answer["reaches"].([]any)
	second, ok2 := answer["second_person"].(bool)
	blocked, ok3 := answer["blocked"].(bool)
	emergency, ok4 := readClasses(answer["emergency"])
	looks, ok5 := answer["looks"].(bool)
	if err != nil || version != 1 || !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		return Access{}, ErrShape
	}
	all := Access{Emergency: emergency, SecondPerson: second, Blocked: blocked, Looks: looks}
	for _, r := range reaches {
		reach, err := readReach(r)
		if err != nil {
			return Access{}, err
		}
		all.Reaches = append(all.Reaches, reach)
	}
	return all, nil
}

func readReach(v any) (Reach, error) {
	o, ok := v.(map[string]any)
	if !ok || len(o) != 5 {
		return Reach{}, ErrShape
	}
	scope, ok1 := o["scope"].(string)
	base, ok2 := o["base"].(string)
	basis, ok3 := o["basis"].(string)
	classes, ok4 := readClasses(o["classes"])
	sensitive, ok5 := readClasses(o["sensitive"])
	r := Reach{Scope: Scope(scope), Base: base, Basis: Basis(basis), Classes: classes, OfSensitive: sensitive}
	placed := r.Scope == Office || r.Scope == Region
	known := slices.Contains([]Scope{Own, Team, Office, Region, Organisation}, r.Scope)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !known || placed != (base != "") {
		return Reach{}, ErrShape
	}
	return r, nil
}

func readClasses(v any) ([]Class, bool) {
	list, ok := v.([]any)
	var classes []Class
	for _, c := range list {
		s, isText := c.(string)
		if !isText || !slices.Contains(Classes(), Class(s)) {
			return nil, false
		}
		classes = append(classes, Class(s))
	}
	return classes, ok
}
