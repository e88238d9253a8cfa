package retention

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/internal/text"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/documents"
	"casehub/node/vault"
)

// Keys gives the keys of the erasure journal: vault.Vault does.
type Keys interface {
	Derive(purpose string) (vault.Key, error)
	Former(purpose string) ([]vault.Key, error)
}

// Store is everything that an erasure changes. Files may be nil in a node without
// attachments.
type Store struct {
	DB       *sqlite.DB
	Keys     Keys
	CaseKeys *vault.CaseKeys
	Files    documents.Files
}

// Actions of the policy.
const (
	reading  = "retention.read"
	managing = "retention.manage"
	erasing  = "retention.erase"
)

// Service carries out requests to erase, and gives clients their own data. Every
// operation asks the gate and leaves an audit entry.
type Service struct {
	Store
	db   *sqlite.DB
	reg  *codelist.Registry
	gate *access.Gate
	now  func() time.Time
	// between is nil outside tests: it hears each step of an erasure before it is
	// taken.
	between func(step string)
}

// NewService returns the service. Call Run at every start and from time to time:
// it ends what was begun. The clock is in the office's own zone.
func NewService(s Store, reg *codelist.Registry, gate *access.Gate, now func() time.Time) *Service {
	return &Service{Store: s, db: s.DB, reg: reg, gate: gate, now: now}
}

// Ask records that a client asked to be erased, in whole or in one case. What is
// closed is restricted at once; what is open, when it closes. It fails with
// ErrAsked, and as the gate does for who may not edit the client.
func (s *Service) Ask(ctx context.Context, who actor.Actor, r Request) (Request, error) {
	r.Note = text.Clean(r.Note)
	if err := s.checkAsked(r); err != nil {
		return Request{}, err
	}
	r = s.begun(who, r, Asked)
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.gate.Client(ctx, tx, who, "clients.edit", r.ClientID); err != nil {
			return err
		}
		if r.CaseID != "" {
			if err := s.gate.Case(ctx, tx, who, "cases.edit", r.CaseID); err != nil {
				return access.Hidden(err, errNoCase)
			}
		}
		return s.add(ctx, tx, who, r)
	})
	if err != nil {
		return Request{}, err
	}
	return r, nil
}

func (s *Service) checkAsked(r Request) error {
	if _, err := civil.Parse(string(r.AskedOn)); err != nil {
		return civil.ErrDate.On("asked_on")
	}
	if civil.On(s.now()).Before(r.AskedOn) {
		return errFuture
	}
	return text.Lines("note", r.Note, noteLimit)
}

func (s *Service) begun(who actor.Actor, r Request, g Ground) Request {
	r.ID, r.Ground, r.RequestedBy, r.State = reference.NewID(), g, who.ID, Waiting
	r.RequestedAt = sqlite.Stamp(s.now())
	return r
}

// add writes a request and restricts what may be restricted.
func (s *Service) add(ctx context.Context, tx *sqlite.Tx, who actor.Actor, r Request) error {
	files, err := filesOf(ctx, tx, r.ClientID)
	if err != nil {
		return err
	}
	if r.CaseID != "" && !holds(files, r.CaseID) {
		return errNoCase
	}
	asked, err := waitsFor(ctx, tx, r.ClientID, r.CaseID)
	if err != nil {
		return err
	}
	if asked {
		return ErrAsked
	}
	if err := insertRequest(ctx, tx, r); err != nil {
		return fmt.Errorf("recording a request: %w", err)
	}
	if err := audit.RecordWithin(ctx, tx, s.now(), who, "erasure.requested", r.ClientID, r.CaseID, audit.Diff(
		audit.Field("erasure_ground", "", r.Ground), audit.Field("asked_on", "", r.AskedOn), audit.Field("erasure_note", "", r.Note),
	)...); err != nil {
		return err
	}
	return s.restrict(ctx, tx, who, r, files)
}

// restrict takes out of sight what a request is about: each case that is closed,
// and the client when none is open any more. Were nothing restricted while another
// case is open, whoever is shut out of that one would learn that it is there.
func (s *Service) restrict(ctx context.Context, tx *sqlite.Tx, who actor.Actor, r Request, files []file) error {
	worked := slices.ContainsFunc(files, func(f file) bool { return f.closed == "" })
	n, err := setRestricted(ctx, tx, r.ClientID, r.CaseID, r.CaseID == "" && !worked)
	if err != nil || n == 0 {
		return err
	}
	return audit.RecordWithin(ctx, tx, s.now(), who, "restriction.begun", r.ClientID, r.CaseID)
}

