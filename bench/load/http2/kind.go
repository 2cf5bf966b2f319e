package http2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/bench/load/http1"
)

// A failure is an error whose kind is known.
type failure struct {
	kind http1.Kind
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

var errNoHTTP2 = &failure{http1.TLS, errors.New("the service does not speak HTTP/2 over TLS (ALPN)")}

func tooLarge(most int) error {
	return &failure{http1.TooLarge, fmt.Errorf("body of more than %d bytes", most)}
}

// What net/http says of connections that ended before their first request, of
// those that are of no use for a request which was not sent yet, of connections
// that ended, of heads that are too long, and of requests that cannot be sent: for
// a header that only HTTP/1.1 has, or one that is longer than the service takes. It
// has no values for these.
var (
	unborn  = []string{"http2: client conn could not be established"}
	unsent  = []string{"http2: client conn not usable", "http2: Transport received Server's graceful shutdown GOAWAY"}
	ended   = []string{"http2: client conn", "http2: Transport received", "http2: server sent GOAWAY"}
	tooLong = []string{"http2: response header list larger than advertised limit", "header list too large"}
	invalid = []string{"http2: invalid ", "http2: request header list larger than peer's advertised limit"}
)

func says(err error, words []string) bool {
	text := err.Error()
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// explained adds what to look for where net/http names no reason.
func explained(err error) error {
	if says(err, unborn) {
		return fmt.Errorf("%w: does the service speak HTTP/2?", err)
	}
	return err
}

// lost says whether the connection has ended.
func lost(err error) bool {
	_, ofNet := errors.AsType[*net.OpError](err)
	return ofNet || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || says(err, ended)
}

// connectKind is the kind of an error of [link.get].
func connectKind(err error) http1.Kind {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.kind
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return http1.ConnectTimeout
	}
	return http1.Unreachable
}

// streamError has the shape of what net/http returns for a stream that was
// reset, by which [errors.As] finds it. The cause says by whom.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (streamError) Error() string { return "stream error" }

// fromPeer is the cause of a reset that the service sent. Any other is a fault
// that the client found in what came.
const fromPeer = "received from peer"

// refused says whether the service told that it has done nothing for the
// request, which may be sent again then (RFC 9113 section 8.7). It happens where
// slots share a new connection and the service's limit is not known yet.
func refused(err error) bool {
	const refusedStream = 7
	var reset streamError
	return errors.As(err, &reset) && reset.Code == refusedStream
}

// exchangeKind is the kind of an error on a connection that was made; begun
// says whether the answer's head had come.
func exchangeKind(err error, begun bool) http1.Kind {
	var reset streamError
	f, known := errors.AsType[*failure](err)
	switch {
	case known:
		return f.kind
	case errors.Is(err, context.DeadlineExceeded), lost(err):
		return http1.KindOf(err, begun)
	case errors.As(err, &reset) && reset.Cause != nil && reset.Cause.Error() == fromPeer:
		return http1.KindOf(err, begun)
	case says(err, tooLong):
		return http1.TooLarge
	case says(err, invalid):
		return http1.Invalid
	}
	return http1.Protocol
}
