package clients

import (
	"embed"
	"errors"
	"html/template"
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/audit"
)

//go:embed templates/*.html
var templates embed.FS

// Panel is a part of a client's page that another area fills.
type Panel func(r *http.Request, id ID) (template.HTML, error)

// pages are the pages of clients. What somebody searches for travels in the
// body of a form, never in an address.
type pages struct {
	*web.Pages
	clients *Service
	panels  []Panel
}

// Routes adds the pages of clients to the site. Panels stand on a client's page
// in their order.
func Routes(site *web.Site, svc *Service, panels ...Panel) {
	p := &pages{Pages: site.Pages(templates), clients: svc, panels: panels}
	site.Handle("GET /clients", "clients.read", p.list)
	site.Handle("POST /clients/search", "clients.read", p.search)
	site.Handle("GET /clients/new", "clients.register", p.blank)
	site.Handle("GET /clients/pairs", "clients.edit", p.pairs)
	site.Handle("POST /clients/pairs", "clients.edit", p.tellApart)
	site.Handle("POST /clients", "clients.register", p.create)
	site.Handle("GET /clients/{id}", "clients.read", p.show)
	site.Handle("GET /clients/{id}/edit", "clients.edit", p.edit)
	site.Handle("POST /clients/{id}", "clients.edit", p.save)
}

// listing is the data of the list and of its lines.
type listing struct {
	Lines  []row
	Next   Cursor
	Search string
	Total  int
	Later  bool // whether this is not the first page
	// Pairs are clients who may be one person, whom the reader may tell apart.
	Pairs int
	// Registers says whether the reader may record a client.
	Registers bool
}

// row is a line with the office's day on which the client was saved.
type row struct {
	Line
	ChangedOn civil.Date
}

func (p *pages) rows(lines []Line) []row {
	all := make([]row, len(lines))
	for i, l := range lines {
		all[i] = row{Line: l, ChangedOn: civil.On(l.UpdatedAt.In(p.clients.now().Location()))}
	}
	return all
}

// list answers GET /clients.
func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	return p.showList(w, r, r.URL.Query().Get("after"), "", "client-list")
}

// search answers POST /clients/search: the lines alone for htmx, a whole page
// otherwise.
func (p *pages) search(w http.ResponseWriter, r *http.Request) error {
	block := "client-list"
	if web.Fragment(r) {
		block = "client-lines"
	}
	return p.showList(w, r, r.PostFormValue("after"), r.PostFormValue("search"), block)
}

