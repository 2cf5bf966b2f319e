package compare

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// repeated returns n times the same value.
func repeated(v float64, n int) []float64 { return slices.Repeat([]float64{v}, n) }

// TestEdgeCases: values that are odd, as they were measured.
func TestEdgeCases(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name       string
		metric     string
		base, head []float64
		want       Verdict
		blocks     int    // with a value
		rule       string // a part of it
	}{
		{"all values equal", "p50", repeated(0.01, 8), repeated(0.01, 8), Pass, 8, "did not change (95 % interval 0 % to 0 %)"},
		{"all values equal in each arm", "p50", repeated(0.01, 8), repeated(0.02, 8), Regression, 8, "rose by 100 % (95 % interval 100 % to 100 %)"},
		{"base constant, nothing changed", "p50", repeated(0.01, 8), about(0.01, 0.0001, 8), Pass, 8, "below the threshold of 5 %"},
		{"base constant, head slower", "p50", repeated(0.01, 8), about(0.012, 0.0001, 8), Regression, 8, "rose by 20 %"},
		{"head constant, base was slower", "p50", about(0.0125, 0.0001, 8), repeated(0.01, 8), Improvement, 8, "fell by 20 %"},

		{"zeros in two blocks of ten, where a ratio is needed", "cpu_per_request", with(with(repeated(0.01, 10), 2, 0), 5, 0), about(0.01, 0.0001, 10), Pass, 8, "below the threshold"},
		{"zeros in three blocks of ten, where a ratio is needed", "cpu_per_request", repeated(0.01, 10), append(repeated(0, 3), repeated(0.01, 7)...), Inconclusive, 7,
			"has a value in 7 of 10 blocks, and needs 8 (a value that is not above zero has no ratio)"},
		{"zeros everywhere, where a difference will do", "error_rate", repeated(0, 8), repeated(0, 8), Pass, 8, "did not change"},

		{"missing in two blocks of ten", "p50", with(with(repeated(0.01, 10), 0, nan), 9, nan), repeated(0.01, 10), Pass, 8, "did not change"},
		{"missing in three blocks of ten, some at base, some at head", "p50", with(repeated(0.01, 10), 0, nan), with(with(repeated(0.02, 10), 3, nan), 9, nan), Inconclusive, 7,
			"has a value in 7 of 10 blocks, and needs 8"},

		{"higher is better, and it fell", "throughput", repeated(300, 8), about(270, 3, 8), Regression, 8, "throughput fell by 10 %"},
		{"higher is better, and it rose", "throughput", repeated(300, 8), about(330, 3, 8), Improvement, 8, "throughput rose by 10 %"},

		{"no errors at base, errors at head", "error_rate", repeated(0, 8), about(0.01, 0.002, 8), Regression, 8, "error_rate rose by 1 pp"},
		{"errors at base, none at head", "error_rate", about(0.01, 0.002, 8), repeated(0, 8), Improvement, 8, "error_rate fell by 1 pp"},
		{"fewer errors at head", "error_rate", about(0.01, 0.0002, 8), about(0.005, 0.0002, 8), Improvement, 8, "error_rate fell by 0.5 pp"},
		{"no errors at base, fewer at head than the threshold", "error_rate", repeated(0, 8), repeated(0.0005, 8), Pass, 8, "below the threshold of 0.1 pp"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			threshold := 0.05
			if test.metric == "error_rate" {
				threshold = 0.001
			}
			odd := gatedSeries(t, bench.Key{Metric: test.metric}, threshold, make([]float64, len(test.base))...)
			odd.base, odd.head = test.base, test.head
			plain := gatedSeries(t, bench.Key{Metric: "peak_memory"}, 0.1, make([]float64, len(test.base))...)
			c := decided([]series{odd, plain})
			d := c.Deltas[0]
			if c.Verdict != test.want || d.Verdict != test.want || d.Blocks != test.blocks || !strings.Contains(d.Rule, test.rule) {
				t.Errorf("%s, %s in %d blocks: %s; want %s in %d: %s", c.Verdict, d.Verdict, d.Blocks, d.Rule, test.want, test.blocks, test.rule)
			}
			if p := c.Deltas[1]; p.Verdict != Pass || p.Blocks != len(test.base) {
				t.Errorf("the metric beside it: %s in %d blocks: %s", p.Verdict, p.Blocks, p.Rule)
			}
			roundTrip(t, c)
		})
	}
}

