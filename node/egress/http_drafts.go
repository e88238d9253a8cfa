package egress

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
	"casehub/node/access"
	releasev1 "casehub/proto/casehub/release/v1"
)

// routesOfDrafts adds the pages about what would leave, and who stands for it.
func (p *pages) routesOfDrafts(site *web.Site) {
	site.Handle("POST /drafts", toCheck, p.ask)
	site.Handle("POST /drafts/closing", toManage, p.askClosing)
	site.Handle("POST /releases/{sequence}/void", toManage, p.askVoid)
	site.Handle("GET /drafts/{id}", "releases.read", p.draft)
	site.Handle("GET /drafts/{id}/file", "releases.read", p.draftFile)
	site.Handle("POST /drafts/{id}/check", toCheck, p.check)
	site.Handle("POST /drafts/{id}/approve", toApprove, p.approve)
	site.Handle("POST /drafts/{id}/hand-out", toCheck, p.handOut)
	site.Handle("POST /drafts/{id}/code", toCheck, p.code)
	site.Handle("POST /drafts/{id}/again", toCheck, p.again)
	site.Handle("POST /drafts/{id}/discard", toCheck, p.discard)
	site.Handle("GET /approvers", "releases.read", p.approvers)
	site.Handle("POST /approvers", toManage, p.enrol)
	site.Handle("POST /approvers/{id}/end", toManage, p.endApprover)
}

// draftPage is the data of the page of a draft: the very numbers that would leave,
// beside what is held back.
type draftPage struct {
	Draft
	OrgUnit  uint32
	Digest   string
	Currency string
	Tables   []sentTable
	Held     heldBack
	// Kept says that the numbers are not for the reader.
	Kept  bool
	Steps []stepLine
	Now   time.Time

	// Checks and Approves say whether the reader may do that now; Own that they
	// would approve what they checked or had made.
	Checks, Approves, Own bool
	// Again says that the reader checked it already, and Discards that they may end
	// it.
	Again, Discards bool
	// Alone says that nobody in the office can approve it; Remote are those who can
	// from afar.
	Alone  bool
	Remote []Approver
	Code   web.Field
	// Problem is what was wrong with the step before.
	Problem error
}

// KeyOf returns the catalogue's key of where the draft stands.
func (d Draft) KeyOf() string { return "egress.draft-state-" + string(d.State) }

// TitleKey returns the catalogue's key of what the draft is.
func (d Draft) TitleKey() string { return "egress.draft-kind-" + strconv.Itoa(int(d.Kind)) }

// Badge returns the design's class of where the draft stands.
func (d Draft) Badge() string {
	return map[DraftState]string{Drafted: "badge-warn", Checked: "badge-accent", Approved: "badge-accent", Sealed: "badge-good"}[d.State]
}

// Resting reports whether the draft is approved and waits for its time.
func (d draftPage) Resting() bool { return d.State == Approved && d.Now.Before(d.RestsUntil()) }

// TodoKey returns the catalogue's key of what has to happen next.
func (d draftPage) TodoKey() string {
	if d.State == Checked && d.Alone {
		return "egress.todo-afar"
	}
	return "egress.todo-" + string(d.State)
}

// NothingKey returns the catalogue's key of why no number would leave.
func (d draftPage) NothingKey() string {
	return "egress.draft-nothing-" + strconv.Itoa(int(d.Kind))
}

// WrongKey returns the catalogue's key of what to do when something is not right.
func (d draftPage) WrongKey() string {
	if d.Handed {
		return "egress.handed-wrong-body"
	}
	return "egress.draft-wrong-body"
}

// AgainKey returns the catalogue's key of the button that has it looked at again.
func (d draftPage) AgainKey() string {
	if d.Handed {
		return "egress.handed-again"
	}
	return "egress.draft-again"
}

// Ready reports whether a remote approver's own time is past.
func (d draftPage) Ready(a Approver) bool { return !d.Now.Before(a.CountsFrom) }

// stepLine is one step as the page shows it.
type stepLine struct {
	Step
	Who string
}

// KeyOf returns the catalogue's key of what was done.
func (s stepLine) KeyOf() string { return "egress.step-" + s.Step.Step }

// draft answers GET /drafts/{id}.
func (p *pages) draft(w http.ResponseWriter, r *http.Request) error {
	return p.showDraft(w, r, http.StatusOK, "", nil)
}

