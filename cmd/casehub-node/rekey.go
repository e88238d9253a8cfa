package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"casehub/node"
	"casehub/node/people"
	"casehub/node/vault"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// rekey answers "casehub-node rekey": after something was stolen it changes the
// master key, and with it every file that holds what the node knows. New recovery
// words are shown and typed back before anything is changed.
func rekey(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var e entry
	var language string
	if err := parse("rekey", args, stderr, e.flags, languageFlag(&language)); err != nil {
		return err
	}
	if err := checkLanguage(language); err != nil {
		return err
	}
	if e.login == "" {
		return errNoLogin
	}
	config, err := node.ReadConfig(e.config)
	if err != nil {
		return err
	}
	d, log := newDialog(stderr), slog.New(slog.NewTextHandler(stderr, nil))
	password, err := d.password(e)
	if err != nil {
		return err
	}
	if err := node.CheckRekey(ctx, config, e.login, password, log, time.Now); err != nil {
		return err
	}
	words := vault.NewWords()
	if err := d.confirm(words, language, stdout); err != nil {
		return err
	}
	fmt.Fprint(stderr, "The keys are being changed. Should it be broken off, keep both papers: the next\nstart or the next rekey ends it, and either the new words open the node or those\nof before.\n")
	copied := newCopying(stderr)
	without, err := node.Rekey(ctx, config, node.Rekeying{Login: e.login, Password: password, Words: words, Progress: copied.show}, log, time.Now)
	copied.end()
	if err != nil {
		return err
	}
	tellRekeyed(stdout, without)
	return nil
}

// tellRekeyed says what is to be done now. Logins go to the terminal alone.
func tellRekeyed(stdout io.Writer, without []people.Person) {
	fmt.Fprint(stdout, "\nThe keys are changed. The words of before open only older copies and backups.\n")
	fmt.Fprint(stdout, "All sessions ended. Whoever had an app with codes or a passkey sets one up anew at the\nnext sign-in. ")
	fmt.Fprint(stdout, "The office's keys for the hub are new, too. Give the national body what \"casehub-node enrolment\"\nprints, and telephone. Until it has entered them, releases wait here; nothing is lost.\n")
	if len(without) == 0 {
		return
	}
	fmt.Fprint(stdout, "These people need a one-time password, from the page of each or by \"casehub-node user reset\":\n")
	for _, p := range without {
		fmt.Fprintf(stdout, "  %s\n", p.Login)
	}
}

// copying shows how much was copied: a bar at a terminal, a line for each tenth
// elsewhere.
type copying struct {
	w      io.Writer
	bar    *progressbar.ProgressBar
	tenths int64
}

func newCopying(w io.Writer) *copying {
	c := &copying{w: w}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("copying under the new key"),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return c
}

func (c *copying) show(done, total int64) {
	switch {
	case total <= 0:
	case c.bar != nil:
		c.bar.ChangeMax64(total)
		_ = c.bar.Set64(done)
	case done*10/total > c.tenths:
		c.tenths = done * 10 / total
		fmt.Fprintf(c.w, "copied %d%%\n", c.tenths*10)
	}
}

func (c *copying) end() {
	if c.bar != nil {
		_ = c.bar.Finish()
	}
}
