package load

import (
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/hist"
	"github.com/perfcheck/perfcheck/bench/load/http1"
)

// Check is the kind of a failure whose answer came but was not as expected.
// The other kinds are those of [http1.Kind].
const Check = "check"

// loginStep names the step under which failed logins are reported. Logins that
// succeed are not measured.
const loginStep = "login"

// A Recording is what an arm observed since it was last taken.
type Recording struct {
	Planned, Started int64         // scenarios that fell due in an open model; scenarios begun
	Load, Busy       time.Duration // see bench.Trial
	Slices           int
	Steps            []bench.Step
	Lag              *hist.Histogram // see bench.Generator
}

func (r *Recording) reset(steps []string) {
	*r = Recording{Lag: hist.New(), Steps: make([]bench.Step, len(steps), len(steps)+1)}
	for i, name := range steps {
		r.Steps[i] = newStep(name)
	}
}

func newStep(name string) bench.Step {
	return bench.Step{Name: name, Latency: hist.New(), Service: hist.New()}
}

// hit counts one answer, or the lack of one.
func (r *Recording) hit(u *user, result *http1.Result, kind string, err error) {
	r.Lag.Record(max(result.Sent-max(u.intended, u.free), hist.Lowest))
	if u.step < 0 {
		if err != nil {
			s := r.login()
			s.Requests++
			fail(s, kind, err)
		}
		return
	}
	s := &r.Steps[u.step]
	s.Requests++
	if err != nil {
		fail(s, kind, err)
		return
	}
	s.Latency.Record(result.Done - u.intended)
	s.Service.Record(result.Done - result.Sent)
}

// login returns the step of failed logins, which exists from the first one on.
func (r *Recording) login() *bench.Step {
	if last := len(r.Steps) - 1; last >= 0 && r.Steps[last].Name == loginStep {
		return &r.Steps[last]
	}
	r.Steps = append(r.Steps, newStep(loginStep))
	return &r.Steps[len(r.Steps)-1]
}

func fail(s *bench.Step, kind string, err error) {
	for i := range s.Errors {
		if s.Errors[i].Kind == kind {
			s.Errors[i].Count++
			return
		}
	}
	s.Errors = append(s.Errors, bench.Failure{Kind: kind, Count: 1, Example: err.Error()})
}

// Take returns what was recorded since the last Take, or since the start.
func (a *Arm) Take() Recording {
	taken := a.rec
	a.rec.reset(a.program.Steps())
	return taken
}

// Waiting returns how many arrivals have fallen due that no user was free for yet.
func (a *Arm) Waiting() int64 { return int64(a.arrived - a.served) }
