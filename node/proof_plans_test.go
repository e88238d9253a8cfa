package node

import (
	"fmt"
	"net/http"
	"strings"

	"casehub/node/access/accesstest"
	"casehub/node/access/accesstest/oracle"
)

// plans say for each route which requests to try, and what has to come of each
// for the person whose turn it is. Who may not come to a route at all is told so
// before: that is checked for all of them alike.
var plans = map[string]func(*proof) []call{
	// Doors, and what is everybody's own.
	"POST /preferences":                  fixed(),
	"GET /sign-in":                       fixed(),
	"POST /sign-in":                      nothing, // ends a session that is there
	"POST /sign-in/passkey":              nothing,
	"GET /sign-in/factor":                fixed(),
	"POST /sign-in/factor":               nothing,
	"POST /sign-out":                     nothing, // ends the turn
	"GET /locked":                        fixed(),
	"POST /locked":                       nothing, // a wrong password counts
	"POST /lock":                         nothing, // ends the turn
	"GET /resume":                        fixed(),
	"POST /resume/discard":               fixed(),
	"GET /account":                       fixed(),
	"POST /account/language":             fixed(),
	"GET /account/password":              fixed(),
	"POST /account/password":             fixed(),
	"GET /account/factors":               fixed(),
	"GET /account/authenticator":         fixed(),
	"POST /account/authenticator":        fixed(),
	"GET /account/authenticator/remove":  fixed(),
	"POST /account/authenticator/remove": fixed(),
	"GET /account/recovery":              fixed(),
	"POST /account/recovery":             fixed(),
	"GET /account/passkeys/new":          fixed(),
	"POST /account/passkeys":             fixed(),
	"GET /account/passkeys/{id}/remove":  fixed(),
	"POST /account/passkeys/{id}/remove": fixed(),
	"POST /account/sessions/{id}/end":    fixed(),
	"POST /account/sessions/end":         fixed(),
	"GET /administration":                fixed(),
	"GET /metrics":                       fixed(),
	"GET /{$}":                           status(http.StatusOK),

	// The organisation and its people: no record of a client is here.
	"GET /people":                                fixed(),
	"GET /people/new":                            fixed(),
	"POST /people":                               fixed(),
	"GET /people/{id}":                           fixed(),
	"GET /people/{id}/edit":                      fixed(),
	"POST /people/{id}":                          fixed(),
	"POST /people/{id}/positions":                fixed(),
	"POST /people/{id}/positions/{position}/end": fixed(),
	"GET /people/{id}/confirm/{what}":            fixed(),
	"POST /people/{id}/confirm/{what}":           fixed(),
	"GET /organisation":                          fixed(),
	"POST /organisation":                         fixed(),
	"POST /organisation/factors":                 refused("organisation.manage"), // asks the director for a second factor
	"GET /organisation/offices/new":              fixed(),
	"POST /organisation/offices":                 fixed(),
	"GET /organisation/offices/{id}":             fixed(),
	"POST /organisation/offices/{id}":            fixed(),
	"POST /organisation/regions":                 fixed(),
	"GET /organisation/regions/{id}":             fixed(),
	"POST /organisation/regions/{id}":            fixed(),
	"POST /organisation/regions/{id}/remove":     fixed(),
	"GET /organisation/teams/new":                fixed(),
	"POST /organisation/teams":                   fixed(),
	"GET /organisation/teams/{id}":               fixed(),
	"POST /organisation/teams/{id}":              fixed(),
	"POST /organisation/teams/{id}/remove":       fixed(),
	"GET /roles":                                 fixed(),
	"GET /roles/new":                             fixed(),
	"POST /roles":                                fixed(),
	"GET /roles/{id}":                            fixed(),
	"POST /roles/{id}":                           fixed(),
	"POST /roles/{id}/remove":                    fixed(),

	// What left the office, and who did what.
	"GET /releases":                           status(http.StatusOK),
	"GET /releases/{sequence}":                fixed(),
	"GET /releases/{sequence}/file":           fixed(),
	"GET /releases/rules":                     fixed(),
	"GET /releases/{sequence}/groups/{group}": groups,
	"GET /balance":                            balances,
	"GET /balance/{set}/{part}":               balanceLists,
	"POST /releases/{sequence}/void":          refused("releases.manage"),
	"POST /releases/resume":                   refused("releases.approve"),
	"POST /drafts":                            refused("releases.check"),
	"POST /drafts/closing":                    refused("releases.manage"),
	"GET /drafts/{id}":                        fixed(),
	"GET /drafts/{id}/file":                   fixed(),
	"POST /drafts/{id}/check":                 refused("releases.check"),
	"POST /drafts/{id}/approve":               refused("releases.approve"),
	"POST /drafts/{id}/hand-out":              refused("releases.check"),
	"POST /drafts/{id}/code":                  refused("releases.check"),
	"POST /drafts/{id}/again":                 refused("releases.check"),
	"POST /drafts/{id}/discard":               refused("releases.check"),
	"GET /approvers":                          fixed(),
	"POST /approvers":                         refused("releases.manage"),
	"POST /approvers/{id}/end":                refused("releases.manage"),
	"POST /releases/rules/accept":             refused("packs.accept"),
	"GET /audit":                              ofAudit,
	"POST /audit":                             audited,

	// Keys of the node: what changes them is tried as who may not.
	"GET /keys":                   fixed(),
	"GET /keys/recovery":          fixed(),
	"POST /keys/recovery":         refused("keys.manage"),
	"GET /keys/recovery/words":    fixed(),
	"GET /keys/recovery/confirm":  fixed(),
	"POST /keys/recovery/confirm": refused("keys.manage"),
	"POST /keys/recovery/drop":    refused("keys.manage"),
	"GET /keys/shares":            fixed(),
	"POST /keys/shares":           refused("keys.manage"),
	"POST /keys/put-back":         refused("keys.manage"),

	// Backups: what changes them is tried as who may not.
	"GET /backups":                  fixed(),
	"GET /backups/progress":         fixed(),
	"POST /backups/places/{id}/run": refused("backup.manage"),
	"POST /backups/places/{id}/end": refused("backup.manage"),
	"POST /backups/places/s3/claim": refused("backup.manage"),
	"POST /backups/places":          refused("backup.manage"),
	"POST /backups/hour":            refused("backup.manage"),
	"POST /backups/drills":          refused("backup.manage"),

	// Keeping and erasing, and what clients agreed to.
	"GET /retention":                fixed(),
	"GET /retention/due":            fixed(),
	"POST /retention/due":           refused("retention.manage"),
	"GET /retention/rules":          fixed(),
	"POST /retention/rules":         refused("retention.manage"),
	"GET /erasures/{id}":            fixed(),
	"POST /erasures/{id}/approve":   refused("retention.erase"),
	"POST /erasures/{id}/take-back": refused("retention.manage"),
	"GET /restricted":               fixed(),
	"POST /restricted":              opensRestricted,
	"GET /clients/{id}/erasure":     ofClients("clients.edit", "/clients/%s/erasure", http.StatusOK, nil),
	"POST /clients/{id}/erasure":    refusedOf("clients.edit", "/clients/%s/erasure", "asked_on", "2026-10-10"),
	"GET /clients/{id}/own-data":    ofClients("clients.export", "/clients/%s/own-data", http.StatusOK, nil),
	"POST /clients/{id}/own-data":   refusedOf("clients.export", "/clients/%s/own-data", "files", "yes"),
	"GET /clients/{id}/consents":    ofClients("consents.read", "/clients/%s/consents", http.StatusOK, nil),
	"POST /clients/{id}/consents":   refusedOf("consents.edit", "/clients/%s/consents", "purpose", "referral", "answer", "given", "answered_on", "2026-10-05", "manner", "orally"),
	"GET /consents":                 status(http.StatusOK),
	"GET /consents/terms":           fixed(),
	"POST /consents/terms":          refused("organisation.manage"),

	// Clients.
	"GET /clients":           status(http.StatusOK),
	"POST /clients/search":   status(http.StatusOK, "search", "surname"),
	"GET /clients/new":       status(http.StatusOK),
	"GET /clients/pairs":     status(http.StatusOK),
	"POST /clients/pairs":    status(http.StatusNotFound, "first", "none", "second", "none"),
	"POST /clients":          status(http.StatusUnprocessableEntity, "birth_date", "3000-01-01", "birth_precision", "day", "contact_safety", "safe"),
	"GET /clients/{id}":      ofClients("clients.read", "/clients/%s", http.StatusOK, nil),
	"GET /clients/{id}/edit": ofClients("clients.edit", "/clients/%s/edit", http.StatusOK, nil),
	"POST /clients/{id}": ofClients("clients.edit", "/clients/%s", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may), "surname", "changed", "contact_safety", "safe"}
	}),

	// Cases.
	"GET /cases":               status(http.StatusOK),
	"POST /cases/search":       status(http.StatusOK, "search", "party"),
	"GET /case-account":        status(http.StatusOK),
	"GET /case-account/{part}": accountLists,
	"GET /cases/new":           newCase,
	"POST /cases/new":          status(http.StatusOK, "search", "surname"),
	"POST /cases":              openCase,
	"GET /cases/{id}":          ofCases("cases.read", "/cases/%s", http.StatusOK, nil),
	"GET /cases/{id}/edit":     ofCases("cases.edit", "/cases/%s/edit", http.StatusOK, nil),
	"POST /cases/{id}": ofCases("cases.edit", "/cases/%s", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may), "case_type", "1102", "opened_on", "2026-10-01", "summary", "changed"}
	}),
	"POST /cases/{id}/close": ofCases("cases.close", "/cases/%s/close", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may), "closed_on", "2026-10-20", "outcome", "5101"}
	}),
	"POST /cases/{id}/reopen": ofCases("cases.close", "/cases/%s/reopen", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may)}
	}),
	"POST /cases/{id}/assign": ofCases("cases.assign", "/cases/%s/assign", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may)}
	}),

	// Walls and emergencies.
	"GET /cases/{id}/walls": ofCases("cases.wall", "/cases/%s/walls", http.StatusOK, nil),
	"POST /cases/{id}/walls": ofCases("cases.wall", "/cases/%s/walls", http.StatusUnprocessableEntity, func(may bool) []string {
		if may {
			return []string{"person", ""}
		}
		return []string{"person", "somebody", "reason", "related"}
	}),
	"GET /cases/{id}/conflict": ofCases("cases.read", "/cases/%s/conflict", http.StatusOK, nil),
	"POST /cases/{id}/conflict": ofCases("cases.read", "/cases/%s/conflict", http.StatusUnprocessableEntity, func(may bool) []string {
		return []string{"reason", choice(may, "related")}
	}),
	"POST /walls/{id}/end":        endWalls,
	"GET /emergency":              status(http.StatusOK),
	"POST /emergency":             declare,
	"POST /emergencies/{id}/seen": seeEmergencies,

	// What belongs to cases.
	"GET /cases/{id}/referrals/new": within("referrals.edit", "narrative", "/cases/%s/referrals/new", http.StatusOK, nil),
	"POST /cases/{id}/referrals": within("referrals.edit", "narrative", "/cases/%s/referrals", http.StatusUnprocessableEntity, func(may bool) []string {
		return []string{"destination", choice(may, "3203"), "referred_on", "2026-10-05"}
	}),
	"GET /referrals/{id}/edit": behind("referrals.edit", "narrative", "/referrals/referral-%s/edit", http.StatusOK, nil),
	"POST /referrals/{id}": behind("referrals.edit", "narrative", "/referrals/referral-%s", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may), "destination", "3203", "referred_on", "2026-10-05"}
	}),
	"GET /cases/{id}/documents":      ofCases("cases.read", "/cases/%s/documents", 0, nil),
	"POST /cases/{id}/documents":     uploads,
	"GET /documents/{id}":            papers("documents.read", "/documents/document-%s", nil),
	"GET /documents/{id}/edit":       papers("documents.edit", "/documents/document-%s/edit", nil),
	"POST /documents/{id}":           papers("documents.edit", "/documents/document-%s", []string{"version", "1", "name", "changed"}),
	"POST /documents/{id}/remove":    papers("documents.edit", "/documents/document-%s/remove", []string{"version", "1"}),
	"GET /cases/{id}/recoveries/new": within("finance.edit", "finance", "/cases/%s/recoveries/new", http.StatusOK, nil),
	"POST /cases/{id}/recoveries": within("finance.edit", "finance", "/cases/%s/recoveries", http.StatusUnprocessableEntity, func(may bool) []string {
		return []string{"kind", choice(may, "4101"), "received_on", "2026-10-05", "amount", "5", "currency", "ZAR"}
	}),
	"GET /recoveries/{id}/edit": behind("finance.edit", "finance", "/recoveries/recovery-%s/edit", http.StatusOK, nil),
	"POST /recoveries/{id}": behind("finance.edit", "finance", "/recoveries/recovery-%s", http.StatusConflict, func(may bool) []string {
		return []string{"version", version(may), "kind", "4101", "received_on", "2026-10-05", "amount", "5", "currency", "ZAR"}
	}),
}

