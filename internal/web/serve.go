package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"casehub/internal/locale"
	"casehub/internal/pki"
)

// Place says where a part serves its pages. The zero value of Folder and Names
// works on the loopback.
type Place struct {
	// Folder keeps the key and the certificate of the pages, off the loopback.
	Folder string
	// Names are names and addresses by which readers reach this machine beside
	// those that it knows of itself.
	Names []string
	Now   func() time.Time
	Log   *slog.Logger
}

// Listener is an open place for pages.
type Listener struct {
	listener net.Listener
	tls      *tls.Config // nil on the loopback
	local    *pki.Local
	hosts    []string
	log      *slog.Logger
	limits   limits
}

// limits are how long readers may take, and how much room they get.
type limits struct {
	header, body, idle, write, grace time.Duration
	headerBytes, perSource           int
}

var usual = limits{
	header: 10 * time.Second, body: 30 * time.Second, idle: 2 * time.Minute, write: time.Minute, grace: 10 * time.Second,
	headerBytes: 16 << 10, perSource: 64,
}

// ListenOn takes a listener for the pages of a part: plain HTTP on the loopback,
// and TLS with this machine's own certificate anywhere else. There is no way to
// serve pages to another machine in the clear. It closes the listener when it
// fails.
//
// A part calls it first, gives Hosts to Options, shows Fingerprint to whoever
// starts it, and then calls Serve:
//
//	l, err := web.ListenOn(listener, web.Place{Folder: config.Data, Names: config.Names, Now: now, Log: log})
//	site := web.NewSite(web.Options{Hosts: l.Hosts(), …})
//	err = l.Serve(ctx, site)
func ListenOn(l net.Listener, p Place) (*Listener, error) {
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	out := &Listener{listener: l, log: p.Log, limits: usual, hosts: hostsAt(l.Addr(), p.Names)}
	if onLoopback(l.Addr()) {
		return out, nil
	}
	var err error
	if out.local, err = pki.OpenLocal(p.Folder, out.hosts, p.Now); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	out.tls = out.local.TLS()
	return out, nil
}

// onLoopback reports whether only this machine can reach an address.
func onLoopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// hostsAt returns the names and addresses under which pages at an address are
// asked for: the machine's own, and those given.
func hostsAt(a net.Addr, names []string) []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if !onLoopback(a) {
		hosts = append(hosts, machine(a)...)
	}
	for _, n := range names {
		n = strings.ToLower(strings.TrimSpace(n))
		if ip := net.ParseIP(n); ip != nil {
			hosts = append(hosts, ip.String())
		} else if hostName.MatchString(n) {
			hosts = append(hosts, n)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// machine returns what this machine is called in its network, and its address:
// every one of its addresses when it listens on all.
func machine(a net.Addr) []string {
	var hosts []string
	if name, err := os.Hostname(); err == nil && hostName.MatchString(strings.ToLower(name)) {
		name = strings.ToLower(name)
		hosts = append(hosts, name)
		if !strings.Contains(name, ".") {
			hosts = append(hosts, name+".local")
		}
	}
	t, ok := a.(*net.TCPAddr)
	if ok && !t.IP.IsUnspecified() {
		return append(hosts, t.IP.String())
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return hosts // the names are left
	}
	for _, one := range all {
		if n, ok := one.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			hosts = append(hosts, n.IP.String())
		}
	}
	return hosts
}

// Hosts returns the names and addresses under which the pages may be asked for,
// for Options.
func (l *Listener) Hosts() []string { return slices.Clone(l.hosts) }

// Addr returns the address that was opened.
func (l *Listener) Addr() net.Addr { return l.listener.Addr() }

// Secure reports whether the pages are served over TLS.
func (l *Listener) Secure() bool { return l.tls != nil }

// Fingerprint returns the SHA-256 of the certificate, in groups, to compare
// with what the browser shows; "" on the loopback, which has none.
func (l *Listener) Fingerprint() (string, error) {
	if l.local == nil {
		return "", nil
	}
	return l.local.Fingerprint()
}

// Close closes a place that is not to be served after all.
func (l *Listener) Close() error { return l.listener.Close() }

// Serve answers requests until ctx ends, gives those that run ten seconds more,
// and closes the listener. A reader who is too slow, at the header, at the form
// or at taking the answer, is cut off.
func (l *Listener) Serve(ctx context.Context, h http.Handler) error {
	server := &http.Server{
		Handler: h, TLSConfig: l.tls, MaxHeaderBytes: l.limits.headerBytes, ErrorLog: slog.NewLogLogger(quiet{l.log.Handler()}, slog.LevelWarn),
		ReadHeaderTimeout: l.limits.header, ReadTimeout: l.limits.body, IdleTimeout: l.limits.idle,
	}
	wire, err := l.wire()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.limits.grace)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close() // who is still there is cut
		}
	}()
	if l.tls != nil {
		err = server.ServeTLS(wire, "", "")
	} else {
		err = server.Serve(wire)
	}
	stop()
	<-ended
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving pages: %w", err)
}

// wire returns the listener with its connections under our limits.
func (l *Listener) wire() (net.Listener, error) {
	w := &wire{Listener: l.listener, write: l.limits.write, most: l.limits.perSource, open: map[string]int{}}
	if l.tls == nil {
		return w, nil
	}
	c, err := locale.Load(Locale())
	if err != nil {
		return nil, err
	}
	w.plain = plainAnswer(c)
	return w, nil
}

// plainAnswer is what somebody gets who asks a TLS port in the clear, in every
// language: nothing is known of them yet.
func plainAnswer(c *locale.Catalog) []byte {
	var body bytes.Buffer
	for _, lang := range c.Languages() {
		fmt.Fprintln(&body, c.Text(lang, "error.plain"))
	}
	return fmt.Appendf(nil, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"+
		"X-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", body.Len(), body.String())
}

// quiet keeps out of the log what readers do wrong with TLS, for a browser that
// was not told yet to trust the certificate says so at every connection, and
// the value of a panic, which may hold what a person typed.
type quiet struct{ slog.Handler }

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "TLS handshake error") {
		return nil
	}
	if strings.Contains(r.Message, "panic serving") {
		r.Message = "a handler panicked outside the site"
	}
	return q.Handler.Handle(ctx, r)
}
