package runner

import (
	"context"
	"fmt"

	"github.com/perfcheck/perfcheck/bench/load/balance"
	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/load/http2"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
)

// connect makes the wire on which a service is loaded, and says in which protocol.
func connect(ctx context.Context, to *service.Instance, p *profile.Profile) (http1.Wire, string, error) {
	o := http1.Options{Addrs: to.Addrs(), TLS: to.TLS(), NoKeepAlive: p.NoKeepAlive, Spin: p.BusyPoll}
	protocol, err := settle(ctx, o, to.Config().Protocol)
	if err != nil {
		return nil, "", err
	}
	wire, err := speak(ctx, o, protocol, p.Connections)
	if err != nil || len(o.Addrs) == 1 {
		return wire, protocol, err
	}
	return balance.New(wire, len(o.Addrs), to.Config().Balance, p.Seed), protocol, nil
}

// settle returns the protocol that the service is to be spoken to in: the one
// that is asked for, if any, else what it chooses over TLS.
func settle(ctx context.Context, o http1.Options, asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	if o.TLS == nil || o.NoKeepAlive {
		return profile.HTTP1, nil
	}
	both, err := http2.Negotiated(ctx, o)
	if err != nil {
		return "", fmt.Errorf("find out whether the service speaks HTTP/2: %w", err)
	}
	if both {
		return profile.HTTP2, nil
	}
	return profile.HTTP1, nil
}

// speak makes a wire for the protocol, one of package profile.
func speak(ctx context.Context, o http1.Options, protocol string, connections int) (http1.Wire, error) {
	if protocol == profile.HTTP1 {
		return http1.New(ctx, o)
	}
	return http2.New(ctx, http2.Options{Options: o, Connections: connections})
}

// spoken is how reports call the protocols.
var spoken = map[string]string{
	profile.HTTP1: "HTTP/1.1",
	profile.HTTP2: "HTTP/2",
	profile.H2C:   "HTTP/2 without TLS",
}

// tellProtocol notes over what the load goes, where that is not HTTP/1.1.
func (t *task) tellProtocol(lanes []*lane) {
	if p := lanes[0].protocol; p != profile.HTTP1 && mixed(lanes) == "" {
		t.note("the load goes over " + spoken[p])
	}
}

// mixed warns of arms that chose different protocols: what they differ by is
// part of the comparison.
func mixed(lanes []*lane) string {
	first := lanes[0]
	for _, l := range lanes[1:] {
		if first.protocol != "" && l.protocol != "" && l.protocol != first.protocol {
			return fmt.Sprintf("%s is loaded over %s and %s over %s, as each chose: to load both alike, write service.protocol",
				first.name, spoken[first.protocol], l.name, spoken[l.protocol])
		}
	}
	return ""
}
