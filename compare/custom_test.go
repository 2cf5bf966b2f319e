package compare

import (
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// A metric of the profile's own is judged by its direction, and never passed
// over where one side has nothing of it.
func TestJudgeCustom(t *testing.T) {
	tests := []struct {
		better     bench.Direction
		base, head float64
		fails      bool // all requests to head
		want       Verdict
	}{
		{bench.HigherIsBetter, 100, 100, false, Pass},
		{bench.HigherIsBetter, 100, 80, false, Regression},
		{bench.HigherIsBetter, 100, 120, false, Improvement},
		{bench.LowerIsBetter, 100, 120, false, Regression},
		{bench.HigherIsBetter, 100, 0, false, Invalid},
		{bench.LowerIsBetter, 0, 100, false, Invalid},
		{bench.HigherIsBetter, 100, 0, true, Regression},
	}
	for _, test := range tests {
		sold := bench.Custom{Name: "sold", Take: bench.TakePerSecond, Unit: "goods", Better: test.better, Scale: bench.Ratio}
		run := func(side bench.Side, n float64) *bench.Run {
			r := makeRun(side, 8, func(_ int, p *plan) {
				if test.fails && side == bench.Head {
					p.failed = p.requests
				}
			})
			r.Custom = []bench.Custom{sold}
			for i := range r.Trials {
				tally := sold.NewTally()
				if n > 0 {
					tally.Add(n + float64(i*7%5)/10)
				}
				r.Trials[i].Custom = []bench.Tally{tally}
			}
			return r
		}
		pair := Pair{Base: run(bench.Base, test.base), Head: run(bench.Head, test.head), Gates: []bench.Gate{gate("", "sold", 0.05)}}
		c, err := Judge([]Pair{pair}, Options{Now: start})
		if err != nil {
			t.Fatal(err)
		}
		reason := "sold"
		if test.fails {
			reason = "all 3200 requests to head failed"
		}
		if c.Verdict != test.want || test.want != Pass && !strings.Contains(c.Reasons[0], reason) {
			t.Errorf("%v to %v, %s is better: %s, %q, want %s", test.base, test.head, test.better, c.Verdict, c.Reasons, test.want)
		}
		pair.Gates[0].Metric = "sould"
		if _, err := Judge([]Pair{pair}, Options{Now: start}); err == nil || !strings.Contains(err.Error(), ", sold") {
			t.Errorf("an unknown metric: %v", err)
		}
	}
}
