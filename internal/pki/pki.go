// Package pki holds the hub's own small certificate authority, the keys that
// the hub keeps in files, and the certificate under which a node serves its
// office's network (local.go).
//
// Nodes pin the authority's certificate and trust no other, so the hub needs no
// public name. The authority lasts twenty years; server certificates are made
// in memory, last ninety days and are renewed while the hub runs, so that no
// certificate expires in a drawer. Key files have mode 0600, are written whole
// or not at all, and are never overwritten.
//
// Nothing here opens a connection.
package pki

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	authorityLasts = 20 * 365 * 24 * time.Hour
	serverLasts    = 90 * 24 * time.Hour
	// early is how long before now a certificate begins, for clocks that go
	// behind.
	early = 48 * time.Hour
)

// Authority issues the certificates of one hub's servers.
type Authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string
	now  func() time.Time
}

// Open reads the authority in a folder, and makes it on the first call.
func Open(folder string, now func() time.Time) (*Authority, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("opening the certificate authority: %w", err)
	}
	a := &Authority{file: filepath.Join(folder, "ca.pem"), now: now}
	key, err := readOrMake(filepath.Join(folder, "ca.key"), func() (any, error) {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	})
	if err != nil {
		return nil, fmt.Errorf("opening the certificate authority: %w", err)
	}
	var ok bool
	if a.key, ok = key.(*ecdsa.PrivateKey); !ok {
		return nil, errors.New("opening the certificate authority: ca.key is no ECDSA key")
	}
	if err := a.certificate(); err != nil {
		return nil, fmt.Errorf("opening the certificate authority: %w", err)
	}
	return a, nil
}

// certificate reads the authority's certificate, and makes it on the first call.
func (a *Authority) certificate() error {
	b, err := os.ReadFile(a.file)
	if errors.Is(err, os.ErrNotExist) {
		return a.makeCertificate()
	}
	if err != nil {
		return err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return errors.New("ca.pem is no certificate")
	}
	a.cert, err = x509.ParseCertificate(block.Bytes)
	return err
}

func (a *Authority) makeCertificate() error {
	serial, err := newSerial()
	if err != nil {
		return err
	}
	now := a.now()
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "casehub hub authority"},
		NotBefore: now.Add(-early), NotAfter: now.Add(authorityLasts),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &a.key.PublicKey, a.key)
	if err != nil {
		return err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	return writeNew(a.file, "CERTIFICATE", der, 0o644)
}

// File returns the path of the authority's certificate, the one that nodes pin.
func (a *Authority) File() string { return a.file }

// Server returns TLS settings for a server under the names and addresses. Its
// certificate is made again before it ends.
func (a *Authority) Server(hosts []string) *tls.Config {
	s := &server{authority: a, hosts: hosts}
	return &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: s.current}
}

// server holds the certificate that is in use.
type server struct {
	authority *Authority
	hosts     []string

	mu   sync.Mutex
	cert *tls.Certificate
}

func (s *server) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cert != nil && s.authority.now().Add(serverLasts/3).Before(s.cert.Leaf.NotAfter) {
		return s.cert, nil
	}
	c, err := s.authority.issue(s.hosts)
	if err != nil {
		return nil, fmt.Errorf("issuing a server certificate: %w", err)
	}
	s.cert = c
	return c, nil
}

func (a *Authority) issue(hosts []string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := a.now()
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "casehub hub"},
		NotBefore: now.Add(-early), NotAfter: now.Add(serverLasts),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}

// SigningKey reads the Ed25519 key in a file, and makes it on the first call.
func SigningKey(path string) (ed25519.PrivateKey, error) {
	key, err := readOrMake(path, func() (any, error) {
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return k, err
	})
	if err != nil {
		return nil, fmt.Errorf("opening a signing key: %w", err)
	}
	k, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("opening a signing key: %s is no Ed25519 key", filepath.Base(path))
	}
	return k, nil
}

// readOrMake reads the private key in a file (PKCS 8, PEM), or makes one.
func readOrMake(path string, make func() (any, error)) (any, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		block, _ := pem.Decode(b)
		if block == nil {
			return nil, fmt.Errorf("%s is no PEM file", filepath.Base(path))
		}
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	key, err := make()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writeNew(path, "PRIVATE KEY", der, 0o600)
}

func writeNew(path, kind string, der []byte, mode os.FileMode) error {
	return WriteNew(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

// WriteNew writes a file that does not exist yet, whole or not at all.
func WriteNew(path string, b []byte, mode os.FileMode) error {
	return write(path, b, mode, os.Link)
}

// replace writes a file whole or not at all, over the one that was there.
func replace(path string, b []byte, mode os.FileMode) error {
	return write(path, b, mode, os.Rename)
}

// write writes a file aside and lets place bring it to its name.
func write(path string, b []byte, mode os.FileMode, place func(from, to string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return place(f.Name(), path)
}
