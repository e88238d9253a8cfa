package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"casehub/hub"
	"casehub/hub/ingest"
	"casehub/hub/registry"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node"
	"casehub/node/egress"
	"casehub/node/vault"
)

// theft is a hub with one office whose folder was copied by a thief.
type theft struct {
	*demo
	t      *testing.T
	config hub.Config
	o      *office
	thief  *office
}

// sync exchanges with the hub until it answers a node as wanted: a hub that runs hears
// of a change of its register a little later. Without an error nothing may wait.
func (s *theft) sync(o *office, want error) {
	s.t.Helper()
	var last egress.Synced
	var err error
	for range 600 {
		if last, err = o.node.Sync(s.t.Context()); errors.Is(err, want) && (want != nil || last.Left == 0) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Fatalf("the hub answers %+v, %v; want %v", last, err, want)
}

func (s *theft) closeMonths(first, last civil.Month) {
	s.t.Helper()
	for m := first; m <= last; m = m.Add(1) {
		if _, err := s.o.node.CloseMonth(s.t.Context(), s.o.pair, m); err != nil {
			s.t.Fatalf("month %s: %v", m.Dash(), err)
		}
	}
}

// open opens the node of a folder.
func (s *theft) openNode(c node.Config) *node.Node {
	s.t.Helper()
	n, err := node.Open(s.t.Context(), c, s.log, s.clock.now)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = n.Close() })
	return n
}

// copied closes the office's node and lets a thief have everything in its folder.
func (s *theft) copied() {
	s.t.Helper()
	if err := s.o.node.Close(); err != nil {
		s.t.Fatal(err)
	}
	stolen := s.o.config
	stolen.Data = filepath.Join(s.dir, "stolen")
	stolen.KeyFile = filepath.Join(stolen.Data, "node.key")
	if err := os.CopyFS(stolen.Data, os.DirFS(s.o.config.Data)); err != nil {
		s.t.Fatal(err)
	}
	s.thief = &office{unit: s.o.unit, config: stolen, pair: s.o.pair, node: s.openNode(stolen)}
}

func (s *theft) register(use func(context.Context, *hub.Register) error) {
	s.t.Helper()
	if err := hub.WithRegistry(s.t.Context(), s.config, s.log, use); err != nil {
		s.t.Fatal(err)
	}
}

func begin(t *testing.T, months int) *theft {
	t.Helper()
	dir, err := workspace()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &demo{dir: dir, out: os.Stderr, log: slog.New(slog.DiscardHandler), reg: codelist.National()}
	d.last = civil.MonthOf(time.Now()).Add(-1)
	d.first = d.last.Add(1 - months)
	d.clock.set(d.first.First().Time())
	s := &theft{demo: d, t: t, config: hub.Config{
		Data: filepath.Join(dir, "hub"), Listen: "127.0.0.1:0", GRPC: "127.0.0.1:0", NATS: hub.NATSConfig{Listen: "127.0.0.1:0"}, Timezone: "UTC",
	}}
	if d.hub, err = hub.Start(t.Context(), s.config, d.log, d.clock.now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.hub.Stop(); err != nil {
			t.Error(err)
		}
	})
	profiles := Profiles()
	if s.o, err = d.open(t.Context(), 1, profiles[len(profiles)-1], 42); err != nil {
		t.Fatal(err)
	}
	d.offices = []*office{s.o}
	d.clock.release()
	return s
}

// A laptop is copied while two releases wait. The office changes its keys, the hub is
// told, and the thief is nobody there; what waited is counted once, the chain goes on,
// and all three sides agree.
func TestAnOfficeThatWasRobbedGoesOnAndTheThiefDoesNot(t *testing.T) {
	s := begin(t, 5)
	ctx, o := t.Context(), s.o
	recorded, err := o.write(ctx, s.first, s.last)
	if err != nil {
		t.Fatal(err)
	}
	s.closeMonths(s.first, s.first.Add(1))
	s.sync(o, nil)
	s.closeMonths(s.first.Add(2), s.first.Add(3))
	s.copied()
	if _, err := node.Rekey(ctx, o.config, node.Rekeying{Login: director, Password: Password, Words: vault.NewWords()}, s.log, s.clock.now); err != nil {
		t.Fatal(err)
	}
	o.node = s.openNode(o.config)
	if _, err := o.node.Sync(ctx); !errors.Is(err, egress.ErrKeyUnknown) {
		t.Fatalf("the hub, which was not told: %v, want ErrKeyUnknown", err)
	}
	if n, err := o.node.Gate.NewKey(ctx); n != 2 || err != nil {
		t.Errorf("the page of releases speaks of key %d, %v", n, err)
	}
	s.renew()

	s.sync(s.thief, egress.ErrKeyUnknown)
	if _, err := s.thief.node.Gate.VerifyReceipts(ctx); !errors.Is(err, egress.ErrKeyUnknown) {
		t.Errorf("the thief hears of receipts: %v", err)
	}
	s.sync(o, nil)
	s.closeMonths(s.last, s.last)
	s.sync(o, nil)
	if n, err := o.node.Gate.NewKey(ctx); n != 0 || err != nil {
		t.Errorf("the page of releases still speaks of key %d, %v", n, err)
	}
	s.agree(recorded, 5)
}

// renew gives the hub what the node prints, as its operator does.
func (s *theft) renew() {
	s.t.Helper()
	list, err := s.o.node.Enrolments(s.t.Context(), false)
	if err != nil || len(list) != 1 {
		s.t.Fatalf("%d keys for the hub, %v", len(list), err)
	}
	e := list[0]
	k := registry.Keys{OrgUnit: e.OrgUnit, KeyID: e.KeyID, ReleaseKey: e.ReleaseKey, TransportKey: e.TransportKey}
	s.register(func(ctx context.Context, r *hub.Register) error {
		done, err := r.Renew(ctx, ingest.Renewal{Keys: k}, ingest.Decision{Who: "thandi", Reason: "the laptop was stolen; known by voice"})
		if done.Last != 2 {
			s.t.Errorf("%+v, want two releases that counted", done)
		}
		return err
	})
}

// agree holds the records, the node, its receipts, the hub's figures and what follows
// from the hub's bytes against each other.
func (s *theft) agree(recorded Counts, releases int) {
	s.t.Helper()
	ctx := s.t.Context()
	r, err := reconcile(ctx, recorded, s.offices, s.hub.Statistics())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range r.problems() {
		s.t.Error(p)
	}
	if r.releases != uint64(releases) {
		s.t.Errorf("the hub counts %d releases, want %d", r.releases, releases)
	}
	for name, verify := range map[string]func(context.Context) (int, error){
		"releases": s.o.node.Gate.VerifyReleases, "receipts": s.o.node.Gate.VerifyReceipts,
	} {
		if n, err := verify(ctx); n != releases || err != nil {
			s.t.Errorf("%d %s hold over both keys, %v", n, name, err)
		}
	}
	s.register(func(ctx context.Context, r *hub.Register) error {
		c, err := r.Rebuild(ctx, false)
		if err == nil && (!c.Equal() || c.Releases != releases) {
			s.t.Errorf("what the hub stores does not follow: %+v", c)
		}
		return err
	})
}
