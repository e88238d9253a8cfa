package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/node"
	"casehub/node/egress"
)

// second is the person who approves what another one checked.
type second struct{ login, passwordFile string }

func (s *second) flags(fl *flag.FlagSet) {
	fl.StringVar(&s.login, "approver", "", "name of the second person, who approves what the one of -login checks")
	fl.StringVar(&s.passwordFile, "approver-password-file", "", "read the second person's password from this file")
}

var (
	errNotYes = errors.New("nobody said yes: nothing was sealed")
	// errSameInput reports two passwords from one input, of which only the first
	// would be read.
	errSameInput = errors.New("approver-password-file: the standard input has the answers; give a file")
)

// releaseDue answers "casehub-node release". Without a second person it does what the
// node does by itself. With one, both stand for every month that is due: each is
// shown and asked for.
func releaseDue(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	catchUp := false
	var e entry
	var s second
	err = parse("release", args, stderr, e.flags, s.flags, func(fl *flag.FlagSet) {
		fl.BoolVar(&catchUp, "catch-up", false, "release more than a year of months at once: look at the computer's clock first")
	})
	if err != nil {
		return err
	}
	d := newDialog(stderr)
	var n *node.Node
	var who actor.Actor
	if s.login != "" {
		n, who, err = d.openAs(ctx, e)
	} else {
		n, who, err = e.open(ctx, stderr)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if s.login == "" {
		err = byItself(ctx, n, stdout)
	} else {
		err = byTwo(ctx, n, d, who, s, catchUp, stdout)
	}
	if err != nil {
		return err
	}
	return exchange(ctx, n, stdout)
}

// byItself does what the node does without people.
func byItself(ctx context.Context, n *node.Node, stdout io.Writer) error {
	done, err := n.Release(ctx)
	if done.Sealed != nil {
		fmt.Fprintf(stdout, "release %d for %s: sealed\n", done.Sealed.Sequence, done.Sealed.Period.Dash())
	}
	if err != nil {
		return err
	}
	if d, open, err := n.Gate.OpenDraft(ctx); err != nil {
		return err
	} else if open {
		fmt.Fprintf(stdout, "draft %d for %s: waits for two people, on the page of releases\n", d.ID, d.Period.Dash())
	}
	return nil
}

// byTwo releases every month that is due in the names of two people.
func byTwo(ctx context.Context, n *node.Node, d *dialog, checker actor.Actor, s second, catchUp bool, stdout io.Writer) error {
	months, err := n.CatchUp(ctx, catchUp)
	if err != nil {
		return err
	}
	if s.passwordFile == "-" {
		return errSameInput
	}
	password, err := readPassword(s.passwordFile, "Password of the approver: ", d.out)
	if err != nil {
		return err
	}
	id, err := n.People.Console(ctx, s.login, password)
	if err != nil {
		return err
	}
	by := node.Pair{Checker: checker, Approver: id.Actor(), Look: func(draft egress.Draft) error {
		return d.look(draft.Bytes, n.Registry, stdout)
	}}
	for _, m := range months {
		r, err := n.CloseMonth(ctx, by, m)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "release %d for %s: sealed\n", r.Sequence, r.Period.Dash())
	}
	return nil
}

// look shows what would leave and asks whether it may.
func (d *dialog) look(b []byte, reg *codelist.Registry, stdout io.Writer) error {
	r, err := release.Decode(b)
	if err != nil {
		return err
	}
	release.Print(stdout, r, reg, "en")
	answer, err := d.line("May exactly this leave? Type yes: ")
	if err != nil {
		return err
	}
	if answer != "yes" {
		return errNotYes
	}
	return nil
}

// exchange sends what is sealed and fetches receipts.
func exchange(ctx context.Context, n *node.Node, stdout io.Writer) error {
	s, err := n.Sync(ctx)
	if errors.Is(err, egress.ErrNoHub) {
		fmt.Fprintln(stdout, "no hub is set up: releases wait in the outbox")
		return nil
	}
	if errors.Is(err, egress.ErrKeyUnknown) {
		fmt.Fprintln(stdout, "the hub does not know the office's keys yet: releases wait in the outbox")
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "sent %d, receipted %d, left in the outbox %d\n", s.Sent, s.Receipted, s.Left)
	return nil
}
