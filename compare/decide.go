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
	for i := range assessed {
		a := &assessed[i]
		a.judge(e)
		a.delta.Rule = a.rule(e.level, func() string { return a.undecided(e) })
	}
	return outcome(assessed)
}

// outcome returns the deltas of all metrics, now that each is decided for itself.
func outcome(all []assessment) (deltas []Delta, warnings []string) {
	warnings = withdraw(all)
	deltas = make([]Delta, len(all))
	for i := range all {
		deltas[i] = all[i].delta
	}
	return deltas, warnings
}

// newDelta returns the delta of a series of which nothing is known yet.
func newDelta(s *series) Delta {
	return Delta{
		Profile: s.profile, Key: s.gate.Key,
		Unit: s.metric.Unit, Better: s.metric.Better, Scale: s.metric.Scale,
		Gated: s.role == gated && s.judged(), Threshold: s.gate.Threshold, AtLeast: s.gate.AtLeast,
		P: 1, PBetter: 1,
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
		a.shift, a.spread = stats.OneSample(x.Change, confidence), stats.Spread(x.Change)
		a.delta.show(s.metric, a.shift, a.spread)
	}
	a.limit()
	return a
}

// limit fills in the limits. What is accepted raises the one for the worse
// alone: a metric that may get slower is not to become much faster before that
// is an improvement.
func (a *assessment) limit() {
	d, gate := &a.delta, a.gate
	d.Limit = limitSize(a.metric, gate, d.Base)
	a.worse, a.better = limits(a.metric, d.Limit)
	gate.Threshold = a.upTo
	if raised := limitSize(a.metric, gate, d.Base); raised > d.Limit { // a floor in units may be higher than both
		d.Threshold, d.GateLimit, d.Limit = a.upTo, d.Limit, raised
		a.worse, _ = limits(a.metric, raised)
	}
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
		explain.Null = null(a.worse)
		explain.U, explain.Extreme = x.Test(sample(a.d, a.worse).D)
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
		worse[i], better[i] = sample(a.d, a.worse), sample(mirrored, -a.better)
	}
	pWorse, pBetter := x.StepDown(worse), x.StepDown(better)
	for i, a := range family {
		a.delta.P, a.delta.PBetter = pWorse[i], pBetter[i]
	}
}

// nullShare is the part of its limit that a change must significantly exceed
// to be called. With 0, make simulate has a change of 2 %, below all limits,
// called in 15 % of comparisons at noise ×2 and in 36 % at ×4, since its estimate
// scatters beyond the limit; docs/verdict.md has the figures with 0.4. From 0.5
// on, a quiet metric without a change competes in the exchange of all arms,
// where it seems to have grown by twice this share, and hides what has changed
// until a later look.
const nullShare = 0.4

// null returns the change that a p-value speaks against.
func null(limit float64) float64 {
	if math.IsInf(limit, 1) {
		return 0 // nothing exceeds it, and nothing is to be subtracted
	}
	return nullShare * limit
}

// sample is what is tested of a metric: D, and its limit, less the null.
func sample(d []float64, limit float64) stats.Sample {
	s := stats.Sample{D: make([]float64, len(d)), Limit: limit - null(limit)}
	for i, v := range d {
		s.D[i] = v - null(limit)
	}
	return s
}

// visible returns the smallest change that is called beyond a limit after so
// many blocks in 80 % of all cases, on the scale of D.
func visible(spread float64, blocks int, level, limit float64) float64 {
	return null(limit) + stats.Visible(spread, blocks, level, limit-null(limit))
}

// judge applies the rule to one metric.
func (a *assessment) judge(e examination) {
	if a.judged() {
		a.delta.Verdict = Inconclusive
	}
	if a.delta.Blocks < MinBlocks || e.level == 0 {
		return
	}
	if seen := visible(a.spread, a.delta.Blocks, e.level, a.worse); !math.IsInf(seen, 0) {
		a.delta.Seen = change(a.metric, seen)
	}
	if a.role == shown {
		return
	}
	if a.delta.Verdict = a.call(e.level); a.delta.Verdict == Inconclusive {
		a.delta.NeedBlocks = a.needBlocks(e.blocks)
		a.delta.NeedTime = e.perBlock * time.Duration(a.delta.NeedBlocks)
	}
}

// call is the rule of a metric that has a gate, at a one-sided level.
func (a *assessment) call(level float64) Verdict {
	switch {
	case a.delta.P <= level && a.shift.Estimate > a.worse:
		return Regression
	case a.delta.PBetter <= level && a.shift.Estimate < a.better:
		return Improvement
	case a.shift.High < a.worse:
		return Pass
	default:
		return Inconclusive
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
		if a.shift.Estimate >= visible(a.spread, l.blocks, l.level, a.worse) ||
			a.shift.Estimate <= stats.Clear(a.spread, l.blocks, confidence, a.worse) {
			return l.blocks
		}
	}
	return 0
}

// withdraw takes back improvements where errors increased: requests that fail
// are quick and cheap, and those that do not are the luckier ones.
func withdraw(all []assessment) (warnings []string) {
	for i := range all {
		a := &all[i]
		if a.delta.Verdict != Improvement || a.metric.Failures || !moreErrors(all, a.delta) {
			continue
		}
		a.delta.Verdict = Pass
		a.delta.Rule += ", but more requests failed, which are quick and cheap: this is no improvement"
		warnings = append(warnings, a.where+a.delta.Rule)
	}
	return warnings
}

// moreErrors says whether failures increased among what d was measured on, in
// a part of it, or in the whole of which it is a part.
func moreErrors(all []assessment, d Delta) bool {
	for _, a := range all {
		e := &a.delta
		if a.metric.Failures && e.Verdict == Regression && e.Profile == d.Profile &&
			(e.Step == d.Step || e.Step == "" || d.Step == "") {
			return true
		}
	}
	return false
}
