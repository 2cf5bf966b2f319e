package compare

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// noise is the standard deviation of a block's log ratio on a quiet machine.
// Recorded on two quiet cores in turns of 100 ms (testdata/blocks.csv) was
// p50 1.3 %, p90 1.8, p99 3, throughput 1.3 and CPU 0.7.
var noise = map[string]float64{
	"p50": 0.010, "p90": 0.015, "p99": 0.04, "tail": 0.06, "throughput": 0.010,
	"cpu_per_request": 0.007, "peak_memory": 0.01,
}

// gatedFirst is the order in which metrics of the whole trial are gated; where
// there are more gates, they are p50 and error rate of step after step.
var gatedFirst = []string{"p50", "p90", "p99", "throughput", "cpu_per_request", "tail", "peak_memory", "error_rate"}

// A shape says how blocks differ from each other.
type shape string

const (
	normal    shape = "normal"
	tails     shape = "t4"        // Student's t with 4 degrees of freedom
	bursts    shape = "bursts"    // normal, and 5 standard deviations more, up or down, in 5 % of the blocks
	drift     shape = "drift"     // normal, on a machine whose mood walks from block to block
	dependent shape = "dependent" // normal, half of the variance common to all metrics
)

// moodStep is the standard deviation of the walk of a machine's mood from
// block to block, in the logarithm of its speed: as much as p50 varies by itself.
const moodStep = 0.010

// A world makes comparisons whose truth is known.
type world struct {
	Noise   float64 `json:"noise"`            // times the quiet machine's
	Shape   shape   `json:"shape"`            //
	Metrics int     `json:"metrics"`          // gated, with the default thresholds
	Change  float64 `json:"change"`           // share by which head's latencies, CPU time and time a request are longer
	Errors  float64 `json:"errors,omitempty"` // share of requests that fail on both sides
}

// A simulation is one comparison: the series grow block by block.
type simulation struct {
	world
	seed   uint64
	random *rand.Rand
	mood   float64 // of the machine: by how much everything takes longer, as a logarithm; both arms share it
	series []series
}

// start begins the i-th comparison of a world. Each of each world draws its own numbers.
func (w world) start(seed uint64, i int) *simulation {
	stream := fnv.New64a()
	fmt.Fprintf(stream, "%v %d", w, i)
	s := &simulation{world: w, random: rand.New(rand.NewPCG(seed, stream.Sum64()))}
	s.seed = s.random.Uint64()
	for k := range w.Metrics {
		key, thresholds := bench.Key{}, bench.DefaultThresholds
		if k < len(gatedFirst) {
			key.Metric = gatedFirst[k]
		} else {
			beyond := k - len(gatedFirst)
			key.Step = fmt.Sprintf("step %d", beyond/2)
			key.Metric, thresholds = []string{"p50", "error_rate"}[beyond%2], bench.DefaultStepThresholds
		}
		m, err := bench.MetricByName(key.Metric)
		if err != nil {
			panic(err)
		}
		s.series = append(s.series, series{profile: "simulated", metric: m, role: gated,
			gate: bench.Gate{Key: key, Threshold: thresholds[key.Metric]}})
	}
	return s
}

// block measures one more block.
func (s *simulation) block() {
	if s.Shape == drift {
		s.mood += moodStep * s.Noise * s.random.NormFloat64()
	}
	common := s.random.NormFloat64()
	for i := range s.series {
		x := &s.series[i]
		x.blocks = append(x.blocks, len(x.blocks))
		if x.metric.Scale == bench.Difference {
			x.base, x.head = append(x.base, s.rate()), append(x.head, s.rate())
			continue
		}
		base, head := s.trial(noise[x.metric.Name]*s.Noise, common)
		if x.metric.Name != "peak_memory" {
			base += s.mood
			head += s.mood + math.Log1p(s.Change)
		}
		x.base = append(x.base, 0.01*math.Exp(sign(x.metric)*base))
		x.head = append(x.head, 0.01*math.Exp(sign(x.metric)*head))
	}
}

