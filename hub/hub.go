// Package hub puts the hub together: its database, its broker, the register of
// offices, the intake of releases, the figures, the gRPC interface and the
// pages. It is the only place where these areas meet.
//
// hub.go starts and stops the parts, database.go the database, http.go the
// pages, config.go holds the settings and metrics.go what is measured.
package hub

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"casehub/hub/api"
	"casehub/hub/ingest"
	"casehub/hub/registry"
	"casehub/hub/statistics"
	"casehub/internal/broker"
	"casehub/internal/codelist"
	"casehub/internal/pki"

	"google.golang.org/grpc"
)

// Hub is a running hub.
type Hub struct {
	config  filled
	log     *slog.Logger
	now     func() time.Time
	metrics *metrics

	authority *pki.Authority
	receipts  ed25519.PrivateKey
	database  *database
	registry  *registry.Registry
	stats     *statistics.Statistics
	ingest    *ingest.Ingest
	broker    *broker.Server // nil with an outside server
	link      *broker.Link
	grpc      *grpc.Server
	http      *http.Server
	addresses struct{ grpc, http net.Addr }

	letting sync.Mutex
	cancel  context.CancelFunc
	parts   sync.WaitGroup
	failed  chan error
}

// Run runs a hub until the context ends or a part of it fails.
func Run(ctx context.Context, c Config, log *slog.Logger, now func() time.Time) error {
	h, err := Start(ctx, c, log, now)
	if err != nil {
		return err
	}
	log.Info("the hub is ready", "pages", "http://"+h.HTTPAddr(), "grpc", h.GRPCAddr(), "nats", h.NATSURL(), "ca", h.CAFile())
	select {
	case <-ctx.Done():
		err = nil
	case err = <-h.failed:
	}
	return errors.Join(err, h.Stop())
}

// Start starts a hub. It returns when all of its parts answer. The context
// bounds the start only: see Stop. The clock says when releases arrive; keys and
// connections go by the computer's.
func Start(ctx context.Context, c Config, log *slog.Logger, now func() time.Time) (*Hub, error) {
	f, err := c.fill()
	if err != nil {
		return nil, err
	}
	h := &Hub{config: f, log: log, now: now, metrics: newMetrics(), failed: make(chan error, 10), cancel: func() {}}
	for _, step := range []func(context.Context) error{h.openKeys, h.openDatabase, h.openBroker, h.serve} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, h.Stop())
		}
	}
	return h, nil
}

func (h *Hub) openKeys(context.Context) error {
	if err := makeFolder(h.config.Data); err != nil {
		return fmt.Errorf("preparing the data folder: %w", err)
	}
	if err := os.MkdirAll(h.config.keys(), 0o700); err != nil {
		return fmt.Errorf("preparing the data folder: %w", err)
	}
	var err error
	if h.authority, err = pki.Open(h.config.keys(), time.Now); err != nil {
		return err
	}
	h.receipts, err = pki.SigningKey(filepath.Join(h.config.keys(), "receipt.key"))
	return err
}

func (h *Hub) openDatabase(ctx context.Context) error {
	var err error
	if h.database, err = openDatabase(ctx, h.config, h.log); err != nil {
		return err
	}
	h.registry = registry.New(h.database.pool, codelist.National(), h.now)
	h.stats = statistics.New(h.database.pool, h.config.zone)
	h.ingest = ingest.New(h.database.pool, h.registry, h.receipts, h.metrics, h.log, h.now)
	return h.registry.Reload(ctx)
}

// openBroker starts the hub's own broker, or connects to the outside one.
func (h *Hub) openBroker(ctx context.Context) error {
	access := broker.Access{
		URL: h.config.NATS.URL, CAFile: h.config.NATS.CAFile, Credentials: h.config.NATS.Credentials, Log: h.log,
	}
	if access.URL == "" {
		key, err := h.startBroker()
		if err != nil {
			return err
		}
		access = broker.Access{URL: h.broker.URL(), CAFile: h.authority.File(), Key: key, Log: h.log}
	}
	var err error
	if h.link, err = broker.Open(ctx, access, h.config.NATS.Replicas); err != nil {
		if h.config.NATS.URL != "" && !errors.Is(err, broker.ErrStream) {
			err = fmt.Errorf("%w: %w", errNoBroker, err)
		}
		return err
	}
	return h.letIn(ctx)
}

func (h *Hub) startBroker() (broker.Key, error) {
	key, err := broker.OpenKey(filepath.Join(h.config.keys(), "broker.seed"))
	if err != nil {
		return broker.Key{}, err
	}
	public, err := key.Public()
	if err != nil {
		return broker.Key{}, err
	}
	h.broker, err = broker.Start(broker.Settings{
		Folder: filepath.Join(h.config.Data, "nats"), Listen: h.config.NATS.Listen,
		TLS: h.authority.Server(h.config.hosts()), HubKey: public, Log: h.log,
	})
	return key, err
}

