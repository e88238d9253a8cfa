// Package egress is the one way out of a node. It alone builds what leaves,
// judges the very bytes that will be sent, signs, keeps, sends, and believes
// only a receipt that the hub signed. No other package of a node may reach the
// network.
//
// A month becomes a draft first: the exact bytes that would leave. One person checks
// it and another approves its digest; in an office of one, somebody from afar does,
// after 48 hours. Then it becomes a release in one transaction: the ledger marks its
// groups, the release is encoded, decoded again from its bytes and checked, the
// evidence is counted again from the database, the policy accepts group by group,
// the bytes are those that were approved, and only then is it signed and stored with
// its place in the outbox and the decision. Anything that fails leaves nothing but
// the decision. Source: privacy rules 2.3 and 3.1.
//
// Drafts are made in draft.go, approved in approve.go and sealed in seal.go, from afar
// in remote.go, for which their file is handed out in handed.go; months are closed in
// close.go, judged in gate.go, recorded in decisions.go; the outbox is drained in
// send.go and emptied in receipts.go, over the connections of link.go. After a restore
// all waits for a person in paused.go. Keys are in keys.go and replaced in renew.go, SQL
// is in sql.go and the files named after it, pages are in http.go.
package egress

import (
	"crypto/ed25519"
	"errors"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/ledger"
	"casehub/policy"
	releasev1 "casehub/proto/casehub/release/v1"
)

var (
	// ErrRefused reports that the gate let nothing out. The decision log has the
	// code of the check that refused.
	ErrRefused = errs.New(errs.Conflict, "egress.refused")
	// ErrPeriodClosed reports a month that is not after the last released one.
	ErrPeriodClosed = errs.New(errs.Conflict, "egress.period-closed")
	// ErrPeriodOpen reports a month that has not ended.
	ErrPeriodOpen = errs.New(errs.Conflict, "egress.period-open")
	// ErrNoHub reports that no hub is set up, so that releases wait here.
	ErrNoHub = errs.New(errs.Unavailable, "egress.no-hub")
)

// Office is whose releases these are.
type Office struct {
	// OrgUnit is the office's number at the hub, 1 to 999999.
	OrgUnit uint32
	// First is the month of its first release, which decides on the plan before there
	// is one.
	First civil.Month
}

// Link is where the hub is and how to know it.
type Link struct {
	// NATSURL is the broker's address, tls://host:port.
	NATSURL string
	// GRPCAddr is the hub's gRPC address, host:port.
	GRPCAddr string
	// CA is the hub's own certificate authority, PEM.
	CA []byte
	// ReceiptKey is the key by which the hub signs receipts.
	ReceiptKey ed25519.PublicKey
}

// Gate closes months and sends releases.
type Gate struct {
	// Heard hears how every attempt to draft or to seal a release ended, whoever asked
	// for it: nil is a release that was sealed. A nil Heard is nobody.
	Heard func(error)

	db     *sqlite.DB
	staff  Staff
	ledger *ledger.Ledger
	reg    *codelist.Registry
	office Office
	own    policy.Limits
	packs  PackSettings
	keys   keys
	link   *Link
	now    func() time.Time
	checks []check
	stack  *stack
}

// New makes the gate of an office. What the ledger's limits are stricter in than
// the national ones is a layer of its own. A nil link keeps releases in the outbox. The
// keys are made at the first call and kept in the database.
func New(db *sqlite.DB, staff Staff, l *ledger.Ledger, reg *codelist.Registry, packs PackSettings, office Office, link *Link, now func() time.Time) (*Gate, error) {
	if office.OrgUnit == 0 || office.OrgUnit > 999_999 {
		return nil, errors.New("the office's number must be from 1 to 999999")
	}
	k, err := loadKeys(db)
	if err != nil {
		return nil, err
	}
	g := &Gate{db: db, staff: staff, ledger: l, reg: reg, own: Settings(l.Limits()), packs: packs, stack: &stack{}, office: office, keys: k, link: link, now: now}
	g.checks = g.allChecks()
	return g, nil
}

// Release is one release that was sealed, with what became of it.
type Release struct {
	Sequence uint32
	Kind     releasev1.ReleaseKind
	// Voids is the sequence of the release that this one takes back; 0 for none.
	Voids       uint32
	Period      civil.Month
	Digest      []byte
	SealedAt    time.Time
	SentAt      time.Time // zero before
	ReceiptedAt time.Time // zero before
	Status      releasev1.ReceiptStatus
	Reason      releasev1.ReasonCode
}

// State is where a release stands, as the pages name it.
func (r Release) State() string {
	switch {
	case !r.ReceiptedAt.IsZero():
		return "receipted"
	case r.Status == releasev1.ReceiptStatus_RECEIPT_STATUS_REFUSED, r.Status == releasev1.ReceiptStatus_RECEIPT_STATUS_FORK:
		return "refused"
	case !r.SentAt.IsZero():
		return "sent"
	default:
		return "sealed"
	}
}
