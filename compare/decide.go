package compare

import (
	"math"
	"time"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare/stats"
)

// An examination is one look at a number of valid blocks.
type examination struct {
	blocks    int
	level     float64          // 0: too few blocks to test anything
	exchanges *stats.Exchanges // nil where level is 0
	perBlock  time.Duration    // wall time that a valid block takes; 0 where unknown
}

// An assessment is a series and what is made of it, on the scale of D.
type assessment struct {
	*series
	d             []float64 // by block
	worse, better float64   // limits of the shift, above and below 0
	shift         stats.Shift
	spread        float64
	delta         Delta
}

// examine decides each metric for itself, in the order of the series, and
// warns of improvements that it does not believe.
func examine(all []series, e examination) (deltas []Delta, warnings []string) {
	assessed := make([]assessment, len(all))
	for i := range all {
		assessed[i] = estimate(&all[i])
	}
	if e.exchanges != nil {
		test(assessed, e.exchanges)
	}
	deltas = make([]Delta, len(all))
	for i := range assessed {
		a := &assessed[i]
		a.judge(e)
		a.delta.Rule = a.rule(e)
		deltas[i] = a.delta
	}
	return deltas, withdraw(deltas)
}

// newDelta returns the delta of a series of which nothing is known yet.
func newDelta(s *series) Delta {
	return Delta{
		Profile: s.profile, Key: s.gate.Key,
		Unit: s.metric.Unit, Better: s.metric.Better, Scale: s.metric.Scale,
		Gated: s.role == gated && !s.unmeasured(), Threshold: s.gate.Threshold, AtLeast: s.gate.AtLeast,
		Limit: s.gate.Threshold, P: 1, PBetter: 1,
		Explain: Explain{PSingle: 1, LeftOut: s.leftOut()},
	}
}

// estimate does all that needs no test.
func estimate(s *series) assessment {
	a := assessment{series: s, d: s.changes(), delta: newDelta(s)}
	x := &a.delta.Explain
	for i, v := range a.d {
		if math.IsNaN(v) {
			continue
		}
		x.Blocks = append(x.Blocks, s.blocks[i])
		x.Base = append(x.Base, s.base[i])
		x.Head = append(x.Head, s.head[i])
		x.Change = append(x.Change, v)
	}
	if a.delta.Blocks = len(x.Change); a.delta.Blocks > 0 {
		a.delta.Base, a.delta.Head = stats.Median(x.Base), stats.Median(x.Head)
		a.delta.Limit = limitSize(s.metric, s.gate, a.delta.Base)
		a.shift, a.spread = stats.OneSample(x.Change, confidence), stats.Spread(x.Change)
		a.delta.show(s.metric, a.shift, a.spread)
	}
	a.worse, a.better = limits(s.metric, a.delta.Limit)
	return a
}

// show fills in a shift and a spread, turned from D into changes.
func (d *Delta) show(m bench.Metric, shift stats.Shift, spread float64) {
	d.Shift = change(m, shift.Estimate)
	d.Low, d.High = change(m, shift.Low), change(m, shift.High)
	if d.Low > d.High {
		d.Low, d.High = d.High, d.Low
	}
	d.Spread = math.Abs(change(m, spread))
}

// test fills in the p-values: of each metric alone, and adjusted, where all
// gated metrics are one family and each advisory one is its own.
func test(all []assessment, x *stats.Exchanges) {
	var family []*assessment
	for i := range all {
		a := &all[i]
		if a.delta.Blocks == 0 {
			continue
		}
		explain := &a.delta.Explain
		explain.U, explain.Extreme = x.Test(a.d)
		explain.PSingle = float64(explain.Extreme) / float64(x.Count())
		switch {
		case a.delta.Blocks < MinBlocks:
		case a.delta.Gated:
			family = append(family, a)
		case a.role == advisory:
			testFamily([]*assessment{a}, x)
		}
	}
	testFamily(family, x)
}

func testFamily(family []*assessment, x *stats.Exchanges) {
	worse := make([]stats.Sample, len(family))
	better := make([]stats.Sample, len(family))
	for i, a := range family {
		mirrored := make([]float64, len(a.d))
		for b, v := range a.d {
			mirrored[b] = -v
		}
		worse[i] = stats.Sample{D: a.d, Limit: a.worse}
		better[i] = stats.Sample{D: mirrored, Limit: -a.better}
	}
	pWorse, pBetter := x.StepDown(worse), x.StepDown(better)
	for i, a := range family {
		a.delta.P, a.delta.PBetter = pWorse[i], pBetter[i]
	}
}

// judge applies the rule to one metric.
func (a *assessment) judge(e examination) {
	if a.unmeasured() {
		return
	}
	if a.role != shown {
		a.delta.Verdict = Inconclusive
	}
	if a.delta.Blocks < MinBlocks || e.level == 0 {
		return
	}
	if seen := stats.Visible(a.spread, a.delta.Blocks, e.level, a.worse); !math.IsInf(seen, 0) {
		a.delta.Seen = change(a.metric, seen)
	}
	switch {
	case a.role == shown:
	case a.delta.P <= e.level && a.shift.Estimate > a.worse:
		a.delta.Verdict = Regression
	case a.delta.PBetter <= e.level && a.shift.Estimate < a.better:
		a.delta.Verdict = Improvement
	case a.shift.High < a.worse:
		a.delta.Verdict = Pass
	default:
		a.delta.NeedBlocks = a.needBlocks(e.blocks)
		a.delta.NeedTime = e.perBlock * time.Duration(a.delta.NeedBlocks)
	}
}

// needBlocks returns the first look after the given number of blocks that will
// probably decide the metric when its true shift and spread are as estimated,
// and 0 where none will.
func (a *assessment) needBlocks(blocks int) int {
	for _, l := range looks {
		if l.blocks <= blocks {
			continue
		}
		if a.shift.Estimate >= stats.Visible(a.spread, l.blocks, l.level, a.worse) ||
			a.shift.Estimate <= stats.Clear(a.spread, l.blocks, confidence, a.worse) {
			return l.blocks
		}
	}
	return 0
}

// withdraw takes back improvements of latency where errors increased: head's
// latencies are of fewer requests, and of the luckier ones.
func withdraw(deltas []Delta) (warnings []string) {
	for i := range deltas {
		d := &deltas[i]
		if d.Verdict != Improvement || d.Unit != bench.Seconds || !moreErrors(deltas, d) {
			continue
		}
		d.Verdict = Pass
		d.Rule += ", but its error rate rose: what failed has no latency, so this is no improvement"
		warnings = append(warnings, d.Rule)
	}
	return warnings
}

// moreErrors says whether the error rate regressed of what d was measured on,
// of a part of it, or of the whole of which it is a part.
func moreErrors(deltas []Delta, d *Delta) bool {
	for _, e := range deltas {
		if e.Metric == "error_rate" && e.Verdict == Regression && e.Profile == d.Profile &&
			(e.Step == d.Step || e.Step == "" || d.Step == "") {
			return true
		}
	}
	return false
}
