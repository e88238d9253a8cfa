package people

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/vault"
)

// temporaryLife is how long a password from a director lets its owner in.
const temporaryLife = 72 * time.Hour

// Person returns one person, or ErrNotFound.
func (s *Service) Person(ctx context.Context, id ID) (Person, error) {
	return personByID(ctx, s.db, id)
}

// People returns everybody, the active first, each group by name.
func (s *Service) People(ctx context.Context) ([]Person, error) { return listPeople(ctx, s.db) }

// Names returns the names of people, also of those who left; an identifier that
// nobody has is left out.
func (s *Service) Names(ctx context.Context, ids []ID) (map[ID]string, error) {
	return names(ctx, s.db, ids)
}

// Positions returns the positions of everybody, the oldest first.
func (s *Service) Positions(ctx context.Context) ([]Position, error) { return positions(ctx, s.db) }

// PositionsOf returns the positions of one person, the oldest first. Those of
// somebody who left count for nothing.
func (s *Service) PositionsOf(ctx context.Context, id ID) ([]Position, error) {
	return positionsOf(ctx, s.db, id)
}

// AddPerson records somebody new and returns their identifier and a one-time
// password, which nobody can read again. Of p the login, the name, the language
// and the office count.
func (s *Service) AddPerson(ctx context.Context, who actor.Actor, p Person) (ID, string, error) {
	p.ID, p.Status, p.Version = newID(), Active, 1
	if err := p.validate(); err != nil {
		return "", "", err
	}
	if err := s.gate.May(ctx, who, managePeople); err != nil {
		return "", "", err
	}
	s.staffing.Lock()
	defer s.staffing.Unlock()
	password := oneTime()
	slot, err := s.passwords.AddPassword(ctx, p.Login, password)
	if err != nil {
		return "", "", fmt.Errorf("keeping a password: %w", err)
	}
	p.slot, p.TemporaryUntil = slot, s.now().Add(temporaryLife)
	err = s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := s.maySeat(ctx, tx, who, p.OfficeID); err != nil {
			return err
		}
		if err := insertPerson(ctx, tx, p, s.now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), who, "person.added", string(p.ID), p.since(Person{})...)
	})
	return p.ID, password, s.unlessKept(ctx, err, slot)
}

// unlessKept removes a slot again when what it was made for failed.
func (s *Service) unlessKept(ctx context.Context, err error, slot vault.SlotID) error {
	if err == nil {
		return nil
	}
	if gone := s.passwords.RemoveSlot(context.WithoutCancel(ctx), slot); gone != nil {
		return fmt.Errorf("%w; and its key slot stayed: %w", err, gone)
	}
	return err
}

// SavePerson changes name, language and office; one's own office needs the right
// to manage roles. It fails with ErrChanged when somebody else saved the person
// meanwhile.
func (s *Service) SavePerson(ctx context.Context, who actor.Actor, p Person) error {
	return s.staff(ctx, who, p.ID, "person.changed", func(tx *sqlite.Tx, now *Person) error {
		// Positions without an office reach from where their holder sits.
		if who == p.ID.Actor() && p.OfficeID != now.OfficeID {
			if err := s.gate.May(ctx, who, manageRoles); err != nil {
				return err
			}
		}
		if p.OfficeID != now.OfficeID {
			if err := s.mayMove(ctx, tx, who); err != nil {
				return err
			}
		}
		now.Name, now.Language, now.OfficeID, now.Version = p.Name, p.Language, p.OfficeID, p.Version
		if err := now.validate(); err != nil {
			return err
		}
		return updatePerson(ctx, tx, *now, s.now())
	})
}

// ChooseLanguage changes the language of one's own pages.
func (s *Service) ChooseLanguage(ctx context.Context, id ID, language string) error {
	if language == "" || !knownLanguage(language) {
		return errLanguage
	}
	s.staffing.Lock()
	defer s.staffing.Unlock()
	return s.alter(ctx, id.Actor(), id, "person.language-changed", func(tx *sqlite.Tx, p *Person) error {
		p.Language = language
		return updatePerson(ctx, tx, *p, s.now())
	})
}

// staff asks the gate and changes one person with an entry in the audit. The
// key slots that the change gave up are removed after it.
func (s *Service) staff(ctx context.Context, who actor.Actor, id ID, action string, do func(*sqlite.Tx, *Person) error) error {
	if err := s.gate.May(ctx, who, managePeople); err != nil {
		return err
	}
	s.staffing.Lock()
	defer s.staffing.Unlock()
	return s.alter(ctx, who, id, action, func(tx *sqlite.Tx, p *Person) error {
		if err := s.mayManage(ctx, tx, who, id); err != nil {
			return err
		}
		return do(tx, p)
	})
}

// alter is staff without the questions and the lock.
func (s *Service) alter(ctx context.Context, who actor.Actor, id ID, action string, do func(*sqlite.Tx, *Person) error) error {
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		before, err := personByID(ctx, tx, id)
		if err != nil {
			return err
		}
		held, err := positionsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		p := before
		if err := do(tx, &p); err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		holds, err := positionsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), who, action, string(id), append(p.since(before), positionChange(held, holds)...)...)
	})
	if err != nil {
		return err
	}
	return s.removeDeadSlots(ctx)
}

