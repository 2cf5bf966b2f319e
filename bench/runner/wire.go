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

// connect makes the wire on which a service is loaded.
func connect(ctx context.Context, to *service.Instance, p *profile.Profile) (http1.Wire, error) {
	o := http1.Options{Addrs: to.Addrs(), TLS: to.TLS(), NoKeepAlive: p.NoKeepAlive, Spin: p.BusyPoll}
	wire, err := speak(ctx, o, to.Config().Protocol, p)
	if err != nil || len(o.Addrs) == 1 {
		return wire, err
	}
	return balance.New(wire, len(o.Addrs), to.Config().Balance, p.Seed), nil
}

// speak makes a wire for the protocol, one of package profile.
func speak(ctx context.Context, o http1.Options, protocol string, p *profile.Profile) (http1.Wire, error) {
	if protocol == "" && o.TLS != nil && !p.NoKeepAlive {
		both, err := http2.Negotiated(ctx, o)
		if err != nil {
			return nil, fmt.Errorf("find out whether the service speaks HTTP/2: %w", err)
		}
		if both {
			protocol = profile.HTTP2
		}
	}
	if protocol == profile.HTTP2 || protocol == profile.H2C {
		return http2.New(ctx, http2.Options{Options: o, Connections: p.Connections})
	}
	return http1.New(ctx, o)
}
