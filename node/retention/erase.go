package retention

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/cases"
	"casehub/node/documents"
	"casehub/node/vault"
)

// View is what an erasure would do: what goes, what stays, and until when it has
// to wait.
type View struct {
	Request
	Reference string // of the client
	Cases     []CaseView
	// What goes, in numbers.
	Referrals, Recoveries, Documents, Consents                             int
	Consultations, Services, TurnAways, Complaints, Answers, QualityChecks int
	// Counted are the events that were published and stay counted; Uncounted
	// those that wait and will never be counted.
	Counted, Uncounted int
	// LastDay is the last day on which all of it has to be kept, "" while a case
	// is open.
	LastDay civil.Date
	// Refusal is why it may not be done today, nil when it may.
	Refusal error
}

// CaseView is one case of an erasure.
type CaseView struct {
	ID, Reference string
	Type          codelist.Code
	Years         int // for which it is kept after closing
	ClosedOn      civil.Date
	LastDay       civil.Date // "" while open
}

// Preview returns what a request that waits would erase. It fails with
// ErrNoRequest and ErrDecided.
func (s *Service) Preview(ctx context.Context, who actor.Actor, id string) (View, error) {
	if err := s.gate.May(ctx, who, reading); err != nil {
		return View{}, err
	}
	r, err := s.waiting(ctx, s.db, who, reading, id)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, s.db, r)
}

// view works out what an erasure would do on the office's day.
func (s *Service) view(ctx context.Context, q sqlite.Querier, r Request) (View, error) {
	rules, err := s.rules(ctx, q)
	if err != nil {
		return View{}, err
	}
	h, err := holderByID(ctx, q, r.ClientID)
	if err != nil {
		return View{}, err
	}
	files, err := filesOf(ctx, q, r.ClientID)
	if err != nil {
		return View{}, err
	}
	v := View{Request: r, Reference: h.reference}
	if r.CaseID != "" {
		files = slices.DeleteFunc(files, func(f file) bool { return f.id != r.CaseID })
	}
	for _, f := range files {
		v.Cases = append(v.Cases, CaseView{f.id, f.reference, f.caseType, rules.Years(f.caseType), f.closed, rules.lastDay(f, h)})
	}
	v.LastDay = rules.lastDayOf(h, files)
	switch today := civil.On(s.now()); {
	case v.LastDay == "":
		v.Refusal = ErrOpen
	case !v.LastDay.Before(today):
		v.Refusal = ErrNotDue.With("day", v.LastDay)
	}
	return v, countScope(ctx, q, r.ClientID, caseIDs(files), &v)
}

func caseIDs(files []file) []string {
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = f.id
	}
	return ids
}

