package broker

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
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
	nats *server.Server
	door *door
}

// Start runs the server. It has no office yet: see SetOffices.
func Start(s Settings) (*Server, error) {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("starting the broker: %w", err)
	}
	b := &Server{door: &door{hubKey: s.HubKey}}
	o, err := s.options(b.door)
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

func (s Settings) options(d *door) (*server.Options, error) {
	host, portText, err := net.SplitHostPort(s.Listen)
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
	return &server.Options{
		ServerName: "casehub-hub", Host: host, Port: port,
		JetStream: true, StoreDir: s.Folder, SyncAlways: true,
		JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 1 << 40,
		TLSConfig: s.TLS, TLS: true, TLSTimeout: 10,
		CustomClientAuthentication: d, AlwaysEnableNonce: true, AuthTimeout: 10,
		MaxPayload: maxPayload, MaxControlLine: 1024, MaxSubs: 64,
		NoSigs: true, DisableShortFirstPing: true,
	}, nil
}

// SetOffices replaces the offices that may connect. Connections go on but those
// of an office that is gone, which are cut.
func (b *Server) SetOffices(offices []Office) error {
	gone := b.door.set(offices)
	if len(gone) == 0 {
		return nil
	}
	open, err := b.nats.Connz(&server.ConnzOptions{Username: true, Limit: 1 << 20})
	if err != nil {
		return fmt.Errorf("cutting connections of %d offices: %w", len(gone), err)
	}
	for _, c := range open.Conns {
		if slices.Contains(gone, c.AuthorizedUser) {
			_ = b.nats.DisconnectClientByID(c.Cid) // it may have gone meanwhile
		}
	}
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
