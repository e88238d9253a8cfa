package retention

import (
	"embed"
	"html/template"
	"net/http"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/cases"
	"casehub/node/clients"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of retention and of a client's own data.
type Pages struct {
	*web.Pages
	site      *web.Site
	retention *Service
	clients   *clients.Service
	cases     *cases.Service
	export    *Exporter
}

// Routes adds the pages of retention to the site.
func Routes(site *web.Site, svc *Service, of *clients.Service, in *cases.Service, export *Exporter) *Pages {
	p := &Pages{Pages: site.Pages(templates), site: site, retention: svc, clients: of, cases: in, export: export}
	site.Handle("GET /retention", "retention.read", p.list)
	site.Handle("GET /retention/due", "retention.read", p.lapsed)
	site.Handle("POST /retention/due", "retention.manage", p.askDue)
	site.Handle("GET /retention/rules", "retention.read", p.rules)
	site.Handle("POST /retention/rules", "retention.manage", p.setRules)
	site.Handle("GET /erasures/{id}", "retention.read", p.preview)
	site.Handle("POST /erasures/{id}/approve", "retention.erase", p.approve)
	site.Handle("POST /erasures/{id}/take-back", "retention.manage", p.takeBack)
	site.Handle("GET /restricted", "clients.restricted", p.restricted)
	site.Handle("POST /restricted", "clients.restricted", p.open)
	site.Handle("GET /clients/{id}/erasure", "clients.edit", p.blank)
	site.Handle("POST /clients/{id}/erasure", "clients.edit", p.ask)
	site.Handle("GET /clients/{id}/own-data", "clients.export", p.ownData)
	site.Handle("POST /clients/{id}/own-data", "clients.export", p.giveOwnData)
	return p
}

// tabs are the pages about retention.
func tabs(current string) web.Tabs {
	t := web.Tabs{Label: "retention.title"}
	t.Tabs = []web.Tab{
		{Key: "retention.tab-requests", Path: "/retention"},
		{Key: "retention.tab-due", Path: "/retention/due"},
		{Key: "retention.tab-rules", Path: "/retention/rules"},
	}
	for i := range t.Tabs {
		t.Tabs[i].Current = t.Tabs[i].Path == current
	}
	return t
}

func (p *Pages) may(r *http.Request, action string) (bool, error) {
	return access.Allowed(p.retention.gate.May(r.Context(), web.Actor(r), action))
}

// list answers GET /retention.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	d := struct {
		Tabs    web.Tabs
		Waiting []Pending
		Recent  []decided
		// Opens says that the reader may open restricted clients.
		Opens bool
	}{Tabs: tabs("/retention")}
	var err error
	if d.Waiting, err = p.retention.Requests(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	if d.Opens, err = p.may(r, "clients.restricted"); err != nil {
		return err
	}
	recent, err := p.retention.Recent(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	var ids []string
	for _, q := range recent {
		ids = append(ids, q.RequestedBy, q.DecidedBy)
	}
	names, err := p.retention.gate.Names(r.Context(), ids...)
	if err != nil {
		return err
	}
	for _, q := range recent {
		d.Recent = append(d.Recent, decided{q, names[q.RequestedBy], names[q.DecidedBy]})
	}
	return p.Page(w, r, http.StatusOK, "retention", d)
}

// decided is an erasure with the names of who asked for it and who approved.
type decided struct {
	Request
	Requester, Approver string
}

// lapsed answers GET /retention/due.
func (p *Pages) lapsed(w http.ResponseWriter, r *http.Request) error {
	d := struct {
		Tabs    web.Tabs
		Lines   []Lapsed
		Manages bool
		Most    int
	}{Tabs: tabs("/retention/due"), Most: lapsedMost}
	var err error
	if d.Lines, err = p.retention.Lapsed(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	if d.Manages, err = p.may(r, managing); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "retention-due", d)
}

// askDue answers POST /retention/due: it asks for everything that is due of the
// clients that were ticked.
func (p *Pages) askDue(w http.ResponseWriter, r *http.Request) error {
	for _, id := range r.PostForm["client"] {
		err := p.retention.AskDue(r.Context(), web.Actor(r), id)
		if err != nil && err != ErrNothingDue { //nolint:errorlint // AskDue answers with the value itself
			return err
		}
	}
	web.Say(w, r, "retention.said-asked-due")
	return web.GoTo(w, r, "/retention")
}

// preview answers GET /erasures/{id}.
func (p *Pages) preview(w http.ResponseWriter, r *http.Request) error {
	v, err := p.retention.Preview(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	d := struct {
		View
		Requester, Approvers string
		Types                map[string]string
		Own, May, Backs      bool
	}{View: v, Own: v.RequestedBy == web.Actor(r).ID, Types: map[string]string{}}
	for _, c := range v.Cases {
		d.Types[c.ID] = p.retention.reg.Label(c.Type, web.Language(r))
	}
	names, err := p.retention.gate.Names(r.Context(), v.RequestedBy)
	if err != nil {
		return err
	}
	d.Requester = names[v.RequestedBy]
	if d.May, err = p.may(r, erasing); err != nil {
		return err
	}
	if d.Backs, err = p.may(r, managing); err != nil {
		return err
	}
	approvers, err := p.retention.Approvers(r.Context(), v.Request)
	if err != nil {
		return err
	}
	d.Approvers = joined(approvers)
	return p.Page(w, r, http.StatusOK, "erasure", d)
}

// joined writes names one after another.
func joined(people []access.Member) string {
	all := make([]string, len(people))
	for i, m := range people {
		all[i] = m.Name
	}
	return strings.Join(all, ", ")
}

// approve answers POST /erasures/{id}/approve.
func (p *Pages) approve(w http.ResponseWriter, r *http.Request) error {
	if err := p.retention.Approve(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	web.Say(w, r, "retention.said-erased")
	return web.GoTo(w, r, "/retention")
}

// takeBack answers POST /erasures/{id}/take-back.
func (p *Pages) takeBack(w http.ResponseWriter, r *http.Request) error {
	if err := p.retention.TakeBack(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	web.Say(w, r, "retention.said-taken-back")
	return web.GoTo(w, r, "/retention")
}

// restrictedPage is the list of restricted clients, and the form to open one.
type restrictedPage struct {
	Lines []Restricted
	Form  openForm
}

// restricted answers GET /restricted.
func (p *Pages) restricted(w http.ResponseWriter, r *http.Request) error {
	return p.showRestricted(w, r, http.StatusOK, openForm{})
}

func (p *Pages) showRestricted(w http.ResponseWriter, r *http.Request, status int, f openForm) error {
	lines, err := p.retention.Restricted(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	f.lines = lines
	return p.Page(w, r, status, "restricted", restrictedPage{lines, f})
}

// open answers POST /restricted.
func (p *Pages) open(w http.ResponseWriter, r *http.Request) error {
	f := readOpenForm(r)
	err := p.retention.Open(r.Context(), web.Actor(r), f.Client, f.Why)
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showRestricted(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return web.GoTo(w, r, "/clients/"+f.Client)
}

// blank answers GET /clients/{id}/erasure.
func (p *Pages) blank(w http.ResponseWriter, r *http.Request) error {
	return p.showAsk(w, r, http.StatusOK, askForm{AskedOn: string(civil.On(p.retention.now()))})
}

func (p *Pages) showAsk(w http.ResponseWriter, r *http.Request, status int, f askForm) error {
	id := clients.ID(r.PathValue("id"))
	if err := p.retention.gate.Client(r.Context(), p.retention.db, web.Actor(r), "clients.edit", string(id)); err != nil {
		return err
	}
	c, err := p.clients.Line(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	page, err := p.cases.List(r.Context(), web.Actor(r), cases.Filter{Client: id, Limit: caseMost})
	if err != nil {
		return err
	}
	f.Client, f.Reference, f.today = string(id), c.Reference, civil.On(p.retention.now())
	for _, l := range page.Lines {
		f.cases = append(f.cases, web.Option{Value: string(l.ID), Label: l.Reference + " · " + p.retention.reg.Label(l.Type, web.Language(r)), Chosen: string(l.ID) == f.Case})
	}
	return p.Page(w, r, status, "ask-erasure", f)
}

// ask answers POST /clients/{id}/erasure. The client is out of sight afterwards,
// so the reader is led to the list of clients.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	f := readAskForm(r)
	_, err := p.retention.Ask(r.Context(), web.Actor(r), f.request(r.PathValue("id")))
	if errs.KindOf(err) == errs.Invalid {
		f.Problem = err
		return p.showAsk(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "retention.said-asked")
	return web.GoTo(w, r, "/clients")
}

// OfClient is a panel for a client's page: the client's own rights, for who may
// act on them.
func (p *Pages) OfClient(r *http.Request, id clients.ID) (template.HTML, error) {
	d := struct {
		Client         string
		Exports, Edits bool
	}{Client: string(id)}
	var err error
	one := func(action string) (bool, error) {
		return access.Allowed(p.retention.gate.Client(r.Context(), p.retention.db, web.Actor(r), action, string(id)))
	}
	if d.Exports, err = one("clients.export"); err != nil {
		return "", err
	}
	if d.Edits, err = one("clients.edit"); err != nil || !d.Exports && !d.Edits {
		return "", err
	}
	return p.HTML(r, "rights-of-client", d)
}

// Waiting is a panel for the first page: requests that can be decided, and clients
// who were given a file that had not everything; "" for none of either.
func (p *Pages) Waiting(r *http.Request) (template.HTML, error) {
	requests, err := p.decidable(r)
	if err != nil {
		return "", err
	}
	all, err := p.retention.Incomplete(r.Context(), web.Actor(r))
	if err != nil || len(all) == 0 {
		return requests, err
	}
	files, err := p.HTML(r, "own-data-incomplete", all)
	return requests + files, err
}

func (p *Pages) decidable(r *http.Request) (template.HTML, error) {
	if may, err := p.may(r, reading); err != nil || !may {
		return "", err
	}
	all, err := p.retention.Requests(r.Context(), web.Actor(r))
	if err != nil {
		return "", err
	}
	ready := 0
	for _, q := range all {
		if q.Ready {
			ready++
		}
	}
	if ready == 0 {
		return "", nil
	}
	return p.HTML(r, "erasures-waiting", ready)
}
