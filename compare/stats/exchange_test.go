package stats

import (
	"cmp"
	"math"
	"math/rand/v2"
	"testing"
)

// normals draws n numbers around mean.
func normals(r *rand.Rand, n int, mean float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = mean + r.NormFloat64()
	}
	return v
}

func each(v []float64, f func(float64) float64) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = f(v[i])
	}
	return out
}

func TestExchanges(t *testing.T) {
	for _, test := range []struct {
		blocks, count int
		sampled       bool
	}{{0, 1, false}, {1, 2, false}, {8, 256, false}, {12, 4096, false}, {13, 20000, true}, {70, 20000, true}} {
		x := NewExchanges(test.blocks, 1)
		if x.Count() != test.count || x.Sampled() != test.sampled {
			t.Errorf("%d blocks: %d exchanges, sampled %v; want %d, %v", test.blocks, x.Count(), x.Sampled(), test.count, test.sampled)
		}
	}
}

func TestExchangesEdges(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name    string
		d       []float64
		u       float64
		extreme int
	}{
		{"nothing", nil, 0, 1},
		{"all zero", make([]float64, 8), 32, 256},
		{"all worse by the same", []float64{1, 1, 1, 1, 1, 1, 1, 1}, 64, 1},
		{"all worse", []float64{1, 2, 3, 4, 5, 6, 7, 8}, 64, 1},
		{"all better", []float64{-1, -2, -3, -4, -5, -6, -7, -8}, 0, 256},
		{"a zero leaves the block's order open", []float64{0, 2, 3, 4, 5, 6, 7, 8}, 63.5, 2},
		{"the smallest the other way", []float64{-1, 2, 3, 4, 5, 6, 7, 8}, 63, 2},
		{"a missing block counts in neither", []float64{nan, 2, 3, 4, 5, 6, 7, 8}, 49, 2},
		{"one error in eight blocks", []float64{0, 0, 0, 0, 0, 0, 0, 0.01}, 39.5, 128},
	}
	for _, test := range tests {
		u, extreme := NewExchanges(len(test.d), 1).Test(test.d)
		if u != test.u || extreme != test.extreme {
			t.Errorf("%s: U %v, extreme %d; want %v, %d", test.name, u, extreme, test.u, test.extreme)
		}
	}
}

// TestUIsMannWhitneys computes U from the centred values themselves.
func TestUIsMannWhitneys(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for n := 1; n < 20; n++ {
		d := each(normals(r, n, 0.3), func(v float64) float64 { return math.Round(2 * v) })
		head := each(d, func(v float64) float64 { return v / 2 })
		base := each(d, func(v float64) float64 { return -v / 2 })
		want, _, _ := MannWhitney(head, base)
		if u, _ := NewExchanges(n, 1).Test(d); u != want {
			t.Errorf("%v: U %v, want %v", d, u, want)
		}
	}
}

func TestStepDownOfOneIsTheTest(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for _, n := range []int{5, 8, 12, 17} {
		d := normals(r, n, 0.5)
		x := NewExchanges(n, 9)
		_, extreme := x.Test(d)
		p := x.StepDown([]Sample{{D: d, Limit: math.Inf(-1)}})
		if want := float64(extreme) / float64(x.Count()); p[0] != want {
			t.Errorf("%d blocks: p %v, want %v", n, p[0], want)
		}
	}
}

// TestStepDownByHand redoes the procedure from its definition.
func TestStepDownByHand(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	const n = 7
	for range 20 {
		common := normals(r, n, 0)
		samples := make([]Sample, 5)
		for i := range samples {
			own := normals(r, n, 0.4*float64(i))
			for b := range own {
				own[b] += common[b]
			}
			samples[i] = Sample{D: own, Limit: 0.3}
		}
		samples[2].D[3] = math.NaN()
		got, want := NewExchanges(n, 1).StepDown(samples), stepDownByHand(samples, n)
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-12 {
				t.Fatalf("p %v, want %v", got, want)
			}
		}
	}
}

func stepDownByHand(samples []Sample, n int) []float64 {
	scoreOf := func(s Sample, mask int) score {
		var head, base, d []float64
		for b, v := range s.D {
			if math.IsNaN(v) {
				continue
			}
			if mask>>b&1 == 1 {
				v = -v
			}
			head, base, d = append(head, v/2), append(base, -v/2), append(d, v)
		}
		u := 0.0
		for _, h := range head {
			for _, b := range base {
				u += float64(1+cmp.Compare(h, b)) / 2
			}
		}
		mean, power, squares := 0.0, 0.0, 0.0
		for _, v := range d {
			mean += v / float64(len(d))
			power += v * v / float64(len(d))
		}
		for _, w := range rankWeights(d) {
			squares += float64(w*w) / 4
		}
		if mean <= s.Limit {
			return none
		}
		return score{(u - float64(len(d)*len(d))/2) / math.Sqrt(squares), mean / math.Sqrt(power)}
	}
	p := make([]float64, len(samples))
	left := make([]int, len(samples))
	for i := range samples {
		p[i], left[i] = 1, i
	}
	floor := 0.0
	for len(left) > 0 {
		at, best := 0, none
		for k, i := range left {
			if s := scoreOf(samples[i], 0); best.less(s) {
				at, best = k, s
			}
		}
		if best == none {
			break
		}
		count := 0
		for mask := range 1 << n {
			extreme := scoreOf(samples[left[at]], mask).u >= best.u-1e-9
			for k, i := range left {
				extreme = extreme || k != at && !scoreOf(samples[i], mask).less(best)
			}
			if extreme {
				count++
			}
		}
		floor = max(floor, float64(count)/float64(int(1)<<n))
		p[left[at]] = floor
		left = append(left[:at:at], left[at+1:]...)
	}
	return p
}