// version is one that nothing has, for who may save: the world has to stay as it
// was drawn. Who may not sends the right one.
func version(may bool) string {
	if may {
		return "0"
	}
	return "1"
}

func choice(may bool, code string) string {
	if may {
		return ""
	}
	return code
}

func nothing(*proof) []call { return nil }

// fixed tries a route once, with identifiers that nothing has and an empty form.
func fixed() func(*proof) []call { return status(0) }

// refused tries a route only as who may not come there.
func refused(action string) func(*proof) []call {
	return func(p *proof) []call {
		if p.w.May(p.who, action) {
			return nil
		}
		return fixed()(p)
	}
}

// refusedOf tries a form that holds about every client, as who may not send it: whoever
// may would change the world.
func refusedOf(action, path string, form ...string) func(*proof) []call {
	return func(p *proof) []call {
		var all []call
		for _, k := range p.w.Clients {
			sees := p.w.Client(p.who, "clients.read", k)
			if sees && p.w.May(p.who, action) && p.w.Client(p.who, action, k) {
				continue
			}
			all = append(all, call{path: fmt.Sprintf(path, k.ID), form: form, want: outcome(sees, false, 0), of: k.ID})
		}
		return all
	}
}

// opensRestricted asks for every client who waits for an erasure, as who may not.
func opensRestricted(p *proof) []call {
	var all []call
	for _, k := range p.w.Clients {
		if p.w.May(p.who, "clients.restricted") && p.w.Client(p.who, "clients.restricted", k) {
			continue
		}
		all = append(all, call{path: "/restricted", form: []string{"client", k.ID, "why", "a court asks for the file"}, want: http.StatusNotFound})
	}
	return all
}

