package hub_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casehub/hub"
	"casehub/internal/postgres/postgrestest"
	"casehub/internal/release"

	"github.com/nats-io/nats.go/jetstream"
)

// hubProcess names the settings of a hub that this test program runs instead of
// tests: the hub that is killed.
const hubProcess = "CASEHUB_TEST_HUB"

func TestMain(m *testing.M) {
	text := os.Getenv(hubProcess)
	if text == "" {
		postgrestest.Main(m)
	}
	if err := serve(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(text string) error {
	var c hub.Config
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	h, err := hub.Start(context.Background(), c, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return err
	}
	fmt.Printf("ready %x\n", []byte(h.ReceiptKey()))
	_, err = io.Copy(io.Discard, os.Stdin) // until the test closes it
	return err
}

// freePort returns a port of the loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// victim runs the hub as a process of its own.
func victim(t *testing.T, c hub.Config) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), hubProcess+"="+string(text))
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the hub said %q: %v", line, err)
	}
	return cmd
}

// stream sends all releases of the office in order, however often the hub goes
// away meanwhile, slowly enough that it does. Whenever it is back, the last few
// are sent again, as a node does that got no receipt.
func (o *office) stream(ctx context.Context, at reachable) {
	for next := 0; next < len(o.sealed) && ctx.Err() == nil; {
		c, js, err := o.connect(at)
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		for next = max(0, next-3); next < len(o.sealed); next++ {
			if _, err = js.Publish(ctx, release.Subject(o.orgUnit), o.sealed[next], jetstream.WithRetryAttempts(0)); err != nil {
				break
			}
			time.Sleep(8 * time.Millisecond)
		}
		c.Close()
	}
}

// A hub killed at any point of the intake loses nothing and counts nothing
// twice: not a release, not an event, not a receipt.
func TestAHubKilledAtAnyPointLosesAndDoublesNothing(t *testing.T) {
	const releases, kills, seed = 250, 8, 20261122
	c := onAnyPort(filepath.Join(postgrestest.Dir(t), "data"), "")
	c.Listen, c.GRPC, c.NATS.Listen = freePort(t), freePort(t), freePort(t)
	h, err := hub.Start(t.Context(), c, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	at, want := reach(h), 0
	var offices []*office
	for n := range uint32(3) {
		o := enrol(t, h, n+1)
		for range releases {
			o.month(t, 12)
		}
		offices, want = append(offices, o), want+o.events
	}
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	if n := killWhileSending(t, c, at, offices, rand.New(rand.NewPCG(seed, 0)), kills); n < kills/2 {
		t.Errorf("only %d of %d kills came while releases were sent", n, kills)
	}
	h = start(t, c)
	for _, o := range offices {
		o.await(t, at, releases, accepted)
		counted(t, h, o, releases)
	}
	if got := events(t, h); got != want {
		t.Errorf("%d events at the hub, want %d", got, want)
	}
}

// killWhileSending lets the offices send while the hub is killed so many times,
// each at a moment that the seed picks, and started again. It returns how many
// kills found an office that had not sent everything yet.
func killWhileSending(t *testing.T, c hub.Config, at reachable, offices []*office, random *rand.Rand, kills int) (meanwhile int) {
	t.Helper()
	cmd := victim(t, c)
	var senders sync.WaitGroup
	var busy atomic.Int64
	for _, o := range offices {
		busy.Add(1)
		senders.Go(func() {
			o.stream(t.Context(), at)
			busy.Add(-1)
		})
	}
	for range kills {
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if busy.Load() > 0 {
			meanwhile++
		}
		cmd = victim(t, c)
	}
	senders.Wait()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	return meanwhile
}

// counted checks that every release of the office counts once and has a receipt
// that says so, for the very bytes that were sent.
func counted(t *testing.T, h *hub.Hub, o *office, n int) {
	t.Helper()
	all, err := h.Statistics().Releases(t.Context(), o.orgUnit)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != n {
		t.Errorf("office %d: %d releases, want %d", o.orgUnit, len(all), n)
	}
	receipts := o.since(t, dial(t, reach(h)), reach(h), 0)
	for i, r := range all {
		opened, err := release.Open(o.sealed[i])
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != "counted" || r.Digest != opened.Digest {
			t.Errorf("office %d, release %d: %s with digest %x", o.orgUnit, r.Sequence, r.Status, r.Digest)
		}
		if s := receipts[i].GetStatus(); s != accepted && s != duplicate {
			t.Errorf("office %d, release %d: receipt %v", o.orgUnit, r.Sequence, s)
		}
	}
}
