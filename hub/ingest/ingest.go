// Package ingest takes releases in: it reads them from the stream, checks every
// byte, and commits each with its facts in one transaction. Only then does it
// sign a receipt, and only after that does it acknowledge the message.
//
// Nothing here trusts the stream. A message may come twice, late, out of order,
// from the wrong office or made of anything; the key of a release is its office
// and sequence, its identity the digest of its bytes. The same bytes again are
// a duplicate. Other bytes under a used number are a fork: both are kept, the
// office is held and an alarm is raised. A release whose predecessor has not
// arrived waits and does not count. What is refused leaves a digest and a reason
// in the database, never its bytes (privacy rules 2.4); the stream, of which
// nothing may be deleted, keeps the message as it came. A key that was replaced
// brings nothing new, and whoever has it gets no receipt.
//
// The rules of the chain are in chain.go, the check of a message in check.go,
// the transaction in commit.go, receipts in receipts.go, the pipeline in run.go
// and write.go, the proof that all facts follow from the kept bytes in
// rebuild.go, what a person decides about a held office in resume.go and about an
// office's keys in renew.go, and SQL in the files named after it.
package ingest

import (
	"crypto/ed25519"
	"log/slog"
	"time"

	"casehub/hub/registry"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// batchSize is the most messages in one transaction.
	batchSize = 50
	// linger is how long a transaction waits for more messages at most, and lull
	// how long after the last one: a quiet stream is answered at once.
	linger = 200 * time.Millisecond
	lull   = 5 * time.Millisecond
	// writers is how many transactions run at once. An office has one writer.
	writers = 2
)

// Meter counts what happens. Its numbers never tell offices apart.
type Meter interface {
	// Message counts the hub's word on one message.
	Message(releasev1.ReceiptStatus, releasev1.ReasonCode)
	// Committed counts one transaction.
	Committed(releases, facts int, took time.Duration)
	// Pending says how many messages the stream holds that were not taken in.
	Pending(messages uint64)
}

// Ingest takes in the releases of one hub.
type Ingest struct {
	db    *pgxpool.Pool
	reg   *registry.Registry
	key   ed25519.PrivateKey
	meter Meter
	log   *slog.Logger
	now   func() time.Time
}

// New returns an Ingest that signs receipts with the key.
func New(db *pgxpool.Pool, reg *registry.Registry, key ed25519.PrivateKey, meter Meter, log *slog.Logger, now func() time.Time) *Ingest {
	return &Ingest{db: db, reg: reg, key: key, meter: meter, log: log, now: now}
}

// Short names of the hub's words and reasons.
const (
	accepted  = releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED
	duplicate = releasev1.ReceiptStatus_RECEIPT_STATUS_DUPLICATE
	waits     = releasev1.ReceiptStatus_RECEIPT_STATUS_WAITING
	refused   = releasev1.ReceiptStatus_RECEIPT_STATUS_REFUSED
	forked    = releasev1.ReceiptStatus_RECEIPT_STATUS_FORK

	noReason      = releasev1.ReasonCode_REASON_CODE_UNSPECIFIED
	unknownOffice = releasev1.ReasonCode_REASON_CODE_UNKNOWN_OFFICE
	malformed     = releasev1.ReasonCode_REASON_CODE_MALFORMED
	invalid       = releasev1.ReasonCode_REASON_CODE_INVALID
	gap           = releasev1.ReasonCode_REASON_CODE_GAP
	chainBroken   = releasev1.ReasonCode_REASON_CODE_CHAIN_BROKEN
	isFork        = releasev1.ReasonCode_REASON_CODE_FORK
	officeHeld    = releasev1.ReasonCode_REASON_CODE_OFFICE_HELD
	keyReplaced   = releasev1.ReasonCode_REASON_CODE_KEY_REPLACED
)