func status(want int, form ...string) func(*proof) []call {
	return func(p *proof) []call {
		method, path, _ := strings.Cut(p.pattern, " ")
		path = strings.NewReplacer("{$}", "", "{id}", "none", "{position}", "none", "{what}", "none", "{sequence}", "1").Replace(path)
		if method == http.MethodPost {
			return []call{{path: path, form: append([]string{}, form...), want: want}, {path: path, form: append([]string{}, form...), want: want, htmx: true}}
		}
		return []call{{path: path, want: want}}
	}
}

// outcome is the status for a record that is seen or not, and to which the
// person may do this or not.
func outcome(sees, may bool, good int) int {
	switch {
	case !sees:
		return http.StatusNotFound
	case !may:
		return http.StatusForbidden
	}
	return good
}

func formOf(form func(bool) []string, may bool) []string {
	if form == nil {
		return nil
	}
	return form(may)
}

// ofCases tries a route with every case.
func ofCases(action, path string, good int, form func(may bool) []string) func(*proof) []call {
	return func(p *proof) []call {
		var all []call
		for _, c := range p.w.Cases {
			sees := p.w.Case(p.who, "cases.read", c)
			may := sees && p.w.Case(p.who, action, c)
			all = append(all, call{path: fmt.Sprintf(path, c.ID), form: formOf(form, may && p.w.May(p.who, action)), want: outcome(sees, may, good), of: c.ID})
		}
		return all
	}
}

