package egress

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/web"
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
	powers, err := p.gate.powers(ctx)
	if err != nil {
		return err
	}
	can := powers[who]
	did, err := p.gate.hands(ctx, p.gate.db, v.Draft)
	if err != nil {
		return err
	}
	v.Alone = did.alone(powers)
	for _, a := range did.all() {
		v.Own = v.Own || a == who
	}
	v.Own = v.Own && can.approves && v.State == Checked
	v.Again = v.State == Checked && v.CheckedBy == who
	v.Discards, v.Checks = can.checks, can.checks && (v.State == Drafted || v.State == Checked && !v.Again)
	v.Approves = can.approves && v.State == Checked && !v.Own
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

// draftNumber reads the number in the address.
func draftNumber(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimSpace(r.PathValue("id")), 10, 64)
	if err != nil {
		return 0, ErrNoDraft
	}
	return id, nil
}
