package compare

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// about returns n values around centre, evenly spread by up to width to each side.
func about(centre, width float64, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = centre + width*(2*float64((i*5)%n)/float64(n-1)-1)
	}
	return v
}

func with(v []float64, at int, value float64) []float64 {
	out := slices.Clone(v)
	out[at] = value
	return out
}

func TestVerdictOfAMetric(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name      string
		metric    string
		threshold float64
		d         []float64
		want      Verdict
		rule      string // a part of it
	}{
		{"less than can be written", "p50", 0.03, slices.Repeat([]float64{-1e-6}, 8), Pass, "did not change (95 % interval 0 % to 0 %)"},
		{"much slower", "p50", 0.03, about(0.1, 0.01, 8), Regression, "rose by 10.5 % (95 % interval"},
		{"much faster", "p50", 0.03, about(-0.1, 0.01, 8), Improvement, "fell by 9.52 % (95 % interval"},
		{"slower, below the threshold", "p50", 0.15, about(0.1, 0.01, 8), Pass, "which is below the threshold of 15 %"},
		{"errors in one block of eight", "error_rate", 0.001, with(make([]float64, 8), 3, 0.05), Inconclusive, "did not change (95 % interval 0 pp to 2.5 pp)"},
		{"errors in one block of twelve", "error_rate", 0.001, with(make([]float64, 12), 3, 0.05), Pass, "did not change (95 % interval 0 pp to 0 pp)"},
		{"noise as large as the threshold", "p50", 0.03, about(0, 0.1, 8), Inconclusive, "may exceed the threshold of 3 %"},
		{"large and by chance", "p50", 0.03, with(about(0.1, 0.02, 8), 3, -0.2), Inconclusive, "may be chance: p "},
		{"one block missing of nine", "p50", 0.03, with(about(0.1, 0.01, 9), 0, nan), Inconclusive, "may be chance: p 0.0039 is above the level of 0.002"},
		{"one block missing of twelve", "p50", 0.03, with(about(0.1, 0.01, 12), 0, nan), Regression, "rose by"},
		{"one block missing of eight", "p50", 0.03, with(about(0.1, 0.01, 8), 0, nan), Inconclusive, "has a value in 7 of 8 blocks, and needs 8"},
		{"too few blocks", "p50", 0.03, about(0.5, 0.01, 7), Inconclusive, "has a value in 7 of 7 blocks, and needs 8"},
		{"threshold zero, nothing changed", "p50", 0, make([]float64, 8), Inconclusive, "may exceed the threshold of 0 %"},
		{"a fall that cannot be", "throughput", 1, about(0.5, 0.01, 8), Pass, "below the threshold of 100 %"},
	}
	for _, test := range tests {
		s := gatedSeries(t, bench.Key{Metric: test.metric}, test.threshold, test.d...)
		d := decided([]series{s}).Deltas[0]
		if d.Verdict != test.want || !strings.Contains(d.Rule, test.rule) {
			t.Errorf("%s: %s: %s; want %s: %s", test.name, d.Verdict, d.Rule, test.want, test.rule)
		}
	}
}

// TestOneArmConstant: base's values do not spread, head's do.
func TestOneArmConstant(t *testing.T) {
	d := decided([]series{gatedSeries(t, bench.Key{Metric: "p50"}, 0.03, about(0.06, 0.02, 8)...)}).Deltas[0]
	if d.Base != 0.01 || d.Verdict != Regression || d.P != 1.0/256 || d.Explain.U != 64 || d.Explain.Extreme != 1 {
		t.Errorf("got base %v, %s, p %v, U %v, extreme %d", d.Base, d.Verdict, d.P, d.Explain.U, d.Explain.Extreme)
	}
}

func TestAtLeast(t *testing.T) {
	s := gatedSeries(t, bench.Key{Metric: "p50"}, 0.03, about(0.1, 0.01, 8)...)
	s.gate.AtLeast = 0.002 // of 10 ms: 20 %
	d := decided([]series{s}).Deltas[0]
	if d.Verdict != Pass || d.Limit != 0.2 || !strings.Contains(d.Rule, "below the threshold of 20 % (at least 2 ms)") {
		t.Errorf("10 %% of 10 ms: %s, limit %v: %s", d.Verdict, d.Limit, d.Rule)
	}
	s.gate.AtLeast = 0.0002 // 2 %
	if d := decided([]series{s}).Deltas[0]; d.Verdict != Regression || d.Limit != 0.03 {
		t.Errorf("10 %% of 10 ms: %s, limit %v: %s", d.Verdict, d.Limit, d.Rule)
	}
}

