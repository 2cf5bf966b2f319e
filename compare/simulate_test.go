package compare

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

var (
	simulations = flag.Int("simulate", 20, "comparisons to simulate for each row of TestSimulate's table")
	simSeed     = flag.Uint64("simulate-seed", 1, "seed of the simulations")
)

// noise is the standard deviation of a block's log ratio for the default gates
// of a profile, as recorded on two quiet cores with turns of 100 ms
// (testdata/blocks.csv), tail and memory by experience.
var noise = map[string]float64{
	"p50": 0.013, "p90": 0.018, "p99": 0.03, "tail": 0.06, "throughput": 0.013,
	"cpu_per_request": 0.007, "peak_memory": 0.01,
}

// A world makes comparisons whose truth is known.
type world struct {
	steps  int     // each with a gated p50 and error_rate
	change float64 // share by which head's latencies and CPU time are longer
	noise  float64 // times the recorded one
	common float64 // share of a block's variance that all metrics have in common
	heavy  bool    // noise has the tails of Student's t with 3 degrees of freedom
	errors float64 // share of requests that fail on both sides
}

// A simulation is one comparison: the series grow block by block.
type simulation struct {
	world
	random *rand.Rand
	series []series
}

func (w world) start(seed uint64) *simulation {
	s := &simulation{world: w, random: rand.New(rand.NewPCG(seed, 7))}
	add := func(step, name string, threshold float64) {
		m, err := bench.MetricByName(name)
		if err != nil {
			panic(err)
		}
		s.series = append(s.series, series{profile: "simulated", metric: m, role: gated,
			gate: bench.Gate{Key: bench.Key{Step: step, Metric: name}, Threshold: threshold}})
	}
	for _, name := range bench.MetricNames() {
		add("", name, bench.DefaultThresholds[name])
	}
	for i := range w.steps {
		for _, name := range []string{"p50", "error_rate"} {
			add(fmt.Sprintf("step %d", i), name, bench.DefaultStepThresholds[name])
		}
	}
	return s
}

// block measures one more block.
func (s *simulation) block() {
	mood := s.random.NormFloat64() * 0.1 // of the machine; both arms share it
	common := s.draw()
	for i := range s.series {
		x := &s.series[i]
		x.blocks = append(x.blocks, len(x.blocks))
		if x.metric.Scale == bench.Difference {
			x.base, x.head = append(x.base, s.rate()), append(x.head, s.rate())
			continue
		}
		d := noise[x.metric.Name] * s.noise * (math.Sqrt(s.common)*common + math.Sqrt(1-s.common)*s.draw())
		if x.metric.Name != "peak_memory" {
			d += math.Log1p(s.change)
		}
		base := 0.01 * math.Exp(mood)
		x.base, x.head = append(x.base, base), append(x.head, base*math.Exp(sign(x.metric)*d))
	}
}

// set returns the blocks measured so far.
func (s *simulation) set() blockSet {
	return blockSet{measured: s.series[0].blocks, valid: s.series[0].blocks}
}

// rate draws the error rate of a trial of 2,000 requests, from one failure to
// the next.
func (s *simulation) rate() float64 {
	if s.errors == 0 {
		return 0
	}
	failed := -1
	for at := 0.0; at <= 2000; failed++ {
		at += 1 + math.Floor(math.Log(1-s.random.Float64())/math.Log1p(-s.errors))
	}
	return float64(failed) / 2000
}

// draw returns a number with variance 1.
func (s *simulation) draw() float64 {
	z := s.random.NormFloat64()
	if !s.heavy {
		return z
	}
	chi := 0.0
	for range 3 {
		v := s.random.NormFloat64()
		chi += v * v
	}
	return z / math.Sqrt(chi/3) / math.Sqrt(3)
}

// run measures and judges as the measuring loop does, up to maxBlocks, and
// returns the decided comparison.
func (w world) run(seed uint64, maxBlocks int) *Comparison {
	s := w.start(seed)
	for n := 1; ; n++ {
		s.block()
		last := n == maxBlocks
		if !last && !Due(n) {
			continue
		}
		c := &Comparison{Seed: seed, Blocks: n}
		c.look(s.series, s.set())
		c.weigh(s.set(), last || n >= MaxBlocks)
		if c.Decided {
			return c
		}
	}
}

