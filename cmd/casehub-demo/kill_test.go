package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node"
)

// childEnv tells the test program to be a node that is to be killed.
const childEnv = "CASEHUB_TEST_CHILD"

// child is what such a node is told: its settings, the months it closes, and
// after how many looks at the clock it dies. A release looks at the clock
// inside each of its transactions and between them, so the count is a point of
// its life that a seed finds again.
type child struct {
	Config      node.Config
	First, Last civil.Month
	Looks       int64
}

func TestMain(m *testing.M) {
	if task := os.Getenv(childEnv); task != "" {
		if err := beKilled(task); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// beKilled closes and sends months until it is done or dies.
func beKilled(task string) (err error) {
	var c child
	if err := json.Unmarshal([]byte(task), &c); err != nil {
		return err
	}
	var looks atomic.Int64
	now := func() time.Time {
		if looks.Add(1) == c.Looks {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				_ = self.Kill()
			}
			select {} // nothing runs after this point
		}
		return c.Last.Add(1).First().AddDays(9).Time()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	n, err := node.Open(ctx, c.Config, slog.New(slog.DiscardHandler), now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	due, err := n.Gate.Due(ctx, c.First)
	if err != nil {
		return err
	}
	by, err := pairOf(ctx, n)
	if err != nil {
		return err
	}
	for _, m := range due {
		if _, err := n.CloseMonth(ctx, by, m); err != nil {
			return err
		}
		if _, err := n.Sync(ctx); err != nil {
			return err
		}
	}
	s, err := n.Sync(ctx)
	if err == nil && s.Left > 0 {
		err = fmt.Errorf("%d releases left in the outbox", s.Left)
	}
	return err
}

// TestNodeKilledAnywhereLosesAndDoublesNothing kills a node at points that a
// seed chooses, again and again, until it has closed and sent every month; then
// the hub's totals are its releases, to the last case.
func TestNodeKilledAnywhereLosesAndDoublesNothing(t *testing.T) {
	dir, err := workspace()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	const months = 12
	d, err := start(t.Context(), dir, 42, months, os.Stderr, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Error(err)
		}
	})
	d.clock.release() // all months are over for the hub, as they are for the nodes
	kills, recorded := 0, Counts{}
	for i, o := range d.offices {
		written, err := o.write(t.Context(), d.first, d.last)
		if err != nil {
			t.Fatal(err)
		}
		recorded.Add(written)
		rng := rand.New(rand.NewPCG(uint64(i), 7))
		kills += killUntilDone(t, d, o, rng)
	}
	if kills < 25 {
		t.Errorf("nodes were killed %d times, want at least 25 or the test shows little", kills)
	}
	r, err := reconcile(t.Context(), recorded, d.offices, d.hub.Statistics())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.problems() {
		t.Error(p)
	}
	if r.releases != months*uint64(len(d.offices)) {
		t.Errorf("the hub counts %d releases, want %d", r.releases, months*len(d.offices))
	}
}

// write writes the casework of all months into an office.
func (o *office) write(ctx context.Context, first, last civil.Month) (total Counts, err error) {
	err = o.node.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		for m := first; m <= last; m = m.Add(1) {
			c, err := o.generator.Month(ctx, tx, m)
			if err != nil {
				return err
			}
			total.Add(c)
		}
		return nil
	})
	return total, err
}

// killUntilDone runs an office's node as a process of its own until it ends by
// itself, and returns how often it was killed.
func killUntilDone(t *testing.T, d *demo, o *office, rng *rand.Rand) int {
	t.Helper()
	for kills := 0; kills < 200; kills++ {
		task, err := json.Marshal(child{Config: o.config, First: d.first, Last: d.last, Looks: 1 + rng.Int64N(24)})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+string(task))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err = cmd.Run()
		var ended *exec.ExitError
		switch {
		case err == nil:
			return kills
		case errors.As(err, &ended) && ended.ExitCode() == -1:
		default:
			t.Fatalf("office %d, start %d: %v: %s", o.unit, kills, err, stderr.String())
		}
	}
	t.Fatalf("office %d is not done after 200 starts", o.unit)
	return 0
}

// TestDemoHolds is make demo ARGS=--once on a short play.
func TestDemoHolds(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-once", "-months", "4"}, &out, os.Stderr); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if !bytes.Contains(out.Bytes(), []byte("to the last case")) {
		t.Errorf("the demonstration does not say so:\n%s", out.String())
	}
}
