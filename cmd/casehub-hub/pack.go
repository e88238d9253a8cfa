package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"

	"casehub/hub"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/pack"
)

const packUsage = `usage: casehub-hub pack COMMAND …

 apart from the hub, where the three keys are:
  pack key     make a key, and print its public half
  pack roots   name the three keys of which two sign
  pack make    put limits, a plan and rules into a pack
  pack sign    put one key's signature on roots or a pack
  pack show    print what a file says of itself

 at the hub:
  pack add     hand a signed pack, or new keys, out to the offices
  pack list    list what is handed out
`

func packCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	commands := map[string]command{
		"key": packKey, "roots": packRoots, "make": packMake, "sign": packSign, "show": packShow, "add": packAdd, "list": packList,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(stderr, packUsage)
		return errUsage
	}
	return commands[args[0]](ctx, args[1:], stdout, stderr)
}

// offline reads the flags of a command that needs no hub.
func offline(name string, args []string, stderr io.Writer, add func(*flag.FlagSet)) error {
	fl := flag.NewFlagSet("casehub-hub pack "+name, flag.ContinueOnError)
	fl.SetOutput(stderr)
	add(fl)
	if err := fl.Parse(args); err != nil {
		return errUsage
	}
	if fl.NArg() > 0 {
		fmt.Fprintf(stderr, "%s: takes no %q\n", fl.Name(), fl.Arg(0))
		return errUsage
	}
	return nil
}

// packKey makes a key in a file that must not be there yet.
func packKey(_ context.Context, args []string, stdout, stderr io.Writer) error {
	var out string
	if err := offline("key", args, stderr, func(fl *flag.FlagSet) {
		fl.StringVar(&out, "out", "", "`file` for the secret key; keep it offline")
	}); err != nil {
		return err
	}
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails: it ends the program instead
	if err := create(out, []byte(hex.EncodeToString(seed)+"\n"), 0o600); err != nil {
		return err
	}
	_, err := fmt.Fprintf(stdout, "%x\n", []byte(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)))
	return err
}

