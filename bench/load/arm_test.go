package load

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// A simulation is a wire whose clock moves only in Wait, over a service whose
// answers take as long as a test says.
type simulation struct {
	now     time.Duration
	latency func(sent time.Duration) time.Duration
	answer  func(r *scenario.Request) http1.Result
	pending []http1.Result
	sent    []sent
}

type sent struct {
	at   time.Duration
	path string
}

func (s *simulation) Now() time.Duration { return s.now }

func (s *simulation) Send(slot int, r *scenario.Request) {
	s.sent = append(s.sent, sent{s.now, r.Path})
	result := http1.Result{Response: scenario.Response{Status: 200}}
	if s.answer != nil {
		result = s.answer(r)
	}
	result.Slot, result.Sent, result.Done = slot, s.now, s.now+s.latency(s.now)
	s.pending = append(s.pending, result)
}

func (s *simulation) Wait(until time.Duration, into []http1.Result) []http1.Result {
	slices.SortStableFunc(s.pending, func(a, b http1.Result) int { return int(a.Done - b.Done) })
	if len(s.pending) == 0 || s.pending[0].Done > until {
		s.now = max(s.now, until)
		return into
	}
	s.now = max(s.now, s.pending[0].Done)
	into = append(into, s.pending[0])
	s.pending = s.pending[1:]
	return into
}

func always(d time.Duration) func(time.Duration) time.Duration {
	return func(time.Duration) time.Duration { return d }
}

func get(path string) profile.Step {
	return profile.Step{Request: &profile.Request{Name: path, Method: "GET", Path: path}}
}

func think(d time.Duration) profile.Step {
	return profile.Step{Think: &profile.Think{Min: d, Max: d}}
}

