package broker_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"casehub/internal/broker"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

// outside runs a server that is not the hub's, in operator mode, and connects
// to it with a credentials file as the hub does.
func outside(t *testing.T) jetstream.JetStream {
	t.Helper()
	operator, account, system := newPair(t, nkeys.CreateOperator), newPair(t, nkeys.CreateAccount), newPair(t, nkeys.CreateAccount)
	accounts := &server.MemAccResolver{}
	for _, k := range []nkeys.KeyPair{account, system} {
		claims := jwt.NewAccountClaims(public(t, k))
		if k == account {
			claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
		}
		if err := accounts.Store(public(t, k), encode(t, claims, operator)); err != nil {
			t.Fatal(err)
		}
	}
	o := jwt.NewOperatorClaims(public(t, operator))
	o.SystemAccount = public(t, system)
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
		TrustedOperators: []*jwt.OperatorClaims{o}, AccountResolver: accounts, SystemAccount: public(t, system),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the outside server is not ready")
	}
	c, err := broker.Connect(broker.Access{URL: s.ClientURL(), Credentials: credentials(t, account), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	js, err := jetstream.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func newPair(t *testing.T, create func() (nkeys.KeyPair, error)) nkeys.KeyPair {
	t.Helper()
	k, err := create()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func encode(t *testing.T, claims interface {
	Encode(nkeys.KeyPair) (string, error)
}, by nkeys.KeyPair,
) string {
	t.Helper()
	token, err := claims.Encode(by)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func credentials(t *testing.T, account nkeys.KeyPair) string {
	t.Helper()
	k := newKey(t)
	seed, err := k.Seed()
	if err != nil {
		t.Fatal(err)
	}
	file, err := jwt.FormatUserConfig(encode(t, jwt.NewUserClaims(public(t, k)), account), seed)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hub.creds")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnOutsideServerServesAsWell(t *testing.T) {
	js := outside(t)
	for range 2 {
		if _, err := broker.Stream(t.Context(), js, 1); err != nil {
			t.Fatal(err)
		}
	}
}