func holds(files []file, id string) bool {
	for _, f := range files {
		if f.id == id {
			return true
		}
	}
	return false
}

// AskDue records requests for all that is due of one client: for the client, or
// where a case has to be kept longer for the cases that are due. It fails with
// ErrNothingDue.
func (s *Service) AskDue(ctx context.Context, who actor.Actor, clientID string) error {
	if err := s.gate.May(ctx, who, managing); err != nil {
		return err
	}
	today := civil.On(s.now())
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.whole(ctx, tx, who, managing, clientID); err != nil {
			return err
		}
		v, err := s.view(ctx, tx, Request{ClientID: clientID})
		if err != nil {
			return err
		}
		scope := []string{""}
		if v.LastDay == "" || !v.LastDay.Before(today) {
			scope = nil
			for _, c := range v.Cases {
				if c.LastDay != "" && c.LastDay.Before(today) {
					scope = append(scope, c.ID)
				}
			}
		}
		asked := 0
		for _, caseID := range scope {
			r := s.begun(who, Request{ClientID: clientID, CaseID: caseID, AskedOn: today}, Due)
			err := s.add(ctx, tx, who, r)
			if err == ErrAsked { //nolint:errorlint // add answers with the value itself
				continue
			}
			if err != nil {
				return err
			}
			asked++
		}
		if asked == 0 {
			return ErrNothingDue
		}
		return nil
	})
}

// whole reports whether somebody sees a client with every case, restricted or
// not, and may do something about the erasure. Whoever is walled from one of them
// neither plans nor carries out the erasure, and is not told of it.
func (s *Service) whole(ctx context.Context, q sqlite.Querier, who actor.Actor, action, clientID string) error {
	return access.Hidden(s.gate.Whole(ctx, q, who, action, clientID), ErrNoRequest)
}

// TakeBack ends a request that waits: the client changed their mind, or it should
// not have been made. It fails with ErrNoRequest and ErrDecided.
func (s *Service) TakeBack(ctx context.Context, who actor.Actor, id string) error {
	if err := s.gate.May(ctx, who, managing); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		r, err := s.waiting(ctx, tx, who, managing, id)
		if err != nil {
			return err
		}
		if err := decide(ctx, tx, id, TakenBack, who.ID, s.now()); err != nil {
			return fmt.Errorf("taking a request back: %w", err)
		}
		if err := freeRestricted(ctx, tx, r.ClientID); err != nil {
			return fmt.Errorf("ending a restriction: %w", err)
		}
		return audit.RecordWithin(ctx, tx, s.now(), who, "erasure.taken-back", r.ClientID, r.CaseID)
	})
}

// waiting returns a request that nobody has decided, about a client whom the
// person sees with every case and to whose erasure they may do something.
func (s *Service) waiting(ctx context.Context, q sqlite.Querier, who actor.Actor, action, id string) (Request, error) {
	r, err := requestByID(ctx, q, id)
	if err = access.GoOn(err, ErrNoRequest); err != nil {
		return Request{}, err
	}
	err = s.whole(ctx, q, who, action, r.ClientID)
	switch {
	case r.ClientID == "" && r.ID != "":
		return Request{}, s.decided(ctx, q, who, id)
	case err == nil && r.State != Waiting:
		return Request{}, ErrDecided
	}
	return r, err
}

// decided is what is said of a request that was carried out: whoever was shut out
// of the client is not told of it.
func (s *Service) decided(ctx context.Context, q sqlite.Querier, who actor.Actor, id string) error {
	out, err := ShutOut(ctx, q, s.Keys, who.ID, []string{id})
	switch {
	case err != nil:
		return err
	case out[id]:
		return ErrNoRequest
	}
	return ErrDecided
}

