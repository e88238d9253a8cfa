package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/node/vault"
)

// unsigned is the status of a file whose structure holds and whose signature nobody
// could check, because no key was given.
const unsigned = 3

// errKey reports what is no public key.
var errKey = errors.New("key: 64 letters and digits, the release-key that casehub-node enrolment prints")

// verifyFile checks a sealed release that was downloaded, with nothing but the
// file: its canonical bytes, its structure, its codes, and its signature by the
// office's public key. It ends with status 1 at the first that does not hold, and
// with 3 when no key was given and all else holds.
func verifyFile(args []string, stdout, stderr io.Writer) error {
	key, language := "", "en"
	fl := flag.NewFlagSet("verify", flag.ContinueOnError)
	fl.SetOutput(stderr)
	fl.StringVar(&key, "key", "", "the office's public key, `hexadecimal`, as casehub-node enrolment prints it")
	languageFlag(&language)(fl)
	if err := fl.Parse(args[1:]); err != nil {
		return exit(2)
	}
	if fl.NArg() > 0 {
		fmt.Fprintf(stderr, "casehub-node verify: takes no %q\n", fl.Arg(0))
		return exit(2)
	}
	if err := checkLanguage(language); err != nil {
		return err
	}
	sealed, err := readSmall(args[0], release.MaxSealedBytes)
	if err != nil {
		return err
	}
	o, err := release.Open(sealed)
	if err != nil {
		return fmt.Errorf("this file is no sealed release, or was changed: %w", err)
	}
	reg := codelist.National()
	release.Print(stdout, o.Release, reg, language)
	fmt.Fprintf(stdout, "fingerprint %x\n", o.Digest)
	if o.Release.GetRegistryVersion() != reg.Version {
		fmt.Fprintf(stdout, "its codes are of version %d of the national list, and this program knows version %d: the words may differ\n", o.Release.GetRegistryVersion(), reg.Version)
	} else if err := release.CheckCodes(o.Release, reg); err != nil {
		return err
	}
	if key == "" {
		fmt.Fprintf(stdout, "the bytes and the structure hold; the signature was not checked: give the office's key number %d with -key\n", o.Sealed.GetKeyId())
		return exit(unsigned)
	}
	pub, err := hex.DecodeString(key)
	if err != nil || len(pub) != ed25519.PublicKeySize {
		return errKey
	}
	if err := o.Verify(pub, o.Sealed.GetKeyId()); err != nil {
		return fmt.Errorf("the signature is not by this key: %w", err)
	}
	fmt.Fprintf(stdout, "the key in words: %s\n", strings.Join(vault.Spoken(pub, language), " "))
	fmt.Fprintln(stdout, "the bytes, the structure and the signature hold")
	return nil
}
