package service

import (
	"cmp"
	"context"
	"errors"
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
		switch err := named(knock(ctx, addr)); {
		case errors.Is(err, errName):
			return err // of the service itself it says nothing
		case err != nil:
			return fmt.Errorf("%w: %v", ErrDied, err)
		}
	}
	return nil
}

// errName is the kind of a failure to look up the name in a service.url.
var errName = errors.New("dns")

// named says what to do about an error for which a name could not be looked up;
// others it returns as they are.
func named(err error) error {
	failed, ok := errors.AsType[*net.DNSError](err)
	if !ok {
		return err
	}
	return fmt.Errorf("%w: %s, the host of service.url, cannot be looked up: %s: correct it, or make it known to this machine", errName, failed.Name, failed.Err)
}

// unknown says that a name server knows no such name, so that it is of no use to
// ask again.
func unknown(err error) bool {
	failed, ok := errors.AsType[*net.DNSError](err)
	return ok && failed.IsNotFound
}
