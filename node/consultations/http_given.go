package consultations

import (
	"net/http"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/web"
	"casehub/node/cases"
)

// asked is the service of the address of a new one: of a case or of a consultation.
func asked(r *http.Request) Given {
	if strings.HasPrefix(r.URL.Path, "/cases/") {
		return Given{CaseID: cases.ID(r.PathValue("id"))}
	}
	return Given{Consultation: ID(r.PathValue("id"))}
}

// back is the page of what the service belongs to.
func (g Given) back() string {
	if g.CaseID != "" {
		return "/cases/" + string(g.CaseID)
	}
	return "/consultations/" + string(g.Consultation)
}

// sheetOf returns the form of a service.
func (p *Pages) sheetOf(r *http.Request, g Given) (web.Sheet, error) {
	at, err := p.svc.place(r.Context(), web.Actor(r), g)
	if err == nil {
		err = p.svc.lookedAround(r.Context(), web.Actor(r), g)
	}
	today, lang := civil.On(p.svc.now()), web.Language(r)
	return web.Sheet{
		Name: "service", Title: "services.record", Button: "services.save", Action: g.back() + "/services", Back: g.back(),
		Crumbs: at.crumbs(g.back()),
		Values: map[string]string{"given_on": string(today)},
		Inputs: func(s web.Sheet) []web.Field {
			kind := s.Choice("services.kind", "services.kind-choose", p.svc.reg.List(codelist.ServiceKinds), lang)
			return []web.Field{kind, s.Day("services.given-on", string(at.from), string(today))}
		},
	}, err
}

// crumbs lead to a service in a case, or in a consultation, whose page is at an address.
func (p place) crumbs(path string) []web.Crumb {
	if p.of != "" {
		return []web.Crumb{{Key: "cases.title", Path: "/cases"}, {Label: p.of, Path: path}, {Key: "services.single"}}
	}
	return []web.Crumb{{Key: "consultations.title", Path: "/consultations"}, {Key: "consultations.single", Path: path}, {Key: "services.single"}}
}

// blankGiven answers GET for a new service of a case or a consultation.
func (p *Pages) blankGiven(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sheetOf(r, asked(r))
	if err != nil {
		return err
	}
	return p.Sheet(w, r, http.StatusOK, s)
}

// give answers POST of a new service.
func (p *Pages) give(w http.ResponseWriter, r *http.Request) error {
	g := asked(r)
	s, err := p.sheetOf(r, g)
	if err != nil {
		return err
	}
	s = s.Read(r)
	g.Kind, g.GivenOn = s.Code("kind"), civil.Date(s.Values["given_on"])
	_, err = p.svc.Give(r.Context(), web.Actor(r), g)
	return p.Sent(w, r, s, "services.said-recorded", err, nil)
}

// savedGiven returns the sheet of the service of the address.
func (p *Pages) savedGiven(r *http.Request) (web.Sheet, error) {
	g, err := p.svc.Given(r.Context(), web.Actor(r), ServiceID(r.PathValue("id")))
	if err != nil {
		return web.Sheet{}, err
	}
	s, err := p.sheetOf(r, g)
	s.Title, s.Version, s.Action = "services.edit", g.Version, "/services/"+string(g.ID)
	s.Values, s.Remove = map[string]string{"kind": web.CodeValue(g.Kind), "given_on": string(g.GivenOn)}, s.Action+"/remove"
	return s, err
}

// editGiven answers GET /services/{id}/edit.
func (p *Pages) editGiven(w http.ResponseWriter, r *http.Request) error {
	s, err := p.savedGiven(r)
	if err != nil {
		return err
	}
	return p.Sheet(w, r, http.StatusOK, s)
}

// saveGiven answers POST /services/{id}.
func (p *Pages) saveGiven(w http.ResponseWriter, r *http.Request) error {
	s, err := p.savedGiven(r)
	if err != nil {
		return err
	}
	s = s.Read(r)
	err = p.svc.UpdateGiven(r.Context(), web.Actor(r), Given{
		ID: ServiceID(r.PathValue("id")), Version: s.Version, Kind: s.Code("kind"), GivenOn: civil.Date(s.Values["given_on"]),
	})
	return p.Sent(w, r, s, "services.said-saved", err, func() (web.Sheet, error) { return p.savedGiven(r) })
}

// confirmGiven answers GET /services/{id}/remove.
func (p *Pages) confirmGiven(w http.ResponseWriter, r *http.Request) error {
	s, err := p.savedGiven(r)
	if err != nil {
		return err
	}
	return p.Sheet(w, r, http.StatusOK, s.Removal("services.remove", s.Remove, "audit.reason"))
}

// removeGiven answers POST /services/{id}/remove.
func (p *Pages) removeGiven(w http.ResponseWriter, r *http.Request) error {
	s, err := p.savedGiven(r)
	if err != nil {
		return err
	}
	s = s.Removal("services.remove", s.Remove, "audit.reason").Read(r)
	err = p.svc.RemoveGiven(r.Context(), web.Actor(r), ServiceID(r.PathValue("id")), s.Values["reason"])
	return p.Sent(w, r, s, "services.said-removed", err, nil)
}
