package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/vault"
)

// Errors of the sign-in. They say the same of a login that nobody has.
var (
	// ErrWrong reports a login and a password that do not belong together.
	ErrWrong = errs.New(errs.Invalid, "people.sign-in-wrong")
	// ErrWrongPassword reports the password of somebody who is known already.
	ErrWrongPassword = errs.New(errs.Invalid, "people.password-wrong").On("current")
	// ErrWait reports too many failures; its value "n" is the seconds to wait.
	ErrWait = errs.New(errs.Invalid, "people.wait")
	// ErrWrongFactor reports a second factor that is wrong or was used.
	ErrWrongFactor = errs.New(errs.Invalid, "people.factor-wrong").On("code")
)

// Try is somebody at the door.
type Try struct {
	Login, Password string
	From
	Agent string // what the browser says of itself
	// Replaces is the token that the browser has still; its session ends.
	Replaces string
}

// Format hides what was typed.
func (t Try) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("try(hidden)")) }

// SignIn checks a login and a password, and returns the token of a new session
// and its state: AwaitsFactor when the person has a second factor. It fails with
// ErrWrong, with ErrWait after too many failures, and with vault.ErrSealed.
func (s *Service) SignIn(ctx context.Context, t Try) (string, State, error) {
	t.Login = CleanLogin(t.Login)
	p, err := personByLogin(ctx, s.db, t.Login)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", Nobody, fmt.Errorf("signing in: %w", err)
	}
	from, err := s.place(ctx, p.ID, t.From)
	if err != nil {
		return "", Nobody, err
	}
	if err := s.prove(ctx, p, t.Login, t.Password, from); err != nil {
		return "", Nobody, err
	}
	return s.enter(ctx, p, t, false)
}

// prove checks a password under the delays. p is zero where nobody has the login:
// the same work is done and the same is said.
func (s *Service) prove(ctx context.Context, p Person, login, password string, from at) error {
	if wait := s.waits.Begin(login, from.place); wait > 0 {
		return tooSoon(wait)
	}
	right, err := s.check(ctx, p, login, password, from)
	if err != nil {
		s.waits.Withdraw(login, from.place)
		return err
	}
	if right {
		s.waits.Success(login, from.place)
		return nil
	}
	if s.waits.Telling(login, from.place) {
		if err := s.tellSlowed(ctx, p); err != nil {
			return err
		}
	}
	return ErrWrong
}

// check computes a password when its turn has come.
func (s *Service) check(ctx context.Context, p Person, login, password string, from at) (bool, error) {
	done, err := s.turn(ctx, from)
	if err != nil {
		return false, err
	}
	slot, err := s.passwords.CheckPassword(ctx, login, ready(password))
	right := err == nil && s.opens(p, slot)
	done(!right && (err == nil || errors.Is(err, vault.ErrWrongSecret)))
	if err != nil && !errors.Is(err, vault.ErrWrongSecret) {
		return false, fmt.Errorf("checking a password: %w", err)
	}
	return right, nil
}

func tooSoon(wait time.Duration) error {
	return ErrWait.With("n", int((wait+time.Second-1)/time.Second))
}

// opens reports whether a slot is that of an active person whose password may
// still be used.
func (s *Service) opens(p Person, slot vault.SlotID) bool {
	return p.Status == Active && p.slot != "" && p.slot == slot &&
		(p.TemporaryUntil.IsZero() || s.now().Before(p.TemporaryUntil))
}

// tellSlowed notes in the audit that somebody has to wait: once, not for every
// failure, so that nobody can fill the disk. A login that nobody has is noted
// too, without what was typed: it takes as long.
func (s *Service) tellSlowed(ctx context.Context, p Person) error {
	subject := string(p.ID)
	if subject == "" {
		subject = "unknown"
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		return audit.Record(ctx, tx, s.now(), actor.Node(), "person.sign-in-slowed", subject)
	})
}

// enter opens the session of somebody who has shown who they are: in part with a
// password, wholly with a passkey.
func (s *Service) enter(ctx context.Context, p Person, t Try, whole bool) (token string, st State, err error) {
	err = s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		// What was shown may have been taken away since it was looked at.
		now, err := personByID(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if now.Status != Active || now.slot != p.slot {
			return ErrWrong
		}
		has, err := hasFactor(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		stage, action := "full", "person.signed-in"
		if has && !whole {
			stage, action = "factor", "person.password-given"
		}
		if token, err = s.openSession(ctx, tx, p, stage, t); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), p.ID.Actor(), action, string(p.ID))
	})
	if err != nil {
		return "", Nobody, fmt.Errorf("signing in: %w", err)
	}
	v, err := s.Session(ctx, token)
	return token, v.State, err
}

// Unlock opens a locked session by its owner's password and returns its new
// token. Its waits are those of the session alone: a colleague who types at the
// sign-in page of the same computer keeps nobody out of an open one. It fails
// with ErrWrongPassword, ErrWait and ErrNoSession.
func (s *Service) Unlock(ctx context.Context, token, password string) (string, error) {
	v, err := s.Session(ctx, token)
	if err != nil {
		return "", err
	}
	if v.State != Locked {
		return "", ErrNoSession
	}
	if err := s.proveAgain(ctx, v, password); err != nil {
		return "", err
	}
	err = s.own(ctx, v.Person, "person.unlocked", func(tx *sqlite.Tx) error {
		token, err = s.renewed(ctx, tx, v, v.EndsAt)
		return err
	})
	return token, err
}

// proveAgain asks the owner of a session for the password.
func (s *Service) proveAgain(ctx context.Context, v Session, password string) error {
	p, err := s.Person(ctx, v.Person)
	if err != nil {
		return err
	}
	err = s.prove(ctx, p, p.Login, password, ofSession(v))
	if errors.Is(err, ErrWrong) {
		return ErrWrongPassword
	}
	return err
}

// ChangePassword puts a new password in the place of one's own and ends all one's
// other sessions. It fails with ErrWrongPassword, ErrWait, and what CheckPassword
// fails with.
func (s *Service) ChangePassword(ctx context.Context, v Session, current, password string) error {
	if err := s.proveAgain(ctx, v, current); err != nil {
		return err
	}
	o, err := s.Organisation(ctx)
	if err != nil {
		return err
	}
	p, err := s.Person(ctx, v.Person)
	if err != nil {
		return err
	}
	if err := CheckPassword(password, p.Login, p.Name, o.Name); err != nil {
		return err
	}
	if ready(password) == ready(current) {
		return errSame
	}
	return s.replacePassword(ctx, p, password, v.ID)
}

var errSame = errs.New(errs.Invalid, "people.password-same").On("password")

func (s *Service) replacePassword(ctx context.Context, p Person, password, session string) error {
	s.staffing.Lock()
	defer s.staffing.Unlock()
	slot, err := s.passwords.AddPassword(ctx, p.Login, ready(password))
	if err != nil {
		return fmt.Errorf("keeping a password: %w", err)
	}
	err = s.alter(ctx, p.ID.Actor(), p.ID, "person.password-changed", func(tx *sqlite.Tx, now *Person) error {
		if now.Status != Active || now.slot != p.slot {
			return ErrChanged
		}
		if err := bury(ctx, tx, now.slot); err != nil {
			return err
		}
		now.slot, now.TemporaryUntil = slot, time.Time{}
		if err := updatePerson(ctx, tx, *now, s.now()); err != nil {
			return err
		}
		return deleteSessionsOf(ctx, tx, p.ID, session)
	})
	if err != nil {
		return s.unlessUsed(ctx, err, p.ID, slot)
	}
	return nil
}
