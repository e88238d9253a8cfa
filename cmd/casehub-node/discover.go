package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"casehub/cmd/internal/sources"
	"casehub/internal/codelist"
	"casehub/node/imports"
)

const discoverUsage = `usage: casehub-node discover [--type TYPE] [--settings FILE] [--config FILE] [SOURCE]

Looks at a source and writes the draft of a mapping to the screen: its tables, what
the columns seem to be, and the frequent words of those that hold codes. Nothing is
imported, and no node is needed. The draft is refused as a mapping until everything
marked TODO is decided.

FILE has the settings of the source, as they stand under "source" in a mapping; a
source over the network needs one, and has no SOURCE.

`

// discover answers "casehub-node discover".
func discover(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var kind, settings, config string
	fl := flag.NewFlagSet("discover", flag.ContinueOnError)
	fl.SetOutput(stderr)
	fl.StringVar(&kind, "type", "spreadsheet", "type of the source")
	fl.StringVar(&settings, "settings", "", "file with the settings of the source")
	fl.StringVar(&config, "config", "", "settings file of the node, TOML: whose files no source may name")
	fl.Usage = func() {
		fmt.Fprint(stderr, discoverUsage)
		fl.PrintDefaults()
	}
	if err := fl.Parse(args); err != nil {
		return exit(2)
	}
	if fl.NArg() > 1 || settings == "" && fl.NArg() == 0 {
		fl.Usage()
		return exit(2)
	}
	text := []byte("type: " + kind + "\n")
	if settings != "" {
		if text, err = os.ReadFile(settings); err != nil {
			return err
		}
	}
	m, err := imports.SourceSettings(text)
	if err != nil {
		return err
	}
	mine, err := entry{config: config}.own()
	if err != nil {
		return err
	}
	src, err := openAsked(ctx, mine, m, fl.Arg(0), stderr)
	if err != nil {
		return err
	}
	defer sources.Close(src, &err)
	tables, err := imports.Sample(ctx, src)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(nameOf(m, fl.Arg(0))), filepath.Ext(fl.Arg(0)))
	_, err = stdout.Write(imports.Draft(name, m, tables, codelist.National()))
	return err
}