func (p *pages) showDraft(w http.ResponseWriter, r *http.Request, status int, code string, problem error) error {
	id, err := draftNumber(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	d, err := p.gate.Draft(ctx, id)
	if err != nil {
		return err
	}
	v := draftPage{
		Draft: d, OrgUnit: p.gate.office.OrgUnit, Digest: hex.EncodeToString(d.Digest), Currency: p.currency, Now: p.gate.now(), Problem: problem,
		Code: web.Field{Form: "code", Name: "code", Label: "egress.approval-code-label", Hint: "egress.approval-code-hint", Value: code, Lines: 4, Limit: 400, Full: true, Problem: problem},
	}
	if shows, err := p.gate.Shows(ctx, web.Actor(r), d); err != nil {
		return err
	} else if !shows {
		return p.Page(w, r, status, "draft-page", draftPage{Draft: Draft{Wanted: Wanted{Kind: d.Kind, Period: d.Period, Voids: d.Voids}, State: d.State}, Kept: true})
	}
	message, err := d.Message()
	if err != nil {
		return err
	}
	for _, t := range message.GetTables() {
		v.Tables = append(v.Tables, p.sent(t, web.Language(r)))
	}
	if v.Held, err = p.held(r, d.Period); err != nil {
		return err
	}
	if v.Steps, err = p.steps(ctx, d); err != nil {
		return err
	}
	if err := p.mayDo(ctx, web.Actor(r), &v); err != nil {
		return err
	}
	return p.Page(w, r, status, "draft-page", v)
}

// mayDo says what the reader may do to an open draft.
func (p *pages) mayDo(ctx context.Context, who actor.Actor, v *draftPage) error {
	if !v.Open() {
		return nil
	}
	checks, err := p.gate.does(ctx, who, toCheck)
	if err != nil {
		return err
	}
	approves, err := p.gate.does(ctx, who, toApprove)
	if err != nil {
		return err
	}
	did, err := p.gate.hands(ctx, p.gate.db, v.Draft)
	if err != nil {
		return err
	}
	if v.Alone, err = p.gate.Alone(ctx, v.Draft); err != nil {
		return err
	}
	for _, a := range did.all() {
		v.Own = v.Own || a == who
	}
	v.Own = v.Own && approves && v.State == Checked
	v.Again = v.State == Checked && v.CheckedBy == who
	v.Discards, v.Checks = checks, checks && (v.State == Drafted || v.State == Checked && !v.Again)
	v.Approves = approves && v.State == Checked && !v.Own
	if v.Alone {
		all, err := p.gate.Approvers(ctx)
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.EndedAt.IsZero() {
				v.Remote = append(v.Remote, a)
			}
		}
	}
	return nil
}

