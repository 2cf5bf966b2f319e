package service

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
)

// A remote is a service that somebody else runs, at one address or several.
type remote struct{ addrs []string }

var standardPort = map[string]string{"http": "80", "https": "443"}

func newRemote(urls []string) (remote, error) {
	var r remote
	for _, raw := range urls {
		u, err := url.Parse(raw)
		if err != nil || standardPort[u.Scheme] == "" || u.Hostname() == "" {
			return remote{}, fmt.Errorf("service.url: want http://host:port or https://host:port, got %q", raw)
		}
		r.addrs = append(r.addrs, net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), standardPort[u.Scheme])))
	}
	return r, nil
}

func (r remote) start(context.Context) error            { return nil }
func (r remote) look(context.Context) ([]string, error) { return r.addrs, nil }
func (r remote) settle(context.Context) ([]Root, error) { return nil, nil }
func (r remote) log(context.Context, int) string        { return "" }
func (r remote) stop(context.Context) error             { return nil }

// check can only see whether somebody still listens.
func (r remote) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	for _, addr := range r.addrs {
		if err := knock(ctx, addr); err != nil {
			return fmt.Errorf("%w: %v", ErrDied, err)
		}
	}
	return nil
}