// removeDeadSlots makes the vault lose what nobody may use any more. What fails
// stays noted, and the next call tries again.
func (s *Service) removeDeadSlots(ctx context.Context) error {
	slots, err := deadSlots(ctx, s.db)
	if err != nil {
		return fmt.Errorf("looking for dead key slots: %w", err)
	}
	for _, slot := range slots {
		if err := s.passwords.RemoveSlot(ctx, slot); err != nil && !errors.Is(err, vault.ErrNoSlot) {
			return fmt.Errorf("removing a dead key slot: %w", err)
		}
		if err := forgetSlot(ctx, s.db, slot); err != nil {
			return fmt.Errorf("forgetting a dead key slot: %w", err)
		}
	}
	return nil
}

// Leave ends somebody's work here: their key slot, sessions, second factors and
// teams go; their cases and the record of their positions stay. It fails with
// ErrLastDirector for the only director.
func (s *Service) Leave(ctx context.Context, who actor.Actor, id ID) error {
	return s.staff(ctx, who, id, "person.left", func(tx *sqlite.Tx, p *Person) error {
		if p.Status == Left {
			return ErrLeft
		}
		if err := s.mayTouch(ctx, tx, who, id); err != nil {
			return err
		}
		if err := keepsDirector(ctx, tx, id); err != nil {
			return err
		}
		if err := bury(ctx, tx, p.slot); err != nil {
			return err
		}
		p.Status, p.slot, p.TemporaryUntil = Left, "", time.Time{}
		if err := updatePerson(ctx, tx, *p, s.now()); err != nil {
			return err
		}
		return shutOut(ctx, tx, id)
	})
}

// shutOut ends everything that a person could come in by, and the teams.
func shutOut(ctx context.Context, tx *sqlite.Tx, id ID) error {
	if err := deleteSessionsOf(ctx, tx, id, ""); err != nil {
		return err
	}
	if err := deleteFactorsOf(ctx, tx, id); err != nil {
		return err
	}
	if err := deleteDevicesOf(ctx, tx, id); err != nil {
		return err
	}
	return leaveTeams(ctx, tx, id)
}

// keepsDirector fails with ErrLastDirector when nobody else is an active director
// and this person is.
func keepsDirector(ctx context.Context, q sqlite.Querier, id ID) error {
	held, err := positionsOf(ctx, q, id)
	if err != nil || !isDirector(held) {
		return err
	}
	n, err := otherDirectors(ctx, q, id)
	if err == nil && n == 0 {
		err = ErrLastDirector
	}
	return err
}

func isDirector(held []Position) bool {
	for _, o := range held {
		if o.Role == Director {
			return true
		}
	}
	return false
}

// mayTouch keeps the accounts of directors to those who manage roles: whoever
// gives a director a new password could come in as one.
func (s *Service) mayTouch(ctx context.Context, q sqlite.Querier, who actor.Actor, id ID) error {
	held, err := positionsOf(ctx, q, id)
	if err != nil || !isDirector(held) {
		return err
	}
	return s.gate.May(ctx, who, manageRoles)
}

// ResetPassword gives somebody a one-time password in place of their own, ends
// their sessions, and returns the password, which nobody can read again. Nobody
// resets their own, nor that of somebody who may do what they may not: whoever
// gives a password could come in by it.
func (s *Service) ResetPassword(ctx context.Context, who actor.Actor, id ID) (string, error) {
	return s.renew(ctx, who, id, "person.password-reset", func(tx *sqlite.Tx, p *Person) error {
		if p.Status == Left {
			return ErrLeft
		}
		return s.mayBecome(ctx, tx, who, id)
	})
}

// mayBecome is mayTouch, and lets nobody come in as somebody who may do what they
// may not.
func (s *Service) mayBecome(ctx context.Context, q sqlite.Querier, who actor.Actor, id ID) error {
	if err := s.mayTouch(ctx, q, who, id); err != nil {
		return err
	}
	held, err := positionsOf(ctx, q, id)
	if err != nil {
		return err
	}
	for _, o := range held {
		if err := s.mayHold(ctx, q, who, o); err != nil {
			return err
		}
	}
	return nil
}

// Return lets somebody who left back in with a one-time password. The positions
// that they held are not given back.
func (s *Service) Return(ctx context.Context, who actor.Actor, id ID) (string, error) {
	return s.renew(ctx, who, id, "person.returned", func(tx *sqlite.Tx, p *Person) error {
		if p.Status == Active {
			return ErrChanged
		}
		p.Status = Active
		return deletePositionsOf(ctx, tx, id)
	})
}

