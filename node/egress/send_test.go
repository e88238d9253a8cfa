package egress

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"casehub/internal/broker"
	"casehub/internal/pki"
)

// post is a broker that lets the office in whose key it was given.
type post struct {
	server *broker.Server
	link   *broker.Link
	office *Link
}

func newPost(t *testing.T) *post {
	t.Helper()
	authority, err := pki.Open(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(authority.File())
	if err != nil {
		t.Fatal(err)
	}
	key, err := broker.OpenKey(filepath.Join(t.TempDir(), "broker.seed"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.Public()
	if err != nil {
		t.Fatal(err)
	}
	log, p := slog.New(slog.DiscardHandler), &post{}
	p.server, err = broker.Start(broker.Settings{
		Folder: t.TempDir(), Listen: "127.0.0.1:0", TLS: authority.Server([]string{"127.0.0.1"}), HubKey: public, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.server.Stop)
	p.link, err = broker.Open(t.Context(), broker.Access{URL: p.server.URL(), CAFile: authority.File(), Key: key, Log: log}, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.link.Close)
	p.office = &Link{NATSURL: p.server.URL(), CA: ca}
	return p
}

// enrol lets an office in by its newest key, and by no other.
func (p *post) enrol(t *testing.T, g *Gate) {
	t.Helper()
	e, err := g.Enrolment()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.server.SetOffices([]broker.Office{{OrgUnit: e.OrgUnit, Key: e.TransportKey}}); err != nil {
		t.Fatal(err)
	}
}

// arrives sends the outbox and checks how many messages the stream holds then.
func (p *post) arrives(t *testing.T, when string, g *Gate, want uint64) {
	t.Helper()
	if _, err := g.drain(t.Context()); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	info, err := p.link.Stream.Info(t.Context())
	if err != nil || info.State.Msgs != want {
		t.Errorf("%s: the stream holds %d messages, %v; want %d", when, info.State.Msgs, err, want)
	}
}

// What a thief sent by the old seal may have been refused. The same release sealed again
// is another message, which the broker must not take for a repetition.
func TestAReleaseThatWasSealedAgainArrives(t *testing.T) {
	p := newPost(t)
	g, db := newOffice(t)
	g.link = p.office
	openCases(t, db, 0, 30, 1101, "2026-07-10")
	closing(t, g, 202607, 202608)
	if _, err := g.drain(t.Context()); !errors.Is(err, ErrKeyUnknown) {
		t.Errorf("a broker that does not know the office: %v, want ErrKeyUnknown", err)
	}
	p.enrol(t, g)
	p.arrives(t, "sent", g, 2)
	p.arrives(t, "repeated", g, 2)
	after := renewed(t, db, p.office)
	if _, err := after.drain(t.Context()); !errors.Is(err, ErrKeyUnknown) {
		t.Errorf("a broker that does not know the new key: %v, want ErrKeyUnknown", err)
	}
	p.enrol(t, after)
	p.arrives(t, "sealed again", after, 4)
	if _, err := g.drain(t.Context()); err == nil {
		t.Error("whoever has the old keys sent something")
	}
}
