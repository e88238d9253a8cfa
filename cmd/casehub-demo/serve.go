package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
)

// serve answers the pages of the nodes beside the hub's until ctx ends.
func (d *demo) serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for _, o := range d.offices {
		if err := welcome(ctx, o.node); err != nil {
			return fmt.Errorf("office %d: %w", o.unit, err)
		}
	}
	addresses := make(chan string, len(d.offices))
	errs := make([]error, len(d.offices))
	var wg sync.WaitGroup
	fmt.Fprintf(d.out, "\nopen:\n  http://%s/  the national dashboard\n", d.hub.HTTPAddr())
	for i, o := range d.offices {
		wg.Go(func() {
			defer stop() // one that fails ends the others
			errs[i] = o.node.Serve(ctx, func(address string) { addresses <- address })
			if errs[i] != nil {
				addresses <- ""
			}
		})
		if address := <-addresses; address != "" {
			_, port, _ := net.SplitHostPort(address)
			fmt.Fprintf(d.out, "  http://%s:%s/  %s\n", host(o.profile), port, o.profile.Name)
		}
	}
	d.accounts()
	fmt.Fprintln(d.out, "\nCtrl-C ends the demonstration and throws its folder away.")
	wg.Wait()
	return errors.Join(errs...)
}

// host is a name of this machine for an office alone: browsers keep what they are
// given by name, whatever the port, and a visitor signs in to several offices.
func host(p Profile) string { return strings.ToLower(p.Place) + ".localhost" }

// accounts tells a visitor who they can be.
func (d *demo) accounts() {
	fmt.Fprintf(d.out, "\nsign in everywhere as %q or %q with the password %q", director, monitor, Password)
	for _, o := range d.offices {
		if !o.profile.Team {
			continue
		}
		fmt.Fprintf(d.out, ";\nin %s also as", o.profile.Name)
		for _, h := range team {
			fmt.Fprintf(d.out, " %s", h.login)
		}
	}
	fmt.Fprintln(d.out)
}
