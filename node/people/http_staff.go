package people

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"casehub/internal/errs"
	"casehub/internal/web"
)

// label is what a person reads for a code: a message, or words as they are.
type label struct{ Key, Text string }

// names are what the pages call offices and roles.
type namesOf struct {
	offices []Office
	own     []Role
	ready   []string
}

func (p *pages) namesOf(r *http.Request) (namesOf, error) {
	n := namesOf{ready: p.people.words.Roles}
	var err error
	if n.offices, err = p.people.Offices(r.Context()); err != nil {
		return n, err
	}
	n.own, err = p.people.Roles(r.Context())
	return n, err
}

func (n namesOf) office(id string) string {
	for _, o := range n.offices {
		if o.ID == id {
			return o.Name
		}
	}
	return ""
}

func (n namesOf) role(code string) label {
	for _, r := range n.own {
		if r.ID == code {
			return label{Text: r.Name}
		}
	}
	if slices.Contains(n.ready, code) {
		return label{Key: "people.role-" + code}
	}
	return label{Text: code}
}

// roleOptions are the roles to choose from, the ready-made first.
func (n namesOf) roleOptions(chosen string) []web.OptionGroup {
	var ready, own web.OptionGroup
	for _, code := range n.ready {
		ready.Options = append(ready.Options, web.Option{Value: code, Key: "people.role-" + code, Chosen: code == chosen})
	}
	for _, r := range n.own {
		own.Options = append(own.Options, web.Option{Value: r.ID, Label: r.Name, Chosen: r.ID == chosen})
	}
	return []web.OptionGroup{ready, own}
}

// officeOptions are the open offices, and a closed one where it is chosen.
func (n namesOf) officeOptions(chosen string) []web.OptionGroup {
	var g web.OptionGroup
	for _, o := range n.offices {
		if !o.Closed || o.ID == chosen {
			g.Options = append(g.Options, web.Option{Value: o.ID, Label: o.Name, Chosen: o.ID == chosen})
		}
	}
	return []web.OptionGroup{g}
}

// post is a position as pages show it.
type post struct {
	ID     string
	Role   label
	Office string // "" the person's own
}

func (n namesOf) posts(held []Position) []post {
	all := make([]post, len(held))
	for i, o := range held {
		all[i] = post{o.ID, n.role(o.Role), n.office(o.OfficeID)}
	}
	return all
}

// staffLine is somebody in the list.
type staffLine struct {
	Person
	Office string
	Posts  []post
}

// staffList is the page of all.
type staffList struct {
	Here, Gone []staffLine
	Manage     bool
}

// staff answers GET /people.
func (p *pages) staff(w http.ResponseWriter, r *http.Request) error {
	n, err := p.namesOf(r)
	if err != nil {
		return err
	}
	all, err := p.people.PeopleFor(r.Context(), web.Actor(r), readPeople)
	if err != nil {
		return err
	}
	held, err := p.people.Positions(r.Context())
	if err != nil {
		return err
	}
	byPerson := map[ID][]Position{}
	for _, o := range held {
		byPerson[o.PersonID] = append(byPerson[o.PersonID], o)
	}
	list := staffList{Manage: p.people.gate.May(r.Context(), web.Actor(r), managePeople) == nil}
	for _, one := range all {
		line := staffLine{one, n.office(one.OfficeID), n.posts(byPerson[one.ID])}
		if one.Status == Left {
			list.Gone = append(list.Gone, line)
			continue
		}
		list.Here = append(list.Here, line)
	}
	return p.Page(w, r, http.StatusOK, "people-list", list)
}

// personForm is a person as somebody types it.
type personForm struct {
	problem
	ID          ID // "" for somebody new
	Version     int
	Login, Name string
	Language    string
	Office      string
	Role        string // of somebody new
	names       namesOf
}

// Format writes the identifier, whatever the verb.
func (f personForm) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(f.ID)) }

// Fields returns the inputs.
func (f personForm) Fields() []web.Field {
	field := func(name, label, value string) web.Field {
		return web.Field{Form: "person", Name: name, Label: label, Value: value, Problem: f.Problem}
	}
	name := field("name", "people.name", f.Name)
	name.Limit, name.Required = nameLimit, true
	office := field("office", "people.office", f.Office)
	office.Options, office.Choose, office.Hint = f.names.officeOptions(f.Office), "people.office-none", "people.office-hint"
	language := field("language", "people.language", f.Language)
	language.Options, language.Choose = languageOptions(f.Language), "people.language-organisation"
	if f.ID != "" {
		return []web.Field{name, office, language}
	}
	login := field("login", "people.login", f.Login)
	login.Limit, login.Required, login.Hint = 32, true, "people.login-hint"
	role := field("role", "people.role", f.Role)
	role.Options, role.Choose, role.Hint = f.names.roleOptions(f.Role), "people.role-none", "people.role-hint"
	return []web.Field{name, login, role, office, language}
}

