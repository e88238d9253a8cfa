// Package s3test starts a real S3 server for tests: versitygw over a folder
// of the test's, built from the module that internal/tools/s3 pins.
package s3test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

const (
	// Access is the access key.
	Access = "backup-test"
	secret = "not-a-secret-of-anybody"
	bucket = "backups"
)

// Server is a running server with an empty bucket.
type Server struct {
	// Endpoint is http://127.0.0.1:port.
	Endpoint, Bucket, Region string
	// CredentialsFile has the access key and the secret key, a line each.
	CredentialsFile string

	cmd  *exec.Cmd
	once sync.Once
}

// build makes the program once for a test binary; the module cache and the build
// cache make that quick from the second time on.
var build = sync.OnceValues(func() (string, error) {
	root, err := filepath.Abs(moduleRoot())
	if err != nil {
		return "", err
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "casehub", "versitygw-1.8.0"+filepath.Ext(os.Args[0]))
	if _, err := os.Stat(to); err == nil {
		return to, nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", err
	}
	making := fmt.Sprintf("%s.%d", to, os.Getpid()) // several tests may build at once
	cmd := exec.Command("go", "build", "-p=2", "-modfile=internal/tools/s3/go.mod", "-o", making, "github.com/versity/versitygw/cmd/versitygw")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the S3 server: %w: %s", err, bytes.TrimSpace(out))
	}
	return to, os.Rename(making, to)
})

func moduleRoot() string {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "."
	}
	return filepath.Dir(string(bytes.TrimSpace(out)))
}

// Start starts a server. It ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(filepath.Join(data, bucket), 0o700); err != nil {
		t.Fatal(err)
	}
	s := &Server{Bucket: bucket, Region: "us-east-1", CredentialsFile: filepath.Join(dir, "credentials")}
	if err := os.WriteFile(s.CredentialsFile, []byte(Access+"\n"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	s.Endpoint = "http://" + address
	s.cmd = exec.Command(program, "--port", address, "--access", Access, "--secret", secret, "--quiet", "posix", data)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	for range 200 {
		if answer, err := http.Get(s.Endpoint); err == nil {
			_ = answer.Body.Close()
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the S3 server does not answer")
	return nil
}

// Stop ends the server at once.
func (s *Server) Stop() {
	s.once.Do(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	})
}
