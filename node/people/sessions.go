package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// State says what a session allows.
type State int

// The states. Only Full and the two that ask for something before it have an
// actor.
const (
	// Nobody: no session, an ended one, or a person who left.
	Nobody State = iota
	// AwaitsFactor: the password was right, the second factor is not there yet.
	AwaitsFactor
	// Locked: idle for too long, or locked by its owner; the password opens it.
	Locked
	// MustChangePassword: a director gave the password.
	MustChangePassword
	// MustEnrol: a role asks for a second factor and the person has none.
	MustEnrol
	// Full: everything that the person may do.
	Full
)

// Lives of sessions.
const (
	sessionLife = 12 * time.Hour
	factorLife  = 10 * time.Minute
	// factorTries is how many second factors may be wrong in one sign-in.
	factorTries = 5
	// touchEvery is how exactly the newest request is written down.
	touchEvery = 15 * time.Second
	// mostSessions is how many one person has at once; the oldest give way.
	mostSessions = 10
)

// ErrNoSession reports a session that ended or never was.
var ErrNoSession = errs.New(errs.NotFound, "people.no-session")

// Session is one browser in which somebody is signed in.
type Session struct {
	ID        string
	Person    ID
	Name      string // of the person
	Login     string
	Language  string // that the person chose; "" none
	State     State
	HasFactor bool // the person has a second factor
	Source    string
	Device    string // "Firefox, Windows"; "" unknown
	CreatedAt time.Time
	SeenAt    time.Time
	EndsAt    time.Time

	stage       string
	locked      bool
	tries       int
	temporary   time.Time
	needsFactor bool
	lockAfter   time.Duration
}

// LogValue lets a log show the identifier and no name.
func (v Session) LogValue() slog.Value { return slog.StringValue(v.ID) }

// Actor returns who acts in the session; the zero Actor in a state that has none.
func (v Session) Actor() actor.Actor {
	if v.State < MustChangePassword {
		return actor.Actor{}
	}
	return v.Person.Actor()
}

// Idle is how long the session may be idle until it locks.
func (v Session) Idle() time.Duration { return v.lockAfter }

// state works out what a session allows at an instant. A clock that was set back
// by more than a minute locks.
func (v Session) state(now time.Time) State {
	idle := now.Sub(v.SeenAt)
	switch {
	case !now.Before(v.EndsAt):
		return Nobody
	case v.stage == "factor":
		return AwaitsFactor
	case v.locked || idle >= v.lockAfter || idle < -time.Minute:
		return Locked
	case !v.temporary.IsZero() && !now.Before(v.temporary):
		return Nobody
	case !v.temporary.IsZero():
		return MustChangePassword
	case v.needsFactor && !v.HasFactor:
		return MustEnrol
	}
	return Full
}

// token is what a cookie holds: 256 random bits. Its digest alone is kept.
func newToken() (string, []byte) {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // never fails: it ends the program instead
	t := base64.RawURLEncoding.EncodeToString(b[:])
	return t, digest(t)
}

// tokenLength is that of a token in its cookie.
var tokenLength = base64.RawURLEncoding.EncodedLen(32)

func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Session returns the session of a token and notes that it was used. A token
// that is not known has the state Nobody; so has one whose session ended, which
// still names its person.
func (s *Service) Session(ctx context.Context, token string) (Session, error) {
	if len(token) != tokenLength {
		return Session{}, nil
	}
	v, err := sessionByToken(ctx, s.db, digest(token))
	if errs.KindOf(err) == errs.NotFound {
		return Session{}, nil
	}
	if err != nil {
		return Session{}, fmt.Errorf("looking for a session: %w", err)
	}
	now := s.now()
	v.State = v.state(now)
	switch {
	case v.State == Locked && !v.locked:
		err = lockSession(ctx, s.db, v.ID)
	case v.State >= MustChangePassword && now.Sub(v.SeenAt) >= touchEvery:
		err = touchSession(ctx, s.db, v.ID, now)
	}
	if err != nil {
		return Session{}, fmt.Errorf("noting the use of a session: %w", err)
	}
	return v, nil
}

