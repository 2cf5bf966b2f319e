// Shop is a small web shop: the service that perfcheck is shown and tested on.
// Every cost in it is real work (searching, encoding, signing, storing), so
// that a change of the code moves its latency and CPU as it would in a service
// that earns money.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// stopTimeout is how long requests in flight may go on after SIGTERM.
const stopTimeout = 100 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, log io.Writer) error {
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	flags.SetOutput(log)
	addr := flags.String("addr", ":8080", "`host:port` to listen on")
	data := flags.String("data", dataDir(), "`directory` of the database; env DATA sets the default")
	check := flags.Bool("healthcheck", false, "ask the shop that runs on -addr whether it is well, and exit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *check {
		return healthcheck(ctx, *addr)
	}
	store, err := openStore(*data)
	if err != nil {
		return err
	}
	err = serve(ctx, *addr, store, log)
	return errors.Join(err, store.Close())
}

func dataDir() string {
	if dir := os.Getenv("DATA"); dir != "" {
		return dir
	}
	return "/data"
}

// serve answers requests until ctx ends.
func serve(ctx context.Context, addr string, store *store, log io.Writer) error {
	shop, err := newShop(store)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "shop: listening on %s, data in %s\n", listener.Addr(), store.Path())

	server := &http.Server{Handler: shop.handler(), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		return server.Close()
	}
	return nil
}

// healthcheck is what the container's health check runs: an image from scratch
// has no curl.
func healthcheck(ctx context.Context, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/health", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("unhealthy: %s", resp.Status)
	}
	return nil
}
