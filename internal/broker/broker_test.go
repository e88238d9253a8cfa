package broker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/internal/broker"
	"casehub/internal/pki"
	"casehub/internal/release"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

// bench is a running broker with the hub connected and two offices.
type bench struct {
	server *broker.Server
	ca     string
	hub    jetstream.JetStream
	stream jetstream.Stream
	keys   map[uint32]nkeys.KeyPair
}

func newKey(t *testing.T) nkeys.KeyPair {
	t.Helper()
	k, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func public(t *testing.T, k nkeys.KeyPair) string {
	t.Helper()
	p, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func start(t *testing.T, folder string) *bench {
	t.Helper()
	hubKey, err := broker.OpenKey(filepath.Join(folder, "hub.nk"))
	if err != nil {
		t.Fatal(err)
	}
	name, err := hubKey.Public()
	if err != nil {
		t.Fatal(err)
	}
	ca, err := pki.Open(filepath.Join(folder, "ca"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := broker.Start(broker.Settings{
		Folder: filepath.Join(folder, "nats"), Listen: "127.0.0.1:0",
		TLS: ca.Server([]string{"127.0.0.1"}), HubKey: name, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	b := &bench{server: s, ca: ca.File(), keys: map[uint32]nkeys.KeyPair{1: newKey(t), 2: newKey(t)}}
	b.offices(t)
	c, err := broker.Connect(broker.Access{URL: s.URL(), CAFile: ca.File(), Key: hubKey, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if b.hub, err = jetstream.New(c); err != nil {
		t.Fatal(err)
	}
	if b.stream, err = broker.Stream(t.Context(), b.hub, 1); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) offices(t *testing.T) {
	t.Helper()
	var all []broker.Office
	for n, k := range b.keys {
		all = append(all, broker.Office{OrgUnit: n, Key: public(t, k)})
	}
	if err := b.server.SetOffices(all); err != nil {
		t.Fatal(err)
	}
}

// connect connects as an office does. Errors of the connection arrive on the
// channel.
func (b *bench) connect(t *testing.T, orgUnit uint32) (*nats.Conn, chan error) {
	t.Helper()
	k := b.keys[orgUnit]
	errs := make(chan error, 100)
	c, err := nats.Connect(b.server.URL(), nats.RootCAs(b.ca), nats.Nkey(public(t, k), k.Sign),
		nats.CustomInboxPrefix(broker.Inbox(orgUnit)),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { errs <- err }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, errs
}

func (b *bench) messages(t *testing.T) uint64 {
	t.Helper()
	info, err := b.stream.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info.State.Msgs
}

func publish(t *testing.T, c *nats.Conn, subject string, data []byte) error {
	t.Helper()
	js, err := jetstream.New(c, jetstream.WithDefaultTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	_, err = js.Publish(t.Context(), subject, data, jetstream.WithRetryAttempts(0))
	return err
}

func TestAnOfficePublishesOnItsOwnSubject(t *testing.T) {
	b := start(t, t.TempDir())
	c, _ := b.connect(t, 1)
	if err := publish(t, c, release.Subject(1), []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	if n := b.messages(t); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

func TestAnOfficeMayNotPublishElsewhere(t *testing.T) {
	b := start(t, t.TempDir())
	c, errs := b.connect(t, 1)
	for _, subject := range []string{
		release.Subject(2), "casehub.v1.release.1.x", "casehub.v1.release", "casehub.v1.share.1",
		"_INBOX_2.x", "_INBOX_hub.x", "_INBOX.x", "anything",
		"$JS.API.INFO", "$JS.API.STREAM.INFO.RELEASES", "$JS.API.STREAM.PURGE.RELEASES",
		"$JS.API.STREAM.DELETE.RELEASES", "$JS.API.STREAM.UPDATE.RELEASES", "$JS.API.STREAM.CREATE.MINE",
		"$JS.API.STREAM.MSG.GET.RELEASES", "$JS.API.STREAM.MSG.DELETE.RELEASES", "$JS.API.DIRECT.GET.RELEASES",
		"$JS.API.CONSUMER.CREATE.RELEASES.mine", "$JS.API.CONSUMER.MSG.NEXT.RELEASES.ingest",
		"$JS.API.CONSUMER.DELETE.RELEASES.ingest", "$JS.ACK.RELEASES.ingest.1.1.1.1.0",
		"$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING.CONNZ",
	} {
		if err := c.Publish(subject, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, c, errs, "publish "+subject)
	}
	if n := b.messages(t); n != 0 {
		t.Errorf("%d messages in the stream, want none", n)
	}
}

func TestAnOfficeMayNotListenElsewhere(t *testing.T) {
	b := start(t, t.TempDir())
	c, errs := b.connect(t, 1)
	for _, subject := range []string{
		">", "*.>", release.Subjects, release.Subject(1), release.Subject(2),
		"_INBOX.>", "_INBOX_2.>", "_INBOX_hub.>", "$JS.EVENT.>", "$JS.ACK.>", "$SYS.>",
	} {
		if _, err := c.Subscribe(subject, func(*nats.Msg) {}); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, c, errs, "subscribe "+subject)
	}
}

func wantRefused(t *testing.T, c *nats.Conn, errs chan error, what string) {
	t.Helper()
	if err := c.FlushTimeout(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-errs:
		if !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %v, want a permission violation", what, err)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s was let through", what)
	}
}

// An office picks the subject of the server's answer, and the server is not
// held to the office's permissions when it answers. Pointing the answer at the
// API must not make the server harm the stream.
func TestTheServersAnswerIsNoWayIn(t *testing.T) {
	b := start(t, t.TempDir())
	consumer, err := b.stream.CreateConsumer(t.Context(), jetstream.ConsumerConfig{Durable: "ingest", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	other, _ := b.connect(t, 2)
	if err := publish(t, other, release.Subject(2), []byte("of another office")); err != nil {
		t.Fatal(err)
	}
	batch, err := consumer.Fetch(1)
	if err != nil {
		t.Fatal(err)
	}
	ackSubject := (<-batch.Messages()).Reply()
	c, _ := b.connect(t, 1)
	for _, reply := range []string{
		"$JS.API.STREAM.DELETE.RELEASES", "$JS.API.STREAM.PURGE.RELEASES", "$JS.API.STREAM.MSG.DELETE.RELEASES",
		"$JS.API.CONSUMER.DELETE.RELEASES.ingest", "$JS.API.CONSUMER.PAUSE.RELEASES.ingest", ackSubject,
	} {
		for _, data := range []string{"", "{}", `{"seq":1}`, "+ACK", "+TERM"} {
			if err := c.PublishRequest(release.Subject(1), reply, []byte(data)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := publish(t, c, release.Subject(1), []byte("last")); err != nil {
		t.Fatal(err)
	}
	info, err := consumer.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.NumAckPending != 1 || info.AckFloor.Stream != 0 {
		t.Errorf("another office's message was acknowledged: %d pending, floor %d", info.NumAckPending, info.AckFloor.Stream)
	}
	first, err := b.hub.Stream(t.Context(), release.Stream)
	if err != nil {
		t.Fatal(err)
	}
	if n := first.CachedInfo().State; n.FirstSeq != 1 || n.NumDeleted != 0 {
		t.Errorf("the stream begins at %d with %d deleted, want all kept", n.FirstSeq, n.NumDeleted)
	}
}

// The answer can even be made to land on another office's subject. It is the
// server's word and nothing of the office's: ingest must go by signatures, never
// by subjects alone.
func TestAnAnswerOnAnotherSubjectIsOnlyAnAnswer(t *testing.T) {
	b := start(t, t.TempDir())
	c, _ := b.connect(t, 1)
	if err := c.PublishRequest(release.Subject(1), release.Subject(2), []byte("of the office's choice")); err != nil {
		t.Fatal(err)
	}
	if err := publish(t, c, release.Subject(1), []byte("last")); err != nil {
		t.Fatal(err)
	}
	consumer, err := b.stream.CreateConsumer(t.Context(), jetstream.ConsumerConfig{
		Durable: "probe", AckPolicy: jetstream.AckExplicitPolicy, FilterSubject: release.Subject(2),
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := consumer.Next(jetstream.FetchMaxWait(5 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Headers()) != 0 || !strings.HasPrefix(string(m.Data()), `{"stream":`) || strings.Contains(string(m.Data()), "choice") {
		t.Errorf("an office put %q on another's subject", m.Data())
	}
}

func TestTheHubItselfMayNotDelete(t *testing.T) {
	b := start(t, t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := b.hub.DeleteStream(ctx, release.Stream); err == nil {
		t.Error("the hub deleted the stream")
	}
	if err := b.stream.Purge(ctx); err == nil {
		t.Error("the hub purged the stream")
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	b := start(t, t.TempDir())
	stranger := newKey(t)
	for name, opts := range map[string][]nats.Option{
		"no name":        {nats.RootCAs(b.ca)},
		"an unknown key": {nats.RootCAs(b.ca), nats.Nkey(public(t, stranger), stranger.Sign)},
		"a borrowed key": {nats.RootCAs(b.ca), nats.Nkey(public(t, b.keys[1]), stranger.Sign)},
		"no authority":   {nats.Nkey(public(t, b.keys[1]), b.keys[1].Sign)},
	} {
		if c, err := nats.Connect(b.server.URL(), opts...); err == nil {
			c.Close()
			t.Errorf("%s was let in", name)
		}
	}
	plain := strings.Replace(b.server.URL(), "tls://", "nats://", 1)
	k := b.keys[1]
	if c, err := nats.Connect(plain, nats.Nkey(public(t, k), k.Sign)); err == nil {
		c.Close()
		t.Error("a connection without TLS was let in")
	}
}

func TestAnOfficeComesWithoutARestart(t *testing.T) {
	b := start(t, t.TempDir())
	old, _ := b.connect(t, 1)
	b.keys[3] = newKey(t)
	b.offices(t)
	c, _ := b.connect(t, 3)
	for n, conn := range map[uint32]*nats.Conn{1: old, 3: c} {
		if err := publish(t, conn, release.Subject(n), []byte("sealed")); err != nil {
			t.Errorf("office %d: %v", n, err)
		}
	}
}

func TestAnOfficeThatIsGoneIsCut(t *testing.T) {
	b := start(t, t.TempDir())
	c, _ := b.connect(t, 2)
	delete(b.keys, 2)
	b.offices(t)
	if err := publish(t, c, release.Subject(2), []byte("sealed")); err == nil {
		t.Error("an office that is gone published")
	}
}

func TestMessagesOutliveTheServer(t *testing.T) {
	folder := t.TempDir()
	b := start(t, folder)
	c, _ := b.connect(t, 1)
	for i := range 3 {
		if err := publish(t, c, release.Subject(1), fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	b.server.Stop()
	again := start(t, folder)
	if n := again.messages(t); n != 3 {
		t.Errorf("%d messages after a restart, want 3", n)
	}
}

func TestSizes(t *testing.T) {
	b := start(t, t.TempDir())
	c, _ := b.connect(t, 1)
	if err := publish(t, c, release.Subject(1), make([]byte, release.MaxSealedBytes)); err != nil {
		t.Errorf("the largest release: %v", err)
	}
	if err := publish(t, c, release.Subject(1), make([]byte, 40<<10)); err == nil {
		t.Error("40 KiB were taken")
	}
}

func TestAStreamThatForgetsIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*jetstream.StreamConfig){
		"age":        func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour },
		"count":      func(c *jetstream.StreamConfig) { c.MaxMsgs = 10 },
		"memory":     func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		"deletes":    func(c *jetstream.StreamConfig) { c.DenyDelete = false },
		"work queue": func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy },
	} {
		t.Run(name, func(t *testing.T) {
			js := outside(t)
			c := jetstream.StreamConfig{
				Name: release.Stream, Subjects: []string{release.Subjects},
				Storage: jetstream.FileStorage, DenyDelete: true, DenyPurge: true,
			}
			spoil(&c)
			if _, err := js.CreateStream(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if _, err := broker.Stream(t.Context(), js, 1); !errors.Is(err, broker.ErrStream) {
				t.Errorf("got %v, want ErrStream", err)
			}
		})
	}
}

// An office that comes must not disturb those that are there: neither the hub,
// which waits for messages, nor an office that is just connecting.
func TestAnOfficeThatComesDisturbsNobody(t *testing.T) {
	b := start(t, t.TempDir())
	consumer, err := b.stream.CreateConsumer(t.Context(), jetstream.ConsumerConfig{Durable: "ingest", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		t.Fatal(err)
	}
	defer messages.Stop()
	c, _ := b.connect(t, 1)
	var list []broker.Office
	for n, k := range b.keys {
		list = append(list, broker.Office{OrgUnit: n, Key: public(t, k)})
	}
	var more []broker.Office
	for n := range uint32(30) {
		more = append(more, broker.Office{OrgUnit: 100 + n, Key: public(t, newKey(t))})
	}
	came := make(chan bool)
	go func() {
		defer close(came)
		for _, o := range more {
			list = append(list, o)
			if err := b.server.SetOffices(list); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	for coming := true; coming; {
		select {
		case <-came:
			coming = false
		default:
			other, _ := b.connect(t, 2)
			other.Close()
		}
	}
	for i := range 5 {
		if err := publish(t, c, release.Subject(1), fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
		m, err := messages.Next(jetstream.NextMaxWait(2 * time.Second))
		if err != nil {
			t.Fatalf("message %d did not reach the hub: %v", i, err)
		}
		if err := m.Ack(); err != nil {
			t.Fatal(err)
		}
	}
}