// TestSwappedArms: what was a rise becomes a fall to the same value, and p and
// p for the better change places.
func TestSwappedArms(t *testing.T) {
	for _, metric := range bench.MetricNames() {
		s := gatedSeries(t, bench.Key{Metric: metric}, 0.01, about(0.1, 0.05, 10)...)
		swapped := s
		swapped.base, swapped.head = s.head, s.base
		d, e := decided([]series{s}).Deltas[0], decided([]series{swapped}).Deltas[0]
		back := -d.Shift
		if s.metric.Scale == bench.Ratio {
			back = 1/(1+d.Shift) - 1
		}
		if math.Abs(e.Shift-back) > 1e-12 || d.P != e.PBetter || d.PBetter != e.P || d.Explain.U+e.Explain.U != 100 {
			t.Errorf("%s: shift %v, p %v and %v, U %v; swapped %v, %v and %v, %v", metric,
				d.Shift, d.P, d.PBetter, d.Explain.U, e.Shift, e.P, e.PBetter, e.Explain.U)
		}
		if d.Verdict != Regression || e.Verdict != Improvement {
			t.Errorf("%s: %s, swapped %s", metric, d.Verdict, e.Verdict)
		}
	}
}

// TestEqualDifferencesTie: error rates that rose by as much in every block have
// one rank, however the subtraction rounds.
func TestEqualDifferencesTie(t *testing.T) {
	s := gatedSeries(t, bench.Key{Metric: "error_rate"}, 0.001, make([]float64, 8)...)
	for i := range s.base {
		s.base[i] = 0.05 * float64(i%3)
		s.head[i] = 0.05 * float64(i%3+1)
	}
	for _, d := range s.changes() {
		if d != 0.05 {
			t.Errorf("D of error rates that differ by 0.05 is %v", d)
		}
	}
}

// TestRatiosHaveNoUnit: other units of the same values change nothing.
func TestRatiosHaveNoUnit(t *testing.T) {
	s := gatedSeries(t, bench.Key{Metric: "p50"}, 0.03, about(0.04, 0.02, 8)...)
	scaled := s
	scaled.base, scaled.head = slices.Clone(s.base), slices.Clone(s.head)
	for i := range s.base {
		scaled.base[i] *= 1024
		scaled.head[i] *= 1024
	}
	d, e := decided([]series{s}).Deltas[0], decided([]series{scaled}).Deltas[0]
	if math.Abs(d.Shift-e.Shift) > 1e-9 || d.P != e.P || d.Verdict != e.Verdict {
		t.Errorf("%v, p %v, %s; in other units %v, p %v, %s", d.Shift, d.P, d.Verdict, e.Shift, e.P, e.Verdict)
	}
}

func TestMostTellingFirst(t *testing.T) {
	slow, quiet := about(0.2, 0.01, 8), about(0, 0.01, 8)
	total := gatedSeries(t, bench.Key{Metric: "p50"}, 0.03, slow...)
	list := gatedSeries(t, bench.Key{Step: "list", Metric: "p50"}, 0.05, slow...)
	pay := gatedSeries(t, bench.Key{Step: "pay", Metric: "p50"}, 0.05, quiet...)
	if c := decided([]series{total, list, pay}); !strings.HasPrefix(c.Reasons[0], "p50 of step list rose") {
		t.Errorf("one step of two regressed: %v", c.Reasons)
	}
	if c := decided([]series{total, list}); !strings.HasPrefix(c.Reasons[0], "p50 rose") {
		t.Errorf("all steps regressed: %v", c.Reasons)
	}
}

// TestErrorsMakeNothingBetter: where more requests fail, nothing that was
// measured on them, or on the whole that they belong to, is an improvement.
func TestErrorsMakeNothingBetter(t *testing.T) {
	better := func(step, metric string) series {
		return gatedSeries(t, bench.Key{Step: step, Metric: metric}, 0.05, about(-0.3, 0.01, 12)...)
	}
	failing := gatedSeries(t, bench.Key{Step: "pay", Metric: "error_rate"}, 0.001, about(0.1, 0.01, 12)...)
	mended := gatedSeries(t, bench.Key{Step: "pay", Metric: "error_rate"}, 0.001, about(-0.1, 0.01, 12)...)
	for _, test := range []struct {
		step, metric string
		errors       series
		want         Verdict
	}{
		{"pay", "p50", failing, Pass},
		{"", "p90", failing, Pass},
		{"", "throughput", failing, Pass},
		{"", "cpu_per_request", failing, Pass},
		{"", "peak_memory", failing, Pass},
		{"list", "p50", failing, Improvement},
		{"list", "error_rate", failing, Improvement},
		{"", "error_rate", failing, Improvement}, // fewer in all: both are told
		{"pay", "p50", mended, Improvement},
	} {
		c := decided([]series{better(test.step, test.metric), test.errors})
		d := c.Deltas[0]
		if d.Verdict != test.want || c.Verdict == Pass {
			t.Errorf("%s: %s, the comparison %s: %s", d.Key, d.Verdict, c.Verdict, d.Rule)
		}
		if withdrawn := test.want == Pass; withdrawn != (len(c.Warnings) == 1) || withdrawn && !strings.Contains(c.Warnings[0], "this is no improvement") {
			t.Errorf("%s: warnings %q", d.Key, c.Warnings)
		}
	}
}

