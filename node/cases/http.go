package cases

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/clients"
)

//go:embed templates/*.html
var templates embed.FS

// Panel is a part of a case's page that another area fills.
type Panel func(r *http.Request, id ID) (template.HTML, error)

// Pages are the pages of cases. What somebody searches for travels in the body
// of a form, never in an address.
type Pages struct {
	*web.Pages
	cases   *Service
	clients *clients.Service
	panels  []Panel
}

// Routes adds the pages of cases to the site. Panels stand on a case's page in
// their order.
func Routes(site *web.Site, svc *Service, people *clients.Service, panels ...Panel) *Pages {
	p := &Pages{Pages: site.Pages(templates), cases: svc, clients: people, panels: panels}
	site.Handle("GET /cases", "cases.read", p.list)
	site.Handle("POST /cases/search", "cases.read", p.search)
	site.Handle("GET /cases/new", "cases.open", p.blank)
	site.Handle("POST /cases/new", "cases.open", p.choose)
	site.Handle("POST /cases", "cases.open", p.open)
	site.Handle("GET /cases/{id}", "cases.read", p.show)
	site.Handle("GET /cases/{id}/edit", "cases.edit", p.edit)
	site.Handle("POST /cases/{id}", "cases.edit", p.save)
	site.Handle("POST /cases/{id}/assign", "cases.assign", p.assign)
	site.Handle("POST /cases/{id}/close", "cases.close", p.close)
	site.Handle("POST /cases/{id}/reopen", "cases.close", p.reopen)
	return p
}

// listing is the data of the list and of its lines.
type listing struct {
	Lines  []row
	Next   Cursor
	Filter Filter
	Types  []typeGroup
	// Staff are the people by whose cases the list can be narrowed, none for who
	// does not assign cases.
	Staff []web.Option
	Later bool // whether this is not the first page
	// Opens and Registers say whether the reader may open a case, and record a
	// client; Declares, whether they may open one in an emergency, and Counts,
	// whether they may count them.
	Opens, Registers, Declares, Counts bool
}

// More returns the address of the page that follows, of a list that nobody
// searched.
func (l listing) More() string {
	q := url.Values{"after": {l.Next.String()}}
	if l.Filter.Status != "" {
		q.Set("status", string(l.Filter.Status))
	}
	if l.Filter.Type != 0 {
		q.Set("type", web.CodeValue(l.Filter.Type))
	}
	if l.Filter.Responsible != "" {
		q.Set("responsible", l.Filter.Responsible)
	}
	return "/cases?" + q.Encode()
}

// row is a line with its codes in the reader's language.
type row struct {
	Line
	TypeLabel, OutcomeLabel string
	// Holder is the name of whose case it is, "" for nobody.
	Holder string
}

// Narrowed reports whether the list leaves anything out.
func (l listing) Narrowed() bool {
	return l.Filter.Search != "" || l.Filter.Status != "" || l.Filter.Type != 0 || l.Filter.Responsible != ""
}

// rows puts labels and names to lines.
func (p *Pages) rows(r *http.Request, lines []Line) ([]row, error) {
	all, holders := make([]row, len(lines)), make([]string, len(lines))
	for i, l := range lines {
		holders[i] = l.Responsible
	}
	slices.Sort(holders)
	names, err := p.cases.gate.Names(r.Context(), slices.Compact(holders)...)
	for i, l := range lines {
		all[i] = row{Line: l, TypeLabel: p.label(r, l.Type), OutcomeLabel: p.label(r, l.Outcome), Holder: names[l.Responsible]}
	}
	return all, err
}

// staff returns by whose cases the reader may narrow a list.
func (p *Pages) staff(r *http.Request, chosen string) ([]web.Option, error) {
	if assigns, err := access.Allowed(p.cases.gate.May(r.Context(), web.Actor(r), "cases.assign")); err != nil || !assigns {
		return nil, err
	}
	members, err := p.cases.gate.Within(r.Context(), web.Actor(r), "cases.assign")
	options := make([]web.Option, len(members))
	for i, m := range members {
		options[i] = web.Option{Value: m.ID, Label: m.Name, Chosen: m.ID == chosen}
	}
	return options, err
}

// label returns the label of a code in the reader's language, "" for none.
func (p *Pages) label(r *http.Request, c codelist.Code) string {
	if c == 0 {
		return ""
	}
	return p.cases.reg.Label(c, web.Language(r))
}

// list answers GET /cases, narrowed by state and type.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	return p.showList(w, r, r.URL.Query().Get, "case-list")
}

// search answers POST /cases/search: the lines alone for htmx, a whole page
// otherwise.
func (p *Pages) search(w http.ResponseWriter, r *http.Request) error {
	block := "case-list"
	if web.Fragment(r) {
		block = "case-lines"
	}
	return p.showList(w, r, r.PostFormValue, block)
}

func (p *Pages) showList(w http.ResponseWriter, r *http.Request, value func(string) string, block string) error {
	f := Filter{Search: value("search"), Status: Status(value("status"))}
	if r.Method == http.MethodGet {
		f.Search = ""
	}
	f.Type, f.Responsible = web.ReadCode(value("type")), text.Clean(value("responsible"))
	var err error
	if f.After, err = ParseCursor(value("after")); err != nil {
		return err
	}
	page, err := p.cases.List(r.Context(), web.Actor(r), f)
	if err != nil {
		return err
	}
	l := listing{
		Next: page.Next, Filter: f, Later: f.After.ID != "", Types: p.types(r, f.Type),
	}
	if l.Lines, err = p.rows(r, page.Lines); err != nil {
		return err
	}
	if l.Staff, err = p.staff(r, f.Responsible); err != nil {
		return err
	}
	for action, says := range map[string]*bool{"cases.open": &l.Opens, "clients.register": &l.Registers, "cases.emergency": &l.Declares, "figures.read": &l.Counts} {
		if *says, err = access.Allowed(p.cases.gate.May(r.Context(), web.Actor(r), action)); err != nil {
			return err
		}
	}
	return p.Page(w, r, http.StatusOK, block, l)
}

