package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/cmd/internal/sources"
	"casehub/node"
	"casehub/node/imports"
)

// own returns what is the node's own by its settings, with the password that a
// command was given.
func (e entry) own() (sources.Own, error) {
	config, err := node.ReadConfig(e.config)
	if err != nil {
		return nil, err
	}
	o := sources.Own(config.Own())
	if e.passwordFile != "" && e.passwordFile != "-" {
		o = append(o, e.passwordFile)
	}
	return o, nil
}

// placeOf is where FILE lies; nowhere without one.
func placeOf(file string) place.Place {
	if file == "" {
		return place.Place{}
	}
	return place.On(file)
}

// openAsked opens a source that somebody asked for by a command, where a file too few
// or too many is wrong usage.
func openAsked(ctx context.Context, o sources.Own, m *imports.Mapping, file string, stderr io.Writer) (adapters.Source, error) {
	src, err := o.Open(ctx, m, placeOf(file))
	if errors.Is(err, adapters.ErrFileNeeded) || errors.Is(err, adapters.ErrNoFile) {
		fmt.Fprintf(stderr, "casehub-node: %s\n", said(err))
		return nil, exit(2)
	}
	return src, err
}
