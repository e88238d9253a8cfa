package egress

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/access"
)

// approversPage is the data of the page of remote approvers.
type approversPage struct {
	Approvers []Approver
	Names     map[string]string
	Fields    []web.Field
	Manages   bool
	Now       time.Time
	Problem   error
}

// AddedName returns who enrolled an approver.
func (v approversPage) AddedName(a Approver) string { return v.Names[a.AddedBy.ID] }

// StateKey returns the catalogue's key of whether an approver may approve.
func (v approversPage) StateKey(a Approver) string {
	switch {
	case !a.EndedAt.IsZero():
		return "egress.approver-ended"
	case v.Now.Before(a.CountsFrom):
		return "egress.approver-rests"
	}
	return "egress.approver-may"
}

// KeyText returns the approver's key as it was entered.
func (a Approver) KeyText() string { return hex.EncodeToString(a.Key) }

// approvers answers GET /approvers.
func (p *pages) approvers(w http.ResponseWriter, r *http.Request) error {
	return p.showApprovers(w, r, http.StatusOK, nil)
}

func (p *pages) showApprovers(w http.ResponseWriter, r *http.Request, status int, problem error) error {
	ctx := r.Context()
	list, err := p.gate.Approvers(ctx)
	if err != nil {
		return err
	}
	v := approversPage{Approvers: list, Now: p.gate.now(), Problem: problem}
	var ids []string
	for _, a := range list {
		ids = append(ids, a.AddedBy.ID)
	}
	if v.Names, err = p.access.Names(ctx, ids...); err != nil {
		return err
	}
	if v.Manages, err = access.Allowed(p.gate.person(ctx, web.Actor(r), toManage)); err != nil {
		return err
	}
	value := func(name string) string { return r.PostFormValue(name) }
	v.Fields = []web.Field{
		{Form: "approver", Name: "name", Label: "egress.approver-name", Value: value("name"), Limit: nameLimit, Required: true, Problem: problem},
		{Form: "approver", Name: "key", Label: "egress.approver-key-label", Hint: "egress.approver-key-hint", Value: value("key"), Limit: 100, Required: true, Problem: problem},
		{Form: "approver", Name: "reason", Label: "egress.approver-reason", Value: value("reason"), Lines: 2, Limit: reasonLimit, Required: true, Full: true, Problem: problem},
	}
	return p.Page(w, r, status, "approvers-page", v)
}

// enrol answers POST /approvers.
func (p *pages) enrol(w http.ResponseWriter, r *http.Request) error {
	clean := func(name string) string { return text.Clean(r.PostFormValue(name)) }
	_, err := p.gate.Enrol(r.Context(), web.Actor(r), clean("name"), clean("reason"), clean("key"))
	if errs.KindOf(err) == errs.Invalid {
		return p.showApprovers(w, r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return web.GoTo(w, r, "/approvers")
}

// endApprover answers POST /approvers/{id}/end.
func (p *pages) endApprover(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return ErrNoApprover
	}
	if err := p.gate.EndApprover(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	return web.GoTo(w, r, "/approvers")
}
