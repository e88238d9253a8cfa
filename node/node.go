// Package node is one organisation's node: its case management and the gate
// through which its monthly aggregates leave. This package alone puts the areas
// together; config.go has the settings, key.go the database key, schedule.go
// what the node does by itself, pages.go its web pages, metrics.go its metrics.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
	_ "time/tzdata" // Windows has no zone files

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/egress"
	"casehub/node/finance"
	"casehub/node/ledger"
	"casehub/node/migrations"
	"casehub/node/referrals"
	"casehub/policy"
)

// Node is an open node. Its areas are safe for use by many goroutines.
type Node struct {
	DB        *sqlite.DB
	Registry  *codelist.Registry
	Clients   *clients.Service
	Cases     *cases.Service
	Referrals *referrals.Service
	Finance   *finance.Service
	Ledger    *ledger.Ledger
	// Gate is nil in a node without an office number: it releases nothing.
	Gate *egress.Gate

	config  filled
	log     *slog.Logger
	now     func() time.Time
	metrics *metrics
	closing sync.Mutex // one exchange with the hub at a time
}

// Open opens a node: its folder, its database with the newest schema, and its
// areas. The clock is for tests and demonstrations; a node in use passes
// time.Now.
func Open(ctx context.Context, c Config, log *slog.Logger, now func() time.Time) (*Node, error) {
	f, err := c.fill()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.Data, 0o700); err != nil {
		return nil, fmt.Errorf("setting data: %w", err)
	}
	db, err := openDatabase(ctx, f)
	if err != nil {
		return nil, err
	}
	n := assemble(f, db, log, func() time.Time { return now().In(f.zone) })
	if err := n.addGate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return n, nil
}

func openDatabase(ctx context.Context, f filled) (*sqlite.DB, error) {
	path := filepath.Join(f.Data, "node.db")
	key, err := databaseKey(f.KeyFile, path)
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, path, key)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, migrations.FS); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// assemble puts the areas together over one database.
func assemble(f filled, db *sqlite.DB, log *slog.Logger, now func() time.Time) *Node {
	reg := codelist.National()
	return &Node{
		DB: db, Registry: reg,
		Clients:   clients.NewService(db, reg, now),
		Cases:     cases.NewService(db, reg, now, referrals.FirstDay, finance.FirstDay),
		Referrals: referrals.NewService(db, reg, now),
		Finance:   finance.NewService(db, reg, now),
		Ledger:    ledger.New(reg, f.Office.limits(), f.Currency, f.minor),
		config:    f, log: log, now: now, metrics: newMetrics(),
	}
}

func (n *Node) addGate(ctx context.Context) error {
	unit := n.config.Office.OrgUnit
	if unit == 0 {
		return nil
	}
	l := n.config.Office.limits()
	p, err := policy.NewEgress(ctx, n.Registry, unit, policy.Floor().Tighten(policy.Limits{K: uint32(l.K), KSensitive: uint32(l.KSensitive), P: uint32(l.P), Largest: uint32(l.Largest)}))
	if err != nil {
		return err
	}
	n.Gate, err = egress.New(n.DB, n.Ledger, n.Registry, p, egress.Office{OrgUnit: unit}, n.config.link, n.now)
	return err
}

// Close closes the database. What was committed is on disk.
func (n *Node) Close() error { return n.DB.Close() }

// firstPeriod is the month of the first release: the one that was set, or the
// month before the running one.
func (n *Node) firstPeriod() civil.Month {
	if p := n.config.Office.FirstPeriod; p != 0 {
		return p
	}
	return civil.MonthOf(n.now()).Add(-1)
}
