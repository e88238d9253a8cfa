package cases

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/clients"
)

// form is a case as somebody typed it.
type form struct {
	web.Typed

	ID        ID
	Reference string
	Version   int

	Client     clients.Line
	Type       codelist.Code
	OpenedOn   string
	OtherParty string
	Summary    string

	// May says which fields the form has.
	May access.Classes

	list  *codelist.List
	lang  string
	today civil.Date
}

// LogValue lets a log show the identifier and nothing else.
func (f form) LogValue() slog.Value { return slog.StringValue(string(f.ID)) }

// Format writes the identifier, whatever the verb.
func (f form) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, string(f.ID)) }

// MarshalText returns the identifier, so that no encoder writes the rest.
func (f form) MarshalText() ([]byte, error) { return []byte(f.ID), nil }

func (p *Pages) readForm(r *http.Request, may access.Classes) form {
	value := func(name string) string { return text.Clean(r.PostFormValue(name)) }
	version, _ := strconv.Atoi(value("version"))
	f := form{
		ID: ID(r.PathValue("id")), Version: version, May: may,
		OpenedOn: value("opened_on"), OtherParty: value("other_party"), Summary: value("summary"),
	}
	return p.offer(r, f, web.ReadCode(value("case_type")))
}

func (p *Pages) formOf(r *http.Request, c Case, may access.Classes) form {
	f := form{
		May: may, ID: c.ID, Reference: c.Reference, Version: c.Version,
		OpenedOn: string(c.OpenedOn), OtherParty: c.OtherParty, Summary: c.Summary,
	}
	return p.offer(r, f, c.Type)
}

// offer adds to a form what it lets choose from.
func (p *Pages) offer(r *http.Request, f form, chosen codelist.Code) form {
	f.Type, f.today = chosen, civil.On(p.cases.now())
	f.list, f.lang = p.cases.reg.List(codelist.CaseTypes), web.Language(r)
	return f
}

// Fields returns the inputs of the form.
func (f form) Fields() []web.Field {
	kind := f.Field("case", "cases.case-type", web.CodeValue(f.Type))
	kind.Options, kind.Choose = web.Codes(f.list, f.lang, f.Type), "cases.type-choose"
	opened := f.Field("case", "cases.opened-on", f.OpenedOn)
	opened.Type, opened.Max = "date", string(f.today)
	party := f.Field("case", "cases.other-party", f.OtherParty)
	party.Limit, party.Hint, party.Full = partyLimit, "cases.other-party-hint", true
	summary := f.Field("case", "cases.summary", f.Summary)
	summary.Lines, summary.Limit, summary.Hint, summary.Full = 8, summaryLimit, "cases.summary-hint", true
	fields := []web.Field{opened}
	if f.May.Sensitive {
		fields = []web.Field{kind, opened}
	}
	if f.May.Narrative {
		fields = append(fields, party, summary)
	}
	return fields
}

// Withheld reports whether the form lacks fields of the case.
func (f form) Withheld() bool { return !f.May.Sensitive || !f.May.Narrative }

// everything may be written into a case that is new.
var everything = access.Classes{Contact: true, Narrative: true, Finance: true, Sensitive: true}

// beside returns the form with what is saved now where that differs, and with
// the version that saving again puts it over.
func (f form) beside(saved Case) form {
	now := f
	now.Type, now.OpenedOn, now.OtherParty, now.Summary = saved.Type, string(saved.OpenedOn), saved.OtherParty, saved.Summary
	f.Reference, f.Version = saved.Reference, saved.Version
	f.Beside(f.values(), now.values())
	return f
}

// values returns what the inputs of the form hold, by their names.
func (f form) values() map[string]string {
	v := map[string]string{"opened_on": f.OpenedOn}
	if f.May.Sensitive {
		v["case_type"] = web.CodeValue(f.Type)
	}
	if f.May.Narrative {
		v["other_party"], v["summary"] = f.OtherParty, f.Summary
	}
	return v
}

// finding is the data of the page on which the client of a new case is found.
type finding struct {
	Search string
	Lines  []clients.Line
	// Registers says that the reader may record a client.
	Registers bool
}

