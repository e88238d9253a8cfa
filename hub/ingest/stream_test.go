package ingest

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"casehub/internal/broker"
	"casehub/internal/pki"
	"casehub/internal/release"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// carrier is a broker of a test's own, with the hub connected.
type carrier struct {
	server *broker.Server
	ca     string
	stream jetstream.Stream
}

// carry starts a broker and lets the bench's offices in.
func carry(t testing.TB, b *bench) *carrier {
	t.Helper()
	folder, quiet := t.TempDir(), slog.New(slog.DiscardHandler)
	ca, err := pki.Open(filepath.Join(folder, "ca"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	key, err := broker.OpenKey(filepath.Join(folder, "hub.seed"))
	if err != nil {
		t.Fatal(err)
	}
	name, err := key.Public()
	if err != nil {
		t.Fatal(err)
	}
	s, err := broker.Start(broker.Settings{
		Folder: filepath.Join(folder, "nats"), Listen: "127.0.0.1:0",
		TLS: ca.Server([]string{"127.0.0.1"}), HubKey: name, Log: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	var offices []broker.Office
	for n, a := range b.offices {
		offices = append(offices, broker.Office{OrgUnit: n, Key: a.office(t).TransportKey})
	}
	if err := s.SetOffices(offices); err != nil {
		t.Fatal(err)
	}
	c, err := broker.Connect(broker.Access{URL: s.URL(), CAFile: ca.File(), Key: key, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	js, err := jetstream.New(c)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := broker.Stream(t.Context(), js, 1)
	if err != nil {
		t.Fatal(err)
	}
	return &carrier{s, ca.File(), stream}
}

// connect connects as the office does.
func (c *carrier) connect(t testing.TB, a *author) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(c.server.URL(), nats.RootCAs(c.ca), nats.Nkey(a.office(t).TransportKey, a.user.Sign),
		nats.CustomInboxPrefix(broker.Inbox(a.orgUnit)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// run takes in until the function that it returns is called.
func (b *bench) run(t testing.TB, c *carrier) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx, c.stream) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// wait waits until the hub has given so many words like this one.
func (m *meter) wait(t testing.TB, word string, n int) {
	t.Helper()
	for range 3000 {
		m.mu.Lock()
		got := m.words[word]
		m.mu.Unlock()
		if got >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t.Fatalf("30 s later there are fewer than %d of %q: %v", n, word, m.words)
}

func wordOf(s, r string) string { return "RECEIPT_STATUS_" + s + " REASON_CODE_" + r }

func TestReleasesComeOffTheStream(t *testing.T) {
	b := newBench(t, 1, 2, 3)
	c := carry(t, b)
	for n, a := range b.offices {
		js := c.connect(t, a)
		for _, data := range a.months(t, 20, 3) {
			if _, err := js.Publish(t.Context(), release.Subject(n), data); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop := b.run(t, c)
	b.meter.wait(t, wordOf("ACCEPTED", "UNSPECIFIED"), 60)
	stop()
	for n := range b.offices {
		b.wantReceipt(t, n, 20, accepted, noReason)
	}
	if n := b.number(t, `SELECT count(*) FROM facts`); n != 180 {
		t.Errorf("%d facts, want 180", n)
	}
}

// A hub that is started again goes on where it was, and one with a new database
// reads the stream from its start.
func TestANewDatabaseIsFilledFromTheStream(t *testing.T) {
	b := newBench(t, 1)
	c := carry(t, b)
	js := c.connect(t, b.offices[1])
	for _, data := range b.offices[1].months(t, 5, 3) {
		if _, err := js.Publish(t.Context(), release.Subject(1), data); err != nil {
			t.Fatal(err)
		}
	}
	stop := b.run(t, c)
	b.meter.wait(t, wordOf("ACCEPTED", "UNSPECIFIED"), 5)
	stop()
	fresh := newBench(t)
	if err := fresh.reg.Enrol(t.Context(), b.offices[1].office(t)); err != nil {
		t.Fatal(err)
	}
	stop = fresh.run(t, c)
	fresh.meter.wait(t, wordOf("ACCEPTED", "UNSPECIFIED"), 5)
	stop()
	if got, want := fresh.total(t), b.total(t); got != want {
		t.Errorf("the new database has a total of %d, want %d", got, want)
	}
}
