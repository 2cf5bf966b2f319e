// Package http2 is the wire of the load engine for HTTP/2, over TLS or, as h2c,
// without. It is net/http's client, driven by a goroutine a slot
// ([http1.Pool]), and its results mean what those of package http1 mean. It
// follows no redirects, decodes nothing and adds no header lines.
//
// Each slot has a connection of its own, as each user of a service has, or the
// slots share a number of them, as behind a proxy. Shared ones carry requests
// side by side, as many as the service allows; what waits for its turn waits
// on the clock of its request.
package http2

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"

	"github.com/perfcheck/perfcheck/bench/load/http1"
)

// Options say where requests go, and over how many connections.
type Options struct {
	http1.Options
	Connections int // that all slots share; 0 is one a slot
}

// New makes a wire to a service.
func New(ctx context.Context, o Options) (*http1.Pool, error) {
	if o.Connections < 0 {
		return nil, fmt.Errorf("connections: want at least 0, got %d", o.Connections)
	}
	to, err := o.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	links := make(map[int]*link)
	return http1.NewPoolOf(func(p *http1.Pool, slot int) http1.Carrier {
		number := slot
		if o.Connections > 0 {
			number %= o.Connections * len(to) // so many to each target
		}
		if links[number] == nil {
			links[number] = newLink(&to[slot%len(to)])
		}
		return &carrier{pool: p, to: &to[slot%len(to)], link: links[number]}
	}, o.Spin)
}

// Negotiated says whether the service chooses HTTP/2 when it is offered beside
// HTTP/1.1, as it is by clients that speak both.
func Negotiated(ctx context.Context, o http1.Options) (bool, error) {
	to, err := o.Resolve(ctx)
	if err != nil {
		return false, err
	}
	e := &to[0]
	offer := e.Session()
	offer.NextProtos = []string{"h2", "http/1.1"}
	conn, _, err := e.Dial(ctx, offer)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().NegotiatedProtocol == "h2", nil
}

// transport returns what opens HTTP/2 connections to the endpoint.
func transport(e *http1.Endpoint) *http.Transport {
	t := &http.Transport{
		Protocols:              new(http.Protocols),
		DisableCompression:     true,
		MaxResponseHeaderBytes: http1.MaxHead,
		// What exceeds the service's limit waits, and opens no further connection.
		HTTP2: &http.HTTP2Config{StrictMaxConcurrentRequests: true},
	}
	session := e.Session()
	if session == nil {
		t.Protocols.SetUnencryptedHTTP2(true)
	} else {
		t.Protocols.SetHTTP2(true)
		session.NextProtos = []string{"h2"}
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, kind, err := e.Dial(ctx, session)
		if err != nil {
			return nil, &failure{kind, err}
		}
		if c, ok := conn.(*tls.Conn); ok && c.ConnectionState().NegotiatedProtocol != "h2" {
			conn.Close()
			return nil, errNoHTTP2
		}
		return conn, nil
	}
	t.DialContext, t.DialTLSContext = dial, dial
	return t
}