func compile(t *testing.T, steps ...profile.Step) *scenario.Program {
	t.Helper()
	p := &profile.Profile{Name: "test", Seed: 1, Timeout: time.Second,
		Scenarios: []profile.Scenario{{Name: "s", Weight: 1, Steps: steps}}}
	program, err := scenario.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func load(t *testing.T, a *Arm, d time.Duration) {
	t.Helper()
	if err := a.Slice(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

func TestOpenArrivalsAreEven(t *testing.T) {
	sim := &simulation{latency: always(time.Millisecond)}
	arm := New(compile(t, get("/a")), profile.Arrival{Rate: 100}, sim)
	load(t, arm, time.Second)
	for i, s := range sim.sent {
		if want := time.Duration(i) * 10 * time.Millisecond; s.at != want {
			t.Fatalf("request %d was sent at %v, want %v", i, s.at, want)
		}
	}
	rec := arm.Take()
	if rec.Planned != 100 || rec.Started != 100 || rec.Steps[0].Requests != 100 {
		t.Errorf("planned %d, started %d, answered %d, want 100 of each", rec.Planned, rec.Started, rec.Steps[0].Requests)
	}
}

// The clock of an arm stands between slices: what two arms are sent does not
// depend on when, and how long, they are off.
func TestClockStandsBetweenSlices(t *testing.T) {
	steps := []profile.Step{get("/a?n=${randint(1, 1000)}"), think(30 * time.Millisecond), get("/b")}
	start := func(pause time.Duration) (*Arm, *simulation) {
		sim := &simulation{latency: always(time.Millisecond)}
		arm := New(compile(t, steps...), profile.Arrival{Rate: 100}, sim)
		for range 10 {
			load(t, arm, 100*time.Millisecond)
			sim.now += pause
		}
		return arm, sim
	}
	_, a := start(0)
	armB, b := start(time.Hour)
	if len(a.sent) != len(b.sent) || len(a.sent) < 190 {
		t.Fatalf("%d and %d requests", len(a.sent), len(b.sent))
	}
	for i := range a.sent {
		if a.sent[i].path != b.sent[i].path {
			t.Fatalf("request %d: %s and %s", i, a.sent[i].path, b.sent[i].path)
		}
	}
	if longest := latencies(armB.Take()).Max(); longest > 2*time.Millisecond {
		t.Errorf("a latency of %v counts the time between slices", longest)
	}
}

// A service that freezes for 1 s cannot hide it: the arrivals that fell due
// meanwhile have waited (coordinated omission).
func TestStallCountsFromTheIntendedStart(t *testing.T) {
	freeze := func(sent time.Duration) time.Duration {
		if sent < time.Second {
			return time.Second - sent + time.Millisecond
		}
		return time.Millisecond
	}
	sim := &simulation{latency: freeze}
	arm := New(compile(t, get("/a")), profile.Arrival{Rate: 500}, sim)
	load(t, arm, 2*time.Second)
	h := latencies(arm.Take())
	if h.Count() != 1000 {
		t.Fatalf("%d answers, want 1000", h.Count())
	}
	// Half of the requests waited for 0 to 1 s, evenly: p75 is 500 ms.
	if got := h.Quantile(0.75).Seconds(); math.Abs(got-0.5) > 0.01 {
		t.Errorf("p75 is %.3f s, want 0.5", got)
	}
}

func TestWaitForAFreeUserIsLatency(t *testing.T) {
	sim := &simulation{latency: always(10 * time.Second)}
	arm := New(compile(t, get("/a")), profile.Arrival{Rate: 2 * MaxUsers}, sim)
	load(t, arm, time.Second)
	rec := arm.Take()
	if rec.Planned != 2*MaxUsers || rec.Started != MaxUsers || arm.Waiting() != MaxUsers {
		t.Fatalf("planned %d, started %d, waiting %d", rec.Planned, rec.Started, arm.Waiting())
	}
	sim.latency = always(time.Millisecond)
	load(t, arm, time.Second)
	h := latencies(arm.Take())
	if h.Max() < 500*time.Millisecond {
		t.Errorf("the longest latency is %v: the wait for a user is missing", h.Max())
	}
}

func TestClosedModelKeepsItsUsersBusy(t *testing.T) {
	sim := &simulation{latency: always(10 * time.Millisecond)}
	arm := New(compile(t, get("/a")), profile.Arrival{Users: 5}, sim)
	load(t, arm, time.Second)
	rec := arm.Take()
	if got := rec.Steps[0].Requests; got != 500 {
		t.Errorf("%d requests, want 5 users x 100", got)
	}
	if rec.Load != time.Second || rec.Busy < rec.Load || rec.Busy > rec.Load+20*time.Millisecond {
		t.Errorf("load %v, busy %v", rec.Load, rec.Busy)
	}
}

func TestScenarioWithoutARequestLetsTimePass(t *testing.T) {
	never := profile.Step{If: "false", Steps: []profile.Step{get("/a")}}
	sim := &simulation{latency: always(time.Millisecond)}
	arm := New(compile(t, never), profile.Arrival{Users: 2}, sim)
	load(t, arm, time.Second)
	if len(sim.sent) != 0 || arm.Take().Load != time.Second {
		t.Errorf("%d requests", len(sim.sent))
	}
}

func TestFailuresAreNoLatencies(t *testing.T) {
	n := 0
	sim := &simulation{latency: always(time.Millisecond), answer: func(*scenario.Request) http1.Result {
		switch n++; n % 10 {
		case 0:
			return http1.Result{Err: context.DeadlineExceeded, Kind: http1.Timeout}
		case 1:
			return http1.Result{Response: scenario.Response{Status: 500}}
		}
		return http1.Result{Response: scenario.Response{Status: 200}}
	}}
	arm := New(compile(t, get("/a")), profile.Arrival{Users: 1}, sim)
	load(t, arm, time.Second)
	s := arm.Take().Steps[0]
	if s.Failed()*5 != s.Requests || s.Latency.Count() != s.Requests-s.Failed() {
		t.Errorf("%d requests, %d failed, %d latencies", s.Requests, s.Failed(), s.Latency.Count())
	}
	kinds := map[string]int64{}
	for _, f := range s.Errors {
		kinds[f.Kind] = f.Count
	}
	if kinds[string(http1.Timeout)] != s.Requests/10 || kinds[Check] != s.Requests/10 {
		t.Errorf("failures by kind: %v", s.Errors)
	}
}

func TestUnmadeRequestIsAFailure(t *testing.T) {
	sim := &simulation{latency: always(time.Millisecond)}
	arm := New(compile(t, get("/a?n=${1 % (randint(1, 1) - 1)}")), profile.Arrival{Users: 1}, sim)
	load(t, arm, 100*time.Millisecond)
	steps := arm.Take().Steps
	if last := steps[len(steps)-1]; last.Name != scenarioStep || last.Failed() == 0 || last.Errors[0].Kind != Template {
		t.Errorf("steps: %+v", steps)
	}
}

func TestSetup(t *testing.T) {
	p := &profile.Profile{Name: "test", Seed: 1, Timeout: time.Second,
		Setup:     []profile.Step{get("/seed")},
		Scenarios: []profile.Scenario{{Name: "s", Weight: 1, Steps: []profile.Step{get("/a")}}}}
	program, err := scenario.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{200, 500} {
		sim := &simulation{latency: always(time.Millisecond), answer: func(*scenario.Request) http1.Result {
			return http1.Result{Response: scenario.Response{Status: status}}
		}}
		err := New(program, profile.Arrival{Users: 1}, sim).Setup(context.Background())
		if (err == nil) != (status == 200) || len(sim.sent) != 1 || sim.sent[0].path != "/seed" {
			t.Errorf("status %d: error %v after %v", status, err, sim.sent)
		}
	}
}

func TestSliceStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	sim := &simulation{latency: always(time.Millisecond), answer: func(*scenario.Request) http1.Result {
		cancel()
		return http1.Result{Response: scenario.Response{Status: 200}}
	}}
	arm := New(compile(t, get("/a")), profile.Arrival{Users: 1}, sim)
	if err := arm.Slice(ctx, time.Hour); err != context.Canceled {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func latencies(rec Recording) interface {
	Count() int64
	Max() time.Duration
	Quantile(float64) time.Duration
} {
	t := bench.Trial{Steps: rec.Steps}
	return t.Latencies()
}
