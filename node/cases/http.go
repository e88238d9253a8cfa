package cases

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/web"
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
	Later  bool // whether this is not the first page
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
	return "/cases?" + q.Encode()
}

// row is a line with its codes in the reader's language.
type row struct {
	Line
	TypeLabel, OutcomeLabel string
}

// Narrowed reports whether the list leaves anything out.
func (l listing) Narrowed() bool {
	return l.Filter.Search != "" || l.Filter.Status != "" || l.Filter.Type != 0
}

func (p *Pages) rows(r *http.Request, lines []Line) []row {
	all := make([]row, len(lines))
	for i, l := range lines {
		all[i] = row{Line: l, TypeLabel: p.label(r, l.Type), OutcomeLabel: p.label(r, l.Outcome)}
	}
	return all
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
	f.Type = web.ReadCode(value("type"))
	var err error
	if f.After, err = ParseCursor(value("after")); err != nil {
		return err
	}
	page, err := p.cases.List(r.Context(), f)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, block, listing{
		Lines: p.rows(r, page.Lines), Next: page.Next, Filter: f, Later: f.After.ID != "",
		Types: p.types(r, f.Type),
	})
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
const historyLength = 10

// sheet is the data of a case's page.
type sheet struct {
	Case                    Case
	TypeLabel, OutcomeLabel string
	Client                  clients.Client
	Close                   closeForm
	Panels                  []template.HTML
	History                 []audit.Line
	Legacy                  []clients.LegacyField
}

// show answers GET /cases/{id}.
func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	c, err := p.cases.ByID(r.Context(), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return p.showCase(w, r, http.StatusOK, c, p.closing(r, c))
}

// showCase answers with a case's page on which the form for closing is as given.
func (p *Pages) showCase(w http.ResponseWriter, r *http.Request, status int, c Case, closing closeForm) error {
	s := sheet{
		Case: c, TypeLabel: p.label(r, c.Type), OutcomeLabel: p.label(r, c.Outcome),
		Close: closing, Legacy: clients.LegacyFields(c.Legacy),
	}
	var err error
	if s.Client, err = p.clients.ByID(r.Context(), c.ClientID); err != nil {
		return err
	}
	for _, panel := range p.panels {
		html, err := panel(r, c.ID)
		if err != nil {
			return err
		}
		s.Panels = append(s.Panels, html)
	}
	entries, err := p.cases.History(r.Context(), c.ID, historyLength)
	if err != nil {
		return err
	}
	s.History = audit.Lines(entries, p.cases.now().Location())
	return p.Page(w, r, status, "case-page", s)
}

// OfClient is a panel for a client's page: the cases of the client.
func (p *Pages) OfClient(r *http.Request, id clients.ID) (template.HTML, error) {
	page, err := p.cases.List(r.Context(), Filter{Client: id, Limit: 100})
	if err != nil {
		return "", err
	}
	return p.HTML(r, "cases-of-client", ofClient{Client: id, Lines: p.rows(r, page.Lines)})
}

// ofClient is the data of the panel OfClient.
type ofClient struct {
	Client clients.ID
	Lines  []row
}

// Recent is a panel for the first page: the cases saved last.
func (p *Pages) Recent(r *http.Request) (template.HTML, error) {
	lines, err := p.cases.Recent(r.Context(), 8)
	if err != nil || len(lines) == 0 {
		return "", err
	}
	return p.HTML(r, "cases-recent", p.rows(r, lines))
}

// Tiles returns the figures of cases for the first page.
func (p *Pages) Tiles(r *http.Request, since civil.Date) (template.HTML, error) {
	n, err := p.cases.Counts(r.Context(), since)
	if err != nil {
		return "", err
	}
	return p.HTML(r, "case-tiles", n)
}
