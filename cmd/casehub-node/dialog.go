package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/node"
	"casehub/node/keys"
	"casehub/node/vault"
)

// dialog asks whoever sits at the console. Answers come from the standard input, a
// line each, so that a program can give them too.
type dialog struct {
	in  *bufio.Reader
	out io.Writer
}

func newDialog(out io.Writer) *dialog { return &dialog{bufio.NewReader(os.Stdin), out} }

// errNoAnswer reports an input that ended before everything was answered.
var errNoAnswer = errors.New("nobody answered: nothing was changed")

// line asks for one line.
func (d *dialog) line(prompt string) (string, error) {
	fmt.Fprint(d.out, prompt)
	line, err := d.in.ReadString('\n')
	if errors.Is(err, io.EOF) && line == "" {
		return "", errNoAnswer
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// password asks for the password of the entry. From the standard input it is the
// first line, and answers come after it.
func (d *dialog) password(e entry) (string, error) {
	if e.passwordFile == "-" {
		return d.line("")
	}
	return readPassword(e.passwordFile, "Password: ", d.out)
}

// triesForWords is how often each word may be typed wrong.
const triesForWords = 3

// confirm shows new recovery words and asks for some of them, so that they are on
// paper before they count. What it fails with says that nothing was changed.
func (d *dialog) confirm(words vault.Words, language string, stdout io.Writer) error {
	fmt.Fprint(stdout, "These are the new recovery words. Write them on paper, in this order. They do not\ncount yet; those of before still open everything.\n\n")
	printWords(stdout, words.List(language))
	fmt.Fprint(d.out, "\nType these words from your paper.\n")
	for _, n := range keys.Ask(words) {
		if err := d.askWord(words, n); err != nil {
			return err
		}
	}
	return nil
}

func (d *dialog) askWord(words vault.Words, n int) error {
	for left := triesForWords - 1; ; left-- {
		typed, err := d.line(fmt.Sprintf("Word %d: ", n))
		if err != nil {
			return err
		}
		wrong := keys.CheckWord(words, n, typed)
		if wrong == nil {
			return nil
		}
		if left == 0 {
			return fmt.Errorf("nothing was changed: %w", wrong)
		}
		fmt.Fprintln(d.out, said(wrong))
	}
}

func printWords(w io.Writer, words []string) {
	for i, word := range words {
		fmt.Fprintf(w, "%2d  %s\n", i+1, word)
	}
}

// languages are those in which words are printed.
var languages = []string{"en", "es"}

// languageFlag adds the language of printed words.
func languageFlag(language *string) func(*flag.FlagSet) {
	return func(fl *flag.FlagSet) {
		fl.StringVar(language, "language", "en", "language of the words, en or es; they stand for the same key")
	}
}

var errLanguage = errors.New("language: must be en or es")

func checkLanguage(language string) error {
	if !slices.Contains(languages, language) {
		return errLanguage
	}
	return nil
}

// errNoLogin reports a command that only a person may give.
var errNoLogin = errors.New("login: say who you are: this is done in somebody's name")

// openAs opens the node in the name of whoever signs in.
func (d *dialog) openAs(ctx context.Context, e entry) (*node.Node, actor.Actor, error) {
	if e.login == "" {
		return nil, actor.Actor{}, errNoLogin
	}
	config, err := node.ReadConfig(e.config)
	if err != nil {
		return nil, actor.Actor{}, err
	}
	password, err := d.password(e)
	if err != nil {
		return nil, actor.Actor{}, err
	}
	return node.OpenAs(ctx, config, e.login, password, slog.New(slog.NewTextHandler(d.out, nil)), time.Now)
}

// subcommand runs one of the commands below a command.
func subcommand(ctx context.Context, all map[string]command, usage string, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 || all[args[0]] == nil {
		fmt.Fprint(stderr, usage)
		return exit(2)
	}
	return all[args[0]](ctx, args[1:], stdout, stderr)
}
