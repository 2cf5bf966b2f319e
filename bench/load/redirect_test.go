package load

import (
	"math"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

func redirected(path string) profile.Step {
	s := get(path)
	s.Request.Redirects = new(3)
	return s
}

// leading answers the first n requests with redirects to /b.
func leading(n int) func(r *scenario.Request) http1.Result {
	return func(*scenario.Request) http1.Result {
		if n--; n >= 0 {
			return http1.Result{Response: scenario.Response{Status: 302, Header: []byte("Location: /b\r\n")}}
		}
		return http1.Result{Response: scenario.Response{Status: 200}}
	}
}

// A request and all that it is redirected to count once, with what they took in
// sum, also where slices end between them.
func TestRedirects(t *testing.T) {
	for _, slice := range []time.Duration{time.Second, 10 * time.Millisecond} {
		sim := &simulation{latency: always(10 * time.Millisecond), answer: leading(2)}
		arm := New(compile(t, transaction("pay", redirected("/a"))), profile.Arrival{Rate: 1}, sim)
		for range time.Second / slice {
			load(t, arm, slice)
			sim.now += time.Hour
		}
		rec := arm.Take()
		step := rec.Steps[0]
		if step.Requests != 1 || step.Failed() != 0 || step.Redirects != 2 || len(sim.sent) != 3 {
			t.Errorf("slices of %v: %d requests, %d failed, %d redirects, %d sent", slice, step.Requests, step.Failed(), step.Redirects, len(sim.sent))
		}
		near(t, "step", step, 1, 30*time.Millisecond, 30*time.Millisecond)
		near(t, "transaction", rec.Transactions[0], 1, 30*time.Millisecond, 30*time.Millisecond)
	}
}

func TestRedirectsWithoutEnd(t *testing.T) {
	sim := &simulation{latency: always(time.Millisecond), answer: leading(math.MaxInt)}
	arm := New(compile(t, redirected("/a")), profile.Arrival{Rate: 1}, sim)
	load(t, arm, time.Second)
	step := arm.Take().Steps[0]
	if step.Requests != 1 || step.Redirects != 3 || step.Failed() != 1 || step.Errors[0].Kind != Redirect || step.Latency.Count() != 0 {
		t.Errorf("%d requests, %d redirects, errors %+v", step.Requests, step.Redirects, step.Errors)
	}
}
