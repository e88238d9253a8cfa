package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"casehub/internal/pace"
	"casehub/internal/sqlite"
)

// What a wrong password and a wrong code cost. A wait for a password is never
// longer than somebody can stand at the door, so that nobody is shut out; a code
// of six digits is asked only of who had the password right, and there the wait
// has to carry more.
var (
	passwordWaits = pace.Rules{Free: 5, First: time.Second, Most: 30 * time.Second, Pardon: 10 * time.Minute}
	factorWaits   = pace.Rules{Free: 4, First: time.Second, Most: 15 * time.Minute, Pardon: 10 * time.Minute}
)

// All strangers together get one wrong password a second, and so many at once.
const (
	strangerEvery = time.Second
	strangersOnce = 20
	// crowdWait is what somebody is told to wait at a place with a crowd.
	crowdWait = 2 * time.Second
)

// Known devices: for how long a browser is known after a sign-in by it, and how
// many somebody has.
const (
	deviceLife  = 180 * 24 * time.Hour
	mostDevices = 20
)

// From is where a try comes from.
type From struct {
	Source string // network address
	// Device is what the browser holds since somebody came in by it, "" for
	// nothing.
	Device string
}

// at is a place as waits know it.
type at struct {
	place pace.Place
	known bool // the person came in there before, or has a session there
}

// ofSession is the place of an open session: what is typed elsewhere makes its
// owner wait for nothing.
func ofSession(v Session) at { return at{pace.Named("session", v.ID), true} }

// console is the place of the command line.
func console() at { return at{pace.Named("console", ""), true} }

// place returns where a person tries from: a browser that they came in by before
// is a place of its own, whoever else is at the same address.
func (s *Service) place(ctx context.Context, id ID, f From) (at, error) {
	known, err := knowsDevice(ctx, s.db, id, deviceDigest(f.Device), s.now().Add(-deviceLife))
	if err != nil {
		return at{}, fmt.Errorf("looking for a known browser: %w", err)
	}
	if known {
		return at{pace.Named("device", hex.EncodeToString(deviceDigest(f.Device))), true}, nil
	}
	return at{place: pace.Address(f.Source)}, nil
}

func deviceDigest(device string) []byte {
	sum := sha256.Sum256([]byte("device\x00" + device))
	return sum[:]
}

// turn waits until a password may be computed. Done ends it.
func (s *Service) turn(ctx context.Context, from at) (done func(failed bool), err error) {
	if from.known {
		over, err := s.turns.Known(ctx)
		return func(bool) { over() }, err
	}
	done, err = s.turns.Stranger(ctx, from.place)
	if errors.Is(err, pace.ErrCrowded) {
		return nil, tooSoon(crowdWait)
	}
	return done, err
}

// Remember notes that the owner of an open session came in by a browser, and
// returns what the browser has to hold from now on. "" where the session is not
// open.
func (s *Service) Remember(ctx context.Context, v Session, device string) (string, error) {
	if v.State < MustChangePassword {
		return "", nil
	}
	if len(device) != tokenLength {
		device, _ = newToken()
	}
	err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := upsertDevice(ctx, tx, v.Person, deviceDigest(device), s.now()); err != nil {
			return err
		}
		return deleteOldDevices(ctx, tx, v.Person, mostDevices)
	})
	if err != nil {
		return "", fmt.Errorf("remembering a browser: %w", err)
	}
	return device, nil
}
