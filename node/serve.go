package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Serve answers the node's pages on its loopback address and does by itself
// what a node has to do, until ctx ends. It tells ready the address it listens
// on.
func (n *Node) Serve(ctx context.Context, ready func(address string)) error {
	l, err := net.Listen("tcp", n.config.Listen)
	if err != nil {
		return fmt.Errorf("setting listen: %w", err)
	}
	return n.ServeOn(ctx, l, ready)
}

// ServeOn is Serve on a listener that is open already; it closes it.
func (n *Node) ServeOn(ctx context.Context, l net.Listener, ready func(address string)) error {
	handler, err := n.Handler()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { n.follow(ctx) })
	wg.Go(func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = server.Shutdown(grace) // what is still open is cut
	})
	ready(l.Addr().String())
	err = server.Serve(l)
	stop()
	wg.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving pages: %w", err)
}
