package cases

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
)

// Followed returns the first day on which something that another area keeps
// happened in a case, "" when nothing did. No case is opened after that day.
type Followed func(ctx context.Context, q sqlite.Querier, id ID) (civil.Date, error)

// Service does what the office does with cases. Every operation asks the gate,
// runs in one transaction, and leaves one audit entry.
type Service struct {
	db       *sqlite.DB
	reg      *codelist.Registry
	gate     *access.Gate
	now      func() time.Time
	followed []Followed
}

// NewService returns the service. The clock is in the office's own zone: its
// day is the office's day. The areas behind this one say by followed what an
// opening day must not pass.
func NewService(db *sqlite.DB, reg *codelist.Registry, gate *access.Gate, now func() time.Time, followed ...Followed) *Service {
	return &Service{db: db, reg: reg, gate: gate, now: now, followed: followed}
}

// Open records a new case of a client whom the person sees, and who is not open to
// them for looking alone, and returns it as it was saved: the identifier, the reference and the times are given here, the case
// is open, and it is the person's own and their office's.
func (s *Service) Open(ctx context.Context, who actor.Actor, c Case) (Case, error) {
	now := s.now()
	c.ID, c.Status, c.ClosedOn, c.Outcome = NewID(), Open, "", 0
	c.CreatedAt, c.UpdatedAt, c.Version = sqlite.Stamp(now), sqlite.Stamp(now), 1
	if err := s.gate.May(ctx, who, "cases.open"); err != nil {
		return Case{}, err
	}
	if err := c.Validate(s.reg, civil.On(now)); err != nil {
		return Case{}, err
	}
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.gate.Adds(ctx, tx, who, string(c.ClientID)); err != nil {
			return fmt.Errorf("opening a case: %w", err)
		}
		var err error
		if c.Responsible, c.OfficeID, err = s.gate.Seat(ctx, tx, who); err != nil {
			return err
		}
		if c.Reference, err = insertCase(ctx, tx, c); err != nil {
			return fmt.Errorf("opening a case: %w", err)
		}
		// Whoever could not see the case afterwards may not open it there.
		if err := s.gate.Case(ctx, tx, who, "cases.open", string(c.ID)); err != nil {
			return access.Hidden(err, access.ErrForbidden)
		}
		return audit.Record(ctx, tx, now, who, "case.opened", string(c.ID), changes(Case{}, c)...)
	})
	if err != nil {
		return Case{}, err
	}
	return c, nil
}

// Edit is what a person may change in a case besides its state.
type Edit struct {
	// Version is the version that the person saw.
	Version    int
	Type       codelist.Code
	OpenedOn   civil.Date
	OtherParty string
	Summary    string
}

// Update saves an edit. It fails with ErrChanged when somebody saved the case
// since, with ErrNotFound, and when the opening day moves behind what happened
// in the case. The audit says whether the type was changed.
func (s *Service) Update(ctx context.Context, who actor.Actor, id ID, e Edit) error {
	return s.change(ctx, who, "cases.edit", id, e.Version, func(c *Case, may access.Classes, today civil.Date) (string, error) {
		e := e.keep(*c, may)
		action := "case.updated"
		if c.Type != e.Type {
			action = "case.retyped"
		}
		c.Type, c.OpenedOn, c.OtherParty, c.Summary = e.Type, e.OpenedOn, e.OtherParty, e.Summary
		return action, c.Validate(s.reg, today)
	})
}

// Close ends the case that was seen at a version. It fails with ErrNotOpen if
// the case is closed already, with ErrChanged, and with ErrNotFound.
func (s *Service) Close(ctx context.Context, who actor.Actor, id ID, version int, on civil.Date, outcome codelist.Code) error {
	return s.change(ctx, who, "cases.close", id, version, func(c *Case, _ access.Classes, today civil.Date) (string, error) {
		if err := c.Close(on, outcome, today); err != nil {
			return "", err
		}
		return "case.closed", checkClosing(s.reg, today, on, outcome)
	})
}

// Reopen makes the case that was seen at a version open again. It fails with
// ErrNotClosed if the case is open, with ErrChanged, and with ErrNotFound.
func (s *Service) Reopen(ctx context.Context, who actor.Actor, id ID, version int) error {
	return s.change(ctx, who, "cases.close", id, version, func(c *Case, _ access.Classes, _ civil.Date) (string, error) {
		return "case.reopened", c.Reopen()
	})
}

// Assign gives the case that was seen at a version to a person within reach and an
// office, or to neither. Nobody is given a case that they could not open: whether
// they have no position for it or a wall stands before it is not said, since who
// assigns may not know of walls. It fails with ErrChanged and with ErrNotFound.
func (s *Service) Assign(ctx context.Context, who actor.Actor, id ID, version int, responsible, office string) error {
	staff, err := s.gate.Within(ctx, who, "cases.assign")
	if err != nil {
		return err
	}
	offices, err := s.gate.Offices(ctx)
	if err != nil {
		return err
	}
	return s.change(ctx, who, "cases.assign", id, version, func(c *Case, _ access.Classes, _ civil.Date) (string, error) {
		if responsible != "" && responsible != c.Responsible && !among(staff, responsible) {
			return "", errResponsible
		}
		if office != "" && !among(offices, office) {
			return "", errOffice
		}
		c.Responsible, c.OfficeID = responsible, office
		return "case.assigned", nil
	})
}

