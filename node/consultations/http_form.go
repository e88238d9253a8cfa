package consultations

import (
	"net/http"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/cases"
	"casehub/node/clients"
)

// staff returns people as options, with one chosen.
func staff(members []access.Member, chosen string) []web.OptionGroup {
	var g web.OptionGroup
	for _, m := range members {
		g.Options = append(g.Options, web.Option{Value: m.ID, Label: m.Name, Chosen: m.ID == chosen})
	}
	return []web.OptionGroup{g}
}

// withSaved adds the worker that a consultation has, who may have left or may work
// elsewhere now.
func (p *Pages) withSaved(r *http.Request, members []access.Member, worker string) ([]access.Member, error) {
	if worker == "" || slices.ContainsFunc(members, func(m access.Member) bool { return m.ID == worker }) {
		return members, nil
	}
	names, err := p.svc.gate.Names(r.Context(), worker)
	if err != nil || names[worker] == "" {
		return members, err
	}
	return append(members, access.Member{ID: worker, Name: names[worker]}), nil
}

// sheet returns the empty form of a consultation of a client. The worker is the one
// that a saved consultation has, "" for a new one.
func (p *Pages) sheet(r *http.Request, id clients.ID, worker string) (web.Sheet, error) {
	if err := p.svc.gate.Client(r.Context(), p.svc.db, web.Actor(r), editing, string(id)); err != nil {
		return web.Sheet{}, err
	}
	k, _, err := p.clients.ByID(r.Context(), web.Actor(r), id)
	if err != nil {
		return web.Sheet{}, err
	}
	inputs, err := p.inputs(r, id, worker)
	today := string(civil.On(p.svc.now()))
	return web.Sheet{
		Name: "consultation", Title: "consultations.record", Button: "consultations.save", Of: k.Reference,
		Crumbs: []web.Crumb{{Key: "consultations.title", Path: "/consultations"}, {Label: k.Reference, Path: "/clients/" + string(id)}, {Key: "consultations.single"}},
		Action: "/clients/" + string(id) + "/consultations", Back: "/clients/" + string(id),
		Values: map[string]string{"held_on": today, "worker_id": web.Actor(r).ID}, Inputs: inputs,
	}, err
}

// inputs returns the inputs of a consultation: the cases that it may have become
// are those of the client that the reader sees.
func (p *Pages) inputs(r *http.Request, id clients.ID, saved string) (func(web.Sheet) []web.Field, error) {
	ctx, who, lang := r.Context(), web.Actor(r), web.Language(r)
	members, err := p.svc.staff(ctx, who)
	if err != nil {
		return nil, err
	}
	if members, err = p.withSaved(r, members, saved); err != nil {
		return nil, err
	}
	files, err := p.cases.List(ctx, who, cases.Filter{Client: id, Limit: 100})
	today := string(civil.On(p.svc.now()))
	return func(s web.Sheet) []web.Field {
		kind := s.Choice("consultations.case-type", "consultations.type-choose", p.svc.reg.List(codelist.CaseTypes), lang)
		worker := s.Input("consultations.worker-id")
		worker.Options, worker.Choose = staff(members, worker.Value), "consultations.worker-choose"
		fields := []web.Field{kind, s.Day("consultations.held-on", "", today), worker}
		if s.Version == 0 {
			service := s.Choice("consultations.service", "consultations.service-none", p.svc.reg.List(codelist.ServiceKinds), lang)
			fields = append(fields, service)
		}
		if len(files.Lines) > 0 {
			became := s.Input("consultations.case-id")
			became.Choose, became.Options = "consultations.case-none", []web.OptionGroup{{}}
			for _, l := range files.Lines {
				became.Options[0].Options = append(became.Options[0].Options, web.Option{Value: string(l.ID), Label: l.Reference + " · " + p.label(r, l.Type), Chosen: string(l.ID) == became.Value})
			}
			fields = append(fields, became)
		}
		return append(fields, s.Text("consultations.note", "consultations.note-hint", noteLimit))
	}, err
}

