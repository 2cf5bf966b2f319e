package load

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// failing answers the first n requests of each path with a failure.
func failing(n int, failure http1.Result) func(r *scenario.Request) http1.Result {
	seen := map[string]int{}
	return func(r *scenario.Request) http1.Result {
		if seen[r.Path]++; seen[r.Path] <= n {
			return failure
		}
		return http1.Result{Response: scenario.Response{Status: 200}}
	}
}

var (
	unavailable = http1.Result{Response: scenario.Response{Status: 503}}
	reset       = http1.Result{Kind: http1.Reset, Err: errors.New("closed")}
)

func retried(path string, r profile.Retry) profile.Step {
	s := get(path)
	s.Request.Retry = &r
	return s
}

// The latency of a request that was sent again counts from the first attempt, with
// all attempts and pauses, also where slices end between them; it counts once.
func TestRetries(t *testing.T) {
	retry := profile.Retry{Times: 3, Kinds: []string{"reset"}, Status: []int{503},
		Backoff: 100 * time.Millisecond, Factor: 2, Max: 150 * time.Millisecond}
	for name, failure := range map[string]http1.Result{"reset": reset, "5xx": unavailable} {
		for _, slice := range []time.Duration{time.Second, 50 * time.Millisecond} {
			sim := &simulation{latency: always(10 * time.Millisecond), answer: failing(2, failure)}
			arm := New(compile(t, transaction("pay", retried("/${uuid()}", retry))), profile.Arrival{Rate: 2}, sim)
			for range time.Second / slice {
				load(t, arm, slice)
				sim.now += time.Hour
			}
			rec := arm.Take()
			step := rec.Steps[0]
			if step.Requests != 2 || step.Failed() != 0 || step.Retried() != 4 || len(step.Retries) != 1 || step.Retries[0].Kind != name {
				t.Errorf("%s: %d requests, %d failed, retries %+v", name, step.Requests, step.Failed(), step.Retries)
			}
			const took = 3*10*time.Millisecond + (100+150)*time.Millisecond
			near(t, name, step, 2, took, 10*time.Millisecond)
			near(t, name+" in a transaction", rec.Transactions[0], 2, took, 10*time.Millisecond)
			paths := map[string]int{}
			for _, s := range sim.sent {
				paths[s.path]++
			}
			for path, n := range paths {
				if n != 3 {
					t.Errorf("%s: %s was sent %d times: a retry is the same request", name, path, n)
				}
			}
		}
	}
}

func TestRetriesEnd(t *testing.T) {
	tests := map[string]struct {
		retry             profile.Retry
		requests, retried int64
	}{
		"no attempt left": {profile.Retry{Times: 2, Status: []int{503}}, 1, 2},
		"another status":  {profile.Retry{Times: 2, Status: []int{502}}, 1, 0},
		"a class":         {profile.Retry{Times: 2, Classes: []profile.StatusRange{{Low: 500, High: 599}}}, 1, 2},
		"another kind":    {profile.Retry{Times: 2, Kinds: []string{"reset"}}, 1, 0},
	}
	for name, test := range tests {
		sim := &simulation{latency: always(time.Millisecond), answer: failing(math.MaxInt, unavailable)}
		arm := New(compile(t, retried("/a", test.retry)), profile.Arrival{Rate: 1}, sim)
		load(t, arm, time.Second)
		step := arm.Take().Steps[0]
		if step.Requests != test.requests || step.Failed() != 1 || step.Retried() != test.retried {
			t.Errorf("%s: %d requests, %d failed, %d retried", name, step.Requests, step.Failed(), step.Retried())
		}
	}
}

func TestJitter(t *testing.T) {
	retry := profile.Retry{Times: 1, Status: []int{503}, Backoff: 100 * time.Millisecond, Factor: 1, Max: time.Second, Jitter: 0.5}
	sim := &simulation{latency: always(time.Millisecond), answer: failing(1, unavailable)}
	arm := New(compile(t, retried("/${uuid()}", retry)), profile.Arrival{Rate: 100}, sim)
	load(t, arm, 10*time.Second)
	h := arm.Take().Steps[0].Latency
	low, high := h.Quantile(0.01), h.Quantile(0.99)
	if low < 52*time.Millisecond || low > 56*time.Millisecond || high < 148*time.Millisecond || high > 153*time.Millisecond {
		t.Errorf("pauses from %v to %v, want 50 ms to 150 ms", low, high)
	}
}

func withSetup(t *testing.T, path string, setup, teardown []profile.Step) *scenario.Program {
	t.Helper()
	program, err := scenario.Compile(&profile.Profile{Name: "test", Seed: 1, Timeout: time.Second,
		Setup: setup, Teardown: teardown, Scenarios: []profile.Scenario{{Weight: 1, Steps: []profile.Step{get(path)}}}})
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// Scenarios and teardown know what setup captured, and setup tries again what asks for it.
func TestSetupAndTeardown(t *testing.T) {
	seed := retried("/seed", profile.Retry{Times: 1, Kinds: []string{"reset"}})
	seed.Request.Capture = []profile.Capture{{Name: "id", Path: "$.id", Pick: profile.First}}
	answer := failing(1, reset)
	sim := &simulation{latency: always(time.Millisecond), answer: func(r *scenario.Request) http1.Result {
		result := answer(r)
		result.Response.Body = []byte(`{"id":7}`)
		if r.Path == "/remove/7" {
			result = unavailable
		}
		return result
	}}
	arm := New(withSetup(t, "/a/${id}", []profile.Step{seed}, []profile.Step{get("/remove/${id}")}), profile.Arrival{Rate: 1}, sim)
	if err := arm.Teardown(context.Background()); err != nil || len(sim.sent) > 0 {
		t.Fatalf("teardown without setup: %v", err)
	}
	if err := arm.Setup(context.Background()); err != nil {
		t.Fatal(err)
	}
	load(t, arm, time.Second)
	err := arm.Teardown(context.Background())
	if want := "teardown: GET /remove/7: status 503, want 200 to 399"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	var paths []string
	for _, s := range sim.sent {
		paths = append(paths, s.path)
	}
	if got := strings.Join(paths, " "); got != "/seed /seed /a/7 /remove/7" {
		t.Errorf("got %s", got)
	}
}

// A teardown without an answer ends when its time is over, and says so.
func TestTeardownIsBounded(t *testing.T) {
	sim := &simulation{latency: always(time.Hour)}
	arm := New(withSetup(t, "/a", nil, []profile.Step{get("/slow")}), profile.Arrival{Rate: 1}, sim)
	if err := arm.Setup(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("not done within 30s"))
	err := arm.Teardown(ctx)
	if want := "teardown: GET /slow: not done within 30s"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// What a wire sends again by itself is no failure, and not hidden.
func TestResent(t *testing.T) {
	again := http1.Result{Response: scenario.Response{Status: 200}, Resent: errors.New("closed")}
	sim := &simulation{latency: always(time.Millisecond), answer: failing(2, again)}
	arm := New(compile(t, get("/a")), profile.Arrival{Rate: 3}, sim)
	load(t, arm, time.Second)
	step := arm.Take().Steps[0]
	if step.Requests != 3 || step.Failed() != 0 || step.Retried() != 2 || step.Retries[0].Kind != string(http1.Reset) {
		t.Errorf("%d requests, %d failed, retries %+v", step.Requests, step.Failed(), step.Retries)
	}
}
