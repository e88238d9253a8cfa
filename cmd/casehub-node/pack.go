package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"casehub/internal/pack"
)

const packUsage = `usage: casehub-node pack COMMAND [-config FILE] …

  add      take a pack or new keys from a file, as on a memory stick
  list     list the newest pack of each kind, and a plan that waits
`

// packs answers "casehub-node pack".
func packs(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	commands := map[string]command{"add": addPack, "list": listPacks}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(stderr, packUsage)
		return exit(2)
	}
	return commands[args[0]](ctx, args[1:], stdout, stderr)
}

// addPack takes a file in as the hub's answer would be.
func addPack(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var path string
	n, who, err := open(ctx, "pack add", args, stderr, func(fl *flag.FlagSet) {
		fl.StringVar(&path, "pack", "", "the `file` of the pack")
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if n.Gate == nil {
		return errors.New("setting office.org_unit: is missing, so this node takes no packs")
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	defer f.Close()
	file, err := io.ReadAll(io.LimitReader(f, pack.MaxBytes+1))
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	t, err := n.Gate.TakePack(ctx, who, file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s %d: taken\n", t.Name, t.Version)
	return err
}

func listPacks(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	n, _, err := open(ctx, "pack list", args, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if n.Gate == nil {
		return errors.New("setting office.org_unit: is missing, so this node takes no packs")
	}
	list, err := n.Gate.Packs(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(stdout, "no pack was taken yet: the program's own rules hold")
		return nil
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVERSION\tTAKEN\tEXPIRES")
	for _, t := range list {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", t.Name, t.Version, t.TakenAt.Format(time.DateOnly), t.Expires)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	p, waits, err := n.Gate.Proposal(ctx)
	switch {
	case err != nil || !waits:
		return err
	case p.Accepted():
		fmt.Fprintf(stdout, "plan %d is accepted and counts from %s on\n", p.Registry, p.From.Dash())
	default:
		fmt.Fprintf(stdout, "plan %d waits: a director accepts it on the page Rules and plan\n", p.Registry)
	}
	return nil
}
