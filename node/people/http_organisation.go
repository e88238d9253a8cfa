package people

import (
	"net/http"
	"slices"
	"strconv"

	"casehub/internal/errs"
	"casehub/internal/web"
)

// organisationPage is everything about the organisation.
type organisationPage struct {
	problem
	Organisation Organisation
	Offices      []officeLine
	Regions      []regionLine
	Teams        []teamLine
	Factors      []roleChoice
	RegionName   string // typed and refused
	About        string // which form the problem is of: "organisation" or "region"
}

type officeLine struct {
	Office
	Region string
}

type regionLine struct {
	Region
	Offices int
}

type teamLine struct {
	Team
	Office string
}

// roleChoice is a role with a box.
type roleChoice struct {
	Code   string
	Role   label
	Chosen bool
}

// Settings returns the inputs of the organisation itself.
func (o organisationPage) Settings() []web.Field {
	field := func(name, label, value string) web.Field {
		f := web.Field{Form: "organisation", Name: name, Label: label, Value: value}
		if o.About == "organisation" {
			f.Problem = o.Problem
		}
		return f
	}
	name := field("name", "people.organisation-name", o.Organisation.Name)
	name.Limit, name.Required = nameLimit, true
	language := field("language", "people.organisation-language", o.Organisation.Language)
	language.Options = languageOptions(o.Organisation.Language)
	lock := field("lock_minutes", "people.lock-after", strconv.Itoa(o.Organisation.LockMinutes))
	lock.Type, lock.Min, lock.Max, lock.Hint = "number", "1", strconv.Itoa(lockMost), "people.lock-after-hint"
	return []web.Field{name, language, lock}
}

// NewRegion returns the input of a new region.
func (o organisationPage) NewRegion() web.Field {
	f := web.Field{Form: "region", Name: "name", Label: "people.region-new", Value: o.RegionName, Limit: nameLimit, Required: true}
	if o.About == "region" {
		f.Problem = o.Problem
	}
	return f
}

// organisation answers GET /organisation.
func (p *pages) organisation(w http.ResponseWriter, r *http.Request) error {
	o, err := p.people.Organisation(r.Context())
	if err != nil {
		return err
	}
	return p.showOrganisation(w, r, http.StatusOK, organisationPage{Organisation: o})
}

func (p *pages) showOrganisation(w http.ResponseWriter, r *http.Request, status int, page organisationPage) error {
	n, err := p.namesOf(r)
	if err != nil {
		return err
	}
	regions, err := p.people.Regions(r.Context())
	if err != nil {
		return err
	}
	teams, err := p.people.Teams(r.Context())
	if err != nil {
		return err
	}
	required, err := p.people.RequiredFactors(r.Context())
	if err != nil {
		return err
	}
	page.fill(n, regions, teams, required)
	return p.Page(w, r, status, "organisation", page)
}

func (o *organisationPage) fill(n namesOf, regions []Region, teams []Team, required []string) {
	in, called := map[string]int{}, map[string]string{}
	for _, g := range regions {
		called[g.ID] = g.Name
	}
	for _, f := range n.offices {
		in[f.RegionID]++
		o.Offices = append(o.Offices, officeLine{f, called[f.RegionID]})
	}
	for _, g := range regions {
		o.Regions = append(o.Regions, regionLine{g, in[g.ID]})
	}
	for _, t := range teams {
		o.Teams = append(o.Teams, teamLine{t, n.office(t.OfficeID)})
	}
	for _, code := range n.ready {
		o.Factors = append(o.Factors, roleChoice{code, n.role(code), slices.Contains(required, code)})
	}
	for _, own := range n.own {
		o.Factors = append(o.Factors, roleChoice{own.ID, n.role(own.ID), slices.Contains(required, own.ID)})
	}
}

// saveOrganisation answers POST /organisation.
func (p *pages) saveOrganisation(w http.ResponseWriter, r *http.Request) error {
	minutes, _ := strconv.Atoi(typed(r, "lock_minutes"))
	o := Organisation{Name: typed(r, "name"), Language: typed(r, "language"), LockMinutes: minutes, Version: version(r)}
	err := p.people.SaveOrganisation(r.Context(), web.Actor(r), o)
	if wrong(err) {
		return p.showOrganisation(w, r, http.StatusUnprocessableEntity, organisationPage{problem: problem{err}, Organisation: o, About: "organisation"})
	}
	return p.done(w, r, "people.said-saved", "/organisation", err)
}

