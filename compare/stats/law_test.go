package stats

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// exchanged returns d with the arms of the set bits' blocks exchanged.
func exchanged(d []float64, mask int) []float64 {
	out := slices.Clone(d)
	for b := range out {
		if mask>>b&1 == 1 {
			out[b] = -out[b]
		}
	}
	return out
}

// uniform asserts that of all outcomes, which are equally likely, the share
// with a p up to any of the p is that p.
func uniform(t *testing.T, what string, p []float64) {
	t.Helper()
	slices.Sort(p)
	for i, v := range p {
		if i+1 < len(p) && p[i+1] == v {
			continue
		}
		if share := float64(i+1) / float64(len(p)); math.Abs(share-v) > 1e-12 {
			t.Errorf("%s: a share of %v has p up to %v", what, share, v)
		}
	}
}

// TestNullLaws goes through all outcomes that are equally likely where nothing
// has changed.
func TestNullLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 1))
	x := NewExchanges(8, 1)
	samples := [][]float64{normals(r, 8, 0), {1, 1, 2, 2, 3, 0, 4, 4}, normals(r, 8, 2)}
	for _, d := range samples {
		var p []float64
		for mask := range 1 << len(d) {
			_, extreme := x.Test(exchanged(d, mask))
			p = append(p, float64(extreme)/float64(x.Count()))
		}
		uniform(t, "aligned", p)
	}

	values := []float64{3, 1, 4, 1, 5, 9, 2, 6, 5}
	var greater, less []float64
	for mask := range 1 << len(values) {
		if bits.OnesCount(uint(mask)) != 4 {
			continue
		}
		var x, y []float64
		for i, v := range values {
			if mask>>i&1 == 1 {
				x = append(x, v)
			} else {
				y = append(y, v)
			}
		}
		_, l, g := MannWhitney(x, y)
		greater, less = append(greater, g), append(less, l)
	}
	uniform(t, "Mann-Whitney, greater", greater)
	uniform(t, "Mann-Whitney, less", less)
}

// TestNullLawOfTheFamily: whatever the level, no greater share of the outcomes
// calls any of the metrics.
func TestNullLawOfTheFamily(t *testing.T) {
	const n = 8
	r := rand.New(rand.NewPCG(13, 1))
	x := NewExchanges(n, 1)
	data := make([][]float64, 6)
	for i := range data {
		data[i] = normals(r, n, 0)
	}
	var lowest []float64
	for mask := range 1 << n {
		samples := make([]Sample, len(data))
		for i, d := range data {
			samples[i] = Sample{D: exchanged(d, mask), Limit: 0.1 * float64(i)}
		}
		lowest = append(lowest, slices.Min(x.StepDown(samples)))
	}
	slices.Sort(lowest)
	for i, p := range lowest {
		if share := float64(i+1) / float64(len(lowest)); p < 1 && share > p+1e-12 {
			t.Errorf("a share of %v has a metric with p up to %v", share, p)
		}
	}
	if lowest[0] != 1.0/(1<<n) {
		t.Errorf("the most telling outcome has p %v, want 1/%d", lowest[0], 1<<n)
	}
}

// TestSwappedSamples: the first sample is as far above the second as the
// second is below the first.
func TestSwappedSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 1))
	for _, size := range [][2]int{{6, 9}, {40, 30}} {
		x, y := normals(r, size[0], 0.5), normals(r, size[1], 0)
		u, _, greater := MannWhitney(x, y)
		v, less, _ := MannWhitney(y, x)
		if u+v != float64(size[0]*size[1]) || math.Abs(greater-less) > 1e-12 {
			t.Errorf("%v values: U %v and %v, p %v and %v", size, u, v, greater, less)
		}
		there, back := TwoSample(x, y, 0.95), TwoSample(y, x, 0.95)
		if (Shift{-back.Estimate, -back.High, -back.Low}) != there {
			t.Errorf("%v values: shifts %v and %v", size, there, back)
		}
	}
}

// TestExchangesDoNotAllocate: what is allocated does not grow with the exchanges.
func TestExchangesDoNotAllocate(t *testing.T) {
	d := normals(rand.New(rand.NewPCG(15, 1)), 34, 1)
	x := NewExchanges(len(d), 1)
	if got := testing.AllocsPerRun(2, func() { x.Test(d) }); got > 10 {
		t.Errorf("Test allocates %v times for %d exchanges", got, x.Count())
	}
	if got := testing.AllocsPerRun(2, func() { x.StepDown([]Sample{{D: d}, {D: d}}) }); got > 30 {
		t.Errorf("StepDown allocates %v times for %d exchanges", got, x.Count())
	}
}