func languageOptions(chosen string) []web.OptionGroup {
	var g web.OptionGroup
	for _, l := range languages {
		g.Options = append(g.Options, web.Option{Value: l, Key: "kit.language-" + l, Chosen: l == chosen})
	}
	return []web.OptionGroup{g}
}

func readPerson(r *http.Request) personForm {
	return personForm{
		ID: ID(r.PathValue("id")), Version: version(r), Login: CleanLogin(r.PostFormValue("login")), Name: typed(r, "name"),
		Language: typed(r, "language"), Office: typed(r, "office"), Role: typed(r, "role"),
	}
}

func (f personForm) person() Person {
	return Person{ID: f.ID, Version: f.Version, Login: f.Login, Name: f.Name, Language: f.Language, OfficeID: f.Office}
}

func (p *pages) showPersonForm(w http.ResponseWriter, r *http.Request, status int, f personForm) error {
	var err error
	if f.names, err = p.namesOf(r); err != nil {
		return err
	}
	return p.Page(w, r, status, "person-form", f)
}

// newPerson answers GET /people/new. The office is that of whoever adds somebody,
// until another is chosen.
func (p *pages) newPerson(w http.ResponseWriter, r *http.Request) error {
	mine, err := p.people.Person(r.Context(), Current(r).Person)
	if err != nil {
		return err
	}
	return p.showPersonForm(w, r, http.StatusOK, personForm{Office: mine.OfficeID})
}

// oneTimePage shows a one-time password, once.
type oneTimePage struct {
	Person   Person
	Password string
	// Refused is why the first position was not given, nil otherwise.
	Refused error
}

// Format hides the password.
func (o oneTimePage) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("one-time password(hidden)")) }

// addPerson answers POST /people.
func (p *pages) addPerson(w http.ResponseWriter, r *http.Request) error {
	f := readPerson(r)
	if f.Role != "" {
		if err := p.people.roleExists(r.Context(), p.people.db, f.Role); err != nil {
			f.Problem = err
			return p.showPersonForm(w, r, http.StatusUnprocessableEntity, f)
		}
	}
	id, password, err := p.people.AddPerson(r.Context(), web.Actor(r), f.person())
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showPersonForm(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	var refused error
	if f.Role != "" {
		refused = p.people.GivePosition(r.Context(), web.Actor(r), Position{PersonID: id, Role: f.Role})
	}
	return p.showOneTime(w, r, id, password, refused)
}

func (p *pages) showOneTime(w http.ResponseWriter, r *http.Request, id ID, password string, refused error) error {
	one, err := p.people.Person(r.Context(), id)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "person-one-time", oneTimePage{Person: one, Password: password, Refused: refused})
}

// personPage is everything about one of the staff.
type personPage struct {
	problem
	Person    Person
	Office    string
	Posts     []post
	Sessions  []Session
	HasFactor bool
	Self      bool
	names     namesOf
}

// Role and OfficeOf return the inputs of a new position.
func (s personPage) Role() web.Field {
	return web.Field{
		Form: "position", Name: "role", Label: "people.role", Choose: "people.role-choose",
		Options: s.names.roleOptions(""), Problem: s.Problem, Required: true,
	}
}

// Place returns the input of the office of a new position.
func (s personPage) Place() web.Field {
	return web.Field{
		Form: "position", Name: "office", Label: "people.position-office", Choose: "people.position-own-office",
		Options: s.names.officeOptions(""), Problem: s.Problem,
	}
}

// person answers GET /people/{id}.
func (p *pages) person(w http.ResponseWriter, r *http.Request) error {
	return p.showPerson(w, r, http.StatusOK, nil)
}

func (p *pages) showPerson(w http.ResponseWriter, r *http.Request, status int, problemOf error) error {
	ctx, id := r.Context(), ID(r.PathValue("id"))
	s := personPage{problem: problem{problemOf}, Self: web.Actor(r) == id.Actor()}
	var err error
	if s.Person, err = p.people.managed(ctx, web.Actor(r), id); err != nil {
		return err
	}
	if s.names, err = p.namesOf(r); err != nil {
		return err
	}
	held, err := p.people.PositionsOf(ctx, id)
	if err != nil {
		return err
	}
	if s.Sessions, err = p.people.Sessions(ctx, id); err != nil {
		return err
	}
	if s.HasFactor, err = hasFactor(ctx, p.people.db, id); err != nil {
		return err
	}
	s.Office, s.Posts = s.names.office(s.Person.OfficeID), s.names.posts(held)
	return p.Page(w, r, status, "person-page", s)
}

