package web

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// office is a listener in a network of an office, for all that its users can
// tell: it is not known to be on the loopback.
type office struct{ net.Listener }

func (o office) Addr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 168, 1, 20), Port: o.Listener.Addr().(*net.TCPAddr).Port}
}

// serve serves a handler until the test ends and returns where.
func serve(t *testing.T, l *Listener, h http.Handler) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx, h) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	return fmt.Sprintf("127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port)
}

// opened opens a place on the loopback, or one that looks like an office's.
func opened(t *testing.T, lan bool, p Place) *Listener {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if lan {
		inner = office{inner}
	}
	l, err := ListenOn(inner, p)
	if err != nil {
		t.Fatal(err)
	}
	l.limits.grace = 100 * time.Millisecond
	return l
}

// trusting is a client that trusts the certificate in a folder and nothing else.
func trusting(t *testing.T, folder string) *tls.Config {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "pages.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{RootCAs: pool, ServerName: "192.168.1.20"}
}

func TestOnTheLoopbackPagesAreInTheClear(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := ListenOn(inner, Place{})
	if err != nil {
		t.Fatal(err)
	}
	if f, err := l.Fingerprint(); l.Secure() || f != "" || err != nil {
		t.Errorf("secure %v, fingerprint %q, %v", l.Secure(), f, err)
	}
	if got := l.Hosts(); !slices.Equal(got, []string{"127.0.0.1", "::1", "localhost"}) {
		t.Errorf("hosts %q", got)
	}
	s := open(t, func(o *Options) { o.Hosts = l.Hosts() })
	resp, err := http.Get("http://" + serve(t, l, s))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
}

func TestElsewherePagesAreOverTLSAlone(t *testing.T) {
	folder := t.TempDir()
	l := opened(t, true, Place{Folder: folder, Names: []string{"Casehub.Office.Example", "10.0.0.7", "no host!"}})
	for _, want := range []string{"192.168.1.20", "casehub.office.example", "10.0.0.7", "localhost"} {
		if !slices.Contains(l.Hosts(), want) {
			t.Errorf("hosts %q lack %s", l.Hosts(), want)
		}
	}
	if slices.Contains(l.Hosts(), "no host!") {
		t.Error("what is no host is one")
	}
	if f, err := l.Fingerprint(); err != nil || len(f) != 95 {
		t.Errorf("fingerprint %q, %v", f, err)
	}
	address := serve(t, l, open(t, func(o *Options) { o.Hosts = l.Hosts() }))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(t, folder), ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + address + "/edit")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.ProtoMajor != 2 || !strings.HasPrefix(resp.Header.Get("Strict-Transport-Security"), "max-age=") {
		t.Errorf("%s %d %v", resp.Proto, resp.StatusCode, resp.Header)
	}
	for _, c := range resp.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %v", c)
		}
	}
	if len(resp.Cookies()) == 0 {
		t.Error("no cookie was looked at")
	}
	if _, err := http.Get("https://" + address); err == nil {
		t.Error("a browser that was told nothing trusts it")
	}
}

func TestAnAddressOfAllInterfacesIsKnownByEachOfThem(t *testing.T) {
	all := hostsAt(&net.TCPAddr{IP: net.IPv4zero, Port: 1}, nil)
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && !slices.Contains(all, n.IP.String()) {
			t.Errorf("%q lack %s", all, n.IP)
		}
	}
	if name, err := os.Hostname(); err == nil && hostName.MatchString(name) && !slices.Contains(all, name) {
		t.Errorf("%q lack %s", all, name)
	}
}

func TestPlainHTTPOnAPortForTLSIsToldSo(t *testing.T) {
	address := serve(t, opened(t, true, Place{Folder: t.TempDir()}), open(t))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: 192.168.1.20\r\nCookie: %s\r\n\r\n", strings.Repeat("x", 9000))
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Write https:// in front", "Escriba https:// delante"} {
		if resp.StatusCode != 400 || !strings.Contains(string(body), want) {
			t.Errorf("%d %q, want %q", resp.StatusCode, body, want)
		}
	}
}

