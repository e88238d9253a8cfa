// Package brokertest runs a NATS server that is not the hub's own, as a national
// body may have one: JetStream, TLS, and users by credentials files (operator
// mode).
package brokertest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"casehub/internal/pki"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

// Server is a running server. URL, CAFile and Credentials are what a hub's
// settings need to know of it.
type Server struct {
	URL, CAFile, Credentials string
}

// Outside runs a server until the test ends.
func Outside(t testing.TB) Server {
	t.Helper()
	dir := t.TempDir()
	authority, err := pki.Open(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	operator, account, system := pair(t, nkeys.CreateOperator), pair(t, nkeys.CreateAccount), pair(t, nkeys.CreateAccount)
	o := jwt.NewOperatorClaims(public(t, operator))
	o.SystemAccount = public(t, system)
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: filepath.Join(dir, "store"),
		TLS: true, TLSTimeout: 10, TLSConfig: authority.Server([]string{"127.0.0.1"}),
		TrustedOperators: []*jwt.OperatorClaims{o}, SystemAccount: public(t, system), AccountResolver: accounts(t, operator, account, system),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the outside server is not ready")
	}
	port := s.Addr().(*net.TCPAddr).Port
	return Server{
		URL: "tls://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), CAFile: authority.File(),
		Credentials: credentials(t, account, filepath.Join(dir, "hub.creds")),
	}
}

// Publish sends a message to the server's stream, and waits until it is stored.
func (s Server) Publish(ctx context.Context, subject string, data []byte) error {
	c, err := nats.Connect(s.URL, nats.RootCAs(s.CAFile), nats.UserCredentials(s.Credentials), nats.NoReconnect())
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer c.Close()
	js, err := jetstream.New(c)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	_, err = js.Publish(ctx, subject, data)
	return err
}

// accounts knows the account of the hub and that of the server itself.
func accounts(t testing.TB, operator, account, system nkeys.KeyPair) server.AccountResolver {
	t.Helper()
	all := &server.MemAccResolver{}
	for _, k := range []nkeys.KeyPair{account, system} {
		claims := jwt.NewAccountClaims(public(t, k))
		if k == account {
			claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
		}
		if err := all.Store(public(t, k), encode(t, claims, operator)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func pair(t testing.TB, create func() (nkeys.KeyPair, error)) nkeys.KeyPair {
	t.Helper()
	k, err := create()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func public(t testing.TB, k nkeys.KeyPair) string {
	t.Helper()
	p, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func encode(t testing.TB, claims interface {
	Encode(by nkeys.KeyPair) (string, error)
}, by nkeys.KeyPair,
) string {
	t.Helper()
	token, err := claims.Encode(by)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func credentials(t testing.TB, account nkeys.KeyPair, path string) string {
	t.Helper()
	k := pair(t, nkeys.CreateUser)
	seed, err := k.Seed()
	if err != nil {
		t.Fatal(err)
	}
	file, err := jwt.FormatUserConfig(encode(t, jwt.NewUserClaims(public(t, k)), account), seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
