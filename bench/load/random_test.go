package load

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/load/http1"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// Whatever the load and the service, all that was sent is counted once, and no
// user is lost.
func TestNothingIsLost(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		p := randomProfile(rng)
		program, err := scenario.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		var logins int64
		sim := &simulation{
			behind:  time.Duration(rng.IntN(3)) * 50 * time.Microsecond,
			latency: func(time.Duration) time.Duration { return time.Duration(1+rng.IntN(20_000)) * time.Microsecond },
			answer: func(r *scenario.Request) http1.Result {
				if r.Step < 0 {
					logins++
				}
				return randomAnswer(rng)
			},
		}
		arm := New(program.At("http", []string{"shop:80"}), p.Arrival, sim)
		for range 2 { // the warm-up and the trial
			waited := arm.queue.len()
			sim.sent, logins = nil, 0
			for range 10 {
				load(t, arm, time.Duration(1+rng.IntN(80))*time.Millisecond)
				sim.now += time.Duration(rng.IntN(100)) * time.Millisecond
				if n := usersOf(arm); n != len(arm.users) || arm.inFlight != 0 {
					t.Fatalf("seed %d: %d of %d users are left, with %d requests in flight", seed, n, len(arm.users), arm.inFlight)
				}
			}
			rec := arm.Take()
			if n := answersOf(t, rec); n != int64(len(sim.sent))-logins {
				t.Fatalf("seed %d: %d answers for %d requests, of which %d log in", seed, n, len(sim.sent), logins)
			}
			if left := int64(waited) + rec.Planned - rec.Started; p.Arrival.Open() && left != int64(arm.queue.len()) {
				t.Fatalf("seed %d: %d arrivals wait, want %d", seed, arm.queue.len(), left)
			}
			arm.Begin()
		}
	}
}

// usersOf counts those of whom an arm knows what they do next.
func usersOf(a *Arm) int {
	n := len(a.idle) + len(a.pending)
	for i := range a.sessions {
		n += len(a.sessions[i].waiting)
	}
	return n
}

// answersOf returns how many the measured steps had, those included that led to another request.
func answersOf(t *testing.T, rec Recording) (n int64) {
	for _, s := range rec.Steps[:rec.measured] {
		if s.Latency.Count() != s.Requests-s.Failed() || s.Service.Count() != s.Latency.Count() {
			t.Errorf("%s: %d latencies and %d service times of %d requests, of which %d failed", s.Name, s.Latency.Count(), s.Service.Count(), s.Requests, s.Failed())
		}
		n += s.Requests + s.Retried() + s.Redirects
	}
	return n
}

func randomAnswer(rng *rand.Rand) http1.Result {
	switch rng.IntN(10) {
	case 0:
		return unavailable
	case 1:
		return reset
	case 2:
		return http1.Result{Response: scenario.Response{Status: 302, Header: []byte("Location: /b\r\n")}}
	}
	return http1.Result{Response: scenario.Response{Status: 200}}
}

func randomProfile(rng *rand.Rand) *profile.Profile {
	step := func(path string) profile.Step {
		s := get(path)
		if rng.IntN(2) == 0 {
			backoff := time.Duration(rng.IntN(2)*rng.IntN(40)) * time.Millisecond
			s = retried(path, profile.Retry{Times: 2, Status: []int{503}, Kinds: []string{"reset"}, Backoff: backoff, Factor: 2, Max: time.Second})
		}
		s.Request.Redirects = new(2 * rng.IntN(2))
		return s
	}
	steps := []profile.Step{step("/a"), think(time.Duration(rng.IntN(30)) * time.Millisecond), step("/b"), transaction("pay", step("/c"), step("/d"))}
	p := &profile.Profile{Name: "test", Seed: rng.Uint64(), Timeout: time.Second,
		Scenarios: []profile.Scenario{{Name: "s", Weight: 1, Steps: steps[:1+rng.IntN(len(steps))]}}}
	if rng.IntN(2) == 0 {
		p.Login = []profile.Step{step("/login")}
	}
	p.Arrival = []profile.Arrival{
		{Users: 1 + rng.IntN(20)},
		{Rate: 1 + 2000*rng.Float64(), MaxUsers: 1 + rng.IntN(30), Sessions: rng.IntN(10)},
		{Stages: []profile.Stage{stage(200*time.Millisecond, 1, 500), stage(300*time.Millisecond, 100, 0)}},
		{Stages: []profile.Stage{users(200*time.Millisecond, 0, 10), users(300*time.Millisecond, 5, 2)}},
	}[rng.IntN(4)]
	return p
}
