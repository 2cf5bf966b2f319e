package runner

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
)

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
	m.tellLogs(t, lanes, trials)
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

// tellLogs hands on what the services printed, also one that did not get up.
func (m *measurement) tellLogs(t *task, lanes []*lane, trials []bench.Trial) {
	if m.hooks.Log == nil {
		return
	}
	for i, l := range lanes {
		log := trials[i].Log
		if l.instance != nil {
			log = l.instance.Log(toldLines)
		}
		m.hooks.Log(t.runs[i], trials[i].Block, log)
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
			return lanes[i].failed(err)
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
	defer m.others.watch(lanes)()
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
	reason, log, _ := strings.Cut(errors.Unwrap(why.err).Error(), "\n")
	lost := &trials[why.lane]
	lost.Died, lost.Log = why.died, cmp.Or(why.log, log)
	lost.Invalid = []string{reason}
	return trials
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
