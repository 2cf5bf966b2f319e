package http2

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

const (
	// minRead is the least room that is made for a read.
	minRead = 4 << 10
	// maxKept is the largest buffer that a slot keeps from one request to the next.
	maxKept = 1 << 20
)

// A carrier carries out the requests of one slot.
type carrier struct {
	pool *http1.Pool
	to   *http1.Endpoint
	link *link

	request    *http.Request
	body       []byte // of the request
	timeout    time.Duration
	idempotent bool

	header, answer []byte // of the response
	begun          bool   // the response's header has come
}

// Begin takes a request; see [http1.Carrier].
func (c *carrier) Begin(r *scenario.Request) error {
	// What may not stand in a request is the same for both versions of HTTP.
	if err := http1.Check(r); err != nil {
		return err
	}
	c.request = &http.Request{
		Method: r.Method,
		// Opaque, so that the path stays as it is written.
		URL:    &url.URL{Scheme: c.link.scheme, Host: c.to.Host(), Opaque: r.Path},
		Host:   c.to.Host(),
		Header: http.Header{"User-Agent": nil}, // none, rather than Go's
	}
	for _, f := range r.Header {
		if strings.EqualFold(f.Name, "Host") {
			c.request.Host = f.Value
		} else {
			c.request.Header.Add(f.Name, f.Value)
		}
	}
	if strings.HasPrefix(r.Path, "//") { // net/http takes it for a host, and would put the scheme before it
		c.request.URL.Opaque = "//" + c.request.Host + r.Path
	}
	// A copy, since the client may still read from it when the time-out is over.
	c.body = bytes.Clone(r.Body)
	c.request.ContentLength = int64(len(c.body))
	c.timeout, c.idempotent = r.Timeout, http1.Idempotent(r.Method)
	return nil
}

// Do carries out one request, and tries once more where the service has not seen it.
func (c *carrier) Do() http1.Result {
	r := http1.Result{Sent: c.pool.Now()}
	ctx := c.pool.Context()
	if c.timeout > 0 {
		bounded, cancel := context.WithDeadline(ctx, c.pool.At(r.Sent+c.timeout))
		defer cancel()
		ctx = bounded
	}
	r.Kind, r.Err = c.carry(ctx, &r)
	r.Done = c.pool.Now()
	if r.Err != nil {
		r.Response = scenario.Response{}
	}
	if r.Kind == http1.Timeout || r.Kind == http1.ConnectTimeout {
		r.Err = fmt.Errorf("%w (time-out of %v)", r.Err, c.timeout)
	}
	return r
}

func (c *carrier) carry(ctx context.Context, into *http1.Result) (http1.Kind, error) {
	for first := true; ; first = false {
		conn, err := c.link.get(ctx)
		if err != nil {
			return connectKind(err), err
		}
		reused := conn.served.Load()
		err = c.roundTrip(ctx, conn, &into.Response)
		if err == nil {
			conn.served.Store(true)
			return "", nil
		}
		untouched := says(err, unsent)
		if untouched {
			c.link.drop(conn)
		}
		switch {
		case first && (untouched || refused(err)):
		case first && reused && !c.begun && c.idempotent && lost(err):
			c.link.drop(conn)
			into.Resent = err
		default:
			return exchangeKind(err, c.begun), explained(err)
		}
	}
}

// roundTrip sends the request and reads its answer.
func (c *carrier) roundTrip(ctx context.Context, conn *conn, into *scenario.Response) error {
	c.begun = false
	request := c.request.WithContext(ctx)
	if len(c.body) > 0 {
		request.Body = io.NopCloser(bytes.NewReader(c.body))
	}
	response, err := conn.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	c.begun = true
	c.answer, err = c.read(response)
	if err != nil {
		return err
	}
	c.header = lines(c.header[:0], response.Header)
	*into = scenario.Response{Status: response.StatusCode, Header: c.header, Body: c.answer}
	return nil
}

// read reads the body into the buffer that the slot keeps.
func (c *carrier) read(response *http.Response) ([]byte, error) {
	body := c.answer[:0]
	if bodiless(response) {
		return body, nil
	}
	most := c.to.MaxBody()
	if response.ContentLength > int64(most) {
		return nil, tooLarge(most)
	}
	if cap(body) > maxKept {
		body = nil
	}
	for {
		body = slices.Grow(body, minRead)
		n, err := response.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > most:
			return nil, tooLarge(most)
		case err == io.EOF:
			return body, nil
		case err != nil:
			return nil, err
		}
	}
}

// bodiless says whether a response has no body, whatever its length says (RFC 9110
// section 6.4.1).
func bodiless(r *http.Response) bool {
	return r.Request.Method == http.MethodHead || r.StatusCode == http.StatusNoContent || r.StatusCode == http.StatusNotModified
}

// lines writes header fields as lines, by name.
func lines(b []byte, header http.Header) []byte {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			b = append(b, name...)
			b = append(b, ": "...)
			b = append(b, value...)
			b = append(b, "\r\n"...)
		}
	}
	return b
}

// Interrupt ends the connection; see [http1.Carrier].
func (c *carrier) Interrupt() { c.link.close() }
