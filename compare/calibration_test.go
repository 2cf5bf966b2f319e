package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// alone is a comparison of n blocks, 10 s each, of a subject with itself, whose
// gated metrics scatter by the given spreads of D.
func alone(n int, metrics map[string]float64) *Comparison {
	c := &Comparison{ID: "pairing", Created: start, Verdict: Pass, Blocks: n, Elapsed: time.Duration(n) * 10 * time.Second}
	for _, m := range bench.Metrics() {
		spread, ok := metrics[m.Name]
		if !ok {
			continue
		}
		d := Delta{Profile: "checkout", Key: bench.Key{Metric: m.Name}, Unit: m.Unit, Better: m.Better, Scale: m.Scale,
			Gated: true, Blocks: n, Base: 0.01, Threshold: bench.DefaultThresholds[m.Name]}
		d.Limit, d.Spread = d.Threshold, math.Abs(change(m, spread))
		c.Deltas = append(c.Deltas, d)
	}
	return c
}

func TestCalibrate(t *testing.T) {
	k := Calibrate(alone(12, map[string]float64{
		"p50":        0.01, // scatters a third of its limit
		"p90":        0.06, // more than its limit
		"tail":       3,    // beyond all help
		"throughput": 0.02,
		"error_rate": 0,
	}), 2*time.Minute)
	if !k.Usable || k.Block != 10*time.Second || k.Fits != 12 {
		t.Fatalf("usable %v, a block %v, %d fit", k.Usable, k.Block, k.Fits)
	}
	tests := map[string]struct {
		reachable bool
		need      int
		lowest    float64
	}{
		"p50":        {true, 8, 0.01},
		"p90":        {false, 17, 0.07},
		"tail":       {false, 0, 0},
		"throughput": {true, 8, 0.02},
		"error_rate": {true, 8, 0.001},
	}
	for _, n := range k.Metrics {
		want := tests[n.Metric]
		if n.Reachable != want.reachable || n.NeedBlocks != want.need || n.Lowest != want.lowest {
			t.Errorf("%s: reachable %v, at %d blocks, lowest %v; want %+v", n.Metric, n.Reachable, n.NeedBlocks, n.Lowest, want)
		}
		if n.NeedTime != time.Duration(want.need)*10*time.Second {
			t.Errorf("%s: %v for %d blocks", n.Metric, n.NeedTime, n.NeedBlocks)
		}
		if len(n.Visible) != len(looks) || !slices.IsSortedFunc(n.Visible, func(a, b float64) int { return int(math.Copysign(1, b-a)) }) && n.Spread > 0 {
			t.Errorf("%s: visible changes %v: want them to shrink look by look", n.Metric, n.Visible)
		}
		if n.Visible[0] < n.Limit {
			t.Errorf("%s: sees %v, below its limit of %v", n.Metric, n.Visible[0], n.Limit)
		}
	}
	want := []string{
		"a budget of 3m0s (17 blocks) brings within reach: p90",
		"the budget of 2m0s allows these thresholds: p90 7 %",
		"neither a budget nor a threshold would do: make trials longer, the machine quieter, or the gate advisory: tail",
	}
	if !slices.Equal(k.Advice, want) {
		t.Errorf("advice: %q\nwant %q", k.Advice, want)
	}
	if !strings.HasPrefix(k.Summary, "out of reach of the budget of 2m0s: 2 of 5 thresholds;") {
		t.Error(k.Summary)
	}
}

// The lowest threshold of a metric in units of its own is one of its size.
func TestCalibrationOfUnits(t *testing.T) {
	c := alone(12, map[string]float64{"memory_growth": 60e3})
	d := &c.Deltas[0]
	d.Threshold, d.Limit = 256<<10, 256<<10
	n := Calibrate(c, 2*time.Minute).Metrics[0]
	if n.Lowest < d.Spread/2 || n.Lowest > d.Limit || !n.Reachable {
		t.Errorf("lowest %v of a limit of %v with a spread of %v, reachable %v", n.Lowest, d.Limit, d.Spread, n.Reachable)
	}
}

