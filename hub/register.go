package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"casehub/hub/ingest"
	"casehub/hub/registry"
	"casehub/hub/statistics"
	"casehub/internal/codelist"
	"casehub/internal/postgres"
)

// Register is the hub's register beside a hub that may or may not run.
type Register struct {
	*registry.Registry
	database *database
}

// WithRegistry opens the register of the settings' hub and calls use with it. If
// the hub runs, its database is used and the hub is told of changes; else the
// private database runs for so long as use does.
func WithRegistry(ctx context.Context, c Config, log *slog.Logger, use func(context.Context, *Register) error) error {
	f, err := c.fill()
	if err != nil {
		return err
	}
	if f.Database.DSN == "" {
		folder, err := clusterFolder(f)
		if err != nil {
			return fmt.Errorf("looking for the database: %w", err)
		}
		if dsn, ok := postgres.Running(folder); ok {
			f.Database.DSN = dsn
		} else if err := makeFolder(f.Data); err != nil {
			return fmt.Errorf("preparing the data folder: %w", err)
		}
	}
	d, err := openDatabase(ctx, f, log)
	if err != nil {
		return err
	}
	r := &Register{registry.New(d.pool, codelist.National(), time.Now), d}
	err = r.Reload(ctx)
	if err == nil {
		err = use(ctx, r)
	}
	return errors.Join(err, d.close())
}

// Rebuild derives everything again from the kept bytes; see ingest.Rebuild.
func (r *Register) Rebuild(ctx context.Context, write bool) (ingest.Comparison, error) {
	return ingest.Rebuild(ctx, r.database.pool, r.Registry, write, time.Now())
}

// Resume lets a held office go on; see ingest.Resume. It fails with
// registry.ErrUnknown, too.
func (r *Register) Resume(ctx context.Context, orgUnit uint32, d ingest.Decision) error {
	if _, err := r.Office(ctx, orgUnit); err != nil {
		return err
	}
	return ingest.Resume(ctx, r.database.pool, orgUnit, d, time.Now())
}

// Renew gives an office new keys; see ingest.Renew. It fails with
// registry.ErrUnknown, too.
func (r *Register) Renew(ctx context.Context, n ingest.Renewal, d ingest.Decision) (ingest.Renewed, error) {
	if _, err := r.Office(ctx, n.OrgUnit); err != nil {
		return ingest.Renewed{}, err
	}
	return ingest.Renew(ctx, r.database.pool, n, d, time.Now())
}

// Alarms returns what a person must look at, the newest first, and with closed
// also what somebody has decided.
func (r *Register) Alarms(ctx context.Context, closed bool) ([]statistics.Alarm, error) {
	return statistics.New(r.database.pool, time.UTC).Alarms(ctx, statistics.Alarms{Closed: closed})
}

// Keys are what the settings of a node need to know of a hub.
type Keys struct {
	// NATS and GRPC are the addresses of the broker and of the gRPC interface, as
	// nodes reach them: by the first of the settings' hosts where they listen on
	// every address.
	NATS, GRPC string
	// ReceiptKey verifies receipts: 64 hex digits. CAFile is the path of the
	// hub's authority.
	ReceiptKey, CAFile string
	// Currency is the one in which the hub counts amounts, ISO 4217.
	Currency string
}

// ReadKeys returns the keys of the settings' hub, and makes them if there are
// none.
func ReadKeys(c Config) (Keys, error) {
	f, err := c.fill()
	if err != nil {
		return Keys{}, err
	}
	h := &Hub{config: f}
	if err := h.openKeys(context.Background()); err != nil {
		return Keys{}, err
	}
	return Keys{
		NATS: cmp.Or(f.NATS.URL, "tls://"+f.reached(f.NATS.Listen)), GRPC: f.reached(f.GRPC),
		ReceiptKey: fmt.Sprintf("%x", []byte(h.ReceiptKey())), CAFile: h.CAFile(),
		Currency: f.Currency,
	}, nil
}