// blank answers GET /cases/new: the form for the client that the address names,
// or the page to find one.
func (p *Pages) blank(w http.ResponseWriter, r *http.Request) error {
	id := clients.ID(r.URL.Query().Get("client"))
	if id == "" {
		return p.find(w, r, "")
	}
	if err := p.cases.gate.Adds(r.Context(), p.cases.db, web.Actor(r), string(id)); err != nil {
		return err
	}
	line, err := p.clientLine(r, id)
	if err != nil {
		return err
	}
	f := p.offer(r, form{May: everything, OpenedOn: string(civil.On(p.cases.now()))}, 0)
	f.Client = line
	return p.Page(w, r, http.StatusOK, "case-new", f)
}

// choose answers POST /cases/new, the search for the client of a new case.
func (p *Pages) choose(w http.ResponseWriter, r *http.Request) error {
	return p.find(w, r, r.PostFormValue("search"))
}

func (p *Pages) find(w http.ResponseWriter, r *http.Request, search string) error {
	page, err := p.clients.List(r.Context(), web.Actor(r), clients.Filter{Search: search, Adding: true, Limit: 10})
	if err != nil {
		return err
	}
	registers, err := access.Allowed(p.cases.gate.May(r.Context(), web.Actor(r), "clients.register"))
	if err != nil {
		return err
	}
	block := "case-client"
	if r.Method == http.MethodPost && web.Fragment(r) {
		block = "case-client-lines"
	}
	return p.Page(w, r, http.StatusOK, block, finding{Search: search, Lines: page.Lines, Registers: registers})
}

func (p *Pages) clientLine(r *http.Request, id clients.ID) (clients.Line, error) {
	return p.clients.Line(r.Context(), web.Actor(r), id)
}

// open answers POST /cases.
func (p *Pages) open(w http.ResponseWriter, r *http.Request) error {
	f := p.readForm(r, everything)
	line, err := p.clientLine(r, clients.ID(r.PostFormValue("client")))
	if err != nil {
		return err
	}
	c, err := p.cases.Open(r.Context(), web.Actor(r), Case{
		ClientID: line.ID, Type: f.Type, OpenedOn: civil.Date(f.OpenedOn), OtherParty: f.OtherParty, Summary: f.Summary,
	})
	if errs.KindOf(err) == errs.Invalid {
		f.Client, f.Problem = line, err
		return p.Page(w, r, http.StatusUnprocessableEntity, "case-new", f)
	}
	if err != nil {
		return err
	}
	web.Say(w, r, "cases.said-opened")
	return web.GoTo(w, r, "/cases/"+string(c.ID))
}

// edit answers GET /cases/{id}/edit.
func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	id, who := ID(r.PathValue("id")), web.Actor(r)
	if err := p.cases.gate.Case(r.Context(), p.cases.db, who, "cases.edit", string(id)); err != nil {
		return err
	}
	c, may, err := p.cases.ByID(r.Context(), who, id)
	if err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "case-edit", p.formOf(r, c, may))
}

// save answers POST /cases/{id}. When somebody else saved the case meanwhile,
// the form comes back with what was typed, and what is saved now stands beside
// it.
func (p *Pages) save(w http.ResponseWriter, r *http.Request) error {
	who := web.Actor(r)
	_, may, err := p.cases.ByID(r.Context(), who, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	f := p.readForm(r, may)
	err = p.cases.Update(r.Context(), who, f.ID, Edit{
		Version: f.Version, Type: f.Type, OpenedOn: civil.Date(f.OpenedOn), OtherParty: f.OtherParty, Summary: f.Summary,
	})
	if err == nil {
		web.Say(w, r, "cases.said-saved")
		return web.GoTo(w, r, "/cases/"+string(f.ID))
	}
	invalid, changed := errs.KindOf(err) == errs.Invalid, errors.Is(err, ErrChanged)
	if !invalid && !changed {
		return err
	}
	saved, may, readErr := p.cases.ByID(r.Context(), who, f.ID)
	if readErr != nil {
		return readErr
	}
	f.May = may
	if changed {
		return p.Page(w, r, http.StatusConflict, "case-edit", f.beside(saved))
	}
	f.Reference, f.Problem = saved.Reference, err
	return p.Page(w, r, http.StatusUnprocessableEntity, "case-edit", f)
}
