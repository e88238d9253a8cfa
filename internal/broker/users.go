package broker

import (
	"encoding/base64"
	"sync"

	"casehub/internal/release"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// hubInbox is the inbox prefix of the hub's own connections.
const hubInbox = "_INBOX_hub"

// Inbox is release.Inbox: offices and the broker go by one rule.
func Inbox(orgUnit uint32) string { return release.Inbox(orgUnit) }

// officeMay is what an office may do: publish its releases and read the server's
// answers.
func officeMay(orgUnit uint32) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{release.Subject(orgUnit)}},
		Subscribe: &server.SubjectPermission{Allow: []string{Inbox(orgUnit) + ".>"}},
	}
}

// hubMay is what the hub itself may do: make the stream and its consumers, read
// and acknowledge. Deleting the stream is not among it, which DenyDelete and
// DenyPurge alone would not rule out.
func hubMay() *server.Permissions {
	const stream = release.Stream
	return &server.Permissions{
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
	}
}

// door decides who may connect and what they may do. The server's own list of
// users would have to be loaded again for each new office, which cuts
// connections that are being made and forgets what the hub is waiting for.
type door struct {
	hubKey string

	mu      sync.RWMutex
	offices map[string]uint32 // by their key
}

// Check lets in who signs the server's challenge with a key that is known.
func (d *door) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if c.Kind() != server.CLIENT || !signed(o.Nkey, c.GetNonce(), o.Sig) {
		return false
	}
	if o.Nkey == d.hubKey {
		c.RegisterUser(&server.User{Permissions: hubMay()})
		return true
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	orgUnit, ok := d.offices[o.Nkey]
	if ok {
		c.RegisterUser(&server.User{Permissions: officeMay(orgUnit)})
	}
	return ok
}

// signed reports whether the text is the key's signature of the challenge.
func signed(key string, challenge []byte, text string) bool {
	signature, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(challenge) == 0 || !nkeys.IsValidPublicUserKey(key) {
		return false
	}
	k, err := nkeys.FromPublicKey(key)
	return err == nil && k.Verify(challenge, signature) == nil
}

// set replaces the offices and returns the keys that are no longer known.
func (d *door) set(offices []Office) (gone []string) {
	known := make(map[string]uint32, len(offices))
	for _, o := range offices {
		known[o.Key] = o.OrgUnit
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, orgUnit := range d.offices {
		if known[key] != orgUnit {
			gone = append(gone, key)
		}
	}
	d.offices = known
	return gone
}
