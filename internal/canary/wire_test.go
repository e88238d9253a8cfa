package canary

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"casehub/internal/pki"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// wire stands between a node and its hub, with the hub's own authority, and keeps
// every byte that passes, after TLS was taken off.
type wire struct {
	server, client *tls.Config
	mu             sync.Mutex
	streams        []*stream
}

// stream is one direction of one connection.
type stream struct {
	name string
	http bool
	mu   sync.Mutex
	b    bytes.Buffer
}

func (s *stream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *stream) bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.b.Bytes())
}

// newWire takes the authority out of the hub's folder.
func newWire(t *testing.T, keys, caFile string) *wire {
	t.Helper()
	a, err := pki.Open(keys, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &wire{server: a.Server([]string{"127.0.0.1"}), client: &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS13}}
}

// between listens in the place of an address and returns where. A broker says a line
// in the open before TLS begins.
func (w *wire) between(t *testing.T, name, address string, greets bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.pass(c, fmt.Sprintf("wire: %s %d", name, n), address, greets)
		}
	}()
	return l.Addr().String()
}

func (w *wire) keep(name string, http bool) *stream {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &stream{name: name, http: http}
	w.streams = append(w.streams, s)
	return s
}

func (w *wire) pass(near net.Conn, name, address string, greets bool) {
	defer near.Close()
	far, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer far.Close()
	out, in := w.keep(name+" to the hub", !greets), w.keep(name+" from the hub", !greets)
	if greets {
		line, err := bufio.NewReaderSize(oneByte{far}, 1).ReadString('\n')
		if err != nil {
			return
		}
		_, _ = in.Write([]byte(line))
		if _, err := io.WriteString(near, line); err != nil {
			return
		}
	}
	server, client := w.server.Clone(), w.client.Clone()
	if !greets {
		server.NextProtos, client.NextProtos = []string{"h2"}, []string{"h2"}
	}
	a, b := tls.Server(near, server), tls.Client(far, client)
	done := make(chan struct{}, 2)
	go func() { _, _ = io.Copy(io.MultiWriter(out, b), a); _ = b.CloseWrite(); done <- struct{}{} }()
	go func() { _, _ = io.Copy(io.MultiWriter(in, a), b); _ = a.CloseWrite(); done <- struct{}{} }()
	<-done
	<-done
}

// oneByte reads a byte at a time, so that nothing of TLS is swallowed.
type oneByte struct{ io.Reader }

func (r oneByte) Read(b []byte) (int, error) { return r.Reader.Read(b[:1]) }

// sources are all that passed: as it was, and the headers of HTTP/2, which a table
// makes short, in words.
func (w *wire) sources() []source {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []source
	for _, s := range w.streams {
		b := s.bytes()
		all = append(all, source{s.name, b})
		if s.http {
			all = append(all, source{s.name + ", its frames", frames(b)})
		}
	}
	return all
}

// frames writes out what HTTP/2 said.
func frames(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte(http2.ClientPreface))
	var out bytes.Buffer
	f := http2.NewFramer(io.Discard, bytes.NewReader(b))
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		frame, err := f.ReadFrame()
		if err != nil && !errors.As(err, new(http2.StreamError)) {
			return out.Bytes()
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			for _, h := range frame.Fields {
				fmt.Fprintf(&out, "%s: %s\n", h.Name, h.Value)
			}
		case *http2.DataFrame:
			out.Write(frame.Data())
			out.WriteByte('\n')
		}
	}
}

// source is one thing that is searched.
type source struct {
	name string
	b    []byte
}

// filesIn returns every file below a folder, by its own name too.
func filesIn(t *testing.T, what, folder string) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			if errors.Is(err, os.ErrNotExist) {
				return nil // a file of a program that runs comes and goes
			}
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		all = append(all, source{what + ": " + strings.TrimPrefix(path, folder), b})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// processes returns what every process was started with, and its environment.
func processes(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, what := range []string{"cmdline", "environ"} {
		names, err := filepath.Glob("/proc/[0-9]*/" + what)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if b, err := os.ReadFile(name); err == nil { // it may have ended
				all = append(all, source{"process: " + what, b})
			}
		}
	}
	return all
}