// steps gives what became of a draft its names.
func (p *pages) steps(ctx context.Context, d Draft) ([]stepLine, error) {
	list, err := p.gate.Steps(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	var who []actor.Actor
	for _, s := range list {
		who = append(who, s.By)
	}
	names, err := p.gate.namesOf(ctx, p.access.Names, who...)
	if err != nil {
		return nil, err
	}
	var lines []stepLine
	for _, s := range list {
		lines = append(lines, stepLine{s, names[s.By]})
	}
	return lines, nil
}

// handOut answers POST /drafts/{id}/hand-out: from now on there is a file.
func (p *pages) handOut(w http.ResponseWriter, r *http.Request) error {
	id, err := draftNumber(r)
	if err != nil {
		return err
	}
	return p.moved(w, r, id, Release{}, "", p.gate.HandOut(r.Context(), web.Actor(r), id, digestIn(r)))
}

// draftFile answers GET /drafts/{id}/file with the bytes that would leave, for
// whoever approves from afar, once it was handed out.
func (p *pages) draftFile(w http.ResponseWriter, r *http.Request) error {
	id, err := draftNumber(r)
	if err != nil {
		return err
	}
	d, err := p.gate.Draft(r.Context(), id)
	if err != nil {
		return err
	}
	if shows, err := p.gate.Shows(r.Context(), web.Actor(r), d); err != nil {
		return err
	} else if !shows {
		return ErrKept
	}
	if !d.Handed {
		return ErrNotHanded
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="casehub-draft-%d-%d.bin"`, p.gate.office.OrgUnit, d.Period))
	_, err = w.Write(d.Bytes)
	return err
}

// digestIn reads the digest of what the reader saw.
func digestIn(r *http.Request) []byte {
	b, err := hex.DecodeString(r.PostFormValue("digest"))
	if err != nil {
		return nil
	}
	return b
}

// check answers POST /drafts/{id}/check.
func (p *pages) check(w http.ResponseWriter, r *http.Request) error {
	id, err := draftNumber(r)
	if err != nil {
		return err
	}
	_, err = p.gate.Check(r.Context(), web.Actor(r), id, digestIn(r))
	return p.moved(w, r, id, Release{}, "", err)
}

// approve answers POST /drafts/{id}/approve.
func (p *pages) approve(w http.ResponseWriter, r *http.Request) error {
	id, err := draftNumber(r)
	if err != nil {
		return err
	}
	rel, err := p.gate.Approve(r.Context(), web.Actor(r), id, digestIn(r))
	return p.moved(w, r, id, rel, "", err)
}

// code answers POST /drafts/{id}/code.
func (p *pages) code(w http.ResponseWriter, r *http.Request) error {
	id, err := draftNumber(r)
	if err != nil {
		return err
	}
	code := r.PostFormValue("code")
	rel, err := p.gate.ApproveAfar(r.Context(), web.Actor(r), id, digestIn(r), code)
	if errors.Is(err, ErrResting) {
		if d, e := p.gate.Draft(r.Context(), id); e == nil && d.State == Approved {
			err = nil // it is sealed by itself when it has rested
		}
	}
	return p.moved(w, r, id, rel, code, err)
}

// again answers POST /drafts/{id}/again.
func (p *pages) again(w http.ResponseWriter, r *http.Request) error {
	id, err := draftNumber(r)
	if err != nil {
		return err
	}
	_, err = p.gate.Remake(r.Context(), web.Actor(r), id)
	return p.moved(w, r, id, Release{}, "", err)
}

// discard answers POST /drafts/{id}/discard.
func (p *pages) discard(w http.ResponseWriter, r *http.Request) error {
	id, err := draftNumber(r)
	if err != nil {
		return err
	}
	return p.moved(w, r, id, Release{}, "", p.gate.Discard(r.Context(), web.Actor(r), id))
}

// moved shows what became of a step: the release, the draft again, or the draft
// with what was wrong.
func (p *pages) moved(w http.ResponseWriter, r *http.Request, id int64, rel Release, code string, err error) error {
	switch {
	case err != nil && (errs.KindOf(err) == errs.Conflict || errs.KindOf(err) == errs.Invalid):
		return p.showDraft(w, r, http.StatusUnprocessableEntity, code, err)
	case err != nil:
		return err
	case rel.Sequence > 0:
		return web.GoTo(w, r, fmt.Sprintf("/releases/%d", rel.Sequence))
	}
	return web.GoTo(w, r, fmt.Sprintf("/drafts/%d", id))
}

// ask answers POST /drafts: the month that comes next, before its day.
func (p *pages) ask(w http.ResponseWriter, r *http.Request) error {
	month, err := p.next(r.Context())
	if err != nil {
		return err
	}
	return p.asked(w, r, Wanted{Period: month})
}

// askClosing answers POST /drafts/closing: the last release of the office.
func (p *pages) askClosing(w http.ResponseWriter, r *http.Request) error {
	month, err := p.next(r.Context())
	if err != nil {
		return err
	}
	return p.asked(w, r, Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_CLOSING, Period: month, Reason: text.Clean(r.PostFormValue("reason"))})
}

// askVoid answers POST /releases/{sequence}/void: to take a whole release back.
func (p *pages) askVoid(w http.ResponseWriter, r *http.Request) error {
	sequence, err := number(r)
	if err != nil {
		return err
	}
	return p.asked(w, r, Wanted{Kind: releasev1.ReleaseKind_RELEASE_KIND_VOID, Voids: sequence, Reason: text.Clean(r.PostFormValue("reason"))})
}

func (p *pages) asked(w http.ResponseWriter, r *http.Request, want Wanted) error {
	d, err := p.gate.Make(r.Context(), web.Actor(r), want)
	switch kind := errs.KindOf(err); {
	case kind == errs.Invalid && want.Voids > 0:
		return p.showRelease(w, r, http.StatusUnprocessableEntity, want.Reason, err)
	case kind == errs.Invalid, kind == errs.Conflict:
		return p.showList(w, r, http.StatusUnprocessableEntity, want.Reason, err)
	case err != nil:
		return err
	}
	return web.GoTo(w, r, fmt.Sprintf("/drafts/%d", d.ID))
}

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

// draftNumber reads the number in the address.
func draftNumber(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimSpace(r.PathValue("id")), 10, 64)
	if err != nil {
		return 0, ErrNoDraft
	}
	return id, nil
}

// heldBack is what is held back, for the eyes of the office alone.
type heldBack struct {
	Waiting     []waitingTable
	Corrections int64
}

// held reads what waits of the cases that the reader sees, and why, as the release
// of a month left it.
func (p *pages) held(r *http.Request, period civil.Month) (heldBack, error) {
	ctx, g := r.Context(), p.gate
	// What waits is small: a number in it may be one case.
	seen, err := p.access.Cases(ctx, web.Actor(r), "figures.read")
	if err != nil {
		return heldBack{}, err
	}
	_, books, _ := g.layers(ctx, g.db, g.reg.Now()) // what is wrong with a pack is said above
	waiting, err := books.Waiting(ctx, g.db, period, seen)
	if err != nil {
		return heldBack{}, err
	}
	h := heldBack{Waiting: p.waiting(waiting, web.Language(r))}
	if err := p.openWaiting(r, h.Waiting); err != nil {
		return heldBack{}, err
	}
	h.Corrections, err = g.ledger.Corrections(ctx, g.db, seen)
	return h, err
}
