package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// After the first warm-up the services rest, so that one shows which is busy
// by itself. What the load left to do, such as a garbage collection, is given
// time before; that is no unrest.
const (
	tidying = 250 * time.Millisecond
	resting = time.Second // long enough for what happens every second
)

// alternate fixes, after the first warm-up, how the task's arms take turns.
func (t *task) alternate(ctx context.Context, lanes []*lane) error {
	t.slice, t.rounds = sliced(t.profile, slowest(lanes))
	if t.profile.Interleave == profile.Auto && t.rounds > 1 && len(lanes) > 1 {
		if err := t.rest(ctx, lanes); err != nil {
			return err
		}
		if t.restless(lanes) {
			t.slice, t.rounds = t.profile.Trial, 1
		}
	}
	t.pause = t.rounds == 1 && len(lanes) > 1
	t.tellMissing(lanes[0])
	t.tellProtocol(lanes)
	t.tellPlace(lanes[0])
	for _, run := range t.runs {
		run.Interleave, run.Slice = t.interleave(), t.slice
	}
	return nil
}

// tellMissing notes what cannot be read of a service, and so of none.
func (t *task) tellMissing(l *lane) {
	switch {
	case l.unmetered != nil:
		t.note(fmt.Sprintf("what the service uses of its machine is not known: %v", l.unmetered))
	case l.gauge.meter == nil:
		t.note("what the service uses of its machine cannot be read, since perfcheck did not start it")
	default:
		for _, text := range l.gauge.meter.Missing {
			t.note(text)
		}
	}
	if l.gauge.coarse() && t.rounds > 1 {
		t.note("whether the services are idle between their turns was not measured: the container engine takes longer to tell than a turn")
	}
}

// tellPlace notes what of the service's surroundings is not as it should be, which
// is the same for both arms.
func (t *task) tellPlace(l *lane) {
	if strays := l.instance.Strays(); len(strays) > 0 {
		t.note("the container engine did not bind " + strings.Join(strays, ", ") + " to the CPUs of the service: perfcheck and it may have shared CPUs")
	}
	if l.instance.Published() && l.proxy.pid == 0 {
		t.note("what a proxy of the published port used is not known: none was seen on this machine, or each target has its own")
	}
}

// rest loads none of the services, and reads what each uses meanwhile.
func (t *task) rest(ctx context.Context, lanes []*lane) error {
	for _, length := range []time.Duration{tidying, resting} {
		if err := sleep(ctx, length); err != nil {
			return err
		}
		for _, l := range lanes {
			l.gauge.reset(0)
			if err := l.gauge.readIdle(ctx); err != nil {
				return l.blame(ctx, err)
			}
		}
	}
	return nil
}

// restless says whether a service was busy while it rested, and notes which.
func (t *task) restless(lanes []*lane) (restless bool) {
	for _, l := range lanes {
		if l.gauge.meter == nil {
			t.note(fmt.Sprintf("whether %s is idle while it is not loaded is not known: its CPU use cannot be read", l.name))
		}
		if busy(l.gauge.usage) {
			restless = true
			t.note(fmt.Sprintf("%s used %.0f %% of a core while it was not loaded: whole trials alternate, with the other arm paused where it can be",
				l.name, idle(l.gauge.usage)*100))
		}
	}
	return restless
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// note keeps a circumstance with all runs of the task.
func (t *task) note(text string) {
	for _, run := range t.runs {
		run.Notes = append(slices.Clip(run.Notes), text) // the plan's notes are shared
	}
}

// takeTurn loads one arm's service for a length of its time, and charges every
// service with what it used meanwhile. Those that are slow to tell are asked
// only after a turn that is a whole trial.
func takeTurn(ctx context.Context, lanes []*lane, loaded int, length time.Duration, whole bool) error {
	if err := lanes[loaded].turn(ctx, length); err != nil {
		return err
	}
	for i, l := range lanes {
		if l.gauge.coarse() && !whole {
			continue
		}
		read := l.gauge.readIdle
		if i == loaded {
			read = l.gauge.read
		}
		if err := read(ctx); err != nil {
			return l.blame(ctx, err)
		}
	}
	return nil
}

// solo pauses all services but one, before that one's trial. What the one does
// when it goes on (timers that fell due, connections that timed out) is over
// after a window of load, which counts for nothing, as does the CPU so far.
// After a pause that failed there are no more, so that both arms fare alike.
func (t *task) solo(ctx context.Context, lanes []*lane, loaded int) error {
	for i, l := range lanes {
		if i == loaded || !t.pause {
			continue
		}
		if err := l.pause(ctx); err != nil {
			if lost := l.check(ctx); lost != nil {
				return lost
			}
			t.pause = false
			t.note(fmt.Sprintf("%s ran on while the other arm was measured, and none is paused from then on: %s", l.name, firstLine(err)))
		}
	}
	l := lanes[loaded]
	if err := l.resume(ctx); err != nil {
		if lost := l.check(ctx); lost != nil {
			return lost
		}
		return l.failed(err)
	}
	if err := l.load.Slice(ctx, window); err != nil {
		return err
	}
	l.load.Begin()
	for _, l := range lanes {
		if err := l.gauge.skip(ctx); err != nil {
			return l.blame(ctx, err)
		}
	}
	return nil
}

func (l *lane) pause(ctx context.Context) error {
	err := l.instance.Pause(ctx)
	l.paused = err == nil
	return err
}

func (l *lane) resume(ctx context.Context) error {
	if !l.paused {
		return nil
	}
	l.paused = false
	return l.instance.Resume(ctx)
}
