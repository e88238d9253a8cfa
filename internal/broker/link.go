package broker

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Link is the hub's connection to the stream of releases.
type Link struct {
	// Stream is what the intake reads.
	Stream jetstream.Stream

	conn *nats.Conn
}

// Open connects as Connect does and opens the stream as Stream does.
func Open(ctx context.Context, a Access, replicas int) (*Link, error) {
	conn, err := Connect(a)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("connecting to the broker: %w", err)
	}
	stream, err := Stream(ctx, js, replicas)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &Link{Stream: stream, conn: conn}, nil
}

// Connected reports whether the broker answers at present.
func (l *Link) Connected() bool { return l.conn.IsConnected() }

// Close ends the connection.
func (l *Link) Close() { l.conn.Close() }
