package web

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// wire hands out connections that cannot be held open by reading slowly, and no
// more of them to one machine than it needs.
type wire struct {
	net.Listener
	write time.Duration // how long one piece of an answer may take
	most  int           // connections of one machine other than this one
	plain []byte        // the answer to plain HTTP on a port for TLS, or nil

	mu   sync.Mutex
	open map[string]int // by address
}

// Accept returns the next connection of a machine that has not too many.
func (w *wire) Accept() (net.Conn, error) {
	for {
		c, err := w.Listener.Accept()
		if err != nil {
			return nil, err
		}
		source := sourceOf(c.RemoteAddr())
		if !w.enter(source) {
			_ = c.Close() // it has others
			continue
		}
		return &conn{Conn: c, wire: w, source: source, plain: w.plain}, nil
	}
}

// sourceOf returns the address of another machine, "" for this one.
func sourceOf(a net.Addr) string {
	t, ok := a.(*net.TCPAddr)
	if !ok || t.IP.IsLoopback() {
		return ""
	}
	return t.IP.String()
}

func (w *wire) enter(source string) bool {
	if source == "" {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open[source] >= w.most {
		return false
	}
	w.open[source]++
	return true
}

func (w *wire) leave(source string) {
	if source == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open[source]--; w.open[source] == 0 {
		delete(w.open, source)
	}
}

// errPlain ends a connection that speaks no TLS on a port for it.
var errPlain = errors.New("plain HTTP on a port for TLS")

// piece is how much of an answer must go out within the time for it: about 270
// bytes a second are enough.
const piece = 16 << 10

// conn is one connection under the limits of its wire.
type conn struct {
	net.Conn
	wire   *wire
	source string
	plain  []byte // until the first bytes came
	until  atomic.Int64
	closed sync.Once
}

// Read looks at the first byte of a connection that should speak TLS: a letter
// begins a request in the clear.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n == 0 || c.plain == nil {
		return n, err
	}
	answer := c.plain
	c.plain = nil
	if b[0] < 'A' || b[0] > 'Z' {
		return n, err
	}
	c.refuse(answer)
	return 0, errPlain
}

// refuse says what is wrong, and takes in what is under way: an answer is lost
// when a connection is closed on unread bytes.
func (c *conn) refuse(answer []byte) {
	_, _ = c.Write(answer) // who has gone needs no answer
	if t, ok := c.Conn.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.CopyN(io.Discard, c.Conn, 64<<10)
	_ = c.Close()
}

// Write sends b piece by piece, each within the time for it.
func (c *conn) Write(b []byte) (int, error) {
	sent := 0
	for {
		next := b[sent:min(len(b), sent+piece)]
		if err := c.Conn.SetWriteDeadline(c.due()); err != nil {
			return sent, err
		}
		n, err := c.Conn.Write(next)
		sent += n
		if err != nil || sent == len(b) {
			return sent, err
		}
	}
}

// due is when the next piece must be out.
func (c *conn) due() time.Time {
	due := time.Now().Add(c.wire.write)
	if u := c.until.Load(); u != 0 && u < due.UnixNano() {
		return time.Unix(0, u)
	}
	return due
}

// SetWriteDeadline keeps a deadline of the server's beside ours.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		c.until.Store(0)
	} else {
		c.until.Store(t.UnixNano())
	}
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// Close ends the connection and makes room for another.
func (c *conn) Close() error {
	c.closed.Do(func() { c.wire.leave(c.source) })
	return c.Conn.Close()
}