// trial draws both arms' deviations in a block. Their difference has the
// world's shape and the given standard deviation; where that is normal, the
// arms are independent of each other.
func (s *simulation) trial(sd, common float64) (base, head float64) {
	d, both := sd*s.draw(common), sd/2*s.random.NormFloat64()
	return both - d/2, both + d/2
}

// draw returns a number of the world's shape. Its standard deviation is 1, but
// for bursts, which come on top.
func (s *simulation) draw(common float64) float64 {
	z := s.random.NormFloat64()
	switch s.Shape {
	case tails:
		chi := 0.0
		for range 4 {
			v := s.random.NormFloat64()
			chi += v * v
		}
		return z / math.Sqrt(chi/4) / math.Sqrt2
	case bursts:
		if s.random.Float64() < 0.05 {
			z += math.Copysign(5, s.random.Float64()-0.5)
		}
	case dependent:
		return math.Sqrt(0.5)*common + math.Sqrt(0.5)*z
	}
	return z
}

// rate draws the error rate of a trial of 2,000 requests, from one failure to
// the next.
func (s *simulation) rate() float64 {
	if s.Errors == 0 {
		return 0
	}
	failed := -1
	for at := 0.0; at <= 2000; failed++ {
		at += 1 + math.Floor(math.Log(1-s.random.Float64())/math.Log1p(-s.Errors))
	}
	return float64(failed) / 2000
}

// measure adds blocks until there are so many.
func (s *simulation) measure(blocks int) {
	for len(s.series[0].blocks) < blocks {
		s.block()
	}
}

// look judges when so many blocks are measured.
func (s *simulation) look(blocks int) *Comparison {
	s.measure(blocks)
	return lookAt(s.series, s.series[0].blocks, s.seed, blocks == MaxBlocks)
}

// run measures and judges as the measuring loop does with all the budget that
// it needs, and returns the decided comparison.
func (s *simulation) run() *Comparison {
	for n := NextLook(0); ; n = NextLook(n) {
		if c := s.look(n); c.Decided {
			return c
		}
	}
}

// A tally counts what becomes of comparisons.
type tally struct {
	Comparisons  int     `json:"comparisons"`
	Regression   int     `json:"regression"`
	Pass         int     `json:"pass"`
	Improvement  int     `json:"improvement"`
	Inconclusive int     `json:"inconclusive"`
	Blocks       float64 `json:"blocks"` // mean of a comparison
}

// A cell is what becomes of comparisons of one world.
type cell struct {
	world
	tally
	First tally `json:"first"` // of the first few comparisons alone
}

// few comparisons can be repeated in every test, to see that they end as they did.
const few = 20

func (w world) simulate(n int, seed uint64) cell {
	all := inParallel(n, func(i int) *Comparison {
		c := w.start(seed, i).run()
		return &Comparison{Verdict: c.Verdict, Blocks: c.Blocks}
	})
	return cell{world: w, tally: tallyOf(all), First: tallyOf(all[:min(n, few)])}
}

func tallyOf(all []*Comparison) tally {
	t, blocks := tally{Comparisons: len(all)}, 0
	for _, c := range all {
		*t.count(c.Verdict)++
		blocks += c.Blocks
	}
	t.Blocks = float64(blocks) / float64(len(all))
	return t
}

// count returns the counter of a verdict.
func (t *tally) count(v Verdict) *int {
	return map[Verdict]*int{Regression: &t.Regression, Pass: &t.Pass, Improvement: &t.Improvement, Inconclusive: &t.Inconclusive}[v]
}

func (t *tally) share(v Verdict) float64 { return float64(*t.count(v)) / float64(t.Comparisons) }

// inParallel returns f(0) to f(n-1).
func inParallel[T any](n int, f func(int) T) []T {
	out := make([]T, n)
	var working sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for first := range workers {
		working.Go(func() {
			for i := first; i < n; i += workers {
				out[i] = f(i)
			}
		})
	}
	working.Wait()
	return out
}