// Sessions returns the sessions of a person that have not ended, the newest use
// first.
func (s *Service) Sessions(ctx context.Context, id ID) ([]Session, error) {
	all, err := sessionsOf(ctx, s.db, id, s.now())
	for i := range all {
		all[i].State = all[i].state(s.now())
	}
	return all, err
}

// EndSession ends one session of a person. One that ended is no error.
func (s *Service) EndSession(ctx context.Context, id ID, session string) error {
	return s.own(ctx, id, "person.session-ended", func(tx *sqlite.Tx) error {
		return deleteSession(ctx, tx, id, session)
	})
}

// EndOtherSessions ends all sessions of a person but one.
func (s *Service) EndOtherSessions(ctx context.Context, id ID, but string) error {
	return s.own(ctx, id, "person.sessions-ended", func(tx *sqlite.Tx) error {
		return deleteSessionsOf(ctx, tx, id, but)
	})
}

// Lock locks a session until its owner types the password.
func (s *Service) Lock(ctx context.Context, session string) error {
	return lockSession(ctx, s.db, session)
}

// SignOut ends the session of a token. One that ended is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	v, err := sessionByToken(ctx, s.db, digest(token))
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("signing out: %w", err)
	}
	s.kept.drop(v.Person)
	return s.own(ctx, v.Person, "person.signed-out", func(tx *sqlite.Tx) error {
		return deleteSession(ctx, tx, v.Person, v.ID)
	})
}

// own runs a change that a person makes to what is theirs alone.
func (s *Service) own(ctx context.Context, id ID, action string, do func(*sqlite.Tx) error) error {
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := do(tx); err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		return audit.Record(ctx, tx, s.now(), id.Actor(), action, string(id))
	})
}

// Tidy removes sessions that ended, browsers that nobody used, and key slots that are dead. The node calls
// it when it starts and every day.
func (s *Service) Tidy(ctx context.Context) error {
	if err := deleteEndedSessions(ctx, s.db, s.now().Add(-sessionLife)); err != nil {
		return fmt.Errorf("removing ended sessions: %w", err)
	}
	if err := deleteDevicesBefore(ctx, s.db, s.now().Add(-deviceLife)); err != nil {
		return fmt.Errorf("forgetting browsers: %w", err)
	}
	return s.removeDeadSlots(ctx)
}

// openSession records a session and returns its token.
func (s *Service) openSession(ctx context.Context, tx *sqlite.Tx, p Person, stage string, t Try) (string, error) {
	token, sum := newToken()
	now := s.now()
	v := Session{
		ID: reference.NewID(), Person: p.ID, stage: stage, Source: t.Source, Device: Device(t.Agent),
		CreatedAt: now, SeenAt: now, EndsAt: now.Add(sessionLife),
	}
	if stage == "factor" {
		v.EndsAt = now.Add(factorLife)
	}
	if t.Replaces != "" {
		if err := deleteToken(ctx, tx, digest(t.Replaces)); err != nil {
			return "", err
		}
	}
	if err := insertSession(ctx, tx, v, sum); err != nil {
		return "", err
	}
	return token, deleteOldSessions(ctx, tx, p.ID, mostSessions)
}

// renewed gives a session another token and opens it: what was in a cookie
// before the second factor or the lock is worth nothing afterwards.
func (s *Service) renewed(ctx context.Context, tx *sqlite.Tx, v Session, ends time.Time) (string, error) {
	token, sum := newToken()
	return token, renewSession(ctx, tx, v.ID, sum, s.now(), ends)
}

// Device returns browser and system from what a browser says of itself, in words
// that a person recognises: "Firefox, Windows". "" where nothing is known.
func Device(agent string) string {
	var parts []string
	for _, list := range [][][2]string{
		{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"}, {"Chrom", "Chrome"}, {"Safari", "Safari"}},
		{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}},
	} {
		for _, known := range list {
			if strings.Contains(agent, known[0]) {
				parts = append(parts, known[1])
				break
			}
		}
	}
	return strings.Join(parts, ", ")
}
