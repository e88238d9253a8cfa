package ingest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"strconv"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"
)

// Keys knows the keys of offices.
type Keys interface {
	Key(orgUnit, keyID uint32) (ed25519.PublicKey, bool)
}

// message is one message of the stream after its check.
type message struct {
	orgUnit uint32 // by the subject; 0 when that names no office
	stream  uint64
	data    []byte
	// opened is nil unless bytes, office, signature and codes all hold; else
	// reason says what does not.
	opened *release.Opened
	reason releasev1.ReasonCode
	// ours is the refused release, if an enrolled office signed it: only then the
	// refusal is worth a receipt.
	ours *release.Opened
}

// digest names the message by all of its bytes.
func (m message) digest() [32]byte { return sha256.Sum256(m.data) }

// ahead is how far an office's clock may be before the hub's.
const ahead = 24 * time.Hour

// check judges one message that came now. It never fails: what does not hold is
// a reason. A release closes its month, so the month must be over.
func check(subject string, data []byte, keys Keys, codes func(version uint32) *codelist.Registry, now time.Time) (m message) {
	m = message{orgUnit: officeOf(subject), data: data}
	defer func() {
		if recover() != nil {
			m.opened, m.ours, m.reason = nil, nil, malformed
		}
	}()
	o, err := release.Open(data)
	if err != nil {
		m.reason = release.Reason(err)
		return m
	}
	key, ok := keys.Key(o.Release.GetOrgUnit(), o.Sealed.GetKeyId())
	if !ok || o.Release.GetOrgUnit() != m.orgUnit {
		m.reason = unknownOffice
		return m
	}
	if err := o.Verify(key, o.Sealed.GetKeyId()); err != nil {
		m.reason = release.Reason(err)
		return m
	}
	if err := release.CheckCodes(o.Release, codes(o.Release.GetRegistryVersion())); err != nil {
		m.reason, m.ours = release.Reason(err), o
		return m
	}
	if civil.Month(o.Release.GetPeriod()).Add(1).First().Time().After(now.Add(ahead)) {
		m.reason, m.ours = invalid, o
		return m
	}
	m.opened = o
	return m
}

// officeOf returns the office that a subject is for, or 0.
func officeOf(subject string) uint32 {
	text := subject[strings.LastIndexByte(subject, '.')+1:]
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || release.Subject(uint32(n)) != subject {
		return 0
	}
	return uint32(n)
}
