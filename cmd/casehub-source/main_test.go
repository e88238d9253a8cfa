package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"casehub/adapters"
	"casehub/adapters/pipe"
	"casehub/adapters/webapi"
)

// TestMain is the program itself when it is told to be.
func TestMain(m *testing.M) {
	if os.Getenv("CASEHUB_SOURCE_CHILD") == "" {
		os.Exit(m.Run())
	}
	os.Args = os.Args[:1]
	main()
}

// program is the program as a node starts it.
type program struct {
	io.Reader
	io.WriteCloser
	cmd *exec.Cmd
}

func (p program) Close() error {
	err := p.WriteCloser.Close()
	_ = p.cmd.Wait()
	return err
}

func start(t *testing.T, env ...string) program {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(env, "CASEHUB_SOURCE_CHILD=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return program{out, in, cmd}
}

// kobo is a server with one project of three submissions.
func kobo(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Token canary":
		w.WriteHeader(http.StatusUnauthorized)
	case strings.HasSuffix(r.URL.Path, "/data/"):
		fmt.Fprint(w, `{"count":3,"results":[{"_id":1,"_uuid":"a","name":"Canary"},{"_id":2,"_uuid":"b"},{"_id":3,"_uuid":"c"}]}`)
	default:
		fmt.Fprint(w, `{"name":"x","content":{"survey":[{"type":"text","name":"name"}]}}`)
	}
}

func TestASystemIsReadThroughTheProgram(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(kobo))
	defer s.Close()
	settings := []byte(`{"type":"kobo","url":"` + s.URL + `","token_env":"CASEHUB_SOURCE_KOBO","assets":{"intake":"aX"}}`)
	src, err := pipe.Open(t.Context(), start(t, "CASEHUB_SOURCE_KOBO=canary"), settings)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = src.Read(t.Context(), "intake", "", func(r adapters.Record) error { n++; return nil }, func(adapters.Cursor) error { return nil })
	if err := errors.Join(err, src.Close()); n != 3 || err != nil {
		t.Errorf("%d records, %v", n, err)
	}
	for text, want := range map[string]error{string(settings): adapters.ErrSecret, `{"type":"nothing"}`: adapters.ErrSettings, `{`: adapters.ErrSettings} {
		if _, err := pipe.Open(t.Context(), start(t), []byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

func TestTheProgramEndsWithItsInputWhateverItDoes(t *testing.T) {
	asked := make(chan bool)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}))
	defer silent.Close()
	p := start(t, "CASEHUB_SOURCE_KOBO=canary")
	src, err := pipe.Open(t.Context(), p, []byte(`{"type":"kobo","url":"`+silent.URL+`","token_env":"CASEHUB_SOURCE_KOBO","assets":{"intake":"aX"}}`))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		<-asked
		_ = p.WriteCloser.Close() // as when a node is killed
		ended <- p.cmd.Wait()
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := src.Check(ctx); err == nil {
		t.Error("a server that says nothing was read")
	}
	select {
	case <-ended:
	case <-ctx.Done():
		_ = p.cmd.Process.Kill()
		t.Error("the program went on without its input")
	}
}

// No source sends a secret to a server that its keeper does not name.
func TestASecretStaysWithTheServerThatItIsFor(t *testing.T) {
	t.Setenv("CASEHUB_SOURCE_X", "canary")
	for _, settings := range []string{
		`{"type":"kobo","url":"%s","token_env":"CASEHUB_SOURCE_X"}`,
		`{"type":"odk","url":"%s","email":"a@example.org","password_env":"CASEHUB_SOURCE_X","project":1}`,
		`{"type":"commcare","url":"%s","domain":"office","user":"a@example.org","key_env":"CASEHUB_SOURCE_X"}`,
		`{"type":"primero","url":"%s","user":"a","password_env":"CASEHUB_SOURCE_X"}`,
		`{"type":"civicrm-api","url":"%s","key_env":"CASEHUB_SOURCE_X"}`,
	} {
		for host, want := range map[string]error{"": nil, "good.example": nil, "other.example": webapi.ErrSecretHost} {
			t.Setenv("CASEHUB_SOURCE_X_HOST", host)
			if _, err := open([]byte(fmt.Sprintf(settings, "https://good.example"))); !errors.Is(err, want) {
				t.Errorf("%s for %q: %v, want %v", settings, host, err, want)
			}
		}
	}
}