// Open lets a person look at a restricted client for an hour, and records why. It
// fails with access.ErrNoClient.
func (s *Service) Open(ctx context.Context, who actor.Actor, clientID, why string) error {
	why = strings.TrimSpace(why)
	if err := whyOf(why); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.gate.Restricted(ctx, tx, who, clientID); err != nil {
			return err
		}
		now := s.now()
		if err := insertOpening(ctx, tx, reference.NewID(), clientID, who.ID, why, now, now.Add(opening)); err != nil {
			return fmt.Errorf("opening a restricted client: %w", err)
		}
		return audit.Record(ctx, tx, now, who, "restriction.opened", clientID, audit.Field("reason", "", why))
	})
}

// Pending is a request as the list shows it.
type Pending struct {
	Request
	Reference string // of the client
	Case      string // reference of the case, "" for the whole client
	Requester string
	// LastDay is the last day on which it has to be kept, "" while a case is open.
	LastDay civil.Date
	// Ready says that it may be erased today.
	Ready bool
}

// Requests returns the requests that wait, the oldest first, of clients whom the
// person sees with every case.
func (s *Service) Requests(ctx context.Context, who actor.Actor) ([]Pending, error) {
	if err := s.gate.May(ctx, who, reading); err != nil {
		return nil, err
	}
	clients, err := s.gate.WholeClients(ctx, who, reading)
	if err != nil {
		return nil, err
	}
	all, err := selectWaiting(ctx, s.db, clients)
	if err != nil {
		return nil, fmt.Errorf("listing requests: %w", err)
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].RequestedBy
		v, err := s.view(ctx, s.db, all[i].Request)
		if err != nil {
			return nil, err
		}
		all[i].LastDay, all[i].Ready, all[i].Reference = v.LastDay, v.Refusal == nil, v.Reference
	}
	names, err := s.gate.Names(ctx, ids...)
	for i := range all {
		all[i].Requester = names[all[i].RequestedBy]
	}
	return all, err
}

// Restricted is a client who waits for erasure, as who may open one sees it: the
// reference and nothing else.
type Restricted struct {
	ID, Reference string
}

// Restricted returns the clients who are restricted, in whole or in a case, and
// whom the person may open. A restricted case that the person may not open does
// not put its client on the list.
func (s *Service) Restricted(ctx context.Context, who actor.Actor) ([]Restricted, error) {
	clients, err := s.gate.Clients(ctx, who, "clients.restricted")
	if err != nil {
		return nil, err
	}
	cases, err := s.gate.Cases(ctx, who, "clients.restricted")
	if err != nil {
		return nil, err
	}
	return selectRestricted(ctx, s.db, clients, cases)
}

// Lapsed is a client of whom something is due.
type Lapsed struct {
	ID, Reference string
	// Cases is the number of cases, Over of those whose last day is over.
	Cases, Over int
	// Since is the earliest last day that is over.
	Since civil.Date
}

// lapsedMost is how many clients a list of what is due shows.
const lapsedMost = 50

// Lapsed returns clients of whom something is due and not asked for, the longest
// first, at most 50.
func (s *Service) Lapsed(ctx context.Context, who actor.Actor) ([]Lapsed, error) {
	if err := s.gate.May(ctx, who, reading); err != nil {
		return nil, err
	}
	rules, err := s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	clients, err := s.gate.WholeClients(ctx, who, reading)
	if err != nil {
		return nil, err
	}
	return selectLapsed(ctx, s.db, clients, rules, civil.On(s.now()), lapsedMost)
}

// recentMost is how many erasures a list of the last ones shows.
const recentMost = 20

// Recent returns the erasures that were carried out last, at most 20, without
// those of clients that a wall shut the person out of. Whoever does not read the
// whole organisation's gets those that they asked for or approved.
func (s *Service) Recent(ctx context.Context, who actor.Actor) ([]Request, error) {
	if err := s.gate.May(ctx, who, reading); err != nil {
		return nil, err
	}
	all, err := selectRecent(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("listing erasures: %w", err)
	}
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	out, err := ShutOut(ctx, s.db, s.Keys, who.ID, ids)
	if err != nil {
		return nil, err
	}
	everywhere, err := s.gate.Everywhere(ctx, who, reading)
	all = slices.DeleteFunc(all, func(r Request) bool {
		return out[r.ID] || !everywhere && r.RequestedBy != who.ID && r.DecidedBy != who.ID
	})
	return all[:min(recentMost, len(all))], err
}
