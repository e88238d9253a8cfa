package reach

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/postgres/postgrestest"
	"casehub/internal/proof"
	"casehub/internal/sqlite"
	"casehub/node"
	"casehub/node/people"
	"casehub/node/setup"
)

// A real node lives through months in a network of its own, at whose other end is
// nothing but a hub, and every packet that leaves it is looked at.

const (
	hubAddress, nodeAddress = "10.73.0.1", "10.73.0.2"
	grpcPort, natsPort      = 8471, 8472
	pagesPort               = 8480
)

// cell is a network of its own: whatever runs in its one thread, and every program
// started there, sees no other.
type cell struct {
	work   chan func()
	thread int
}

// newCell makes a network, or skips the test where that is not allowed.
func newCell(t *testing.T) *cell {
	t.Helper()
	c := &cell{work: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this function, and its network with it
		err := syscall.Unshare(syscall.CLONE_NEWNET)
		c.thread = syscall.Gettid()
		ready <- err
		for f := range c.work {
			f()
		}
	}()
	err := <-ready
	t.Cleanup(func() { close(c.work) })
	if err != nil {
		t.Skipf("a network of its own (%v) is not for this user", err)
	}
	return c
}

// in does something in the cell's thread.
func (c *cell) in(f func()) {
	done := make(chan struct{})
	c.work <- func() { defer close(done); f() }
	<-done
}

// run runs a program in the cell and returns what it printed.
func (c *cell) run(t *testing.T, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	var err error
	c.in(func() { err = cmd.Start() })
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", filepath.Base(name), args[0], err, out.String(), errs.String())
	}
	return out.String()
}

// begin starts a program in the cell that goes on, and waits for a line of its that
// holds a text. It is stopped as a service is.
func (c *cell) begin(t *testing.T, until, name string, args ...string) (stop func()) {
	t.Helper()
	cmd := exec.Command(name, args...)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	c.in(func() { err = cmd.Start() })
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	said, seen := "", make(chan bool, 1)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(seen)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			said += lines.Text() + "\n"
			if strings.Contains(lines.Text(), until) {
				select {
				case seen <- true:
				default:
				}
			}
		}
	})
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		err := cmd.Wait()
		reading.Wait()
		if err != nil {
			t.Errorf("%s: %v\n%s", filepath.Base(name), err, said)
		}
	})
	t.Cleanup(stop)
	select {
	case ok := <-seen:
		if !ok {
			stop()
			t.Fatalf("%s ended before it said %q", filepath.Base(name), until)
		}
	case <-time.After(2 * time.Minute):
		stop()
		t.Fatalf("%s did not say %q\n%s", filepath.Base(name), until, said)
	}
	return stop
}

// join lays a line between two cells. Whatever the node's cell sends to an address
// that is not on the line goes to the hub's, where it is seen and ends.
func join(t *testing.T, hub, office *cell) {
	t.Helper()
	ip := func(c *cell, args string) { c.run(t, "", "ip", strings.Fields(args)...) }
	ip(hub, "link set lo up")
	ip(office, "link set lo up")
	ip(hub, fmt.Sprintf("link add hub0 type veth peer name node0 netns %d", office.thread))
	ip(hub, "addr add "+hubAddress+"/24 dev hub0")
	ip(hub, "link set hub0 up")
	ip(office, "addr add "+nodeAddress+"/24 dev node0")
	ip(office, "link set node0 up")
	ip(office, "route add default via "+hubAddress)
}

// packets is what left a cell: how many packets began something towards each
// destination, as "tcp 10.73.0.1:8471".
type packets struct {
	mu   sync.Mutex
	seen map[string]int
}

// listen begins to look at every packet that is sent in a cell, on any of its
// interfaces.
func listen(t *testing.T, c *cell) *packets {
	t.Helper()
	const everything = 0x0300 // ETH_P_ALL in the byte order of the network
	var socket int
	var err error
	c.in(func() {
		socket, err = syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, everything)
	})
	if err == nil {
		err = syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 100_000})
	}
	if err != nil {
		t.Fatal(err)
	}
	p, done := &packets{seen: map[string]int{}}, make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		defer syscall.Close(socket)
		b := make([]byte, 1<<16)
		for {
			n, from, err := syscall.Recvfrom(socket, b, 0)
			if link, ok := from.(*syscall.SockaddrLinklayer); ok && err == nil && link.Pkttype == syscall.PACKET_OUTGOING {
				p.note(b[:n])
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	t.Cleanup(func() { close(done); looking.Wait() })
	return p
}

// note notes where a packet goes. Of a connection it is the first packet that
// counts. Answers begin nothing, nor does what the kernel says on its own account:
// ARP, who listens to which group (ICMPv6), and that nobody is at a port (ICMP).
func (p *packets) note(b []byte) {
	const icmp, hopByHop, icmp6, unreachable = 1, 0, 58, 3
	to := ""
	switch {
	case len(b) > 20 && b[0]>>4 == 4:
		inner := b[min(int(b[0]&15)*4, len(b)):]
		if b[9] == icmp && len(inner) > 0 && inner[0] == unreachable {
			return
		}
		to = destination(b[9], net.IP(b[16:20]), inner)
	case len(b) > 40 && b[0]>>4 == 6:
		if b[6] == icmp6 || b[6] == hopByHop && b[40] == icmp6 {
			return
		}
		to = destination(b[6], net.IP(b[24:40]), b[40:])
	}
	if to != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.seen[to]++
	}
}

