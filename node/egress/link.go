package egress

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"casehub/internal/release"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// connectTimeout bounds each attempt to reach the hub.
const connectTimeout = 20 * time.Second

// tlsConfig trusts the hub's own authority and nothing else.
func (l *Link) tlsConfig() (*tls.Config, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(l.CA) {
		return nil, errors.New("the hub's certificate file holds no certificate")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}, nil
}

// broker connects to JetStream as this office. The connection carries no name
// and listens only on the office's own inbox.
func (g *Gate) broker() (*nats.Conn, jetstream.JetStream, error) {
	config, err := g.link.tlsConfig()
	if err != nil {
		return nil, nil, err
	}
	user, err := g.keys.transport.PublicKey()
	if err != nil {
		return nil, nil, fmt.Errorf("reading the transport key: %w", err)
	}
	nc, err := nats.Connect(g.link.NATSURL,
		nats.Nkey(user, g.keys.transport.Sign),
		nats.Secure(config),
		nats.CustomInboxPrefix(release.Inbox(g.office.OrgUnit)),
		nats.Timeout(connectTimeout),
		nats.NoReconnect(),
	)
	if err != nil {
		return nil, nil, fmt.Errorf("connecting to the broker: %w", stranger(err))
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, nil, fmt.Errorf("connecting to the broker: %w", err)
	}
	return nc, js, nil
}

// hub opens a gRPC connection to the hub, and to nothing else: no settings from
// the DNS, no proxy of the environment.
func (g *Gate) hub() (*grpc.ClientConn, error) {
	config, err := g.link.tlsConfig()
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(g.link.GRPCAddr, grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithDisableServiceConfig(), grpc.WithNoProxy())
	if err != nil {
		return nil, fmt.Errorf("connecting to the hub: %w", err)
	}
	return conn, nil
}
