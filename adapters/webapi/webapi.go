// Package webapi is the one HTTP client of sources that are asked over the network.
//
// It asks one server, over https unless that is this machine. What carries the
// secret goes nowhere else: a redirect to another address is refused, and of a link
// that the server gives, only the query is used. It asks again when the server is
// busy, with growing pauses and as the server says; a page that is too much for the
// server, or for us, is asked for in halves. Bodies are limited. No error holds an
// address beyond the host's name, a query, a secret or content.
//
// Settings that sources share are in settings.go, asking in webapi.go, asking again
// in again.go.
package webapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/internal/errs"
)

// Limits of one answer, in bytes.
const (
	MaxPage     = 16 << 20  // of records, held in memory
	MaxDocument = 512 << 20 // streamed
)

// Client asks one server. It is safe for use by several goroutines once it is
// authorised.
type Client struct {
	base  *url.URL // without query, its path without a slash at the end
	http  *http.Client
	head  http.Header
	pause func(context.Context, time.Duration) error
	// patient is how long an answer may take, see answerTime.
	patient time.Duration
}

// New makes a client of the server at an address such as https://kf.kobotoolbox.org.
// It fails with adapters.ErrSettings and adapters.ErrInsecure.
func New(address string) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil || base.Hostname() == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, adapters.ErrSettings.With("setting", "url")
	}
	if base.Scheme != "https" && !(base.Scheme == "http" && loopback(base.Hostname())) {
		return nil, adapters.ErrInsecure.With("host", base.Hostname())
	}
	base.Path, base.RawPath = strings.TrimSuffix(base.Path, "/"), ""
	c := &Client{base: base, head: http.Header{"User-Agent": {"casehub"}}, pause: sleep, patient: answerTime}
	c.http = &http.Client{Transport: transport(), CheckRedirect: c.follow}
	return c, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// transport knows no proxy and no cookies.
func transport() *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:    15 * time.Second,
		ResponseHeaderTimeout:  2 * time.Minute,
		MaxIdleConns:           2,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
}

// follow lets a redirect within the server pass, and none to another.
func (c *Client) follow(to *http.Request, via []*http.Request) error {
	if to.URL.Scheme != c.base.Scheme || !strings.EqualFold(to.URL.Host, c.base.Host) {
		return adapters.ErrElsewhere
	}
	if len(via) > 5 {
		return adapters.ErrAnswer
	}
	return nil
}

// Authorise makes every question carry a header, as "Authorization: Token …".
func (c *Client) Authorise(header, value string) { c.head.Set(header, value) }

// Host returns the name of the server.
func (c *Client) Host() string { return c.base.Hostname() }

// Close lets idle connections go.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Ask is one question.
type Ask struct {
	// Path below the client's address; its parts are escaped by Path.
	Path  string
	Query url.Values
	// Body is sent as JSON by POST, unless nil; Form is sent as a form.
	Body any
	Form url.Values
	// Accept is the type of answer that is wanted; JSON when "".
	Accept string
	// Max is the most bytes of the answer; MaxPage when 0.
	Max int64
}

// Path joins parts to a path and escapes each.
func Path(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p))
	}
	return b.String()
}

// Next returns the query of a link that the server gave. The rest of a link is not
// used: behind a proxy it is often wrong, and it may be of another server.
func Next(link string) (url.Values, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, adapters.ErrAnswer
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, adapters.ErrAnswer
	}
	return q, nil
}

// Answer is what a server answers, and when it says that this was.
type Answer struct {
	Body   []byte
	Header http.Header
}

// Time returns the server's own time, or the zero time.
func (a Answer) Time() time.Time {
	t, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// Get asks and returns the whole answer. It asks again where that may help. It
// fails with adapters.ErrSignIn, ErrMissing, ErrUnreachable, ErrElsewhere,
// ErrTooLarge and ErrAnswer.
func (c *Client) Get(ctx context.Context, a Ask) (Answer, error) {
	return c.again(ctx, func() (Answer, error) { return c.once(ctx, a) })
}

// JSON asks and decodes the answer.
func (c *Client) JSON(ctx context.Context, a Ask, into any) error {
	answer, err := c.Get(ctx, a)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return c.named(adapters.ErrAnswer)
	}
	return nil
}

