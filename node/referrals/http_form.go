package referrals

import (
	"net/http"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/cases"
)

// sheet returns the empty form for a case. The result is asked for once the referral
// is saved.
func (p *Pages) sheet(r *http.Request, id cases.ID) (web.Sheet, error) {
	c, may, err := p.cases.ByID(r.Context(), web.Actor(r), id)
	if err == nil && !may.Narrative {
		err = access.ErrForbidden
	}
	if err == nil {
		err = p.referrals.gate.Case(r.Context(), p.referrals.db, web.Actor(r), editing, string(id))
	}
	if err != nil {
		return web.Sheet{}, err
	}
	agreed, err := p.agreed(r, c.ClientID)
	today, lang := string(civil.On(p.referrals.now())), web.Language(r)
	return web.Sheet{
		Name: "referral", Title: "referrals.record", Button: "referrals.record", Of: c.Reference, Above: agreed,
		Action: "/cases/" + string(id) + "/referrals", Back: "/cases/" + string(id),
		Crumbs: []web.Crumb{{Key: "cases.title", Path: "/cases"}, {Label: c.Reference, Path: "/cases/" + string(id)}, {Key: "referrals.title"}},
		Values: map[string]string{"referred_on": today},
		Inputs: func(s web.Sheet) []web.Field {
			to := s.Choice("referrals.destination", "referrals.destination-choose", p.referrals.reg.List(codelist.ReferralDestinations), lang)
			fields := []web.Field{to, s.Day("referrals.referred-on", string(c.OpenedOn), today), s.Text("referrals.note", "referrals.note-hint", noteLimit)}
			if s.Version == 0 {
				return fields
			}
			result := s.Choice("referrals.result", "referrals.result-none", p.referrals.reg.List(codelist.ReferralResults), lang)
			learned := s.Day("referrals.result-on", s.Values["referred_on"], today)
			return append(fields, result, learned, s.Text("referrals.result-note", "", noteLimit))
		},
	}, err
}

// blank returns the empty form for the case of the address.
func (p *Pages) blank(r *http.Request) (web.Sheet, error) {
	return p.sheet(r, cases.ID(r.PathValue("id")))
}

func referral(s web.Sheet) Referral {
	return Referral{
		Version: s.Version, Destination: s.Code("destination"), ReferredOn: civil.Date(s.Values["referred_on"]), Note: s.Values["note"],
		Result: s.Code("result"), ResultOn: civil.Date(s.Values["result_on"]), ResultNote: s.Values["result_note"],
	}
}

// values are what the inputs of a saved referral hold.
func (r Referral) values() map[string]string {
	return map[string]string{
		"destination": web.CodeValue(r.Destination), "referred_on": string(r.ReferredOn), "note": r.Note,
		"result": web.CodeValue(r.Result), "result_on": string(r.ResultOn), "result_note": r.ResultNote,
	}
}

// record makes a referral of a sheet.
func (p *Pages) record(r *http.Request, s web.Sheet) error {
	v := referral(s)
	v.CaseID = cases.ID(r.PathValue("id"))
	_, err := p.referrals.Record(r.Context(), web.Actor(r), v)
	return err
}

// saved returns the sheet of the referral of the address.
func (p *Pages) saved(r *http.Request) (web.Sheet, error) {
	v, err := p.referrals.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return web.Sheet{}, err
	}
	s, err := p.sheet(r, v.CaseID)
	s.Title, s.Button, s.Version, s.Values, s.Action = "referrals.edit", "referrals.save", v.Version, v.values(), "/referrals/"+string(v.ID)
	return s, err
}

// save brings the referral of the address in line with a sheet.
func (p *Pages) save(r *http.Request, s web.Sheet) error {
	v := referral(s)
	v.ID = ID(r.PathValue("id"))
	return p.referrals.Update(r.Context(), web.Actor(r), v)
}