// requireFactors answers POST /organisation/factors.
func (p *pages) requireFactors(w http.ResponseWriter, r *http.Request) error {
	err := p.people.RequireFactors(r.Context(), web.Actor(r), r.PostForm["role"])
	return p.done(w, r, "people.said-saved", "/organisation", err)
}

// placeForm is an office, a region or a team as somebody types it.
type placeForm struct {
	problem
	ID, Name string
	Region   string
	Office   string
	Closed   bool
	Members  []ID

	regions []Region
	names   namesOf
	staff   []Person
}

func (f placeForm) nameField() web.Field {
	return web.Field{Form: "place", Name: "name", Label: "people.name", Value: f.Name, Limit: nameLimit, Required: true, Problem: f.Problem}
}

// OfficeFields returns the inputs of an office.
func (f placeForm) OfficeFields() []web.Field {
	var g web.OptionGroup
	for _, one := range f.regions {
		g.Options = append(g.Options, web.Option{Value: one.ID, Label: one.Name, Chosen: one.ID == f.Region})
	}
	region := web.Field{
		Form: "place", Name: "region", Label: "people.region", Choose: "people.region-none",
		Options: []web.OptionGroup{g}, Problem: f.Problem,
	}
	return []web.Field{f.nameField(), region}
}

// RegionFields returns the input of a region.
func (f placeForm) RegionFields() []web.Field { return []web.Field{f.nameField()} }

// TeamFields returns the inputs of a team but its members.
func (f placeForm) TeamFields() []web.Field {
	office := web.Field{
		Form: "place", Name: "office", Label: "people.office", Choose: "people.team-across",
		Options: f.names.officeOptions(f.Office), Problem: f.Problem,
	}
	return []web.Field{f.nameField(), office}
}

// memberChoice is one of the staff with a box.
type memberChoice struct {
	ID     ID
	Name   string
	Chosen bool
}

// Choices returns the active staff.
func (f placeForm) Choices() []memberChoice {
	var all []memberChoice
	for _, one := range f.staff {
		if one.Status == Active {
			all = append(all, memberChoice{one.ID, one.Name, slices.Contains(f.Members, one.ID)})
		}
	}
	return all
}

func (p *pages) showOffice(w http.ResponseWriter, r *http.Request, status int, f placeForm) error {
	var err error
	if f.regions, err = p.people.Regions(r.Context()); err != nil {
		return err
	}
	return p.Page(w, r, status, "office-form", f)
}

// newOffice answers GET /organisation/offices/new.
func (p *pages) newOffice(w http.ResponseWriter, r *http.Request) error {
	return p.showOffice(w, r, http.StatusOK, placeForm{})
}

func readPlace(r *http.Request) placeForm {
	f := placeForm{
		ID: r.PathValue("id"), Name: typed(r, "name"), Region: typed(r, "region"), Office: typed(r, "office"),
		Closed: r.PostFormValue("closed") != "",
	}
	for _, id := range r.PostForm["member"] {
		f.Members = append(f.Members, ID(id))
	}
	return f
}

// addOffice answers POST /organisation/offices.
func (p *pages) addOffice(w http.ResponseWriter, r *http.Request) error {
	f := readPlace(r)
	_, err := p.people.AddOffice(r.Context(), web.Actor(r), Office{Name: f.Name, RegionID: f.Region})
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showOffice(w, r, http.StatusUnprocessableEntity, f)
	}
	return p.done(w, r, "people.said-saved", "/organisation", err)
}

