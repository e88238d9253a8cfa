package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"casehub/internal/actor"
	"casehub/node"
	"casehub/node/backup"
)

// backUp answers "casehub-node backup": it makes a backup at once and proves it.
func backUp(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var to source
	use := false
	n, who, err := open(ctx, "backup", args, stderr, func(fl *flag.FlagSet) {
		fl.StringVar(&to.from, "to", "", "folder, or s3://BUCKET/PREFIX; every chosen folder when left out")
		to.flags(fl)
		fl.BoolVar(&use, "use", false, "choose this place for backups, if it was not chosen before")
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	var config node.BackupConfig
	if to.remote() {
		config.S3 = to.settings()
	}
	svc, err := n.OpenBackups(config)
	if err != nil {
		return err
	}
	defer svc.Close()
	if use {
		if err := choose(ctx, svc, who, to); err != nil {
			return err
		}
	}
	places, err := placesFor(ctx, svc, to)
	if err != nil {
		return err
	}
	for _, p := range places {
		b, failed := svc.Run(ctx, who, p.ID)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("backup to %s: %w", p.Path, failed))
			continue
		}
		fmt.Fprintf(stdout, "backup %d in %s: made, restored and compared, %d bytes\n", b.Sequence, p.Path, b.Size)
	}
	return err
}

// choose claims a place.
func choose(ctx context.Context, svc *backup.Service, who actor.Actor, to source) error {
	if to.remote() {
		return svc.ClaimRemote(ctx, who)
	}
	path, err := filepath.Abs(to.from)
	if err != nil {
		return err
	}
	_, err = svc.AddFolder(ctx, who, path)
	return err
}

// placesFor returns the place that was asked for, or all.
func placesFor(ctx context.Context, svc *backup.Service, to source) ([]backup.Place, error) {
	all, err := svc.Places(ctx)
	if err != nil {
		return nil, err
	}
	if to.from == "" {
		if len(all) == 0 {
			return nil, errors.New("no place for backups is chosen: give one with -to FOLDER -use")
		}
		return all, nil
	}
	path, err := filepath.Abs(to.from)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Path == path || to.remote() && p.ID == backup.S3Place {
			return []backup.Place{p}, nil
		}
	}
	return nil, fmt.Errorf("%w Choose this folder with -use", backup.ErrNoPlace)
}
