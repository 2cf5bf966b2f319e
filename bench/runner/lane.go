package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/load"
	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/resource"
	"github.com/perfcheck/perfcheck/bench/service"
)

// A lane is one arm inside a block: its fresh service and the load on it.
type lane struct {
	index    int
	name     string // how messages call it: base, head, or the service
	instance *service.Instance
	wire     http1.Wire
	protocol string // of the wire, one of package profile
	load     *load.Arm
	gauge    gauge

	unmetered error // why the gauge has no meter, where it should have one

	warm   warmth
	paused bool
	proxy  toll
	cpu    time.Duration // perfcheck's own, in this lane's turns
	gc     time.Duration // for which its garbage collections stopped it meanwhile
}

// A laneError is what went wrong with one arm of a block.
type laneError struct {
	lane int
	died bool // the service was up, and is no more
	log  string
	err  error
}

func (e *laneError) Error() string {
	if e.log == "" {
		return e.err.Error()
	}
	return e.err.Error() + "\nthe end of its log:\n" + e.log
}

func (e *laneError) Unwrap() error { return e.err }

// failed returns err as the lane's, with the end of the service's log.
func (l *lane) failed(err error) *laneError {
	e := &laneError{lane: l.index, died: errors.Is(err, service.ErrDied), err: fmt.Errorf("%s: %w", l.name, l.masked(err))}
	if l.instance != nil {
		e.log = l.instance.Log(logLines)
	}
	return e
}

// A maskedError says what another one does, without secrets.
type maskedError struct {
	error
	text string
}

func (e maskedError) Error() string { return e.text }
func (e maskedError) Unwrap() error { return e.error }

// masked returns an error, nil for nil, that quotes no secret of the service.
func (l *lane) masked(err error) error {
	if err == nil || l.instance == nil {
		return err
	}
	return maskedError{err, l.instance.Masked(err.Error())}
}

// mask hides the secrets of the service in what failures quote of its answers.
func (l *lane) mask(steps []bench.Step) {
	for i := range steps {
		for _, failures := range [][]bench.Failure{steps[i].Errors, steps[i].Retries} {
			for k := range failures {
				f := &failures[k]
				f.Example = l.instance.Masked(f.Example)
				for n := range f.Others {
					f.Others[n] = l.instance.Masked(f.Others[n])
				}
			}
		}
	}
}

// check returns an error when the service is no longer up as it was started.
func (l *lane) check(ctx context.Context) error {
	if err := l.instance.Check(ctx); err != nil {
		return l.failed(err)
	}
	return nil
}

func (l *lane) prepare(ctx context.Context, t *task, mode service.Mode) error {
	wire, protocol, err := connect(ctx, l.instance, t.profile)
	if err != nil {
		return err
	}
	l.wire, l.protocol = wire, protocol
	scheme := "http"
	if l.instance.TLS() != nil {
		scheme = "https"
	}
	l.load = load.New(t.program.At(scheme, l.instance.Addrs()), t.profile.Arrival, wire)
	l.load.Spread(l.instance.Targets())
	meter, err := l.open(mode)
	if errors.Is(err, errors.ErrUnsupported) {
		l.unmetered, err = err, nil
	}
	if err != nil {
		return err
	}
	if meter != nil && t.profile.Instructions {
		meter.CountInstructions()
	}
	l.gauge.meter = meter
	l.gauge.reset(0)
	l.proxy.pid = l.instance.Proxy()
	return l.load.Setup(ctx)
}

// open opens the meter of the service's usage, where there is one to be had.
func (l *lane) open(mode service.Mode) (*resource.Meter, error) {
	roots := l.instance.Roots()
	if len(roots) == 0 {
		return nil, nil
	}
	if mode == service.Process {
		return resource.Processes([]int{roots[0].PID})
	}
	containers := make([]resource.Container, len(roots))
	for i, r := range roots {
		containers[i] = resource.Container(r)
	}
	return resource.Containers(containers)
}