// The numbers of a calibration are those by which comparisons are judged: what
// it says is seen or passes in 4 of 5 comparisons, the rule calls so about as often.
func TestCalibrationKeepsItsWord(t *testing.T) {
	const spread, comparisons = 0.045, 120
	k := Calibrate(alone(12, map[string]float64{"p50": spread}), 2*time.Minute)
	n := k.Metrics[0]
	verdicts := func(blocks int, threshold, shift float64) map[Verdict]int {
		count := make(map[Verdict]int)
		random := (world{Shape: normal}).start(1, 0)
		for range comparisons {
			d := make([]float64, blocks)
			for i := range d {
				d[i] = math.Log1p(shift) + spread*random.draw(0)
			}
			c := decided([]series{gatedSeries(t, bench.Key{Metric: "p50"}, threshold, d...)})
			count[c.Deltas[0].Verdict]++
		}
		return count
	}
	if got := verdicts(12, n.Limit, n.Visible[1])[Regression]; got < comparisons*7/10 || got > comparisons*9/10 {
		t.Errorf("a change of %v is called in %d of %d comparisons, want about 80 %%", n.Visible[1], got, comparisons)
	}
	if n.Reachable || n.Lowest == 0 {
		t.Fatalf("reachable %v, lowest %v: the test shows nothing", n.Reachable, n.Lowest)
	}
	if got := verdicts(k.Fits, n.Limit, 0)[Pass]; got >= comparisons*8/10 {
		t.Errorf("out of reach, and %d of %d pass", got, comparisons)
	}
	if got := verdicts(k.Fits, n.Lowest, 0)[Pass]; got < comparisons*3/4 {
		t.Errorf("with the lowest threshold, %v, %d of %d pass", n.Lowest, got, comparisons)
	}
	if got := verdicts(n.NeedBlocks, n.Limit, 0)[Pass]; got < comparisons*3/4 {
		t.Errorf("after %d blocks %d of %d pass", n.NeedBlocks, got, comparisons)
	}
}

