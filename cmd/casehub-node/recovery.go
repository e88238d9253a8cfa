package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"casehub/node"
	"casehub/node/keys"
	"casehub/node/vault"
)

const recoveryUsage = `usage: casehub-node recovery new -login LOGIN [-password-file FILE] [-language en|es] [-config FILE]
       casehub-node recovery test [-words-file FILE] [-config FILE]
       casehub-node recovery split [-words-file FILE] [-language en|es] [-config FILE]
       casehub-node recovery join [-share-file FILE -share-file FILE] [-language en|es]

  new    make new recovery words; they count when three of them were typed back
  test   say whether words open this node, and change nothing
  split  cut the present words into three parts, a page each; any two give them back
  join   give the words back from two parts

Words are asked for at the terminal or read from a file; - is the standard input.
`

// recovery answers "casehub-node recovery".
func recovery(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return subcommand(ctx, map[string]command{
		"new": newRecovery, "test": testRecovery, "split": splitRecovery, "join": joinRecovery,
	}, recoveryUsage, args, stdout, stderr)
}

// newRecovery makes new recovery words. Until they are typed back those of before
// open the node.
func newRecovery(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var e entry
	var language string
	if err := parse("recovery new", args, stderr, e.flags, languageFlag(&language)); err != nil {
		return err
	}
	if err := checkLanguage(language); err != nil {
		return err
	}
	d := newDialog(stderr)
	n, who, err := d.openAs(ctx, e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.Keys.May(ctx, who); err != nil {
		return err
	}
	words := vault.NewWords()
	if err := d.confirm(words, language, stdout); err != nil {
		return err
	}
	if err := n.Keys.SetRecovery(ctx, who, words); err != nil {
		return err
	}
	fmt.Fprint(stdout, "\nThe new words count from now on. Those of before open only the backups that were made until now.\n")
	return nil
}

// wordsFlags are the flags of commands that need words and no person.
type wordsFlags struct{ config, file string }

func (w *wordsFlags) flags(fl *flag.FlagSet) {
	fl.StringVar(&w.config, "config", "", "settings file, TOML")
	fl.StringVar(&w.file, "words-file", "", "read the recovery words from this file; - is the standard input")
}

// present reads words and says whether they open the node.
func (w wordsFlags) present(ctx context.Context, stderr io.Writer) (vault.Words, error) {
	config, err := node.ReadConfig(w.config)
	if err != nil {
		return vault.Words{}, err
	}
	words, err := readWords(w.file, stderr)
	if err != nil {
		return vault.Words{}, err
	}
	opens, err := node.OpenedBy(ctx, config, words)
	if err == nil && !opens {
		err = keys.ErrNotTheseWords
	}
	return words, err
}

// testRecovery says whether words open the node. Exit status 1 is no.
func testRecovery(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var w wordsFlags
	if err := parse("recovery test", args, stderr, w.flags); err != nil {
		return err
	}
	if _, err := w.present(ctx, stderr); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "These words open this node.")
	return nil
}

// splitRecovery prints three parts of the present words, each on a page.
func splitRecovery(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var w wordsFlags
	var language string
	if err := parse("recovery split", args, stderr, w.flags, languageFlag(&language)); err != nil {
		return err
	}
	if err := checkLanguage(language); err != nil {
		return err
	}
	words, err := w.present(ctx, stderr)
	if err != nil {
		return err
	}
	for i, s := range words.Split() {
		if i > 0 {
			fmt.Fprint(stdout, "\f")
		}
		fmt.Fprintf(stdout, "Part %d of 3 of a recovery key\n\n", s.Number())
		printWords(stdout, s.List(language))
		fmt.Fprint(stdout, "\nThis part alone opens nothing. Together with one of the two others it opens\neverything: keep it in a sealed envelope. Two parts are joined by the command\n  casehub-node recovery join\n\n")
	}
	fmt.Fprintln(stderr, "Give the three pages to three people who would not act together without reason.")
	return nil
}

// files gathers the flags -share-file.
type files []string

func (f *files) String() string { return "" }

func (f *files) Set(path string) error {
	*f = append(*f, path)
	return nil
}

// joinRecovery prints the words that two parts give.
func joinRecovery(_ context.Context, args []string, stdout, stderr io.Writer) error {
	var from files
	var language string
	err := parse("recovery join", args, stderr, languageFlag(&language), func(fl *flag.FlagSet) {
		fl.Var(&from, "share-file", "read a part from this file; twice. Without it both are asked for")
	})
	if err != nil {
		return err
	}
	if err := checkLanguage(language); err != nil {
		return err
	}
	if len(from) != 0 && len(from) != 2 {
		return errors.New("share-file: two parts are needed, no more and no fewer")
	}
	var shares [2]vault.Share
	for i := range shares {
		typed, err := readShare(from, i, stderr)
		if err == nil {
			shares[i], err = vault.ParseShare(unnumbered(typed))
		}
		if err != nil {
			return fmt.Errorf("part %d of the two: %w", i+1, err)
		}
	}
	words, err := vault.Join(shares[0], shares[1])
	if err != nil {
		return err
	}
	printWords(stdout, words.List(language))
	return nil
}

// readShare reads one part: of a printed page the numbered lines alone.
func readShare(from files, i int, stderr io.Writer) (string, error) {
	if len(from) == 0 {
		return readPassword("", fmt.Sprintf("Words of the part number %d, with spaces between: ", i+1), stderr)
	}
	b, err := os.ReadFile(from[i])
	if err != nil {
		return "", fmt.Errorf("share-file: %w", err)
	}
	return numberedLines(b), nil
}

// numberedLines returns the lines that begin with a number, or everything where
// none does.
func numberedLines(page []byte) string {
	var numbered [][]byte
	for line := range bytes.Lines(page) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] >= '0' && line[0] <= '9' {
			numbered = append(numbered, line)
		}
	}
	if len(numbered) == 0 {
		return string(page)
	}
	return string(bytes.Join(numbered, []byte("\n")))
}
