package node

import (
	"fmt"
	"net/http"

	"casehub/node/access/accesstest"
	"casehub/node/access/accesstest/oracle"
)

// consulted is a consultation of the world: one of each client, and one that became
// each case.
type consulted struct {
	id     string
	client oracle.Client
	of     *oracle.Case
}

func (p *proof) consultations() []consulted {
	clientOf := map[string]oracle.Client{}
	var all []consulted
	for _, k := range p.w.Clients {
		clientOf[k.ID] = k
		all = append(all, consulted{"consultation-" + k.ID, k, nil})
	}
	for _, c := range p.w.Cases {
		all = append(all, consulted{"consultation-" + c.ID, clientOf[c.Client], &c})
	}
	return all
}

// sees reports whether somebody sees a consultation: its client, and its case.
func (c consulted) sees(w *oracle.World, who string) bool {
	return w.Client(who, "clients.read", c.client) && (c.of == nil || w.Case(who, "cases.read", *c.of))
}

// reads reports whether somebody reads all of a consultation.
func (c consulted) reads(w *oracle.World, who string) bool {
	switch {
	case !c.sees(w, who):
		return false
	case accesstest.Secret(c.id):
		return w.ClientSecret(who, "clients.read", c.client, "narrative")
	}
	return w.ClientClass(who, "clients.read", c.client, "narrative")
}

// edits reports whether somebody may change a consultation that they see.
func (c consulted) edits(w *oracle.World, who string) bool {
	return c.reads(w, who) && w.Client(who, "consultations.edit", c.client)
}

// adviceSecrets are what stands in consultations.
func (p *proof) adviceSecrets() {
	for _, c := range p.consultations() {
		p.secrets = append(p.secrets, secret{accesstest.Word("said", c.id), func(who string) bool { return c.reads(&p.w, who) }})
		p.secrets = append(p.secrets, secret{"/consultations/" + c.id, func(who string) bool { return c.sees(&p.w, who) }})
	}
}

// advised tries a route with every consultation. Whoever may do it sends a form that
// does not hold, or one that changes nothing.
func advised(path string, edits bool, good int, form func(may bool) []string) func(*proof) []call {
	return func(p *proof) []call {
		var all []call
		for _, c := range p.consultations() {
			may := !edits || c.edits(&p.w, p.who)
			all = append(all, call{path: fmt.Sprintf(path, c.id), form: formOf(form, may), want: outcome(c.sees(&p.w, p.who), may, good), of: c.id})
		}
		return all
	}
}

// given tries a route with every service: of each case and out of each consultation.
func given(path string, good int, form func(may bool) []string) func(*proof) []call {
	return func(p *proof) []call {
		var all []call
		for _, c := range p.w.Cases {
			sees := p.w.Class(p.who, "cases.read", c, "narrative")
			may := sees && p.w.Case(p.who, "consultations.edit", c)
			all = append(all, call{path: fmt.Sprintf(path, "service-"+c.ID), form: formOf(form, may), want: outcome(sees, may, good), of: "service-" + c.ID})
		}
		for _, c := range p.consultations() {
			may := c.edits(&p.w, p.who)
			all = append(all, call{path: fmt.Sprintf(path, "service-"+c.id), form: formOf(form, may), want: outcome(c.sees(&p.w, p.who), may, good), of: "service-" + c.id})
		}
		return all
	}
}

// nothingSaid is a form without a reason, or with one where it is refused anyway.
func nothingSaid(may bool) []string { return []string{"reason", choice(may, "a mistake")} }

// advicePlans are the plans of consultations and services.
var advicePlans = map[string]func(*proof) []call{
	"GET /consultations":                  status(http.StatusOK),
	"GET /consultations/{id}":             advised("/consultations/%s", false, http.StatusOK, nil),
	"GET /clients/{id}/consultations/new": ofClients("consultations.edit", "/clients/%s/consultations/new", http.StatusOK, nil),
	"POST /clients/{id}/consultations": ofClients("consultations.edit", "/clients/%s/consultations", http.StatusUnprocessableEntity, func(may bool) []string {
		return []string{"case_type", choice(may, "1102"), "held_on", "2026-10-01"}
	}),
	"GET /consultations/{id}/edit": advised("/consultations/%s/edit", true, http.StatusOK, nil),
	"POST /consultations/{id}": advised("/consultations/%s", true, http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may), "case_type", "1102", "held_on", "2026-10-01"}
	}),
	"GET /consultations/{id}/remove":       advised("/consultations/%s/remove", true, http.StatusOK, nil),
	"POST /consultations/{id}/remove":      advised("/consultations/%s/remove", true, http.StatusUnprocessableEntity, nothingSaid),
	"GET /consultations/{id}/services/new": advised("/consultations/%s/services/new", true, http.StatusOK, nil),
	"POST /consultations/{id}/services": advised("/consultations/%s/services", true, http.StatusUnprocessableEntity, func(may bool) []string {
		return []string{"kind", choice(may, "6101"), "given_on", "2026-10-02"}
	}),
	"GET /cases/{id}/services/new": within("consultations.edit", "narrative", "/cases/%s/services/new", http.StatusOK, nil),
	"POST /cases/{id}/services": within("consultations.edit", "narrative", "/cases/%s/services", http.StatusUnprocessableEntity, func(may bool) []string {
		return []string{"kind", choice(may, "6101"), "given_on", "2026-10-02"}
	}),
	"GET /services/{id}/edit": given("/services/%s/edit", http.StatusOK, nil),
	"POST /services/{id}": given("/services/%s", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may), "kind", "6101", "given_on", "2026-10-02"}
	}),
	"GET /services/{id}/remove":  given("/services/%s/remove", http.StatusOK, nil),
	"POST /services/{id}/remove": given("/services/%s/remove", http.StatusUnprocessableEntity, nothingSaid),
}
