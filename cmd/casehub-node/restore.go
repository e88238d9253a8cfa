package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"casehub/node"
	"casehub/node/backup"
	"casehub/node/backup/store"
	"casehub/node/vault"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

const restoreUsage = `usage: casehub-node restore -from FOLDER -data FOLDER [-sequence NUMBER] [-words-file FILE]
       casehub-node restore -from s3://BUCKET/PREFIX -endpoint https://HOST -credentials FILE -data FOLDER …

It brings a node back from a backup into an empty folder, with the 24 recovery
words and nothing else: the database, the keys of cases, all papers, the key
file. What was erased since the backup is erased again. It ends with everything
that came back and what of it does not hold. A restore that was broken off is
begun anew by the same command.

`

// source says where backups are.
type source struct{ from, endpoint, region, credentials string }

func (s *source) flags(fl *flag.FlagSet) {
	fl.StringVar(&s.endpoint, "endpoint", "", "address of the S3-compatible store, https://HOST")
	fl.StringVar(&s.region, "region", "", "region of the store, where it has any")
	fl.StringVar(&s.credentials, "credentials", "", "file with the access key and the secret key, a line each")
}

// remote reports whether the place is a store on another machine.
func (s source) remote() bool { return strings.HasPrefix(s.from, "s3://") }

func (s source) settings() store.S3Settings {
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(s.from, "s3://"), "/")
	return store.S3Settings{Endpoint: s.endpoint, Bucket: bucket, Prefix: prefix, Region: s.region, CredentialsFile: s.credentials}
}

// store opens the place.
func (s source) store() (store.Store, error) {
	if s.remote() {
		return store.NewS3(s.settings())
	}
	path, err := filepath.Abs(s.from)
	return store.Folder{Path: path}, err
}

// restore answers "casehub-node restore".
func restore(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var from source
	var data, wordsFile string
	var sequence int
	fl := flag.NewFlagSet("restore", flag.ContinueOnError)
	fl.SetOutput(stderr)
	fl.StringVar(&from.from, "from", "", "folder of the backups, or s3://BUCKET/PREFIX")
	from.flags(fl)
	fl.StringVar(&data, "data", "", "folder of the new node, empty or not there yet")
	fl.IntVar(&sequence, "sequence", 0, "number of the backup; the newest when left out")
	fl.StringVar(&wordsFile, "words-file", "", "read the recovery words from this file; - is the standard input")
	fl.Usage = func() {
		fmt.Fprint(stderr, restoreUsage)
		fl.PrintDefaults()
	}
	if err := fl.Parse(args); err != nil {
		return exit(2)
	}
	if fl.NArg() > 0 || from.from == "" || data == "" {
		fl.Usage()
		return exit(2)
	}
	place, err := from.store()
	if err != nil {
		return err
	}
	words, err := readWords(wordsFile, stderr)
	if err != nil {
		return err
	}
	out, err := backup.Restore(ctx, backup.Restoring{
		Place: place, Sequence: sequence, Data: data, Words: words, Now: time.Now, Reapply: node.Reapply, Progress: bar(stderr),
	})
	if err != nil {
		return err
	}
	return report(stdout, out, data)
}

// report prints what came back. It fails when something of it does not hold.
func report(stdout io.Writer, out backup.Outcome, data string) error {
	fmt.Fprintf(stdout, "backup %d of %s is back in %s\n", out.Sequence, out.At, data)
	fmt.Fprintf(stdout, "  %d rows in %d tables, %d entries of the audit, %d releases\n", out.Rows, out.Tables, out.AuditEntries, out.Releases)
	fmt.Fprintf(stdout, "  %d papers, %d bytes; %d keys of cases from backup %d\n", out.Attachments, out.AttachmentBytes, out.CaseKeys, out.KeysSequence)
	wrong := len(out.Warnings)
	for _, w := range out.Warnings {
		fmt.Fprintf(stdout, "  warning: %s\n", said(w))
	}
	for _, c := range []struct {
		n    int
		text string
	}{
		{out.Unreadable, "papers have no key any more: they were erased, or their keys outlived their 35 days"},
		{out.Damaged, "papers were damaged before the backup was made"},
		{out.Missing, "papers were missing before the backup was made"},
	} {
		if c.n > 0 {
			wrong++
			fmt.Fprintf(stdout, "  warning: %d %s\n", c.n, c.text)
		}
	}
	if out.KeysSequence == 0 || out.Newer > 0 {
		wrong++
		fmt.Fprintln(stdout, "  warning: the newest keys of cases could not be opened: what was erased since this backup is back, and has to be erased again")
	}
	if wrong == 0 {
		fmt.Fprintln(stdout, "everything that went in came back")
	}
	fmt.Fprintln(stdout, "no release leaves it before somebody who may approve says which one was the last at the hub: on the page of releases, or by casehub-node resume")
	fmt.Fprintf(stdout, "was this a drill? type this code on the page Backups of the office, and remove the folder %s:\n  %s\n", data, out.Drill)
	return nil
}

// bar shows progress at a terminal; nil where there is none.
func bar(stderr io.Writer) func(backup.Progress) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	var step backup.Step
	var b *progressbar.ProgressBar
	return func(p backup.Progress) {
		if p.Step != step {
			step = p.Step
			b = progressbar.NewOptions64(max(p.Total, -1), progressbar.OptionSetWriter(stderr), progressbar.OptionSetDescription(string(p.Step)),
				progressbar.OptionShowBytes(true), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		if p.Total > 0 {
			_ = b.Set64(min(p.Done, p.Total))
		}
	}
}

// readWords reads the recovery words from a file or at the terminal.
func readWords(path string, stderr io.Writer) (vault.Words, error) {
	if path == "" {
		typed, err := readPassword("", "Recovery words, with spaces between: ", stderr)
		if err != nil {
			return vault.Words{}, err
		}
		return vault.ParseWords(typed)
	}
	var r io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return vault.Words{}, fmt.Errorf("words-file: %w", err)
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return vault.Words{}, fmt.Errorf("words-file: %w", err)
	}
	return vault.ParseWords(unnumbered(string(b)))
}

// unnumbered drops the numbers that stand before printed words.
func unnumbered(text string) string {
	var words []string
	for _, w := range strings.Fields(text) {
		if strings.Trim(w, "0123456789.)") != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

// recoveryIdentity answers "casehub-node recovery-identity": it prints the secret
// key by which the age program opens a backup without this one.
func recoveryIdentity(_ context.Context, args []string, stdout, stderr io.Writer) error {
	var wordsFile string
	err := parse("recovery-identity", args, stderr, func(fl *flag.FlagSet) {
		fl.StringVar(&wordsFile, "words-file", "", "read the recovery words from this file; - is the standard input")
	})
	if err != nil {
		return err
	}
	words, err := readWords(wordsFile, stderr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "Whoever has the next line opens every backup. Keep it in a file of your own and remove it afterwards:\n  age -d -i FILE backup-000001.tar.age | tar x\n")
	fmt.Fprintln(stdout, words.Identity().String())
	return nil
}
