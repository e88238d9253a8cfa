package main

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"testing"

	"casehub/hub/migrations"
	"casehub/internal/postgres/postgrestest"

	"github.com/nats-io/nkeys"
	"github.com/rogpeppe/go-internal/testscript"
)

type program struct{ m *testing.M }

// Run runs the scripts with a database beside them.
func (p program) Run() int { return postgrestest.Run(p.m) }

func TestMain(m *testing.M) {
	testscript.Main(program{m}, map[string]func(){
		"casehub-hub": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

func TestScripts(t *testing.T) {
	dsn := postgrestest.DSN(t, migrations.FS)
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	transport, err := user.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("RELEASE_KEY", fmt.Sprintf("%x", []byte(key)))
			e.Setenv("TRANSPORT_KEY", transport)
			return os.WriteFile(e.Cd+"/hub.toml", fmt.Appendf(nil, "data = %q\n[database]\ndsn = %q\n", e.Cd+"/data", dsn), 0o600)
		},
	})
}
