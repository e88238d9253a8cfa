package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/node"
	"casehub/node/setup"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"casehub-node": main}) }

// TestScripts runs the commands as somebody at the console does. A script has a
// node with settings in node.toml and pages at $ADDRESS, and beside the program:
//
//	page PATH            get a page of a node that is starting; stdout is its text
//	terminate            tell every program in the background to stop, as a service is
//	closed YYYYMM …      make the release of a month, whatever the day is
//	tamper STATEMENT …   change the database behind the program's back
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			address, err := freeAddress()
			if err != nil {
				return err
			}
			e.Setenv("ADDRESS", address)
			settings := fmt.Sprintf("data = 'data'\nkey_file = 'node.key'\nlisten = '%s'\ntimezone = 'UTC'\n[office]\norg_unit = 7\nfirst_period = 202401\n", address)
			if err := os.WriteFile(e.Cd+"/node.toml", []byte(settings), 0o600); err != nil {
				return err
			}
			return setUp(node.Config{Data: e.Cd + "/data", KeyFile: e.Cd + "/node.key"})
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"page": page, "terminate": terminate, "closed": closed, "tamper": tamper},
	})
}

// setUp sets a node up as "casehub-node init" does.
func setUp(c node.Config) error {
	_, err := node.Create(context.Background(), c, setup.Plan{
		Organisation: "Example Trust", Language: "en", Offices: []setup.Office{{Name: "Mountain View"}},
		Director: setup.Director{Name: "N. Example", Login: "n.example", Password: "four words in a row"},
	}, time.Now)
	return err
}

// freeAddress returns an address on the loopback that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// page gets a page until the node answers, and fails on any status but 200.
func page(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: page PATH")
	}
	var answer *http.Response
	var err error
	for range 200 {
		if answer, err = http.Get("http://" + ts.Getenv("ADDRESS") + args[0]); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Check(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s", args[0], answer.Status)
	}
	_, err = io.Copy(ts.Stdout(), answer.Body)
	ts.Check(err)
}

func terminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: terminate")
	}
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(syscall.SIGTERM))
	}
}

func closed(ts *testscript.TestScript, neg bool, args []string) {
	with(ts, func(n *node.Node) error {
		for _, a := range args {
			m, err := strconv.Atoi(a)
			if err != nil {
				return err
			}
			if _, err := n.CloseMonth(context.Background(), actor.Node(), civil.Month(m)); err != nil {
				return err
			}
		}
		return nil
	})
}

func tamper(ts *testscript.TestScript, neg bool, args []string) {
	with(ts, func(n *node.Node) error {
		for _, statement := range args {
			if _, err := n.DB.Exec(context.Background(), statement, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// with opens the script's node and closes it again.
func with(ts *testscript.TestScript, do func(*node.Node) error) {
	config, err := node.ReadConfig(ts.MkAbs("node.toml"))
	ts.Check(err)
	config.Data, config.KeyFile = ts.MkAbs("data"), ts.MkAbs("node.key")
	n, err := node.Open(context.Background(), config, slog.New(slog.DiscardHandler), time.Now)
	ts.Check(err)
	err = do(n)
	ts.Check(n.Close())
	ts.Check(err)
}