// Approve carries out a request of somebody else. The rows are gone when it
// returns; it then takes their traces off the disk as far as that is possible at
// once, and Run does the rest. It fails with access.ErrOwnWork, ErrOpen,
// ErrNotDue, ErrNoRequest and ErrDecided.
func (s *Service) Approve(ctx context.Context, who actor.Actor, id string) error {
	var gone []vault.FileID
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		r, err := s.waiting(ctx, tx, who, reading, id)
		if err != nil {
			return err
		}
		if err := s.gate.ApproveWhole(ctx, tx, who, erasing, r.ClientID, r.requester()); err != nil {
			return err
		}
		v, err := s.view(ctx, tx, r)
		if err != nil {
			return err
		}
		if v.Refusal != nil {
			return v.Refusal
		}
		// What the request says of the client goes first, other requests with it.
		if err := finishRequest(ctx, tx, id, who.ID, s.now()); err != nil {
			return fmt.Errorf("carrying out request %s: %w", id, err)
		}
		e := eraser{tx, who, s.now(), s.Keys, s.step, id}
		if gone, err = e.erase(ctx, r.ClientID, r.CaseID); err != nil {
			return fmt.Errorf("carrying out request %s: %w", id, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.step("committed")
	// The request of the browser may have ended; what is begun is ended.
	return s.clean(context.WithoutCancel(ctx), gone)
}

// Approvers returns who of the staff may approve a request, by name. Ask it only
// for who may see the request.
func (s *Service) Approvers(ctx context.Context, r Request) ([]access.Member, error) {
	return s.gate.Approvers(ctx, erasing, r.ClientID, r.requester())
}

func (s *Service) step(name string) {
	if s.between != nil {
		s.between(name)
	}
}

// eraser erases within one transaction.
type eraser struct {
	tx   *sqlite.Tx
	who  actor.Actor
	now  time.Time
	keys Keys
	step func(string)
	// request is the identifier of the request, "" for what is erased again.
	request string
}

// erase removes a client, or one case of a client, with all that hangs on it, and
// returns the files that have to go after the commit.
func (e eraser) erase(ctx context.Context, clientID, caseID string) ([]vault.FileID, error) {
	files, err := filesOf(ctx, e.tx, clientID)
	if err != nil {
		return nil, err
	}
	ids := caseIDs(files)
	whole := caseID == ""
	if !whole {
		ids = []string{caseID}
	}
	if err := e.journal(ctx, clientID, ids, whole); err != nil {
		return nil, err
	}
	alone := clientID
	if !whole {
		alone = ""
	}
	e.step("audit")
	if err := e.audit(ctx, ids, clientID, alone); err != nil {
		return nil, err
	}
	e.step("documents")
	var gone []vault.FileID
	for _, id := range ids {
		more, err := documents.EraseCase(ctx, e.tx, cases.ID(id))
		if err != nil {
			return nil, err
		}
		gone = append(gone, more...)
	}
	e.step("rows")
	if err := e.walls(ctx, ids); err != nil {
		return nil, fmt.Errorf("looking for who stays shut out: %w", err)
	}
	if err := eraseCases(ctx, e.tx, ids, alone); err != nil {
		return nil, err
	}
	if whole {
		if err := eraseClient(ctx, e.tx, clientID); err != nil {
			return nil, err
		}
	}
	return gone, noteTraces(ctx, e.tx, e.now)
}

// audit removes the values of the audit about cases, and about a client who goes as a
// whole, "" for none: of the entries about them and in them, and of those about every
// record that goes and that ever stood in them. A consultation that became a case
// stood in its client before.
func (e eraser) audit(ctx context.Context, ids []string, clientID, alone string) error {
	roots := slices.Clone(ids)
	if alone != "" {
		roots = append(roots, alone)
	}
	for _, id := range roots {
		if err := audit.Erase(ctx, e.tx, e.now, e.who, id); err != nil {
			return err
		}
	}
	more, err := audit.SubjectsIn(ctx, e.tx, roots)
	if err != nil {
		return err
	}
	if more, err = selectGoing(ctx, e.tx, ids, alone, more); err != nil {
		return err
	}
	// A client is told to be erased within a case, and stays.
	more = slices.DeleteFunc(more, func(id string) bool { return id == clientID && alone == "" })
	return audit.EraseLeft(ctx, e.tx, e.now, e.who, more)
}

// journal writes the keyed hashes of what is erased, and of who was shut out of
// it.
func (e eraser) journal(ctx context.Context, clientID string, ids []string, whole bool) error {
	key, err := e.keys.Derive(journalPurpose)
	if err != nil {
		return err
	}
	defer clear(key[:])
	tags := make([]tag, 0, len(ids)+1)
	for _, id := range ids {
		tags = append(tags, tagOf(key, "case", id))
	}
	if whole {
		tags = append(tags, tagOf(key, "client", clientID))
	}
	walls, err := e.wallTags(ctx, key, clientID, ids, whole)
	if err != nil {
		return err
	}
	return insertTags(ctx, e.tx, append(tags, walls...))
}

// clean takes away what an erasure left outside the rows, and notes what it could
// not: that is tried again by Run.
func (s *Service) clean(ctx context.Context, gone []vault.FileID) error {
	s.step("files")
	var err error
	if s.Files != nil {
		err = documents.NewService(s.db, s.gate, s.Files, s.now).Discard(ctx, gone)
	}
	return errors.Join(err, s.destroyKeys(ctx))
}

// destroyKeys destroys the keys of erased cases.
func (s *Service) destroyKeys(ctx context.Context) error {
	s.step("keys")
	ids, err := selectKeys(ctx, s.db)
	if err != nil {
		return fmt.Errorf("looking for keys of erased cases: %w", err)
	}
	for _, id := range ids {
		if s.CaseKeys != nil {
			if err := s.CaseKeys.Destroy(ctx, id); err != nil {
				return err
			}
		}
		if err := deleteKey(ctx, s.db, id); err != nil {
			return err
		}
	}
	return nil
}
