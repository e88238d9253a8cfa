package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/node"
	"casehub/node/people"
	"casehub/node/setup"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"casehub-node": main}) }

// TestScripts runs the commands as somebody at the console does. A script has a
// node with settings in node.toml, its recovery words in words, and pages at $ADDRESS, and beside the program:
//
//	page PATH            get a page of a node that is starting; stdout is its text
//	terminate            tell every program in the background to stop, as a service is
//	closed YYYYMM …      make the release of a month, whatever the day is; s.second approves
//	talk ARGUMENT …      run the program and answer what it asks about new words
//	onetime FILE TO      write the one-time password that was printed into a file
//	pages FILE           cut what was printed into page-1, page-2, …
//	bytes FILE QUERY     write what a query of one value finds into a file
//	officekey VARIABLE   keep the release key that was printed
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"page": page, "terminate": terminate, "closed": closed, "tamper": tamper, "bytes": bytesOf, "officekey": officeKey, "talk": talk, "onetime": oneTime, "pages": pages},
	})
}

// Who signs in to the nodes of scripts.
const (
	login       = "n.example"
	secondLogin = "s.second"
	password    = "four words in a row"
)

// setUp sets a node up as "casehub-node init" does, whose director needs no
// second factor.
func setUp(c node.Config) error {
	ctx := context.Background()
	words, err := node.Create(ctx, c, setup.Plan{
		Organisation: "Example Trust", Language: "en", Offices: []setup.Office{{Name: "Mountain View"}},
		Director: setup.Director{Name: "N. Example", Login: login, Password: password},
	}, time.Now)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(c.Data), "words"), []byte(strings.Join(words.List("en"), "\n")), 0o600); err != nil {
		return err
	}
	n, who, err := node.OpenAs(ctx, c, login, password, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return err
	}
	return errors.Join(n.People.RequireFactors(ctx, who, nil), n.Close())
}

// addSecond lets another director work in the node of a script, with the same
// password.
func addSecond(ctx context.Context, n *node.Node, boss actor.Actor) error {
	offices, err := n.People.Offices(ctx)
	if err != nil {
		return err
	}
	id, once, err := n.People.AddPerson(ctx, boss, people.Person{Login: secondLogin, Name: "S. Second", Language: "en", OfficeID: offices[0].ID})
	if err != nil {
		return err
	}
	if err := n.People.GivePosition(ctx, boss, people.Position{PersonID: id, Role: "director", OfficeID: offices[0].ID}); err != nil {
		return err
	}
	token, _, err := n.People.SignIn(ctx, people.Try{Login: secondLogin, Password: once, From: people.From{Source: "script"}})
	if err != nil {
		return err
	}
	session, err := n.People.Session(ctx, token)
	if err != nil {
		return err
	}
	return errors.Join(n.People.ChangePassword(ctx, session, once, password), n.People.SignOut(ctx, token))
}

// freeAddress returns an address on the loopback that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// page gets a page as the director until the node answers, and fails on any
// status but 200.
func page(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: page PATH")
	}
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	c, base := &http.Client{Jar: jar}, "http://"+ts.Getenv("ADDRESS")
	var answer *http.Response
	for range 200 {
		if answer, err = c.Get(base + args[0]); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Check(err)
	text := body(ts, answer)
	if answer.Request.URL.Path == "/sign-in" {
		token := regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(text)
		answer, err = c.PostForm(base+"/sign-in", url.Values{"form_token": {token[1]}, "login": {login}, "password": {password}})
		ts.Check(err)
		body(ts, answer)
		answer, err = c.Get(base + args[0])
		ts.Check(err)
		text = body(ts, answer)
	}
	if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != args[0] {
		ts.Fatalf("%s: %s at %s", args[0], answer.Status, answer.Request.URL.Path)
	}
	fmt.Fprint(ts.Stdout(), text)
}

func body(ts *testscript.TestScript, r *http.Response) string {
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	ts.Check(err)
	return string(b)
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
		by, err := pairOf(context.Background(), n)
		if err != nil {
			return err
		}
		for _, a := range args {
			m, err := strconv.Atoi(a)
			if err != nil {
				return err
			}
			if _, err := n.CloseMonth(context.Background(), by, civil.Month(m)); err != nil {
				return err
			}
		}
		return nil
	})
}

// pairOf finds the two people of a script's node who stand for what leaves, and
// lets the second in when there is one alone.
func pairOf(ctx context.Context, n *node.Node) (node.Pair, error) {
	all, err := n.People.People(ctx)
	if err == nil && len(all) == 1 {
		if err = addSecond(ctx, n, all[0].ID.Actor()); err == nil {
			all, err = n.People.People(ctx)
		}
	}
	if err != nil {
		return node.Pair{}, err
	}
	var by node.Pair
	for _, p := range all {
		if p.Login == login {
			by.Checker = p.ID.Actor()
		} else {
			by.Approver = p.ID.Actor()
		}
	}
	return by, nil
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

func bytesOf(ts *testscript.TestScript, neg bool, args []string) {
	with(ts, func(n *node.Node) error {
		var b []byte
		if err := n.DB.QueryRow(context.Background(), args[1], nil).Scan(&b); err != nil {
			return err
		}
		return os.WriteFile(ts.MkAbs(args[0]), b, 0o600)
	})
}

func officeKey(ts *testscript.TestScript, neg bool, args []string) {
	key := regexp.MustCompile(`(?m)^release-key ([0-9a-f]{64})$`).FindStringSubmatch(ts.ReadFile("stdout"))
	if key == nil {
		ts.Fatalf("no release key was printed")
	}
	ts.Setenv(args[0], key[1])
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