// typeGroup is a category with its leaves, by which a list is narrowed.
type typeGroup struct {
	web.OptionGroup
	Code   codelist.Code
	Chosen bool
}

func (p *Pages) types(r *http.Request, chosen codelist.Code) []typeGroup {
	list := p.cases.reg.List(codelist.CaseTypes)
	groups := make([]typeGroup, len(list.Categories))
	for i, g := range web.Codes(list, web.Language(r), chosen) {
		c := list.Categories[i]
		groups[i] = typeGroup{OptionGroup: g, Code: c.Code, Chosen: c.Code == chosen}
	}
	return groups
}

// historyLength is how many audit entries a page shows.
const historyLength = 15

// sheet is the data of a case's page.
type sheet struct {
	Case                    Case
	May                     access.Classes
	TypeLabel, OutcomeLabel string
	// Client has no identifier where the reader may not see the client.
	Client clients.Client
	// Edits says whether the reader may change the case.
	Edits   bool
	Close   *closeForm  // nil for who may not close
	Assign  *assignForm // nil for who may not assign
	Seat    seat
	Panels  []template.HTML
	History []audit.Line
	Legacy  []clients.LegacyField
}

// seat is whose case it is, by name.
type seat struct{ Responsible, Office string }

// show answers GET /cases/{id}.
func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	c, may, err := p.cases.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return p.showCase(w, r, http.StatusOK, c, may, p.closing(r, c), assignForm{Responsible: c.Responsible, Office: c.OfficeID})
}

// showCase answers with a case's page on which the forms are as given, as far as
// the reader may use them.
func (p *Pages) showCase(w http.ResponseWriter, r *http.Request, status int, c Case, may access.Classes, closing closeForm, assign assignForm) error {
	s := sheet{
		Case: c, May: may, TypeLabel: p.label(r, c.Type), OutcomeLabel: p.label(r, c.Outcome), Legacy: clients.LegacyFields(c.Legacy),
	}
	var err error
	if s.Client, _, err = p.clients.ByID(r.Context(), web.Actor(r), c.ClientID); err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	if err := p.offers(r, &s, closing, assign); err != nil {
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
	return p.Page(w, r, status, "case-page", s)
}

// offers puts the forms on a case's page that its reader may use.
func (p *Pages) offers(r *http.Request, s *sheet, closing closeForm, assign assignForm) error {
	if err := p.seated(r, s, assign); err != nil {
		return err
	}
	var err error
	if s.Edits, err = p.may(r, "cases.edit", s.Case.ID); err != nil {
		return err
	}
	closes, err := p.may(r, "cases.close", s.Case.ID)
	if closes {
		s.Close = &closing
	}
	return err
}

// may reports whether the reader may do something to a case.
func (p *Pages) may(r *http.Request, action string, id ID) (bool, error) {
	return access.Allowed(p.cases.gate.Case(r.Context(), p.cases.db, web.Actor(r), action, string(id)))
}

// history returns what was done to a case, with the names of who did it.
func (p *Pages) history(r *http.Request, id ID) ([]audit.Line, error) {
	entries, err := p.cases.History(r.Context(), web.Actor(r), id, historyLength)
	if err != nil {
		return nil, err
	}
	lines := audit.Lines(entries, p.cases.now().Location())
	return lines, p.cases.gate.Name(r.Context(), lines)
}

// OfClient is a panel for a client's page: the cases of the client.
func (p *Pages) OfClient(r *http.Request, id clients.ID) (template.HTML, error) {
	page, err := p.cases.List(r.Context(), web.Actor(r), Filter{Client: id, Limit: 100})
	if err != nil {
		return "", err
	}
	opens, err := access.Allowed(p.cases.gate.MayAdd(r.Context(), p.cases.db, web.Actor(r), "cases.open", string(id)))
	if err != nil {
		return "", err
	}
	lines, err := p.rows(r, page.Lines)
	if err != nil {
		return "", err
	}
	return p.HTML(r, "cases-of-client", ofClient{Client: id, Opens: opens, Lines: lines})
}

// ofClient is the data of the panel OfClient.
type ofClient struct {
	Client clients.ID
	Opens  bool
	Lines  []row
}

// Recent is a panel for the first page: the cases saved last.
func (p *Pages) Recent(r *http.Request) (template.HTML, error) {
	lines, err := p.cases.Recent(r.Context(), web.Actor(r), 8)
	if err != nil || len(lines) == 0 {
		return "", err
	}
	rows, err := p.rows(r, lines)
	if err != nil {
		return "", err
	}
	return p.HTML(r, "cases-recent", rows)
}

// Tiles returns the figures of cases for the first page, "" for who sees none.
func (p *Pages) Tiles(r *http.Request, since civil.Date) (template.HTML, error) {
	if sees, err := access.Allowed(p.cases.gate.May(r.Context(), web.Actor(r), "figures.read")); err != nil || !sees {
		return "", err
	}
	n, err := p.cases.Counts(r.Context(), web.Actor(r), since)
	if err != nil {
		return "", err
	}
	return p.HTML(r, "case-tiles", n)
}