// renew gives a person a one-time password when check lets it.
func (s *Service) renew(ctx context.Context, who actor.Actor, id ID, action string, check func(*sqlite.Tx, *Person) error) (string, error) {
	if err := s.gate.May(ctx, who, managePeople); err != nil {
		return "", err
	}
	if who == id.Actor() {
		return "", ErrNotOwn
	}
	s.staffing.Lock()
	defer s.staffing.Unlock()
	p, err := s.Person(ctx, id)
	if err != nil {
		return "", err
	}
	password := oneTime()
	slot, err := s.passwords.AddPassword(ctx, p.Login, password)
	if err != nil {
		return "", fmt.Errorf("keeping a password: %w", err)
	}
	err = s.alter(ctx, who, id, action, func(tx *sqlite.Tx, p *Person) error {
		if err := s.mayManage(ctx, tx, who, id); err != nil {
			return err
		}
		if err := check(tx, p); err != nil {
			return err
		}
		if err := bury(ctx, tx, p.slot); err != nil {
			return err
		}
		p.slot, p.TemporaryUntil = slot, s.now().Add(temporaryLife)
		if err := updatePerson(ctx, tx, *p, s.now()); err != nil {
			return err
		}
		if err := deleteDevicesOf(ctx, tx, id); err != nil {
			return err
		}
		return deleteSessionsOf(ctx, tx, id, "")
	})
	if err != nil {
		return "", s.unlessUsed(ctx, err, id, slot)
	}
	s.waits.Forget(p.Login)
	return password, nil
}

// unlessUsed removes a slot again unless the person has it: the change may have
// held although something after it failed.
func (s *Service) unlessUsed(ctx context.Context, err error, id ID, slot vault.SlotID) error {
	if p, e := s.Person(context.WithoutCancel(ctx), id); e != nil || p.slot == slot {
		return err
	}
	return s.unlessKept(ctx, err, slot)
}

// ResetFactors takes somebody's second factors away, after a lost telephone. If
// their role needs one, they set up another at the next sign-in.
func (s *Service) ResetFactors(ctx context.Context, who actor.Actor, id ID) error {
	if who == id.Actor() {
		return ErrNotOwn
	}
	return s.staff(ctx, who, id, "person.factors-reset", func(tx *sqlite.Tx, _ *Person) error {
		if err := s.mayTouch(ctx, tx, who, id); err != nil {
			return err
		}
		if err := deleteSessionsOf(ctx, tx, id, ""); err != nil {
			return err
		}
		return deleteFactorsOf(ctx, tx, id)
	})
}

// EndSessions ends all sessions of a person.
func (s *Service) EndSessions(ctx context.Context, who actor.Actor, id ID) error {
	return s.staff(ctx, who, id, "person.sessions-ended", func(tx *sqlite.Tx, _ *Person) error {
		return deleteSessionsOf(ctx, tx, id, "")
	})
}

// GivePosition gives somebody a role in an office. Giving Director needs the
// right to manage roles, as does a position of one's own, and nobody gives a
// role that allows more than their own positions do, or farther: ErrBeyond.
func (s *Service) GivePosition(ctx context.Context, who actor.Actor, o Position) error {
	o.ID = reference.NewID()
	return s.staff(ctx, who, o.PersonID, "position.given", func(tx *sqlite.Tx, p *Person) error {
		if p.Status == Left {
			return ErrLeft
		}
		if err := s.roleExists(ctx, tx, o.Role); err != nil {
			return err
		}
		if err := s.mayDeal(ctx, tx, who, o); err != nil {
			return err
		}
		return insertPosition(ctx, tx, o, s.now())
	})
}

// TakePosition takes a position away. The last director keeps theirs:
// ErrLastDirector.
func (s *Service) TakePosition(ctx context.Context, who actor.Actor, id ID, position string) error {
	return s.staff(ctx, who, id, "position.taken", func(tx *sqlite.Tx, _ *Person) error {
		held, err := positionsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, o := range held {
			if o.ID == position {
				return s.take(ctx, tx, who, o)
			}
		}
		return ErrNotFound
	})
}

func (s *Service) take(ctx context.Context, tx *sqlite.Tx, who actor.Actor, o Position) error {
	if err := s.mayDeal(ctx, tx, who, o); err != nil {
		return err
	}
	if err := deletePosition(ctx, tx, o.ID); err != nil {
		return err
	}
	if o.Role != Director {
		return nil
	}
	left, err := positionsOf(ctx, tx, o.PersonID)
	if err != nil || isDirector(left) {
		return err
	}
	n, err := otherDirectors(ctx, tx, o.PersonID)
	if err == nil && n == 0 {
		err = ErrLastDirector
	}
	return err
}

// mayDeal says whether somebody may give or take a position: nobody deals with more
// than their own positions allow them, nor farther, and with their own or a
// director's by the right to manage roles alone.
func (s *Service) mayDeal(ctx context.Context, q sqlite.Querier, who actor.Actor, o Position) error {
	if o.Role == Director || who == o.PersonID.Actor() {
		if err := s.gate.May(ctx, who, manageRoles); err != nil {
			return err
		}
	}
	return s.mayHold(ctx, q, who, o)
}

// oneTime returns a password of 80 random bits that is easy to read out.
func oneTime() string {
	var b [10]byte
	rand.Read(b[:]) //nolint:errcheck // never fails: it ends the program instead
	s := readable.EncodeToString(b[:])
	return strings.Join([]string{s[:4], s[4:8], s[8:12], s[12:]}, "-")
}

// readable has no I, L, O and U, so that nobody reads one sign for another.
var readable = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)
