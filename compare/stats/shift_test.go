package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestOneSampleEdges(t *testing.T) {
	tests := []struct {
		name string
		d    []float64
		want Shift
	}{
		{"one", []float64{3}, Shift{3, 3, 3}},
		{"too few for the confidence", []float64{1, 2, 3, 4, 5}, Shift{3, 1, 5}},
		{"all zero", make([]float64, 8), Shift{}},
		{"all the same", []float64{2, 2, 2, 2, 2, 2, 2, 2}, Shift{2, 2, 2}},
	}
	for _, test := range tests {
		if got := OneSample(test.d, 0.95); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
	if got := OneSample(nil, 0.95); !math.IsNaN(got.Estimate) || !math.IsNaN(got.Low) || !math.IsNaN(got.High) {
		t.Errorf("nothing: got %v, want NaN", got)
	}
	if got := TwoSample([]float64{1}, nil, 0.95); !math.IsNaN(got.Estimate) {
		t.Errorf("nothing to compare with: got %v, want NaN", got)
	}
	if got, want := TwoSample([]float64{5, 6}, []float64{1, 1}, 0.95), (Shift{4.5, 4, 5}); got != want {
		t.Errorf("too few for the confidence: got %v, want %v", got, want)
	}
}

// TestIntervalsCover: an interval of 95 % holds the truth in at least as many cases.
func TestIntervalsCover(t *testing.T) {
	const runs = 600
	r := rand.New(rand.NewPCG(11, 1))
	for _, n := range []int{8, 26} {
		one, two := 0, 0
		for range runs {
			if s := OneSample(normals(r, n, 1), 0.95); s.Low <= 1 && 1 <= s.High {
				one++
			}
			if s := TwoSample(normals(r, n, 1), normals(r, n, 0), 0.95); s.Low <= 1 && 1 <= s.High {
				two++
			}
		}
		// 4.4 standard deviations below 95 %, and so sharp as to miss sometimes.
		for _, covered := range []int{one, two} {
			if covered < 546 || covered == runs {
				t.Errorf("%d values: %d of %d intervals hold the truth", n, covered, runs)
			}
		}
	}
}

func TestShiftsLeaveTheirArgumentsAlone(t *testing.T) {
	v := []float64{3, 1, 2, 9, 5, 4}
	kept := slices.Clone(v)
	OneSample(v, 0.95)
	TwoSample(v, v, 0.95)
	Spread(v)
	Median(v)
	MannWhitney(v, v)
	if !slices.Equal(v, kept) {
		t.Errorf("%v became %v", kept, v)
	}
}

func TestMannWhitneyEdges(t *testing.T) {
	if u, less, greater := MannWhitney(nil, []float64{1}); u != 0 || less != 1 || greater != 1 {
		t.Errorf("an empty sample: U %v, p %v and %v", u, less, greater)
	}
	same := make([]float64, 40)
	for _, n := range []int{5, 40} {
		if u, less, greater := MannWhitney(same[:n], same[:n]); u != float64(n*n)/2 || less != 1 || greater != 1 {
			t.Errorf("all %d values equal: U %v, p %v and %v", n, u, less, greater)
		}
	}
}

func TestSpread(t *testing.T) {
	if got := Spread([]float64{1}); got != 0 {
		t.Errorf("one value: %v", got)
	}
	if got := Spread(slices.Repeat([]float64{0.1}, 8)); got != 0 {
		t.Errorf("all values equal: %v", got)
	}
	// sd(c(1, 1, 1, 1, 1, 1, 1, 50)) in R.
	if got := Spread([]float64{1, 1, 1, 1, 1, 1, 1, 50}); math.Abs(got-17.3241161390704) > 1e-9 {
		t.Errorf("one outlier among equal values: %v", got)
	}
	r := rand.New(rand.NewPCG(12, 1))
	for _, n := range []int{5, 8, 12, 13, 34} {
		sum := 0.0
		for range 500 {
			sum += Spread(each(normals(r, n, 0), func(v float64) float64 { return 3 * v }))
		}
		if mean := sum / 500; math.Abs(mean-3) > 0.2 {
			t.Errorf("%d values of standard deviation 3: %v in the mean", n, mean)
		}
	}
}

// TestVisible compares the formula with simulated tests.
func TestVisible(t *testing.T) {
	for _, test := range []struct {
		n     int
		level float64
	}{{8, 0.004}, {12, 0.002}, {24, 0.001}} {
		const runs = 200
		x := NewExchanges(test.n, 1)
		x.count = min(x.count, 5000) // the first ones are a sample as well
		r := rand.New(rand.NewPCG(13, uint64(test.n)))
		for _, limit := range []float64{0, 2} {
			change, called := Visible(1, test.n, test.level, limit), 0
			for range runs {
				d := normals(r, test.n, change)
				p := x.StepDown([]Sample{{D: d, Limit: limit}})
				if p[0] <= test.level && OneSample(d, 0.95).Estimate > limit {
					called++
				}
			}
			if called < runs*70/100 || called > runs*90/100 {
				t.Errorf("%d blocks, limit %g: a change of %.2f is called %d times in %d, want about 80 %%", test.n, limit, change, called, runs)
			}
		}
	}
	if got := Visible(1, 7, 0.004, 0); !math.IsInf(got, 1) {
		t.Errorf("7 blocks cannot reach 0.004, and yet %v is visible", got)
	}
}

func TestClear(t *testing.T) {
	const runs, limit = 500, 3.0
	r := rand.New(rand.NewPCG(14, 1))
	for _, n := range []int{8, 12, 24} {
		change, passed := Clear(1, n, 0.95, limit), 0
		for range runs {
			if OneSample(normals(r, n, change), 0.95).High < limit {
				passed++
			}
		}
		if passed < runs*70/100 || passed > runs*90/100 {
			t.Errorf("%d blocks: a change of %.2f passes %d times in %d, want about 80 %%", n, change, passed, runs)
		}
	}
}
