package load

import (
	"math"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

func stage(d time.Duration, from, to float64) profile.Stage {
	return profile.Stage{For: d, Rate: profile.Ramp{From: from, To: to}}
}

func users(d time.Duration, from, to float64) profile.Stage {
	return profile.Stage{For: d, Users: profile.Ramp{From: from, To: to}}
}

// The gaps of a Poisson process vary as much as they last, and its counts in
// windows as much as their mean.
func TestPoissonArrivals(t *testing.T) {
	const n, rate = 100_000, 200.0
	p := newPacer(compile(t, get("/a")), profile.Arrival{Rate: rate, Spacing: profile.Poisson})
	var last time.Duration
	var sum, squares float64
	for range n {
		gap := (p.due - last).Seconds() * rate
		sum, squares, last = sum+gap, squares+gap*gap, p.due
		p.advance()
	}
	mean := sum / n
	cv := math.Sqrt(squares/n-mean*mean) / mean
	if math.Abs(mean-1) > 0.02 || math.Abs(cv-1) > 0.02 {
		t.Errorf("gaps of %.3f times the mean one that is wanted, and their CV is %.3f", mean, cv)
	}
}

// A ramp stretches the gaps: as many arrivals fall due as the rate's integral.
func TestPoissonFollowsItsStages(t *testing.T) {
	stages := []profile.Stage{stage(100*time.Second, 0, 1000), stage(100*time.Second, 100, 100)}
	p := newPacer(compile(t, get("/a")), profile.Arrival{Stages: stages, Spacing: profile.Poisson})
	p.begin(staged(stages), 0)
	var counts [4]float64 // of 50 s each
	for ; p.due < 200*time.Second; p.advance() {
		counts[p.due/(50*time.Second)]++
	}
	for i, want := range []float64{12_500, 37_500, 5_000, 5_000} {
		if math.Abs(counts[i]-want) > 4*math.Sqrt(want) {
			t.Errorf("quarter %d has %v arrivals, want about %v", i, counts[i], want)
		}
	}
}

// The warm-up has the mean level of the first stage, and takes nothing from it.
func TestStagesOfARate(t *testing.T) {
	for _, turn := range []time.Duration{3 * time.Second, 100 * time.Millisecond, 7 * time.Millisecond} {
		sim := &simulation{latency: always(time.Millisecond)}
		stages := []profile.Stage{stage(time.Second, 0, 100), stage(time.Second, 100, 100), stage(time.Second, 100, 20)}
		arm := New(compile(t, get("/a")), profile.Arrival{Stages: stages}, sim)
		load(t, arm, 730*time.Millisecond)
		if n := len(sim.sent); n != 37 { // at 0 ms, 20 ms, … 720 ms
			t.Fatalf("%d requests in the warm-up", n)
		}
		arm.Begin()
		began, sent := sim.now, len(sim.sent)
		for range 3 * time.Second / turn {
			load(t, arm, turn)
		}
		rec := arm.Take()
		if want := int64(area(stages, rec.Load)); rec.Planned != want && rec.Planned != want+1 || rec.Started != rec.Planned {
			t.Errorf("in turns of %v: planned %d, started %d, want %d", turn, rec.Planned, rec.Started, want)
		}
		if turn != 3*time.Second {
			continue // the waits for answers are between the turns
		}
		for k, s := range sim.sent[sent:] {
			if got := area(stages, s.at-began); math.Abs(got-float64(k)) > 1e-6 {
				t.Fatalf("request %d was sent where the integral is %v", k, got)
			}
		}
	}
}

func TestStagesBeginAnewInEachTrial(t *testing.T) {
	sim := &simulation{latency: always(time.Millisecond)}
	arm := New(compile(t, get("/a")), profile.Arrival{Stages: []profile.Stage{stage(time.Second, 10, 90)}}, sim)
	for range 3 {
		load(t, arm, 333*time.Millisecond)
		arm.Begin()
		load(t, arm, time.Second)
		if rec := arm.Take(); rec.Planned != 50 || rec.Load != time.Second {
			t.Errorf("planned %d in %v", rec.Planned, rec.Load)
		}
	}
}

// Users come one after the other, and go when their scenario is over.
func TestStagesOfUsers(t *testing.T) {
	const answer = 10 * time.Millisecond
	sim := &simulation{latency: always(answer)}
	stages := []profile.Stage{users(time.Second, 0, 10), users(time.Second, 10, 10), users(time.Second, 10, 4), users(time.Second, 0, 0), users(time.Second, 2, 2)}
	arm := New(compile(t, get("/a")), profile.Arrival{Stages: stages}, sim)
	load(t, arm, time.Second)
	if n := arm.Take().Steps[0].Requests; n != 5*100 {
		t.Errorf("%d requests in the warm-up, want those of the 5 users that the first stage has in the mean", n)
	}
	arm.Begin()
	began, sent := sim.now, len(sim.sent)
	load(t, arm, 5*time.Second)
	busy := make([]int, 50) // requests in each 100 ms
	for _, s := range sim.sent[sent:] {
		busy[(s.at-began)/(100*time.Millisecond)]++
	}
	for window, n := range busy {
		middle := time.Duration(window)*100*time.Millisecond + 50*time.Millisecond
		want := 10 * level(stages, middle)
		if math.Abs(float64(n)-want) > 11 { // a user more or less
			t.Errorf("%d requests about %v, want %.0f", n, middle, want)
		}
	}
}

// level is that of stages at a time, written down apart from shapes.
func level(stages []profile.Stage, at time.Duration) float64 {
	for _, s := range stages {
		if at < s.For {
			return s.Level().From + (s.Level().To-s.Level().From)*at.Seconds()/s.For.Seconds()
		}
		at -= s.For
	}
	return 0
}

// What a user of a closed model asks for does not depend on when it is at work.
func TestStagedUsersAskForTheSame(t *testing.T) {
	ask := func(latency time.Duration, stages ...profile.Stage) map[string]bool {
		sim := &simulation{latency: always(latency)}
		arm := New(compile(t, get("/a?n=${randint(1, 1000000000)}")), profile.Arrival{Stages: stages}, sim)
		arm.Begin()
		load(t, arm, 4*time.Second)
		seen := map[string]bool{}
		for _, s := range sim.sent {
			seen[s.path] = true
		}
		return seen
	}
	fast := ask(time.Millisecond, users(2*time.Second, 1, 5), users(2*time.Second, 5, 1))
	slow := ask(70*time.Millisecond, users(2*time.Second, 1, 5), users(2*time.Second, 5, 1))
	for path := range slow {
		if !fast[path] {
			t.Fatalf("%s is asked of the slow service only", path)
		}
	}
	if len(slow) < 100 || len(fast) < 10*len(slow) {
		t.Errorf("%d and %d requests", len(fast), len(slow))
	}
}
