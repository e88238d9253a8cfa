package people

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"casehub/internal/errs"
	"casehub/internal/web"
)

// rolesPage lists the ready-made roles and the organisation's own.
type rolesPage struct {
	Ready []string
	Own   []Role
}

// roles answers GET /roles.
func (p *pages) roles(w http.ResponseWriter, r *http.Request) error {
	own, err := p.people.Roles(r.Context())
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "roles", rolesPage{p.people.words.Roles, own})
}

// roleForm is an own role as somebody types it.
type roleForm struct {
	problem
	ID, Name string
	Version  int
	Groups   []grantGroup
}

// grantGroup are the actions of one kind of work, folded away until somebody
// opens them: there are too many to scroll through on a telephone.
type grantGroup struct {
	// Work ends the key of what the group is called.
	Work  string
	Lines []grantLine
	// Allowed is how many of the actions the role may do.
	Allowed int
}

// works are the kinds of work with the first words of their actions, in the order
// of the form. The last takes what is in none.
var works = []struct {
	name  string
	areas []string
}{
	{"clients", []string{"clients", "consents"}},
	{"cases", []string{"cases", "emergencies", "referrals", "documents", "finance"}},
	{"figures", []string{"figures", "releases"}},
	{"people", []string{"people", "organisation", "roles", "audit"}},
	{"program", nil},
}

// workOf returns the place in works of an action.
func workOf(action string) int {
	area, _, _ := strings.Cut(action, ".")
	for i, w := range works {
		if slices.Contains(w.areas, area) {
			return i
		}
	}
	return len(works) - 1
}

// grantLine is one action with its choices.
type grantLine struct {
	Action  string
	Label   label
	Reach   string // "" not allowed
	Reaches []string
	Classes []classChoice
}

type classChoice struct {
	Class  string
	Chosen bool
}

// NameField returns the input of the name.
func (f roleForm) NameField() web.Field {
	return web.Field{Form: "role", Name: "name", Label: "people.role-name", Value: f.Name, Limit: nameLimit, Required: true, Problem: f.Problem}
}

func (p *pages) roleForm(r *http.Request, role Role, problemOf error) roleForm {
	f := roleForm{problem: problem{problemOf}, ID: role.ID, Name: role.Name, Version: role.Version, Groups: make([]grantGroup, len(works))}
	for i, w := range works {
		f.Groups[i].Work = w.name
	}
	for _, action := range p.people.words.Actions {
		line := grantLine{Action: action, Label: p.actionLabel(r, action), Reaches: Reaches}
		var classes []string
		for _, g := range role.Grants {
			if g.Action == action {
				line.Reach, classes = g.Reach, g.Classes
			}
		}
		for _, c := range Classes {
			line.Classes = append(line.Classes, classChoice{c, slices.Contains(classes, c)})
		}
		g := &f.Groups[workOf(action)]
		g.Lines = append(g.Lines, line)
		if line.Reach != "" {
			g.Allowed++
		}
	}
	f.Groups = slices.DeleteFunc(f.Groups, func(g grantGroup) bool { return len(g.Lines) == 0 })
	return f
}

// actionLabel returns what a person reads for an action: its code where the
// policy has one that no catalogue knows yet.
func (p *pages) actionLabel(r *http.Request, action string) label {
	key := "people.action-" + strings.ReplaceAll(action, ".", "-")
	if p.site.Catalog().HasKey(web.Language(r), key) {
		return label{Key: key}
	}
	return label{Text: action}
}

// readRole reads the grants of a form: "reach:cases.read" and, any number of
// times, "class:cases.read".
func (p *pages) readRole(r *http.Request) Role {
	role := Role{ID: r.PathValue("id"), Name: typed(r, "name"), Version: version(r)}
	for _, action := range p.people.words.Actions {
		if reach := typed(r, "reach:"+action); reach != "" {
			role.Grants = append(role.Grants, Grant{action, reach, r.PostForm["class:"+action]})
		}
	}
	return role
}

// newRole answers GET /roles/new.
func (p *pages) newRole(w http.ResponseWriter, r *http.Request) error {
	return p.Page(w, r, http.StatusOK, "role-form", p.roleForm(r, Role{}, nil))
}

// addRole answers POST /roles.
func (p *pages) addRole(w http.ResponseWriter, r *http.Request) error {
	role := p.readRole(r)
	_, err := p.people.AddRole(r.Context(), web.Actor(r), role)
	return p.savedRole(w, r, role, err)
}

// role answers GET /roles/{id}.
func (p *pages) role(w http.ResponseWriter, r *http.Request) error {
	role, err := p.people.Role(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "role-form", p.roleForm(r, role, nil))
}

// saveRole answers POST /roles/{id}.
func (p *pages) saveRole(w http.ResponseWriter, r *http.Request) error {
	role := p.readRole(r)
	return p.savedRole(w, r, role, p.people.SaveRole(r.Context(), web.Actor(r), role))
}

func (p *pages) savedRole(w http.ResponseWriter, r *http.Request, role Role, err error) error {
	if errs.KindOf(err) == errs.Invalid || errors.Is(err, ErrChanged) || errors.Is(err, ErrBeyond) {
		return p.Page(w, r, http.StatusUnprocessableEntity, "role-form", p.roleForm(r, role, err))
	}
	return p.done(w, r, "people.said-saved", "/roles", err)
}

// removeRole answers POST /roles/{id}/remove.
func (p *pages) removeRole(w http.ResponseWriter, r *http.Request) error {
	err := p.people.RemoveRole(r.Context(), web.Actor(r), r.PathValue("id"))
	if errors.Is(err, ErrInUse) {
		role, e := p.people.Role(r.Context(), r.PathValue("id"))
		if e != nil {
			return e
		}
		return p.Page(w, r, http.StatusConflict, "role-form", p.roleForm(r, role, err))
	}
	return p.done(w, r, "people.said-removed", "/roles", err)
}
