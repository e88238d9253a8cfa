package consents

import (
	"context"
	"fmt"
	"slices"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/audit"
	"casehub/node/clients"
)

// Service does what the office does with consents. Every operation asks the
// gate, runs in one transaction and leaves one audit entry.
type Service struct {
	db   *sqlite.DB
	gate *access.Gate
	now  func() time.Time
}

// NewService returns the service. The clock is in the office's own zone: its
// day is the office's day.
func NewService(db *sqlite.DB, gate *access.Gate, now func() time.Time) *Service {
	return &Service{db: db, gate: gate, now: now}
}

// pageSize is the number of lines on a page of what is due.
const pageSize = 30

// Record saves a client's answer and returns it as it was saved: identifier,
// end, and by whom and when it was written down are given here. It fails with
// ErrNothingGiven, with clients.ErrNotFound and with errors of kind errs.Invalid.
func (s *Service) Record(ctx context.Context, who actor.Actor, c Consent) (Consent, error) {
	now := s.now()
	if err := c.Validate(civil.On(now)); err != nil {
		return Consent{}, err
	}
	c.ID, c.CapturedBy, c.CapturedAt = reference.NewID(), who.String(), sqlite.Stamp(now)
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.gate.Client(ctx, tx, who, "consents.edit", string(c.ClientID)); err != nil {
			return err
		}
		all, err := answersOf(ctx, tx, c.ClientID)
		if err != nil {
			return fmt.Errorf("recording a consent: %w", err)
		}
		if err := c.follows(newest(all, c.Purpose)); err != nil {
			return err
		}
		if c.ExpiresOn, err = s.end(ctx, tx, c); err != nil {
			return err
		}
		if err := insertConsent(ctx, tx, c); err != nil {
			return fmt.Errorf("recording a consent: %w", err)
		}
		return audit.Record(ctx, tx, now, who, actions[c.Answer], string(c.ClientID), changes(c)...)
	})
	if err != nil {
		return Consent{}, err
	}
	return c, nil
}

// actions are what the audit calls each answer.
var actions = map[Answer]string{Given: "consent.given", Refused: "consent.refused", Withdrawn: "consent.withdrawn"}

func changes(c Consent) []audit.Change {
	return audit.Diff(
		audit.Field("consent_purpose", "", c.Purpose), audit.Field("consent_manner", "", c.Manner), audit.Field("answered_on", "", c.AnsweredOn),
		audit.Field("expires_on", "", c.ExpiresOn), audit.Field("guardian", "", c.Guardian), audit.Field("consent_note", "", c.Note),
	)
}

func (s *Service) end(ctx context.Context, tx *sqlite.Tx, c Consent) (civil.Date, error) {
	if c.Answer != Given {
		return "", nil
	}
	terms, err := terms(ctx, tx)
	if err != nil {
		return "", fmt.Errorf("reading how long consents hold: %w", err)
	}
	i := slices.IndexFunc(terms, func(t Term) bool { return t.Purpose == c.Purpose })
	if i < 0 {
		return "", errPurpose
	}
	return until(c.AnsweredOn, terms[i].Months), nil
}

func newest(all []Consent, p Purpose) *Consent {
	for i := range all {
		if all[i].Purpose == p {
			return &all[i]
		}
	}
	return nil
}

// OfClient returns what stands for every purpose, and all answers, the newest
// first, without what the person may not read. It fails with
// clients.ErrNotFound.
func (s *Service) OfClient(ctx context.Context, who actor.Actor, id clients.ID) (standing []Standing, history []Consent, err error) {
	if err := s.gate.Client(ctx, s.db, who, "consents.read", string(id)); err != nil {
		return nil, nil, err
	}
	may, err := s.gate.ClientClasses(ctx, s.db, who, string(id))
	if err != nil {
		return nil, nil, err
	}
	history, err = answersOf(ctx, s.db, id)
	if err != nil {
		return nil, nil, fmt.Errorf("reading consents: %w", err)
	}
	if !may.Narrative {
		for i := range history {
			history[i].Guardian, history[i].Note = "", ""
		}
	}
	return standings(history, civil.On(s.now())), history, nil
}

// Stands returns what a client's newest answer for a purpose means today. It
// fails with clients.ErrNotFound.
func (s *Service) Stands(ctx context.Context, who actor.Actor, id clients.ID, p Purpose) (State, error) {
	if err := s.gate.Client(ctx, s.db, who, "consents.read", string(id)); err != nil {
		return "", err
	}
	all, err := answersOf(ctx, s.db, id)
	if err != nil {
		return "", fmt.Errorf("reading consents: %w", err)
	}
	c := newest(all, p)
	if c == nil {
		return Unasked, nil
	}
	return c.On(civil.On(s.now())), nil
}

// Due returns a page of what has to be asked for again, the first to end first:
// of clients with an open case, of whom the person may record consents.
func (s *Service) Due(ctx context.Context, who actor.Actor, after Cursor) (list []Due, next Cursor, err error) {
	seen, err := s.gate.Clients(ctx, who, "consents.edit")
	if err != nil {
		return nil, Cursor{}, err
	}
	work, err := s.gate.Cases(ctx, who, "cases.read")
	if err != nil {
		return nil, Cursor{}, err
	}
	list, err = selectDue(ctx, s.db, seen, work, civil.On(s.now()), after, pageSize+1)
	if err != nil {
		return nil, Cursor{}, fmt.Errorf("listing consents that are due: %w", err)
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		next = Cursor{list[pageSize-1].ExpiresOn, list[pageSize-1].ID}
	}
	return list, next, nil
}
