package service

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A prober looks whether a service takes load.
type prober struct {
	tls    *tls.Config // nil: the service is not encrypted
	client *http.Client
}

// newProber makes one that opens a connection for each probe, in a protocol of
// package profile, and leaves answers of 3xx as they are.
func newProber(encryption *tls.Config, protocol string) prober {
	speaks := new(http.Protocols)
	speaks.SetUnencryptedHTTP2(protocol == profile.H2C)
	speaks.SetHTTP2(encryption != nil && protocol != profile.HTTP1)
	speaks.SetHTTP1(protocol == profile.HTTP1 || protocol == "")
	return prober{encryption, &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: encryption, Protocols: speaks},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// ready returns nil when addr takes load.
func (p prober) ready(ctx context.Context, addr, path string) error {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	switch {
	case path != "" && p.tls != nil:
		return p.get(ctx, "https://"+addr+path)
	case path != "":
		return p.get(ctx, "http://"+addr+path)
	case p.tls != nil:
		return p.shakeHands(ctx, addr)
	}
	return knock(ctx, addr)
}

// shakeHands connects to addr by TLS.
func (p prober) shakeHands(ctx context.Context, addr string) error {
	d := tls.Dialer{Config: p.tls}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return c.Close()
}

func (p prober) get(ctx context.Context, target string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)); err != nil {
		return err
	}
	if res.StatusCode >= 400 {
		return fmt.Errorf("answers %s", res.Status)
	}
	return nil
}

// patience is how long a connection must stay open to count as accepted.
// Docker's proxy accepts at once and hangs up when the container refuses.
const patience = 100 * time.Millisecond

// knock connects to addr and sees that nobody hangs up.
func knock(ctx context.Context, addr string) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 1))
	var timeout net.Error
	if err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		return nil
	}
	return fmt.Errorf("%s hangs up: %w", addr, err)
}
