package broker_test

import (
	"log/slog"
	"testing"

	"casehub/internal/broker"
	"casehub/internal/broker/brokertest"

	"github.com/nats-io/nats.go/jetstream"
)

// outside runs a server that is not the hub's and connects to it as the hub does.
func outside(t *testing.T) jetstream.JetStream {
	t.Helper()
	s := brokertest.Outside(t)
	c, err := broker.Connect(broker.Access{URL: s.URL, CAFile: s.CAFile, Credentials: s.Credentials, Log: slog.New(slog.DiscardHandler)})
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

func TestAnOutsideServerServesAsWell(t *testing.T) {
	js := outside(t)
	for range 2 {
		if _, err := broker.Stream(t.Context(), js, 1); err != nil {
			t.Fatal(err)
		}
	}
}
