// Command casehub-hub runs the hub of a national body.
//
// Exit status 0 is success, 1 failure told in one line, 2 wrong usage; rebuild
// has 1 also when what is stored does not follow from the kept releases.
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

	"casehub/hub"
)

const usage = `usage: casehub-hub COMMAND [-config FILE] …

  serve           run the hub: broker, intake, figures and pages
  office add      enrol an office with the keys that its node prints
  office list     list the offices
  office renew    give an office new keys after something was stolen from it
  office resume   let an office go on that is held because of a fork
  pack            make, sign and hand out rules and plans; see pack -h
  alarms          list what a person must look at
  keys            print the part of a node's settings that is about this hub
  rebuild         derive all figures again from the kept releases and compare

casehub-hub COMMAND -h tells the flags of a command.
`

// errUsage is the error of a command that was called wrongly and has already
// said how.
var errUsage = errors.New("wrong usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// command is one subcommand; its surroundings come in as parameters.
type command func(ctx context.Context, args []string, stdout, stderr io.Writer) error

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	commands := map[string]command{"serve": serve, "keys": keys, "rebuild": rebuild, "alarms": alarms, "pack": packCommand}
	if len(args) > 0 && args[0] == "office" {
		commands = map[string]command{"add": addOffice, "list": listOffices, "renew": renewOffice, "resume": resumeOffice}
		args = args[1:]
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(stderr, usage)
		return 2
	}
	err := commands[args[0]](ctx, args[1:], stdout, stderr)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
		return 2
	default:
		fmt.Fprintf(stderr, "casehub-hub: %s\n", sentence(err))
		return 1
	}
}

// flags are the flags that all commands have.
type flags struct {
	*flag.FlagSet
	config *string
	stderr io.Writer
}

func newFlags(name string, stderr io.Writer) flags {
	fl := flag.NewFlagSet("casehub-hub "+name, flag.ContinueOnError)
	fl.SetOutput(stderr)
	return flags{fl, fl.String("config", "", "settings file, TOML"), stderr}
}

// read parses the arguments, of which none may be left, and reads the settings.
func (f flags) read(args []string) (hub.Config, error) {
	if err := f.Parse(args); err != nil {
		return hub.Config{}, errUsage
	}
	if f.NArg() > 0 {
		fmt.Fprintf(f.stderr, "%s: takes no %q\n", f.Name(), f.Arg(0))
		return hub.Config{}, errUsage
	}
	return hub.ReadConfig(*f.config)
}

func (f flags) log() *slog.Logger { return slog.New(slog.NewTextHandler(f.stderr, nil)) }

func serve(ctx context.Context, args []string, _, stderr io.Writer) error {
	f := newFlags("serve", stderr)
	c, err := f.read(args)
	if err != nil {
		return err
	}
	return hub.Run(ctx, c, f.log(), time.Now)
}

// keys prints the part of a node's settings that is about this hub.
func keys(_ context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("keys", stderr)
	c, err := f.read(args)
	if err != nil {
		return err
	}
	k, err := hub.ReadKeys(c)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, `# For the settings of a node. Give its office this part and the file that
# ca_file names, and write there where the file lies on the node's machine. This
# hub counts amounts in %s: the node's setting currency must be the same.
[hub]
nats = %q
grpc = %q
ca_file = %q
receipt_key = %q
`, k.Currency, k.NATS, k.GRPC, k.CAFile, k.ReceiptKey)
	return err
}

func rebuild(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("rebuild", stderr)
	write := f.Bool("write", false, "store what follows from the releases in the place of what is stored")
	c, err := f.read(args)
	if err != nil {
		return err
	}
	return hub.WithRegistry(ctx, c, f.log(), func(ctx context.Context, r *hub.Register) error {
		got, err := r.Rebuild(ctx, *write)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%d offices, %d releases, %d forks, %d withdrawn, %d facts\n", got.Offices, got.Releases, got.Forks, got.Withdrawn, got.Facts)
		fmt.Fprintf(stdout, "releases that no longer verify %d, standing otherwise %d; chains that differ %d; facts missing %d, too many %d\n",
			got.Broken, got.Standings, got.Chains, got.Missing, got.Extra)
		switch {
		case got.Equal():
			fmt.Fprintln(stdout, "all that is stored follows from the kept releases")
			return nil
		case got.Written:
			fmt.Fprintln(stdout, "what follows is stored now")
			return nil
		case got.Broken > 0:
			return errors.New("kept releases no longer verify; nothing was written")
		}
		return errors.New("what is stored does not follow from the kept releases")
	})
}
