package broker

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Settings of the hub's own server.
type Settings struct {
	// Folder holds the stream.
	Folder string
	// Listen is host:port; port 0 takes any that is free.
	Listen string
	TLS    *tls.Config
	// HubKey is the public nkey of the hub's own connections.
	HubKey string
	Log    *slog.Logger
}

// Server is the hub's own nats-server.
type Server struct {
	nats     *server.Server
	settings Settings

	mu      sync.Mutex // one change of users at a time
	offices []Office   // as the server knows them
}

// Start runs the server. It has no office yet: see SetOffices.
func Start(s Settings) (*Server, error) {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("starting the broker: %w", err)
	}
	b := &Server{settings: s}
	o, err := b.options(nil)
	if err != nil {
		return nil, err
	}
	if b.nats, err = server.NewServer(o); err != nil {
		return nil, fmt.Errorf("starting the broker: %w", err)
	}
	b.nats.SetLogger(logger{s.Log}, false, false)
	b.nats.Start()
	if !b.nats.ReadyForConnections(30*time.Second) || !b.nats.JetStreamEnabled() {
		b.Stop()
		return nil, fmt.Errorf("starting the broker: it is not ready after 30 s")
	}
	return b, nil
}

// options returns the whole settings of the server with these offices. Start
// and SetOffices must agree on all but the users.
func (b *Server) options(offices []Office) (*server.Options, error) {
	host, portText, err := net.SplitHostPort(b.settings.Listen)
	if err != nil {
		return nil, ErrAddress
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return nil, ErrAddress
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	o := &server.Options{
		ServerName: "casehub-hub", Host: host, Port: port,
		JetStream: true, StoreDir: b.settings.Folder, SyncAlways: true,
		JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 1 << 40,
		TLSConfig: b.settings.TLS, TLS: true, TLSTimeout: 10,
		MaxPayload: maxPayload, MaxControlLine: 1024, MaxSubs: 64, AuthTimeout: 10,
		NoSigs: true, DisableShortFirstPing: true,
		Nkeys: []*server.NkeyUser{hubUser(b.settings.HubKey, nil)},
	}
	for _, office := range offices {
		o.Nkeys = append(o.Nkeys, office.user(nil))
	}
	return o, nil
}

// SetOffices replaces the offices that may connect. Connections of the others
// go on; those of an office that is gone are cut, and so is one that is just
// being made, so nothing is done when nothing has changed.
func (b *Server) SetOffices(offices []Office) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Equal(offices, b.offices) {
		return nil
	}
	o, err := b.options(offices)
	if err != nil {
		return err
	}
	if err := b.nats.ReloadOptions(o); err != nil {
		return fmt.Errorf("telling the broker of %d offices: %w", len(offices), err)
	}
	b.offices = slices.Clone(offices)
	return nil
}

// URL returns the address that nodes connect to.
func (b *Server) URL() string {
	return "tls://" + b.nats.Addr().String()
}

// Stop ends the server and waits for it.
func (b *Server) Stop() {
	b.nats.Shutdown()
	b.nats.WaitForShutdown()
}

// logger passes what went wrong in the server on to the hub's log.
type logger struct {
	log *slog.Logger
}

func (logger) Noticef(string, ...any)      {}
func (logger) Debugf(string, ...any)       {}
func (logger) Tracef(string, ...any)       {}
func (l logger) Warnf(f string, a ...any)  { l.log.Warn("broker", "said", fmt.Sprintf(f, a...)) }
func (l logger) Errorf(f string, a ...any) { l.log.Error("broker", "said", fmt.Sprintf(f, a...)) }
func (l logger) Fatalf(f string, a ...any) { l.log.Error("broker", "said", fmt.Sprintf(f, a...)) }