// Two samples whose D are all above zero but for one block of the second:
// flipping that block gives the second the same U as the first has.
func TestEqualScoresAreToldApartByEvenness(t *testing.T) {
	even := []float64{0.1, 0.11, 0.1, 0.12, 0.1, 0.11, 0.1, 0.1}
	uneven := []float64{0.01, 0.5, -0.02, 0.3, 0.1, 0.2, 0.05, 0.4}
	p := NewExchanges(8, 1).StepDown([]Sample{{D: even, Limit: 0.03}, {D: uneven, Limit: 0.03}})
	if want := 1.0 / 256; p[0] != want {
		t.Errorf("p of the even sample is %v, want %v", p[0], want)
	}
	if p[1] <= p[0] {
		t.Errorf("p of the uneven sample is %v, want more than %v", p[1], p[0])
	}
}

func TestStepDownProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	const n = 10
	x := NewExchanges(n, 1)
	for range 50 {
		a, b := normals(r, n, 0.8), normals(r, n, 0.2)
		p := x.StepDown([]Sample{{D: a}, {D: b}})

		order := r.Perm(n)
		shuffled := func(v []float64) []float64 {
			out := make([]float64, n)
			for i, at := range order {
				out[i] = v[at]
			}
			return out
		}
		if q := x.StepDown([]Sample{{D: shuffled(a)}, {D: shuffled(b)}}); q[0] != p[0] || q[1] != p[1] {
			t.Fatalf("another order of blocks: %v, want %v", q, p)
		}
		times := func(v []float64, by float64) []float64 { return each(v, func(x float64) float64 { return by * x }) }
		if q := x.StepDown([]Sample{{D: times(a, 1000)}, {D: times(b, 0.001)}}); q[0] != p[0] || q[1] != p[1] {
			t.Fatalf("other units: %v, want %v", q, p)
		}
		if q := x.StepDown([]Sample{{D: b}, {D: a}}); q[0] != p[1] || q[1] != p[0] {
			t.Fatalf("another order of metrics: %v, want %v swapped", q, p)
		}
		u, _ := x.Test(a)
		if v, _ := x.Test(times(a, -1)); u+v != n*n {
			t.Fatalf("U %v and, arms swapped, %v: want %d together", u, v, n*n)
		}
		for i, s := range [][]float64{a, b} {
			if single := x.StepDown([]Sample{{D: s}}); p[i] < single[0] {
				t.Fatalf("adjusted p %v is below that of the metric alone %v", p[i], single[0])
			}
		}
	}
}

// TestQuietMetricsDoNotCompete: a metric far below its limit does
// not weaken the test of another.
func TestQuietMetricsDoNotCompete(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	x := NewExchanges(8, 1)
	samples := []Sample{{D: []float64{.05, .06, .055, .045, .05, .052, .048, .051}, Limit: 0.03}}
	for range 499 {
		samples = append(samples, Sample{D: each(normals(r, 8, 0), func(v float64) float64 { return v / 100 }), Limit: 0.05})
	}
	if p := x.StepDown(samples); p[0] != 1.0/256 {
		t.Errorf("p of a clear change among 499 quiet metrics: %v, want 1/256", p[0])
	}
}

// TestErrorRateOfTheFamily: with nothing changed, the chance that any of ten
// metrics gets a p up to alpha is at most alpha.
func TestErrorRateOfTheFamily(t *testing.T) {
	const runs, alpha = 600, 0.05
	for _, n := range []int{8, 14} {
		r := rand.New(rand.NewPCG(8, uint64(n)))
		x := NewExchanges(n, 1)
		if x.Sampled() {
			x.count = 1000 // the first ones are a sample as well
		}
		joint, single := 0, 0
		for range runs {
			common := normals(r, n, 0)
			samples := make([]Sample, 10)
			for i := range samples {
				samples[i].D = normals(r, n, 0)
				for b := range common {
					samples[i].D[b] += common[b]
				}
			}
			lowest := 1.0
			for _, p := range x.StepDown(samples) {
				lowest = min(lowest, p)
			}
			if lowest <= alpha {
				joint++
			}
			if x.StepDown(samples[:1])[0] <= alpha {
				single++
			}
		}
		// 4.4 standard deviations of a count at alpha.
		bound := int(runs*alpha + 4.4*math.Sqrt(runs*alpha*(1-alpha)))
		if joint > bound || single > bound {
			t.Errorf("%d blocks: %d of the families and %d of the single tests are called in %d, at most %d fit %g", n, joint, single, runs, bound, alpha)
		}
		if joint < bound/4 {
			t.Errorf("%d blocks: only %d families of %d are called at %g: the test wastes its level", n, joint, runs, alpha)
		}
	}
}
