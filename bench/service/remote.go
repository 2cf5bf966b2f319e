package service

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
)

// A remote is a service that somebody else runs.
type remote struct{ addr string }

var standardPort = map[string]string{"http": "80", "https": "443"}

func newRemote(raw string) (remote, error) {
	u, err := url.Parse(raw)
	if err != nil || standardPort[u.Scheme] == "" || u.Hostname() == "" {
		return remote{}, fmt.Errorf("service.url: want http://host:port or https://host:port, got %q", raw)
	}
	port := cmp.Or(u.Port(), standardPort[u.Scheme])
	return remote{net.JoinHostPort(u.Hostname(), port)}, nil
}

func (r remote) start(context.Context) error            { return nil }
func (r remote) look(context.Context) (string, error)   { return r.addr, nil }
func (r remote) settle(context.Context) ([]Root, error) { return nil, nil }
func (r remote) log(context.Context, int) string        { return "" }
func (r remote) stop(context.Context) error             { return nil }

// check can only see whether somebody still listens.
func (r remote) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	if err := knock(ctx, r.addr); err != nil {
		return fmt.Errorf("%w: %v", ErrDied, err)
	}
	return nil
}