// ofClients tries a route with every client.
func ofClients(action, path string, good int, form func(may bool) []string) func(*proof) []call {
	return func(p *proof) []call {
		var all []call
		for _, k := range p.w.Clients {
			sees := p.w.Client(p.who, "clients.read", k)
			may := sees && p.w.Client(p.who, action, k)
			all = append(all, call{path: fmt.Sprintf(path, k.ID), form: formOf(form, may), want: outcome(sees, may, good), of: k.ID})
		}
		return all
	}
}

// within tries a route below every case that needs a class of it as well.
func within(action, class, path string, good int, form func(may bool) []string) func(*proof) []call {
	return func(p *proof) []call {
		var all []call
		for _, c := range p.w.Cases {
			sees := p.w.Case(p.who, "cases.read", c)
			may := p.w.Class(p.who, "cases.read", c, class) && p.w.Case(p.who, action, c)
			all = append(all, call{path: fmt.Sprintf(path, c.ID), form: formOf(form, may), want: outcome(sees, may, good), of: c.ID})
		}
		return all
	}
}

// behind tries a route of a record behind every case: who may not read the class
// is told that there is none.
func behind(action, class, path string, good int, form func(may bool) []string) func(*proof) []call {
	return func(p *proof) []call {
		var all []call
		for _, c := range p.w.Cases {
			sees := p.w.Class(p.who, "cases.read", c, class)
			may := sees && p.w.Case(p.who, action, c)
			all = append(all, call{path: fmt.Sprintf(path, c.ID), form: formOf(form, may), want: outcome(sees, may, good), of: c.ID})
		}
		return all
	}
}

