package people

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// A code counts in its own interval and in those beside it: clocks differ.
const (
	stepSeconds = 30
	stepsAround = 1
	// pendingLife is how long a secret waits for its first code.
	pendingLife = 15 * time.Minute
)

// errNoAuthenticator reports a code before there is an app to make one.
var errNoAuthenticator = errs.New(errs.Conflict, "people.no-authenticator")

// authenticator is an app that makes codes.
type authenticator struct {
	secret    string // Base32 without padding
	confirmed bool
	lastStep  int64
	made      time.Time
}

// Enrolment is what somebody needs to set an app up.
type Enrolment struct {
	Secret string // Base32 in groups of four, to be typed
	QR     string // the same as a picture, a data: URI
}

// Format hides the secret.
func (e Enrolment) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("enrolment(hidden)")) }

// Enrol returns the secret of an app that is not confirmed yet, the same for a
// quarter of an hour: somebody else may have seen it at an open computer. It fails
// with ErrChanged when there is a confirmed app.
func (s *Service) Enrol(ctx context.Context, v Session) (Enrolment, error) {
	a, err := s.pending(ctx, v.Person)
	if err != nil {
		return Enrolment{}, fmt.Errorf("setting an app up: %w", err)
	}
	o, err := s.Organisation(ctx)
	if err != nil {
		return Enrolment{}, err
	}
	qr, err := picture(o.Name, v.Login, a.secret)
	if err != nil {
		return Enrolment{}, err
	}
	return Enrolment{Secret: grouped(a.secret), QR: qr}, nil
}

// pending returns the unconfirmed app of a person, a new one if there is none.
func (s *Service) pending(ctx context.Context, id ID) (a authenticator, err error) {
	err = s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		a, err = authenticatorOf(ctx, tx, id)
		switch {
		case err == nil && a.confirmed:
			return ErrChanged
		case err == nil && s.now().Sub(a.made) < pendingLife:
			return nil
		case err == nil:
			err = deleteAuthenticator(ctx, tx, id)
		case errors.Is(err, ErrNotFound):
			err = nil
		}
		if err != nil {
			return err
		}
		a = authenticator{secret: newSecret()}
		return insertAuthenticator(ctx, tx, id, a, s.now())
	})
	return a, err
}