func among(members []access.Member, id string) bool {
	return slices.ContainsFunc(members, func(m access.Member) bool { return m.ID == id })
}

// change reads a case, lets fn change it and name the action, and saves it, all
// in one transaction.
func (s *Service) change(ctx context.Context, who actor.Actor, may string, id ID, version int, fn func(*Case, access.Classes, civil.Date) (string, error)) error {
	now := s.now()
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.gate.Case(ctx, tx, who, may, string(id)); err != nil {
			return fmt.Errorf("changing case %s: %w", id, err)
		}
		classes, err := s.gate.Classes(ctx, tx, who, string(id))
		if err != nil {
			return fmt.Errorf("changing case %s: %w", id, err)
		}
		c, err := Get(ctx, tx, id)
		if err != nil {
			return fmt.Errorf("changing case %s: %w", id, err)
		}
		if c.Version != version {
			return ErrChanged
		}
		old := c
		action, err := fn(&c, classes, civil.On(now))
		if err != nil {
			return err
		}
		if old.OpenedOn.Before(c.OpenedOn) {
			if err := s.checkFollowed(ctx, tx, c); err != nil {
				return err
			}
		}
		c.UpdatedAt = sqlite.Stamp(now)
		if err := errors.Join(updateCase(ctx, tx, c), updateSeat(ctx, tx, c)); err != nil {
			return fmt.Errorf("changing case %s: %w", id, err)
		}
		if old.Status == Closed && c.Status == Open {
			if err := updateReopening(ctx, tx, id, civil.On(now)); err != nil {
				return fmt.Errorf("noting that case %s is open again: %w", id, err)
			}
		}
		if c.Responsible != old.Responsible {
			if err := s.checkSeat(ctx, tx, c); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, now, who, action, string(id), changes(old, c)...)
	})
}

// checkSeat refuses somebody whose case it is now and who does not see it.
func (s *Service) checkSeat(ctx context.Context, tx *sqlite.Tx, c Case) error {
	if c.Responsible == "" {
		return nil
	}
	opens, err := access.Allowed(s.gate.Case(ctx, tx, actor.Actor{Kind: actor.Person, ID: c.Responsible}, "cases.read", string(c.ID)))
	if err == nil && !opens {
		err = errCannotOpen
	}
	return err
}

// checkFollowed refuses an opening day behind what happened in the case. A day
// that was wrong already, as imports bring them, is refused only when it moves
// further.
func (s *Service) checkFollowed(ctx context.Context, tx *sqlite.Tx, c Case) error {
	for _, first := range s.followed {
		day, err := first(ctx, tx, c.ID)
		if err != nil {
			return fmt.Errorf("changing case %s: %w", c.ID, err)
		}
		if day != "" && day.Before(c.OpenedOn) {
			return errOpenedTooLate
		}
	}
	return nil
}

// ByID returns a case without what the person may not read, and what that is. It
// fails with ErrNotFound. A look at a watched case is recorded; do not call it
// inside a transaction.
func (s *Service) ByID(ctx context.Context, who actor.Actor, id ID) (Case, access.Classes, error) {
	may, err := s.gate.Classes(ctx, s.db, who, string(id))
	if err != nil {
		return Case{}, may, err
	}
	c, err := Get(ctx, s.db, id)
	if err != nil {
		return Case{}, may, err
	}
	return c.without(may), may, s.gate.Looked(ctx, s.db, s.now(), who, string(id))
}

// List returns one page of the cases that somebody sees, the latest opened first.
func (s *Service) List(ctx context.Context, who actor.Actor, f Filter) (Page, error) {
	v, err := s.view(ctx, who)
	if err != nil {
		return Page{}, err
	}
	return list(ctx, s.db, s.reg, f, v)
}

// Recent returns the cases saved last, at most limit.
func (s *Service) Recent(ctx context.Context, who actor.Actor, limit int) ([]Line, error) {
	v, err := s.view(ctx, who)
	if err != nil {
		return nil, err
	}
	return recent(ctx, s.db, limit, v)
}

// view is what somebody sees in lists: cases, and the clients whose names stand
// beside them.
func (s *Service) view(ctx context.Context, who actor.Actor) (view, error) {
	seen, err := s.gate.Cases(ctx, who, "cases.read")
	if err != nil {
		return view{}, err
	}
	clients, err := s.gate.Clients(ctx, who, "clients.read")
	return view{seen, clients}, err
}

// Counts returns how many cases there are, and how many were opened and closed
// since a day, among those whose figures somebody sees.
func (s *Service) Counts(ctx context.Context, who actor.Actor, since civil.Date) (Counts, error) {
	seen, err := s.gate.Cases(ctx, who, "figures.read")
	if err != nil {
		return Counts{}, err
	}
	return counts(ctx, s.db, since, seen)
}