// uploads adds a document to every case; whoever may, without a file, which is
// refused.
func uploads(p *proof) []call {
	var all []call
	for _, c := range p.w.Cases {
		sees := p.w.Case(p.who, "cases.read", c)
		may := p.edits(c)
		files := []string{"letter.txt"}
		if may {
			files = []string{}
		}
		all = append(all, call{path: "/cases/" + c.ID + "/documents", files: files, want: outcome(sees, may, http.StatusUnprocessableEntity), of: c.ID})
	}
	return all
}

// edits reports whether the person may add documents to a case.
func (p *proof) edits(c oracle.Case) bool {
	reads := p.w.Class(p.who, "cases.read", c, "narrative") && p.w.Class(p.who, "cases.read", c, "sensitive")
	return reads && p.w.May(p.who, "documents.edit") && p.w.Case(p.who, "documents.edit", c)
}

// papers tries a route of every case's document, as whoever may not: the
// document of a drawn case has no content.
func papers(action, path string, form []string) func(*proof) []call {
	return func(p *proof) []call {
		var all []call
		for _, c := range p.w.Cases {
			sees := p.w.Case(p.who, "cases.read", c)
			reads := p.w.Class(p.who, "cases.read", c, "narrative") && p.w.Class(p.who, "cases.read", c, "sensitive")
			if p.w.May(p.who, action) && reads && p.w.Case(p.who, action, c) {
				continue
			}
			all = append(all, call{path: fmt.Sprintf(path, c.ID), form: form, want: outcome(sees, false, 0), of: c.ID})
		}
		return all
	}
}

