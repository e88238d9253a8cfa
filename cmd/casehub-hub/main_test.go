package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"casehub/hub/migrations"
	"casehub/internal/broker/brokertest"
	"casehub/internal/postgres/postgrestest"
	"casehub/internal/release"

	"github.com/rogpeppe/go-internal/testscript"
)

type program struct{ m *testing.M }

// Run runs the scripts with a database beside them.
func (p program) Run() int { return postgrestest.Run(p.m) }

func TestMain(m *testing.M) { testscript.Main(program{m}, map[string]func(){"casehub-hub": main}) }

// TestScripts runs each script on a database of its own. In its folder lie
// hub.toml, the settings of a hub with everything of its own, and outside.toml,
// those of one with a broker that all scripts share, beside the releases of one
// office: 1, 2 and 3 follow each other, other is a second number 2, garbage is
// no release. After them the office has new keys: 4 is by these, stolen a number 4
// by those of before, and forged a second number 3 by those.
func TestScripts(t *testing.T) {
	nats := brokertest.Outside(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			o := newOffice(t)
			e.Setenv("RELEASE_KEY", fmt.Sprintf("%x", []byte(o.publicKey())))
			e.Setenv("TRANSPORT_KEY", o.transport)
			e.Setenv("CA_FILE", nats.CAFile)
			e.Setenv("CREDENTIALS", nats.Credentials)
			settings := fmt.Sprintf("data = %q\nlisten = \"127.0.0.1:0\"\ngrpc = \"127.0.0.1:0\"\n[database]\ndsn = %q\n[nats]\n",
				e.Cd+"/data", postgrestest.DSN(t, migrations.FS))
			outside := fmt.Sprintf("url = %q\nca_file = %q\ncredentials = %q\n", nats.URL, nats.CAFile, nats.Credentials)
			files := o.releases(t)
			e.Setenv("RELEASE_KEY_2", fmt.Sprintf("%x", []byte(o.publicKey())))
			e.Setenv("TRANSPORT_KEY_2", o.transport)
			e.Setenv("MARK_4", o.stolenAgain(t, files))
			e.Setenv("RELEASE_KEY_3", fmt.Sprintf("%x", []byte(o.publicKey())))
			e.Setenv("TRANSPORT_KEY_3", o.transport)
			files["hub.toml"] = []byte(settings + "listen = \"127.0.0.1:0\"\n")
			files["outside.toml"] = []byte(settings + outside)
			for name, b := range files {
				if err := os.WriteFile(e.Cd+"/"+name, b, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"publish": func(ts *testscript.TestScript, _ bool, args []string) { publish(t, ts, nats, args) },
			"await":   await,
			"bring":   func(ts *testscript.TestScript, _ bool, args []string) { bring(t, ts, nats, args) },
			"keys":    keysOfFiles,
		},
	})
}

// keysOfFiles puts the public keys in one.pub, two.pub and three.pub into the
// environment.
func keysOfFiles(ts *testscript.TestScript, _ bool, _ []string) {
	for _, name := range []string{"one", "two", "three"} {
		ts.Setenv(strings.ToUpper(name), strings.TrimSpace(ts.ReadFile(name+".pub")))
	}
}

// publish sends files to the outside broker on the office's subject, as a node
// does: again until the broker has stored each, which it does once the hub has
// made the stream.
func publish(t *testing.T, ts *testscript.TestScript, nats brokertest.Server, args []string) {
	for _, name := range args {
		var err error
		for range 100 {
			if err = nats.Publish(t.Context(), release.Subject(orgUnit), []byte(ts.ReadFile(name))); err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		ts.Check(err)
	}
}

// bring sends a file again until a command's output matches, as a node does which has
// no receipt: a hub hears of new keys some time after they were entered. The usage is
// bring FILE PATTERN COMMAND …
func bring(t *testing.T, ts *testscript.TestScript, nats brokertest.Server, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: bring FILE PATTERN COMMAND …")
	}
	again(ts, args[1:], func() { publish(t, ts, nats, args[:1]) })
}

// await runs a command again until its output matches: await PATTERN COMMAND …
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: await PATTERN COMMAND …")
	}
	again(ts, args, func() {})
}

func again(ts *testscript.TestScript, args []string, first func()) {
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	var said string
	for range 240 {
		first()
		err := ts.Exec(args[1], args[2:]...)
		if said = ts.ReadFile("stdout"); err == nil && pattern.MatchString(said) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	ts.Fatalf("no match for %s in\n%s%s", args[0], said, ts.ReadFile("stderr"))
}