// letIn tells the broker and the metrics of the offices. One call at a time: an
// older list must not come after a newer one.
func (h *Hub) letIn(ctx context.Context) error {
	h.letting.Lock()
	defer h.letting.Unlock()
	offices, err := h.registry.Offices(ctx)
	if err != nil {
		return err
	}
	var all []broker.Office
	held := 0
	for _, o := range offices {
		all = append(all, broker.Office{OrgUnit: o.OrgUnit, Key: o.TransportKey})
		if o.Held() {
			held++
		}
	}
	h.metrics.Offices(len(offices), held)
	if h.broker == nil {
		return nil
	}
	return h.broker.SetOffices(all)
}

// serve starts everything that runs on its own.
func (h *Hub) serve(context.Context) error {
	h.grpc = api.New(h.ingest, h.registry, h.stats, api.Settings{
		TLS: h.authority.Server(h.config.hosts()), Token: h.config.token, Meter: h.metrics,
	})
	grpcListener, err := net.Listen("tcp", h.config.GRPC)
	if err != nil {
		return fmt.Errorf("listening for nodes: %w", err)
	}
	httpListener, err := net.Listen("tcp", h.config.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listening for readers: %w", err), grpcListener.Close())
	}
	h.addresses.grpc, h.addresses.http = grpcListener.Addr(), httpListener.Addr()
	if h.http, err = h.newHTTP(); err != nil {
		return errors.Join(err, grpcListener.Close(), httpListener.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	h.part(func() error { return h.ingest.Run(ctx, h.link.Stream) })
	h.part(func() error { return h.follow(ctx) })
	h.part(func() error { return h.database.watch(ctx) })
	h.part(func() error { return h.grpc.Serve(grpcListener) })
	h.part(func() error { return h.http.Serve(httpListener) })
	return nil
}

// part runs a part on its own; its failure is the hub's.
func (h *Hub) part(run func() error) {
	h.parts.Go(func() {
		if err := run(); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, context.Canceled) {
			h.failed <- err
		}
	})
}

// follow lets offices in, and gives the receipts that follow from a decision,
// when any process has changed the register. A lost connection to the database
// is tried again.
func (h *Hub) follow(ctx context.Context) error {
	for {
		err := h.registry.Follow(ctx, func(ctx context.Context) error {
			return errors.Join(h.letIn(ctx), h.ingest.CatchUp(ctx))
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		h.log.Warn("following the register; trying again", "err", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

// Stop ends all parts in turn and waits for them: those that take work first,
// the database last.
func (h *Hub) Stop() error {
	var errs []error
	if h.http != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		errs = append(errs, h.http.Shutdown(ctx))
	}
	if h.grpc != nil {
		stopGRPC(h.grpc)
	}
	h.cancel()
	h.parts.Wait()
	if h.link != nil {
		h.link.Close()
	}
	if h.broker != nil {
		h.broker.Stop()
	}
	if h.database != nil {
		errs = append(errs, h.database.close())
	}
	return errors.Join(errs...)
}

// stopGRPC lets calls that run end, but not for ever.
func stopGRPC(s *grpc.Server) {
	t := time.AfterFunc(5*time.Second, s.Stop)
	defer t.Stop()
	s.GracefulStop()
}

// Enrol adds an office and lets it in. Its errors are those of the registry.
func (h *Hub) Enrol(ctx context.Context, o registry.Office) error {
	if err := h.registry.Enrol(ctx, o); err != nil {
		return err
	}
	return h.letIn(ctx)
}

// NATSURL returns the broker's address.
func (h *Hub) NATSURL() string {
	if h.broker == nil {
		return h.config.NATS.URL
	}
	return h.broker.URL()
}

// GRPCAddr returns the address of the gRPC interface, host:port.
func (h *Hub) GRPCAddr() string { return h.addresses.grpc.String() }

// HTTPAddr returns the address of the pages, host:port.
func (h *Hub) HTTPAddr() string { return h.addresses.http.String() }

// CAFile returns the path of the certificate that nodes trust.
func (h *Hub) CAFile() string { return h.authority.File() }

// ReceiptKey returns the key that verifies the hub's receipts.
func (h *Hub) ReceiptKey() ed25519.PublicKey { return h.receipts.Public().(ed25519.PublicKey) }

// Statistics returns the figures.
func (h *Hub) Statistics() *statistics.Statistics { return h.stats }