// editPerson answers GET /people/{id}/edit.
func (p *pages) editPerson(w http.ResponseWriter, r *http.Request) error {
	one, err := p.people.managed(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return p.showPersonForm(w, r, http.StatusOK, personForm{
		ID: one.ID, Version: one.Version, Login: one.Login, Name: one.Name, Language: one.Language, Office: one.OfficeID,
	})
}

// savePerson answers POST /people/{id}.
func (p *pages) savePerson(w http.ResponseWriter, r *http.Request) error {
	f := readPerson(r)
	err := p.people.SavePerson(r.Context(), web.Actor(r), f.person())
	if errs.KindOf(err) == errs.Invalid || errors.Is(err, ErrChanged) {
		f.Problem = err
		return p.showPersonForm(w, r, http.StatusUnprocessableEntity, f)
	}
	return p.done(w, r, "people.said-saved", "/people/"+string(f.ID), err)
}

// done leads on after something was done.
func (p *pages) done(w http.ResponseWriter, r *http.Request, said, path string, err error) error {
	if err != nil {
		return err
	}
	web.Say(w, r, said)
	return web.GoTo(w, r, path)
}

// givePosition answers POST /people/{id}/positions.
func (p *pages) givePosition(w http.ResponseWriter, r *http.Request) error {
	id := ID(r.PathValue("id"))
	err := p.people.GivePosition(r.Context(), web.Actor(r), Position{PersonID: id, Role: typed(r, "role"), OfficeID: typed(r, "office")})
	if wrong(err) || errors.Is(err, ErrBeyond) {
		return p.showPerson(w, r, http.StatusUnprocessableEntity, err)
	}
	return p.done(w, r, "people.said-position-given", "/people/"+string(id), err)
}

// takePosition answers POST /people/{id}/positions/{position}/end.
func (p *pages) takePosition(w http.ResponseWriter, r *http.Request) error {
	id := ID(r.PathValue("id"))
	err := p.people.TakePosition(r.Context(), web.Actor(r), id, r.PathValue("position"))
	if wrong(err) || errors.Is(err, ErrBeyond) {
		return p.showPerson(w, r, http.StatusUnprocessableEntity, err)
	}
	return p.done(w, r, "people.said-position-taken", "/people/"+string(id), err)
}

// grave are the steps that are asked about before they are done.
var grave = []string{"password", "factors", "sessions", "leave", "return"}

// confirmPage is the question about one of the grave steps.
type confirmPage struct {
	problem
	Person Person
	What   string
}

// confirm answers GET /people/{id}/confirm/{what}.
func (p *pages) confirm(w http.ResponseWriter, r *http.Request) error {
	return p.showConfirm(w, r, http.StatusOK, nil)
}

func (p *pages) showConfirm(w http.ResponseWriter, r *http.Request, status int, problemOf error) error {
	what := r.PathValue("what")
	if !slices.Contains(grave, what) {
		return ErrNotFound
	}
	one, err := p.people.managed(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return p.Page(w, r, status, "person-confirm", confirmPage{problem{problemOf}, one, what})
}

// confirmed answers POST /people/{id}/confirm/{what}.
func (p *pages) confirmed(w http.ResponseWriter, r *http.Request) error {
	ctx, who, id := r.Context(), web.Actor(r), ID(r.PathValue("id"))
	var password, said string
	var err error
	switch r.PathValue("what") {
	case "password":
		password, err = p.people.ResetPassword(ctx, who, id)
	case "return":
		password, err = p.people.Return(ctx, who, id)
	case "factors":
		said, err = "people.said-factors", p.people.ResetFactors(ctx, who, id)
	case "sessions":
		said, err = "people.said-ended", p.people.EndSessions(ctx, who, id)
	case "leave":
		said, err = "people.said-left", p.people.Leave(ctx, who, id)
	default:
		return ErrNotFound
	}
	switch {
	case wrong(err) || errors.Is(err, ErrNotOwn) || errors.Is(err, ErrLeft) || errors.Is(err, ErrBeyond):
		return p.showConfirm(w, r, http.StatusUnprocessableEntity, err)
	case err == nil && password != "":
		return p.showOneTime(w, r, id, password, nil)
	}
	return p.done(w, r, said, "/people/"+string(id), err)
}
