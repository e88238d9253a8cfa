package node

import (
	"fmt"
	"net/http"

	"casehub/node/access/accesstest"
	"casehub/node/access/accesstest/oracle"
)

// kept is something that an office keeps beside its cases: an activity, or somebody who
// could not be helped, who may be a client.
type kept struct {
	id, read, edit string
	of             oracle.Client // the office and the person of the record
	named          bool          // whether the record names the client
}

func (p *proof) turnaways() []kept {
	var all []kept
	for _, k := range p.w.Clients {
		all = append(all, kept{accesstest.Beside("turnaway", k.ID), "turnaways.read", "turnaways.edit", k, true}, kept{accesstest.Beside("stranger", k.ID), "turnaways.read", "turnaways.edit", k, false})
	}
	return all
}

func (p *proof) activities() []kept {
	var all []kept
	for _, k := range p.w.Clients {
		all = append(all, kept{accesstest.Beside("activity", k.ID), "activities.read", "activities.edit", k, false})
	}
	return all
}

func (e kept) sees(w *oracle.World, who string) bool {
	return w.Entry(who, e.read, e.of.Office, e.of.Registered) && (!e.named || w.Client(who, "clients.read", e.of))
}

func (e kept) reads(w *oracle.World, who string) bool {
	return e.sees(w, who) && (!e.named || w.ClientClass(who, "clients.read", e.of, "narrative"))
}

func (e kept) edits(w *oracle.World, who string) bool {
	return e.reads(w, who) && w.Entry(who, e.edit, e.of.Office, e.of.Registered) && (!e.named || w.Adds(who, e.of))
}

// workSecrets are what stands in records beside cases, and in those of cases that came
// later.
func (p *proof) workSecrets() {
	add := func(text string, may func(who string) bool) { p.secrets = append(p.secrets, secret{text, may}) }
	for _, e := range p.turnaways() {
		add(accesstest.Word("turned", e.id), func(who string) bool { return e.reads(&p.w, who) })
	}
	for _, e := range p.activities() {
		add(accesstest.Word("hall", e.of.ID), func(who string) bool { return e.reads(&p.w, who) })
	}
	for _, c := range p.w.Cases {
		for _, field := range []string{"complained", "thought", "rechecked"} {
			add(accesstest.Word(field, c.ID), func(who string) bool { return p.w.Class(who, "cases.read", c, "narrative") })
		}
		add("/quality/check-"+c.ID, func(who string) bool {
			return p.w.Class(who, "cases.read", c, "narrative") && p.w.Case(who, "quality.check", c)
		})
	}
}

// ofKept tries a route with every record of a kind.
func ofKept(records func(*proof) []kept, path string, good int, form func(may bool) []string) func(*proof) []call {
	return func(p *proof) []call {
		var all []call
		for _, e := range records(p) {
			may := e.edits(&p.w, p.who)
			all = append(all, call{path: fmt.Sprintf(path, e.id), form: formOf(form, may), want: outcome(e.sees(&p.w, p.who), may, good), of: e.id})
		}
		return all
	}
}

// named tries a new record of every client.
func named(path string, good int, form func(may bool) []string) func(*proof) []call {
	return func(p *proof) []call {
		all := []call{{path: path, form: formOf(form, true), want: good}}
		for _, k := range p.w.Clients {
			sees, adds := p.w.Client(p.who, "clients.read", k), p.w.Adds(p.who, k)
			all = append(all, call{path: path + "?client=" + k.ID, form: formOf(form, adds), want: outcome(sees, adds, good), of: k.ID})
		}
		return all
	}
}

func badActivity(may bool) []string {
	return []string{"version", version(may), "kind", "10102", "held_on", "2026-10-01", "participants", "12"}
}

func badTurnAway(may bool) []string {
	return []string{"version", version(may), "why", "8201", "came_on", "2026-10-01"}
}

func badSurvey(may bool) []string {
	return []string{"version", version(may), "rating", "11104", "answered_on", "2026-10-03"}
}