// TestMetricInOneArmOnly: it is named whatever its role, and decides only when
// it is gated: that nobody knows its change must not pass.
func TestMetricInOneArmOnly(t *testing.T) {
	onlyList := func(_ int, p *plan) { p.only = "list" }
	advisory := gate("pay", "p50", 0.05)
	advisory.Advisory = true
	tests := []struct {
		name       string
		base, head func(int, *plan)
		gate       bench.Gate
		want       Verdict
		says       string // in a reason where invalid, else in a warning
	}{
		{"gated, only base has it", nil, onlyList, gate("pay", "p50", 0.05), Invalid, "pay p50 is gated, and only base has it"},
		{"gated, only head has it", onlyList, nil, gate("pay", "p50", 0.05), Invalid, "pay p50 is gated, and only head has it"},
		{"advisory", onlyList, nil, advisory, Pass, `only head has p50 of step pay: base: block 0: not measured: no step "pay"`},
		{"not gated", nil, onlyList, gate("list", "p50", 0.05), Pass, `only base has p50 of step pay: head: block 0: not measured: no step "pay"`},
	}
	for _, test := range tests {
		pair := Pair{Base: makeRun(bench.Base, 8, test.base), Head: makeRun(bench.Head, 8, test.head), Gates: []bench.Gate{gate("list", "error_rate", 0.001), test.gate}}
		c, err := Judge([]Pair{pair}, Options{Final: true})
		if err != nil {
			t.Fatal(err)
		}
		said := c.Warnings
		if test.want == Invalid {
			said = c.Reasons
		}
		if c.Verdict != test.want || !strings.Contains(strings.Join(said, "\n"), test.says) {
			t.Errorf("%s: %s: %q, want %s: %s", test.name, c.Verdict, said, test.want, test.says)
		}
	}
}

// fiveHundred has metrics of which none changed.
var fiveHundred = world{Noise: 1, Shape: normal, Metrics: 500}

// TestNoAlarmAmong500Metrics: many metrics are no more likely to call anything
// than one is.
func TestNoAlarmAmong500Metrics(t *testing.T) {
	c := fiveHundred.start(1, 0).run()
	if len(c.Deltas) != 500 || len(c.with(Regression))+len(c.with(Improvement)) > 0 || c.Verdict != Pass {
		t.Errorf("%d metrics: %s: %v", len(c.Deltas), c.Verdict, c.Reasons)
	}
}

// TestOneOf500MetricsRegressed: it is called, and nothing else is.
func TestOneOf500MetricsRegressed(t *testing.T) {
	s := fiveHundred.start(1, 0)
	for range 12 {
		s.block()
	}
	slow := &s.series[200]
	for i := range slow.head {
		slow.head[i] *= 1.15
	}
	c := decided(s.series)
	called := c.with(Regression)
	if c.Verdict != Regression || len(called) != 1 || called[0].Key != slow.gate.Key || len(c.with(Improvement)) > 0 {
		t.Errorf("%s for %s: %v", c.Verdict, slow.gate.Key, c.Reasons)
	}
}

// TestOneMetricAlone: its adjusted p is its own.
func TestOneMetricAlone(t *testing.T) {
	for _, blocks := range []int{8, 12, 17} {
		d := decided([]series{gatedSeries(t, bench.Key{Metric: "p50"}, 0.03, about(0.1, 0.02, blocks)...)}).Deltas[0]
		if d.Verdict != Regression || d.P != d.Explain.PSingle {
			t.Errorf("%d blocks: %s, p %v adjusted and %v alone", blocks, d.Verdict, d.P, d.Explain.PSingle)
		}
	}
}
