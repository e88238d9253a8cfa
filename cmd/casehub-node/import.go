package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/node"
	"casehub/node/imports"
)

// withQuarantine is the status of an import that left rows in quarantine.
const withQuarantine exit = 3

// importFlags are the flags of import.
type importFlags struct {
	entry
	mapping, instance, report string
	dryRun, accept            bool
	quarantine, out           string
	file                      string
}

const importUsage = `usage: casehub-node import --mapping MAPPING [--dry-run] [--report FILE] [--out HELD] … [FILE]
       casehub-node import --quarantine RUN|latest --out HELD

The second form writes what is still in quarantine of the file that an earlier
run read. HELD is a CSV file with the place, the meaning and the value of each
entry. The values are personal data: the file is for its owner alone; - is the
screen.

FILE is what the mapping reads; there is none where it reads a server.
MAPPING is a mapping file, or the name of one that comes with the program:
%s
Exit status 0 when every row was taken, 3 when some are in quarantine, 1 when
nothing was imported, 2 for wrong usage.

`

// importFile answers "casehub-node import".
func importFile(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := readImportFlags(args, stderr)
	if err != nil {
		return err
	}
	if f.quarantine != "" {
		return quarantineInto(ctx, f, stdout, stderr, f.open)
	}
	return importInto(ctx, f, stdout, stderr, f.open)
}

func readImportFlags(args []string, stderr io.Writer) (importFlags, error) {
	var f importFlags
	fl := flag.NewFlagSet("import", flag.ContinueOnError)
	fl.SetOutput(stderr)
	f.flags(fl)
	fl.StringVar(&f.mapping, "mapping", "", "mapping file, or the name of a shipped mapping")
	fl.StringVar(&f.instance, "instance", "", "source instance, in place of the mapping's")
	fl.StringVar(&f.report, "report", "", "write the report as JSON to this file")
	fl.StringVar(&f.quarantine, "quarantine", "", "write what an earlier run left in quarantine: its number, or latest")
	fl.StringVar(&f.out, "out", "", "write what is quarantined, with its values, to this CSV file")
	fl.BoolVar(&f.dryRun, "dry-run", false, "say what would happen and write nothing")
	fl.BoolVar(&f.accept, "accept", false, "go on though many rows failed or are gone")
	fl.Usage = func() {
		fmt.Fprintf(stderr, importUsage, "  "+strings.Join(imports.ShippedNames(), "\n  ")+"\n")
		fl.PrintDefaults()
	}
	if err := fl.Parse(args); err != nil {
		return f, exit(2)
	}
	ok := f.mapping != "" && fl.NArg() <= 1 && f.out != "-"
	if f.quarantine != "" {
		ok = f.mapping == "" && f.instance == "" && f.report == "" && !f.dryRun && !f.accept && f.out != "" && fl.NArg() == 0
		_, err := runNumber(f.quarantine)
		ok = ok && err == nil
	}
	if !ok {
		fl.Usage()
		return f, exit(2)
	}
	f.file = fl.Arg(0)
	return f, nil
}

// importer is a person as the audit tells of their import. The program itself,
// which came in by the key file, stays what it is.
func importer(who actor.Actor) actor.Actor {
	if who.Kind == actor.Person {
		who.Kind = actor.Import
	}
	return who
}

// opener opens the node as whoever types.
type opener func(ctx context.Context, stderr io.Writer) (*node.Node, actor.Actor, error)

// importInto imports one file into the node that open opens.
func importInto(ctx context.Context, f importFlags, stdout, stderr io.Writer, open opener) (err error) {
	reg := codelist.National()
	m, err := readMapping(f.mapping, reg)
	if err != nil {
		return err
	}
	src, err := openSource(ctx, m, f.file)
	if err != nil {
		return err
	}
	defer closeSource(src, &err)
	n, who, err := open(ctx, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	held, err := newHeldOut(f.out, stdout)
	if err != nil {
		return err
	}
	defer held.drop()
	next, err := n.NextPeriod(ctx)
	if err != nil {
		return err
	}
	progress := progressOn(stderr)
	report, err := imports.NewService(n.DB, reg, n.Access, time.Now).Run(ctx, importer(who), m, src, imports.Options{
		DryRun: f.dryRun, Instance: f.instance, Accept: f.accept, Name: nameOf(m, f.file), NextRelease: next, Progress: progress.show, Held: held.add,
	})
	progress.end()
	if err != nil && !errors.Is(err, imports.ErrRefused) {
		return err
	}
	if kept := held.keep(stderr); kept != nil {
		return kept
	}
	return tell(report, err, f.report, stdout)
}

// nameOf returns what the report calls a source: the file's name without its folder,
// or the type of one without a file.
func nameOf(m *imports.Mapping, file string) string {
	if file == "" {
		return m.SourceType
	}
	return filepath.Base(file)
}

// tell writes the report and turns it into an exit status.
func tell(report imports.Report, refused error, path string, stdout io.Writer) error {
	if err := report.WriteText(stdout); err != nil {
		return err
	}
	if path != "" {
		text, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
			return err
		}
	}
	switch {
	case refused != nil:
		return refused
	case !report.Clean():
		return withQuarantine
	}
	return nil
}

// readMapping reads a mapping file, or one that comes with the program.
func readMapping(name string, reg *codelist.Registry) (*imports.Mapping, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if shipped, ok := imports.Shipped(name); ok {
			text, err = shipped, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return imports.ParseMapping(text, reg)
}

// progress shows how far an import is: a bar on a terminal, a line now and then
// anywhere else.
type progress struct {
	w     io.Writer
	bar   *progressbar.ProgressBar
	phase string
	last  int64
}

func progressOn(w io.Writer) *progress {
	p := &progress{w: w}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
		}
	}
	return p
}

// linesEvery is the number of rows between two lines of progress.
const linesEvery = 5000

func (p *progress) show(now imports.Progress) {
	if now.Phase != p.phase {
		p.phase, p.last = now.Phase, 0
		if p.bar != nil {
			p.bar.Reset()
			p.bar.ChangeMax64(now.Total)
			p.bar.Describe(now.Phase)
		}
	}
	switch {
	case p.bar != nil:
		_ = p.bar.Set64(now.Done)
	case now.Done-p.last >= linesEvery || now.Done == now.Total && now.Total > 0:
		p.last = now.Done
		fmt.Fprintf(p.w, "%s %d rows\n", now.Phase, now.Done)
	}
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
