package runner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
)

// A service that is still warming up gets quicker and quicker. Its latency
// counts as steady when the medians of the last steadyWindows windows brought
// no gain of more than steadyGain over the best one before. What a noisy
// machine adds goes up and down, and does not prolong the warm-up.
const (
	window        = 250 * time.Millisecond
	steadyWindows = 3
	steadyGain    = 0.10
)

// warmth is what the warm-up showed of one arm.
type warmth struct {
	medians  []float64     // of each window with a successful request, seconds
	p99      time.Duration // of the last window
	requests int64
	failed   int64
	example  string // of a failure
	steady   bool
}

// warmUp loads the arms in turns of one window until all are steady, for at
// least the profile's floor and at most its cap.
func (m *measurement) warmUp(ctx context.Context, t *task, number int, lanes []*lane) error {
	limit := t.profile.Warmup
	for loaded := time.Duration(0); loaded < limit.Max; loaded += window {
		if loaded >= limit.Min && (!limit.Steady || allSteady(lanes)) {
			break
		}
		for _, i := range turns(^m.plan.Seed, number<<16+int(loaded/window), 1, len(lanes)) {
			l := lanes[i]
			if err := takeTurn(ctx, lanes, i, window, false); err != nil {
				return err
			}
			l.warm.add(l.load.Take().Steps)
		}
	}
	for _, l := range lanes {
		if err := l.check(ctx); err != nil {
			return err
		}
	}
	return hopeful(lanes)
}

// hopeful returns an error when every request of every arm failed: nothing
// that is measured from here on would mean anything. When only one arm fails,
// that is what a comparison is to find.
func hopeful(lanes []*lane) error {
	for _, l := range lanes {
		if l.warm.requests == 0 || l.warm.failed < l.warm.requests {
			return nil
		}
	}
	l := lanes[0]
	return l.failed(fmt.Errorf("all %d requests of the warm-up failed, the first one in %s", l.warm.requests, l.warm.example))
}

func allSteady(lanes []*lane) bool {
	for _, l := range lanes {
		if !l.warm.steady {
			return false
		}
	}
	return true
}

func slowest(lanes []*lane) (p99 time.Duration) {
	for _, l := range lanes {
		p99 = max(p99, l.warm.p99)
	}
	return p99
}

func (w *warmth) add(steps []bench.Step) {
	all := hist.New()
	for _, s := range steps {
		all.Merge(s.Latency)
		w.requests += s.Requests
		w.failed += s.Failed()
		if w.example == "" && len(s.Errors) > 0 {
			w.example = s.Name + ": " + s.Errors[0].Example
		}
	}
	if all.Count() == 0 {
		w.steady = false
		return
	}
	w.p99 = all.Quantile(0.99)
	w.medians = append(w.medians, all.Quantile(0.5).Seconds())
	w.steady = steady(w.medians)
}

// steady says whether the last windows' medians are no longer falling.
func steady(medians []float64) bool {
	n := len(medians) - steadyWindows
	return n > 0 && slices.Min(medians[n:]) >= slices.Min(medians[:n])*(1-steadyGain)
}
