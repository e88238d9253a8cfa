package finance

import (
	"errors"
	"net/http"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/cases"
)

// sheet returns the empty form for a case. Who may not read the case's story sees no
// note.
func (p *Pages) sheet(r *http.Request, id cases.ID) (web.Sheet, error) {
	c, may, err := p.cases.ByID(r.Context(), web.Actor(r), id)
	if err == nil && !may.Finance {
		err = access.ErrForbidden
	}
	if err == nil {
		err = p.recoveries.gate.Case(r.Context(), p.recoveries.db, web.Actor(r), editing, string(id))
	}
	if err != nil {
		return web.Sheet{}, err
	}
	today, lang := string(civil.On(p.recoveries.now())), web.Language(r)
	return web.Sheet{
		Name: "recovery", Title: "finance.record", Button: "finance.record", Of: c.Reference,
		Action: "/cases/" + string(id) + "/recoveries", Back: "/cases/" + string(id),
		Crumbs: []web.Crumb{{Key: "cases.title", Path: "/cases"}, {Label: c.Reference, Path: "/cases/" + string(id)}, {Key: "finance.title"}},
		Values: map[string]string{"received_on": today, "currency": p.currency},
		Inputs: func(s web.Sheet) []web.Field {
			kind := s.Choice("finance.kind", "finance.kind-choose", p.recoveries.reg.List(codelist.RecoveryKinds), lang)
			amount, currency := s.Input("finance.amount"), s.Input("finance.currency")
			amount.Limit, amount.Hint = 40, "finance.amount-hint"
			currency.Limit = 3
			fields := []web.Field{kind, s.Day("finance.received-on", string(c.OpenedOn), today), amount, currency}
			if may.Narrative {
				fields = append(fields, s.Text("finance.note", "", noteLimit))
			}
			return fields
		},
	}, nil
}

// blank returns the empty form for the case of the address.
func (p *Pages) blank(r *http.Request) (web.Sheet, error) {
	return p.sheet(r, cases.ID(r.PathValue("id")))
}

// recovery returns what a sheet of a case says. When the amount cannot be read, the
// error says what else is wrong as well.
func (p *Pages) recovery(s web.Sheet, of cases.ID) (Recovery, error) {
	v := Recovery{
		Version: s.Version, CaseID: of, Kind: s.Code("kind"), ReceivedOn: civil.Date(s.Values["received_on"]),
		Currency: strings.ToUpper(s.Values["currency"]), Note: s.Values["note"],
	}
	var err error
	if v.Amount, err = ParseAmount(s.Values["amount"], v.Currency); err != nil {
		return v, errors.Join(err, v.Validate(p.recoveries.reg, civil.On(p.recoveries.now())))
	}
	return v, nil
}

// values are what the inputs of a saved recovery hold.
func (r Recovery) values() map[string]string {
	return map[string]string{
		"kind": web.CodeValue(r.Kind), "received_on": string(r.ReceivedOn), "note": r.Note,
		"amount": FormatPlain(r.Amount, r.Currency), "currency": r.Currency,
	}
}

// record makes a recovery of a sheet.
func (p *Pages) record(r *http.Request, s web.Sheet) error {
	v, err := p.recovery(s, cases.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	_, err = p.recoveries.Record(r.Context(), web.Actor(r), v)
	return err
}

// saved returns the sheet of the recovery of the address.
func (p *Pages) saved(r *http.Request) (web.Sheet, error) {
	v, _, err := p.recoveries.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return web.Sheet{}, err
	}
	s, err := p.sheet(r, v.CaseID)
	s.Title, s.Button, s.Version, s.Values, s.Action = "finance.edit", "finance.save", v.Version, v.values(), "/recoveries/"+string(v.ID)
	return s, err
}

// save brings the recovery of the address in line with a sheet.
func (p *Pages) save(r *http.Request, s web.Sheet) error {
	old, _, err := p.recoveries.ByID(r.Context(), web.Actor(r), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	v, err := p.recovery(s, old.CaseID)
	if err != nil {
		return err
	}
	v.ID = old.ID
	return p.recoveries.Update(r.Context(), web.Actor(r), v)
}
