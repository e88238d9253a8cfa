package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"casehub/internal/release"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Access says how the hub reaches a server, its own or an outside one.
type Access struct {
	URL string
	// CAFile is the authority to trust; "" trusts those of the system.
	CAFile string
	// Key signs the server's challenge where there are no Credentials.
	Key Key
	// Credentials is a file with a user JWT and its seed, for an outside cluster.
	Credentials string
	Log         *slog.Logger
}

// Connect connects as the hub. The connection comes back by itself when it is
// lost; the first one must succeed.
func Connect(a Access) (*nats.Conn, error) {
	opts := []nats.Option{
		nats.Name("casehub-hub"), nats.CustomInboxPrefix(hubInbox),
		nats.MaxReconnects(-1), nats.ReconnectWait(500 * time.Millisecond), nats.Timeout(10 * time.Second),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { a.Log.Error("broker connection", "err", err) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				a.Log.Warn("broker connection lost", "err", err)
			}
		}),
	}
	if a.CAFile != "" {
		pool, err := readPool(a.CAFile)
		if err != nil {
			return nil, err
		}
		opts = append(opts, nats.Secure(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	}
	switch {
	case a.Credentials != "":
		opts = append(opts, nats.UserCredentials(a.Credentials))
	case a.Key.pair != nil:
		public, err := a.Key.Public()
		if err != nil {
			return nil, fmt.Errorf("connecting to the broker: %w", err)
		}
		opts = append(opts, nats.Nkey(public, a.Key.pair.Sign))
	}
	c, err := nats.Connect(a.URL, opts...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the broker: %w", err)
	}
	return c, nil
}

func readPool(path string) (*x509.CertPool, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the broker's authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, errors.New("reading the broker's authority: no certificate in the file")
	}
	return pool, nil
}

// Stream returns the stream of releases, and makes it on the first call, with
// so many replicas. It fails with ErrStream when there is one by that name that
// may lose releases.
func Stream(ctx context.Context, js jetstream.JetStream, replicas int) (jetstream.Stream, error) {
	s, err := js.Stream(ctx, release.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = js.CreateStream(ctx, jetstream.StreamConfig{
			Name: release.Stream, Subjects: []string{release.Subjects},
			Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
			MaxMsgSize: maxMessage, Duplicates: dedupe, Replicas: replicas,
			DenyDelete: true, DenyPurge: true,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("opening the stream of releases: %w", err)
	}
	if !keepsEverything(s.CachedInfo().Config) {
		return nil, ErrStream
	}
	return s, nil
}

// keepsEverything holds for a stream that loses no release by its settings.
func keepsEverything(c jetstream.StreamConfig) bool {
	return len(c.Subjects) == 1 && c.Subjects[0] == release.Subjects &&
		c.Storage == jetstream.FileStorage && c.Retention == jetstream.LimitsPolicy &&
		c.DenyDelete && c.DenyPurge && !c.AllowRollup && c.MaxAge == 0 &&
		c.MaxMsgs <= 0 && c.MaxBytes <= 0 && c.MaxMsgsPerSubject <= 0 &&
		(c.MaxMsgSize <= 0 || c.MaxMsgSize >= maxMessage)
}
