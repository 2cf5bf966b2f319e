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
	stall   time.Duration // the wire time at which perfcheck does not get to run, for 1 s
	behind  time.Duration // from when an answer is complete until Wait knows of it
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
	if s.stall > 0 && s.now >= s.stall {
		s.now, s.stall = s.now+time.Second, 0
		for i := range s.pending { // what came meanwhile is read only now
			s.pending[i].Done = max(s.pending[i].Done, s.now)
		}
	}
	slices.SortStableFunc(s.pending, func(a, b http1.Result) int { return int(a.Done - b.Done) })
	if len(s.pending) == 0 || s.pending[0].Done+s.behind > until {
		s.now = max(s.now, until)
		return into
	}
	s.now = max(s.now, s.pending[0].Done+s.behind)
	into = append(into, s.pending[0])
	s.pending = s.pending[1:]
	return into
}

func always(d time.Duration) func(time.Duration) time.Duration {
	return func(time.Duration) time.Duration { return d }
}

// capacity is the latency of a service that answers one request after the
// other, so many per second.
func capacity(rate int) func(time.Duration) time.Duration {
	var free time.Duration
	return func(sent time.Duration) time.Duration {
		free = max(free, sent) + time.Second/time.Duration(rate)
		return free - sent
	}
}

func get(path string) profile.Step {
	return profile.Step{Request: &profile.Request{Name: path, Method: "GET", Path: path}}
}

func think(d time.Duration) profile.Step {
	return profile.Step{Think: &profile.Think{Min: d, Max: d}}
}

func transaction(name string, steps ...profile.Step) profile.Step {
	return profile.Step{Transaction: name, Steps: steps}
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
	for i := range a.sent {
		if (b.sent[i].at-a.sent[i].at)%time.Hour != 0 {
			t.Fatalf("request %d was sent at %v and %v", i, a.sent[i].at, b.sent[i].at)
		}
	}
	if longest := latencies(armB.Take()).Max(); longest > 2*time.Millisecond {
		t.Errorf("a latency of %v counts the time between slices", longest)
	}
}

