// Command casehub-node runs one organisation's node.
//
// Exit status 0 is success, 1 failure told in one line, 2 wrong usage; import
// has 3 for an import that left rows in quarantine, and verify FILE has 3 for a
// release whose signature was not checked, because no key was given.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"casehub/cmd/internal/sources"
	"casehub/internal/actor"
	"casehub/node"
	"casehub/node/egress"
)

const usage = `usage: casehub-node COMMAND [-config FILE] …

  serve       run the node and its pages; in an empty folder, set it up
  init        set a node up without pages
  import      bring a legacy file in, by a mapping; mend what was held back, undo
  discover    look at a source and draft a mapping for it
  release     make the draft that is due, release what two people stand for, and
              exchange with the hub
  pack        take a pack of rules from a file, list those that are here
  enrolment   print the public keys that the hub needs of this office, at first and
              after rekey
  backup      make a backup now and prove that it can be restored
  restore     bring a node back from a backup, with the recovery words
  resume      after a restore: say which release was the last at the hub, so that
              they go on
  recovery-identity
              print the key by which the age program opens a backup
  user        list, add, reset and end people from the command line
  recovery    make, test, split and join recovery words
  rekey       change the master key and the keys for the hub, after something was
              stolen
  verify      check the audit, the releases, the gate's decisions and the hub's receipts
  verify FILE check one sealed release that was downloaded; needs no node
  approve     from afar: look at a draft and sign it; make the key for that

casehub-node COMMAND -h tells the flags of a command.
`

// exit is the error of a command that ends with a status of its own and has
// already said why.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// command is one subcommand; its surroundings come in as parameters.
type command func(ctx context.Context, args []string, stdout, stderr io.Writer) error

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	commands := map[string]command{
		"serve": serve, "init": initialise, "import": importFile, "discover": discover, "release": releaseDue, "approve": approve, "enrolment": enrolment, "verify": verify,
		"pack": packs,
		"user": user, "recovery": recovery, "rekey": rekey,
		"backup": backUp, "restore": restore, "resume": resume, "recovery-identity": recoveryIdentity,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(stderr, usage)
		return 2
	}
	err := commands[args[0]](ctx, args[1:], stdout, stderr)
	var status exit
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		return 2
	case errors.As(err, &status):
		return int(status)
	default:
		fmt.Fprintf(stderr, "casehub-node: %s\n", said(err))
		return 1
	}
}

// open reads a command's flags and opens the node as whoever types. Flags of the
// command's own are added by more.
func open(ctx context.Context, name string, args []string, stderr io.Writer, more ...func(*flag.FlagSet)) (*node.Node, actor.Actor, error) {
	var e entry
	if err := parse(name, args, stderr, append(more, e.flags)...); err != nil {
		return nil, actor.Actor{}, err
	}
	return e.open(ctx, stderr)
}

// parse reads the flags of a command that takes nothing else.
func parse(name string, args []string, stderr io.Writer, add ...func(*flag.FlagSet)) error {
	fl := flag.NewFlagSet(name, flag.ContinueOnError)
	fl.SetOutput(stderr)
	for _, a := range add {
		a(fl)
	}
	if err := fl.Parse(args); err != nil {
		return exit(2)
	}
	if fl.NArg() > 0 {
		fmt.Fprintf(stderr, "casehub-node %s: takes no %q\n", name, fl.Arg(0))
		return exit(2)
	}
	return nil
}

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var path string
	err := parse("serve", args, stderr, func(fl *flag.FlagSet) {
		fl.StringVar(&path, "config", "", "settings file, TOML")
	})
	if err != nil {
		return err
	}
	config, err := node.ReadConfig(path)
	if err != nil {
		return err
	}
	secrets := cmp.Or(config.SourceSecrets, filepath.Join(filepath.Dir(path), "source-secrets"))
	config.Sources = sources.Own(config.Own()).FromPages(secrets)
	h, err := node.NewHost(config, slog.New(slog.NewTextHandler(stderr, nil)), time.Now, node.Tell{
		Ready: func(url, fingerprint string) {
			fmt.Fprintf(stdout, "casehub-node: open %s\n", url)
			if fingerprint != "" {
				fmt.Fprintf(stdout, "casehub-node: fingerprint of the certificate: %s\n", fingerprint)
			}
		},
		Code:   func(code string) { fmt.Fprintf(stdout, "casehub-node: code to set it up: %s\n", code) },
		Sealed: func() { fmt.Fprintln(stdout, "casehub-node: sealed until somebody signs in") },
	})
	if err != nil {
		return err
	}
	return h.Serve(ctx)
}

// enrolment prints the public keys that the hub was not given yet, each key with a
// blank line after the one before, and after a theft what the hub needs to withdraw
// what a thief sent.
func enrolment(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var all bool
	n, _, err := open(ctx, "enrolment", args, stderr, func(fl *flag.FlagSet) {
		fl.BoolVar(&all, "all", false, "print every key that the office ever had, to verify old releases by")
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	list, err := n.Enrolments(ctx, all)
	if err != nil {
		return err
	}
	for i, e := range list {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		fmt.Fprintf(stdout, "org-unit %d\nrelease-key %x\nkey-id %d\ntransport-key %s\n", e.OrgUnit, []byte(e.ReleaseKey), e.KeyID, e.TransportKey)
	}
	if len(list) == 0 || list[len(list)-1].KeyID == 1 {
		return nil
	}
	own, err := n.Own(ctx)
	if err != nil {
		return err
	}
	printOwn(stdout, own)
	return nil
}

// printOwn prints the newest release that the office knows it sent, for a hub that
// withdraws what came after it.
func printOwn(stdout io.Writer, own egress.Own) {
	switch {
	case !own.BackAt.IsZero():
		fmt.Fprintf(stdout, "\nThis database was put back from a backup on %s: the office may have sent more than it knows.\nThe hub must withdraw nothing.\n",
			own.BackAt.Format(time.DateOnly))
	case own.Sequence == 0:
		fmt.Fprint(stdout, "last 0\n")
	default:
		fmt.Fprintf(stdout, "last %d\nmark %s\n", own.Sequence, own.Mark)
	}
}
