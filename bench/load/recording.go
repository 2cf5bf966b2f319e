package load

import (
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// Failures outside the measured steps are reported under these names.
const (
	loginStep    = "login"    // of a session; those that succeed are not measured
	scenarioStep = "scenario" // between steps
)

// A Recording is what an arm observed since it was last taken.
type Recording struct {
	Planned, Started int64         // scenarios that fell due in an open model; scenarios begun
	Load, Busy       time.Duration // see bench.Trial
	Slices           int
	Crowded          bool            // at the end of a slice no user was free for an arrival, though most were not waiting for an answer: that is no fault of the service
	Steps            []bench.Step    // those of the program, then those with failures aside
	Transactions     []bench.Step    // see bench.Trial
	Custom           []bench.Tally   // of the program's metrics
	Targets          []bench.Target  // see bench.Trial
	Lag              *hist.Histogram // see bench.Generator
	Stall            time.Duration   // see bench.Generator

	measured int           // how many of Steps are the program's
	began    time.Duration // arm time
}

// reset forgets all, and begins anew at an arm time.
func (r *Recording) reset(p *scenario.Program, began time.Duration) {
	*r = Recording{Lag: hist.New(), Steps: newSteps(p.Steps()), Transactions: newSteps(p.Transactions()), began: began}
	r.measured = len(r.Steps)
	for _, m := range p.Metrics() {
		r.Custom = append(r.Custom, m.NewTally())
	}
}

func newSteps(names []string) (steps []bench.Step) {
	for _, name := range names {
		steps = append(steps, newStep(name))
	}
	return steps
}

func newTargets(names []string) (targets []bench.Target) {
	for _, name := range names {
		targets = append(targets, bench.Target{Name: name, Service: hist.New()})
	}
	return targets
}

func newStep(name string) bench.Step {
	return bench.Step{Name: name, Latency: hist.New(), Service: hist.New()}
}

// hit counts one answer at an arm time, or the lack of one, for which err and
// its kind say why.
func (r *Recording) hit(u *user, result *http1.Result, at time.Duration, kind string, err error) {
	r.Lag.Record(result.Sent - u.ready)
	retrying := u.Retrying()
	if u.step < 0 {
		if result.Resent != nil {
			fail(&r.beside(loginStep).Retries, at-r.began, string(http1.Reset), result.Resent)
		}
		switch {
		case retrying:
			fail(&r.beside(loginStep).Retries, at-r.began, kind, err)
		case err != nil:
			r.aside(loginStep, at, kind, err)
		}
		return
	}
	took := result.Done - result.Sent
	if len(r.Targets) > 0 {
		r.Targets[result.Target].Count(took, err == nil)
	}
	s := &r.Steps[u.step]
	if result.Resent != nil {
		fail(&s.Retries, at-r.began, string(http1.Reset), result.Resent)
	}
	switch {
	case retrying:
		fail(&s.Retries, at-r.began, kind, err)
		return
	case u.Redirecting():
		s.Redirects++
		return
	}
	s.Requests++
	if err != nil {
		fail(&s.Errors, at-r.began, kind, err)
		return
	}
	s.Latency.Record(result.Done - u.intended)
	s.Service.Record(result.Response.Service)
}

// transaction counts one that ended at an arm time.
func (r *Recording) transaction(t scenario.Transaction, at time.Duration) {
	s := &r.Transactions[t.Index]
	s.Requests++
	if t.Err != nil {
		fail(&s.Errors, at-r.began, Part, t.Err)
		return
	}
	s.Latency.Record(t.Latency)
	s.Service.Record(t.Service)
}

// add counts what an answer adds to the profile's metrics.
func (r *Recording) add(recorded []scenario.Recorded) {
	for _, x := range recorded {
		r.Custom[x.Metric].Add(x.Value)
	}
}

// aside counts a failure outside the measured steps.
func (r *Recording) aside(name string, at time.Duration, kind string, err error) {
	s := r.beside(name)
	s.Requests++
	fail(&s.Errors, at-r.began, kind, err)
}

// beside returns what is not among the measured steps, and is a step of its own
// from the first call on.
func (r *Recording) beside(name string) *bench.Step {
	i := slices.IndexFunc(r.Steps[r.measured:], func(s bench.Step) bool { return s.Name == name })
	if i < 0 {
		i = len(r.Steps) - r.measured
		r.Steps = append(r.Steps, newStep(name))
	}
	return &r.Steps[r.measured+i]
}

// Short says where the load fell short because the profile's data came to an end.
func (r *Recording) Short() (warnings []string) {
	for _, s := range r.Steps[r.measured:] {
		for _, f := range s.Errors {
			if f.Kind == Data {
				warnings = append(warnings, bench.Count(int(f.Count), "scenario")+" not begun: "+f.Example)
			}
		}
	}
	return warnings
}

// Spread names the targets of a wire that has several. It is called before the
// first slice, if at all.
func (a *Arm) Spread(targets []string) {
	a.targets = targets
	a.rec.Targets = newTargets(targets)
}

// Take returns what was recorded since the last Take, or since the start. The
// arrivals that a user was free for and that were not begun yet are in its Lag.
func (a *Arm) Take() Recording {
	for _, due := range a.queue.all()[:a.queue.len()-int(a.Waiting())] {
		a.rec.Lag.Record(a.clock - due)
	}
	taken := a.rec
	a.rec.reset(a.program, a.clock)
	a.rec.Targets = newTargets(a.targets)
	return taken
}

// Waiting returns how many arrivals have fallen due that no user was free for yet.
func (a *Arm) Waiting() int64 {
	free := len(a.idle) + max(0, a.arrival.Limit()-len(a.users)) // closed models may have more
	return int64(max(0, a.queue.len()-free))
}