func destination(protocol byte, to net.IP, b []byte) string {
	const syn, ack = 2, 16
	switch {
	case protocol == syscall.IPPROTO_TCP && len(b) >= 20:
		if b[13]&(syn|ack) != syn {
			return ""
		}
		return fmt.Sprintf("tcp %s:%d", to, int(b[2])<<8|int(b[3]))
	case protocol == syscall.IPPROTO_UDP && len(b) >= 8:
		return fmt.Sprintf("udp %s:%d", to, int(b[2])<<8|int(b[3]))
	}
	return fmt.Sprintf("protocol %d to %s", protocol, to)
}

func (p *packets) destinations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.seen))
}

// TestProveTheDestinations: a node is set up, enrolled, served, lets months out and
// gets its receipts, backs up and is verified. Of all packets of its network, none
// goes anywhere but to the two addresses of the hub, and no name is asked for.
func TestProveTheDestinations(t *testing.T) {
	hub, office := newCell(t), newCell(t)
	join(t, hub, office)
	seen := listen(t, office)
	w := &world{t: t, hub: hub, office: office, bin: t.TempDir(), dir: postgrestest.Dir(t)}
	w.build()
	w.start()
	w.live()

	to := slices.DeleteFunc(seen.destinations(), func(d string) bool {
		return d == fmt.Sprintf("tcp 127.0.0.1:%d", pagesPort) // the test's own browser
	})
	ofHub := []string{fmt.Sprintf("tcp %s:%d", hubAddress, grpcPort), fmt.Sprintf("tcp %s:%d", hubAddress, natsPort)}
	other := slices.DeleteFunc(slices.Clone(to), func(d string) bool { return slices.Contains(ofHub, d) })
	for _, d := range other {
		t.Errorf("the node reached for %s", d)
	}
	proof.AtMost(t, "reach/destinations", float64(len(other)), 0)
	proof.AtLeast(t, "reach/hub-addresses", float64(len(to)-len(other)), 2)
}

