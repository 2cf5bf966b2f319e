package main

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/compare"
)

func TestNextOfTwoDigits(t *testing.T) {
	for v, want := range map[float64]float64{
		0.1231: 0.13, 0.12: 0.13, 0.29: 0.3, 0.0983: 0.099, 0.0996: 0.1, 0.00314: 0.0032, 0.99: 1, 0.995: 1, 1.234: 1.3, 0.000105: 0.00011,
	} {
		if got := nextOfTwoDigits(v); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("%v: got %v, want %v", v, got, want)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		v := math.Exp(-8 * random.Float64())
		if got := nextOfTwoDigits(v); got <= v || got > 1.11*v {
			t.Errorf("%v: got %v", v, got)
		}
	}
}

// What is written for a metric lets the measurement pass that it was written for.
func TestEnoughPasses(t *testing.T) {
	runs := pairing("browse", "p1", "")
	for i, trial := range runs[1].Trials {
		for j := range trial.Steps {
			trial.Steps[j] = quickTrial(i, trial.Started, 1200*time.Microsecond, rand.New(rand.NewPCG(uint64(i), 3))).Steps[j]
		}
	}
	m, err := bench.MetricByName("p50")
	if err != nil {
		t.Fatal(err)
	}
	pair := compare.Pair{Base: runs[0], Head: runs[1], Gates: []bench.Gate{{Key: bench.Key{Metric: "p50"}, Threshold: 0.03}}}
	first, err := compare.Judge([]compare.Pair{pair}, compare.Options{Final: true})
	if err != nil || first.Verdict != compare.Regression {
		t.Fatalf("%v, %v", first, err)
	}
	a := bench.Acceptance{Profile: "browse", Key: bench.Key{Metric: "p50"}}
	if a.UpTo, err = profile.ParseThreshold(profile.FormatThreshold(enough(&first.Deltas[0]), m), m); err != nil {
		t.Fatal(err)
	}
	again, err := compare.Judge([]compare.Pair{pair}, compare.Options{Final: true, Accepted: []bench.Acceptance{a}})
	if err != nil || again.Verdict != compare.Pass {
		t.Errorf("%v, %v with %v", again.Reasons, err, a.UpTo)
	}
}
