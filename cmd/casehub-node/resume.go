package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"casehub/internal/civil"
	"casehub/node/egress"
)

// resume answers "casehub-node resume": somebody who may approve releases says which
// was the last one at the hub, after the database was put back.
func resume(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var e entry
	var month string
	told := egress.Told{}
	sequence := -1
	err = parse("resume", args, stderr, e.flags, func(fl *flag.FlagSet) {
		fl.IntVar(&sequence, "sequence", -1, "`number` of the last release that the hub has, as it is read out by telephone; 0 for none")
		fl.StringVar(&month, "month", "", "its month, `YYYY-MM`")
		fl.StringVar(&told.Mark, "mark", "", "the `beginning` of its mark or fingerprint, at least eight letters and digits")
	})
	if err != nil {
		return err
	}
	if sequence < 0 || sequence > 1<<30 {
		fmt.Fprintln(stderr, "casehub-node resume: give -sequence, and for any but 0 -month and -mark")
		return exit(2)
	}
	told.Sequence = uint32(sequence)
	if month != "" {
		if told.Month, err = civil.ParseMonth(month); err != nil {
			return fmt.Errorf("month: %w", err)
		}
	}
	n, who, err := newDialog(stderr).openAs(ctx, e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.Resume(ctx, who, told); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "releases go on")
	return nil
}
