package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"casehub/internal/sqlite"
	"casehub/node"
	"casehub/node/audit"
	"casehub/node/egress"
)

// verify answers "casehub-node verify": it follows every chain of the node and
// ends with status 1 at the first link that does not hold. With a file first it
// checks that one release, and needs no node.
func verify(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return verifyFile(args, stdout, stderr)
	}
	var noted []audit.Head
	n, _, err := open(ctx, "verify", args, stderr, func(fl *flag.FlagSet) {
		fl.Func("head", "a `head` of the audit that was noted before, NUMBER:HASH; may be given again", func(s string) error {
			h, err := audit.ParseHead(s)
			noted = append(noted, h)
			return err
		})
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := verifyAudit(ctx, n, noted, stdout); err != nil {
		return err
	}
	if n.Gate == nil {
		return nil
	}
	return verifyReleases(ctx, n.Gate, stdout)
}

// verifyAudit follows the audit and prints its head, to be noted elsewhere.
func verifyAudit(ctx context.Context, n *node.Node, noted []audit.Head, stdout io.Writer) error {
	return n.DB.Snapshot(ctx, func(tx *sqlite.Tx) error {
		head, err := audit.Verify(ctx, tx, noted...)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%d audit entries hold\naudit head %s\n", head.Seq, head)
		return nil
	})
}

// verifyReleases follows the releases and compares them with the hub's receipts
// where the hub can be asked.
func verifyReleases(ctx context.Context, g *egress.Gate, stdout io.Writer) error {
	releases, err := g.VerifyReleases(ctx)
	if err != nil {
		return err
	}
	if err := g.VerifyDecisions(ctx); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d releases and the gate's decisions hold\n", releases)
	receipts, err := g.VerifyReceipts(ctx)
	switch {
	case errors.Is(err, egress.ErrNoHub):
		fmt.Fprintln(stdout, "no hub is set up: whether the database is the newest cannot be told")
	case errors.Is(err, egress.ErrKeyUnknown):
		fmt.Fprintln(stdout, "the hub does not know the office's keys yet: whether the database is the newest cannot be told")
	case errors.Is(err, egress.ErrRolledBack), errors.Is(err, egress.ErrReceipt):
		return err
	case err != nil:
		fmt.Fprintln(stdout, "the hub cannot be reached: whether the database is the newest cannot be told")
	default:
		fmt.Fprintf(stdout, "%d receipts of the hub are of these releases\n", receipts)
	}
	return nil
}
