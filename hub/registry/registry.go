// Package registry keeps who may report to the hub: the offices, where they
// are, from when to when they are expected to report, and the keys by which
// their releases and their connections are known.
//
// Nothing is ever removed: an office that closes keeps its row, its key and its
// numbers. Keys are numbered. When an office has had something stolen it makes new
// ones, and the key before brings nothing new from then on; it still verifies what
// counted.
//
// Rules are in registry.go, operations in service.go, SQL in sql.go.
package registry

import (
	"crypto/ed25519"
	"regexp"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/errs"
)

const (
	// MaxOrgUnit is the largest number of an office.
	MaxOrgUnit = 999999
	// MaxKeyID is the largest number of a key.
	MaxKeyID = 1000
)

// Errors that a person at the hub can mend.
var (
	// ErrEnrolled reports an office number that is taken.
	ErrEnrolled = errs.New(errs.Conflict, "registry.enrolled")
	// ErrKeyTaken reports a connection key that an office has already.
	ErrKeyTaken = errs.New(errs.Conflict, "registry.key-taken")
	// ErrKeyUsed reports a key of releases that was an office's before.
	ErrKeyUsed = errs.New(errs.Conflict, "registry.key-used")
	// ErrKeyOld reports a number of a key that the hub has already, or a lower one;
	// its value "newest" is the newest that the hub has.
	ErrKeyOld = errs.New(errs.Conflict, "registry.key-old")
	// ErrKeySkips reports a number of a key with one before it that the hub was never
	// given; its value "next" is the one that follows.
	ErrKeySkips = errs.New(errs.Conflict, "registry.key-skips")
	// ErrUnknown reports a number that no office has.
	ErrUnknown = errs.New(errs.NotFound, "registry.unknown")

	errOrgUnit      = errs.New(errs.Invalid, "registry.org-unit").On("org_unit")
	errName         = errs.New(errs.Invalid, "registry.name").On("name")
	errProvince     = errs.New(errs.Invalid, "registry.province").On("province")
	errNetwork      = errs.New(errs.Invalid, "registry.network").On("network")
	errOpened       = errs.New(errs.Invalid, "registry.opened-on").On("opened_on")
	errClosed       = errs.New(errs.Invalid, "registry.closed-on").On("closed_on")
	errKeyID        = errs.New(errs.Invalid, "registry.key-id").On("key_id")
	errReleaseKey   = errs.New(errs.Invalid, "registry.release-key").On("release_key")
	errTransportKey = errs.New(errs.Invalid, "registry.transport-key").On("transport_key")
)

// Office is one advice office as the hub knows it (DHIS2 orgUnit).
type Office struct {
	// OrgUnit is its number, 1 to MaxOrgUnit.
	OrgUnit  uint32
	Name     string
	Province string
	// Network is "" where the office belongs to none.
	Network string
	// OpenedOn is the first day on which it is expected to report.
	OpenedOn civil.Date
	// ClosedOn is "" while it is open.
	ClosedOn civil.Date
	// KeyID is the number of its newest key, which its releases name; 1 to 1000.
	KeyID uint32
	// ReleaseKey verifies its releases and its requests for receipts.
	ReleaseKey ed25519.PublicKey
	// TransportKey is the public nkey of its connection, "U" and 55 characters.
	TransportKey string
	// KeySince is when the hub was given the newest key; zero in what is enrolled.
	KeySince time.Time
	// HeldSince is when a fork was found; zero while the office is in order.
	HeldSince time.Time
}

// Keys are the keys of an office that take the place of those before.
type Keys struct {
	OrgUnit uint32
	// KeyID, ReleaseKey and TransportKey are as in an Office.
	KeyID        uint32
	ReleaseKey   ed25519.PublicKey
	TransportKey string
}

// Check reports the first thing that keeps the keys from being an office's.
func (k Keys) Check() error {
	switch {
	case k.OrgUnit == 0 || k.OrgUnit > MaxOrgUnit:
		return errOrgUnit
	case k.KeyID == 0 || k.KeyID > MaxKeyID:
		return errKeyID
	case len(k.ReleaseKey) != ed25519.PublicKeySize:
		return errReleaseKey
	case !userKey.MatchString(k.TransportKey):
		return errTransportKey
	}
	return nil
}

// Follow says whether the keys may come after the key with the newest number: none
// is left out and none comes back. It fails with ErrKeyOld or ErrKeySkips.
func (k Keys) Follow(newest uint32) error {
	switch {
	case k.KeyID <= newest:
		return ErrKeyOld.With("newest", newest)
	case k.KeyID > newest+1:
		return ErrKeySkips.With("next", newest+1)
	}
	return nil
}

// Held reports whether a fork was found in the office's releases.
func (o Office) Held() bool { return !o.HeldSince.IsZero() }

var userKey = regexp.MustCompile(`^U[A-Z2-7]{55}$`)

// Check reports the first thing that keeps the office from being enrolled.
func (o Office) Check() error {
	switch {
	case o.OrgUnit == 0 || o.OrgUnit > MaxOrgUnit:
		return errOrgUnit
	case !label(o.Name):
		return errName
	case !label(o.Province):
		return errProvince
	case o.Network != "" && !label(o.Network):
		return errNetwork
	case !day(o.OpenedOn):
		return errOpened
	case o.ClosedOn != "" && (!day(o.ClosedOn) || o.ClosedOn.Before(o.OpenedOn)):
		return errClosed
	}
	return Keys{o.OrgUnit, o.KeyID, o.ReleaseKey, o.TransportKey}.Check()
}

func day(d civil.Date) bool {
	_, err := civil.Parse(string(d))
	return err == nil
}

// label holds for a name of at most 100 bytes on one line without blanks around.
func label(s string) bool {
	return s != "" && len(s) <= 100 && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
}