// TestTheListenerSeesRed: what reaches for anywhere else is seen, though nobody is
// there.
func TestTheListenerSeesRed(t *testing.T) {
	hub, office := newCell(t), newCell(t)
	join(t, hub, office)
	seen := listen(t, office)
	want := []string{"tcp 127.0.0.1:9", "tcp 203.0.113.9:443", "udp 127.0.0.53:53", "udp 203.0.113.53:53"}
	office.in(func() {
		for _, d := range want {
			network, address, _ := strings.Cut(d, " ")
			if c, err := net.DialTimeout(network, address, 300*time.Millisecond); err == nil {
				_, _ = c.Write([]byte("a question"))
				_ = c.Close()
			}
		}
	})
	for range 100 {
		if slices.Equal(seen.destinations(), want) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("seen %q, want %q", seen.destinations(), want)
}

// world is a hub and a node, each in its cell.
type world struct {
	t           *testing.T
	hub, office *cell
	bin, dir    string
}

const (
	login, second = "n.example", "s.second"
	password      = "four words in a row"
)

func (w *world) file(name string) string { return filepath.Join(w.dir, name) }

func (w *world) program(name string) string { return filepath.Join(w.bin, name) }

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(w.file(name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) build() {
	w.t.Helper()
	run(w.t, "build", "-ldflags=-s -w", "-o", w.bin, "./cmd/casehub-node", "./cmd/casehub-hub")
}

// start starts the hub, sets a node up with two directors, and enrols it.
func (w *world) start() {
	w.t.Helper()
	w.write("hub.toml", fmt.Sprintf("data = %q\ntimezone = 'UTC'\nhosts = [%q]\ngrpc = '%s:%d'\n[nats]\nlisten = '%s:%d'\n",
		w.file("hub"), hubAddress, hubAddress, grpcPort, hubAddress, natsPort))
	w.hub.begin(w.t, "the hub is ready", w.program("casehub-hub"), "serve", "-config", w.file("hub.toml"))
	keys := w.hub.run(w.t, "", w.program("casehub-hub"), "keys", "-config", w.file("hub.toml"))
	first := civil.MonthOf(time.Now()).Add(-4)
	w.write("node.toml", fmt.Sprintf("data = %q\nkey_file = %q\nlisten = '127.0.0.1:%d'\ntimezone = 'UTC'\n[office]\norg_unit = 7\nfirst_period = %d\n%s",
		w.file("node"), w.file("node.key"), pagesPort, int(first), keys))
	w.write("password", password)
	w.setUp(first)
	said := w.office.run(w.t, "", w.program("casehub-node"), "enrolment", "-config", w.file("node.toml"))
	args := []string{"office", "add", "-config", w.file("hub.toml"), "-org-unit", "7", "-name", "Office 7", "-province", "Gauteng", "-opened-on", "2020-01-01"}
	for _, key := range []string{"release-key", "transport-key"} {
		args = append(args, "-"+key, regexp.MustCompile(`(?m)^` + key + ` (\S+)$`).FindStringSubmatch(said)[1])
	}
	w.hub.run(w.t, "", w.program("casehub-hub"), args...)
}

// setUp makes a node with two directors and six cases of one kind in its first month.
func (w *world) setUp(first civil.Month) {
	w.t.Helper()
	ctx := w.t.Context()
	c, err := node.ReadConfig(w.file("node.toml"))
	if err == nil {
		_, err = node.Create(ctx, c, setup.Plan{
			Organisation: "Example Trust", Language: "en", Offices: []setup.Office{{Name: "Mountain View"}},
			Director: setup.Director{Name: "N. Example", Login: login, Password: password},
		}, time.Now)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	n, who, err := node.OpenAs(ctx, c, login, password, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	defer n.Close()
	if err := n.People.RequireFactors(ctx, who, nil); err != nil {
		w.t.Fatal(err)
	}
	offices, err := n.People.Offices(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	id, once, err := n.People.AddPerson(ctx, who, people.Person{Login: second, Name: "S. Second", Language: "en", OfficeID: offices[0].ID})
	if err == nil {
		err = n.People.GivePosition(ctx, who, people.Position{PersonID: id, Role: "director", OfficeID: offices[0].ID})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	token, _, err := n.People.SignIn(ctx, people.Try{Login: second, Password: once, From: people.From{Source: "test"}})
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := n.People.Session(ctx, token)
	if err == nil {
		err = n.People.ChangePassword(ctx, s, once, password)
	}
	for i := range 6 {
		err = errors.Join(err, casework(ctx, n.DB, i, first))
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func casework(ctx context.Context, db *sqlite.DB, i int, m civil.Month) error {
	args := sqlite.Args{
		"client": fmt.Sprintf("client-%d", i), "case": fmt.Sprintf("case-%d", i), "ref": fmt.Sprintf("R-%d", i),
		"type": codelist.National().List(codelist.CaseTypes).Leaves()[0].Code, "on": m.First().AddDays(i), "at": m.First().Time().UnixMilli(),
	}
	_, err := db.Exec(ctx, `
INSERT INTO clients (id, reference, surname, created_at, updated_at)
VALUES (@client, @ref, @client, @at, @at)`, sqlite.Args{"client": args["client"], "ref": args["ref"], "at": args["at"]})
	if err == nil {
		_, err = db.Exec(ctx, `
INSERT INTO cases (id, reference, client_id, case_type, status, opened_on, created_at, updated_at)
VALUES (@case, @ref, @client, @type, 'open', @on, @at, @at)`, args)
	}
	return err
}

// live serves the node, looks at a page, lets months out by two people, makes a
// backup and checks everything.
func (w *world) live() {
	t, program, config := w.t, w.program("casehub-node"), w.file("node.toml")
	t.Helper()
	stop := w.office.begin(t, "open http", program, "serve", "-config", config)
	var page string
	w.office.in(func() { page = w.page("/sign-in") })
	if !strings.Contains(page, "form_token") {
		t.Fatalf("the page to sign in is %d bytes", len(page))
	}
	stop()
	said := w.office.run(t, strings.Repeat("yes\n", 12), program, "release", "-catch-up", "-config", config,
		"-login", login, "-password-file", w.file("password"), "-approver", second, "-approver-password-file", w.file("password"))
	if !regexp.MustCompile(`(?m)^release 1 for \S+: sealed$`).MatchString(said) || !strings.Contains(said, "left in the outbox 0") {
		t.Fatalf("no release was sent and receipted: %s", said)
	}
	stop = w.office.begin(t, "open http", program, "serve", "-config", config)
	w.office.in(func() { page = w.page("/sign-in") })
	stop()
	w.office.run(t, "", program, "verify", "-config", config)
}

// page asks the node for a page, by a connection of the cell's own thread.
func (w *world) page(path string) string {
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", pagesPort), 10*time.Second)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	_, err = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n", path, pagesPort)
	if err != nil {
		return err.Error()
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
