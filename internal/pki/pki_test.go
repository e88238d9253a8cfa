package pki

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// shake meets a server over a real connection and returns what the client says.
func shake(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_ = c.(*tls.Conn).Handshake()
		_ = c.Close()
	}()
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: 10 * time.Second}, Config: client}
	c, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	if err == nil {
		err = c.Close()
	}
	return err
}

// pinned is the file of an authority as a node trusts it.
func pinned(t *testing.T, a *Authority) *x509.CertPool {
	t.Helper()
	b, err := os.ReadFile(a.File())
	p := x509.NewCertPool()
	if err != nil || !p.AppendCertsFromPEM(b) {
		t.Fatalf("no certificate: %v", err)
	}
	return p
}

func TestNodesTrustTheirHubAlone(t *testing.T) {
	ours, err := Open(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := ours.Server([]string{"127.0.0.1", "hub.example"})
	for name, want := range map[string]bool{"127.0.0.1": true, "hub.example": true, "else.example": false} {
		if err := shake(t, server, &tls.Config{RootCAs: pinned(t, ours), ServerName: name}); (err == nil) != want {
			t.Errorf("as %s: %v, want trusted %v", name, err, want)
		}
	}
	if err := shake(t, server, &tls.Config{RootCAs: pinned(t, other), ServerName: "hub.example"}); err == nil {
		t.Error("a node of another hub trusts this one")
	}
}

func TestAnAuthorityIsTheSameAfterARestart(t *testing.T) {
	folder := t.TempDir()
	first, err := Open(folder, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(folder, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := shake(t, again.Server([]string{"hub"}), &tls.Config{RootCAs: pinned(t, first), ServerName: "hub"}); err != nil {
		t.Error(err)
	}
	st, err := os.Stat(filepath.Join(folder, "ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode().Perm() != 0o600 {
		t.Errorf("the authority's key has mode %o, want 600", st.Mode().Perm())
	}
}

func TestACertificateIsRenewedWhileTheHubRuns(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, err := Open(t.TempDir(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	server := a.Server([]string{"hub"})
	for range 10 {
		client := &tls.Config{RootCAs: pinned(t, a), ServerName: "hub", Time: func() time.Time { return now }}
		if err := shake(t, server, client); err != nil {
			t.Fatalf("on %s: %v", now.Format(time.DateOnly), err)
		}
		now = now.AddDate(0, 0, 59)
	}
}

func TestASigningKeyIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "receipt.key")
	first, err := SigningKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := SigningKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Equal(again) {
		t.Error("a second call made another key")
	}
	if err := os.WriteFile(path, []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := SigningKey(path); err == nil {
		t.Error("a broken key file was replaced or taken")
	}
}

func TestAFileIsNeverOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept")
	if err := WriteNew(path, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteNew(path, []byte("second"), 0o600); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second write: %v, want exists", err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := io.ReadAll(f); err != nil || string(b) != "first" {
		t.Errorf("kept %q, %v", b, err)
	}
}