// Page asks for a page of records. When the server gives up on it, or it is larger
// than we hold, the limit is halved for this page and those that follow.
func (c *Client) Page(ctx context.Context, limit *int, ask func(limit int) Ask) (Answer, error) {
	return c.again(ctx, func() (Answer, error) {
		for {
			answer, err := c.once(ctx, ask(*limit))
			var busy *busyError
			tooMuch := errors.Is(err, adapters.ErrTooLarge) || errors.As(err, &busy) && busy.large
			if !tooMuch || *limit <= 1 {
				return answer, err
			}
			*limit /= 2
			if busy != nil {
				return Answer{}, err // asked again after a pause
			}
		}
	})
}

// Open asks for a document and returns it as it comes. Its errors are those of Get.
func (c *Client) Open(ctx context.Context, a Ask) (io.ReadCloser, error) {
	if a.Max == 0 {
		a.Max = MaxDocument
	}
	if a.Accept == "" {
		a.Accept = "*/*"
	}
	var body io.ReadCloser
	_, err := c.again(ctx, func() (Answer, error) {
		var err error
		body, _, err = c.send(ctx, a)
		return Answer{}, err
	})
	return body, err
}

// once asks one time and reads the whole answer.
func (c *Client) once(ctx context.Context, a Ask) (Answer, error) {
	if a.Max == 0 {
		a.Max = MaxPage
	}
	body, head, err := c.send(ctx, a)
	if err != nil {
		return Answer{}, err
	}
	b, err := io.ReadAll(body)
	err = errors.Join(err, body.Close())
	if err != nil {
		return Answer{}, err
	}
	return Answer{b, head}, nil
}

// send asks one time.
func (c *Client) send(ctx context.Context, a Ask) (io.ReadCloser, http.Header, error) {
	inner, cancel := context.WithCancel(ctx)
	req, err := c.request(inner, a)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		cancel()
		return nil, nil, c.failed(ctx, err)
	}
	if err := c.status(res); err != nil {
		_ = res.Body.Close()
		cancel()
		return nil, nil, err
	}
	return newBody(ctx, cancel, res.Body, a.Max, c), res.Header, nil
}

func (c *Client) request(ctx context.Context, a Ask) (*http.Request, error) {
	u := *c.base
	path, err := url.PathUnescape(a.Path)
	if err != nil {
		return nil, c.named(adapters.ErrAnswer)
	}
	u.RawPath, u.Path = u.EscapedPath()+a.Path, u.Path+path
	u.RawQuery = a.Query.Encode()
	method, kind, text := http.MethodGet, "", []byte(nil)
	switch {
	case a.Form != nil:
		method, kind, text = http.MethodPost, "application/x-www-form-urlencoded", []byte(a.Form.Encode())
	case a.Body != nil:
		if text, err = json.Marshal(a.Body); err != nil {
			return nil, err
		}
		method, kind = http.MethodPost, "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(text))
	if err != nil {
		return nil, c.named(adapters.ErrAnswer)
	}
	for name, values := range c.head {
		req.Header[name] = values
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept", "application/json")
	if a.Accept != "" {
		req.Header.Set("Accept", a.Accept)
	}
	return req, nil
}

// Strange is adapters.ErrAnswer of this server: it says what nobody expects.
func (c *Client) Strange() error { return c.named(adapters.ErrAnswer) }

// Short is adapters.ErrIncomplete of this server: it gave less than it counted.
func (c *Client) Short() error { return c.named(adapters.ErrIncomplete) }

// named adds the server's name to an error.
func (c *Client) named(e *errs.Error) error { return e.With("host", c.Host()) }
