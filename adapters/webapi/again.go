package webapi

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"casehub/adapters"
	"casehub/internal/errs"
)

// Asking again.
const (
	tries      = 5
	firstPause = 500 * time.Millisecond
	maxPause   = 2 * time.Minute // a server that wants more is asked another day
	stall      = time.Minute     // without a byte
)

// How long an answer may take: so long, and a second more for so many bytes. A server
// that gives a byte now and then would else never end.
const (
	answerTime = 15 * time.Minute
	answerRate = 1 << 10
)

// busyError is an answer after which asking again may help.
type busyError struct {
	after time.Duration // as the server says, 0 when it does not
	large bool          // the question may be too large for the server
	err   error
}

func (e *busyError) Error() string { return e.err.Error() }

func (e *busyError) Unwrap() error { return e.err }

// status turns what is no answer into an error.
func (c *Client) status(res *http.Response) error {
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusProxyAuthRequired:
		return c.named(adapters.ErrSignIn.With("status", code))
	case code == http.StatusNotFound || code == http.StatusGone:
		return c.named(adapters.ErrMissing.With("status", code))
	case code == http.StatusTooManyRequests:
		return &busyError{tooMany(res.Header), false, c.named(adapters.ErrUnreachable.With("status", code))}
	case code == http.StatusServiceUnavailable || code == http.StatusRequestTimeout:
		return &busyError{retryAfter(res.Header), false, c.named(adapters.ErrUnreachable.With("status", code))}
	case code == http.StatusBadGateway || code == http.StatusGatewayTimeout:
		return &busyError{retryAfter(res.Header), true, c.named(adapters.ErrUnreachable.With("status", code))}
	default:
		return c.named(adapters.ErrAnswer.With("status", code))
	}
}

// retryAfter reads how long a server wants to be left alone: seconds or a time.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < 1e6 {
		return time.Duration(n) * time.Second
	}
	at, err := http.ParseTime(text)
	now, err2 := http.ParseTime(h.Get("Date"))
	if err != nil || err2 != nil || !at.After(now) {
		return 0
	}
	return at.Sub(now)
}

// window is how long a server that says nothing of it is left alone which was asked too
// often: most count by the minute, and it is asked four times more.
const window = 20 * time.Second

// tooMany reads how long a server wants to be left alone that was asked too often: in
// the header that is for it, or in those that say when its count begins anew, in seconds
// or as a time in seconds since 1970.
func tooMany(h http.Header) time.Duration {
	if wait := retryAfter(h); wait > 0 {
		return wait
	}
	for _, name := range []string{"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"} {
		n, err := strconv.ParseInt(h.Get(name), 10, 64)
		if now, bad := http.ParseTime(h.Get("Date")); bad == nil && n > 1e9 && n < 1e11 {
			n -= now.Unix()
		}
		if err == nil && n > 0 && n < 1e6 {
			return time.Duration(n) * time.Second
		}
	}
	return window
}

// failed says what a failed connection means, without the library's text, which
// has the whole address in it.
func (c *Client) failed(ctx context.Context, err error) error {
	if e := errs.As(err); e != nil {
		return c.named(e)
	}
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	return &busyError{0, false, c.named(adapters.ErrUnreachable)}
}

// again does something up to five times while that may help.
func (c *Client) again(ctx context.Context, do func() (Answer, error)) (Answer, error) {
	for try := 1; ; try++ {
		answer, err := do()
		var busy *busyError
		if err == nil || !errors.As(err, &busy) {
			return answer, err
		}
		wait := max(busy.after, jitter(firstPause<<(try-1)))
		if try == tries || wait > maxPause {
			return answer, busy.err
		}
		if err := c.pause(ctx, wait); err != nil {
			return answer, err
		}
	}
}

// jitter spreads pauses, so that many offices do not come back at once.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// body is an answer as it comes: limited, and given up when nothing comes.
type body struct {
	ctx    context.Context // of the one who asked
	cancel context.CancelFunc
	from   io.ReadCloser
	left   int64
	max    int64
	client *Client
	still  *time.Timer
	began  time.Time
}

func newBody(ctx context.Context, cancel context.CancelFunc, from io.ReadCloser, most int64, c *Client) *body {
	b := &body{ctx: ctx, cancel: cancel, from: from, left: most, max: most, client: c, began: time.Now()}
	b.still = time.AfterFunc(stall, cancel)
	return b
}

// Read reads on. It fails with adapters.ErrTooLarge past the limit, with ErrUnreachable
// when it takes too long, and as busy when the connection breaks.
func (b *body) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.client.named(adapters.ErrTooLarge.With("file", b.client.Host()).With("megabytes", b.max>>20))
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	b.still.Reset(stall)
	if b.left -= int64(n); b.left < 0 {
		return 0, b.client.named(adapters.ErrTooLarge.With("file", b.client.Host()).With("megabytes", b.max>>20))
	}
	if time.Since(b.began) > b.client.patient+time.Duration((b.max-b.left)/answerRate)*time.Second {
		return 0, b.client.named(adapters.ErrUnreachable)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = &busyError{0, true, b.client.named(adapters.ErrUnreachable)}
		if cause := b.ctx.Err(); cause != nil {
			err = cause
		}
	}
	return n, err
}

// Close ends the answer, read or not.
func (b *body) Close() error {
	b.still.Stop()
	b.cancel()
	return b.from.Close()
}
