// Command casehub-demo shows the main job in one process: a hub and five nodes
// of different size, legacy files imported, two years of invented casework
// released month by month over real NATS into real Postgres, and the proof that
// the hub's totals are the nodes' releases to the last case. Then it keeps
// serving the pages, until it is stopped.
//
// Everybody in it is invented. Its folder is thrown away at the end.
//
// `casehub-demo utility` starts nothing: it tells what readers get of published
// numbers, by the size of an office.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "casehub-demo: %v\n", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("wrong usage")

// errDiffers reports a hub that does not agree with its nodes.
var errDiffers = errors.New("the reconciliation does not hold")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	if len(args) > 0 && args[0] == "utility" {
		return utility(args[1:], stdout, stderr)
	}
	fl := flag.NewFlagSet("casehub-demo", flag.ContinueOnError)
	fl.SetOutput(stderr)
	once := fl.Bool("once", false, "stop after the reconciliation, with exit status 0 only if it holds")
	seed := fl.Uint64("seed", 1, "another seed invents other people")
	months := fl.Int("months", 24, "months of casework, 1 to 60")
	if fl.Parse(args) != nil || fl.NArg() > 0 || *months < 1 || *months > 60 {
		fl.Usage()
		return errUsage
	}
	dir, err := workspace()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	begin := time.Now()
	fmt.Fprintln(stdout, "casehub demo: everybody in here is invented")
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	d, err := start(ctx, dir, *seed, *months, stdout, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	if err := d.show(ctx, begin); err != nil || *once {
		return err
	}
	if err := d.today(ctx); err != nil {
		return err
	}
	return d.serve(ctx)
}

// show imports, plays, and proves.
func (d *demo) show(ctx context.Context, begin time.Time) error {
	fmt.Fprintf(d.out, "hub and %d nodes ready after %.1f s\n\nlegacy files:\n", len(d.offices), time.Since(begin).Seconds())
	recorded, err := d.importSamples(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\ncasework of %s to %s, released month by month:\n", d.first.Dash(), d.last.Dash())
	played, err := d.play(ctx)
	if err != nil {
		return err
	}
	recorded.Add(played)
	r, err := reconcile(ctx, recorded, d.offices, d.hub.Statistics())
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, "\nreconciliation:")
	r.print(d.out, d.reg)
	if problems := r.problems(); len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprintln(d.out, "  "+p)
		}
		return errDiffers
	}
	fmt.Fprintf(d.out, "the hub's totals are the nodes' releases, to the last case (%.1f s)\n", time.Since(begin).Seconds())
	return nil
}
