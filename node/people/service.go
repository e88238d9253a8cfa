package people

import (
	"context"
	"fmt"
	"sync"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/pace"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/vault"
)

// Gate says whether somebody may do something at all.
type Gate interface {
	// May fails with an error of kind errs.Forbidden.
	May(ctx context.Context, who actor.Actor, action string) error
}

// Passwords keeps a key slot for each password. The vault does.
type Passwords interface {
	// AddPassword makes a slot.
	AddPassword(ctx context.Context, login, password string) (vault.SlotID, error)
	// CheckPassword returns the slot that a password opens. What opens none fails
	// with vault.ErrWrongSecret, after as much work.
	CheckPassword(ctx context.Context, login, password string) (vault.SlotID, error)
	// RemoveSlot forgets a slot. It fails with vault.ErrNoSlot.
	RemoveSlot(ctx context.Context, id vault.SlotID) error
}

// Vocabulary is what positions and own roles are made of. The policy knows it.
type Vocabulary struct {
	Roles   []string           // codes of the ready-made roles, Director among them
	Actions []string           // "cases.read", …
	Grants  map[string][]Grant // of each ready-made role
}

// Service does what the organisation does with its people. Every change asks the
// gate, runs in one transaction, and leaves one audit entry.
type Service struct {
	db        *sqlite.DB
	passwords Passwords
	gate      Gate
	words     Vocabulary
	now       func() time.Time
	kept      *kept
	asked     *challenges

	waits       *pace.Delays // of passwords, by login
	factorWaits *pace.Delays // of codes, by person
	turns       *pace.Turns

	// staffing lets one change of staff run after another: that there is always
	// a director is a rule over many rows, and slots change outside the database.
	staffing sync.Mutex
}

// NewService returns the service. The clock is in the organisation's own zone.
func NewService(db *sqlite.DB, passwords Passwords, gate Gate, words Vocabulary, now func() time.Time) *Service {
	return &Service{
		db: db, passwords: passwords, gate: gate, words: words, now: now,
		kept: newKept(), asked: newChallenges(now),
		waits: pace.NewDelays(passwordWaits, now), factorWaits: pace.NewDelays(factorWaits, now), turns: pace.NewTurns(strangerEvery, strangersOnce),
	}
}

// Beginning is what a node needs before anybody can sign in.
type Beginning struct {
	Organisation string
	Language     string // "en" or "es"
	// Offices holds one or more; a region is made for each name that stands there.
	Offices  []FirstOffice
	Director FirstDirector
}

// FirstOffice is an office with the name of its region, "" for none.
type FirstOffice struct{ Name, Region string }

// FirstDirector is who begins. They sit in the first of the offices.
type FirstDirector struct{ Login, Name, Password string }

// Format hides the password, whatever the verb.
func (FirstDirector) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("director(hidden)")) }

// CreateFirst fills an empty node and returns its first director. It fails with
// ErrBegun when there is an organisation already, and with an error of kind
// errs.Invalid that names the field: organisation, language, offices, name,
// login or password.
func (s *Service) CreateFirst(ctx context.Context, b Beginning) (ID, error) {
	p, err := b.check()
	if err != nil {
		return "", err
	}
	s.staffing.Lock()
	defer s.staffing.Unlock()
	if _, err := s.Organisation(ctx); err == nil {
		return "", ErrBegun
	}
	if p.slot, err = s.passwords.AddPassword(ctx, p.Login, ready(b.Director.Password)); err != nil {
		return "", fmt.Errorf("keeping the first password: %w", err)
	}
	return p.ID, s.db.Tx(ctx, func(tx *sqlite.Tx) error { return s.begin(ctx, tx, b, p) })
}

// check returns the first director of a beginning that holds.
func (b Beginning) check() (Person, error) {
	p := Person{ID: newID(), Login: CleanLogin(b.Director.Login), Name: b.Director.Name, Language: b.Language, Status: Active, Version: 1}
	o := Organisation{Name: b.Organisation, Language: b.Language, LockMinutes: defaultMinutes}
	if err := o.validate(); err != nil {
		return p, onField(err, "name", "organisation")
	}
	if len(b.Offices) == 0 {
		return p, errNoOffice
	}
	for _, f := range b.Offices {
		if err := validName(f.Name); err != nil {
			return p, onField(err, "name", "offices")
		}
	}
	if err := p.validate(); err != nil {
		return p, err
	}
	return p, CheckPassword(b.Director.Password, b.Director.Login, b.Director.Name, b.Organisation)
}

// onField moves the blame for a field to the one where it stands in a bigger form.
func onField(err error, from, to string) error {
	if e := errs.As(err); e != nil && e.Field() == from {
		return e.On(to)
	}
	return err
}

func (s *Service) begin(ctx context.Context, tx *sqlite.Tx, b Beginning, p Person) error {
	now := s.now()
	if err := insertOrganisation(ctx, tx, Organisation{Name: b.Organisation, Language: b.Language, LockMinutes: defaultMinutes}, now); err != nil {
		return fmt.Errorf("beginning: %w", err)
	}
	regions := map[string]string{"": ""}
	for i, f := range b.Offices {
		if _, ok := regions[f.Region]; !ok {
			regions[f.Region] = reference.NewID()
			if err := insertRegion(ctx, tx, Region{regions[f.Region], f.Region}); err != nil {
				return fmt.Errorf("beginning: %w", err)
			}
		}
		o := Office{ID: reference.NewID(), Name: f.Name, RegionID: regions[f.Region]}
		if err := insertOffice(ctx, tx, o, now); err != nil {
			return onField(fmt.Errorf("beginning: %w", err), "name", "offices")
		}
		if i == 0 {
			p.OfficeID = o.ID
		}
	}
	if err := insertPerson(ctx, tx, p, now); err != nil {
		return fmt.Errorf("beginning: %w", err)
	}
	if err := insertPosition(ctx, tx, Position{ID: reference.NewID(), PersonID: p.ID, Role: Director}, now); err != nil {
		return fmt.Errorf("beginning: %w", err)
	}
	return audit.Record(ctx, tx, now, p.ID.Actor(), "organisation.begun", string(p.ID))
}

// change asks the gate and runs one change of the organisation with its entry,
// which has the fields that do returns.
func (s *Service) change(ctx context.Context, who actor.Actor, need, action, subject string, do func(*sqlite.Tx) ([]audit.Change, error)) error {
	if err := s.gate.May(ctx, who, need); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		fields, err := do(tx)
		if err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		return audit.Record(ctx, tx, s.now(), who, action, subject, fields...)
	})
}
