package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"casehub/internal/locale"
	"casehub/internal/web"
	nodelocale "casehub/node/locale"
	"casehub/node/people"
	"casehub/node/setup"
	"casehub/node/unseal"
	"casehub/node/vault"
)

// Host serves a node through its life: the set-up of an empty folder, the
// sign-in page of a sealed node, and the pages of an open one. One address and
// one server serve all three.
type Host struct {
	f       filled
	log     *slog.Logger
	now     func() time.Time
	tell    Tell
	catalog *locale.Catalog
	handler atomic.Pointer[http.Handler]

	mu      sync.Mutex // held while the node is being opened
	vault   *vault.Vault
	node    *Node
	opened  chan *Node // gets the node once
	builder *builder
}

// Tell is what whoever started the program is told. Every field may be nil.
type Tell struct {
	// Ready gets the address of the pages, and the fingerprint of the
	// certificate where other machines can reach them, else "".
	Ready func(url, fingerprint string)
	// Code gets the one-time code of the first run.
	Code func(code string)
	// Sealed is called when the node waits for a password.
	Sealed func()
}

// NewHost prepares the pages of the node in the folder of the settings.
func NewHost(c Config, log *slog.Logger, now func() time.Time, tell Tell) (*Host, error) {
	f, err := c.fill()
	if err != nil {
		return nil, err
	}
	h := &Host{f: f, log: log, now: now, tell: tell, opened: make(chan *Node, 1)}
	if h.catalog, err = locale.Load(web.Locale(), nodelocale.FS); err != nil {
		return nil, fmt.Errorf("preparing the pages: %w", err)
	}
	return h, nil
}

// begin chooses the pages by what stands in the folder. A node with a key file is
// opened at once.
func (h *Host) begin(ctx context.Context) error {
	if h.f.isBereft() {
		return ErrNoKeyFile
	}
	if !h.f.isSetUp() {
		h.setUp()
		return nil
	}
	v, err := h.f.openVault(ctx)
	if err != nil {
		return err
	}
	h.vault = v
	if h.f.KeyFile == "" {
		h.seal()
		return nil
	}
	if err := v.UnsealKeyFile(h.f.KeyFile); err != nil {
		return fmt.Errorf("setting key_file: %w", err)
	}
	return h.open(ctx)
}

// seal shows the page that waits for a password.
func (h *Host) seal() {
	h.show(unseal.NewSite(h.site(), h, h.now))
	if h.tell.Sealed != nil {
		h.tell.Sealed()
	}
}

// Unseal opens the node by a login and a password. Whoever comes second finds it
// open.
func (h *Host) Unseal(ctx context.Context, login, password string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.node != nil {
		return nil
	}
	if _, err := h.vault.UnsealPassword(ctx, people.CleanLogin(login), people.CleanPassword(password)); err != nil {
		return err
	}
	// What opens here stays open, whatever becomes of this request.
	return h.open(context.WithoutCancel(ctx))
}

// Opened returns the pages of the open node.
func (h *Host) Opened() http.Handler { return *h.handler.Load() }

func (h *Host) setUp() {
	h.builder = &builder{f: h.f, now: func() time.Time { return h.now().In(h.f.zone) }}
	code := h.tell.Code
	if code == nil {
		code = func(string) {}
	}
	h.show(setup.NewSite(setup.Options{Site: h.site(), PrintCode: code, Maker: h, Now: h.builder.now}))
}

// site is what the pages of a node that is not open stand on.
func (h *Host) site() web.Options {
	return web.Options{Name: h.f.name(), Catalog: h.catalog, Log: h.log, Zone: h.f.zone, Hosts: h.f.pageHosts, Synthetic: h.f.Synthetic}
}

// Begin makes the node that a plan describes and returns its recovery words.
func (h *Host) Begin(ctx context.Context, p setup.Plan) ([]string, error) {
	words, err := h.builder.begin(ctx, p)
	if err != nil {
		return nil, err
	}
	return words.List(p.Language), nil
}

// Finish puts the node in its place and opens it.
func (h *Host) Finish(ctx context.Context) error {
	if err := h.builder.finish(ctx); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.builder.vault.Seal()
	v, err := h.f.openVault(ctx)
	if err != nil {
		return err
	}
	h.vault = v
	h.seal()
	return nil
}

// open opens the node of the unsealed vault and shows its pages.
func (h *Host) open(ctx context.Context) error {
	n, err := open(ctx, h.f, h.vault, h.log, h.now)
	if err != nil {
		return err
	}
	if err := n.tidy(ctx); err != nil {
		return errors.Join(err, n.Close())
	}
	handler, err := n.Handler()
	if err != nil {
		return errors.Join(err, n.Close())
	}
	h.node = n
	h.show(handler)
	h.opened <- n
	return nil
}

func (h *Host) show(handler http.Handler) { h.handler.Store(&handler) }

// ServeHTTP answers one request with the pages of the node's present state.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*h.handler.Load()).ServeHTTP(w, r) }

// Serve answers the pages on the address of the settings, and does by itself
// what an open node has to do, until ctx ends. It closes the node.
func (h *Host) Serve(ctx context.Context) error {
	l, err := net.Listen("tcp", h.f.Listen)
	if err != nil {
		return fmt.Errorf("setting listen: %w", err)
	}
	return h.ServeOn(ctx, l)
}

// errSetUpElsewhere reports a first run that other machines could reach.
var errSetUpElsewhere = errors.New("setting listen: must be on the loopback until the node is set up, as 127.0.0.1:8480")

// ServeOn is Serve on a listener that is open already; it closes it.
func (h *Host) ServeOn(ctx context.Context, l net.Listener) (err error) {
	if a, ok := l.Addr().(*net.TCPAddr); !h.f.isSetUp() && (!ok || !a.IP.IsLoopback()) {
		return errors.Join(errSetUpElsewhere, l.Close())
	}
	on, err := h.f.listenOn(l, h.log, h.now)
	if err != nil {
		return err
	}
	h.f.pageHosts = on.Hosts()
	if err := h.begin(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	if err := h.announce(on, l.Addr()); err != nil {
		return errors.Join(err, l.Close(), h.close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { h.work(ctx) })
	err = on.Serve(ctx, h)
	stop()
	wg.Wait()
	return errors.Join(err, h.close())
}

// announce tells whoever started the program where the pages are.
func (h *Host) announce(on *web.Listener, a net.Addr) error {
	if h.tell.Ready == nil {
		return nil
	}
	if !on.Secure() {
		_, port, err := net.SplitHostPort(a.String())
		if err == nil {
			h.tell.Ready("http://localhost:"+port+"/", "") // passkeys want a name
		}
		return err
	}
	fingerprint, err := on.Fingerprint()
	if err == nil {
		h.tell.Ready("https://"+a.String()+"/", fingerprint)
	}
	return err
}

// work waits until the node is open, then does what it has to do.
func (h *Host) work(ctx context.Context) {
	select {
	case n := <-h.opened:
		n.follow(ctx)
	case <-ctx.Done():
	}
}

// close closes the node and seals its vault.
func (h *Host) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.builder != nil {
		_ = h.builder.drop()
	}
	if h.node == nil {
		return nil
	}
	return h.node.Close()
}