func TestCalibrationThatShowsLittle(t *testing.T) {
	steady := map[string]float64{"p50": 0.005, "p99": 0.01}
	tests := []struct {
		name    string
		edit    func(*Comparison)
		usable  bool
		summary string // a part
		warning string // a part of the first, where not empty
	}{
		{"steady", func(*Comparison) {}, true, "within reach of the budget of 2m0s: 2 of 2 thresholds;", ""},
		{"false alarm", func(c *Comparison) {
			c.Verdict, c.Reasons, c.Deltas[0].Verdict = Regression, []string{"p50 rose"}, Regression
		}, true, "within reach", "regression is a false alarm: nothing has changed; by design at most 1 % of comparisons end in a false regression"},
		{"head dies now and then", func(c *Comparison) {
			c.Verdict, c.Reasons = Regression, []string{"head's service died in 3 of 15 blocks"}
		}, true,
			"within reach", "head's service died in 3 of 15 blocks, though both are the same: this is no false alarm"},
		{"invalid", func(c *Comparison) { c.Verdict, c.Reasons = Invalid, []string{"all is lost"} }, false, "all is lost", ""},
		{"few blocks", func(c *Comparison) { *c = *alone(5, steady) }, false, "5 valid blocks, and the spread of fewer than 8 is a guess: --budget 1m30s would do", ""},
		{"a single block", func(c *Comparison) { *c = *alone(1, steady); c.Elapsed = 0 }, false, "1 valid block, and the spread of fewer than 8 is a guess", ""},
		{"one side dies", func(c *Comparison) { *c = *alone(0, nil); c.Verdict, c.Reasons = Regression, []string{"it died"} }, false, "it died", ""},
		{"nothing gated", func(c *Comparison) { c.Deltas = nil }, true, "no metric is gated", ""},
		{"slow blocks", func(c *Comparison) { c.Elapsed *= 10 }, true, "out of reach of the budget of 2m0s: 2 of 2 thresholds;", ""},
		{"reach between two looks", func(c *Comparison) {
			*c = *alone(12, map[string]float64{"p50": 0.0302})
			c.Elapsed = 12 * 8 * time.Second
		}, true, "within reach of the budget of 2m0s: 1 of 1 threshold;", ""},
		{"all metrics are often missing", func(c *Comparison) {
			for i := range c.Deltas {
				c.Deltas[i].Blocks, c.Deltas[i].Rule = 3, "too rare"
			}
		}, false, "no gated metric could be judged: too rare", ""},
		{"a metric that is often missing", func(c *Comparison) { c.Deltas[1].Blocks, c.Deltas[1].Rule = 3, "too rare" }, true, "within reach of the budget of 2m0s: 1 of 1 threshold;", "too rare"},
	}
	for _, test := range tests {
		c := alone(12, steady)
		test.edit(c)
		k := Calibrate(c, 2*time.Minute)
		if k.Usable != test.usable || !strings.Contains(k.Summary, test.summary) {
			t.Errorf("%s: usable %v, %q", test.name, k.Usable, k.Summary)
		}
		if warned := strings.Join(k.Warnings, "\n"); !strings.Contains(warned, test.warning) || test.warning == "" && warned != "" {
			t.Errorf("%s: warnings %q", test.name, warned)
		}
		if _, err := json.Marshal(k); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestCalibrateMostlyEqual: what the comparison left undecided is not within
// reach of as many blocks, though more than half of its D are equal.
func TestCalibrateMostlyEqual(t *testing.T) {
	c := decided([]series{gatedSeries(t, bench.Key{Metric: "error_rate"}, 0.001, 0, 0.01, 0, 0, -0.008, 0, 0.009, 0, 0, 0.008, 0, -0.01)})
	c.Elapsed = 2 * time.Minute
	if c.Verdict != Inconclusive {
		t.Fatalf("%s: %q", c.Verdict, c.Reasons)
	}
	n := Calibrate(c, 2*time.Minute).Metrics[0]
	if n.Reachable || n.Spread < 0.001 {
		t.Errorf("reachable %v, spread %v", n.Reachable, n.Spread)
	}
}

// A calibration of a real comparison of a run with itself.
func TestCalibrateJudged(t *testing.T) {
	pair := Pair{Base: makeRun(bench.Base, 12, nil), Head: makeRun(bench.Head, 12, nil), Gates: append(slices.Clone(gates), gate("", "p99", 0.1))}
	c, err := Judge([]Pair{pair}, Options{Final: true, Now: start})
	if err != nil {
		t.Fatal(err)
	}
	k := Calibrate(c, time.Minute)
	if !k.Usable || k.Block != 10*time.Second || len(k.Metrics) != len(gates) {
		t.Errorf("usable %v, a block takes %v, %d metrics", k.Usable, k.Block, len(k.Metrics))
	}
	if !slices.ContainsFunc(k.Warnings, func(w string) bool { return strings.Contains(w, "p99 is not judged: base: block 0: too few requests") }) {
		t.Errorf("nothing says that p99 was not judged: %q", k.Warnings)
	}
	if k.Fits != 6 || !strings.HasPrefix(k.Summary, fmt.Sprintf("out of reach of the budget of 1m0s: %d of %d thresholds;", len(gates), len(gates))) {
		t.Errorf("%d blocks fit, %q", k.Fits, k.Summary)
	}
}

// Of several profiles each is named before what keeps a metric of it from telling.
func TestCalibrateProfiles(t *testing.T) {
	c := alone(12, map[string]float64{"p50": 0.01})
	other := c.Deltas[0]
	other.Profile, other.Blocks, other.Rule = "search", 5, "p50 is undecided"
	c.Deltas = append(c.Deltas, other)
	if got := Calibrate(c, time.Minute).Warnings; !slices.Equal(got, []string{"profile search: p50 is undecided"}) {
		t.Errorf("warnings %q", got)
	}
}

// TestNoisierThanUsual simulates machines that are as noisy as when they were
// calibrated, or more.
func TestNoisierThanUsual(t *testing.T) {
	const comparisons = 60
	for _, w := range []world{{Noise: 1, Shape: normal, Metrics: 16}, {Noise: 1, Shape: dependent, Metrics: 8}} {
		warned := func(times float64) (n int) {
			for seed := range uint64(comparisons) {
				s := w.start(seed, 0)
				usual := Calibrate(s.scattered(12), time.Minute)
				s.Noise *= times
				n += len(s.scattered(MinBlocks).noise(map[string]*Calibration{"simulated": usual}))
			}
			return n
		}
		as, thrice := warned(1), warned(3)
		t.Logf("%+v: %d of %d are called noisier, %d where the noise is three times as wide", w, as, comparisons, thrice)
		if p := binomialTail(comparisons, as, 0.015); p < 1e-5 {
			t.Errorf("%d of %d are called noisier without reason", as, comparisons)
		}
		if thrice < comparisons*8/10 {
			t.Errorf("%d of %d are called noisier where the noise is three times as wide", thrice, comparisons)
		}
	}
}

// scattered returns the comparison of n new blocks, with its spreads only.
func (s *simulation) scattered(n int) *Comparison {
	for i := range s.series {
		s.series[i].blocks, s.series[i].base, s.series[i].head = nil, nil, nil
	}
	for range n {
		s.block()
	}
	c := &Comparison{Verdict: Pass, Blocks: n, Elapsed: time.Duration(n) * time.Second}
	for i := range s.series {
		a := estimate(&s.series[i])
		c.Deltas = append(c.Deltas, a.delta)
	}
	return c
}

func TestJudgeTellsUnusualNoise(t *testing.T) {
	head := func(block int, p *plan) { p.slower *= 1 + 0.01*float64(block*5%7-3) }
	pairs := []Pair{{Base: makeRun(bench.Base, 8, nil), Head: makeRun(bench.Head, 8, head), Gates: gates}}
	judge := func(usual map[string]*Calibration) *Comparison {
		c, err := Judge(pairs, Options{Final: true, Now: start, Usual: usual})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := judge(nil)
	if len(first.Warnings) > 0 {
		t.Errorf("without a calibration: %q", first.Warnings)
	}
	k := Calibrate(first, time.Minute)
	if c := judge(map[string]*Calibration{"checkout": k}); len(c.Warnings) > 0 {
		t.Errorf("as noisy as when calibrated: %q", c.Warnings)
	}
	for i := range k.Metrics {
		k.Metrics[i].Spread /= 2.5
	}
	if c := judge(map[string]*Calibration{"other": k}); len(c.Warnings) > 0 {
		t.Errorf("calibrated for another profile: %q", c.Warnings)
	}
	c := judge(map[string]*Calibration{"checkout": k})
	want := "noisier than usual: from block to block the change of the median gated metric scatters 2.5 times as wide as when this machine was calibrated on 2026-01-02"
	if !slices.Equal(c.Warnings, []string{want}) || c.Verdict != first.Verdict {
		t.Errorf("%s, %q\nwant %q", c.Verdict, c.Warnings, want)
	}
}
