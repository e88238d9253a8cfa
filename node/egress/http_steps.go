package egress

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
	releasev1 "casehub/proto/casehub/release/v1"
)

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