// create writes a file that must not be there yet.
func create(path string, b []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

// packRoots names three keys.
func packRoots(_ context.Context, args []string, stdout, stderr io.Writer) error {
	var out, expires string
	var version uint
	var keys []ed25519.PublicKey
	if err := offline("roots", args, stderr, func(fl *flag.FlagSet) {
		fl.StringVar(&out, "out", "", "`file` for the roots")
		fl.UintVar(&version, "version", 1, "1, or one more than the keys before")
		fl.StringVar(&expires, "expires", "", "last day on which they are news, YYYY-MM-DD")
		fl.Func("key", "a public `key`, 64 hex digits; three times", func(s string) error {
			k, err := hex.DecodeString(s)
			if err != nil || len(k) != ed25519.PublicKeySize {
				return errors.New("must be 64 hex digits")
			}
			keys = append(keys, k)
			return nil
		})
	}); err != nil {
		return err
	}
	if len(keys) != 3 {
		fmt.Fprintln(stderr, "casehub-hub pack roots: -key is given three times")
		return errUsage
	}
	file, err := pack.MakeRoots(uint32(version), civil.Date(expires), [3]ed25519.PublicKey(keys))
	if err != nil {
		return err
	}
	if err := create(out, file, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, "made; two of the keys sign it, and two of the keys before")
	return err
}

// packMake puts a pack together from files.
func packMake(_ context.Context, args []string, stdout, stderr io.Writer) error {
	var out, name, expires, limits, registry, rules, from, mixed string
	var version, minNode uint
	if err := offline("make", args, stderr, func(fl *flag.FlagSet) {
		fl.StringVar(&out, "out", "", "`file` for the pack")
		fl.StringVar(&name, "name", pack.National, "national, or office-NUMBER for one office")
		fl.UintVar(&version, "version", 0, "one more than the pack before")
		fl.UintVar(&minNode, "min-node", uint(pack.NodeVersion), "smallest version of a node's program that understands it")
		fl.StringVar(&expires, "expires", "", "last day on which it is news, YYYY-MM-DD; 90 days later releases pause")
		fl.StringVar(&limits, "limits", "", "JSON `file` of limits that are stricter")
		fl.StringVar(&registry, "registry", "", "JSON `file` of the plan with its code lists")
		fl.StringVar(&from, "from", "", "first `month` that these count, YYYY-MM")
		fl.StringVar(&rules, "rules", "", "Rego `file` of package casehub.egress")
		fl.StringVar(&mixed, "mixed", "", "JSON `list` of tables that may be of one sensitive kind; for one office alone")
	}); err != nil {
		return err
	}
	c, err := contents(limits, registry, from, rules, mixed)
	if err != nil {
		return err
	}
	file, err := pack.Make(name, uint32(version), civil.Date(expires), uint32(minNode), c)
	if err != nil {
		return err
	}
	if err := create(out, file, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, "made; two of the three keys sign it")
	return err
}

// contents reads what goes into a pack; "" stands for nothing.
func contents(limits, registry, from, rules, mixed string) (pack.Contents, error) {
	var c pack.Contents
	if err := errors.Join(readJSON(limits, &c.Limits), fromJSON(mixed, &c.Mixed)); err != nil {
		return c, err
	}
	if rules != "" {
		b, err := os.ReadFile(rules)
		if err != nil {
			return c, err
		}
		c.Rules = string(b)
	}
	if registry == "" {
		return c, nil
	}
	b, err := os.ReadFile(registry)
	if err != nil {
		return c, err
	}
	if _, err := codelist.Parse(b); err != nil {
		return c, err
	}
	c.Registry = b
	c.From, err = civil.ParseMonth(from)
	return c, err
}

func readJSON(path string, into any) error {
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return fromJSON(string(b), into)
}

func fromJSON(s string, into any) error {
	if s == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// packSign adds one signature to a file, in its place.
func packSign(_ context.Context, args []string, stdout, stderr io.Writer) error {
	var path, key string
	if err := offline("sign", args, stderr, func(fl *flag.FlagSet) {
		fl.StringVar(&path, "pack", "", "`file` to sign")
		fl.StringVar(&key, "key", "", "`file` of the secret key")
	}); err != nil {
		return err
	}
	secret, err := os.ReadFile(key)
	if err != nil {
		return err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(secret)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return errors.New("the key's file does not hold 64 hex digits")
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if file, err = pack.Sign(file, ed25519.NewKeyFromSeed(seed)); err != nil {
		return err
	}
	if err := os.WriteFile(path, file, 0o644); err != nil {
		return err
	}
	m, n, err := pack.Describe(file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s %d: %d signatures\n", m.Name, m.Version, n)
	return err
}

// packShow prints what a file says of itself. Nothing of it was verified.
func packShow(_ context.Context, args []string, stdout, stderr io.Writer) error {
	var path string
	if err := offline("show", args, stderr, func(fl *flag.FlagSet) { fl.StringVar(&path, "pack", "", "`file` to look at") }); err != nil {
		return err
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	m, n, err := pack.Describe(file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "name %s\nversion %d\nexpires %s\nmin-node %d\nsha256 %s\nsignatures %d, not verified\n",
		m.Name, m.Version, m.Expires, m.MinNode, m.SHA256, n)
	return err
}

// packAdd publishes a signed file.
func packAdd(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("pack add", stderr)
	path := f.String("pack", "", "`file` to hand out")
	c, err := f.read(args)
	if err != nil {
		return err
	}
	file, err := os.ReadFile(*path)
	if err != nil {
		return err
	}
	who, err := user.Current()
	if err != nil {
		return fmt.Errorf("asking who publishes: %w", err)
	}
	return hub.WithRegistry(ctx, c, f.log(), func(ctx context.Context, r *hub.Register) error {
		p, err := r.Publish(ctx, file, who.Username)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "%s %d is handed out from now on\n", p.Name, p.Version)
		return err
	})
}

func packList(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("pack list", stderr)
	c, err := f.read(args)
	if err != nil {
		return err
	}
	return hub.WithRegistry(ctx, c, f.log(), func(ctx context.Context, r *hub.Register) error {
		all, err := r.Packs(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			_, err := fmt.Fprintln(stdout, "no pack is handed out")
			return err
		}
		w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tVERSION\tEXPIRES\tPUBLISHED\tBY")
		for _, p := range all {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", p.Name, p.Version, p.Expires, p.PublishedAt.Format("2006-01-02"), p.Who)
		}
		return w.Flush()
	})
}
