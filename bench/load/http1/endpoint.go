package http1

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"github.com/perfcheck/perfcheck/bench/scenario"
)

// An Endpoint is what Options come to: where requests of a slot go, and how. It
// is of one wire.
type Endpoint struct {
	addr    netip.AddrPort
	host    string
	maxBody int
	once    bool
	tls     *tls.Config

	encoded map[*scenario.Request][]byte // those that are fixed
}

// Resolve checks the options and looks up their addresses. It returns an
// endpoint for each.
func (o Options) Resolve(ctx context.Context) ([]Endpoint, error) {
	switch {
	case len(o.Addrs) == 0:
		return nil, errors.New("no address to send requests to")
	case !all(o.Host, inValue):
		return nil, fmt.Errorf("host %q: contains control characters", o.Host)
	case o.MaxBody < 0:
		return nil, fmt.Errorf("largest body: want at least 0 bytes, got %d", o.MaxBody)
	}
	endpoints := make([]Endpoint, len(o.Addrs))
	for i, addr := range o.Addrs {
		found, err := lookup(ctx, addr)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", addr, err)
		}
		endpoints[i] = Endpoint{
			addr:    found,
			host:    cmp.Or(o.Host, addr),
			maxBody: cmp.Or(o.MaxBody, DefaultMaxBody),
			once:    o.NoKeepAlive,
			tls:     named(o.TLS, addr),
		}
	}
	return endpoints, nil
}

// named returns how to encrypt what goes to addr, which is the name on its
// certificate where c has none.
func named(c *tls.Config, addr string) *tls.Config {
	if c == nil || c.ServerName != "" {
		return c
	}
	c = c.Clone()
	c.ServerName, _, _ = net.SplitHostPort(addr) // looked up already
	return c
}

// Host returns the host that requests are for.
func (e *Endpoint) Host() string { return e.host }

// MaxBody returns the most bytes that a body may have.
func (e *Endpoint) MaxBody() int { return e.maxBody }

// Session returns how one client encrypts, which resumes the sessions that it
// had; nil where the endpoint is not encrypted.
func (e *Endpoint) Session() *tls.Config {
	if e.tls == nil {
		return nil
	}
	own := e.tls.Clone()
	own.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	return own
}

// Dial opens a connection, encrypted unless session is nil. An error comes with
// its kind.
func (e *Endpoint) Dial(ctx context.Context, session *tls.Config) (net.Conn, Kind, error) {
	d := net.Dialer{KeepAlive: -1}
	conn, err := d.DialContext(ctx, "tcp", e.addr.String())
	if err != nil {
		err = plain(err)
		return nil, connectKind(err), fmt.Errorf("connect to %s: %w", e.addr, err)
	}
	if session == nil {
		return conn, "", nil
	}
	encrypted := tls.Client(conn, session)
	if err := encrypted.HandshakeContext(ctx); err != nil {
		conn.Close()
		err = plain(err)
		return nil, handshakeKind(err), fmt.Errorf("TLS with %s: %w", e.addr, err)
	}
	return encrypted, "", nil
}

// plain strips an error of package net down to its cause, and makes errTimeout
// of a passed deadline.
func plain(err error) error {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return errTimeout
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return err
}

// lookup finds the one address that all connections of a wire go to, so that
// no request waits for a name server. Of several addresses (localhost is often
// both ::1 and 127.0.0.1, and the service listens on one) it takes the one
// that accepts a connection, else the first.
func lookup(ctx context.Context, addr string) (netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("want host:port: %v", err)
	}
	if strings.Contains(host, "%") {
		return netip.AddrPort{}, errors.New("addresses with a zone are not supported")
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "tcp", service)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("dns: %w", err)
	}
	if len(ips) > 1 {
		var d net.Dialer
		if conn, err := d.DialContext(ctx, "tcp", addr); err == nil {
			found := conn.RemoteAddr().(*net.TCPAddr).AddrPort()
			return netip.AddrPortFrom(found.Addr().Unmap(), found.Port()), conn.Close()
		}
	}
	return netip.AddrPortFrom(ips[0].Unmap(), uint16(port)), nil
}
