package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// An engine is the container engine of this machine with the compose command
// that drives it.
type engine struct {
	*client.Client
	env     string   // DOCKER_HOST=…, so that compose talks to the same engine
	version string   // of the engine, for people
	compose []string // argv before its options
	rests   bool     // health checks can be made to rest once they succeeded
}

// dial finds the engine that the docker command would use and sees whether it answers.
func dial(ctx context.Context) (*engine, error) {
	host := dockerHost(ctx)
	if err := local(host); err != nil {
		return nil, err
	}
	c, err := client.New(client.FromEnv, client.WithHost(host))
	if err != nil {
		return nil, fmt.Errorf("container engine at %s: %w", host, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	v, err := c.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		err = fmt.Errorf("no container engine answers at %s: %w", host, err)
		return nil, errors.Join(err, c.Close())
	}
	return &engine{Client: c, env: client.EnvOverrideHost + "=" + host, version: "docker " + v.Version}, nil
}

// dockerHost returns DOCKER_HOST or what the current context of the docker
// command says, which the client library does not know of.
func dockerHost(ctx context.Context) string {
	if h := os.Getenv(client.EnvOverrideHost); h != "" {
		return h
	}
	argv := []string{"docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"}
	out, err := command{argv: argv, env: os.Environ()}.output(ctx)
	if h := strings.TrimSpace(string(out)); err == nil && h != "" {
		return h
	}
	return client.DefaultDockerHost
}

// local refuses engines of other machines: their ports cannot be reached at
// 127.0.0.1 and their processes cannot be sampled.
func local(host string) error {
	u, err := url.Parse(host)
	if err != nil {
		return fmt.Errorf("container engine at %q: want unix:///path or tcp://127.0.0.1:port in DOCKER_HOST", host)
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "unix" || u.Hostname() == "localhost" || ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the container engine at %s is not on this machine: perfcheck needs a local one", host)
}

// connect dials the engine and finds the compose command.
func connect(ctx context.Context) (*engine, error) {
	e, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	argv, version, err := findCompose(ctx)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.compose, e.rests = argv, e.canRest(version)
	return e, nil
}

// findCompose prefers the plugin of the docker command, version 2 and later,
// to the old docker-compose.
func findCompose(ctx context.Context) (argv []string, version string, err error) {
	for _, argv := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		if _, err := exec.LookPath(argv[0]); err != nil {
			continue
		}
		out, err := command{argv: append(argv, "version", "--short"), env: os.Environ()}.output(ctx)
		if err == nil {
			return argv, strings.TrimSpace(string(out)), nil
		}
		if ctx.Err() != nil {
			return nil, "", err
		}
	}
	return nil, "", errors.New("neither docker compose nor docker-compose is installed: " +
		"see https://docs.docker.com/compose/install/")
}

// canRest says whether engine and compose know start_interval: API 1.44
// (engine 25) and compose 2.20.
func (e *engine) canRest(compose string) bool {
	return atLeast(e.ClientVersion(), 1, 44) && atLeast(compose, 2, 20)
}

// atLeast compares the first two numbers of a version.
func atLeast(version string, major, minor int) bool {
	a, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	b, _, _ := strings.Cut(rest, ".")
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	return err1 == nil && err2 == nil && (x > major || x == major && y >= minor)
}

// maxStats is more than the stats of a container are, in bytes.
const maxStats = 1 << 20

// stats asks for what a container has used so far, without waiting for a
// second answer to make a rate from.
func (e *engine) stats(ctx context.Context, id string) ([]byte, error) {
	res, err := e.ContainerStats(ctx, id, client.ContainerStatsOptions{})
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(io.LimitReader(res.Body, maxStats))
}
