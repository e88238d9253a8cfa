package pki

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// trusting is a client that trusts the certificate of l and nothing else.
func trusting(t *testing.T, l *Local, name string) *tls.Config {
	t.Helper()
	c, err := l.current(nil)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(c.Leaf)
	return &tls.Config{RootCAs: pool, ServerName: name, Time: l.now}
}

func openLocal(t *testing.T, folder string, now time.Time, hosts ...string) *Local {
	t.Helper()
	l, err := OpenLocal(folder, hosts, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestALocalCertificateIsForItsHostsAlone(t *testing.T) {
	l := openLocal(t, t.TempDir(), time.Now(), "office-pc", "192.168.1.20", "office-pc", "fd00::20")
	for name, want := range map[string]bool{"office-pc": true, "192.168.1.20": true, "fd00::20": true, "192.168.1.21": false, "evil.example": false} {
		if err := shake(t, l.TLS(), trusting(t, l, name)); (err == nil) != want {
			t.Errorf("as %s: %v, want trusted %v", name, err, want)
		}
	}
	if _, err := OpenLocal(t.TempDir(), nil, time.Now); err == nil {
		t.Error("a certificate for no host was made")
	}
}

func TestALocalServerSpeaksNoOldTLS(t *testing.T) {
	l := openLocal(t, t.TempDir(), time.Now(), "office-pc")
	for version, want := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		client := trusting(t, l, "office-pc")
		client.MinVersion, client.MaxVersion = tls.VersionTLS10, version //nolint:gosec // what an old client would offer
		if err := shake(t, l.TLS(), client); (err == nil) != want {
			t.Errorf("%s: %v, want %v", tls.VersionName(version), err, want)
		}
	}
}

func TestALocalCertificateIsOneThatBrowsersAccept(t *testing.T) {
	l := openLocal(t, t.TempDir(), time.Now(), "office-pc")
	leaf := l.cert.Leaf
	if days := leaf.NotAfter.Sub(leaf.NotBefore).Hours() / 24; days > 397 {
		t.Errorf("it lasts %v days, more than browsers accept", days)
	}
	if leaf.IsCA || leaf.KeyUsage&x509.KeyUsageCertSign != 0 {
		t.Error("whoever trusts it would trust what it signs")
	}
}

// TestALocalCertificateIsRenewedInUse goes through three years of clock.
func TestALocalCertificateIsRenewedInUse(t *testing.T) {
	folder, now := t.TempDir(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l, err := OpenLocal(folder, []string{"office-pc"}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	server, key, seen := l.TLS(), l.key, map[string]bool{}
	for range 38 {
		if err := shake(t, server, trusting(t, l, "office-pc")); err != nil {
			t.Fatalf("on %s: %v", now.Format(time.DateOnly), err)
		}
		if left := l.cert.Leaf.NotAfter.Sub(now); left < 30*24*time.Hour {
			t.Errorf("on %s it has %v left", now.Format(time.DateOnly), left)
		}
		f, err := l.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		seen[f] = true
		now = now.AddDate(0, 0, 29)
	}
	if len(seen) < 3 || len(seen) > 4 {
		t.Errorf("%d certificates in three years", len(seen))
	}
	now = now.AddDate(0, 0, -29)
	again := openLocal(t, folder, now, "office-pc")
	if !again.key.Equal(key) || !again.cert.Leaf.Equal(l.cert.Leaf) {
		t.Error("after a restart it is another key or certificate")
	}
}

func TestALocalCertificateFollowsHostsAndClock(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	first := openLocal(t, folder, now, "office-pc", "192.168.1.20")
	if same := openLocal(t, folder, now, "192.168.1.20", "office-pc"); !same.cert.Leaf.Equal(first.cert.Leaf) {
		t.Error("the same hosts in another order have another certificate")
	}
	moved := openLocal(t, folder, now, "office-pc", "192.168.1.77")
	if moved.cert.Leaf.Equal(first.cert.Leaf) || !moved.key.Equal(first.key) {
		t.Error("a new address: want a new certificate with the same key")
	}
	back := openLocal(t, folder, now.AddDate(-1, 0, 0), "office-pc", "192.168.1.77")
	if err := shake(t, back.TLS(), trusting(t, back, "office-pc")); err != nil {
		t.Errorf("after the clock was set back: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, localCert), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if mended := openLocal(t, folder, now, "office-pc"); !mended.key.Equal(first.key) {
		t.Error("a torn certificate cost the key")
	}
	if err := os.WriteFile(filepath.Join(folder, localKey), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLocal(folder, []string{"office-pc"}, time.Now); err == nil {
		t.Error("a torn key was replaced in silence")
	}
}

func TestTheKeyOfThePagesIsTheOwnersAlone(t *testing.T) {
	folder := t.TempDir()
	openLocal(t, folder, time.Now(), "office-pc")
	for _, name := range []string{localKey, localCert} {
		st, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, st.Mode().Perm())
		}
	}
}

func TestAFingerprintIsWhatABrowserShows(t *testing.T) {
	l := openLocal(t, t.TempDir(), time.Now(), "office-pc")
	got, err := l.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^([0-9A-F]{2}(:[0-9A-F]{2}){3})( [0-9A-F]{2}(:[0-9A-F]{2}){3}){7}$`).MatchString(got) {
		t.Errorf("%q is not in eight groups", got)
	}
	sum := sha256.Sum256(l.cert.Certificate[0])
	if plain := strings.NewReplacer(":", "", " ", "").Replace(got); !strings.EqualFold(plain, hex.EncodeToString(sum[:])) {
		t.Errorf("%s is not the SHA-256 of the certificate", got)
	}
}