// turn loads the lane's service for one slice.
func (l *lane) turn(ctx context.Context, slice time.Duration) error {
	before, err := resource.Self()
	if err != nil {
		return err
	}
	paused := collected()
	l.gauge.turn(time.Now(), 0)
	if err := l.load.Slice(ctx, slice); err != nil {
		return err
	}
	l.gauge.turn(time.Time{}, slice)
	l.gc += collected() - paused
	after, err := resource.Self()
	l.cpu += after - before
	return err
}

// collected returns for how long garbage collections have stopped perfcheck so far.
func collected() time.Duration {
	var s debug.GCStats
	debug.ReadGCStats(&s)
	return s.PauseTotal
}

// read adds to the lane's usage what its service used since the last read.
func (l *lane) read(ctx context.Context) error {
	if err := l.gauge.read(ctx); err != nil {
		return l.blame(ctx, err)
	}
	return nil
}

// reaped is how long it may take until a service whose counters are gone is
// known to be dead.
const reaped = 500 * time.Millisecond

// blame says why the service cannot be read or prepared: most likely it died.
func (l *lane) blame(ctx context.Context, err error) error {
	for end := time.Now().Add(reaped); time.Now().Before(end) && ctx.Err() == nil; {
		if dead := l.check(ctx); dead != nil {
			return dead
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return l.failed(err)
}

// result makes a trial of what the lane measured.
func (l *lane) result(ctx context.Context, t *task) bench.Trial {
	rec := l.load.Take()
	l.mask(rec.Steps)
	l.mask(rec.Transactions)
	trial := bench.Trial{
		Load:    rec.Load,
		Busy:    rec.Busy,
		Slices:  rec.Slices,
		Steps:   rec.Steps,
		Custom:  rec.Custom,
		Targets: rec.Targets,
		Usage:   l.gauge.result(),

		Transactions: rec.Transactions,

		Generator: bench.Generator{
			Planned: rec.Planned,
			Started: rec.Started,
			Waiting: min(rec.Planned, l.load.Waiting()), // the rest fell due in the warm-up
			Lag:     rec.Lag,
			Stall:   rec.Stall,
			CPU:     l.cpu,
			GC:      l.gc,
		},
	}
	trial.Usage.ProxyCPU = l.proxy.used()
	limit := t.profile.Arrival.Limit()
	trial.Warnings = slices.Concat(l.warnings(t), rec.Short())
	if text := costly(trial.Usage); text != "" {
		trial.Warnings = append(trial.Warnings, text)
	}
	if rec.Crowded {
		trial.Invalid = append(trial.Invalid, fmt.Sprintf(
			"perfcheck had no user for some arrivals: most of the %d were in think times; lower the rate or the think times, or raise max_users", limit))
	} else if text := starved(trial.Generator, limit); text != "" {
		trial.Warnings = append(trial.Warnings, text)
	} else if text := queued(&trial); text != "" {
		trial.Warnings = append(trial.Warnings, text)
	}
	if err := l.instance.Check(ctx); err != nil {
		trial.Died = errors.Is(err, service.ErrDied)
		trial.Invalid = append(trial.Invalid, firstLine(err))
	}
	if l.gauge.oomKills() > 0 {
		trial.Died = true
		trial.Invalid = append(trial.Invalid, "a process of the service was killed for want of memory")
	}
	trial.Invalid = append(trial.Invalid, faults(&trial, t.profile.BusyPoll)...)
	if len(trial.Invalid) > 0 {
		trial.Log = l.instance.Log(logLines)
	}
	return trial
}

// warnings tells what of the service does not spoil the trial.
func (l *lane) warnings(t *task) (out []string) {
	if t.profile.Warmup.Steady && !l.warm.steady {
		out = append(out, fmt.Sprintf("the latency was not steady after %v of warm-up", t.profile.Warmup.Max))
	}
	if busy(l.gauge.usage) {
		out = append(out, fmt.Sprintf("the service used more than %.0f %% of a core while the other one was loaded", maxIdle*100))
	}
	return out
}

// firstLine leaves out the log that an error may end with.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func (l *lane) stop(ctx context.Context) error {
	var errs []error
	if l.wire != nil {
		errs = append(errs, l.wire.Close())
	}
	errs = append(errs, l.gauge.close())
	if l.instance != nil {
		errs = append(errs, l.instance.Stop(ctx))
	}
	return errors.Join(errs...)
}