func newCase(p *proof) []call {
	all := []call{{path: "/cases/new", want: http.StatusOK}}
	for _, k := range p.w.Clients {
		sees := p.w.Client(p.who, "clients.read", k)
		all = append(all, call{path: "/cases/new?client=" + k.ID, want: outcome(sees, p.w.Adds(p.who, k), http.StatusOK), of: k.ID})
	}
	return all
}

func openCase(p *proof) []call {
	var all []call
	for _, k := range p.w.Clients {
		sees, adds := p.w.Client(p.who, "clients.read", k), p.w.Adds(p.who, k)
		all = append(all, call{
			path: "/cases", form: []string{"client", k.ID, "case_type", choice(adds, "1102"), "opened_on", "2026-10-01"},
			want: outcome(sees, adds, http.StatusUnprocessableEntity),
		})
	}
	return all
}

func (p *proof) caseOf(id string) oracle.Case {
	for _, c := range p.w.Cases {
		if c.ID == id {
			return c
		}
	}
	return oracle.Case{}
}

// endWalls tries to end every wall; whoever may, only those that are ended.
func endWalls(p *proof) []call {
	var all []call
	for i, x := range p.w.Walls {
		c := p.caseOf(x.Case)
		sees := p.w.Case(p.who, "cases.read", c)
		may := sees && p.w.Case(p.who, "cases.wall", c)
		if may && !x.Ended {
			continue
		}
		id := fmt.Sprintf("wall-%s-%d", x.Case, i)
		all = append(all, call{path: "/walls/" + id + "/end", form: []string{}, want: outcome(sees, may, http.StatusConflict), of: id})
	}
	return all
}

// declare names every case in an emergency: without a reason, and with one where
// that opens nothing new.
func declare(p *proof) []call {
	var all []call
	for _, c := range p.w.Cases {
		ref := accesstest.Reference("C", c.ID)
		all = append(all, call{path: "/emergency", form: []string{"reference", ref, "why", "now"}, want: http.StatusUnprocessableEntity})
		declares, reads := p.w.Case(p.who, "cases.emergency", c), p.w.Case(p.who, "cases.read", c)
		form := []string{"reference", ref, "why", "the deadline is today"}
		switch {
		case !declares:
			all = append(all, call{path: "/emergency", form: form, want: http.StatusUnprocessableEntity})
		case reads:
			all = append(all, call{path: "/emergency", form: form, want: http.StatusSeeOther})
		}
	}
	return all
}

// seeEmergencies takes note of every emergency; whoever may, only of their own,
// which is refused.
func seeEmergencies(p *proof) []call {
	var all []call
	for i, e := range p.w.Emergencies {
		c := p.caseOf(e.Case)
		sees := p.w.Case(p.who, "cases.read", c)
		may := sees && p.w.Case(p.who, "emergencies.read", c)
		if may && e.Person != p.who {
			continue
		}
		id := fmt.Sprintf("emergency-%s-%d", e.Case, i)
		all = append(all, call{path: "/emergencies/" + id + "/seen", form: []string{}, want: outcome(sees, false, 0), of: id})
	}
	return all
}

// ofAudit asks for the entries about every record.
func ofAudit(p *proof) []call {
	all := []call{{path: "/audit", want: http.StatusOK}}
	for _, c := range p.w.Cases {
		all = append(all, call{path: "/audit?about=" + c.ID})
	}
	return all
}

// audited asks for entries by reference.
func audited(p *proof) []call {
	var all []call
	for _, c := range p.w.Cases {
		want := http.StatusUnprocessableEntity
		if p.w.Case(p.who, "audit.read", c) {
			want = http.StatusSeeOther
		}
		all = append(all, call{path: "/audit", form: []string{"reference", accesstest.Reference("C", c.ID)}, want: want})
	}
	return all
}