// TestSimulateFew notices a rule that is no longer the one that was recorded:
// where verdicts are mixed, the first comparisons end as they did then.
func TestSimulateFew(t *testing.T) {
	r := readSimulated(t)
	for _, w := range []world{
		{Noise: 2, Shape: normal, Metrics: 40, Change: 0.02},
		{Noise: 4, Shape: normal, Metrics: 10, Change: 0.02},
		{Noise: 4, Shape: bursts, Metrics: 10},
		{Noise: 8, Shape: drift, Metrics: 10, Change: 0.05},
		{Noise: 8, Shape: dependent, Metrics: 10, Change: 0.05},
	} {
		i := slices.IndexFunc(r.Cells, func(c cell) bool { return c.world == w })
		if i < 0 {
			t.Fatalf("%+v is not recorded: make simulate", w)
		}
		if got, want := w.simulate(few, r.Seed).tally, r.Cells[i].First; got != want {
			t.Errorf("%+v: the first end as %+v, recorded is %+v: make simulate", w, got, want)
		}
	}
	for _, rule := range rules {
		w := world{Noise: 4, Shape: normal, Metrics: usualMetrics, Errors: rule.errors}
		i := slices.IndexFunc(r.Rules, func(c ruleCell) bool { return c.rule.Name == rule.Name && c.world == w })
		if i < 0 {
			t.Fatalf("%s of %+v is not recorded: make simulate", rule.Name, w)
		}
		if got, want := rule.simulate(w, few, r.Seed).Alarms, r.Rules[i].First; got != want {
			t.Errorf("%s: %d of the first %d of %+v are alarms, recorded are %d: make simulate", rule.Name, got, few, w, want)
		}
	}
}

// TestSimulateUnrecorded asserts of worlds that are not recorded what a few
// comparisons can tell.
func TestSimulateUnrecorded(t *testing.T) {
	tests := []struct {
		name  string
		world world
		most  map[Verdict]float64 // chance of each verdict that is not to be exceeded
	}{
		{"nothing changed, errors on both sides", world{Noise: 1, Shape: normal, Metrics: 10, Errors: 0.005},
			map[Verdict]float64{Regression: 0.01, Improvement: 0.01}},
		{"10 % faster", world{Noise: 1, Shape: normal, Metrics: 10, Change: -0.10},
			map[Verdict]float64{Regression: 0.01, Pass: 0.001, Inconclusive: 0.02}},
	}
	for _, test := range tests {
		c := test.world.simulate(few, 1)
		for verdict, chance := range test.most {
			if p := binomialTail(few, *c.count(verdict), chance); p < 1e-5 {
				t.Errorf("%s: %d of %d are called %s, which has a chance of %.2g if %g of all are",
					test.name, *c.count(verdict), few, verdict, p, chance)
			}
		}
	}
}

// binomialTail returns the chance of at least k successes in n.
func binomialTail(n, k int, chance float64) (p float64) {
	lgamma := func(v int) float64 { l, _ := math.Lgamma(float64(v)); return l }
	for i := k; i <= n; i++ {
		p += math.Exp(lgamma(n+1) - lgamma(i+1) - lgamma(n-i+1) + float64(i)*math.Log(chance) + float64(n-i)*math.Log1p(-chance))
	}
	return p
}

// TestSimulationsRepeat: the same seed gives the same counts, however many
// work on them.
func TestSimulationsRepeat(t *testing.T) {
	w := world{Noise: 4, Shape: dependent, Metrics: 5, Change: 0.05}
	want := w.simulate(12, 3)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if got := w.simulate(12, 3); got != want {
		t.Errorf("with one worker %+v, with more %+v", got, want)
	}
}

// BenchmarkLook examines 40 gated metrics of which some are called.
func BenchmarkLook(b *testing.B) {
	for _, blocks := range []int{8, 12, 34} {
		b.Run(fmt.Sprintf("%d blocks", blocks), func(b *testing.B) {
			s := world{Noise: 1, Shape: dependent, Metrics: 40, Change: 0.05}.start(1, 0)
			for b.Loop() {
				s.look(blocks)
			}
		})
	}
}