// Users think for as long in both arms, though one takes longer to answer.
func TestArmsThinkAlike(t *testing.T) {
	thinks := func(latency time.Duration) (all []time.Duration) {
		sim := &simulation{latency: always(latency)}
		drawn := profile.Step{Think: &profile.Think{Min: 5 * time.Millisecond, Max: 50 * time.Millisecond}}
		load(t, New(compile(t, get("/a"), drawn, get("/b")), profile.Arrival{Rate: 10}, sim), 5*time.Second)
		for pair := range slices.Chunk(sim.sent, 2) {
			all = append(all, pair[1].at-pair[0].at-latency)
		}
		return all
	}
	a, b := thinks(time.Millisecond), thinks(20*time.Millisecond)
	if len(a) != 50 || !slices.Equal(a, b) || slices.Min(a) == slices.Max(a) {
		t.Errorf("they thought %v and %v", a, b)
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
	for _, a := range []profile.Arrival{{Rate: 2 * profile.DefaultMaxUsers}, {Rate: 60, MaxUsers: 30}} {
		limit := a.Limit()
		sim := &simulation{latency: always(10 * time.Second)}
		arm := New(compile(t, get("/a")), a, sim)
		load(t, arm, time.Second)
		rec := arm.Take()
		if rec.Planned != 2*int64(limit) || rec.Started != int64(limit) || arm.Waiting() != int64(limit) || rec.Crowded {
			t.Fatalf("%+v: planned %d, started %d, waiting %d, crowded %v", a, rec.Planned, rec.Started, arm.Waiting(), rec.Crowded)
		}
		sim.latency = always(time.Millisecond)
		load(t, arm, time.Second)
		if h := latencies(arm.Take()); h.Max() < 500*time.Millisecond {
			t.Errorf("%+v: the longest latency is %v: the wait for a user is missing", a, h.Max())
		}
	}
}

// Arrivals of the stages that still wait when these are over are told, none is lost.
func TestStagesEndWhileArrivalsWait(t *testing.T) {
	sim := &simulation{latency: always(100 * time.Millisecond)}
	a := profile.Arrival{Stages: []profile.Stage{stage(time.Second, 10, 200)}, MaxUsers: 10}
	arm := New(compile(t, get("/a")), a, sim)
	arm.Begin()
	load(t, arm, time.Second)
	rec := arm.Take()
	if rec.Planned != 105 || rec.Started+arm.Waiting() != rec.Planned || arm.Waiting() == 0 || rec.Steps[0].Requests != rec.Started {
		t.Errorf("planned %d, started %d, answered %d, waiting %d", rec.Planned, rec.Started, rec.Steps[0].Requests, arm.Waiting())
	}
}

// What perfcheck does not get to send before the end is late; it neither is
// missing from the plan nor counts as the service's fault.
func TestUnsentIsLate(t *testing.T) {
	sim := &simulation{latency: always(time.Millisecond), stall: 900 * time.Millisecond}
	arm := New(compile(t, get("/a")), profile.Arrival{Rate: 100}, sim)
	load(t, arm, time.Second)
	waiting, rec := arm.Waiting(), arm.Take()
	if rec.Planned != 100 || rec.Started < 85 || rec.Started > 95 || waiting != 0 {
		t.Errorf("planned %d, started %d, waiting %d", rec.Planned, rec.Started, waiting)
	}
	if n := rec.Lag.Count(); n != 100 || rec.Lag.Max() < 80*time.Millisecond || rec.Lag.Max() > 110*time.Millisecond {
		t.Errorf("%d lags, the longest is %v", n, rec.Lag.Max())
	}
	load(t, arm, time.Second)
	if rec := arm.Take(); rec.Planned != 100 || rec.Started <= 100 {
		t.Errorf("then: planned %d, started %d", rec.Planned, rec.Started)
	}
}

// The lag that a stall leaves in a short slice is short, but it is a stall.
func TestStallOutlastsItsSlice(t *testing.T) {
	for _, a := range []profile.Arrival{{Rate: 100}, {Users: 2}} {
		sim := &simulation{latency: always(time.Millisecond), stall: 510 * time.Millisecond}
		arm := New(compile(t, get("/a")), a, sim)
		for range 40 {
			load(t, arm, 25*time.Millisecond)
		}
		rec := arm.Take()
		if lag := rec.Lag.Max(); lag > 26*time.Millisecond || rec.Stall < 970*time.Millisecond || rec.Stall > time.Second {
			t.Errorf("%+v: lag up to %v, stalled for %v", a, lag, rec.Stall)
		}
		load(t, arm, time.Second)
		if rec := arm.Take(); rec.Stall > 0 {
			t.Errorf("%+v: then stalled for %v", a, rec.Stall)
		}
	}
}

// A stall while the last answers are waited for spoils them, too.
func TestStallInTheDrain(t *testing.T) {
	sim := &simulation{latency: always(50 * time.Millisecond), stall: 980 * time.Millisecond}
	arm := New(compile(t, get("/a")), profile.Arrival{Users: 1}, sim)
	load(t, arm, 990*time.Millisecond)
	if rec := arm.Take(); rec.Stall < 800*time.Millisecond || latencies(rec).Max() < 900*time.Millisecond {
		t.Errorf("stalled for %v, latency up to %v", rec.Stall, latencies(rec).Max())
	}
}

// An answer that was complete before the end of its slice, and becomes known after
// it, leads to nothing in that slice.
func TestAnswerKnownAfterTheEnd(t *testing.T) {
	for _, a := range []profile.Arrival{{Users: 1}, {Rate: 1000, MaxUsers: 1}} {
		sim := &simulation{latency: always(time.Millisecond), behind: 100 * time.Microsecond}
		arm := New(compile(t, get("/a")), a, sim)
		const end = 9850 * time.Microsecond // the ninth answer is complete 50 µs before
		load(t, arm, end)
		if last := sim.sent[len(sim.sent)-1].at; len(sim.sent) != 9 || last >= end {
			t.Errorf("%+v: %d requests, the last at %v", a, len(sim.sent), last)
		}
		sim.now += time.Hour
		load(t, arm, end)
		if rec := arm.Take(); rec.Steps[0].Requests != 18 || latencies(rec).Max() > 10*time.Millisecond {
			t.Errorf("%+v: %d answers, latency up to %v", a, rec.Steps[0].Requests, latencies(rec).Max())
		}
	}
}

// Users that think are not the service's fault.
func TestThinkingUsersCrowd(t *testing.T) {
	sim := &simulation{latency: always(time.Millisecond)}
	arm := New(compile(t, get("/a"), think(10*time.Second)), profile.Arrival{Rate: 100, MaxUsers: 50}, sim)
	load(t, arm, time.Second)
	if rec := arm.Take(); !rec.Crowded || rec.Started != 50 {
		t.Errorf("started %d, crowded %v", rec.Started, rec.Crowded)
	}
}

// Users that a slow service keeps from their think times are its fault. They all
// have their answers when the next slice begins, and think at once.
func TestSaturationIsNoCrowd(t *testing.T) {
	sim := &simulation{latency: capacity(500)}
	arm := New(compile(t, get("/list"), think(200*time.Millisecond), get("/show")), profile.Arrival{Rate: 2000}, sim)
	for i := range 4 {
		load(t, arm, 2*time.Second)
		if rec := arm.Take(); rec.Crowded || arm.Waiting() == 0 {
			t.Errorf("slice %d: crowded %v, %d arrivals wait", i, rec.Crowded, arm.Waiting())
		}
	}
}

// Users that wait to ask a slow service again are its fault, too.
func TestAskingAgainIsNoCrowd(t *testing.T) {
	poll := profile.Step{
		Loop:  &profile.Loop{Until: "index == 100", Tries: 200, Every: 100 * time.Millisecond},
		Steps: []profile.Step{get("/state")},
	}
	retry := retried("/a", profile.Retry{Times: 100, Status: []int{503}, Backoff: 100 * time.Millisecond, Factor: 1, Max: time.Second})
	for name, step := range map[string]profile.Step{"until": poll, "retry": retry} {
		sim := &simulation{latency: always(time.Millisecond), answer: failing(math.MaxInt, unavailable)}
		if name == "until" {
			sim.answer = nil
		}
		arm := New(compile(t, step), profile.Arrival{Rate: 100, MaxUsers: 50}, sim)
		for range 3 {
			load(t, arm, time.Second)
			if rec := arm.Take(); rec.Crowded || arm.Waiting() == 0 {
				t.Errorf("%s: crowded %v, %d arrivals wait", name, rec.Crowded, arm.Waiting())
			}
		}
		load(t, arm, 20*time.Second)
		if arm.held > 50 {
			t.Errorf("%s: %d of 50 users wait", name, arm.held)
		}
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
	if kinds[string(http1.Timeout)] != s.Requests/10 || kinds[ServerError] != s.Requests/10 {
		t.Errorf("failures by kind: %v", s.Errors)
	}
}

func TestUnmadeRequestIsAFailure(t *testing.T) {
	colon := get("/a")
	colon.Request.Auth.User = "${randint(1, 1)}${':'}"
	for _, step := range []profile.Step{get("/a?n=${1 % (randint(1, 1) - 1)}"), colon} {
		sim := &simulation{latency: always(time.Millisecond)}
		arm := New(compile(t, step), profile.Arrival{Users: 1}, sim)
		load(t, arm, 100*time.Millisecond)
		steps := arm.Take().Steps
		if last := steps[len(steps)-1]; last.Name != scenarioStep || last.Failed() == 0 || last.Errors[0].Kind != Template {
			t.Errorf("steps: %+v", steps)
		}
	}
}

func TestSetup(t *testing.T) {
	p := &profile.Profile{Name: "test", Seed: 1, Timeout: time.Second,
		Setup:     []profile.Step{{Set: []profile.Value{{Name: "id", Value: int64(7)}}}, get("/seed")},
		Scenarios: []profile.Scenario{{Name: "s", Weight: 1, Steps: []profile.Step{get("/a/${id}")}}}}
	program, err := scenario.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{200, 500} {
		sim := &simulation{latency: always(time.Millisecond), answer: func(*scenario.Request) http1.Result {
			return http1.Result{Response: scenario.Response{Status: status}}
		}}
		arm := New(program, profile.Arrival{Users: 1}, sim)
		err := arm.Setup(context.Background())
		if (err == nil) != (status == 200) || len(sim.sent) != 1 || sim.sent[0].path != "/seed" {
			t.Errorf("status %d: error %v after %v", status, err, sim.sent)
		}
		if err == nil {
			load(t, arm, time.Millisecond)
			if last := sim.sent[len(sim.sent)-1]; last.path != "/a/7" {
				t.Errorf("a scenario after the setup sent %v", last)
			}
		}
	}
}

// The limit of an open model is none of a closed one.
func TestManyUsers(t *testing.T) {
	const users = profile.DefaultMaxUsers + 1
	arm := New(compile(t, get("/a")), profile.Arrival{Users: users}, &simulation{latency: always(time.Second)})
	load(t, arm, time.Second)
	if rec := arm.Take(); rec.Started != users || arm.Waiting() != 0 {
		t.Errorf("%d users began, %d arrivals wait", rec.Started, arm.Waiting())
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
