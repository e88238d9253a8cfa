package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"casehub/internal/web"
)

// listenOn returns the listener of the pages: plain on the loopback, by TLS with
// the node's own certificate anywhere else.
func (f filled) listenOn(l net.Listener, log *slog.Logger, now func() time.Time) (*web.Listener, error) {
	on, err := web.ListenOn(l, web.Place{Folder: f.Data, Names: f.Hosts, Now: now, Log: log})
	if err != nil {
		return nil, fmt.Errorf("setting listen: %w", err)
	}
	return on, nil
}

// Serve answers the pages of an open node on its address and does by itself
// what a node has to do, until ctx ends. It tells ready the address it listens
// on. It is for programs that hold several nodes; a node of its own has a Host.
func (n *Node) Serve(ctx context.Context, ready func(address string)) error {
	l, err := net.Listen("tcp", n.config.Listen)
	if err != nil {
		return fmt.Errorf("setting listen: %w", err)
	}
	on, err := n.config.listenOn(l, n.log, n.now)
	if err != nil {
		return err
	}
	n.config.pageHosts = on.Hosts()
	if err := n.tidy(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	handler, err := n.Handler()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { n.follow(ctx) })
	ready(l.Addr().String())
	err = on.Serve(ctx, handler)
	stop()
	wg.Wait()
	return err
}