// TestASlowReaderIsCutOff holds connections open in every way that a server
// without limits would bear: it is slow at the header, at the body of a form, at
// the body of a page that takes none, and at taking the answer.
func TestASlowReaderIsCutOff(t *testing.T) {
	l := opened(t, false, Place{})
	l.limits.header, l.limits.body, l.limits.write, l.limits.idle = 300*time.Millisecond, 600*time.Millisecond, 600*time.Millisecond, 300*time.Millisecond
	s := open(t)
	s.Handle("GET /much", Anyone, func(w http.ResponseWriter, _ *http.Request) error {
		for range 4000 {
			if _, err := w.Write(make([]byte, 16<<10)); err != nil {
				return nil //nolint:nilerr // the reader was cut off, as wanted
			}
		}
		return nil
	})
	address := serve(t, l, s)
	for name, sent := range map[string]string{
		"nothing":       "",
		"half a header": "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ",
		"half a form":   "POST /edit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nnote=",
		"a page's body": "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n",
		"the next one":  "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"a long answer": "GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.WriteString(c, sent); err != nil {
				t.Fatal(err)
			}
			wait := 5 * time.Second
			if name == "a long answer" {
				time.Sleep(2 * time.Second) // takes nothing, and then what is under way
			}
			if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, c)
			if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
				t.Errorf("still open after %v, %d bytes", wait, n)
			}
			if name == "a long answer" && n >= 4000*16<<10 {
				t.Error("the whole answer came")
			}
		})
	}
}

func TestALongHandlerIsNotCutOff(t *testing.T) {
	l := opened(t, false, Place{})
	l.limits.body = 200 * time.Millisecond
	s := open(t)
	long := func(w http.ResponseWriter, r *http.Request) error {
		select {
		case <-r.Context().Done():
			return r.Context().Err()
		case <-time.After(700 * time.Millisecond):
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
	}
	s.Handle("GET /long", Anyone, long)
	s.Handle("POST /long", Anyone, long)
	address := serve(t, l, s)
	tok, cookie := pageToken(t, s)
	form := "note=x&form_token=" + tok
	for name, sent := range map[string]string{
		"a page": "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"a form": fmt.Sprintf("POST /long HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", cookie, len(form), form),
	} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, sent) //nolint:errcheck // the answer tells
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || resp.StatusCode != 204 {
			t.Errorf("%s: %v, %v", name, resp, err)
		}
	}
}

func TestAHugeHeaderIsRefused(t *testing.T) {
	address := serve(t, opened(t, false, Place{}), open(t))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/?q="+strings.Repeat("x", 30<<10), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", resp.StatusCode)
	}
}

// crowd accepts connections that say they come from somewhere.
type crowd struct {
	net.Listener
	from []net.IP
}

type guest struct {
	net.Conn
	ip net.IP
}

func (g guest) RemoteAddr() net.Addr { return &net.TCPAddr{IP: g.ip, Port: 1} }
func (g guest) Close() error         { return nil }

func (c *crowd) Accept() (net.Conn, error) {
	if len(c.from) == 0 {
		return nil, io.EOF
	}
	ip := c.from[0]
	c.from = c.from[1:]
	return guest{ip: ip}, nil
}

func TestOneMachineDoesNotTakeAllConnections(t *testing.T) {
	greedy, other, own := net.IPv4(10, 0, 0, 1), net.IPv4(10, 0, 0, 2), net.IPv4(127, 0, 0, 1)
	w := &wire{Listener: &crowd{from: []net.IP{greedy, greedy, greedy, greedy, other, own, own, own, own}}, most: 2, open: map[string]int{}}
	got := map[string]int{}
	var held []net.Conn
	for {
		c, err := w.Accept()
		if err != nil {
			break
		}
		got[c.RemoteAddr().(*net.TCPAddr).IP.String()]++
		held = append(held, c)
	}
	if got["10.0.0.1"] != 2 || got["10.0.0.2"] != 1 || got["127.0.0.1"] != 4 {
		t.Errorf("connections by machine: %v", got)
	}
	for _, c := range held {
		for range 2 {
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(w.open) != 0 {
		t.Errorf("rooms that nobody gave back: %v", w.open)
	}
}

func TestTheServersOwnLogHoldsNothingOfAReader(t *testing.T) {
	var log bytes.Buffer
	l := opened(t, true, Place{Folder: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- l.Serve(ctx, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("Nomsa Dlamini") }))
	}()
	address := fmt.Sprintf("127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port)
	if _, err := http.Get("https://" + address); err == nil {
		t.Error("an unknown certificate was trusted")
	}
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // only the log is looked at
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "GET /?q=Nomsa HTTP/1.1\r\nHost: localhost\r\n\r\n") //nolint:errcheck // it is cut off
	io.Copy(io.Discard, c)                                                 //nolint:errcheck // it is cut off
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := log.String(); strings.Contains(got, "Nomsa") || strings.Contains(got, "handshake") || !strings.Contains(got, "panicked") {
		t.Errorf("the log: %s", got)
	}
}