func (p *pages) showList(w http.ResponseWriter, r *http.Request, after, search, block string) error {
	cursor, err := ParseCursor(after)
	if err != nil {
		return err
	}
	page, err := p.clients.List(r.Context(), web.Actor(r), Filter{Search: search, After: cursor})
	if err != nil {
		return err
	}
	l := listing{Lines: p.rows(page.Lines), Next: page.Next, Search: search, Later: after != ""}
	if l.Total, err = p.clients.Count(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	if l.Pairs, err = p.clients.CountPairs(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	if l.Registers, err = access.Allowed(p.clients.gate.May(r.Context(), web.Actor(r), "clients.register")); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, block, l)
}

// blank answers GET /clients/new.
func (p *pages) blank(w http.ResponseWriter, r *http.Request) error {
	return p.Page(w, r, http.StatusOK, "client-new", form{May: everything, BirthPrecision: string(Day), ContactSafety: string(SafetyUnknown)})
}

// everything may be written about a client who is new.
var everything = access.Classes{Contact: true, Narrative: true, Finance: true, Sensitive: true}

// create answers POST /clients. Where the client may be known already, the form
// comes back with those it may be, and a second button that creates it anyway.
func (p *pages) create(w http.ResponseWriter, r *http.Request) error {
	f := readForm(r)
	f.May = everything
	c := f.client()
	err := c.Validate(civil.On(p.clients.now()))
	if err == nil && r.PostFormValue("anyway") == "" {
		if f.Duplicates, err = p.clients.PossibleDuplicates(r.Context(), web.Actor(r), c); err != nil {
			return err
		}
		if len(f.Duplicates) > 0 {
			return p.Page(w, r, http.StatusUnprocessableEntity, "client-new", f)
		}
	}
	if err == nil {
		c, err = p.clients.Create(r.Context(), web.Actor(r), c)
	}
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.Page(w, r, http.StatusUnprocessableEntity, "client-new", f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "clients.said-created")
	return web.GoTo(w, r, "/clients/"+string(c.ID))
}

// historyLength is how many audit entries a page shows.
const historyLength = 10

// sheet is the data of a client's page.
type sheet struct {
	Client Client
	May    access.Classes
	// Edits and Opens say whether the reader may change the client, and open a
	// case.
	Edits, Opens bool
	Panels       []template.HTML
	History      []audit.Line
	Legacy       []LegacyField
}

// Contact is what the block of contact data shows.
func (s sheet) Contact() contact { return contact{Client: s.Client, May: s.May} }

type contact struct {
	Client
	May access.Classes
}

// show answers GET /clients/{id}.
func (p *pages) show(w http.ResponseWriter, r *http.Request) error {
	who := web.Actor(r)
	c, may, err := p.clients.ByID(r.Context(), who, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	s := sheet{Client: c, May: may, Legacy: LegacyFields(c.Legacy)}
	if s.Edits, err = access.Allowed(p.clients.gate.Client(r.Context(), p.clients.db, who, "clients.edit", string(c.ID))); err != nil {
		return err
	}
	if s.Opens, err = access.Allowed(p.clients.gate.MayAdd(r.Context(), p.clients.db, who, "cases.open", string(c.ID))); err != nil {
		return err
	}
	for _, panel := range p.panels {
		html, err := panel(r, c.ID)
		if err != nil {
			return err
		}
		s.Panels = append(s.Panels, html)
	}
	if s.History, err = p.history(r, c.ID); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "client-page", s)
}

// history returns what was done to a client, with the names of who did it.
func (p *pages) history(r *http.Request, id ID) ([]audit.Line, error) {
	entries, err := p.clients.History(r.Context(), web.Actor(r), id, historyLength)
	if err != nil {
		return nil, err
	}
	lines := audit.Lines(entries, p.clients.now().Location())
	return lines, p.clients.gate.Name(r.Context(), lines)
}

// edit answers GET /clients/{id}/edit.
func (p *pages) edit(w http.ResponseWriter, r *http.Request) error {
	id, who := ID(r.PathValue("id")), web.Actor(r)
	if err := p.clients.gate.Client(r.Context(), p.clients.db, who, "clients.edit", string(id)); err != nil {
		return err
	}
	c, may, err := p.clients.ByID(r.Context(), who, id)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "client-edit", formOf(c, may))
}

// save answers POST /clients/{id}. When somebody else saved the client
// meanwhile, the form comes back with what was typed, and what is saved now
// stands beside it.
func (p *pages) save(w http.ResponseWriter, r *http.Request) error {
	f, who := readForm(r), web.Actor(r)
	saved, may, err := p.clients.ByID(r.Context(), who, f.ID)
	if err != nil {
		return err
	}
	f.May = may
	err = p.clients.Update(r.Context(), who, f.client().keep(saved, may))
	switch {
	case errors.Is(err, ErrChanged):
		if saved, f.May, err = p.clients.ByID(r.Context(), who, f.ID); err != nil {
			return err
		}
		return p.Page(w, r, http.StatusConflict, "client-edit", f.beside(saved))
	case errs.KindOf(err) == errs.Invalid:
		f.Reference, f.Problem = saved.Reference, err
		return p.Page(w, r, http.StatusUnprocessableEntity, "client-edit", f)
	case err != nil:
		return err
	}
	web.Say(w, r, "clients.said-saved")
	return web.GoTo(w, r, "/clients/"+string(f.ID))
}
