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

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/cmd/internal/sources"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/internal/web"
	"casehub/node"
	"casehub/node/imports"
	nodelocale "casehub/node/locale"
)

// withQuarantine is the status of an import that left rows in quarantine.
const withQuarantine exit = 3

// importFlags are the flags of import.
type importFlags struct {
	entry
	mapping, instance, report string
	dryRun, accept            bool
	quarantine, out           string
	layout, mend, html, undo  string
	language                  string
	file                      string
}

const importUsage = `usage: casehub-node import --mapping MAPPING [--dry-run] [--report FILE] [--out HELD] … [FILE]
       casehub-node import --quarantine RUN|latest [--layout source] --out HELD
       casehub-node import --mapping MAPPING --mend HELD FILE
       casehub-node import --undo RUN|latest

The second form writes what is still in quarantine of the file that an earlier
run read. HELD is a CSV file with the place, the meaning and the value of each
entry. The values are personal data: the file is for its owner alone; - is the
screen. With --layout source it has the held rows whole, in the columns of the
source and two more that tell what is wrong, as a CSV file or, named *.xlsx, as a
workbook. Mend the cells, leave the last column alone, and give it back by --mend
with the mapping and the FILE that the rows came from, until nothing is held.

The last form takes a whole run back, while nobody has changed what it brought.

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
	if f.undo != "" {
		return undoRun(ctx, f, stdout, stderr, f.open)
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
	fl.StringVar(&f.layout, "layout", "", "with -quarantine: source writes whole rows in the columns of the source")
	fl.StringVar(&f.mend, "mend", "", "read the held rows from this file, in which they were mended")
	fl.StringVar(&f.html, "html", "", "write the report as a page to this file")
	fl.StringVar(&f.language, "language", "en", "language of the page: en or es")
	fl.StringVar(&f.undo, "undo", "", "take a run back: its number, or latest")
	fl.BoolVar(&f.dryRun, "dry-run", false, "say what would happen and write nothing")
	fl.BoolVar(&f.accept, "accept", false, "go on though many rows failed or are gone, or may be missing from the source")
	fl.Usage = func() {
		fmt.Fprintf(stderr, importUsage, "  "+strings.Join(imports.ShippedNames(), "\n  ")+"\n")
		fl.PrintDefaults()
	}
	if err := fl.Parse(args); err != nil {
		return f, exit(2)
	}
	ok := f.mapping != "" && (f.language == "en" || f.language == "es") && fl.NArg() <= 1 && f.out != "-" && f.layout == ""
	if f.quarantine != "" {
		ok = f.mapping == "" && f.instance == "" && f.report == "" && f.html == "" && f.mend == "" && f.undo == "" && !f.dryRun && !f.accept && f.out != "" &&
			fl.NArg() == 0 && (f.layout == "" || f.layout == "source")
		_, err := runNumber(f.quarantine)
		ok = ok && err == nil
	}
	if f.undo != "" {
		_, err := runNumber(f.undo)
		ok = err == nil && f.mapping == "" && f.quarantine == "" && f.mend == "" && fl.NArg() == 0
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
	mine, err := f.own()
	if err != nil {
		return err
	}
	src, err := openAsked(ctx, mine, m, f.file, stderr)
	if err != nil {
		return err
	}
	defer sources.Close(src, &err)
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
	s := imports.NewService(n.DB, reg, n.Access, time.Now)
	read := src
	if f.mend != "" {
		if read, err = mendedSource(ctx, s, importer(who), f.mend, src); err != nil {
			return err
		}
	}
	report, err := s.Run(ctx, importer(who), m, read, imports.Options{
		DryRun: f.dryRun, Instance: f.instance, Accept: f.accept, Name: nameOf(m, f.file), NextRelease: next, Progress: progress.show, Held: held.add,
		Documents: n.Documents,
	})
	progress.end()
	if err != nil && !errors.Is(err, imports.ErrRefused) && !errors.Is(err, imports.ErrIncomplete) {
		return err
	}
	if kept := held.keep(stderr); kept != nil {
		return kept
	}
	if f.html != "" {
		if failed := writePage(report, f.html, f.language); failed != nil {
			return failed
		}
	}
	return tell(report, err, f.report, stdout)
}

// mendedSource opens the rows of the latest run that were held back and mended in a
// file.
func mendedSource(ctx context.Context, s *imports.Service, who actor.Actor, path string, original adapters.Source) (adapters.Source, error) {
	file, err := spreadsheet.Open(place.On(path), spreadsheet.Settings{})
	if err != nil {
		return nil, err
	}
	return s.Mended(ctx, who, 0, file, original)
}

// writePage writes the report as a page in a language.
func writePage(report imports.Report, path, language string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	words, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		return err
	}
	return report.WriteHTML(f, words, language)
}

// undoRun takes a run back.
func undoRun(ctx context.Context, f importFlags, stdout, stderr io.Writer, open opener) (err error) {
	run, err := runNumber(f.undo)
	if err != nil {
		return err
	}
	n, who, err := open(ctx, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	u, err := imports.NewService(n.DB, codelist.National(), n.Access, time.Now).Undo(ctx, importer(who), run)
	for _, e := range u.InTheWay {
		fmt.Fprintf(stdout, "%s %s %s\n", e.Why, e.Entity, e.ID)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "run %d taken back: %d records removed, %d as they were before, %d entries of the quarantine open again\n", u.Run, u.Removed, u.Restored, u.Reopened)
	return err
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
	return imports.ParseMappingBeside(text, reg, os.DirFS(filepath.Dir(name)))
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
