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

// newServer returns the server of the pages. A peer that sends slowly is cut.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Minute,
		WriteTimeout: 10 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
}

// serve answers requests until ctx ends, then lets the open ones end.
func serve(ctx context.Context, server *http.Server, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = server.Shutdown(grace) // what is still open is cut
	})
	var err error
	if server.TLSConfig != nil {
		err = server.ServeTLS(l, "", "")
	} else {
		err = server.Serve(l)
	}
	stop()
	wg.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving pages: %w", err)
}

// Serve answers the pages of an open node on its address and does by itself
// what a node has to do, until ctx ends. It tells ready the address it listens
// on. It is for programs that hold several nodes; a node of its own has a Host.
func (n *Node) Serve(ctx context.Context, ready func(address string)) error {
	l, err := net.Listen("tcp", n.config.Listen)
	if err != nil {
		return fmt.Errorf("setting listen: %w", err)
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
	err = serve(ctx, newServer(handler), l)
	stop()
	wg.Wait()
	return err
}
