package runner

import (
	"fmt"
	"math"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/load/http1"
)

// The limits of a valid trial.
const (
	// maxLag is how late lagQuantile of the requests may be sent at most. Now
	// and then a machine stalls for some milliseconds, which slices spread over
	// both arms; more than this, and the latencies are perfcheck's own.
	maxLag      = 10 * time.Millisecond
	lagQuantile = 0.95
	// maxStall is how much later than it meant to perfcheck may go on, and so
	// read the answers that have come: a busy machine that can be measured on
	// stays far below. In long trials, where an answer counts for less, it may be
	// the share of the trial that would also make too many requests late.
	maxStall = 100 * time.Millisecond
	// maxGeneratorCPU is how much of one core perfcheck may use while it loads:
	// its loop is one thread, and beyond this the latencies are its own.
	maxGeneratorCPU = 0.90
)

// maxIdle is how much of a core a service may use while it is not loaded and
// still count as idle.
const maxIdle = 0.02

// busy says whether the service was not idle in the other arm's turns.
func busy(u bench.Usage) bool { return idle(u) > maxIdle }

// idle returns how much of a core the service used in the other arm's turns.
func idle(u bench.Usage) float64 {
	if u.Idle == 0 {
		return 0
	}
	return u.IdleCPU.Seconds() / u.Idle.Seconds()
}

// maxJump is how far the wall clock may stray from the monotonic one in a
// block: more than a time service corrects by slewing.
const maxJump = 500 * time.Millisecond

// A reading is what the machine's two clocks say at one moment. The monotonic
// one stands while the machine sleeps.
type reading struct{ wall, monotonic time.Time }

func readClocks() reading {
	now := time.Now()
	// Round strips the monotonic clock, by which Sub would go otherwise.
	return reading{wall: now.Round(0), monotonic: now}
}

// jumped says why a block must not be judged in which the clocks went on by
// different times.
func jumped(began, ended reading) string {
	jump := ended.wall.Sub(began.wall) - ended.monotonic.Sub(began.monotonic)
	if jump.Abs() <= maxJump {
		return ""
	}
	return fmt.Sprintf("the clock jumped by %v: the machine slept, or its clock was set", jump.Round(100*time.Millisecond))
}

// starved says what share of the arrivals the service kept waiting until the
// trial ended. That is no fault: it is seen in the latencies of those before
// them. The share is in tens, so that blocks say the same.
func starved(g bench.Generator, limit int) string {
	if g.Waiting == 0 {
		return ""
	}
	tenths := math.Ceil(10 * float64(g.Waiting) / float64(g.Planned))
	return fmt.Sprintf("the service did not keep up with the load: up to %.0f %% of the planned arrivals got no user, since most of the %d waited for answers",
		10*tenths, limit)
}

// maxQueue is how much longer than a trial's turns their answers may take, before it
// is said. Automatic turns are 5 times as long as most latencies, so that the last
// answers of each come within a fifth of it, unless requests wait for each other.
const maxQueue = 0.3

// queued says by how much longer than its turns a trial's answers took, where arrivals
// do not wait for them. The share is in tens, so that blocks say the same.
func queued(t *bench.Trial) string {
	longer := t.Busy.Seconds()/t.Load.Seconds() - 1
	if t.Generator.Planned == 0 || longer <= maxQueue {
		return ""
	}
	return fmt.Sprintf("requests queued: the answers took up to %.0f %% longer than the turns in which the requests fell due; "+
		"the rate is more than the service can take, or its latency is long beside a turn", 10*math.Ceil(10*longer))
}

// tooManyErrors returns an error where more requests of a trial failed than those
// with which the profile wants to go on.
func (t *task) tooManyErrors(lanes []*lane, trials []bench.Trial) error {
	limit := t.profile.MaxErrors
	for i := range trials {
		var requests, failed int64
		for _, s := range trials[i].Steps {
			requests += s.Requests
			failed += s.Failed()
		}
		if limit > 0 && float64(failed) > limit*float64(requests) {
			return fmt.Errorf("%s: %d of %d requests of a trial failed, which is more than max_errors: %g%%", lanes[i].name, failed, requests, limit*100)
		}
	}
	return nil
}

// faults says why a trial must not be judged, from what perfcheck observed of
// itself and of the load.
func faults(t *bench.Trial, polls bool) []string {
	var faults []string
	var requests int64
	for _, s := range t.Steps {
		requests += s.Requests
		for _, f := range s.Errors {
			if f.Kind == string(http1.Exhausted) {
				faults = append(faults, fmt.Sprintf("this machine, not the service, failed %d requests of %s: %s", f.Count, s.Name, f.Example))
			}
		}
	}
	if requests == 0 {
		return []string{"no request was sent in the trial: it is too short for this load, or no scenario sends one"}
	}
	if lag := t.Generator.Lag.Quantile(lagQuantile); lag > maxLag {
		faults = append(faults, fmt.Sprintf(
			"perfcheck did not keep its schedule: %.0f %% of the requests were sent more than %v late (limit %v); the machine is too busy or too small",
			(1-lagQuantile)*100, lag.Round(10*time.Microsecond), maxLag))
	}
	limit := max(maxStall, time.Duration((1-lagQuantile)*float64(t.Load)))
	if stall := t.Generator.Stall; stall > limit {
		faults = append(faults, fmt.Sprintf("perfcheck stalled for %v (limit %v): the machine stood still or is too busy",
			stall.Round(time.Millisecond), limit.Round(time.Millisecond)))
	}
	// Where perfcheck polls, its lag alone tells whether it keeps up.
	if share := t.Generator.CPU.Seconds() / t.Busy.Seconds(); share > maxGeneratorCPU && !polls {
		faults = append(faults, fmt.Sprintf(
			"perfcheck used %.0f %% of a core (limit %.0f %%): the load is more than it can send on this machine",
			share*100, maxGeneratorCPU*100))
	}
	return faults
}
