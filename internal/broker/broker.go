// Package broker carries sealed releases: it runs the hub's own nats-server
// with JetStream, or connects to an outside one, and holds what both must have,
// which is the stream and who may do what.
//
// An office may publish on its own subject and listen on its own inbox, and
// nothing else: no other office's subject, no inbox of another, no part of the
// JetStream API. The hub may read the stream and acknowledge; neither it nor
// anybody else may delete a message, purge or delete the stream. Every message
// is synced to disk before it is acknowledged. An acknowledgement still proves
// nothing to an office: only a receipt signed by the hub does (privacy rules 0.7
// and 4).
//
// The server is in server.go, permissions in users.go, connections and the
// stream in connect.go.
package broker

import (
	"time"

	"casehub/internal/errs"
)

const (
	// maxMessage is the largest message that the stream takes: a sealed release
	// with its subject and headers.
	maxMessage = 33 << 10
	// maxPayload is the largest message that the server reads from anybody.
	maxPayload = 64 << 10
	// dedupe is how long the server remembers message names. It saves traffic
	// only; that a release counts once is the ledger's work.
	dedupe = 10 * time.Minute
)

// Errors that the one who runs the hub can mend.
var (
	// ErrStream reports a stream of the right name that may lose releases.
	ErrStream = errs.New(errs.Conflict, "broker.stream-unsafe").On("stream")
	// ErrAddress reports an address to listen on that is none.
	ErrAddress = errs.New(errs.Invalid, "broker.address").On("listen")
)

// Office is an office as the broker knows it.
type Office struct {
	OrgUnit uint32
	// Key is the public nkey of its connection.
	Key string
}