// office answers GET /organisation/offices/{id}.
func (p *pages) office(w http.ResponseWriter, r *http.Request) error {
	o, err := p.people.Office(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.showOffice(w, r, http.StatusOK, placeForm{ID: o.ID, Name: o.Name, Region: o.RegionID, Closed: o.Closed})
}

// saveOffice answers POST /organisation/offices/{id}.
func (p *pages) saveOffice(w http.ResponseWriter, r *http.Request) error {
	f := readPlace(r)
	err := p.people.SaveOffice(r.Context(), web.Actor(r), Office{ID: f.ID, Name: f.Name, RegionID: f.Region, Closed: f.Closed})
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showOffice(w, r, http.StatusUnprocessableEntity, f)
	}
	return p.done(w, r, "people.said-saved", "/organisation", err)
}

// addRegion answers POST /organisation/regions.
func (p *pages) addRegion(w http.ResponseWriter, r *http.Request) error {
	name := typed(r, "name")
	_, err := p.people.AddRegion(r.Context(), web.Actor(r), name)
	if errs.KindOf(err) != errs.Invalid {
		return p.done(w, r, "people.said-saved", "/organisation", err)
	}
	o, e := p.people.Organisation(r.Context())
	if e != nil {
		return e
	}
	return p.showOrganisation(w, r, http.StatusUnprocessableEntity, organisationPage{problem: problem{err}, Organisation: o, RegionName: name, About: "region"})
}

// region answers GET /organisation/regions/{id}.
func (p *pages) region(w http.ResponseWriter, r *http.Request) error {
	g, err := regionByID(r.Context(), p.people.db, r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "region-form", placeForm{ID: g.ID, Name: g.Name})
}

// saveRegion answers POST /organisation/regions/{id}.
func (p *pages) saveRegion(w http.ResponseWriter, r *http.Request) error {
	f := readPlace(r)
	err := p.people.RenameRegion(r.Context(), web.Actor(r), Region{f.ID, f.Name})
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "region-form", f)
	}
	return p.done(w, r, "people.said-saved", "/organisation", err)
}

// removeRegion answers POST /organisation/regions/{id}/remove.
func (p *pages) removeRegion(w http.ResponseWriter, r *http.Request) error {
	err := p.people.RemoveRegion(r.Context(), web.Actor(r), r.PathValue("id"))
	return p.done(w, r, "people.said-removed", "/organisation", err)
}

func (p *pages) showTeam(w http.ResponseWriter, r *http.Request, status int, f placeForm) error {
	var err error
	if f.names, err = p.namesOf(r); err != nil {
		return err
	}
	if f.staff, err = p.people.People(r.Context()); err != nil {
		return err
	}
	return p.Page(w, r, status, "team-form", f)
}

// newTeam answers GET /organisation/teams/new.
func (p *pages) newTeam(w http.ResponseWriter, r *http.Request) error {
	return p.showTeam(w, r, http.StatusOK, placeForm{})
}

func (f placeForm) team() Team {
	return Team{ID: f.ID, Name: f.Name, OfficeID: f.Office, Members: f.Members}
}

// addTeam answers POST /organisation/teams.
func (p *pages) addTeam(w http.ResponseWriter, r *http.Request) error {
	f := readPlace(r)
	_, err := p.people.AddTeam(r.Context(), web.Actor(r), f.team())
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showTeam(w, r, http.StatusUnprocessableEntity, f)
	}
	return p.done(w, r, "people.said-saved", "/organisation", err)
}

// team answers GET /organisation/teams/{id}.
func (p *pages) team(w http.ResponseWriter, r *http.Request) error {
	t, err := p.people.Team(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.showTeam(w, r, http.StatusOK, placeForm{ID: t.ID, Name: t.Name, Office: t.OfficeID, Members: t.Members})
}

// saveTeam answers POST /organisation/teams/{id}.
func (p *pages) saveTeam(w http.ResponseWriter, r *http.Request) error {
	f := readPlace(r)
	err := p.people.SaveTeam(r.Context(), web.Actor(r), f.team())
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showTeam(w, r, http.StatusUnprocessableEntity, f)
	}
	return p.done(w, r, "people.said-saved", "/organisation", err)
}

// removeTeam answers POST /organisation/teams/{id}/remove.
func (p *pages) removeTeam(w http.ResponseWriter, r *http.Request) error {
	err := p.people.RemoveTeam(r.Context(), web.Actor(r), r.PathValue("id"))
	return p.done(w, r, "people.said-removed", "/organisation", err)
}
