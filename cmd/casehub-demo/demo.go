package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"casehub/cmd/internal/sources"
	"casehub/hub"
	"casehub/hub/registry"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node"
)

// clock is the demonstration's own: it stands where the play is, and goes with
// the real one once the play is over.
type clock struct{ played atomic.Pointer[time.Time] }

func (c *clock) now() time.Time {
	if t := c.played.Load(); t != nil {
		return *t
	}
	return time.Now()
}

func (c *clock) set(t time.Time) { c.played.Store(&t) }

func (c *clock) release() { c.played.Store(nil) }

// office is one node of the demonstration.
type office struct {
	unit      uint32
	profile   Profile
	config    node.Config
	node      *node.Node
	generator *Generator
	// pair are the two invented people who stand for what leaves.
	pair node.Pair
}

// demo is a hub and its nodes in one process.
type demo struct {
	dir     string
	out     io.Writer
	log     *slog.Logger
	clock   clock
	hub     *hub.Hub
	offices []*office
	reg     *codelist.Registry
	first   civil.Month
	last    civil.Month
}

// start starts the hub and opens and enrols the nodes. The play has so many
// months and ends with the month before today's.
func start(ctx context.Context, dir string, seed uint64, months int, out io.Writer, log *slog.Logger) (*demo, error) {
	d := &demo{dir: dir, out: out, log: log, reg: codelist.National()}
	d.last = civil.MonthOf(time.Now()).Add(-1)
	d.first = d.last.Add(1 - months)
	d.clock.set(d.first.First().Time())
	var err error
	d.hub, err = hub.Start(ctx, hub.Config{
		Data: filepath.Join(dir, "hub"), Listen: free("127.0.0.1:8470"), GRPC: "127.0.0.1:0",
		NATS: hub.NATSConfig{Listen: "127.0.0.1:0"}, Timezone: "Africa/Johannesburg", Synthetic: true,
	}, log, d.clock.now)
	if err != nil {
		return nil, fmt.Errorf("starting the hub: %w", err)
	}
	for i, p := range Profiles() {
		o, err := d.open(ctx, uint32(i+1), p, seed)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("opening node %d: %w", i+1, err), d.stop())
		}
		d.offices = append(d.offices, o)
	}
	return d, nil
}

// open opens one node and enrols its office at the hub.
func (d *demo) open(ctx context.Context, unit uint32, p Profile, seed uint64) (*office, error) {
	g, err := NewGenerator(d.reg, p, seed+uint64(unit), d.first)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(d.dir, fmt.Sprintf("node-%d", unit))
	config := node.Config{
		Data: data, KeyFile: filepath.Join(data, "node.key"), Listen: free(fmt.Sprintf("127.0.0.1:%d", 8480+unit)),
		Timezone: "Africa/Johannesburg", Synthetic: true, Hosts: []string{host(p)},
		Office: node.OfficeConfig{OrgUnit: unit, Name: p.Name, FirstPeriod: d.first},
		Hub: node.HubConfig{
			NATS: d.hub.NATSURL(), GRPC: d.hub.GRPCAddr(), CAFile: d.hub.CAFile(), ReceiptKey: fmt.Sprintf("%x", []byte(d.hub.ReceiptKey())),
		},
	}
	config.Sources = sources.Own(config.Own()).FromPages(filepath.Join(d.dir, "source-secrets"))
	if _, err := node.Create(ctx, config, plan(p), d.clock.now); err != nil {
		return nil, err
	}
	n, err := node.Open(ctx, config, d.log, d.clock.now)
	if err != nil {
		return nil, err
	}
	if g.seats, err = hire(ctx, n, p); err != nil {
		return nil, errors.Join(fmt.Errorf("hiring: %w", err), n.Close())
	}
	e, err := n.Enrolment()
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	err = d.hub.Enrol(ctx, registry.Office{
		OrgUnit: unit, Name: p.Name, Province: provinces[int(unit)%len(provinces)], Network: "Synthetic network",
		ReleaseKey: e.ReleaseKey, KeyID: e.KeyID, TransportKey: e.TransportKey, OpenedOn: d.first.First(),
	})
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	by, err := pairOf(ctx, n)
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return &office{unit: unit, profile: p, config: config, node: n, generator: g, pair: by}, nil
}

// provinces give the invented offices a place on the dashboard.
var provinces = []string{"Western Cape", "Free State", "KwaZulu-Natal", "Gauteng", "North West"}

// stop closes the nodes and stops the hub.
func (d *demo) stop() error {
	var errs []error
	for _, o := range d.offices {
		errs = append(errs, o.node.Close())
	}
	if d.hub != nil {
		errs = append(errs, d.hub.Stop())
	}
	return errors.Join(errs...)
}

// play lets every office live through one month after the other: casework, the
// release of the month, and the exchange with the hub.
func (d *demo) play(ctx context.Context) (Counts, error) {
	var total Counts
	for m := d.first; m <= d.last; m = m.Add(1) {
		d.clock.set(m.Add(1).First().AddDays(8).Time().Add(9*time.Hour + 15*time.Minute))
		counts, err := d.month(ctx, m)
		if err != nil {
			return total, fmt.Errorf("month %s: %w", m.Dash(), err)
		}
		total.Add(counts)
		fmt.Fprintf(d.out, "  %s  %5d cases opened, %4d closed, %4d referrals, %4d amounts recovered\n",
			m.Dash(), counts.Cases, counts.Closed, counts.Referrals, counts.Recoveries)
	}
	d.clock.release()
	return total, nil
}

// month plays one month in all offices at once.
func (d *demo) month(ctx context.Context, m civil.Month) (Counts, error) {
	counts, errs := make([]Counts, len(d.offices)), make([]error, len(d.offices))
	var wg sync.WaitGroup
	for i, o := range d.offices {
		wg.Go(func() { counts[i], errs[i] = o.month(ctx, m) })
	}
	wg.Wait()
	var total Counts
	for _, c := range counts {
		total.Add(c)
	}
	return total, errors.Join(errs...)
}

func (o *office) month(ctx context.Context, m civil.Month) (c Counts, err error) {
	err = o.node.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		var err error
		c, err = o.generator.Month(ctx, tx, m)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("office %d: writing casework: %w", o.unit, err)
	}
	if _, err := o.node.CloseMonth(ctx, o.pair, m); err != nil {
		return c, fmt.Errorf("office %d: %w", o.unit, err)
	}
	s, err := o.node.Sync(ctx)
	if err == nil && s.Left > 0 {
		err = fmt.Errorf("%d releases have no receipt", s.Left)
	}
	if err != nil {
		return c, fmt.Errorf("office %d: %w", o.unit, err)
	}
	return c, nil
}

// today writes the casework of the running month up to yesterday: it waits in
// the offices, as it would on any day.
func (d *demo) today(ctx context.Context) error {
	for _, o := range d.offices {
		err := o.node.DB.Tx(ctx, func(tx *sqlite.Tx) error {
			_, err := o.generator.Until(ctx, tx, d.last.Add(1), civil.On(time.Now()).AddDays(-1))
			return err
		})
		if err != nil {
			return fmt.Errorf("office %d: writing casework: %w", o.unit, err)
		}
	}
	return nil
}

// free returns address when nobody listens there, and a free port otherwise.
func free(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close()
	return address
}

// workspace makes the folder of a demonstration. The hub's Postgres runs as
// another user where this one is root, so the way in has to be passable.
func workspace() (string, error) {
	dir, err := os.MkdirTemp("", "casehub-demo-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711) //nolint:gosec // passable, not readable
}
