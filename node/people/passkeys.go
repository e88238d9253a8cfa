package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/internal/text"
)

// Errors of passkeys.
var (
	// ErrPasskey reports a key that does not hold: another site's, an old question,
	// or one that is known already.
	ErrPasskey = errs.New(errs.Invalid, "people.passkey-wrong").On("credential")

	errPasskeyName = errs.New(errs.Invalid, "people.passkey-name").On("name")
)

// passkeyNameLimit is the longest name that somebody gives a key, in characters.
const passkeyNameLimit = 60

// Passkey is a key of a device or a security key.
type Passkey struct {
	ID, Name  string
	Host      string // the site's name that it works for
	CreatedAt time.Time
	UsedAt    time.Time // zero never

	credential string
}

// Place is where a browser asks: browsers bind a passkey to it.
type Place struct {
	Host   string // name without port, "localhost"
	Origin string // "http://localhost:8700"
}

// Works reports whether browsers have passkeys there: by name, not by number, and
// on TLS unless it is this computer.
func (p Place) Works() bool {
	return net.ParseIP(p.Host) == nil && p.Host != "" && (strings.HasPrefix(p.Origin, "https://") || p.Host == "localhost" || strings.HasSuffix(p.Host, ".localhost"))
}

func (p Place) party(name string) (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{
		RPID: p.Host, RPDisplayName: name, RPOrigins: []string{p.Origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("asking for a passkey: %w", err)
	}
	return w, nil
}

// holder is a person as the library sees them.
type holder struct {
	Person
	keys []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.ID) }
func (h holder) WebAuthnName() string                       { return h.Login }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// Question is what a browser is asked: options for its interface, and the mark
// under which the answer comes back.
type Question struct {
	Options string // JSON
	Mark    string
}

// Passkeys returns the keys of a person, the oldest first.
func (s *Service) Passkeys(ctx context.Context, id ID) ([]Passkey, error) {
	return passkeysOf(ctx, s.db, id)
}

// holder returns a person with the keys that work at a host.
func (s *Service) holder(ctx context.Context, id ID, host string) (holder, error) {
	p, err := s.Person(ctx, id)
	if err != nil {
		return holder{}, err
	}
	all, err := s.Passkeys(ctx, id)
	if err != nil {
		return holder{}, err
	}
	h := holder{Person: p}
	for _, k := range all {
		var c webauthn.Credential
		if k.Host != host {
			continue
		}
		if err := json.Unmarshal([]byte(k.credential), &c); err != nil {
			return holder{}, fmt.Errorf("reading a passkey: %w", err)
		}
		h.keys = append(h.keys, c)
	}
	return h, nil
}

// AskNewPasskey returns what a browser is asked to make a new key.
func (s *Service) AskNewPasskey(ctx context.Context, v Session, at Place) (Question, error) {
	w, h, err := s.partyOf(ctx, v.Person, at)
	if err != nil {
		return Question{}, err
	}
	options, data, err := w.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return Question{}, fmt.Errorf("asking for a new passkey: %w", err)
	}
	return s.asked.put(options.Response, *data)
}

func (s *Service) partyOf(ctx context.Context, id ID, at Place) (*webauthn.WebAuthn, holder, error) {
	o, err := s.Organisation(ctx)
	if err != nil {
		return nil, holder{}, err
	}
	h, err := s.holder(ctx, id, at.Host)
	if err != nil {
		return nil, holder{}, err
	}
	w, err := at.party("casehub " + o.Name)
	return w, h, err
}

// Answer is what a browser gave to a Question.
type Answer struct {
	Mark       string
	Credential string // JSON
}

// AddPasskey keeps a new key. It returns recovery codes, to be shown once, where
// the person had none. It fails with ErrPasskey, ErrWrongPassword and ErrWait.
func (s *Service) AddPasskey(ctx context.Context, v Session, at Place, a Answer, name, current string) ([]string, error) {
	if name == "" || text.Line("name", name, passkeyNameLimit) != nil {
		return nil, errPasskeyName
	}
	if err := s.proveAgain(ctx, v, current); err != nil {
		return nil, err
	}
	c, err := s.made(ctx, v, at, a)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("keeping a passkey: %w", err)
	}
	k := Passkey{ID: reference.NewID(), Name: name, Host: at.Host, CreatedAt: s.now(), credential: string(b)}
	var codes []string
	err = s.own(ctx, v.Person, "person.passkey-added", func(tx *sqlite.Tx) error {
		if err := insertPasskey(ctx, tx, v.Person, k, c.ID); err != nil {
			return err
		}
		codes, err = firstRecoveryCodes(ctx, tx, v.Person)
		return err
	})
	return codes, err
}

// made checks a new key against what was asked.
func (s *Service) made(ctx context.Context, v Session, at Place, a Answer) (*webauthn.Credential, error) {
	data, ok := s.asked.take(a.Mark)
	if !ok || string(data.UserID) != string(v.Person) {
		return nil, ErrPasskey
	}
	w, h, err := s.partyOf(ctx, v.Person, at)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(a.Credential))
	if err != nil {
		return nil, ErrPasskey
	}
	c, err := w.CreateCredential(h, data, parsed)
	if err != nil {
		return nil, ErrPasskey
	}
	return c, nil
}

// RemovePasskey takes one of one's keys away.
func (s *Service) RemovePasskey(ctx context.Context, v Session, id, current string) error {
	if err := s.proveAgain(ctx, v, current); err != nil {
		return err
	}
	return s.own(ctx, v.Person, "person.passkey-removed", func(tx *sqlite.Tx) error {
		if err := deletePasskey(ctx, tx, v.Person, id); err != nil {
			return err
		}
		return dropIdleCodes(ctx, tx, v.Person)
	})
}

