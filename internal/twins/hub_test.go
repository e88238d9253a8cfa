package twins

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"casehub/internal/civil"
	"casehub/internal/pack"
	"casehub/internal/pki"
	"casehub/internal/release"
	"casehub/node"
	hubv1 "casehub/proto/casehub/hub/v1"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// endpoint is the other end of everything that a node sends: it speaks as the broker
// and as the hub do, and keeps every byte that comes in, after TLS was taken off.
// Nothing that it says itself is drawn by chance.
type endpoint struct {
	hubv1.UnimplementedReceiptsServer
	hubv1.UnimplementedCatalogueServer

	config node.HubConfig
	body   nationalBody
	key    ed25519.PrivateKey
	broker net.Listener
	grpc   *grpc.Server
	tls    *tls.Config
	open   sync.WaitGroup // connections

	mu       sync.Mutex
	office   *office // whose node it is that sends
	receipts []*releasev1.Receipt
	calls    []*overheard // the connections of gRPC since settle, in their order
}

func newEndpoint(t *testing.T, folder string) *endpoint {
	t.Helper()
	ca, err := pki.Open(filepath.Join(folder, "ca"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	e := &endpoint{key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)), tls: ca.Server([]string{"127.0.0.1"})}
	e.body = newNationalBody(t, folder)
	e.broker = listen(t)
	calls := listen(t)
	t.Cleanup(func() { _ = e.broker.Close() })
	go e.serveBroker()

	config := e.tls.Clone()
	config.NextProtos = []string{"h2"}
	e.grpc = grpc.NewServer()
	hubv1.RegisterReceiptsServer(e.grpc, e)
	hubv1.RegisterCatalogueServer(e.grpc, e)
	t.Cleanup(e.grpc.Stop)
	go func() { _ = e.grpc.Serve(&ear{Listener: calls, config: config, e: e}) }()

	e.config = node.HubConfig{
		NATS: "tls://" + e.broker.Addr().String(), GRPC: calls.Addr().String(), CAFile: ca.File(),
		ReceiptKey: hex.EncodeToString(e.key.Public().(ed25519.PublicKey)),
	}
	return e
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// listenTo begins another world.
func (e *endpoint) listenTo(o *office) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.office, e.receipts = o, nil
}

func (e *endpoint) from() *office {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.office
}

func (e *endpoint) say(way, format string, args ...any) { e.from().heard.say(way, format, args...) }

// settle waits until every connection has ended and all of it was read, and keeps the
// frames of those to the hub.
func (e *endpoint) settle() {
	e.open.Wait()
	e.mu.Lock()
	calls := e.calls
	e.calls = nil
	e.mu.Unlock()
	for _, c := range calls {
		e.frames(c.came)
	}
}

func (e *endpoint) serveBroker() {
	for {
		c, err := e.broker.Accept()
		if err != nil {
			return
		}
		e.open.Add(1)
		go func() {
			defer e.open.Done()
			defer c.Close()
			e.say(byConns, "to the broker")
			e.speakNATS(c)
		}()
	}
}

// nonce is what an office signs to show who it is; a broker draws one by chance.
const nonce = "AAAAAAAAAAAAAAA"

// speakNATS speaks as a broker with JetStream does, to one client.
func (e *endpoint) speakNATS(plain net.Conn) {
	hello := `{"server_id":"S","server_name":"S","version":"2.12.0","proto":1,"headers":true,"max_payload":65536,"jetstream":true,"auth_required":true,"tls_required":true,"nonce":"` + nonce + `"}`
	if _, err := fmt.Fprintf(plain, "INFO %s\r\n", hello); err != nil {
		return
	}
	early := &early{Conn: plain}
	c := tls.Server(early, e.tls)
	if err := c.Handshake(); err != nil {
		e.say(byConns, "the broker was not believed")
		return
	}
	if early.first != 0x16 { // a handshake of TLS
		e.say(byConns, "something was said in the open")
	}
	r, sid := bufio.NewReader(c), ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			if line != "" {
				e.say(byNATS, "%s", line)
			}
			return
		}
		op := strings.Fields(line)
		switch {
		case len(op) > 0 && (op[0] == "PUB" || op[0] == "HPUB"):
			n, err := strconv.Atoi(op[len(op)-1])
			if err != nil || n > 1<<20 {
				return
			}
			body := make([]byte, n+2)
			if _, err := io.ReadFull(r, body); err != nil {
				return
			}
			e.published(c, sid, line, op, body[:n])
		case len(op) > 0 && op[0] == "SUB":
			sid = op[len(op)-1]
			e.say(byNATS, "%s", line)
		case len(op) > 0 && op[0] == "PING":
			e.say(byNATS, "%s", line)
			if _, err := io.WriteString(c, "PONG\r\n"); err != nil {
				return
			}
		default:
			e.say(byNATS, "%s", line)
		}
	}
}

// published keeps a message, and acknowledges it as JetStream does.
func (e *endpoint) published(c io.Writer, sid, line string, op []string, body []byte) {
	header := 0
	if op[0] == "HPUB" {
		header, _ = strconv.Atoi(op[len(op)-2])
	}
	o := e.from()
	for _, h := range o.heard {
		for _, m := range h.leak.messages(o, message{line: line, header: string(body[:header]), data: body[header:]}) {
			h.say(byNATS, "%s%s%x", m.line, m.header, m.data)
		}
	}
	e.answer(body[header:])
	ack := `{"stream":"RELEASES","seq":1}`
	if len(op) > 2 && strings.HasPrefix(op[2], "_INBOX") {
		_, _ = fmt.Fprintf(c, "MSG %s %s %d\r\n%s\r\n", op[2], sid, len(ack), ack)
	}
}

