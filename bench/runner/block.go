package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
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
	e := &laneError{lane: l.index, err: fmt.Errorf("%s: %w", l.name, err)}
	if l.instance != nil {
		e.log = l.instance.Log(logLines)
	}
	return e
}

// check returns an error when the service is no longer up as it was started.
func (l *lane) check(ctx context.Context) error {
	if err := l.instance.Check(ctx); err != nil {
		e := l.failed(err)
		e.died = errors.Is(err, service.ErrDied)
		return e
	}
	return nil
}

// block starts every arm's service afresh, warms it up, and measures a trial
// of each. The services are gone when it returns.
//
// An error means that nothing can be measured at all; what went wrong with
// this block alone is told by its trials.
func (m *measurement) block(ctx context.Context, t *task, number int) (trials []bench.Trial, err error) {
	lanes := make([]*lane, len(m.plan.Arms))
	for i, arm := range m.plan.Arms {
		lanes[i] = &lane{index: i, name: arm.name()}
	}
	defer func() { err = errors.Join(err, stop(ctx, lanes)) }()

	trials, err = m.trials(ctx, t, number, lanes)
	if err != nil {
		return nil, errors.Join(err, abandon(ctx, lanes))
	}
	tearDown(ctx, lanes, trials)
	m.tellLogs(t, number, lanes)
	return trials, nil
}

// trials does the work of a block, and says what came of it; the error is block's.
func (m *measurement) trials(ctx context.Context, t *task, number int, lanes []*lane) (trials []bench.Trial, err error) {
	began := readClocks()
	err = m.measure(ctx, t, number, lanes)
	jump := jumped(began, readClocks())
	var failed *laneError
	switch {
	case err == nil:
		for _, l := range lanes {
			trials = append(trials, l.result(ctx, t))
		}
	case errors.As(err, &failed) && (failed.died || number > m.first):
		trials, err = lost(failed, lanes), nil
	}
	if ctx.Err() != nil { // whatever failed may have failed for that
		return nil, context.Cause(ctx)
	}
	if err == nil {
		err = t.tooManyErrors(lanes, trials)
	}
	if err != nil {
		return nil, err
	}
	for i := range trials {
		trials[i].Block, trials[i].Started = number+1, began.wall.UTC()
		if jump != "" {
			trials[i].Invalid = append(trials[i].Invalid, jump)
		}
		if text := mixed(lanes); text != "" {
			trials[i].Warnings = append(trials[i].Warnings, text)
		}
	}
	return trials, nil
}

// tellLogs hands on what the services that are up printed.
func (m *measurement) tellLogs(t *task, number int, lanes []*lane) {
	for i, l := range lanes {
		if l.instance != nil && m.hooks.Log != nil {
			m.hooks.Log(t.runs[i], number+1, l.instance.Log(toldLines))
		}
	}
}

// measure does the work of a block up to the end of the load.
func (m *measurement) measure(ctx context.Context, t *task, number int, lanes []*lane) error {
	m.progress(t, number, Starting)
	if err := m.start(ctx, t, lanes, turns(m.plan.Seed, startStream(number), 1, len(lanes))); err != nil {
		return err
	}
	m.progress(t, number, WarmingUp)
	if err := m.warmUp(ctx, t, number, lanes); err != nil {
		return err
	}
	if t.rounds == 0 {
		if err := t.alternate(ctx, lanes); err != nil {
			return err
		}
	}
	m.progress(t, number, Measuring)
	runtime.GC() // so that no trial pays for what the last one left
	return m.trial(ctx, t, number, lanes)
}

// start starts the services side by side, and prepares the load on each; no
// arm is always the first.
func (m *measurement) start(ctx context.Context, t *task, lanes []*lane, order []int) error {
	errs := make([]error, len(lanes))
	var wg sync.WaitGroup
	for _, i := range order {
		wg.Go(func() { lanes[i].instance, errs[i] = m.plan.Arms[i].Service.Start(ctx) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			e := lanes[i].failed(err)
			e.died = errors.Is(err, service.ErrDied)
			return e
		}
	}
	for _, i := range order {
		l := lanes[i]
		if err := l.prepare(ctx, t, m.plan.Mode); err != nil {
			return l.blame(ctx, err)
		}
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

// trial loads the arms in turns until each had its share.
func (m *measurement) trial(ctx context.Context, t *task, number int, lanes []*lane) error {
	alone := t.pause // all turns of a block are alike, also where pausing fails in one
	for _, l := range lanes {
		if !alone { // else it begins once the other is paused
			l.load.Begin()
		}
		if err := l.read(ctx); err != nil {
			return err
		}
		l.cpu, l.gc = 0, 0
		l.proxy.reset()
		l.gauge.reset(t.slice * time.Duration(t.rounds))
		defer l.gauge.watch(ctx)()
	}
	for _, loaded := range turns(m.plan.Seed, number, t.rounds, len(lanes)) {
		if alone {
			if err := t.solo(ctx, lanes, loaded); err != nil {
				return err
			}
		}
		if err := takeTurn(ctx, lanes, loaded, t.slice, alone); err != nil {
			return err
		}
	}
	for _, l := range lanes {
		if l.gauge.coarse() && !alone {
			if err := l.read(ctx); err != nil {
				return err
			}
		}
	}
	return nil
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

// How much of a service's log is kept with an invalid trial or an error, and how
// much is told to whoever keeps it elsewhere.
const (
	logLines  = 40
	toldLines = 1000
)

// lost makes the trials of a block that could not be measured to its end.
func lost(why *laneError, lanes []*lane) []bench.Trial {
	trials := make([]bench.Trial, len(lanes))
	for i := range trials {
		trials[i].Generator.Lag = hist.New()
		trials[i].Invalid = []string{"the block was lost with the other arm"}
	}
	lost := &trials[why.lane]
	lost.Died, lost.Log = why.died, why.log
	lost.Invalid = []string{firstLine(errors.Unwrap(why.err))}
	return trials
}

// firstLine leaves out the log that an error may end with.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// stop ends the load and the services of a block, even when ctx is done.
func stop(ctx context.Context, lanes []*lane) error {
	errs := make([]error, len(lanes))
	var wg sync.WaitGroup
	for i, l := range lanes {
		wg.Go(func() { errs[i] = l.stop(context.WithoutCancel(ctx)) })
	}
	wg.Wait()
	return errors.Join(errs...)
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
