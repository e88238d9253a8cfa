package consents

import (
	"embed"
	"html/template"
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/clients"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of consents.
type Pages struct {
	*web.Pages
	consents *Service
	clients  *clients.Service
}

// Routes adds the pages of consents to the site.
func Routes(site *web.Site, svc *Service, of *clients.Service) *Pages {
	p := &Pages{Pages: site.Pages(templates), consents: svc, clients: of}
	site.Handle("GET /clients/{id}/consents", "consents.read", p.show)
	site.Handle("POST /clients/{id}/consents", "consents.edit", p.record)
	site.Handle("GET /consents", "consents.edit", p.due)
	site.Handle("GET /consents/terms", "organisation.manage", p.terms)
	site.Handle("POST /consents/terms", "organisation.manage", p.setTerms)
	return p
}

// panel is the data of the panel OfClient.
type panel struct {
	Client    clients.ID
	Standings []Standing
	Edits     bool
}

// OfClient is a panel for a client's page: what the client agreed to, "" for who
// may not read that.
func (p *Pages) OfClient(r *http.Request, id clients.ID) (template.HTML, error) {
	standing, _, err := p.consents.OfClient(r.Context(), web.Actor(r), id)
	if errs.KindOf(err) == errs.Forbidden {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	d := panel{Client: id, Standings: standing}
	if d.Edits, err = p.edits(r, id); err != nil {
		return "", err
	}
	return p.HTML(r, "consents-of-client", d)
}

func (p *Pages) edits(r *http.Request, id clients.ID) (bool, error) {
	return access.Allowed(p.consents.gate.Client(r.Context(), p.consents.db, web.Actor(r), "consents.edit", string(id)))
}

// ForReferral is a panel for the form of a referral: what to do first where the
// client has not agreed to it; "" where they have, and for who may not read that.
func (p *Pages) ForReferral(r *http.Request, id clients.ID) (template.HTML, error) {
	state, err := p.consents.Stands(r.Context(), web.Actor(r), id, Referral)
	if kind := errs.KindOf(err); kind == errs.Forbidden || kind == errs.NotFound {
		return "", nil
	}
	if err != nil || state.Allows() {
		return "", err
	}
	d := lacking{Client: id, Purpose: Referral, State: state}
	if d.Edits, err = p.edits(r, id); err != nil {
		return "", err
	}
	return p.HTML(r, "consent-lacking", d)
}

// lacking is a consent that does not hold.
type lacking struct {
	Client  clients.ID
	Purpose Purpose
	State   State
	Edits   bool
}

// page is everything that a client ever answered, with the form for the next
// answer.
type page struct {
	Client  clients.Line
	History []answer
	Form    form
	Edits   bool
	// Narrative says whether the reader may read notes and names of guardians.
	Narrative bool
}

// answer is a consent with the name of who wrote it down.
type answer struct {
	Consent
	By string
}

// show answers GET /clients/{id}/consents. A purpose in the address is chosen in
// the form; no answer is, since nobody has said anything yet.
func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	f := form{Purpose: r.URL.Query().Get("purpose"), AnsweredOn: string(civil.On(p.consents.now()))}
	return p.showPage(w, r, http.StatusOK, f)
}

func (p *Pages) showPage(w http.ResponseWriter, r *http.Request, status int, f form) error {
	c, may, err := p.clients.ByID(r.Context(), web.Actor(r), clients.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	_, history, err := p.consents.OfClient(r.Context(), web.Actor(r), c.ID)
	if err != nil {
		return err
	}
	d := page{Client: c.Line(), Form: f, Narrative: may.Narrative}
	d.Form.Client, d.Form.noted, d.Form.today = c.ID, may.Narrative, civil.On(p.consents.now())
	if d.Edits, err = p.edits(r, c.ID); err != nil {
		return err
	}
	if d.History, err = p.answers(r, history); err != nil {
		return err
	}
	return p.Page(w, r, status, "consents", d)
}

func (p *Pages) answers(r *http.Request, all []Consent) ([]answer, error) {
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.capturer()
	}
	names, err := p.consents.gate.Names(r.Context(), ids...)
	list := make([]answer, len(all))
	for i, c := range all {
		list[i] = answer{c, names[ids[i]]}
	}
	return list, err
}

// record answers POST /clients/{id}/consents. A form that does not hold comes
// back with status 422.
func (p *Pages) record(w http.ResponseWriter, r *http.Request) error {
	f := readForm(r)
	id := clients.ID(r.PathValue("id"))
	_, err := p.consents.Record(r.Context(), web.Actor(r), f.consent(id))
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showPage(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "consents.said-recorded")
	return web.GoTo(w, r, "/clients/"+string(id))
}

// dueList is the data of the list of what has to be asked for again.
type dueList struct {
	Lines   []Due
	Next    Cursor
	Manages bool
}

// due answers GET /consents.
func (p *Pages) due(w http.ResponseWriter, r *http.Request) error {
	after, err := ParseCursor(r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	var d dueList
	if d.Lines, d.Next, err = p.consents.Due(r.Context(), web.Actor(r), after); err != nil {
		return err
	}
	if d.Manages, err = access.Allowed(p.consents.gate.May(r.Context(), web.Actor(r), "organisation.manage")); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "consents-due", d)
}

// onHome is how many lines the panel of the first page has.
const onHome = 5

// Due is a panel for the first page: what has to be asked for again, "" where
// there is nothing.
func (p *Pages) Due(r *http.Request) (template.HTML, error) {
	if may, err := access.Allowed(p.consents.gate.May(r.Context(), web.Actor(r), "consents.edit")); err != nil || !may {
		return "", err
	}
	lines, next, err := p.consents.Due(r.Context(), web.Actor(r), Cursor{})
	if err != nil || len(lines) == 0 {
		return "", err
	}
	return p.HTML(r, "consents-due-soon", struct {
		Lines []Due
		More  bool
	}{lines[:min(onHome, len(lines))], next.ID != "" || len(lines) > onHome})
}

// termsForm is how long consents hold, as somebody typed it.
type termsForm struct {
	Months  map[Purpose]string
	Problem error
}

// Fields returns the inputs of the form.
func (f termsForm) Fields() []web.Field {
	var all []web.Field
	for _, p := range Purposes() {
		all = append(all, web.Field{
			Form: "terms", Name: "months_" + string(p), Label: "consents.purpose-" + string(p), Type: "number",
			Min: "0", Max: "120", Value: f.Months[p], Required: true, Problem: f.Problem,
		})
	}
	return all
}

// terms answers GET /consents/terms.
func (p *Pages) terms(w http.ResponseWriter, r *http.Request) error {
	terms, err := p.consents.Terms(r.Context())
	if err != nil {
		return err
	}
	f := termsForm{Months: map[Purpose]string{}}
	for _, t := range terms {
		f.Months[t.Purpose] = number(t.Months)
	}
	return p.Page(w, r, http.StatusOK, "consents-terms", f)
}

// setTerms answers POST /consents/terms.
func (p *Pages) setTerms(w http.ResponseWriter, r *http.Request) error {
	f := termsForm{Months: map[Purpose]string{}}
	var terms []Term
	for _, purpose := range Purposes() {
		f.Months[purpose] = text.Clean(r.PostFormValue("months_" + string(purpose)))
		terms = append(terms, Term{purpose, readNumber(f.Months[purpose])})
	}
	err := p.consents.SetTerms(r.Context(), web.Actor(r), terms)
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "consents-terms", f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "consents.said-terms")
	return web.GoTo(w, r, "/consents")
}
