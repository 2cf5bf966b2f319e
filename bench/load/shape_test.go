package load

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// randomStages draws stages of all kinds: level, rising, falling, and idle ones.
func randomStages(rng *rand.Rand) []profile.Stage {
	stages := make([]profile.Stage, 1+rng.IntN(5))
	level := float64(1 + rng.IntN(500))
	for i := range stages {
		to := level
		switch rng.IntN(4) {
		case 0:
			to = float64(rng.IntN(500))
		case 1:
			to = 0
		case 2:
			level = float64(rng.IntN(500)) // a jump
			to = level
		}
		stages[i] = profile.Stage{For: time.Duration(1 + rng.Int64N(int64(20*time.Second))), Rate: profile.Ramp{From: level, To: to}}
		level = to
	}
	return stages
}

// area is what lies under the level of stages up to a time: the integral that
// a shape inverts, written down apart.
func area(stages []profile.Stage, upTo time.Duration) (sum float64) {
	for _, s := range stages {
		r := s.Level()
		d := min(upTo, s.For).Seconds()
		sum += r.From*d + (r.To-r.From)/s.For.Seconds()*d*d/2
		if upTo -= s.For; upTo <= 0 {
			break
		}
	}
	return sum
}

func length(stages []profile.Stage) (sum time.Duration) {
	for _, s := range stages {
		sum += s.For
	}
	return sum
}

// Between two arrivals lies an area of 1, however the rate changes: the n-th
// falls due where the integral of the rate is n, and none is early or missing.
func TestReachedInvertsTheArea(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		stages := randomStages(rng)
		s, end := staged(stages), length(stages)
		last, whole := time.Duration(-1), area(stages, end)
		n := 0.0
		for ; ; n++ {
			at := s.reached(n)
			if at > end {
				break
			}
			if at < last {
				t.Fatalf("%+v: arrival %v at %v, after one at %v", stages, n, at, last)
			}
			if got := area(stages, at); math.Abs(got-n) > 1e-6*(1+n) {
				t.Fatalf("%+v: arrival %v at %v, where the area is %v", stages, n, at, got)
			}
			last = at
		}
		if n < whole-1e-6 || n > whole+1+1e-6 {
			t.Fatalf("%+v: %v arrivals, want %v", stages, n, whole)
		}
	}
}

func TestShapeAtItsSeams(t *testing.T) {
	const s = time.Second
	steps := staged([]profile.Stage{stage(s, 2, 2), stage(s, 0, 0), stage(2*s, 0, 4), stage(s, 4, 0)})
	for _, test := range []struct {
		n    float64
		want time.Duration
	}{
		{0, 0}, {1, s / 2},
		{2, 2 * s},       // due as the idle stage begins, when nothing arrives: so when it ends
		{3, 3 * s},       // a ramp's first arrival: t² = 1
		{6, 4 * s},       // at the top
		{7.5, 4*s + s/2}, // 2 (1 - (1-t)²) = 1.5
		{8, 5 * s},       // at the foot
		{8.0001, never},  // and then none
	} {
		if got := steps.reached(test.n); got != test.want {
			t.Errorf("area of %v at %v, want %v", test.n, got, test.want)
		}
	}
	if got := flat(100).reached(1e9); got != 1e7*s {
		t.Errorf("arrival 1e9 of 100/s at %v", got)
	}
}

func TestAbove(t *testing.T) {
	const s = time.Second
	hill := staged([]profile.Stage{users(10*s, 0, 50), users(s, 50, 50), users(10*s, 50, 10), users(s, 10, 10), users(s, 40, 40)})
	for _, test := range []struct {
		x         float64
		now, want time.Duration
	}{
		{0, 0, 1}, {1, 0, s/5 + 1}, {49, 0, 9800*time.Millisecond + 1}, {50, 0, never},
		{49, 10 * s, 10 * s}, {49, 11 * s, 11 * s}, {49, 11*s + s/4, never},
		{10, 20 * s, 20 * s}, {10, 21 * s, 22 * s}, {39, 21 * s, 22 * s}, {40, 21 * s, never},
		{9, 21 * s, 21 * s}, {39, time.Hour, time.Hour},
	} {
		if got := hill.above(test.x, test.now); got != test.want {
			t.Errorf("above %v from %v on: %v, want %v", test.x, test.now, got, test.want)
		}
	}
}

func TestQueue(t *testing.T) {
	var q queue
	in, out := time.Duration(0), time.Duration(0)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		for range rng.IntN(5) {
			q.push(in)
			in++
		}
		for q.len() > 0 && rng.IntN(3) > 0 {
			if got := q.pop(); got != out {
				t.Fatalf("got %v, want %v", got, out)
			}
			out++
		}
		if q.len() != int(in-out) {
			t.Fatalf("%d wait, want %d", q.len(), in-out)
		}
	}
	if len(q.times) > 2*q.len()+10 {
		t.Errorf("%d are kept for %d that wait", len(q.times), q.len())
	}
}