// AskPasskey returns what a browser is asked for a key of somebody who gave the
// password; of anybody, with a check of who holds the device, where id is "".
// ok is false where the person has no key for the place.
func (s *Service) AskPasskey(ctx context.Context, id ID, at Place) (q Question, ok bool, err error) {
	if id == "" {
		w, err := at.party("casehub")
		if err != nil {
			return Question{}, false, err
		}
		options, data, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return Question{}, false, fmt.Errorf("asking for a passkey: %w", err)
		}
		q, err = s.asked.put(options.Response, *data)
		return q, err == nil, err
	}
	w, h, err := s.partyOf(ctx, id, at)
	if err != nil || len(h.keys) == 0 {
		return Question{}, false, err
	}
	options, data, err := w.BeginLogin(h)
	if err != nil {
		return Question{}, false, fmt.Errorf("asking for a passkey: %w", err)
	}
	q, err = s.asked.put(options.Response, *data)
	return q, err == nil, err
}

// GivePasskey finishes a sign-in by a key and returns the token of the whole
// session. Nobody guesses a key, so nobody has to wait for another. It fails with
// ErrWrongFactor and ErrNoSession.
func (s *Service) GivePasskey(ctx context.Context, token string, at Place, a Answer) (string, error) {
	v, err := s.Session(ctx, token)
	if err != nil {
		return "", err
	}
	if v.State != AwaitsFactor {
		return "", ErrNoSession
	}
	w, h, err := s.partyOf(ctx, v.Person, at)
	if err != nil {
		return "", err
	}
	return s.finish(ctx, v, func(tx *sqlite.Tx) error {
		data, ok := s.asked.take(a.Mark)
		parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(a.Credential))
		if !ok || err != nil || string(data.UserID) != string(v.Person) {
			return ErrWrongFactor
		}
		c, err := w.ValidateLogin(h, data, parsed)
		if err != nil {
			return ErrWrongFactor
		}
		return s.used(ctx, tx, v.Person, c)
	})
}

// SignInPasskey opens a whole session by a key that names its person and has
// checked who holds the device. Whose password ended, after a change of the master
// key, gets a new one first: a key alone does not open. Nobody guesses a key, so nobody has to wait for
// another. It fails with ErrPasskey.
func (s *Service) SignInPasskey(ctx context.Context, at Place, a Answer, t Try) (string, State, error) {
	p, c, err := s.claimed(ctx, at, a)
	if err != nil {
		return "", Nobody, err
	}
	err = s.db.Tx(ctx, func(tx *sqlite.Tx) error { return s.used(ctx, tx, p.ID, c) })
	if errors.Is(err, ErrWrongFactor) {
		return "", Nobody, ErrPasskey
	}
	if err != nil {
		return "", Nobody, fmt.Errorf("signing in by a passkey: %w", err)
	}
	return s.enter(ctx, p, t, true)
}

// claimed checks a key and returns the active person whose it is.
func (s *Service) claimed(ctx context.Context, at Place, a Answer) (Person, *webauthn.Credential, error) {
	data, ok := s.asked.take(a.Mark)
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(a.Credential))
	if !ok || err != nil || len(data.UserID) != 0 {
		return Person{}, nil, ErrPasskey
	}
	w, err := at.party("casehub")
	if err != nil {
		return Person{}, nil, err
	}
	user, c, err := w.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		return s.holder(ctx, ID(handle), at.Host)
	}, data, parsed)
	if err != nil {
		return Person{}, nil, ErrPasskey
	}
	h, ok := user.(holder)
	// A key stands in for a password that there is, never for one that ended.
	if !ok || h.Status != Active || !h.HasPassword || !c.Flags.UserVerified {
		return Person{}, nil, ErrPasskey
	}
	return h.Person, c, nil
}

// used saves the counter of a key. One that runs backwards is a copy.
func (s *Service) used(ctx context.Context, tx *sqlite.Tx, id ID, c *webauthn.Credential) error {
	if c.Authenticator.CloneWarning {
		return ErrWrongFactor
	}
	b, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("keeping a passkey: %w", err)
	}
	return usePasskey(ctx, tx, id, c.ID, string(b), s.now())
}

// How long a question stands, and how many do.
const (
	questionLife  = 5 * time.Minute
	mostQuestions = 2000
)

// challenges are the questions that wait for their answers, each for one.
type challenges struct {
	now func() time.Time

	mu   sync.Mutex
	open map[string]challenge
}

type challenge struct {
	data webauthn.SessionData
	at   time.Time
}

func newChallenges(now func() time.Time) *challenges {
	return &challenges{now: now, open: map[string]challenge{}}
}

func (c *challenges) put(options any, data webauthn.SessionData) (Question, error) {
	b, err := json.Marshal(options)
	if err != nil {
		return Question{}, fmt.Errorf("asking for a passkey: %w", err)
	}
	mark, _ := newToken()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.makeRoom()
	c.open[mark] = challenge{data, c.now()}
	return Question{Options: string(b), Mark: mark}, nil
}

// makeRoom drops questions that are too old, and any other when there are too
// many.
func (c *challenges) makeRoom() {
	for mark, q := range c.open {
		if c.now().Sub(q.at) > questionLife || len(c.open) >= mostQuestions {
			delete(c.open, mark)
		}
	}
}

func (c *challenges) take(mark string) (webauthn.SessionData, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q, ok := c.open[mark]
	delete(c.open, mark)
	return q.data, ok && c.now().Sub(q.at) <= questionLife
}
