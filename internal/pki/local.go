package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// localLasts is the longest life that browsers accept of a certificate, from
	// its beginning (early before it is made) to its end.
	localLasts = 397 * 24 * time.Hour
	// localRenewed is how long before its end a local certificate is made again.
	localRenewed = 30 * 24 * time.Hour
)

// Files of a Local in its folder.
const (
	localKey  = "pages.key"
	localCert = "pages.pem"
)

// Local is the certificate under which one machine serves its office's network.
// It vouches for itself: whoever opens the pages for the first time compares its
// fingerprint with the one that the machine shows. It carries names of machines
// and addresses, never of the office or a person.
type Local struct {
	file  string
	key   *ecdsa.PrivateKey
	hosts []string // sorted, each once
	now   func() time.Time

	mu   sync.Mutex
	cert *tls.Certificate
}

// OpenLocal reads the key (pages.key, mode 0600) and certificate (pages.pem) in
// a folder, and makes what is missing. The certificate is made again, with the
// same key, when the hosts (names and addresses) are others, when it does not
// fit the key or the clock, and 30 days before its end, also while it is in use.
func OpenLocal(folder string, hosts []string, now func() time.Time) (*Local, error) {
	hosts = slices.Clone(hosts)
	slices.Sort(hosts)
	l := &Local{file: filepath.Join(folder, localCert), hosts: slices.Compact(hosts), now: now}
	if len(l.hosts) == 0 {
		return nil, errors.New("opening the local certificate: it is for no host")
	}
	key, err := readOrMake(filepath.Join(folder, localKey), func() (any, error) {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	})
	if err != nil {
		return nil, fmt.Errorf("opening the local certificate: %w", err)
	}
	var ok bool
	if l.key, ok = key.(*ecdsa.PrivateKey); !ok {
		return nil, fmt.Errorf("opening the local certificate: %s is no ECDSA key", localKey)
	}
	l.cert = l.read()
	if _, err := l.current(nil); err != nil {
		return nil, err
	}
	return l, nil
}

// read returns the certificate in the file, nil when there is none that fits
// the key and the hosts: it can always be made again.
func (l *Local) read() *tls.Certificate {
	b, err := os.ReadFile(l.file)
	if err != nil {
		return nil
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !l.key.PublicKey.Equal(leaf.PublicKey) || !slices.Equal(hostsOf(leaf), l.hosts) {
		return nil
	}
	return &tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: l.key, Leaf: leaf}
}

// hostsOf returns the names and addresses of a certificate, sorted.
func hostsOf(c *x509.Certificate) []string {
	hosts := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	slices.Sort(hosts)
	return hosts
}

// current returns the certificate in use, and makes it again when it is time.
func (l *Local) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.cert != nil && !now.Before(l.cert.Leaf.NotBefore) && now.Add(localRenewed).Before(l.cert.Leaf.NotAfter) {
		return l.cert, nil
	}
	c, err := l.make(now)
	if err != nil {
		return nil, fmt.Errorf("making the local certificate: %w", err)
	}
	l.cert = c
	return c, nil
}

func (l *Local) make(now time.Time) (*tls.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "casehub"},
		NotBefore: now.Add(-early), NotAfter: now.Add(localLasts - early),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, // and no authority: whoever installs it trusts this machine alone
	}
	for _, h := range l.hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &l.key.PublicKey, l.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: l.key, Leaf: leaf}, replace(l.file, b, 0o600)
}

// TLS returns the settings of a server with the certificate: TLS 1.3, or 1.2
// with the ciphers that are still good, for the phones of an office.
func (l *Local) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: l.current,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
}

// Fingerprint returns the SHA-256 of the certificate in use as browsers show
// it, 32 pairs of hex digits, in eight groups that can be read out:
// "3A:9F:00:1C 77:…". It changes when the certificate is renewed.
func (l *Local) Fingerprint() (string, error) {
	c, err := l.current(nil)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(c.Certificate[0])
	groups := make([]string, 0, len(sum)/4)
	for four := range slices.Chunk(sum[:], 4) {
		pairs := make([]string, 0, 4)
		for _, b := range four {
			pairs = append(pairs, strings.ToUpper(hex.EncodeToString([]byte{b})))
		}
		groups = append(groups, strings.Join(pairs, ":"))
	}
	return strings.Join(groups, " "), nil
}