// consultation returns what a sheet says.
func consultation(s web.Sheet) Consultation {
	return Consultation{
		Version: s.Version, Type: s.Code("case_type"), HeldOn: civil.Date(s.Values["held_on"]), Worker: s.Values["worker_id"],
		CaseID: cases.ID(s.Values["case_id"]), Note: s.Values["note"],
	}
}

// values are what the inputs of a saved consultation hold.
func (c Consultation) values() map[string]string {
	return map[string]string{"case_type": web.CodeValue(c.Type), "held_on": string(c.HeldOn), "worker_id": c.Worker, "case_id": string(c.CaseID), "note": c.Note}
}

// blank answers GET /clients/{id}/consultations/new.
func (p *Pages) blank(w http.ResponseWriter, r *http.Request) error {
	s, err := p.sheet(r, clients.ID(r.PathValue("id")), "")
	if err != nil {
		return err
	}
	return p.Sheet(w, r, http.StatusOK, s)
}

// record answers POST /clients/{id}/consultations. A service that was given at once
// is recorded with it.
func (p *Pages) record(w http.ResponseWriter, r *http.Request) error {
	id := clients.ID(r.PathValue("id"))
	s, err := p.sheet(r, id, "")
	if err != nil {
		return err
	}
	s = s.Read(r)
	c := consultation(s)
	c.ClientID, c.Version = id, 0
	saved, err := p.svc.Record(r.Context(), web.Actor(r), c)
	if kind := s.Code("service"); err == nil && kind != 0 {
		_, err = p.svc.Give(r.Context(), web.Actor(r), Given{Consultation: saved.ID, Kind: kind, GivenOn: saved.HeldOn})
		if errs.KindOf(err) == errs.Invalid {
			return web.GoTo(w, r, "/consultations/"+string(saved.ID)) // a kind that no list offers
		}
	}
	return p.Sent(w, r, s, "consultations.said-recorded", err, nil)
}

// saved returns the sheet of the consultation of the address.
func (p *Pages) saved(r *http.Request) (web.Sheet, error) {
	c, err := p.svc.edits(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return web.Sheet{}, err
	}
	if err := p.svc.looked(r.Context(), web.Actor(r), c); err != nil {
		return web.Sheet{}, err
	}
	s, err := p.sheet(r, c.ClientID, c.Worker)
	s.Title, s.Version, s.Values = "consultations.edit", c.Version, c.values()
	s.Action = "/consultations/" + string(c.ID)
	s.Back, s.Remove = s.Action, s.Action+"/remove"
	return s, err
}

// edit answers GET /consultations/{id}/edit.
func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	s, err := p.saved(r)
	if err != nil {
		return err
	}
	return p.Sheet(w, r, http.StatusOK, s)
}

// save answers POST /consultations/{id}.
func (p *Pages) save(w http.ResponseWriter, r *http.Request) error {
	s, err := p.saved(r)
	if err != nil {
		return err
	}
	s = s.Read(r)
	c := consultation(s)
	c.ID = ID(r.PathValue("id"))
	err = p.svc.Update(r.Context(), web.Actor(r), c)
	return p.Sent(w, r, s, "consultations.said-saved", err, func() (web.Sheet, error) { return p.saved(r) })
}

// removal returns the form that asks why the consultation of the address goes.
func (p *Pages) removal(r *http.Request) (web.Sheet, error) {
	s, err := p.saved(r)
	return s.Removal("consultations.remove", s.Action+"/remove", "audit.reason"), err
}

// confirm answers GET /consultations/{id}/remove.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	s, err := p.removal(r)
	if err != nil {
		return err
	}
	return p.Sheet(w, r, http.StatusOK, s)
}

// remove answers POST /consultations/{id}/remove.
func (p *Pages) remove(w http.ResponseWriter, r *http.Request) error {
	s, err := p.removal(r)
	if err != nil {
		return err
	}
	s = s.Read(r)
	if err = p.svc.Remove(r.Context(), web.Actor(r), ID(r.PathValue("id")), s.Values["reason"]); err == nil {
		s.Back = "/consultations"
	}
	return p.Sent(w, r, s, "consultations.said-removed", err, nil)
}
