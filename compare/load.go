package compare

import "github.com/perfcheck/perfcheck/bench"

// A Target is what one copy of a scaled service got of the load, in the trials that
// may be judged.
type Target struct {
	Profile  string     `json:"profile"`
	Side     bench.Side `json:"side,omitempty"`
	Name     string     `json:"name"`
	Requests int64      `json:"requests"`
	Failed   int64      `json:"failed,omitempty"`
	// P50 and P99 are of the service times of requests that succeeded, seconds; 0
	// where none did, or the run was thinned.
	P50 float64 `json:"p50,omitempty"`
	P99 float64 `json:"p99,omitempty"`
}

// TargetsOf returns the targets of a run, none where its service is not scaled.
func TargetsOf(r *bench.Run) (all []Target) {
	for _, t := range r.Targets() {
		all = append(all, Target{
			Profile: r.Profile, Side: r.Side, Name: t.Name, Requests: t.Requests, Failed: t.Failed,
			P50: t.Service.Quantile(0.5).Seconds(), P99: t.Service.Quantile(0.99).Seconds(),
		})
	}
	return all
}

// A Retry is a kind of failure after which requests of a step were sent again.
type Retry struct {
	Profile string     `json:"profile"`
	Side    bench.Side `json:"side"`
	bench.StepFailure
}

// tellLoad adds what no metric says of both sides' load.
func (c *Comparison) tellLoad(pairs []Pair) {
	for _, p := range pairs {
		for side, run := range p.sides() {
			for _, t := range TargetsOf(run) {
				t.Side = side
				c.Targets = append(c.Targets, t)
			}
			for _, f := range run.Failures(func(s bench.Step) []bench.Failure { return s.Retries }) {
				c.Retries = append(c.Retries, Retry{run.Profile, side, f})
			}
		}
	}
}

// sides yields base and head.
func (p Pair) sides() func(yield func(bench.Side, *bench.Run) bool) {
	return func(yield func(bench.Side, *bench.Run) bool) {
		_ = yield(bench.Base, p.Base) && yield(bench.Head, p.Head)
	}
}
