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
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/node"

	"golang.org/x/term"
)

// entry is how a command gets into a node: by the key file of the settings, or
// as a person.
type entry struct {
	config, login, passwordFile string
}

// flags adds the flags by which a command gets in.
func (e *entry) flags(fl *flag.FlagSet) {
	fl.StringVar(&e.config, "config", "", "settings file, TOML")
	fl.StringVar(&e.login, "login", "", "name to sign in with; the password is asked for")
	fl.StringVar(&e.passwordFile, "password-file", "", "read the password from this file; - is the standard input")
}

// open opens the node. Without a person it is the program itself that acts.
func (e entry) open(ctx context.Context, stderr io.Writer) (*node.Node, actor.Actor, error) {
	config, err := node.ReadConfig(e.config)
	if err != nil {
		return nil, actor.Actor{}, err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	if e.login == "" {
		n, err := node.Open(ctx, config, log, time.Now)
		return n, actor.Node(), err
	}
	password, err := readPassword(e.passwordFile, "Password: ", stderr)
	if err != nil {
		return nil, actor.Actor{}, err
	}
	return node.OpenAs(ctx, config, e.login, password, log, time.Now)
}

// errNoTerminal reports a password that nobody can be asked for.
var errNoTerminal = errors.New("there is no terminal to ask for the password at: give it with -password-file")

// readPassword reads a password from a file, or asks for it at the terminal
// without showing it.
func readPassword(path, prompt string, stderr io.Writer) (string, error) {
	if path == "" {
		in := int(os.Stdin.Fd())
		if !term.IsTerminal(in) {
			return "", errNoTerminal
		}
		fmt.Fprint(stderr, prompt)
		b, err := term.ReadPassword(in)
		fmt.Fprintln(stderr)
		return string(b), err
	}
	var r io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("password-file: %w", err)
		}
		defer f.Close()
		r = f
	}
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("password-file: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
