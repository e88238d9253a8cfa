package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/node/vault"
)

const approveUsage = `usage: casehub-node approve [-key FILE] [-language en|es] DRAFT
       casehub-node approve key -out FILE

Somebody outside an office of one looks at what would leave, on a computer of
their own, and signs it. Nothing is sent and no node is needed.

  approve key   make a key, locked by a password, and print its public half
  approve       show the numbers of a draft, ask, and print the code to send back
`

// carried is where the key of somebody who approves from afar lies.
type carried struct{ path, passwordFile string }

func (c *carried) flags(fl *flag.FlagSet) {
	fl.StringVar(&c.passwordFile, "password-file", "", "read the password of the key from this file")
}

// approve answers "casehub-node approve".
func approve(_ context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "key" {
		return makeKey(args[1:], stdout, stderr)
	}
	var c carried
	language := "en"
	fl := flag.NewFlagSet("approve", flag.ContinueOnError)
	fl.SetOutput(stderr)
	fl.StringVar(&c.path, "key", "approval.key", "the `file` of your key")
	languageFlag(&language)(fl)
	c.flags(fl)
	if err := fl.Parse(args); err != nil {
		return exit(2)
	}
	if fl.NArg() != 1 {
		fmt.Fprint(stderr, approveUsage)
		return exit(2)
	}
	if err := checkLanguage(language); err != nil {
		return err
	}
	b, err := readSmall(fl.Arg(0), release.MaxBytes)
	if err != nil {
		return err
	}
	r, err := release.Decode(b)
	if err != nil {
		return fmt.Errorf("this file is no draft of a release, or was changed on its way: %w", err)
	}
	release.Print(stdout, r, codelist.National(), language)
	digest := sha256.Sum256(b)
	fmt.Fprintf(stdout, "fingerprint %x\n", digest)
	return c.sign(digest, stdout, stderr)
}

// sign asks, opens the key and prints the code.
func (c *carried) sign(digest [32]byte, stdout, stderr io.Writer) error {
	answer, err := newDialog(stderr).line("Do you approve that exactly this leaves? Type yes: ")
	if err != nil {
		return err
	}
	if answer != "yes" {
		return errors.New("nothing was signed")
	}
	file, err := readSmall(c.path, 1<<16)
	if err != nil {
		return err
	}
	password, err := readPassword(c.passwordFile, "Password of your key: ", stderr)
	if err != nil {
		return err
	}
	key, err := vault.UnlockKey(file, password)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Send this code back, whole:\n%s\n", release.ApprovalCode(release.SignApproval(key, digest)))
	return nil
}

// makeKey answers "casehub-node approve key".
func makeKey(args []string, stdout, stderr io.Writer) error {
	var c carried
	err := parse("approve key", args, stderr, c.flags, func(fl *flag.FlagSet) {
		fl.StringVar(&c.path, "out", "approval.key", "the `file` to write your key into")
	})
	if err != nil {
		return err
	}
	password, err := readPassword(c.passwordFile, "Choose a password for the key: ", stderr)
	if err != nil {
		return err
	}
	if c.passwordFile == "" {
		again, err := readPassword("", "The same password again: ", stderr)
		if err != nil {
			return err
		}
		if again != password {
			return errors.New("the two passwords differ: nothing was written")
		}
	}
	if len(password) < 12 {
		return errors.New("the password is too short: at least 12 characters")
	}
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	file, err := vault.LockKey(key, password)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("out: %w", err)
	}
	_, err = f.Write(file)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("out: %w", err)
	}
	fmt.Fprintf(stdout, "Give this public key to the office, and read it out by telephone:\n%x\n", []byte(pub))
	return nil
}

// readSmall reads a file of at most so many bytes.
func readSmall(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s is too large", path)
	}
	return b, err
}