// answer makes the receipt of a release.
func (e *endpoint) answer(sealed []byte) {
	o, err := release.Open(sealed)
	if err != nil {
		e.say(byNATS, "a message that is no release")
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r := &releasev1.Receipt{
		OrgUnit: o.Release.GetOrgUnit(), Sequence: o.Release.GetSequence(), ReleaseDigest: o.Digest[:],
		Status: releasev1.ReceiptStatus_RECEIPT_STATUS_ACCEPTED, HubLedgerCount: uint64(o.Release.GetSequence()),
	}
	if err := release.SignReceipt(e.key, r); err == nil {
		e.receipts = append(e.receipts, r)
	}
}

// early keeps the first byte that a client says.
type early struct {
	net.Conn
	first byte
	said  bool
}

func (c *early) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.said {
		c.first, c.said = p[0], true
	}
	return n, err
}

// Since answers the receipts of releases after a sequence.
func (e *endpoint) Since(ctx context.Context, q *hubv1.ReceiptsSinceRequest) (*hubv1.ReceiptsSinceResponse, error) {
	e.call(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	resp := &hubv1.ReceiptsSinceResponse{}
	for _, r := range e.receipts {
		if r.GetSequence() > q.GetAfterSequence() {
			resp.Receipts = append(resp.Receipts, r)
		}
	}
	return resp, nil
}

// Packs answers what the national body signed for a play, to who does not have it.
func (e *endpoint) Packs(ctx context.Context, q *hubv1.PacksRequest) (*hubv1.PacksResponse, error) {
	e.call(ctx)
	o := e.from()
	if o.rules == nil || q.GetNationalVersion() > 0 {
		return &hubv1.PacksResponse{}, nil
	}
	file, err := e.body.sign(pack.Make(pack.National, 1, endOfTime, 1, pack.Contents{Limits: *o.rules}))
	return &hubv1.PacksResponse{Packs: [][]byte{file}}, err
}

// nationalBody signs packs.
type nationalBody struct {
	keys []ed25519.PrivateKey
	file string // of its keys
}

// endOfTime is after every play.
const endOfTime = civil.Date("2035-12-31")

func newNationalBody(t *testing.T, folder string) nationalBody {
	t.Helper()
	b := nationalBody{file: filepath.Join(folder, "roots.json")}
	var public [3]ed25519.PublicKey
	for i := range public {
		b.keys = append(b.keys, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(20 + i)}, ed25519.SeedSize)))
		public[i] = b.keys[i].Public().(ed25519.PublicKey)
	}
	file, err := b.sign(pack.MakeRoots(1, endOfTime, public))
	if err == nil {
		err = os.WriteFile(b.file, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b nationalBody) sign(file []byte, err error) ([]byte, error) {
	for _, k := range b.keys[:2] {
		if err == nil {
			file, err = pack.Sign(file, k)
		}
	}
	return file, err
}

// call keeps the method and the headers of a call.
func (e *endpoint) call(ctx context.Context) {
	method, _ := grpc.Method(ctx)
	md, _ := metadata.FromIncomingContext(ctx)
	o := e.from()
	for _, h := range o.heard {
		var lines []string
		for k, v := range h.leak.metadata(o, md.Copy()) {
			lines = append(lines, k+"="+strings.Join(v, ","))
		}
		slices.Sort(lines)
		h.say(byGRPC, "%s %s", method, strings.Join(lines, " "))
	}
}

// ear takes TLS off the connections of gRPC and keeps what comes in.
type ear struct {
	net.Listener
	config *tls.Config
	e      *endpoint
}

func (l *ear) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.e.open.Add(1)
	l.e.say(byConns, "to the hub")
	heard := &overheard{Conn: tls.Server(c, l.config), ended: l.e.open.Done}
	l.e.mu.Lock()
	defer l.e.mu.Unlock()
	l.e.calls = append(l.e.calls, heard)
	return heard, nil
}

// overheard keeps all that is read from a connection, and tells when that ends.
type overheard struct {
	net.Conn
	ended func()
	mu    sync.Mutex
	came  []byte
	once  sync.Once
}

func (c *overheard) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.came = append(c.came, p[:n]...)
	return n, err
}

func (c *overheard) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.ended)
	return err
}

// Types of frames of HTTP/2.
const (
	data         = 0
	headers      = 1
	settings     = 4
	ping         = 6
	goAway       = 7
	windowUpdate = 8
)

// frames keeps the frames of one connection. Four kinds say only how the connection
// is and come as the clock has it; they are left out where they are just that. The
// block of headers is kept by call, without its packing.
func (e *endpoint) frames(b []byte) {
	b, ok := bytes.CutPrefix(b, []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if !ok {
		e.say(byFrames, "no HTTP/2: %x", b)
		return
	}
	for len(b) >= 9 {
		n := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
		kind, flags, stream := b[3], b[4], binary.BigEndian.Uint32(b[5:9])
		if len(b) < 9+n {
			break
		}
		body := b[9 : 9+n]
		b = b[9+n:]
		switch {
		case kind == windowUpdate && n == 4, kind == settings && flags == 1 && n == 0, kind == ping && n == 8 && (flags == 1 || bytes.Equal(body, bdp)):
		case kind == goAway && n >= 8 && string(body[8:]) == goodbye:
		case kind == headers:
			e.say(byFrames, "headers of stream %d, flags %d", stream, flags)
		default:
			e.say(byFrames, "kind %d flags %d stream %d: %x", kind, flags, stream, body)
		}
	}
	if len(b) > 0 {
		e.say(byFrames, "part of a frame: %x", b)
	}
}

// goodbye is what gRPC says when it closes a connection, where there is time.
const goodbye = "client transport shutdown"

// bdp is what gRPC measures the way to the hub by.
var bdp = []byte{2, 4, 16, 16, 9, 14, 7, 7}
