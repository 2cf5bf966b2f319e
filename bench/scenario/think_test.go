package scenario_test

import (
	"math"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// thinks returns what one think time is in each of n iterations.
func thinks(t *testing.T, think profile.Think, n uint64) []time.Duration {
	t.Helper()
	p := oneScenario(get("/"))
	p.Scenarios[0].Steps = append(p.Scenarios[0].Steps, profile.Step{Think: &think})
	u := compile(t, p).User(0)
	var out []time.Duration
	for i := range n {
		u.Begin(i)
		u.Next()
		if err := u.Accept(ok("")); err != nil {
			t.Fatal(err)
		}
		out = append(out, u.Next().Think)
	}
	return out
}

// The means and deviations are those of the cut laws, from the textbook.
func TestThinkLaws(t *testing.T) {
	const n = 20_000
	tests := map[string]struct {
		think           profile.Think
		mean, deviation float64 // ms
	}{
		"fixed":          {profile.Think{Min: 200e6, Max: 200e6}, 200, 0},
		"even":           {profile.Think{Min: 100e6, Max: 300e6}, 200, 57.735},
		"normal":         {profile.Think{Max: 400e6, Mean: 200e6, Spread: 50e6}, 200, 49.973},
		"wide normal":    {profile.Think{Max: 400e6, Mean: 200e6, Spread: 200e6}, 200, 107.912},
		"lopsided":       {profile.Think{Max: 1000e6, Mean: 100e6, Spread: 100e6}, 128.760, 79.353},
		"exponential":    {profile.Think{Max: 2000e6, Mean: 200e6}, 199.909, 199.545},
		"cut":            {profile.Think{Max: 400e6, Mean: 200e6}, 137.393, 105.060},
		"no spread left": {profile.Think{Max: 400e6, Mean: 200e6, Spread: 1}, 200, 0},
	}
	for name, test := range tests {
		sum, squares := 0.0, 0.0
		for _, d := range thinks(t, test.think, n) {
			if d < test.think.Min || d > test.think.Max {
				t.Fatalf("%s: %v is out of bounds", name, d)
			}
			ms := float64(d) / 1e6
			sum += ms
			squares += (ms - test.mean) * (ms - test.mean)
		}
		mean, deviation := sum/n, math.Sqrt(squares/n)
		if math.Abs(mean-test.mean) > 4*test.deviation/math.Sqrt(n)+1e-5 {
			t.Errorf("%s: mean %.3f ms, want %.3f", name, mean, test.mean)
		}
		if math.Abs(deviation-test.deviation) > 0.04*test.deviation+1e-5 {
			t.Errorf("%s: deviation %.3f ms, want %.3f", name, deviation, test.deviation)
		}
	}
}