// workPlans are the plans of what an office does beside its cases, and of what came to
// cases later.
var workPlans = map[string]func(*proof) []call{
	"GET /turn-aways":     status(http.StatusOK),
	"GET /turn-aways/new": named("/turn-aways/new", http.StatusOK, nil),
	"POST /turn-aways": named("/turn-aways", http.StatusUnprocessableEntity, func(may bool) []string {
		return []string{"why", choice(may, "8201"), "came_on", "2026-10-01"}
	}),
	"GET /turn-aways/{id}/edit":    ofKept((*proof).turnaways, "/turn-aways/%s/edit", http.StatusOK, nil),
	"POST /turn-aways/{id}":        ofKept((*proof).turnaways, "/turn-aways/%s", http.StatusConflict, badTurnAway),
	"GET /turn-aways/{id}/remove":  ofKept((*proof).turnaways, "/turn-aways/%s/remove", http.StatusOK, nil),
	"POST /turn-aways/{id}/remove": ofKept((*proof).turnaways, "/turn-aways/%s/remove", http.StatusUnprocessableEntity, nothingSaid),

	"GET /activities":              status(http.StatusOK),
	"GET /activities/new":          status(http.StatusOK),
	"POST /activities":             status(http.StatusUnprocessableEntity, "held_on", "2026-10-01"),
	"GET /activities/{id}/edit":    ofKept((*proof).activities, "/activities/%s/edit", http.StatusOK, nil),
	"POST /activities/{id}":        ofKept((*proof).activities, "/activities/%s", http.StatusConflict, badActivity),
	"GET /activities/{id}/remove":  ofKept((*proof).activities, "/activities/%s/remove", http.StatusOK, nil),
	"POST /activities/{id}/remove": ofKept((*proof).activities, "/activities/%s/remove", http.StatusUnprocessableEntity, nothingSaid),

	"GET /complaints":                status(http.StatusOK),
	"GET /cases/{id}/complaints/new": within("complaints.edit", "narrative", "/cases/%s/complaints/new", http.StatusOK, nil),
	"POST /cases/{id}/complaints": within("complaints.edit", "narrative", "/cases/%s/complaints", http.StatusUnprocessableEntity, func(may bool) []string {
		return []string{"institution", choice(may, "9201"), "filed_on", "2026-10-05", "progress", "filed"}
	}),
	"GET /complaints/{id}/edit": behind("complaints.edit", "narrative", "/complaints/complaint-%s/edit", http.StatusOK, nil),
	"POST /complaints/{id}": behind("complaints.edit", "narrative", "/complaints/complaint-%s", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may), "institution", "9201", "filed_on", "2026-10-05", "progress", "filed"}
	}),
	"GET /complaints/{id}/remove":  behind("complaints.edit", "narrative", "/complaints/complaint-%s/remove", http.StatusOK, nil),
	"POST /complaints/{id}/remove": behind("complaints.edit", "narrative", "/complaints/complaint-%s/remove", http.StatusUnprocessableEntity, nothingSaid),

	"GET /surveys/forms":                     status(http.StatusOK),
	"GET /surveys/forms/{id}":                status(http.StatusNotFound),
	"GET /surveys/answers/{id}":              status(http.StatusNotFound),
	"GET /surveys/answers/{id}/remove":       status(http.StatusNotFound),
	"POST /surveys/answers/{id}/remove":      status(http.StatusNotFound, "reason", "asked for by nobody"),
	"GET /consultations/visits":              status(http.StatusOK),
	"GET /consultations/visits/{id}/remove":  status(http.StatusNotFound),
	"POST /consultations/visits/{id}/remove": status(http.StatusNotFound, "reason", "asked for by nobody"),

	"GET /surveys":                   status(http.StatusOK),
	"GET /cases/{id}/survey":         within("surveys.edit", "narrative", "/cases/%s/survey", http.StatusOK, nil),
	"POST /cases/{id}/survey":        within("surveys.edit", "narrative", "/cases/%s/survey", http.StatusConflict, badSurvey),
	"GET /cases/{id}/survey/remove":  within("surveys.edit", "narrative", "/cases/%s/survey/remove", http.StatusOK, nil),
	"POST /cases/{id}/survey/remove": within("surveys.edit", "narrative", "/cases/%s/survey/remove", http.StatusUnprocessableEntity, nothingSaid),

	"GET /quality":      status(http.StatusOK),
	"GET /quality/new":  status(http.StatusOK),
	"POST /quality":     status(http.StatusUnprocessableEntity, "month", "202609", "size", "5"),
	"GET /quality/{id}": behind("quality.check", "narrative", "/quality/check-%s", http.StatusOK, nil),
	"POST /quality/{id}": behind("quality.check", "narrative", "/quality/check-%s", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may), "result", "12101", "checked_on", "2026-10-05"}
	}),
}
