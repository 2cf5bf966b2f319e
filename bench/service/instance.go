package service

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// An Instance is one start of a service.
type Instance struct {
	addrs   []string
	targets []string
	roots   []Root
	body    body
	probe   prober
	config  *profile.Service
	cpus    []int // that it was given; none: all
	stopped bool
}

// A body is what an instance consists of.
type body interface {
	start(ctx context.Context) error
	// look returns where to probe, nothing where not all is published yet. An
	// error means that the start is lost.
	look(ctx context.Context) (addrs []string, err error)
	// settle remembers what is up now that the service is ready, and returns
	// the processes to sample.
	settle(ctx context.Context) (roots []Root, err error)
	// check compares what is up with what was when the body settled.
	check(ctx context.Context) error
	pause(ctx context.Context) error
	resume(ctx context.Context) error
	log(ctx context.Context, lines int) string
	stop(ctx context.Context) error
}

// Addrs returns the host:port of each target that takes load.
func (in *Instance) Addrs() []string { return in.addrs }

// Targets returns what the targets are called, which is the same for all
// starts, where there are several; else nil.
func (in *Instance) Targets() []string { return in.targets }

// TLS returns how the load is encrypted, nil where it is not.
func (in *Instance) TLS() *tls.Config { return in.probe.tls.Clone() }

// Published says whether the load goes by a published port, and so most often by
// a proxy of the engine.
func (in *Instance) Published() bool {
	b, ok := in.body.(*containers)
	return ok && b.project.network == profile.Published
}

// Proxy returns the id of the process by which the engine passes the load on to
// the container, 0 where there is none, there are several for as many targets,
// or it is not to be seen.
func (in *Instance) Proxy() int {
	if in.Published() && len(in.addrs) == 1 {
		return proxyOf(in.addrs[0])
	}
	return 0
}

// Strays names the containers that may run on other CPUs than those of
// [Options], since the engine does not bind them.
func (in *Instance) Strays() (names []string) {
	for _, r := range in.roots {
		if r.ID != "" && strays(r.PID, in.cpus) {
			names = append(names, r.Name)
		}
	}
	return names
}

// A Root is the first process of a container, or the leader of the process group.
type Root struct {
	ID   string // the container's, as the engine calls it
	Name string // the container's
	PID  int    // as this machine counts; 0 where the engine's processes are out of sight
	// Stats asks the engine once for the container's stats, as the JSON of its
	// API; nil where there is no container.
	Stats func(context.Context) ([]byte, error)
}

// Config returns how the service was configured, which nobody may change.
func (in *Instance) Config() *profile.Service { return in.config }

// Roots returns those whose usage is the service's: one for each container in
// mode Compose, one in mode Process, none in mode URL.
func (in *Instance) Roots() []Root { return in.roots }

// Check returns nil while all that was up when the service got ready still is
// and was never restarted. Else the error is [ErrDied] and names what died;
// any other error means that it could not be found out.
func (in *Instance) Check(ctx context.Context) error { return in.body.check(ctx) }

// Log returns the last lines that each container or the process printed, at
// most 64 KiB. It is empty in mode URL and, for containers, after Stop.
func (in *Instance) Log(lines int) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return in.body.log(ctx, lines)
}

// Masked returns a text that may quote the service without the values that
// [Instance.Log] hides, also where they are quoted as Go does, or cut off before "…".
func (in *Instance) Masked(text string) string {
	env := in.config.Env
	if p, ok := in.body.(*process); ok {
		env = p.out.secret
	}
	return maskedExcerpt(text, env)
}

// Stop ends the instance and removes its containers, networks, volumes and
// data. Containers are killed: what they would save is removed with them. It
// also works when ctx is already cancelled, and may be called again.
func (in *Instance) Stop(ctx context.Context) error {
	if in.stopped {
		return nil
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	if err := in.body.stop(ctx); err != nil {
		return fmt.Errorf("stop the service: %w", err)
	}
	in.stopped = true
	return nil
}

const (
	// successes in a row make a service ready; one may be a proxy's or a
	// socket's that is about to be closed.
	successes = 3
	// pause between two probes.
	pause = 20 * time.Millisecond
	// attempt bounds one probe.
	attempt = 2 * time.Second
)

var (
	// errTimeout is the cause of a start's context that ended by itself.
	errTimeout   = errors.New("ready.timeout")
	errNoAddress = errors.New("it has no address yet")
)

// start starts the body and returns when it is ready, dead or out of time.
func (in *Instance) start(ctx context.Context, r profile.Ready) error {
	last := errors.New("still starting")
	err := in.body.start(ctx)
	if err == nil {
		err = in.await(ctx, r.Get, &last)
	}
	if err == nil {
		in.roots, err = in.body.settle(ctx)
	}
	if ctx.Err() != nil {
		return in.unready(ctx, r, last)
	}
	return err
}

// await probes until the body is ready; last is why it was not so far.
func (in *Instance) await(ctx context.Context, path string, last *error) error {
	end, _ := ctx.Deadline()
	for good := 0; good < successes && ctx.Err() == nil; {
		addrs, err := in.body.look(ctx)
		if err != nil {
			return err
		}
		in.addrs = addrs
		if len(addrs) == 0 {
			err = errNoAddress
		}
		for _, addr := range addrs {
			if err == nil {
				err = in.probe.ready(ctx, addr, path)
			}
		}
		if unknown(err) {
			return named(err)
		}
		good++
		if err != nil {
			good = 0
		}
		// At the end it only says that time is up, which package net may do before ctx.
		if err != nil && ctx.Err() == nil && time.Now().Before(end) {
			*last = named(err)
		}
		sleep(ctx, pause)
	}
	return nil
}

// unready tells why ctx ended a start.
func (in *Instance) unready(ctx context.Context, r profile.Ready, last error) error {
	if cause := context.Cause(ctx); !errors.Is(cause, errTimeout) {
		return cause
	}
	what := "accepting connections"
	if r.Get != "" {
		what = "GET " + r.Get
	}
	err := fmt.Errorf("%w after %v (%s: %w)", ErrNotReady, r.Timeout, what, last)
	if _, ok := in.body.(remote); ok {
		return fmt.Errorf("%w: check service.url and service.ready, or raise ready.timeout", err)
	}
	return withLog(fmt.Errorf("%w: check the log, service.target%s and service.ready, or raise ready.timeout", err, in.reached()), in.Log(errorLines))
}

// reached says how the load was to get to containers, where the fault may lie in
// that; else nothing.
func (in *Instance) reached() string {
	b, ok := in.body.(*containers)
	if !ok {
		return ""
	}
	switch b.project.network {
	case profile.Direct:
		return ", service.network (direct, at " + cmp.Or(strings.Join(in.addrs, ", "), "no address") + ")"
	case profile.Host:
		return ", service.network (host, where it must listen on ${PORT}, " + b.project.port + ")"
	}
	return ""
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// errorLines is how much of a log goes into an error.
const errorLines = 20

// withLog appends the end of a log to an error.
func withLog(err error, log string) error {
	if log = strings.TrimSpace(log); log == "" {
		return fmt.Errorf("%w\n(its log is empty)", err)
	}
	return fmt.Errorf("%w\nthe end of its log:\n%s", err, log)
}
