package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"casehub/node"
	"casehub/node/setup"
)

const initUsage = `usage: casehub-node init -organisation NAME -office "NAME; REGION" … -director NAME -login LOGIN [-password-file FILE] [-language LANGUAGE] [-config FILE]

It sets up the node in the folder of the settings, as the pages of "serve" do in
an empty folder, and prints the 24 words of the recovery key. Where the settings
name a key_file, the node opens by it after each start.

`

// offices gathers the flags -office.
type offices []setup.Office

func (o *offices) String() string { return "" }

func (o *offices) Set(typed string) error {
	*o = append(*o, setup.ReadOffices(typed)...)
	return nil
}

// initialise answers "casehub-node init".
func initialise(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var p setup.Plan
	fl := flag.NewFlagSet("init", flag.ContinueOnError)
	fl.SetOutput(stderr)
	config := fl.String("config", "", "settings file, TOML")
	passwordFile := fl.String("password-file", "", "read the director's password from this file; - is the standard input")
	fl.StringVar(&p.Organisation, "organisation", "", "name of the organisation")
	fl.Var((*offices)(&p.Offices), "office", "name of an office, and its region after a semicolon; once for each")
	fl.StringVar(&p.Director.Name, "director", "", "name of the first director")
	fl.StringVar(&p.Director.Login, "login", "", "name that the director signs in with")
	fl.StringVar(&p.Language, "language", "en", "en or es")
	fl.Usage = func() {
		fmt.Fprint(stderr, initUsage)
		fl.PrintDefaults()
	}
	if err := fl.Parse(args); err != nil {
		return exit(2)
	}
	if fl.NArg() > 0 {
		fl.Usage()
		return exit(2)
	}
	settings, err := node.ReadConfig(*config)
	if err != nil {
		return err
	}
	if err := p.Check(); err != nil {
		return err
	}
	if p.Director.Password, err = readPassword(*passwordFile, "Password of the director: ", stderr); err != nil {
		return err
	}
	words, err := node.Create(ctx, settings, p, time.Now)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, "The node is set up. These words open everything when every password is lost:\nwrite them on paper, and keep the paper outside the office.\n\n")
	for i, w := range words.List(p.Language) {
		fmt.Fprintf(stdout, "%2d  %s\n", i+1, w)
	}
	return nil
}