func newSecret() string {
	var b [20]byte
	rand.Read(b[:]) //nolint:errcheck // never fails: it ends the program instead
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// picture returns the QR code of a secret as a data: URI.
func picture(issuer, account, secret string) (string, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", fmt.Errorf("drawing the code: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "casehub " + issuer, AccountName: account, Secret: raw, Period: stepSeconds})
	if err != nil {
		return "", fmt.Errorf("drawing the code: %w", err)
	}
	img, err := key.Image(232, 232)
	if err != nil {
		return "", fmt.Errorf("drawing the code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return "", fmt.Errorf("drawing the code: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func grouped(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// step returns the interval whose code was typed, 0 for none.
func (a authenticator) step(code string, now time.Time) int64 {
	var hit int64
	middle := now.Unix() / stepSeconds
	for n := middle - stepsAround; n <= middle+stepsAround; n++ {
		want, err := totp.GenerateCodeCustom(a.secret, time.Unix(n*stepSeconds, 0), totp.ValidateOpts{
			Period: stepSeconds, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			hit = n
		}
	}
	return hit
}

// ConfirmAuthenticator makes an app count, by its first code and the password.
// It returns recovery codes, to be shown once, where the person had none. It
// fails with ErrWrongFactor, ErrWrongPassword and ErrWait.
func (s *Service) ConfirmAuthenticator(ctx context.Context, v Session, code, current string) ([]string, error) {
	if err := s.proveAgain(ctx, v, current); err != nil {
		return nil, err
	}
	var codes []string
	err := s.own(ctx, v.Person, "person.authenticator-added", func(tx *sqlite.Tx) error {
		a, err := authenticatorOf(ctx, tx, v.Person)
		if errors.Is(err, ErrNotFound) || err == nil && a.confirmed {
			return errNoAuthenticator
		}
		if err != nil {
			return err
		}
		step := a.step(digits(code), s.now())
		if step == 0 {
			return ErrWrongFactor
		}
		if err := confirmAuthenticator(ctx, tx, v.Person, step, s.now()); err != nil {
			return err
		}
		codes, err = firstRecoveryCodes(ctx, tx, v.Person)
		return err
	})
	return codes, err
}

// RemoveAuthenticator takes one's app away. Recovery codes go with the last of
// the second factors.
func (s *Service) RemoveAuthenticator(ctx context.Context, v Session, current string) error {
	if err := s.proveAgain(ctx, v, current); err != nil {
		return err
	}
	return s.own(ctx, v.Person, "person.authenticator-removed", func(tx *sqlite.Tx) error {
		if err := deleteAuthenticator(ctx, tx, v.Person); err != nil {
			return err
		}
		return dropIdleCodes(ctx, tx, v.Person)
	})
}

// GiveCode finishes a sign-in by a code of the app or a recovery code, and returns
// the token of the whole session. After some wrong codes the sign-in begins
// again. It fails with ErrWrongFactor, ErrWait and ErrNoSession.
func (s *Service) GiveCode(ctx context.Context, token, code string, f From) (string, error) {
	v, err := s.Session(ctx, token)
	if err != nil {
		return "", err
	}
	if v.State != AwaitsFactor {
		return "", ErrNoSession
	}
	from, err := s.place(ctx, v.Person, f)
	if err != nil {
		return "", err
	}
	key := string(v.Person)
	if wait := s.factorWaits.Begin(key, from.place); wait > 0 {
		return "", tooSoon(wait)
	}
	token, err = s.finish(ctx, v, func(tx *sqlite.Tx) error { return s.useCode(ctx, tx, v.Person, code) })
	switch {
	case err == nil:
		s.factorWaits.Success(key, from.place)
	case !errors.Is(err, ErrWrongFactor) && !errors.Is(err, ErrNoSession):
		s.factorWaits.Withdraw(key, from.place)
	}
	return token, err
}

// finish runs a check of the second factor and makes the session whole.
func (s *Service) finish(ctx context.Context, v Session, check func(*sqlite.Tx) error) (token string, err error) {
	err = s.own(ctx, v.Person, "person.signed-in", func(tx *sqlite.Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		token, err = s.renewed(ctx, tx, v, s.now().Add(sessionLife))
		return err
	})
	if errors.Is(err, ErrWrongFactor) {
		return "", s.failed(ctx, v)
	}
	if err != nil {
		return "", err
	}
	return token, nil
}

// failed counts a wrong second factor in the session and the audit. A try ends
// the session at the fifth, so the entries are bounded by sign-ins that had the
// password right.
func (s *Service) failed(ctx context.Context, v Session) error {
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := countTry(ctx, tx, v.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), v.Person.Actor(), "person.factor-failed", string(v.Person))
	})
	if err != nil {
		return fmt.Errorf("counting a wrong second factor: %w", err)
	}
	if v.tries+1 >= factorTries {
		return ErrNoSession
	}
	return ErrWrongFactor
}

// useCode spends a code of the app, or else a recovery code.
func (s *Service) useCode(ctx context.Context, tx *sqlite.Tx, id ID, code string) error {
	if d := digits(code); len(d) == 6 && len(code) < 12 {
		return s.useAppCode(ctx, tx, id, d)
	}
	return s.useRecoveryCode(ctx, tx, id, code)
}

func (s *Service) useAppCode(ctx context.Context, tx *sqlite.Tx, id ID, code string) error {
	a, err := authenticatorOf(ctx, tx, id)
	if errors.Is(err, ErrNotFound) || err == nil && !a.confirmed {
		return ErrWrongFactor
	}
	if err != nil {
		return err
	}
	step := a.step(code, s.now())
	if step <= a.lastStep {
		return ErrWrongFactor
	}
	return useStep(ctx, tx, id, step)
}

// digits returns the digits of what somebody typed, "123 456".
func digits(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, ready(typed))
}
