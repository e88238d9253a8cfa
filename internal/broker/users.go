package broker

import (
	"fmt"

	"casehub/internal/release"

	"github.com/nats-io/nats-server/v2/server"
)

// hubInbox is the inbox prefix of the hub's own connections.
const hubInbox = "_INBOX_hub"

// Inbox returns the inbox prefix of an office's connections. The common prefix
// would let each office read the answers to all of them.
func Inbox(orgUnit uint32) string { return fmt.Sprintf("_INBOX_%d", orgUnit) }

// office returns what an office may do: publish its releases and read the
// server's answers.
func (o Office) user(a *server.Account) *server.NkeyUser {
	return &server.NkeyUser{Nkey: o.Key, Account: a, Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{release.Subject(o.OrgUnit)}},
		Subscribe: &server.SubjectPermission{Allow: []string{Inbox(o.OrgUnit) + ".>"}},
	}}
}

// hub returns what the hub itself may do: make the stream and its consumers,
// read and acknowledge. Deleting the stream is not among it, which DenyDelete
// and DenyPurge alone would not rule out.
func hubUser(key string, a *server.Account) *server.NkeyUser {
	const stream = release.Stream
	return &server.NkeyUser{Nkey: key, Account: a, Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{
			"$JS.API.INFO",
			"$JS.API.STREAM.CREATE." + stream,
			"$JS.API.STREAM.INFO." + stream,
			"$JS.API.CONSUMER.CREATE." + stream + ".>",
			"$JS.API.CONSUMER.DURABLE.CREATE." + stream + ".>",
			"$JS.API.CONSUMER.INFO." + stream + ".>",
			"$JS.API.CONSUMER.MSG.NEXT." + stream + ".>",
			"$JS.ACK.>",
		}},
		Subscribe: &server.SubjectPermission{Allow: []string{hubInbox + ".>"}},
	}}
}