// TestWorseAndBetterAtOnce: with 8 blocks the exchange of all arms is as
// extreme as the measurement, by the metric that got better; more blocks tell.
func TestWorseAndBetterAtOnce(t *testing.T) {
	for blocks, want := range map[int]Verdict{8: Inconclusive, 12: Regression} {
		faster := gatedSeries(t, bench.Key{Metric: "p50"}, 0.03, about(-0.3, 0.01, blocks)...)
		hungrier := gatedSeries(t, bench.Key{Metric: "peak_memory"}, 0.1, about(0.3, 0.01, blocks)...)
		if c := decided([]series{faster, hungrier}); c.Verdict != want {
			t.Errorf("%d blocks: %s, want %s: %v", blocks, c.Verdict, want, c.Reasons)
		}
	}
}

// TestWhatIsNotGatedDecidesNothing: an advisory gate is judged for itself.
func TestWhatIsNotGatedDecidesNothing(t *testing.T) {
	gate := gatedSeries(t, bench.Key{Metric: "p50"}, 0.03, about(0, 0.01, 8)...)
	advised := gatedSeries(t, bench.Key{Metric: "p90"}, 0.05, about(0.3, 0.01, 8)...)
	advised.role = advisory
	extra := gatedSeries(t, bench.Key{Metric: "p99"}, 0, about(0.3, 0.01, 8)...)
	extra.role = shown
	c := decided([]series{gate, advised, extra})
	if c.Verdict != Pass || c.Deltas[1].Verdict != Regression || c.Deltas[1].Gated || c.Deltas[2].Verdict != "" || c.Deltas[2].Gated {
		t.Errorf("%s: p90 %s, p99 %q", c.Verdict, c.Deltas[1].Verdict, c.Deltas[2].Verdict)
	}
	c.Warnings = nil
	c.warn([]series{gate, advised, extra})
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "advisory") {
		t.Errorf("warnings: %q", c.Warnings)
	}
}

// TestJSONIsAlwaysValid feeds the numbers that JSON has no words for.
func TestJSONIsAlwaysValid(t *testing.T) {
	nan := math.NaN()
	for _, metric := range bench.MetricNames() {
		for _, d := range [][]float64{nil, {nan}, {nan, nan, nan, nan, nan, nan, nan, nan}, make([]float64, 8), about(700, 1, 8), about(-700, 1, 8), about(0, 0.01, 5)} {
			for _, threshold := range []float64{0, 0.05, 1, 10} {
				s := gatedSeries(t, bench.Key{Metric: metric}, threshold, d...)
				for _, zero := range []bool{false, true} {
					if zero && len(d) > 0 {
						s.base = with(s.base, 0, 0)
					}
					if _, err := json.Marshal(decided([]series{s})); err != nil {
						t.Errorf("%s, D %v, threshold %v: %v", metric, d, threshold, err)
					}
				}
			}
		}
	}
}

func TestLooks(t *testing.T) {
	spent := 0.0
	for _, l := range looks {
		spent += l.level
		if !Due(l.blocks) || levelAt(l.blocks) != l.level || 1/math.Exp2(float64(l.blocks)) > l.level {
			t.Errorf("look after %d blocks: due %v, level %v", l.blocks, Due(l.blocks), levelAt(l.blocks))
		}
	}
	if spent > 0.01+1e-12 {
		t.Errorf("the looks spend %v", spent)
	}
	for blocks, level := range map[int]float64{0: 0, 7: 0, 9: 0.002, 13: 0.002, 18: 0.001, 30: 0.001, 40: 0.001} {
		if levelAt(blocks) != level {
			t.Errorf("level after %d blocks: %v, want %v", blocks, levelAt(blocks), level)
		}
	}
	if Due(7) || Due(9) || Due(33) || !Due(35) {
		t.Error("a look is due between looks, or not after the last")
	}
}