// TestSimulate asserts how often the rule is right in worlds whose truth is
// known. A table that tells more: go test ./compare -run Simulate -v -simulate 2000
func TestSimulate(t *testing.T) {
	quiet := world{steps: 5, noise: 1, common: 0.5}
	with := func(edit func(*world)) world {
		w := quiet
		edit(&w)
		return w
	}
	tests := []struct {
		name  string
		world world
		most  map[Verdict]float64 // chance of each verdict that is not to be exceeded
	}{
		{"nothing changed", quiet, map[Verdict]float64{Regression: 0.01, Improvement: 0.01, Inconclusive: 0.01}},
		{"nothing changed, independent metrics", with(func(w *world) { w.steps, w.common = 16, 0 }),
			map[Verdict]float64{Regression: 0.01, Improvement: 0.01}},
		{"nothing changed, heavy tails", with(func(w *world) { w.heavy = true }), map[Verdict]float64{Regression: 0.01, Improvement: 0.01}},
		{"nothing changed, much noise", with(func(w *world) { w.noise = 3 }), map[Verdict]float64{Regression: 0.01, Improvement: 0.01}},
		{"nothing changed, errors on both sides", with(func(w *world) { w.errors = 0.005 }), map[Verdict]float64{Regression: 0.01, Improvement: 0.01}},
		{"5 % slower", with(func(w *world) { w.change = 0.05 }),
			map[Verdict]float64{Pass: 0.001, Improvement: 0.001, Inconclusive: 0.02}},
		{"5 % slower, much noise", with(func(w *world) { w.change, w.noise = 0.05, 3 }),
			map[Verdict]float64{Pass: 0.001, Improvement: 0.001, Inconclusive: 0.1}},
		{"5 % slower, independent metrics", with(func(w *world) { w.change, w.steps, w.common = 0.05, 16, 0 }),
			map[Verdict]float64{Pass: 0.001, Improvement: 0.001, Inconclusive: 0.02}},
		{"10 % faster", with(func(w *world) { w.change = -0.10 }),
			map[Verdict]float64{Regression: 0.01, Pass: 0.001, Inconclusive: 0.02}},
	}
	t.Logf("%d comparisons a row, seed %d", *simulations, *simSeed)
	for _, test := range tests {
		verdicts, blocks := test.world.simulate(*simulations, *simSeed)
		t.Logf("%s: %v; %.1f blocks", test.name, verdicts, float64(blocks)/float64(*simulations))
		for verdict, chance := range test.most {
			if p := binomialTail(*simulations, verdicts[verdict], chance); p < 1e-5 {
				t.Errorf("%s: %d of %d are called %s, which has a chance of %.2g if %g of all are",
					test.name, verdicts[verdict], *simulations, verdict, p, chance)
			}
		}
	}
}

func (w world) simulate(n int, seed uint64) (verdicts map[Verdict]int, blocks int) {
	verdicts = make(map[Verdict]int)
	for i := range n {
		c := w.run(seed+uint64(i), MaxBlocks)
		verdicts[c.Verdict]++
		blocks += c.Blocks
	}
	return verdicts, blocks
}

// binomialTail returns the chance of at least k successes in n.
func binomialTail(n, k int, chance float64) (p float64) {
	lgamma := func(v int) float64 { l, _ := math.Lgamma(float64(v)); return l }
	for i := k; i <= n; i++ {
		p += math.Exp(lgamma(n+1) - lgamma(i+1) - lgamma(n-i+1) + float64(i)*math.Log(chance) + float64(n-i)*math.Log1p(-chance))
	}
	return p
}

// BenchmarkLook examines 40 gated metrics of which some are called.
func BenchmarkLook(b *testing.B) {
	for _, blocks := range []int{8, 12, 34} {
		b.Run(fmt.Sprintf("%d blocks", blocks), func(b *testing.B) {
			s := world{steps: 16, noise: 1, common: 0.5, change: 0.05}.start(1)
			for range blocks {
				s.block()
			}
			for b.Loop() {
				new(Comparison).look(s.series, s.set())
			}
		})
	}
}
